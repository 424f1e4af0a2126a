"""Loop points in MIDI files, in the dialects that players read.

There is no standard. Each dialect is a pair of events on the file's first track, at the
loop's first tick and at its last; ``None`` means that the end of the file is the loop's end.

=========  ==========================  ==========================  ====================================
dialect    start                       end                         read by
=========  ==========================  ==========================  ====================================
markers    marker ``loopStart``        marker ``loopEnd``          FF7 and HMI players, SpessaSynth, woof
cc111      controller 111, value 0     end of file                 RPG Maker, EasyRPG, libADLMIDI, woof
emidi      controller 118, value 0     controller 119, value 127   EMIDI and XMI players, woof
touhou     controller 2, value 0       controller 4, value 0       Touhou, SpessaSynth, foo_midi
descent    controller 110, value 0     controller 111, value 0     Descent and LeapFrog, libADLMIDI
=========  ==========================  ==========================  ====================================

A controller dialect excludes the others: to a player of ``descent`` the 111 of ``cc111`` is an
end, and SpessaSynth takes what it sees last. Markers go with any one of them. Controllers that some
player would take for a loop point are left out of the music itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import mido
import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.formats.midi import score_to_midi
from symbolic_music.games.cutting import chase_controls
from symbolic_music.song.score import Score, in_force

MARKERS = ("loopStart", "loopEnd")
# Dialect: (controller, value) at the start, and at the end.
CONTROLLERS: Mapping[str, tuple[tuple[int, int], tuple[int, int] | None]] = {
    "cc111": ((111, 0), None),
    "emidi": ((118, 0), (119, 127)),
    "touhou": ((2, 0), (4, 0)),
    "descent": ((110, 0), (111, 0)),
}
DIALECTS = ("markers", *CONTROLLERS)
# Breath, foot, and all that EMIDI, Descent and RPG Maker use.
RESERVED_CONTROLLERS = frozenset({2, 4, *range(110, 120)})

_FULL = 127
# Restated at the loop's start even where the music never moves them: players do not rewind.
_RESTATED = {1: 0, 11: _FULL, 64: 0}
_VOLUME, _PAN, _BANK, _BANK_LOW = 7, 10, 0, 32

_Timed = tuple[int, mido.Message | mido.MetaMessage]


def check_dialects(dialects: Sequence[str]) -> None:
    """Refuse dialects that are unknown or clash.

    Raises
    ------
    InputError
        Naming the dialects that there are, or the two that exclude each other.
    """
    unknown = [name for name in dialects if name not in DIALECTS]
    if unknown:
        raise InputError(f"loop dialect {unknown[0]!r} is not known; use {', '.join(DIALECTS)}")
    by_controller = [name for name in dict.fromkeys(dialects) if name in CONTROLLERS]
    if len(by_controller) > 1:
        raise InputError(
            f"loop dialects {by_controller[0]} and {by_controller[1]} clash: their controllers mean different things to"
            " one player; use one of them, with or without markers"
        )


def loop_midi(score: Score, loop_start: int, dialects: Iterable[str]) -> mido.MidiFile:
    """Build a MIDI file that loops from a tick to its end.

    Parameters
    ----------
    score : Score
        480 ticks a quarter, cut so that nothing sounds at its end.
    loop_start : int
        First tick of the loop, a bar line; 0 for a file that loops whole.
    dialects : iterable of str
        Names of `DIALECTS`.

    Returns
    -------
    mido.MidiFile
        Tempo, meter, key, and of every track bank, program, volume, pan, pitch bend,
        modulation, expression, sustain and all controllers that it uses are restated at the
        loop's start, after the loop mark: a player jumps without rewinding its state.
    """
    file = score_to_midi(without_reserved(score))
    tracks = [_timed(track) for track in file.tracks]
    restated = [_restated_maps(score, loop_start)] + [
        _restated_track(score, number, track, loop_start) for number, track in enumerate(tracks[1:])
    ]
    start_marks, end_marks = _marks(tuple(dialects))
    for number, (track, again) in enumerate(zip(tracks, restated, strict=True)):
        marks = start_marks if number == 0 else []
        merged = _insert(track, loop_start, marks, again)
        if number == 0:
            last = merged.pop()  # the end of the track stays behind the loop's end
            merged += [(last[0], mark) for mark in end_marks] + [last]
        file.tracks[number] = _untimed(merged)
    return file


def without_reserved(score: Score) -> Score:
    """Leave out the controllers that some player would take for a loop point."""
    return replace(score, tracks=tuple(
        replace(track, controls=tuple(c for c in track.controls if c.controller not in RESERVED_CONTROLLERS))
        for track in score.tracks
    ))  # fmt: skip


def _marks(dialects: tuple[str, ...]) -> tuple[list[mido.Message], list[mido.Message]]:
    """Make the events at the loop's start and at its end."""
    starts, ends = [], []
    if "markers" in dialects:
        starts.append(mido.MetaMessage("marker", text=MARKERS[0]))
        ends.append(mido.MetaMessage("marker", text=MARKERS[1]))
    for name in dialects:
        if name in CONTROLLERS:
            start, end = CONTROLLERS[name]
            starts.append(mido.Message("control_change", channel=0, control=start[0], value=start[1]))
            if end is not None:
                ends.append(mido.Message("control_change", channel=0, control=end[0], value=end[1]))
    return starts, ends


def _insert(track: list[_Timed], tick: int, marks: list[mido.Message], again: list[mido.Message]) -> list[_Timed]:
    """Put marks before everything at a tick, and the restated state after the note offs there."""
    before = [event for event in track if event[0] < tick]
    after = [event for event in track if event[0] >= tick]
    n_offs = 0
    if tick > 0:
        while n_offs < len(after) and after[n_offs][0] == tick and after[n_offs][1].type == "note_off":
            n_offs += 1
    names = n_offs
    while tick == 0 and names < len(after) and after[names][1].type in ("track_name", "text"):
        names += 1
    inserted = [(tick, message) for message in (*marks, *again)]
    return before + after[:names] + inserted + after[names:]


def _restated_maps(score: Score, tick: int) -> list[mido.Message]:
    """Say tempo, time signature and key again; at tick 0 the file says them itself."""
    if tick == 0:
        return []
    tempo = in_force(score.tempos, tick, score.tempos[0])
    meter = in_force(score.meters, tick, score.meters[0]).meter
    again = [
        mido.MetaMessage("set_tempo", tempo=round(60_000_000 / tempo.qpm)),
        mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit),
    ]
    stated = in_force(score.keys, tick, None)
    if stated is not None:
        key = stated.key
        again.append(mido.MetaMessage("key_signature", key=key.tonic + ("m" if key.mode == "minor" else "")))
    return again


def _restated_track(score: Score, number: int, events: list[_Timed], tick: int) -> list[mido.Message]:
    """Say a track's program and controllers again; nothing for the track of chord symbols."""
    if number >= len(score.tracks):
        return []
    track = score.tracks[number]
    channel = next(message.channel for _, message in events if message.type == "program_change")
    values = _RESTATED | chase_controls(track.controls, tick)
    banks = {_BANK: values.pop(_BANK, 0), _BANK_LOW: values.pop(_BANK_LOW, 0)}
    values = {_VOLUME: track.volume, _PAN: track.pan} | values
    controls = [
        mido.Message("control_change", channel=channel, control=controller, value=value)
        for controller, value in [*banks.items(), *sorted(values.items())]
        if controller not in RESERVED_CONTROLLERS
    ]
    program = mido.Message("program_change", channel=channel, program=track.program)
    bend = mido.Message("pitchwheel", channel=channel, pitch=0)
    return [*controls[:2], program, *controls[2:], bend]


def _timed(track: mido.MidiTrack) -> list[_Timed]:
    """Turn waits into ticks from the start."""
    ticks = np.cumsum([message.time for message in track]).tolist()
    return list(zip(ticks, track, strict=True))


def _untimed(events: list[_Timed]) -> mido.MidiTrack:
    """Turn ticks into waits."""
    track, now = mido.MidiTrack(), 0
    for tick, message in events:
        message.time = tick - now
        track.append(message)
        now = tick
    return track
