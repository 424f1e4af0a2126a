"""A data folder with one or two songs of every source in the source's own format, some of them broken.

The texts lie in ``fixtures/``; MIDI files and compressed MusicXML are written here.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from symusic import Note, Score, Track

from tests.data_prep.voices_data import write_voices

FIXTURES = Path(__file__).parent / "fixtures"
Row = tuple[int, int, int]  # onset, duration, pitch in ticks, 480 to the quarter


def write_sample(root: Path) -> Path:
    """Write the folder and return it."""
    shutil.copytree(FIXTURES, root)
    _write_nottingham(root / "nottingham" / "MIDI")
    _write_pop909(root)
    hits = [(240 * i + (7 if i % 2 else -3) * (i > 0), 60, (36, 42, 38, 42)[i % 4]) for i in range(16)]
    write_midi(root / "groove" / "drummer1/session1/1_funk_100_beat_4-4.mid", [("", 9, hits)])
    write_midi(root / "groove" / "drummer1/session1/2_funk_100_fill_4-4.mid", [("", 9, hits[:3])])
    bass = [(480 * i, 480, 40 + i % 5) for i in range(64)]
    band = [("Bass", 33, bass), ("Drums", 9, hits)]
    write_midi(root / "freedoom" / "musics" / "d_e1m1.mid", band)
    write_midi(root / "th_free_music" / "midi" / "Faith.mid", band)
    write_midi(root / "game_music" / "easyrpg_rtp" / "Town.mid", band)
    columns = [
        "id",
        "author",
        "licence",
        "kind",
        "seconds",
        "bars",
        "tracks",
        "notes",
        "metre",
        "tempo",
        "tempo_coherence",
        "drums",
    ]
    row = ["easyrpg_rtp/Town.mid", "A. Author", "CC0", "loop", "32", "16", "2", "80", "4/4", "120", "", "yes"]
    (root / "game_music" / "index.tsv").write_text("\t".join(columns) + "\n" + "\t".join(row) + "\n")
    (root / "freedoom" / "musics" / "d_broken.mid").write_bytes(b"this is no MIDI file")
    folder = root / "openewld" / "dataset" / "Someone"
    write_mxl(folder / "Tune" / "Tune.mxl", [lead_sheet()])
    (folder / "Broken").mkdir()
    (folder / "Broken" / "Broken.mxl").write_bytes(b"PK no archive")
    write_mxl(root / "lieder" / "scores" / "Someone" / "_" / "Song" / "lc11.mxl", art_song())
    write_voices(root)
    return root


def write_midi(path: Path, tracks: list[tuple[str, int, list[Row]]]) -> None:
    """Write tracks of (name, program or 9 for drums, notes)."""
    score = Score(480)
    for name, program, rows in tracks:
        track = Track(name=name, program=0 if program == 9 else program, is_drum=program == 9)
        for onset, duration, pitch in rows:
            track.notes.append(Note(onset, duration, pitch, 80))
        score.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    score.dump_midi(path)


def write_mxl(path: Path, parts: list[str]) -> None:
    """Write a compressed score of parts, each the text of its measures."""
    body = "".join(f'<part id="P{number}">{measures}</part>' for number, measures in enumerate(parts, start=1))
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", f"<score-partwise>{body}</score-partwise>")


def note(step: str, duration: int = 2, octave: int = 4, inside: str = "") -> str:
    """Write a note; ``inside`` holds further elements."""
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{inside}</note>"


def measure(content: str, left: str = "", right: str = "") -> str:
    """Write a bar with barline contents."""
    before = f'<barline location="left">{left}</barline>' if left else ""
    after = f'<barline location="right">{right}</barline>' if right else ""
    return f"<measure>{before}{content}{after}</measure>"


def attributes(beats: int, unit: int) -> str:
    """Write divisions (2 to the quarter), C major and a time signature."""
    return (f"<attributes><divisions>2</divisions><key><fifths>0</fifths></key>"
            f"<time><beats>{beats}</beats><beat-type>{unit}</beat-type></time></attributes>")  # fmt: skip


def lead_sheet() -> str:
    """A pickup, four bars and two endings, the first pass with other words than the second: 11 bars played."""
    words = [f'<lyric number="{verse}"><syllabic>single</syllabic><text>{word}</text></lyric>'
             for verse, word in ((1, "one"), (2, "two"))]  # fmt: skip
    harmony = "<harmony><root><root-step>G</root-step></root><kind>dominant</kind></harmony>"
    bar = note("C", inside="".join(words)) + note("D") + note("E") + note("F")
    first = note("G") + note("E") + note("D", 4)
    last = note("G") + note("F") + note("C", 4)
    return "".join([
        measure(attributes(4, 4) + note("G")), measure(bar, '<repeat direction="forward"/>'), measure(harmony + bar),
        measure(bar), measure(bar),
        measure(first, '<ending number="1" type="start"/>',
                '<ending number="1" type="stop"/><repeat direction="backward"/>'),
        measure(last, '<ending number="2" type="start"/>', '<ending number="2" type="stop"/>'),
    ])  # fmt: skip


def art_song() -> list[str]:
    """Voice and piano of nine bars in 3/8; the piano has two staves."""
    word = "<lyric><syllabic>single</syllabic><text>la</text></lyric>"
    sung = note("E", 1, inside=word) + note("D", 1) + note("C", 1)
    right, left = note("G", 3, inside="<staff>1</staff>"), note("C", 3, 3, inside="<staff>2</staff>")
    both = f"{right}<backup><duration>3</duration></backup>{left}"
    voice = [measure(attributes(3, 8) + sung), *[measure(sung)] * 8]
    piano = [measure(attributes(3, 8) + both), *[measure(both)] * 8]
    return ["".join(voice), "".join(piano)]


def _write_nottingham(folder: Path) -> None:
    """Write the first tune: its pickup stands before the second bar line of the MIDI."""
    melody = [(1440, 480, 74)] + [(1920 + 960 * i, 960, (71, 69, 72, 71, 69, 69, 67)[i]) for i in range(7)]
    block = [(43, 47, 50), (48, 52, 55), (42, 45, 50, 60), (43, 47, 50)]
    chords = [(1920 * (bar + 1), 1920, pitch) for bar, pitches in enumerate(block) for pitch in pitches]
    write_midi(folder / "reels1.mid", [("melody", 0, melody), ("chords", 0, chords)])


def _write_pop909(root: Path) -> None:
    """Write the MIDI a quarter late, and corrected chords one bar late: F major seventh where the text has it."""
    melody = [(48, 12, 60), (60, 24, 64), (96, 48, 67), (144, 24, 65), (168, 24, 64)]
    late = [(onset * 40 + 490, duration * 40, pitch) for onset, duration, pitch in melody]
    piano = [(490, 960, 48), (48 * 40 + 490, 480, 52)]
    # Two bars of intro: a note with one under it, three triplets; then an answer after the first phrase.
    bridge = [
        (490, 480, 76),
        (490, 240, 72),
        (970, 160, 79),
        (1130, 160, 77),
        (1290, 160, 76),
        (84 * 40 + 490, 240, 72),
    ]
    tracks = [("MELODY", 0, late), ("BRIDGE", 0, bridge), ("PIANO", 0, piano)]
    write_midi(root / "pop909" / "POP909" / "001" / "001.mid", tracks)
    blocks = [(48, 52, 55), (47, 50, 55), (48, 52, 55), (45, 48, 52), (53, 57, 60, 64)]
    chords = [(1920 * (bar + 1), 1920, pitch) for bar, pitches in enumerate(blocks) for pitch in pitches]
    path = root / "pop909_cl" / "POP909_processed" / "001.mid"
    write_midi(
        path, [("piano", 0, [(onset, duration, pitch) for onset, duration, pitch in late]), ("chords", 0, chords)]
    )
