"""Sung words: one syllable to a note."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Syllable:
    """Text sung on the note that begins at ``tick``; ``goes_on`` where its word has another syllable.

    Ticks are those of the lead sheet or score that has it.
    """

    tick: int
    text: str
    goes_on: bool = False


def settle(lyrics: Iterable[Syllable], onsets: np.ndarray, reach: float) -> tuple[Syllable, ...]:
    """Move syllables to the notes that they are sung on.

    Parameters
    ----------
    lyrics : iterable of Syllable
        Near their notes, as those of a performance are.
    onsets : int array, shape (n_notes,)
        Onsets of the notes, ascending, in the syllables' ticks.
    reach : float
        A syllable farther than so many ticks from any note is left out.

    Returns
    -------
    tuple of Syllable
        In order, at most one for each onset.

    Examples
    --------
    >>> settle([Syllable(1, "hap", True), Syllable(11, "py")], np.array([0, 12]), 3)
    (Syllable(tick=0, text='hap', goes_on=True), Syllable(tick=12, text='py', goes_on=False))
    """
    if not len(onsets):
        return ()
    settled: dict[int, Syllable] = {}
    for syllable in sorted(lyrics, key=lambda syllable: syllable.tick):
        nearest = int(onsets[np.abs(onsets.astype(np.int64) - syllable.tick).argmin()])
        if abs(nearest - syllable.tick) <= reach:
            settled.setdefault(nearest, replace(syllable, tick=nearest))
    return tuple(settled[tick] for tick in sorted(settled))
