"""Texts as people paste them."""

from __future__ import annotations

import pytest

from symbolic_music.errors import BriefError
from symbolic_music.prosody.text import read_lyrics

PASTED = """Title: Neon Heart
[Style: synthwave, 120 bpm]

**[Verse 1: Male vocal, whispered]**
♪ I've been runnin' home ♪
*guitar riff*
(repeat softly)
[Pre-Chorus]
Can you hear?
(Chorus)
Yeah, yeah (yeah!)
We'll light it up — tonight!
[Guitar Solo]
[Chorus x2]
[Outro - fade]
Light it up
[End]
"""


def test_tags_make_sections_and_directions_are_not_sung() -> None:
    text = read_lyrics(PASTED)

    assert [section.kind for section in text.sections] == [
        "verse", "pre-chorus", "chorus", "solo", "chorus", "chorus", "outro",
    ]  # fmt: skip
    assert [line.text for line in text.sections[0].lines] == ["I've been runnin' home"]
    assert text.sections[4].lines == text.sections[2].lines  # the chorus again, twice
    assert text.sections[3].lines == ()
    assert (text.title, text.fades, text.language.code) == ("Neon Heart", True, "en")
    assert any("Style: synthwave" in remark for remark in text.remarks)


def test_stanzas_without_tags_that_return_are_the_chorus() -> None:
    text = read_lyrics(
        "One day\nOne night\n\nSing it loud\nSing it long\n\nTwo days\nTwo nights\n\nSing it loud\nSing it long"
    )

    assert [section.kind for section in text.sections] == ["verse", "chorus", "verse", "chorus"]


def test_chords_stand_before_their_syllables() -> None:
    text = read_lyrics("{sov}\nA[G]mazing [C]grace, how [D]sweet\n{eov}")

    assert [(one.text, one.chord) for one in text.sections[0].lines[0].words.syllables if one.chord] == [
        ("maz", "G"), ("grace,", "C"), ("sweet", "D"),
    ]  # fmt: skip


def test_a_long_line_is_sung_in_two_breaths() -> None:
    line = "I keep the ticket from the very last train, and nothing is ever gonna be the same again for us"

    lines = read_lyrics(line).sections[0].lines

    assert [part.text for part in lines] == [
        "I keep the ticket from the very last train,", "and nothing is ever gonna be the same again for us",
    ]  # fmt: skip


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(BriefError, match="no words to sing"):
        read_lyrics("[Intro]\n[Guitar Solo]\n")


def test_times_of_karaoke_lines_are_not_sung() -> None:
    text = read_lyrics(
        "[ti:Lake]\n[ar:Nobody]\n[00:01.50]Over the <00:02.10>water\n[00:04.00][00:09.00]I see the lights\n"
    )
    assert text.title == "Lake"
    assert [line.text for section in text.sections for line in section.lines] == ["Over the water", "I see the lights"]
