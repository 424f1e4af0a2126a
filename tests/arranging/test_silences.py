"""Where no chord sounds the band rests, all but the drums, from the chart to the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.arranging.silences import rest_without_chord
from symbolic_music.errors import LeadSheetError
from symbolic_music.formats.midi import write_midi
from symbolic_music.importing.leadsheets import LeadSheetOptions, read_foreign_lead_sheet
from symbolic_music.importing.reimport import lead_sheet_of_score
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet, split_symbols
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.score import Track
from symbolic_music.theory.chord import parse_chord

TUNE = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n" + "CDEF|GFED|EFGA|G2C2|"


def sheet_of(tmp_path: Path, chart: str) -> LeadSheet:
    (tmp_path / "tune.abc").write_text(TUNE, encoding="utf-8")
    return read_foreign_lead_sheet(tmp_path / "tune.abc", LeadSheetOptions(chords=chart))


def test_a_chart_says_where_no_chord_sounds(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "C | N.C. . F . | F | NC")
    assert sheet.silences == ((48, 72), (144, 192))
    # The chord after the silence begins anew; what it restates later does not.
    assert [event.onset_tick for event in sheet.chords] == [0, 72]


def test_no_chord_comes_back_from_midi(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "C | N.C. | C | F")
    write_midi(score_of_lead_sheet(sheet), tmp_path / "sheet.mid")
    again = read_foreign_lead_sheet(tmp_path / "sheet.mid")
    assert (again.chords, again.no_chords) == (sheet.chords, sheet.no_chords)
    imported = lead_sheet_of_score(score_of_lead_sheet(sheet))
    assert (imported.chords, imported.no_chords) == (sheet.chords, sheet.no_chords)


def test_signs_for_no_chord_lie_inside_and_apart_from_chords(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "C | F | C | F")
    from dataclasses import replace

    for wrong in ((0,), (96, 50), (192,), (-1,)):
        with pytest.raises(LeadSheetError, match="no chord"):
            replace(sheet, no_chords=wrong)


spans = st.lists(st.integers(0, 40), max_size=8, unique=True).map(
    lambda ticks: tuple(zip(sorted(ticks)[::2], sorted(ticks)[1::2], strict=False))
)
row = st.tuples(st.integers(0, 40), st.integers(1, 30), st.integers(0, 127), st.integers(1, 127))
rows = st.lists(row, max_size=20)


@given(rows, spans)
def test_the_band_is_silent_there_and_unchanged_elsewhere(
    given_rows: list[tuple[int, int, int, int]], silences: tuple[tuple[int, int], ...]
) -> None:
    notes = make_notes(given_rows)
    tracks = [Track(role, role, 0, notes, role == "drums") for role in ("melody", "chords", "bass", "drums")]
    melody, chords, bass, drums = rest_without_chord(tracks, silences)
    assert melody.notes is notes and drums.notes is notes
    assert rows_of(chords.notes) == rows_of(bass.notes)
    for onset, duration, _, _ in rows_of(bass.notes):
        assert duration > 0
        assert not any(onset < end and start < onset + duration for start, end in silences)
    outside = [row for row in rows_of(notes) if not any(start <= row[0] < end for start, end in silences)]
    assert [(row[0], row[2], row[3]) for row in rows_of(bass.notes)] == [(row[0], row[2], row[3]) for row in outside]


def test_restated_symbols_are_left_out() -> None:
    c = parse_chord("C")
    chords, rests = split_symbols({0: None, 48: c, 96: c, 144: None, 192: None, 240: c})
    assert ([event.onset_tick for event in chords], rests) == ([48, 240], (0, 144))
