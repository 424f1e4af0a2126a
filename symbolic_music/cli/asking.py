"""From options, a prompt and a brief file to one brief.

What is said nearer wins: options before the prompt, the prompt before the file.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from symbolic_music.cli.options import Given
from symbolic_music.errors import BriefError, PlanError
from symbolic_music.importing import PromptReading, read_prompt
from symbolic_music.pipeline.creation import check_band
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import load_document, parse_document
from symbolic_music.song.plan import SongPlan

MAX_RANDOM_SEED = 2**31
# Fields that say the same thing: a nearer one replaces the other.
_LENGTHS = ("n_bars", "duration_sec")


@dataclass(frozen=True)
class Wish:
    """A brief, or a brief that goes with a plan, and how the prompt was read."""

    brief: Brief
    plan: SongPlan | None
    reading: PromptReading


def make_wish(asked: Given[Brief], brief_file: Path | None = None, plan_file: Path | None = None) -> Wish:
    """Join all that was asked; a seed is drawn if none is given anywhere.

    Parameters
    ----------
    asked : Given
        The prompt and the options, as fields of a brief.
    brief_file, plan_file : Path, optional
        A brief to start from; a plan that is used as it is.

    Raises
    ------
    InputError
        If a value or file cannot be used; the message says where it stood.
    """
    if plan_file is not None:
        return _with_plan(asked, brief_file, plan_file)
    options = {name: value for name, value in asked.fields.items() if name != "prompt"}
    merged: dict[str, object] = {}
    if brief_file is not None:
        merged = load_document(Brief, brief_file, BriefError).model_dump(exclude_unset=True)
    prompt = str(asked.fields.get("prompt") or merged.get("prompt", ""))
    reading = read_prompt(prompt).overruled(_overruling(asked))
    for where, layer in (("prompt", dict(reading.fields)), ("options", options)):
        # Each layer on its own first, so that the message can say where the fault stands.
        checked = parse_document(Brief, layer, where, BriefError)
        check_band(checked.band, where)
        if any(name in layer for name in _LENGTHS):
            merged = {name: value for name, value in merged.items() if name not in _LENGTHS}
        merged |= layer
    merged.setdefault("seed", secrets.randbelow(MAX_RANDOM_SEED))
    brief = parse_document(Brief, merged | {"prompt": prompt}, "brief", BriefError)
    check_band(brief.band, str(brief_file or "brief"))
    return Wish(brief, None, reading)


def load_plan(path: Path) -> SongPlan:
    """Read a plan file and check its players."""
    plan = load_document(SongPlan, path, PlanError)
    check_band(plan.band, str(path))
    return plan


def _overruling(asked: Given[Brief]) -> dict[str, str]:
    """The fields of a brief that options say, and which option does; a length is said in bars or in time."""
    given = asked.names()
    length = next((given[name] for name in _LENGTHS if name in given), None)
    return given | ({} if length is None else {name: length for name in _LENGTHS})


def _with_plan(asked: Given[Brief], brief_file: Path | None, plan_file: Path) -> Wish:
    """Take a plan as it is; nothing else may then say how the song goes."""
    clash = (["the prompt"] if str(asked.fields.get("prompt", "")).strip() else []) + [
        option for field, option in asked.names().items() if field != "seed"
    ]
    clash += ["--brief"] if brief_file is not None else []
    if clash:
        raise BriefError(f"--plan says all that {clash[0]} would; leave {clash[0]} out, or change it in {plan_file}")
    plan = load_plan(plan_file)
    if "seed" in asked.fields:
        plan = plan.model_copy(update={"seed": asked.fields["seed"]})
    brief = parse_document(Brief, {"title": plan.title, "seed": plan.seed}, "options", BriefError)
    return Wish(brief, plan, read_prompt(""))
