"""REAPER projects, read back with the rpp library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import rpp

from symbolic_music.errors import InputError
from symbolic_music.formats.rpp import write_rpp
from symbolic_music.song.score import MeterChange, Score, TempoChange, tick_to_seconds
from symbolic_music.theory.meter import Meter
from tests.formats.test_dawproject import make_stems
from tests.formats.test_midi import make_score
from tests.pipeline.programs import check_rpp


def load(path: Path) -> rpp.Element:
    with path.open(encoding="utf-8") as file:
        return rpp.load(file)


@pytest.mark.parametrize("tpq", [12, 480])
def test_every_note_is_at_its_second(tmp_path: Path, tpq: int) -> None:
    score = make_score(tpq)
    write_rpp(score, tmp_path / "song.rpp")
    assert check_rpp(score, tmp_path / "song.rpp") == sum(len(track.notes) for track in score.tracks)


def test_tempo_and_meter_map(tmp_path: Path) -> None:
    score = replace(
        make_score(480), tempos=(TempoChange(0, 120.0), TempoChange(3840, 60.0)),
        meters=(MeterChange(0, Meter(4, 4)), MeterChange(7680, Meter(3, 4))),
    )  # fmt: skip
    write_rpp(score, tmp_path / "song.rpp")
    project = load(tmp_path / "song.rpp")
    points = project.find("TEMPOENVEX").findall("PT")
    assert [(float(point[1]), float(point[2])) for point in points] == [(0, 120), (4, 60), (12, 60)]
    assert [int(point[4]) for point in points if len(point) > 4] == [4 << 16 | 4, 4 << 16 | 3]
    # The region after the change of tempo is at its second, and each ends where the next starts.
    regions = [(mark[3], float(mark[2])) for mark in project.findall("MARKER")]
    assert regions == [("Verse 1", 0), ("", 12), ("Chorus 1", 12), ("", 28)]


def test_items_start_with_program_volume_and_pan(tmp_path: Path) -> None:
    score = make_score(480)
    write_rpp(score, tmp_path / "song.rpp")
    tracks = load(tmp_path / "song.rpp").findall("TRACK")[1:]
    for track, own, channel in zip(tracks, score.tracks, (0, 1, 2, 9), strict=True):
        for item in track.findall("ITEM"):
            events = item.find("SOURCE").findall("E")
            head = {tuple(event[2:]) for event in events[:3]}
            assert (f"c{channel:x}", f"{own.program:02x}", "00") in head
            assert (f"b{channel:x}", "07", f"{own.volume:02x}") in head
            # The last message is where the item's notes end: the source is as long as the item.
            assert sum(int(event[1]) for event in events) == 4 * 1920


def test_stems_mute_the_midi_tracks(tmp_path: Path) -> None:
    score = make_score(480)
    write_rpp(score, tmp_path / "song.rpp", make_stems(score, tmp_path))
    tracks = load(tmp_path / "song.rpp").findall("TRACK")[1:]
    assert [track.find("NAME")[1] for track in tracks[:2]] == ["Melody", "Melody audio"]
    assert [track.find("MUTESOLO")[1] for track in tracks[::2]] == ["1"] * 4
    item = tracks[1].find("ITEM")
    assert (float(item.find("POSITION")[1]), float(item.find("LENGTH")[1])) == (0, 17.5)
    assert item.find("SOURCE").find("FILE")[1] == "song-stems/0.wav"


def test_names_with_quotes_and_line_breaks(tmp_path: Path) -> None:
    score = make_score(480)
    odd: Score = replace(score, tracks=(replace(score.tracks[0], name='Say "hi"\nand `bye`'), *score.tracks[1:]))
    write_rpp(odd, tmp_path / "song.rpp")
    assert "hi" in load(tmp_path / "song.rpp").findall("TRACK")[1].find("NAME")[1]


def test_chords_are_items_without_notes_each_until_the_next(tmp_path: Path) -> None:
    score = make_score(480)
    write_rpp(score, tmp_path / "song.rpp")
    items = load(tmp_path / "song.rpp").find("TRACK").findall("ITEM")
    assert [item.find("NAME")[1] for item in items] == [symbol.text for symbol in score.chord_symbols]
    ends = [float(item.find("POSITION")[1]) + float(item.find("LENGTH")[1]) for item in items]
    starts = [float(item.find("POSITION")[1]) for item in items]
    assert ends == pytest.approx([*starts[1:], tick_to_seconds(score, score.end_tick)])
    assert not [event for item in items for event in item.find("SOURCE").findall("E") if event[2].startswith("9")]


def test_one_stem_a_track_or_none(tmp_path: Path) -> None:
    score = make_score(480)
    with pytest.raises(InputError, match="2 stems for 4 tracks"):
        write_rpp(score, tmp_path / "song.rpp", make_stems(score, tmp_path)[:2])
    assert not (tmp_path / "song.rpp").exists()
