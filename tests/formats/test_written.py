"""From a performance to the page: grid, chords, voices."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.formats.written import drum_staff, rows_of_staves, under_pedal, voices_of, write_down, written_ends
from symbolic_music.song.bars import bars_of
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.score import MeterChange, Score, Track
from symbolic_music.theory.meter import METER_OF
from tests.formats.test_midi import make_score


def played(rows: list[tuple[int, int, int, int]]) -> Score:
    """A performed score of one track, 480 ticks a quarter, 8 bars."""
    return replace(make_score(480), tracks=(Track("Piano", "chords", 0, make_notes(rows)),))


def test_a_score_on_the_grid_stays_as_it_is() -> None:
    score = make_score(480)
    for track, own in zip(write_down(score).tracks, score.tracks, strict=True):
        assert [(o * 40, p) for o, _, p, _ in rows_of(track.notes)] == [(o, p) for o, _, p, _ in rows_of(own.notes)]


@pytest.mark.parametrize("shift", [-15, 0, 12, 18])
def test_loose_playing_is_brought_to_the_grid(shift: int) -> None:
    straight = [(480 + tick + shift, 100, 60, 90) for tick in (0, 120, 240, 360)]
    triplets = [(1920 + tick + shift, 150, 64, 90) for tick in (0, 160, 320)]
    onsets = [row[0] for row in rows_of(write_down(played(straight + triplets)).tracks[0].notes)]
    assert onsets == [12, 15, 18, 21, 48, 52, 56]


def test_an_early_first_note_moves_to_the_bar_line() -> None:
    score = write_down(played([(1905, 470, 60, 90)]))
    assert rows_of(score.tracks[0].notes)[0][0] == 48


@pytest.mark.parametrize("tick", [15320, 15359])
def test_a_note_that_comes_late_to_the_end_of_all_is_not_lost(tick: int) -> None:
    score = write_down(played([(0, 470, 60, 90), (tick, 1, 62, 1)]))
    assert score.end_tick == 8 * 48 and make_score(480).end_tick == 15360
    assert [row[2] for row in rows_of(score.tracks[0].notes)] == [60, 62]
    assert rows_of(score.tracks[0].notes)[1][0] == 8 * 48 - 3


def test_notes_of_one_length_are_one_chord_and_articulation_is_not_rests() -> None:
    staff = voices_of(make_notes([(0, 22, 60, 80), (0, 23, 64, 80), (24, 24, 62, 80)]))
    assert rows_of_staves([staff]) == [(0, 24, 60), (0, 24, 64), (24, 24, 62)]
    assert len(staff.voices) == 1


def test_a_held_note_gets_a_voice_of_its_own() -> None:
    staff = voices_of(make_notes([(0, 48, 48, 80), *((tick, 12, 60 + tick // 12, 80) for tick in range(0, 48, 12))]))
    assert sorted(len(voice) for voice in staff.voices) == [1, 4]


note_rows = st.tuples(st.integers(0, 95), st.integers(1, 60), st.integers(40, 80), st.integers(1, 127))


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(note_rows, max_size=30))
def test_no_note_is_lost_and_voices_do_not_overlap(rows: list[tuple[int, int, int, int]]) -> None:
    unique = {(row[0], row[2]): row for row in rows}
    notes = make_notes(unique.values())
    staff = voices_of(notes)
    assert sorted((on, pitch) for on, _, pitch in rows_of_staves([staff])) == sorted(unique)
    assert len(staff.voices) <= 2
    for voice in staff.voices:
        assert all(chord.start < chord.end for chord in voice)
        assert all(before.end <= after.start for before, after in pairwise(voice))
    # A pitch held in one voice and struck in the other is one string struck while it sounds: players object.
    rows_by_pitch = sorted((pitch, on, on + duration) for on, duration, pitch in rows_of_staves([staff]))
    for (pitch, _, end), (other, start, _) in pairwise(rows_by_pitch):
        assert pitch != other or end <= start


def strokes(meter: str, *onsets: int) -> list[tuple[int, int]]:
    """Where a drum's strokes begin and end on paper."""
    lines = bars_of([MeterChange(0, METER_OF[meter])], 84)
    staff = drum_staff(make_notes([(onset, 40, 42, 90) for onset in onsets]), lines)
    return [(chord.start, chord.end) for voice in staff.voices for chord in voice]


def test_drums_are_one_voice_inside_their_beats() -> None:
    together = make_notes([(0, 1, 36, 90), (0, 1, 42, 90), (6, 40, 42, 90)])
    (voice,) = drum_staff(together, bars_of([MeterChange(0, METER_OF["4/4"])], 48)).voices
    assert [chord.pitches for chord in voice] == [(36, 42), (42,)]
    assert strokes("4/4") == []
    assert strokes("4/4", 0, 6, 30) == [(0, 6), (6, 12), (30, 36)]
    assert strokes("7/8", 36, 42, 51) == [(36, 42), (42, 51), (51, 54)]  # quarters count from the bar line
    assert strokes("6/8", 0, 18, 24) == [(0, 18), (18, 24), (24, 36)]  # a dotted quarter is one sign
    assert strokes("6/8", 15, 30, 33) == [(15, 18), (30, 33), (33, 36)]
    assert strokes("6/8", 0, 15) == [(0, 12), (15, 18)]  # five sixteenths are none


def test_swung_eighths_are_written_straight_and_triplets_stay() -> None:
    swung = [(beat * 480 + at, 150, 60, 80) for beat in range(3) for at in (0, 320)]
    triplets = [(1440 + at, 150, 60, 80) for at in (0, 160, 320)]
    score = played([*swung, *triplets])
    written = write_down(score, 0.667).tracks[0].notes["onset_tick"].tolist()
    assert written == [0, 6, 12, 18, 24, 30, 36, 40, 44]
    assert write_down(score).tracks[0].notes["onset_tick"].tolist()[:2] == [0, 8]


@pytest.mark.parametrize("late", [-6, 0, 6])
def test_swung_eighths_of_seven_are_written_straight_in_every_bar(late: int) -> None:
    """Quarters count from the bar line: the second bar of 7/8 does not begin on a quarter of the song."""
    inside = [0, 320, 480, 800, 960, 1280, 1440]
    eighths = [(max(0, bar * 1680 + at + late), 150, 60, 80) for bar in range(4) for at in inside]
    score = replace(played(eighths), meters=(MeterChange(0, METER_OF["7/8"]),))
    assert write_down(score, 0.667).tracks[0].notes["onset_tick"].tolist() == list(range(0, 4 * 42, 6))
    triplets = replace(score, tracks=played([(1680 + at, 150, 60, 80) for at in (0, 160, 320)]).tracks)
    assert write_down(triplets).tracks[0].notes["onset_tick"].tolist() == [42, 46, 50]


def test_a_breath_is_no_rest() -> None:
    # A note held for all but an eighth of three beats is written for three; a rest of a quarter is one.
    assert written_ends([(0, 30), (36, 42), (48, 60), (72, 90)], 96) == [36, 42, 60, 96]


def test_a_broken_chord_under_the_pedal_is_one_voice_over_its_bass() -> None:
    ringing = [(0, 48, 48, 80), (6, 18, 55, 80), (12, 14, 60, 80), (18, 9, 64, 80), (24, 3, 60, 80)]
    staff = voices_of(under_pedal(make_notes(ringing)))
    upper, lower = staff.voices
    assert [(chord.start, chord.end) for chord in upper] in ([(0, 48)], [(6, 12), (12, 18), (18, 24), (24, 30)])
    assert sorted(map(len, (upper, lower))) == [1, 4]
