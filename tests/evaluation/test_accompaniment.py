"""The accompaniment test: strokes, hands and lengths in numbers, and block chords told from people."""

from __future__ import annotations

import numpy as np

from symbolic_music.evaluation.accompaniment import (
    ACCOMPANIMENT_FEATURES,
    Playing,
    compare_with_people,
    load_people,
    playing_windows,
    report,
    window_set,
)

FEATURES = ACCOMPANIMENT_FEATURES
BLOCKS = tuple((tick, 12, pitch) for tick in range(0, 384, 12) for pitch in (48, 64, 67, 72))
# The left hand's root and fifth, the right hand's third and octave, ringing to the bar line.
BROKEN = tuple(
    (bar * 48 + step * 6, 48 - step * 6, pitch)
    for bar in range(8) for step, pitch in enumerate((43, 50, 59, 62, 67, 62, 59, 50))
)  # fmt: skip


def test_blocks_and_broken_chords_in_numbers() -> None:
    blocks, broken = Playing(BLOCKS), Playing(BROKEN)
    assert FEATURES["single notes among strokes"](blocks) == 0
    assert FEATURES["single notes among strokes"](broken) == 1
    assert FEATURES["lowest note repeats"](blocks) == 1
    assert FEATURES["lowest note repeats"](broken) < 0.15
    assert FEATURES["spread of the hands, semitones"](blocks) == 24
    assert FEATURES["same stroke again"](blocks) == 1
    assert FEATURES["plain lengths (3/4, 1/2, 1 beat)"](blocks) == 1
    assert FEATURES["notes a bar"](broken) == 8
    assert FEATURES["notes as the bar before"](broken) == 1


def test_windows_begin_with_phrases_and_leave_silence_out() -> None:
    notes = [(bar * 48 + on, length, pitch) for bar in (4, 12, 33) for on, length, pitch in BROKEN]
    windows = playing_windows(notes, [4, 12, 20], 40)
    assert [len(window.notes) for window in windows] == [len(BROKEN), len(BROKEN)]
    assert windows[0].notes == windows[1].notes


def test_block_chords_are_known_at_once() -> None:
    rng = np.random.default_rng(0)
    songs = [
        [Playing(tuple((on, length, p + int(rng.integers(-3, 4))) for on, length, p in BLOCKS))] for _ in range(12)
    ]
    blocks = compare_with_people(window_set(songs))
    assert blocks.result.auc > 0.95
    assert "| single notes among strokes |" in report(blocks)
    people = load_people()
    assert people.windows.n_songs > 50
    assert people.auc < 0.6
