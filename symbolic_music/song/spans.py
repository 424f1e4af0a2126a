"""Where things lie: bars, sections and phrases, counted from lengths in one place.

Documents state lengths; positions follow from them here, and nowhere else. Bars count from 0, ticks are
the engine's (``TPQ`` = 12 to the quarter).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from symbolic_music.song.leadsheet import SectionSpan
from symbolic_music.song.score import KeyChange, Marker
from symbolic_music.theory.meter import Meter

if TYPE_CHECKING:
    from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan


@dataclass(frozen=True)
class Slot:
    """A phrase in its place: its section, first bars of both, and the phrase before it in the section.

    ``start_tick`` is its first bar line, ``meter`` its own, its section's or the song's.
    """

    phrase: PlannedPhrase
    section: PlannedSection
    start_bar: int
    section_bar: int
    before: str | None
    start_tick: int
    meter: Meter

    @property
    def end_tick(self) -> int:
        """The bar line after its last bar."""
        return self.start_tick + self.phrase.n_bars * self.meter.bar_ticks


def starts_of(lengths: Iterable[int]) -> tuple[int, ...]:
    """Say where each of several stretches begins, one after the other from 0.

    Examples
    --------
    >>> starts_of([4, 8, 2])
    (0, 4, 12)
    """
    return tuple(accumulate(lengths, initial=0))[:-1]


def section_bars(plan: SongPlan) -> tuple[int, ...]:
    """The sections' first bars."""
    return starts_of(section.n_bars for section in plan.sections)


def section_spans(plan: SongPlan) -> tuple[SectionSpan, ...]:
    """A plan's sections as a lead sheet has them."""
    return tuple(
        SectionSpan(section.name, start, section.n_bars, section.key)
        for section, start in zip(plan.sections, section_bars(plan), strict=True)
    )


def key_changes(plan: SongPlan, scale: int = 1) -> tuple[KeyChange, ...]:
    """A key at the start and wherever a section changes it; ``scale`` is score ticks to an engine tick."""
    changes: list[KeyChange] = []
    for section, tick in zip(plan.sections, plan.section_ticks, strict=True):
        if not changes or changes[-1].key != section.key:
            changes.append(KeyChange(tick * scale, section.key))
    return tuple(changes)


def section_markers(plan: SongPlan, scale: int = 1) -> tuple[Marker, ...]:
    """Number the sections by kind: ``Verse 1``, ``Chorus 2``; ``scale`` is score ticks to an engine tick."""
    counts: dict[str, int] = {}
    markers = []
    for section, tick in zip(plan.sections, plan.section_ticks, strict=True):
        counts[section.kind] = counts.get(section.kind, 0) + 1
        markers.append(Marker(tick * scale, f"{section.kind.capitalize()} {counts[section.kind]}"))
    return tuple(markers)


def slots_of(plan: SongPlan) -> Iterator[Slot]:
    """List the phrases in order."""
    lines = plan.lines
    for section, first in zip(plan.sections, section_bars(plan), strict=True):
        before = None
        starts = starts_of(phrase.n_bars for phrase in section.phrases)
        for phrase, start in zip(section.phrases, starts, strict=True):
            tick = lines.tick_of(first + start)
            yield Slot(phrase, section, first + start, first, before, tick, plan.meter_of(section, phrase))
            before = phrase.name


def slot_at(plan: SongPlan, slot: Slot, phrase: PlannedPhrase, start_bar: int) -> Slot:
    """Put another phrase of a slot's section at a bar of the song, with its bar line."""
    return replace(slot, phrase=phrase, start_bar=start_bar, start_tick=plan.lines.tick_of(start_bar))
