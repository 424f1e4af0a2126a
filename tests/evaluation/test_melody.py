from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest

from symbolic_music.analysis.similarity import phrase_similarity, placed_notes
from symbolic_music.evaluation import melody
from symbolic_music.evaluation.melody import PhraseSpan
from symbolic_music.song.leadsheet import SectionSpan
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.key import parse_key
from tests.evaluation.songs import make_sheet, quarters


def test_histograms_of_one_bar():
    sheet = make_sheet([quarters(62, 62, 81, 66)], key="D major")
    counts = melody.count_histograms([sheet])
    assert counts["interval"] == {0: 1, 12: 1, -12: 1}  # 19 and -15 are clipped
    assert counts["duration"] == {12: 4}
    assert counts["onset_in_bar"] == {0: 1, 12: 1, 24: 1, 36: 1}
    assert counts["pitch_class"] == {0: 2, 7: 1, 4: 1}  # D D A F# seen from D


def test_minor_keys_count_from_a():
    sheet = make_sheet([quarters(60, 63, 67, 60)], key="C minor")
    assert melody.count_histograms([sheet])["pitch_class"] == {9: 2, 0: 1, 4: 1}


def test_long_notes_are_clipped_to_a_whole_note():
    sheet = make_sheet([[(0, 96, 60)], []])
    assert melody.count_histograms([sheet])["duration"] == {48: 1}


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ({0: 1}, {0: 7}, 0.0),
        ({0: 1}, {1: 1}, 1.0),
        # Divergence of (1, 0) and (1/2, 1/2): log2(4/3)/2 + (log2(2/3)/2 + log2(2)/2)/2 = 0.3113
        ({0: 4}, {0: 1, 1: 1}, math.sqrt(0.311278)),
        ({}, {}, 0.0),
        ({}, {0: 1}, 1.0),
        ({0: 0}, {0: 1}, 1.0),
    ],
)
def test_jensen_shannon_distance(one, other, distance):
    assert melody.jensen_shannon_distance(Counter(one), Counter(other)) == pytest.approx(distance, abs=1e-5)
    assert melody.jensen_shannon_distance(Counter(other), Counter(one)) == pytest.approx(distance, abs=1e-5)


def test_chord_tone_share_counts_strong_onsets_alone():
    # Strong: 0 and 24. C over C yes, F over C no, D over G yes, C over G no; weak notes do not count.
    sheet = make_sheet([quarters(60, 61, 65, 61), quarters(62, 61, 60, 61)], chords="C G")
    assert melody.chord_tone_share(sheet) == 0.5


def test_chord_tone_share_without_chords_is_unknown():
    assert math.isnan(melody.chord_tone_share(make_sheet([quarters(60, 62, 64, 65)])))
    before_the_first = make_sheet([quarters(60, 62, 64, 65), []], chords="- C")
    assert math.isnan(melody.chord_tone_share(before_the_first))


def test_phrase_similarity_is_shared_over_all_notes():
    sheet = make_sheet([quarters(60, 62, 64, 65), quarters(72, 62, 64, 67)])
    one, other = (placed_notes(sheet, bar, 1) for bar in (0, 1))
    assert phrase_similarity(one, other) == pytest.approx(3 / 5)  # an octave is the same pitch class
    assert math.isnan(phrase_similarity(frozenset(), frozenset()))


def test_letters_compare_sung_phrases_of_equal_length():
    verse, chorus = quarters(60, 62, 64, 65), quarters(67, 69, 71, 72)
    sheet = make_sheet([verse, chorus, verse, verse, chorus, []])
    spans = [PhraseSpan("A", 0, 1), PhraseSpan("B", 1, 1), PhraseSpan("A", 2, 1), PhraseSpan("A", 3, 2),
             PhraseSpan("A", 4, 1, False), PhraseSpan("A", 5, 1)]  # fmt: skip
    same, different = melody.letter_similarities(sheet, spans)
    assert same == [1.0]  # bars 0 and 2; the two-bar, unsung and empty phrases are left out
    assert different == [0.0, 0.0]


def test_a_transposed_chorus_is_the_same_chorus():
    sheet = make_sheet([quarters(60, 62, 64, 65), quarters(62, 64, 66, 67)])
    keys = (SectionSpan("a", 0, 1, parse_key("C major")), SectionSpan("b", 1, 1, parse_key("D major")))
    lifted = replace(sheet, sections=keys)
    assert melody.letter_similarities(lifted, [PhraseSpan("A", 0, 1), PhraseSpan("A", 1, 1)])[0] == [1.0]


def test_repeated_bars_are_those_heard_before():
    bar, other = quarters(60, 62, 64, 65), quarters(60, 62, 64, 67)
    assert melody.repeated_bar_share(make_sheet([bar, other, [], bar, bar])) == 0.5
    assert math.isnan(melody.repeated_bar_share(make_sheet([[]])))


def test_small_scalars():
    sheet = make_sheet([quarters(60, 60, 64, 61), [], [(0, 12, 72), (24, 12, 67)]])
    assert melody.scale_consistency(sheet) == pytest.approx(5 / 6)
    assert melody.notes_per_bar(sheet) == 3
    assert melody.empty_bar_share(sheet) == pytest.approx(1 / 3)
    assert melody.pitch_range(sheet) == 12
    assert melody.mean_interval(sheet) == pytest.approx((0 + 4 + 3 + 11 + 5) / 5)
    assert melody.repeated_pitch_share(sheet) == pytest.approx(1 / 5)
    # Of 16 sixteenths, two onsets differ.
    assert melody.groove_similarity(sheet) == pytest.approx(14 / 16)


def test_an_empty_song_measures_nothing():
    values = {name: measure(make_sheet([[], []])) for name, measure in melody.SCALARS.items()}
    assert values.pop("empty_bar_share") == 1
    assert all(math.isnan(value) for value in values.values())


def test_spans_of_a_plan_follow_its_phrases():
    phrases = [{"name": "v.1", "letter": "A", "n_bars": 4}, {"name": "v.2", "letter": "b", "n_bars": 2, "sung": False}]
    sections = [{"name": "verse", "kind": "verse", "n_bars": 6, "key": "C", "intensity": 0.5, "phrases": phrases}]
    plan = SongPlan.model_validate({"tempo_qpm": 100, "n_bars": 6, "sections": sections})
    assert melody.spans_of(plan) == [PhraseSpan("A", 0, 4), PhraseSpan("b", 4, 2, False)]
