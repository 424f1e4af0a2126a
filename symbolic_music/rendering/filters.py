"""Filters in second-order sections that go on from block to block, with nothing but numpy.

A section's memory fades: what it answers to one sample is nothing after a fraction of a second. So a chain of sections
is one product of spectra over the block and as much of what came before it as is still heard; the filters are those
of the Audio EQ Cookbook (Bristow-Johnson), by the formulas in which ITU-R BS.1770-4 and pyloudnorm have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

# What a chain still answers, beside its first answer, where it is cut off: below what 24 bits hold.
_FADED = 1e-8
_MOST_SECONDS = 4.0
_SHELF_KINDS = {"low_shelf": -1.0, "high_shelf": 1.0}
Section = tuple[float, float, float, float, float, float]


class FilterChain:
    """Sections one after another over stereo sound, block by block.

    Parameters
    ----------
    sections : sequence of (b0, b1, b2, 1, a1, a2)
        As `design` makes them.
    sample_rate : int
        In hertz.
    """

    def __init__(self, sections: Sequence[Section], sample_rate: int) -> None:
        self._sections = tuple(tuple(section) for section in sections)
        self._reach = _reach_of(self._sections, sample_rate)
        self._past = np.zeros((2, self._reach), dtype=np.float32)

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """Filter the next block, float32, shape (2, n)."""
        joined = np.concatenate([self._past, samples], axis=1)
        self._past = joined[:, joined.shape[1] - self._reach :]
        size, spectrum = _spectrum_of(self._sections, self._reach, _fast_size(joined.shape[1]))
        filtered = np.fft.irfft(np.fft.rfft(joined, size) * spectrum, size)
        return np.ascontiguousarray(filtered[:, self._reach : joined.shape[1]], dtype=np.float32)


def design(kind: str, gain_db: float, q: float, frequency_hz: float, sample_rate: int) -> Section:
    """Design one section.

    Parameters
    ----------
    kind : str
        ``peaking``, ``low_shelf``, ``high_shelf`` or ``high_pass``.
    gain_db, q, frequency_hz : float
        How much, how narrow, where.
    sample_rate : int
        In hertz.
    """
    strength = 10 ** (gain_db / 40)
    turn = 2 * np.pi * frequency_hz / sample_rate
    alpha, cosine = np.sin(turn) / (2 * q), np.cos(turn)
    if kind == "peaking":
        b = (1 + alpha * strength, -2 * cosine, 1 - alpha * strength)
        a = (1 + alpha / strength, -2 * cosine, 1 - alpha / strength)
    elif kind == "high_pass":
        b = ((1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2)
        a = (1 + alpha, -2 * cosine, 1 - alpha)
    elif kind in _SHELF_KINDS:
        side, root = _SHELF_KINDS[kind], 2 * np.sqrt(strength) * alpha
        more, less = strength + 1, (strength - 1) * side
        b = (
            strength * (more + less * cosine + root),
            -2 * strength * (less + more * cosine),
            strength * (more + less * cosine - root),
        )
        a = (more - less * cosine + root, 2 * (less - more * cosine), more - less * cosine - root)
    else:
        raise ValueError(f"a filter of the kind {kind!r} is not known")
    first, *rest = (float(value / a[0]) for value in (*b, *a))
    return (first, *rest)  # type: ignore[return-value]


def _reach_of(sections: tuple[tuple[float, ...], ...], sample_rate: int) -> int:
    """How many samples are still heard: until the slowest of the poles, perhaps a double one, has faded."""
    slowest = max((float(np.abs(np.roots(section[3:])).max()) for section in sections), default=0.0)
    if slowest < _FADED:
        return 2
    faded = 1.4 * np.log(_FADED) / np.log(min(slowest, 1 - 1e-9))
    return int(min(faded + 8, _MOST_SECONDS * sample_rate))


@lru_cache(maxsize=16)
def _spectrum_of(sections: tuple[tuple[float, ...], ...], reach: int, size: int) -> tuple[int, np.ndarray]:
    """The chain's answer cut off where it has faded, as a spectrum of this size."""
    long = 2 * reach
    turns = np.exp(-2j * np.pi * np.arange(long + 1) / (2 * long))
    answer = np.ones(long + 1, dtype=complex)
    for section in sections:
        answer *= np.polyval(section[2::-1], turns) / np.polyval(section[:2:-1], turns)
    impulse = np.fft.irfft(answer, 2 * long)[:reach]
    return size, np.fft.rfft(impulse, size).astype(np.complex64)


@lru_cache(maxsize=64)
def _fast_size(n: int) -> int:
    """The next length of few small factors, which transforms like."""
    sizes = (2**twos * 3**threes * 5**fives for twos in range(25) for threes in range(4) for fives in range(4))
    return min(size for size in sizes if size >= n)
