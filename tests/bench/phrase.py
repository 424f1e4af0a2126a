"""The four bars that are varied."""

from __future__ import annotations

from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter

_BARS = ((64, 67, 72, 71), (69, 72, 76, 74), (65, 69, 72, 69), (67, 71, 74, 67))
_CHORDS = ("C", "Am", "F", "G")


def four_bars() -> LeadSheet:
    """Quarters over C, Am, F and G."""
    meter = parse_meter("4/4")
    beat, bar = meter.beat_ticks, meter.bar_ticks
    rows = [(n * bar + i * beat, beat, pitch, 90) for n, own in enumerate(_BARS) for i, pitch in enumerate(own)]
    chords = tuple(ChordEvent(n * bar, parse_chord(name)) for n, name in enumerate(_CHORDS))
    section = SectionSpan("verse", 0, len(_BARS), parse_key("C major"))
    return LeadSheet("four bars", 120, meter, len(_BARS), make_notes(rows), chords, (section,))
