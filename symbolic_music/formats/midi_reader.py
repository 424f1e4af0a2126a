"""Read a MIDI file, ours or another program's, as a score; the writer is in `symbolic_music.formats.midi`."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.midi_file import META, MidiEvent, MidiFile, load_midi_file
from symbolic_music.formats.midi_words import TEXT, TRACK_NAME, count_doubled, decode_text, karaoke_title, read_words
from symbolic_music.formats.spelling import fifths_to_key
from symbolic_music.limits import BARS, NOTES, SECONDS, name_of
from symbolic_music.remarks import tell
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import (
    ControlChange,
    KeyChange,
    Marker,
    MeterChange,
    Score,
    SmpteStart,
    TempoChange,
    Track,
    last_tick,
    ticks_to_seconds,
)
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter

DRUM_CHANNEL = 9
CHORDS_TRACK = "Chords"
VOLUME, PAN = 7, 10
ROLE_TEXT = "role: "
NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, BEND = 0x8, 0x9, 0xB, 0xC, 0xE
_MARKER, _CUE_POINT, _SMPTE, _METER, _KEY = 0x06, 0x07, 0x54, 0x58, 0x59
_FRAME_RATES = (24.0, 25.0, 29.97, 30.0)
# Roles of foreign tracks by a word in their name, then by General MIDI program.
_ROLE_WORDS = (
    ("bass", "bass"), ("melody", "melody"), ("vocal", "melody"), ("lead", "melody"), ("voice", "melody"),
    ("pad", "pad"), ("string", "pad"),
)  # fmt: skip
_ROLE_PROGRAMS = ((range(32, 40), "bass"), (range(48, 55), "pad"), (range(88, 96), "pad"))

_Change = TypeVar("_Change", MeterChange, TempoChange)


def read_midi(path: str | Path) -> Score:
    """Read a MIDI file of type 0 or 1 as a score.

    What `write_midi` wrote comes back with the same note tables. Tracks of
    other programs are split by channel; volume and pan are the first ones set;
    a note that ends where it begins lasts a tick; the end is the bar line after
    the last event. In film time (SMPTE) a quarter is a second. Karaoke files
    (``.kar``) have their words as texts; these become lyrics.

    Returns
    -------
    Score
        Its ``tpq`` is the file's; its ``remarks`` say what was left out or changed.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, not MIDI or beyond `symbolic_music.limits`.
    """
    path = Path(path)
    song = load_midi_file(path)
    metas = [event for track in song.tracks for event in track if event.is_meta]
    meters = tuple(_from_start(_meters(metas), MeterChange(0, Meter(4, 4))))
    check_meters(path, meters, song.tpq)
    tempos = tuple(TempoChange(tick, tempo_to_qpm(tempo)) for tick, tempo in song.tempos())
    last = max((e.tick for track in song.tracks for e in track if e.status >> 4 in (NOTE_ON, NOTE_OFF)), default=0)
    check_length(path, last, meters, tempos, song.tpq)
    # Some files end hours after their last note by mistake.
    is_far = count_bars(song.end_tick, meters, song.tpq) > BARS.most
    end = last + song.tpq if is_far else song.end_tick
    pairs = [split for number, track in enumerate(song.tracks) for split in _split_track(track, number, end)]
    NOTES.check(sum(len(track.notes) for track, _ in pairs), str(path))
    named = bool(song.tracks) and not _has_notes(song.tracks[0])
    lyrics = read_words(song)
    return Score(
        title=karaoke_title(song) or (_name(song.tracks[0]) if named else name_of(path)),
        tpq=song.tpq,
        end_tick=bar_line_from(_end_of_notes([track for track, _ in pairs], end), meters, song.tpq),
        tracks=tuple(track for track, _ in pairs),
        tempos=tempos,
        meters=meters,
        keys=_one_at_a_tick(_keys(metas)),
        markers=_markers(metas, _MARKER),
        cue_points=_markers(metas, _CUE_POINT),
        smpte=next((read_smpte(event.data) for event in metas if event.first == _SMPTE and len(event.data) >= 4), None),
        chord_symbols=tuple(
            sorted(
                (symbol for track in song.tracks for symbol in _chord_symbols(track)), key=lambda symbol: symbol.tick
            )
        ),
        lyrics=tuple(lyrics),
        remarks=tell(path, _remarks(song, lyrics, [notes for _, notes in pairs], is_far)),
    )


def read_smpte(data: bytes) -> SmpteStart | None:
    """Read a SMPTE offset: the rate in two bits above the hours; none if it is no time of a day."""
    hours, minutes, seconds, frames = data[0] & 31, data[1], data[2], data[3]
    rate = _FRAME_RATES[data[0] >> 5 & 3]
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= round(rate):
        return None
    return SmpteStart(f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}", rate)


def _end_of_notes(tracks: Sequence[Track], end: int) -> int:
    """Find where the last note ends, not before ``end``: a note on the last tick is a tick long."""
    return max(end, last_tick(tracks))


def _remarks(
    song: MidiFile, lyrics: Sequence[Syllable], changes: Sequence[Counter[str]], is_far: bool
) -> tuple[str, ...]:
    """Say what a score does not have of the file."""
    counts = sum(changes, Counter())
    keys = sum(event.is_meta and event.first == _KEY for track in song.tracks for event in track)
    counts["key signatures that do not exist left out"] = keys - sum(
        len(_keys([event for event in track if event.is_meta])) for track in song.tracks
    )
    stated = _keys([event for track in song.tracks for event in track if event.is_meta])
    counts["key signatures of single tracks, other than most tracks', left out"] = len(
        {*stated} - {*_one_at_a_tick(stated)}
    )
    counts["words at the place of another left out"] = count_doubled(lyrics, song)
    said = [f"{count} {what}" for what, count in counts.items() if count > 0]
    return (*said, *(["the silence after the last note left out"] if is_far else []))


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


def _markers(metas: Sequence[MidiEvent], kind: int) -> tuple[Marker, ...]:
    """List the markers or cue points of all tracks, in time."""
    found = [Marker(event.tick, decode_text(event.data)) for event in metas if event.first == kind]
    return tuple(sorted(found, key=lambda marker: marker.tick))


def _one_at_a_tick(changes: Sequence[KeyChange]) -> tuple[KeyChange, ...]:
    """Order keys in time, one at a tick: some programs write one in every track, and not always the same."""
    by_tick: dict[int, Counter[Key]] = {}
    for change in changes:
        by_tick.setdefault(change.tick, Counter())[change.key] += 1
    return tuple(KeyChange(tick, by_tick[tick].most_common(1)[0][0]) for tick in sorted(by_tick))


def check_meters(path: Path, meters: Sequence[MeterChange], tpq: int) -> None:
    """Refuse bars that have no length in the file's ticks or the engine's.

    Raises
    ------
    FileFormatError
        If there is such a bar.
    """
    for change in meters:
        if change.meter.beats * min(tpq, TPQ) * 4 // change.meter.unit < 1:
            raise FileFormatError(f"{path}: broken file: time signature {change.meter} has no length")


def check_length(
    path: Path, end: int, meters: Sequence[MeterChange], tempos: Sequence[TempoChange], tpq: int
) -> None:  # fmt: skip
    """Refuse music that is too long to be a song, in bars or in time; ``end`` is its last tick."""
    BARS.check(count_bars(end, meters, tpq), str(path))
    SECONDS.check(ticks_to_seconds(end, tempos, tpq), str(path))


def count_bars(tick: int, meters: Sequence[MeterChange], tpq: int) -> int:
    """Count the bars that begin before a tick, at most one more for every change of meter."""
    ends = [*(min(change.tick, tick) for change in meters[1:]), tick]
    return sum(
        -(-max(0, end - change.tick) // max(1, change.meter.beats * tpq * 4 // change.meter.unit))
        for change, end in zip(meters, ends, strict=True)
    )


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


def _name(track: Sequence[MidiEvent]) -> str:
    """Find a track's name."""
    return next((decode_text(event.data) for event in track if event.status == META and event.first == TRACK_NAME), "")


def _has_notes(track: Sequence[MidiEvent]) -> bool:
    """Tell whether a track has messages on a channel."""
    return any(event.is_channel for event in track)


def _texts(track: Sequence[MidiEvent]) -> list[Marker]:
    """List a track's text events."""
    return [Marker(e.tick, decode_text(e.data)) for e in track if e.status == META and e.first == TEXT]


def _chord_symbols(track: Sequence[MidiEvent]) -> list[Marker]:
    """List the texts of a "Chords" track without notes."""
    return [] if _name(track) != CHORDS_TRACK or _has_notes(track) else _texts(track)


def _split_track(track: Sequence[MidiEvent], number: int, end: int) -> list[tuple[Track, Counter[str]]]:
    """Make one score track for each channel that a file's track uses, with a count of what it does not keep."""
    by_channel: dict[int, list[MidiEvent]] = {}
    for event in track:
        if event.is_channel:
            by_channel.setdefault(event.status & 0xF, []).append(event)
    name = _name(track).strip() or f"Track {number + 1}"
    texts = [marker.text for marker in _texts(track)]
    role = next((text.removeprefix(ROLE_TEXT) for text in texts if text.startswith(ROLE_TEXT)), None)
    end = min(track[-1].tick, end) if track else 0
    return [
        _channel_track(events, name if len(by_channel) == 1 else f"{name} {channel + 1}", role, end)
        for channel, events in sorted(by_channel.items())
    ]


def _channel_track(
    events: list[MidiEvent], name: str, role: str | None, end: int
) -> tuple[Track, Counter[str]]:  # fmt: skip
    """Make the track of one channel's messages."""
    is_drum = events[0].status & 0xF == DRUM_CHANNEL
    programs = [event.first for event in events if event.status >> 4 == PROGRAM]
    controls = [ControlChange(e.tick, e.first, e.second) for e in events if e.status >> 4 == CONTROL]
    rows, changes = _pair_notes(events, end)
    changes["pitch bends left out"] = sum(event.status >> 4 == BEND for event in events)
    changes["changes of instrument left out"] = len(programs) - len(programs[:1])
    changes["changes of volume or pan left out"] = sum(
        max(0, len({control.value for control in controls if control.controller == kind}) - 1) for kind in (VOLUME, PAN)
    )
    program = programs[0] if programs else 0
    return Track(
        name=name,
        role=role or guess_role(name, program, is_drum),
        program=program,
        notes=make_notes(rows),
        is_drum=is_drum,
        volume=next((control.value for control in controls if control.controller == VOLUME), 100),
        pan=next((control.value for control in controls if control.controller == PAN), 64),
        controls=tuple(control for control in controls if control.controller not in (VOLUME, PAN)),
    ), changes


def _pair_notes(events: list[MidiEvent], end: int) -> tuple[list[tuple[int, int, int, int]], Counter[str]]:
    """Match note ons with the offs that follow, first in first out; hanging ones end with the track.

    Drum pads and some programs let go in the tick of the stroke: such a note lasts a tick.
    """
    sounding: dict[int, deque[tuple[int, int]]] = {}
    rows, changes = [], Counter[str]()
    for tick, status, pitch, velocity, _ in events:
        if status >> 4 == NOTE_ON and velocity > 0:
            sounding.setdefault(pitch, deque()).append((tick, velocity))
        elif status >> 4 in (NOTE_ON, NOTE_OFF) and sounding.get(pitch):
            onset, struck = sounding[pitch].popleft()
            changes["notes without length made a tick long"] += tick == onset
            rows.append((onset, max(1, tick - onset), pitch, struck))
    for pitch, hanging in sounding.items():
        changes["notes without an end held to the end of their track"] += len(hanging)
        rows += [(onset, max(1, end - onset), pitch, struck) for onset, struck in hanging]
    return rows, changes


def guess_role(name: str, program: int, is_drum: bool) -> str:
    """Guess what a foreign track does from its name and program."""
    if is_drum:
        return "drums"
    for word, role in _ROLE_WORDS:
        if word in name.lower():
            return role
    return next((role for programs, role in _ROLE_PROGRAMS if program in programs), "chords")
