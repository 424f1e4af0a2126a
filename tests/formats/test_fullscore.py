"""Full scores as MusicXML: music21 and MuseScore read the same notes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import music21
import pytest

from symbolic_music.formats.fullscore import full_score_to_xml, write_full_score
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Track
from symbolic_music.theory.meter import METER_OF, METERS, Meter
from tests.formats.test_midi import make_score
from tests.pipeline.programs import check_score


@pytest.mark.parametrize("tpq", [12, 480])
def test_music21_reads_every_part(tmp_path: Path, tpq: int) -> None:
    score = make_score(tpq, n_bars=4)
    write_full_score(score, tmp_path / "score.musicxml")
    assert check_score(score, tmp_path / "score.musicxml") == sum(len(track.notes) for track in score.tracks)


def test_parts_clefs_and_names() -> None:
    root = full_score_to_xml(make_score())
    assert [name.text for name in root.iter("part-name")] == ["Melody", "Piano", "Bass", "Drums"]
    signs = [[clef.findtext("sign") for clef in part.iter("clef")] for part in root.iter("part")]
    assert signs == [["G"], ["G", "F"], ["F"], ["percussion"]]
    assert [mark.text for mark in root.iter("rehearsal")] == ["Verse 1", "Chorus 1"]
    assert [key.text for key in root.find("part").iter("fifths")] == ["-5", "-3"]
    harmony = root.findall("part/measure/harmony")
    assert [chord.findtext("root/root-step") for chord in harmony] == ["B", "F"]


def test_drums_are_unpitched_and_named() -> None:
    root = full_score_to_xml(make_score())
    drums = root.findall("part")[3]
    assert drums.find(".//pitch") is None
    assert {note.find("instrument").get("id") for note in drums.iter("note") if note.find("unpitched") is not None} == {
        "P4-I43"
    }
    assert root.find(".//midi-instrument[@id='P4-I43']/midi-unpitched").text == "43"
    assert root.find(".//score-instrument[@id='P4-I43']/instrument-name").text == "Closed hi-hat"


@pytest.mark.parametrize("meter", METERS)
def test_other_readers_count_every_drum_stroke_once(tmp_path: Path, meter: str) -> None:
    """In every meter, with strokes on any sixteenth or triplet: what is tied over a beat is struck twice by some."""
    bar = METER_OF[meter].bar_ticks
    places = [[0], [bar - 3], [0, 9, 15], [3, 18, bar - 6], [6, 15, 21], [], [4, 8, 20], [bar - 9]]
    struck = sorted({(number * bar + place, pitch) for number, row in enumerate(places) for place in row
                     for pitch in ((36, 42) if place == 0 else (38,))})  # fmt: skip
    drums = Track("Drums", "drums", 0, make_notes([(onset, 3, pitch, 90) for onset, pitch in struck]), is_drum=True)
    score = replace(make_score(12), tracks=(drums,), meters=(MeterChange(0, METER_OF[meter]),), chord_symbols=())
    score = replace(score, end_tick=8 * bar)
    write_full_score(score, tmp_path / "score.musicxml")
    part = music21.converter.parse(tmp_path / "score.musicxml", forceSource=True).parts[0]
    found = [round(event.getOffsetInHierarchy(part) * 12) for event in part.recurse().notes
             for _ in getattr(event, "notes", [event])]  # fmt: skip
    assert sorted(found) == [onset for onset, _ in struck]


def test_every_bar_is_full_through_a_change_of_meter() -> None:
    score = make_score(480)
    score = replace(score, meters=(MeterChange(0, Meter(4, 4)), MeterChange(7680, Meter(6, 8))))
    root = full_score_to_xml(score)
    for part in root.iter("part"):
        lengths = [bar_length(measure) for measure in part.iter("measure")]
        assert lengths[:4] == [48] * 4
        assert set(lengths[4:]) == {36}
    assert [time.findtext("beats") for time in root.find("part").iter("time")] == ["4", "6"]


def bar_length(measure: ET.Element) -> int:
    """How far the cursor is at the end of a bar, which every voice must fill."""
    now = 0
    for element in measure:
        step = int(element.findtext("duration") or 0)
        if element.tag == "backup":
            assert now == step
            now = 0
        elif element.tag == "note" and element.find("chord") is None:
            now += step
    return now


def test_an_empty_track_is_rests() -> None:
    score = make_score()
    root = full_score_to_xml(replace(score, tracks=(Track("Solo", "chords", 0, make_notes([])),)))
    rests = root.findall("part/measure/note/rest")
    assert len(rests) == 16  # two staves
    assert {rest.get("measure") for rest in rests} == {"yes"}
