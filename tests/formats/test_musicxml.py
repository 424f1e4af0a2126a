"""MusicXML: what is written comes back equal, and music21 reads the same."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.errors import FileFormatError, OutputError
from symbolic_music.formats.musicxml import read_lead_sheet, write_lead_sheet
from symbolic_music.formats.spelling import fifths_to_key, spell_chord, spell_pitch_class
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.theory.chord import QUALITIES, Chord, parse_chord
from symbolic_music.theory.key import key_of, parse_key
from symbolic_music.theory.meter import METERS, parse_meter
from symbolic_music.theory.pitch import NATURAL_PITCH_CLASS
from tests.pipeline.programs import written_rows


def make_sheet(meter: str = "4/4", n_bars: int = 8, tempo: float = 97.3) -> LeadSheet:
    """A melody of mixed lengths with ties over bar lines, two sections in two keys."""
    bar = parse_meter(meter).bar_ticks
    lengths, rows, now = (6, 3, 9, 12, 4, 4, 4, 18, 30, 2, 10), [], 3
    for index in range(1000):
        length = lengths[index % len(lengths)]
        if now + length > n_bars * bar:
            break
        rows.append((now, length, 55 + index * 5 % 24, 60 + index % 40))
        now += length + (6 if index % 4 == 3 else 0)
    qualities = list(QUALITIES)
    chords = [
        ChordEvent(tick, Chord(index * 7 % 12, qualities[index % len(qualities)], (index * 7 + index % 3 * 4) % 12))
        for index, tick in enumerate(range(0, n_bars * bar, bar // 2))
    ]
    half = n_bars // 2
    sections = (
        SectionSpan("Verse 1", 0, half, parse_key("Eb major")),
        SectionSpan("Chorus 1", half, n_bars - half, parse_key("F# minor")),
    )
    return LeadSheet("Fünf & <Sommer>", tempo, parse_meter(meter), n_bars, make_notes(rows), tuple(chords), sections)


def assert_equal_sheets(left: LeadSheet, right: LeadSheet) -> None:
    assert rows_of(left.melody) == rows_of(right.melody)
    names = ("title", "tempo_qpm", "meter", "n_bars", "chords", "sections")
    assert [getattr(left, name) for name in names] == [getattr(right, name) for name in names]
    assert left.lyrics == right.lyrics


def test_detached_singing_is_written_full_and_read_as_sung(tmp_path: Path) -> None:
    sung = [(0, 3, 60, 80), (6, 3, 62, 80), (12, 9, 64, 80), (24, 6, 65, 80), (45, 2, 67, 80), (50, 28, 69, 80)]
    sheet = replace(make_sheet(n_bars=2), melody=make_notes(sung), lyrics=())
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    notes = list(ElementTree.parse(tmp_path / "lead.musicxml").iter("note"))
    rests = [int(note.findtext("duration") or 0) for note in notes if note.find("rest") is not None]
    assert all(length >= 6 for length in rests)
    # Eighths, a quarter, an eighth with its rest, and the upbeat tied over the bar line.
    values = [note.findtext("type") for note in notes if note.find("rest") is None]
    assert values[:4] == ["eighth", "eighth", "quarter", "eighth"]
    assert rows_of(read_lead_sheet(tmp_path / "lead.musicxml").melody) == sung


def test_swing_is_a_mark_over_straight_eighths(tmp_path: Path) -> None:
    sheet = make_sheet()
    write_lead_sheet(sheet, tmp_path / "lead.musicxml", swing=0.667)
    page = ElementTree.parse(tmp_path / "lead.musicxml")
    assert [page.findtext(f".//swing/{tag}") for tag in ("first", "second", "swing-type")] == ["2", "1", "eighth"]
    assert [words.text for words in page.iter("words")] == ["Swing"]
    assert_equal_sheets(read_lead_sheet(tmp_path / "lead.musicxml"), sheet)
    write_lead_sheet(sheet, tmp_path / "straight.musicxml", swing=0.5)
    assert ElementTree.parse(tmp_path / "straight.musicxml").find(".//swing") is None


@pytest.mark.parametrize("meter", METERS)
def test_round_trip_in_every_meter(tmp_path: Path, meter: str) -> None:
    sheet = make_sheet(meter)
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    assert_equal_sheets(read_lead_sheet(tmp_path / "lead.musicxml"), sheet)


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_quality_on_every_root_and_bass(tmp_path: Path, quality: str) -> None:
    chords = [ChordEvent(bar * 48, Chord(bar // 12, quality, bar % 12)) for bar in range(144)]
    spans = (SectionSpan("Verse", 0, 144, parse_key("D minor")),)
    sheet = LeadSheet("t", 120.0, parse_meter("4/4"), 144, make_notes([]), tuple(chords), spans)
    write_lead_sheet(sheet, tmp_path / "lead.xml")
    assert read_lead_sheet(tmp_path / "lead.xml").chords == sheet.chords


@settings(max_examples=40, deadline=None)
@given(
    meter=st.sampled_from(METERS),
    steps=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 60), st.integers(30, 100)), max_size=20),
)
def test_any_rhythm_round_trips(tmp_path_factory: pytest.TempPathFactory, meter: str, steps: list) -> None:
    rows, now = [], 0
    for rest, length, pitch in steps:
        rows.append((now + rest, length, pitch, 90))
        now += rest + length
    bars = now // parse_meter(meter).bar_ticks + 1
    spans = (SectionSpan("A", 0, bars, parse_key("G major")),)
    sheet = LeadSheet("t", 120.0, parse_meter(meter), bars, make_notes(rows), (), spans)
    path = tmp_path_factory.mktemp("xml") / "lead.musicxml"
    write_lead_sheet(sheet, path)
    assert_equal_sheets(read_lead_sheet(path), sheet)


@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8"])
def test_music21_reads_the_same(tmp_path: Path, meter: str) -> None:
    import music21

    sheet = make_sheet(meter)
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    score = music21.converter.parse(str(tmp_path / "lead.musicxml"))
    part = score.parts[0]
    measures = list(part.getElementsByClass("Measure"))
    assert len(measures) == sheet.n_bars
    assert all(measure.duration.quarterLength * 12 == sheet.meter.bar_ticks for measure in measures)
    notes = [
        (round(note.offset * 12), round(note.quarterLength * 12), note.pitch.midi)
        for note in part.stripTies().flatten().notes if not isinstance(note, music21.harmony.ChordSymbol)
    ]  # fmt: skip
    assert notes == written_rows(sheet)
    symbols = list(part.flatten().getElementsByClass("ChordSymbol"))
    assert [round(symbol.offset * 12) for symbol in symbols] == [event.onset_tick for event in sheet.chords]
    assert [symbol.root().pitchClass for symbol in symbols] == [event.chord.root for event in sheet.chords]
    for symbol, event in zip(symbols, sheet.chords, strict=True):
        tones = {pitch.pitchClass for pitch in symbol.pitches}
        if event.chord.quality != "7sus4":  # music21 reads an added seventh as major, against the standard
            assert tones == event.chord.pitch_classes | {event.chord.bass}
    assert [mark.content for mark in part.flatten().getElementsByClass("RehearsalMark")] == ["Verse 1", "Chorus 1"]
    assert [key.sharps for key in part.flatten().getElementsByClass("KeySignature")] == [-3, 3]
    assert part.flatten().getElementsByClass("TimeSignature")[0].ratioString == meter


def test_music21_writes_what_we_read(tmp_path: Path) -> None:
    import music21

    sheet = make_sheet("3/4")
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    music21.converter.parse(str(tmp_path / "lead.musicxml")).write("musicxml", str(tmp_path / "again.musicxml"))
    again = read_lead_sheet(tmp_path / "again.musicxml")
    assert [row[:3] for row in rows_of(again.melody)] == written_rows(sheet)
    assert again.chords == sheet.chords
    assert again.sections == sheet.sections


def test_ninety_bars_take_under_two_seconds(tmp_path: Path) -> None:
    start = time.perf_counter()
    write_lead_sheet(make_sheet(n_bars=90), tmp_path / "lead.musicxml")
    assert time.perf_counter() - start < 2


def test_spelling_follows_the_key() -> None:
    assert spell_pitch_class(6, parse_key("G major")) == ("F", 1)
    assert spell_pitch_class(6, parse_key("Db major")) == ("G", -1)
    assert spell_pitch_class(11, parse_key("Gb major")) == ("C", -1)
    assert spell_chord(parse_chord("E/G#"), parse_key("A minor")) == (("E", 0), ("G", 1))
    assert spell_chord(parse_chord("Ab"), parse_key("C major"))[0] == ("A", -1)


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_scales_are_spelled_with_seven_letters(mode: str) -> None:
    for tonic in range(12):
        key = key_of(tonic, mode)
        names = [spell_pitch_class(pitch_class, key) for pitch_class in key.pitch_classes]
        assert sorted(step for step, _ in names) == list("ABCDEFG")
        for pitch_class in range(12):
            step, alteration = spell_pitch_class(pitch_class, key)
            assert (NATURAL_PITCH_CLASS[step] + alteration) % 12 == pitch_class
        assert fifths_to_key(key.fifths, mode) == key


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "not MusicXML"),
        (b"", "not MusicXML"),
        (b"<html></html>", "<html>"),
        (b"<score-partwise/>", "no bars"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.musicxml"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=reason) as failure:
        read_lead_sheet(path)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<beats>4</beats>", "<beats>7</beats>", "7/4"),
        ("<fifths>-3</fifths>", "<fifths>12</fifths>", "key signature 12"),
        ("<divisions>12</divisions>", "<divisions>0</divisions>", "divisions"),
        (">major<", ">majestic<", "majestic"),
    ],
)
def test_what_a_lead_sheet_cannot_hold_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "lead.musicxml"
    write_lead_sheet(make_sheet(), path)
    text = path.read_text(encoding="utf-8")
    if old == ">major<":
        old, new = 'text="">major<', 'text="">majestic<'
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileFormatError, match=reason):
        read_lead_sheet(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        read_lead_sheet(tmp_path / "none.musicxml")
    with pytest.raises(OutputError, match="cannot be written"):
        write_lead_sheet(make_sheet(), tmp_path / "none" / "lead.musicxml")


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    write_lead_sheet(replace(make_sheet(), title="a\x07b"), tmp_path / "lead.musicxml")
    assert read_lead_sheet(tmp_path / "lead.musicxml").title == "a b"


def test_the_melody_is_read_only_data(tmp_path: Path) -> None:
    sheet = make_sheet()
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    melody = read_lead_sheet(tmp_path / "lead.musicxml").melody
    assert isinstance(melody, np.ndarray)
    assert not melody.flags.writeable
