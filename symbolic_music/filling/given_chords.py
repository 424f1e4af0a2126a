"""The chords that a plan gives: a chart of its own for a section, else the song's; it loops in the section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, section_bars
from symbolic_music.theory.chart import ChartBar, parse_chart, place_chords
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.tokens.phrase import ChordRow, PhraseMusic


@dataclass(frozen=True)
class GivenHarmony:
    """By phrase name: the chords as the model hears them, and the symbols as they are played.

    ``symbols`` are (tick from the song's start, chord or ``None`` where none sounds). To the model the chord before
    goes on through a silence.
    """

    harmony: Mapping[str, PhraseMusic] = field(default_factory=dict)
    symbols: Mapping[str, dict[int, Chord | None]] = field(default_factory=dict)


def given_harmony(plan: SongPlan, slots: Sequence[Slot]) -> GivenHarmony:
    """Place the chords that a plan gives.

    Parameters
    ----------
    plan : SongPlan
        With ``chords`` of its own or of its sections.
    slots : sequence of Slot
        Its phrases in order.

    Raises
    ------
    InputError
        If a chart cannot be read; it says where.
    """
    charts: dict[tuple[str, Key], list[ChartBar]] = {}
    harmony: dict[str, PhraseMusic] = {}
    symbols: dict[str, dict[int, Chord | None]] = {}
    for slot in slots:
        text, key = slot.section.chords or plan.chords, slot.section.key
        if not text:
            continue
        where = f"chords of {slot.section.name}"
        if (text, key) not in charts:
            charts[text, key] = parse_chart(text, where, key)
        own = _symbols(charts[text, key], slot)
        symbols[slot.phrase.name] = own
        harmony[slot.phrase.name] = _heard(own, slot)
    return GivenHarmony(harmony, symbols)


def bars_of_given_chords(plan: SongPlan) -> frozenset[int]:
    """The bars of a plan whose chords the user wrote."""
    return frozenset(
        bar
        for section, start in zip(plan.sections, section_bars(plan), strict=True)
        if section.chords or plan.chords
        for bar in range(start, start + section.n_bars)
    )


def _symbols(chart: Sequence[ChartBar], slot: Slot) -> dict[int, Chord | None]:
    """The symbols of one phrase; where the chart holds a chord over its beginning, that chord."""
    first, meter = slot.start_bar - slot.section_bar, slot.meter
    found: dict[int, Chord | None] = {}
    for bar in range(slot.phrase.n_bars):
        placed = place_chords(chart[(first + bar) % len(chart)], meter)
        start = slot.start_tick + bar * meter.bar_ticks
        found |= {start + tick: chord for tick, chord in placed}
    start = slot.start_tick
    if start in found:
        return found
    before = [chord for bar in reversed(range(first)) for _, chord in place_chords(chart[bar % len(chart)], meter)[-1:]]
    return {start: before[0], **found} if before else found


def _heard(symbols: Mapping[int, Chord | None], slot: Slot) -> PhraseMusic:
    """What the model hears: a chord from the first tick on, in C major or A minor."""
    start, shift = slot.start_tick, slot.section.key.tonic_shift
    rows: list[ChordRow] = []
    for tick, chord in sorted(symbols.items()):
        if chord is None:
            continue
        moved = chord.transpose(-shift)
        row = (tick - start if rows else 0, moved.root, moved.quality, moved.bass)
        if not rows or rows[-1][1:] != row[1:]:
            rows.append(row)
    return PhraseMusic(slot.phrase.n_bars, slot.meter.bar_ticks, tuple(rows))
