"""Readers of lead sheets, on small made-up files in the formats of the sources."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import pytest
from symusic import Note, Score, Track

from data_prep.readers import nottingham, openewld, pop909
from data_prep.readers.pop909 import double_beat_level, infer_sections
from data_prep.songs import split_of
from symbolic_music.errors import FileFormatError, NotationError
from tests.builders import make_song, scale_melody


def write_pop909(folder: Path, tempo: int, melody: list[tuple[int, int]], label: str = "i1A2B2") -> None:
    """Write one song of POP909's structure text: five bars of 4/4."""
    folder.mkdir(parents=True)
    chords = "C:maj [0, 4, 7] 0 4\nG:maj/3 [2, 7, 11] 11 4\nN [] 4\nA:min [0, 4, 9] 9 4\nF:maj7 [0, 4, 5, 9] 5 4\n"
    (folder / "finalized_chord.txt").write_text(chords)
    (folder / "melody.txt").write_text("".join(f"{pitch} {length}\n" for pitch, length in melody))
    (folder / "tempo.txt").write_text(str(tempo))
    (folder / "analyzed_key.txt").write_text("C:maj")
    for number in (1, 2):
        (folder / f"human_label{number}.txt").write_text(label)


def structure(root: Path) -> Path:
    """The folder of POP909's structure text under a data folder."""
    return root / "pop909_structure" / "POP909"


def read_one(root: Path) -> dict:
    """Read the only song of a data folder."""
    (item,) = pop909.list_items(root)
    return pop909.read_item(root, item)[0]


def test_pop909_text_becomes_a_song(tmp_path: Path) -> None:
    write_pop909(structure(tmp_path) / "001", 120, [(0, 16), (60, 4), (64, 8), (0, 4), (67, 16)])
    song = read_one(tmp_path)
    assert (song["id"], song["meter"], song["n_bars"], song["tempo_qpm"]) == ("pop909/001", "4/4", 5, 120.0)
    assert song["melody"] == [(48, 12, 60), (60, 24, 64), (96, 48, 67)]
    assert song["chords"] == [(0, 0, "maj", 0), (48, 7, "maj", 11), (144, 9, "min", 9), (192, 5, "maj7", 5)]
    assert [row[:4] for row in song["phrases"]] == [["i", 0, 1, False], ["A", 1, 2, True], ["B", 3, 2, True]]
    assert song["key"] == "C major" and song["piano"] == [] and not song["doubled"]


def test_a_slow_song_in_sixteenths_is_written_at_double_tempo(tmp_path: Path) -> None:
    write_pop909(structure(tmp_path) / "002", 70, [(0, 16), *[(60, 1), (62, 2), (64, 1)] * 4])
    song = read_one(tmp_path)
    assert song["doubled"] and song["tempo_qpm"] == 140 and song["n_bars"] == 10
    assert song["melody"][:3] == [(96, 6, 60), (102, 12, 62), (114, 6, 64)]
    assert [row[:3] for row in song["phrases"]] == [["i", 0, 2], ["A", 2, 4], ["B", 6, 4]]


def test_doubling_keeps_everything_in_proportion() -> None:
    song = make_song()
    doubled = double_beat_level(song)
    assert doubled["n_bars"] == 2 * song["n_bars"] and doubled["tempo_qpm"] == 2 * song["tempo_qpm"]
    assert [note[0] for note in doubled["melody"]] == [2 * note[0] for note in song["melody"]]
    assert [row[0] for row in doubled["phrases"]] == [row[0] for row in song["phrases"]]


def test_a_label_that_fits_no_chords_is_refused(tmp_path: Path) -> None:
    write_pop909(structure(tmp_path) / "001", 120, [(60, 80)], label="A32")
    with pytest.raises(FileFormatError, match="no label fits the chords within a bar"):
        pop909.read_item(tmp_path, "001")


def test_the_piano_is_put_on_the_bars_of_the_text(tmp_path: Path) -> None:
    write_pop909(structure(tmp_path) / "001", 120, [(0, 16), (60, 4), (64, 8), (0, 4), (67, 16)])
    score = Score(480)
    for name, rows in (("MELODY", [(48, 12, 60), (60, 24, 64), (96, 48, 67)]), ("PIANO", [(0, 24, 48), (48, 12, 52)])):
        track = Track(name=name)
        for onset, length, pitch in rows:  # a quarter and a bit later than the text
            track.notes.append(Note(onset * 40 + 480 + 10, length * 40, pitch, 80))
        score.tracks.append(track)
    midi = tmp_path / "pop909" / "POP909" / "001" / "001.mid"
    midi.parent.mkdir(parents=True)
    score.dump_midi(midi)
    assert read_one(tmp_path)["piano"] == [(0, 24, 48), (48, 12, 52)]


def test_sections_are_inferred_from_letters_and_melody() -> None:
    spans = [(letter, 4 * number, 4) for number, letter in enumerate("iABBAbBXABo")]
    melody = [(bar * 48, 12, 72 if spans[bar // 4][0] == "B" else 60) for bar in range(44)]
    assert infer_sections(spans, melody, 48) == [
        "intro", "verse", "chorus", "chorus", "verse", "interlude", "chorus", "bridge", "verse", "chorus", "outro",
    ]  # fmt: skip


def test_a_song_of_one_letter_has_no_chorus() -> None:
    assert infer_sections([("A", 0, 8), ("A", 8, 8)], [(0, 12, 60)], 48) == ["verse", "verse"]


XML_NOTE = "<note>{chord}<pitch><step>{step}</step><octave>4</octave></pitch><duration>{n}</duration>{tie}</note>"


def write_mxl(path: Path, beats: int = 4) -> None:
    """Write a compressed lead sheet: a pickup of one quarter, four bars, a tie over the last bar line."""
    note = {step: XML_NOTE.format(chord="", step=step, n=2, tie="") for step in "CDEFGAB"}
    start = XML_NOTE.format(chord="", step="C", n=2, tie='<tie type="start"/>')
    stop = XML_NOTE.format(chord="", step="C", n=8, tie='<tie type="stop"/>')
    attributes = (f"<attributes><divisions>2</divisions><key><fifths>0</fifths><mode>major</mode></key>"
                  f"<time><beats>{beats}</beats><beat-type>4</beat-type></time></attributes>")  # fmt: skip
    harmony = ("<harmony><root><root-step>G</root-step></root><kind>dominant</kind>"
               "<bass><bass-step>B</bass-step></bass></harmony>")  # fmt: skip
    full = note["C"] + note["D"] + note["E"] + note["F"]
    last = harmony + note["G"] + note["A"] + note["B"] + start
    measures = [attributes + note["G"], full, full, full, last, stop]
    body = "".join(f"<measure>{content}</measure>" for content in measures)
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("lead.xml", f"<score-partwise><part>{body}</part></score-partwise>")


def test_a_compressed_lead_sheet_becomes_a_song(tmp_path: Path) -> None:
    write_mxl(tmp_path / "openewld" / "dataset" / "Someone" / "Tune" / "Tune.mxl")
    (item,) = openewld.list_items(tmp_path)
    song, problems = openewld.read_item(tmp_path, item)
    assert not problems.total()
    assert (song["id"], song["meter"], song["key"], song["n_bars"]) == ("openewld/Someone/Tune", "4/4", "C major", 6)
    assert song["melody"][:3] == [(36, 12, 67), (48, 12, 60), (60, 12, 62)]  # the pickup ends its bar
    assert song["melody"][-1] == (228, 60, 60)
    assert song["chords"] == [(192, 7, "7", 11)]


def test_lead_sheets_in_other_meters_and_broken_ones_are_refused(tmp_path: Path) -> None:
    write_mxl(tmp_path / "openewld" / "dataset" / "a" / "a" / "a.mxl", beats=11)
    broken = tmp_path / "openewld" / "dataset" / "b" / "b.mxl"
    broken.parent.mkdir()
    broken.write_bytes(b"no zip")
    first, second = openewld.list_items(tmp_path)
    with pytest.raises(NotationError, match="'11/4' is not a supported meter"):
        openewld.read_item(tmp_path, first)
    with pytest.raises(FileFormatError, match=r"b\.mxl: not MusicXML"):
        openewld.read_item(tmp_path, second)


def write_nottingham(root: Path) -> None:
    """Write an ABC file of two tunes and the MIDI of the first: a pickup, then chords on the bar lines."""
    (root / "ABC_cleaned").mkdir(parents=True)
    (root / "MIDI").mkdir()
    tunes = 'X: 1\nT:One\nM:4/4\nL:1/4\nK:G\nd|"G"B2 A2|\n\nX: 2\nT:Two\nM:11/8\nK:Am\ne|\n'
    (root / "ABC_cleaned" / "reels.abc").write_text(tunes)
    score = Score(480)
    melody, chords = Track(name="melody"), Track(name="chords")
    melody.notes.append(Note(1440, 480, 62, 80))
    for onset, length, pitch in scale_melody(4):
        melody.notes.append(Note(1920 + onset * 40, length * 40, pitch, 80))
    for bar, pitches in enumerate([(43, 47, 50), (48, 52, 55), (42, 45, 50, 60), (43, 47, 50)]):
        for pitch in pitches:
            chords.notes.append(Note(1920 + bar * 1920, 1920, pitch, 80))
    for track in (melody, chords):
        score.tracks.append(track)
    score.dump_midi(root / "MIDI" / "reels1.mid")


def test_a_folk_tune_takes_meter_and_key_from_the_abc(tmp_path: Path) -> None:
    write_nottingham(tmp_path / "nottingham")
    assert nottingham.list_items(tmp_path) == ["reels1", "reels2"]
    song, problems = nottingham.read_item(tmp_path, "reels1")
    assert not problems.total()
    assert (song["id"], song["meter"], song["key"], song["n_bars"]) == ("nottingham/reels1", "4/4", "G major", 5)
    assert song["melody"][:2] == [(36, 12, 62), (48, 12, 60)]  # the pickup stands before the bar line
    assert song["chords"] == [(48, 7, "maj", 7), (96, 0, "maj", 0), (144, 2, "7", 6), (192, 7, "maj", 7)]
    with pytest.raises(NotationError, match="11/8"):
        nottingham.read_item(tmp_path, "reels2")


def test_the_split_is_by_name_and_mostly_training() -> None:
    splits = Counter(split_of(f"song {number}") for number in range(2000))
    assert 0.05 < splits["validation"] / 2000 < 0.11
    assert split_of("song 1") == split_of("song 1")


@pytest.mark.parametrize("name", ["101", "805"])
def test_versions_of_one_song_stay_together(name: str, tmp_path: Path) -> None:
    twin = {"101": "103", "805": "262"}[name]
    for number in (name, twin):
        write_pop909(structure(tmp_path) / number, 120, [(60, 80)])
    assert len({pop909.read_item(tmp_path, number)[0]["split"] for number in (name, twin)}) == 1
