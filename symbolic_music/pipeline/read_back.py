"""A song's files as other programs' readers find them: mido reads the MIDI file, music21 the lead sheet.

None of this package's own readers takes part, and what is asked of the files (where bars, tempos and keys are) is
counted here from their own signatures, so that a fault of a writer shows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido

from symbolic_music.errors import FileFormatError

_CHORDS, _TUNE_TEXT = "Chords", "role: melody"
_QUARTERS = {"2": 2.0, "4": 1.0, "8": 0.5, "16": 0.25}


@dataclass(frozen=True)
class MidiRead:
    """What mido says of a MIDI file: ticks are its own."""

    ticks: int
    end: int
    tempos: tuple[tuple[int, float], ...]
    meters: tuple[tuple[int, str], ...]
    keys: tuple[tuple[int, str], ...]
    markers: tuple[tuple[int, str], ...]
    symbols: tuple[tuple[int, str], ...]
    words: tuple[str, ...]
    notes: Mapping[str, tuple[tuple[int, int], ...]]
    programs: Mapping[str, int]
    melody: str | None
    drums: tuple[str, ...]


def read_midi_back(path: Path) -> MidiRead:
    """Read a MIDI file with mido."""
    try:
        song = mido.MidiFile(str(path), charset="utf-8")
    except Exception as failure:  # mido lets struct's, codecs' and its own errors through
        raise FileFormatError(f"{path}: mido cannot read it: {failure}") from None
    lists: dict[str, list[tuple[int, Any]]] = {kind: [] for kind in ("tempo", "meter", "key", "marker", "symbol")}
    notes: dict[str, tuple[tuple[int, int], ...]] = {}
    programs: dict[str, int] = {}
    words: list[str] = []
    melody: str | None = None
    drums: list[str] = []
    end = 0
    for track in song.tracks:
        now, name, is_melody, is_drums, program = 0, "", False, False, 0
        own: list[tuple[int, int]] = []
        for message in track:
            now += message.time
            if message.type == "track_name":
                name = message.name
            elif message.type == "set_tempo":
                lists["tempo"].append((now, mido.tempo2bpm(message.tempo)))
            elif message.type == "time_signature":
                lists["meter"].append((now, f"{message.numerator}/{message.denominator}"))
            elif message.type == "key_signature":
                lists["key"].append((now, message.key))
            elif message.type == "marker":
                lists["marker"].append((now, message.text))
            elif message.type == "text" and name == _CHORDS:
                lists["symbol"].append((now, message.text))
            elif message.type == "text":
                is_melody |= message.text == _TUNE_TEXT
            elif message.type == "program_change":
                program = message.program
            elif message.type == "lyrics":
                words.append(message.text)
            elif message.type == "note_on" and message.velocity:
                own.append((now, message.note))
                is_drums |= message.channel == 9
        end = max(end, now)
        if own:
            notes[name], programs[name] = tuple(sorted(own)), program
            melody = name if is_melody else melody
            drums += [name] if is_drums else []
    return MidiRead(
        ticks=song.ticks_per_beat, end=end, tempos=tuple(lists["tempo"]), meters=tuple(lists["meter"]),
        keys=tuple(lists["key"]), markers=tuple(lists["marker"]), symbols=tuple(lists["symbol"]), words=tuple(words),
        notes=notes, programs=programs, melody=melody, drums=tuple(drums),
    )  # fmt: skip


def bar_lines(midi: MidiRead) -> list[int]:
    """Every bar line by the file's own time signatures, up to the one that its end reaches."""
    meters = dict(midi.meters or ((0, "4/4"),))
    lines, length = [0], 0
    while lines[-1] < midi.end:
        if lines[-1] in meters or not length:
            beats, unit = meters.get(lines[-1], "4/4").split("/")
            length = round(int(beats) * _QUARTERS[unit] * midi.ticks)
        lines.append(lines[-1] + length)
    return lines


def bar_of(lines: Sequence[int], tick: int) -> float:
    """The number of the bar line at a tick; between two, a part of a bar more."""
    bar = bisect_right(lines, tick) - 1
    if bar + 1 >= len(lines):
        return bar
    inside = (tick - lines[bar]) / (lines[bar + 1] - lines[bar])
    return bar + inside if inside else bar


def meter_at(midi: MidiRead, tick: int) -> str:
    """The meter at a tick."""
    return next((meter for at, meter in reversed(midi.meters) if at <= tick), "none")


def tempo_at(midi: MidiRead, tick: int) -> float:
    """The tempo that holds at a tick."""
    return next((qpm for at, qpm in reversed(midi.tempos) if at <= tick), 0.0)


def key_at(midi: MidiRead, tick: int) -> str:
    """The key signature that holds at a tick."""
    said = [key for when, key in midi.keys if when <= tick]
    return said[-1] if said else "none"


def seconds_of(midi: MidiRead) -> float:
    """How long a MIDI file lasts."""
    total = 0.0
    changes = sorted(midi.tempos)
    for index, (tick, qpm) in enumerate(changes):
        end = changes[index + 1][0] if index + 1 < len(changes) else midi.end
        total += max(0, min(end, midi.end) - tick) / midi.ticks * 60 / qpm
    return total


@dataclass(frozen=True)
class SheetRead:
    """What music21 says of a lead sheet."""

    n_bars: int
    meter: str
    tempo: float | None
    pitches: tuple[int, ...]
    symbols: tuple[str, ...]
    rehearsals: tuple[str, ...]
    words: int


def read_sheet_back(path: Path) -> SheetRead:
    """Read a lead sheet with music21."""
    from music21 import converter, expressions, harmony, meter, stream, tempo

    try:
        score = converter.parse(str(path), forceSource=True)  # without a copy in music21's folder
    except Exception as failure:  # music21's parsers raise errors of any kind
        raise FileFormatError(f"{path}: music21 cannot read it: {' '.join(str(failure).split())[:200]}") from None
    part = score.parts[0] if isinstance(score, stream.Score) else score
    measures = [m for m in part.getElementsByClass(stream.Measure) if m.number > 0]
    signs = list(part.recurse().getElementsByClass(meter.TimeSignature))
    marks = list(score.recurse().getElementsByClass(tempo.MetronomeMark))
    notes = [n for n in part.recurse().notes if not isinstance(n, harmony.Harmony)]
    begun = [n for n in notes if n.tie is None or n.tie.type == "start"]
    texts = [mark.content for mark in part.recurse().getElementsByClass(expressions.RehearsalMark)]
    symbols = [h for h in part.recurse().getElementsByClass(harmony.ChordSymbol) if not isinstance(h, harmony.NoChord)]
    return SheetRead(
        len(measures), signs[0].ratioString if signs else "none",
        float(marks[0].getQuarterBPM()) if marks else None,
        tuple(n.pitch.midi for n in begun if hasattr(n, "pitch")), tuple(map(_heard_name, symbols)),
        tuple(map(str, texts)),
        sum(bool(n.lyric) for n in begun),
    )  # fmt: skip


# How music21 and MusicXML call the chords with a minor third.
_MINOR_KINDS = ("minor", "diminished", "half-diminished", "major-minor")


def plain_name(text: str) -> str:
    """A chord symbol as its root, minor or not, and its bass, so that spellings of the rest do not count."""
    found = re.match(r"([A-G][#b]*)(.*?)(?:/([A-G][#b]*))?$", text)
    if found is None:
        return text
    is_minor = re.match(r"(?:m(?!aj)|min|-|dim|°|ø|o)", found[2]) is not None
    return _name_of(_step(found[1]), is_minor, _step(found[3] or found[1]))


def _heard_name(symbol: Any) -> str:
    """What music21 reads of a chord symbol, named in the same way."""
    root, tones = symbol.root().pitchClass, set(symbol.pitchClasses)
    bass = symbol.bass().pitchClass
    is_minor = (root + 3) % 12 in tones and (root + 4) % 12 not in tones
    if (root + 3) % 12 in tones and bass == (root + 4) % 12:
        # A minor chord over its major third sounds both: its kind tells it from one with a sharp 9.
        is_minor = symbol.chordKind.startswith(_MINOR_KINDS)
    return _name_of(root, is_minor, bass)


def _step(name: str) -> int:
    """A tone's pitch class."""
    return (dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))[name[0]] + name.count("#") - name.count("b")) % 12


def _name_of(root: int, is_minor: bool, bass: int) -> str:
    """A chord's plain name; over the third of a minor chord nobody can tell it from one whose third is left out."""
    is_minor = is_minor and (bass - root) % 12 != 3
    tones = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return f"{tones[root]}{'m' if is_minor else ''}{f'/{tones[bass]}' if bass != root else ''}"
