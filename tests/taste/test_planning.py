"""What a plan promises a listener: moods have their tempi, the last chorus lifts the key itself."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.planning import dramaturgy, plan
from symbolic_music.planning.setting import draw_setting
from symbolic_music.song.brief import Brief


def mean_tempo(mood: str, genre: str) -> float:
    """Mean tempo of four hundred songs, in quarters a minute."""
    briefs = (Brief(mood=mood, genre=genre, n_bars=32, seed=seed) for seed in range(400))
    return float(np.mean([draw_setting(brief, None, False).tempo_qpm for brief in briefs]))


@pytest.mark.parametrize("genre", ["pop", "rock", "folk"])
def test_sad_songs_are_slower_than_neutral_ones_and_energetic_ones_faster(genre: str) -> None:
    sad, neutral, energetic = (mean_tempo(mood, genre) for mood in ("sad", "neutral", "energetic"))
    assert sad < neutral < energetic


def test_a_lift_begins_with_the_last_chorus_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dramaturgy.LIFT_SHARE, "pop", 1.0)
    form = "verse8 chorus8 verse8 chorus8 bridge8 chorus8 outro4"
    sections = plan(Brief(genre="pop", form=form, seed=1)).sections
    last = max(number for number, section in enumerate(sections) if section.kind == "chorus")
    before, after = ([section.key for section in part] for part in (sections[:last], sections[last:]))
    assert len(set(before)) == len(set(after)) == 1
    assert (after[0].tonic_pitch_class - before[0].tonic_pitch_class) % 12 in (1, 2)
