"""Telling styles from parts: what counts, what does not, and a classifier on grooves that differ."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.evaluation.band_style import Excerpt, StyleClassifier, cut_excerpt, style_features
from symbolic_music.theory.chord import parse_chord

BAR = 48
CHORDS = [(0, parse_chord("C")), (BAR, parse_chord("F"))]


def band(drum_step: int, bass_step: int, seed: int = 0) -> dict[str, list[tuple[int, ...]]]:
    """Four bars of a groove with a few chance strokes."""
    rng = np.random.default_rng(seed)
    drums = [(at, 3, 42) for at in range(0, 4 * BAR, drum_step)] + [(int(rng.integers(64)) * 3, 3, 38)]
    bass = [(at, bass_step, 36) for at in range(0, 4 * BAR, bass_step)]
    return {"drums": drums, "bass": bass}


def features(parts: dict[str, list[tuple[int, ...]]]) -> np.ndarray:
    return style_features([Excerpt(4, BAR, parts, CHORDS)])


def test_programs_names_of_parts_and_velocities_do_not_tell() -> None:
    chords = [(0, 24, 60), (24, 24, 64)]
    one, other = band(6, 24) | {"piano": chords}, band(6, 24) | {"guitar": [(*row, 100) for row in chords]}
    assert np.array_equal(features(one), features(other))
    assert np.array_equal(features(band(6, 24)), features(band(6, 24) | {"melody": [(0, 12, 72)]}))


def test_a_repeated_groove_has_the_features_of_one_bar() -> None:
    parts = {"drums": [(at, 3, 42) for at in range(0, 4 * BAR, 6)]}
    once = {"drums": [(at, 3, 42) for at in range(0, BAR, 6)]}
    assert np.allclose(features(parts), style_features([Excerpt(1, BAR, once, CHORDS)]))


def test_an_excerpt_begins_with_the_chord_that_sounds() -> None:
    cut = cut_excerpt({"bass": [(0, 12, 36), (BAR + 12, 12, 41)], "pad": [(0, 12, 60)]}, CHORDS, BAR, 1, 1)
    assert cut.chords[0] == (0, CHORDS[1][1]) and cut.parts == {"bass": [(12, 12, 41)]}


def test_no_excerpt_is_refused() -> None:
    with pytest.raises(InputError, match="no excerpt"):
        style_features([])


def test_grooves_that_differ_are_told_apart() -> None:
    grooves = {"eighths": (6, 24), "quarters": (12, 48), "sixteenths": (3, 12)}
    training = [(features(band(*grooves[name], seed)), name) for name in grooves for seed in range(6)]
    classifier = StyleClassifier()
    classifier.fit(np.array([row for row, _ in training]), [name for _, name in training])
    held_out = np.array([features(band(*grooves[name], 99)) for name in grooves])
    assert classifier.find(held_out) == list(grooves)
    assert classifier.find(held_out, [["quarters"]] * 3) == ["quarters"] * 3
