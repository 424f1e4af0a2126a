"""Lead sheets as MusicXML 4.0: melody, chord symbols, sections, words.

Notes are written as a copyist writes them, full to the next note where only breath is between them; what is sung
shorter says so in the note's ``release``, so that a sheet that is written and read again sounds as it did.

Written and read with the standard library's XML: music21 takes seconds to load
and write a song (the tests read our files with it). Section names are rehearsal
marks, keys change with sections, ties go over bar lines.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.musicxml_reader import FORTE, read_lead_sheet
from symbolic_music.formats.notation import NOTE_VALUES, Marks, Piece, Word, cut_span, marks_of, words_by_tick
from symbolic_music.formats.spelling import spell_chord, spell_pitch_class
from symbolic_music.formats.written import STRAIGHT, written_ends
from symbolic_music.song.bars import Bar
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan, symbols_in_order
from symbolic_music.theory.chord import NO_CHORD, QUALITIES, Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ

__all__ = ["lead_sheet_to_xml", "read_lead_sheet", "write_lead_sheet"]

# Tones beside the kind, by quality: (degree, alteration), relative to a dominant chord as MusicXML says.
# Tones that a quality's kind does not have, or has otherwise: degree, alteration, and what is done to it.
DEGREES: dict[str, tuple[tuple[int, int, str], ...]] = {
    "add9": ((9, 0, "add"),), "7sus4": ((7, 0, "add"),), "9sus4": ((7, 0, "add"), (9, 0, "add")),
    "69": ((9, 0, "add"),), "madd9": ((9, 0, "add"),), "add11": ((11, 0, "add"),),
    "7b9": ((9, -1, "add"),), "7#9": ((9, 1, "add"),),
    "7#11": ((11, 1, "add"),), "7b13": ((13, -1, "add"),), "7b5": ((5, -1, "alter"),), "majb5": ((5, -1, "alter"),),
    "7alt": ((9, -1, "add"), (9, 1, "add"), (13, -1, "add"), (5, 0, "subtract")),
    "maj7#11": ((11, 1, "add"),), "maj7#5": ((5, 1, "alter"),),
}  # fmt: skip
_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
# From which share of the quarter on eighths are marked as swung, and from which they are triplets.
SWUNG, TRIPLET_SHARE = 0.58, 0.63
SWING_WORD = "Swing"
# Control characters, which XML cannot hold even escaped.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_lead_sheet(sheet: LeadSheet, path: str | Path, swing: float = STRAIGHT) -> None:
    """Write a lead sheet as MusicXML.

    Parameters
    ----------
    sheet : LeadSheet
        Melody, chords, sections; its grid is written exactly.
    path : str or Path
        The file; replaced whole or not at all.
    swing : float
        How its eighths are to be swung, as a share of the quarter: that is a mark, the notes stay straight.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    save_xml(lead_sheet_to_xml(sheet, swing), path)


def save_xml(root: ET.Element, path: str | Path) -> None:
    """Write a ``score-partwise`` element as a file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(xml_text(root), encoding="utf-8", newline="\n")


def xml_text(root: ET.Element) -> str:
    """Give a ``score-partwise`` element as the text of a file."""
    ET.indent(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def lead_sheet_to_xml(sheet: LeadSheet, swing: float = STRAIGHT) -> ET.Element:
    """Build the ``score-partwise`` element of a lead sheet; see ``write_lead_sheet``."""
    root = ET.Element("score-partwise", version="4.0")
    text_element(ET.SubElement(root, "work"), "work-title", sheet.title)
    text_element(ET.SubElement(ET.SubElement(root, "identification"), "encoding"), "software", "symbolic-music")
    part_entry = ET.SubElement(ET.SubElement(root, "part-list"), "score-part", id="P1")
    text_element(part_entry, "part-name", "Melody")
    # Without an instrument and its program MuseScore says that it finds none.
    instrument = ET.SubElement(part_entry, "score-instrument", id="P1-I1")
    text_element(instrument, "instrument-name", "Melody")
    midi = ET.SubElement(part_entry, "midi-instrument", id="P1-I1")
    text_element(midi, "midi-channel", 1)
    text_element(midi, "midi-program", 1)
    part = ET.SubElement(root, "part", id="P1")
    bars = list(sheet.lines.bars)
    pieces = pieces_by_bar(sheet, bars)
    starts = {span.start_bar: span for span in sheet.sections}
    # A pickup bar is not counted: it is bar 0, and what follows is bar 1.
    pickup = 1 if pickup_start(sheet) else 0
    for number, bar in enumerate(bars):
        measure = ET.SubElement(part, "measure", number=str(number + 1 - pickup))
        if pickup and number == 0:
            measure.set("implicit", "yes")
        _write_attributes(measure, sheet, number)
        _write_directions(measure, sheet, starts.get(number), number)
        if number == 0:
            write_swing(measure, swing)
        _write_music(measure, sheet, bar, pieces[number])
    if sheet.n_bars:
        barline = ET.SubElement(part[-1], "barline", location="right")
        text_element(barline, "bar-style", "light-heavy")
    return root


def text_element(parent: ET.Element, tag: str, text: object) -> ET.Element:
    """Add an element with a text."""
    element = ET.SubElement(parent, tag)
    element.text = _NOT_XML.sub(" ", str(text))
    return element


def key_of_bar(sheet: LeadSheet, bar: int) -> Key:
    """The key of a bar, C major in a sheet without sections."""
    return sheet.key_at(bar) if sheet.sections else Key("C", "major")


def _write_attributes(measure: ET.Element, sheet: LeadSheet, bar: int) -> None:
    """Write divisions, key, meter, clef: all at first, then key and meter where they change."""
    key = key_of_bar(sheet, bar)
    meter = sheet.lines.bars[bar].meter
    has_key = not bar or key != key_of_bar(sheet, bar - 1)
    has_meter = not bar or meter != sheet.lines.bars[bar - 1].meter
    if not has_key and not has_meter:
        return
    attributes = ET.SubElement(measure, "attributes")
    if bar == 0:
        text_element(attributes, "divisions", TPQ)
    if has_key:
        signature = ET.SubElement(attributes, "key")
        text_element(signature, "fifths", key.fifths)
        text_element(signature, "mode", key.mode)
    if has_meter:
        time = ET.SubElement(attributes, "time")
        text_element(time, "beats", meter.beats)
        text_element(time, "beat-type", meter.unit)
    if bar == 0:
        clef = ET.SubElement(attributes, "clef")
        text_element(clef, "sign", "G")
        text_element(clef, "line", 2)


def _write_directions(measure: ET.Element, sheet: LeadSheet, span: SectionSpan | None, bar: int) -> None:
    """Write the section's name where it starts, and the tempo at first and where it changes."""
    if span is not None and span.name:
        direction = ET.SubElement(measure, "direction", placement="above")
        text_element(ET.SubElement(direction, "direction-type"), "rehearsal", span.name)
    tempo = {change.tick: change.qpm for change in sheet.tempos}.get(sheet.lines.tick_of(bar))
    if tempo is not None:
        is_compound = sheet.lines.bars[bar].meter.is_compound
        direction = ET.SubElement(measure, "direction", placement="above")
        metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
        text_element(metronome, "beat-unit", "quarter")
        if is_compound:
            ET.SubElement(metronome, "beat-unit-dot")
        beats = tempo / 1.5 if is_compound else tempo
        text_element(metronome, "per-minute", f"{beats:.6g}")
        # The exact tempo, always in quarters.
        ET.SubElement(direction, "sound", tempo=repr(float(tempo)))


def write_swing(measure: ET.Element, swing: float) -> None:
    """Write the mark that says how eighths are swung, for readers and for programs; nothing where they are hardly."""
    if swing < SWUNG:
        return
    direction = ET.SubElement(measure, "direction", placement="above")
    text_element(ET.SubElement(direction, "direction-type"), "words", SWING_WORD)
    element = ET.SubElement(ET.SubElement(direction, "sound"), "swing")
    # Programs read small whole numbers: 2 to 1, 3 to 2.
    long, short = (2, 1) if swing >= TRIPLET_SHARE else (3, 2)
    text_element(element, "first", long)
    text_element(element, "second", short)
    text_element(element, "swing-type", "eighth")


def pieces_by_bar(sheet: LeadSheet, all_bars: list[Bar]) -> list[list[Piece]]:
    """Cut the melody as written, and its rests, at bar lines and into lengths that notes can have."""
    bars: list[list[Piece]] = [[] for _ in all_bars]
    now, words = pickup_start(sheet), words_by_tick(sheet.lyrics, sheet.melody["onset_tick"].tolist())
    spans: list[tuple[int, int, tuple[int, ...], int, int]] = []
    rows = sheet.melody.tolist()
    ends = written_ends([(onset, onset + duration) for onset, duration, _, _ in rows], sheet.end_tick)
    for (onset, duration, pitch, velocity), end in zip(rows, ends, strict=True):
        if onset > now:
            spans.append((now, onset, (), 0, 0))
        spans.append((onset, end, (pitch,), velocity, onset + duration - end))
        now = end
    if now < sheet.end_tick:
        spans.append((now, sheet.end_tick, (), 0, 0))
    for start, end, pitches, velocity, release in spans:
        key = key_of_bar(sheet, sheet.lines.bar_at(start))
        is_note = bool(pitches)
        for cut_start, cut_end, bar in cut_span(start, end, all_bars, not is_note):
            tied_from, tied_on = is_note and cut_start > start, is_note and cut_end < end
            own = words.get(cut_start, ()) if is_note and not tied_from else ()
            early = 0 if tied_on else release
            bars[bar].append(Piece(cut_start, cut_end, pitches, velocity, key, tied_from, tied_on, own, early))
    return bars


def pickup_start(sheet: LeadSheet) -> int:
    """Find the tick at which a first bar that is only a pickup starts; 0 if it is a whole bar."""
    first_onset = int(sheet.melody["onset_tick"][0]) if len(sheet.melody) else 0
    chord_onset = min([*(event.onset_tick for event in sheet.chords[:1]), *sheet.no_chords[:1], sheet.end_tick])
    bar, beat = sheet.meter.bar_ticks, sheet.meter.beat_ticks
    # At most half a bar, from a beat or half a beat on, as pickups are counted.
    is_pickup = bar // 2 <= first_onset < bar and chord_onset >= first_onset and sheet.n_bars > 1
    return first_onset - first_onset % (beat // 2) if is_pickup else 0


def _write_music(measure: ET.Element, sheet: LeadSheet, bar: Bar, pieces: list[Piece]) -> None:
    """Write a bar's notes and rests, each chord before the one that it falls on."""
    key = key_of_bar(sheet, sheet.lines.bar_at(bar.start))
    for piece, marks in zip(pieces, marks_of(pieces, bar), strict=True):
        for tick, chord in symbols_in_order(sheet, piece.start, piece.end):
            write_chord(measure, chord, tick - piece.start, key)
        write_piece(measure, piece, marks, bar)


def write_piece(measure: ET.Element, piece: Piece, marks: Marks, bar: Bar, voice: int = 1, staff: int = 0) -> None:
    """Write a piece as one ``note`` for every pitch, or a rest; ``staff`` 0 leaves the staff out."""
    for index, pitch in enumerate(piece.pitches or (None,)):
        note = ET.SubElement(measure, "note")
        is_bar_rest = pitch is None and piece.ticks == bar.meter.bar_ticks
        if index:
            ET.SubElement(note, "chord")
        if pitch is None:
            ET.SubElement(note, "rest", {"measure": "yes"} if is_bar_rest else {})
        else:
            note.set("dynamics", f"{piece.velocity * 100 / FORTE:.2f}")
            if piece.release:
                note.set("release", str(piece.release))
            _write_pitch(note, pitch, piece.key)
        write_length(note, piece, is_bar_rest, voice)
        if staff:
            text_element(note, "staff", staff)
        write_notations(note, piece, marks, is_chord_tone=index > 0)
        for word in piece.words if not index else ():
            _write_word(note, word)


def _write_word(note: ET.Element, word: Word) -> None:
    """Write the syllable under a note."""
    lyric = ET.SubElement(note, "lyric", number=str(word.verse))
    if word.text:
        text_element(lyric, "syllabic", word.place)
        text_element(lyric, "text", word.text)
    if word.extends:
        ET.SubElement(lyric, "extend", type=word.extends)
    if word.ends_line:
        ET.SubElement(lyric, "end-line")


def _write_pitch(note: ET.Element, pitch: int, key: Key) -> None:
    """Write a spelled pitch."""
    step, alteration = spell_pitch_class(pitch % 12, key)
    element = ET.SubElement(note, "pitch")
    text_element(element, "step", step)
    if alteration:
        text_element(element, "alter", alteration)
    # C flat belongs to the octave above the B that it sounds as.
    text_element(element, "octave", (pitch - alteration) // 12 - 1)


def write_length(note: ET.Element, piece: Piece, is_bar_rest: bool, voice: int, instrument: str = "") -> None:
    """Write duration, ties as heard, instrument, voice, and the note value."""
    text_element(note, "duration", piece.ticks)
    for kind in _ties(piece):
        ET.SubElement(note, "tie", type=kind)
    if instrument:
        ET.SubElement(note, "instrument", id=instrument)
    text_element(note, "voice", voice)
    if is_bar_rest:
        return
    name, dots, is_triplet = NOTE_VALUES[piece.ticks]
    text_element(note, "type", name)
    for _ in range(dots):
        ET.SubElement(note, "dot")
    if is_triplet:
        modification = ET.SubElement(note, "time-modification")
        text_element(modification, "actual-notes", 3)
        text_element(modification, "normal-notes", 2)


def _ties(piece: Piece) -> list[str]:
    """Say whether a piece ends a tie, starts one, or both."""
    return [kind for tied, kind in ((piece.is_tied_from, "stop"), (piece.is_tied_on, "start")) if tied]


def write_notations(note: ET.Element, piece: Piece, marks: Marks, is_chord_tone: bool = False) -> None:
    """Write beams, tuplet brackets and ties as seen; beams and brackets at a chord's first note alone."""
    if not is_chord_tone:
        for level, beam in enumerate(marks.beams, start=1):
            text_element(note, "beam", beam).set("number", str(level))
    ties, tuplets = _ties(piece), () if is_chord_tone else marks.tuplet
    if ties or tuplets:
        notations = ET.SubElement(note, "notations")
        for kind in ties:
            ET.SubElement(notations, "tied", type=kind)
        for kind in tuplets:
            ET.SubElement(notations, "tuplet", {"type": kind, "bracket": "no"} if kind == "start" else {"type": kind})


def write_chord(measure: ET.Element, chord: Chord | None, offset: int, key: Key) -> None:
    """Write a chord symbol (``None``: no chord), ``offset`` ticks after what follows it."""
    harmony = ET.SubElement(measure, "harmony")
    if chord is None:
        # The schema wants a root; an empty text keeps programs from showing it.
        text_element(ET.SubElement(harmony, "root"), "root-step", key.tonic[0]).set("text", "")
        text_element(harmony, "kind", "none").set("text", NO_CHORD)
        if offset:
            text_element(harmony, "offset", offset)
        return
    root, bass = spell_chord(chord, key)
    _write_chord_pitch(harmony, "root", root)
    _, text, kind = QUALITIES[chord.quality]
    text_element(harmony, "kind", kind).set("text", text)
    if chord.bass != chord.root:
        _write_chord_pitch(harmony, "bass", bass)
    _write_degrees(harmony, chord)
    if offset:
        text_element(harmony, "offset", offset)


def _write_chord_pitch(harmony: ET.Element, tag: str, spelled: tuple[str, int]) -> None:
    """Write a root or bass."""
    step, alteration = spelled
    element = ET.SubElement(harmony, tag)
    text_element(element, f"{tag}-step", step)
    if alteration:
        text_element(element, f"{tag}-alter", alteration)


def _write_degrees(harmony: ET.Element, chord: Chord) -> None:
    """Write the tones that the kind does not have; the kind's text names them already."""
    for value, alteration, how in DEGREES.get(chord.quality, ()):
        degree = ET.SubElement(harmony, "degree", {"print-object": "no"})
        text_element(degree, "degree-value", value)
        text_element(degree, "degree-alter", alteration)
        text_element(degree, "degree-type", how)
