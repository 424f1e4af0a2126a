"""Keys: names, signatures, scales, and how far they lie from where the model composes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import NotationError
from symbolic_music.theory.key import MODES, REFERENCE_TONIC, Key, key_of, parse_key

KEYS = st.builds(key_of, st.integers(0, 11), st.sampled_from(MODES))


@pytest.mark.parametrize(
    ("text", "name", "fifths"),
    [
        ("C", "C major", 0),
        ("Bbm", "Bb minor", -5),
        ("f# minor", "F# minor", 3),
        ("E♭ major", "Eb major", -3),
        ("a-moll", "A minor", 0),
        ("D dur", "D major", 2),
        ("Cb", "Cb major", -7),
    ],
)
def test_keys_are_read_as_people_write_them_and_have_their_signature(text: str, name: str, fifths: int) -> None:
    assert (str(parse_key(text)), parse_key(text).fifths) == (name, fifths)


@pytest.mark.parametrize(("text", "name"), [("G# major", "Ab major"), ("D# major", "Eb major"), ("Fb", "E major")])
def test_a_key_with_more_than_seven_accidentals_is_written_with_its_other_name(text: str, name: str) -> None:
    assert str(parse_key(text)) == name


@given(KEYS)
def test_a_key_is_read_as_it_is_printed(key: Key) -> None:
    assert parse_key(str(key)) == key


@given(KEYS)
def test_a_scale_is_the_reference_scale_moved_by_the_shift(key: Key) -> None:
    reference = key_of(REFERENCE_TONIC[key.mode], key.mode)
    assert -6 <= key.tonic_shift <= 5
    assert key.pitch_classes == tuple((tone + key.tonic_shift) % 12 for tone in reference.pitch_classes)
    assert key.pitch_classes[0] == key.tonic_pitch_class and len(set(key.pitch_classes)) == 7


@given(st.integers(0, 11))
def test_relative_keys_share_signature_and_scale(tonic: int) -> None:
    major, minor = key_of(tonic, "major"), key_of(tonic - 3, "minor")
    assert set(major.pitch_classes) == set(minor.pitch_classes)
    assert (major.fifths - minor.fifths) % 12 == 0


@given(KEYS)
def test_keys_are_spelled_with_six_accidentals_at_most(key: Key) -> None:
    assert abs(key.fifths) <= 6


@pytest.mark.parametrize("text", ["H minor", "", "C lydian", "major", "C#b", None])
def test_what_is_no_key_is_refused_with_an_example(text: str | None) -> None:
    with pytest.raises(NotationError, match=r"is not a key; write a tonic A to G with # or b, then a mode"):
        parse_key(text)  # type: ignore[arg-type]
