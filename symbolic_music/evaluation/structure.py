"""Structureness: how strongly passages of a length return in a song.

Wu & Yang, "The Jazz Transformer on the front line" (ISMIR 2020), take the highest value of the fitness
scape plot (Müller, Grosche & Jiang 2011) over passages of 3 to 8, 8 to 15 and over 15 seconds, from the
self-similarity of the sound. Here the self-similarity is symbolic, bar against bar, so the lengths are in
bars (at 120 quarters a minute 2 to 3, 4 to 7, 8 to 16), tempo plays no part, and a passage returns only at the
same tempo. Values therefore do not compare with those of the paper, only with each other.
"""

from __future__ import annotations

import functools

import numpy as np

from symbolic_music.evaluation.melody import NAN, relative_pitch_classes
from symbolic_music.song.leadsheet import LeadSheet

# Lengths in bars, both ends included.
SHORT, MID, LONG = (2, 3), (4, 7), (8, 16)
MIN_LIKENESS = 0.5


@functools.lru_cache(maxsize=1)  # three measures in a row ask for the same song's
def bar_self_similarity(sheet: LeadSheet) -> np.ndarray:
    """Compare all bars with each other.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float array, shape (n_bars, n_bars)
        Shared over all (onset in the bar, pitch class from the tonic), 0 to 1; 0 beside an empty bar.
    """
    bars: list[set[tuple[int, int]]] = [set() for _ in range(sheet.n_bars)]
    classes = relative_pitch_classes(sheet) if len(sheet.melody) else np.zeros(0, dtype=int)
    for onset, pitch_class in zip(sheet.melody["onset_tick"].tolist(), classes.tolist(), strict=True):
        bar, inside = divmod(onset, sheet.meter.bar_ticks)
        bars[bar].add((inside, pitch_class))
    likeness = np.zeros((sheet.n_bars, sheet.n_bars))
    for row, one in enumerate(bars):
        for column, other in enumerate(bars[: row + 1]):
            shared = len(one & other)
            likeness[row, column] = likeness[column, row] = shared / len(one | other) if shared else 0.0
    likeness.flags.writeable = False
    return likeness


def structureness(sheet: LeadSheet, shortest: int, longest: int) -> float:
    """Give the highest fitness of passages of ``shortest`` to ``longest`` bars.

    A passage's fitness is the harmonic mean of its coverage (the share of the song's bars with notes that
    its returns fill) and its score (how alike the returns are), itself not counted in either.

    Parameters
    ----------
    sheet : LeadSheet
        The song.
    shortest : int
        Bars, 1 or more.
    longest : int
        Bars, at least ``shortest``.

    Returns
    -------
    float
        0 (nothing returns) to 1; ``nan`` for a song without notes or shorter than two passages.
    """
    if not len(sheet.melody) or sheet.n_bars < 2 * shortest:
        return NAN
    likeness = bar_self_similarity(sheet)
    n_sounding = int((likeness.diagonal() > 0).sum())
    lengths = range(shortest, min(longest, sheet.n_bars // 2) + 1)
    return max(_best_fitness(likeness, length, n_sounding) for length in lengths)


def _best_fitness(likeness: np.ndarray, length: int, n_sounding: int) -> float:
    """Give the highest fitness of passages of one length."""
    n = len(likeness) - length + 1
    # Mean likeness of the passages that begin at each pair of bars.
    passages = np.mean([likeness[k : k + n, k : k + n] for k in range(length)], axis=0)
    return max(_fitness(passages[start], start, length, n_sounding) for start in range(n))


def _fitness(row: np.ndarray, start: int, length: int, n_sounding: int) -> float:
    """Collect a passage's returns, the likest first, none overlapping another or the passage."""
    taken = [start]
    score = 0.0
    for other in np.argsort(-row, kind="stable").tolist():
        if row[other] < MIN_LIKENESS:
            break
        if all(abs(other - place) >= length for place in taken):
            taken.append(other)
            score += float(row[other])
    n_returns = len(taken) - 1
    if not n_returns:
        return 0.0
    coverage, mean = min(n_returns * length / max(n_sounding - length, length), 1.0), score / n_returns
    return 2 * coverage * mean / (coverage + mean)
