"""mma's MIDI files as parts on the engine's grid.

A part is a list of (onset, duration, pitch, velocity) in ticks, ``TPQ`` to the quarter. Which part a
track belongs to is told by its name (mma names tracks by what they do: ``Chord-Piano``, ``Walk``,
``Arpeggio-Sax``) and, where that is not enough, by its program.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from data_prep.mma_grooves import MMA_TPQ
from symbolic_music.styles.style import PARTS
from symbolic_music.theory.instruments import Instrument
from symbolic_music.theory.meter import Meter, snap_to_grid

Note = tuple[int, int, int, int]
BASS_PROGRAMS = (*range(32, 40), 43, 58)
SINGING_PROGRAMS = (40, 41, 42, *range(56, 80), 109, 110)
# part by GM program family: (first, last, part)
PROGRAM_PARTS = (
    (0, 8, "piano"), (8, 16, "arpeggio"), (16, 24, "piano"), (24, 32, "guitar"), (32, 40, "bass"),
    (40, 44, "countermelody"), (44, 45, "pad"), (45, 48, "arpeggio"), (48, 56, "pad"), (56, 80, "countermelody"),
    (80, 88, "arpeggio"), (88, 104, "pad"), (104, 109, "guitar"), (109, 112, "countermelody"), (112, 128, "arpeggio"),
)  # fmt: skip
# Where a part goes that the style's band lacks.
INSTEAD = {"countermelody": "arpeggio", "arpeggio": "countermelody", "piano": "guitar", "guitar": "piano"}
DRUM_TICKS = 3
# Drums of GM level 2 that the first level (35 to 81) lacks, as the nearest it has; others are left out.
NEAREST_DRUMS = {27: 37, 28: 39, 29: 73, 30: 73, 31: 37, 32: 37, 33: 37, 34: 81, 82: 70, 83: 81, 84: 81, 86: 43, 87: 41}
# A note that the grid would make vanish keeps this length.
LEAST_TICKS = 2


def part_of(name: str, program: int, is_drum: bool = False) -> str:
    """Tell which of our parts an mma track plays.

    Examples
    --------
    >>> part_of("Walk", 32), part_of("Chord-Sus", 65), part_of("Arpeggio-Sax", 65), part_of("Chord", 24)
    ('bass', 'pad', 'countermelody', 'guitar')
    """
    kind, _, suffix = name.lower().partition("-")
    suffix = suffix.rstrip("0123456789")
    if is_drum or kind == "drum":
        return "drums"
    if kind in ("arpeggio", "scale"):
        return "countermelody" if program in SINGING_PROGRAMS else "arpeggio"
    if kind in ("melody", "solo", "aria"):
        return "countermelody"
    if suffix in PARTS:
        return suffix
    if suffix.startswith("sus"):
        return "pad"
    if kind == "plectrum":
        return "guitar"
    if kind in ("bass", "walk") and ((not suffix and "-" not in name) or program in BASS_PROGRAMS or suffix == "main"):
        return "bass"
    return next(part for first, last, part in PROGRAM_PARTS if first <= program < last)


def read_parts(path: Path, meter: Meter, beats: int, named: dict[str, str], band: dict[str, Instrument]) -> dict:
    """Read a MIDI file of mma as parts of a band.

    Parameters
    ----------
    path : the file
    meter : the meter in which the groove was written (4/4 for songs in 2/4)
    beats : mma's beats in a bar; each has ``MMA_TPQ`` ticks
    named : parts of tracks that the style's table names
    band : the style's instruments by part; notes go into their ranges, other parts are left out

    Returns
    -------
    dict of part to list of notes, by onset, then pitch; parts without notes are left out
    """
    scale = meter.bar_ticks / (beats * MMA_TPQ)
    parts: dict[str, list[Note]] = {}
    for (name, program, is_drum), rows in _sounding(path).items():
        part = named.get(name) or part_of(name, program, is_drum)
        part = part if part in band else INSTEAD.get(part, part)
        if part in band:
            scaled = [(start * scale, end * scale, pitch, velocity) for start, end, pitch, velocity in rows]
            parts.setdefault(part, []).extend(_on_grid(scaled, band[part]))
    return {part: _tidy(notes, part) for part, notes in sorted(parts.items())}


def _sounding(path: Path) -> dict[tuple[str, int, bool], list[Note]]:
    """List (start, end, pitch, velocity) in MIDI ticks by track name, program and whether it is drums.

    mma plucks a string that still sounds without ending it first, so a pitch that begins anew ends
    its last note; a reader that pairs every begin with an own end loses notes here.
    """
    import mido

    rows: dict[tuple[str, int, bool], list[Note]] = {}
    for track in mido.MidiFile(str(path)).tracks:
        tick, program = 0, 0
        sounding: dict[int, tuple[int, int, int]] = {}
        for event in track:
            tick += event.time
            if event.type == "program_change":
                program = event.program
            elif event.type in ("note_on", "note_off"):
                if event.note in sounding:
                    start, velocity, of_program = sounding.pop(event.note)
                    key = (track.name.strip(), of_program, event.channel == 9)
                    rows.setdefault(key, []).append((start, tick, event.note, velocity))
                if event.type == "note_on" and event.velocity:
                    sounding[event.note] = (tick, event.velocity, program)
    return rows


def _on_grid(rows: list[tuple[float, float, int, int]], instrument: Instrument) -> list[Note]:
    """Quantise notes; pitches outside the instrument's range move by octaves."""
    notes = []
    for start, end, pitch, velocity in rows:
        onset = snap_to_grid(max(0.0, start))
        if instrument.is_drum:
            pitch = NEAREST_DRUMS.get(pitch, pitch)
            if instrument.low <= pitch <= instrument.high:
                notes.append((onset, DRUM_TICKS, pitch, velocity))
            continue
        duration = max(snap_to_grid(end) - onset, LEAST_TICKS)
        notes.append((onset, duration, fold_pitch(pitch, instrument.low, instrument.high), velocity))
    return notes


def fold_pitch(pitch: int, low: int, high: int) -> int:
    """Move a pitch by octaves into a range (of at least an octave)."""
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return pitch


def _tidy(notes: list[Note], part: str) -> list[Note]:
    """Merge doubled notes, end a note where its pitch sounds again; the bass is one voice."""
    merged: dict[tuple[int, int], Note] = {}
    for onset, duration, pitch, velocity in notes:
        _, length, _, loud = merged.get((onset, pitch), (0, 0, 0, 0))
        merged[onset, pitch] = (onset, max(duration, length), pitch, max(velocity, loud))
    rows = sorted(merged.values(), key=lambda n: (n[0], n[2]))
    if part == "bass":
        rows = [note for i, note in enumerate(rows) if i == 0 or rows[i - 1][0] != note[0]]
    if part == "drums":
        return rows
    following: dict[int, int] = {}
    tidy = []
    for onset, duration, pitch, velocity in reversed(rows):
        voice = 0 if part == "bass" else pitch
        tidy.append((onset, min(duration, following.get(voice, 1 << 30) - onset), pitch, velocity))
        following[voice] = onset
    return tidy[::-1]


def kit_pitches(drums: list[Note]) -> Counter[int]:
    """Count the strokes of every drum."""
    return Counter(pitch for _, _, pitch, _ in drums)
