"""Which style a band plays in, told from the notes of its parts alone.

An excerpt's features are what returns bar by bar: which drums on which place, the bass's rhythm and its intervals
above the root, rhythm, thickness and lengths of all other parts together. Programs, tempo, names of parts, velocities
and the lead sheet's melody are left out, so that only what was written can tell. A classifier of trees learns them from
the training arrangements; the share of a model's excerpts in which it finds the style asked for says how well the
model plays styles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import GRID_TICKS, TPQ

Row = tuple[int, ...]  # onset, duration, pitch, …
# Positions of the longest bar, 12/8.
PLACES = tuple(quarter * TPQ + tick for quarter in range(6) for tick in GRID_TICKS)
# Drums of one sound and use, so that a class is no kit.
DRUM_CLASSES: tuple[tuple[int, ...], ...] = (
    (35, 36),
    (37,),
    (38, 40),
    (39,),
    (42,),
    (44,),
    (46,),
    (51, 53, 59),
    (49, 52, 55, 57),
    (41, 43, 45, 47, 48, 50),
    (60, 61),
    (62, 63, 64),
    (65, 66, 67, 68),
    (54,),
    (69, 70),
    (56,),
    (75, 76, 77),
    (80, 81),
)
# The place nearest to each tick of the longest bar.
_PLACE_OF_TICK = tuple(int(np.abs(np.array(PLACES) - tick).argmin()) for tick in range(6 * TPQ))
LENGTH_EDGES = (2, 3, 4, 6, 9, 12, 24, 48)
N_TREES = 300


@dataclass(frozen=True)
class Excerpt:
    """Some bars of a band: note rows by part, chords, both in ticks from the excerpt's first bar line."""

    n_bars: int
    bar_ticks: int
    parts: Mapping[str, Sequence[Row]]
    chords: Sequence[tuple[int, Chord]]


def style_features(excerpts: Sequence[Excerpt]) -> np.ndarray:
    """Describe a band by the mean over its excerpts, shape (n_features,).

    Parameters
    ----------
    excerpts : Sequence[Excerpt]
        Of one band, one or more.

    Raises
    ------
    InputError
        If there is none.
    """
    if not excerpts:
        raise InputError("no excerpt to describe; give at least one")
    return np.mean([_features(excerpt) for excerpt in excerpts], axis=0)


def cut_excerpt(
    parts: Mapping[str, Sequence[Row]], chords: Sequence[tuple[int, Chord]], bar_ticks: int, start_bar: int, n_bars: int
) -> Excerpt:
    """Cut bars out of a song; the chord that sounds at the start begins it.

    Parameters
    ----------
    parts : Mapping[str, Sequence[Row]]
        Note rows by part, engine ticks.
    chords : Sequence[tuple[int, Chord]]
        (tick, chord), ascending.
    bar_ticks : int
        Length of a bar in engine ticks.
    start_bar : int
        Counted from 0.
    n_bars : int
        How many bars to take.

    Returns
    -------
    Excerpt
        Ticks from its own first bar line.
    """
    start, end = start_bar * bar_ticks, (start_bar + n_bars) * bar_ticks
    cut = {part: [(row[0] - start, *row[1:]) for row in rows if start <= row[0] < end] for part, rows in parts.items()}
    sounding = [(0, chord) for tick, chord in chords if tick <= start][-1:]
    inside = [(tick - start, chord) for tick, chord in chords if start < tick < end]
    return Excerpt(n_bars, bar_ticks, {part: rows for part, rows in cut.items() if rows}, [*sounding, *inside])


class StyleClassifier:
    """Extremely randomised trees (Geurts et al. 2006) over ``style_features``.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    """

    def __init__(self, seed: int = 0) -> None:
        from symbolic_music.errors import MissingExtraError

        try:
            from sklearn.ensemble import ExtraTreesClassifier
        except ImportError:
            raise MissingExtraError(
                "telling styles needs scikit-learn; pip install 'symbolic-music[evaluate]'"
            ) from None
        self._trees: Any = ExtraTreesClassifier(N_TREES, random_state=seed, min_samples_leaf=1)

    def fit(self, features: np.ndarray, styles: Sequence[str]) -> None:
        """Learn. features: (n_bands, n_features).

        Parameters
        ----------
        features : np.ndarray
            Shape (n_bands, n_features).
        styles : Sequence[str]
            The style of each band.
        """
        self._trees.fit(features, list(styles))

    def find(self, features: np.ndarray, among: Sequence[Sequence[str]] | None = None) -> list[str]:
        """Find each band's style.

        Parameters
        ----------
        features : (n_bands, n_features)
        among : sequence of sequences of str, optional
            The styles that each band may be in, e.g. those of its meter; all styles if not given.
        """
        shares = self._trees.predict_proba(features)
        classes = np.array(self._trees.classes_)
        if among is not None:
            shares = np.where([np.isin(classes, list(allowed)) for allowed in among], shares, -1.0)
        return [str(classes[index]) for index in shares.argmax(axis=1)]


def _features(excerpt: Excerpt) -> np.ndarray:
    """Describe one excerpt."""
    others = [row for part, rows in excerpt.parts.items() if part not in ("drums", "bass", "melody") for row in rows]
    return np.concatenate(
        [
            _drums(excerpt, excerpt.parts.get("drums", ())),
            _bass(excerpt, excerpt.parts.get("bass", ())),
            _chords(excerpt, others),
        ]
    )


def _drums(excerpt: Excerpt, rows: Sequence[Row]) -> np.ndarray:
    """Strokes a bar by class and place."""
    table = np.zeros((len(DRUM_CLASSES), len(PLACES)))
    class_of = {pitch: index for index, pitches in enumerate(DRUM_CLASSES) for pitch in pitches}
    for row in rows:
        if row[2] in class_of:
            table[class_of[row[2]], _place(excerpt, row)] += 1
    return np.minimum(table / excerpt.n_bars, 1).ravel()


def _bass(excerpt: Excerpt, rows: Sequence[Row]) -> np.ndarray:
    """Notes a bar by place; shares of intervals above the root on and off the downbeat; lengths."""
    places, intervals = np.zeros(len(PLACES)), np.zeros((2, 12))
    for row in rows:
        places[_place(excerpt, row)] += 1 / excerpt.n_bars
        chord = _chord_at(excerpt, row[0])
        if chord is not None:
            intervals[int(row[0] % excerpt.bar_ticks != 0), (row[2] - chord.root) % 12] += 1 / len(rows)
    return np.concatenate([places, intervals.ravel(), _lengths(rows)])


def _chords(excerpt: Excerpt, rows: Sequence[Row]) -> np.ndarray:
    """Of all other parts: share of bars with an onset by place, notes at it, lengths."""
    notes, onsets = np.zeros(len(PLACES)), np.zeros(len(PLACES))
    for row in rows:
        notes[_place(excerpt, row)] += 1 / excerpt.n_bars
    for onset in {row[0] for row in rows}:
        onsets[_place(excerpt, (onset,))] += 1 / excerpt.n_bars
    return np.concatenate([notes, onsets, _lengths(rows)])


def _lengths(rows: Sequence[Row]) -> np.ndarray:
    """Shares of notes by length, shape (len(LENGTH_EDGES) + 1,)."""
    grades = np.searchsorted(LENGTH_EDGES, [row[1] for row in rows])
    return np.bincount(grades, minlength=len(LENGTH_EDGES) + 1) / max(len(rows), 1)


def _place(excerpt: Excerpt, row: Row) -> int:
    """The place in the bar nearest to an onset."""
    return _PLACE_OF_TICK[row[0] % excerpt.bar_ticks]


def _chord_at(excerpt: Excerpt, tick: int) -> Chord | None:
    """The chord at a tick."""
    return next((chord for onset, chord in reversed(excerpt.chords) if onset <= tick), None)
