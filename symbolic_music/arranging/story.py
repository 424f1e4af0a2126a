"""What the plan says happens in a section, played: stops, breaks, builds and risers.

A *stop* is one stroke of everybody and silence under the tune, with the drums' last beat leading out; in a *break*
drums and bass rest and the others go on; a *build* is a roll that grows faster; in a *riser* a chord player
climbs through the chord's tones. All rows are (onset, duration, pitch, velocity) in engine ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import section_bars
from symbolic_music.theory.drumming import KICK, SNARE
from symbolic_music.theory.meter import TPQ, Meter

Row = tuple[int, int, int, int]
BEAT_PARTS = ("drums", "bass")
# Who climbs, the likeliest first, and how far.
RISING_PARTS = ("arpeggio", "pad", "piano", "guitar")
RISER_SPAN = 24
RISER_VELOCITIES, ROLL_VELOCITIES, ROLL_KICK = (56, 100), (58, 112), 92
SIXTEENTH = TPQ // 4
LAST_WORD_BARS = 2


@dataclass(frozen=True)
class Event:
    """A planned event over ticks ``[start, end)``."""

    kind: str
    start: int
    end: int


def events_of(plan: SongPlan) -> list[Event]:
    """List what happens in a plan's sections, in order; a section's last bars where the event says how many."""
    events, lines = [], plan.lines
    for section, start in zip(plan.sections, section_bars(plan), strict=True):
        end = start + section.n_bars
        for event in section.events:
            first = start if event.n_bars is None else max(start, end - event.n_bars)
            events.append(Event(event.kind, lines.tick_of(first), lines.tick_of(end)))
    return events


def tell_story(
    rows: Mapping[str, Sequence[Row]],
    plan: SongPlan,
    sheet: LeadSheet,
    ranges: Mapping[str, tuple[int, int]],
    is_free: Callable[[Sequence[Row]], bool],
) -> dict[str, list[Row]]:
    """Let happen to a band's parts what the plan says.

    Parameters
    ----------
    rows : mapping of part to rows
    ranges : mapping of part to (lowest pitch, highest pitch)
    is_free : callable
        Whether rows leave room for the tune; a riser that does not is left out.

    Returns
    -------
    dict
        Rows by part, in order.
    """
    told = {part: sorted(own) for part, own in rows.items()}
    for event in events_of(plan):
        meter = sheet.lines.at(event.start).meter
        if event.kind == "stop":
            told = {part: _stopped(own, event, part, meter) for part, own in told.items()}
        elif event.kind == "break":
            told = {part: _rested(own, event, part, meter) if part in BEAT_PARTS else own for part, own in told.items()}
        elif event.kind == "build" and "drums" in told:
            told["drums"] = sorted([*_without(told["drums"], event), *_roll(event, meter)])
        elif event.kind == "riser":
            part = next((part for part in RISING_PARTS if told.get(part)), None)
            climb = list(_climb(event, sheet, *ranges[part])) if part is not None else []
            if part is not None and climb and is_free(climb):
                told[part] = sorted([*_without(told[part], event), *climb])
    return told


def close_line(rows: Sequence[Row], plan: SongPlan, sheet: LeadSheet, low: int, high: int) -> list[Row]:
    """Let the line's last word be a tone of the last chord, held to the end, where the plan gives it the last word.

    Its player has the pitches ``low`` to ``high``, an octave or more.
    """
    line, ending = sorted(rows), plan.sections[-1]
    final = sheet.chord_at(sheet.end_tick - 1)
    if not line or final is None or "last word" not in (event.kind for event in ending.events):
        return line
    onset, _, pitch, velocity = line[-1]
    if onset < sheet.end_tick - LAST_WORD_BARS * sheet.lines.bars[-1].meter.bar_ticks:
        return line
    reach = range(max(low, pitch - 11), min(high, pitch + 11) + 1)
    near = min(reach, key=lambda tone: (tone % 12 not in final.pitch_classes, abs(tone - pitch)))
    return [*line[:-1], (onset, sheet.end_tick - onset, near, velocity)]


def _stopped(rows: Sequence[Row], event: Event, part: str, meter: Meter) -> list[Row]:
    """One stroke on the first beat, that which would come first in its half bar; drums come back with the last beat."""
    half = event.start + meter.bar_ticks // 2
    first = min((row[0] for row in rows if event.start <= row[0] < half), default=half)
    strokes = [(event.start, min(row[1], TPQ), row[2], min(127, row[3] + 6)) for row in rows if row[0] == first < half]
    return sorted([*_rested(rows, event, part, meter), *strokes])


def _rested(rows: Sequence[Row], event: Event, part: str, meter: Meter) -> list[Row]:
    """Nothing begins in the event but the drums' last beat, which leads out of it; what sounds stops."""
    back = event.end - meter.beat_ticks if part == "drums" else event.end
    kept = [row for row in rows if not event.start <= row[0] < back]
    return [(row[0], _until(row, event), *row[2:]) for row in kept]


def _without(rows: Sequence[Row], event: Event) -> list[Row]:
    """A part without what it does in the event."""
    return [(row[0], _until(row, event), *row[2:]) for row in rows if not event.start <= row[0] < event.end]


def _until(row: Row, event: Event) -> int:
    """How long a note lasts that may not reach into an event."""
    return min(row[1], event.start - row[0]) if row[0] < event.start else row[1]


def _roll(event: Event, meter: Meter) -> Iterator[Row]:
    """A roll on the snare: beats, halves of beats, quarters of beats; the kick leaves in the last bar."""
    length = event.end - event.start
    beat, tick = meter.beat_ticks, event.start
    soft, loud = ROLL_VELOCITIES
    while tick < event.end:
        place = (tick - event.start) / length
        step = beat if place < 0.5 else beat // 2 if place < 0.75 else SIXTEENTH
        yield tick, min(step, 3), SNARE, round(soft + (loud - soft) * place)
        if (tick - event.start) % beat == 0 and tick < event.end - meter.bar_ticks:
            yield tick, 3, KICK, ROLL_KICK
        tick += step


def _climb(event: Event, sheet: LeadSheet, low: int, high: int) -> Iterator[Row]:
    """The chord's tones from low to high: in eighths, in sixteenths in the last bar."""
    bottom = max(low, min(55, high - RISER_SPAN))
    top = min(high, bottom + RISER_SPAN)
    soft, loud = RISER_VELOCITIES
    tick, length = event.start, event.end - event.start
    while tick < event.end:
        place = (tick - event.start) / length
        step = 2 * SIXTEENTH if tick < event.end - sheet.lines.at(event.start).meter.bar_ticks else SIXTEENTH
        chord = sheet.chord_at(tick)
        if chord is not None:
            aim = bottom + (top - bottom) * place
            tones = [pitch for pitch in range(bottom, top + 1) if pitch % 12 in chord.pitch_classes]
            # Every other note dips below the climbing line, so that no note is struck twice running.
            dips = (tick - event.start) // step % 2
            pitch = min(tones, key=lambda tone: abs(tone - aim + 5 * dips)) if tones else round(aim)
            yield tick, step, pitch, round(soft + (loud - soft) * place)
        tick += step
