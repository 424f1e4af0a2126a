"""How loud twenty songs are, measured by others: pyloudnorm, and scipy's oversampling for the true peak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from symbolic_music.pipeline.creation import CreateOptions, create
from symbolic_music.rendering import RenderOptions, render_file
from symbolic_music.song.brief import Brief
from tests.pipeline.test_programs import GENRES

TARGET_LUFS, CEILING_DBTP = -14.0, -1.0


def measure(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS by pyloudnorm, and true peak in dBTP by eightfold oversampling."""
    import pyloudnorm
    from scipy.signal import resample_poly

    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    peak, step = 0.0, 1 << 18
    for start in range(0, len(samples), step):
        # Blocks overlap, so that no filter's edge is taken for a peak.
        block = samples[max(0, start - 256) : start + step + 256]
        finer = resample_poly(block, 8, 1, axis=0, window=("kaiser", 8.0))
        peak = max(peak, float(np.abs(finer[1024:-1024]).max(initial=0.0)))
    return float(pyloudnorm.Meter(rate).integrated_loudness(samples)), float(20 * np.log10(peak))


@pytest.mark.slow
@pytest.mark.render
@pytest.mark.parametrize("number", range(20))
def test_twenty_songs_are_at_their_level(tmp_path: Path, number: int) -> None:
    import torch

    torch.set_num_threads(1)
    genre = GENRES[number % 10]
    create(Brief(genre=genre, seed=100 + number, n_bars=16), tmp_path / "song", CreateOptions(audio="none"))
    for name, preset in (("a.wav", "flat"), ("b.ogg", "pop"), ("c.mp3", "flat")):
        report = render_file(tmp_path / "song/song.mid", tmp_path / name, RenderOptions(style=preset))
        loudness, peak = measure(tmp_path / name)
        print(f"{genre:10s} {name} {loudness:7.2f} LUFS {peak:6.2f} dBTP, limiter {report.limited_db:.1f} dB")
        assert abs(loudness - TARGET_LUFS) <= 0.5
        assert peak <= CEILING_DBTP
        assert abs(report.loudness_lufs - loudness) < 0.1
        assert abs(report.true_peak_dbtp - peak) < 0.25
