"""The bars of an endless song, the dial that they are made for, and how loud they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from symbolic_music.errors import InputError
from symbolic_music.song.brief import MOODS

# How much louder full intensity is than none, and how far a phrase is brought to it, in dB.
_RANGE_DB, _MOST_DB = 9.0, 6.0
# A note's level over its velocity: 40 dB from 1 to 127, as General MIDI's curve has it (40 log v/127).
_VELOCITY_DB = 40.0


@dataclass(frozen=True)
class Dial:
    """What is wanted: a mood of the program's list, an intensity 0 to 1."""

    mood: str = "calm"
    intensity: float = 0.4

    def __post_init__(self) -> None:
        """Refuse what is not on the dial."""
        if self.mood not in MOODS:
            raise InputError(f"mood {self.mood!r} is not known", f"use one of {', '.join(MOODS)}")
        if not 0 <= self.intensity <= 1:
            raise InputError(f"intensity {self.intensity:g} is not possible", "use 0 to 1")


@dataclass(frozen=True)
class StreamPart:
    """A player: notes name it by its place in the stream's list."""

    name: str
    role: str
    program: int
    is_drum: bool
    volume: int
    pan: int


@dataclass(frozen=True)
class StreamNote:
    """A note in quarters from its bar's first beat (a little before it where the band pushes)."""

    part: int
    start: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class StreamBar:
    """One bar: everything that a player needs, and nothing about other bars.

    ``quarter`` is where it begins, counted from the stream's start; ``returns_to`` the bar that it brings back. A bar
    whose number was given before takes the place of that one, and of all after it. ``is_reaction`` says that the band
    reacts to the dial with bars that were written for where it stood before.
    """

    number: int
    quarter: float
    n_quarters: float
    tempo_qpm: float
    meter: str
    key: str
    section: str
    mood: str
    intensity: float
    chords: tuple[tuple[float, str], ...]
    notes: tuple[StreamNote, ...]
    signature: str
    returns_to: int | None = None
    is_reaction: bool = False

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.n_quarters * 60 / self.tempo_qpm


@dataclass(frozen=True)
class Effect:
    """When a turn of the dial will be heard: the bar, and its place in quarters from the start.

    From ``full_bar`` on the music is written for it; before that the band reacts with what is written already.
    """

    bar: int
    quarter: float
    full_bar: int


def leveled(bars: list[StreamBar], intensity: float, drums: set[int]) -> list[StreamBar]:
    """Bring a phrase to the level of its intensity, so that phrases of one intensity are equally loud.

    Parameters
    ----------
    bars : list of StreamBar
        A phrase.
    intensity : float
        0 to 1.
    drums : set of int
        The parts that are drums.
    """
    power = sum(10 ** (level_of(bar, drums) / 10) * bar.n_quarters for bar in bars)
    quarters = sum(bar.n_quarters for bar in bars)
    if power <= 0:
        return bars
    wanted = _RANGE_DB * (intensity - 0.5)
    by = min(_MOST_DB, max(-_MOST_DB, wanted - 10 * math.log10(power / quarters)))
    share = 10 ** (by / _VELOCITY_DB)
    return [
        replace(bar, notes=tuple(
            replace(note, velocity=min(127, max(1, round(note.velocity * share)))) for note in bar.notes
        ))
        for bar in bars
    ]  # fmt: skip


def level_of(bar: StreamBar, drums: set[int]) -> float:
    """Estimate a bar's level in dB: the power of its notes, those of drums as short ones; 0 is a usual band.

    Parameters
    ----------
    bar : StreamBar
        Any.
    drums : set of int
        The parts that are drums.
    """
    power = sum(
        (note.velocity / 127) ** (_VELOCITY_DB / 10) * (0.25 if note.part in drums else min(note.length, 2))
        for note in bar.notes
    )
    return 10 * math.log10(max(power / bar.n_quarters, 1e-6)) + 3.0
