"""How pianists weigh and place their notes, from ``keys.json``.

Measured from POP909's piano tracks (Wang et al. 2020, MIT) by
``data_prep/keys_statistics.py``: velocity by sixteenth of a 4/4 bar and by voice of a
chord, its memory from moment to moment, timing. Most of these pianos were put near the
grid by their makers, so the spreads of timing are small.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from symbolic_music.performing.moments import TPQ_PERFORMED
from symbolic_music.theory.meter import Meter

CELL_TICKS = TPQ_PERFORMED // 4


@dataclass(frozen=True)
class Pianists:
    """Velocities are relative to the song's mean; times are milliseconds; memories are correlations."""

    cells: tuple[float, ...]
    moment_spread: float
    moment_memory: float
    voice_spread: float
    timing_spread: float
    timing_memory: float
    chord_gap: float

    def accent(self, tick: int, meter: Meter) -> float:
        """What a note at a tick of the bar has over the song's mean velocity.

        Bars shorter than 4/4 use its first beats; compound beats take beats, their other eighths off-beats.
        """
        if meter.is_compound:
            beat, inside = divmod(tick, TPQ_PERFORMED * 3 // 2)
            return self.cells[beat % 4 * 4 + (2 if inside else 0)]
        return self.cells[tick // CELL_TICKS % len(self.cells)]


@lru_cache(maxsize=1)
def load_pianists() -> Pianists:
    """Read the table."""
    row = json.loads(files("symbolic_music.performing").joinpath("keys.json").read_text(encoding="utf-8"))
    timing = row["timing"]
    return Pianists(
        cells=tuple(cell[0] for cell in row["cells"]),
        moment_spread=row["moments"]["spread"],
        moment_memory=row["moments"]["memory"],
        voice_spread=row["voices"]["spread"],
        timing_spread=timing["spread"],
        timing_memory=timing["memory"],
        chord_gap=timing["chord_gap"],
    )
