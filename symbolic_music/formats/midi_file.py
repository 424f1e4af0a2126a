"""The bytes of a Standard MIDI File, any program's, as events; broken or endless ones are refused in one line.

Own parser rather than mido's: it keeps to limits while it reads, says where a
file is broken, skips what other programs put between the tracks, and unpacks
RIFF's ``.rmi``. The formats' rules are those of the Standard MIDI Files 1.0
specification (RP-001); what real files do against it and players accept is
accepted too: a missing end of track, running status kept over a meta event,
data bytes above 127 (read as 127).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from symbolic_music.errors import FileFormatError
from symbolic_music.limits import EVENTS, TRACKS, read_file

META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
END_OF_TRACK, SET_TEMPO = 0x2F, 0x51
# Data bytes of channel messages by the status' high half, and of system messages that files should not have.
_LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_SYSTEM_LENGTHS = {0xF1: 1, 0xF2: 2, 0xF3: 1}


class MidiEvent(NamedTuple):
    """One event at a tick from the start.

    A channel message has its ``status`` byte and up to two data bytes; a meta
    event has status ``META``, its type as ``first`` and its content as
    ``data``; a system exclusive message has only ``data``.
    """

    tick: int
    status: int
    first: int = 0
    second: int = 0
    data: bytes = b""

    @property
    def is_meta(self) -> bool:
        """Whether this is a meta event."""
        return self.status == META

    @property
    def is_channel(self) -> bool:
        """Whether this goes to a channel."""
        return self.status < SYSEX


@dataclass(frozen=True)
class MidiFile:
    """A file's events by track, in its order.

    ``tpq`` is ticks a quarter. In film time (SMPTE) a quarter is made to last
    about a second: ``second_us`` is its microseconds, and tempo events say nothing.
    """

    kind: int
    tpq: int
    second_us: int | None
    tracks: tuple[tuple[MidiEvent, ...], ...]

    @property
    def end_tick(self) -> int:
        """The last event's tick."""
        return max((track[-1].tick for track in self.tracks if track), default=0)

    def tempos(self) -> list[tuple[int, int]]:
        """List (tick, microseconds a quarter) in order; MIDI's default, 120, holds before the first."""
        if self.second_us is not None:
            return [(0, self.second_us)]
        found = [
            (event.tick, int.from_bytes(event.data[:3], "big"))
            for track in self.tracks for event in track
            if event.status == META and event.first == SET_TEMPO and len(event.data) >= 3
        ]  # fmt: skip
        ordered = sorted(found, key=lambda change: change[0])
        return ordered if ordered and ordered[0][0] == 0 else [(0, 500_000), *ordered]


def load_midi_file(path: str | Path) -> MidiFile:
    """Read a MIDI file's events.

    Parameters
    ----------
    path : str or Path
        A file of type 0 or 1, in quarters or in film time, within `symbolic_music.limits`.

    Raises
    ------
    FileFormatError
        If it is missing, not MIDI, broken, of type 2 or too large.
    """
    return parse_midi_file(read_file(path), str(path))


def parse_midi_file(data: bytes, where: str) -> MidiFile:
    """Read a MIDI file's events from its bytes; ``where`` is named in errors; see `load_midi_file`.

    Raises
    ------
    FileFormatError
        If the bytes are no MIDI file, or a broken one.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        start = data.find(b"MThd", 12)
        data = data[start:] if start > 0 else data
    if data[:4] != b"MThd":
        raise FileFormatError(f"{where}: not a MIDI file: it does not begin with MThd")
    try:
        return _parse(data, where)
    except _BrokenError as problem:
        raise FileFormatError(f"{where}: {problem}") from None


class _BrokenError(Exception):
    """What is wrong with the file."""


def _parse(data: bytes, where: str) -> MidiFile:
    """Read header and tracks."""
    length = int.from_bytes(data[4:8], "big")
    if length < 6 or len(data) < 14:
        raise _BrokenError("broken MIDI file: the header is cut short")
    kind, n_tracks = int.from_bytes(data[8:10], "big"), int.from_bytes(data[10:12], "big")
    if kind not in (0, 1):
        raise _BrokenError(f"MIDI of type {kind} is not supported; use type 0 or 1")
    TRACKS.check(n_tracks, where)
    tpq, second_us = _read_division(data[12], data[13])
    position, n_events = 8 + length, 0
    tracks: list[tuple[MidiEvent, ...]] = []
    while len(tracks) < n_tracks:
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "big")
        position += 8
        if position > len(data) or position + size > len(data):
            raise _BrokenError(f"broken MIDI file: cut short in track {len(tracks) + 1} of {n_tracks}")
        if name == b"MTrk":
            tracks.append(_read_track(data, position, position + size, len(tracks) + 1))
            n_events += len(tracks[-1])
            EVENTS.check(n_events, where)
        position += size
    return MidiFile(kind, tpq, second_us, tuple(tracks))


def _read_division(high: int, low: int) -> tuple[int, int | None]:
    """Find the ticks a quarter; in film time those a second, and its microseconds."""
    if high < 0x80:
        tpq = high * 256 + low
        if tpq == 0:
            raise _BrokenError("broken MIDI file: no ticks in a quarter")
        return tpq, None
    frames = 256 - high
    if frames not in (24, 25, 29, 30) or low == 0:
        raise _BrokenError(f"broken MIDI file: {frames} frames a second of {low} ticks; MIDI has 24, 25, 29 or 30")
    # 29 stands for 30 frames in 1.001 seconds.
    return (30 * low, 1_001_000) if frames == 29 else (frames * low, 1_000_000)


def _read_track(data: bytes, position: int, end: int, number: int) -> tuple[MidiEvent, ...]:
    """Read one track's events, one more than a file may have at most."""
    events: list[MidiEvent] = []
    tick, running = 0, 0
    try:
        while position < end:
            delta, position = _read_number(data, position)
            tick += delta
            status = data[position]
            if status >= 0x80:
                position += 1
                if status < SYSEX:
                    running = status
            elif running:
                status = running
            else:
                raise _BrokenError(f"broken MIDI file: byte {position} in track {number} belongs to no event")
            event, position = _read_event(data, position, tick, status)
            if position > end:
                raise _BrokenError(f"broken MIDI file: an event goes past the end of track {number}")
            events.append(event)
            if len(events) > EVENTS.most or (status == META and event.first == END_OF_TRACK):
                break
    except IndexError:
        raise _BrokenError(f"broken MIDI file: cut short in track {number}") from None
    return tuple(events)


def _read_event(data: bytes, position: int, tick: int, status: int) -> tuple[MidiEvent, int]:
    """Read what follows a status; return the event and the place after it."""
    if status < SYSEX:
        first = min(data[position], 127)
        if _LENGTHS[status >> 4] == 1:
            return MidiEvent(tick, status, first), position + 1
        return MidiEvent(tick, status, first, min(data[position + 1], 127)), position + 2
    if status == META:
        kind = data[position]
        size, position = _read_number(data, position + 1)
        return MidiEvent(tick, META, kind, 0, data[position : position + size]), position + size
    if status in (SYSEX, ESCAPE):
        size, position = _read_number(data, position)
        return MidiEvent(tick, status, 0, 0, data[position : position + size]), position + size
    return MidiEvent(tick, status), position + _SYSTEM_LENGTHS.get(status, 0)


def _read_number(data: bytes, position: int) -> tuple[int, int]:
    """Read a number of one to four bytes of seven bits; return it and the place after it."""
    value = data[position]
    if value < 0x80:
        return value, position + 1
    value &= 0x7F
    for place in range(position + 1, position + 4):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    raise _BrokenError(f"broken MIDI file: the number at byte {position} has more than four bytes")
