"""Where bars fall in sound: whole blocks of samples, the same in every file.

FluidSynth starts notes on blocks of 64 samples. If each section is a whole number of such blocks
long, every pass of a loop is played alike, and bars fall on the same samples in every file. For that the
tempo of a section is changed for rendering so that its length changes by at most 32 samples (0.04 % of two
seconds); pitch does not change, and nothing adds up, because MIDI and sound each loop by themselves.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from symbolic_music.song.score import Score, TempoChange, in_force

BLOCK = 64


class Clock:
    """Ticks of a score to samples, through its tempo map on whole blocks."""

    def __init__(self, score: Score, sample_rate: int) -> None:
        self.score = on_blocks(score, sample_rate)
        self.sample_rate = sample_rate
        changes = self.score.tempos
        self._ticks = np.array([change.tick for change in changes], dtype=np.float64)
        self._per_tick = np.array([60 / change.qpm / score.tpq for change in changes]) * sample_rate
        spans = np.diff(self._ticks) * self._per_tick[:-1]
        self._starts = np.concatenate([[0.0], np.cumsum(spans)])

    def sample(self, tick: int) -> int:
        """The sample at a tick."""
        span = max(int(np.searchsorted(self._ticks, tick, side="right")) - 1, 0)
        return round(self._starts[span] + (tick - self._ticks[span]) * self._per_tick[span])

    @property
    def n_samples(self) -> int:
        """Length of the score without its tail."""
        return self.sample(self.score.end_tick)


def on_blocks(score: Score, sample_rate: int) -> Score:
    """Change the tempo of each stretch between markers so that it lasts whole blocks of samples."""
    marks = {marker.tick for marker in score.markers if 0 < marker.tick < score.end_tick}
    bounds = sorted({0, score.end_tick} | marks)
    tempos: list[TempoChange] = []
    for start, end in pairwise(bounds):
        inside = _tempos_in(score, start, end)
        ends = [change.tick for change in inside[1:]] + [end]
        seconds = sum((to - c.tick) / score.tpq * 60 / c.qpm for c, to in zip(inside, ends, strict=True))
        exact = seconds * sample_rate
        whole = max(1, round(exact / BLOCK)) * BLOCK
        tempos += [replace(change, qpm=change.qpm * exact / whole) for change in inside]
    return replace(score, tempos=tuple(tempos))


def _tempos_in(score: Score, start: int, end: int) -> list[TempoChange]:
    """The tempo at a tick and its changes up to another."""
    ordered = sorted(score.tempos, key=lambda change: change.tick)
    before = in_force(ordered, start, ordered[0])
    return [replace(before, tick=start), *(change for change in ordered if start < change.tick < end)]
