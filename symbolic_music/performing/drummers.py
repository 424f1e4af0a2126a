"""How drummers place and weigh their strokes, from ``groove.json``.

The tables were measured from the Groove MIDI Dataset (Gillick et al. 2019, CC BY 4.0)
by ``data_prep/groove_statistics.py``: per style family, drum and cell of a 4/4 bar
(sixteenths, or triplets where the playing swings) the mean and standard deviation of
timing and velocity, and how far strokes remember the ones before them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from symbolic_music.analysis.strokes import STRAIGHT_CELLS, TRIPLET_CELLS
from symbolic_music.performing.moments import TPQ_PERFORMED
from symbolic_music.theory.meter import Meter

DRUM_NAMES = {
    35: "kick", 36: "kick", 38: "snare", 37: "rim", 39: "snare", 40: "snare", 42: "hat", 44: "pedal", 46: "open",
    51: "ride", 53: "ride", 59: "ride", 49: "crash", 52: "crash", 55: "crash", 57: "crash", 54: "hat", 70: "hat",
    50: "tom", 48: "tom", 47: "tom", 45: "tom", 43: "tom", 41: "tom",
}  # fmt: skip
ALL_FAMILIES = "all"
# Families of styles and genres as the data has them; others take the whole of it.
FAMILY_OF = {
    "pop": "pop", "rock": "rock", "country": "pop", "folk": "pop", "soul": "funk", "funk": "funk", "jazz": "jazz",
    "blues": "jazz", "latin": "latin", "caribbean": "latin", "african": "latin", "hip-hop": "hiphop",
    "electronic": "pop", "waltz": "pop", "lullaby": "pop", "cinematic": "pop",
}  # fmt: skip
# The pedal hat's early strokes in the data belong to its closing noise, not to the beat felt.
MAX_MEAN_MS = 12.0
BARS_CELLS = 4  # quarters of the bar that the tables hold


@dataclass(frozen=True)
class StrokeHabit:
    """Mean and spread of one drum on one cell: milliseconds off the grid, velocity off the drum's mean."""

    timing: float
    timing_spread: float
    velocity: float
    velocity_spread: float


@dataclass(frozen=True)
class Drummers:
    """The players of one style family.

    ``habits`` are by cells in a quarter (4 or 3), then drum, then cell. Memories and ``common``
    (between limbs that strike together) are correlations. Ghosts have a mean and a spread. ``levels`` are
    the drums' mean velocities beside those of kick and snare.
    """

    habits: dict[int, dict[str, tuple[StrokeHabit, ...]]]
    timing_memory: float
    velocity_memory: float
    common: float
    ghost_velocity: float
    ghost_spread: float
    levels: dict[str, float]

    def level(self, pitch: int) -> float:
        """How much louder than kick and snare a drum's pitch is played."""
        return self.levels.get(DRUM_NAMES.get(pitch, "hat"), 0.0)

    def habit(self, pitch: int, tick: int, meter: Meter, swings: bool = False) -> StrokeHabit:
        """The habit for a drum's pitch at a tick of the bar.

        Bars shorter than 4/4 use its first beats. The data has no compound meters: there, beats take
        the habits of beats and the eighths between those of off-beats.
        """
        cells = TRIPLET_CELLS if swings and not meter.is_compound else STRAIGHT_CELLS
        row = self.habits[cells][DRUM_NAMES.get(pitch, "hat")]
        return row[_cell_of(tick, meter, cells) % (BARS_CELLS * cells)]


def _cell_of(tick: int, meter: Meter, cells_per_quarter: int) -> int:
    """The cell of the table that a tick of the bar falls in."""
    if meter.is_compound:
        beat, inside = divmod(tick, TPQ_PERFORMED * 3 // 2)
        return beat * STRAIGHT_CELLS + (2 if inside else 0)
    quarter, inside = divmod(tick, TPQ_PERFORMED)
    if cells_per_quarter == STRAIGHT_CELLS:
        return quarter * STRAIGHT_CELLS + inside // (TPQ_PERFORMED // STRAIGHT_CELLS)
    # A written off-beat eighth is played on the third triplet.
    return quarter * TRIPLET_CELLS + (2 if inside >= TPQ_PERFORMED // 2 else int(inside > 0))


@lru_cache(maxsize=16)
def load_drummers(family: str) -> Drummers:
    """Read the players of a style family or genre; drums that it lacks come from all families together."""
    tables = _read()["families"]
    row, every = tables[FAMILY_OF.get(family, ALL_FAMILIES)], tables[ALL_FAMILIES]
    habits = {
        cells: _habits(every["drums"][str(cells)] | row["drums"][str(cells)])
        for cells in (STRAIGHT_CELLS, TRIPLET_CELLS)
    }
    ghost = row["ghost"]
    return Drummers(
        habits, row["timing_memory"], row["velocity_memory"], row["common"], ghost["velocity"],
        ghost["velocity_spread"], every["levels"] | row["levels"],
    )  # fmt: skip


def load_fill_growth() -> float:
    """Velocity that the strokes of a fill gain per quarter."""
    return float(_read()["fill"]["slope"])


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    """Read the measured tables."""
    return dict(json.loads(files("symbolic_music.performing").joinpath("groove.json").read_text(encoding="utf-8")))


def _habits(drums: dict[str, list[list[float]]]) -> dict[str, tuple[StrokeHabit, ...]]:
    """Turn rows into habits; timings are taken from the kit's mean, so that nobody drags or rushes as a whole."""
    weighted = [(cell[0], cell[4]) for cells in drums.values() for cell in cells]
    mean = sum(timing * hits for timing, hits in weighted) / sum(hits for _, hits in weighted)
    return {
        drum: tuple(
            StrokeHabit(float(np.clip(t - mean, -MAX_MEAN_MS, MAX_MEAN_MS)), ts, v, vs) for t, ts, v, vs, _ in cells
        )
        for drum, cells in drums.items()
    }
