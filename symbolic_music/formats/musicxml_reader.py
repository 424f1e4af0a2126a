"""Read a lead sheet from MusicXML, ours or another program's.

Taken: the first part that has notes, its first voice, chord symbols, rehearsal
marks as sections, tempos and meters, keys, words. Repeats and jumps are written out, each with the verse that
is sung then; cut time is 4/4.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.musicxml_file import parse_score, read_number
from symbolic_music.formats.musicxml_harmony import read_harmony, read_step
from symbolic_music.formats.musicxml_repeats import play_through, verse_number
from symbolic_music.formats.spelling import fifths_to_key, transpose_fifths
from symbolic_music.limits import SIGNS, name_of
from symbolic_music.remarks import tell
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan, split_symbols
from symbolic_music.song.lyrics import Syllable, count_notes, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, TempoChange
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import METERS, TPQ, Meter, parse_meter, snap_to_grid

# MusicXML's dynamics are per cent of this velocity.
FORTE = 90
_DEFAULT_TEMPO = 120.0
_SLOWEST, _FASTEST = 1, 2000
_BEAT_UNITS = {"whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}
# What remarks say at most, of those that name a bar.
_MOST_SAID = 20


class _Sung(NamedTuple):
    """A syllable under a note; ``is_drawn`` where a line goes from it to later notes."""

    tick: Fraction
    text: str
    goes_on: bool
    verse: int
    is_drawn: bool
    ends_line: bool


@dataclass
class _Note:
    """A note of the voice that is taken; times in ticks from the first bar line."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: int
    is_tied: bool
    # How much earlier than written it ends, 0 or less.
    release: Fraction = Fraction(0)


@dataclass
class _Reading:
    """What has been read so far; times in engine ticks from the first bar line."""

    where: str
    meter: Meter | None = None
    first_meter: Meter | None = None
    tempo: float | None = None
    divisions: Fraction = Fraction(1)
    transpose: int = 0
    written_key: tuple[int, str] | None = None
    bar: int = 0
    # The present bar's first tick, and whether nothing of it has been read.
    start: int = 0
    at_line: bool = True
    meter_changes: dict[int, Meter] = field(default_factory=dict)
    tempo_changes: dict[int, float] = field(default_factory=dict)
    voice: str | None = None
    notes: list[_Note] = field(default_factory=list)
    chords: dict[int, Chord | None] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    lyrics: list[_Sung] = field(default_factory=list)
    said: dict[str, None] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def fail(self, what: str) -> FileFormatError:
        """Make the error for something wrong in the present bar."""
        return FileFormatError(f"{self.where}: bar {self.bar + 1}: {what}")

    def ticks(self, element: ET.Element | None) -> Fraction:
        """Read a duration in the file's divisions as engine ticks."""
        if element is None or not element.text:
            return Fraction(0)
        return self.number(element.text, "duration") * TPQ / self.divisions

    def number(self, text: str, what: str) -> Fraction:
        """Read a number."""
        number = read_number(text)
        if number is None:
            raise self.fail(f"{what} {text[:20]!r} is not a number")
        return number

    def grid(self, tick: Fraction) -> int:
        """Move a time that is no whole tick to the nearest sixteenth or eighth triplet."""
        return int(tick) if tick.denominator == 1 else snap_to_grid(float(tick))


def read_lead_sheet(path: str | Path) -> LeadSheet:
    """Read a lead sheet from a MusicXML file (``.musicxml``, ``.xml`` or ``.mxl``).

    What `write_lead_sheet` wrote comes back equal. A transposing part is read as it
    sounds, its key too. Rhythms finer than the engine's grid are moved to it.

    Returns
    -------
    LeadSheet
        Its ``remarks`` say what was left out or changed.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, not MusicXML, beyond `symbolic_music.limits`, or
        has what a lead sheet cannot hold: a meter that changes inside a bar.
    """
    path = Path(path)
    root = parse_score(path)
    if root.tag != "score-partwise":
        raise FileFormatError(f"{path}: not a MusicXML score; its root is <{root.tag}>, not <score-partwise>")
    parts = [part for part in root.iter("part") if part.find("measure/note") is not None]
    part = parts[0] if parts else root.find("part")
    if part is None or part.find("measure") is None:
        raise FileFormatError(f"{path}: the score has no bars")
    bar_ticks, unplayed = play_through(part, str(path))
    reading = _Reading(str(path))
    reading.said.update(dict.fromkeys(unplayed))
    if part.find("measure/attributes/time") is None:
        _guess_meter(reading, bar_ticks)
    reading.left_out["other parts left out"] = len(parts) - 1
    measures = part.findall("measure")
    for bar, measure in enumerate(measures):
        reading.bar = bar
        _read_measure(reading, measure)
        reading.start += reading.meter.bar_ticks if reading.meter is not None else 0
        SIGNS.check(len(reading.notes) + len(reading.chords), str(path))
    title = root.findtext("work/work-title") or root.findtext("movement-title") or name_of(path)
    return _lead_sheet(reading, title.strip(), len(measures))


def _guess_meter(reading: _Reading, bar_ticks: Fraction) -> None:
    """Take the meter of a part that does not say it from the length of its bars, if there is one of that length."""
    fitting = [name for name in METERS if parse_meter(name).bar_ticks == bar_ticks]
    if fitting:
        reading.meter = reading.first_meter = parse_meter(fitting[0])
        reading.said[f"no time signature; {fitting[0]} taken from the length of the bars"] = None


def _read_measure(reading: _Reading, measure: ET.Element) -> None:
    """Read one bar's elements in order, moving a cursor."""
    now, furthest, n_notes, onset = Fraction(0), Fraction(0), len(reading.notes), Fraction(0)
    chords: list[tuple[Fraction, Chord | None]] = []
    lyrics: list[_Sung] = []
    for element in measure:
        reading.at_line = furthest == 0
        if element.tag == "attributes":
            _read_attributes(reading, element)
        elif element.tag == "direction":
            _read_direction(reading, element)
        elif element.tag == "sound":
            _read_tempo(reading, element)
        elif element.tag == "harmony":
            chords += _read_chord(reading, element, now)
        elif element.tag == "backup":
            now -= reading.ticks(element.find("duration"))
        elif element.tag == "forward":
            now += reading.ticks(element.find("duration"))
        elif element.tag == "note" and element.find("grace") is not None:
            reading.left_out["grace notes left out"] += 1
        elif element.tag == "note":
            if element.find("chord") is None:
                onset = now
                now += reading.ticks(element.find("duration"))
            if _read_note(reading, element, onset):
                lyrics += _read_lyric(element, onset)
        furthest = max(furthest, now)
    start = _place(reading, measure, furthest, n_notes, chords)
    reading.lyrics += [one._replace(tick=start + one.tick) for one in lyrics]


def _place(
    reading: _Reading, measure: ET.Element, length: Fraction, n_notes: int, chords: list[tuple[Fraction, Chord | None]]
) -> Fraction:
    """Move a bar's notes and chords to the bar's place in the song and check its length; return that place."""
    if reading.meter is None:
        raise reading.fail("no time signature before the first note")
    bar_ticks = reading.meter.bar_ticks
    if length > bar_ticks:
        raise reading.fail(f"its notes last {float(length / TPQ):g} quarters; {reading.meter} has {bar_ticks / TPQ:g}")
    # A pickup bar is shorter: its notes end on the bar line.
    is_pickup = reading.bar == 0 and measure.get("implicit") == "yes"
    start = reading.start + (bar_ticks - length if is_pickup else Fraction(0))
    for note in reading.notes[n_notes:]:
        note.onset += start
    _join_ties(reading, n_notes)
    last = reading.start + bar_ticks - 1
    for onset, chord in chords:
        # Programs move symbols aside by a hair, so theirs are rounded.
        reading.chords[max(0, min(round(start + onset), last))] = chord
    return start


def _join_ties(reading: _Reading, n_notes: int) -> None:
    """Join notes tied to the one before."""
    fresh = reading.notes[n_notes:]
    del reading.notes[n_notes:]
    for note in fresh:
        last = reading.notes[-1] if reading.notes else None
        if note.is_tied and last is not None and last.pitch == note.pitch and last.onset + last.duration == note.onset:
            last.duration += note.duration
            last.release = note.release
        else:
            reading.notes.append(note)


def _read_attributes(reading: _Reading, attributes: ET.Element) -> None:
    """Read divisions, meter, key and transposition."""
    if (divisions := attributes.findtext("divisions")) is not None:
        reading.divisions = reading.number(divisions, "divisions")
        if reading.divisions <= 0:
            raise reading.fail(f"divisions {divisions[:20]!r} is not possible; use a number above 0")
    if (beats := attributes.findtext("time/beats")) is not None:
        _read_meter(reading, f"{beats[:9]}/{(attributes.findtext('time/beat-type') or '')[:9]}")
    if (fifths := attributes.findtext("key/fifths")) is not None:
        number = _whole(reading, fifths, "key signature")
        if not -7 <= number <= 7:
            raise reading.fail(f"key signature {number} is not possible; use -7 to 7")
        mode = (attributes.findtext("key/mode") or "major").strip()
        reading.written_key = number, "minor" if mode in ("minor", "aeolian") else "major"
        if mode not in ("major", "minor", "aeolian", "ionian", "none"):
            reading.said[f"mode {mode[:20]} read as {reading.written_key[1]}"] = None
    if (chromatic := attributes.findtext("transpose/chromatic")) is not None:
        octaves = _whole(reading, attributes.findtext("transpose/octave-change") or "0", "transposition")
        reading.transpose = _whole(reading, chromatic, "transposition") + 12 * octaves
    if (reading.written_key is not None and attributes.find("key") is not None) or attributes.find(
        "transpose"
    ) is not None:
        _set_key(reading)


def _set_key(reading: _Reading) -> None:
    """Set the key from here as it sounds: a part for an instrument in B flat in D major sounds in C major."""
    if reading.written_key is None:
        return
    number, mode = reading.written_key
    reading.keys[reading.bar] = fifths_to_key(transpose_fifths(number, reading.transpose), mode)


def _read_meter(reading: _Reading, text: str) -> None:
    """Read the meter, which changes at bar lines."""
    try:
        meter = parse_meter(text)
    except NotationError as failure:
        raise reading.fail(str(failure)) from None
    if reading.meter not in (None, meter):
        if not reading.at_line:
            raise reading.fail(f"the meter changes to {meter} inside the bar; write the change at its beginning")
        reading.meter_changes[reading.start] = meter
    reading.meter = meter
    reading.first_meter = reading.first_meter or meter


def _whole(reading: _Reading, text: str, what: str) -> int:
    """Read a whole number."""
    return int(reading.number(text, what))


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
        number = read_number(per_minute)
        if number is not None:  # else such as "ca. 100": text for players
            _set_tempo(reading, float(number) * _BEAT_UNITS[unit] * (1.5 if dotted else 1.0), per_minute)


def _read_tempo(reading: _Reading, sound: ET.Element) -> None:
    """Read the first tempo that sounds, and others at bar lines."""
    if tempo := sound.get("tempo"):
        number = float(reading.number(tempo, "tempo"))
        if reading.tempo is None:
            _set_tempo(reading, number, tempo)
        elif number != (reading.tempo_changes or {0: reading.tempo})[max(reading.tempo_changes, default=0)]:
            if reading.at_line and reading.start:
                _check_tempo(reading, number, tempo)
                reading.tempo_changes[reading.start] = number
            else:
                reading.left_out["changes of tempo inside a bar left out"] += 1


def _set_tempo(reading: _Reading, qpm: float, given: str) -> None:
    """Set the tempo if it is one."""
    _check_tempo(reading, qpm, given)
    reading.tempo = qpm


def _check_tempo(reading: _Reading, qpm: float, given: str) -> None:
    """Refuse what is no tempo."""
    if not _SLOWEST <= qpm <= _FASTEST:
        raise reading.fail(f"tempo {given[:20]!r} is not possible; use {_SLOWEST} to {_FASTEST} quarters a minute")


def _read_note(reading: _Reading, note: ET.Element, onset: Fraction) -> bool:
    """Read a note of the first voice; of notes in a stack, the highest. Tell whether it was one."""
    pitch_element = note.find("pitch")
    voice = note.findtext("voice") or "1"
    if pitch_element is None:
        reading.left_out["notes without pitch left out"] += note.find("unpitched") is not None
        return False
    if note.find("cue") is not None or voice != (reading.voice or voice):
        reading.left_out["cue notes left out" if voice == reading.voice else "notes of other voices left out"] += 1
        return False
    reading.voice = voice
    pitch = _pitch(reading, pitch_element)
    is_stacked = note.find("chord") is not None and bool(reading.notes)
    if is_stacked and reading.notes[-1].onset == onset:
        reading.notes[-1].pitch = max(reading.notes[-1].pitch, pitch)
        reading.left_out["lower notes of chords left out"] += 1
        return True
    duration = reading.ticks(note.find("duration"))
    dynamics = float(reading.number(note.get("dynamics", "100"), "dynamics"))
    velocity = min(127, max(1, round(dynamics * FORTE / 100)))
    is_tied = any(tie.get("type") == "stop" for tie in note.findall("tie"))
    if duration > 0:
        release = min(Fraction(0), reading.number(note.get("release", "0"), "release") * TPQ / reading.divisions)
        reading.notes.append(_Note(onset, duration, pitch, velocity, is_tied, release))
    return True


def _pitch(reading: _Reading, element: ET.Element) -> int:
    """Read a sounding pitch."""
    try:
        pitch = read_step(element, "step", "alter") + reading.transpose
    except NotationError as failure:
        raise reading.fail(str(failure)) from None
    pitch += 12 * (_whole(reading, element.findtext("octave") or "", "octave") + 1)
    if not 0 <= pitch <= 127:
        raise reading.fail(f"pitch {pitch} is not possible; use 0 to 127")
    return pitch


def _read_lyric(note: ET.Element, onset: Fraction) -> list[_Sung]:
    """Read the syllables under a note, of every verse that is left (see `play_through`)."""
    found: dict[int, _Sung] = {}
    for lyric in note.findall("lyric"):
        # Two words on one note are several texts with an elision between.
        parts = [
            part.text or (" " if part.tag == "elision" else "") for part in lyric if part.tag in ("text", "elision")
        ]
        text = " ".join("".join(parts).split())
        extend = lyric.find("extend")
        is_drawn = extend is not None and extend.get("type", "start") == "start"
        if text:
            goes_on = (lyric.findtext("syllabic") or "").strip() in ("begin", "middle")
            verse = verse_number(lyric)
            found.setdefault(verse, _Sung(onset, text, goes_on, verse, is_drawn, lyric.find("end-line") is not None))
    return list(found.values())


def _read_chord(reading: _Reading, harmony: ET.Element, now: Fraction) -> list[tuple[Fraction, Chord | None]]:
    """Read a chord symbol and its place in the bar."""
    try:
        read = read_harmony(harmony, reading.transpose)
    except NotationError as failure:
        raise reading.fail(str(failure)) from None
    if read is None:
        reading.left_out["chord symbols without a root left out"] += 1
        return []
    if read.remark is not None:
        reading.said[f"bar {reading.bar + 1}: {read.remark}"] = None
    return [(now + reading.ticks(harmony.find("offset")), read.chord)]


def _lead_sheet(reading: _Reading, title: str, n_bars: int) -> LeadSheet:
    """Put together what was read."""
    assert reading.meter is not None  # every bar has checked it
    rows = [
        (reading.grid(note.onset), reading.grid(_sounding_end(note)), note.pitch, note.velocity)
        for note in reading.notes
    ]
    reading.left_out["onsets moved to the grid of sixteenths and eighth triplets"] = sum(
        note.onset.denominator != 1 for note in reading.notes
    )
    reading.left_out["notes too short for the grid left out"] = sum(row[1] <= row[0] for row in rows)
    notes = make_notes((begin, end - begin, pitch, loud) for begin, end, pitch, loud in rows if end > begin)
    first = min((one.verse for one in reading.lyrics), default=1)
    words = [
        Syllable(reading.grid(one.tick), one.text, one.goes_on, verse=one.verse - first + 1, ends_line=one.ends_line)
        for one in reading.lyrics
    ]
    drawn = [(word.tick, word.verse) for word, one in zip(words, reading.lyrics, strict=True) if one.is_drawn]
    words = count_notes(words, drawn, notes["onset_tick"].tolist())
    chords, no_chords = split_symbols(reading.chords, keep_restated=True)
    counted = [f"{count} {what}" for what, count in reading.left_out.items() if count > 0]
    return LeadSheet(
        title=title,
        tempo_qpm=reading.tempo or _DEFAULT_TEMPO,
        meter=reading.first_meter or reading.meter,
        n_bars=n_bars,
        melody=notes,
        chords=chords,
        sections=_sections(reading, n_bars),
        lyrics=settle(words, notes["onset_tick"], 0),
        remarks=tell(reading.where, (*list(reading.said)[:_MOST_SAID], *counted)),
        no_chords=no_chords,
        meter_changes=tuple(MeterChange(tick, meter) for tick, meter in sorted(reading.meter_changes.items())),
        tempo_changes=tuple(TempoChange(tick, qpm) for tick, qpm in sorted(reading.tempo_changes.items())),
    )


def _sounding_end(note: _Note) -> Fraction:
    """Where a note ends as sung: as written, or as its release says, if that leaves a tick of it."""
    end = note.onset + note.duration
    return end + note.release if note.duration + note.release >= 1 else end


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
