"""Where no chord sounds (N.C.) the band rests: only the tune and the drums go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.song.score import Track

# Who goes on beside the drums.
_GO_ON = "melody"


def rest_without_chord(tracks: Iterable[Track], silences: Sequence[tuple[int, int]]) -> tuple[Track, ...]:
    """Silence the band where a lead sheet says that no chord sounds.

    Parameters
    ----------
    tracks : iterable of Track
        A band's, in the ticks of the silences.
    silences : sequence of (int, int)
        Ticks ``[start, end)``, in order and apart (`LeadSheet.silences`).

    Returns
    -------
    tuple of Track
        Notes of chord players and basses that begin inside are left out, those that ring into one end where it begins.
    """
    return tuple(
        track if track.is_drum or track.role == _GO_ON or not silences else replace(track, notes=_rest(track, silences))
        for track in tracks
    )


def _rest(track: Track, silences: Sequence[tuple[int, int]]) -> np.ndarray:
    """Cut one track's notes."""
    notes = track.notes.copy()
    starts, ends = (np.array(side) for side in zip(*silences, strict=True))
    onsets = notes["onset_tick"]
    # The silence that begins last before a note, and the first that begins after.
    before = np.searchsorted(starts, onsets, side="right") - 1
    is_inside = (before >= 0) & (onsets < ends[before])
    following = np.append(starts, np.iinfo(np.int32).max)[before + 1]
    notes["duration_tick"] = np.minimum(notes["duration_tick"], following - onsets)
    kept: np.ndarray = notes[~is_inside]
    kept.flags.writeable = False
    return kept
