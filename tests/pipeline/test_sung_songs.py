"""Songs made from their words: every syllable has its note, stresses and lines their places, the singer a range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from symbolic_music.evaluation.sung import StressShares, stress_shares
from symbolic_music.filling import compose
from symbolic_music.planning import plan
from symbolic_music.prosody.text import read_lyrics
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.lyrics import of_verse
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import slots_of

TEXTS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "texts" / "lyrics.yaml").read_text(encoding="utf-8")
)
# What people's songs have: the 119 validation songs of OpenScore Lieder, by the same code (decision 0035).
LIEDER_ON_STRONG, LIEDER_ON_BEATS = 0.781, 0.915
TWELFTH = 19
# One text each of five languages, one of them pasted with its tags.
QUICK = (3, 5, 13, 16, 35)


def _songs(numbers: range | tuple[int, ...]) -> list[tuple[dict[str, Any], SongPlan, LeadSheet]]:
    songs = []
    for number in numbers:
        made = plan(Brief(lyrics=TEXTS[number]["text"], genre="pop", seed=number))
        songs.append((TEXTS[number], made, compose(made)))
    return songs


def _check(text: dict[str, Any], made: SongPlan, sheet: LeadSheet) -> None:
    """What holds for every song."""
    read = read_lyrics(text["text"])
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


def _shares(songs: list[tuple[dict[str, Any], SongPlan, LeadSheet]]) -> StressShares:
    """Of all stressed syllables of some songs."""
    rows = [stress_shares(sheet.lyrics, sheet.lines) for _, _, sheet in songs]
    total = max(1, sum(row.n_stressed for row in rows))
    return StressShares(
        total,
        sum(row.n_stressed * row.on_strong for row in rows) / total,
        sum(row.n_stressed * row.on_beats for row in rows) / total,
    )


def test_five_songs_sing_every_syllable_on_a_note_of_its_own() -> None:
    songs = _songs(QUICK)

    for song in songs:
        _check(*song)
    assert _shares(songs).on_strong >= LIEDER_ON_STRONG


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
