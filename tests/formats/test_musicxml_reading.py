"""MusicXML of any program is read as it sounds, or refused in one line; what is changed is said."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.musicxml import read_lead_sheet, write_lead_sheet
from symbolic_music.formats.musicxml_file import parse_xml, read_number
from symbolic_music.limits import UNPACKED_BYTES
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from tests.test_limits import at_once

CASES = Path(__file__).resolve().parents[1] / "cases"
TIME = "<divisions>4</divisions><key><fifths>2</fifths></key><time><beats>4</beats><beat-type>4</beat-type></time>"


def note(step: str = "C", duration: object = 16, more: str = "") -> str:
    return f"<note>{more}<pitch><step>{step}</step><octave>5</octave></pitch><duration>{duration}</duration></note>"


def score(*bars: str, attributes: str = TIME) -> str:
    measures = "".join(
        f"<measure>{bar}</measure>" for bar in (f"<attributes>{attributes}</attributes>{bars[0]}", *bars[1:])
    )
    return f"<score-partwise><part id='P1'>{measures}</part></score-partwise>"


def read(tmp_path: Path, text: str) -> LeadSheet:
    path = tmp_path / "tune.musicxml"
    path.write_text(text, encoding="utf-8")
    return read_lead_sheet(path)


def chord(kind: str, text: str = "", degrees: tuple[tuple[int, int, str], ...] = ()) -> str:
    tones = "".join(
        f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{how}</degree-type></degree>" for value, alter, how in degrees
    )  # fmt: skip
    return f"<harmony><root><root-step>F</root-step></root><kind text='{text}'>{kind}</kind>{tones}</harmony>"


@pytest.mark.parametrize("name", [
    "hdur", "fuzz_ValueError_musicxml_repeats_79", "fuzz_ValueError_musicxml_repeats_100",
])  # fmt: skip
def test_mutated_scores_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(FileFormatError, match=r": bar \d+: ") as refusal:
        read_lead_sheet(CASES / f"{name}.musicxml")
    assert "\n" not in str(refusal.value)


def test_bars_that_no_repeat_leads_to_are_said(tmp_path: Path) -> None:
    # A song of verses with the bars of other verses printed after its end, as some editions have them.
    fine = "<direction><direction-type><words>Fine</words></direction-type></direction>"
    back = "<direction><direction-type><words>D.C. al Fine</words></direction-type></direction>"
    sheet = read(tmp_path, score(fine + note("C"), note("D") + back, note("E"), note("F")))
    assert rows_of(sheet.melody)[-1][2] == 72 and sheet.n_bars == 3
    assert "2 bars that no repeat or jump leads to left out" in sheet.remarks


def test_a_part_in_b_flat_sounds_in_c_and_so_does_its_key(tmp_path: Path) -> None:
    sheet = read_lead_sheet(CASES / "bflat.musicxml")
    assert str(sheet.sections[0].key) == "C major"
    assert int(sheet.melody["pitch"][0]) % 12 == 0
    write_lead_sheet(sheet, tmp_path / "again.musicxml")
    assert str(read_lead_sheet(tmp_path / "again.musicxml").sections[0].key) == "C major"


@pytest.mark.parametrize(("chromatic", "key"), [(-2, "C major"), (-9, "F major"), (-12, "D major"), (3, "F major")])
def test_keys_of_transposing_parts(tmp_path: Path, chromatic: int, key: str) -> None:
    transpose = f"<transpose><chromatic>{chromatic}</chromatic></transpose>"
    sheet = read(tmp_path, score(note(), attributes=TIME + transpose))
    assert str(sheet.sections[0].key) == key
    assert int(sheet.melody["pitch"][0]) == 72 + chromatic


def test_no_chord_sounds_where_the_score_says_so_and_it_comes_back(tmp_path: Path) -> None:
    sheet = read_lead_sheet(CASES / "nc.musicxml")
    assert sheet.silences == ((48, 96),)
    write_lead_sheet(sheet, tmp_path / "again.musicxml")
    again = read_lead_sheet(tmp_path / "again.musicxml")
    assert (again.chords, again.no_chords) == (sheet.chords, sheet.no_chords)


def test_jumps_in_words_are_played() -> None:
    sheet = read_lead_sheet(CASES / "ds_words.musicxml")
    assert [int(pitch) for pitch in sheet.melody["pitch"][::4]] == [72, 74, 76, 77, 74, 76, 79]


def test_the_container_names_the_score() -> None:
    assert read_lead_sheet(CASES / "two.mxl").n_bars == 6


@pytest.mark.parametrize("damage", ["bomb", "no score", "cut", "container"])
def test_archives_that_cannot_be_read_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "bad.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if damage == "bomb":
            archive.writestr("a.xml", b" " * (UNPACKED_BYTES.most + 1))
        elif damage == "container":
            archive.writestr("META-INF/container.xml", "<a")
        else:
            archive.writestr("readme.txt", "x" * 1000)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-30])
    with at_once(), pytest.raises(FileFormatError) as refusal:
        read_lead_sheet(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", [
    "<a>" * 100_000, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a", "", "<a>" + "<b/>" * 1_000_001 + "</a>",
])  # fmt: skip
def test_xml_that_is_deep_swelling_or_broken_is_refused(text: str) -> None:
    with at_once(8), pytest.raises(FileFormatError):
        parse_xml(text.encode(), "x.xml")


def test_a_large_bar_cannot_be_repeated_into_endless_memory(tmp_path: Path) -> None:
    repeat = "<barline><repeat direction='backward' times='100'/></barline>"
    bar = "<direction><direction-type><words>x</words></direction-type></direction>" * 4000
    with at_once(8), pytest.raises(FileFormatError, match="1 000 000"):
        read(tmp_path, score(bar + note() + repeat))


@pytest.mark.parametrize(("text", "value"), [
    ("4", 4), (" -2.5 ", -2.5), ("1e999999999", None), ("4+3", None), ("1/0", None), ("nan", None), ("é", None),
    ("²", None), ("9" * 40, None), ("", None), (None, None),
])  # fmt: skip
def test_numbers_of_notation(text: str | None, value: float | None) -> None:
    assert read_number(text) == value


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    grace = "<note><grace/><pitch><step>D</step><octave>5</octave></pitch></note>"
    second = "<backup><duration>16</duration></backup>" + note("G").replace("</note>", "<voice>2</voice></note>")
    low = note("A").replace("<note>", "<note><chord/>")
    cue = note("G", 4).replace("<note>", "<note><cue/>")
    tempo = "<sound tempo='90'/>"
    text = score(tempo + grace + note("E") + low + second, "<sound tempo='120'/>" + note("C", 12) + cue)
    other = "<part id='P2'><measure>" + note() + "</measure></part></score-partwise>"
    sheet = read(tmp_path, text.replace("</score-partwise>", other))
    assert set(sheet.remarks) == {
        "1 other parts left out", "1 grace notes left out", "1 lower notes of chords left out",
        "1 notes of other voices left out", "1 cue notes left out",
    }  # fmt: skip
    assert [int(pitch) for pitch in sheet.melody["pitch"]] == [81, 72]


@pytest.mark.parametrize(("degrees", "quality"), [
    (((9, -1, "add"),), "7b9"), (((9, 1, "add"),), "7#9"), (((5, -1, "alter"),), "7b5"), (((13, -1, "add"),), "7b13"),
])  # fmt: skip
@pytest.mark.parametrize("text", ["", "7", "7b9", "nonsense"])
def test_altered_tones_are_kept(
    tmp_path: Path, degrees: tuple[tuple[int, int, str], ...], quality: str, text: str
) -> None:
    sheet = read(tmp_path, score(chord("dominant", text, degrees) + note()))
    assert (sheet.chords[0].chord.quality, sheet.remarks) == (quality, ())


def test_chords_that_are_simplified_are_said(tmp_path: Path) -> None:
    bars = [chord("dominant", "7", ((2, 1, "add"), (13, -1, "add"))) + note(), chord("dominant") + note()]
    sheet = read(tmp_path, score(*bars))
    assert len(sheet.remarks) == 1
    assert sheet.remarks[0].startswith("bar 1: F7 read as F")
    functional = "<harmony><function>V</function><kind>dominant</kind></harmony>"
    assert "1 chord symbols without a root left out" in read(tmp_path, score(functional + note())).remarks


def test_quintuplets_are_moved_to_the_grid_and_that_is_said(tmp_path: Path) -> None:
    divisions = TIME.replace("<divisions>4", "<divisions>5")
    sheet = read(tmp_path, score("".join(note(step, 1) for step in "CDEFG") + note("C", 15), attributes=divisions))
    assert [int(pitch) % 12 for pitch in sheet.melody["pitch"]] == [0, 2, 4, 5, 7, 0]
    assert sheet.remarks == ("4 onsets moved to the grid of sixteenths and eighth triplets",)


VALUES = ["", "0", "-1", "4", "16", "abc", "1/0", "1e99999999", "9" * 30, "é", "²", "4+3", "nan", "None"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from(["fuzz_ValueError_musicxml_repeats_79", "nc", "bflat", "ds_words"]))
    text = (CASES / f"{source}.musicxml").read_text(encoding="utf-8")
    places = list(re.finditer(r">([^<>]+)<|=\"([^\"]*)\"", text))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places))
        group = 1 if place[1] is not None else 2
        text = text[: place.start(group)] + data.draw(st.sampled_from(VALUES)) + text[place.end(group) :]
        places = list(re.finditer(r">([^<>]+)<|=\"([^\"]*)\"", text))
    path = tmp_path_factory.mktemp("xml") / "any.musicxml"
    path.write_text(text, encoding="utf-8")
    try:
        assert read_lead_sheet(path).n_bars >= 1
    except InputError as refusal:
        assert "\n" not in str(refusal)


@pytest.mark.parametrize(("lengths", "meter"), [((16, 16, 16), "4/4"), ((4, 12, 12), "3/4"), ((24, 24), "12/8")])
def test_a_part_without_a_time_signature_has_that_of_its_bars(
    tmp_path: Path, lengths: tuple[int, ...], meter: str
) -> None:
    sheet = read(tmp_path, score(*(note(duration=n) for n in lengths), attributes="<divisions>4</divisions>"))
    assert str(sheet.meter) == meter
    assert sheet.remarks == (f"no time signature; {meter} taken from the length of the bars",)
    with pytest.raises(FileFormatError, match="no time signature"):
        read(tmp_path, score(note(duration=7), attributes="<divisions>4</divisions>"))


def test_a_container_that_is_broken_is_passed_over(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<container><rootfile full-path='He's.xml'/></container>")
        archive.writestr("He's.xml", score(note()))
    assert len(read_lead_sheet(tmp_path / "a.mxl").melody) == 1


def test_a_score_written_bar_by_bar_is_that_written_part_by_part(tmp_path: Path) -> None:
    text = (CASES / "nc.musicxml").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    (part,) = root.findall("part")
    root.remove(part)
    root.tag = "score-timewise"
    for measure in part.findall("measure"):
        bar = ET.SubElement(root, "measure", measure.attrib)
        ET.SubElement(bar, "part", id=str(part.get("id"))).extend(list(measure))
    (tmp_path / "a.musicxml").write_bytes(ET.tostring(root))
    one, other = read_lead_sheet(tmp_path / "a.musicxml"), read_lead_sheet(CASES / "nc.musicxml")
    assert rows_of(one.melody) == rows_of(other.melody) and len(one.melody)
    assert (one.chords, one.no_chords, one.n_bars) == (other.chords, other.no_chords, other.n_bars)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "iso-8859-1"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = (CASES / "nc.musicxml").read_text(encoding="utf-8")
    said = encoding.removesuffix("-le").removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{said}"?>' + text.partition("?>")[2] if text.startswith("<?xml") else text
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    (tmp_path / "a.musicxml").write_bytes(mark + text.encode(encoding))
    assert rows_of(read_lead_sheet(tmp_path / "a.musicxml").melody) == rows_of(
        read_lead_sheet(CASES / "nc.musicxml").melody
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_entities_are_refused_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = '<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><score-partwise>&b;</score-partwise>'
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / "a.musicxml").write_bytes(mark + text.encode(encoding))
    with pytest.raises(FileFormatError, match="declares entities"):
        read_lead_sheet(tmp_path / "a.musicxml")
