"""export --to: folders whole or not at all, stems that fit each other, refusals."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.midi import write_midi
from symbolic_music.pipeline.song_export import FORMATS, SongExportOptions, export_song, formats_for
from symbolic_music.song.score import Score
from tests.formats.test_midi import make_score
from tests.pipeline.programs import ROOT


def write_song(folder: Path, n_bars: int = 4) -> tuple[Score, Path]:
    """A MIDI file with a melody, as a DAW or another program may have made it."""
    score = make_score(480, n_bars)
    path = folder / "tune.mid"
    write_midi(score, path)
    return score, path


def test_a_midi_file_alone_gives_lead_sheet_and_projects(tmp_path: Path) -> None:
    _, path = write_song(tmp_path)
    formats = ["musicxml", "abc", "rpp", "dawproject"]
    files = export_song(path, formats, tmp_path / "out", SongExportOptions(audio="none"))
    assert {file.name for file in files} == {"lead.musicxml", "lead.abc", "song.rpp", "song.dawproject"}
    assert all(file.is_file() for file in files)


@pytest.mark.render
def test_stems_are_as_long_as_each_other_and_add_up(tmp_path: Path) -> None:
    import soundfile

    _, path = write_song(tmp_path, n_bars=2)
    export_song(path, ["stems", "rpp", "dawproject"], tmp_path / "out")
    stems = sorted((tmp_path / "out/song-stems").glob("*.wav"))
    assert [stem.stem for stem in stems] == ["01 Melody", "02 Piano", "03 Bass", "04 Drums"]
    assert [file.stem for file in sorted((tmp_path / "out/song-stems").glob("*.mid"))] == [stem.stem for stem in stems]
    sounds = [soundfile.read(stem)[0] for stem in stems]
    whole = soundfile.read(tmp_path / "out/song.wav")[0]
    assert {len(sound) for sound in sounds} == {len(whole)}
    assert len(whole) / 44100 >= 2 * 4 * 60 / 97
    rest = np.sum(sounds, axis=0) - whole
    assert np.sqrt((rest**2).mean()) < 0.2 * np.sqrt((whole**2).mean())
    with zipfile.ZipFile(tmp_path / "out/song.dawproject") as archive:
        inside = sorted(name for name in archive.namelist() if name.startswith("song-stems/"))
        assert inside == [f"song-stems/{stem.stem}.flac" for stem in stems]
        packed = [soundfile.read(io.BytesIO(archive.read(name)), dtype="int16")[0] for name in inside]
        project = archive.read("project.xml").decode()
    assert all(
        np.array_equal(one, soundfile.read(stem, dtype="int16")[0]) for one, stem in zip(packed, stems, strict=True)
    )
    assert all(name in project for name in inside)
    total = sum(stem.stat().st_size for stem in stems)
    assert (tmp_path / "out/song.dawproject").stat().st_size < 0.7 * total, "half of what the stems take, or so"
    assert f"song-stems/{stems[0].name}" in (tmp_path / "out/song.rpp").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("formats", "reason"),
    [
        (["mp4"], "format mp4 is not known; use one or more of wav, mp3, stems, rpp"),
        ([], r"format \(none\) is not known"),
    ],
)
def test_unknown_formats_are_refused(tmp_path: Path, formats: list[str], reason: str) -> None:
    _, path = write_song(tmp_path)
    with pytest.raises(InputError, match=reason):
        export_song(path, formats, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_formats_are_those_that_the_song_can_have(tmp_path: Path) -> None:
    _, path = write_song(tmp_path)
    found = formats_for(path)
    assert set(FORMATS) - set(found) == {"kar", "lrc"}
    silent = [name for name in found if name not in ("wav", "mp3", "pdf", "svg", "png")]
    assert export_song(path, silent, tmp_path / "out", SongExportOptions(audio="none"))
    assert formats_for(ROOT / "tests/cases/kar.mid") == list(FORMATS)


def test_nothing_is_left_where_one_format_fails(tmp_path: Path) -> None:
    score, path = write_song(tmp_path)
    write_midi(replace(score, tracks=score.tracks[1:]), path)
    with pytest.raises(InputError, match=r"no track is a melody \(there are: Piano, Bass, Drums\)"):
        export_song(path, ["rpp", "musicxml"], tmp_path / "out", SongExportOptions(audio="none"))
    assert not (tmp_path / "out").exists()


def test_missing_songs_and_other_sounds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such song folder or file"):
        export_song(tmp_path / "none", ["rpp"], tmp_path / "out")
    with pytest.raises(InputError, match="audio 'mp3' is not known; use one of wav, flac, ogg, none"):
        SongExportOptions(audio="mp3")
