"""Measures of playing together, on scores of a bar or two whose answers are plain."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.evaluation.ensemble import ENSEMBLE_MEASURES, doubled_notes
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter

Row = tuple[int, int, int, int]
BAR = 48


def score_of(chords: tuple[str, ...] = ("C", "G/B"), **parts: list[Row]) -> Score:
    """Two bars; a part named ``drums`` is a kit, ``piano`` and ``guitar`` play chords."""
    roles = {"piano": "chords", "guitar": "chords"}
    programs = {"melody": 73, "bass": 33, "guitar": 25, "drums": 0, "pad": 48, "piano": 0}
    tracks = tuple(
        Track(name.title(), roles.get(name, name), programs[name], make_notes(rows), name == "drums", 90, 64)
        for name, rows in parts.items()
    )
    symbols = tuple(Marker(bar * BAR, symbol) for bar, symbol in enumerate(chords))
    meter = parse_meter("4/4")
    return Score(
        title="Test", tpq=12, end_tick=2 * BAR, tracks=tracks, tempos=(TempoChange(0, 120.0),),
        meters=(MeterChange(0, meter),), keys=(KeyChange(0, parse_key("C")),), markers=(Marker(0, "Verse 1"),),
        chord_symbols=symbols, lyrics=(),
    )  # fmt: skip


def struck(*pitches: int, onset: int = 0, length: int = 12) -> list[Row]:
    return [(onset, length, pitch, 80) for pitch in pitches]


def measured(name: str, score: Score) -> float:
    return ENSEMBLE_MEASURES[name](score)


def test_an_open_and_a_closed_hat_together_are_found() -> None:
    groove = [(0, 3, 42, 80), (0, 3, 46, 80), (6, 3, 42, 80), (12, 3, 42, 80)]
    assert measured("hi-hat in two states", score_of(drums=groove)) == 0.5
    assert measured("strokes for more than two hands", score_of(drums=groove)) == 0.25
    assert measured("hi-hat in two states", score_of(drums=groove[2:])) == 0


def test_bars_of_drums_are_told_apart() -> None:
    once = [(0, 3, 36, 90), (12, 3, 38, 110)]
    again = [(on + BAR, *rest) for on, *rest in once]
    assert measured("commonest drum bar", score_of(drums=once + again)) == 1  # type: ignore[operator]
    assert measured("distinct drum bars", score_of(drums=[*once, (BAR, 3, 36, 90)])) == 1
    assert measured("velocity spread of the drums", score_of(drums=once)) == 10
    assert measured("first drums, s", score_of(drums=once[1:])) == 0.5


def test_a_pitch_in_two_parts_counts_in_both() -> None:
    piano, guitar = struck(60, 64, 67), struck(64, 72, onset=6)
    assert doubled_notes(guitar, piano) == [guitar[0]]
    assert measured("same pitch in two chord parts", score_of(piano=piano, guitar=guitar)) == pytest.approx(1 / 5)
    assert measured("same pitch in two chord parts", score_of(piano=piano)) == 0


def test_thirds_in_the_bass_are_mud() -> None:
    assert measured("strikes below the low interval limits", score_of(piano=struck(40, 44))) == 1
    assert measured("strikes below the low interval limits", score_of(piano=struck(40, 47) + struck(60, 64))) == 0


def test_the_bass_plays_what_a_slash_names_and_somebody_every_tone() -> None:
    root, named = struck(31, onset=BAR), struck(35, onset=BAR)
    assert measured("slash basses played", score_of(bass=struck(36) + root)) == 0
    assert measured("slash basses played", score_of(bass=struck(36) + named)) == 1
    band = {"melody": struck(72), "bass": struck(36), "piano": struck(64, 67), "guitar": struck(55)}
    assert measured("chords complete", score_of(chords=("C",), **band)) == 1
    band["piano"] = struck(67, 72)
    assert measured("chords complete", score_of(chords=("C",), **band)) == 0


def test_a_lead_with_its_own_sound_stands_alone() -> None:
    assert measured("lead unlike its neighbours", score_of(melody=struck(72), piano=struck(60))) == 1
    doubled = score_of(melody=struck(72))
    twin = doubled.tracks[0].__class__("Flute", "chords", 73, make_notes(struck(60)), False, 90, 64)
    both = Score(**{**doubled.__dict__, "tracks": (*doubled.tracks, twin)})
    assert measured("lead unlike its neighbours", both) == 0


def test_what_is_not_there_is_not_measured() -> None:
    assert all(np.isnan(measured(name, score_of())) for name in ENSEMBLE_MEASURES)
