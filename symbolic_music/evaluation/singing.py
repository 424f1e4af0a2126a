"""How easily a tune is sung: intervals, compass, breath and pace.

Each term is 1 where people's songs lie and falls to 0 where hardly any does: 3 417 phrases of four bars and more from
POP909 and OpenEWLD, whose 5th to 95th percentiles stand beside the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from symbolic_music.theory.meter import Meter

Row = tuple[int, int, int]

TRITONE, WIDE = 6, 9
# Share of tritones and of intervals over a major sixth: 0 to .061 of people's.
MOST_HARD = 0.06
# Semitones from the lowest to the highest note: 8 to 17.
WIDEST = 17
# Beats sung in one breath: 3.5 to 16, in the mean 8.2.
LONGEST_BREATH = 10.0
# Notes in a row that are a quarter of a beat apart: 0 to 2.
LONGEST_RUN = 2


def score_singing(notes: Sequence[Row], meter: Meter) -> float:
    """Score from 0 to 1 how easily a tune is sung.

    Parameters
    ----------
    notes : sequence of (onset_tick, duration_tick, pitch)
        One voice, ascending.
    meter : Meter

    Returns
    -------
    float
        0 for a tune without notes, 1 for one of a single note.

    Examples
    --------
    >>> from symbolic_music.theory.meter import Meter
    >>> steps = [(12 * n, 12, 60 + 2 * (n % 4)) for n in range(8)]
    >>> leaps = [(12 * n, 12, 60 + 13 * (n % 2)) for n in range(8)]
    >>> score_singing(steps, Meter(4, 4)) > score_singing(leaps, Meter(4, 4))
    True
    """
    if not notes:
        return 0.0
    if len(notes) == 1:
        return 1.0
    intervals = [abs(b[2] - a[2]) for a, b in pairwise(notes)]
    hard = sum(step == TRITONE or step > WIDE for step in intervals) / len(intervals)
    pitches = [note[2] for note in notes]
    terms = (
        _within(hard, MOST_HARD, 0.1),
        _within(max(pitches) - min(pitches), WIDEST, 7),
        _within(longest_breath(notes, meter) / meter.beat_ticks, LONGEST_BREATH, 10),
        _within(_longest_run(notes, meter), LONGEST_RUN, 5),
    )
    return sum(terms) / len(terms)


def longest_breath(notes: Sequence[Row], meter: Meter) -> int:
    """Find the longest stretch, in ticks, without a place to breathe.

    A singer breathes in a rest of half a beat, or at the end of a note of a beat and a half.

    Parameters
    ----------
    notes : sequence of (onset_tick, duration_tick, pitch)
        One voice, ascending; one note or more.
    meter : Meter
    """
    beat, start, longest = meter.beat_ticks, notes[0][0], 0
    for note, following in pairwise(notes):
        end = note[0] + note[1]
        if following[0] - end >= beat / 2 or note[1] >= 1.5 * beat:
            longest, start = max(longest, end - start), following[0]
    return max(longest, notes[-1][0] + notes[-1][1] - start)


def _longest_run(notes: Sequence[Row], meter: Meter) -> int:
    """How many notes in a row follow within a quarter of a beat."""
    longest = run = 0
    for note, following in pairwise(notes):
        run = run + 1 if 4 * (following[0] - note[0]) <= meter.beat_ticks else 0
        longest = max(longest, run)
    return longest


def _within(value: float, most: float, margin: float) -> float:
    """1 up to ``most``, 0 from ``margin`` over it."""
    return max(0.0, min(1.0, 1 - (value - most) / margin))
