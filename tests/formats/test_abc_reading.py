"""ABC of every kind is read or refused in one line that names the bar; what is left out is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.abc import lead_sheet_to_abc
from symbolic_music.formats.abc_reader import parse_abc, read_abc, tune_numbers
from symbolic_music.song.leadsheet import LeadSheet

CASES = Path(__file__).resolve().parents[1] / "cases"


def read(music: str, head: str = "M:4/4\nL:1/4\nK:C") -> LeadSheet:
    return parse_abc(f"X:1\nT:t\n{head}\n{music}\n")


def rows(sheet: LeadSheet) -> list[tuple[int, int, int]]:
    return [(onset, duration, pitch) for onset, duration, pitch, _ in sheet.melody.tolist()]


@pytest.mark.parametrize("name", ["162", "300"])
def test_mutated_tunes_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(FileFormatError) as refusal:
        read_abc(CASES / f"fuzz_ZeroDivisionError_abc_reader_{name}.abc")
    assert ": bar " in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("music", "head", "reason"),
    [
        ("C/0|", None, "length / 0"), ("C99999|", None, "length 99999"), ("C" * 5000, None, "write bar lines"),
        ("(0CDE|", None, "tuplet"), ("(1CDE|", None, "tuplet"), ("(3:999:2CDE|", None, "tuplet"),
        ("C>>>>D|", None, "use 1 to 3"), ("C><D|", None, "broken rhythm"), ("C////////|", None, "use 0 to 6"),
        ("C4|[1-999 D4|", None, "ending 999"), ("Z0|", None, "bars of rest 0"),
        ("C,,,,,,,,,|", None, "pitch -"), ("^" * 3000 + "C|", None, "pitch 3060"),
        ("C4|", "M:4/0\nK:C", "meter"), ("C4|", "M:4/4\nL:1/0\nK:C", "unit note length"),
        ("C4|", "M:4/4\nL:x\nK:C", "unit note length"), ("C4|", "M:4/4\nL:1/999\nK:C", "unit note length"),
        ("C4|", "M:4/4\nQ:1/0=90\nK:C", "tempo"), ("C4|", "M:4/4\nQ:0\nK:C", "tempo"),
        ("C4|", "M:4/4\nQ:1/4=999999\nK:C", "tempo"), ("C4|", "M:4/4\nQ:1/4=x9\nK:C", "tempo"),
        ("C4|", "M:4/4\nK:Hm", "key"), ('"Q7"C4|', None, "Q7"),
    ],
)  # fmt: skip
def test_numbers_that_no_tune_has_are_refused(music: str, head: str | None, reason: str) -> None:
    with pytest.raises(FileFormatError, match=reason) as refusal:
        read(music, head or "M:4/4\nL:1/4\nK:C")
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 600


TUNE = rows(read("CDEF|GGGG|"))


@pytest.mark.parametrize("music", [
    "V:1\nCDEF|\nV:2\nC,4|\nV:1\nGGGG|\nV:2\nC,4|", "[V:1]CDEF|\n[V:2]C,4|\n[V:1]GGGG|\n[V:2]C,4|",
    "[V:1]CDEF|[V:2]C,4|[V:1]GGGG|[V:2]C,4|", "CDEF|\nV:2\nC,4|\nw:a b\nV:1\nGGGG|", "CDEF & C,4|GGGG|",
    "V:T clef=treble\nCDEF|\nV:B clef=bass\nM:3/4\nK:G\nC,4|\nV:T\nGGGG|",
])  # fmt: skip
def test_voices_line_by_line_are_told_apart(music: str) -> None:
    sheet = read(music)
    assert rows(sheet) == TUNE
    assert any("left out" in remark for remark in sheet.remarks)


def test_the_first_voice_of_the_header_is_taken() -> None:
    sheet = read("V:1\nCDEF|\nV:2\nG,4|\nV:1\nGGGG|\n", "M:4/4\nL:1/4\nV:1\nV:2\nK:C")
    assert rows(sheet) == TUNE
    assert sheet.remarks == ("voice 2 left out",)


def test_what_is_left_out_is_said() -> None:
    tune = '{ag}!trill![CEG]4|~C4"^slowly"|[Q:1/4=99]C4|C4|C4|"Am"'
    sheet = read(f"{tune}\nw: a b c d e f g")
    assert set(sheet.remarks) == {
        "2 grace notes left out", "2 lower notes of chords left out", "2 ornaments and marks of expression left out",
        "1 annotations left out",
        "1 chord symbols after the last note left out", "2 words without a note left out",
    }  # fmt: skip


@pytest.mark.parametrize("music", [
    "C4|!segno!D4|!coda!E4|F4!D.S.alcoda!|!coda!G4|", 'C4|!segno!D4|"^To Coda"E4|F4"_D.S. al Coda"|!coda!G4|',
])  # fmt: skip
def test_jumps_are_played(music: str) -> None:
    assert [pitch for _, _, pitch in rows(read(music))] == [60, 62, 64, 65, 62, 64, 67]
    assert [pitch for _, _, pitch in rows(read('C4|"^Fine"D4|E4|\n"^D.C. al Fine"'))] == [60, 62, 64, 60, 62]


def test_quintuplets_go_to_the_grid_and_that_is_said() -> None:
    sheet = read("(5CDEFG C2|")
    assert [pitch for _, _, pitch in rows(sheet)] == [60, 62, 64, 65, 67, 60]
    assert sheet.remarks == ("4 onsets moved to the grid of sixteenths and eighth triplets",)


def test_no_chord_sounds_where_the_tune_says_so() -> None:
    sheet = read('"C"C4|"N.C."D4|"C"E4|"NC"F4|')
    assert [event.onset_tick for event in sheet.chords] == [0, 96]
    assert sheet.silences == ((48, 96), (144, 192))
    again = parse_abc(lead_sheet_to_abc(sheet))
    assert (again.chords, again.no_chords, rows(again)) == (sheet.chords, sheet.no_chords, rows(sheet))


def test_keys_beyond_seven_signs_and_modes_keep_their_pitches() -> None:
    sheet = read("GABc|defg|", "M:4/4\nL:1/4\nK:G#")
    assert [pitch % 12 for _, _, pitch in rows(sheet)] == [8, 10, 0, 1, 3, 5, 7, 8]
    assert str(sheet.sections[0].key) == "Ab major"
    dorian = read("DEFG|", "M:4/4\nL:1/4\nK:Ddor")
    assert dorian.remarks == ("mode dor on D written as D minor",)


def test_files_from_before_utf_8_keep_their_letters(tmp_path: Path) -> None:
    path = tmp_path / "old.abc"
    path.write_bytes("X:99999999999999999999\r\nT:Sömmer\r\nM:4/4\r\nL:1/4\r\nK:C\r\nCDEF|\r\n".encode("latin-1"))
    assert read_abc(path).title == "Sömmer"
    assert tune_numbers(path) == [999999999]


SIGNS = (
    "C D E2 F/2 G/ z Z2 | || |] :| |: :: [1 [2 1 ^ _ = , ' - > < (3 (5 (3:2:4 ( ) { } [CE] [V:2] [V:1] [K:G] [M:3/4] "
    '[L:1/16] "C" "N.C." "^x" " !trill! !D.C.! ! ~ & \\ / 0 9999999999 % \n w: V:1 V:2 K:Bb P:A M:4/4 x y * . é \0'
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(SIGNS.split(" ")), max_size=40),
    st.sampled_from(["M:4/4\nL:1/4\nK:C", "M:6/8\nL:1/8\nK:Ador", "K:C", "M:3/4\nV:1\nV:2\nK:F"]),
)  # fmt: skip
def test_any_signs_are_a_tune_or_refused_in_one_line(signs: list[str], head: str) -> None:
    try:
        sheet = read(" ".join(signs), head)
    except FileFormatError as refusal:
        assert "\n" not in str(refusal)
        return
    assert sheet.n_bars >= 1
    assert (sheet.melody["duration_tick"] > 0).all()
