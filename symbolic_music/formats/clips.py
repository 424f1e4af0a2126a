"""What a DAW shows of a score: clips a section long, colours, audio stems.

A clip starts on its section's bar line, or a hair before where the first note is
played early. A note that rings on into the next section keeps its whole length;
where one is held over the line on purpose, the two clips are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.song.score import ControlChange, Marker, Score, Track

# Played early by less than this part of a quarter, a note belongs to the section that follows; also the longest ring.
_EARLY_QUARTERS = 1 / 6
_RING_QUARTERS = 1 / 2
# One for each track, in order; for sections by the first word of their name.
TRACK_COLOURS = ("#d1495b", "#2e86ab", "#3b8b5a", "#edae49", "#7d5ba6", "#5f6b6d", "#c77dff", "#00798c")
_SECTION_COLOURS = {
    "intro": "#9aa5b1", "verse": "#6aa84f", "pre-chorus": "#b6a642", "chorus": "#e06666", "bridge": "#8e7cc3",
    "solo": "#f1a33c", "interlude": "#76a5af", "outro": "#7b8794",
}  # fmt: skip
_OTHER_SECTION = "#6fa8dc"
CHORD_COLOUR = "#8a8f98"


@dataclass(frozen=True, eq=False)
class Clip:
    """A track's notes and controls over one section; ticks of the score, from the song's start."""

    name: str
    start_tick: int
    end_tick: int
    notes: np.ndarray
    controls: tuple[ControlChange, ...] = ()


@dataclass(frozen=True)
class Stem:
    """The sound of one track: ``file`` is where it lies, ``path`` how the project names it."""

    file: Path
    path: str
    duration_sec: float
    sample_rate: int
    n_channels: int = 2


def track_colour(index: int) -> str:
    """Give a track's colour, ``#rrggbb``, by its place in the score."""
    return TRACK_COLOURS[index % len(TRACK_COLOURS)]


def section_colour(name: str) -> str:
    """Give a section's colour, ``#rrggbb``: all verses have one.

    Examples
    --------
    >>> section_colour("Chorus 2") == section_colour("chorus")
    True
    """
    return _SECTION_COLOURS.get(name.lower().split(" ")[0].rstrip(".0123456789"), _OTHER_SECTION)


def check_stems(score: Score, stems: Sequence[Stem]) -> None:
    """Refuse stems that are not one a track.

    Raises
    ------
    InputError
        With both numbers.
    """
    if stems and len(stems) != len(score.tracks):
        raise InputError(f"{score.title}: {len(stems)} stems for {len(score.tracks)} tracks; give one a track or none")


def spans_of(markers: Sequence[Marker], end_tick: int) -> list[tuple[str, int, int]]:
    """List (text, start, end) of sections or chord symbols: each lasts until the next, the last to the end.

    Examples
    --------
    >>> spans_of([Marker(0, "C"), Marker(24, "F")], 48)
    [('C', 0, 24), ('F', 24, 48)]
    """
    inside = sorted((marker for marker in markers if 0 <= marker.tick < end_tick), key=lambda marker: marker.tick)
    ends = [*(marker.tick for marker in inside[1:]), end_tick]
    return [(marker.text, marker.tick, end) for marker, end in zip(inside, ends, strict=False) if marker.tick < end]


def clips_of(score: Score, track: Track) -> list[Clip]:
    """Cut a track into clips, one a section; sections in which it is silent have none.

    Returns
    -------
    list of Clip
        In order, without overlap; together they have every note and control
        of the track exactly once.
    """
    markers = [marker for marker in score.markers if 0 <= marker.tick < score.end_tick]
    starts = {marker.tick: marker.text for marker in markers}
    starts.setdefault(0, score.title)
    lines = [*sorted(starts), score.end_tick]
    names = [starts[tick] for tick in lines[:-1]]
    borders = [0, *(_border(track.notes, tick, score.tpq) for tick in lines[1:-1]), score.end_tick]
    clips = []
    for name, start, end in _join_held(names, borders, track.notes, score.tpq):
        onsets = track.notes["onset_tick"]
        notes = track.notes[(onsets >= start) & (onsets < end)]
        is_last = end == score.end_tick
        controls = tuple(c for c in track.controls if start <= c.tick < end or (is_last and c.tick >= end))
        if len(notes) or controls:
            clips.append(Clip(name, start, end, notes, controls))
    return clips


def _border(notes: np.ndarray, line: int, tpq: int) -> int:
    """Find where a clip starts: at the bar line, or at the first note played early before it."""
    onsets = notes["onset_tick"]
    # A short note just before the line may be a grace; only one that sounds past it is an early first note.
    is_early = (onsets < line) & (onsets > line - tpq * _EARLY_QUARTERS) & (onsets + notes["duration_tick"] > line)
    return int(onsets[is_early].min()) if is_early.any() else line


def _join_held(names: Sequence[str], borders: Sequence[int], notes: np.ndarray, tpq: int) -> list[tuple[str, int, int]]:
    """List (name, start, end), joining two where a note is held over their border."""
    spans: list[tuple[str, int, int]] = []
    onsets, ends = notes["onset_tick"], notes["onset_tick"] + notes["duration_tick"]
    for name, (start, end) in zip(names, pairwise(borders), strict=True):
        is_held = bool(((onsets < start) & (ends > start + tpq * _RING_QUARTERS)).any())
        if is_held and spans:
            before = spans.pop()
            spans.append((f"{before[0]} + {name}", before[1], end))
        else:
            spans.append((name, start, end))
    return spans
