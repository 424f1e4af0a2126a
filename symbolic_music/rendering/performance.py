"""What the synthesizer is told and when: events at sample numbers, of a score or of any MIDI file.

A file's events are played as they stand, not by way of a score, so that pitch
bends, program changes on the way, aftertouch and shared channels are heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.formats.midi import DRUM_CHANNEL, PAN, VOLUME, clean_notes
from symbolic_music.formats.midi_file import META, SYSEX, MidiEvent, MidiFile, load_midi_file
from symbolic_music.formats.midi_reader import tempo_to_qpm
from symbolic_music.song.score import Score, Track

# Kinds of events: the high half of MIDI's status byte, what a system exclusive message
# says, and letting go of everything at the end.
OFF, ON, KEY_PRESSURE, CONTROL, PROGRAM, PRESSURE, BEND = range(0x8, 0xF)
DRUMS, XG, RELEASE = 0x10, 0x11, 0x12
BANK, BANK_FINE = 0, 32
_N_CHANNELS, _MAX_PORTS = 16, 16
_PORT_META, _NAME_META = 0x21, 0x03
_XG_ON = bytes((0x43, 0x10, 0x4C, 0, 0, 0x7E, 0))
# After the last note, a file's end is believed only so far: some end hours later by mistake.
_LONGEST_REST_SEC = 10.0


class Event(NamedTuple):
    """One thing to tell: ``kind`` as above, ``channel`` 0 to 255, two values."""

    sample: int
    kind: int
    channel: int
    first: int
    second: int


@dataclass(frozen=True)
class Part:
    """Channels that belong together, to be heard alone as a stem."""

    name: str
    channels: frozenset[int]


@dataclass(frozen=True)
class Performance:
    """All events in order, the length without the tail, and the parts."""

    events: list[Event]
    n_samples: int
    n_channels: int
    drum_channels: frozenset[int]
    parts: tuple[Part, ...]


class Clock:
    """Ticks to samples through a tempo map of (tick, quarters a minute), the first at tick 0."""

    def __init__(self, tempos: Iterable[tuple[int, float]], tpq: int, sample_rate: int) -> None:
        changes = sorted(tempos, key=lambda change: change[0])
        self._ticks = np.array([tick for tick, _ in changes], dtype=np.float64)
        self._per_tick = np.array([60 / qpm / tpq for _, qpm in changes]) * sample_rate
        self._starts = np.concatenate([[0.0], np.cumsum(np.diff(self._ticks) * self._per_tick[:-1])])

    def samples(self, ticks: np.ndarray) -> np.ndarray:
        """Convert ticks, shape (n,), to sample numbers, shape (n,)."""
        spans = np.maximum(np.searchsorted(self._ticks, ticks, side="right") - 1, 0)
        exact = self._starts[spans] + (ticks - self._ticks[spans]) * self._per_tick[spans]
        rounded: np.ndarray = np.rint(np.minimum(exact, 2.0**62)).astype(np.int64)
        return rounded

    def sample(self, tick: int) -> int:
        """Convert one tick to a sample number."""
        return int(self.samples(np.array([tick], dtype=np.float64))[0])


def perform_score(score: Score, sample_rate: int, max_sec: float) -> Performance:
    """List what a score tells the synthesizer; tracks beyond 16 get channels beyond.

    Raises
    ------
    InputError
        If it lasts longer than ``max_sec``.
    """
    clock = Clock([(change.tick, change.qpm) for change in score.tempos], score.tpq, sample_rate)
    n_samples = clock.sample(score.end_tick)
    _check_length(score.title, n_samples, sample_rate, max_sec)
    channels = _channels(score.tracks)
    events: list[Event] = []
    for track, channel in zip(score.tracks, channels, strict=True):
        events += _track_events(track, channel, score.end_tick, clock)
    events.sort(key=lambda event: event.sample)
    drums = frozenset(channel for channel in channels if channel % _N_CHANNELS == DRUM_CHANNEL)
    parts = [Part(track.name, frozenset([channel])) for track, channel in zip(score.tracks, channels, strict=True)]
    return Performance(events, n_samples, _round_up(max(channels, default=0) + 1), drums, tuple(parts))


def _channels(tracks: Sequence[Track]) -> list[int]:
    """Give every track a channel: drums the tenth of each sixteen, the others the rest."""
    drums = iter(range(DRUM_CHANNEL, 256, _N_CHANNELS))
    melodic = (channel for channel in range(256) if channel % _N_CHANNELS != DRUM_CHANNEL)
    try:
        return [next(drums) if track.is_drum else next(melodic) for track in tracks]
    except StopIteration:
        limit = "use at most 240, and 16 of drums"
        raise InputError(f"{len(tracks)} tracks are too many to play at once; {limit}") from None


def _track_events(track: Track, channel: int, end_tick: int, clock: Clock) -> list[Event]:
    """List one track's events, in the order in which a file of ours has them."""
    notes = clean_notes(np.array(track.notes), end_tick)
    ranked = [(0, 0, PROGRAM, track.program, 0), (0, 0, CONTROL, VOLUME, track.volume), (0, 0, CONTROL, PAN, track.pan)]
    for control in track.controls:
        ranked.append((min(control.tick, end_tick), 2, CONTROL, control.controller, control.value))
    for onset, duration, pitch, velocity in notes.tolist():
        ranked.append((onset, 3, ON, pitch, velocity))
        ranked.append((onset + duration, 1, OFF, pitch, 64))
    ranked.sort(key=lambda row: row[:2])
    samples = clock.samples(np.array([row[0] for row in ranked], dtype=np.float64)).tolist()
    return [Event(sample, row[2], channel, row[3], row[4]) for sample, row in zip(samples, ranked, strict=True)]


def perform_file(path: str | Path, sample_rate: int, max_sec: float) -> Performance:
    """List what a MIDI file tells the synthesizer, as it stands.

    Raises
    ------
    FileFormatError
        If the file cannot be read.
    InputError
        If it lasts longer than ``max_sec``.
    """
    song = load_midi_file(path)
    clock = Clock([(tick, tempo_to_qpm(tempo)) for tick, tempo in song.tempos()], song.tpq, sample_rate)
    ports = _ports(song)
    timed: list[tuple[int, int, int, int, int]] = []
    names: dict[int, str] = {}
    for track, port in zip(song.tracks, ports, strict=True):
        rows = list(_channel_rows(track, port))
        timed += rows
        for row in rows:
            if row[1] == ON and row[2] not in names:
                names[row[2]] = _track_name(track)
    timed.sort(key=lambda row: row[0])
    samples = clock.samples(np.array([row[0] for row in timed], dtype=np.float64)).tolist()
    last_sound = samples[-1] if samples else 0
    n_samples = min(clock.sample(song.end_tick), last_sound + round(_LONGEST_REST_SEC * sample_rate))
    _check_length(str(path), n_samples, sample_rate, max_sec)
    events = [Event(sample, *row[1:]) for sample, row in zip(samples, timed, strict=True)]
    n_channels = _N_CHANNELS * (max(ports, default=0) + 1)
    drums = frozenset(range(DRUM_CHANNEL, n_channels, _N_CHANNELS))
    return Performance(events, n_samples, n_channels, drums, _file_parts(names, drums))


def _ports(song: MidiFile) -> list[int]:
    """Find each track's port, 0 to 15: some files reach more than 16 channels so."""
    stated = [
        next((event.data[0] for event in track if event.first == _PORT_META and event.is_meta and event.data), 0)
        for track in song.tracks
    ]
    ranks = {port: rank % _MAX_PORTS for rank, port in enumerate(sorted(set(stated)))}
    return [ranks[port] for port in stated]


def _channel_rows(track: Sequence[MidiEvent], port: int) -> Iterable[tuple[int, int, int, int, int]]:
    """List (tick, kind, channel, first, second) of what a track plays."""
    base = port * _N_CHANNELS
    for tick, status, first, second, data in track:
        if status < SYSEX:
            kind = status >> 4
            if kind == ON and second == 0:
                kind = OFF
            # Omni and mono modes (124 to 127) would join channels; no file needs them.
            if kind != CONTROL or first < 124:
                yield tick, kind, base + (status & 0xF), first, second
        elif status == SYSEX:
            if data[:7] == _XG_ON:
                yield tick, XG, base, 0, 0
            elif len(data) >= 8 and data[0] == 0x41 and data[2:5] == b"\x42\x12\x40" and data[6] == 0x15:
                # Roland GS "use for rhythm part": part 0 is channel 10, 1 to 9 and 10 to 15 the others in order.
                part = data[5] & 0xF
                channel = DRUM_CHANNEL if part == 0 else part - 1 if part <= 9 else part
                yield tick, DRUMS, base + channel, int(data[7] != 0), 0


def _track_name(track: Sequence[MidiEvent]) -> str:
    """Find a track's name."""
    for event in track:
        if event.status == META and event.first == _NAME_META:
            return event.data.decode("utf-8", "replace").strip("\0 ")
    return ""


def _file_parts(names: dict[int, str], drums: frozenset[int]) -> tuple[Part, ...]:
    """Make one part of each channel that plays, named by the first track on it."""
    parts = []
    for channel, name in sorted(names.items()):
        fallback = "Drums" if channel in drums else f"Channel {channel + 1}"
        parts.append(Part(name or fallback, frozenset([channel])))
    return tuple(parts)


def _check_length(where: str, n_samples: int, sample_rate: int, max_sec: float) -> None:
    """Refuse music that would fill the disk."""
    if n_samples > max_sec * sample_rate:
        lasts, most = n_samples / sample_rate / 3600, max_sec / 3600
        raise InputError(f"{where}: it lasts {lasts:.3g} hours; at most {most:.3g} hours are rendered at once")


def _round_up(n_channels: int) -> int:
    """Round up to whole sixteens, as the synthesizer wants it."""
    return -(-n_channels // _N_CHANNELS) * _N_CHANNELS
