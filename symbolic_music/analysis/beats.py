"""The beats of a performance that was played without a click: where a listener would tap.

Onsets become a curve of how much is struck when; its period is the tempo, a number near `USUAL_QPM` preferred; the
beats are the path through the curve that falls on what is struck and keeps that period (dynamic programming, Ellis
2007, "Beat tracking by dynamic programming"). Whether a file needs this is told by how well its onsets lie on its own
grid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FRAMES = 100  # a second
USUAL_QPM, SPREAD_OCTAVES = 105.0, 0.8
SLOWEST, FASTEST = 58.0, 190.0
TIGHTNESS = 300.0
# Onsets within so much of a sixteenth or an eighth triplet (share of a quarter) lie on the grid.
ON_GRID, LEAST_ON_GRID = 0.035, 0.62
_GRID = np.array([0.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0])


def fits_grid(onset_quarters: np.ndarray) -> float:
    """The share of onsets that lie on sixteenths or eighth triplets; chance gives about 0.42.

    Parameters
    ----------
    onset_quarters : float array, shape (n,)
        In quarters of the file's own beat.
    """
    if not len(onset_quarters):
        return 1.0
    rest = onset_quarters % 1.0
    return float(np.mean(np.abs(rest[:, None] - _GRID[None, :]).min(axis=1) <= ON_GRID))


def is_performed(onset_quarters: np.ndarray) -> bool:
    """Whether notes were played without regard to the file's beat."""
    return len(onset_quarters) >= 16 and fits_grid(onset_quarters) < LEAST_ON_GRID


def stress_of(pitch: int, velocity: int) -> float:
    """How much a note speaks for a beat: its loudness, and more where it is low."""
    return velocity / 64 + (0.5 if pitch < 50 else 0.0)


def find_beats(onsets_sec: Sequence[float], weights: Sequence[float]) -> np.ndarray:
    """Find the beats of notes in time.

    Parameters
    ----------
    onsets_sec : sequence of float
        When notes begin, in seconds.
    weights : sequence of float
        How much each counts: its loudness and length.

    Returns
    -------
    float array, shape (n_beats,)
        Seconds, rising; the first at or before the first note, the last after the last.
    """
    curve = _curve(np.asarray(onsets_sec), np.asarray(weights, dtype=float))
    period = _period(curve)
    frames = _path(curve, period)
    beats = frames / FRAMES
    first, last, step = float(min(onsets_sec)), float(max(onsets_sec)), period / FRAMES
    before = np.arange(beats[0] - step, first - step, -step)[::-1] if beats[0] > first else np.empty(0)
    after = np.arange(beats[-1] + step, last + 2 * step, step)
    return np.concatenate([before, beats, after])


def _curve(onsets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How much is struck in each frame, a little blurred."""
    curve = np.bincount(np.rint(onsets * FRAMES).astype(int), weights=weights)
    width = np.arange(-5, 6)
    blurred: np.ndarray = np.convolve(np.append(curve, np.zeros(FRAMES)), np.exp(-0.5 * (width / 2.0) ** 2), "same")
    return blurred / (blurred.std() + 1e-9)


def _period(curve: np.ndarray) -> float:
    """The beat's length in frames: the best lag of the autocorrelation, weighed by how usual its tempo is."""
    size = len(curve)
    spectrum = np.fft.rfft(curve - curve.mean(), 2 * size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:size]
    lags = np.arange(int(60 * FRAMES / FASTEST), min(int(60 * FRAMES / SLOWEST) + 1, size))
    if not len(lags):
        return 60 * FRAMES / USUAL_QPM
    octaves = np.log2(60 * FRAMES / lags / USUAL_QPM)
    scores = correlation[lags] * np.exp(-0.5 * (octaves / SPREAD_OCTAVES) ** 2)
    doubled = np.minimum(2 * lags, size - 1)
    return float(lags[int(np.argmax(scores + 0.5 * correlation[doubled] * (2 * lags < size)))])


def _path(curve: np.ndarray, period: float) -> np.ndarray:
    """The frames of the beats."""
    size = len(curve)
    best, back = curve.copy(), np.full(size, -1)
    steps = np.arange(-int(2 * period), -max(1, int(period / 2)) + 1)
    cost = -TIGHTNESS * np.log(-steps / period) ** 2
    for frame in range(int(period / 2), size):
        places = frame + steps
        inside = places >= 0
        if not inside.any():
            continue
        options = best[places[inside]] + cost[inside]
        at = int(np.argmax(options))
        best[frame] += max(0.0, float(options[at])) if options[at] > 0 else 0.0
        back[frame] = places[inside][at] if options[at] > 0 else -1
    tail = max(0, size - FRAMES - int(period))
    frame = tail + int(np.argmax(best[tail:]))
    path = [frame]
    while back[path[-1]] >= 0:
        path.append(int(back[path[-1]]))
    return np.array(path[::-1], dtype=float)


def find_downbeat(strengths: np.ndarray, beats_in_bar: Sequence[int] = (4, 3)) -> tuple[int, int]:
    """Say how many beats a bar has and which beat is the first of one.

    Parameters
    ----------
    strengths : float array, shape (n_beats,)
        How much speaks for a bar line at each beat: low notes, long notes, changes of harmony.
    beats_in_bar : sequence of int, optional
        What to choose from; the first unless another is clearly better.

    Returns
    -------
    (int, int)
        Beats in a bar, index of the first downbeat.
    """
    found: list[tuple[float, int, int]] = []
    for place, count in enumerate(beats_in_bar):
        means = [float(strengths[phase::count].mean()) for phase in range(min(count, len(strengths)))]
        contrast = (max(means) - float(np.mean(means))) / (float(strengths.std()) + 1e-9)
        found.append((contrast - 0.12 * place, count, int(np.argmax(means))))
    _, count, phase = max(found)
    return count, phase
