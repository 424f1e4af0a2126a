"""Chords that the user gave, and those that are played: after an edit the plan's charts say what the lead sheet has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symbolic_music.errors import InputError
from symbolic_music.filling.given_chords import given_harmony
from symbolic_music.song.forms import map_sections
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.material import Material, splice_chords
from symbolic_music.song.places import Span, section_span
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.theory.chord import NO_CHORD, Chord


def with_symbols(sheet: LeadSheet, slot: Slot, symbols: Mapping[int, Chord | None]) -> LeadSheet:
    """Put symbols that were given into the bars of a phrase; ``None`` where no chord sounds."""
    start, end = slot.start_tick, slot.end_tick
    events = [ChordEvent(tick, chord) for tick, chord in sorted(symbols.items()) if chord is not None]
    sheet = splice_chords(sheet, start, end, events)
    rests = {tick for tick, chord in symbols.items() if chord is None}
    return replace(sheet, no_chords=tuple(sorted(rests | set(sheet.no_chords))))


def with_true_charts(song: Material) -> Material:
    """Write a section's chart anew where the lead sheet has other chords now; a section without a chart gets none.

    Where a chart cannot say them (a change between the beats), the section is left without one.
    """
    plan = song.plan
    if not plan.chords and not any(section.chords for section in plan.sections):
        return song

    def true(index: int, section: PlannedSection) -> PlannedSection:
        is_given = section.chords or plan.chords
        if not is_given or _is_played(plan, song.sheet, index):
            return section
        return section.model_copy(update={"chords": chart_of(plan, song.sheet, index)})

    return Material(map_sections(plan, true), song.sheet, song.score)


def _is_played(plan: SongPlan, sheet: LeadSheet, index: int) -> bool:
    """Whether a section's chart is what the lead sheet has."""
    span = section_span(plan, index)
    slots = [slot for slot in slots_of(plan) if span.start_bar <= slot.start_bar < span.end_bar]
    try:
        given = given_harmony(plan, slots).symbols
    except InputError:
        return False
    wanted = {tick: chord for own in given.values() for tick, chord in own.items()}
    first, end = sheet.lines.tick_of(span.start_bar), sheet.lines.tick_of(span.end_bar)
    ticks = {event.onset_tick for event in sheet.chords} | set(sheet.no_chords) | set(wanted)
    inside = sorted(tick for tick in ticks if first <= tick < end)
    held: Chord | None = None
    for tick in inside:
        held = wanted.get(tick, held)
        if _sounding(sheet, tick) != held:
            return False
    return True


def _sounding(sheet: LeadSheet, tick: int) -> Chord | None:
    """The chord that sounds at a tick."""
    return None if any(a <= tick < b for a, b in sheet.silences) else sheet.chord_at(tick)


def chart_of(plan: SongPlan, sheet: LeadSheet, index: int) -> str | None:
    """A section's chords as a chart that reads back to them; ``None`` where it would not."""
    span: Span = section_span(plan, index)
    fifths = plan.sections[index].key.fifths
    bars = []
    for number in range(span.start_bar, span.end_bar):
        start, end = sheet.lines.tick_of(number), sheet.lines.tick_of(number + 1)
        ticks = {event.onset_tick for event in sheet.chords} | set(sheet.no_chords)
        inside = sorted({start} | {tick for tick in ticks if start <= tick < end})
        chords = [_sounding(sheet, tick) for tick in inside]
        bars.append(" ".join(NO_CHORD if chord is None else chord.symbol(fifths) for chord in chords))
    text = " | ".join(bars)
    section = plan.sections[index].model_copy(update={"chords": text})
    sections = (*plan.sections[:index], section, *plan.sections[index + 1 :])
    return text if _is_played(plan.model_copy(update={"sections": sections}), sheet, index) else None
