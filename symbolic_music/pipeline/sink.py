"""Bars handed on as soon as they cannot change any more, so that somebody may play them while the rest is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.meter import TPQ


@dataclass(frozen=True, eq=False)
class FinishedBars:
    """Some bars of a song as they are performed, one section of its plan.

    ``first`` counts bars from 0; ``start_tick`` and ``end_tick`` are their bar lines and ``tracks`` the notes and
    controllers that begin between them, in ticks of the score (``tpq`` to the quarter) from the song's start. A note
    that is played ahead of its bar line comes with the bars before; the last bars hold all that is left.
    """

    section: str
    first: int
    n_bars: int
    start_tick: int
    end_tick: int
    tempo_qpm: float
    tpq: int
    tracks: tuple[Track, ...]


class Sink(Protocol):
    """Takes finished bars, in order and without gaps."""

    def put(self, bars: FinishedBars) -> None:
        """Take the next bars."""

    def end(self) -> None:
        """Know that no more will come."""


def hand_over(score: Score, plan: SongPlan, sink: Sink) -> None:
    """Give all bars of a performed score to a sink, section by section."""
    for bars in finished_bars(score, plan):
        sink.put(bars)
    sink.end()


def finished_bars(score: Score, plan: SongPlan) -> Iterator[FinishedBars]:
    """Cut a performed score at the sections of its plan."""
    scale = score.tpq // TPQ
    first = 0
    for section in plan.sections:
        start, end = (plan.lines.tick_of(bar) * scale for bar in (first, first + section.n_bars))
        is_last = section is plan.sections[-1]
        tracks = tuple(_cut(track, start if first else -1, score.end_tick + 1 if is_last else end)
                       for track in score.tracks)  # fmt: skip
        yield FinishedBars(section.name, first, section.n_bars, start, end, plan.tempo_of(section), score.tpq, tracks)
        first += section.n_bars


def _cut(track: Track, start: int, end: int) -> Track:
    """What of a track begins in a span."""
    onsets = track.notes["onset_tick"]
    controls = tuple(control for control in track.controls if start <= control.tick < end)
    return replace(track, notes=track.notes[(onsets >= start) & (onsets < end)], controls=controls)
