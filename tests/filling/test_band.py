"""The band in a style by the phrase model."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from symbolic_music.arranging import ArrangeOptions, arrange
from symbolic_music.arranging.endings import last_chord_tick
from symbolic_music.errors import InputError
from symbolic_music.filling import compose
from symbolic_music.filling.band import write_band
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.style import all_styles, load_style
from symbolic_music.tokens.vocabulary import STYLES
from tests.builders import make_plan

BAR = 48


@pytest.fixture(scope="module")
def song() -> tuple[SongPlan, LeadSheet]:
    plan = make_plan()
    return plan, compose(plan)


def test_every_style_is_heard_as_one_that_the_model_knows() -> None:
    assert {style.heard_as for style in all_styles()} <= set(STYLES)


def test_players_enter_with_intensity() -> None:
    for style in all_styles():
        quiet, full = set(style.parts_at(0.0)), set(style.parts_at(1.0))
        assert quiet and quiet <= full <= set(style.band)


def test_parts_play_where_their_level_says_and_in_the_song(song: tuple[SongPlan, LeadSheet]) -> None:
    plan, sheet = song
    style = load_style("pop")
    rows = write_band(plan, sheet, style)
    assert set(rows) <= set(style.band) and {"drums", "bass"} <= set(rows)
    start = 0
    for section in plan.sections:
        end = start + section.n_bars * BAR
        playing = set(style.parts_at(section.intensity, section.roles))
        assert {part for part, own in rows.items() if any(start <= row[0] < end for row in own)} <= playing
        start = end
    assert all(0 <= row[0] < row[0] + row[1] <= plan.n_bars * BAR for own in rows.values() for row in own)
    bass = sorted(rows["bass"])
    assert all(one[0] + one[1] <= other[0] for one, other in pairwise(bass))


def test_the_same_seed_gives_the_same_band_and_an_exact_repeat_repeats_it(song: tuple[SongPlan, LeadSheet]) -> None:
    plan, sheet = song
    style = load_style("rock")
    rows = write_band(plan, sheet, style)
    assert rows == write_band(plan, sheet, style)
    bass = {row[0]: row[2] for row in rows["bass"]}
    verse, again = range(2 * BAR, 6 * BAR), 8 * BAR  # verse.1 and its repeat, neither before a boundary
    assert {on: pitch for on, pitch in bass.items() if on in verse} == {
        on - again: pitch for on, pitch in bass.items() if on - again in verse
    }


def test_a_styled_score_has_its_band_and_ends(song: tuple[SongPlan, LeadSheet]) -> None:
    plan, sheet = song
    style = load_style("bossa nova")
    score = arrange(sheet, plan, ArrangeOptions(style=style))
    programs = {track.program for track in score.tracks if track.role not in ("melody", "drums")}
    assert programs <= {instrument.program for instrument in style.instruments.values()}
    last = last_chord_tick(sheet)
    for track in score.tracks:
        if track.role not in ("melody", "drums"):
            assert not np.any(track.notes["onset_tick"] > last), track.name
    bass = next(track.notes for track in score.tracks if track.role == "bass")
    assert np.isin([0, 2 * BAR, 10 * BAR], bass["onset_tick"]).sum() >= 2


def test_a_style_of_another_meter_is_refused(song: tuple[SongPlan, LeadSheet]) -> None:
    with pytest.raises(InputError, match="these fit"):
        arrange(*reversed(song), ArrangeOptions(style=load_style("waltz")))
