"""Players strike where their style has written it, and a player of another style does not."""

from __future__ import annotations

import pytest

from data_prep.band_idioms import idiom_song
from data_prep.band_onsets import BAR, onset_likeness
from symbolic_music.arranging import arrange


@pytest.mark.parametrize("style", ["swing", "reggae", "bossa nova", "metal"])
def test_every_player_strikes_where_the_style_has_it(style: str) -> None:
    plan, sheet = idiom_song(style, 4)
    score = arrange(sheet, plan)
    own = onset_likeness(score, plan)
    assert {"drums", "bass"} <= set(own) and min(own[part] for part in ("drums", "bass")) >= BAR, own
    as_house = onset_likeness(score, plan.model_copy(update={"style": "house"}))
    assert as_house["drums"] < 0.6 and as_house["bass"] < BAR
