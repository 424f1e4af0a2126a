"""The table of how bands play together: every measure, its bar, and the bands that are named."""

from __future__ import annotations

from data_prep.band_ensemble import BARS, CONTRAST, FIRST_GROOVE, count_named, measure, show, show_mix
from symbolic_music.arranging import arrange
from symbolic_music.evaluation.ensemble import ENSEMBLE_MEASURES
from symbolic_music.performing import perform
from tests.arranging.short_songs import short_plan, short_sheet


def test_bands_of_several_styles_hold_every_bar() -> None:
    plans = {style: short_plan(style, "4/4", 2) for style in ("pop", "swing", "metal", "house", "bossa nova", "funk")}
    plans["house"] = plans["house"].model_copy(update={"mood": "energetic"})
    found = measure({style: arrange(short_sheet(plan), plan) for style, plan in plans.items()}, None, plans)
    lines = list(show(found))
    assert len(lines) >= len(BARS) - 1  # the short song has no slash chord
    assert list(found[FIRST_GROOVE]) == ["house"] and all(0 <= value < 1 for value in found[CONTRAST].values())
    assert set(found) >= set(ENSEMBLE_MEASURES) and not any("MISSED" in line for line in lines), lines


def test_of_named_players_none_is_silent_and_nobody_else_plays() -> None:
    plan = short_plan("pop", "4/4", 1)
    named, silent, others = count_named(plan, short_sheet(plan))
    assert named > 80 and (silent, others) == (0, 0)


def test_the_mix_of_every_style_is_one_line_and_every_role_has_its_place() -> None:
    plans = {style: short_plan(style, "4/4", 2) for style in ("pop", "swing")}
    lines = list(show_mix({style: perform(arrange(short_sheet(plan), plan), plan) for style, plan in plans.items()}))
    assert [line.split()[0] for line in lines[1:3]] == ["pop", "swing"]
    assert all(float(line.split()[-1]) < 0.05 for line in lines[1:3]), "the tune is heard"
    assert "melody [64]" in lines[-1] and "bass [64]" in lines[-1]
