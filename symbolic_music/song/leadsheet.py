"""The lead sheet: melody and chord symbols over a plan's bars.

Positions are engine ticks (``TPQ`` = 12 to the quarter) from the first bar line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symbolic_music.errors import LeadSheetError
from symbolic_music.song.bars import Bar, BarLines, lines_of
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notebook import draw_for_notebook
from symbolic_music.song.score import TPQ, KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.chord import NO_CHORD, Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter


@dataclass(frozen=True)
class ChordEvent:
    """A chord from ``onset_tick`` until the next event."""

    onset_tick: int
    chord: Chord


@dataclass(frozen=True)
class SectionSpan:
    """A section's name and key over bars ``[start_bar, start_bar + n_bars)``."""

    name: str
    start_bar: int
    n_bars: int
    key: Key


@dataclass(frozen=True, eq=False)
class LeadSheet:
    """Melody (``NOTE_DTYPE``, one voice) and chords over the same bars; perhaps the words of one verse.

    ``no_chords`` are ticks from which no chord sounds (N.C.), each until the next chord: the band rests there,
    but for its drums.

    ``meter_changes`` and ``tempo_changes`` are those after the beginning, each at a bar line.

    ``remarks`` say what its reader left out of the file or changed, a short sentence each; no writer writes them.

    Raises
    ------
    LeadSheetError
        If notes overlap, or a note or chord lies outside the bars.
    """

    title: str
    tempo_qpm: float
    meter: Meter
    n_bars: int
    melody: np.ndarray
    chords: tuple[ChordEvent, ...]
    sections: tuple[SectionSpan, ...]
    lyrics: tuple[Syllable, ...] = ()
    remarks: tuple[str, ...] = ()
    no_chords: tuple[int, ...] = ()
    meter_changes: tuple[MeterChange, ...] = ()
    tempo_changes: tuple[TempoChange, ...] = ()

    def __post_init__(self) -> None:
        ends = self.melody["onset_tick"] + self.melody["duration_tick"]
        if len(self.melody) and (self.melody["onset_tick"].min() < 0 or ends.max() > self.end_tick):
            raise LeadSheetError(f"{self.title}: a melody note lies outside the {self.n_bars} bars")
        if (ends[:-1] > self.melody["onset_tick"][1:]).any():
            bar = int(np.argmax(ends[:-1] > self.melody["onset_tick"][1:]))
            tick = int(self.melody["onset_tick"][bar])
            raise LeadSheetError(f"{self.title}: melody notes overlap in bar {self.lines.bar_at(tick) + 1}")
        starts = {bar.start for bar in self.lines.bars}
        changed = [change.tick for change in self.meter_changes] + [change.tick for change in self.tempo_changes]
        if any(tick not in starts or not tick for tick in changed):
            raise LeadSheetError(f"{self.title}: meter and tempo must change at bar lines, after the beginning")
        onsets = [event.onset_tick for event in self.chords]
        if onsets != sorted(set(onsets)) or any(not 0 <= tick < self.end_tick for tick in onsets):
            raise LeadSheetError(f"{self.title}: chord symbols must ascend and lie inside the bars")
        rests = list(self.no_chords)
        if rests != sorted(set(rests)) or set(rests) & set(onsets) or any(not 0 <= t < self.end_tick for t in rests):
            raise LeadSheetError(
                f"{self.title}: signs for no chord must ascend, lie inside the bars and where no chord is"
            )

    def __repr__(self) -> str:
        return (
            f"LeadSheet({self.title!r}: {self.n_bars} bars of {self.meter}, {len(self.melody)} notes,"
            f" {len(self.chords)} chords, {self.tempo_qpm:g} quarters a minute)"
        )

    def _repr_html_(self) -> str | None:
        """Show a notebook the engraved pages."""
        return draw_for_notebook(self)

    @property
    def end_tick(self) -> int:
        """The last bar line."""
        return self.lines.end_tick

    @cached_property
    def lines(self) -> BarLines:
        """Every bar line, with the meters between."""
        if not self.meter_changes:
            return lines_of(((self.meter, self.n_bars),))
        bars: list[Bar] = []
        meters = {change.tick: change.meter for change in self.meter_changes}
        tick, meter = 0, self.meter
        for _ in range(self.n_bars):
            meter = meters.get(tick, meter)
            bars.append(Bar(tick, meter))
            tick = bars[-1].end
        return BarLines(bars)

    @property
    def tempos(self) -> tuple[TempoChange, ...]:
        """All tempos, the first at tick 0."""
        return (TempoChange(0, self.tempo_qpm), *self.tempo_changes)

    def key_at(self, bar: int) -> Key:
        """The key of the section that a bar is in.

        Parameters
        ----------
        bar : int
            Counted from 0; past the end the last section's key holds.
        """
        for span in self.sections:
            if span.start_bar <= bar < span.start_bar + span.n_bars:
                return span.key
        return self.sections[-1].key

    @property
    def silences(self) -> tuple[tuple[int, int], ...]:
        """Ticks ``[start, end)`` in which no chord sounds, in order and apart."""
        onsets = [event.onset_tick for event in self.chords]
        spans: list[tuple[int, int]] = []
        for start in self.no_chords:
            end = next((onset for onset in onsets if onset > start), self.end_tick)
            if not spans or spans[-1][1] < end:
                spans.append((start, end))
        return tuple(spans)

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that holds at a tick, sounding or not (see ``silences``); ``None`` before the first symbol.

        Parameters
        ----------
        tick : int
            Engine ticks from the song's start.
        """
        sounding = None
        for event in self.chords:
            if event.onset_tick > tick:
                break
            sounding = event.chord
        return sounding


def split_symbols(
    found: Mapping[int, Chord | None], keep_restated: bool = False
) -> tuple[tuple[ChordEvent, ...], tuple[int, ...]]:
    """Split symbols by their ticks (``None``: no chord) into a lead sheet's ``chords`` and ``no_chords``.

    A symbol that restates the one before is left out, unless ``keep_restated``.

    Examples
    --------
    >>> split_symbols({0: None, 48: None})
    ((), (0,))
    """
    ticks = sorted(found)
    kept = [tick for place, tick in enumerate(ticks) if not place or found[tick] != found[ticks[place - 1]]]
    events = [(tick, found[tick]) for tick in (ticks if keep_restated else kept)]
    return (
        tuple(ChordEvent(tick, chord) for tick, chord in events if chord is not None),
        tuple(tick for tick, chord in events if chord is None),
    )


def symbols_in_order(sheet: LeadSheet, start: int, end: int) -> list[tuple[int, Chord | None]]:
    """List the chords (``None``: no chord) that begin in ticks ``[start, end)``, in order."""
    symbols = {event.onset_tick: event.chord for event in sheet.chords if start <= event.onset_tick < end}
    rests = {tick: None for tick in sheet.no_chords if start <= tick < end}
    return sorted((symbols | rests).items(), key=lambda symbol: symbol[0])


def chord_markers(sheet: LeadSheet) -> tuple[Marker, ...]:
    """Write every chord's symbol, spelled for the key of its bar, and N.C. where none sounds."""
    symbols = [
        Marker(event.onset_tick, event.chord.symbol(sheet.key_at(sheet.lines.bar_at(event.onset_tick)).fifths))
        for event in sheet.chords
    ]
    rests = [Marker(tick, NO_CHORD) for tick in sheet.no_chords]
    return tuple(sorted([*symbols, *rests], key=lambda marker: marker.tick))


def score_of_lead_sheet(sheet: LeadSheet) -> Score:
    """Make a score of a lead sheet alone: melody, chord symbols, markers.

    Parameters
    ----------
    sheet : LeadSheet
        Of any length.

    Returns
    -------
    Score
        One track, 12 ticks a quarter, a marker a section, a symbol a chord.
    """

    spans = [(sheet.lines.tick_of(span.start_bar), span) for span in sheet.sections]
    return Score(
        title=sheet.title,
        tpq=TPQ,
        end_tick=sheet.end_tick,
        tracks=(Track("Melody", "melody", 0, sheet.melody),),
        tempos=sheet.tempos,
        meters=sheet.lines.changes(),
        keys=tuple(KeyChange(tick, span.key) for tick, span in spans),
        markers=tuple(Marker(tick, span.name) for tick, span in spans),
        chord_symbols=chord_markers(sheet),
        lyrics=sheet.lyrics,
    )
