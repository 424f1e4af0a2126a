"""Words: from a lead sheet of another program through every format that holds them, and back."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import mido
import pytest
import rpp

from symbolic_music.formats.abc import lead_sheet_to_abc, write_abc
from symbolic_music.formats.abc_reader import parse_abc, read_abc
from symbolic_music.formats.fullscore import write_full_score
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.formats.musicxml import read_lead_sheet, write_lead_sheet
from symbolic_music.formats.rpp import write_rpp
from symbolic_music.importing.reimport import lead_sheet_of_score
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Track
from tests.formats.test_midi import make_score
from tests.formats.test_musicxml import make_sheet


def sung_sheet() -> LeadSheet:
    """A sheet whose first notes are sung, but for the fourth, over which a syllable is held."""
    sheet = make_sheet()
    texts = [("Hap", True), ("py", False), ("birth-day", False), ("to us", False), ("Ä", True), ("gyp", True),
             ("ten,", False)]  # fmt: skip
    onsets = sheet.melody["onset_tick"].tolist()
    del onsets[3]
    lyrics = tuple(Syllable(onset, *text) for onset, text in zip(onsets, texts, strict=False))
    return replace(sheet, lyrics=lyrics)


def test_musicxml_keeps_words(tmp_path: Path) -> None:
    sheet = sung_sheet()
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")
    assert read_lead_sheet(tmp_path / "lead.musicxml").lyrics == sheet.lyrics


def test_music21_reads_the_words(tmp_path: Path) -> None:
    import music21

    write_lead_sheet(sung_sheet(), tmp_path / "lead.musicxml")
    notes = music21.converter.parse(str(tmp_path / "lead.musicxml")).flatten().getElementsByClass("Note")
    found = [(note.lyrics[0].text, note.lyrics[0].syllabic) for note in notes if note.lyrics]
    assert found[:3] == [("Hap", "begin"), ("py", "end"), ("birth-day", "single")]
    assert found[4:] == [("Ä", "begin"), ("gyp", "middle"), ("ten,", "end")]


def test_abc_keeps_words(tmp_path: Path) -> None:
    sheet = sung_sheet()
    write_abc(sheet, tmp_path / "lead.abc")
    # Readers of ABC keep to sixteenths and triplets, finer places move.
    back = read_abc(tmp_path / "lead.abc").lyrics
    assert [(s.text, s.goes_on) for s in back] == [(s.text, s.goes_on) for s in sheet.lyrics]
    assert all(abs(found.tick - own.tick) <= 1 for found, own in zip(back, sheet.lyrics, strict=True))
    assert "w: Hap-py birth\\-day" in lead_sheet_to_abc(sheet)


def test_midi_keeps_words_by_rp17(tmp_path: Path) -> None:
    score = score_of_lead_sheet(sung_sheet())
    write_midi(score, tmp_path / "song.mid")
    texts = [message.text for message in mido.MidiFile(str(tmp_path / "song.mid"), charset="utf-8").tracks[1]
             if message.type == "lyrics"]  # fmt: skip
    assert texts == ["Hap", "py ", "birth-day ", "to us ", "Ä", "gyp", "ten, "]
    back = read_midi(tmp_path / "song.mid")
    assert [(s.tick / 40, s.text, s.goes_on) for s in back.lyrics] == [
        (s.tick, s.text, s.goes_on) for s in sung_sheet().lyrics
    ]
    assert [s.text for s in lead_sheet_of_score(back).lyrics] == [s.text for s in sung_sheet().lyrics]


def test_words_stay_with_notes_that_are_played_early_or_late(tmp_path: Path) -> None:
    score = score_of_lead_sheet(sung_sheet())
    write_midi(score, tmp_path / "song.mid")
    exact = read_midi(tmp_path / "song.mid")
    melody = exact.tracks[0].notes.copy()
    melody["onset_tick"][1::2] += 25
    melody["duration_tick"][1::2] -= 25
    late = replace(exact, tracks=(replace(exact.tracks[0], notes=melody),))
    write_midi(late, tmp_path / "late.mid")
    back = read_midi(tmp_path / "late.mid")
    assert {syllable.tick for syllable in back.lyrics} <= set(back.tracks[0].notes["onset_tick"].tolist())
    assert [syllable.text for syllable in lead_sheet_of_score(back).lyrics] == [s.text for s in sung_sheet().lyrics]


def test_no_word_is_lost_where_the_tune_swings_far(tmp_path: Path) -> None:
    """Slow sixteenths: the late "up" begins nearer to where "the" is written than "the" itself."""
    sung = make_notes([(0, 200, 60, 90), (324, 70, 62, 90), (398, 80, 64, 90), (480, 200, 65, 90)])
    words = (Syllable(0, "Wake"), Syllable(240, "up,"), Syllable(360, "the"), Syllable(480, "day"))
    score = replace(make_score(480), tracks=(Track("Melody", "melody", 0, sung),), lyrics=words)
    write_midi(score, tmp_path / "song.mid")
    read = read_midi(tmp_path / "song.mid").lyrics
    assert [(one.tick, one.text) for one in read] == [(0, "Wake"), (324, "up,"), (398, "the"), (480, "day")]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Hap-", "py", "day"], [("Hap", True), ("py", False), ("day", False)]),  # hyphens, no spaces
        (["Hap", "py ", "day "], [("Hap", True), ("py", False), ("day", False)]),  # RP-017
        (["{@LATIN}", "one", "two"], [("one", False), ("two", False)]),
        (["one\r", "\n", "two\r"], [("one", False), ("two", False)]),
    ],
)
def test_words_of_other_programs(tmp_path: Path, texts: list[str], expected: list[tuple[str, bool]]) -> None:
    song = mido.MidiFile(charset="utf-8")
    song.tracks.append(track := mido.MidiTrack())
    for text in texts:
        track.append(mido.MetaMessage("lyrics", text=text))
        track += [mido.Message("note_on", note=60, velocity=80), mido.Message("note_off", note=60, time=480)]
    song.save(str(tmp_path / "song.mid"))
    assert [(s.text, s.goes_on) for s in read_midi(tmp_path / "song.mid").lyrics] == expected


def test_full_score_has_words_in_the_melody(tmp_path: Path) -> None:
    import music21

    write_full_score(score_of_lead_sheet(sung_sheet()), tmp_path / "score.musicxml")
    part = music21.converter.parse(str(tmp_path / "score.musicxml")).parts[0]
    assert [note.lyric for note in part.flatten().notes if getattr(note, "lyric", None)][:2] == ["Hap", "py"]


def test_reaper_has_words_as_lyric_events(tmp_path: Path) -> None:
    write_rpp(score_of_lead_sheet(sung_sheet()), tmp_path / "song.rpp")
    with (tmp_path / "song.rpp").open(encoding="utf-8") as file:
        track = rpp.load(file).findall("TRACK")[1]
    events = [event for item in track.findall("ITEM") for event in item.find("SOURCE").findall("X")]
    messages = [base64.b64decode(event.children[0][0] if isinstance(event.children[0], list) else event.children[0])
                for event in events]  # fmt: skip
    assert [message[:2] for message in messages] == [b"\xff\x05"] * 7
    assert [message[2:].decode() for message in messages][:2] == ["Hap", "py "]
    # Each stands behind its note, so that who leaves it out still counts right.
    assert {event.attrib[0] for event in events} == {"0"}


VERSES = """X:1
T:Two verses
M:4/4
L:1/4
K:C
"C"CDEF |: GABc |1 "F"c2 B2 :|2 "C"c4- |]
w: In-tro is here | first verse is sung | end one |
w: * * * * | sec-ond comes now | * * | last
P:B
"G"G2 z2 | G A-A2 |]
w: yes | mel-is_
"""


def test_abc_sings_a_verse_in_each_turn() -> None:
    sheet = parse_abc(VERSES)
    words = [syllable.text for syllable in sheet.lyrics]
    assert words == [
        "In", "tro", "is", "here", "first", "verse", "is", "sung", "end", "one", "sec", "ond", "comes", "now", "last",
        "yes", "mel", "is",
    ]  # fmt: skip
    assert [s.text for s in sheet.lyrics if s.goes_on] == ["In", "sec", "mel"]


LYRIC = '<lyric number="{}"><syllabic>{}</syllabic><text>{}</text></lyric>'
NOTE = "<note><pitch><step>C</step><octave>5</octave></pitch><duration>4</duration><voice>1</voice>{}</note>"


def test_musicxml_sings_a_verse_in_each_turn(tmp_path: Path) -> None:
    first = NOTE.format(LYRIC.format(1, "begin", "o") + LYRIC.format(2, "single", "two"))
    ending = NOTE.format('<lyric number="1"><text>a</text><elision> </elision><text>b</text></lyric>')
    text = (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name/></score-part></part-list>'
        '<part id="P1"><measure number="1"><attributes><divisions>1</divisions><time><beats>4</beats>'
        "<beat-type>4</beat-type></time></attributes>" + first + '</measure><measure number="2">' + ending
        + '<barline location="right"><repeat direction="backward"/></barline></measure></part></score-partwise>'
    )  # fmt: skip
    (tmp_path / "tune.musicxml").write_text(text)
    sheet = read_lead_sheet(tmp_path / "tune.musicxml")
    assert sheet.lyrics == (
        Syllable(0, "o", True), Syllable(48, "a b"), Syllable(96, "two"), Syllable(144, "a b"),
    )  # fmt: skip
