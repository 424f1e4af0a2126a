"""Repeats and jumps are played as musicians play them."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.musicxml import read_lead_sheet
from symbolic_music.theory.repeats import JUMPS, RepeatMarks, order_bars, play_order


def marks_of(text: str) -> list[RepeatMarks]:
    """Bars from words: ``|:`` and ``:|`` repeat, numbers are endings, jumps go by name."""
    bars = []
    for word in text.split():
        signs = word.split(",")
        endings = frozenset(int(sign) for sign in signs if sign.isdigit())
        bars.append(RepeatMarks("|:" in signs, ":|" in signs, endings, jumps=frozenset(signs) & frozenset(JUMPS)))
    return bars


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a b,fine c d,dacapo", [0, 1, 2, 3, 0, 1]),
        ("a b,segno c,fine d,dalsegno", [0, 1, 2, 3, 1, 2]),
        ("a b,tocoda c d,dacapo e,coda f", [0, 1, 2, 3, 0, 1, 4, 5]),
        ("a b,:| c,dacapo", [0, 1, 0, 1, 2, 0, 1, 2]),
        ("a 1,:| 2 b,dacapo", [0, 1, 0, 2, 3, 0, 2, 3]),
        ("a 1,:|,fine 2 d,dacapo", [0, 1, 0, 2, 3, 0, 1]),
        ("a b,dalsegno c", [0, 1, 0, 1, 2]),
        ("a 1,:| b", [0, 1, 0, 2]),
    ],
)
def test_jumps_are_followed_once_and_without_repeats(text: str, order: list[int]) -> None:
    assert order_bars(marks_of(text)) == order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        # The bracket ends after a bar, its repeat later: so do many lead sheets.
        ("a b 1 c,:| 2 d", [0, 1, 2, 3, 0, 1, 4, 5]),
        ("a |: b 1 c d,:| 2 e", [0, 1, 2, 3, 4, 5, 1, 2, 6, 7]),
        # No sign at the end of the first ending.
        ("a |: b 1 2", [0, 1, 2, 3, 1, 2, 4]),
        # Numbers that are not counted up: nothing is left out.
        ("a 1,:| 3", [0, 1, 0, 2]),
        ("a 2,:| 2", [0, 1, 0, 2]),
        ("a b,:| 3", [0, 1, 0, 1, 2]),
        # Those that are right stay.
        ("a 1,3,:| 2,4,:|", [0, 1, 0, 2, 0, 1, 0, 2]),
        ("a 1,dacapo 2 b", [0, 1, 0, 2, 3]),
        ("a 1,:| b c d,:| e", [0, 1, 0, 2, 3, 4, 2, 3, 4, 5]),
    ],
)
def test_endings_that_are_written_wrong_are_played_as_they_are_meant(text: str, order: list[int]) -> None:
    assert order_bars(marks_of(text)) == order


def test_every_pass_is_counted() -> None:
    assert play_order(marks_of("a 1,:| 2")) == [(0, 1), (1, 1), (0, 2), (2, 2)]


def test_signs_that_lead_round_and_round_are_refused() -> None:
    with pytest.raises(FileFormatError, match="at most 100 are allowed"):
        order_bars([RepeatMarks(ends=True, times=100_000)])


def direction(inside: str) -> str:
    """A direction of a bar."""
    return f"<direction><direction-type>{inside}</direction-type></direction>"


def written(path: Path, *bars: str) -> Path:
    """A tune of whole notes, one a bar: C D E F and on; ``bars`` are what else stands in each."""
    notes = []
    for number, extra in enumerate(bars):
        head = (
            "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
            '<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>'
        )  # fmt: skip
        pitch = f"<pitch><step>{'CDEFGAB'[number]}</step><octave>4</octave></pitch>"
        notes.append(
            f'<measure number="{number + 1}">{head if number == 0 else ""}'
            f"<note>{pitch}<duration>4</duration></note>{extra}</measure>"
        )
    part = "".join(notes)
    path.write_text(
        '<score-partwise><part-list><score-part id="P1"><part-name>m</part-name></score-part></part-list>'
        f'<part id="P1">{part}</part></score-partwise>'
    )
    return path


@pytest.mark.parametrize("said", [direction("<words>D.C. al Fine</words>"), '<sound dacapo="yes"/>'])
def test_da_capo_al_fine_of_a_file_is_played(tmp_path: Path, said: str) -> None:
    sheet = read_lead_sheet(written(tmp_path / "dc.musicxml", "", direction("<words>Fine</words>"), "", said))
    assert sheet.melody["pitch"].tolist() == [60, 62, 64, 65, 60, 62]
    assert sheet.n_bars == 6


def test_dal_segno_al_coda_of_a_file_is_played(tmp_path: Path) -> None:
    path = written(
        tmp_path / "ds.musicxml",
        "", direction("<segno/>"), direction("<words>To Coda</words>"), direction("<words>D.S. al Coda</words>"),
        direction("<coda/>"),
    )  # fmt: skip
    assert read_lead_sheet(path).melody["pitch"].tolist() == [60, 62, 64, 65, 62, 64, 67]
