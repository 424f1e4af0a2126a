"""Is the chorus busier than the verse, and if not, whose part should be?

Grooves for choruses often hold long chords, so a chorus can have more players and yet fewer notes than its
verse. Parts that thin out there are asked for anew, busier by the model's own condition of density.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symbolic_music.filling.jobs import Done
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot
from symbolic_music.theory.meter import TPQ
from symbolic_music.tokens.describe import describe_density

LOW, HIGH = "verse", "chorus"
# The chorus has at least this many times the verse's notes.
MARGIN = 1.08
# Parts that may grow busier; drums keep their groove, pads hold and countermelodies leave room.
GROWING = ("piano", "guitar", "arpeggio", "bass")
BUSIEST = 5


@dataclass(frozen=True)
class Rates:
    """Notes in four quarters by part (the tune as ``melody``), in all verses and in all choruses."""

    verse: Mapping[str, float]
    chorus: Mapping[str, float]

    @property
    def is_lifted(self) -> bool:
        """Whether the choruses are busier by the margin."""
        return sum(self.chorus.values()) >= MARGIN * sum(self.verse.values())

    def thin_parts(self) -> list[str]:
        """Those who may grow and are thinner in the chorus than in the verse; else all who may, the busiest first."""
        playing = sorted((part for part in GROWING if self.chorus.get(part)), key=lambda part: -self.chorus[part])
        return [part for part in playing if self.chorus[part] < self.verse.get(part, 0.0)] or playing

    def wanted_density(self, part: str, step: int) -> str:
        """The grade of density to ask of a part: the verse's (or its own, if busier), ``step`` grades up."""
        most = max(self.chorus[part], self.verse.get(part, 0.0))
        # A rate is notes in four quarters.
        return str(min(BUSIEST, int(describe_density(round(most * 4), 16, part)) + step))


def wants_lift(plan: SongPlan) -> bool:
    """Whether a plan's choruses are meant to be more intense than its verses."""
    means = []
    for kind in (LOW, HIGH):
        intensities = [section.intensity for section in plan.sections if section.kind == kind]
        if not intensities:
            return False
        means.append(sum(intensities) / len(intensities))
    return means[1] > means[0]


def measure_rates(plan: SongPlan, sheet: LeadSheet, slots: Sequence[Slot], done: Done) -> Rates:
    """Count the notes of verses and choruses."""
    counts: dict[str, dict[str, int]] = {LOW: {}, HIGH: {}}
    for slot in slots:
        for part, name in done:
            if name == slot.phrase.name and slot.section.kind in counts:
                own = counts[slot.section.kind]
                own[part] = own.get(part, 0) + len(done[part, name].notes)
    ends = (*plan.section_ticks[1:], plan.lines.end_tick)
    for section, start, end in zip(plan.sections, plan.section_ticks, ends, strict=True):
        if section.kind in counts:
            onsets = sheet.melody["onset_tick"]
            own = counts[section.kind]
            own["melody"] = own.get("melody", 0) + int(((onsets >= start) & (onsets < end)).sum())
    return Rates(*(_per_four_quarters(plan, kind, counts[kind]) for kind in (LOW, HIGH)))


def _per_four_quarters(plan: SongPlan, kind: str, counts: Mapping[str, int]) -> dict[str, float]:
    """Notes in four quarters by part."""
    ends = (*plan.section_ticks[1:], plan.lines.end_tick)
    lengths = [end - start for start, end in zip(plan.section_ticks, ends, strict=True)]
    own = [length for section, length in zip(plan.sections, lengths, strict=True) if section.kind == kind]
    quarters = sum(own) / TPQ
    return {part: count * 4 / quarters for part, count in counts.items()}
