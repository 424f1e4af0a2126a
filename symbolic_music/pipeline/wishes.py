"""All that was asked, joined to one brief: what is said nearer wins.

Fields that were set one by one go before the prompt, the prompt goes before a brief to start from. Command line,
service and agents all ask here, so that one prompt means the same to each.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from symbolic_music.errors import BriefError
from symbolic_music.importing import PromptReading, read_prompt
from symbolic_music.pipeline.creation import LENGTHS, check_band, overruling
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import parse_document
from symbolic_music.song.plan import SongPlan

MAX_RANDOM_SEED = 2**31


@dataclass(frozen=True)
class Wish:
    """A brief, or a brief that goes with a plan, and how the prompt was read."""

    brief: Brief
    plan: SongPlan | None
    reading: PromptReading


def join_wish(
    fields: Mapping[str, object],
    earlier: Mapping[str, object] | None = None,
    names: Mapping[str, str] | None = None,
    where: str = "brief",
) -> Wish:
    """Join fields, prompt and an earlier brief; a seed is drawn if none is given anywhere.

    Parameters
    ----------
    fields : mapping
        Fields of a brief as they were set, the prompt among them.
    earlier : mapping, optional
        Fields of a brief to start from.
    names : mapping of str to str, optional
        What each field is called where it was set: ``{"n_bars": "--bars"}``; the field's own name if left out.
    where : str
        Where the earlier brief stood, for messages.

    Raises
    ------
    BriefError
        If a value cannot be used; the message says where it stood.
    """
    options = {name: value for name, value in fields.items() if name != "prompt"}
    merged = dict(earlier or {})
    prompt = str(fields.get("prompt") or merged.get("prompt", ""))
    reading = read_prompt(prompt).overruled(overruling({name: name for name in options} if names is None else names))
    for layer_name, layer in (("prompt", dict(reading.fields)), ("options", options)):
        # Each layer on its own first, so that the message can say where the fault stands.
        checked = parse_document(Brief, layer, layer_name, BriefError)
        check_band(checked.band, layer_name)
        if any(name in layer for name in LENGTHS):
            merged = {name: value for name, value in merged.items() if name not in LENGTHS}
        merged |= layer
    merged.setdefault("seed", draw_seed())
    brief = parse_document(Brief, merged | {"prompt": prompt}, "brief", BriefError)
    check_band(brief.band, where)
    return Wish(brief, None, reading)


def draw_seed() -> int:
    """Draw a seed for a song that nobody gave one."""
    return secrets.randbelow(MAX_RANDOM_SEED)
