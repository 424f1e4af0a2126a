"""Rendering: length, level, balance of channels, same samples, refusals."""

from __future__ import annotations

import builtins
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
import pytest

from symbolic_music.budget import THREADS_VARIABLE
from symbolic_music.errors import FileFormatError, InputError, OutputError, RenderError
from symbolic_music.formats.midi import write_midi
from symbolic_music.rendering import Audio, RenderOptions, find_soundfont, render, write_audio
from symbolic_music.rendering import soundfont as soundfont_module
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import ControlChange, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter
from tests.rendering.fonts import make_soundfont

needs_synthesizer = pytest.mark.render
SMALL = RenderOptions(soundfont="TimGM6mb")


def true_peak_db(samples: np.ndarray) -> float:
    """The peak after oversampling by eight, by another way than the package's."""
    from scipy.signal import resample_poly

    return float(20 * np.log10(np.abs(resample_poly(samples.astype(np.float64), 8, 1, axis=1)).max()))


def make_score(n_bars: int = 2, qpm: float = 120.0) -> Score:
    """A melody and drums."""
    melody = make_notes((tick, 12, 60 + tick // 12 % 12, 100) for tick in range(0, n_bars * 48, 12))
    drums = make_notes((tick, 3, 38, 100) for tick in range(0, n_bars * 48, 24))
    tracks = (
        Track("Melody", "melody", 73, melody, controls=(ControlChange(0, 64, 127),)),
        Track("Drums", "drums", 0, drums, is_drum=True),
    )
    return Score("t", 12, n_bars * 48, tracks, (TempoChange(0, qpm),), (MeterChange(0, Meter(4, 4)),))


@needs_synthesizer
def test_length_and_level() -> None:
    seen: list[tuple[float, float]] = []
    audio = render(make_score(), SMALL, on_progress=lambda done, total: seen.append((done, total)))
    assert audio.samples.dtype == np.float32
    assert audio.samples.shape[0] == 2
    assert 4.0 < audio.duration_sec <= 10.0
    assert pyloudnorm.Meter(44100).integrated_loudness(audio.samples.T) == pytest.approx(-14, abs=0.3)
    assert true_peak_db(audio.samples) <= -1.0
    assert np.abs(audio.samples[:, -100:]).max() < 0.01
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1]


@needs_synthesizer
def test_level_by_peak_alone_and_not_at_all() -> None:
    peaked = render(make_score(), replace(SMALL, loudness_lufs=None))
    assert true_peak_db(peaked.samples) == pytest.approx(-1.1, abs=0.1)
    raw = render(make_score(), replace(SMALL, loudness_lufs=None, peak_dbfs=None)).samples
    louder = render(make_score(), replace(SMALL, loudness_lufs=None, peak_dbfs=None, gain=1.0)).samples
    n = min(raw.shape[1], louder.shape[1])
    assert np.abs(louder[:, :n] - 2 * raw[:, :n]).max() < 1e-3


@needs_synthesizer
def test_same_score_same_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "1")  # several threads agree within 1e-6
    first, second = render(make_score(), SMALL), render(make_score(), SMALL)
    assert np.array_equal(first.samples, second.samples)
    write_midi(make_score(), tmp_path / "song.mid")
    assert np.array_equal(render(tmp_path / "song.mid", SMALL).samples, first.samples)


@needs_synthesizer
def test_notes_sound_when_written() -> None:
    hit = Track("Drums", "drums", 0, make_notes([(48, 3, 38, 110)]), is_drum=True)
    score = replace(make_score(), tracks=(hit,), tempos=(TempoChange(0, 60.0), TempoChange(24, 120.0)))
    samples = np.abs(render(score, SMALL).samples).max(axis=0)
    onset = int(np.argmax(samples > 0.05)) / 44100
    assert onset == pytest.approx(2 + 1, abs=0.02)  # two quarters at 60, two at 120


@needs_synthesizer
def test_pan_and_volume_are_heard() -> None:
    score = make_score()
    left = replace(score, tracks=(replace(score.tracks[0], pan=0),))
    dry = replace(SMALL, reverb=0.0, chorus=0.0)
    power = (render(left, dry).samples ** 2).mean(axis=1)
    assert power[0] > 20 * power[1]
    mute = replace(score, tracks=(replace(score.tracks[0], volume=0),))
    assert np.abs(render(mute, SMALL).samples).max() <= 1.0


@needs_synthesizer
def test_an_empty_score_is_silent() -> None:
    audio = render(replace(make_score(), tracks=()), SMALL)
    assert not audio.samples.any()
    assert audio.duration_sec == pytest.approx(4.5, abs=0.1)


@needs_synthesizer
def test_a_score_of_no_length() -> None:
    audio = render(replace(make_score(), tracks=(), end_tick=0), replace(SMALL, tail_sec=0.1))
    assert audio.samples.shape == (2, 4410)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_audio_files(tmp_path: Path, suffix: str) -> None:
    import soundfile

    wave = np.sin(np.arange(44100 * 4) / 20).astype(np.float32) * 0.5
    audio = Audio(np.stack([wave, wave / 2]))
    path = tmp_path / f"song{suffix}"
    write_audio(audio, path)
    samples, rate = soundfile.read(path)
    assert rate == 44100
    assert samples.shape[1] == 2
    assert abs(len(samples) - 44100 * 4) <= (2400 if suffix == ".mp3" else 0)
    if suffix in (".wav", ".flac"):
        assert np.abs(samples.T - audio.samples).max() < 1e-4
    else:
        assert np.sqrt((samples**2).mean()) == pytest.approx(np.sqrt((audio.samples**2).mean()), rel=0.02)
    assert list(tmp_path.iterdir()) == [path]


def test_audio_that_cannot_be_written(tmp_path: Path) -> None:
    audio = Audio(np.zeros((2, 10), dtype=np.float32))
    with pytest.raises(InputError, match=r"\.wav"):
        write_audio(audio, tmp_path / "song.xyz")
    with pytest.raises(OutputError, match="cannot be written"):
        write_audio(audio, tmp_path / "none" / "song.wav")


def test_the_default_soundfont_needs_no_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(soundfont_module.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(soundfont_module, "_folders", list)
    monkeypatch.delitem(sys.modules, "pretty_midi", raising=False)
    assert find_soundfont().name == "TimGM6mb.sf2"
    assert "pretty_midi" not in sys.modules


def test_search_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "Aaa.sf2").write_bytes(b"broken")
    named, installed = make_soundfont(tmp_path / "named.sf3"), make_soundfont(folder / "Installed.sf2")
    preferred = make_soundfont(folder / "default.sf2")
    monkeypatch.setattr(soundfont_module, "_folders", lambda: [tmp_path / "none", folder])
    monkeypatch.delenv(soundfont_module.ENVIRONMENT_VARIABLE, raising=False)
    assert find_soundfont() == preferred
    preferred.unlink()
    assert find_soundfont() == installed
    assert find_soundfont("Installed") == find_soundfont("Installed.sf2") == installed
    monkeypatch.setenv(soundfont_module.ENVIRONMENT_VARIABLE, str(named))
    assert find_soundfont() == named
    assert find_soundfont(installed) == installed


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("piano.sfz", b"<region>", "SFZ"),
        ("photo.sf2", b"\xff\xd8\xff\xe0 JFIF", "not a soundfont"),
        ("wave.sf2", b"RIFF\0\0\0\0WAVE", "not a soundfont"),
        ("empty.sf2", b"RIFF\x04\0\0\0sfbk", "list INFO is missing"),
        ("cut.sf2", b"RIFF\xff\xff\0\0sfbk", "cut short"),
        ("none.sf2", None, "no such file"),
    ],
)
def test_soundfonts_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes | None, reason: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RenderError, match=reason):
        find_soundfont(path)
    monkeypatch.setenv(soundfont_module.ENVIRONMENT_VARIABLE, str(path))
    with pytest.raises(RenderError, match="SYMBOLIC_MUSIC_SOUNDFONT.*" + reason):
        find_soundfont()


def test_no_soundfont_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(soundfont_module.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(soundfont_module, "installed_soundfonts", lambda: iter(()))
    with pytest.raises(RenderError, match="no soundfont found"):
        find_soundfont()


def test_missing_library_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    true_import = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name == "fluidsynth":
            raise ImportError("Couldn't find the FluidSynth library.")
        return true_import(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RenderError, match=r"apt-get install libfluidsynth3|brew install fluid-synth"):
        render(make_score())


def test_a_midi_file_that_is_not(tmp_path: Path) -> None:
    (tmp_path / "photo.mid").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(FileFormatError, match="not a MIDI file"):
        render(tmp_path / "photo.mid")
