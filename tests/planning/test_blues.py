"""The blues: its round of twelve bars, in any key, and the tune's phrases that end as it does."""

from __future__ import annotations

import pytest

from symbolic_music.planning.planner import plan
from symbolic_music.song.brief import Brief


def charts(**asked: object) -> dict[str, list[str]]:
    """The bars of each section that has a chart."""
    song = plan(Brief(genre="blues", **asked))
    return {section.name: section.chords.split(" | ") for section in song.sections if section.chords}


@pytest.mark.parametrize("seed", range(4))
def test_rounds_of_a_blues_come_from_its_three_chords_and_return_by_the_fifth(seed: int) -> None:
    found = charts(key="E major", form="verse12 verse12 solo12 verse12", seed=seed)
    assert len(found) == 4
    for bars in found.values():
        assert len(bars) == 12 and {chord for bar in bars for chord in bar.split()} == {"I7", "IV7", "V7"}
        assert [bars[number] for number in (0, 4, 5, 6, 8, 9)] == ["I7", "IV7", "IV7", "I7", "V7", "IV7"]
    assert [bars[-1] for bars in found.values()] == ["I7 V7"] * 3 + ["I7"]


def test_phrases_of_a_blues_end_as_its_changes_do() -> None:
    song = plan(Brief(genre="blues", key="A major", form="verse12 verse12", seed=2))
    assert [phrase.cadence for phrase in song.sections[0].phrases][1:] == ["plagal", "half"]
    assert [phrase.cadence for phrase in song.sections[-1].phrases][-1] == "plagal"


def test_a_blues_in_minor_is_minor_and_a_jazz_band_comes_home_from_the_second_degree() -> None:
    assert charts(key="C minor", form="verse12")["verse 1"][:1] == ["i7"]
    assert charts(key="F major", style="swing", form="verse12")["verse 1"][8:] == ["ii7", "V7", "I7", "I7"]


def test_a_blues_of_twelve_bars_is_one_round() -> None:
    assert [len(bars) for bars in charts(key="Bb major", style="blues 12/8", n_bars=12).values()] == [12]


def test_chords_that_are_given_go_before_the_blues() -> None:
    song = plan(Brief(genre="blues", chords="C G Am F", n_bars=24))
    assert song.chords == "C G Am F" and not any(section.chords for section in song.sections)
