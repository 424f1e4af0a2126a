"""Lead sheets as ABC 2.1: melody, chord symbols, section names, keys, words.

The unit is a sixteenth; triplets are written ``(3:2:n``; a chord symbol inside a
long note cuts it into tied ones, since ABC puts symbols before notes only.
Standard: https://abcnotation.com/wiki/abc:standard:v2.1
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.musicxml import key_of_bar, pickup_start, pieces_by_bar
from symbolic_music.formats.notation import NOTE_VALUES, Piece, cut_span, marks_of
from symbolic_music.formats.spelling import spell_chord, spell_pitch_class
from symbolic_music.song.bars import Bar
from symbolic_music.song.leadsheet import LeadSheet, symbols_in_order
from symbolic_music.theory.chord import NO_CHORD, QUALITIES, Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter

_UNIT_TICKS = 3
_BARS_PER_LINE = 4
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_ACCIDENTALS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
# Where the usual text of a quality is not known to ABC's readers.
_CHORD_TEXTS = {"minmaj7": "mM7", "maj9": "M9", "9sus4": "11", "maj13": "M13", "7alt": "7#5#9"}
_ALIGNING = re.compile(r"[_*|~\\%]")
_Spelled = tuple[str, int]


def write_abc(sheet: LeadSheet, path: str | Path) -> None:
    """Write a lead sheet as an ABC tune.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = lead_sheet_to_abc(sheet)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def lead_sheet_to_abc(sheet: LeadSheet) -> str:
    """Write a lead sheet as the text of an ABC tune."""
    bars = list(sheet.lines.bars)
    pieces = pieces_by_bar(sheet, bars)
    starts = {span.start_bar: span.name for span in sheet.sections}
    lines = _header(sheet)
    line: list[str] = []
    sung: list[list[Piece]] = []
    held: dict[int, int] = {}
    for number, bar in enumerate(bars):
        key = key_of_bar(sheet, number)
        is_new_key = number > 0 and key != key_of_bar(sheet, number - 1)
        fields = _changes(sheet, number)
        # Four bars a line, counted from the section's start.
        if line and (number in starts or is_new_key or fields or len(line) == _BARS_PER_LINE):
            lines += [" | ".join(line) + " |", *_word_line(sung, held)]
            line, sung = [], []
        lines += [f"P:{_one_line(starts[number])}"] if number in starts else []
        lines += fields
        lines += [f"K:{_key_text(key)}"] if is_new_key else []
        parts = [part for piece in pieces[number] for part in _at_chords(piece, sheet, bars)]
        line.append(_bar_text(sheet, bar, parts))
        sung.append(parts)
    return "\n".join([*lines, *([" | ".join(line) + " |]", *_word_line(sung, held)] if line else []), ""])


def _word_line(bars: list[list[Piece]], held: dict[int, int]) -> list[str]:
    """Write the words under a line of music, a line a verse; none where nothing is sung.

    ``held`` says of every verse on which tick its syllable so far has its last note.
    """
    verses = sorted({word.verse for bar in bars for piece in bar for word in piece.words if word.text})
    return [_verse_line(bars, verse, held) for verse in range(1, max(verses, default=0) + 1)]


def _verse_line(bars: list[list[Piece]], verse: int, held: dict[int, int]) -> str:
    """Write one verse: an underline where a syllable goes on, a star where a note has none."""
    texts, is_sung = [], False
    for bar in bars:
        text = ""
        for piece in bar:
            word = next((one for one in piece.words if one.verse == verse and one.text), None)
            if word is not None:
                text += _syllable_text(word.text) + ("-" if word.place in ("begin", "middle") else " ")
                held[verse] = word.last
            elif piece.pitches:
                is_tied = piece.is_tied_from and is_sung
                text += "_" if piece.start <= held.get(verse, -1) or is_tied else "*"
            is_sung = text.endswith(("_", " ", "-")) if piece.pitches else False
        texts.append(text.strip())
    return "w: " + " | ".join(texts)


def _syllable_text(text: str) -> str:
    """Write what would be a sign for aligning words so that it is text."""
    return _one_line(_ALIGNING.sub(" ", text)).replace("-", "\\-").replace(" ", "~")


def _header(sheet: LeadSheet) -> list[str]:
    """Write the fields before the music; the key is the last one."""
    return [
        "X:1", f"T:{_one_line(sheet.title)}", f"M:{sheet.meter}", "L:1/16", _tempo_field(sheet.tempo_qpm, sheet.meter),
        f"K:{_key_text(key_of_bar(sheet, 0))}",
    ]  # fmt: skip


def _changes(sheet: LeadSheet, bar: int) -> list[str]:
    """Write meter and tempo where they change; the unit of lengths stays."""
    tick, meter = sheet.lines.tick_of(bar), sheet.lines.bars[bar].meter
    changes = [f"M:{change.meter}" for change in sheet.meter_changes if change.tick == tick]
    return changes + [_tempo_field(change.qpm, meter) for change in sheet.tempo_changes if change.tick == tick]


def _tempo_field(qpm: float, meter: Meter) -> str:
    """Write a tempo in the meter's beats."""
    return f"Q:3/8={qpm / 1.5:.6g}" if meter.is_compound else f"Q:1/4={qpm:.6g}"


def _one_line(text: str) -> str:
    """Take line breaks and control characters out of a text."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split()) or "untitled"


def _key_text(key: Key) -> str:
    """Write a key: ``Bb`` or ``F#m``."""
    return key.tonic + ("m" if key.mode == "minor" else "")


def _at_chords(piece: Piece, sheet: LeadSheet, bars: list[Bar]) -> Iterator[Piece]:
    """Cut a piece where chord symbols fall inside it."""
    cuts = [tick for tick, _ in symbols_in_order(sheet, piece.start + 1, piece.end)]
    if not cuts:
        yield piece
        return
    is_rest = not piece.pitches
    for start, end in zip([piece.start, *cuts], [*cuts, piece.end], strict=True):
        for cut_start, cut_end, _ in cut_span(start, end, bars, is_rest):
            tied_from = not is_rest and (piece.is_tied_from or cut_start > piece.start)
            tied_on = not is_rest and (piece.is_tied_on or cut_end < piece.end)
            words = piece.words if cut_start == piece.start else ()
            yield Piece(cut_start, cut_end, piece.pitches, piece.velocity, piece.key, tied_from, tied_on, words)


def _bar_text(sheet: LeadSheet, bar: Bar, pieces: list[Piece]) -> str:
    """Write one bar; notes of a beam stand together, spaces part beams."""
    key = key_of_bar(sheet, sheet.lines.bar_at(bar.start))
    symbols = dict(symbols_in_order(sheet, bar.start, bar.end))
    if bar.start == 0 and pieces and pickup_start(sheet):
        symbols = {max(tick, pieces[0].start): chord for tick, chord in symbols.items()}
    altered: set[str] = set()
    text = ""
    marks = marks_of(pieces, bar)
    for index, (piece, mark) in enumerate(zip(pieces, marks, strict=True)):
        if piece.start in symbols:
            text += f'"{_chord_text(symbols[piece.start], key)}"'
        if "start" in mark.tuplet:
            text += f"(3:2:{_tuplet_size([other.tuplet for other in marks[index:]])}"
        text += _note_text(piece, key, altered) + ("-" if piece.is_tied_on else "")
        is_joined = mark.beams[:1] in (("begin",), ("continue",))
        text += "" if is_joined else " "
    return text.strip()


def _tuplet_size(tuplets: list[tuple[str, ...]]) -> int:
    """Count the notes of a tuplet from its first."""
    return next(index for index, tuplet in enumerate(tuplets, start=1) if "stop" in tuplet)


def _note_text(piece: Piece, key: Key, altered: set[str]) -> str:
    """Write a note or rest; ``altered`` remembers the letters of the bar that had an accidental."""
    ticks = Fraction(piece.ticks)
    if piece.ticks in NOTE_VALUES and NOTE_VALUES[piece.ticks][2]:
        ticks *= Fraction(3, 2)  # inside a tuplet the written length counts
    length = ticks / _UNIT_TICKS
    text = "" if length == 1 else str(length.numerator if length.denominator == 1 else length)
    if not piece.pitches:
        return f"z{text}"
    pitch = piece.pitches[0]
    step, alteration = spell_pitch_class(pitch % 12, piece.key)
    octave = (pitch - alteration) // 12 - 1
    # Readers differ in how far an accidental carries, other octaves among them, so it is written each time from there.
    accidental = ""
    if step in altered or alteration != _signature(key, step):
        accidental = _ACCIDENTALS[alteration]
        altered.add(step)
    letter = step.lower() + "'" * (octave - 5) if octave >= 5 else step + "," * (4 - octave)
    return accidental + letter + text


def _signature(key: Key, step: str) -> int:
    """Find what the key signature does to a letter."""
    if key.fifths >= 0:
        return 1 if step in _SHARPS[: key.fifths] else 0
    return -1 if step in _FLATS[: -key.fifths] else 0


def _chord_text(chord: Chord | None, key: Key) -> str:
    """Write a chord symbol, spelled as in the MusicXML file; ``None`` is no chord."""
    if chord is None:
        return NO_CHORD
    root, bass = spell_chord(chord, key)
    text = _name(root) + _CHORD_TEXTS.get(chord.quality, QUALITIES[chord.quality][1])
    return text if chord.bass == chord.root else f"{text}/{_name(bass)}"


def _name(spelled: _Spelled) -> str:
    """Write a spelled pitch class."""
    step, alteration = spelled
    return step + ("#" * alteration if alteration > 0 else "b" * -alteration)
