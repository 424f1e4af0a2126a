"""Bars in the order they are played."""

from __future__ import annotations

import pytest

from data_prep.musicxml import XmlBar, mend_endings, place_bars, play_order
from symbolic_music.errors import FileFormatError


def bars_of(text: str) -> list[XmlBar]:
    """Make bars of four quarters from words: ``|:`` forward, ``:|`` backward, ``1`` ``2`` endings, marks by name."""
    bars: list[XmlBar] = []
    for word in text.split():
        signs = word.split(",")
        bar = XmlBar(length=48.0, is_forward="|:" in signs, backward=2 if ":|" in signs else None)
        bar.endings = tuple(int(sign) for sign in signs if sign.isdigit())
        bar.marks = frozenset(sign for sign in signs if sign.isalpha() and len(sign) > 1)
        bars.append(bar)
    return bars


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a b c", [0, 1, 2]),
        ("a b,:| c", [0, 1, 0, 1, 2]),
        ("a |: b,:| c,:| d", [0, 1, 2, 1, 2, 3, 3, 4]),
        ("a 1,:| 2 d", [0, 1, 0, 2, 3]),
        ("a 1 1,:| 2 d e,:| f", [0, 1, 2, 0, 3, 4, 5, 4, 5, 6]),
        ("a 1,:| 2,:| 3", [0, 1, 0, 2, 0, 3]),
        ("a b,fine c d,dacapo", [0, 1, 2, 3, 0, 1]),
        ("a b,segno c,fine d,dalsegno", [0, 1, 2, 3, 1, 2]),
        ("a b,coda c d,dacapo e,coda f", [0, 1, 2, 3, 0, 1, 4, 5]),
        ("a b,:| c,dacapo", [0, 1, 0, 1, 2, 0, 1, 2]),
        ("a 1,:|,fine 2 d,dacapo", [0, 1, 0, 2, 3, 0, 1]),
    ],
)
def test_repeats_and_jumps_are_written_out(text: str, order: list[int]) -> None:
    assert [index for index, _ in play_order(bars_of(text))] == order


def test_the_pass_is_counted() -> None:
    assert play_order(bars_of("a 1,:| 2")) == [(0, 1), (1, 1), (0, 2), (2, 2)]


@pytest.mark.parametrize("text", ["a 1 x,:| 2", "a 1 2", "a 2,:| 2"])
def test_wrong_endings_are_mended(text: str) -> None:
    bars = bars_of(text)
    assert mend_endings(bars) == 1
    order = [index for index, _ in play_order(bars)]
    assert order.count(0) == 2 and order[-1] == len(bars) - 1 and order.count(len(bars) - 1) == 1


def test_right_endings_stay() -> None:
    assert mend_endings(bars_of("a 1,:| 2 d |: 1 1,:| 2")) == 0


def test_an_endless_piece_is_refused() -> None:
    bars = bars_of("a b,:|")
    bars[1].backward = 100_000
    with pytest.raises(FileFormatError, match="at most 100 are allowed"):
        play_order(bars)


def test_pickups_share_a_bar_with_the_bar_cut_for_them() -> None:
    bars = bars_of("a b c,:| d")
    bars[0].length, bars[2].length = 12.0, 36.0
    played, n_bars = place_bars(bars, play_order(bars), 48)
    assert [(bar.index, bar.onset) for bar in played] == [
        (0, 36), (1, 48), (2, 96), (0, 132), (1, 144), (2, 192), (3, 240),
    ]  # fmt: skip
    assert n_bars == 6
