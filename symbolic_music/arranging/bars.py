"""What the band knows of each bar: its section, level, place, chords, melody above.

A *level* is the intensity in three steps, 0 light, 1 mid, 2 full: the columns of the
groove and pattern tables.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from symbolic_music.errors import LeadSheetError
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key

# Intensity from which a section counts as mid and as full.
MID_INTENSITY = 0.4
FULL_INTENSITY = 0.7


@dataclass(frozen=True)
class ChordSpan:
    """A chord sounding over ticks ``[onset_tick, end_tick)``."""

    onset_tick: int
    end_tick: int
    chord: Chord


@dataclass(frozen=True)
class BandBar:
    """One bar as a player sees it; ``index`` counts bars inside the section."""

    onset_tick: int
    end_tick: int
    section: PlannedSection
    key: Key
    index: int
    level: int
    ends_phrase: bool
    ends_section: bool
    is_final: bool

    @property
    def starts_section(self) -> bool:
        """Whether the section's first bar line is this one."""
        return self.index == 0


def list_bars(plan: SongPlan, sheet: LeadSheet) -> list[BandBar]:
    """List a song's bars.

    Raises
    ------
    LeadSheetError
        If plan and lead sheet differ in bars or meter.
    """
    if plan.n_bars != sheet.n_bars or plan.meter != str(sheet.meter):
        raise LeadSheetError(
            f"{sheet.title}: the lead sheet has {sheet.n_bars} bars of {sheet.meter}, the plan {plan.n_bars} of"
            f" {plan.meter}; both must agree, so compose the lead sheet from this plan"
        )
    length = sheet.meter.bar_ticks
    bars: list[BandBar] = []
    for section in plan.sections:
        phrase_ends = set(np.cumsum([phrase.n_bars for phrase in section.phrases]).tolist())
        for index in range(section.n_bars):
            onset = len(bars) * length
            bar = BandBar(
                onset_tick=onset,
                end_tick=onset + length,
                section=section,
                key=section.parsed_key,
                index=index,
                level=level_of(section.intensity),
                ends_phrase=index + 1 in phrase_ends,
                ends_section=index + 1 == section.n_bars,
                is_final=len(bars) + 1 == plan.n_bars,
            )
            bars.append(bar)
    return bars


def level_of(intensity: float) -> int:
    """Turn an intensity 0 to 1 into a level 0, 1 or 2."""
    return int(intensity >= MID_INTENSITY) + int(intensity >= FULL_INTENSITY)


def list_spans(sheet: LeadSheet) -> list[ChordSpan]:
    """List the chords with their ends; the last one lasts to the last bar line."""
    ends = [*(event.onset_tick for event in sheet.chords[1:]), sheet.end_tick][: len(sheet.chords)]
    return [ChordSpan(event.onset_tick, end, event.chord) for event, end in zip(sheet.chords, ends, strict=True)]


def final_onset(sheet: LeadSheet) -> int:
    """Where the last, held chord begins: the last chord change of the last bar, else its bar line."""
    bar_line = sheet.end_tick - sheet.meter.bar_ticks
    return max([bar_line] + [event.onset_tick for event in sheet.chords])


def section_rng(seed: int, section: str, part: str) -> np.random.Generator:
    """Make the generator of one part in one section, independent of all others."""
    return np.random.default_rng([seed, zlib.crc32(section.encode()), zlib.crc32(part.encode())])


def draw_loop(rng: np.random.Generator, n_alternates: int) -> list[int]:
    """Draw which alternate each bar of a four-bar loop plays: mostly one, varied at its end."""
    main, other, last = (int(value) for value in rng.integers(0, n_alternates, size=3))
    return [main, other if rng.random() < 0.4 else main, main, last]
