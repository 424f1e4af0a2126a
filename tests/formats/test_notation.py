"""Note values, beams and tuplets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.formats.notation import NOTE_VALUES, Piece, cut_span, marks_of
from symbolic_music.song.bars import Bar
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import METERS, parse_meter

C = parse_key("C major")


def make_bars(meter: str, n_bars: int = 40) -> list[Bar]:
    length = parse_meter(meter).bar_ticks
    return [Bar(number * length, parse_meter(meter)) for number in range(n_bars)]


def make_pieces(*lengths: int) -> list[Piece]:
    """Notes one after the other; negative lengths are rests."""
    pieces, now = [], 0
    for length in lengths:
        pieces.append(Piece(now, now + abs(length), (60,) if length > 0 else (), 90, C))
        now += abs(length)
    return pieces


@settings(deadline=None)
@given(meter=st.sampled_from(METERS), start=st.integers(0, 400), length=st.integers(1, 400), is_rest=st.booleans())
def test_a_span_is_cut_into_values_that_exist(meter: str, start: int, length: int, is_rest: bool) -> None:
    bars = make_bars(meter)
    cuts = list(cut_span(start, start + length, bars, is_rest))
    assert cuts[0][0] == start and cuts[-1][1] == start + length
    assert all(before[1] == after[0] for before, after in pairwise(cuts))
    for cut_start, cut_end, number in cuts:
        assert bars[number].start <= cut_start < cut_end <= bars[number].end
        is_bar_rest = is_rest and cut_end - cut_start == bars[number].meter.bar_ticks
        assert cut_end - cut_start in NOTE_VALUES or is_bar_rest


def test_a_whole_rest_is_written_for_a_whole_bar_alone() -> None:
    # music21 takes any whole rest for a whole bar, 60 ticks in 5/4: the bars after it would come late.
    cuts = [(start, stop) for start, stop, _ in cut_span(12, 120, make_bars("5/4", 2), True)]
    assert cuts == [(12, 48), (48, 60), (60, 120)]


def test_an_empty_span_has_no_pieces() -> None:
    assert list(cut_span(96, 96, make_bars("4/4", 2), True)) == []


@pytest.mark.parametrize(
    ("meter", "start", "end", "cuts"),
    [
        ("12/8", 48, 72, [6, 18]),  # from inside a beat to its end, then by dotted beats
        ("12/8", 18, 42, [18, 6]),
        ("12/8", 0, 72, [72]),
        ("12/8", 18, 54, [36]),
        ("6/8", 6, 18, [12]),
        ("6/8", 12, 24, [6, 6]),
        ("4/4", 6, 18, [12]),  # a syncopated quarter is read whole
    ],
)
def test_long_notes_show_the_beats(meter: str, start: int, end: int, cuts: list[int]) -> None:
    assert [stop - begin for begin, stop, _ in cut_span(start, end, make_bars(meter), False)] == cuts


@pytest.mark.parametrize(
    ("lengths", "beams"),
    [
        ((6, 6, 12, 24), [("begin",), ("end",), (), ()]),
        ((3, 3, 6, 36), [("begin", "begin"), ("continue", "end"), ("end",), ()]),
        ((6, 3, 3, 36), [("begin",), ("continue", "begin"), ("end", "end"), ()]),
        ((9, 3, 36), [("begin",), ("end", "backward hook"), ()]),
        ((3, 9, 36), [("begin", "forward hook"), ("end",), ()]),
        ((6, -6, 6, 6, 24), [(), (), ("begin",), ("end",), ()]),
        ((-6, 6, 6, 6, 24), [(), (), ("begin",), ("end",), ()]),
    ],
)
def test_beams_stay_inside_beats(lengths: tuple[int, ...], beams: list[tuple[str, ...]]) -> None:
    marks = marks_of(make_pieces(*lengths), make_bars("4/4", 1)[0])
    assert [mark.beams for mark in marks] == beams


def test_triplets_are_bracketed_until_a_quarter_is_full() -> None:
    marks = marks_of(make_pieces(4, 4, 4, 8, 4, 12, 12), make_bars("4/4", 1)[0])
    assert [mark.tuplet for mark in marks] == [("start",), (), ("stop",), ("start",), ("stop",), (), ()]
