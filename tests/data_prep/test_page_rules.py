"""Lead sheets by a copyist's rules: rests, beams, chord symbols."""

from __future__ import annotations

import pytest

from data_prep.page_rules import BEAM, CHORD, SHORT_REST, read_page
from symbolic_music.formats.musicxml import lead_sheet_to_xml, xml_text
from tests.arranging.short_songs import short_plan, short_sheet

ATTRIBUTES = "<attributes><divisions>12</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"


def page(*bars: str) -> str:
    measures = "".join(
        f'<measure number="{number}">{ATTRIBUTES if number == 1 else ""}{bar}</measure>'
        for number, bar in enumerate(bars, start=1)
    )
    return f"<score-partwise><part>{measures}</part></score-partwise>"


def note(duration: int, value: str, beam: str = "", rest: bool = False) -> str:
    what = "<rest/>" if rest else "<pitch><step>C</step><octave>5</octave></pitch>"
    beamed = f"<beam>{beam}</beam>" if beam else ""
    return f"<note>{what}<duration>{duration}</duration><type>{value}</type>{beamed}</note>"


HARMONY = '<harmony><root><root-step>C</root-step></root><kind text="">major</kind></harmony>'
FAULTY = {
    SHORT_REST: page((note(3, "16th") + note(3, "16th", rest=True)) * 8 + note(3, "16th")),
    BEAM: page(note(18, "quarter") + note(6, "eighth", "begin") + note(6, "eighth", "end") + note(18, "quarter")),
    CHORD: page(HARMONY + note(48, "whole"), HARMONY + note(48, "whole")),
}


@pytest.mark.parametrize("rule", FAULTY)
def test_what_no_copyist_writes_is_marked(rule: str) -> None:
    assert {fault.rule for fault in read_page(FAULTY[rule])} == {rule}


def test_a_pickup_after_a_pause_and_eighths_of_half_a_bar_are_read_easily() -> None:
    pause = note(18, "quarter", rest=True) + note(3, "16th", rest=True) + note(3, "16th")
    eighths = "".join(note(6, "eighth", beam) for beam in ("begin", "continue", "continue", "end"))
    assert read_page(page(pause + eighths)) == []


def test_our_lead_sheets_have_none_of_it() -> None:
    for style, meter in (("pop", "4/4"), ("waltz", "3/4"), ("pop 6/8", "6/8")):
        assert read_page(xml_text(lead_sheet_to_xml(short_sheet(short_plan(style, meter, 1))))) == []
