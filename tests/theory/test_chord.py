"""Chord symbols: tones, transposition, texts as musicians write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import NotationError
from symbolic_music.theory.chord import QUALITIES, Chord, parse_chord, parse_quality, quality_of

CHORDS = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))


@pytest.mark.parametrize(
    ("symbol", "tones"),
    [
        ("C", "C E G"),
        ("Am7", "A C E G"),
        ("F#dim", "F# A C"),
        ("Bbmaj7", "Bb D F A"),
        ("E7sus4", "E A B D"),
        ("Dm7b5", "D F Ab C"),
        ("G9", "G B D F A"),
        ("C6/9", "C E G A D"),
    ],
)
def test_a_symbol_means_the_tones_that_a_pianist_would_play(symbol: str, tones: str) -> None:
    assert parse_chord(symbol).pitch_classes == {parse_chord(tone).root for tone in tones.split()}


def test_a_slash_says_the_bass_and_adds_no_tone() -> None:
    chord = parse_chord("C/D")
    assert (chord.root, chord.bass) == (0, 2)
    assert chord.pitch_classes == parse_chord("C").pitch_classes


@given(CHORDS, st.sampled_from((-3, 3)))
def test_a_chord_is_read_as_it_was_written_with_flats_or_sharps(chord: Chord, fifths: int) -> None:
    again = parse_chord(chord.symbol(fifths))
    assert (again.root, again.bass, again.pitch_classes) == (chord.root, chord.bass, chord.pitch_classes)


@given(CHORDS, st.integers(-24, 24))
def test_transposing_moves_root_bass_and_every_tone(chord: Chord, semitones: int) -> None:
    moved = chord.transpose(semitones)
    assert moved.pitch_classes == {(tone + semitones) % 12 for tone in chord.pitch_classes}
    assert (moved.bass - chord.bass) % 12 == (moved.root - chord.root) % 12 == semitones % 12
    assert moved.transpose(-semitones) == chord


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C-7", "Cm7"),
        ("CΔ", "Cmaj7"),
        ("Cø", "Cm7b5"),
        ("C°7", "Cdim7"),
        ("C+", "Caug"),
        ("c", "C"),
        ("D♭", "Db"),
        ("C^7", "Cmaj7"),
        ("C7M", "Cmaj7"),
        ("Cma9", "Cmaj9"),
        ("G7/9", "G9"),
        ("G7/9/B", "G9/B"),
        ("Hm", "Bm"),
        ("H7", "B7"),
        ("C4", "Csus4"),
        ("C7/4", "C7sus4"),
        ("Cm7-5", "Cm7b5"),
        ("Ch7", "Cm7b5"),
        ("C7(#9)", "C7#9"),
        ("C7(9,13)", "C13"),
        ("CmM7", "Cm/maj7"),
        ("C5+", "Caug"),
        ("Cno3", "C5"),
    ],
)
def test_other_spellings_mean_the_same(one: str, other: str) -> None:
    assert parse_chord(one) == parse_chord(other)


@pytest.mark.parametrize("text", ["", "J7", "Cxyz", "C/K", "N.C."])
def test_what_is_no_chord_is_refused_in_words(text: str) -> None:
    with pytest.raises(NotationError, match=r"is not a chord symbol|is not known"):
        parse_chord(text)


def test_a_chord_that_nobody_plays_here_names_the_nearest() -> None:
    with pytest.raises(NotationError, match="the nearest that is played is '7b9'"):
        parse_chord("C13b9")


def test_an_unknown_quality_is_named_with_its_chord_and_what_is_known() -> None:
    with pytest.raises(NotationError, match=r"chord 'Cxyz': quality 'xyz' is not known; known are '', 'm'"):
        parse_quality("xyz", "Cxyz")


@pytest.mark.parametrize("quality", sorted(QUALITIES))
def test_the_tones_of_a_quality_find_it_again(quality: str) -> None:
    tones = frozenset(QUALITIES[quality][0])
    assert frozenset(QUALITIES[quality_of(tones)][0]) == tones


def test_tones_between_two_qualities_take_the_nearest() -> None:
    assert quality_of(frozenset({0, 4})) in ("maj", "5", "aug")
    assert quality_of(frozenset({0, 3, 7, 10, 5})) == "min7"
