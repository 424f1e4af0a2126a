"""Notes in bulk: one structured array type, times in engine ticks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

# Onset and duration in ticks, TPQ = 12 to the quarter in a lead sheet.
NOTE_DTYPE = np.dtype([("onset_tick", "<i4"), ("duration_tick", "<i4"), ("pitch", "u1"), ("velocity", "u1")])


def make_notes(rows: Iterable[tuple[int, int, int, int]]) -> np.ndarray:
    """Build a read-only note array from (onset, duration, pitch, velocity), sorted by onset and pitch.

    Parameters
    ----------
    rows : Iterable[tuple[int, int, int, int]]
        (onset, duration, pitch, velocity) of each note, in any order; ticks, MIDI numbers.

    Returns
    -------
    np.ndarray
        Shape (n_notes,), of ``NOTE_DTYPE``.
    """
    notes = np.array(sorted(rows), dtype=NOTE_DTYPE)
    notes = np.sort(notes, order=["onset_tick", "pitch"])
    notes.flags.writeable = False
    return notes


def rows_of(notes: np.ndarray) -> list[tuple[int, int, int, int]]:
    """List a note array as plain tuples.

    Parameters
    ----------
    notes : np.ndarray
        Shape (n_notes,), of ``NOTE_DTYPE``.

    Returns
    -------
    list[tuple[int, int, int, int]]
        (onset, duration, pitch, velocity) of each note, in the array's order.
    """
    return [(int(n[0]), int(n[1]), int(n[2]), int(n[3])) for n in notes.tolist()]
