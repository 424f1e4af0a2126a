"""Read a lead sheet from MusicXML, ours or another program's.

Taken: the first part that has notes, its first voice, chord symbols, rehearsal
marks as sections, the first tempo and meter, keys, words. Repeats and jumps are written out, each with the verse that
is sung then; cut time is 4/4.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.musicxml_repeats import play_through
from symbolic_music.formats.spelling import fifths_to_key
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.lyrics import Syllable, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import QUALITIES, Chord, parse_quality, quality_of
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import METERS, TPQ, Meter, parse_meter
from symbolic_music.theory.pitch import NATURAL_PITCH_CLASS

# MusicXML's dynamics are per cent of this velocity.
FORTE = 90
_DEFAULT_TEMPO = 120.0
_MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
_BEAT_UNITS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}
# Kinds that other programs write, as the nearest quality that the engine has.
_OTHER_KINDS = {
    "dominant-11th": "7sus4", "dominant-13th": "9", "major-11th": "maj9", "major-13th": "maj9",
    "minor-11th": "min9", "minor-13th": "min9", "Neapolitan": "maj", "Italian": "7", "French": "7", "German": "7",
    "pedal": "5", "Tristan": "hdim7",
}  # fmt: skip
_NO_CHORD = ("none",)


@dataclass
class _Reading:
    """What has been read so far; times in engine ticks from the first bar line."""

    where: str
    meter: Meter | None = None
    tempo: float | None = None
    divisions: int = 1
    transpose: int = 0
    bar: int = 0
    voice: str | None = None
    notes: list[list[int]] = field(default_factory=list)
    chords: dict[int, Chord] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    lyrics: list[Syllable] = field(default_factory=list)

    def fail(self, what: str) -> FileFormatError:
        """Make the error for something wrong in the present bar."""
        return FileFormatError(f"{self.where}: bar {self.bar + 1}: {what}")

    def ticks(self, element: ET.Element | None, is_exact: bool = True) -> int:
        """Read a duration in the file's divisions as engine ticks."""
        if element is None or not element.text:
            return 0
        try:
            exact = Fraction(element.text.strip()) * TPQ / self.divisions
        except (ValueError, ZeroDivisionError):
            raise self.fail(f"duration {element.text!r} is not a number") from None
        if is_exact and exact.denominator != 1:
            raise self.fail(f"a length of {exact / TPQ} quarters is off the grid of 1/{TPQ} quarter")
        return round(exact)


def read_lead_sheet(path: str | Path) -> LeadSheet:
    """Read a lead sheet from a MusicXML file (``.musicxml``, ``.xml`` or ``.mxl``).

    What `write_lead_sheet` wrote comes back equal.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, not MusicXML, or has what a lead
        sheet cannot hold: changing meters, finer rhythms.
    """
    path = Path(path)
    root = parse_score(path)
    if root.tag != "score-partwise":
        raise FileFormatError(f"{path}: not a MusicXML score; its root is <{root.tag}>, not <score-partwise>")
    part = next((part for part in root.iter("part") if part.find("measure/note") is not None), root.find("part"))
    if part is None or part.find("measure") is None:
        raise FileFormatError(f"{path}: the score has no bars")
    play_through(part, str(path))
    reading = _Reading(str(path))
    measures = part.findall("measure")
    for bar, measure in enumerate(measures):
        reading.bar = bar
        _read_measure(reading, measure)
    title = root.findtext("work/work-title") or root.findtext("movement-title") or path.stem
    return _lead_sheet(reading, title.strip(), len(measures))


def parse_score(path: Path) -> ET.Element:
    """Parse plain or zipped XML.

    Raises
    ------
    FileFormatError
        If it is neither, or not there.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if not name.startswith("META-INF")]
                scores = [name for name in names if name.endswith((".xml", ".musicxml"))]
                return ET.fromstring(archive.read(scores[0]))
        return ET.fromstring(path.read_bytes())
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except OSError as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure.strerror}") from None
    except (ET.ParseError, zipfile.BadZipFile, IndexError, ValueError, LookupError) as failure:
        raise FileFormatError(f"{path}: not MusicXML: {failure}") from None


def _read_measure(reading: _Reading, measure: ET.Element) -> None:
    """Read one bar's elements in order, moving a cursor."""
    now, furthest, n_notes, onset = 0, 0, len(reading.notes), 0
    chords: list[tuple[int, Chord]] = []
    lyrics: list[Syllable] = []
    for element in measure:
        if element.tag == "attributes":
            _read_attributes(reading, element)
        elif element.tag == "direction":
            _read_direction(reading, element)
        elif element.tag == "sound":
            _read_tempo(reading, element)
        elif element.tag == "harmony":
            chord = _read_chord(reading, element)
            # Programs move symbols aside by a hair, so theirs are rounded.
            offset = reading.ticks(element.find("offset"), is_exact=False)
            chords += [] if chord is None else [(now + offset, chord)]
        elif element.tag == "backup":
            now -= reading.ticks(element.find("duration"))
        elif element.tag == "forward":
            now += reading.ticks(element.find("duration"))
        elif element.tag == "note" and element.find("grace") is None:
            if element.find("chord") is None:
                onset = now
                now += reading.ticks(element.find("duration"))
            if _read_note(reading, element, onset):
                lyrics += _read_lyric(element, onset)
        furthest = max(furthest, now)
    start = _place(reading, measure, furthest, n_notes, chords)
    reading.lyrics += [replace(syllable, tick=start + syllable.tick) for syllable in lyrics]


def _place(reading: _Reading, measure: ET.Element, length: int, n_notes: int, chords: list[tuple[int, Chord]]) -> int:
    """Move a bar's notes and chords to the bar's place in the song and check its length; return that place."""
    if reading.meter is None:
        raise reading.fail("no time signature before the first note")
    bar_ticks = reading.meter.bar_ticks
    if length > bar_ticks:
        raise reading.fail(f"its notes last {length / TPQ:g} quarters; {reading.meter} has {bar_ticks / TPQ:g}")
    # A pickup bar is shorter: its notes end on the bar line.
    is_pickup = reading.bar == 0 and measure.get("implicit") == "yes"
    start = reading.bar * bar_ticks + (bar_ticks - length if is_pickup else 0)
    for note in reading.notes[n_notes:]:
        note[0] += start
    _join_ties(reading, n_notes)
    for onset, chord in chords:
        reading.chords[start + max(0, min(onset, bar_ticks - 1))] = chord
    return start


def _join_ties(reading: _Reading, n_notes: int) -> None:
    """Join notes tied to the one before; the last field of a note says whether it is."""
    joined = reading.notes[:n_notes]
    for note in reading.notes[n_notes:]:
        last = joined[-1] if joined else None
        if note[4] and last is not None and last[2] == note[2] and last[0] + last[1] == note[0]:
            last[1] += note[1]
        else:
            joined.append(note)
    reading.notes[:] = joined


def _read_attributes(reading: _Reading, attributes: ET.Element) -> None:
    """Read divisions, meter, key and transposition."""
    if divisions := attributes.findtext("divisions"):
        reading.divisions = _whole(reading, divisions, "divisions")
    if (beats := attributes.findtext("time/beats")) is not None:
        try:
            meter = parse_meter(f"{beats}/{attributes.findtext('time/beat-type')}")
        except NotationError as failure:
            raise reading.fail(str(failure)) from None
        if reading.meter not in (None, meter):
            raise reading.fail(f"the meter changes to {meter}; a lead sheet has one meter of {', '.join(METERS)}")
        reading.meter = meter
    if (fifths := attributes.findtext("key/fifths")) is not None:
        number = _whole(reading, fifths, "key signature")
        if not -7 <= number <= 7:
            raise reading.fail(f"key signature {number} is not possible; use -7 to 7")
        mode = (attributes.findtext("key/mode") or "major").strip()
        reading.keys[reading.bar] = fifths_to_key(number, "minor" if mode in ("minor", "aeolian") else "major")
    if (chromatic := attributes.findtext("transpose/chromatic")) is not None:
        octaves = _whole(reading, attributes.findtext("transpose/octave-change") or "0", "transposition")
        reading.transpose = _whole(reading, chromatic, "transposition") + 12 * octaves


def _whole(reading: _Reading, text: str, what: str) -> int:
    """Read a whole number."""
    try:
        return int(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError):
        raise reading.fail(f"{what} {text!r} is not a number") from None


def _number(reading: _Reading, text: str, what: str) -> float:
    """Read a number."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise reading.fail(f"{what} {text!r} is not a number")
    return number


def _read_direction(reading: _Reading, direction: ET.Element) -> None:
    """Read a section's name or the tempo."""
    mark = direction.findtext("direction-type/rehearsal")
    if mark and mark.strip():
        reading.marks.setdefault(reading.bar, mark.strip())
    for sound in direction.iter("sound"):
        _read_tempo(reading, sound)
    unit = direction.findtext("direction-type/metronome/beat-unit")
    per_minute = direction.findtext("direction-type/metronome/per-minute")
    if reading.tempo is None and unit in _BEAT_UNITS and per_minute:
        dotted = direction.find("direction-type/metronome/beat-unit-dot") is not None
        try:
            reading.tempo = float(per_minute) * _BEAT_UNITS[unit] * (1.5 if dotted else 1.0)
        except ValueError:
            return  # such as "ca. 100": text for players


def _read_tempo(reading: _Reading, sound: ET.Element) -> None:
    """Read the first tempo that sounds."""
    if (tempo := sound.get("tempo")) and reading.tempo is None:
        reading.tempo = _number(reading, tempo, "tempo")


def _read_note(reading: _Reading, note: ET.Element, onset: int) -> bool:
    """Read a note of the first voice; of notes in a stack, the highest. Tell whether it was one."""
    pitch_element = note.find("pitch")
    voice = note.findtext("voice") or "1"
    if pitch_element is None or voice != (reading.voice or voice):
        return False
    reading.voice = voice
    pitch = _pitch(reading, pitch_element, "step", "alter") + reading.transpose
    pitch += 12 * (_whole(reading, pitch_element.findtext("octave") or "", "octave") + 1)
    if not 0 <= pitch <= 127:
        raise reading.fail(f"pitch {pitch} is not possible; use 0 to 127")
    if note.find("chord") is not None and reading.notes:
        reading.notes[-1][2] = max(reading.notes[-1][2], pitch)
        return True
    duration = reading.ticks(note.find("duration"))
    velocity = min(127, max(1, round(_number(reading, note.get("dynamics", "100"), "dynamics") * FORTE / 100)))
    is_tied = any(tie.get("type") == "stop" for tie in note.findall("tie"))
    if duration:
        reading.notes.append([onset, duration, pitch, velocity, int(is_tied)])
    return True


def _read_lyric(note: ET.Element, onset: int) -> list[Syllable]:
    """Read the syllable under a note; of several verses the first that is left (see `play_through`)."""
    for lyric in note.findall("lyric"):
        # Two words on one note are several texts with an elision between.
        parts = [
            part.text or (" " if part.tag == "elision" else "") for part in lyric if part.tag in ("text", "elision")
        ]
        text = " ".join("".join(parts).split())
        if text:
            return [Syllable(onset, text, (lyric.findtext("syllabic") or "").strip() in ("begin", "middle"))]
    return []


def _pitch(reading: _Reading, element: ET.Element, step_tag: str, alter_tag: str) -> int:
    """Read a step and alteration as semitones above C."""
    step = (element.findtext(step_tag) or "").strip()
    if step not in NATURAL_PITCH_CLASS:
        raise reading.fail(f"step {step!r} is not a letter A to G")
    return NATURAL_PITCH_CLASS[step] + _whole(reading, element.findtext(alter_tag) or "0", "alteration")


def _read_chord(reading: _Reading, harmony: ET.Element) -> Chord | None:
    """Read a chord symbol; ``None`` where it says that there is none."""
    root, kind = harmony.find("root"), harmony.find("kind")
    if root is None or kind is None or (kind.text or "").strip() in _NO_CHORD:
        return None
    root_class = (_pitch(reading, root, "root-step", "root-alter") + reading.transpose) % 12
    bass = harmony.find("bass")
    bass_class = root_class
    if bass is not None:
        bass_class = (_pitch(reading, bass, "bass-step", "bass-alter") + reading.transpose) % 12
    return Chord(root_class, _quality(reading, harmony, kind), bass_class)


def _quality(reading: _Reading, harmony: ET.Element, kind: ET.Element) -> str:
    """Find the quality from a kind, its text if that agrees, and added degrees."""
    name = (kind.text or "").strip()
    fitting = [quality for quality, row in QUALITIES.items() if row[2] == name]
    text = kind.get("text")
    written = ""
    if text is not None:
        try:
            written = parse_quality(text)
        except NotationError:
            written = ""
        if written in fitting:
            return written
    if not fitting and name not in _OTHER_KINDS:
        if written and text:
            return written
        shown = name if name != "other" else text or harmony.findtext("function") or name
        raise reading.fail(f"chord {shown!r} is not known; known are {', '.join(QUALITIES)}")
    quality = fitting[0] if fitting else _OTHER_KINDS[name]
    degrees = harmony.findall("degree")
    if not degrees:
        return quality
    intervals = set(QUALITIES[quality][0])
    for degree in degrees:
        _apply_degree(reading, degree, intervals)
    return quality_of(frozenset(intervals))


def _apply_degree(reading: _Reading, degree: ET.Element, intervals: set[int]) -> None:
    """Add, alter or take away one tone of a chord."""
    value = _whole(reading, degree.findtext("degree-value") or "1", "degree")
    alteration = _whole(reading, degree.findtext("degree-alter") or "0", "degree alteration")
    kind = (degree.findtext("degree-type") or "add").strip()
    step = _MAJOR_STEPS[(value - 1) % 7] - (1 if value % 7 == 0 else 0)  # a seventh is minor, as in a dominant chord
    if kind == "add":
        intervals.add((step + alteration) % 12)
        return
    near = {(step + shift) % 12 for shift in (-1, 0, 1)} & intervals
    present = min(near, key=lambda tone: abs(tone - step), default=None)
    if present is not None:
        intervals.discard(present)
        if kind == "alter":
            intervals.add((present + alteration) % 12)


def _lead_sheet(reading: _Reading, title: str, n_bars: int) -> LeadSheet:
    """Put together what was read."""
    assert reading.meter is not None  # every bar has checked it
    notes = make_notes((note[0], note[1], note[2], note[3]) for note in reading.notes)
    chords = tuple(ChordEvent(tick, reading.chords[tick]) for tick in sorted(reading.chords))
    return LeadSheet(
        title=title,
        tempo_qpm=reading.tempo or _DEFAULT_TEMPO,
        meter=reading.meter,
        n_bars=n_bars,
        melody=notes,
        chords=chords,
        sections=_sections(reading, n_bars),
        lyrics=settle(reading.lyrics, notes["onset_tick"], 0),
    )


def _sections(reading: _Reading, n_bars: int) -> tuple[SectionSpan, ...]:
    """Make a section from every rehearsal mark, and where the key changes inside one."""
    changes = [(bar, reading.keys.get(bar)) for bar in sorted({0, *reading.marks, *reading.keys})]
    starts: list[tuple[int, str, Key]] = []
    name, key = "song", Key("C", "major")
    for bar, new_key in changes:
        if bar == 0 or bar in reading.marks or new_key != key:
            name, key = reading.marks.get(bar, name), new_key or key
            starts.append((bar, name, key))
    ends = [*(bar for bar, _, _ in starts[1:]), n_bars]
    return tuple(SectionSpan(name, bar, end - bar, key) for (bar, name, key), end in zip(starts, ends, strict=True))
