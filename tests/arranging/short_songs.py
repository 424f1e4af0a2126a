"""A song of ten bars in any style and meter: what a whole band is tested on in little time."""

from __future__ import annotations

from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.style import load_style
from symbolic_music.theory.chord import parse_chord

# name, kind, bars, intensity, chords; ten bars with two choruses, so that a section returns and one is the last.
SECTIONS = (
    ("intro", "intro", 2, 0.25, "Am F"), ("verse", "verse", 2, 0.5, "C Em"), ("chorus 1", "chorus", 2, 0.8, "F G7"),
    ("verse 2", "verse", 2, 0.55, "C Em"), ("chorus 2", "chorus", 2, 0.95, "F C"),
)  # fmt: skip
TUNE = (64, 67, 72, 71, 69, 74, 67, 65)


def short_plan(style: str, meter: str, seed: int) -> SongPlan:
    sections = tuple(
        PlannedSection(
            name=name, kind=kind, n_bars=n_bars, key="C major", intensity=intensity,
            phrases=(PlannedPhrase(name=f"{name}.a", letter="a", n_bars=n_bars, sung=kind != "intro"),),
        )
        for name, kind, n_bars, intensity, _ in SECTIONS
    )  # fmt: skip
    low, high = load_style(style).tempo_qpm
    tempo = (low, (low + high) / 2, high)[seed % 3]
    return SongPlan(style=style, meter=meter, tempo_qpm=min(260.0, tempo), n_bars=10, seed=seed, sections=sections)


def short_sheet(plan: SongPlan) -> LeadSheet:
    bar, melody, chords, spans = plan.meter.bar_ticks, [], [], []
    for section, tick, row in zip(plan.sections, plan.section_ticks, SECTIONS, strict=True):
        spans.append(SectionSpan(section.name, tick // bar, section.n_bars, section.key))
        for index, symbol in enumerate(row[4].split()):
            chords.append(ChordEvent(tick + index * bar, parse_chord(symbol)))
        if section.kind != "intro":
            steps = range(tick, tick + 2 * bar - 6, 6)
            melody += [(at, 6, TUNE[at // 6 % len(TUNE)], 90) for at in steps]
    return LeadSheet("Söng", plan.tempo_qpm, plan.meter, plan.n_bars, make_notes(melody), tuple(chords), tuple(spans))
