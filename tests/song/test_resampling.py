"""A score in another resolution is the same score: notes, maps, chord symbols and words move together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import rows_of
from symbolic_music.song.resampling import resample, to_engine_ticks
from symbolic_music.song.score import Score
from tests.formats.test_midi import make_score


def sung_score(tpq: int = 12) -> Score:
    """A band with words."""
    return replace(make_score(tpq), lyrics=(Syllable(0, "hap", True), Syllable(tpq // 2, "py")))


def test_everything_in_a_score_moves_together() -> None:
    moved = resample(sung_score(), 480)
    assert moved.tpq == 480 and moved.end_tick == make_score().end_tick * 40
    assert [symbol.tick for symbol in moved.chord_symbols] == [0, 1920]
    assert [syllable.tick for syllable in moved.lyrics] == [0, 240]
    assert [marker.tick for marker in moved.markers] == [0, 7680] == [change.tick for change in moved.keys]
    assert [control.tick for control in moved.tracks[1].controls] == [0, 1880]
    for track, own in zip(moved.tracks, make_score().tracks, strict=True):
        assert rows_of(track.notes) == [(row[0] * 40, row[1] * 40, *row[2:]) for row in rows_of(own.notes)]


def test_there_and_back_is_the_same() -> None:
    back = to_engine_ticks(resample(sung_score(), 480))
    assert back.tpq == 12 and back.chord_symbols == sung_score().chord_symbols and back.lyrics == sung_score().lyrics
    for track, own in zip(back.tracks, sung_score().tracks, strict=True):
        assert np.array_equal(track.notes, own.notes)


def test_notes_that_touch_touch_afterwards_and_none_vanishes() -> None:
    rows = rows_of(resample(make_score(480), 7).tracks[0].notes)
    assert all(duration >= 1 for _, duration, *_ in rows)
    assert all(on + length == after for (on, length, *_), (after, *_) in pairwise(rows))


def test_a_performance_is_off_the_grid() -> None:
    score = resample(make_score(), 480)
    late = replace(score, lyrics=(Syllable(3, "late"),))
    with pytest.raises(InputError, match="an event at tick 3 is off the grid"):
        to_engine_ticks(late)
