"""Picked strings ring: a finger leaves its string when it is needed elsewhere, not when the next string is struck."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import numpy as np

from symbolic_music.song.notes import make_notes, rows_of

# Acoustic guitars and the harp; others are damped by their players or their style.
RINGING = (24, 25, 46)
# A note so near is struck on the same string.
SAME_STRING = 3
# What is written shorter than this share of the way to the next stroke is damped.
DAMPED_SHARE = 0.75


def let_ring(notes: np.ndarray, changes: Sequence[int], most_ticks: int) -> np.ndarray:
    """Let single notes of a picked string sound on; strums last as they are written.

    Parameters
    ----------
    notes : NOTE_DTYPE array
        Of one track, on the grid.
    changes : sequence of int
        Ticks where a chord begins, ascending: nothing rings into another chord.
    most_ticks : int
        The longest that a string is heard.

    Returns
    -------
    NOTE_DTYPE array
        The same notes, some of them longer.
    """
    ordered = sorted(rows_of(notes))
    together = Counter(row[0] for row in ordered)
    onsets = sorted(together)
    rung = []
    for index, (onset, length, pitch, velocity) in enumerate(ordered):
        place = bisect_right(onsets, onset)
        following = onsets[place] if place < len(onsets) else None
        if together[onset] == 1 and following is not None and length >= DAMPED_SHARE * (following - onset):
            later = (row[0] for row in ordered[index + 1 :] if abs(row[2] - pitch) <= SAME_STRING)
            change = bisect_right(changes, onset)
            stops = [onset + most_ticks, next(later, onset + most_ticks), *changes[change : change + 1]]
            length = max(length, min(stops) - onset)
        rung.append((onset, length, pitch, velocity))
    return make_notes(rung)
