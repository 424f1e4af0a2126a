"""Pitch classes and pitches, read and spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import NotationError
from symbolic_music.theory.pitch import name_pitch, name_pitch_class, parse_pitch_class


@pytest.mark.parametrize(
    ("text", "pitch_class"), [("C", 0), ("b", 11), ("F#", 6), ("Gb", 6), ("B#", 0), ("Cb", 11), ("F##", 7), ("A♭", 8)]
)
def test_note_names_are_read_with_their_accidentals(text: str, pitch_class: int) -> None:
    assert parse_pitch_class(text) == pitch_class


@given(st.integers(0, 127), st.integers(-7, 7))
def test_a_pitch_is_spelled_in_the_octave_of_middle_c_being_four(pitch: int, fifths: int) -> None:
    name = name_pitch(pitch, fifths)
    letter, octave = name.rstrip("-0123456789"), int(name.lstrip("ABCDEFG#b"))
    assert parse_pitch_class(letter) == pitch % 12
    assert octave == pitch // 12 - 1
    assert name_pitch(60) == "C4"


@given(st.integers(-40, 40))
def test_keys_with_flats_are_spelled_with_flats_and_others_with_sharps(pitch_class: int) -> None:
    assert "b" not in name_pitch_class(pitch_class, 2) and "#" not in name_pitch_class(pitch_class, -2)
    assert parse_pitch_class(name_pitch_class(pitch_class, -2)) == pitch_class % 12


@pytest.mark.parametrize("text", ["H", "", "C#b", "Ces", "4"])
def test_other_texts_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotationError, match=r"is not a note name; write A to G with # or b"):
        parse_pitch_class(text)
