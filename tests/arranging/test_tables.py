"""The tables of grooves and patterns are complete and well formed."""

from __future__ import annotations

import itertools

import pytest

from symbolic_music.arranging.accompaniment import BASS_LINES, PIANO_TEXTURES, find_patterns
from symbolic_music.arranging.bars import ChordSpan
from symbolic_music.arranging.grooves import DRUM_PITCHES, FILLS, STROKE_VELOCITIES, find_groove, parse_groove
from symbolic_music.arranging.patterns import place_pattern
from symbolic_music.song.brief import GENRES
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.meter import METERS, parse_meter

PLACES = list(itertools.product(GENRES, METERS, range(3)))


@pytest.mark.parametrize(("genre", "meter", "level"), PLACES)
def test_every_pattern_fills_its_bar(genre: str, meter: str, level: int) -> None:
    n_cells = parse_meter(meter).bar_ticks // 3
    for letter, rows in parse_groove(find_groove(genre, meter, level)).items():
        assert letter in DRUM_PITCHES
        for row in rows:
            assert len(row) == n_cells and set(row) <= {*STROKE_VELOCITIES, "."}
    for table, letters in ((BASS_LINES, "RO356a-."), (PIANO_TEXTURES, "CLT1234-.")):
        for row in find_patterns(table, genre, meter, level):
            assert len(row) == n_cells and set(row) <= set(letters)


@pytest.mark.parametrize("kind", ["simple", "compound"])
def test_fills_fit_into_the_shortest_bar(kind: str) -> None:
    longest = 8 if kind == "simple" else 12
    for text in itertools.chain(*FILLS[kind]):
        for letter, rows in parse_groove(text).items():
            assert letter in DRUM_PITCHES and len(rows[0]) <= longest


def test_strokes_are_cut_and_struck_again_where_the_chord_changes() -> None:
    spans = [ChordSpan(0, 24, parse_chord("C")), ChordSpan(24, 48, parse_chord("G"))]
    strokes = place_pattern("R---------------", 0, spans, "R", always=True)
    assert [(s.onset_tick, s.end_tick, s.token, s.span.chord.root) for s in strokes] == [
        (0, 24, "R", 0), (24, 48, "R", 7),
    ]  # fmt: skip


def test_comping_may_come_late_but_no_chord_stays_unheard() -> None:
    spans = [ChordSpan(0, 24, parse_chord("C")), ChordSpan(24, 48, parse_chord("G"))]
    strokes = place_pattern("..C-............", 0, spans, "C", always=False)
    assert [(s.onset_tick, s.end_tick) for s in strokes] == [(6, 12), (24, 48)]
