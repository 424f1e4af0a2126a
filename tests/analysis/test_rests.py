"""Where a tune leaves room."""

from __future__ import annotations

from symbolic_music.analysis.rests import Rest, rests_of
from symbolic_music.theory.meter import parse_meter

FOUR = parse_meter("4/4")


def test_a_rest_of_two_beats_leaves_room_and_one_of_a_beat_is_breath() -> None:
    tune = [(0, 12, 60), (24, 24, 62), (72, 24, 64)]
    assert rests_of(tune, 2, FOUR) == [Rest(48, 72)]


def test_a_phrase_without_a_tune_is_one_rest() -> None:
    assert rests_of([], 2, FOUR) == [Rest(0, 96)]


def test_an_upbeat_takes_no_room_in_its_phrase() -> None:
    assert rests_of([(-12, 12, 60), (0, 24, 60)], 1, FOUR) == [Rest(24, 48)]
