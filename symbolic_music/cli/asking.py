"""From options, a prompt and a brief file to one brief.

What is said nearer wins: options before the prompt, the prompt before the file.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

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
class Asked:
    """The options of `create` and `plan` as they were typed."""

    title: str | None = None
    genre: str | None = None
    mood: str | None = None
    style: str | None = None
    key: str | None = None
    tempo: float | None = None
    meter: str | None = None
    bars: int | None = None
    duration: str | None = None
    form: str | None = None
    chords: str | None = None
    band: str | None = None

    def brief_fields(self) -> dict[str, object]:
        """The options that were given, as fields of a brief."""
        given: dict[str, object | None] = {
            "title": self.title, "genre": self.genre, "mood": self.mood, "style": self.style, "key": self.key,
            "tempo_qpm": self.tempo, "meter": self.meter, "n_bars": self.bars, "form": self.form, "chords": self.chords,
            "duration_sec": None if self.duration is None else parse_duration(self.duration),
            "band": None if self.band is None else tuple(name.strip() for name in self.band.split(",") if name.strip()),
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    def overruling(self) -> dict[str, str]:
        """The fields of a brief that options say, and which option does; a length is said in bars or in time."""
        says = {"tempo_qpm": "tempo", "n_bars": "bars", "duration_sec": "duration"}
        given = {name: f"--{says.get(name, name)}" for name in self.brief_fields()}
        length = next((given[name] for name in _LENGTHS if name in given), None)
        return given | ({} if length is None else {name: length for name in _LENGTHS})

    def names(self) -> list[str]:
        """The options that were given, as typed."""
        return [f"--{item.name}" for item in fields(self) if getattr(self, item.name) is not None]


@dataclass(frozen=True)
class Wish:
    """A brief, or a brief that goes with a plan, and how the prompt was read."""

    brief: Brief
    plan: SongPlan | None
    reading: PromptReading


def make_wish(
    prompt: str, asked: Asked, seed: int | None, brief_file: Path | None = None, plan_file: Path | None = None
) -> Wish:
    """Join all that was asked; a seed is drawn if none is given anywhere.

    Raises
    ------
    InputError
        If a value or file cannot be used; the message says where it stood.
    """
    if plan_file is not None:
        return _with_plan(prompt, asked, seed, brief_file, plan_file)
    merged: dict[str, object] = {}
    if brief_file is not None:
        merged = load_document(Brief, brief_file, BriefError).model_dump(exclude_unset=True)
    prompt = prompt or str(merged.get("prompt", ""))
    reading = read_prompt(prompt)
    options = asked.brief_fields()
    reading = reading.overruled(asked.overruling())
    for where, layer in (("prompt", dict(reading.fields)), ("options", options)):
        # Each layer on its own first, so that the message can say where the fault stands.
        checked = parse_document(Brief, layer, where, BriefError)
        check_band(checked.band, where)
        if any(name in layer for name in _LENGTHS):
            merged = {name: value for name, value in merged.items() if name not in _LENGTHS}
        merged |= layer
    merged["seed"] = _choose_seed(seed, merged.get("seed"))
    brief = parse_document(Brief, merged | {"prompt": prompt}, "brief", BriefError)
    check_band(brief.band, str(brief_file or "brief"))
    return Wish(brief, None, reading)


def load_plan(path: Path) -> SongPlan:
    """Read a plan file and check its players."""
    plan = load_document(SongPlan, path, PlanError)
    check_band(plan.band, str(path))
    return plan


def parse_duration(text: str) -> float:
    """Read a length of time: ``2:30``, ``150``, ``150s``, ``2.5min``; in seconds.

    Raises
    ------
    BriefError
        If it is none of these.
    """
    clock = re.fullmatch(r"\s*(\d+):([0-5]\d)\s*", text)
    if clock:
        return int(clock[1]) * 60.0 + int(clock[2])
    plain = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?)?\s*", text)
    if plain is None:
        raise BriefError(f"--duration: {text!r} is not a length; write 2:30, 150 (seconds) or 2.5min")
    return float(plain[1]) * (60.0 if (plain[2] or "s").startswith("m") else 1.0)


def _with_plan(prompt: str, asked: Asked, seed: int | None, brief_file: Path | None, plan_file: Path) -> Wish:
    """Take a plan as it is; nothing else may then say how the song goes."""
    clash = (["the prompt"] if prompt.strip() else []) + asked.names() + (["--brief"] if brief_file is not None else [])
    if clash:
        raise BriefError(f"--plan says all that {clash[0]} would; leave {clash[0]} out, or change it in {plan_file}")
    plan = load_plan(plan_file)
    if seed is not None:
        plan = plan.model_copy(update={"seed": seed})
    brief = parse_document(Brief, {"title": plan.title, "seed": plan.seed}, "options", BriefError)
    return Wish(brief, plan, read_prompt(""))


def _choose_seed(given: int | None, written: object) -> int:
    """The seed of the option, else of the file, else a random one."""
    if given is not None:
        return given
    return written if isinstance(written, int) else secrets.randbelow(MAX_RANDOM_SEED)
