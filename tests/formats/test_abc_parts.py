"""An ABC tune sounds as its header says: parts in their order, voices transposed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.abc_parts import parse_part_order
from symbolic_music.formats.abc_reader import parse_abc
from symbolic_music.song.leadsheet import LeadSheet


def read(music: str, head: str) -> LeadSheet:
    return parse_abc(f"X:1\nT:t\nM:4/4\nL:1/4\n{head}\n{music}\n")


def letters(sheet: LeadSheet) -> str:
    """The tune by its note names: the parts of these tests have one each."""
    return "".join("C.D.EF.G.A.B"[pitch % 12] for pitch in sheet.melody["pitch"].tolist())


@pytest.mark.parametrize(("order", "parts"), [
    ("ABA", "ABA"), ("A.B.A", "ABA"), ("A2B", "AAB"), ("(AB)2C", "ABABC"), ("(A(B)3)2", "ABBBABBB"), ("", ""),
])  # fmt: skip
def test_an_order_of_parts_is_written_out(order: str, parts: str) -> None:
    assert "".join(parse_part_order(order)) == parts


@pytest.mark.parametrize("order", ["A(B", "A)B", "Verse 1-2", "A*", "(" * 99, "A999", "((((A99)99)99)99)99"])
def test_an_order_that_is_none_is_refused(order: str) -> None:
    with pytest.raises(FileFormatError):
        parse_part_order(order)


@given(st.text("AB()29. ", max_size=30))
def test_any_order_is_read_or_refused_in_one_line(order: str) -> None:
    try:
        assert len(parse_part_order(order)) <= 30 * 2000
    except FileFormatError as refusal:
        assert "\n" not in str(refusal)


BODY = "P:A\nC4|\nP:B\n|:E4:|\nP:C\nG4|"


def test_parts_are_played_in_the_order_of_the_header() -> None:
    sheet = read(BODY, "P:A2(BC)2A\nK:C")
    assert letters(sheet) == "CCEEGEEGC"
    assert [span.name for span in sheet.sections if span.name == "C"] == ["C", "C"]
    assert sheet.remarks == ()
    assert letters(read(BODY, "K:C")) == "CEEG"


def test_what_the_order_lacks_is_said() -> None:
    sheet = read(BODY, "P:AXA\nK:C")
    assert letters(sheet) == "CC"
    assert sheet.remarks == (
        "part X of the order (P:) is not marked; left out",
        "part B is not in the order of parts (P:); left out",
        "part C is not in the order of parts (P:); left out",
    )
    no_parts = read("C4|E4|", "P:AB\nK:C")
    assert letters(no_parts) == "CE" and "no such parts are marked" in no_parts.remarks[0]
    assert "stays open" in read(BODY, "P:A(B\nK:C").remarks[0]


def test_what_stands_before_the_first_part_is_played_first() -> None:
    assert letters(read(f"F4|\n{BODY}", "P:CA\nK:C")) == "FGC"


@pytest.mark.parametrize(("head", "moved"), [
    ("K:D transpose=-2", -2), ("V:1 transpose=-2\nK:D", -2), ("K:D octave=-1", -12), ("K:D clef=treble-8", -12),
    ("K:D treble+8", 12), ("K:D transpose=-2 octave=1", 10), ("K:D clef=treble", 0),
])  # fmt: skip
def test_a_transposed_voice_sounds_where_it_is_played(head: str, moved: int) -> None:
    plain, sheet = read('"D"DEFA|', "K:D"), read('"D"DEFA|', head)
    assert (sheet.melody["pitch"] - plain.melody["pitch"].astype(int) == moved).all()
    assert sheet.chords[0].chord == plain.chords[0].chord.transpose(moved)
    assert sheet.sections[0].key.tonic == ("D" if moved % 12 == 0 else "C")
    assert not any("transpos" in remark for remark in sheet.remarks)


def test_a_transposition_of_another_voice_is_not_ours() -> None:
    sheet = read("V:1\nCDEF|\nV:2\nCDEF|", "V:1\nV:2 transpose=-12\nK:C")
    assert sheet.melody["pitch"].tolist() == [60, 62, 64, 65]


def test_a_clef_alone_leaves_the_key() -> None:
    assert read("FGAB|[K:clef=bass]FFFF|", "K:G").melody["pitch"].tolist()[-4:] == [66] * 4


def places(sheet: LeadSheet) -> list[int]:
    return [onset // 12 for onset in sheet.melody["onset_tick"].tolist()]


def test_an_ending_inside_a_bar_keeps_what_stands_before_it() -> None:
    sheet = read("CDEF|GA [1 BB:|[2 cc||F4|", "K:C")
    assert letters(sheet) == "CDEFGABBCDEFGACCF"
    assert places(sheet)[-1] == 16
    assert places(read("GA [1 BB:|[2 cc||", "K:C")) == list(range(8))


def test_a_pickup_that_the_last_bar_has_too_is_played_once() -> None:
    assert letters(read("G|CDEF|EDCG:|cccc|", "K:C")) == "GCDEFEDCGCDEFEDCGCCCC"
    assert letters(read("CDEF:|G|CDEF|EDCG:|", "K:C")) == "CDEFCDEFGCDEFEDCGCDEFEDCG"
    assert letters(read("G|CDEF|EDC:|cccc|", "K:C")) == "GCDEFEDCGCDEFEDCCCCC"


def test_a_bass_is_a_small_letter_with_its_sign() -> None:
    sheet = read('"Gm/bb"A4|"D/f+"A4|"Am/c#"A4|', "K:C")
    assert [event.chord.bass for event in sheet.chords] == [10, 6, 1]
