"""ABC: music21's parser finds melody, chords and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic_music.formats.abc import lead_sheet_to_abc, write_abc
from symbolic_music.formats.abc_reader import parse_abc
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import METERS, parse_meter
from tests.formats.test_musicxml import make_sheet
from tests.pipeline.programs import check_abc, music21_rows, written_rows


@pytest.mark.parametrize("meter", METERS)
def test_music21_reads_the_same(tmp_path: Path, meter: str) -> None:
    sheet = make_sheet(meter)
    write_abc(sheet, tmp_path / "lead.abc")
    assert check_abc(sheet, tmp_path / "lead.abc") == len(sheet.melody)


def test_every_chord_keeps_its_root(tmp_path: Path) -> None:
    import music21

    # music21 does not know these texts.
    known = [quality for quality in QUALITIES if quality not in ("9sus4", "7alt", "maj13", "majb5")]
    chords = [ChordEvent(bar * 48, Chord(bar % 12, quality, bar % 12)) for bar, quality in enumerate(known)]
    spans = (SectionSpan("A", 0, len(chords), parse_key("C major")),)
    sheet = LeadSheet("t", 120.0, parse_meter("4/4"), len(chords), make_notes([]), tuple(chords), spans)
    write_abc(sheet, tmp_path / "lead.abc")
    music = music21.converter.parse(str(tmp_path / "lead.abc"), format="abc")
    symbols = list(music.flatten().getElementsByClass("ChordSymbol"))
    assert [round(symbol.offset * 12) for symbol in symbols] == [event.onset_tick for event in chords]
    assert [symbol.root().pitchClass for symbol in symbols] == [event.chord.root for event in chords]


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_chord_comes_back(quality: str) -> None:
    chords = tuple(ChordEvent(bar * 48, Chord(bar // 12, quality, bar % 12)) for bar in range(144))
    spans = (SectionSpan("A", 0, 144, parse_key("C major")),)
    sheet = LeadSheet("t", 120.0, parse_meter("4/4"), 144, make_notes([]), chords, spans)
    assert parse_abc(lead_sheet_to_abc(sheet)).chords == chords


def test_an_accidental_of_another_octave_is_taken_back(tmp_path: Path) -> None:
    # D flat above, then D below in the same bar: in ABC 2.1 the flat holds in all octaves, for music21 in its own.
    rows = [(0, 12, 73, 90), (12, 12, 62, 90), (24, 12, 74, 90), (36, 12, 61, 90)]
    spans = (SectionSpan("A", 0, 1, parse_key("C minor")),)
    sheet = LeadSheet("t", 120.0, parse_meter("4/4"), 1, make_notes(rows), (), spans)
    write_abc(sheet, tmp_path / "lead.abc")
    assert check_abc(sheet, tmp_path / "lead.abc") == 4
    assert parse_abc(lead_sheet_to_abc(sheet)).melody["pitch"].tolist() == [73, 62, 74, 61]


def test_the_header_says_key_meter_and_tempo() -> None:
    lines = lead_sheet_to_abc(make_sheet("6/8", tempo=90)).splitlines()
    assert lines[0] == "X:1"
    assert {"T:Fünf & <Sommer>", "M:6/8", "Q:3/8=60", "K:Eb", "P:Verse 1", "P:Chorus 1", "K:F#m"} <= set(lines)
    assert lines[-1].endswith("|]")


def test_a_pickup_bar_is_short(tmp_path: Path) -> None:
    import music21

    rows = [(36, 12, 67, 90), (48, 48, 72, 90)]
    chords = (ChordEvent(48, Chord(0, "maj", 0)),)
    spans = (SectionSpan("A", 0, 2, parse_key("C major")),)
    sheet = LeadSheet("t", 120.0, parse_meter("4/4"), 2, make_notes(rows), chords, spans)
    write_abc(sheet, tmp_path / "lead.abc")
    music = music21.converter.parse(str(tmp_path / "lead.abc"), format="abc")
    assert [(on + 36, *rest) for on, *rest in music21_rows(music)] == written_rows(sheet)
