"""Songs from files: song folders, lead sheets in MusicXML, melodies in MIDI.

The melody of a MIDI file is the track whose role or name says so, else the track without drums that lies
highest. Its notes go to the grid of sixteenths and eighth triplets, of notes that sound together the highest
stays. A file without a key gets the one whose scale holds most of its notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symbolic_music.analysis.key import find_key
from symbolic_music.errors import FileFormatError, NotationError, PlanError, SymbolicMusicError
from symbolic_music.evaluation.melody import PhraseSpan, spans_of
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.meter import METERS, TPQ, snap_to_grid

if TYPE_CHECKING:
    from symbolic_music.song.score import Score, Track

MUSICXML_ENDINGS, MIDI_ENDINGS = (".musicxml", ".xml"), (".mid", ".midi")
MELODY_NAMES = ("melody", "vocal", "voice", "lead", "sing")
MELODY_VELOCITY = 90


class ReadSong(NamedTuple):
    """A song, its phrases (none without a plan), and where it was read."""

    sheet: LeadSheet
    spans: list[PhraseSpan]
    path: Path


def find_songs(folder: Path) -> list[Path]:
    """List the songs of a folder: song folders, and lead sheets and MIDI files that lie in it.

    Parameters
    ----------
    folder : Path
        Or one song: a song folder or a file.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    if folder.is_file() or (folder / LEAD_SHEET).is_file():
        return [folder]
    if not folder.is_dir():
        raise FileFormatError(f"{folder}: no such folder")
    found = [path.parent for path in folder.glob(f"*/{LEAD_SHEET}")]
    found += [path for path in folder.iterdir() if path.suffix.lower() in (*MUSICXML_ENDINGS, *MIDI_ENDINGS)]
    if not found:
        raise FileFormatError(f"{folder}: no song here; give a folder of song folders, .musicxml or .mid files")
    return sorted(found)


def read_song(path: Path) -> ReadSong:
    """Read one song: a song folder, a lead sheet or a MIDI file.

    Parameters
    ----------
    path : Path
        A folder, ``.musicxml``, ``.abc`` or ``.mid``.

    Returns
    -------
    ReadSong
        With the spans of its phrases, where a plan says them.

    Raises
    ------
    FileFormatError
        If it cannot be read, is of another kind, or its lead sheet and plan have different lengths.
    """
    if path.is_dir():
        return _read_folder(path)
    ending = path.suffix.lower()
    if ending in MUSICXML_ENDINGS:
        from symbolic_music.formats.musicxml import read_lead_sheet

        return ReadSong(_with_key(read_lead_sheet(path)), [], path)
    if ending in MIDI_ENDINGS:
        from symbolic_music.formats.midi import read_midi

        return ReadSong(melody_of_score(read_midi(path), path), [], path)
    raise FileFormatError(f"{path}: not a song; use a song folder, a .musicxml or a .mid file")


def read_songs(
    folder: Path, report: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[ReadSong], list[str]]:
    """Read all songs of a folder; a song that cannot be read costs that song alone.

    Parameters
    ----------
    folder : Path
        With songs in any of the forms of ``read_song``.
    report : Callable[[int, int], None], optional
        Told (songs done, songs in all).

    Returns
    -------
    songs : list of ReadSong
    problems : list of str
        What could not be read, and why.

    Raises
    ------
    FileFormatError
        If there is no song, or none can be read.
    """
    paths = find_songs(folder)
    songs, problems = [], []
    for number, path in enumerate(paths, start=1):
        try:
            songs.append(read_song(path))
        except SymbolicMusicError as failure:
            problems.append(" ".join(str(failure).split()))
        report(number, len(paths))
    if not songs:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise FileFormatError(f"{problems[0]}{more}")
    return songs, problems


def _read_folder(folder: Path) -> ReadSong:
    """Read the lead sheet and phrases of a song that ``create`` saved."""
    from symbolic_music.formats.musicxml import read_lead_sheet

    sheet = read_lead_sheet(folder / LEAD_SHEET)
    if not (folder / PLAN_FILE).is_file():
        return ReadSong(_with_key(sheet), [], folder)
    plan = load_document(SongPlan, folder / PLAN_FILE, PlanError)
    if sheet.n_bars != plan.n_bars:
        raise FileFormatError(
            f"{folder}: {LEAD_SHEET} has {sheet.n_bars} bars and {PLAN_FILE} {plan.n_bars}; they must agree"
        )
    # A MusicXML file need not name sections; the plan always knows their keys.
    sections, bar = [], 0
    for section in plan.sections:
        sections.append(SectionSpan(section.name, bar, section.n_bars, section.key))
        bar += section.n_bars
    return ReadSong(replace(sheet, sections=tuple(sections)), spans_of(plan), folder)


# --- MIDI ------------------------------------------------------------------------------------


def melody_of_score(score: Score, path: Path) -> LeadSheet:
    """Take the melody of a score as a lead sheet.

    Parameters
    ----------
    score : Score
        With a track that has the role or name of a melody, or any notes.
    path : Path
        Where it came from, for the message.

    Returns
    -------
    LeadSheet
        With the score's chord symbols, and sections by its markers.

    Raises
    ------
    FileFormatError
        If it has no melodic notes or a meter that the engine does not know.
    """
    tracks = [track for track in score.tracks if not track.is_drum and len(track.notes)]
    if not tracks:
        raise FileFormatError(f"{path}: no track with a melody")
    meter = score.meters[0].meter
    if str(meter) not in METERS:
        raise FileFormatError(f"{path}: meter {meter} is not one of {', '.join(METERS)}")
    melody = _one_voice(_melody_track(tracks), score.tpq)
    end = max(int(score.end_tick * TPQ / score.tpq), int(melody["onset_tick"][-1] + melody["duration_tick"][-1]))
    n_bars = -(-end // meter.bar_ticks)
    tempo = score.tempos[0].qpm if score.tempos else 120.0
    sheet = LeadSheet(
        score.title or path.stem,
        tempo,
        meter,
        n_bars,
        melody,
        _chords(score, n_bars * meter.bar_ticks),
        _sections(score, n_bars, meter.bar_ticks),
    )
    return _with_key(sheet)


def _melody_track(tracks: Sequence[Track]) -> Track:
    """Choose the melody's track."""
    for track in tracks:
        if track.role == "melody" or any(name in track.name.lower() for name in MELODY_NAMES):
            return track
    return max(tracks, key=lambda track: float(track.notes["pitch"].mean()))


def _one_voice(track: Track, tpq: int) -> np.ndarray:
    """Put a track's notes on the grid, one at a time."""
    highest: dict[int, tuple[int, int]] = {}
    for onset, duration, pitch, _ in sorted(track.notes.tolist(), key=lambda note: note[2]):
        start = snap_to_grid(onset * TPQ / tpq)
        highest[start] = (snap_to_grid((onset + duration) * TPQ / tpq), pitch)
    starts = sorted(highest)
    rows = []
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        end, pitch = highest[start]
        end = max(end, start + 1) if following is None else min(max(end, start + 1), following)
        rows.append((start, end - start, pitch, MELODY_VELOCITY))
    return make_notes(rows)


def _chords(score: Score, end_tick: int) -> tuple[ChordEvent, ...]:
    """Read the chord symbols that are readable."""
    found: dict[int, ChordEvent] = {}
    for symbol in score.chord_symbols:
        tick = snap_to_grid(symbol.tick * TPQ / score.tpq)
        try:
            if 0 <= tick < end_tick:
                found[tick] = ChordEvent(tick, parse_chord(symbol.text))
        except NotationError:
            continue
    return tuple(found[tick] for tick in sorted(found))


def _sections(score: Score, n_bars: int, bar_ticks: int) -> tuple[SectionSpan, ...]:
    """Make one section of each key."""
    starts = [min(round(change.tick * TPQ / score.tpq / bar_ticks), n_bars - 1) for change in score.keys]
    ends = [*starts[1:], n_bars][: len(starts)]
    return tuple(
        SectionSpan(str(change.key), start, end - start, change.key)
        for change, start, end in zip(score.keys, starts, ends, strict=True)
        if end > start
    )


def _with_key(sheet: LeadSheet) -> LeadSheet:
    """Give a lead sheet without a key the one that fits best."""
    if sheet.sections:
        return sheet
    return replace(sheet, sections=(SectionSpan("song", 0, sheet.n_bars, find_key(sheet.melody, sheet.chords)),))
