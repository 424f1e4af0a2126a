"""How words sit on a tune: stressed syllables on strong beats, by one code for songs of people and ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from symbolic_music.song.bars import BarLines
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.scansion import BEAT, STRONG, weight_at
from symbolic_music.song.words import MAIN_STRESS


class StressShares(NamedTuple):
    """Syllables with a main stress, and the shares of them that begin on strong beats, and on beats at all."""

    n_stressed: int
    on_strong: float
    on_beats: float


def stress_shares(lyrics: Iterable[Syllable], lines: BarLines) -> StressShares:
    """Measure where stressed syllables begin.

    Parameters
    ----------
    lyrics : iterable of Syllable
        With their stresses; those of unknown stress are left out.
    lines : BarLines
        Of the same ticks.

    Returns
    -------
    StressShares
        Shares are 0 where no syllable is stressed.
    """
    weights = []
    for one in lyrics:
        if one.stress == MAIN_STRESS:
            bar = lines.at(one.tick)
            weights.append(weight_at(one.tick - bar.start, bar.meter))
    n_stressed = len(weights)
    if not n_stressed:
        return StressShares(0, 0.0, 0.0)
    return StressShares(
        n_stressed,
        sum(weight == STRONG for weight in weights) / n_stressed,
        sum(weight >= BEAT for weight in weights) / n_stressed,
    )
