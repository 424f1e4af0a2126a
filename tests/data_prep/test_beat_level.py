"""At which beat a song of POP909 is learnt: made-up songs of five bars, so that this is always tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data_prep.test_readers import read_one, structure, write_pop909

# Rows of pitch and sixteenths after a silent bar: onsets on odd sixteenths in every quarter, or none of them.
SIXTEENTHS = [(0, 16), *[(60, 1), (62, 2), (64, 1)] * 4]
EIGHTHS = [(0, 16), *[(60, 2), (62, 2)] * 4]


def is_doubled(folder: Path, tempo: int, melody: list[tuple[int, int]]) -> bool:
    """Whether a song is written at twice its tempo, its bars doubled with it."""
    write_pop909(structure(folder) / "001", tempo, melody)
    song = read_one(folder)
    assert song["doubled"] == (song["tempo_qpm"] == 2 * tempo) == (song["n_bars"] == 10)
    return bool(song["doubled"])


@pytest.mark.parametrize("tempo", [60, 74, 99])
def test_of_slow_songs_only_those_in_sixteenths_are_doubled(tmp_path: Path, tempo: int) -> None:
    assert is_doubled(tmp_path / "sixteenths", tempo, SIXTEENTHS)
    assert not is_doubled(tmp_path / "eighths", tempo, EIGHTHS)


def test_of_songs_in_sixteenths_only_slow_ones_are_doubled(tmp_path: Path) -> None:
    assert is_doubled(tmp_path / "slow", 80, SIXTEENTHS)
    assert not is_doubled(tmp_path / "fast", 120, SIXTEENTHS)
