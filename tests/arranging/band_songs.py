"""Small songs to arrange: a plan and a hand-made lead sheet in any genre and meter."""

from __future__ import annotations

from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import ROLES, PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.theory.chord import parse_chord

# name, kind, intensity, bars, roles, chords
SECTIONS = (
    ("intro", "intro", 0.3, 4, ("melody", "chords", "bass"), "Am F C G"),
    ("verse", "verse", 0.5, 8, ("melody", "chords", "bass", "drums"), "C G/B Am Em7 F C Dm7 G7"),
    ("chorus", "chorus", 0.9, 8, ROLES, "F G Em Am F:G C Bdim E7"),
    ("verse.2", "verse", 0.5, 8, ("melody", "chords", "bass", "drums"), "C G/B Am Em7 F C Dm7 G7"),
    ("chorus.2", "chorus", 0.9, 8, ROLES, "F G Em Am F:G C Bdim E7"),
    ("outro", "outro", 0.4, 4, ROLES, "F Fm6 Cmaj9 C"),
)
DEGREES = (64, 67, 72, 71, 69, 67, 65, 62, 60, 65)


def make_plan(genre: str = "pop", meter: str = "4/4", **changes: object) -> SongPlan:
    """Build a 40-bar plan with a light intro, two verses, two choruses and an outro."""
    sections = tuple(_section(*row[:5]) for row in SECTIONS)
    fields = {"genre": genre, "meter": meter, "tempo_qpm": 110.0, "n_bars": 40, "seed": 3, "sections": sections}
    return SongPlan(**{**fields, **changes})


def _section(name: str, kind: str, intensity: float, n_bars: int, roles: tuple[str, ...]) -> PlannedSection:
    phrases = tuple(
        PlannedPhrase(name=f"{name}.p{index}", letter="a", n_bars=4, sung=kind != "intro")
        for index in range(n_bars // 4)
    )
    return PlannedSection(
        name=name, kind=kind, n_bars=n_bars, key="C major", intensity=intensity, roles=roles, phrases=phrases
    )


def make_sheet(plan: SongPlan) -> LeadSheet:
    """Write one chord a bar (two in bars with a colon) and a plain tune over a plan."""
    meter = plan.meter
    chords, spans, melody, bar = [], [], [], 0
    for section, row in zip(plan.sections, SECTIONS, strict=True):
        spans.append(SectionSpan(section.name, bar, section.n_bars, section.key))
        for index in range(section.n_bars):
            tick = bar * meter.bar_ticks
            symbols = row[5].split()[index % len(row[5].split())].split(":")
            for part, symbol in enumerate(symbols):
                chords.append(ChordEvent(tick + part * (meter.bar_ticks // 2 // 3 * 3), parse_chord(symbol)))
            if section.kind != "intro":
                melody.extend(_tune_bar(tick, meter.bar_ticks, bar))
            bar += 1
    tune = make_notes(melody)
    return LeadSheet("Test", plan.tempo_qpm, meter, plan.n_bars, tune, tuple(chords), tuple(spans))


def _tune_bar(tick: int, length: int, bar: int) -> list[tuple[int, int, int, int]]:
    """Eighth notes with a rest at the end of every bar."""
    return [(tick + at, 6, DEGREES[(bar + at // 6) % len(DEGREES)], 90) for at in range(0, length - 6, 6)]
