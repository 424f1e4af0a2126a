"""Time signatures, bars and the engine's grid.

``TPQ`` ticks make a quarter inside the engine: sixteenths (3 ticks) and eighth
triplets (4 ticks) are exact. Exported MIDI has 480.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbolic_music.errors import NotationError

TPQ = 12
# Onsets inside a quarter: sixteenths and eighth triplets.
GRID_TICKS = (0, 3, 4, 6, 8, 9)
COMMON_METERS = ("4/4", "3/4", "2/4", "6/8", "12/8")
# Of these the phrase model has heard little music, and no style is at home in them: their bars are guaranteed, and the
# band plays figures of 4/4 and 6/8 cut to their length.
RARE_METERS = ("9/8", "5/4", "7/8")
METERS = (*COMMON_METERS, *RARE_METERS)
# How players group the beats of a bar that does not halve: ticks of the strong beats.
_GROUPS = {"5/4": (0, 3 * TPQ), "7/8": (0, TPQ, 2 * TPQ)}


@dataclass(frozen=True)
class Meter:
    """A time signature: ``beats`` units of 1/``unit`` note in a bar."""

    beats: int
    unit: int

    @property
    def is_compound(self) -> bool:
        """Whether beats group in threes (6/8, 12/8)."""
        return self.unit == 8 and self.beats % 3 == 0

    @property
    def bar_ticks(self) -> int:
        """Length of a bar in engine ticks."""
        return self.beats * TPQ * 4 // self.unit

    @property
    def beat_ticks(self) -> int:
        """Length of a felt beat: a quarter, or a dotted quarter in compound meters."""
        return TPQ * 3 // 2 if self.is_compound else TPQ * 4 // self.unit

    @property
    def n_beats(self) -> int:
        """Felt beats in a bar: 2 in 6/8, 4 in 4/4."""
        return self.bar_ticks // self.beat_ticks

    @property
    def strong_ticks(self) -> tuple[int, ...]:
        """Onsets in the bar that carry weight: the downbeat and the half bar."""
        if self.n_beats % 2 == 0:
            return (0, self.bar_ticks // 2)
        return _GROUPS.get(str(self), (0,))

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


def parse_meter(text: str) -> Meter:
    """Read one of the supported time signatures.

    Parameters
    ----------
    text : str
        Such as ``3/4``, spaces allowed.

    Returns
    -------
    Meter
        One of ``METERS``.

    Raises
    ------
    NotationError
        If it is not one of ``METERS``.
    """
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", str(text))
    if match is None or f"{match[1]}/{match[2]}" not in METERS:
        raise NotationError(f"{text!r} is not a supported meter; use one of {', '.join(METERS)}")
    return Meter(int(match[1]), int(match[2]))


# What a meter's text means, for those who have one of METERS for certain.
METER_OF = {text: parse_meter(text) for text in METERS}


def snap_to_grid(tick: float) -> int:
    """Move a time to the nearest sixteenth or eighth triplet.

    Parameters
    ----------
    tick : float
        0 or more, in engine ticks (12 to the quarter).

    Returns
    -------
    int
        The nearest of ``GRID_TICKS`` in its quarter, or the next quarter; at most 1.5 ticks away.
    """
    quarter, rest = divmod(tick, TPQ)
    nearest = min((*GRID_TICKS, TPQ), key=lambda grid: abs(grid - rest))
    return int(quarter) * TPQ + nearest
