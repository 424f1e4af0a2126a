"""Where the strokes of a performance lie on the grid, and what is measured of them.

The same measures are taken of people (by data_prep, into ``groove.json`` and
``keys.json``) and of our own songs (by ``python -m symbolic_music.performing.table``).

A *cell* is one step of the bar's grid: a sixteenth, or an eighth triplet where the
playing swings. *Deviations* are milliseconds from the cell's place, late is positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbolic_music.theory.drumming import GHOST_VELOCITY

STRAIGHT_CELLS, TRIPLET_CELLS = 4, 3  # per quarter
# Triplets are a coarser grid: it must fit clearly better to be taken.
TRIPLET_ADVANTAGE = 0.75
# Strokes that begin within this many milliseconds are one chord.
CHORD_MS = 50.0
MIN_STROKES = 40


@dataclass(frozen=True, eq=False)
class Strokes:
    """One performance: onsets in quarters from a bar line, pitches, velocities; shape (n_strokes,) each.

    ``qpm`` is the tempo, ``bar_quarters`` the length of a bar.
    """

    quarters: np.ndarray
    pitches: np.ndarray
    velocities: np.ndarray
    qpm: float
    bar_quarters: float = 4.0

    @property
    def ms_per_quarter(self) -> float:
        """Milliseconds in a quarter."""
        return 60_000.0 / self.qpm


@dataclass(frozen=True, eq=False)
class Placed:
    """Strokes on their grid: cell in the bar and deviation in milliseconds; shape (n_strokes,) each."""

    cells: np.ndarray
    deviations: np.ndarray
    cells_per_quarter: int


def place_strokes(strokes: Strokes, cells_per_quarter: int | None = None) -> Placed:
    """Find each stroke's cell and deviation, on the grid that fits better unless one is given.

    Parameters
    ----------
    strokes : Strokes
        Of one recording.
    cells_per_quarter : int, optional
        4 (sixteenths) or 3 (triplets); left out, both are tried.

    Returns
    -------
    Placed
        Cells counted from the bar line, deviations in milliseconds; late is positive.
    """
    if cells_per_quarter is None:
        straight, triplet = (np.abs(_off_grid(strokes.quarters, n)).mean() for n in (STRAIGHT_CELLS, TRIPLET_CELLS))
        cells_per_quarter = TRIPLET_CELLS if triplet < TRIPLET_ADVANTAGE * straight else STRAIGHT_CELLS
    deviations = _off_grid(strokes.quarters, cells_per_quarter) * strokes.ms_per_quarter
    cells = np.rint(strokes.quarters * cells_per_quarter).astype(int)
    return Placed(cells % round(strokes.bar_quarters * cells_per_quarter), deviations, cells_per_quarter)


def measure_drums(strokes: Strokes, drums: np.ndarray) -> dict[str, float]:
    """Measure a drummer's touch and time.

    Parameters
    ----------
    drums : str array, shape (n_strokes,)
        Which drum each stroke is on.

    Returns
    -------
    dict
        Spreads of velocity and timing, their memory from stroke to stroke, ghost strokes.
    """
    placed = place_strokes(strokes)
    own = _around_own_groove(placed.deviations, drums, placed.cells)
    velocities = strokes.velocities.astype(float)
    snare = velocities[drums == "snare"]
    return {
        "velocity SD": float(velocities.std()),
        "velocity SD of one drum": _pooled_spread(velocities, drums),
        "velocity step of one drum": _step(velocities, drums),
        "micro-timing SD (ms)": float(own.std()),
        "timing memory": _memory(own, drums),
        "ghost share of snare": float((snare < GHOST_VELOCITY).mean()) if len(snare) else 0.0,
    }


def measure_keys(strokes: Strokes) -> dict[str, float]:
    """Measure a pianist's touch and time; strokes in order of time.

    Parameters
    ----------
    strokes : Strokes
        Of one pianist, ascending in time.

    Returns
    -------
    dict[str, float]
        By measure: velocities 1 to 127, times in milliseconds.
    """
    placed = place_strokes(strokes)
    nobody = np.full(len(placed.cells), "keys")
    own = _around_own_groove(placed.deviations, nobody, placed.cells)
    velocities = strokes.velocities.astype(float)
    return {
        "velocity SD": float(velocities.std()),
        "velocity step": _step(velocities, nobody),
        "top voice over the rest": _top_voice(strokes),
        "micro-timing SD (ms)": float(own.std()),
        "chord spread (ms)": _chord_spread(strokes),
    }


def group_chords(strokes: Strokes) -> list[np.ndarray]:
    """Group strokes, in order of time, that begin together; index arrays of two notes or more, low to high.

    Parameters
    ----------
    strokes : Strokes
        Of one pianist, ascending in time.

    Returns
    -------
    list[np.ndarray]
        An int array for each chord, shape (n_notes,).
    """
    gaps = np.diff(strokes.quarters) * strokes.ms_per_quarter > CHORD_MS
    groups = np.split(np.arange(len(strokes.quarters)), np.flatnonzero(gaps) + 1)
    return [group[np.argsort(strokes.pitches[group], kind="stable")] for group in groups if len(group) > 1]


def _off_grid(quarters: np.ndarray, cells_per_quarter: int) -> np.ndarray:
    """Distance from the nearest grid line in quarters."""
    result: np.ndarray = quarters - np.rint(quarters * cells_per_quarter) / cells_per_quarter
    return result


def _around_own_groove(deviations: np.ndarray, drums: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Deviations without what the player does at this place every time."""
    own = deviations.astype(float).copy()
    labels = np.char.add(drums.astype(str), np.char.add("@", cells.astype(str)))
    for label in np.unique(labels):
        here = labels == label
        own[here] -= own[here].mean()
    return own


def _pooled_spread(values: np.ndarray, drums: np.ndarray) -> float:
    """Standard deviation around each drum's own mean."""
    own = values.copy()
    for drum in np.unique(drums):
        own[drums == drum] -= own[drums == drum].mean()
    return float(own.std())


def _step(values: np.ndarray, drums: np.ndarray) -> float:
    """Mean change from one stroke of a drum to its next."""
    steps = np.concatenate([np.abs(np.diff(values[drums == drum])) for drum in np.unique(drums)])
    return float(steps.mean()) if len(steps) else 0.0


def _memory(values: np.ndarray, drums: np.ndarray) -> float:
    """Correlation of each value with the one before on the same drum."""
    pairs = [(values[drums == drum][:-1], values[drums == drum][1:]) for drum in np.unique(drums)]
    before, after = (np.concatenate(side) for side in zip(*pairs, strict=True))
    spread = float((values**2).mean())
    return float((before * after).mean() / spread) if spread > 1e-9 and len(before) else 0.0


def _top_voice(strokes: Strokes) -> float:
    """How much louder the highest note of a chord is than the others together."""
    chords = group_chords(strokes)
    if not chords:
        return 0.0
    velocities = strokes.velocities.astype(float)
    return float(np.mean([velocities[chord[-1]] - velocities[chord[:-1]].mean() for chord in chords]))


def _chord_spread(strokes: Strokes) -> float:
    """Mean time from a chord's first note to its last, in milliseconds."""
    chords = group_chords(strokes)
    spreads = [np.ptp(strokes.quarters[chord]) * strokes.ms_per_quarter for chord in chords]
    return float(np.mean(spreads)) if spreads else 0.0
