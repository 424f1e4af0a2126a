"""Charts as people send them: letters, degrees, syllables, song sheets."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import FileFormatError
from symbolic_music.remarks import LOGGER_NAME
from symbolic_music.theory.chart import chart_sections, parse_chart, say_german
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import MODES, key_of, parse_key
from symbolic_music.theory.roman import function_of, parse_roman, write_roman

SHEET = """{title: Morning}
{key: G}
[G]Early in the [D]morning
{start_of_chorus}
[N.C.]Hey [Em]now [C]sing
{end_of_chorus}
"""


def read(text: str, key: str | None = None) -> list[str]:
    """A chart's bars as text, chords of a bar joined by a space."""
    bars = parse_chart(text, key=parse_key(key) if key else None)
    return [" ".join(c.symbol(-1) if isinstance(c, Chord) else c or "." for c in bar.chords) for bar in bars]


@pytest.mark.parametrize(
    ("text", "key", "bars"),
    [
        ("vi IV I V", "C", ["Am", "F", "C", "G"]),
        ("ii7 V7/V | I", "F", ["Gm7 G7", "F"]),
        ("i VI III VII | iv V7", "A minor", ["Am F C G", "Dm E7"]),
        ("viiø7 I64 V65 IV/V I/3", "C", ["Bm7b5", "C/G", "G7/B", "F/G", "C/E"]),
        ("do sol lam fa", None, ["C", "G", "Am", "F"]),
        ("Do Sol7/Si Lam Fa", None, ["C", "G7/B", "Am", "F"]),
        ("Do7 Dm", None, ["Ddim7", "Dm"]),
        ("C | Am7/G N.C. | %", None, ["C", "Am7/G N.C.", "Am7/G N.C."]),
        ("C        G\nHello my old friend\nAm\n", None, ["C", "G", "Am"]),
        (SHEET, None, ["G", "D", "N.C.", "Em", "C"]),
    ],
)
def test_charts_of_the_world_are_read(text: str, key: str | None, bars: list[str]) -> None:
    assert read(text, key) == bars


def test_sections_are_named_in_every_notation() -> None:
    assert chart_sections("verse: C | Am; chorus: F | G") == {"verse": "C | Am", "chorus": "F | G"}
    assert list(chart_sections(SHEET)) == [None, "chorus"]
    assert [bar.section for bar in parse_chart("[A]\nC F\n[B]\nG C")] == ["A", None, "B", None]


def test_degrees_need_a_key() -> None:
    with pytest.raises(FileFormatError, match="'vi' is a degree; say the key"):
        read("vi IV")


def test_an_h_is_said_and_refused_beside_a_b(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOGGER_NAME):
        say_german("Hm G D A", "chords")
    assert "Hm is Bm" in caplog.text
    with pytest.raises(FileFormatError, match="'B' may be a B flat; write"):
        read("Hm B G")


@given(
    st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11)),
    st.builds(key_of, st.integers(0, 11), st.sampled_from(MODES)),
)
def test_a_chord_is_read_back_from_its_degree(chord: Chord, key: object) -> None:
    again = parse_roman(write_roman(chord, key), key)  # type: ignore[arg-type]
    assert (again.root, again.bass, again.pitch_classes) == (chord.root, chord.bass, chord.pitch_classes)


def test_functions_are_those_of_harmony_lessons() -> None:
    key = parse_key("A minor")
    chords = [parse_roman(numeral, key) for numeral in ("i", "iv", "V7", "VI", "V7/iv")]
    names = [function_of(chord, key) for chord in chords]
    assert names == ["tonic", "subdominant", "dominant", "subdominant", "dominant of iv"]
