"""Songs made from their words: every syllable has its note, stresses and lines their places, the singer a range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from symbolic_music.evaluation.sung import StressShares, stress_shares
from symbolic_music.filling import compose
from symbolic_music.filling.refill import Refill, refill_tune
from symbolic_music.pipeline.reimport import load_music
from symbolic_music.pipeline.words import set_words
from symbolic_music.planning import plan
from symbolic_music.prosody.text import read_lyrics
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.lyrics import of_verse, verses_of
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import slots_of

TEXTS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "texts" / "lyrics.yaml").read_text(encoding="utf-8")
)
# What people's songs have: the 119 validation songs of OpenScore Lieder, by the same code (decision 0035).
LIEDER_ON_STRONG, LIEDER_ON_BEATS = 0.781, 0.915
TWELFTH = 19
NEW_BRITAIN = """X:1
T:New Britain
M:3/4
L:1/4
K:G
"G"D | G2 (B/2G/2) | B2 A | "C"G2 E | "G"D2 D | G2 (B/2G/2) | B2 A | "D"d3- | d2 B |
"G"(d3/2B/2) (B/2G/2) | B2 A | "C"G2 E | "G"D2 D | G2 (B/2G/2) | "D"B2 A | "G"G3- | G2 |]
"""
Made = tuple[dict[str, Any], SongPlan, LeadSheet]
# One text each of five languages, one of them pasted with its tags.
QUICK = (3, 5, 13, 16, 35)


def _songs(numbers: range | tuple[int, ...]) -> list[Made]:
    songs = []
    for number in numbers:
        made = plan(Brief(lyrics=TEXTS[number]["text"], language=TEXTS[number]["language"], genre="pop", seed=number))
        songs.append((TEXTS[number], made, compose(made)))
    return songs


def _check(text: dict[str, Any], made: SongPlan, sheet: LeadSheet) -> None:
    """What holds for every song."""
    read = read_lyrics(text["text"], text["language"])
    assert made.language == read.language.code == text["language"]
    lines = [line.words for section in read.sections for line in section.lines]
    wanted = [one.text for line in lines for one in line.syllables]
    assert [one.text for one in of_verse(sheet.lyrics)] == wanted  # every syllable placed, in order
    onsets = set(sheet.melody["onset_tick"].tolist())
    assert {one.tick for one in sheet.lyrics} <= onsets
    _check_lines(made, sheet)
    pitches = [row[2] for row in rows_of(sheet.melody) if row[0] in {one.tick for one in sheet.lyrics}]
    assert max(pitches) - min(pitches) <= TWELFTH


def _check_lines(made: SongPlan, sheet: LeadSheet) -> None:
    """Every line is a phrase: all its syllables, and none of another, end inside it before a breath."""
    words = of_verse(sheet.lyrics)
    notes = {row[0]: row for row in rows_of(sheet.melody)}
    at = 0
    for slot in slots_of(made):
        if slot.phrase.words is None:
            continue
        own = words[at : at + len(slot.phrase.words.syllables)]
        at += len(own)
        assert own[-1].ends_line
        last = notes[own[-1].tick]
        assert slot.start_tick <= own[-1].tick
        assert last[0] + last[1] < slot.end_tick  # the singer breathes
        if slot.phrase.words.is_question and len(own) > 1:
            assert last[2] > notes[own[-2].tick][2]  # a question rises
    assert at == len(words)


def _shares(songs: list[Made]) -> StressShares:
    """Of all stressed syllables of some songs."""
    rows = [stress_shares(sheet.lyrics, sheet.lines) for _, _, sheet in songs]
    total = max(1, sum(row.n_stressed for row in rows))
    return StressShares(
        total,
        sum(row.n_stressed * row.on_strong for row in rows) / total,
        sum(row.n_stressed * row.on_beats for row in rows) / total,
    )


@pytest.fixture(scope="module")
def quick_songs() -> list[Made]:
    """Five songs."""
    return _songs(QUICK)


def test_five_songs_sing_every_syllable_on_a_note_of_its_own(quick_songs: list[Made]) -> None:
    for song in quick_songs:
        _check(*song)
    assert _shares(quick_songs).on_strong >= LIEDER_ON_STRONG


@pytest.mark.parametrize("how", [Refill("again"), Refill("varied", strength=0.5), Refill("other", keep="pitches")])
def test_phrases_that_are_written_again_keep_their_words(quick_songs: list[Made], how: Refill) -> None:
    _, made, sheet = quick_songs[1]
    verse = [slot for slot in slots_of(made) if slot.section.kind == "verse"]

    again = refill_tune(made, sheet, verse[:3], how)

    assert rows_of(again.melody) != rows_of(sheet.melody)
    assert [one.text for one in of_verse(again.lyrics)] == [one.text for one in of_verse(sheet.lyrics)]
    assert {one.tick for one in again.lyrics} <= set(again.melody["onset_tick"].tolist())


def test_words_find_their_notes_in_a_tune_with_an_upbeat_and_melismas(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text(NEW_BRITAIN, encoding="utf-8")

    song = set_words(load_music(tmp_path / "tune.abc"), read_lyrics(TEXTS[1]["text"]))

    first = of_verse(song.lead_sheet.lyrics, 1)
    assert [(one.text, one.n_notes) for one in first[:8]] == [
        ("A", 1), ("maz", 1), ("ing", 2), ("grace,", 1), ("how", 1), ("sweet", 1), ("the", 1), ("sound", 1),
    ]  # fmt: skip
    assert stress_shares(first, song.lead_sheet.lines).on_strong == 1.0
    assert verses_of(song.lead_sheet.lyrics) == (1, 2)  # the second stanza stands under the same notes
    assert [one.text for one in song.score.lyrics] == [one.text for one in song.lead_sheet.lyrics]


@pytest.mark.slow
def test_forty_songs_in_eight_languages_are_sung_as_people_set_words() -> None:
    songs = _songs(range(len(TEXTS)))

    for song in songs:
        _check(*song)
    shares = _shares(songs)
    assert len({text["language"] for text, _, _ in songs}) == 8
    assert shares.on_strong >= LIEDER_ON_STRONG
    assert shares.on_beats >= LIEDER_ON_BEATS


def test_what_is_said_again_has_the_same_music() -> None:
    chorus = "[Chorus]\nHold me now\nHold me tight\n"
    text = "[Verse]\nOne more day\nOne more night\n" + 2 * chorus
    made = plan(Brief(lyrics=text, genre="pop", seed=3))
    sheet = compose(made)

    starts = {span.name: sheet.lines.tick_of(span.start_bar) for span in sheet.sections}
    bars = next(section.n_bars for section in made.sections if section.name == "chorus 1") * 48
    first, second = (
        [
            (row[0] - starts[name], row[2])
            for row in rows_of(sheet.melody)
            if starts[name] <= row[0] < starts[name] + bars - 24
        ]
        for name in ("chorus 1", "chorus 2")
    )
    assert first == second
    assert made.title == "Hold Me Now"
