"""Foreign lead sheets with a style: genre, tempo and manner of playing; what does not fit is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic_music.arranging import arrange
from symbolic_music.errors import InputError
from symbolic_music.performing import perform
from symbolic_music.pipeline.leadsheets import SheetWish, plan_of_sheet

TUNE = Path(__file__).parents[1] / "importing" / "files" / "musescore_tune.mxl"


def test_a_style_gives_genre_and_tempo() -> None:
    plan, sheet = plan_of_sheet(TUNE, SheetWish(style="bossa nova", seed=2))
    assert (plan.genre, plan.seed) == ("jazz", 2) and 100 <= plan.tempo_qpm <= 150
    assert sheet.tempo_qpm == plan.tempo_qpm
    # The file's own tempo (96) stays where the style is played so.
    assert plan_of_sheet(TUNE, SheetWish(style="pop ballad"))[0].tempo_qpm in (96, 70, 75, 80)
    assert plan_of_sheet(TUNE)[0].tempo_qpm == 96
    assert plan_of_sheet(TUNE, SheetWish(tempo_qpm=111))[0].tempo_qpm == 111


def test_a_style_that_does_not_fit_names_those_that_do() -> None:
    with pytest.raises(InputError, match=r"not in 4/4; these fit: .*bossa nova"):
        plan_of_sheet(TUNE, SheetWish(style="waltz"))
    with pytest.raises(InputError, match="style 'bosa nova' is not known; did you mean bossa nova"):
        plan_of_sheet(TUNE, SheetWish(style="bosa nova"))


def test_a_foreign_sheet_becomes_a_song() -> None:
    wish = SheetWish(style="bossa nova", band=("piano", "upright bass", "brushes", "trumpet lead"))
    plan, sheet = plan_of_sheet(TUNE, wish)
    score = perform(arrange(sheet, plan), plan)
    assert {track.role: track.program for track in score.tracks} == {"melody": 56, "chords": 0, "bass": 32, "drums": 40}
    assert score.end_tick == 11 * 4 * 480
    # The pickup is the lead's alone.
    assert [t.role for t in score.tracks if (t.notes["onset_tick"] < 4 * 480 - 100).any()] == ["melody"]
