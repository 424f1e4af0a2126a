"""What one drummer can strike at once."""

from __future__ import annotations

import pytest

from symbolic_music.theory.drumming import (
    GHOST_SNARE,
    SNARE,
    ghost_limit,
    mark_ghosts,
    playable_drums,
    strokes_not_playable,
)


def struck(*drums: int, is_machine: bool = False, percussionists: int = 1) -> set[int]:
    """Which of the drums stay when all are struck at once."""
    return {hit[2] for hit in playable_drums([(0, 3, drum) for drum in drums], is_machine, percussionists)}


@pytest.mark.parametrize(
    ("together", "left"),
    [
        ((42, 46), {46}),  # one hi-hat
        ((44, 46), {46}), ((42, 44), {42}),  # the hand keeps time
        ((38, 37), {38}), ((38, 40), {38}), ((37, 40), {37}), ((38, 39), {38}),  # one snare
        ((35, 36), {36}),  # one foot on the kick
        ((51, 42, 44), {51, 44}),  # one timekeeper, and the foot is free
        ((49, 42, 36), {49, 36}), ((49, 51), {49}),  # the crash is struck by the timekeeping hand
        ((38, 48, 42, 36), {38, 48, 36}),  # two hands: the hi-hat is left in a fill
        ((38, 45, 48), {38, 45}),
        ((36, 38, 42, 44), {36, 38, 42}),
    ],
)  # fmt: skip
def test_two_hands_two_feet_one_hi_hat(together: tuple[int, ...], left: set[int]) -> None:
    assert struck(*together) == left


def test_the_open_hi_hat_stays_where_it_is_the_accent() -> None:
    assert [hit[2] for hit in playable_drums([(0, 3, 42, 76), (0, 3, 46, 125)])] == [46]
    assert [hit[2] for hit in playable_drums([(0, 3, 42, 75), (0, 3, 46, 74)])] == [42]


def test_percussion_is_for_other_players() -> None:
    assert struck(36, 38, 42, 63, 70) == {36, 38, 42, 63, 70}
    assert struck(63, 56, 75, 70) == {63, 56}
    assert struck(63, 56, 75, 70, percussionists=2) == {63, 56, 75, 70}


def test_a_machine_has_hands_enough_but_one_hi_hat() -> None:
    assert struck(36, 38, 39, 45, 48, 51, 42, 46, is_machine=True) == {36, 38, 39, 45, 48, 51, 46}


def test_what_a_drummer_plays_stays_as_it_is() -> None:
    groove = [(tick, 3, 42, 80) for tick in range(0, 48, 6)] + [(0, 3, 36, 100), (12, 3, 38, 110), (36, 3, 38, 112)]
    assert playable_drums(groove) == sorted(groove, key=lambda hit: (hit[0], hit[2]))
    assert strokes_not_playable(groove) == []


def test_the_checker_names_what_the_cleaner_leaves_out() -> None:
    hits = [(on, 3, drum) for on in (0, 6) for drum in (36, 38, 42, 46, 51)]
    kept, missing = playable_drums(hits), strokes_not_playable(hits)
    assert sorted(kept + missing) == hits and {hit[2] for hit in missing} == {42, 46}
    assert not strokes_not_playable(kept)


def test_strokes_of_a_performance_within_milliseconds_are_one_instant() -> None:
    hits = [(1.000, 0.1, 42, 70), (1.009, 0.1, 46, 100)]
    assert strokes_not_playable(hits) == []
    assert strokes_not_playable(hits, together=0.015) == hits[:1]


def test_a_drum_struck_twice_at_once_is_struck_once_and_as_loud_as_the_louder() -> None:
    assert playable_drums([(0, 3, 38, 60), (0, 3, 38, 100)]) == [(0, 3, 38, 100)]


def test_soft_snare_strokes_are_ghosts_on_either_snare() -> None:
    marked = mark_ghosts([(0, 3, 40, 100), (3, 3, 38, 20), (6, 3, 42, 20)])
    assert [hit[2] for hit in marked] == [SNARE, GHOST_SNARE, 42]


def test_a_song_that_is_soft_all_through_has_no_ghosts() -> None:
    soft = [(12 * i, 3, 38, 38 + i % 3) for i in range(8)]
    assert {hit[2] for hit in mark_ghosts(soft, ghost_limit(soft))} == {SNARE}
    assert ghost_limit([]) > 0
