"""Chords are heard with root, quality and bass, where nobody has written them down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbolic_music.analysis.chords import find_chords, find_chords_of_score
from symbolic_music.analysis.key import find_key_of_score
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter
from tests.formats.test_midi import make_score


def chords_score(*chords: tuple[int, ...]) -> Score:
    """A score of whole-bar chords."""
    score = make_score(12, n_bars=len(chords))
    rows = [(bar * 48, 48, pitch, 80) for bar, chord in enumerate(chords) for pitch in chord]
    silent = replace(score, chord_symbols=(), keys=(), meters=(MeterChange(0, Meter(4, 4)),))
    return replace(silent, tracks=(replace(score.tracks[1], notes=make_notes(rows), controls=()),))


def heard(score: Score) -> list[tuple[int, str]]:
    """The chords of a score as bar and symbol."""
    return [(event.onset_tick // 48, event.chord.symbol()) for event in find_chords_of_score(score)]


def test_chords_are_heard_with_root_and_quality() -> None:
    score = chords_score((48, 64, 67), (45, 60, 64), (43, 59, 62, 65), (43, 59, 62, 65))
    assert heard(score) == [(0, "C"), (1, "Am"), (2, "G7")]


def test_an_inversion_is_heard_by_its_bass() -> None:
    assert heard(chords_score((53, 60, 69), (52, 60, 67))) == [(0, "F"), (1, "C/E")]


def test_drums_and_silence_have_no_chords() -> None:
    score = chords_score((48, 64, 67))
    drums = replace(score, tracks=(replace(score.tracks[0], is_drum=True),))
    assert find_chords_of_score(drums) == ()


@pytest.mark.parametrize(("key", "symbol"), [("G major", "D"), ("D minor", "Dm")])
def test_the_key_decides_where_the_third_is_missing(key: str, symbol: str) -> None:
    fifth = [(0, 48, 50), (0, 48, 57)]
    [(_, chord)] = find_chords([(fifth, 1.0)], Meter(4, 4), 1, [(0, 1, parse_key(key))])
    assert chord.symbol() == symbol


def test_keys_are_heard_from_sounding_chords() -> None:
    assert str(find_key_of_score(chords_score((48, 64, 67), (53, 57, 60), (43, 59, 62), (48, 64, 67)))) == "C major"
    assert str(find_key_of_score(chords_score((45, 60, 64), (50, 62, 65), (52, 56, 59), (45, 60, 64)))) == "A minor"
