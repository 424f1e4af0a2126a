from __future__ import annotations

import time

import pytest

from symbolic_music.evaluation import critic
from symbolic_music.evaluation.critic import explain_phrase, score_phrase
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter

METER = parse_meter("4/4")
C_MAJOR = parse_key("C major").pitch_classes
CHORDS = [(bar * 48, parse_chord(text)) for bar, text in enumerate(("C", "Am", "F", "G"))]
TUNE = [
    (0, 12, 64), (12, 6, 67), (18, 6, 65), (24, 12, 64), (36, 12, 62),
    (48, 12, 60), (60, 6, 64), (66, 6, 62), (72, 12, 60), (84, 12, 69),
    (96, 12, 67), (108, 6, 65), (114, 6, 64), (120, 12, 65), (132, 12, 69),
    (144, 12, 67), (156, 12, 65), (168, 24, 62),
]  # fmt: skip


def terms(notes, chords=CHORDS, cadence="half", **more):
    return explain_phrase(notes, chords, METER, 4, C_MAJOR, cadence, **more)


def test_a_plain_tune_scores_high():
    assert score_phrase(TUNE, CHORDS, METER, 4, C_MAJOR, "half") > 0.9


def test_worse_tunes_score_lower():
    good = score_phrase(TUNE, CHORDS, METER, 4, C_MAJOR, "half")
    wild = [(onset, duration, 60 + 11 * (index % 3)) for index, (onset, duration, _) in enumerate(TUNE)]
    foreign = [(onset, duration, pitch + 1) for onset, duration, pitch in TUNE]
    monotone = [(onset, duration, 60) for onset, duration, _ in TUNE]
    for worse in (wild, foreign, monotone, TUNE[:2]):
        assert score_phrase(worse, CHORDS, METER, 4, C_MAJOR, "half") < good


def test_no_notes_score_zero():
    assert score_phrase([], CHORDS, METER, 4, C_MAJOR, "open") == 0
    assert explain_phrase([], CHORDS, METER, 4, C_MAJOR, "open") == {}


def test_terms_lie_in_zero_to_one_and_have_weights():
    found = terms(TUNE)
    assert set(found) == set(critic.TERMS) - {"answering_rhythm"}  # four bars answer nothing
    assert all(0 <= value <= 1 for value in found.values())


def test_a_second_half_in_the_rhythm_of_the_first_answers_it():
    half = [(0, 12, 60), (12, 12, 62), (24, 24, 64), (48, 24, 65), (96, 36, 64), (144, 48, 62)]
    answered = [*half, *((onset + 192, duration, 60) for onset, duration, _ in half)]
    other = [*half, *((192 + 6 + 24 * place, 12, 60) for place in range(7))]
    one, two = (explain_phrase(notes, CHORDS, METER, 8, C_MAJOR, "half") for notes in (answered, other))
    assert one["answering_rhythm"] == 1.0 and two["answering_rhythm"] < 0.3


def test_chord_tones_on_strong_beats_by_hand():
    # Strong onsets: 64 64 | 60 60 | 67 65 | 67 62 over C Am F G: all but 67 over F.
    assert terms(TUNE)["strong_chord_tones"] == 1.0  # 7 of 8 is inside the band
    all_wrong = [(0, 12, 62), (24, 12, 65)]
    assert terms(all_wrong)["strong_chord_tones"] == 0.0
    assert "strong_chord_tones" not in terms(TUNE, chords=[])


@pytest.mark.parametrize(("pitches", "value"), [((60, 67, 65), 1.0), ((60, 67, 69), 0.0), ((60, 67, 67), 1.0)])
def test_leaps_want_a_way_back(pitches, value):
    score = terms([(index * 12, 12, pitch) for index, pitch in enumerate(pitches)])["leap_recovery"]
    assert score == value


def test_the_last_note_suits_the_cadence():
    assert terms(TUNE, cadence="half")["ending"] == 1.0  # D over G, long
    assert terms(TUNE, cadence="authentic")["ending"] == pytest.approx(2 / 3)
    short = [*TUNE[:-1], (168, 3, 62)]
    assert terms(short, cadence="half")["ending"] == pytest.approx((0.25 + 1 + 1) / 3)


def test_a_tune_does_not_fall_silent_for_half_of_its_bars():
    silent = [note for note in TUNE if note[0] >= 96]
    last_empty = [note for note in TUNE if note[0] < 144]
    assert terms(TUNE)["silence"] == 1.0
    assert terms(silent)["silence"] == 0.0 < terms(last_empty)["silence"]


def test_the_asked_density_counts():
    assert terms(TUNE, notes_per_bar=4.5)["density"] == 1.0
    assert terms(TUNE, notes_per_bar=9.0)["density"] == 0.0
    assert terms(TUNE, notes_per_bar=2.25)["density"] == 0.0


def test_a_phrase_takes_under_a_millisecond():
    start = time.perf_counter()
    for _ in range(100):
        score_phrase(TUNE, CHORDS, METER, 4, C_MAJOR, "half")
    assert (time.perf_counter() - start) / 100 < 0.005  # measured 0.06 ms; slack for a busy machine
