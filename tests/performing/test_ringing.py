"""Picked strings ring into each other and never into another chord."""

from __future__ import annotations

from symbolic_music.performing.ringing import let_ring
from symbolic_music.song.notes import make_notes, rows_of

Row = tuple[int, int, int, int]
# A picked C chord in eighths over a bar, then its bass and fifth over F.
PICKED = [*((step * 240, 240, pitch, 80) for step, pitch in enumerate((48, 55, 60, 64, 55))), (1200, 720, 60, 80),
          (1920, 240, 53, 80), (2160, 240, 60, 80)]  # fmt: skip


def rung(rows: list[Row]) -> list[Row]:
    return rows_of(let_ring(make_notes(rows), [0, 1920], 1920))


def test_strings_ring_until_they_are_struck_again_or_the_chord_changes() -> None:
    ends = {(onset, pitch): onset + length for onset, length, pitch, _ in rung(PICKED)}
    assert ends[0, 48] == 1920  # the bass to the change
    assert ends[240, 55] == 960  # until its string is struck again
    assert ends[480, 60] == 1200
    assert ends[720, 64] == 1920


def test_damped_notes_and_strums_stay_as_long_as_they_are_written() -> None:
    damped = [(onset, 100, pitch, velocity) for onset, _, pitch, velocity in PICKED]
    assert rung(damped) == damped
    strummed = [(onset, 240, pitch, 80) for onset in (0, 240) for pitch in (48, 55, 64)]
    assert rung(strummed) == strummed
