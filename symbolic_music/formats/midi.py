"""Standard MIDI files: a ``Score`` out, and back in.

The file's contract: type 1, 480 ticks to the quarter; track 0 has the song's
name, tempo, time and key signatures and a marker per section; every other
track has a name, its own channel, program, volume and pan set once at its
start; drums are on channel 10 (index 9); no zero-length, hanging or overlapping
same-pitch notes; a "Chords" track without notes has the chord symbols as text
events; every track ends on the last bar line. A track's role is a text event;
the melody's words are lyric events, a syllable each (RP-017).

mido writes; the reader is our own (`symbolic_music.formats.midi_reader`), since
files of any program come in and broken ones must be refused, not crash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import mido
import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.midi_reader import (
    CHORDS_TRACK,
    DRUM_CHANNEL,
    PAN,
    ROLE_TEXT,
    VOLUME,
    bar_line_from,
    read_midi,
)  # fmt: skip
from symbolic_music.song.lyrics import Syllable, of_verse, settle
from symbolic_music.song.notes import NOTE_DTYPE
from symbolic_music.song.score import MeterChange, Score, SmpteStart, Track, singer

__all__ = [
    "CHORDS_TRACK", "DRUM_CHANNEL", "MIDI_TPQ", "PAN", "VOLUME", "assign_channels", "clean_notes", "read_midi",
    "score_to_midi", "write_midi",
]  # fmt: skip

MIDI_TPQ = 480
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
MOST_MELODIC_TRACKS = len(_MELODIC_CHANNELS)
# (tick, rank at that tick, message); rank: 0 metas and setup, 1 note off, 2 controls, 3 note on.
_Event = tuple[int, int, mido.Message | mido.MetaMessage]


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
        words = _lyric_events(track, score) if track is singer(score) else []
        song.tracks.append(_delta_track([*_track_events(track, channel, score, end), *words], end))
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
    return bar_line_from(_to_midi_tick(score.end_tick, score.tpq), _midi_meters(score), MIDI_TPQ)


def _midi_meters(score: Score) -> list[MeterChange]:
    """List the meters at MIDI ticks, in order."""
    changes = [MeterChange(_to_midi_tick(change.tick, score.tpq), change.meter) for change in score.meters]
    return sorted(changes, key=lambda change: change.tick)


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
    metas += [(point.tick, mido.MetaMessage("cue_marker", text=point.text)) for point in score.cue_points]
    if score.smpte is not None:
        metas.insert(0, (0, _smpte_offset(score.smpte)))
    return [(_to_midi_tick(tick, score.tpq), 0, meta) for tick, meta in metas]


def _smpte_offset(start: SmpteStart) -> mido.MetaMessage:
    """Say the time code of the first tick; 29.97 is the rate that drops frames."""
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", start.time_code))
    return mido.MetaMessage(
        "smpte_offset", frame_rate=start.frame_rate, hours=hours, minutes=minutes, seconds=seconds, frames=frames,
    )  # fmt: skip


def _chord_events(score: Score) -> list[_Event]:
    """Make the track without notes that has the chord symbols."""
    events: list[_Event] = [(0, 0, mido.MetaMessage("track_name", name=CHORDS_TRACK))]
    for symbol in score.chord_symbols:
        events.append((_to_midi_tick(symbol.tick, score.tpq), 0, mido.MetaMessage("text", text=symbol.text)))
    return events


def _lyric_events(track: Track, score: Score) -> list[_Event]:
    """Make the words of the track that sings, at its notes; a space ends a word, a line end a line (RP-017)."""
    reach = score.tpq / 4
    return [
        (_to_midi_tick(syllable.tick, score.tpq), 2,
         mido.MetaMessage("lyrics", text=syllable.text + _end_of(syllable)))
        for syllable in settle(of_verse(score.lyrics), track.notes["onset_tick"], reach)
    ]  # fmt: skip


def _end_of(syllable: Syllable) -> str:
    """What ends a word, or a line."""
    return "" if syllable.goes_on else "\r" if syllable.ends_line else " "


def _track_events(track: Track, channel: int, score: Score, end: int) -> list[_Event]:
    """Make one track: set-up, controls, notes."""
    _check_track(track, score)
    setup = [
        mido.MetaMessage("track_name", name=track.name),
        mido.MetaMessage("text", text=ROLE_TEXT + track.role),
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
        # Their numbers were checked all at once; mido would check each of them again.
        on = mido.Message("note_on", True, channel=channel, note=pitch, velocity=velocity)
        off = mido.Message("note_off", True, channel=channel, note=pitch, velocity=64)
        events += [(onset, 3, on), (onset + duration, 1, off)]
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
        # A number that is right; mido would check it, and check the message again when it is copied.
        vars(message)["time"] = tick - now
        track.append(message)
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track
