"""The sections of music in which nobody has marked them.

Bars are compared by what sounds in them (tune, harmony, how much is played). A song is parted where that pays most, by
dynamic programming over bars: a section is dear to begin, dearer off the four-bar grid counted from the music's first
bar, cheap where the bars before and after differ much (novelty, Foote 2000) or where it returns to something heard
before (repetition). Sections that are alike have the same letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.theory.meter import Meter

STEPS = 4  # of a bar, for the tune's notes
LENGTHS = range(1, 17)
# What sections of so many bars cost, from how often people's songs have them.
USUAL = {4: 0.0, 8: -0.55, 6: 0.5, 16: 0.1, 12: 0.35, 10: 0.6, 2: 0.9, 9: 0.8, 5: 0.8, 7: 0.8, 3: 1.1, 1: 1.3}
UNUSUAL = 1.2
BEGIN, NOVELTY, RETURN = 0.9, 1.3, 1.6
WINDOW = 4
SAME = 0.62


@dataclass(frozen=True)
class FormSpan:
    """Bars ``[start, start + n_bars)`` and the letter of what they hold."""

    start: int
    n_bars: int
    letter: str


def bar_features(
    tune: Sequence[tuple[int, int, int]],
    chords: Sequence[ChordEvent],
    levels: np.ndarray,
    meter: Meter,
    n_bars: int,
) -> np.ndarray:
    """What each bar holds, as a vector of length 1.

    Parameters
    ----------
    tune : sequence of (onset, duration, pitch)
        In ticks.
    chords : sequence of ChordEvent
        In ticks.
    levels : float array, shape (n_bars, n_parts)
        How much each part plays, 0 to 1.
    meter : Meter
    n_bars : int

    Returns
    -------
    float array, shape (n_bars, n_features)
    """
    bar = meter.bar_ticks
    notes = np.zeros((n_bars, STEPS, 12))
    onsets = np.zeros((n_bars, 16))
    for onset, length, pitch in tune:
        number = onset // bar
        if 0 <= number < n_bars:
            notes[number, (onset % bar) * STEPS // bar, pitch % 12] += min(length, bar)
            onsets[number, (onset % bar) * 16 // bar] = 1
    harmony = np.zeros((n_bars, 2, 12))
    for place, event in enumerate(chords):
        end = chords[place + 1].onset_tick if place + 1 < len(chords) else n_bars * bar
        for half in range(event.onset_tick * 2 // bar, min(-(-end * 2 // bar), 2 * n_bars)):
            harmony[half // 2, half % 2, list(event.chord.pitch_classes)] = 1
    blocks = (
        (notes.reshape(n_bars, -1), 1.0), (onsets, 0.6), (harmony.reshape(n_bars, -1), 0.9), (levels, 0.9),
        (np.repeat([[not row.any()] for row in onsets], 2, axis=1).astype(float), 0.7),
    )  # fmt: skip
    stacked = np.concatenate([weight * _unit(block) for block, weight in blocks], axis=1)
    return _unit(stacked)


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows, dtype=float), where=lengths > 0)


def find_form(features: np.ndarray, first: int = 0) -> list[FormSpan]:
    """Part bars into sections.

    Parameters
    ----------
    features : float array, shape (n_bars, n_features)
        Of ``bar_features``.
    first : int, optional
        The bar from which fours are counted, such as the one in which the tune enters.

    Returns
    -------
    list of FormSpan
        One after the other from bar 0.
    """
    n_bars = len(features)
    alike = features @ features.T
    novelty, along = _novelty(alike), _sums_along(alike)
    best = np.full(n_bars + 1, np.inf)
    best[0], back = 0.0, [0] * (n_bars + 1)
    for end in range(1, n_bars + 1):
        for length in LENGTHS:
            start = end - length
            if start < 0:
                break
            cost = best[start] + _cost(start, length, along, novelty, first)
            if cost < best[end]:
                best[end], back[end] = cost, start
    cuts = [n_bars]
    while cuts[-1] > 0:
        cuts.append(back[cuts[-1]])
    cuts = cuts[::-1]
    spans = list(pairwise(cuts))
    return [
        FormSpan(start, end - start, letter) for (start, end), letter in zip(spans, _letters(spans, alike), strict=True)
    ]


def _cost(start: int, length: int, along: np.ndarray, novelty: np.ndarray, first: int) -> float:
    """What a section costs."""
    cost = BEGIN + USUAL.get(length, UNUSUAL)
    if start:
        cost -= NOVELTY * float(novelty[start])
        cost += 0.35 * ((start - first) % 4 != 0) + 0.15 * ((start - first) % 2 != 0)
        cost -= RETURN * _returns(start, length, along) * min(1.0, length / 8)
    return cost


def _returns(start: int, length: int, along: np.ndarray) -> float:
    """How far a stretch is like an earlier one that does not overlap it, over half, 0 to 0.5."""
    if length < 3 or start < length:
        return 0.0
    means = (along[start + length, length : start + 1] - along[start, : start - length + 1]) / length
    return max(0.0, float(means.max()) - 0.5)


def _sums_along(alike: np.ndarray) -> np.ndarray:
    """Sums along the diagonals, shape (n_bars + 1, n_bars + 1): what lies before each cell on its diagonal."""
    sums = np.zeros((len(alike) + 1, len(alike) + 1))
    for row in range(len(alike)):
        sums[row + 1, 1:] = sums[row, :-1] + alike[row]
    return sums


def _novelty(alike: np.ndarray) -> np.ndarray:
    """How much the bars before and after a bar line differ, 0 to about 1, shape (n_bars,)."""
    n_bars = len(alike)
    found = np.zeros(n_bars)
    for bar in range(1, n_bars):
        low, high = max(0, bar - WINDOW), min(n_bars, bar + WINDOW)
        inside = (alike[low:bar, low:bar].mean() + alike[bar:high, bar:high].mean()) / 2
        found[bar] = max(0.0, inside - alike[low:bar, bar:high].mean())
    most = found.max()
    return found / most if most > 0 else found


def _letters(spans: Sequence[tuple[int, int]], alike: np.ndarray) -> list[str]:
    """A letter for every section; what is like an earlier one has its letter."""
    letters: list[str] = []
    known = 0
    for place, (start, end) in enumerate(spans):
        scores = []
        for other in range(place):
            begin, stop = spans[other]
            length = min(end - start, stop - begin)
            close = abs((end - start) - (stop - begin)) <= 2
            diagonal = alike[start + np.arange(length), begin + np.arange(length)]
            scores.append(float(diagonal.mean()) if close else 0.0)
        if scores and max(scores) >= SAME:
            letters.append(letters[int(np.argmax(scores))])
        else:
            letters.append(chr(ord("A") + known % 26))
            known += 1
    return letters
