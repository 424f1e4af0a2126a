"""Read a MIDI file, ours or another program's, as a score; the writer is in `symbolic_music.formats.midi`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.midi_file import META, MidiEvent, MidiFile, load_midi_file
from symbolic_music.formats.spelling import fifths_to_key
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import ControlChange, KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

DRUM_CHANNEL = 9
CHORDS_TRACK = "Chords"
VOLUME, PAN = 7, 10
ROLE_TEXT = "role: "
NOTE_OFF, NOTE_ON, CONTROL, PROGRAM = 0x8, 0x9, 0xB, 0xC
_TEXT, _TRACK_NAME, _LYRIC, _MARKER, _METER, _KEY = 0x01, 0x03, 0x05, 0x06, 0x58, 0x59
# Roles of foreign tracks by a word in their name, then by General MIDI program.
_ROLE_WORDS = (
    ("bass", "bass"), ("melody", "melody"), ("vocal", "melody"), ("lead", "melody"), ("voice", "melody"),
    ("pad", "pad"), ("string", "pad"),
)  # fmt: skip
_WORD_ENDS = (" ", "\r", "\n")
_ROLE_PROGRAMS = ((range(32, 40), "bass"), (range(48, 55), "pad"), (range(88, 96), "pad"))

_Change = TypeVar("_Change", MeterChange, TempoChange)


def read_midi(path: str | Path) -> Score:
    """Read a MIDI file of type 0 or 1 as a score.

    What `write_midi` wrote comes back with the same note tables. Tracks of
    other programs are split by channel; volume and pan are the first ones set;
    the end is the bar line after the last event. In film time (SMPTE) a
    quarter is a second.

    Returns
    -------
    Score
        Its ``tpq`` is the file's.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, not MIDI or beyond the limits of
        `symbolic_music.formats.midi_file`.
    """
    path = Path(path)
    song = load_midi_file(path)
    metas = [event for track in song.tracks for event in track if event.is_meta]
    meters = _from_start(_meters(metas), MeterChange(0, Meter(4, 4)))
    _check_times(path, meters, song)
    named = bool(song.tracks) and not _has_notes(song.tracks[0])
    return Score(
        title=_name(song.tracks[0]) if named else path.stem,
        tpq=song.tpq,
        end_tick=bar_line_from(song.end_tick, meters, song.tpq),
        tracks=tuple(split for number, track in enumerate(song.tracks) for split in _split_track(track, number)),
        tempos=tuple(TempoChange(tick, tempo_to_qpm(tempo)) for tick, tempo in song.tempos()),
        meters=tuple(meters),
        keys=tuple(_keys(metas)),
        markers=tuple(Marker(event.tick, _decode(event.data)) for event in metas if event.first == _MARKER),
        chord_symbols=tuple(symbol for track in song.tracks for symbol in _chord_symbols(track)),
        lyrics=tuple(_lyrics(metas)),
    )


def _meters(metas: Sequence[MidiEvent]) -> list[MeterChange]:
    """List the time signatures."""
    found = [event for event in metas if event.first == _METER and len(event.data) >= 2]
    # No note is shorter than 1/32768; a broken file's unit must not grow beyond all numbers.
    return [MeterChange(event.tick, Meter(event.data[0], 2 ** min(event.data[1], 15))) for event in found]


def _keys(metas: Sequence[MidiEvent]) -> list[KeyChange]:
    """List the key signatures; those that do not exist, such as one of 64 sharps, are left out."""
    changes = []
    for event in metas:
        if event.first == _KEY and len(event.data) >= 2 and event.data[1] in (0, 1):
            fifths = event.data[0] - (256 if event.data[0] > 127 else 0)
            if -7 <= fifths <= 7:
                changes.append(KeyChange(event.tick, fifths_to_key(fifths, ("major", "minor")[event.data[1]])))
    return changes


def _lyrics(metas: Sequence[MidiEvent]) -> list[Syllable]:
    """List the syllables: by RP-017 a space ends a word, other programs put a hyphen where it goes on."""
    texts = [(event.tick, _decode(event.data)) for event in metas if event.first == _LYRIC]
    has_spaces = any(text.endswith(_WORD_ENDS) for _, text in texts)
    found: dict[int, Syllable] = {}
    for tick, text in texts:
        plain = text.strip(" \r\n\t\0")
        is_cut = len(plain) > 1 and plain.endswith("-")
        goes_on = is_cut or (has_spaces and not text.endswith(_WORD_ENDS))
        word = plain.removesuffix("-").strip() if is_cut else plain
        # What stands in braces is about the text's language and display (RP-026).
        if word and not word.startswith("{"):
            found.setdefault(tick, Syllable(tick, word, goes_on))
    return [found[tick] for tick in sorted(found)]


def _check_times(path: Path, meters: Sequence[MeterChange], song: MidiFile) -> None:
    """Refuse bars without length and times that no song has."""
    for change in meters:
        if change.meter.beats * song.tpq * 4 // change.meter.unit < 1:
            raise FileFormatError(f"{path}: broken MIDI file: time signature {change.meter} has no length")
    if song.end_tick >= 2**31:
        raise FileFormatError(f"{path}: broken MIDI file: it ends at tick {song.end_tick}; use less than {2**31}")


def bar_line_from(tick: int, meters: Sequence[MeterChange], tpq: int) -> int:
    """Find the first bar line at or after a tick."""
    start, meter = 0, Meter(4, 4)
    for change in meters:
        if change.tick <= tick:
            start, meter = change.tick, change.meter
    bar = meter.beats * tpq * 4 // meter.unit
    return start + -(-(tick - start) // bar) * bar


def tempo_to_qpm(microseconds: int) -> float:
    """Find the roundest tempo that is written with these microseconds a quarter."""
    exact = 60_000_000 / max(microseconds, 1)
    for digits in range(6):
        rounded = round(exact, digits)
        if rounded > 0 and round(60_000_000 / rounded) == microseconds:
            return rounded
    return exact


def _from_start(changes: list[_Change], default: _Change) -> list[_Change]:
    """Order changes, with MIDI's default at the start if the file has none there."""
    ordered = sorted(changes, key=lambda change: change.tick)
    if not ordered or ordered[0].tick > 0:
        ordered.insert(0, default)
    return ordered


def _decode(text: bytes) -> str:
    """Read a text as UTF-8 if it is that, else as Latin-1."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _name(track: Sequence[MidiEvent]) -> str:
    """Find a track's name."""
    return next((_decode(event.data) for event in track if event.status == META and event.first == _TRACK_NAME), "")


def _has_notes(track: Sequence[MidiEvent]) -> bool:
    """Tell whether a track has messages on a channel."""
    return any(event.is_channel for event in track)


def _texts(track: Sequence[MidiEvent]) -> list[Marker]:
    """List a track's text events."""
    return [Marker(e.tick, _decode(e.data)) for e in track if e.status == META and e.first == _TEXT]


def _chord_symbols(track: Sequence[MidiEvent]) -> list[Marker]:
    """List the texts of a "Chords" track without notes."""
    return [] if _name(track) != CHORDS_TRACK or _has_notes(track) else _texts(track)


def _split_track(track: Sequence[MidiEvent], number: int) -> list[Track]:
    """Make one score track for each channel that a file's track uses."""
    by_channel: dict[int, list[MidiEvent]] = {}
    for event in track:
        if event.is_channel:
            by_channel.setdefault(event.status & 0xF, []).append(event)
    name = _name(track) or f"Track {number + 1}"
    texts = [marker.text for marker in _texts(track)]
    role = next((text.removeprefix(ROLE_TEXT) for text in texts if text.startswith(ROLE_TEXT)), None)
    end = track[-1].tick if track else 0
    return [
        _channel_track(events, name if len(by_channel) == 1 else f"{name} {channel + 1}", role, end)
        for channel, events in sorted(by_channel.items())
    ]


def _channel_track(events: list[MidiEvent], name: str, role: str | None, end: int) -> Track:
    """Make the track of one channel's messages."""
    is_drum = events[0].status & 0xF == DRUM_CHANNEL
    program = next((event.first for event in events if event.status >> 4 == PROGRAM), 0)
    controls = [ControlChange(e.tick, e.first, e.second) for e in events if e.status >> 4 == CONTROL]
    return Track(
        name=name,
        role=role or guess_role(name, program, is_drum),
        program=program,
        notes=_pair_notes(events, end),
        is_drum=is_drum,
        volume=next((control.value for control in controls if control.controller == VOLUME), 100),
        pan=next((control.value for control in controls if control.controller == PAN), 64),
        controls=tuple(control for control in controls if control.controller not in (VOLUME, PAN)),
    )


def _pair_notes(events: list[MidiEvent], end: int) -> np.ndarray:
    """Match note ons with the offs that follow, first in first out; hanging ones end with the track."""
    sounding: dict[int, list[tuple[int, int]]] = {}
    rows = []
    for tick, status, pitch, velocity, _ in events:
        if status >> 4 == NOTE_ON and velocity > 0:
            sounding.setdefault(pitch, []).append((tick, velocity))
        elif status >> 4 in (NOTE_ON, NOTE_OFF) and sounding.get(pitch):
            onset, struck = sounding[pitch].pop(0)
            rows.append((onset, tick - onset, pitch, struck))
    for pitch, hanging in sounding.items():
        rows += [(onset, end - onset, pitch, struck) for onset, struck in hanging]
    return make_notes(row for row in rows if row[1] > 0)


def guess_role(name: str, program: int, is_drum: bool) -> str:
    """Guess what a foreign track does from its name and program."""
    if is_drum:
        return "drums"
    for word, role in _ROLE_WORDS:
        if word in name.lower():
            return role
    return next((role for programs, role in _ROLE_PROGRAMS if program in programs), "chords")
