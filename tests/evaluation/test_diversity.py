"""Songs that are too much alike are found out."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.evaluation.diversity import FLOOR, diversity
from symbolic_music.evaluation.evaluate import load_human_windows
from symbolic_music.evaluation.two_sample import WindowSet


def some(songs: np.ndarray) -> WindowSet:
    """People's windows of some songs."""
    people = load_human_windows()
    inside = np.isin(people.song, songs)
    return WindowSet(people.features[inside], people.song[inside])


def test_some_of_peoples_songs_differ_as_much_as_all_of_them() -> None:
    assert diversity(some(np.arange(0, 60, 2)), load_human_windows()) == pytest.approx(1, abs=0.05)


def test_one_tune_under_many_seeds_falls_under_the_floor() -> None:
    tune = some(np.array([3]))
    copies = WindowSet(np.concatenate([tune.features] * 5), np.repeat(np.arange(5), len(tune.features)))
    assert diversity(copies, load_human_windows()) < FLOOR


def test_a_single_song_differs_from_nothing() -> None:
    assert np.isnan(diversity(some(np.array([3])), load_human_windows()))
