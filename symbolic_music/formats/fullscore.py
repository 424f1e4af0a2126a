"""A whole score as MusicXML 4.0: a part for every track, drums on a percussion staff.

Concert pitch throughout; basses and guitars have clefs that sound an octave
lower, keyboards two staves. Section names, tempo and chord symbols stand above
the first part.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbolic_music.errors import NotationError
from symbolic_music.formats.midi import assign_channels
from symbolic_music.formats.musicxml import (
    save_xml,
    text_element,
    write_chord,
    write_length,
    write_notations,
    write_piece,
    write_swing,
)
from symbolic_music.formats.notation import Marks, Piece, Word, cut_span, marks_of, words_by_tick
from symbolic_music.formats.percussion import drum_of
from symbolic_music.formats.written import STRAIGHT, Chord, Staff, drum_staff, under_pedal, voices_of, write_down
from symbolic_music.song.bars import Bar, bars_of
from symbolic_music.song.score import TPQ, KeyChange, Score, Track, in_force, singer
from symbolic_music.theory.chord import means_no_chord, parse_chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter

# Programs on two staves: pianos and keyboards, organs, harp.
_GRAND_STAFF = frozenset([*range(0, 8), *range(16, 20), 46])
_PEDALLED = range(0, 6)
_SPLIT_PITCH = 60
_GUITARS, _BASSES = range(24, 32), range(32, 40)
_LOW_MEDIAN = 57
_C_MAJOR = Key("C", "major")


@dataclass(frozen=True)
class _Part:
    """A track as it is written."""

    number: int
    track: Track
    staves: tuple[Staff, ...]

    @property
    def id(self) -> str:
        """The part's name in the file."""
        return f"P{self.number}"


@dataclass(frozen=True)
class _Page:
    """What all parts share."""

    score: Score
    bars: list[Bar]
    swing: float = STRAIGHT

    def key_at(self, tick: int) -> Key:
        """The key at a tick."""
        return in_force(self.score.keys, tick, KeyChange(0, _C_MAJOR)).key


def write_full_score(score: Score, path: str | Path, swing: float = STRAIGHT) -> None:
    """Write a score as MusicXML.

    Parameters
    ----------
    score : Score
        Performed or not; it is written down on the grid first (see `symbolic_music.formats.written`).
    swing : float
        How it was swung, as a share of the quarter: that is written straight, with the mark.
    path : str or Path
        The file; replaced whole or not at all.

    Raises
    ------
    InputError
        If the score has more tracks than MIDI has channels.
    OutputError
        If the file cannot be written.
    """
    save_xml(full_score_to_xml(score, swing), path)


def full_score_to_xml(score: Score, swing: float = STRAIGHT) -> ET.Element:
    """Build the ``score-partwise`` element of a score; see ``write_full_score``."""
    written = write_down(score, swing)
    bars = bars_of(written.meters, written.end_tick)
    parts = [_Part(number, track, staves_of(track, bars)) for number, track in enumerate(written.tracks, start=1)]
    root = ET.Element("score-partwise", version="4.0")
    text_element(ET.SubElement(root, "work"), "work-title", score.title)
    text_element(ET.SubElement(ET.SubElement(root, "identification"), "encoding"), "software", "symbolic-music")
    entries = ET.SubElement(root, "part-list")
    for part, channel in zip(parts, assign_channels(score.tracks), strict=True):
        _write_entry(entries, part, channel)
    page = _Page(written, bars, swing)
    for part in parts:
        _write_part(root, part, page)
    return root


def staves_of(track: Track, bars: Sequence[Bar]) -> tuple[Staff, ...]:
    """Write a track on the grid as its staves: one, or two for keyboards that accompany."""
    notes = np.sort(track.notes, order=["onset_tick", "pitch"])
    if track.is_drum:
        return (drum_staff(notes, bars),)
    if track.program in _GRAND_STAFF and track.role != "melody":  # a tune is one line on any instrument
        hands = notes[notes["pitch"] >= _SPLIT_PITCH], notes[notes["pitch"] < _SPLIT_PITCH]
        right, left = (under_pedal(hand) for hand in hands) if track.program in _PEDALLED else hands
        return voices_of(right), voices_of(left)
    return (voices_of(notes),)


def _write_entry(entries: ET.Element, part: _Part, channel: int) -> None:
    """Write a part's name and the instruments that play it."""
    entry = ET.SubElement(entries, "score-part", id=part.id)
    text_element(entry, "part-name", part.track.name)
    pitches = sorted(set(part.track.notes["pitch"].tolist())) if part.track.is_drum else [None]
    for pitch in pitches:
        instrument = ET.SubElement(entry, "score-instrument", id=_instrument_id(part, pitch))
        text_element(instrument, "instrument-name", part.track.name if pitch is None else drum_of(pitch).name)
    for pitch in pitches:
        midi = ET.SubElement(entry, "midi-instrument", id=_instrument_id(part, pitch))
        text_element(midi, "midi-channel", channel + 1)
        text_element(midi, "midi-program", part.track.program + 1)
        if pitch is not None:
            text_element(midi, "midi-unpitched", pitch + 1)
        text_element(midi, "volume", f"{part.track.volume * 100 / 127:.4g}")
        text_element(midi, "pan", f"{(part.track.pan - 64) * 90 / 64:.4g}")


def _instrument_id(part: _Part, pitch: int | None) -> str:
    """Name an instrument in the file; every drum is one."""
    return f"{part.id}-I1" if pitch is None else f"{part.id}-I{pitch + 1}"


def _write_part(root: ET.Element, part: _Part, page: _Page) -> None:
    """Write all bars of a part."""
    element = ET.SubElement(root, "part", id=part.id)
    is_sung = part.track is singer(page.score)
    words = words_by_tick(page.score.lyrics, part.track.notes["onset_tick"].tolist()) if is_sung else {}
    spans = [[_pieces(voice, page, words) for voice in staff.voices] for staff in part.staves]
    for number, bar in enumerate(page.bars):
        measure = ET.SubElement(element, "measure", number=str(number + 1))
        _write_attributes(measure, part, page, number)
        if part.number == 1:
            _write_directions(measure, page, number)
            if number == 0:
                write_swing(measure, page.swing)
        writer = _BarWriter(measure, part, bar, part.number == 1, page)
        for staff, voices in enumerate(spans):
            writer.staff(staff, [voice[number] for voice in voices])
    barline = ET.SubElement(element[-1], "barline", location="right")
    text_element(barline, "bar-style", "light-heavy")


def _pieces(voice: tuple[Chord, ...], page: _Page, words: dict[int, tuple[Word, ...]]) -> list[list[Piece]]:
    """Cut a voice and its rests at bar lines, by bar."""
    by_bar: list[list[Piece]] = [[] for _ in page.bars]
    now, end = 0, page.bars[-1].end
    for chord in [*voice, None]:
        start = end if chord is None else chord.start
        for cut_start, cut_end, bar in cut_span(now, start, page.bars, True):
            by_bar[bar].append(Piece(cut_start, cut_end, (), 0, _C_MAJOR))
        if chord is None:
            break
        key = page.key_at(chord.start)
        for cut_start, cut_end, bar in cut_span(chord.start, chord.end, page.bars, False):
            ties = cut_start > chord.start, cut_end < chord.end
            own = () if ties[0] else words.get(cut_start, ())
            by_bar[bar].append(Piece(cut_start, cut_end, chord.pitches, chord.velocity, key, *ties, own))
        now = chord.end
    return by_bar


def _write_attributes(measure: ET.Element, part: _Part, page: _Page, number: int) -> None:
    """Write divisions, key, meter, staves, clefs: all at first, then what changes."""
    bar, before = page.bars[number], page.bars[number - 1]
    key, is_first = page.key_at(bar.start), number == 0
    has_key = is_first or key != page.key_at(before.start)
    has_meter = is_first or bar.meter != before.meter
    if not (has_key or has_meter):
        return
    attributes = ET.SubElement(measure, "attributes")
    if is_first:
        text_element(attributes, "divisions", TPQ)
    if has_key:
        signature = ET.SubElement(attributes, "key")
        text_element(signature, "fifths", 0 if part.track.is_drum else key.fifths)
        text_element(signature, "mode", key.mode)
    if has_meter:
        _write_time(attributes, bar.meter)
    if is_first:
        if len(part.staves) > 1:
            text_element(attributes, "staves", len(part.staves))
        for staff in range(len(part.staves)):
            _write_clef(attributes, part, staff)


def _write_time(attributes: ET.Element, meter: Meter) -> None:
    """Write a time signature."""
    time = ET.SubElement(attributes, "time")
    text_element(time, "beats", meter.beats)
    text_element(time, "beat-type", meter.unit)


def _write_clef(attributes: ET.Element, part: _Part, staff: int) -> None:
    """Write the clef of a staff."""
    sign, line, octave = _clef(part, staff)
    clef = ET.SubElement(attributes, "clef")
    if len(part.staves) > 1:
        clef.set("number", str(staff + 1))
    text_element(clef, "sign", sign)
    text_element(clef, "line", line)
    if octave:
        text_element(clef, "clef-octave-change", octave)


def _clef(part: _Part, staff: int) -> tuple[str, int, int]:
    """Choose a clef: (sign, line, octave change)."""
    track = part.track
    if track.is_drum:
        return "percussion", 2, 0
    if len(part.staves) > 1:
        return ("G", 2, 0) if staff == 0 else ("F", 4, 0)
    if track.program in _BASSES:
        return "F", 4, -1
    if track.program in _GUITARS:
        return "G", 2, -1
    low = len(track.notes) and np.median(track.notes["pitch"]) < _LOW_MEDIAN
    return ("F", 4, 0) if low else ("G", 2, 0)


def _write_directions(measure: ET.Element, page: _Page, number: int) -> None:
    """Write the section's name where it starts, and tempos."""
    bar = page.bars[number]
    for marker in page.score.markers:
        if bar.start <= marker.tick < bar.end and marker.text.strip():
            direction = ET.SubElement(measure, "direction", placement="above")
            text_element(ET.SubElement(direction, "direction-type"), "rehearsal", marker.text)
    for tempo in page.score.tempos:
        if not bar.start <= tempo.tick < bar.end:
            continue
        direction = ET.SubElement(measure, "direction", placement="above")
        metronome = ET.SubElement(ET.SubElement(direction, "direction-type"), "metronome")
        text_element(metronome, "beat-unit", "quarter")
        if bar.meter.is_compound:
            ET.SubElement(metronome, "beat-unit-dot")
        text_element(metronome, "per-minute", f"{tempo.qpm / (1.5 if bar.meter.is_compound else 1):.4g}")
        if tempo.tick > bar.start:
            text_element(direction, "offset", tempo.tick - bar.start)
        ET.SubElement(direction, "sound", tempo=repr(float(tempo.qpm)))


class _BarWriter:
    """Writes the voices of one bar one after the other, going back to the bar line between them."""

    def __init__(self, measure: ET.Element, part: _Part, bar: Bar, has_chords: bool, page: _Page) -> None:
        self._measure, self._part, self._bar, self._page = measure, part, bar, page
        self._has_chords = has_chords
        self._n_written = 0

    def staff(self, staff: int, voices: list[list[Piece]]) -> None:
        """Write a staff; a second voice without notes in this bar is left out."""
        sounding = [voice for voice in voices if any(piece.pitches for piece in voice)]
        rest = [[Piece(self._bar.start, self._bar.end, (), 0, _C_MAJOR)]]
        number = staff + 1 if len(self._part.staves) > 1 else 0
        for index, pieces in enumerate(sounding or rest):
            if self._n_written:
                backup = ET.SubElement(self._measure, "backup")
                text_element(backup, "duration", self._bar.meter.bar_ticks)
            # Voices of the second staff are numbered from 5, as notation programs do.
            self._voice(pieces, staff * 4 + index + 1, number)
            self._n_written += 1

    def _voice(self, pieces: list[Piece], voice: int, staff: int) -> None:
        """Write one voice's pieces, chord symbols before the piece that they fall on."""
        for piece, marks in zip(pieces, marks_of(pieces, self._bar), strict=True):
            if self._has_chords and not self._n_written:
                self._chord_symbols(piece)
            if self._part.track.is_drum and piece.pitches:
                self._strokes(piece, marks, voice)
            else:
                write_piece(self._measure, piece, marks, self._bar, voice, staff)

    def _chord_symbols(self, piece: Piece) -> None:
        """Write the symbols that fall on a piece; a text that is no chord is left out."""
        for symbol in self._page.score.chord_symbols:
            if piece.start <= symbol.tick < piece.end:
                try:
                    chord = None if means_no_chord(symbol.text) else parse_chord(symbol.text)
                except NotationError:
                    continue
                write_chord(self._measure, chord, symbol.tick - piece.start, self._page.key_at(symbol.tick))

    def _strokes(self, piece: Piece, marks: Marks, voice: int) -> None:
        """Write drums struck together, each at its place on the staff."""
        for index, pitch in enumerate(piece.pitches):
            drum = drum_of(pitch)
            note = ET.SubElement(self._measure, "note")
            if index:
                ET.SubElement(note, "chord")
            unpitched = ET.SubElement(note, "unpitched")
            text_element(unpitched, "display-step", drum.step)
            text_element(unpitched, "display-octave", drum.octave)
            write_length(note, piece, False, voice, _instrument_id(self._part, pitch))
            text_element(note, "stem", "up")
            text_element(note, "notehead", drum.notehead)
            write_notations(note, piece, marks, is_chord_tone=index > 0)
