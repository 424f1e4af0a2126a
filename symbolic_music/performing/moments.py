"""Where in the song a tick is: its section, intensity and phrase.

``TPQ_PERFORMED`` ticks make a quarter after ``perform``; all ticks in this room are these.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symbolic_music.song.chance import stage_rng
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import section_bars, slots_of
from symbolic_music.theory.meter import TPQ, Meter

TPQ_PERFORMED = 480
SCALE = TPQ_PERFORMED // TPQ
# A rise to a louder section is prepared over this many bars, up to this share of the step.
CRESCENDO_BARS = 2
CRESCENDO_SHARE = 0.7


@dataclass(frozen=True)
class Stretch:
    """A section or phrase over ticks ``[onset_tick, end_tick)`` with its section's intensity."""

    name: str
    onset_tick: int
    end_tick: int
    intensity: float


class Timeline:
    """A plan's sections and phrases by tick."""

    def __init__(self, plan: SongPlan) -> None:
        self._lines = plan.lines
        self.sections: list[Stretch] = []
        self.phrases: list[Stretch] = []
        for section, bar in zip(plan.sections, section_bars(plan), strict=True):
            self.sections.append(self._stretch(section.name, bar, section.n_bars, section.intensity))
        for slot in slots_of(plan):
            phrase = slot.phrase
            self.phrases.append(self._stretch(phrase.name, slot.start_bar, phrase.n_bars, slot.section.intensity))
        self._section_onsets = [stretch.onset_tick for stretch in self.sections]
        self._phrase_onsets = [stretch.onset_tick for stretch in self.phrases]

    def _stretch(self, name: str, start_bar: int, n_bars: int, intensity: float) -> Stretch:
        first, end = (self._lines.tick_of(bar) * SCALE for bar in (start_bar, start_bar + n_bars))
        return Stretch(name, first, end, intensity)

    def meter_at(self, tick: int) -> Meter:
        """The meter at a tick."""
        return self._lines.at(tick // SCALE).meter

    def inside(self, tick: int) -> int:
        """Ticks since the bar line."""
        return tick - self._lines.at(tick // SCALE).start * SCALE

    def bar_ticks_at(self, tick: int) -> int:
        """The length of the bar that a tick is in."""
        return self.meter_at(tick).bar_ticks * SCALE

    def is_beat(self, tick: int) -> bool:
        """Whether a beat begins at a tick."""
        return self.inside(tick) % (self.meter_at(tick).beat_ticks * SCALE) == 0

    def beats(self) -> Iterator[int]:
        """Every beat's tick."""
        for bar in self._lines.bars:
            yield from ((bar.start + beat * bar.meter.beat_ticks) * SCALE for beat in range(bar.meter.n_beats))

    def section_index(self, tick: int) -> int:
        """Index of the section that a tick is in."""
        return max(0, bisect_right(self._section_onsets, tick) - 1)

    def phrase_at(self, tick: int) -> Stretch:
        """The phrase that a tick is in."""
        return self.phrases[max(0, bisect_right(self._phrase_onsets, tick) - 1)]

    def intensity_at(self, tick: int) -> float:
        """The intensity at a tick: the section's, rising in the bars before a louder one."""
        index = self.section_index(tick)
        here = self.sections[index]
        if index + 1 == len(self.sections):
            return here.intensity
        rise = self.sections[index + 1].intensity - here.intensity
        width = min(CRESCENDO_BARS * self.bar_ticks_at(tick), (here.end_tick - here.onset_tick) // 2)
        progress = 1 - (here.end_tick - tick) / width
        return here.intensity + max(0.0, rise) * CRESCENDO_SHARE * max(0.0, progress)

    def weight(self, tick: int) -> int:
        """Metrical weight: 3 downbeat, 2 half bar, 1 other beat, 0 between beats."""
        inside = self.inside(tick)
        if inside == 0:
            return 3
        if inside in {strong * SCALE for strong in self.meter_at(tick).strong_ticks}:
            return 2
        return int(self.is_beat(tick))


def performance_rng(seed: int, section: str, track: str) -> np.random.Generator:
    """Make the generator of one track in one section, independent of all others."""
    return stage_rng(seed, section, f"perform {track}")
