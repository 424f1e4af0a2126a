"""Read a lead sheet from ABC notation (https://abcnotation.com/wiki/abc:standard:v2.1).

Taken: one tune's first voice, chord symbols in quotes, part marks (``P:``) as sections,
repeats, endings and jumps written out, key with its mode, the meter and first tempo, words (``w:``), of
several verses one in each turn. What is left out (ornaments, grace notes, other voices …) stands
in the sheet's remarks; an unknown sign or chord is an error that names the bar.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.abc_parts import parse_part_order
from symbolic_music.formats.abc_tune import Bar, Heading, make_lead_sheet
from symbolic_music.formats.spelling import fifths_to_key, transpose_fifths
from symbolic_music.limits import BARS, REPEATS, SIGNS, TEXT_BYTES, name_of, read_file
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.lyrics import EXTENDER
from symbolic_music.theory.chord import means_no_chord, parse_chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter, parse_meter
from symbolic_music.theory.pitch import NATURAL_PITCH_CLASS
from symbolic_music.theory.repeats import jumps_of_words

DEFAULT_QPM = 120.0
_SAME_METERS = {"C": "4/4", "C|": "4/4", "2/2": "4/4"}
# Modes by their first three letters: fifths from the major key on the same tonic, and the nearer of our two modes.
_MODES = {
    "": (0, "major"), "maj": (0, "major"), "ion": (0, "major"), "lyd": (1, "major"), "mix": (-1, "major"),
    "m": (-3, "minor"), "min": (-3, "minor"), "aeo": (-3, "minor"), "dor": (-2, "minor"), "phr": (-4, "minor"),
    "loc": (-5, "minor"),
}  # fmt: skip
_SHARPS = "FCGDAEB"
# Notes of a tuplet of p in the time of: 2 in 3, 3 in 2, 4 in 3 …
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_SLOWEST, _FASTEST = 1, 2000
_MOST_SAID = 20
_FARTHEST = 60
_LONGEST_TUPLET, _LONGEST_UNITS, _LONGEST_BAR = 32, 512, 512
_VOICE = re.compile(r"\[V:([^\]]*)\]")
_SIGNS = re.compile(
    r'(?P<text>"[^"]*")|(?P<inline>\[[A-Za-z]:[^\]]*\])|(?P<bar>:*\|+[\]:]*|:{2,}|\[\|\]?|:\|?)(?P<passes>\s*\[?[1-9][\d,-]*)?'
    r"|(?P<ending>\[[1-9][\d,-]*)|(?P<grace>\{[^}]*\})|(?P<tuplet>\(\d(?::\d*){0,2})"
    r"|(?P<stack>\[[^\]]*\])(?P<stacklen>\d*/*\d*)|(?P<acc>[\^_=]*)(?P<note>[A-Ga-g])(?P<octave>[,']*)(?P<len>\d*/*\d*)"
    r"|(?P<rest>[zxy])(?P<restlen>\d*/*\d*)|(?P<bars>Z)(?P<count>\d*)|(?P<tie>-)|(?P<broken>[<>]+)"
    r"|(?P<ignored>![^!\n]*!|\+[^+\n]*\+|[~HLMOPSTuv.()\s`\\&*$])"
)
# A word line's signs: text with its hyphen, a note skipped or held, the next bar; ~ is a space, \\- a hyphen.
_WORDS = re.compile(r"(?P<text>(?:\\-|[^\s\-_*|])+)(?P<hyphen>-?)|(?P<skip>[_*-])|(?P<bar>\|)")
_VERSE_NUMBER = re.compile(r"^\d+[.)]\s*")
_NOTE = re.compile(r"([\^_=]*)([A-Ga-g])([,']*)(\d*/*\d*)")


@dataclass
class _Reading:
    """What holds while a tune is read."""

    where: str
    title: str = ""
    meter: Meter | None = None
    unit: Fraction | None = None
    first_meter: Meter | None = None
    qpm: float = DEFAULT_QPM
    key: Key = field(default_factory=lambda: Key("C", "major"))
    signature: dict[str, int] = field(default_factory=dict)
    bars: list[Bar] = field(default_factory=lambda: [Bar()])
    altered: dict[str, int] = field(default_factory=dict)
    endings: frozenset[int] = frozenset()
    tuplet: tuple[int, Fraction] = (0, Fraction(1))
    broken: Fraction = Fraction(1)
    # The voice that is taken, the first of the header or body, and whether what is read now belongs to another.
    voice: str | None = None
    skips: bool = False
    overlays: bool = False
    # Semitones from what is written to what sounds, and parts in the order in which they are played.
    transpose: int = 0
    order: tuple[str, ...] = ()
    n_signs: int = 0
    # What the sheet does not have: sentences, and counts of things.
    said: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def say(self, what: str) -> None:
        """Remember what is not kept, once."""
        if what not in self.said[-_MOST_SAID:]:
            self.said.append(what)

    # The last line of music: (bar, note) of each note, its first bar, and the word lines that it has so far.
    line: list[tuple[int, int]] = field(default_factory=list)
    line_bar: int = 0
    verse: int = 0

    def fail(self, what: str) -> FileFormatError:
        """Make the error for something wrong in the present bar."""
        return FileFormatError(f"{self.where}: bar {len(self.bars)}: {what}")

    def number(self, digits: str, what: str, low: int = 1, high: int = 999) -> int:
        """Read a whole number that lies in a range."""
        value = int(digits[:12])
        if not low <= value <= high:
            shown = digits if len(digits) < 12 else f"{digits[:12]}…"
            raise self.fail(f"{what} {shown} is not possible; use {low} to {high}")
        return value


def read_abc(path: str | Path, number: int | None = None) -> LeadSheet:
    """Read a tune of an ABC file as a lead sheet.

    Parameters
    ----------
    number : int, optional
        The tune's number (its ``X:`` field); the file's first tune if left out.

    Raises
    ------
    FileFormatError
        If the file cannot be read, has no such tune, or a bar has what cannot
        be understood; the message names the bar.
    """
    path, tunes = Path(path), _split_tunes(Path(path))
    numbers = tune_numbers(path)
    if number is not None and number not in numbers:
        shown = ", ".join(str(n) for n in numbers[:12]) + (" …" if len(numbers) > 12 else "")
        raise FileFormatError(f"{path}: there is no tune {number}; the file has {shown}")
    return parse_abc(tunes[0 if number is None else numbers.index(number)], str(path))


def tune_numbers(path: str | Path) -> list[int]:
    """List the numbers (``X:`` fields) of an ABC file's tunes, in order.

    Raises
    ------
    FileFormatError
        If the file cannot be read or has no tune.
    """
    return [int(found[1]) if (found := re.match(r"X:\s*(\d{1,9})", tune)) else 0 for tune in _split_tunes(Path(path))]


def _split_tunes(path: Path) -> list[str]:
    """The texts of a file's tunes; files from before UTF-8 are Latin-1."""
    data = read_file(path, TEXT_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    # The line ends that text files have, no others: a form feed stays inside its line.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    tunes = [tune for tune in re.split(r"(?m)^(?=X:)", text) if tune.startswith("X:") and "K:" in tune]
    if not tunes:
        raise FileFormatError(f"{path}: not ABC notation: there is no tune with X: and K: fields")
    return tunes


def parse_abc(text: str, where: str = "ABC") -> LeadSheet:
    """Read one tune from ABC text; see `read_abc`."""
    reading = _Reading(where)
    in_header = True
    for line in text.split("\n"):
        line = re.sub(r"(?<!\\)%.*$", "", line).rstrip()
        if re.match(r"[A-Za-z+]:", line) and not re.match(r"[|:]", line):
            _read_field(reading, line[0], line[2:].strip(), in_header)
            in_header = in_header and line[0] != "K"
        elif line.strip() and not in_header:
            _read_music(reading, line)
    return _lead_sheet(reading)


def _lead_sheet(reading: _Reading) -> LeadSheet:
    """Put what was read together."""
    bars = [bar for bar in reading.bars if bar.length]
    if not bars:
        raise FileFormatError(f"{reading.where}: the tune has no notes")
    if reading.meter is None:
        raise FileFormatError(f"{reading.where}: the tune has no meter (M: field)")
    # Signs after the last bar line stand in a bar without length: a jump belongs to the bar before, a chord to none.
    bars[-1].jumps |= reading.bars[-1].jumps
    reading.left_out["chord symbols after the last note left out"] += len(reading.bars[-1].chords) * (
        not reading.bars[-1].length
    )
    said = [*reading.said[:_MOST_SAID], *(f"{count} {what}" for what, count in reading.left_out.items() if count)]
    title = reading.title or name_of(reading.where)
    return make_lead_sheet(
        bars,
        Heading(reading.where, title, reading.first_meter or reading.meter, reading.qpm, tuple(said), reading.order),
    )


def _read_field(reading: _Reading, name: str, value: str, in_header: bool) -> None:
    """Read an information field of the header or body; those of a voice that is not taken say nothing."""
    if name == "V":
        _read_voice(reading, value, in_header)
    elif reading.skips:
        return
    elif name == "T" and not reading.title:
        reading.title = value
    elif name == "M":
        _read_meter(reading, value)
    elif name == "L":
        _read_unit(reading, value)
    elif name == "Q":
        _read_tempo(reading, value)
    elif name == "K":
        _read_key(reading, value)
    elif name == "P" and in_header:
        _read_order(reading, value)
    elif name == "P":
        reading.bars[-1].section = value
    elif name == "w":
        _read_words(reading, value)


def _read_order(reading: _Reading, value: str) -> None:
    """Read in which order the parts are played; what is no order says nothing of it."""
    try:
        reading.order = parse_part_order(value, reading.where)
    except FileFormatError as failure:
        reading.order = ()
        reading.say(
            f"order of parts {value[:20]} (P:) not played: {failure.message.removeprefix(reading.where + ': ')}"
        )


def _read_transposition(reading: _Reading, value: str) -> None:
    """Read by how much a voice sounds higher than it is written: ``transpose=-2``, ``octave=-1``, ``clef=treble-8``."""
    semitones = [("transpose", 1), ("octave", 12)]
    found = [(re.search(rf"(?<![A-Za-z]){word}=([-+]?\d{{1,3}})(?![\d.])", value), size) for word, size in semitones]
    clef = re.search(r"(?<![A-Za-z])(?:clef=)?[\"']?(?:treble|alto|tenor|bass|[GCF]\d?|perc)\d?([-+])8", value)
    if any(match for match, _ in found) or clef:
        reading.transpose = sum(int(match[1]) * size for match, size in found if match)
        reading.transpose += 12 * (1 if clef[1] == "+" else -1) if clef else 0
    if abs(reading.transpose) > _FARTHEST:
        raise reading.fail(f"a transposition by {reading.transpose} semitones is not possible; use up to {_FARTHEST}")


def _read_voice(reading: _Reading, value: str, in_header: bool) -> None:
    """Take the first voice that is named, in the header or where music begins; leave the others out."""
    name = value.split()[0] if value.split() else ""
    if reading.voice is None:
        # What stands before any name is the first voice.
        reading.voice = "1" if any(bar.length for bar in reading.bars) else name
    if not in_header:
        reading.skips = name != reading.voice
    if name == reading.voice:
        _read_transposition(reading, value)
    else:
        reading.say(f"voice {name[:20]} left out")


def _read_unit(reading: _Reading, value: str) -> None:
    """Read the unit note length: ``1/8``, ``1/4`` or ``1``."""
    match = re.match(r"1\s*(?:/\s*(\d+))?", value)
    if match is None:
        raise reading.fail(f"unit note length {value[:40]!r} is not known; write e.g. 1/8")
    reading.unit = Fraction(4, reading.number(match[1] or "1", "unit note length 1 /", 1, 64))


def _read_meter(reading: _Reading, value: str) -> None:
    """Read the meter: the tune's, or from here on."""
    try:
        meter = parse_meter(_SAME_METERS.get(value, value)[:40])
    except NotationError as failure:
        raise reading.fail(f"meter {failure}") from None
    if reading.meter not in (None, meter) and any(bar.length for bar in reading.bars):
        if reading.bars[-1].length:
            raise reading.fail(f"the meter changes to {meter} inside a bar; write the change after its bar line")
        reading.bars[-1].meter = meter
    elif reading.first_meter is None or not any(bar.length for bar in reading.bars):
        reading.first_meter = meter
    reading.meter = meter


def _read_tempo(reading: _Reading, value: str) -> None:
    """Read ``1/4=120``, ``3/8=80``, ``120`` or text with one of them; later ones change the tempo at a bar line."""
    is_change = any(bar.length for bar in reading.bars)
    if is_change and reading.bars[-1].length:
        reading.left_out["changes of tempo inside a bar left out"] += 1
        return
    match = re.search(r"(\d{1,3})\s*/\s*(\d{1,3})\s*=\s*(\d{1,6}(?:\.\d{1,6})?)", value)
    plain = re.search(r"(?:^|=)\s*(\d{1,6}(?:\.\d{1,6})?)\s*$", re.sub(r'"[^"]*"', "", value))
    if match:
        unit = Fraction(4 * int(match[1]), reading.number(match[2], "the tempo's note 1 /"))
        tempo = float(match[3]) * float(unit)
    elif plain:
        tempo = float(plain[1])
    elif re.search(r"\d", re.sub(r'"[^"]*"', "", value)):
        raise reading.fail(f"tempo {value[:40]!r} is not known; write e.g. 1/4=120")
    else:
        reading.left_out["tempo in words alone left out"] += 1
        return
    if not _SLOWEST <= tempo <= _FASTEST:
        raise reading.fail(f"tempo {value[:40]!r} is not possible; use {_SLOWEST} to {_FASTEST} quarters a minute")
    if is_change:
        reading.bars[-1].qpm = tempo
    else:
        reading.qpm = tempo


def _read_key(reading: _Reading, value: str) -> None:
    """Read a key with its mode, such as ``Ador``, ``Bb``, ``F#m`` or ``D mix``."""
    word = re.sub(r"\b(clef|middle|transpose|octave|stafflines)=\S+|\b(treble|bass|alto)\b.*$", "", value).strip()
    _read_transposition(reading, value)
    if value and not word and reading.bars[-1].key is None and len(reading.bars) > 1:
        return  # a clef alone leaves the key
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", word)
    if word.lower() in ("", "none", "hp"):
        match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", "C")
    if match is None or (mode := match[3].lower()[:3]) not in _MODES:
        raise reading.fail(f"key {value!r} is not known; write e.g. G, Am, Ddor, F#min")
    shift, ours = _MODES[mode]
    fifths = _SHARPS.index(match[1]) - 1 + {"#": 7, "b": -7, "": 0}[match[2]]
    signed = fifths + shift
    # The tonic stays; modes that we do not have take the nearer of ours, keys beyond seven signs the same in others.
    own = fifths - (3 if ours == "minor" else 0)
    sounding = transpose_fifths(own, reading.transpose)
    reading.key = fifths_to_key(sounding - 12 if sounding > 7 else sounding + 12 if sounding < -7 else sounding, ours)
    if own != signed:
        reading.say(f"mode {match[3]} on {match[1]}{match[2]} written as {reading.key}")
    order = _SHARPS if signed > 0 else _SHARPS[::-1]
    # The eighth sign doubles the first.
    steps = Counter(order[number % 7] for number in range(abs(signed)))
    reading.signature = {step: count if signed > 0 else -count for step, count in steps.items()}
    reading.bars[-1].key = reading.key


def _read_music(reading: _Reading, line: str) -> None:
    """Read a line of notes, chords and bar lines; of other voices, only where they end."""
    if not reading.skips:
        reading.line, reading.line_bar, reading.verse = [], len(reading.bars) - 1, 0
    place = 0
    while place < len(line):
        if reading.skips:
            voice = _VOICE.search(line, place)
            if voice is None:
                return
            _read_voice(reading, voice[1].strip(), in_header=False)
            place = voice.end()
            continue
        match = _SIGNS.match(line, place)
        if match is None or match.end() == place:
            raise reading.fail(f"sign {line[place]!r} is not understood (in {line[place : place + 12]!r})")
        reading.n_signs += 1
        SIGNS.check(reading.n_signs, reading.where)
        _take_sign(reading, match)
        place = match.end()


def _read_words(reading: _Reading, text: str) -> None:
    """Put one verse under the notes of the line of music above; words that are too many are left out."""
    reading.verse += 1
    place, bar = 0, reading.line_bar
    for match in _WORDS.finditer(text):
        if match["bar"]:
            bar += 1
            start = bisect_left(reading.line, bar, key=lambda note: note[0])
            place = max(place, start)  # words that ran over the bar line stay
            continue
        if match["skip"] == "_" and place < len(reading.line):
            in_bar, number = reading.line[place]
            reading.bars[in_bar].words[number, reading.verse] = (EXTENDER, False)
        word = _VERSE_NUMBER.sub("", (match["text"] or "").replace("\\-", "-").replace("~", " ")).strip()
        if word and place < len(reading.line):
            in_bar, number = reading.line[place]
            reading.bars[in_bar].words[number, reading.verse] = (word, bool(match["hyphen"]))
        elif word:
            reading.left_out["words without a note left out"] += 1
        place += 1


def _take_sign(reading: _Reading, match: re.Match[str]) -> None:
    """Take one sign of a line."""
    if match["bar"]:
        reading.overlays = False
        _end_bar(reading, match["bar"], match["passes"])
    elif match["inline"]:
        _read_field(reading, match["inline"][1], match["inline"][3:-1].strip(), in_header=False)
    elif reading.overlays:
        return
    elif match["text"]:
        _take_text(reading, match["text"][1:-1].strip())
    elif match["ending"]:
        _begin_ending(reading, match["ending"])
    elif match["tuplet"]:
        _begin_tuplet(reading, match["tuplet"])
    elif match["tie"] and reading.bars[-1].notes:
        reading.bars[-1].notes[-1][3] = True
    elif match["broken"]:
        _break_rhythm(reading, match["broken"])
    elif match["grace"]:
        reading.left_out["grace notes left out"] += len(_NOTE.findall(match["grace"]))
    elif match["ignored"]:
        _leave_out(reading, match["ignored"])
    else:
        _take_notes(reading, match)


def _take_notes(reading: _Reading, match: re.Match[str]) -> None:
    """Take a note, the highest of a stack, or rests."""
    if match["stack"]:
        pitches = [(_pitch(reading, *found[:3]), found[3]) for found in _NOTE.findall(match["stack"])]
        if pitches:
            highest, inner = max(pitches)
            _add_note(reading, highest, _length(reading, inner) * _length(reading, match["stacklen"]))
            reading.left_out["lower notes of chords left out"] += len(pitches) - 1
    elif match["note"]:
        _add_note(
            reading, _pitch(reading, match["acc"], match["note"], match["octave"]), _length(reading, match["len"])
        )
    elif match["rest"] and match["rest"] != "y":
        _add_note(reading, None, _length(reading, match["restlen"]))
    elif match["bars"]:
        _rest_bars(reading, reading.number(match["count"] or "1", "bars of rest", 1, BARS.most))


def _leave_out(reading: _Reading, sign: str) -> None:
    """Say what a sign would have been, if it is one that is heard."""
    name = sign.strip("!+").lower()
    if sign == "&":
        reading.overlays = True
        reading.left_out["second voices in a bar (&) left out"] += 1
    elif _take_jump(reading, name):
        return
    elif sign in "~HLMOPSTuv" or (len(name) > 1 and sign[0] in "!+"):
        reading.left_out["ornaments and marks of expression left out"] += 1


def _take_jump(reading: _Reading, words: str) -> bool:
    """Take a jump or its target (D.C., D.S., Fine, To Coda, coda, segno); tell whether it was one."""
    jumps = jumps_of_words(words)
    reading.bars[-1].jumps |= jumps
    return bool(jumps)


def _take_text(reading: _Reading, text: str) -> None:
    """Take a chord symbol; what begins with a placement sign is an annotation."""
    if not text or text[0] in "^_<>@":
        if text and not _take_jump(reading, text[1:]):
            reading.left_out["annotations left out"] += 1
        return
    # As Nottingham writes them: optional ones in brackets, a bass as a small letter and + for its sharp, d for
    # diminished, a for augmented.
    plain = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    written = re.sub(r"/([A-Ga-g])([+b#]?)$", lambda found: f"/{found[1].upper()}{found[2].replace('+', '#')}", plain)
    written = re.sub(r"^([A-G][#b]?)d$", r"\1dim", re.sub(r"^([A-G][#b]?)a$", r"\1aug", written))
    try:
        chord = None if means_no_chord(written) else parse_chord(written).transpose(reading.transpose)
    except NotationError as failure:
        raise reading.fail(str(failure)) from None
    reading.bars[-1].chords.append((reading.bars[-1].length, chord))


def _begin_tuplet(reading: _Reading, text: str) -> None:
    """Set how the next notes are squeezed: ``(3``, ``(p:q:r``."""
    # The sign has one digit before the first colon; what follows may be longer than any tuplet.
    given = [int(number[:3]) if number else 0 for number in text[1:].split(":")]
    count, time, span = (*given, 0, 0)[:3]
    compound = reading.meter is not None and reading.meter.is_compound
    if count < 2 or time > _LONGEST_TUPLET or span > _LONGEST_TUPLET:
        raise reading.fail(f"tuplet {text[:12]} is not possible; use (2 to (9, such as (3 or (3:2:3")
    time = time or _TUPLETS.get(count, 3 if compound else 2)
    reading.tuplet = (span or count, Fraction(time, count))


def _break_rhythm(reading: _Reading, signs: str) -> None:
    """Lengthen the note before ``>`` (or shorten it before ``<``); the next one takes the rest."""
    notes, bar = reading.bars[-1].notes, reading.bars[-1]
    short = Fraction(1, 2 ** reading.number(str(len(signs)), "a broken rhythm's number of signs", 1, 3))
    first = 2 - short if signs[0] == ">" else short
    if len(set(signs)) > 1:
        raise reading.fail(f"broken rhythm {signs!r} is not understood; use > or <, up to three")
    if notes and notes[-1][0] + notes[-1][1] == bar.length:
        change = notes[-1][1] * (first - 1)
        notes[-1][1] += change
        bar.length += change
        reading.broken = 2 - first


def _rest_bars(reading: _Reading, count: int) -> None:
    """Rest for whole bars."""
    meter = reading.meter or Meter(4, 4)
    for number in range(count):
        reading.bars[-1].length = Fraction(meter.bar_ticks, TPQ)
        if number + 1 < count:
            _end_bar(reading, "|", None)


def _length(reading: _Reading, text: str) -> Fraction:
    """Read a length in units: empty, ``3``, ``/``, ``3/2``, ``//``."""
    above, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    length = Fraction(reading.number(above or "1", "length", 0, _LONGEST_UNITS))
    if below:
        return length / reading.number(below, "length /", 1, _LONGEST_UNITS)
    return length / 2 ** reading.number(str(len(slashes)), "a length's number of strokes", 0, 6)


def _pitch(reading: _Reading, accidental: str, letter: str, octave: str) -> int:
    """Read a pitch; accidentals hold to the bar's end in all octaves, as the standard has it."""
    step = letter.upper()
    if accidental:
        reading.altered[step] = accidental.count("^") - accidental.count("_")
    alteration = reading.altered.get(step, reading.signature.get(step, 0))
    base = 60 if letter.isupper() else 72
    octaves = octave.count("'") - octave.count(",")
    return base + NATURAL_PITCH_CLASS[step] + alteration + 12 * octaves + reading.transpose


def _add_note(reading: _Reading, pitch: int | None, units: Fraction) -> None:
    """Add a note, or a rest without a pitch."""
    unit = reading.unit or _default_unit(reading)
    left, factor = reading.tuplet
    length = units * unit * (factor if left else 1) * reading.broken
    reading.tuplet, reading.broken = (max(0, left - 1), factor), Fraction(1)
    bar = reading.bars[-1]
    if pitch is not None:
        if not 0 <= pitch <= 127:
            raise reading.fail(f"pitch {pitch if abs(pitch) < 10**6 else 'far away'} is not possible; use 0 to 127")
        bar.notes.append([bar.length, length, pitch, False])
        reading.line.append((len(reading.bars) - 1, len(bar.notes) - 1))
    bar.length += length
    if bar.length > _LONGEST_BAR:
        raise reading.fail(f"it lasts more than {_LONGEST_BAR} quarters; write bar lines")


def _default_unit(reading: _Reading) -> Fraction:
    """The unit note where ``L:`` is missing: a sixteenth in meters below 3/4, else an eighth."""
    meter = reading.meter or Meter(4, 4)
    return Fraction(1, 4) if Fraction(meter.beats, meter.unit) < Fraction(3, 4) else Fraction(1, 2)


def _end_bar(reading: _Reading, sign: str, passes: str | None) -> None:
    """Close the present bar at a bar line and open the next."""
    bar = reading.bars[-1]
    reading.altered = {}
    if bar.length or bar.chords:
        bar.ends = sign.startswith(":")
        if bar.ends or sign.count("|") > 1 or "]" in sign:
            reading.endings = frozenset()
        reading.bars.append(Bar(endings=reading.endings))
        BARS.check(len(reading.bars) - 1, reading.where)
    elif sign.startswith(":") and len(reading.bars) > 1:
        reading.bars[-2].ends = True
        reading.endings = bar.endings = frozenset()
    reading.bars[-1].starts |= sign.endswith(":") and sign != ":"
    if passes:
        reading.endings = reading.bars[-1].endings = _passes(reading, passes)


def _begin_ending(reading: _Reading, text: str) -> None:
    """Begin an ending; inside a bar, what stands before it is played in every turn."""
    reading.endings = _passes(reading, text)
    if reading.bars[-1].length:
        reading.bars[-1].is_cut = True
        reading.bars.append(Bar())
        BARS.check(len(reading.bars) - 1, reading.where)
    reading.bars[-1].endings = reading.endings


def _passes(reading: _Reading, text: str) -> frozenset[int]:
    """Read ``1``, ``1,2`` or ``1-3``."""
    numbers: set[int] = set()
    for part in text.strip(" [").split(","):
        ends = [reading.number(number, "ending", 0, REPEATS.most) for number in part.split("-") if number]
        numbers |= set(range(ends[0], ends[-1] + 1)) if ends else set()
    return frozenset(numbers)
