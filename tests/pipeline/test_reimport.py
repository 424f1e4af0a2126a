"""A file edited in a DAW comes back as a song: moved notes, renamed tracks, another tempo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.dawproject import write_dawproject
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.formats.musicxml import write_lead_sheet
from symbolic_music.pipeline.creation import CreateOptions, Song, create, load_song
from symbolic_music.pipeline.reimport import ImportOptions, import_song
from symbolic_music.pipeline.songs import edit_folder
from symbolic_music.song.brief import Brief
from symbolic_music.song.edit import Edit, Operation
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.score import Marker, MeterChange, TempoChange
from symbolic_music.theory.meter import Meter
from tests.formats.test_midi import make_score

BRIEF = Brief(style="bossa nova", key="B major", n_bars=20, seed=2, chords="B G#m E F#", band=("piano", "upright bass"))


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory, small_network: object) -> tuple[Song, Path]:
    folder = tmp_path_factory.mktemp("songs") / "song"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *folder: small_network)
        create(BRIEF, folder, CreateOptions(audio="none", candidates=1))
    return load_song(folder), folder


def test_an_untouched_file_is_the_same_song(song: tuple[Song, Path], tmp_path: Path) -> None:
    own, folder = song
    again = import_song(folder / "song.mid", tmp_path / "again", ImportOptions(like=folder))
    melody, own_melody = rows_of(again.lead_sheet.melody), rows_of(own.lead_sheet.melody)
    assert [(row[0], row[2]) for row in melody] == [(row[0], row[2]) for row in own_melody]
    assert again.lead_sheet.chords == own.lead_sheet.chords
    assert again.lead_sheet.sections == own.lead_sheet.sections
    assert again.plan.sections == tuple(
        section.model_copy(update={"roles": new.roles})
        for section, new in zip(own.plan.sections, again.plan.sections, strict=True)
    )
    for field in ("genre", "mood", "style", "band", "chords", "seed", "tempo_qpm", "meter"):
        assert getattr(again.plan, field) == getattr(own.plan, field), field
    assert (again.plan.style, again.plan.band, again.plan.chords) == (BRIEF.style, BRIEF.band, BRIEF.chords)
    loaded = load_song(tmp_path / "again")
    assert [rows_of(track.notes) for track in loaded.score.tracks] == [rows_of(t.notes) for t in own.score.tracks]


def test_a_dawproject_keeps_the_keys_whether_or_not_the_daw_keeps_our_note_of_them(
    song: tuple[Song, Path], tmp_path: Path
) -> None:
    own, folder = song
    for name, score in (("whole", own.score), ("without", replace(own.score, keys=()))):
        write_dawproject(score, tmp_path / f"{name}.dawproject")
        again = import_song(tmp_path / f"{name}.dawproject", None, ImportOptions(like=folder))
        assert [section.key for section in again.plan.sections] == [section.key for section in own.plan.sections]
        assert {span.key for span in again.lead_sheet.sections} == {span.key for span in own.lead_sheet.sections}
    # Without the song that it came from, the file's own note is enough.
    alone = import_song(tmp_path / "whole.dawproject")
    assert {str(section.key) for section in alone.plan.sections} == {"B major"}


def test_where_nobody_sings_the_top_of_the_chords_is_the_tune_and_an_empty_sheet_is_none(
    song: tuple[Song, Path], tmp_path: Path
) -> None:
    own, _ = song
    silent = tuple(replace(t, notes=t.notes[:0]) if t.role == "melody" else t for t in own.score.tracks)
    played = tuple(track for track in silent if track.role in ("melody", "chords", "bass"))
    write_midi(replace(own.score, tracks=played), tmp_path / "played.mid")
    again = import_song(tmp_path / "played.mid")
    # No note is lost or new, and who reads the song is told whose notes the tune has.
    found = sorted(row for track in again.score.tracks for row in rows_of(track.notes))
    assert found == sorted(row for track in played for row in rows_of(track.notes))
    assert any("tune: the highest notes of" in remark for remark in again.lead_sheet.remarks)
    write_lead_sheet(replace(own.lead_sheet, melody=make_notes([])), tmp_path / "lead.musicxml")
    with pytest.raises(FileFormatError, match="it has no melody"):
        import_song(tmp_path / "lead.musicxml")


def test_edits_are_read_back(song: tuple[Song, Path], tmp_path: Path) -> None:
    own, folder = song
    score = read_midi(folder / "song.mid")
    melody = next(track for track in score.tracks if track.role == "melody")
    rows = rows_of(melody.notes)
    first = rows[0]
    moved = [(first[0], first[1], first[2] + 2, first[3]), *rows[1:]]
    vocal = replace(melody, name="Lead vocal", notes=make_notes(moved))
    tracks = tuple(vocal if track is melody else track for track in score.tracks)
    write_midi(replace(score, tracks=tracks, tempos=(TempoChange(0, 88.0),)), tmp_path / "edited.mid")
    edited = import_song(tmp_path / "edited.mid", tmp_path / "song2")
    assert edited.lead_sheet.tempo_qpm == edited.plan.tempo_qpm == 88.0
    assert edited.lead_sheet.melody["pitch"][0] == own.lead_sheet.melody["pitch"][0] + 2
    assert "Lead vocal" in [track.name for track in edited.score.tracks]
    assert load_song(tmp_path / "song2").lead_sheet.tempo_qpm == 88.0
    assert edited.provenance["imported_from"] == "edited.mid"


def test_a_dawproject_comes_back_with_chords_that_are_heard(tmp_path: Path) -> None:
    score = make_score(480)
    tune = make_notes((tick, 480, 72, 90) for tick in range(0, score.end_tick, 960))
    score = replace(score, tracks=(replace(score.tracks[0], notes=tune), *score.tracks[1:]))
    write_dawproject(replace(score, chord_symbols=()), tmp_path / "song.dawproject")
    song = import_song(tmp_path / "song.dawproject", tmp_path / "song")
    assert [(span.name, span.n_bars) for span in song.lead_sheet.sections] == [("verse", 4), ("chorus", 4)]
    assert {event.chord.symbol() for event in song.lead_sheet.chords} == {"C"}
    assert song.score.chord_symbols[0].text == "C"
    # With its chord symbols in it, those are taken.
    write_dawproject(score, tmp_path / "song.dawproject")
    song = import_song(tmp_path / "song.dawproject", tmp_path / "song")
    assert [event.chord.symbol(-5) for event in song.lead_sheet.chords] == ["Bbm", "F7/A"]
    assert [section.kind for section in song.plan.sections] == ["verse", "chorus"]
    assert [rows_of(track.notes) for track in song.score.tracks] == [rows_of(track.notes) for track in score.tracks]


def test_sections_without_markers_and_with_doubled_names(tmp_path: Path) -> None:
    score = make_score(480)
    write_midi(replace(score, markers=()), tmp_path / "a.mid")
    assert [span.name for span in import_song(tmp_path / "a.mid").lead_sheet.sections] == ["song"]
    twice = tuple(replace(marker, text="Verse") for marker in score.markers)
    write_midi(replace(score, markers=twice), tmp_path / "b.mid")
    assert [section.name for section in import_song(tmp_path / "b.mid").plan.sections] == ["verse", "verse 2"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"meters": (MeterChange(0, Meter(11, 8)),)}, "its meter is 11/8; a song has one of 4/4"),
        ({"tracks": ()}, "it has no notes; a song needs a tune"),
    ],
)
def test_what_a_song_cannot_be_is_refused(tmp_path: Path, changes: dict, reason: str) -> None:
    write_midi(replace(make_score(480), **changes), tmp_path / "edited.mid")
    with pytest.raises(InputError, match=reason):
        import_song(tmp_path / "edited.mid", tmp_path / "song")
    assert not (tmp_path / "song").exists()


def test_a_tempo_beyond_a_song_is_counted_in_halves_and_a_second_meter_is_said(tmp_path: Path) -> None:
    meters = (MeterChange(0, Meter(4, 4)), MeterChange(1920, Meter(3, 4)))
    write_midi(replace(make_score(480), tempos=(TempoChange(0, 300.0),), meters=meters), tmp_path / "edited.mid")
    song = import_song(tmp_path / "edited.mid")
    assert song.plan.tempo_qpm == 150
    assert any("tempo 300 counted as 150" in remark for remark in song.lead_sheet.remarks)
    assert any("written as 3/4" in remark for remark in song.lead_sheet.remarks)


@pytest.mark.parametrize("last_bars", [1, 2])
def test_a_song_that_slows_down_at_its_end_has_one_tempo_and_can_be_edited(tmp_path: Path, last_bars: int) -> None:
    score = make_score(480)
    bar, end = 1920, score.end_tick
    slowing = tuple(TempoChange(end - 1440 + 480 * step, 96.0 - 8 * step) for step in range(3))
    markers = (*score.markers, Marker(end - last_bars * bar, "Outro"))
    write_midi(replace(score, tempos=(TempoChange(0, 104.0), *slowing), markers=markers), tmp_path / "a.mid")
    song = import_song(tmp_path / "a.mid", tmp_path / "song")
    assert song.plan.tempo_qpm == 104 and song.lead_sheet.tempo_changes == ()
    assert {section.tempo_qpm for section in song.plan.sections} == {None}
    edit_folder(tmp_path / "song", Edit(operations=(Operation(section="outro", transpose=2),)))


def test_players_keep_their_order_where_one_of_them_is_silent(tmp_path: Path) -> None:
    score = make_score(480)
    drums = next(track for track in score.tracks if track.is_drum)
    silent = replace(score.tracks[0], name="Silent", role="pad", notes=make_notes([]))
    others = tuple(track for track in score.tracks if track is not drums)
    write_midi(replace(score, tracks=(drums, silent, *others)), tmp_path / "a.mid")
    names = [track.name for track in import_song(tmp_path / "a.mid").score.tracks]
    assert names == ["Drums", *(track.name for track in others)]


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "song.als").write_bytes(b"x")
    with pytest.raises(FileFormatError, match=r"not music that can be read; use one of \.mid, \.midi, \.kar"):
        import_song(tmp_path / "song.als")
