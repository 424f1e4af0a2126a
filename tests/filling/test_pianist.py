"""A free pianist over a lead sheet: broken chords, low roots, two hands, returns; never the style's figure."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from symbolic_music.analysis.similarity import phrase_similarity
from symbolic_music.arranging import arrange
from symbolic_music.arranging.hands import split_hands
from symbolic_music.arranging.registers import sits_on
from symbolic_music.filling.pianist import write_pianist
from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import Score
from symbolic_music.styles.band import choose_band, plays_freely
from symbolic_music.styles.style import load_style
from tests.arranging.band_songs import make_plan, make_sheet

Row = tuple[int, int, int, int]
BAR = 48
BAND = ("voice lead", "piano")


@cache
def played() -> Score:
    plan = make_plan(style="pop ballad", band=BAND, tempo_qpm=72.0)
    return arrange(make_sheet(plan), plan)


@cache
def piano() -> tuple[Row, ...]:
    return tuple(rows_of(next(track.notes for track in played().tracks if track.role == "chords")))


def strokes() -> dict[int, list[int]]:
    struck: dict[int, list[int]] = {}
    for onset, _, pitch, _ in piano():
        struck.setdefault(onset, []).append(pitch)
    return struck


def test_who_plays_freely() -> None:
    def free(style: str, meter: str = "4/4", band: tuple[str, ...] | None = None) -> bool:
        return plays_freely(choose_band(load_style(style), band).style, "piano", meter)

    assert free("pop ballad")
    assert free("pop", band=BAND)  # alone with the tune
    assert not free("pop")  # in a band: the style's figures
    assert not free("swing", band=BAND)
    assert not free("pop ballad", "12/8")
    assert not free("pop ballad", band=("voice lead", "organ"))


def test_chords_are_broken_and_the_left_hand_moves() -> None:
    single = [pitches for pitches in strokes().values() if len(pitches) == 1]
    assert len(single) > 0.35 * len(strokes())
    lowest = [min(pitches) for _, pitches in sorted(strokes().items())]
    assert sum(a == b for a, b in pairwise(lowest)) < 0.25 * len(lowest)
    assert len({length for _, length, _, _ in piano()}) >= 8


def test_two_hands_can_play_it_and_the_tune_is_free() -> None:
    assert all(split_hands(tuple(sorted(set(pitches)))) for pitches in strokes().values())
    tune = rows_of(played().tracks[0].notes)
    assert not sits_on(piano(), tune, 12)


def test_the_song_rests_on_its_basses() -> None:
    changes = {marker.tick for marker in played().chord_symbols}
    low = [min(pitches) for onset, pitches in strokes().items() if onset in changes]
    assert len(low) > 0.8 * len(changes)
    assert sum(pitch < 57 for pitch in low) > 0.7 * len(low)


def test_the_second_verse_is_the_first_with_changes() -> None:
    one, other = (
        {(on - start, pitch) for on, _, pitch, _ in piano() if start <= on < start + 8 * BAR}
        for start in (4 * BAR, 20 * BAR)
    )
    chorus = {(on - 12 * BAR, pitch) for on, _, pitch, _ in piano() if 12 * BAR <= on < 20 * BAR}
    assert phrase_similarity(one, other) > 2 * phrase_similarity(one, chorus)


@pytest.mark.slow
def test_one_seed_one_pianist() -> None:
    plan = make_plan(style="pop ballad", band=BAND, tempo_qpm=72.0)
    sheet, names = make_sheet(plan), [section.name for section in plan.sections[:2]]
    assert write_pianist(plan, sheet, names) == write_pianist(plan, sheet, names)
    other = plan.model_copy(update={"seed": plan.seed + 1})
    assert write_pianist(plan, sheet, names) != write_pianist(other, sheet, names)
