"""MIDI files: the contract to the letter, round trips, refusals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.errors import FileFormatError, InputError, OutputError
from symbolic_music.formats.midi import assign_channels, clean_notes, read_midi, write_midi
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.score import (
    ControlChange,
    KeyChange,
    Marker,
    MeterChange,
    Score,
    TempoChange,
    Track,
)
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter


def make_score(tpq: int = 12, n_bars: int = 8) -> Score:
    """A band of four over a few bars, with controls, markers and chords."""
    bar = tpq * 4
    step = tpq // 2
    melody = [(tick, step, 60 + tick // step % 12, 90) for tick in range(0, n_bars * bar, step)]
    piano = [(tick, bar, pitch, 64) for tick in range(0, n_bars * bar, bar) for pitch in (48, 52, 55)]
    bass = [(tick, tpq, 36, 96) for tick in range(0, n_bars * bar, tpq)]
    drums = [(tick, tpq // 4, 42, 70) for tick in range(0, n_bars * bar, step)]
    pedal = (ControlChange(0, 64, 127), ControlChange(bar - 1, 64, 0))
    return Score(
        title="Sömmerlied",
        tpq=tpq,
        end_tick=n_bars * bar,
        tracks=(
            Track("Melody", "melody", 73, make_notes(melody), volume=110, pan=60),
            Track("Piano", "chords", 0, make_notes(piano), controls=pedal),
            Track("Bass", "bass", 33, make_notes(bass)),
            Track("Drums", "drums", 0, make_notes(drums), is_drum=True),
        ),
        tempos=(TempoChange(0, 97.0),),
        meters=(MeterChange(0, Meter(4, 4)),),
        keys=(KeyChange(0, parse_key("Bb minor")), KeyChange(4 * bar, parse_key("C minor"))),
        markers=(Marker(0, "Verse 1"), Marker(4 * bar, "Chorus 1")),
        chord_symbols=(Marker(0, "Bbm"), Marker(bar, "F7/A")),
    )


def absolute(track: mido.MidiTrack) -> list[tuple[int, object]]:
    now, events = 0, []
    for message in track:
        now += message.time
        events.append((now, message))
    return events


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> mido.MidiFile:
    path = tmp_path_factory.mktemp("midi") / "song.mid"
    write_midi(make_score(), path)
    return mido.MidiFile(str(path), charset="utf-8")


def test_header_and_conductor(song: mido.MidiFile) -> None:
    assert (song.type, song.ticks_per_beat) == (1, 480)
    conductor = absolute(song.tracks[0])
    assert all(message.is_meta for _, message in conductor)
    assert song.tracks[0].name == "Sömmerlied"
    assert [(t, m.text) for t, m in conductor if m.type == "marker"] == [(0, "Verse 1"), (7680, "Chorus 1")]
    assert [(t, m.key) for t, m in conductor if m.type == "key_signature"] == [(0, "Bbm"), (7680, "Cm")]
    assert [t for t, m in conductor if m.type == "time_signature"] == [0]
    assert [m.tempo for _, m in conductor if m.type == "set_tempo"] == [round(60e6 / 97)]


def test_every_track_is_set_up_once_at_the_start(song: mido.MidiFile) -> None:
    channels = []
    for track in song.tracks[1:-1]:
        assert track.name
        events = absolute(track)
        own = {message.channel for _, message in events if not message.is_meta}
        assert len(own) == 1
        channels += own
        counts = Counter(
            (m.type, getattr(m, "control", None)) for t, m in events
            if m.type == "program_change" or (m.type == "control_change" and m.control in (7, 10))
        )  # fmt: skip
        assert counts == {("program_change", None): 1, ("control_change", 7): 1, ("control_change", 10): 1}
        setup = [t for t, m in events if m.type == "program_change" or getattr(m, "control", None) in (7, 10)]
        assert setup == [0, 0, 0]
    assert channels == [0, 1, 2, 9]


def test_notes_are_closed_and_apart(song: mido.MidiFile) -> None:
    for track in song.tracks:
        sounding: dict[int, int] = {}
        for tick, message in absolute(track):
            if message.type == "note_on":
                assert message.note not in sounding
                sounding[message.note] = tick
            elif message.type == "note_off":
                assert tick > sounding.pop(message.note)
        assert not sounding


def test_chords_track_and_ends(song: mido.MidiFile) -> None:
    chords = song.tracks[-1]
    assert chords.name == "Chords"
    assert [(t, m.text) for t, m in absolute(chords) if m.type == "text"] == [(0, "Bbm"), (1920, "F7/A")]
    assert all(message.is_meta for message in chords)
    assert {absolute(track)[-1][0] for track in song.tracks} == {8 * 1920}
    assert all(track[-1].type == "end_of_track" for track in song.tracks)


def test_fast_readers_agree(tmp_path: Path) -> None:
    import symusic

    score = make_score(480)
    write_midi(score, tmp_path / "song.mid")
    other = symusic.Score(str(tmp_path / "song.mid"))
    named = {track.name: track for track in other.tracks}
    for track in score.tracks:
        notes = sorted((n.time, n.duration, n.pitch, n.velocity) for n in named[track.name].notes)
        assert notes == sorted(rows_of(track.notes))
        assert named[track.name].program == track.program


def test_written_score_comes_back(tmp_path: Path) -> None:
    score = make_score(480)
    write_midi(score, tmp_path / "song.mid")
    back = read_midi(tmp_path / "song.mid")
    for name in ("title", "tpq", "end_tick", "tempos", "meters", "keys", "markers", "chord_symbols"):
        assert getattr(back, name) == getattr(score, name), name
    assert_equal_tracks(back, score)


def assert_equal_tracks(left: Score, right: Score) -> None:
    assert len(left.tracks) == len(right.tracks)
    for a, b in zip(left.tracks, right.tracks, strict=True):
        for name in ("name", "role", "program", "is_drum", "volume", "pan", "controls"):
            assert getattr(a, name) == getattr(b, name), name
        assert rows_of(a.notes) == rows_of(b.notes)


def test_engine_ticks_are_times_forty(tmp_path: Path) -> None:
    score = make_score(12)
    write_midi(score, tmp_path / "song.mid")
    for a, b in zip(read_midi(tmp_path / "song.mid").tracks, score.tracks, strict=True):
        assert rows_of(a.notes) == [(o * 40, d * 40, p, v) for o, d, p, v in rows_of(b.notes)]


note_rows = st.tuples(st.integers(0, 1900), st.integers(0, 900), st.integers(0, 127), st.integers(1, 127))


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(note_rows, max_size=40), qpm=st.integers(3000, 26000).map(lambda n: n / 100))
def test_any_notes_round_trip_once_clean(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int, int]], qpm: float
) -> None:
    track = Track("Piano", "chords", 4, make_notes(rows))
    score = Score("t", 480, 1920, (track,), (TempoChange(0, qpm),), (MeterChange(0, Meter(6, 8)),))
    path = tmp_path_factory.mktemp("midi") / "song.mid"
    write_midi(score, path)
    back = read_midi(path)
    cleaned = clean_notes(track.notes, 2880)  # the end moves to the bar line
    assert rows_of(back.tracks[0].notes) == rows_of(cleaned)
    assert (cleaned["duration_tick"] > 0).all()
    assert back.tempos[0].qpm == pytest.approx(qpm, rel=1e-5)
    assert back.end_tick == 2880
    write_midi(back, path)
    assert rows_of(read_midi(path).tracks[0].notes) == rows_of(cleaned)


def test_overlaps_cut_the_earlier_note() -> None:
    notes = make_notes([(0, 20, 60, 90), (10, 20, 60, 80), (10, 5, 60, 70), (40, 0, 60, 90), (40, 30, 62, 90)])
    assert rows_of(clean_notes(notes, 50)) == [(0, 10, 60, 90), (10, 20, 60, 80), (40, 10, 62, 90)]


def test_channels_skip_the_drums() -> None:
    empty = make_notes([])
    tracks = [Track(str(n), "pad", 0, empty) for n in range(15)]
    drums = Track("Drums", "drums", 0, empty, is_drum=True)
    assert assign_channels([drums, *tracks]) == (9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15)
    with pytest.raises(InputError, match="at most 15"):
        assign_channels([*tracks, tracks[0]])
    with pytest.raises(InputError, match="one channel for drums"):
        assign_channels([drums, drums])


def changed_track(**changes: object) -> Score:
    score = make_score()
    return replace(score, tracks=(replace(score.tracks[0], **changes),))


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (changed_track(name=" "), "no name"),
        (changed_track(program=128), "program 128"),
        (changed_track(volume=-1), "volume -1"),
        (changed_track(controls=(ControlChange(0, 7, 1),)), "set once"),
        (changed_track(controls=(ControlChange(0, 11, 200), ControlChange(1, 11, 1))), "value 200"),
        (changed_track(notes=make_notes([(0, 4, 200, 90)])), "pitch 200"),
        (changed_track(notes=make_notes([(0, 4, 60, 0)])), "velocity 0"),
        (changed_track(notes=make_notes([(-2, 4, 60, 90)])), "tick -2"),
        (changed_track(notes=make_notes([(384, 4, 60, 90)])), "tick 384"),
        (replace(make_score(), tempos=()), "tempo and a meter"),
        (replace(make_score(), tempos=(TempoChange(0, 0.0),)), "tempo 0.0"),
    ],
)
def test_what_midi_cannot_hold_is_refused(tmp_path: Path, score: Score, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        write_midi(score, tmp_path / "song.mid")
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_refused(tmp_path: Path) -> None:
    good = tmp_path / "good.mid"
    write_midi(make_score(), good)
    whole = good.read_bytes()
    for name, content in {
        "photo": b"\xff\xd8\xff\xe0\x00\x10JFIF" * 20,
        "empty": b"",
        "head only": whole[:10],
        "cut": whole[: len(whole) // 2],
        "no bar": whole.replace(b"\xff\x58\x04\x04", b"\xff\x58\x04\x00"),
        "type 2": whole[:9] + b"\x02" + whole[10:],
    }.items():
        path = tmp_path / f"{name}.mid"
        path.write_bytes(content)
        with pytest.raises(FileFormatError) as failure:
            read_midi(path)
        assert "\n" not in str(failure.value) and str(path) in str(failure.value)
    with pytest.raises(FileFormatError, match="no such file"):
        read_midi(tmp_path / "none.mid")
    with pytest.raises(FileFormatError, match="is a folder"):
        read_midi(tmp_path)


def test_foreign_files_are_split_by_channel(tmp_path: Path) -> None:
    song = mido.MidiFile(type=0, ticks_per_beat=96)
    track = mido.MidiTrack()
    song.tracks.append(track)
    for channel, pitch in ((0, 60), (1, 36), (9, 42)):
        track.append(mido.Message("program_change", channel=channel, program=33 if channel == 1 else 0))
        track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=80))
        track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=0, time=96))
    track.append(mido.Message("note_on", channel=0, note=64, velocity=80))
    track.append(mido.MetaMessage("end_of_track", time=48))
    song.save(str(tmp_path / "foreign.mid"))
    score = read_midi(tmp_path / "foreign.mid")
    assert [(t.role, t.is_drum) for t in score.tracks] == [("chords", False), ("bass", False), ("drums", True)]
    assert rows_of(score.tracks[0].notes) == [(0, 96, 60, 80), (288, 48, 64, 80)]
    assert (score.tpq, score.end_tick, score.tempos[0].qpm, str(score.meters[0].meter)) == (96, 384, 120.0, "4/4")
    write_midi(score, tmp_path / "ours.mid")
    assert np.array_equal(read_midi(tmp_path / "ours.mid").tracks[1].notes["pitch"], [36])


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_midi(make_score(), tmp_path / "none" / "song.mid")
