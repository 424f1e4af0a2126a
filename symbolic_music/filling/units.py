"""Which bar of a figure is played in each bar of a song: units of four bars, led back by their turnaround.

A unit is A A' A turnaround, aligned to the phrases; what is left of a phrase after its units of four is a
short unit. Of two units in eight bars the first may go on without its turnaround (drawn a section), so
that eight bars are one sentence; the last bar of a section has one always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from symbolic_music.filling.odd_meters import bases_of, fit_figure
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.styles.band import figure_style
from symbolic_music.styles.figures import Bar, FigureMusic
from symbolic_music.styles.style import N_LEVELS, Style
from symbolic_music.theory.meter import Meter

UNIT_BARS = 4
# The chance that the first of two units turns around too.
TURNS_EARLY = 0.5
# A chorus is played no more quietly than this, whoever is in it.
CHORUS_INTENSITY = 0.5


class SongBar(NamedTuple):
    """A bar of the song: its ticks, meter, section, number there, place in its unit, whether the unit turns around."""

    start: int
    end: int
    meter: Meter
    section: PlannedSection
    number: int
    place: int
    turns: bool

    @property
    def is_last(self) -> bool:
        """Whether the section ends with it."""
        return self.number == self.section.n_bars - 1


def song_bars(plan: SongPlan) -> list[SongBar]:
    """List a plan's bars with their places in units."""
    lines, bars = iter(plan.lines.bars), []
    for section in plan.sections:
        early = phrase_rng(plan.seed, "turnaround", section.name).random() < TURNS_EARLY
        for number, (place, n_bars, unit) in enumerate(_places(section)):
            is_end = place == n_bars - 1
            last = number == section.n_bars - 1
            turns = is_end and (last or (n_bars == UNIT_BARS and (unit % 2 == 1 or early)))
            line = next(lines)
            bars.append(SongBar(line.start, line.end, line.meter, section, number, place, turns))
    return bars


def _places(section: PlannedSection) -> Iterator[tuple[int, int, int]]:
    """Place in the unit, bars of the unit and number of the unit of each bar of a section."""
    unit = 0
    for phrase in _joined(section):
        for start in range(0, phrase, UNIT_BARS):
            n_bars = min(UNIT_BARS, phrase - start)
            yield from ((place, n_bars, unit) for place in range(n_bars))
            unit += 1


def _joined(section: PlannedSection) -> list[int]:
    """Lengths of the phrases; phrases of two bars that follow each other are joined to units."""
    lengths: list[int] = []
    meter = None
    for phrase in section.phrases:
        if lengths and lengths[-1] % UNIT_BARS == 2 and phrase.n_bars == 2 and phrase.meter == meter:
            lengths[-1] += 2
        else:
            lengths.append(phrase.n_bars)
        meter = phrase.meter
    return lengths


def level_of(section: PlannedSection) -> int:
    """The style's level, 0 to 3, at which a section is played."""
    intensity = max(section.intensity, CHORUS_INTENSITY) if section.kind == "chorus" else section.intensity
    return min(N_LEVELS - 1, int(intensity * N_LEVELS))


def bar_of(music: FigureMusic, bar: SongBar) -> tuple[int, Bar]:
    """The figure's bar that is played in a bar of the song, with its number (the turnaround's is the last)."""
    if bar.turns and music.turnaround is not None:
        return len(music.bars), music.turnaround
    number = bar.place % len(music.bars)
    return number, music.bars[number]


FigureOf = Callable[[SongBar], FigureMusic | None]


def figures_of(part: str, style: Style, plan: SongPlan) -> FigureOf | None:
    """Find a part's figure by bar: the style's own, else those of a related one, or of another meter, fitted.

    ``None`` if a meter has none: then the part is not played from figures.
    """
    sources = {meter: _source_of(style, part, str(meter)) for meter in plan.meters}
    if None in sources.values():
        return None

    def figure_of(bar: SongBar) -> FigureMusic | None:
        section, meter = bar.section, bar.meter
        source, base = sources[meter] or (style, str(meter))
        music = source.figure_for(part, level_of(section), section.kind, base)
        return music if music is None or base == str(meter) else fit_figure(music, meter)

    return figure_of


def _source_of(style: Style, part: str, meter: str) -> tuple[Style, str] | None:
    """The style and the meter whose figures a part plays in a meter."""
    for base in (meter, *bases_of(meter)):
        source = figure_style(style, part, base)
        if source is not None:
            return source, base
    return None
