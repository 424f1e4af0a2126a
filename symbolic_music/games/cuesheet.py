"""``music.json``: what a game must know to play the files; described by ``music.schema.json``.

Times are samples of the sound files, from each file's own start, and seconds; bars are counted
from 0. A file's ``samples`` are its music; its sound goes on for a tail after them (``tail_samples``),
except in loops, whose tail is at their start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from symbolic_music.games.clock import BlockClock
from symbolic_music.games.cutting import list_bars
from symbolic_music.games.dialects import RESERVED_CONTROLLERS
from symbolic_music.games.pieces import GameMusic
from symbolic_music.games.sections import GameSection, key_at
from symbolic_music.games.stingers import SYNC
from symbolic_music.games.transitions import Transition
from symbolic_music.song.score import Score

SCHEMA_VERSION = 1
SCHEMA_FILE = "music.schema.json"


@dataclass(frozen=True)
class FileFacts:
    """What is known of one piece's files: their names, samples of the sound, loop point, loudness."""

    files: Mapping[str, str]
    tail_samples: int = 0
    loop_start: int | None = None
    loudness_lufs: float | None = None


@dataclass(frozen=True)
class SoundFacts:
    """What all sound files share; ``full_rate`` is the rate before ``divisor``."""

    full_rate: int
    divisor: int
    channels: int
    quality: float | None
    dialects: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    @property
    def rate(self) -> int:
        """The files' sample rate."""
        return self.full_rate // self.divisor


@cache
def load_schema() -> dict[str, Any]:
    """Read the JSON Schema of ``music.json``."""
    text = resources.files(__package__).joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def build_cue_sheet(music: GameMusic, facts: Mapping[str, FileFacts], sound: SoundFacts) -> dict[str, Any]:
    """Gather the cue sheet; ``facts`` is by piece: ``loop``, ``sections/verse-1`` ..."""
    loop_key = music.sections[music.first].key
    whole = music.whole
    meter = music.loop.meters[0].meter
    return {
        "schema_version": SCHEMA_VERSION,
        "title": music.title,
        "key": str(loop_key),
        "tempo_qpm": music.loop.tempos[0].qpm,
        "meter": str(meter),
        "audio": {
            "sample_rate": sound.rate, "channels": sound.channels, "vorbis_quality": sound.quality,
            "left_out": list(sound.left_out),
        },
        "midi": {
            "ticks_per_quarter": music.score.tpq, "loop_dialects": list(sound.dialects),
            "controllers_left_out": sorted(RESERVED_CONTROLLERS),
        },
        "tempo_map": _tempo_map(whole, sound),
        "music": _music(music, whole, facts["music"], sound),
        "intro": None if music.intro is None else _piece(music.intro, facts["intro"], sound),
        "loop": _piece(music.loop, facts["loop"], sound) | _loop_facts(music),
        "sections": [_section(music, section, facts[f"sections/{section.slug}"], sound) for section in music.sections],
        "layers": [
            {"name": name, "intensity": level / (len(music.layers) - 1), "tracks": [t.name for t in score.tracks]}
            | _piece(score, facts[f"layers/{name}"], sound)
            for level, (name, score) in enumerate(music.layers.items())
        ],
        "stingers": [
            {"name": name, "sync": SYNC[name], "key": str(loop_key)} | _piece(score, facts[f"stingers/{name}"], sound)
            for name, score in music.stingers.items()
        ],
        "transitions": [_transition(each, facts[f"transitions/{each.slug}"], sound) for each in music.transitions],
        "jumps": _jumps(music),
    }  # fmt: skip


def _at(clock: BlockClock, tick: int, sound: SoundFacts) -> int:
    """A tick in samples of the files."""
    return clock.sample(tick) // sound.divisor


def _seconds(samples: int, sound: SoundFacts) -> float:
    """Samples of the files in seconds."""
    return round(samples / sound.rate, 6)


def _piece(score: Score, facts: FileFacts, sound: SoundFacts) -> dict[str, Any]:
    """What every piece says of itself."""
    clock = BlockClock(score, sound.full_rate)
    samples = clock.n_samples // sound.divisor
    bars = list_bars(score)
    return {
        "files": dict(facts.files),
        "n_bars": len(bars),
        "samples": samples,
        "seconds": _seconds(samples, sound),
        "tail_samples": facts.tail_samples,
        "bar_samples": [_at(clock, bar.start_tick, sound) for bar in bars],
        "loudness_lufs": None if facts.loudness_lufs is None else round(facts.loudness_lufs, 2),
    }


def _loop_facts(music: GameMusic) -> dict[str, Any]:
    """Which sections the loop has."""
    return {"sections": [section.slug for section in music.sections[music.first : music.last + 1]]}


def _music(music: GameMusic, whole: Score, facts: FileFacts, sound: SoundFacts) -> dict[str, Any]:
    """Introduction and loop in one file: its loop in ticks and samples, and all its bars."""
    clock = BlockClock(whole, sound.full_rate)
    start = _at(clock, music.loop_start_tick, sound)
    samples = clock.n_samples // sound.divisor
    return _piece(whole, facts, sound) | {
        "loop_start_tick": music.loop_start_tick,
        "loop_end_tick": whole.end_tick,
        "loop_bar": sum(bar.start_tick < music.loop_start_tick for bar in list_bars(whole)),
        "loop_start_sample": start if facts.loop_start is None else facts.loop_start,
        "loop_length_samples": samples - start,
        "bars": _bar_rows(music, whole, clock, sound),
    }


def _bar_rows(music: GameMusic, whole: Score, clock: BlockClock, sound: SoundFacts) -> list[dict[str, Any]]:
    """Each bar's tick, sample, second, section, key and beats."""
    rows = []
    for number, bar in enumerate(list_bars(whole)):
        section = next(s for s in music.sections if s.start_bar <= number < s.start_bar + s.n_bars)
        sample = _at(clock, bar.start_tick, sound)
        rows.append({
            "bar": number, "tick": bar.start_tick, "sample": sample, "seconds": _seconds(sample, sound),
            "beats": bar.n_beats, "section": section.slug, "key": str(key_at(whole, bar.start_tick)),
        })  # fmt: skip
    return rows


def _tempo_map(whole: Score, sound: SoundFacts) -> list[dict[str, Any]]:
    """Tempo changes of the file of introduction and loop; neighbours of the same tempo are one."""
    clock, rows = BlockClock(whole, sound.full_rate), list[dict[str, Any]]()
    for change in whole.tempos:
        if not rows or rows[-1]["qpm"] != change.qpm:
            sample = _at(clock, change.tick, sound)
            row = {"tick": change.tick, "sample": sample, "seconds": _seconds(sample, sound), "qpm": change.qpm}
            rows.append(row)
    return rows


def _section(music: GameMusic, section: GameSection, facts: FileFacts, sound: SoundFacts) -> dict[str, Any]:
    """One section: where it may be entered and left."""
    piece = _piece(music.section_score(section), facts, sound)
    lines = [*piece["bar_samples"], piece["samples"]]
    exits = [
        {"bar": bar, "sample": lines[bar], "kind": _exit_kind(bar, section)} for bar in range(1, section.n_bars + 1)
    ]
    return {
        "id": section.slug, "name": section.name, "kind": section.kind, "key": str(section.key),
        "intensity": section.intensity, "start_bar": section.start_bar, "entry_sample": 0,
        "exit_sample": piece["samples"], "exits": exits,
    } | piece  # fmt: skip


def _exit_kind(bar: int, section: GameSection) -> str:
    """How good a place a bar line is to leave a section at."""
    if bar == section.n_bars:
        return "end"
    return "phrase" if bar in section.phrase_bars else "bar"


def _transition(transition: Transition, facts: FileFacts, sound: SoundFacts) -> dict[str, Any]:
    """One transition and whom it serves."""
    score = transition.score
    piece = _piece(score, facts, sound)
    key = score.keys[0].key
    return {
        "id": transition.slug, "key": str(key), "leads_to_chord": transition.target.symbol(key.fifths),
        "chords": [symbol.text for symbol in score.chord_symbols],
        "serves": [{"from": source, "to": target} for source, target in transition.pairs],
        "entry_sample": 0, "exit_sample": piece["samples"],
    } | piece  # fmt: skip


def _jumps(music: GameMusic) -> list[dict[str, Any]]:
    """What may follow what: straight on where the song does so, through a transition everywhere."""
    jumps: list[dict[str, Any]] = []
    by_pair = {pair: each.slug for each in music.transitions for pair in each.pairs}
    following = {a.slug: b.slug for a, b in pairwise(music.sections)}
    after_loop = (music.sections[music.last].slug, music.sections[music.first].slug)
    for source in (section.slug for section in music.sections):
        jumps.append({"from": source, "to": source, "at": "end", "transition": None})
        for target in (section.slug for section in music.sections):
            if source == target:
                continue
            if following.get(source) == target or (source, target) == after_loop:
                jumps.append({"from": source, "to": target, "at": "end", "transition": None})
            jumps.append({"from": source, "to": target, "at": "bar", "transition": by_pair[source, target]})
    return jumps
