"""Where bars fall in sound: whole blocks of samples, the same in every file.

FluidSynth starts notes on blocks of 64 samples. If each section is a whole number of such blocks
long, every pass of a loop is played alike, and bars fall on the same samples in every file. For that the
tempo of a section is changed for rendering so that its length changes by at most 32 samples (0.04 % of two
seconds); pitch does not change, and nothing adds up, because MIDI and sound each loop by themselves.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from symbolic_music.rendering.performance import Clock
from symbolic_music.song.score import Score, TempoChange, in_force

BLOCK = 64


class BlockClock(Clock):
    """Ticks of a score to samples, through its tempo map on whole blocks."""

    def __init__(self, score: Score, sample_rate: int) -> None:
        self.score = on_blocks(score, sample_rate)
        self.sample_rate = sample_rate
        super().__init__([(change.tick, change.qpm) for change in self.score.tempos], score.tpq, sample_rate)

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
