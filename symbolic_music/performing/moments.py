"""Where in the song a tick is: its section, intensity and phrase.

``TPQ_PERFORMED`` ticks make a quarter after ``perform``; all ticks in this room are these.
"""

from __future__ import annotations

from bisect import bisect_right
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
        self.meter: Meter = plan.meter
        self.bar_ticks = self.meter.bar_ticks * SCALE
        self.beat_ticks = self.meter.beat_ticks * SCALE
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
        return Stretch(name, start_bar * self.bar_ticks, (start_bar + n_bars) * self.bar_ticks, intensity)

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
        width = min(CRESCENDO_BARS * self.bar_ticks, (here.end_tick - here.onset_tick) // 2)
        progress = 1 - (here.end_tick - tick) / width
        return here.intensity + max(0.0, rise) * CRESCENDO_SHARE * max(0.0, progress)

    def weight(self, tick: int) -> int:
        """Metrical weight: 3 downbeat, 2 half bar, 1 other beat, 0 between beats."""
        inside = tick % self.bar_ticks
        if inside == 0:
            return 3
        if inside in {strong * SCALE for strong in self.meter.strong_ticks}:
            return 2
        return int(inside % self.beat_ticks == 0)


def performance_rng(seed: int, section: str, track: str) -> np.random.Generator:
    """Make the generator of one track in one section, independent of all others."""
    return stage_rng(seed, section, f"perform {track}")
