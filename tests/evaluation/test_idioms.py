"""The checker of idioms finds each style's own in its songs, and misses it in another style's."""

from __future__ import annotations

from functools import cache

import pytest

from data_prep.band_idioms import BOSS_NAME, hear_style, idiom_song
from symbolic_music.arranging import arrange
from symbolic_music.evaluation.idioms import IDIOMS, Band, hear


@pytest.mark.parametrize("style", ["metal", "swing", "funk", BOSS_NAME])
def test_a_style_is_played_in_its_idiom(style: str) -> None:
    missed = [check for check in hear_style(style, 4) if not check.holds]
    assert not missed


@pytest.mark.slow
@pytest.mark.parametrize("style", [*IDIOMS, BOSS_NAME])
def test_a_style_is_played_in_its_idiom_in_ten_songs(style: str) -> None:
    missed = [(seed, check) for seed in range(10) for check in hear_style(style, seed) if not check.holds]
    assert not missed


@cache
def band(style: str) -> Band:
    plan, sheet = idiom_song(style, 4)
    return Band(arrange(sheet, plan), plan)


@pytest.mark.parametrize(
    ("style", "other"),
    [("swing", "rock"), ("funk", "swing"), ("metal", "rock"), ("cinematic", "rock"), ("blues", "rock")],
)
def test_another_style_misses_the_idiom(style: str, other: str) -> None:
    own = band(other)
    assert not all(check.low <= check.measure(own) <= check.high for check in IDIOMS[style])


def test_styles_of_which_nothing_is_written_down_are_not_judged() -> None:
    plan, sheet = idiom_song("polka", 4)
    assert hear(arrange(sheet, plan), plan) == []
