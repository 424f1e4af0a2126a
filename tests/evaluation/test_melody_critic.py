"""The learned critic: what it judges, and files that it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import CheckpointError
from symbolic_music.evaluation.features import feature_names
from symbolic_music.evaluation.melody_critic import (
    LIMIT,
    MelodyCritic,
    load_critic,
    melody_odds,
    phrase_windows,
    save_critic,
)
from tests.builders import scale_melody

TUNE = [(on, 12, pitch) for on, _, pitch in scale_melody(8)]


def test_phrases_of_other_lengths_and_meters_are_not_judged() -> None:
    assert phrase_windows(TUNE, 4, 48) == [] and phrase_windows(TUNE, 8, 36) == []
    assert melody_odds(TUNE[:8], 4, 48) == 0.0
    assert len(phrase_windows(TUNE, 8, 48)) == 1


def test_a_phrase_of_sixteen_bars_has_two_windows_and_silence_none() -> None:
    tune = [(on, 12, pitch) for on, _, pitch in scale_melody(16)]
    first, second = phrase_windows(tune, 16, 48)
    assert first.onset.max() < 384 and second.onset.min() == 0
    assert phrase_windows(tune[:8], 16, 48) == []


def test_octaves_do_not_matter_and_odds_are_limited() -> None:
    low = [(on, length, pitch - 12) for on, length, pitch in TUNE]
    assert melody_odds(TUNE, 8, 48) == pytest.approx(melody_odds(low, 8, 48))
    assert abs(melody_odds(TUNE, 8, 48)) <= LIMIT


def test_a_critic_comes_back_and_one_for_other_features_is_refused(tmp_path: Path) -> None:
    n = len(feature_names())
    critic = MelodyCritic(np.zeros(n), np.ones(n), np.arange(n) / n, 0.5)
    save_critic(critic, tmp_path / "critic.npz")
    again = load_critic(tmp_path / "critic.npz")
    assert np.allclose(again.weight, critic.weight) and again.intercept == 0.5
    np.savez(tmp_path / "other.npz", mean=[0.0], scale=[1.0], weight=[1.0], intercept=0.0, names=["height"])
    with pytest.raises(CheckpointError, match="other features"):
        load_critic(tmp_path / "other.npz")
    with pytest.raises(CheckpointError, match="not a melody critic"):
        load_critic(tmp_path / "missing.npz")
