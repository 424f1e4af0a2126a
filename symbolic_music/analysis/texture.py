"""How a track moves, and what it does by that: bass, chords, pad, arpeggio, or the lead.

- *Bass*: a bass program that is not high, or the lowest track if it is one voice below ``BASS_CEILING``.
- *Texture.* Any other track is guitar, piano, pad or arpeggio by its program and by how it moves: what lasts and stands
  in chords is a pad, one voice that runs evenly is an arpeggio.
- *Lead-like* is a track that is one voice, high, active and tuneful (steps, several note values, no bar that
  repeats the bar before), more so on instruments that sing; a track that its author called a lead is one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]  # onset, duration, pitch, velocity
BASS_PROGRAMS = (*range(32, 40), 43, 58)
HIGHEST_BASS, BASS_CEILING = 57, 48
# Programs without a role: timpani, melodic drums, effects.
WITHOUT_ROLE = (47, 55, *range(112, 128))
# Texture by program where the movement does not say otherwise: (first, last, part).
PROGRAM_PARTS = (
    (0, 8, "piano"), (8, 16, "arpeggio"), (16, 24, "piano"), (24, 32, "guitar"), (40, 45, "pad"), (45, 47, "arpeggio"),
    (48, 80, "pad"), (80, 88, "arpeggio"), (88, 104, "pad"), (104, 109, "guitar"), (109, 112, "pad"),
)  # fmt: skip
# How well an instrument sings, 0 to 1.
SINGING = {
    **dict.fromkeys(range(8), 0.4), **dict.fromkeys(range(8, 16), 0.4), **dict.fromkeys(range(16, 21), 0.3),
    **dict.fromkeys(range(21, 24), 0.8), **dict.fromkeys(range(24, 29), 0.3), 29: 0.6, 30: 0.6, 31: 0.3,
    **dict.fromkeys(range(40, 43), 0.8), 44: 0.3, 45: 0.1, 46: 0.1, **dict.fromkeys(range(48, 52), 0.4),
    52: 0.5, 53: 0.7, 54: 0.6, **dict.fromkeys(range(56, 64), 0.7), **dict.fromkeys(range(64, 80), 1.0),
    **dict.fromkeys(range(80, 88), 1.0), **dict.fromkeys(range(88, 96), 0.2), **dict.fromkeys(range(96, 104), 0.1),
    **dict.fromkeys(range(104, 112), 0.5),
}  # fmt: skip
CALLED_LEAD = re.compile(r"\b(melody|lead|solo|vocals?|voice|theme|tune)\b", re.I)


class Voice(Protocol):
    """A track as far as its role goes."""

    @property
    def name(self) -> str: ...
    @property
    def program(self) -> int: ...
    @property
    def is_drum(self) -> bool: ...


@dataclass(frozen=True)
class Texture:
    """How a track moves; lengths in quarters, rates in notes a bar in which it plays."""

    n_notes: int
    one_voice: float  # share of onsets at which one note begins
    mean_pitch: float
    mean_length: float
    rate: float
    bars: float  # share of bars with an onset
    steps: float  # share of moves of one or two semitones
    evenness: float  # share of the commonest distance between onsets
    repeats: float  # share of bars equal to the bar before or to the one before that


def texture_of(rows: Sequence[Row], start: int, end: int, bar: int) -> Texture:
    """Measure the notes of a track between two ticks."""
    if not rows:
        return Texture(0, 0, 0, 0, 0, 0, 0, 0, 0)
    onsets, counts = np.unique([row[0] for row in rows], return_counts=True)
    pitches = np.array([row[2] for row in rows])
    bars = defaultdict(set)
    for on, _, pitch, _ in rows:
        bars[on // bar].add((on % bar, pitch))
    n_bars = max(1, (end - start) // bar)
    top = {on: pitch for on, _, pitch, _ in rows}
    moves = np.abs(np.diff([top[on] for on in sorted(top)]))
    moves = moves[moves > 0]
    gaps = np.diff(onsets)
    repeats = [bars[b] == bars.get(b - 1) or bars[b] == bars.get(b - 2) for b in sorted(bars)]
    return Texture(
        n_notes=len(rows),
        one_voice=float(np.mean(counts == 1)),
        mean_pitch=float(pitches.mean()),
        mean_length=float(np.mean([row[1] for row in rows])) / TPQ,
        rate=len(onsets) / len(bars),
        bars=len(bars) / n_bars,
        steps=float(np.mean(moves <= 2)) if len(moves) else 0.0,
        evenness=Counter(gaps.tolist()).most_common(1)[0][1] / len(gaps) if len(gaps) else 1.0,
        repeats=float(np.mean(repeats)),
    )


def part_of_voice(voice: Voice, texture: Texture) -> str | None:
    """Name a track's part but for bass and leads; none for what has no role."""
    if voice.is_drum:
        return "drums"
    if voice.program in WITHOUT_ROLE:
        return None
    family = next((part for first, last, part in PROGRAM_PARTS if first <= voice.program < last), "piano")
    if family == "guitar":
        return family
    is_chordal = texture.one_voice < 0.5
    if texture.mean_length >= 2 and (is_chordal or family == "pad"):
        return "pad"
    if not is_chordal and texture.rate >= 6 and texture.mean_length < 1:
        return "arpeggio"
    return "piano" if is_chordal and family == "arpeggio" else family


def is_bass(voice: Voice, texture: Texture, lowest: float) -> bool:
    """Whether a track is the bass; ``lowest`` is the lowest mean pitch of all tracks."""
    if voice.is_drum or voice.program in WITHOUT_ROLE:
        return False
    named = voice.program in BASS_PROGRAMS and texture.mean_pitch <= HIGHEST_BASS
    deep = texture.mean_pitch < BASS_CEILING and texture.one_voice >= 0.8 and texture.mean_pitch <= lowest + 1
    return named or deep


def lead_score(voice: Voice, texture: Texture) -> float:
    """How lead-like a track is; `LEAD_SCORE` and more is a lead."""
    if voice.is_drum or voice.program in WITHOUT_ROLE or texture.one_voice < 0.7 or texture.n_notes < 4:
        return 0.0
    height = float(np.clip((texture.mean_pitch - 52) / 20, 0, 1)) - max(0.0, texture.mean_pitch - 90) / 10
    runs = max(0.0, texture.evenness - 0.6) * (texture.rate >= 6)
    sings = 1.0 if CALLED_LEAD.search(voice.name) else SINGING.get(voice.program, 0.2)
    return (
        texture.one_voice + sings + height + texture.steps / 2 + min(1.0, texture.rate / 4) / 2
        - texture.repeats / 2 - 1.5 * runs
    )  # fmt: skip
