"""DAWproject: valid, complete, and read back."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.clips import Stem, clips_of, section_colour
from symbolic_music.formats.dawproject import score_to_project, write_dawproject
from symbolic_music.formats.dawproject_reader import read_dawproject
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.score import Score, TempoChange, Track
from tests.formats.test_midi import assert_equal_tracks, make_score
from tests.pipeline.programs import check_dawproject


def make_stems(score: Score, folder: Path) -> list[Stem]:
    stems = []
    for index in range(len(score.tracks)):
        file = folder / f"{index}.wav"
        file.write_bytes(b"RIFF" + bytes([index]) * 40)
        stems.append(Stem(file, f"song-stems/{index}.wav", 17.5, 44100))
    return stems


def test_the_file_is_valid_and_has_every_note(tmp_path: Path) -> None:
    score = make_score(480)
    write_dawproject(score, tmp_path / "song.dawproject")
    assert check_dawproject(score, tmp_path / "song.dawproject") == sum(len(track.notes) for track in score.tracks)


def test_it_comes_back(tmp_path: Path) -> None:
    score = replace(make_score(480), tempos=(TempoChange(0, 97.5), TempoChange(7680, 120.0)))
    write_dawproject(score, tmp_path / "song.dawproject")
    back = read_dawproject(tmp_path / "song.dawproject")
    for name in ("title", "tpq", "end_tick", "tempos", "meters", "markers", "chord_symbols"):
        assert getattr(back, name) == getattr(score, name), name
    assert_equal_tracks(back, score)


def test_stems_are_inside_and_mute_their_notes(tmp_path: Path) -> None:
    score = make_score(480)
    stems = make_stems(score, tmp_path)
    write_dawproject(score, tmp_path / "song.dawproject", stems)
    check_dawproject(score, tmp_path / "song.dawproject")
    with zipfile.ZipFile(tmp_path / "song.dawproject") as archive:
        for stem in stems:
            assert archive.read(stem.path) == stem.file.read_bytes()
    project = score_to_project(score, stems)
    assert [file.get("path") for file in project.iter("File")] == [stem.path for stem in stems]
    mutes = [track.find("Channel/Mute").get("value") for track in project.iterfind("Structure/Track")]
    assert mutes == ["true", "false"] * 4 + ["false"] * 2  # the chords and the master
    # 17.5 seconds at 97 quarters a minute, in quarters.
    clip = next(clip for clip in project.iter("Clip") if clip.find("Audio") is not None)
    assert float(clip.get("duration")) == pytest.approx(17.5 * 97 / 60)
    with pytest.raises(InputError, match="1 stems for 4 tracks"):
        write_dawproject(score, tmp_path / "song.dawproject", stems[:1])


def test_the_same_song_gives_the_same_bytes(tmp_path: Path) -> None:
    write_dawproject(make_score(), tmp_path / "a.dawproject")
    write_dawproject(make_score(), tmp_path / "b.dawproject")
    assert (tmp_path / "a.dawproject").read_bytes() == (tmp_path / "b.dawproject").read_bytes()


def test_clips_have_every_note_once_and_do_not_overlap() -> None:
    score = make_score(480)
    for track in score.tracks:
        clips = clips_of(score, track)
        assert [clip.name for clip in clips] == ["Verse 1", "Chorus 1"]
        assert [row for clip in clips for row in rows_of(clip.notes)] == rows_of(track.notes)
        assert sum(len(clip.controls) for clip in clips) == len(track.controls)
        assert clips[0].end_tick <= clips[1].start_tick


@pytest.mark.parametrize(
    ("row", "names", "start"),
    [
        ((7670, 400, 60, 90), ["Chorus 1"], 7670),  # played early: the clip begins with it
        ((7670, 10, 60, 90), ["Verse 1"], 0),  # a grace before the line
        ((7200, 960, 60, 90), ["Verse 1 + Chorus 1"], 0),  # held over the line
    ],
)
def test_where_a_clip_begins(row: tuple[int, int, int, int], names: list[str], start: int) -> None:
    score = make_score(480)
    clips = clips_of(score, Track("Piano", "chords", 0, make_notes([row])))
    assert [clip.name for clip in clips] == names
    assert clips[0].start_tick == start


def test_sections_of_a_kind_have_one_colour() -> None:
    assert section_colour("Chorus 2") == section_colour("chorus") != section_colour("verse 1")
    assert section_colour("Pre-chorus 1") != section_colour("Chorus 1")


NESTED = """<Project version="1.0"><Application name="x" version="1"/>
<Transport><Tempo unit="bpm" value="90"/><TimeSignature numerator="3" denominator="4"/></Transport>
<Structure><Track id="a" name="Bass drumless" contentType="notes"/></Structure>
<Arrangement><Lanes timeUnit="beats"><Lanes track="a"><Clips><Clip time="3" duration="6"><Clips>
<Clip time="1" duration="2" playStart="0.5"><Notes>
<Note time="0.5" duration="1" channel="0" key="60" vel="0.5"/></Notes>
</Clip></Clips></Clip></Clips></Lanes></Lanes></Arrangement></Project>"""


def write_zip(path: Path, project: str, name: str = "project.xml") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, project)
    return path


def test_nested_clips_of_other_programs(tmp_path: Path) -> None:
    project = write_zip(tmp_path / "song.dawproject", NESTED.replace("Bass drumless", "My Bass"))
    score = read_dawproject(project)
    assert rows_of(score.tracks[0].notes) == [(4 * 480, 480, 60, 64)]
    assert (score.tracks[0].role, score.title, score.tempos[0].qpm, str(score.meters[0].meter)) == (
        "bass", "song", 90.0, "3/4",
    )  # fmt: skip
    assert score.end_tick == 9 * 480


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<Project", "not a DAWproject"),
        ("<Other/>", "its root is <Other>"),
        (NESTED.replace('time="0.5" d', 'time="soon" d'), "broken DAWproject"),
        (NESTED.replace('time="0.5" d', 'time="1e300" d'), "broken DAWproject"),
        (NESTED.replace('numerator="3"', 'numerator="0"'), "has no length"),
        (NESTED.replace('timeUnit="beats"', 'timeUnit="seconds"'), "in seconds"),
    ],
)
def test_broken_projects_are_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(FileFormatError, match=reason) as failure:
        read_dawproject(write_zip(tmp_path / "bad.dawproject", content))
    assert "\n" not in str(failure.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.dawproject").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    for name, reason in (("photo", "not a DAWproject"), ("none", "no such file")):
        with pytest.raises(FileFormatError, match=reason):
            read_dawproject(tmp_path / f"{name}.dawproject")
    with pytest.raises(FileFormatError, match=r"it has no project\.xml"):
        read_dawproject(write_zip(tmp_path / "zip.dawproject", "x", "other.xml"))
