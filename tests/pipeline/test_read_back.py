"""What checks a song's files hears in them what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from symbolic_music.formats.musicxml import write_lead_sheet
from symbolic_music.pipeline.read_back import plain_name, read_sheet_back
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.theory.chord import QUALITIES, Chord
from tests.formats.test_musicxml import make_sheet


def test_a_chord_has_the_same_name_in_midi_and_on_the_sheet_whatever_its_bass(tmp_path: Path) -> None:
    # Gbdim7 over Bb, its major third, is a minor chord still; C7#9 over E is none.
    chords = [Chord(6, quality, (6 + step) % 12) for quality in QUALITIES for step in range(12)]
    sheet = make_sheet(n_bars=len(chords))
    bar = sheet.meter.bar_ticks
    sheet = replace(sheet, chords=tuple(ChordEvent(place * bar, chord) for place, chord in enumerate(chords)))
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    heard = read_sheet_back(tmp_path / "lead.musicxml").symbols
    assert list(heard) == [plain_name(chord.symbol()) for chord in chords]
    assert plain_name("Gbdim7/Bb") == "F#m/Bb" and plain_name("C7#9/E") == "C/E"
