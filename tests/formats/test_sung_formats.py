"""Words of a made song in every format, read back by programs that are not ours."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path

import mido
import music21
import pytest

from symbolic_music.formats.abc import write_abc
from symbolic_music.formats.abc_reader import read_abc
from symbolic_music.formats.karaoke import lrc_text, write_kar
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.formats.musicxml import read_lead_sheet, write_lead_sheet
from symbolic_music.formats.rpp import write_rpp
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.lyrics import Syllable, of_verse
from symbolic_music.song.notes import make_notes
from tests.formats.test_midi import make_score
from tests.formats.test_musicxml import make_sheet

TEXTS = ("Glo", "ri", "a", "sings", "the", "vas-", "tu")


@pytest.fixture
def sheet() -> LeadSheet:
    """Eight quarters: a word of three syllables, a melisma at a word's end, a second verse, two lines."""
    onsets = [0, 12, 24, 36, 60, 72, 84]
    notes = make_notes([(tick, 12, 60 + place, 90) for place, tick in enumerate([0, 12, 24, 36, 48, 60, 72, 84])])
    first = [
        Syllable(tick, text, place in (0, 1, 5), 2 if text == "sings" else 1, ends_line=place in (4, 6))
        for place, (tick, text) in enumerate(zip(onsets, TEXTS, strict=True))
    ]
    second = [Syllable(0, "Now", verse=2), Syllable(12, "I", verse=2, n_notes=2), Syllable(36, "am", verse=2)]
    return replace(make_sheet(n_bars=2), melody=notes, lyrics=tuple(sorted([*first, *second], key=lambda s: s.tick)))


def _seen(lyrics: list[Syllable]) -> list[tuple[int, str, bool, int]]:
    return [(one.tick, one.text.removesuffix("-"), one.goes_on, one.n_notes) for one in lyrics]


@pytest.mark.filterwarnings("ignore")
def test_musicxml_has_syllables_extenders_and_verses(sheet: LeadSheet, tmp_path: Path) -> None:
    write_lead_sheet(sheet, tmp_path / "lead.musicxml")

    notes = list(music21.converter.parse(tmp_path / "lead.musicxml").recurse().notes)
    seen = [[(lyric.number, lyric.text, lyric.syllabic) for lyric in note.lyrics if lyric.text] for note in notes]
    assert [row[0][1] for row in seen if row and row[0][0] == 1] == [text.removesuffix("-") for text in TEXTS]
    assert [lyric[2] for row in seen for lyric in row if lyric[0] == 1] == [
        "begin", "middle", "end", "single", "single", "begin", "end",
    ]  # fmt: skip
    assert [lyric[1] for row in seen for lyric in row if lyric[0] == 2] == ["Now", "I", "am"]
    assert 'extend type="start"' in (tmp_path / "lead.musicxml").read_text()
    back = read_lead_sheet(tmp_path / "lead.musicxml").lyrics
    for verse in (1, 2):
        assert _seen(of_verse(back, verse)) == _seen(of_verse(sheet.lyrics, verse))
    assert [one.ends_line for one in of_verse(back)] == [one.ends_line for one in of_verse(sheet.lyrics)]


@pytest.mark.filterwarnings("ignore")
def test_abc_has_a_line_for_every_verse(sheet: LeadSheet, tmp_path: Path) -> None:
    write_abc(sheet, tmp_path / "lead.abc")

    notes = list(music21.converter.parse(tmp_path / "lead.abc").recurse().getElementsByClass("Note"))
    assert len(notes) == 8
    words = re.findall(r"^w: (.*)$", (tmp_path / "lead.abc").read_text(), re.MULTILINE)
    assert words == ["Glo-ri-a sings", "Now I _am", "_the vas-tu"]
    back = read_abc(tmp_path / "lead.abc").lyrics
    for verse in (1, 2):
        assert _seen(of_verse(back, verse)) == _seen(of_verse(sheet.lyrics, verse))


def test_midi_says_words_and_lines(sheet: LeadSheet, tmp_path: Path) -> None:
    write_midi(score_of_lead_sheet(sheet), tmp_path / "song.mid")

    texts = [m.text for track in mido.MidiFile(tmp_path / "song.mid").tracks for m in track if m.type == "lyrics"]
    assert texts == ["Glo", "ri", "a ", "sings ", "the\r", "vas-", "tu\r"]
    back = read_midi(tmp_path / "song.mid").lyrics
    assert [(one.tick // 40, one.text, one.goes_on, one.ends_line) for one in back] == [
        (one.tick, one.text.removesuffix("-"), one.goes_on, one.ends_line) for one in of_verse(sheet.lyrics)
    ]


def test_karaoke_players_see_lines_and_words(sheet: LeadSheet, tmp_path: Path) -> None:
    write_kar(score_of_lead_sheet(sheet), tmp_path / "song.kar")

    texts = [m.text for track in mido.MidiFile(tmp_path / "song.kar").tracks for m in track if m.type == "text"]
    assert "@KMIDI KARAOKE FILE" in texts
    sung = [text for text in texts if text[:1] in ("\\", "/", " ") or text in ("ri", "a", "tu")]
    assert sung == ["\\Glo", "ri", "a", " sings", " the", "/vas-", "tu"]
    assert [one.text for one in read_midi(tmp_path / "song.kar").lyrics] == [t.removesuffix("-") for t in TEXTS]


def test_timed_lines_have_the_time_of_each_word(sheet: LeadSheet) -> None:
    lines = [line for line in lrc_text(score_of_lead_sheet(sheet)).splitlines() if line.startswith("[0")]

    assert [re.sub(r"[\[<].*?[\]>]", "", line) for line in lines] == ["Gloria sings the", "vas-tu"]
    clocks = [60 * int(m) + float(s) for m, s in re.findall(r"<(\d+):([\d.]+)>", "".join(lines))]
    beat = 60 / sheet.tempo_qpm
    assert clocks == pytest.approx([0, 3 * beat, 5 * beat, 6 * beat], abs=0.006)


def test_reaper_has_the_words_in_the_singers_item(sheet: LeadSheet, tmp_path: Path) -> None:
    write_rpp(score_of_lead_sheet(sheet), tmp_path / "song.rpp")

    coded = re.findall(r"<X \d+ 0\s+(\S+)", (tmp_path / "song.rpp").read_text())
    assert [base64.b64decode(one)[2:].decode().strip() for one in coded] == list(TEXTS)


def test_words_of_the_latest_swing_stay_with_their_notes(tmp_path: Path) -> None:
    # An off-beat written at the half of a quarter, played at three quarters of it and a little late.
    score = make_score(480)
    tune = next(track for track in score.tracks if track.role == "melody")
    notes = make_notes([(quarter * 480 + late, 100, 60, 90) for quarter in range(4) for late in (0, 375)])
    words = tuple(Syllable(quarter * 480 + place, "la") for quarter in range(4) for place in (0, 240))
    sung = replace(score, tracks=(replace(tune, notes=notes),), lyrics=words)
    write_midi(sung, tmp_path / "sung.mid")
    assert [word.tick for word in read_midi(tmp_path / "sung.mid").lyrics] == notes["onset_tick"].tolist()
