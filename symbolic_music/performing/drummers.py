"""How drummers place and weigh their strokes, from ``groove.json``.

The table was measured from the Groove MIDI Dataset (Gillick et al. 2019, CC BY 4.0)
by ``data_prep/groove_statistics.py``: per drum and sixteenth of a 4/4 bar the mean
and standard deviation of timing and velocity.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from symbolic_music.performing.moments import TPQ_PERFORMED
from symbolic_music.theory.meter import Meter

DRUM_NAMES = {
    36: "kick", 38: "snare", 37: "rim", 39: "snare", 42: "hat", 44: "pedal", 46: "open", 51: "ride", 53: "ride",
    49: "crash", 54: "hat", 70: "hat", 50: "tom", 47: "tom", 43: "tom",
}  # fmt: skip
# The table's spread also holds what differs between drummers and recordings; one drummer's is about half.
OWN_SHARE = 0.5
# Of one moment's timing this part is common to all limbs.
COMMON_SHARE = 0.8
# The pedal hat's early strokes in the data belong to its closing noise, not to the beat felt.
MAX_MEAN_TICKS = 12.0


@dataclass(frozen=True)
class StrokeHabit:
    """Mean and spread of one drum on one sixteenth: ticks off the grid, velocity off the drum's mean."""

    timing: float
    timing_spread: float
    velocity: float
    velocity_spread: float


@lru_cache(maxsize=1)
def load_habits() -> dict[str, tuple[StrokeHabit, ...]]:
    """Read the table; timings are taken from the kit's mean, so that nobody drags or rushes as a whole."""
    table = json.loads(files("symbolic_music.performing").joinpath("groove.json").read_text(encoding="utf-8"))["drums"]
    weighted = [(cell[0], cell[4]) for drum in table.values() for cell in drum["cells"]]
    mean = sum(timing * hits for timing, hits in weighted) / sum(hits for _, hits in weighted)
    return {
        drum: tuple(
            StrokeHabit(float(np.clip(t - mean, -MAX_MEAN_TICKS, MAX_MEAN_TICKS)), ts, v - row["velocity"], vs)
            for t, ts, v, vs, _ in row["cells"]
        )
        for drum, row in table.items()
    }


def habit_of(pitch: int, tick: int, meter: Meter) -> StrokeHabit:
    """The habit for a drum's pitch at a tick of the bar.

    Bars shorter than 4/4 use its first beats. The data has no compound meters: there, beats take the
    habits of beats and the eighths between those of off-beats.
    """
    row = load_habits()[DRUM_NAMES.get(pitch, "hat")]
    if not meter.is_compound:
        return row[tick // (TPQ_PERFORMED // 4) % 16]
    beat, inside = divmod(tick, TPQ_PERFORMED * 3 // 2)
    return row[(beat % 4) * 4 + (2 if inside else 0)]
