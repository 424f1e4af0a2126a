"""A small song with everything that makes looping hard, and players that follow loop marks in MIDI files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import mido

from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import ControlChange, KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter

BAR = 1920
CHORDS = ("C", "Am", "F", "G7", "C", "Dm7", "G7", "C")
ROOTS = (48, 45, 41, 43, 48, 50, 43, 48)
VOICINGS = {"C": (60, 64, 67), "Am": (57, 60, 64), "F": (57, 60, 65), "G7": (59, 62, 65), "Dm7": (57, 60, 62)}
SCALE = (64, 65, 67, 69, 71, 72, 74, 76)
PEDAL, EXPRESSION, BREATH = 64, 11, 2


def make_game_song(qpm: float = 126.7, key: str = "C major") -> Score:
    """Intro 1 bar, verse 3, chorus 3, outro 1; early downbeats, notes over every bar line, pedal never quite up."""
    melody = [(bar * BAR + beat * 480 - (17 if beat == 0 and bar else 0), 470, SCALE[(bar + beat) % 8], 90)
              for bar in range(8) for beat in range(4)]  # fmt: skip
    chords = [(bar * BAR, BAR + 300, pitch, 70) for bar in range(8) for pitch in VOICINGS[CHORDS[bar]]]
    bass = [(bar * BAR + beat * 960, 1000, ROOTS[bar] - 12, 85) for bar in range(8) for beat in range(2)]
    drums = [(tick, 60, 36 if tick % 960 == 0 else 42, 100) for tick in range(0, 8 * BAR, 240)]
    last = 8 * BAR
    fit = lambda rows: make_notes((on, min(length, last - on), pitch, velocity) for on, length, pitch, velocity in rows)  # noqa: E731
    pedal = tuple(ControlChange(bar * BAR + 40, PEDAL, 127) for bar in range(8))
    swell = tuple(ControlChange(bar * BAR + 960, EXPRESSION, 60 + 8 * bar) for bar in range(8))
    clash = (ControlChange(3 * BAR, BREATH, 0), ControlChange(3 * BAR, 111, 5))
    tracks = (
        Track("Melody", "melody", 73, fit(melody), volume=110, controls=clash),
        Track("Piano", "chords", 0, fit(chords), volume=90, pan=50, controls=pedal),
        Track("Bass", "bass", 33, fit(bass), controls=swell),
        Track("Drums", "drums", 0, fit(drums), is_drum=True),
    )
    names = ((0, "Intro 1"), (1, "Verse 1"), (4, "Chorus 1"), (7, "Outro 1"))
    markers = tuple(Marker(bar * BAR, name) for bar, name in names)
    symbols = tuple(Marker(bar * BAR, symbol) for bar, symbol in enumerate(CHORDS))
    # The song slows down at its end, as ballads do.
    tempos = (TempoChange(0, qpm), TempoChange(last - 960, qpm * 0.8))
    return Score("Small", 480, last, tracks, tempos, (MeterChange(0, Meter(4, 4)),), (KeyChange(0, parse_key(key)),),
                 markers, symbols)  # fmt: skip


@dataclass
class LoopPlayer:
    """Plays a MIDI file as a game does: follows one dialect's marks, never rewinds its state.

    ``passes`` has each pass as it is heard: every note's tick from the loop's start, channel, pitch and
    velocity with the tempo and all that its channel is set to; ``sounding_at_jumps`` is what was still
    on at the end of each.
    """

    dialect: str
    passes: list[list[tuple[object, ...]]] = field(default_factory=list)
    sounding_at_jumps: list[set[tuple[int, int]]] = field(default_factory=list)

    def play(self, file: mido.MidiFile, n_passes: int) -> LoopPlayer:
        """Play the introduction and so many passes."""
        events = list(merged(file))
        start, end = find_loop(events, self.dialect)
        states: dict[int, dict[object, object]] = {channel: {} for channel in range(-1, 16)}
        sounding: set[tuple[int, int]] = set()
        for _, message in events[:start]:
            perform(message, states, sounding)
        assert not sounding  # nothing hangs from the introduction
        for _ in range(n_passes):
            heard: list[tuple[object, ...]] = []
            for tick, message in events[start:end]:
                perform(message, states, sounding)
                if message.type == "note_on" and message.velocity:
                    state = tuple(sorted(states[message.channel].items(), key=str)), states[-1]["tempo"]
                    heard.append((tick, message.channel, message.note, message.velocity, state))
            self.passes.append(heard)
            self.sounding_at_jumps.append(set(sounding))
        return self


def merged(file: mido.MidiFile) -> Iterator[tuple[int, mido.Message]]:
    """All events by tick; at one tick the first track comes first."""
    rows = []
    for number, track in enumerate(file.tracks):
        tick = 0
        for place, message in enumerate(track):
            tick += message.time
            rows.append((tick, number, place, message))
    return ((tick, message) for tick, _, _, message in sorted(rows, key=lambda row: row[:3]))


def find_loop(events: list[tuple[int, mido.Message]], dialect: str) -> tuple[int, int]:
    """Where the loop's events begin and end in a list."""
    marks = {
        "markers": (("marker", "loopStart"), ("marker", "loopEnd")), "cc111": ((111, 0), None),
        "emidi": ((118, 0), (119, 127)), "touhou": ((2, 0), (4, 0)), "descent": ((110, 0), (111, 0)),
    }  # fmt: skip
    start, end = marks[dialect]

    def places(mark: tuple[object, object]) -> list[int]:
        return [number for number, (_, message) in enumerate(events) if is_mark(message, mark)]

    assert len(places(start)) == 1
    if end is None:
        return places(start)[0], len(events)
    assert len(places(end)) == 1
    return places(start)[0], places(end)[0]


def is_mark(message: mido.Message, mark: tuple[object, object]) -> bool:
    """Tell whether an event is a mark."""
    if message.type == "marker":
        return mark == ("marker", message.text)
    return message.type == "control_change" and (message.control, message.value) == mark


def perform(message: mido.Message, states: dict[int, dict[object, object]], sounding: set[tuple[int, int]]) -> None:
    """Change what sounds and how channels (-1: the song) stand."""
    if message.type == "note_on" and message.velocity:
        assert (message.channel, message.note) not in sounding
        sounding.add((message.channel, message.note))
    elif message.type in ("note_on", "note_off"):
        sounding.discard((message.channel, message.note))
    elif message.type == "control_change":
        states[message.channel][message.control] = message.value
    elif message.type == "program_change":
        states[message.channel]["program"] = message.program
    elif message.type == "pitchwheel":
        states[message.channel]["bend"] = message.pitch
    elif message.type == "set_tempo":
        states[-1]["tempo"] = message.tempo
