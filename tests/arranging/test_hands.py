"""Hands on keyboards and guitars: what is playable, and the nearest voicing where something is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.arranging.hands import (
    FRET_SPAN,
    FRETS,
    HAND_NOTES,
    HAND_SPAN,
    STRINGS,
    find_frets,
    nearest_playable,
    play_with_hands,
    playable_with,
    split_hands,
)

# Open chords as every guitarist knows them: E, A, D, G, C, Am, and F as a barre.
OPEN_CHORDS = {
    "E": (40, 47, 52, 56, 59, 64), "A": (45, 52, 57, 61, 64), "D": (50, 57, 62, 66), "G": (43, 47, 50, 55, 59, 67),
    "C": (48, 52, 55, 60, 64), "Am": (45, 52, 57, 60, 64), "F": (41, 48, 53, 57, 60, 65),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN_CHORDS)
def test_chords_that_guitarists_play_are_playable(name: str) -> None:
    frets = find_frets(OPEN_CHORDS[name])
    assert frets is not None
    assert tuple(STRINGS[string] + fret for string, fret in frets) == OPEN_CHORDS[name]


@pytest.mark.parametrize("pitches", [(40, 41), (39,), (40, 44, 47, 52, 56, 59, 64), (60, 61, 62, 63), (40, 86)])
def test_what_no_guitarist_plays(pitches: tuple[int, ...]) -> None:
    possible = pitches == (40, 86)  # low open string and a high fret: possible only up to the neck's end
    assert (find_frets(pitches) is not None) == (possible and 86 - STRINGS[-1] <= FRETS)


def test_ten_fingers_reach_two_tenths_and_no_more() -> None:
    assert split_hands((36, 43, 52, 60, 64, 67, 72)) == ((36, 43, 52), (60, 64, 67, 72))
    assert split_hands((36, 60, 84)) is None
    assert split_hands(tuple(range(60, 71))) is None  # eleven notes
    assert split_hands((48, 64)) == ((48,), (64,))


chords = st.lists(st.integers(40, 84), min_size=1, max_size=8, unique=True).map(lambda notes: tuple(sorted(notes)))


@settings(max_examples=60, deadline=None)
@given(chords, st.sampled_from([0, 24, 27]))
def test_the_nearest_voicing_is_playable_and_of_the_same_tones(pitches: tuple[int, ...], program: int) -> None:
    fits = playable_with(program)
    assert fits is not None
    found = nearest_playable(pitches, program, 40, 84)
    assert found and fits(found) and {pitch % 12 for pitch in found} <= {pitch % 12 for pitch in pitches}
    if fits(pitches):
        assert found == pitches


def test_only_strikes_out_of_reach_change() -> None:
    rows = [(0, 12, 48, 80), (0, 12, 52, 80), (12, 12, 40, 80), (12, 12, 41, 70), (12, 12, 76, 80)]
    played = play_with_hands(rows, 25, 40, 84)
    assert played[:2] == rows[:2]
    strike = tuple(row[2] for row in played[2:])
    frets = find_frets(strike)
    assert frets is not None and {pitch % 12 for pitch in strike} == {4, 5}
    stopped = [fret for _, fret in frets if fret]
    assert len({string for string, _ in frets}) == len(strike) and max(stopped) - min(stopped) <= FRET_SPAN
    assert play_with_hands(rows, 73, 60, 96) == rows  # a flute has no hands to spread


def test_constants_are_those_of_the_brief() -> None:
    assert (HAND_SPAN, HAND_NOTES, FRET_SPAN, len(STRINGS)) == (16, 5, 4, 6)
