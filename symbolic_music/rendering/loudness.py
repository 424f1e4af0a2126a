"""Integrated loudness and true peak of sound that comes in blocks (ITU-R BS.1770-4, EBU R 128).

The filters are those of pyloudnorm; a test holds the two against each other.
What is kept are two numbers for each segment of about 1.4 ms, its highest true
peak and its K-weighted energy: an hour takes 20 MB, and from them the level of
the whole, a limiter's gain and the loudness after it are found without going
through the sound again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.paths import for_libraries
from symbolic_music.rendering.filters import FilterChain, Section, design

HOP_SEC = 0.1  # gating blocks of 400 ms begin every 100 ms
_HOPS_IN_BLOCK = 4
_ABSOLUTE_GATE_LUFS, _RELATIVE_GATE_LU, _OFFSET_LUFS = -70.0, -10.0, -0.691
_OVERSAMPLING = 4  # as BS.1770-4 annex 2 asks for
_KAISER_BETA = 5.0  # of the window over the points between
# Of so many multiplications a product stays on the thread that asks for it: the threads that OpenBLAS would wake for
# more wait busily afterwards, and took two thirds of all processor time of rendering.
_LARGEST_PRODUCT = 2**18
_REACH = 10  # samples that an oversampled point depends on, each side


def segment_samples(sample_rate: int) -> int:
    """Length of a segment: the number near 64 that divides 100 ms."""
    hop = round(HOP_SEC * sample_rate)
    return next(size for size in (64, 63, 60, 56, 50, 49, 48, 45, 40, 32, 1) if hop % size == 0)


@dataclass(frozen=True, eq=False)
class Loudness:
    """Numbers of each segment: ``peaks``, true and in full scale; ``energies``, K-weighted sums of squares."""

    peaks: np.ndarray
    energies: np.ndarray
    sample_rate: int
    n_samples: int

    @property
    def true_peak(self) -> float:
        """The highest true peak, in full scale."""
        return float(self.peaks.max(initial=0.0))

    def integrated(self, gains: np.ndarray | float = 1.0) -> float:
        """Integrated loudness in LUFS after a gain for each segment; minus infinity for silence."""
        per_hop = round(HOP_SEC * self.sample_rate) // segment_samples(self.sample_rate)
        weighted = self.energies * np.square(gains, dtype=np.float32)
        n_hops = max(-(-len(weighted) // per_hop), _HOPS_IN_BLOCK)
        hops = np.zeros(n_hops)
        starts = np.arange(0, len(weighted), per_hop)
        if len(starts):
            hops[: len(starts)] = np.add.reduceat(weighted, starts, dtype=np.float64)
        blocks = np.convolve(hops, np.ones(_HOPS_IN_BLOCK), "valid") / (_HOPS_IN_BLOCK * HOP_SEC * self.sample_rate)
        return _gated(blocks)


def _gated(blocks: np.ndarray) -> float:
    """Average the gating blocks' mean squares that pass both gates, in LUFS."""
    loud = blocks[blocks > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(loud):
        return float("-inf")
    # The relative gate lies 10 LU below the mean of what passed the absolute one.
    kept = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE_LU / 10)]
    return float(_OFFSET_LUFS + 10 * np.log10(kept.mean()))


def _power(lufs: float) -> float:
    """The mean square that has this loudness."""
    return float(10 ** ((lufs - _OFFSET_LUFS) / 10))


class LoudnessMeter:
    """Measures stereo sound block by block; blocks must be whole segments long but for the last."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._size = segment_samples(sample_rate)
        self._weighting = FilterChain(_k_weighting(sample_rate))
        self._last = np.zeros((2, 2 * _REACH), dtype=np.float32)
        self._peaks: list[np.ndarray] = []
        self._energies: list[np.ndarray] = []
        self._n_samples = 0

    def feed(self, samples: np.ndarray) -> None:
        """Take the next block, float32, shape (2, n)."""
        self._n_samples += samples.shape[1]
        weighted = self._weighting.apply(samples)
        joined = np.concatenate([self._last, samples], axis=1)
        self._last = joined[:, -2 * _REACH :]
        self._peaks.append(_true_peaks(joined, self._size))
        squares = np.einsum("cn,cn->n", weighted, weighted)
        self._energies.append(_segments(squares, self._size).sum(axis=1))

    def result(self) -> Loudness:
        """Put together what was measured; the meter is used up."""
        # What the last samples would make after the end, where silence follows.
        rest = np.concatenate([self._last, np.zeros((2, 2 * _REACH), dtype=np.float32)], axis=1)
        after = _true_peaks(rest, self._size).max(initial=0.0)
        if self._peaks:
            self._peaks[-1][-1] = max(self._peaks[-1][-1], after)
        empty = np.zeros(0, dtype=np.float32)
        peaks, energies = np.concatenate([empty, *self._peaks]), np.concatenate([empty, *self._energies])
        return Loudness(_spread(peaks), energies, self._rate, self._n_samples)


def _segments(values: np.ndarray, size: int) -> np.ndarray:
    """Fold values, shape (n,), to rows of one segment each, the last filled up with zeros."""
    n = -(-len(values) // size)
    if n * size != len(values):
        values = np.concatenate([values, np.zeros(n * size - len(values), dtype=values.dtype)])
    return values.reshape(n, size)


def _true_peaks(joined: np.ndarray, size: int) -> np.ndarray:
    """Find the highest magnitude near each segment in both channels; the first 20 samples are what came before."""
    row, matrix = _interpolation(size)
    n_rows = -(-(joined.shape[1] - 2 * _REACH) // size) * (size // row)
    padded = np.zeros((2, n_rows * row + 2 * _REACH), dtype=np.float32)
    padded[:, : joined.shape[1]] = joined
    peaks = np.zeros(n_rows, dtype=np.float32)
    most = max(1, _LARGEST_PRODUCT // matrix.size)
    for channel in padded:
        windows = np.lib.stride_tricks.sliding_window_view(channel, row + 2 * _REACH)[::row]
        for start in range(0, n_rows, most):
            points = matrix @ windows[start : start + most].T
            some = peaks[start : start + most]
            np.maximum(some, np.abs(points, out=points).max(axis=0), out=some)
    highest: np.ndarray = peaks.reshape(-1, size // row).max(axis=1)
    return highest


@lru_cache(maxsize=8)
def _interpolation(size: int) -> tuple[int, np.ndarray]:
    """Make the matrix that takes a row of samples, and 10 more each side, to four points for each.

    A product of matrices is several times as fast as filters so short. Returned
    are the row's length, a part of a segment, and the matrix, shape (4 * length, length + 20).
    """
    row = next(part for part in range(16, size + 1) if size % part == 0)
    places = np.arange(-_REACH * _OVERSAMPLING, _REACH * _OVERSAMPLING + 1)
    taps = np.sinc(places / _OVERSAMPLING) * np.kaiser(len(places), _KAISER_BETA)
    taps *= _OVERSAMPLING / taps.sum()
    between = taps[1:].reshape(2 * _REACH, _OVERSAMPLING).T[: _OVERSAMPLING - 1, ::-1]
    matrix = np.zeros((_OVERSAMPLING, row, row + 2 * _REACH), dtype=np.float32)
    for place in range(row):
        matrix[0, place, place + _REACH] = 1.0
        matrix[1:, place, place + 1 : place + 1 + 2 * _REACH] = between
    return row, matrix.reshape(-1, row + 2 * _REACH)


def _spread(peaks: np.ndarray) -> np.ndarray:
    """Give each segment the highest peak of its neighbours too: a point between belongs to both."""
    wide = np.concatenate([peaks[:1], peaks, peaks[-1:]])
    return np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])


def _k_weighting(sample_rate: int) -> tuple[Section, Section]:
    """The head's shelf, and what the ear leaves out below (BS.1770-4, with pyloudnorm's numbers)."""
    shelf = design("high_shelf", 4.0, 1 / np.sqrt(2), 1500.0, sample_rate)
    return shelf, design("high_pass", 0.0, 0.5, 38.0, sample_rate)


def measure_file(path: str | Path) -> tuple[float, float]:
    """Measure an audio file block by block.

    Returns
    -------
    (float, float)
        Integrated loudness in LUFS, true peak in dBTP; minus infinity for silence.

    Raises
    ------
    FileFormatError
        If it is no audio file, or has more than two channels.
    """
    import soundfile

    try:
        with soundfile.SoundFile(for_libraries(path)) as file:
            if file.channels > 2:
                raise FileFormatError(f"{path}: {file.channels} channels; one or two can be measured")
            meter = LoudnessMeter(file.samplerate)
            size = segment_samples(file.samplerate) * 512
            while len(frames := file.read(size, dtype="float32", always_2d=True)):
                # Mono is played by two loudspeakers, but BS.1770 counts it once.
                pair = frames.T if file.channels == 2 else np.concatenate([frames.T, np.zeros_like(frames.T)])
                meter.feed(np.ascontiguousarray(pair))
    except soundfile.LibsndfileError as failure:
        raise FileFormatError(f"{path}: cannot be read as audio: {failure.error_string}") from None
    found = meter.result()
    return found.integrated(), to_db(found.true_peak)


def to_db(factor: float) -> float:
    """Turn a factor of amplitude into decibels; minus infinity for 0."""
    return float(20 * np.log10(factor)) if factor > 0 else float("-inf")


def from_db(decibels: float) -> float:
    """Turn decibels into a factor of amplitude."""
    return float(10 ** (decibels / 20))
