"""Load what `export` wrote with the programs and libraries that read it; compare every note with the song's own.

Used by the fast test on small songs and by the slow one on twenty.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mido
import numpy as np

from symbolic_music.errors import PlanError
from symbolic_music.formats.fullscore import staves_of
from symbolic_music.formats.midi import read_midi
from symbolic_music.formats.musicxml import read_lead_sheet
from symbolic_music.formats.written import STRAIGHT, rows_of_staves, write_down, written_ends
from symbolic_music.performing.manner import swing_of
from symbolic_music.song.bars import bars_of
from symbolic_music.song.document import load_document
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, tick_to_seconds

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs/schemas/dawproject.xsd"
# A folder with the schemas that DAWproject's authors publish (Project.xsd, MetaData.xsd), if there is one.
PUBLISHED = os.environ.get("DAWPROJECT_SCHEMAS")
_NAMES = ("mscore3", "musescore3", "mscore", "musescore")
MUSESCORE = next((path for name in _NAMES if (path := shutil.which(name))), "")

Row = tuple[int, int, int]


def check_all(song: Path, out: Path) -> dict[str, int]:
    """Check every format of an exported song; return how many notes each was found to hold."""
    score, sheet = read_midi(song / "song.mid"), read_lead_sheet(song / "lead.musicxml")
    swing = swing_of(load_document(SongPlan, song / "plan.yaml", PlanError))
    return {
        "midi": check_midi(score, out), "stems": check_stems(score, out), "rpp": check_rpp(score, out / "song.rpp"),
        "dawproject": check_dawproject(score, out / "song.dawproject"), "abc": check_abc(sheet, out / "lead.abc"),
        "musicxml": check_lead_sheet(sheet, out / "lead.musicxml"),
        "score": check_score(score, out / "score.musicxml", swing),
        "svg": check_svg(sheet, out),
    }  # fmt: skip


def n_notes(score: Score) -> int:
    return sum(len(track.notes) for track in score.tracks)


def check_midi(score: Score, out: Path) -> int:
    """mido and symusic find the same notes in the whole song."""
    import symusic

    other = symusic.Score(str(out / "song.mid"))
    found: dict[str, list[tuple[int, ...]]] = {}
    for track in other.tracks:
        # Of a track with words symusic makes two.
        found.setdefault(track.name, []).extend((n.time, n.duration, n.pitch, n.velocity) for n in track.notes)
    for track in score.tracks:
        own = sorted(found.get(track.name, []))
        assert own == sorted(rows_of(track.notes)), track.name  # a track may be silent
    return sum(map(len, found.values()))


def check_stems(score: Score, out: Path) -> int:
    """One MIDI file a track, all of one length."""
    files = sorted((out / "song-stems").glob("*.mid"))
    assert len(files) == len(score.tracks)
    lengths, total = set(), 0
    for file, track in zip(files, score.tracks, strict=True):
        lengths |= {sum(message.time for message in part) for part in mido.MidiFile(str(file)).tracks}
        stem = read_midi(file)
        assert [len(part.notes) for part in stem.tracks] == [len(track.notes)]
        assert rows_of(stem.tracks[0].notes) == rows_of(track.notes)
        total += len(track.notes)
    assert lengths == {score.end_tick}
    return total


def check_rpp(score: Score, path: Path) -> int:
    """The rpp library finds every note at its tick, from its item's second through the tempo map."""
    import rpp

    with path.open(encoding="utf-8") as file:
        project = rpp.load(file)
    tracks = [track for track in project.findall("TRACK") if not track.find("NAME")[1].endswith(" audio")]
    chords = tracks.pop(0)
    assert chords.find("NAME")[1] == "Chords"
    symbols = [(float(item.find("POSITION")[1]), item.find("NAME")[1]) for item in chords.findall("ITEM")]
    assert [name for _, name in symbols] == [symbol.text for symbol in score.chord_symbols]
    starts = [tick_to_seconds(score, symbol.tick) for symbol in score.chord_symbols]
    assert np.allclose([at for at, _ in symbols], starts, atol=1e-6)
    assert [track.find("NAME")[1] for track in tracks] == [track.name for track in score.tracks]
    # A region is two lines: where it starts, with its name, and where it ends.
    lines = project.findall("MARKER")
    marks = [(mark[3], float(mark[2])) for mark in lines[::2]]
    assert [(end[1], end[3], end[4]) for end in lines[1::2]] == [(start[1], "", "1") for start in lines[::2]]
    assert all(float(start[2]) < float(end[2]) for start, end in zip(lines[::2], lines[1::2], strict=True))
    assert [name for name, _ in marks] == [marker.text for marker in score.markers]
    assert np.allclose([at for _, at in marks], [tick_to_seconds(score, m.tick) for m in score.markers], atol=1e-6)
    ticks = np.arange(0, score.end_tick + 1)
    seconds = np.interp(ticks, *tempo_line(score))
    total = 0
    for track, own in zip(tracks, score.tracks, strict=True):
        notes = []
        for item in track.findall("ITEM"):
            # Inside an item REAPER counts quarters, whatever the tempo does.
            now = round(float(np.interp(float(item.find("POSITION")[1]), seconds, ticks)) * 480 / score.tpq)
            for event in item.find("SOURCE").findall("E"):
                now += int(event[1])
                if event[2].startswith("9"):
                    notes.append((now, int(event[3], 16)))
        assert sorted(notes) == sorted((row[0] * 480 // score.tpq, row[2]) for row in rows_of(own.notes))
        total += len(notes)
    return total


def tempo_line(score: Score) -> tuple[list[int], list[float]]:
    """List the ticks at which the tempo changes, and the end, with their seconds."""
    ticks = sorted({0, score.end_tick, *(change.tick for change in score.tempos)})
    return ticks, [tick_to_seconds(score, tick) for tick in ticks]


def check_dawproject(score: Score, path: Path) -> int:
    """The schema holds, and every note is at its beat."""
    from lxml import etree

    with zipfile.ZipFile(path) as archive:
        assert {"project.xml", "metadata.xml"} <= set(archive.namelist())
        project, metadata = (etree.fromstring(archive.read(name)) for name in ("project.xml", "metadata.xml"))
    etree.XMLSchema(etree.parse(str(SCHEMA))).assertValid(project)
    if PUBLISHED:
        etree.XMLSchema(etree.parse(str(Path(PUBLISHED) / "Project.xsd"))).assertValid(project)
        etree.XMLSchema(etree.parse(str(Path(PUBLISHED) / "MetaData.xsd"))).assertValid(metadata)
    total = 0
    for index, track in enumerate(score.tracks):
        notes = [
            (round((float(clip.get("time")) + float(note.get("time"))) * score.tpq), int(note.get("key")))
            for clip in project.iterfind(f".//Lanes[@track='track-{index}']/Clips/Clip") for note in clip.iter("Note")
        ]  # fmt: skip
        assert sorted(notes) == sorted((row[0], row[2]) for row in rows_of(track.notes)), track.name
        total += len(notes)
    symbols = [(clip.get("name"), float(clip.get("time")) * score.tpq)
               for clip in project.iterfind(".//Lanes[@track='track-chords']/Clips/Clip")]  # fmt: skip
    assert symbols == [(symbol.text, symbol.tick) for symbol in score.chord_symbols]
    return total


def join_ties(pieces: Iterable[tuple[int, int, int, str | None]]) -> list[Row]:
    """Join (onset, duration, pitch, tie) that are tied into notes."""
    notes: list[list[int]] = []
    open_notes: dict[int, list[int]] = {}
    for onset, duration, pitch, tie in sorted(pieces, key=lambda piece: (piece[0], piece[2])):
        before = open_notes.get(pitch)
        if tie in ("stop", "continue") and before is not None and before[0] + before[1] == onset:
            before[1] += duration
        else:
            notes.append([onset, duration, pitch])
            if tie is not None:
                open_notes[pitch] = notes[-1]
    return sorted((onset, duration, pitch) for onset, duration, pitch in notes)


def written_rows(sheet: LeadSheet) -> list[Row]:
    """The tune as it stands on paper: other programs know nothing of how long it is sung."""
    rows = rows_of(sheet.melody)
    ends = written_ends([(onset, onset + length) for onset, length, _, _ in rows], sheet.end_tick)
    return [(row[0], end - row[0], row[2]) for row, end in zip(rows, ends, strict=True)]


def music21_rows(part: Any) -> list[Row]:
    """List a music21 part's notes in engine ticks; unpitched ones have pitch -1."""
    import music21

    pieces = []
    for element in part.recurse().notes:
        if isinstance(element, music21.harmony.ChordSymbol):
            continue
        onset, duration = round(element.getOffsetInHierarchy(part) * 12), round(element.quarterLength * 12)
        for note in getattr(element, "notes", None) or [element]:
            pitch = note.pitch.midi if hasattr(note, "pitch") else -1
            pieces.append((onset, duration, pitch, note.tie.type if note.tie else None))
    return join_ties(pieces)


def check_lead_sheet(sheet: LeadSheet, path: Path) -> int:
    """music21 finds melody, chords, sections and keys."""
    import music21

    part = music21.converter.parse(str(path), forceSource=True).parts[0]
    rows = music21_rows(part)
    assert rows == written_rows(sheet)
    symbols = list(part.flatten().getElementsByClass("ChordSymbol"))
    assert [round(symbol.offset * 12) for symbol in symbols] == [event.onset_tick for event in sheet.chords]
    assert [symbol.root().pitchClass for symbol in symbols] == [event.chord.root for event in sheet.chords]
    marks = [mark.content for mark in part.flatten().getElementsByClass("RehearsalMark")]
    assert marks == [span.name for span in sheet.sections]
    return len(rows)


def check_abc(sheet: LeadSheet, path: Path) -> int:
    """music21's ABC parser finds melody and chords."""
    import music21

    music = music21.converter.parse(str(path), format="abc", forceSource=True)
    part = music.parts[0] if music.parts else music
    rows = music21_rows(part)
    assert rows == written_rows(sheet)
    symbols = list(part.flatten().getElementsByClass("ChordSymbol"))
    assert [round(symbol.offset * 12) for symbol in symbols] == [event.onset_tick for event in sheet.chords]
    return len(rows)


def check_score(score: Score, path: Path, swing: float = STRAIGHT) -> int:
    """music21 finds every part's notes; drums by their instrument in the file, which music21 does not tell."""
    import music21

    parts = iter(music21.converter.parse(str(path), forceSource=True).parts)
    total = 0
    written = write_down(score, swing)
    for index, track in enumerate(written.tracks):
        staves = staves_of(track, bars_of(written.meters, written.end_tick))
        rows = sorted(row for _ in staves for row in music21_rows(next(parts)))
        expected = rows_of_staves(staves)
        assert {(on, pitch) for on, _, pitch in expected} == {(row[0], row[2]) for row in rows_of(track.notes)}
        if track.is_drum:
            assert drum_rows(path, index + 1) == sorted((on, pitch) for on, _, pitch in expected)
            rows, expected = [row[:2] for row in rows], [row[:2] for row in expected]
        assert sorted(rows) == sorted(expected), track.name
        total += len(rows)
    return total


def drum_rows(path: Path, number: int) -> list[tuple[int, int]]:
    """List (onset, pitch) of a percussion part by the file's instruments, bar by bar."""
    root = ET.parse(path).getroot()
    pitches = {
        midi.get("id"): int(str(midi.findtext("midi-unpitched"))) - 1
        for midi in root.iterfind("part-list/score-part/midi-instrument") if midi.find("midi-unpitched") is not None
    }  # fmt: skip
    rows, start, bar_ticks = [], 0, 48
    for measure in root.iterfind(f"part[@id='P{number}']/measure"):
        if (beats := measure.findtext("attributes/time/beats")) is not None:
            bar_ticks = int(beats) * 48 // int(str(measure.findtext("attributes/time/beat-type")))
        now = onset = 0
        for note in measure.iterfind("note"):
            if note.find("chord") is None:
                onset = now
                now += int(str(note.findtext("duration")))
            if (instrument := note.find("instrument")) is not None:
                rows.append((start + onset, pitches[instrument.get("id")]))
        start += bar_ticks
    return sorted(rows)


def check_svg(sheet: LeadSheet, out: Path) -> int:
    """verovio has drawn at least one note head for every note, and every section's name."""
    text = "".join(page.read_text(encoding="utf-8") for page in sorted(out.glob("lead*.svg")))
    heads = text.count('class="note"')
    assert heads >= len(sheet.melody)
    assert text.count('class="reh"') == len(sheet.sections)
    assert list(out.glob("score*.svg"))
    return len(sheet.melody)


def convert_with_musescore(jobs: dict[Path, list[Path]]) -> str:
    """Convert files with MuseScore; return what it says, without what it says of its own drum parts too."""
    place = next(iter(jobs)).parent / "jobs.json"
    rows = [{"in": str(source), "out": [str(target) for target in targets]} for source, targets in jobs.items()]
    place.write_text(json.dumps(rows), encoding="utf-8")
    done = subprocess.run(
        [MUSESCORE, "-j", str(place)], capture_output=True, text=True, timeout=900, check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    # "element already exists" is a note to its authors about several drums at one time: files that MuseScore
    # itself has written give it too.
    chatter = ("QStandardPaths", "convert <", "\tto <", "... success", "element already exists", "JIT")
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if line and not line.startswith(chatter)
                     and "element already exists" not in line)  # fmt: skip


def check_musescore(score: Score, sheet: LeadSheet, out: Path) -> int:
    """MuseScore makes PDFs of lead sheet and score without complaint, and MIDI with every note in its place."""
    jobs = {
        out / "lead.musicxml": [out / "ms-lead.pdf", out / "ms-lead.mid"],
        out / "score.musicxml": [out / "ms-score.pdf", out / "ms-score.mid"],
    }
    assert convert_with_musescore(jobs) == ""
    assert all((out / name).stat().st_size > 1000 for name in ("ms-lead.pdf", "ms-score.pdf"))
    expected = [row for track in write_down(score).tracks for row in rows_of(track.notes)]
    assert positions(out / "ms-score.mid") == sorted((row[0], row[2]) for row in expected)
    melody = sorted((row[0], row[2]) for row in rows_of(sheet.melody))
    lead = [row for row in positions(out / "ms-lead.mid") if row in set(melody)]
    assert lead == melody
    return len(expected)


def positions(path: Path) -> list[tuple[int, int]]:
    """List (onset in engine ticks, pitch) of every note of a MIDI file."""
    score = read_midi(path)
    return sorted(
        (round(row[0] * 12 / score.tpq), row[2]) for track in score.tracks for row in rows_of(track.notes)
    )  # fmt: skip
