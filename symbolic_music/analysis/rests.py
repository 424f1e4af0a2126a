"""Where a tune rests, long enough that somebody may answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.theory.meter import Meter

# Shorter rests (in beats) are breath.
SHORTEST_REST = 2


@dataclass(frozen=True)
class Rest:
    """Where the tune is silent inside a phrase, in ticks from its first bar line."""

    start: int
    end: int


def rests_of(
    tune: Sequence[tuple[int, int, int]], n_bars: int, meter: Meter, shortest_beats: int = SHORTEST_REST
) -> list[Rest]:
    """Find the rests of a tune's phrase that are long enough to be answered.

    Parameters
    ----------
    tune : sequence of (onset, duration, pitch)
        Ticks from the first bar line, ascending.
    n_bars : int
        Length of the phrase.
    meter : Meter
    shortest_beats : int
        Shorter rests are breath.
    """
    end = n_bars * meter.bar_ticks
    onsets = [*(note[0] for note in tune), end]
    ends = [0, *(min(note[0] + note[1], end) for note in tune)]
    found = [Rest(max(stop, 0), onset) for stop, onset in zip(ends, onsets, strict=True)]
    return [rest for rest in found if rest.end - rest.start >= shortest_beats * meter.beat_ticks]
