"""How much songs differ from each other, beside how much people's songs do.

Choosing, and learning what choosing prefers, could make all songs the one that scores best. The floor: songs of
different seeds lie as far apart, in the numbers of ``features``, as people's songs.
"""

from __future__ import annotations

import numpy as np

from symbolic_music.evaluation.two_sample import WindowSet

# Of people's distance; below, seeds give songs that are too much alike.
FLOOR = 0.95
# Deviations of a feature beyond so many count as so many.
FEATURE_LIMIT = 3.0


def song_distance(windows: WindowSet, scale: WindowSet) -> float:
    """Mean distance of windows of different songs, in standard deviations of a feature.

    Parameters
    ----------
    windows : WindowSet
        Two songs or more.
    scale : WindowSet
        People's windows, whose means and deviations are the measure.

    Returns
    -------
    float
        Root of the mean square over features and pairs; not a number for a single song.
    """
    people = np.nan_to_num(scale.features.astype(float))
    mean, deviation = people.mean(0), people.std(0)
    known = deviation > 0
    rows = (np.nan_to_num(windows.features.astype(float)) - mean)[:, known] / deviation[known]
    rows = np.clip(rows, -FEATURE_LIMIT, FEATURE_LIMIT)
    squares = (rows**2).sum(1)
    apart = squares[:, None] + squares[None] - 2 * rows @ rows.T  # (n_windows, n_windows)
    is_other = windows.song[:, None] != windows.song[None]
    return float(np.sqrt(apart[is_other].mean() / rows.shape[1])) if is_other.any() else float("nan")


def diversity(windows: WindowSet, people: WindowSet) -> float:
    """Distance of songs from each other as a share of that of people's songs.

    Parameters
    ----------
    windows : WindowSet
        Two songs or more.
    people : WindowSet
        People's songs.
    """
    return song_distance(windows, people) / song_distance(people, people)
