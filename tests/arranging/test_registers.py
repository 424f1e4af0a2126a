"""No part sits on the tune's register, none goes below the bass; what moves keeps its tones and its pattern."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.arranging.hands import playable_with
from symbolic_music.arranging.registers import (
    NEIGHBOUR,
    OCTAVE,
    Around,
    Room,
    below_bass,
    keep_clear,
    sits_on,
    touches,
)
from symbolic_music.arranging.voicing import voice_band
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.meter import parse_meter

BAR, BEAT = 48, 12
Row = tuple[int, int, int, int]


def held(*pitches: int, bars: int = 1, start: int = 0) -> list[Row]:
    """One chord held for some bars."""
    return [(start * BAR, bars * BAR, pitch, 80) for pitch in pitches]


def pulse(chord: tuple[int, ...], bars: int = 2, start: int = 0) -> list[Row]:
    """A chord on every beat."""
    return [(start * BAR + beat * BEAT, BEAT, pitch, 80) for beat in range(4 * bars) for pitch in chord]


def test_a_touch_is_two_semitones_at_the_same_time() -> None:
    tune = [(0, 12, 72, 90), (12, 12, 67, 90)]
    assert touches([(0, 24, 70, 80)], tune) == [(0, 12)]
    assert touches([(0, 24, 69, 80)], tune) == [(12, 24)]
    assert touches([(0, 24, 60, 80)], tune) == []
    assert touches([(24, 24, 67, 80)], tune) == []


def test_sitting_is_more_than_two_beats_with_short_gaps() -> None:
    tune = held(72, bars=4)
    assert sits_on([(0, 24, 72, 80)], tune, BEAT) == []
    assert sits_on([(0, 25, 72, 80)], tune, BEAT) == [(0, 25)]
    stabs = [(beat * 12, 6, 71, 80) for beat in range(6)]  # off the tune for half a beat at a time
    assert sits_on(stabs, tune, BEAT) == [(0, 66)]
    apart = [(beat * 24, 12, 71, 80) for beat in range(6)]  # every other beat is free
    assert sits_on(apart, tune, BEAT) == []


def test_a_chord_part_makes_room_by_inversion_and_keeps_its_tones() -> None:
    tune, bass = held(72, bars=2), held(36, bars=2)
    rows = pulse((64, 67, 72))
    clear = keep_clear(rows, Around(tune, bass, BAR, BEAT), Room(36, 96))
    assert not sits_on(clear, tune, BEAT)
    strikes = [{row[2] % 12 for row in clear if row[0] == beat * BEAT} for beat in range(8)]
    assert strikes == [{4, 7, 0}] * 8
    assert max(row[2] for row in clear) < 72 and len(clear) == len(rows)


def test_what_is_clear_stays_as_it_is_written() -> None:
    rows = pulse((52, 55, 60))
    around = Around(held(76, bars=2), held(36, bars=2), BAR, BEAT)
    assert keep_clear(rows, around, Room(36, 96)) == sorted(rows)


def test_the_bass_is_the_lowest() -> None:
    bass = held(48, bars=2)
    rows = pulse((43, 52, 59))
    clear = keep_clear(rows, Around(held(84, bars=2), bass, BAR, BEAT), Room(36, 96))
    assert below_bass(rows, bass) and not below_bass(clear, bass)
    assert {row[2] % 12 for row in clear} == {7, 4, 11}


def test_a_line_moves_as_a_whole() -> None:
    line = [(beat * 12, 12, 70 + step, 80) for beat, step in enumerate((0, 2, 1, 3, 2, 0, 1, 2))]
    tune = held(72, bars=2)
    clear = keep_clear(line, Around(tune, [], BAR, BEAT), Room(48, 96, is_line=True))
    assert not sits_on(clear, tune, BEAT)
    moves = {new[2] - old[2] for old, new in zip(line, clear, strict=True)}
    assert moves in ({-12}, {12})


def test_a_section_that_returns_is_voiced_as_it_was() -> None:
    verse, chorus = pulse((60, 64, 69), bars=4), pulse((64, 69, 72), bars=4, start=4)
    again = [(row[0] + 8 * BAR, *row[1:]) for row in verse + chorus]
    tune = [(bar * BAR + at, 24, 70 + bar % 4, 90) for bar in range(16) for at in (0, 24)]
    kinds = [(0, "verse"), (4 * BAR, "chorus"), (8 * BAR, "verse"), (12 * BAR, "chorus")]
    clear = keep_clear([*verse, *chorus, *again], Around(tune, [], BAR, BEAT, kinds), Room(40, 86))
    assert not sits_on(clear, tune, BEAT)
    first = [row for row in clear if row[0] < 8 * BAR]
    assert [(row[0] + 8 * BAR, *row[1:]) for row in first] == [row for row in clear if row[0] >= 8 * BAR]


lines = st.lists(st.integers(57, 81), min_size=8, max_size=24)
strikes = st.lists(st.lists(st.integers(45, 79), min_size=1, max_size=4, unique=True), min_size=4, max_size=16)


@pytest.mark.parametrize("program", [0, 27, 48])
@settings(max_examples=25, deadline=None)
@given(tune=lines, part=strikes)
def test_any_part_is_clear_afterwards(program: int, tune: list[int], part: list[list[int]]) -> None:
    song = [(index * 12, 12, pitch, 90) for index, pitch in enumerate(tune)]
    rows = [(index * 12, 12, pitch, 80) for index, chord in enumerate(part) for pitch in chord]
    bass = [(index * 48, 48, 40, 80) for index in range(len(part) // 4 + 1)]
    room = Room(40, 96, fits=playable_with(program))
    clear = keep_clear(rows, Around(song, bass, BAR, BEAT), room)
    assert not sits_on(clear, song, BEAT) and not below_bass(clear, bass)
    assert all(40 <= row[2] <= 96 for row in clear)
    before = {(row[0], row[2] % 12) for row in rows}
    assert {(row[0], row[2] % 12) for row in clear} <= before


def test_a_note_that_makes_way_stays_beside_the_others_of_its_chord() -> None:
    tune, bass = held(64, bars=2), held(48, bars=2)
    around = Around(tune, bass, BAR, BEAT)
    clear = keep_clear(pulse((53, 56, 65)), around, Room(40, 96))
    strikes = [sorted(row[2] for row in clear if row[0] == beat * BEAT) for beat in range(8)]
    assert all(high - low <= NEIGHBOUR for strike in strikes for low, high in pairwise(strike))


def test_a_pianist_beside_a_strumming_guitar_still_plays_chords() -> None:
    tune, bass = held(69, bars=2), held(31, bars=2)
    strummed, triads = pulse((43, 50, 55, 59)), pulse((62, 67, 71))
    rooms = {"guitar": (27, 40, 88), "piano": (0, 28, 100)}
    sheet = LeadSheet("G", 100, parse_meter("4/4"), 2, make_notes(tune), (ChordEvent(0, parse_chord("G")),), ())
    voiced = voice_band({"guitar": strummed, "piano": triads}, rooms, Around(tune, bass, BAR, BEAT), sheet)
    strikes = [sorted(row[2] for row in voiced["piano"] if row[0] == beat * BEAT) for beat in range(8)]
    assert all(len(strike) >= 2 and strike[-1] - strike[0] <= OCTAVE for strike in strikes), strikes
    assert not sits_on(voiced["piano"], tune, BEAT)
