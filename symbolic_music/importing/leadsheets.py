"""Lead sheets that other people and programs wrote: MusicXML, ABC, or a MIDI melody with a chord text.

Whatever the file, a `LeadSheet` comes out, with the key found by analysis where the file
does not say it surely. What cannot be understood is an error that names the bar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.analysis.key import find_key, settle_mode
from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.abc_reader import read_abc
from symbolic_music.limits import BARS, name_of, read_text_file
from symbolic_music.remarks import tell
from symbolic_music.song.bars import BarLines, bars_of
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan, split_symbols
from symbolic_music.song.lyrics import Syllable, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.song.resampling import move_events
from symbolic_music.song.score import MeterChange, Score, Track
from symbolic_music.theory.chart import ChartBar, parse_chart, place_chords
from symbolic_music.theory.chord import Chord, means_no_chord, parse_chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter, parse_meter, snap_to_grid
from symbolic_music.theory.roman import is_chord

ENDINGS = (".musicxml", ".xml", ".mxl", ".abc", ".mid", ".midi", ".kar", ".rmi")
CHART_ENDING = ".txt"
_MELODY_WORDS = ("melody", "lead", "vocal", "voice", "tune", "melodie", "gesang", "chant", "voz", "canto")
_SAME_METERS = {"2/2": "4/4"}
# A chart in letters without names: the section that its bars belong to.
WHOLE_SONG = "song"


@dataclass(frozen=True)
class LeadSheetOptions:
    """What to add to a file: a chord chart (text, or a file of it), a tune's number in an ABC file.

    Without ``needs_chords`` a tune that has none comes without.
    """

    chords: str | None = None
    tune: int | None = None
    needs_chords: bool = True


def read_foreign_lead_sheet(path: str | Path, options: LeadSheetOptions | None = None) -> LeadSheet:
    """Read a lead sheet from any format that can hold one.

    Parameters
    ----------
    path : str or Path
        ``.musicxml``, ``.xml``, ``.mxl``, ``.abc``, or ``.mid`` with a melody.
    options : LeadSheetOptions, optional
        ``chords`` is a chart such as ``"C | Am F | G7"`` or the name of a text file
        with one; it replaces the file's own chords, and repeats to the song's end. A
        chart of the same name beside a file without chords (``tune.txt``) is found.

    Returns
    -------
    LeadSheet
        With chord symbols from the file or chart; sections as marked in either.

    Raises
    ------
    FileFormatError
        If the file cannot be read or has no melody or chords; the message names
        the bar of a chord that is not known.
    """
    path, options = Path(path), options or LeadSheetOptions()
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise FileFormatError(f"{path}: not a lead sheet that can be read; use one of {', '.join(ENDINGS)}")
    if not path.is_file():
        raise FileFormatError(f"{path}: no such file")
    sheet, is_key_written = reader(path, options)
    key = sheet.key_at(0) if is_key_written or not len(sheet.melody) else find_key(sheet.melody)
    chart = _find_chart(path, options.chords, bool(sheet.chords), key)
    if chart is not None:
        sheet = _with_chart(sheet, chart)
    if not is_key_written:
        # Only now, since the chart's chords say more of the key than the melody does.
        sheet = _in_key(sheet, find_key(sheet.melody, sheet.chords))
    if not sheet.chords and options.needs_chords:
        raise FileFormatError(
            f"{path}: it has no chord symbols",
            hint=f"give them as --chords 'C | Am F | G7' or in {path.stem}.txt beside it",
        )
    if not len(sheet.melody):
        raise FileFormatError(f"{path}: it has no melody")
    return settle_mode(sheet)


def _find_chart(path: Path, given: str | None, has_chords: bool, key: Key) -> list[ChartBar] | None:
    """Take the chart given, as text or file, or the one beside a file without chords; degrees are of the key."""
    if given is None:
        beside = path.with_suffix(CHART_ENDING)
        if has_chords or not beside.is_file():
            return None
        text = read_text_file(beside)
        # The tune's words may lie beside it as well.
        return parse_chart(text, str(beside), key) if _is_chart(text) else None
    if given.lower().endswith(CHART_ENDING):
        return parse_chart(read_text_file(given), given, key)
    return parse_chart(given, "chords", key)


def _is_chart(text: str) -> bool:
    """Whether a text is meant as chords: it has bar lines, or a third of its words are chords."""
    words = re.findall(r"[^\s\[\]{}]+", text)
    return "|" in text or 3 * sum(is_chord(word) for word in words) >= len(words)


def _with_chart(sheet: LeadSheet, chart: list[ChartBar]) -> LeadSheet:
    """Put a chart's chords under a melody; a shorter chart repeats, a longer one makes the song longer.

    A pickup bar comes before the chart's first bar.
    """
    first = 1 if has_pickup(sheet) else 0
    n_bars = max(sheet.n_bars, len(chart) + first)
    # A longer song goes on in the meter of its last bar.
    more = n_bars - sheet.n_bars
    lines = replace(sheet, n_bars=n_bars, sections=_stretched(sheet.sections, n_bars)).lines if more else sheet.lines
    BARS.check(n_bars, "the chart")
    symbols: dict[int, Chord | None] = {}
    names: dict[int, str] = {}
    for bar in range(first, n_bars):
        entry = chart[(bar - first) % len(chart)]
        if entry.section is not None:
            names[bar] = entry.section
        symbols |= {lines.tick_of(bar) + tick: chord for tick, chord in place_chords(entry, lines.bars[bar].meter)}
    sections = _named_sections(names, n_bars, sheet.key_at(0)) if names else _stretched(sheet.sections, n_bars)
    chords, no_chords = split_symbols(symbols)
    return replace(sheet, n_bars=n_bars, chords=chords, no_chords=no_chords, sections=sections)


def _named_sections(names: dict[int, str], n_bars: int, key: Key) -> tuple[SectionSpan, ...]:
    """Sections of a chart by their first bars."""
    if 0 not in names:
        names = {0: WHOLE_SONG, **names}
    starts = sorted(names)
    ends = [*starts[1:], n_bars]
    return tuple(SectionSpan(names[start], start, end - start, key) for start, end in zip(starts, ends, strict=True))


def _stretched(sections: tuple[SectionSpan, ...], n_bars: int) -> tuple[SectionSpan, ...]:
    """Let the last section last to the song's end."""
    last = sections[-1]
    return (*sections[:-1], replace(last, n_bars=n_bars - last.start_bar))


def has_pickup(sheet: LeadSheet) -> bool:
    """Whether the first bar holds a pickup: the tune begins inside it, no later than the first chord."""
    if not len(sheet.melody):
        return False
    first, bar = int(sheet.melody["onset_tick"][0]), sheet.meter.bar_ticks
    chord = sheet.chords[0].onset_tick if sheet.chords else bar
    return 0 < first < bar and first * 2 >= sheet.meter.beat_ticks and chord >= min(bar, first) and chord > 0


def _in_key(sheet: LeadSheet, key: Key) -> LeadSheet:
    """A lead sheet with another key in all its sections."""
    return replace(sheet, sections=tuple(replace(span, key=key) for span in sheet.sections))


def _read_musicxml(path: Path, options: LeadSheetOptions) -> tuple[LeadSheet, bool]:
    """Read MusicXML, plain or compressed; its key is written."""
    from symbolic_music.formats.musicxml import read_lead_sheet

    return read_lead_sheet(path), True


def _read_abc(path: Path, options: LeadSheetOptions) -> tuple[LeadSheet, bool]:
    """Read a tune of an ABC file; its key is written."""
    return read_abc(path, options.tune), True


def _read_midi(path: Path, options: LeadSheetOptions) -> tuple[LeadSheet, bool]:
    """Read a melody, and chord symbols that are there as texts, from a MIDI file; and whether it says its key."""
    from symbolic_music.formats.midi import read_midi

    score = read_midi(path)
    meters = _meters(score, path)
    track = _melody_track(score, path)
    rows = _single_line(track, score.tpq)
    if not rows:
        raise FileFormatError(f"{path}: track {track.name!r} has no notes on the grid")
    lines = BarLines(bars_of(meters, max(row[0] + row[1] for row in rows)))
    n_bars = len(lines.bars)
    chords, no_chords = _text_chords(score, path, lines)
    melody = make_notes(rows)
    key = score.keys[0].key if score.keys else Key("C", "major")
    title = score.title if score.title and score.title != "Untitled" else name_of(path)
    sheet = LeadSheet(
        title, round(score.tempos[0].qpm, 2), lines.bars[0].meter, n_bars, melody, chords,
        (SectionSpan(WHOLE_SONG, 0, n_bars, key),), _lyrics(score, melody),
        _remarks(score, track, rows, path), no_chords, lines.changes()[1:],
    )  # fmt: skip
    names = {lines.bar_at(marker.tick * TPQ // score.tpq): marker.text for marker in score.markers}
    sheet = replace(sheet, sections=_named_sections(names, n_bars, key)) if names else sheet
    return sheet, bool(score.keys)


def _remarks(
    score: Score, track: Track, rows: Sequence[tuple[int, int, int, int]], path: Path
) -> tuple[str, ...]:  # fmt: skip
    """Say what a lead sheet of a track does not have of its file."""
    counts = {
        f"notes of {track.name} below another, or nearer than the grid, left out": len(track.notes) - len(rows),
        "other tracks left out": sum(other is not track and len(other.notes) > 0 for other in score.tracks),
        "changes of tempo left out": len({change.qpm for change in score.tempos}) - 1,
        "changes of key left out": len({str(change.key) for change in score.keys}) - 1,
    }
    own = tell(path, (f"{count} {what}" for what, count in counts.items() if count > 0))
    return (*score.remarks, *own)


def _lyrics(score: Score, melody: np.ndarray) -> tuple[Syllable, ...]:
    """The file's words under the melody's notes."""
    return settle(move_events(score.lyrics, TPQ / score.tpq), melody["onset_tick"], TPQ // 4)


def _meters(score: Score, path: Path) -> list[MeterChange]:
    """The file's meters, in engine ticks."""
    found = []
    for change in score.meters or (MeterChange(0, Meter(4, 4)),):
        text = str(change.meter)
        try:
            meter = parse_meter(_SAME_METERS.get(text, text))
        except NotationError as failure:
            raise FileFormatError(f"{path}: {failure}") from None
        found.append(MeterChange(round(change.tick * TPQ / score.tpq), meter))
    return found


def _melody_track(score: Score, path: Path) -> Track:
    """The track that is called melody, else the highest that is no chord part."""
    tracks = [track for track in score.tracks if len(track.notes) and not track.is_drum]
    if not tracks:
        sounds = any(len(track.notes) for track in score.tracks)
        raise FileFormatError(
            f"{path}: {'only drums sound in it' if sounds else 'it has no notes'}; a song needs a tune"
        )
    named = [track for track in tracks if any(word in track.name.lower() for word in _MELODY_WORDS)]
    if named:
        return named[0]

    def rank(track: Track) -> tuple[bool, float]:
        together = 1 - len(np.unique(track.notes["onset_tick"])) / len(track.notes)
        return together < 0.25, float(np.median(track.notes["pitch"]))

    return max(tracks, key=rank)


def _single_line(track: Track, tpq: int) -> list[tuple[int, int, int, int]]:
    """Bring a track to the grid and to one voice: the highest of notes that begin together, none over the next."""
    highest: dict[int, tuple[int, int, int]] = {}
    for onset, duration, pitch, velocity in track.notes.tolist():
        start = snap_to_grid(onset * TPQ / tpq)
        end = snap_to_grid((onset + duration) * TPQ / tpq)
        if start not in highest or pitch > highest[start][1]:
            highest[start] = (max(end, start + 1), pitch, velocity)
    onsets = sorted(highest)
    following = [*onsets[1:], 1 << 40]
    return [
        (onset, min(highest[onset][0], after) - onset, *highest[onset][1:])
        for onset, after in zip(onsets, following, strict=True)
    ]


def _text_chords(score: Score, path: Path, lines: BarLines) -> tuple[tuple[ChordEvent, ...], tuple[int, ...]]:
    """Chord symbols that the file has as texts, and where it says that no chord sounds."""
    found: dict[int, Chord | None] = {}
    for marker in score.chord_symbols:
        tick = snap_to_grid(marker.tick * TPQ / score.tpq)
        try:
            chord = None if means_no_chord(marker.text) else parse_chord(marker.text)
        except NotationError as failure:
            bar = lines.bar_at(tick) + 1
            raise FileFormatError(f"{path}: bar {bar}: {failure}") from None
        if tick < lines.end_tick:
            found[tick] = chord
    return split_symbols(found)


_READERS: dict[str, Callable[[Path, LeadSheetOptions], tuple[LeadSheet, bool]]] = {
    ".musicxml": _read_musicxml, ".xml": _read_musicxml, ".mxl": _read_musicxml, ".abc": _read_abc,
    ".mid": _read_midi, ".midi": _read_midi, ".kar": _read_midi, ".rmi": _read_midi,
}  # fmt: skip
