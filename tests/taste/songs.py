"""Small plans and sheets of one or two sections, in which one thing differs, so that it can be asked who hears it."""

from __future__ import annotations

from symbolic_music.filling import ComposeOptions, FillOptions, compose
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.theory.chord import parse_chord

ONE = ComposeOptions(FillOptions(n_candidates=1))
CHORDS = "C Am F G"
Note = tuple[int, int, int]


def phrase_of(name: str, **fields: object) -> PlannedPhrase:
    """A sung phrase of four bars."""
    return PlannedPhrase(**{"name": name, "letter": "A", "n_bars": 4, **fields})


def section_of(name: str, *phrases: PlannedPhrase, kind: str = "verse", **fields: object) -> PlannedSection:
    """A section of some phrases, in C major at middle intensity."""
    given = {"key": "C major", "intensity": 0.5, **fields}
    n_bars = sum(phrase.n_bars for phrase in phrases)
    return PlannedSection(name=name, kind=kind, n_bars=n_bars, phrases=phrases, **given)


def plan_of(*sections: PlannedSection, **fields: object) -> SongPlan:
    """A plan of some sections: pop in 4/4 over four given chords."""
    given = {"title": "Test", "tempo_qpm": 100, "seed": 3, "chords": CHORDS, **fields}
    return SongPlan(n_bars=sum(section.n_bars for section in sections), sections=sections, **given)


def sheet_of(plan: SongPlan, symbols: str) -> LeadSheet:
    """A lead sheet over a plan: chords one a bar, round and round, under a tune of quarters from C4 to C5."""
    bar = plan.meter.bar_ticks
    chords = [parse_chord(symbol) for symbol in symbols.split()]
    events = tuple(ChordEvent(number * bar, chords[number % len(chords)]) for number in range(plan.n_bars))
    scale = (60, 62, 64, 65, 67, 69, 71, 72)
    rows = [(tick, 12, scale[tick // 12 % 8], 90) for tick in range(0, plan.n_bars * bar, 12)]
    starts = [tick // bar for tick in plan.section_ticks]
    spans = tuple(
        SectionSpan(section.name, start, section.n_bars, section.key)
        for section, start in zip(plan.sections, starts, strict=True)
    )
    return LeadSheet(plan.title, plan.tempo_qpm, plan.meter, plan.n_bars, make_notes(rows), events, spans)


def tune_of(plan: SongPlan) -> dict[str, list[Note]]:
    """Compose a plan; its melody by phrase, in ticks from the phrase's first bar line."""
    sheet = compose(plan, ONE)
    rows, start, bar = rows_of(sheet.melody), 0, sheet.meter.bar_ticks
    tune = {}
    for section in plan.sections:
        for phrase in section.phrases:
            end = start + phrase.n_bars * bar
            tune[phrase.name] = [(on - start, length, pitch) for on, length, pitch, _ in rows if start <= on < end]
            start = end
    return tune


def harmony_of(plan: SongPlan) -> list[list[str]]:
    """Compose a plan; the chords that sound at the beats of each of its phrases."""
    sheet = compose(plan, ONE)
    beat, bar = sheet.meter.beat_ticks, sheet.meter.bar_ticks
    sounding = [str(sheet.chord_at(tick)) for tick in range(0, plan.n_bars * bar, beat)]
    lengths = [phrase.n_bars * bar // beat for section in plan.sections for phrase in section.phrases]
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return [sounding[start : start + length] for start, length in zip(starts, lengths, strict=True)]
