"""Bars and their bar lines: where each begins, and in which meter.

Bars count from 0, ticks are the engine's (``TPQ`` = 12 to the quarter). The meter may change at any bar line, so where
a bar begins is asked here and never computed from a bar's length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from symbolic_music.song.score import MeterChange
from symbolic_music.theory.meter import Meter


class Bar(NamedTuple):
    """A bar: its first tick and its meter."""

    start: int
    meter: Meter

    @property
    def end(self) -> int:
        """The next bar's first tick."""
        return self.start + self.meter.bar_ticks


class BarLines:
    """The bars of a piece, in order.

    Parameters
    ----------
    bars : sequence of Bar
        Each begins where the one before ends.

    Examples
    --------
    >>> lines = lines_of(((Meter(4, 4), 2), (Meter(3, 4), 2)))
    >>> [lines.tick_of(bar) for bar in range(5)], lines.bar_at(100)
    ([0, 48, 96, 132, 168], 2)
    """

    def __init__(self, bars: Iterable[Bar]) -> None:
        self.bars = tuple(bars)
        self._starts = [bar.start for bar in self.bars]

    @property
    def end_tick(self) -> int:
        """The last bar line."""
        return self.bars[-1].end if self.bars else 0

    def tick_of(self, bar: int) -> int:
        """A bar's first tick; of the bar after the last one, the last bar line."""
        return self._starts[bar] if bar < len(self.bars) else self.end_tick

    def bar_at(self, tick: int) -> int:
        """The bar that a tick is in; past the end, the last."""
        return max(0, bisect_right(self._starts, tick) - 1)

    def at(self, tick: int) -> Bar:
        """The bar that a tick is in, as `bar_at`."""
        return self.bars[self.bar_at(tick)]

    def changes(self) -> tuple[MeterChange, ...]:
        """The meter at the start and wherever it changes."""
        found: list[MeterChange] = []
        for bar in self.bars:
            if not found or found[-1].meter != bar.meter:
                found.append(MeterChange(bar.start, bar.meter))
        return tuple(found)


class Run(NamedTuple):
    """Bars ``[start_bar, start_bar + n_bars)`` of one meter, from a meter change to the next."""

    start_bar: int
    n_bars: int
    meter: Meter


# A run of fewer bars between two of one meter passes by inside a section: the bar of 2/4 in a song in 4/4.
PASSING_BARS = 4


def meter_runs(lines: BarLines) -> list[Run]:
    """List the stretches of one meter.

    Examples
    --------
    >>> meter_runs(lines_of(((Meter(4, 4), 2), (Meter(2, 4), 1))))
    [Run(start_bar=0, n_bars=2, meter=Meter(beats=4, unit=4)), Run(start_bar=2, n_bars=1, meter=Meter(beats=2, unit=4))]
    """
    starts = [lines.bar_at(change.tick) for change in lines.changes()]
    ends = [*starts[1:], len(lines.bars)]
    return [Run(start, end - start, lines.bars[start].meter) for start, end in zip(starts, ends, strict=True)]


def lasting_changes(lines: BarLines) -> set[int]:
    """The bars from which on another meter holds, without bars that pass by."""
    runs = meter_runs(lines)
    passing = {
        place
        for place, run in enumerate(runs[1:-1], start=1)
        if run.n_bars < PASSING_BARS and runs[place - 1].meter == runs[place + 1].meter
    }
    return {run.start_bar for place, run in enumerate(runs[1:], start=1) if not {place, place - 1} & passing}


def pieces_of(lines: BarLines, start_bar: int, n_bars: int) -> list[Run]:
    """Cut bars ``[start_bar, start_bar + n_bars)`` where the meter changes."""
    end = start_bar + n_bars
    cut = [(max(run.start_bar, start_bar), min(run.start_bar + run.n_bars, end), run) for run in meter_runs(lines)]
    return [Run(first, last - first, run.meter) for first, last, run in cut if last > first]


def most_of(lines: BarLines, start_bar: int = 0, n_bars: int | None = None) -> Meter:
    """The meter that most of some bars are in, by their length; the first of them where two are equal."""
    lasting: dict[Meter, int] = {}
    for bar in lines.bars[start_bar : None if n_bars is None else start_bar + n_bars]:
        lasting[bar.meter] = lasting.get(bar.meter, 0) + bar.meter.bar_ticks
    return max(lasting, key=lambda meter: lasting[meter])


@lru_cache(maxsize=256)
def lines_of(runs: tuple[tuple[Meter, int], ...]) -> BarLines:
    """Lay bars out: so many of this meter, then so many of that."""
    bars: list[Bar] = []
    tick = 0
    for meter, n_bars in runs:
        bars += [Bar(tick + number * meter.bar_ticks, meter) for number in range(n_bars)]
        tick += n_bars * meter.bar_ticks
    return BarLines(bars)


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
