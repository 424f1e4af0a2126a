"""Filters in second-order sections that go on from block to block, with nothing but numpy.

A recursion sample by sample is slow in Python, so a chain of sections works on rows of samples. A row's answer is a
product of matrices: what the row itself excites, and what the chain's few state variables still give; the states at
the rows' beginnings follow from each other by doubling strides. The filters are those of the Audio EQ Cookbook
(Bristow-Johnson), by the formulas in which ITU-R BS.1770-4 and pyloudnorm have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

# Samples of a row, and rows of one product: below the size from which on OpenBLAS wakes threads (see ``loudness``).
_ROW, _ROWS = 64, 32
# What a state still gives, beside what it gave at first, from where on it counts as nothing: below what 24 bits hold.
_FADED = 1e-9
_SHELF_KINDS = {"low_shelf": -1.0, "high_shelf": 1.0}
Section = tuple[float, float, float, float, float, float]


class FilterChain:
    """Sections one after another over stereo sound, block by block.

    Parameters
    ----------
    sections : sequence of (b0, b1, b2, 1, a1, a2)
        As `design` makes them.
    """

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = tuple(tuple(section) for section in sections)
        self._states = np.zeros((2, 2 * len(self._sections)))

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """Filter the next block, float32, shape (2, n)."""
        whole = samples.shape[1] // _ROW * _ROW
        parts = [self._rows(samples[:, :whole], _ROW), self._rows(samples[:, whole:], samples.shape[1] - whole)]
        return np.concatenate(parts, axis=1)

    def _rows(self, samples: np.ndarray, length: int) -> np.ndarray:
        """Filter rows of some length; the states go on."""
        if not samples.shape[1]:
            return samples
        steps = _steps_of(self._sections, length)
        rows = samples.reshape(2, -1, length)
        states = np.concatenate([self._states[:, None], rows @ steps.taken_in], axis=1)
        stride = 1
        for kept in steps.kept:  # of the states so many rows before
            if stride >= states.shape[1]:
                break
            states[:, stride:] += states[:, :-stride] @ kept
            stride *= 2
        self._states = states[:, -1]
        given = (states[:, :-1] @ steps.given).astype(np.float32)
        return (_product(rows, steps.answer) + given).reshape(2, -1)


class _Steps(NamedTuple):
    """What a chain does in one row of samples, as factors from the right.

    ``answer`` (row, row) what comes out of what goes in; ``taken_in`` (row, states) the states that it leaves;
    ``given`` (states, row) what states of before give; ``kept`` (states, states) what of them is left after 1, 2, 4 …
    rows, as far as anything is.
    """

    answer: np.ndarray
    taken_in: np.ndarray
    given: np.ndarray
    kept: tuple[np.ndarray, ...]


@lru_cache(maxsize=64)
def _steps_of(sections: tuple[tuple[float, ...], ...], length: int) -> _Steps:
    """Let the chain, sample by sample, answer to an impulse and to each of its states."""
    n_states = 2 * len(sections)
    impulse = np.zeros(length)
    impulse[0] = 1.0
    answer, left = _recursion(sections, impulse, np.zeros(n_states))
    places = np.arange(length)[None] - np.arange(length)[:, None]
    toeplitz = np.where(places >= 0, answer[np.maximum(places, 0)], 0.0)
    lone = [_recursion(sections, np.zeros(length), state) for state in np.eye(n_states)]
    given, once = np.array([out for out, _ in lone]), np.array([states[-1] for _, states in lone])
    taken_in = left[::-1]  # what goes in at a row's last sample has left the states that one sample leaves
    kept = [once]
    while np.abs(kept[-1]).max(initial=0.0) > _FADED * max(1.0, np.abs(once).max(initial=0.0)):
        kept.append(kept[-1] @ kept[-1])
    return _Steps(toeplitz.astype(np.float32), taken_in, given, tuple(kept[:-1]))


def _recursion(
    sections: tuple[tuple[float, ...], ...], samples: np.ndarray, states: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The chain as its definition has it (transposed direct form II): its answer, and its states after each sample."""
    out, states, after = samples.copy(), states.copy(), np.zeros((len(samples), len(states)))
    for at, value in enumerate(samples):
        for number, (b0, b1, b2, _, a1, a2) in enumerate(sections):
            first, second = states[2 * number : 2 * number + 2]
            result = b0 * value + first
            states[2 * number : 2 * number + 2] = b1 * value - a1 * result + second, b2 * value - a2 * result
            value = result
        out[at], after[at] = value, states
    return out, after


def _product(rows: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Multiply rows (2, n, length) in portions so small that no thread is woken for one."""
    whole = rows.shape[1] // _ROWS * _ROWS
    portions = rows[:, :whole].reshape(-1, _ROWS, rows.shape[2]) @ factor
    return np.concatenate([portions.reshape(2, whole, factor.shape[1]), rows[:, whole:] @ factor], axis=1)


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
