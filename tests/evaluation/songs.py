"""Small songs for the tests of measures."""

from __future__ import annotations

from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter


def make_sheet(bars: list[list[tuple[int, int, int]]], chords: str = "", key: str = "C major", meter: str = "4/4"):
    """Build a lead sheet from (onset in the bar, duration, pitch) bar by bar, with one chord a bar."""
    parsed = parse_meter(meter)
    rows = [(bar * parsed.bar_ticks + onset, duration, pitch, 80)
            for bar, notes in enumerate(bars) for onset, duration, pitch in notes]  # fmt: skip
    events = tuple(
        ChordEvent(bar * parsed.bar_ticks, parse_chord(text)) for bar, text in enumerate(chords.split()) if text != "-"
    )
    return LeadSheet(
        title="test", tempo_qpm=120, meter=parsed, n_bars=len(bars), melody=make_notes(rows), chords=events,
        sections=(SectionSpan("all", 0, len(bars), parse_key(key)),),
    )  # fmt: skip


def quarters(*pitches: int) -> list[tuple[int, int, int]]:
    """Build a bar of quarter notes."""
    return [(index * 12, 12, pitch) for index, pitch in enumerate(pitches)]
