"""Standard MIDI files: a ``Score`` out, and back in.

The file's contract: type 1, 480 ticks to the quarter; track 0 has the song's
name, tempo, time and key signatures and a marker per section; every other
track has a name, its own channel, program, volume and pan set once at its
start; drums are on channel 10 (index 9); no zero-length, hanging or overlapping
same-pitch notes; a "Chords" track without notes has the chord symbols as text
events; every track ends on the last bar line. A track's role is a text event.

mido reads as well as writes: symusic is faster but drops the song's name,
tracks without notes and their texts, which a round trip needs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import mido
import numpy as np

from symbolic_music.errors import FileFormatError, InputError, SymbolicMusicError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.song.notes import NOTE_DTYPE, make_notes
from symbolic_music.song.score import (
    ControlChange,
    KeyChange,
    Marker,
    MeterChange,
    Score,
    TempoChange,
    Track,
)  # fmt: skip
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter

MIDI_TPQ = 480
DRUM_CHANNEL = 9
CHORDS_TRACK = "Chords"
VOLUME, PAN = 7, 10
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
_ROLE_TEXT = "role: "
# Roles of foreign tracks by a word in their name, then by General MIDI program.
_ROLE_WORDS = (
    ("bass", "bass"), ("melody", "melody"), ("vocal", "melody"), ("lead", "melody"), ("voice", "melody"),
    ("pad", "pad"), ("string", "pad"),
)  # fmt: skip
_ROLE_PROGRAMS = ((range(32, 40), "bass"), (range(48, 55), "pad"), (range(88, 96), "pad"))

# (tick, rank at that tick, message); rank: 0 metas and setup, 1 note off, 2 controls, 3 note on.
_Event = tuple[int, int, mido.Message | mido.MetaMessage]
_TimedMessage = tuple[int, mido.Message | mido.MetaMessage]
_Change = TypeVar("_Change", MeterChange, TempoChange)


def write_midi(score: Score, path: str | Path) -> None:
    """Write a score as a type 1 MIDI file.

    Parameters
    ----------
    score : Score
        Any ``tpq``; ticks are converted to 480 a quarter. Notes that would
        overlap on one pitch or ring past the end are cut, empty ones left out.
    path : str or Path
        The file; replaced whole or not at all.

    Raises
    ------
    InputError
        If the score does not fit a MIDI file: more than 15 melodic tracks or
        one of drums, unnamed tracks, values out of range, notes outside it.
    OutputError
        If the file cannot be written.
    """
    song = score_to_midi(score)
    with atomic_path(path) as temporary:
        song.save(str(temporary))


def score_to_midi(score: Score) -> mido.MidiFile:
    """Build the MIDI file of a score in memory; see `write_midi`."""
    end = _last_bar_line(score)
    channels = assign_channels(score.tracks)
    song = mido.MidiFile(type=1, ticks_per_beat=MIDI_TPQ, charset="utf-8")
    song.tracks.append(_delta_track(_conductor_events(score), end))
    for track, channel in zip(score.tracks, channels, strict=True):
        song.tracks.append(_delta_track(_track_events(track, channel, score, end), end))
    song.tracks.append(_delta_track(_chord_events(score), end))
    return song


def assign_channels(tracks: Sequence[Track]) -> tuple[int, ...]:
    """Give every track its channel, 0 to 15: drums 9, the others in order.

    Raises
    ------
    InputError
        If there are more than 15 melodic tracks or more than one of drums.
    """
    drums = [track.name for track in tracks if track.is_drum]
    n_melodic = len(tracks) - len(drums)
    if n_melodic > len(_MELODIC_CHANNELS):
        raise InputError(f"the score has {n_melodic} melodic tracks; MIDI has channels for at most 15")
    if len(drums) > 1:
        raise InputError(f"tracks {', '.join(drums)} are all drums; MIDI has one channel for drums: join them")
    melodic = iter(_MELODIC_CHANNELS)
    return tuple(DRUM_CHANNEL if track.is_drum else next(melodic) for track in tracks)


def clean_notes(notes: np.ndarray, end_tick: int) -> np.ndarray:
    """Cut notes at the next onset of their pitch and at the end; leave out empty ones.

    Parameters
    ----------
    notes : NOTE_DTYPE array
        In any order.
    end_tick : int
        The last bar line, in the notes' ticks.

    Returns
    -------
    NOTE_DTYPE array
        Sorted by onset and pitch. Of notes with the same onset and pitch, the
        longest stays.
    """
    ordered = np.sort(notes, order=["pitch", "onset_tick", "duration_tick"])
    ends = np.minimum(ordered["onset_tick"] + ordered["duration_tick"], end_tick)
    same_pitch = ordered["pitch"][:-1] == ordered["pitch"][1:]
    # A zero-length note must not cut the one before it, but it goes away anyway; drop it first.
    alive = ends > ordered["onset_tick"]
    if not alive.all():
        return clean_notes(ordered[alive], end_tick)
    ends[:-1] = np.where(same_pitch, np.minimum(ends[:-1], ordered["onset_tick"][1:]), ends[:-1])
    ordered["duration_tick"] = ends - ordered["onset_tick"]
    return np.sort(ordered[ordered["duration_tick"] > 0], order=["onset_tick", "pitch"])


def _to_midi_tick(tick: int, tpq: int) -> int:
    """Convert a score's tick to 480 a quarter."""
    return round(tick * MIDI_TPQ / tpq)


def _last_bar_line(score: Score) -> int:
    """Find the bar line at or after the score's end, in MIDI ticks."""
    if not any(change.tick == 0 for change in score.tempos) or not any(c.tick == 0 for c in score.meters):
        raise InputError(f"{score.title}: the score needs a tempo and a meter at tick 0")
    return _bar_line_from(_to_midi_tick(score.end_tick, score.tpq), _midi_meters(score), MIDI_TPQ)


def _midi_meters(score: Score) -> list[MeterChange]:
    """List the meters at MIDI ticks, in order."""
    changes = [MeterChange(_to_midi_tick(change.tick, score.tpq), change.meter) for change in score.meters]
    return sorted(changes, key=lambda change: change.tick)


def _bar_line_from(tick: int, meters: Sequence[MeterChange], tpq: int) -> int:
    """Find the first bar line at or after a tick."""
    start, meter = 0, Meter(4, 4)
    for change in meters:
        if change.tick <= tick:
            start, meter = change.tick, change.meter
    bar = meter.beats * tpq * 4 // meter.unit
    return start + -(-(tick - start) // bar) * bar


def _conductor_events(score: Score) -> list[_Event]:
    """Make track 0: name, meters, keys, tempos, markers."""
    metas: list[tuple[int, mido.MetaMessage]] = [(0, mido.MetaMessage("track_name", name=score.title))]
    for change in score.meters:
        clocks = 36 if change.meter.is_compound else 96 // change.meter.unit
        metas.append((change.tick, mido.MetaMessage(
            "time_signature", numerator=change.meter.beats, denominator=change.meter.unit, clocks_per_click=clocks,
        )))  # fmt: skip
    for key in score.keys:
        name = key.key.tonic + ("m" if key.key.mode == "minor" else "")
        metas.append((key.tick, mido.MetaMessage("key_signature", key=name)))
    for tempo in score.tempos:
        if not 4 <= tempo.qpm <= 60_000_000:
            raise InputError(f"{score.title}: tempo {tempo.qpm} is not possible; use 4 or more quarters a minute")
        metas.append((tempo.tick, mido.MetaMessage("set_tempo", tempo=round(60_000_000 / tempo.qpm))))
    metas += [(marker.tick, mido.MetaMessage("marker", text=marker.text)) for marker in score.markers]
    return [(_to_midi_tick(tick, score.tpq), 0, meta) for tick, meta in metas]


def _chord_events(score: Score) -> list[_Event]:
    """Make the track without notes that has the chord symbols."""
    events: list[_Event] = [(0, 0, mido.MetaMessage("track_name", name=CHORDS_TRACK))]
    for symbol in score.chord_symbols:
        events.append((_to_midi_tick(symbol.tick, score.tpq), 0, mido.MetaMessage("text", text=symbol.text)))
    return events


def _track_events(track: Track, channel: int, score: Score, end: int) -> list[_Event]:
    """Make one track: set-up, controls, notes."""
    _check_track(track, score)
    setup = [
        mido.MetaMessage("track_name", name=track.name),
        mido.MetaMessage("text", text=_ROLE_TEXT + track.role),
        mido.Message("program_change", channel=channel, program=track.program),
        mido.Message("control_change", channel=channel, control=VOLUME, value=track.volume),
        mido.Message("control_change", channel=channel, control=PAN, value=track.pan),
    ]
    events: list[_Event] = [(0, 0, message) for message in setup]
    for control in track.controls:
        tick = min(_to_midi_tick(control.tick, score.tpq), end)
        events.append((tick, 2, mido.Message(
            "control_change", channel=channel, control=control.controller, value=control.value,
        )))  # fmt: skip
    for onset, duration, pitch, velocity in clean_notes(_notes_at_480(track.notes, score.tpq), end).tolist():
        on = mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)
        events.append((onset, 3, on))
        events.append((onset + duration, 1, mido.Message("note_off", channel=channel, note=pitch, velocity=64)))
    return events


def _notes_at_480(notes: np.ndarray, tpq: int) -> np.ndarray:
    """Convert note times to 480 ticks a quarter, ends rounded like onsets."""
    moved = np.array(notes, dtype=NOTE_DTYPE)
    onsets = np.rint(notes["onset_tick"].astype(np.float64) * MIDI_TPQ / tpq)
    ends = np.rint((notes["onset_tick"].astype(np.float64) + notes["duration_tick"]) * MIDI_TPQ / tpq)
    moved["onset_tick"], moved["duration_tick"] = onsets, ends - onsets
    return moved


def _check_track(track: Track, score: Score) -> None:
    """Refuse what MIDI cannot hold."""
    where = f"track {track.name!r}"
    if not track.name.strip():
        raise InputError(f"{score.title}: a track has no name; every track needs one")
    numbers = [("program", track.program), ("volume", track.volume), ("pan", track.pan)]
    for control in track.controls:
        numbers += [("controller", control.controller), (f"controller {control.controller} value", control.value)]
        if control.controller in (VOLUME, PAN):
            raise InputError(f"{where}: volume and pan are set once, by the track; use controller 11 for changes")
        if control.tick < 0:
            raise InputError(f"{where}: a control change at tick {control.tick} lies before the start")
    notes = track.notes
    if len(notes):
        numbers += [("pitch", int(notes["pitch"].max())), ("velocity", int(notes["velocity"].max()))]
        if notes["velocity"].min() < 1:
            raise InputError(f"{where}: a note has velocity 0; use 1 to 127")
        first, last = int(notes["onset_tick"].min()), int(notes["onset_tick"].max())
        if first < 0 or last >= score.end_tick:
            tick = first if first < 0 else last
            raise InputError(f"{where}: a note at tick {tick} lies outside the song's 0 to {score.end_tick}")
    for what, value in numbers:
        if not 0 <= value <= 127:
            raise InputError(f"{where}: {what} {value} is not possible in MIDI; use 0 to 127")


def _delta_track(events: Iterable[_Event], end: int) -> mido.MidiTrack:
    """Order events, turn ticks into waits, end on the last bar line."""
    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        tick = min(tick, end)
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track


def read_midi(path: str | Path) -> Score:
    """Read a MIDI file of type 0 or 1 as a score.

    What `write_midi` wrote comes back with the same note tables. Tracks of
    other programs are split by channel; volume and pan are the first ones set;
    the end is the bar line after the last event.

    Returns
    -------
    Score
        Its ``tpq`` is the file's.

    Raises
    ------
    FileFormatError
        If the file is missing, broken or not MIDI.
    """
    path = Path(path)
    song = _load(path)
    if song.type == 2 or song.ticks_per_beat <= 0:
        raise FileFormatError(f"{path}: MIDI of type 2 or in film time is not supported; use type 0 or 1 in quarters")
    timed = [_absolute(track) for track in song.tracks]
    metas = [event for track in timed for event in track if event[1].is_meta]
    meters = [MeterChange(t, Meter(m.numerator, m.denominator)) for t, m in metas if m.type == "time_signature"]
    tempos = [TempoChange(t, _tempo_to_qpm(m.tempo)) for t, m in metas if m.type == "set_tempo"]
    meters = _from_start(meters, MeterChange(0, Meter(4, 4)))
    last = max((track[-1][0] for track in timed if track), default=0)
    _check_times(path, meters, last, song.ticks_per_beat)
    tracks = [split for number, track in enumerate(timed) for split in _split_track(track, number)]
    return Score(
        title=_name(timed[0]) if timed and not _has_notes(timed[0]) else path.stem,
        tpq=song.ticks_per_beat,
        end_tick=_bar_line_from(last, meters, song.ticks_per_beat),
        tracks=tuple(tracks),
        tempos=tuple(_from_start(tempos, TempoChange(0, 120.0))),
        meters=tuple(meters),
        keys=tuple(KeyChange(t, parse_key(m.key)) for t, m in metas if m.type == "key_signature"),
        markers=tuple(Marker(t, _text(m.text)) for t, m in metas if m.type == "marker"),
        chord_symbols=tuple(symbol for track in timed for symbol in _chord_symbols(track)),
    )


def _load(path: Path) -> mido.MidiFile:
    """Parse a file, refusing what is not MIDI in one line."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except OSError as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure.strerror}") from None
    if head != b"MThd":
        raise FileFormatError(f"{path}: not a MIDI file; it starts with {head!r} where MIDI has b'MThd'")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mido.MidiFile(str(path), clip=True)
    except SymbolicMusicError:
        raise
    except Exception as failure:  # mido lets any kind of error through, by what is broken
        reason = " ".join(str(failure).split()) or "the file ends too early"
        raise FileFormatError(f"{path}: broken MIDI file: {reason}") from None


def _check_times(path: Path, meters: Sequence[MeterChange], last: int, tpq: int) -> None:
    """Refuse bars without length and times that no song has."""
    for change in meters:
        if change.meter.beats * tpq * 4 // change.meter.unit < 1:
            raise FileFormatError(f"{path}: broken MIDI file: time signature {change.meter} has no length")
    if last >= 2**31:
        raise FileFormatError(f"{path}: broken MIDI file: it ends at tick {last}; use less than {2**31}")


def _absolute(track: mido.MidiTrack) -> list[_TimedMessage]:
    """Turn waits into ticks from the start."""
    events, now = [], 0
    for message in track:
        now += message.time
        events.append((now, message))
    return events


def _tempo_to_qpm(microseconds: int) -> float:
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


def _text(text: str) -> str:
    """Read a text as UTF-8 if it is that; mido gives Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _name(track: list[_TimedMessage]) -> str:
    """Find a track's name."""
    return next((_text(message.name) for _, message in track if message.type == "track_name"), "")


def _has_notes(track: list[_TimedMessage]) -> bool:
    """Tell whether a track has messages on a channel."""
    return any(not message.is_meta and hasattr(message, "channel") for _, message in track)


def _chord_symbols(track: list[_TimedMessage]) -> list[Marker]:
    """List the texts of a "Chords" track without notes."""
    if _name(track) != CHORDS_TRACK or _has_notes(track):
        return []
    return [Marker(tick, _text(message.text)) for tick, message in track if message.type == "text"]


def _split_track(track: list[_TimedMessage], number: int) -> list[Track]:
    """Make one score track for each channel that a file's track uses."""
    by_channel: dict[int, list[_TimedMessage]] = {}
    for tick, message in track:
        if not message.is_meta and hasattr(message, "channel"):
            by_channel.setdefault(message.channel, []).append((tick, message))
    name = _name(track) or f"Track {number + 1}"
    texts = [_text(message.text) for _, message in track if message.type == "text"]
    role = next((text.removeprefix(_ROLE_TEXT) for text in texts if text.startswith(_ROLE_TEXT)), None)
    end = track[-1][0] if track else 0
    return [
        _channel_track(events, name if len(by_channel) == 1 else f"{name} {channel + 1}", role, end)
        for channel, events in sorted(by_channel.items())
    ]


def _channel_track(events: list[_TimedMessage], name: str, role: str | None, end: int) -> Track:
    """Make the track of one channel's messages."""
    is_drum = events[0][1].channel == DRUM_CHANNEL
    program = next((message.program for _, message in events if message.type == "program_change"), 0)
    controls = [
        ControlChange(tick, message.control, message.value)
        for tick, message in events if message.type == "control_change"
    ]  # fmt: skip
    return Track(
        name=name,
        role=role or _guess_role(name, program, is_drum),
        program=program,
        notes=_pair_notes(events, end),
        is_drum=is_drum,
        volume=next((control.value for control in controls if control.controller == VOLUME), 100),
        pan=next((control.value for control in controls if control.controller == PAN), 64),
        controls=tuple(control for control in controls if control.controller not in (VOLUME, PAN)),
    )


def _pair_notes(events: list[_TimedMessage], end: int) -> np.ndarray:
    """Match note ons with the offs that follow, first in first out; hanging ones end with the track."""
    sounding: dict[int, list[tuple[int, int]]] = {}
    rows = []
    for tick, message in events:
        if message.type == "note_on" and message.velocity > 0:
            sounding.setdefault(message.note, []).append((tick, message.velocity))
        elif message.type in ("note_on", "note_off") and sounding.get(message.note):
            onset, velocity = sounding[message.note].pop(0)
            rows.append((onset, tick - onset, message.note, velocity))
    for pitch, hanging in sounding.items():
        rows += [(onset, end - onset, pitch, velocity) for onset, velocity in hanging]
    return make_notes(row for row in rows if row[1] > 0)


def _guess_role(name: str, program: int, is_drum: bool) -> str:
    """Guess what a foreign track does from its name and program."""
    if is_drum:
        return "drums"
    for word, role in _ROLE_WORDS:
        if word in name.lower():
            return role
    return next((role for programs, role in _ROLE_PROGRAMS if program in programs), "chords")
