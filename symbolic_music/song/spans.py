"""Where things lie: bars, sections and phrases, counted from lengths in one place.

Documents state lengths; positions follow from them here, and nowhere else. Bars count from 0, ticks are
the engine's (``TPQ`` = 12 to the quarter).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from symbolic_music.song.leadsheet import SectionSpan
from symbolic_music.song.score import KeyChange, Marker, MeterChange
from symbolic_music.theory.meter import Meter

if TYPE_CHECKING:
    from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan


class Bar(NamedTuple):
    """A bar: its first tick and its meter."""

    start: int
    meter: Meter

    @property
    def end(self) -> int:
        """The next bar's first tick."""
        return self.start + self.meter.bar_ticks


@dataclass(frozen=True)
class Slot:
    """A phrase in its place: its section, first bars of both, and the phrase before it in the section."""

    phrase: PlannedPhrase
    section: PlannedSection
    start_bar: int
    section_bar: int
    before: str | None


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
    for section, first in zip(plan.sections, section_bars(plan), strict=True):
        before = None
        starts = starts_of(phrase.n_bars for phrase in section.phrases)
        for phrase, start in zip(section.phrases, starts, strict=True):
            yield Slot(phrase, section, first + start, first, before)
            before = phrase.name


def bars_of(meters: Iterable[MeterChange], end_tick: int) -> list[Bar]:
    """List the bars up to the one that reaches a tick; at least one.

    Parameters
    ----------
    meters : iterable of MeterChange
        In engine ticks, the first at 0; a change inside a bar counts from the next.
    end_tick : int
        The last bar begins before it.
    """
    changes = sorted(meters, key=lambda change: change.tick)
    bars: list[Bar] = []
    now = place = 0
    while now < end_tick or not bars:
        while place + 1 < len(changes) and changes[place + 1].tick <= now:
            place += 1
        bars.append(Bar(now, changes[place].meter))
        now = bars[-1].end
    return bars
