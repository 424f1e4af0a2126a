"""Lead sheets as MusicXML 4.0: melody, chord symbols, sections.

Written and read with the standard library's XML: music21 takes seconds to load
and write a song (the tests read our files with it). Section names are rehearsal
marks, keys change with sections, ties go over bar lines.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.musicxml_reader import FORTE, read_lead_sheet
from symbolic_music.formats.spelling import spell_chord, spell_pitch_class
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter

__all__ = ["lead_sheet_to_xml", "read_lead_sheet", "write_lead_sheet"]

# Tones beside the kind, by quality: (degree, alteration), relative to a dominant chord as MusicXML says.
DEGREES: dict[str, tuple[tuple[int, int], ...]] = {"add9": ((9, 0),), "7sus4": ((7, 0),)}
_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
# Control characters, which XML cannot hold even escaped.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Ticks: (note type, dots, in a triplet).
_TYPES: dict[int, tuple[str, int, bool]] = {
    72: ("whole", 1, False), 48: ("whole", 0, False), 36: ("half", 1, False), 24: ("half", 0, False),
    18: ("quarter", 1, False), 12: ("quarter", 0, False), 9: ("eighth", 1, False), 6: ("eighth", 0, False),
    3: ("16th", 0, False),
    16: ("half", 0, True), 8: ("quarter", 0, True), 4: ("eighth", 0, True), 2: ("16th", 0, True), 1: ("32nd", 0, True),
}  # fmt: skip
_STRAIGHT = frozenset(ticks for ticks, row in _TYPES.items() if not row[2])


class _Piece(NamedTuple):
    """One note head or rest as written; ``key`` spells it, the same through all of a tie."""

    start: int
    end: int
    pitch: int | None
    velocity: int
    key: Key
    is_tied_from: bool
    is_tied_on: bool


def write_lead_sheet(sheet: LeadSheet, path: str | Path) -> None:
    """Write a lead sheet as MusicXML.

    Parameters
    ----------
    sheet : LeadSheet
        Melody, chords, sections; its grid is written exactly.
    path : str or Path
        The file; replaced whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    root = lead_sheet_to_xml(sheet)
    ET.indent(root)
    text = _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def lead_sheet_to_xml(sheet: LeadSheet) -> ET.Element:
    """Build the ``score-partwise`` element of a lead sheet."""
    root = ET.Element("score-partwise", version="4.0")
    _text(ET.SubElement(root, "work"), "work-title", sheet.title)
    _text(ET.SubElement(ET.SubElement(root, "identification"), "encoding"), "software", "symbolic-music")
    part_entry = ET.SubElement(ET.SubElement(root, "part-list"), "score-part", id="P1")
    _text(part_entry, "part-name", "Melody")
    part = ET.SubElement(root, "part", id="P1")
    bars = _pieces_by_bar(sheet)
    starts = {span.start_bar: span for span in sheet.sections}
    for bar in range(sheet.n_bars):
        measure = ET.SubElement(part, "measure", number=str(bar + 1))
        _write_attributes(measure, sheet, bar)
        _write_directions(measure, sheet, starts.get(bar), bar)
        _write_music(measure, sheet, bar, bars[bar])
    if sheet.n_bars:
        barline = ET.SubElement(part[-1], "barline", location="right")
        _text(barline, "bar-style", "light-heavy")
    return root


def _text(parent: ET.Element, tag: str, text: object) -> ET.Element:
    """Add an element with a text."""
    element = ET.SubElement(parent, tag)
    element.text = _NOT_XML.sub(" ", str(text))
    return element


def _key_at(sheet: LeadSheet, bar: int) -> Key:
    """The key of a bar, C major in a sheet without sections."""
    return sheet.key_at(bar) if sheet.sections else Key("C", "major")


def _write_attributes(measure: ET.Element, sheet: LeadSheet, bar: int) -> None:
    """Write divisions, key, meter, clef: all at first, then the key where it changes."""
    key = _key_at(sheet, bar)
    if bar and key == _key_at(sheet, bar - 1):
        return
    attributes = ET.SubElement(measure, "attributes")
    if bar == 0:
        _text(attributes, "divisions", TPQ)
    signature = ET.SubElement(attributes, "key")
    _text(signature, "fifths", key.fifths)
    _text(signature, "mode", key.mode)
    if bar == 0:
        time = ET.SubElement(attributes, "time")
        _text(time, "beats", sheet.meter.beats)
        _text(time, "beat-type", sheet.meter.unit)
        clef = ET.SubElement(attributes, "clef")
        _text(clef, "sign", "G")
        _text(clef, "line", 2)


def _write_directions(measure: ET.Element, sheet: LeadSheet, span: SectionSpan | None, bar: int) -> None:
    """Write the section's name where it starts, and the tempo at first."""
    if span is not None:
        direction = ET.SubElement(measure, "direction", placement="above")
        _text(ET.SubElement(direction, "direction-type"), "rehearsal", span.name)
    if bar == 0:
        direction = ET.SubElement(measure, "direction", placement="above")
        metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
        _text(metronome, "beat-unit", "quarter")
        if sheet.meter.is_compound:
            ET.SubElement(metronome, "beat-unit-dot")
        beats = sheet.tempo_qpm / 1.5 if sheet.meter.is_compound else sheet.tempo_qpm
        _text(metronome, "per-minute", f"{beats:.6g}")
        # The exact tempo, always in quarters.
        ET.SubElement(direction, "sound", tempo=repr(float(sheet.tempo_qpm)))


def _pieces_by_bar(sheet: LeadSheet) -> list[list[_Piece]]:
    """Cut melody and rests at bar lines and into lengths that notes can have."""
    bars: list[list[_Piece]] = [[] for _ in range(sheet.n_bars)]
    now = 0
    spans: list[tuple[int, int, int | None, int]] = []
    for onset, duration, pitch, velocity in sheet.melody.tolist():
        if onset > now:
            spans.append((now, onset, None, 0))
        spans.append((onset, onset + duration, pitch, velocity))
        now = onset + duration
    if now < sheet.end_tick:
        spans.append((now, sheet.end_tick, None, 0))
    for start, end, pitch, velocity in spans:
        key = _key_at(sheet, start // sheet.meter.bar_ticks)
        is_note = pitch is not None
        for cut_start, cut_end in _cut(start, end, sheet.meter, not is_note):
            tied_from, tied_on = is_note and cut_start > start, is_note and cut_end < end
            piece = _Piece(cut_start, cut_end, pitch, velocity, key, tied_from, tied_on)
            bars[cut_start // sheet.meter.bar_ticks].append(piece)
    return bars


def _cut(start: int, end: int, meter: Meter, is_rest: bool) -> Iterator[tuple[int, int]]:
    """Cut a span at bar lines, then where its length has no note value, then at beats."""
    while start < end:
        bar_start = start - start % meter.bar_ticks
        bar_end = bar_start + meter.bar_ticks
        stop = min(end, bar_end)
        if not (is_rest and stop - start == meter.bar_ticks):  # a bar's rest is one sign in any meter
            stop = start + _first_length(start - bar_start, stop - start, meter)
        yield start, stop
        start = stop


def _first_length(onset: int, length: int, meter: Meter) -> int:
    """Choose how long the first note of a tied group is."""
    to_beat = meter.beat_ticks - onset % meter.beat_ticks
    # Straight notes stand whole inside a beat, from a beat, or as off-beat eighths do.
    readable = length <= to_beat or to_beat == meter.beat_ticks or onset % 6 == 0
    if length in _STRAIGHT and onset % 3 == 0 and readable:
        return length
    if length in _TYPES and length <= to_beat:
        return length
    if length > to_beat and to_beat < meter.beat_ticks:
        return _first_length(onset, to_beat, meter)
    return max(ticks for ticks in _TYPES if ticks <= length and (ticks in _STRAIGHT or length < 3))


def _write_music(measure: ET.Element, sheet: LeadSheet, bar: int, pieces: list[_Piece]) -> None:
    """Write a bar's notes and rests, each chord before the one that it falls on."""
    key = _key_at(sheet, bar)
    for piece in pieces:
        for event in sheet.chords:
            if piece.start <= event.onset_tick < piece.end:
                _write_chord(measure, event, event.onset_tick - piece.start, key)
        note = ET.SubElement(measure, "note")
        if piece.pitch is None:
            is_bar_rest = piece.end - piece.start == sheet.meter.bar_ticks
            ET.SubElement(note, "rest", {"measure": "yes"} if is_bar_rest else {})
            _write_length(note, piece, is_bar_rest)
            continue
        note.set("dynamics", f"{piece.velocity * 100 / FORTE:.2f}")
        _write_pitch(note, piece.pitch, piece.key)
        _write_length(note, piece, False)
        _write_ties(note, piece)


def _write_pitch(note: ET.Element, pitch: int, key: Key) -> None:
    """Write a spelled pitch."""
    step, alteration = spell_pitch_class(pitch % 12, key)
    element = ET.SubElement(note, "pitch")
    _text(element, "step", step)
    if alteration:
        _text(element, "alter", alteration)
    # C flat belongs to the octave above the B that it sounds as.
    _text(element, "octave", (pitch - alteration) // 12 - 1)


def _write_length(note: ET.Element, piece: _Piece, is_bar_rest: bool) -> None:
    """Write duration, ties as heard, voice, and the note value."""
    ticks = piece.end - piece.start
    _text(note, "duration", ticks)
    for tied, kind in ((piece.is_tied_from, "stop"), (piece.is_tied_on, "start")):
        if tied:
            ET.SubElement(note, "tie", type=kind)
    _text(note, "voice", 1)
    if is_bar_rest:
        return
    name, dots, is_triplet = _TYPES[ticks]
    _text(note, "type", name)
    for _ in range(dots):
        ET.SubElement(note, "dot")
    if is_triplet:
        modification = ET.SubElement(note, "time-modification")
        _text(modification, "actual-notes", 3)
        _text(modification, "normal-notes", 2)


def _write_ties(note: ET.Element, piece: _Piece) -> None:
    """Write ties as seen."""
    if piece.is_tied_from or piece.is_tied_on:
        notations = ET.SubElement(note, "notations")
        for tied, kind in ((piece.is_tied_from, "stop"), (piece.is_tied_on, "start")):
            if tied:
                ET.SubElement(notations, "tied", type=kind)


def _write_chord(measure: ET.Element, event: ChordEvent, offset: int, key: Key) -> None:
    """Write a chord symbol, ``offset`` ticks after what follows it."""
    harmony = ET.SubElement(measure, "harmony")
    root, bass = spell_chord(event.chord, key)
    _write_chord_pitch(harmony, "root", root)
    _, text, kind = QUALITIES[event.chord.quality]
    _text(harmony, "kind", kind).set("text", text)
    if event.chord.bass != event.chord.root:
        _write_chord_pitch(harmony, "bass", bass)
    _write_degrees(harmony, event.chord)
    if offset:
        _text(harmony, "offset", offset)


def _write_chord_pitch(harmony: ET.Element, tag: str, spelled: tuple[str, int]) -> None:
    """Write a root or bass."""
    step, alteration = spelled
    element = ET.SubElement(harmony, tag)
    _text(element, f"{tag}-step", step)
    if alteration:
        _text(element, f"{tag}-alter", alteration)


def _write_degrees(harmony: ET.Element, chord: Chord) -> None:
    """Write the tones that the kind does not have; the kind's text names them already."""
    for value, alteration in DEGREES.get(chord.quality, ()):
        degree = ET.SubElement(harmony, "degree", {"print-object": "no"})
        _text(degree, "degree-value", value)
        _text(degree, "degree-alter", alteration)
        _text(degree, "degree-type", "add")
