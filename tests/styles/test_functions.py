"""Chord functions over every quality: own tones, steps of the key, fixed tones that keep off what they rub with."""

from __future__ import annotations

import pytest

from symbolic_music.styles.figures import SEMITONES
from symbolic_music.styles.functions import Ground, colour_of, semitones_of
from symbolic_music.theory.chord import QUALITIES, parse_chord
from symbolic_music.theory.key import parse_key

C = parse_key("C major")


def tone(function: str, symbol: str, key: str = "C major", colour: str = "", passes: bool = False) -> int:
    return semitones_of(function, Ground(parse_chord(symbol), parse_key(key), colour, passes))


@pytest.mark.parametrize(
    ("symbol", "third", "fifth", "seventh"),
    [
        ("C", 4, 7, 12), ("Am", 3, 7, 12), ("G7", 4, 7, 10), ("Fmaj7", 4, 7, 11), ("Bdim", 3, 6, 12),
        ("Csus4", 5, 7, 12), ("Gsus2", 2, 7, 12), ("Caug", 4, 8, 12), ("Bm7b5", 3, 6, 10), ("Bdim7", 3, 6, 9),
        ("C6", 4, 7, 9), ("C5", 0, 7, 12),
    ],
)  # fmt: skip
def test_own_functions_follow_the_quality(symbol: str, third: int, fifth: int, seventh: int) -> None:
    assert [tone(function, symbol) for function in ("R", "3", "5", "7")] == [0, third, fifth, seventh]


def test_steps_are_the_keys_where_they_do_not_rub() -> None:
    assert tone("9", "Dm") == 14 and tone("6", "Dm") == 9  # E and B over Dm in C
    assert tone("4", "F", passes=True) == 6, "B over F in C, in passing"
    assert tone("9", "Em") == 12, "F would be a minor ninth over E"
    assert tone("11", "C") == 16, "F over the third of C gives way to it"
    assert tone("9", "E7", "A minor") == 13, "over a dominant the minor ninth is wanted"


def test_chords_own_tensions_win_over_the_key() -> None:
    assert tone("9", "C9") == 14 and tone("2", "Cadd9") == 2 and tone("6", "Cm6", "C minor") == 9


def test_fixed_tones_stay_unless_they_rub() -> None:
    assert tone("b7", "C") == 10 and tone("b7", "Cmaj7") == 11
    assert tone("b3", "C", passes=True) == 3 and tone("b3", "C") == 4
    assert tone("#4", "C", passes=True) == 6 and tone("#4", "C") == 7


def test_coloured_styles_add_the_keys_seventh_and_the_blues_its_own() -> None:
    assert tone("7", "C", colour="scale") == 11 and tone("7", "G", colour="scale") == 10
    assert tone("7", "Dm", colour="scale") == 10 and tone("7", "E", "A minor", colour="scale") == 10
    assert tone("7", "C", colour="dominant") == 10 and tone("7", "C") == 12
    assert (
        colour_of("swing", "jazz") == "scale"
        and colour_of("pop", "pop") == ""
        and colour_of("blues", "blues") == "dominant"
    )


@pytest.mark.parametrize("quality", QUALITIES)
def test_no_function_that_is_held_rubs_with_a_tone_of_any_chord(quality: str) -> None:
    for root in range(12):
        chord = parse_chord("C").transpose(root)
        ground = Ground(chord.__class__(root, quality, root), C)
        for function in [name for name in SEMITONES if name != "~"]:
            found = semitones_of(function, ground)
            assert 0 <= found <= 21
            in_chord = found % 12 in ground.tones
            assert in_chord or ground.is_dominant or not any((found - other) % 12 == 1 for other in ground.tones)
