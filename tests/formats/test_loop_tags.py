"""Loop points in OGG and WAV files: written, read back, sound untouched, broken files refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.loop_tags import (
    Loop,
    read_ogg_comments,
    read_ogg_loop,
    read_wav_loop,
    write_ogg_comments,
    write_ogg_loop,
    write_wav_loop,
)

RATE = 44100


def make_sound(path: Path, seconds: float = 1.5) -> np.ndarray:
    """Write two sines and give what a reader decodes of them."""
    time = np.arange(round(seconds * RATE)) / RATE
    samples = np.stack([np.sin(time * 2764), np.sin(time * 4148)], axis=1).astype(np.float32) * 0.3
    kind = {".ogg": "VORBIS", ".wav": "PCM_16"}[path.suffix]
    with soundfile.SoundFile(path, "w", RATE, 2, subtype=kind) as file:
        file.title = "Waves"
        file.write(samples)
    return np.asarray(soundfile.read(path)[0])


def test_ogg_loop_comes_back_and_the_sound_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    before = make_sound(path)
    assert read_ogg_loop(path) is None
    write_ogg_loop(path, Loop(1000, 44000))
    write_ogg_loop(path, Loop(1234, 56789))  # again: replaced, not added
    assert read_ogg_loop(path) == Loop(1234, 56789)
    comments = read_ogg_comments(path)
    assert (comments["TITLE"], comments["LOOPSTART"], comments["LOOPLENGTH"]) == ("Waves", "1234", "56789")
    after, rate = soundfile.read(path)
    assert rate == RATE
    assert np.array_equal(before, after)


@pytest.mark.parametrize("length", [10, 70_000, 200_000])
def test_comments_that_need_more_pages(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.ogg"
    before = make_sound(path, 5.0)
    write_ogg_comments(path, {"LYRICS": "é" * (length // 2)})
    assert read_ogg_comments(path)["LYRICS"] == "é" * (length // 2)
    assert np.array_equal(before, soundfile.read(path)[0])
    write_ogg_comments(path, {"LYRICS": "short"})
    assert np.array_equal(before, soundfile.read(path)[0])


def test_ogg_page_checksums_are_right(tmp_path: Path) -> None:
    # libsndfile refuses pages whose checksum is wrong: turn one bit of the comment's page.
    path = tmp_path / "a.ogg"
    make_sound(path)
    write_ogg_loop(path, Loop(0, 66150))
    data = bytearray(path.read_bytes())
    data[data.index(b"LOOPSTART") + 3] ^= 1
    (tmp_path / "b.ogg").write_bytes(data)
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.read(tmp_path / "b.ogg")


def test_wav_loop_comes_back_and_the_sound_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    before = make_sound(path)
    assert read_wav_loop(path) is None
    write_wav_loop(path, Loop(5, 10))
    write_wav_loop(path, Loop(1234, 56789))
    assert read_wav_loop(path) == Loop(1234, 56789)
    assert np.array_equal(before, soundfile.read(path)[0])
    data = path.read_bytes()
    assert data.count(b"smpl") == 1
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    # The chunk's loop end is the last sample played, not the one after it.
    assert struct.unpack_from("<2I", data, data.index(b"smpl") + 8 + 36 + 8) == (1234, 1234 + 56789 - 1)


@pytest.mark.parametrize("loop", [Loop(-1, 10), Loop(0, 0)])
def test_loops_that_cannot_be(tmp_path: Path, loop: Loop) -> None:
    make_sound(tmp_path / "a.wav")
    make_sound(tmp_path / "a.ogg")
    with pytest.raises(InputError, match="start at 0 or later"):
        write_wav_loop(tmp_path / "a.wav", loop)
    with pytest.raises(InputError, match="start at 0 or later"):
        write_ogg_loop(tmp_path / "a.ogg", loop)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.ogg").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    (tmp_path / "photo.wav").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    make_sound(tmp_path / "a.ogg")
    make_sound(tmp_path / "a.wav")
    whole = {name: (tmp_path / name).read_bytes() for name in ("a.ogg", "a.wav")}
    with pytest.raises(FileFormatError, match="not an OGG file"):
        read_ogg_loop(tmp_path / "photo.ogg")
    with pytest.raises(FileFormatError, match="not a WAV file"):
        read_wav_loop(tmp_path / "photo.wav")
    with pytest.raises(FileFormatError, match="no such file"):
        read_wav_loop(tmp_path / "none.wav")
    for size in (20, 100, 3000, len(whole["a.ogg"]) - 3):
        (tmp_path / "cut.ogg").write_bytes(whole["a.ogg"][:size])
        with pytest.raises(FileFormatError):
            read_ogg_loop(tmp_path / "cut.ogg")
    (tmp_path / "cut.wav").write_bytes(whole["a.wav"][:3000])
    with pytest.raises(FileFormatError, match="cut short"):
        read_wav_loop(tmp_path / "cut.wav")
