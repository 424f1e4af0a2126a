"""What the synthesizer is told of scores and of other programs' files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.formats.midi import write_midi
from symbolic_music.rendering.performance import (
    BEND,
    CONTROL,
    DRUMS,
    OFF,
    ON,
    PROGRAM,
    Clock,
    perform_file,
    perform_score,
)
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import ControlChange, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

RATE = 1000
HOUR = 3600.0


def save(path: Path, *tracks: list[mido.Message | mido.MetaMessage], tpq: int = 100) -> Path:
    song = mido.MidiFile(type=1, ticks_per_beat=tpq)
    song.tracks += [mido.MidiTrack(track) for track in tracks]
    song.save(str(path))
    return path


def make_score(n_tracks: int = 2) -> Score:
    notes = make_notes([(0, 12, 60, 90), (12, 12, 60, 80), (12, 24, 64, 70)])
    tracks = tuple(
        Track(f"T{number}", "melody", number, notes, controls=(ControlChange(6, 11, 90),)) for number in range(n_tracks)
    )
    tempos = (TempoChange(0, 93.0), TempoChange(24, 141.0))
    return Score("t", 12, 48, tracks, tempos, (MeterChange(0, Meter(4, 4)),))


def test_clock_follows_the_tempo_map() -> None:
    clock = Clock([(0, 60.0), (100, 120.0), (300, 30.0)], 100, RATE)
    assert clock.samples(np.array([0, 50, 100, 200, 300, 400])).tolist() == [0, 500, 1000, 1500, 2000, 4000]


def test_a_file_of_ours_is_performed_as_its_score(tmp_path: Path) -> None:
    drums = Track("Drums", "drums", 0, make_notes([(0, 3, 38, 99)]), is_drum=True)
    score = replace(make_score(), tracks=(*make_score().tracks, drums))
    write_midi(score, tmp_path / "song.mid")
    ours, theirs = perform_score(score, 44100, HOUR), perform_file(tmp_path / "song.mid", 44100, HOUR)
    assert ours.events == theirs.events
    assert (ours.n_samples, ours.drum_channels) == (theirs.n_samples, theirs.drum_channels)
    assert ours.parts == theirs.parts


def test_bends_programs_and_tempos_of_other_files(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.mid",
        [mido.MetaMessage("set_tempo", tempo=1_000_000), mido.MetaMessage("set_tempo", tempo=500_000, time=100)],
        [
            mido.Message("program_change", program=4), mido.Message("note_on", note=60, velocity=70),
            mido.Message("pitchwheel", pitch=8191, time=50), mido.Message("program_change", program=9, time=50),
            mido.Message("note_on", note=60, velocity=0, time=100),
        ],
    )  # fmt: skip
    performance = perform_file(path, RATE, HOUR)
    assert [(event.sample, event.kind, event.first) for event in performance.events] == [
        (0, PROGRAM, 4), (0, ON, 60), (500, BEND, 127), (1000, PROGRAM, 9), (1500, OFF, 60),
    ]  # fmt: skip
    assert performance.events[2].second == 127


def test_notes_of_no_length_do_not_hang(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [mido.Message("note_on", note=60, velocity=70), mido.Message("note_off", note=60)])
    assert [event.kind for event in perform_file(path, RATE, HOUR).events] == [ON, OFF]


def test_drums_on_another_channel_and_no_omni(tmp_path: Path) -> None:
    rhythm = mido.Message("sysex", data=(0x41, 0x10, 0x42, 0x12, 0x40, 0x1A, 0x15, 0x01, 0x10))
    path = save(tmp_path / "a.mid", [
        rhythm, mido.Message("control_change", control=126), mido.Message("note_on", channel=10, time=5),
    ])  # fmt: skip
    events = perform_file(path, RATE, HOUR).events
    assert [(event.kind, event.channel) for event in events] == [(DRUMS, 10), (ON, 10)]
    assert not [event for event in events if event.kind == CONTROL]


def test_ports_give_more_channels(tmp_path: Path) -> None:
    tracks = [
        [mido.MetaMessage("track_name", name=f"P{port}"), mido.MetaMessage("midi_port", port=port),
         mido.Message("note_on", channel=9, note=40)]
        for port in (0, 5)
    ]  # fmt: skip
    performance = perform_file(save(tmp_path / "a.mid", *tracks), RATE, HOUR)
    assert [event.channel for event in performance.events] == [9, 25]
    assert (performance.n_channels, performance.drum_channels) == (32, {9, 25})
    assert [part.name for part in performance.parts] == ["P0", "P5"]


def test_forty_tracks_and_two_of_drums() -> None:
    drums = Track("D", "drums", 0, make_notes([(0, 3, 38, 99)]), is_drum=True)
    score = replace(make_score(40), tracks=(*make_score(40).tracks, drums, drums))
    performance = perform_score(score, RATE, HOUR)
    assert len({channel for part in performance.parts for channel in part.channels}) == 42
    assert (performance.n_channels, performance.drum_channels) == (48, {9, 25})
    with pytest.raises(InputError, match="300 tracks are too many"):
        perform_score(make_score(300), RATE, HOUR)


def test_a_late_end_is_not_believed(tmp_path: Path) -> None:
    path = save(tmp_path / "a.mid", [
        mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=100),
        mido.MetaMessage("end_of_track", time=10_000_000),
    ])  # fmt: skip
    assert perform_file(path, RATE, HOUR).n_samples == 500 + 10 * RATE


def test_long_music_is_refused() -> None:
    with pytest.raises(InputError, match=r"it lasts .* hours; at most 0\.000278 hours"):
        perform_score(make_score(), RATE, 1.0)
