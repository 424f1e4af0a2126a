"""Meters: lengths of bars and beats, where the weight lies, the grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import NotationError
from symbolic_music.theory.meter import GRID_TICKS, METERS, TPQ, parse_meter, snap_to_grid


def test_a_bar_of_a_waltz_has_one_strong_beat_and_a_march_two() -> None:
    assert parse_meter("3/4").strong_ticks == (0,)
    assert parse_meter("2/4").strong_ticks == (0, TPQ)


def test_bars_of_two_or_four_felt_beats_are_strong_in_the_middle_too() -> None:
    assert parse_meter("4/4").strong_ticks == (0, 2 * TPQ)
    assert parse_meter("6/8").strong_ticks == (0, 3 * TPQ // 2)
    assert parse_meter("12/8").strong_ticks == (0, 3 * TPQ)


@pytest.mark.parametrize(
    ("text", "quarters", "beats", "is_compound"),
    [("4/4", 4, 4, False), ("3/4", 3, 3, False), ("2/4", 2, 2, False), ("6/8", 3, 2, True), ("12/8", 6, 4, True)],
)
def test_beats_are_what_a_foot_taps(text: str, quarters: int, beats: int, is_compound: bool) -> None:
    meter = parse_meter(text)
    assert meter.bar_ticks == quarters * TPQ and meter.n_beats == beats and meter.is_compound == is_compound
    assert meter.beat_ticks * meter.n_beats == meter.bar_ticks


@pytest.mark.parametrize("text", METERS)
def test_a_meter_is_printed_as_it_is_read(text: str) -> None:
    assert str(parse_meter(text)) == text
    assert parse_meter(f" {text.replace('/', ' / ')} ") == parse_meter(text)


@pytest.mark.parametrize("text", ["11/8", "4", "", "4/4/4", "four four"])
def test_other_meters_are_refused_with_those_that_are_known(text: str) -> None:
    with pytest.raises(NotationError, match=r"is not a supported meter; use one of 4/4, 3/4, 2/4, 6/8, 12/8"):
        parse_meter(text)


@given(st.floats(0, 10_000))
def test_a_time_moves_to_a_sixteenth_or_eighth_triplet_close_by(tick: float) -> None:
    moved = snap_to_grid(tick)
    assert moved % TPQ in GRID_TICKS
    # The widest gap of the grid is a sixteenth, so nothing moves by more than half of one.
    assert abs(moved - tick) <= 1.5
    assert snap_to_grid(moved) == moved
