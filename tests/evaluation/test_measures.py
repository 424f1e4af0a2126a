from __future__ import annotations

import math

import numpy as np
import pytest

from symbolic_music.evaluation.measures import (
    SONG_MEASURES,
    chord_tone_ratio,
    empty_beat_rate,
    groove_consistency,
    overlapping_area,
    pitch_class_entropy,
)
from symbolic_music.evaluation.structure import LONG, MID, SHORT, bar_self_similarity, structureness
from tests.evaluation.songs import make_sheet, quarters


def test_entropy_of_one_two_and_four_pitch_classes():
    assert pitch_class_entropy(make_sheet([quarters(60, 72, 48, 60)])) == 0
    assert pitch_class_entropy(make_sheet([quarters(60, 62, 60, 62)])) == 1
    assert pitch_class_entropy(make_sheet([quarters(60, 62, 64, 65)])) == 2


def test_entropy_over_four_bars_sees_what_one_bar_does_not():
    sheet = make_sheet([quarters(*[pitch] * 4) for pitch in (60, 62, 64, 65)])
    assert pitch_class_entropy(sheet) == 0
    assert pitch_class_entropy(sheet, 4) == 2


def test_silent_bars_do_not_lower_the_entropy():
    assert pitch_class_entropy(make_sheet([quarters(60, 62, 64, 65), [], []])) == 2


def test_groove_consistency_counts_the_sixteenths_that_differ():
    same = make_sheet([quarters(60, 62, 64, 65), quarters(72, 60, 61, 60)])
    assert groove_consistency(same) == 1
    # Two of four onsets are gone in the second bar: 2 of 16 sixteenths differ.
    assert groove_consistency(make_sheet([quarters(60, 62, 64, 65), quarters(60, 62)])) == pytest.approx(1 - 2 / 16)


def test_groove_consistency_of_a_waltz_has_twelve_sixteenths():
    sheet = make_sheet([quarters(60, 62, 64), quarters(60, 62)], meter="3/4")
    assert groove_consistency(sheet) == pytest.approx(1 - 1 / 12)


def test_empty_beats_are_those_in_which_nothing_sounds():
    assert empty_beat_rate(make_sheet([quarters(60, 62)])) == 0.5
    assert empty_beat_rate(make_sheet([[(0, 36, 60)]])) == 0.25, "a held note fills its beats"
    assert empty_beat_rate(make_sheet([[(6, 12, 60)]])) == 0.5, "an off-beat note sounds in two beats"


def test_chord_tones_and_answered_passing_tones_fit():
    # C D E F over C: D goes on to E; F has no answer.
    assert chord_tone_ratio(make_sheet([quarters(60, 62, 64, 65)], chords="C")) == 0.75
    # A leap out of a foreign note does not fit.
    assert chord_tone_ratio(make_sheet([quarters(60, 62, 67, 72)], chords="C")) == 0.75
    assert math.isnan(chord_tone_ratio(make_sheet([quarters(60)])))


def test_what_a_silent_song_has():
    silent = make_sheet([[], []], chords="C C")
    values = {name: measure(silent) for name, measure in SONG_MEASURES.items()}
    assert values.pop("empty_beat_rate") == 1
    assert values.pop("empty_bar_share") == 1
    assert all(math.isnan(value) for value in values.values()), values


VERSE = [quarters(60, 62, 64, 65), quarters(67, 65, 64, 62), quarters(60, 60, 67, 67), quarters(69, 69, 67)]
CHORUS = [quarters(72, 71, 69, 67), [(6, 18, 65), (30, 18, 64)], quarters(62, 74, 62, 74), [(0, 48, 60)]]


def test_a_song_whose_phrase_returns_is_structured_at_its_length():
    song = make_sheet([*VERSE, *VERSE])
    assert structureness(song, *MID) == 1
    assert structureness(song, *SHORT) < 1, "two bars return once, but fill less of the song"


def test_a_song_without_returns_has_no_structure():
    rng = np.random.default_rng(0)
    song = make_sheet([[(3 * int(at), 3, int(rng.integers(48, 84))) for at in sorted(rng.permutation(16)[:5])]
                       for _ in range(16)])  # fmt: skip
    assert structureness(song, *MID) == 0
    assert structureness(song, *LONG) == 0


def test_long_structure_needs_long_returns():
    assert structureness(make_sheet([*VERSE, *CHORUS] * 2), *LONG) == 1
    assert structureness(make_sheet([*VERSE, *VERSE, *CHORUS, *CHORUS]), *LONG) < 0.5
    assert math.isnan(structureness(make_sheet(VERSE), *LONG)), "shorter than two passages"


def test_self_similarity_is_symmetric_and_one_where_bars_sound():
    likeness = bar_self_similarity(make_sheet([*VERSE, []]))
    assert np.array_equal(likeness, likeness.T)
    assert likeness.diagonal().tolist() == [1, 1, 1, 1, 0]


def test_overlap_is_near_one_for_the_same_kind_and_near_zero_for_another():
    rng = np.random.default_rng(1)
    people = rng.normal(5, 1, 80)
    assert overlapping_area(rng.normal(5, 1, 80), people) > 0.9
    assert overlapping_area(rng.normal(25, 1, 80), people) < 0.05
    assert 0.05 < overlapping_area(rng.normal(7, 1, 80), people) < 0.8


def test_overlap_of_too_little_is_unknown():
    assert math.isnan(overlapping_area([1.0], [1.0, 2.0]))
    assert math.isnan(overlapping_area([1.0, math.nan], [1.0, 2.0]))
    assert overlapping_area([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]) == pytest.approx(1, abs=0.01), "all alike"
