"""Two hundred damaged MIDI files: each is read or refused in one line, in time, and what is read can be played.

They are made from good files by a fixed seed: bits flipped, cut short, huge
waits, thousands of tracks, headers that lie, noise. All are parsed here; the
smaller ones among those that are read are rendered in a process of its own,
so that a crash of the native synthesizer would be a failed test, not the end.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.midi import read_midi
from symbolic_music.formats.midi_file import load_midi_file, parse_midi_file
from symbolic_music.limits import EVENTS, FILE_BYTES, TRACKS, Limit
from symbolic_music.rendering.performance import perform_file

N_FILES = 200
RATE = 22050
MAX_SEC = 60.0
RENDERER = """
import json, sys
from pathlib import Path
from symbolic_music.errors import SymbolicMusicError
from symbolic_music.rendering import RenderOptions, render
done = {}
for path in sorted(Path(sys.argv[1]).glob("*.mid")):
    try:
        options = RenderOptions(soundfont="TimGM6mb", sample_rate=22050, max_duration_sec=10.0, tail_sec=0.5)
        audio = render(path, options)
        done[path.name] = float(abs(audio.samples).max())
    except SymbolicMusicError as failure:
        done[path.name] = str(failure)
print(json.dumps(done))
"""


def good_files() -> list[bytes]:
    """Files as other programs write them: type 1, type 0 with running status, film time, sysex and bends."""
    return [_typical(), _running_status(), _film_time(), _rich()]


def _save(song: mido.MidiFile) -> bytes:
    import io

    file = io.BytesIO()
    song.save(file=file)
    return file.getvalue()


def _typical() -> bytes:
    song = mido.MidiFile(type=1, ticks_per_beat=480)
    song.tracks.append(mido.MidiTrack([
        mido.MetaMessage("track_name", name="Song"), mido.MetaMessage("set_tempo", tempo=400_000),
        mido.MetaMessage("time_signature", numerator=3, denominator=4),
        mido.MetaMessage("set_tempo", tempo=600_000, time=960),
    ]))  # fmt: skip
    for channel in (0, 9):
        track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=5)])
        for pitch in (60, 64, 67, 36):
            track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=90, time=10))
            track.append(mido.Message("note_off", channel=channel, note=pitch, time=230))
        song.tracks.append(track)
    return _save(song)


def _running_status() -> bytes:
    events = b"\x00\xc0\x18\x00\x90\x3c\x50" + b"".join(bytes([30, 60 + k % 12, 80 * (k % 2)]) for k in range(24))
    return _file(0, struct.pack(">H", 96), [events + b"\x00\xff\x2f\x00"])


def _film_time() -> bytes:
    events = b"\x00\x90\x40\x60\x83\x74\x80\x40\x00\x00\xff\x2f\x00"  # held for 500 ticks
    return _file(0, bytes([256 - 25, 40]), [events])


def _rich() -> bytes:
    bend = mido.Message("pitchwheel", pitch=4000)
    track = mido.MidiTrack([
        mido.Message("sysex", data=(0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41)),
        mido.Message("sysex", data=(0x41, 0x10, 0x42, 0x12, 0x40, 0x12, 0x15, 0x01, 0x18)),
        mido.Message("control_change", control=0, value=8), mido.Message("program_change", program=24),
        mido.Message("control_change", control=101, value=0), mido.Message("control_change", control=100, value=0),
        mido.Message("control_change", control=6, value=12), mido.Message("note_on", note=60, velocity=99), bend,
        mido.Message("aftertouch", value=40, time=50), mido.Message("polytouch", note=60, value=9),
        mido.Message("program_change", program=99, time=50), mido.Message("note_off", note=60, time=50),
        mido.Message("control_change", control=121, value=0), mido.Message("control_change", control=126, value=1),
    ])  # fmt: skip
    song = mido.MidiFile(type=1, ticks_per_beat=96)
    song.tracks.append(track)
    return _save(song)


def _file(kind: int, division: bytes, tracks: list[bytes], n_tracks: int | None = None) -> bytes:
    head = b"MThd" + struct.pack(">IHH", 6, kind, len(tracks) if n_tracks is None else n_tracks) + division
    return head + b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)


def damaged_files(seed: int = 20) -> list[bytes]:
    """Make two hundred files, the same for the same seed."""
    chance = random.Random(seed)
    goods = good_files()
    makers = (_flip_bits, _flip_bits, _flip_bits, _cut, _huge_waits, _lie, _splice, _noise)
    files = [makers[number % len(makers)](chance, chance.choice(goods)) for number in range(N_FILES - 4)]
    tempo_storm = b"".join(b"\x01\xff\x51\x03" + chance.randbytes(3) for _ in range(3000)) + b"\x00\xff\x2f\x00"
    return [
        *files,
        _file(1, b"\x01\xe0", [b"\x00\xff\x2f\x00"] * 10_000),
        _file(1, b"\x01\xe0", [b"\x00\xff\x2f\x00"] * TRACKS.most),
        _file(1, b"\x01\xe0", [b"\x00\xff\x2f\x00"], n_tracks=65535),
        _file(0, b"\x00\x01", [tempo_storm]),
    ]


def _flip_bits(chance: random.Random, good: bytes) -> bytes:
    data = bytearray(good)
    for _ in range(chance.choice((1, 3, 10, 40))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _cut(chance: random.Random, good: bytes) -> bytes:
    return good[: chance.randrange(len(good))]


def _huge_waits(chance: random.Random, good: bytes) -> bytes:
    pitches = [chance.randrange(128) for _ in range(chance.randrange(1, 40))]
    waits = b"".join(b"\xff\xff\xff\x7f\x90" + bytes([pitch, 64]) for pitch in pitches)
    return _file(0, good[12:14], [waits + b"\x00\xff\x2f\x00"])


def _lie(chance: random.Random, good: bytes) -> bytes:
    data = bytearray(good)
    place = chance.choice((4, 7, 8, 9, 10, 11, 12, 13, 18, 19, 20, 21))
    data[place] = chance.choice((0, 1, 2, 127, 128, 255))
    return bytes(data)


def _splice(chance: random.Random, good: bytes) -> bytes:
    place = chance.randrange(14, len(good))
    piece = good[chance.randrange(len(good)) :][: chance.randrange(60)]
    return good[:place] + piece * chance.randrange(1, 20) + good[place:]


def _noise(chance: random.Random, good: bytes) -> bytes:
    return _file(1, good[12:14], [chance.randbytes(chance.randrange(400)) for _ in range(chance.randrange(1, 5))])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("damaged")
    for number, data in enumerate(damaged_files()):
        (place / f"{number:03d}.mid").write_bytes(data)
    return place


def test_the_files_are_the_same_each_time() -> None:
    first = damaged_files()
    assert len(first) == N_FILES
    assert first == damaged_files()
    assert len(set(first)) > N_FILES * 0.9


def test_good_files_are_read() -> None:
    for number, data in enumerate(good_files()):
        song = parse_midi_file(data, f"good {number}")
        assert sum(event.is_channel for track in song.tracks for event in track) >= 2


def test_each_damaged_file_is_read_or_refused(folder: Path) -> None:
    read, refused = 0, []
    for path in sorted(folder.iterdir()):
        start = time.process_time()
        try:
            score = read_midi(path)
            assert score.end_tick >= 0
            assert all(int(track.notes["duration_tick"].min(initial=1)) > 0 for track in score.tracks)
            read += 1
        except FileFormatError as failure:
            refused.append(str(failure))
        assert time.process_time() - start < 5, path
    assert read > 40
    assert len(refused) > 40
    assert all("\n" not in line and line.startswith(str(folder)) for line in refused)


def test_each_damaged_file_can_be_performed_or_is_refused(folder: Path) -> None:
    performed = 0
    for path in sorted(folder.iterdir()):
        try:
            performance = perform_file(path, RATE, MAX_SEC)
        except InputError as failure:
            assert "\n" not in str(failure)
            continue
        performed += 1
        samples = [event.sample for event in performance.events]
        assert samples == sorted(samples)
        assert 0 <= performance.n_samples <= MAX_SEC * RATE
        assert all(0 <= event.channel < performance.n_channels for event in performance.events)
        assert all(0 <= event.first <= 127 and 0 <= event.second <= 127 for event in performance.events)
    assert performed > 30


@pytest.mark.render
def test_what_is_read_is_rendered_without_a_crash(folder: Path, tmp_path: Path) -> None:
    chosen = sorted(folder.iterdir())[::8]
    for path in chosen:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    for number, data in enumerate(good_files()):
        (tmp_path / f"good{number}.mid").write_bytes(data)
    command = [sys.executable, "-c", RENDERER, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    done = json.loads(run.stdout)
    assert len(done) == len(chosen) + 4
    assert all(isinstance(value, str) or 0.0 <= value <= 1.0 for value in done.values())
    assert all(isinstance(done[f"good{number}.mid"], float) and done[f"good{number}.mid"] > 0.1 for number in range(4))


def test_limits_are_said(tmp_path: Path) -> None:
    many = tmp_path / "many.mid"
    many.write_bytes(_file(1, b"\x01\xe0", [b"\x00\xff\x2f\x00"] * 10_000))
    with pytest.raises(FileFormatError, match="10 000 tracks, at most 1 000 are allowed"):
        read_midi(many)
    large = tmp_path / "large.mid"
    with large.open("wb") as file:
        file.truncate(FILE_BYTES.most + 1)
    with pytest.raises(FileFormatError, match="at most 33 554 432 are allowed"):
        load_midi_file(large)
    slow = tmp_path / "slow.mid"
    slow.write_bytes(_huge_waits(random.Random(1), good_files()[1]))
    with pytest.raises(InputError, match="hours are rendered at once"):
        perform_file(slow, RATE, MAX_SEC)


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert EVENTS.most >= 100_000
    monkeypatch.setattr("symbolic_music.formats.midi_file.EVENTS", Limit(10, "events", "cut the file"))
    with pytest.raises(FileFormatError, match="11 events, at most 10 are allowed"):
        parse_midi_file(good_files()[1], "x.mid")


def test_film_time_is_read_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "film.mid"
    path.write_bytes(_film_time())
    score = read_midi(path)
    assert (score.tpq, score.tempos[0].qpm) == (1000, 60.0)
    assert score.tracks[0].notes["duration_tick"].tolist() == [500]
    off = perform_file(path, 44100, 60.0).events[-1]
    assert off.sample == 22050


def test_other_wrappings_and_gaps(tmp_path: Path) -> None:
    good = good_files()[1]
    wrapped = b"RIFF" + struct.pack("<I", len(good) + 12) + b"RMIDdata" + struct.pack("<I", len(good)) + good
    assert parse_midi_file(wrapped, "a.rmi") == parse_midi_file(good, "b.mid")
    foreign = good[:14] + b"XFIH\x00\x00\x00\x03abc" + good[14:]
    assert parse_midi_file(foreign, "a.mid") == parse_midi_file(good, "b.mid")
    assert parse_midi_file(good[:-4].replace(b"MTrk\x00\x00\x00\x53", b"MTrk\x00\x00\x00\x4f"), "a.mid").tracks
