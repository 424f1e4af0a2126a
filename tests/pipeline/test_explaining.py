"""A song explained: numerals as music21 has them, every bar and note, the plan's reasons, files of others."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.analysis.harmony import chords_sounding, write_numeral
from symbolic_music.analysis.note_classes import NOTE_CLASSES
from symbolic_music.cli import main
from symbolic_music.drawing.explained import MARKS
from symbolic_music.errors import InputError
from symbolic_music.filling.expectation import expect, surprise_of
from symbolic_music.pipeline.creation import CreateOptions, Song, create
from symbolic_music.pipeline.explaining import explain, write_explanation
from symbolic_music.pipeline.files import read_lead_sheet, write_lead_sheet
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, score_of_lead_sheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.spans import section_spans, slots_of
from symbolic_music.theory.chord import QUALITIES, Chord, parse_chord
from symbolic_music.theory.key import Key, parse_key
from tests.analysis.numerals import agrees, judge, means_the_same, music21_numeral
from tests.arranging.band_songs import make_plan, make_sheet
from tests.builders import make_plan as make_plan_with_repeats
from tests.builders import scale_melody

PROGRESSIONS = {
    "major": "C Am F G C/E F/A G7/B C G/B Am Em/G F C/E Dm7 G7 Cmaj7 Fmaj7 Bm7b5 Em7 Am7 D7 G7/F C/G C Fm Ab Bb C",
    "minor": "Am F C G Am Dm E7 Am Am/C Bm7b5 E7/G# Am Dm/F E Am G F E G#dim7 Am Bdim/D C/E B7 Em D Am",
}
TONICS = ("C", "Ab")


def make_song() -> Song:
    """A song of five sections whose chorus says why it comes."""
    plan = make_plan()
    sections = tuple(
        section.model_copy(update={"reason": "The chorus lifts."}) if section.kind == "chorus" else section
        for section in plan.sections
    )
    plan = plan.model_copy(update={"sections": sections})
    sheet = make_sheet(plan)
    return Song(Brief(), plan, sheet, score_of_lead_sheet(sheet))


def chords_of(sheet: LeadSheet) -> Iterator[tuple[int, Key, Chord]]:
    """Bar by bar the chords that sound."""
    for bar, here in enumerate(sheet.lines.bars):
        for event in chords_sounding(sheet, here.start, here.end):
            yield bar, sheet.key_at(bar), event.chord


@pytest.mark.parametrize("mode", PROGRESSIONS)
def test_triads_and_sevenths_have_the_numerals_of_music21(mode: str) -> None:
    home = parse_key("C" if mode == "major" else "A minor")
    for tonic in TONICS:
        key = parse_key(f"{tonic} {mode}")
        for symbol in PROGRESSIONS[mode].split():
            chord = parse_chord(symbol).transpose(key.tonic_pitch_class - home.tonic_pitch_class)
            numeral = write_numeral(chord, key)
            assert agrees(chord, key, numeral) or means_the_same(chord, key, numeral), (str(key), symbol, numeral)


def test_every_triad_in_every_inversion_has_the_numeral_of_music21() -> None:
    for key in (parse_key("C"), parse_key("A minor")):
        for quality, root, tone in product(("maj", "min", "dim", "aug"), range(12), range(3)):
            chord = Chord(root, quality, (root + QUALITIES[quality][0][tone]) % 12)
            numeral = write_numeral(chord, key)
            assert agrees(chord, key, numeral) or means_the_same(chord, key, numeral), (str(key), numeral)


@pytest.mark.slow
def test_where_music21_writes_another_numeral_than_ours_a_reason_is_known(tmp_path: Path) -> None:
    genres = ("pop", "rock", "jazz", "folk", "blues")
    n_bars, differ = 0, []
    for number in range(20):
        brief = Brief(genre=genres[number % 5], seed=500 + number, n_bars=24)
        sheet = create(brief, tmp_path / str(number), CreateOptions(audio="none")).lead_sheet
        n_bars += sheet.n_bars
        for bar, key, chord in chords_of(sheet):
            numeral = write_numeral(chord, key)
            if not (agrees(chord, key, numeral) or means_the_same(chord, key, numeral)):
                theirs = music21_numeral(chord, key)
                differ.append((number, bar + 1, str(key), chord.symbol(), numeral, theirs, judge(chord, key)))
    for row in differ:
        print(*row, sep="  ")
    share = 1 - len({row[:2] for row in differ}) / n_bars
    print(f"{n_bars} bars, music21 writes ours in {100 * share:.1f} %")
    assert share > 0.9
    assert all(row[-1] is not None for row in differ)


def test_every_bar_and_note_is_explained() -> None:
    song = make_song()
    said = explain(song)
    assert [bar.bar for bar in said.bars] == list(range(1, 41))
    assert all(bar.chords for bar in said.bars)
    assert sum(len(bar.notes) for bar in said.bars) == len(song.lead_sheet.melody)
    assert {note.note_class for bar in said.bars for note in bar.notes} <= set(NOTE_CLASSES)
    assert all(0 <= bar.tension.total <= 1 for bar in said.bars)


def test_a_bar_says_numeral_function_and_loan() -> None:
    bars = explain(make_song()).bars
    assert [(chord.numeral, chord.function) for chord in bars[5].chords] == [("V6", "dominant")]
    assert (bars[37].chords[0].numeral, bars[37].chords[0].borrowed_from) == ("ivadd6", "C minor")
    assert bars[19].chords[0].function == "dominant of vi"


def test_the_text_says_the_plan_s_reasons_players_and_returns() -> None:
    text = str(explain(make_song()))
    assert "why: The chorus lifts." in text
    assert "plays: Melody (melody)" in text
    assert "bars 25-" in text and "cadence: half" in text


def test_a_song_without_tune_is_explained() -> None:
    song = make_song()
    sheet = replace(song.lead_sheet, melody=song.lead_sheet.melody[:0])
    said = explain(replace(song, lead_sheet=sheet, score=score_of_lead_sheet(sheet)))
    assert not said.motifs
    assert said.bars[11].cadence == "half"


def test_the_score_shows_a_note_outside_its_chord_in_colour(tmp_path: Path) -> None:
    song = make_song()
    said = write_explanation(song, [tmp_path / "why.musicxml", tmp_path / "why.svg", tmp_path / "why.json"])
    outside = [note for bar in said.bars for note in bar.notes if note.note_class == "passing"]
    root = ET.parse(tmp_path / "why.musicxml").getroot()
    blue = [note for note in root.iter("note") if note.get("color") == MARKS["passing"][1].upper()]
    starts = [note for note in blue if all(tie.get("type") != "stop" for tie in note.findall("tie"))]
    assert len(starts) == len(outside) > 0
    assert {note.findtext("lyric/text") for note in starts} == {"p"}
    read = read_lead_sheet(tmp_path / "why.musicxml")
    assert read.melody["pitch"].tolist() == song.lead_sheet.melody["pitch"].tolist()
    drawn = ET.parse(tmp_path / "why.svg").getroot()
    titles = [title.text or "" for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert sum(", passing," in title for title in titles) >= len(outside)
    assert json.loads((tmp_path / "why.json").read_text(encoding="utf-8"))["title"] == said.title


def test_an_unknown_form_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.txt, \.json, \.musicxml, \.svg"):
        write_explanation(make_song(), [tmp_path / "why.txt", tmp_path / "why.docx"])
    assert not list(tmp_path.iterdir())


def test_the_command_explains_another_program_s_lead_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lead_sheet(make_song().lead_sheet, tmp_path / "theirs.musicxml")
    with pytest.raises(SystemExit) as ended:
        main(["explain", str(tmp_path / "theirs.musicxml"), "--json"])
    assert not ended.value.code
    said = json.loads(capsys.readouterr().out)
    chord = said["bars"][5]["chords"][0]
    assert chord.pop("bits") > 0
    assert chord == {
        "beat": 1.0, "held": False, "symbol": "G/B", "numeral": "V6", "function": "dominant", "borrowed_from": None,
    }  # fmt: skip


def test_a_wrong_note_surprises_the_model_and_a_song_of_its_own_does_not() -> None:
    song = make_song()
    sheet = song.lead_sheet
    melody = sheet.melody.copy()
    row = len(melody) // 2
    melody["pitch"][row] += 6
    spoilt = replace(song, lead_sheet=replace(sheet, melody=melody))
    before, after = (surprise_of(one.lead_sheet, one.plan).notes[row] for one in (song, spoilt))
    assert before is not None and after is not None and after > before + 3


def test_the_most_surprising_notes_and_chords_are_named_with_their_bars(tmp_path: Path) -> None:
    song = make_song()
    said = write_explanation(song, [tmp_path / "why.svg", tmp_path / "why.json"])
    most = max((note.bits or 0.0, bar.bar) for bar in said.bars for note in bar.notes)
    assert said.surprises[0].startswith(f"bar {most[1]}, beat") and f"{most[0]:.1f} bits" in said.surprises[0]
    assert 2 <= len(said.surprises) <= 6 and said.surprises[0] in str(said)
    assert json.loads((tmp_path / "why.json").read_text(encoding="utf-8"))["surprises"] == list(said.surprises)
    drawn = (tmp_path / "why.svg").read_text(encoding="utf-8")
    assert drawn.count("bits of surprise") >= len(song.lead_sheet.melody) and ">surprise<" in drawn


def test_a_phrase_heard_before_surprises_by_nothing_and_a_variation_where_it_differs() -> None:
    plan = make_plan_with_repeats()
    chords = tuple(ChordEvent(bar * 48, parse_chord(["C", "F", "G", "C"][(bar - 2) % 4])) for bar in range(18))
    tune = [(96 + tick, length, pitch, 90) for tick, length, pitch in scale_melody(16) if tick % 192 < 180]
    changed = [*tune[:-1], (*tune[-1][:2], 66, 90)]
    sheet = LeadSheet("Test", 100, plan.meter, 18, make_notes(changed), chords, section_spans(plan))
    bits = surprise_of(sheet, plan).notes
    first, repeat, again, variation = (bits[at : at + 15] for at in range(0, 60, 15))
    assert sum(first) > 0 and set(repeat) == set(again) == {0.0}
    assert max(variation) == variation[-1] > 3


def test_expectations_are_odds_and_the_mask_lets_composed_music_through(tmp_path: Path) -> None:
    song = make_song()
    slot = next(slot for slot in slots_of(song.plan) if slot.phrase.sung)
    for part in ("melody", "chords"):
        seen = expect(song.lead_sheet, song.plan, slot.phrase.name, part)
        assert seen.probabilities.shape == seen.allowed.shape == (len(seen.tokens), len(seen.vocabulary))
        assert np.allclose(seen.probabilities.sum(axis=1), 1, atol=1e-4)
        assert seen.bits[seen.is_given].sum() == 0 < seen.bits.sum()
        assert seen.tokens[-1] == "EOS_None" and seen.first_bar == slot.start_bar + 1
    with pytest.raises(InputError, match="it has"):
        expect(song.lead_sheet, song.plan, "nowhere")
    with pytest.raises(InputError, match="chords, melody"):
        expect(song.lead_sheet, song.plan, slot.phrase.name, "bass")


def test_music_that_the_vocabulary_has_no_words_for_is_explained_without_bits() -> None:
    song = make_song()
    melody = song.lead_sheet.melody.copy()
    melody["pitch"] -= 60
    said = explain(replace(song, lead_sheet=replace(song.lead_sheet, melody=melody)))
    assert all(note.bits is None for bar in said.bars for note in bar.notes)
