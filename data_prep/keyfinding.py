"""Keys where a source names less than one: a signature without its mode, a tonic without its mode."""

from __future__ import annotations

from collections import Counter

import numpy as np

from symbolic_music.analysis.key import profile_fit
from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.key import SCALES, key_of

# Major is much the commoner key of the songs whose sources do not say.
MINOR_MARGIN = 0.15


def key_of_signature(fifths: int, heard: np.ndarray, last_bass: int | None = None) -> str:
    """Choose between a signature's major and minor key.

    Parameters
    ----------
    fifths : int
        Sharps (positive) or flats (negative).
    heard : float array, shape (12,)
        How long each pitch class sounds.
    last_bass : int, optional
        Lowest pitch of the last chord: a tonic there decides; else the profile that fits better does, and where the
        last bass is neither tonic, minor must fit better by ``MINOR_MARGIN`` of correlation.

    Examples
    --------
    >>> key_of_signature(1, np.zeros(12), last_bass=52)
    'E minor'
    """
    major, minor = fifths * 7 % 12, (fifths * 7 + 9) % 12
    if last_bass is not None and last_bass % 12 in (major, minor):
        is_minor = last_bass % 12 == minor
    else:
        margin = 0.0 if last_bass is None else MINOR_MARGIN
        is_minor = profile_fit(heard, key_of(minor, "minor")) - profile_fit(heard, key_of(major, "major")) > margin
    return str(key_of(minor, "minor") if is_minor else key_of(major, "major"))


def vote_mode(vote: Counter[str], chord: tuple[int, str, int], tonic: int, ticks: int) -> None:
    """Count a chord's ticks for the modes that it speaks for, as the tonic's triad or inside the scale."""
    intervals = QUALITIES[chord[1]][0]
    for mode, third in (("major", 4), ("minor", 3)):
        if chord[0] == tonic and third in intervals:
            vote[f"triad {mode}"] += ticks
        inside = {(step + chord[0] - tonic) % 12 for step in intervals} <= set(SCALES[mode])
        vote[f"scale {mode}"] += ticks * inside


def mode_of(vote: Counter[str]) -> str:
    """Give the mode whose tonic triads last longer, or else whose scale holds more of the chords."""
    return max(("major", "minor"), key=lambda mode: (vote[f"triad {mode}"], vote[f"scale {mode}"]))
