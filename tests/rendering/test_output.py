"""Rendering to files: formats, report, stems, styles, effects, bounded memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from symbolic_music.errors import InputError
from symbolic_music.rendering import REVERBS, STYLES, FileOptions, RenderOptions, measure_file, render, render_file
from symbolic_music.rendering import recording as recording_module
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

pytestmark = pytest.mark.render
SMALL = RenderOptions(soundfont="TimGM6mb", tail_sec=1.0)


def make_score() -> Score:
    """Piano, bass and drums, two bars."""
    piano = make_notes((tick, 12, 60 + tick // 12, 90) for tick in range(0, 96, 12))
    bass = make_notes((tick, 24, 36, 100) for tick in range(0, 96, 24))
    drums = make_notes((tick, 3, 38 if tick % 24 else 36, 110) for tick in range(0, 96, 12))
    tracks = (
        Track("Piano", "chords", 0, piano), Track("Bass", "bass", 33, bass), Track("Drums", "drums", 0, drums, True),
    )  # fmt: skip
    return Score("t", 12, 96, tracks, (TempoChange(0, 120.0),), (MeterChange(0, Meter(4, 4)),))


def read(path: Path) -> np.ndarray:
    samples: np.ndarray = soundfile.read(path, dtype="float32")[0].T
    return samples


@pytest.mark.parametrize(
    ("name", "bits", "rate", "subtype"),
    [
        ("a.wav", None, 44100, "PCM_16"), ("a.wav", "24", 48000, "PCM_24"), ("a.wav", "32f", 44100, "FLOAT"),
        ("a.flac", "24", 48000, "PCM_24"), ("a.ogg", None, 48000, "VORBIS"), ("a.mp3", None, 44100, "MPEG_LAYER_III"),
    ],
)  # fmt: skip
def test_formats_and_report(tmp_path: Path, name: str, bits: str | None, rate: int, subtype: str) -> None:
    report = render_file(make_score(), tmp_path / name, replace(SMALL, sample_rate=rate), FileOptions(bits))
    found = soundfile.info(str(tmp_path / name))
    assert (found.samplerate, found.channels, found.subtype) == (rate, 2, subtype)
    lufs, dbtp = measure_file(tmp_path / name)
    assert lufs == pytest.approx(report.loudness_lufs, abs=0.1)
    assert report.loudness_lufs == pytest.approx(-14, abs=0.5)
    assert dbtp <= -1.0
    assert found.duration == pytest.approx(report.duration_sec, abs=0.1)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_is_what_memory_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "_IN_MEMORY_BYTES", 500_000)
    render_file(make_score(), tmp_path / "a.wav", SMALL, FileOptions("32f"))
    assert np.array_equal(read(tmp_path / "a.wav"), render(make_score(), SMALL).samples)


def test_stems_are_aligned_and_add_up(tmp_path: Path) -> None:
    seen: list[float] = []
    options = replace(SMALL, style="rock")
    files = FileOptions("32f", stems=True)
    report = render_file(make_score(), tmp_path / "a.wav", options, files, lambda done, all: seen.append(done / all))
    assert [path.name for path in report.stems] == ["01 Piano.wav", "02 Bass.wav", "03 Drums.wav"]
    whole, stems = read(tmp_path / "a.wav"), [read(path) for path in report.stems]
    assert all(stem.shape == whole.shape for stem in stems)
    assert all(np.abs(stem).max() > 0.05 for stem in stems)
    # Only the first milliseconds of an attack differ: a voice of the synthesizer depends on what it played before.
    rest = sum(stems) - whole
    assert np.sqrt((rest**2).mean()) < 0.05 * np.sqrt((whole**2).mean())
    assert np.median(np.abs(rest)) < 1e-3
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("style", ["flat", "electronic", "lofi"])
def test_styles_change_the_sound_and_keep_the_level(tmp_path: Path, style: str) -> None:
    report = render_file(make_score(), tmp_path / "a.wav", replace(SMALL, style=style))
    assert report.loudness_lufs == pytest.approx(-14, abs=0.5)
    flat = render(make_score(), SMALL).samples
    n = min(flat.shape[1], 80000)
    changed = np.abs(read(tmp_path / "a.wav")[:, :n] - flat[:, :n]).max()
    assert changed < 1e-3 if style == "flat" else changed > 1e-2


def test_balance_is_in_decibels() -> None:
    bass = replace(make_score(), tracks=(make_score().tracks[1],))
    raw = replace(SMALL, loudness_lufs=None, peak_dbfs=None, reverb=0.0, chorus=0.0)
    loud = {}
    for style in ("jazz", "acoustic"):
        # Only the balance, not the filters.
        bands = replace(STYLES[style], bands=())
        STYLES["test"] = bands
        try:
            loud[style] = float(np.sqrt((render(bass, replace(raw, style="test")).samples ** 2).mean()))
        finally:
            del STYLES["test"]
    assert 20 * np.log10(loud["jazz"] / loud["acoustic"]) == pytest.approx(1.5, abs=0.2)


def test_reverb_rings_on() -> None:
    dry = render(make_score(), replace(SMALL, reverb=REVERBS["off"], chorus=0.0, tail_sec=6))
    wet = render(make_score(), replace(SMALL, reverb=REVERBS["church"], chorus=0.0, tail_sec=6))
    assert wet.duration_sec > dry.duration_sec


def test_the_end_fades_and_ends_in_silence() -> None:
    samples = render(make_score(), replace(SMALL, fade_out_sec=2.0)).samples
    assert np.abs(samples[:, -500:]).max() < 0.005
    assert np.abs(samples[:, -44100:-22050]).max() < np.abs(samples).max() / 2


@pytest.mark.parametrize(
    ("name", "bits", "options", "reason"),
    [
        ("a.aiff", None, {}, r"unknown audio format '.aiff'; use .wav, .flac, .ogg, .mp3"),
        ("a.flac", "32f", {}, "FLAC has no samples of 32f bits; use 16 or 24"),
        ("a.mp3", "24", {}, "MP3 has no samples of 24 bits; leave the bits out"),
        ("a.mp3", None, {"sample_rate": 96000}, "MP3 has no sample rate 96000"),
        ("a.wav", None, {"sample_rate": 44000}, "sample rate 44000 is not possible"),
        ("a.wav", None, {"style": "polka"}, "style 'polka' is not known; use one of flat, pop"),
        ("a.wav", None, {"loudness_lufs": 3.0}, "loudness 3 is out of range; use -40 to -5"),
        ("a.wav", None, {"reverb": 7.0}, "reverb level 7 is out of range"),
        ("a.wav", None, {"peak_dbfs": None}, "give both or leave both out"),
        ("a.wav", None, {"max_duration_sec": 1.0}, "it lasts"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, name: str, bits: str | None, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        render_file(make_score(), tmp_path / name, replace(SMALL, **options), FileOptions(bits))  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
