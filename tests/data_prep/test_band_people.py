"""Whole bands in numbers: windows of all parts side by side, and that a machine's loop is told from playing."""

from __future__ import annotations

import numpy as np

from data_prep.band_people import BAND_FEATURES, band_windows, compare, measure_windows, parts_of
from symbolic_music.arranging import arrange
from tests.arranging.short_songs import short_plan, short_sheet

BAR = 48


def loop(n_bars: int, shift: int) -> dict[str, list[tuple[int, int, int]]]:
    """Kick and hats, roots, and a triad on every beat: the same in all bars."""
    beats = [bar * BAR + tick for bar in range(n_bars) for tick in range(0, BAR, 12)]
    return {
        "drums": [(beat, 3, pitch) for beat in beats for pitch in (36, 42)],
        "bass": [(beat, 12, 36 + shift) for beat in beats],
        "piano": [(beat, 12, pitch + shift) for beat in beats for pitch in (60, 64, 67)],
    }


def loose(n_bars: int, seed: int) -> dict[str, list[tuple[int, int, int]]]:
    """Parts whose bars differ."""
    rng = np.random.default_rng(seed)
    places = [bar * BAR + int(tick) for bar in range(n_bars) for tick in sorted(rng.choice(range(0, BAR, 3), 6, False))]
    return {
        "drums": [(place, 3, int(rng.choice((36, 38, 42, 46)))) for place in places],
        "bass": [(place, 6, int(rng.integers(30, 48))) for place in places],
        "piano": [(place, int(rng.integers(3, 20)), int(rng.integers(50, 72))) for place in places],
    }


def test_a_loop_is_told_from_loose_playing() -> None:
    loops = band_windows(measure_windows(loop(16, shift), [0, 8], 16) for shift in range(6))
    played = band_windows(measure_windows(loose(16, seed), [0, 8], 16) for seed in range(6))
    assert loops.features.shape == (12, len(BAND_FEATURES)) and loops.n_songs == 6
    assert compare(played, loops).auc > 0.9
    distinct = BAND_FEATURES.index("drums, distinct bars")
    assert loops.features[:, distinct].max() == 1 / 8 and played.features[:, distinct].min() > 0.8


def test_our_scores_have_parts_that_are_measured() -> None:
    plan = short_plan("rock", "4/4", 2)
    parts = parts_of(arrange(short_sheet(plan), plan))
    assert {"drums", "bass"} <= set(parts) and any(name.startswith("chords") for name in parts)
    rows = measure_windows(parts, [0], plan.n_bars)
    assert len(rows) == 1 and len(rows[0]) == len(BAND_FEATURES)
