"""Bars handed on as soon as they cannot change any more, so that somebody may play them while the rest is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track, in_force
from symbolic_music.theory.meter import TPQ


@dataclass(frozen=True, eq=False)
class FinishedBars:
    """Some bars of a song as they are performed, one section of its plan.

    ``first`` counts bars from 0; ``start_tick`` and ``end_tick`` are their bar lines. ``piece`` is the song's score
    with its whole time (tempos, meters, keys, length) and of the rest (notes, controllers, chords, words, names) what
    begins between those lines, in ticks from the song's start. A note that is played ahead of its bar line comes with
    the bars before; the last bars hold all that is left.
    """

    section: str
    first: int
    n_bars: int
    start_tick: int
    end_tick: int
    piece: Score

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All players, with the notes and controllers that begin in these bars."""
        return self.piece.tracks

    @property
    def tpq(self) -> int:
        """Ticks to the quarter."""
        return self.piece.tpq

    @property
    def tempo_qpm(self) -> float:
        """The tempo at the first bar line."""
        return in_force(self.piece.tempos, self.start_tick, self.piece.tempos[0]).qpm


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
    lines = [tick * score.tpq // TPQ for tick in (*plan.section_ticks, plan.lines.end_tick)]
    first = 0
    for section, (start, end) in zip(plan.sections, pairwise(lines), strict=True):
        is_last = section is plan.sections[-1]
        piece = cut_score(score, start if first else -1, score.end_tick + 1 if is_last else end)
        yield FinishedBars(section.name, first, section.n_bars, start, end, piece)
        first += section.n_bars


def cut_score(score: Score, start: int, end: int) -> Score:
    """Leave of a score what begins in a span, and its whole time."""
    return replace(
        score,
        tracks=tuple(_cut_track(track, start, end) for track in score.tracks),
        markers=tuple(marker for marker in score.markers if start <= marker.tick < end),
        chord_symbols=tuple(symbol for symbol in score.chord_symbols if start <= symbol.tick < end),
        lyrics=tuple(syllable for syllable in score.lyrics if start <= syllable.tick < end),
        cue_points=tuple(point for point in score.cue_points if start <= point.tick < end),
    )


def _cut_track(track: Track, start: int, end: int) -> Track:
    """What of a track begins in a span."""
    onsets = track.notes["onset_tick"]
    controls = tuple(control for control in track.controls if start <= control.tick < end)
    return replace(track, notes=track.notes[(onsets >= start) & (onsets < end)], controls=controls)
