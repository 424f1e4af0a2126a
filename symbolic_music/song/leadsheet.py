"""The lead sheet: melody and chord symbols over a plan's bars.

Positions are engine ticks (``TPQ`` = 12 to the quarter) from the first bar line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbolic_music.errors import LeadSheetError
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notebook import draw_for_notebook
from symbolic_music.song.score import TPQ, KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.chord import Chord
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

    def __post_init__(self) -> None:
        ends = self.melody["onset_tick"] + self.melody["duration_tick"]
        if len(self.melody) and (self.melody["onset_tick"].min() < 0 or ends.max() > self.end_tick):
            raise LeadSheetError(f"{self.title}: a melody note lies outside the {self.n_bars} bars")
        if (ends[:-1] > self.melody["onset_tick"][1:]).any():
            bar = int(np.argmax(ends[:-1] > self.melody["onset_tick"][1:]))
            tick = int(self.melody["onset_tick"][bar])
            raise LeadSheetError(f"{self.title}: melody notes overlap in bar {tick // self.meter.bar_ticks + 1}")
        onsets = [event.onset_tick for event in self.chords]
        if onsets != sorted(set(onsets)) or any(not 0 <= tick < self.end_tick for tick in onsets):
            raise LeadSheetError(f"{self.title}: chord symbols must ascend and lie inside the bars")

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
        return self.n_bars * self.meter.bar_ticks

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

    def chord_at(self, tick: int) -> Chord | None:
        """The chord sounding at a tick, ``None`` before the first symbol.

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

    def symbol(event: ChordEvent) -> str:
        return event.chord.symbol(sheet.key_at(event.onset_tick // sheet.meter.bar_ticks).fifths)

    spans = [(span.start_bar * sheet.meter.bar_ticks, span) for span in sheet.sections]
    return Score(
        title=sheet.title,
        tpq=TPQ,
        end_tick=sheet.end_tick,
        tracks=(Track("Melody", "melody", 0, sheet.melody),),
        tempos=(TempoChange(0, sheet.tempo_qpm),),
        meters=(MeterChange(0, sheet.meter),),
        keys=tuple(KeyChange(tick, span.key) for tick, span in spans),
        markers=tuple(Marker(tick, span.name) for tick, span in spans),
        chord_symbols=tuple(Marker(event.onset_tick, symbol(event)) for event in sheet.chords),
        lyrics=sheet.lyrics,
    )
