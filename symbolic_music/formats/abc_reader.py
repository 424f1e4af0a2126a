"""Read a lead sheet from ABC notation (https://abcnotation.com/wiki/abc:standard:v2.1).

Taken: one tune's first voice, chord symbols in quotes, part marks (``P:``) as sections,
repeats and endings written out, key with its mode, the meter and first tempo, words (``w:``), of
several verses one in each turn. Ornaments and annotations are left out; an unknown sign or chord is
an error that names the bar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.repeats import RepeatMarks, order_bars
from symbolic_music.formats.spelling import fifths_to_key
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.lyrics import Syllable, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import Chord, parse_chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter, parse_meter, snap_to_grid
from symbolic_music.theory.pitch import NATURAL_PITCH_CLASS

VELOCITY = 90
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
class _Bar:
    """One bar as written: notes [onset, length, pitch, tied to the next], chords, in quarters from its start."""

    notes: list[list[Fraction | int | bool]] = field(default_factory=list)
    chords: list[tuple[Fraction, Chord]] = field(default_factory=list)
    # By the note's number and the verse: syllable, and whether its word goes on.
    words: dict[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)
    length: Fraction = Fraction(0)
    starts: bool = False
    ends: bool = False
    endings: frozenset[int] = frozenset()
    section: str | None = None
    key: Key | None = None


@dataclass
class _Reading:
    """What holds while a tune is read."""

    where: str
    title: str = ""
    meter: Meter | None = None
    unit: Fraction | None = None
    qpm: float = DEFAULT_QPM
    key: Key = field(default_factory=lambda: Key("C", "major"))
    signature: dict[str, int] = field(default_factory=dict)
    bars: list[_Bar] = field(default_factory=lambda: [_Bar()])
    altered: dict[str, int] = field(default_factory=dict)
    endings: frozenset[int] = frozenset()
    tuplet: tuple[int, Fraction] = (0, Fraction(1))
    broken: Fraction = Fraction(1)
    voice: str | None = None
    skips: bool = False
    # The last line of music: (bar, note) of each note, its first bar, and the word lines that it has so far.
    line: list[tuple[int, int]] = field(default_factory=list)
    line_bar: int = 0
    verse: int = 0

    def fail(self, what: str) -> FileFormatError:
        """Make the error for something wrong in the present bar."""
        return FileFormatError(f"{self.where}: bar {len(self.bars)}: {what}")


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
    return [int(found[1]) if (found := re.match(r"X:\s*(\d+)", tune)) else 0 for tune in _split_tunes(Path(path))]


def _split_tunes(path: Path) -> list[str]:
    """The texts of a file's tunes."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure.strerror}") from None
    tunes = [tune for tune in re.split(r"(?m)^(?=X:)", text) if tune.startswith("X:") and "K:" in tune]
    if not tunes:
        raise FileFormatError(f"{path}: not ABC notation: there is no tune with X: and K: fields")
    return tunes


def parse_abc(text: str, where: str = "ABC") -> LeadSheet:
    """Read one tune from ABC text; see `read_abc`."""
    reading = _Reading(where)
    in_header = True
    for line in text.splitlines():
        line = re.sub(r"(?<!\\)%.*$", "", line).rstrip()
        if re.match(r"[A-Za-z+]:", line) and not re.match(r"[|:]", line):
            _read_field(reading, line[0], line[2:].strip(), in_header)
            in_header = in_header and line[0] != "K"
        elif line.strip() and not in_header and not reading.skips:
            _read_music(reading, line)
    return _lead_sheet(reading)


def _read_field(reading: _Reading, name: str, value: str, in_header: bool) -> None:
    """Read an information field of the header or body."""
    if name == "T" and not reading.title:
        reading.title = value
    elif name == "M":
        _read_meter(reading, value)
    elif name == "L" and (match := re.match(r"1\s*/\s*(\d+)", value)):
        reading.unit = Fraction(4, int(match[1]))
    elif name == "L" and value == "1":
        reading.unit = Fraction(4)
    elif name == "Q":
        _read_tempo(reading, value)
    elif name == "K":
        _read_key(reading, value)
    elif name == "P" and not in_header:
        reading.bars[-1].section = value
    elif name == "w" and not reading.skips:
        _read_words(reading, value)
    elif name == "V" and value.split():
        voice = value.split()[0]
        reading.voice = reading.voice or (None if in_header else voice)
        reading.skips = not in_header and voice != reading.voice


def _read_meter(reading: _Reading, value: str) -> None:
    """Read the meter; a tune has one."""
    try:
        meter = parse_meter(_SAME_METERS.get(value, value))
    except NotationError as failure:
        raise reading.fail(f"meter {failure}") from None
    if reading.meter not in (None, meter) and any(bar.notes for bar in reading.bars):
        raise reading.fail(f"the meter changes to {meter}; a lead sheet has one meter")
    reading.meter = meter


def _read_tempo(reading: _Reading, value: str) -> None:
    """Read ``1/4=120``, ``3/8=80``, ``120`` or text with one of them."""
    match = re.search(r"(\d+)\s*/\s*(\d+)\s*=\s*(\d+(?:\.\d+)?)", value)
    if match:
        reading.qpm = float(match[3]) * 4 * int(match[1]) / int(match[2])
    elif plain := re.search(r"(?:^|=)\s*(\d+(?:\.\d+)?)\s*$", re.sub(r'"[^"]*"', "", value)):
        reading.qpm = float(plain[1])


def _read_key(reading: _Reading, value: str) -> None:
    """Read a key with its mode, such as ``Ador``, ``Bb``, ``F#m`` or ``D mix``."""
    word = re.sub(r"\b(clef|middle|transpose|octave|stafflines)=\S+|\b(treble|bass|alto)\b.*$", "", value).strip()
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", word)
    if word.lower() in ("", "none", "hp"):
        match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", "C")
    if match is None or (mode := match[3].lower()[:3]) not in _MODES:
        raise reading.fail(f"key {value!r} is not known; write e.g. G, Am, Ddor, F#min")
    shift, ours = _MODES[mode]
    fifths = _SHARPS.index(match[1]) - 1 + {"#": 7, "b": -7, "": 0}[match[2]]
    signed = max(-7, min(7, fifths + shift))
    # The tonic stays; modes that we do not have take the nearer of ours.
    reading.key = fifths_to_key(max(-7, min(7, fifths - (3 if ours == "minor" else 0))), ours)
    steps = _SHARPS[:signed] if signed > 0 else _SHARPS[::-1][:-signed]
    reading.signature = dict.fromkeys(steps, 1 if signed > 0 else -1)
    reading.bars[-1].key = reading.key


def _read_music(reading: _Reading, line: str) -> None:
    """Read a line of notes, chords and bar lines."""
    reading.line, reading.line_bar, reading.verse = [], len(reading.bars) - 1, 0
    place = 0
    while place < len(line):
        match = _SIGNS.match(line, place)
        if match is None or match.end() == place:
            raise reading.fail(f"sign {line[place]!r} is not understood (in {line[place : place + 12]!r})")
        _take_sign(reading, match)
        place = match.end()


def _read_words(reading: _Reading, text: str) -> None:
    """Put one verse under the notes of the line of music above; words that are too many are left out."""
    reading.verse += 1
    place, bar = 0, reading.line_bar
    for match in _WORDS.finditer(text):
        if match["bar"]:
            bar += 1
            start = next((number for number, note in enumerate(reading.line) if note[0] >= bar), len(reading.line))
            place = max(place, start)  # words that ran over the bar line stay
            continue
        word = _VERSE_NUMBER.sub("", (match["text"] or "").replace("\\-", "-").replace("~", " ")).strip()
        if word and place < len(reading.line):
            in_bar, number = reading.line[place]
            reading.bars[in_bar].words[number, reading.verse] = (word, bool(match["hyphen"]))
        place += 1


def _take_sign(reading: _Reading, match: re.Match[str]) -> None:
    """Take one sign of a line."""
    if match["text"]:
        _take_text(reading, match["text"][1:-1].strip())
    elif match["inline"]:
        _read_field(reading, match["inline"][1], match["inline"][3:-1].strip(), in_header=False)
    elif match["bar"]:
        _end_bar(reading, match["bar"], match["passes"])
    elif match["ending"]:
        reading.endings = _passes(match["ending"])
        reading.bars[-1].endings = reading.endings
    elif match["tuplet"]:
        _begin_tuplet(reading, match["tuplet"])
    elif match["stack"]:
        pitches = [(_pitch(reading, *found[:3]), found[3]) for found in _NOTE.findall(match["stack"])]
        if pitches:
            highest, inner = max(pitches)
            _add_note(reading, highest, _length(inner) * _length(match["stacklen"]))
    elif match["note"]:
        _add_note(reading, _pitch(reading, match["acc"], match["note"], match["octave"]), _length(match["len"]))
    elif match["rest"] and match["rest"] != "y":
        _add_note(reading, None, _length(match["restlen"]))
    elif match["bars"]:
        _rest_bars(reading, int(match["count"] or 1))
    elif match["tie"] and reading.bars[-1].notes:
        reading.bars[-1].notes[-1][3] = True
    elif match["broken"]:
        _break_rhythm(reading, match["broken"])


def _take_text(reading: _Reading, text: str) -> None:
    """Take a chord symbol; what begins with a placement sign is an annotation."""
    if not text or text[0] in "^_<>@":
        return
    # As Nottingham writes them: optional ones in brackets, a bass as a small letter and + for its sharp, d for
    # diminished, a for augmented.
    plain = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    written = re.sub(r"/([A-Ga-g])(\+?)$", lambda found: f"/{found[1].upper()}{'#' if found[2] else ''}", plain)
    written = re.sub(r"^([A-G][#b]?)d$", r"\1dim", re.sub(r"^([A-G][#b]?)a$", r"\1aug", written))
    if written.lower() in ("n.c.", "nc"):
        return
    try:
        chord = parse_chord(written)
    except NotationError as failure:
        raise reading.fail(str(failure)) from None
    reading.bars[-1].chords.append((reading.bars[-1].length, chord))


def _begin_tuplet(reading: _Reading, text: str) -> None:
    """Set how the next notes are squeezed: ``(3``, ``(p:q:r``."""
    numbers = [int(number) if number else 0 for number in text[1:].split(":")]
    count = numbers[0]
    compound = reading.meter is not None and reading.meter.is_compound
    time = (numbers[1] if len(numbers) > 1 else 0) or _TUPLETS.get(count, 3 if compound else 2)
    reading.tuplet = ((numbers[2] if len(numbers) > 2 else 0) or count, Fraction(time, count))


def _break_rhythm(reading: _Reading, signs: str) -> None:
    """Lengthen the note before ``>`` (or shorten it before ``<``); the next one takes the rest."""
    notes, bar = reading.bars[-1].notes, reading.bars[-1]
    short = Fraction(1, 2 ** len(signs))
    first = 2 - short if signs[0] == ">" else short
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


def _length(text: str) -> Fraction:
    """Read a length in units: empty, ``3``, ``/``, ``3/2``, ``//``."""
    if "/" not in text:
        return Fraction(int(text or 1))
    above, below = text.split("/", 1)[0], text.rsplit("/", 1)[1]
    return Fraction(int(above or 1), int(below) if below else 2 ** text.count("/"))


def _pitch(reading: _Reading, accidental: str, letter: str, octave: str) -> int:
    """Read a pitch; accidentals hold to the bar's end in all octaves, as the standard has it."""
    step = letter.upper()
    if accidental:
        reading.altered[step] = accidental.count("^") - accidental.count("_")
    alteration = reading.altered.get(step, reading.signature.get(step, 0))
    base = 60 if letter.isupper() else 72
    return base + NATURAL_PITCH_CLASS[step] + alteration + 12 * (octave.count("'") - octave.count(","))


def _add_note(reading: _Reading, pitch: int | None, units: Fraction) -> None:
    """Add a note, or a rest without a pitch."""
    unit = reading.unit or _default_unit(reading)
    left, factor = reading.tuplet
    length = units * unit * (factor if left else 1) * reading.broken
    reading.tuplet, reading.broken = (max(0, left - 1), factor), Fraction(1)
    bar = reading.bars[-1]
    if pitch is not None:
        if not 0 <= pitch <= 127:
            raise reading.fail(f"pitch {pitch} is not possible; use 0 to 127")
        bar.notes.append([bar.length, length, pitch, False])
        reading.line.append((len(reading.bars) - 1, len(bar.notes) - 1))
    bar.length += length


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
        following = _Bar(endings=reading.endings)
        reading.bars.append(following)
    elif sign.startswith(":") and len(reading.bars) > 1:
        reading.bars[-2].ends = True
        reading.endings = bar.endings = frozenset()
    reading.bars[-1].starts |= sign.endswith(":") and sign != ":"
    if passes:
        reading.endings = reading.bars[-1].endings = _passes(passes)


def _passes(text: str) -> frozenset[int]:
    """Read ``1``, ``1,2`` or ``1-3``."""
    numbers: set[int] = set()
    for part in text.strip(" [").split(","):
        ends = [int(number) for number in part.split("-") if number]
        numbers |= set(range(ends[0], ends[-1] + 1)) if ends else set()
    return frozenset(numbers)


def _lead_sheet(reading: _Reading) -> LeadSheet:
    """Write the repeats out, place the bars one after another, and put it all together."""
    bars = [bar for bar in reading.bars if bar.length]
    meter = reading.meter
    if not bars:
        raise FileFormatError(f"{reading.where}: the tune has no notes")
    if meter is None:
        raise FileFormatError(f"{reading.where}: the tune has no meter (M: field)")
    order = order_bars([RepeatMarks(b.starts, b.ends, b.endings) for b in bars])
    played = [bars[index] for index in order]
    starts = _place_bars(played, meter, reading.where)
    end = starts[-1] + played[-1].length * TPQ
    n_bars = max(1, -(-end // meter.bar_ticks))
    chords: dict[int, Chord] = {}
    for bar, start in zip(played, starts, strict=True):
        for onset, chord in bar.chords:
            chords[min(snap_to_grid(float(start + onset * TPQ)), n_bars * meter.bar_ticks - 1)] = chord
    events = [ChordEvent(tick, chords[tick]) for tick in sorted(chords)]
    kept = [event for place, event in enumerate(events) if not place or event.chord != events[place - 1].chord]
    melody = make_notes(_melody(played, starts))
    turns = [order[: place + 1].count(index) for place, index in enumerate(order)]
    lyrics = [word for row in zip(played, starts, turns, strict=True) for word in _sung(*row)]
    return LeadSheet(
        title=reading.title or Path(reading.where).stem, tempo_qpm=reading.qpm, meter=meter, n_bars=int(n_bars),
        melody=melody, chords=tuple(kept), sections=_sections(played, starts, meter, int(n_bars)),
        lyrics=settle(lyrics, melody["onset_tick"], 0),
    )  # fmt: skip


def _sung(bar: _Bar, start: Fraction, turn: int) -> list[Syllable]:
    """List a bar's words in this turn: those of its own verse, else of the last one that the bar has."""
    verses = {verse for _, verse in bar.words}
    sung = max((verse for verse in verses if verse <= turn), default=min(verses, default=1))
    return [
        Syllable(snap_to_grid(float(start + bar.notes[number][0] * TPQ)), text, goes_on)
        for (number, verse), (text, goes_on) in bar.words.items() if verse == sung
    ]  # fmt: skip


def _place_bars(bars: list[_Bar], meter: Meter, where: str) -> list[Fraction]:
    """Start of every bar in ticks: a short first bar is a pickup, short bars at repeat signs make one together."""
    whole = Fraction(meter.bar_ticks)
    starts: list[Fraction] = []
    now = Fraction(0)
    for number, bar in enumerate(bars, 1):
        length = bar.length * TPQ
        if length > whole:
            raise FileFormatError(
                f"{where}: bar {number} (as played) lasts {float(length / TPQ):g} quarters;"
                f" {meter} has {meter.bar_ticks / TPQ:g}"
            )
        inside = now % whole
        if number == 1 and length < whole:
            now = whole - length
        elif inside and inside + length > whole:
            now += whole - inside
        elif inside == 0 and length < whole and number < len(bars) and starts and bar.starts:
            now += whole - length  # a pickup of its own before a section
        starts.append(now)
        now += length
    return starts


def _melody(bars: list[_Bar], starts: list[Fraction]) -> list[tuple[int, int, int, int]]:
    """All notes on the grid, tied ones joined."""
    rows: list[list[int]] = []
    tied = False
    for bar, start in zip(bars, starts, strict=True):
        for onset, length, pitch, goes_on in bar.notes:
            begin = snap_to_grid(float(start + onset * TPQ))
            end = snap_to_grid(float(start + (onset + length) * TPQ))
            if tied and rows and rows[-1][2] == pitch and rows[-1][1] == begin:
                rows[-1][1] = end
            elif end > begin:
                rows.append([begin, end, int(pitch), VELOCITY])
            tied = bool(goes_on)
    return [(begin, end - begin, pitch, velocity) for begin, end, pitch, velocity in rows]


def _sections(bars: list[_Bar], starts: list[Fraction], meter: Meter, n_bars: int) -> tuple[SectionSpan, ...]:
    """A section from every part mark and key change."""
    spans: list[tuple[int, str, Key]] = []
    name, key = "song", Key("C", "major")
    for bar, start in zip(bars, starts, strict=True):
        here = int(-(-start // meter.bar_ticks)) if spans else 0
        changed = bar.section is not None or (bar.key is not None and bar.key != key)
        name, key = bar.section or name, bar.key or key
        if changed and spans and spans[-1][0] == here:
            spans[-1] = (here, name, key)
        elif (changed or not spans) and here < n_bars:
            spans.append((here, name, key))
    ends = [*(here for here, _, _ in spans[1:]), n_bars]
    return tuple(SectionSpan(name, here, end - here, key) for (here, name, key), end in zip(spans, ends, strict=True))
