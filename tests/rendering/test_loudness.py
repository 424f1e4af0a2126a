"""Loudness and true peak of blocks against pyloudnorm and scipy; the limiter's promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import resample_poly

from symbolic_music.errors import FileFormatError
from symbolic_music.rendering import Audio, measure_file, write_audio
from symbolic_music.rendering.leveling import find_levels
from symbolic_music.rendering.loudness import Loudness, LoudnessMeter, segment_samples, to_db
from symbolic_music.rendering.options import SAMPLE_RATES


def noise(rate: int, seconds: float, seed: int = 1) -> np.ndarray:
    """Noise with a slow swell, a silence in the middle and loud clicks."""
    chance = np.random.default_rng(seed)
    n = round(rate * seconds)
    wave = chance.standard_normal((2, n)) * 0.05 * (1.2 + np.sin(np.arange(n) / rate * 2))
    wave[:, n // 3 : n // 2] = 0
    wave[:, chance.integers(0, n, 12)] += 0.9
    return wave.astype(np.float32)


def measure(samples: np.ndarray, rate: int) -> Loudness:
    meter = LoudnessMeter(rate)
    for start in range(0, samples.shape[1], rate // 2):
        meter.feed(samples[:, start : start + rate // 2])
    return meter.result()


def true_peak(samples: np.ndarray) -> float:
    return float(np.abs(resample_poly(samples.astype(np.float64), 8, 1, axis=1)).max())


def applied(samples: np.ndarray, rate: int, target: float | None, peak: float | None, fade: float = 0.0) -> np.ndarray:
    levels = find_levels(measure(samples, rate), target, peak, fade)
    block = segment_samples(rate) * 300
    parts = [levels.apply(samples[:, start : start + block], start) for start in range(0, samples.shape[1], block)]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_segments_fill_a_tenth_of_a_second(rate: int) -> None:
    assert 40 <= segment_samples(rate) <= 64
    assert (rate // 10) % segment_samples(rate) == 0


@pytest.mark.parametrize("rate", [44100, 48000])
def test_loudness_is_pyloudnorms(rate: int) -> None:
    samples = noise(rate, 3.3)
    expected = pyloudnorm.Meter(rate).integrated_loudness(samples.T.astype(np.float64))
    assert measure(samples, rate).integrated() == pytest.approx(expected, abs=0.05)
    assert measure(samples, rate).integrated(0.5) == pytest.approx(expected - 6.02, abs=0.05)


def test_true_peak_between_samples() -> None:
    wave = np.sin(np.arange(44100) * np.pi / 2 + np.pi / 4) * np.hanning(44100)
    samples = np.stack([wave, 0.1 * wave]).astype(np.float32)
    assert np.abs(samples).max() == pytest.approx(0.707, abs=0.001)
    assert measure(samples, 44100).true_peak == pytest.approx(1.0, abs=0.01)


def test_silence_and_nothing() -> None:
    assert measure(np.zeros((2, 44100), dtype=np.float32), 44100).integrated() == float("-inf")
    nothing = measure(np.zeros((2, 0), dtype=np.float32), 44100)
    assert (nothing.true_peak, nothing.n_samples) == (0.0, 0)
    assert not applied(np.full((2, 44100), 1e-6, dtype=np.float32), 44100, -14, -1).any()


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("target", [-23.0, -14.0])
def test_target_is_met_and_peaks_are_held(rate: int, target: float) -> None:
    samples = noise(rate, 2.5)
    out = applied(samples, rate, target, -1.0)
    assert pyloudnorm.Meter(rate).integrated_loudness(out.T.astype(np.float64)) == pytest.approx(target, abs=0.2)
    assert to_db(true_peak(out)) <= -1.0
    assert out.shape == samples.shape


def test_the_limiter_is_smooth_and_lets_go() -> None:
    samples = np.full((2, 44100 * 2), 0.1, dtype=np.float32) * np.sin(np.arange(88200) / 15).astype(np.float32)
    samples[:, 44100] = 0.9
    levels = find_levels(measure(samples, 44100), -14.0, -1.0, 0.0)
    gains = 20 * np.log10(levels.gains)
    assert levels.limited_db > 3
    assert np.abs(np.diff(gains)).max() < levels.limited_db / 3
    assert gains[-1] == pytest.approx(levels.gain_db, abs=0.01)
    assert gains[:600] == pytest.approx(levels.gain_db, abs=0.01)


def test_what_cannot_be_loud_is_said() -> None:
    click = np.zeros((2, 44100 * 5), dtype=np.float32)
    click[:, 1000:1010] = 0.5
    levels = find_levels(measure(click, 44100), -14.0, -1.0, 0.0)
    assert "LU below the target" in levels.note or "too short or too quiet" in levels.note
    assert levels.true_peak_dbtp <= -1.0


def test_fade_out() -> None:
    out = applied(noise(44100, 4.0), 44100, -16.0, -1.0, fade=2.0)
    loud, soft = np.sqrt((out[:, :40000] ** 2).mean()), np.sqrt((out[:, -2000:] ** 2).mean())
    assert soft < loud / 100
    assert pyloudnorm.Meter(44100).integrated_loudness(out.T.astype(np.float64)) == pytest.approx(-16, abs=0.3)


def test_files_are_measured(tmp_path: Path) -> None:
    samples = noise(44100, 1.5) * 0.5
    write_audio(Audio(samples), tmp_path / "noise.wav", "24")
    lufs, dbtp = measure_file(tmp_path / "noise.wav")
    assert lufs == pytest.approx(pyloudnorm.Meter(44100).integrated_loudness(samples.T.astype(np.float64)), abs=0.05)
    assert dbtp == pytest.approx(to_db(true_peak(samples)), abs=0.1)
    (tmp_path / "text.wav").write_text("no audio")
    with pytest.raises(FileFormatError, match="cannot be read as audio"):
        measure_file(tmp_path / "text.wav")
