"""A hand's corrections are in the score and on the lead sheet, are locked, and touch nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from symbolic_music import Edit, Lock, Operation, load_song
from symbolic_music.errors import EditError
from symbolic_music.pipeline.checking import check_song
from symbolic_music.pipeline.correcting import correct_folder
from symbolic_music.pipeline.songs import edit_folder, lock, undo
from symbolic_music.song.correction import Corrections, NoteCorrection, WordCorrection
from symbolic_music.song.score import Track
from tests.server.conftest import song_folder  # noqa: F401


@pytest.fixture
def folder(song_folder: Path, tmp_path: Path) -> Path:  # noqa: F811
    """A song, to be corrected."""
    return Path(shutil.copytree(song_folder, tmp_path / "song"))


def _tune(folder: Path) -> Track:
    return next(track for track in load_song(folder).score.tracks if track.role == "melody")


def _section(folder: Path, place: int = 0) -> str:
    """The section that a note of the tune is in."""
    sheet = load_song(folder).lead_sheet
    bar = sheet.lines.bar_at(int(sheet.melody["onset_tick"][place]))
    return next(span.name for span in sheet.sections if span.start_bar <= bar < span.start_bar + span.n_bars)


def _note(folder: Path, place: int, **to: object) -> NoteCorrection:
    """A correction of one note of the tune."""
    row = _tune(folder).notes[place]
    return NoteCorrection(track=_tune(folder).name, onset_tick=int(row[0]), pitch=int(row[2]), **to)


def test_a_note_of_the_tune_is_moved_on_both_pages(folder: Path) -> None:
    before = load_song(folder)
    pitch = int(_tune(folder).notes[1][2])
    correct_folder(folder, Corrections(notes=(_note(folder, 1, to_pitch=pitch + 1),)))
    after = load_song(folder)
    assert int(after.lead_sheet.melody["pitch"][1]) == int(before.lead_sheet.melody["pitch"][1]) + 1
    changed = before.lead_sheet.melody["pitch"] != after.lead_sheet.melody["pitch"]
    assert changed.sum() == 1 and int((before.score.tracks[0].notes != after.score.tracks[0].notes).sum()) == 1
    for old, new in zip(before.score.tracks[1:], after.score.tracks[1:], strict=True):
        assert np.array_equal(old.notes, new.notes)
    assert after.locks == (Lock(section=_section(folder, 1), part="melody"),)
    undo(folder)
    assert np.array_equal(load_song(folder).score.tracks[0].notes, before.score.tracks[0].notes)
    assert load_song(folder).locks == ()


def test_what_was_corrected_stays_and_the_hand_may_correct_it_again(folder: Path) -> None:
    correct_folder(folder, Corrections(notes=(_note(folder, 0, remove=True),)))
    section = _section(folder)
    with pytest.raises(EditError, match="locked"):
        edit_folder(folder, Edit(operations=(Operation(section=section, part="melody", transpose=2),)))
    correct_folder(folder, Corrections(notes=(_note(folder, 0, to_pitch=70),)))
    assert len(load_song(folder).locks) == 1
    assert not [one for one in check_song(folder) if "locked" in one.what and not one.ok]


def test_a_section_that_is_locked_is_not_corrected(folder: Path) -> None:
    lock(folder, [Lock(section=_section(folder))])
    with pytest.raises(EditError, match="locked: everything"):
        correct_folder(folder, Corrections(notes=(_note(folder, 0, to_pitch=70),)))


def test_syllables_are_written_under_the_tune_and_go_with_their_note(folder: Path) -> None:
    onsets = _tune(folder).notes["onset_tick"]
    words = (
        WordCorrection(onset_tick=int(onsets[0]), text="hap-"),
        WordCorrection(onset_tick=int(onsets[1]), text="py"),
    )
    correct_folder(folder, Corrections(words=words))
    sung = load_song(folder).lead_sheet.lyrics
    assert [(word.text, word.goes_on) for word in sung] == [("hap", True), ("py", False)]
    correct_folder(folder, Corrections(notes=(_note(folder, 1, remove=True),)))
    assert [word.text for word in load_song(folder).lead_sheet.lyrics] == ["hap"]
    correct_folder(folder, Corrections(words=(WordCorrection(onset_tick=int(onsets[0]), text=""),)))
    assert not load_song(folder).lead_sheet.lyrics


def test_a_note_that_is_not_there_changes_nothing(folder: Path) -> None:
    before = (folder / "song.mid").read_bytes()
    with pytest.raises(EditError, match="no note 12 begins"):
        correct_folder(
            folder, Corrections(notes=(NoteCorrection(track=_tune(folder).name, onset_tick=7, pitch=12, remove=True),))
        )
    with pytest.raises(EditError, match="does not play"):
        correct_folder(
            folder, Corrections(notes=(NoteCorrection(track="Zither", onset_tick=7, pitch=12, remove=True),))
        )
    assert (folder / "song.mid").read_bytes() == before


def test_chords_that_are_written_are_played_and_the_tune_stays(folder: Path) -> None:
    before = load_song(folder)
    edit_folder(folder, Edit(operations=(Operation(bars="2", chords="Ab Bb7"),)))
    after = load_song(folder)
    bar = after.lead_sheet.meter.bar_ticks
    said = [str(event.chord) for event in after.lead_sheet.chords if bar <= event.onset_tick < 2 * bar]
    assert said == ["Ab", "Bb7"] or len(said) == 2
    assert np.array_equal(before.lead_sheet.melody, after.lead_sheet.melody)
    with pytest.raises(EditError, match="chord"):
        edit_folder(folder, Edit(operations=(Operation(bars="2", chords="H#!?"),)))


_MANY = "Ever and ever and over the water I see it a-shimmer, I hear it and follow the river forever\n" * 8


def test_words_are_set_to_the_whole_tune_and_undone(folder: Path) -> None:
    before = load_song(folder)
    correct_folder(folder, Corrections(lyrics="[00:01.50]Over the water\n[00:04.00]I see the lights\n"))
    after = load_song(folder)
    words = [syllable.text.lower() for syllable in after.lead_sheet.lyrics]
    assert words[0] in ("o", "ov") and words[-1] == "lights" and len(words) == 9
    played = [word.text for word in after.score.lyrics]  # those on notes that are played
    assert played[:6] == ["O", "ver", "the", "wa", "ter", "I"] and len(played) <= 9
    for old, new in zip(before.score.tracks, after.score.tracks, strict=True):
        assert new.role == "melody" or np.array_equal(old.notes, new.notes)
    undo(folder)
    assert load_song(folder).lead_sheet.lyrics == before.lead_sheet.lyrics


def test_words_strike_no_note_of_a_locked_tune_again(folder: Path) -> None:
    lock(folder, (Lock(part="melody"),))
    with pytest.raises(EditError, match="locked: melody"):
        correct_folder(folder, Corrections(lyrics=_MANY))
    correct_folder(folder, Corrections(lyrics="Over the water"))
    assert load_song(folder).lead_sheet.lyrics
