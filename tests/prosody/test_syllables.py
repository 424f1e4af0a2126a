"""Words divided as they are sung."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.prosody.languages import find_language, languages
from symbolic_music.prosody.syllables import syllables_of
from symbolic_music.song.words import MOST_LINE_NOTES, SungLine, parse_line

# A line of each language, divided by hand; strokes before main stresses where the rules know them.
DIVIDED = {
    "en": "A·ˈmaz·ing ˈgrace, how ˈsweet the ˈsound that ˈsaved a ˈwretch like me",
    "de": "Am ˈBrun·nen vor dem ˈTo·re, da ˈsteht ein ˈLin·den·baum",
    "fr": "Au ˈclair de la ˈlu·ne, mon a·ˈmi Pier·ˈrot",
    "es": "ˈCan·ta y no ˈllo·res, ˌpor·que can·ˈtan·do se a·ˈle·gran los co·ra·ˈzo·nes",
    "pt": "O ˈcra·vo bri·ˈgou com a ˈro·sa de·ˈbai·xo de ˌu·ma sa·ˈca·da",
    "it": "ˈpla·ci·da è ˈl'on·da, ˌmi·a ˈpiaz·za, il ˈven·to",
    "nl": "ˈZie de ˈmaan ˈschijnt door de ˈbo·men",
    "pl": "ˈSta·ry ˈniedź·wiedź ˈmoc·no ˈśpi, ˈw~le·sie",
    "ja": "さ く ら や よ い の そ ら は",
    "zh": "月 亮 代 表 我 的 心",
    "ko": "아 리 랑 아 라 리 요",
}


def _plain(line: str) -> str:
    return line.replace("·", "").replace("ˈ", "").replace("ˌ", "").replace("~", " ")


@pytest.mark.parametrize("code", DIVIDED)
def test_a_line_of_every_language_has_its_syllables_and_stresses(code: str) -> None:
    text = _plain(DIVIDED[code])

    line = SungLine(syllables_of(text, languages()[code]))

    wanted = parse_line(DIVIDED[code])
    assert [one.text for one in line.syllables] == [one.text for one in wanted.syllables]
    assert line.stresses == wanted.stresses


@pytest.mark.parametrize("code", DIVIDED)
def test_a_line_is_known_by_its_language(code: str) -> None:
    assert find_language(_plain(DIVIDED[code])).code == code


def test_what_a_singer_marks_is_sung_so() -> None:
    line = SungLine(syllables_of("Glo__ria, que~el cielo", languages()["es"]))

    assert [(one.text, one.n_notes) for one in line.syllables][:3] == [("Glo", 3), ("ria,", 1), ("que el", 1)]


def test_a_marked_line_reads_back_as_it_was() -> None:
    line = SungLine(syllables_of("I'm gonna love you, glo_ria (ooh) & rock-n-roll forever", languages()["en"]))

    assert parse_line(str(line)) == line


@given(
    st.text(alphabet="abeioy rstX'_~·-[](),.!?0あキゃ漢한éñßłж\n«—\"&ˈ", max_size=60),
    st.sampled_from(sorted({*languages()} - {"ru"})),
)
def test_whatever_is_pasted_a_plan_can_hold_it(text: str, code: str) -> None:
    syllables = syllables_of(text, languages()[code])

    if syllables and sum(one.n_notes for one in syllables) <= MOST_LINE_NOTES:
        line = SungLine(syllables)
        assert parse_line(str(line)) == line
