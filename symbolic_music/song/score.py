"""The score: every track's notes, with tempo, meter, key and marker maps.

Ticks are ``TPQ`` = 12 to the quarter until ``perform``, which returns a score
with ``tpq`` 480: there, onsets leave the grid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Protocol, TypeVar

import numpy as np

from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notebook import draw_for_notebook
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter


@dataclass(frozen=True)
class ControlChange:
    """A controller value 0 to 127 at a tick."""

    tick: int
    controller: int
    value: int


@dataclass(frozen=True, eq=False)
class Track:
    """One part played by one program: ``notes`` is a ``NOTE_DTYPE`` array."""

    name: str
    role: str
    program: int
    notes: np.ndarray
    is_drum: bool = False
    volume: int = 100
    pan: int = 64
    controls: tuple[ControlChange, ...] = ()

    def __repr__(self) -> str:
        kit = "drum kit" if self.is_drum else "program"
        return f"Track({self.name!r}: {self.role}, {kit} {self.program}, {len(self.notes)} notes)"


@dataclass(frozen=True)
class TempoChange:
    """Quarter notes per minute from a tick on."""

    tick: int
    qpm: float


@dataclass(frozen=True)
class MeterChange:
    """Time signature from a tick on."""

    tick: int
    meter: Meter


@dataclass(frozen=True)
class KeyChange:
    """Key from a tick on."""

    tick: int
    key: Key


@dataclass(frozen=True)
class Marker:
    """A text at a tick: a section's name, or a chord symbol."""

    tick: int
    text: str


@dataclass(frozen=True)
class SmpteStart:
    """The time code of tick 0, ``hh:mm:ss:ff``, at 24, 25, 29.97 (drop frame) or 30 frames a second."""

    time_code: str = "00:00:00:00"
    frame_rate: float = 25.0


@dataclass(frozen=True, eq=False)
class Score:
    """All tracks and maps; ``end_tick`` is the last bar line; ``lyrics`` are sung by the melody.

    ``cue_points`` say what happens in a picture, ``smpte`` where in it the score begins.

    ``remarks`` say what its reader left out of the file or changed, a short sentence each; no writer writes them.
    """

    title: str
    tpq: int
    end_tick: int
    tracks: tuple[Track, ...]
    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]
    keys: tuple[KeyChange, ...] = ()
    markers: tuple[Marker, ...] = ()
    chord_symbols: tuple[Marker, ...] = field(default=())
    lyrics: tuple[Syllable, ...] = ()
    remarks: tuple[str, ...] = ()
    cue_points: tuple[Marker, ...] = ()
    smpte: SmpteStart | None = None

    def __repr__(self) -> str:
        notes = sum(len(track.notes) for track in self.tracks)
        return (
            f"Score({self.title!r}: {len(self.tracks)} tracks, {notes} notes,"
            f" {say_seconds(tick_to_seconds(self, self.end_tick))}, {self.tpq} ticks a quarter)"
        )

    def _repr_svg_(self) -> str | None:
        """Show a notebook the piano roll."""
        return draw_for_notebook(self)


def tick_to_seconds(score: Score, tick: int) -> float:
    """Convert a tick to seconds through the tempo map.

    Parameters
    ----------
    score : Score
        Whose tempo map and resolution count.
    tick : int
        0 or more, in the score's own ticks.

    Returns
    -------
    float
        Seconds from the song's start.
    """
    return ticks_to_seconds(tick, score.tempos, score.tpq)


def ticks_to_seconds(tick: int, tempos: Iterable[TempoChange], tpq: int) -> float:
    """Convert a tick to seconds through tempo changes in any order, the first at tick 0."""
    seconds = 0.0
    changes = sorted(tempos, key=lambda change: change.tick)
    for index, change in enumerate(changes):
        end = changes[index + 1].tick if index + 1 < len(changes) else tick
        span = min(end, tick) - change.tick
        if span > 0:
            seconds += span / tpq * 60 / change.qpm
    return seconds


class Placed(Protocol):
    """What holds from a tick on: a tempo, a meter, a key, a controller's value, a chord symbol."""

    @property
    def tick(self) -> int:
        """Where it begins."""


C = TypeVar("C", bound=Placed)
Otherwise = TypeVar("Otherwise")


def in_force(changes: Iterable[C], tick: int, otherwise: Otherwise) -> C | Otherwise:
    """Find what holds at a tick.

    Parameters
    ----------
    changes : iterable of changes
        Tempos, meters, keys or others of one score, in any order; of two at one tick the later one counts.
    tick : int
        In the changes' ticks; a change at this very tick holds.
    otherwise : object
        What is returned before the first change, such as that first one or ``None``.

    Examples
    --------
    >>> tempos = (TempoChange(0, 120.0), TempoChange(48, 90.0))
    >>> in_force(tempos, 50, tempos[0]).qpm
    90.0
    """
    found: C | Otherwise = otherwise
    latest = None
    for change in changes:
        if change.tick <= tick and (latest is None or change.tick >= latest):
            found, latest = change, change.tick
    return found


def free_name(name: str, taken: Collection[str]) -> str:
    """Number the name of a track or section if it is taken.

    Examples
    --------
    >>> free_name("verse", {"verse", "verse 2"})
    'verse 3'
    """
    return next(one for one in chain([name], (f"{name} {number}" for number in count(2))) if one not in taken)


def say_seconds(seconds: float) -> str:
    """Say a length of time as minutes and seconds.

    Examples
    --------
    >>> say_seconds(125.4)
    '2:05'
    """
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def last_tick(tracks: Iterable[Track]) -> int:
    """Find where the last note of some tracks ends; 0 without notes."""
    ends = (track.notes["onset_tick"] + track.notes["duration_tick"] for track in tracks if len(track.notes))
    return max((int(end.max()) for end in ends), default=0)


def singer(score: Score) -> Track | None:
    """Find the track that the lyrics belong to: the first that is a melody and has notes.

    Parameters
    ----------
    score : Score
        With tracks in any order.

    Returns
    -------
    Track | None
        ``None`` if nobody sings.
    """
    return next((track for track in score.tracks if track.role == "melody" and len(track.notes)), None)


__all__ = [
    "TPQ",
    "ControlChange",
    "KeyChange",
    "Marker",
    "MeterChange",
    "Score",
    "SmpteStart",
    "TempoChange",
    "Track",
    "free_name",
    "in_force",
    "last_tick",
    "say_seconds",
    "singer",
    "tick_to_seconds",
    "ticks_to_seconds",
]
