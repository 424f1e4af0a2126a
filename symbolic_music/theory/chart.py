"""Chord charts as text: ``C | Am F | G7 . . C | %``.

Bars stand between ``|``; without any bar line, every symbol is a bar. Chords of one bar
share it on its beats, the first ones longer where it does not divide. ``.`` or ``/`` holds
the chord for one more share, ``%`` repeats the bar before, ``N.C.`` is no chord, ``|:``
and ``:|`` repeat, ``x3`` after a line plays it three times, ``[Chorus]`` or ``Chorus:``
names the section from here (``;`` ends a line too), ``#`` begins a comment line.

Symbols are letters in the world's spellings (`theory.chord`; ``H`` is the B of German sheets, said in a remark, and
refused beside a ``B`` that could be its B flat), Roman numerals (``vi IV I V``, in the chart's key), or the syllables
of Romance sheets (``do sol lam fa``). ChordPro is read (``[C]words [Am]words``, ``{start_of_chorus}``, ``{key: G}``),
and lines of words under their chords are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.limits import BARS, REPEATS, SIGNS
from symbolic_music.remarks import tell
from symbolic_music.theory.chord import NO_CHORD, Chord, means_no_chord, parse_chord
from symbolic_music.theory.chordpro import as_chart, is_chordpro, key_of_chordpro
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import Meter
from symbolic_music.theory.repeats import RepeatMarks, order_bars
from symbolic_music.theory.roman import is_roman, parse_roman

HOLDS = (".", "/", "-")
_SECTION_LINE = re.compile(r"^\s*(?:\[\s*([^\]|]+?)\s*\]|([A-Za-z][\w' -]*?(?:\s*\d+)?)\s*:)(?!\|)\s*(.*)$")
_TIMES = re.compile(r"\s[x×]\s*(\d+)\s*$", re.IGNORECASE)
# Syllables that cannot begin a chord in letters; one of them in a chart and "Do" is C, not D diminished.
_SYLLABLES = {"do": "C", "ré": "D", "re": "D", "mi": "E", "fa": "F", "sol": "G", "la": "A", "si": "B"}
_SYLLABLE = re.compile(r"(do|ré|re|mi|fa|sol|la|si)(?=$|[#b♯♭mM\d+°ø^(/-]|maj|dim|aug|sus|add)", re.IGNORECASE)
_SURE_SYLLABLE = re.compile(rf"(?i:(?!do|fa){_SYLLABLE.pattern})|do(?=$|[#b\dm/])")

WITHOUT_CHORDS = "there is no chord in it; write e.g. C | Am F | G7"


@dataclass(frozen=True)
class ChartBar:
    """One bar: its chords in order, and the section that begins with it.

    ``None`` holds the chord before, ``NO_CHORD`` says that none sounds.
    """

    chords: tuple[Chord | str | None, ...]
    section: str | None = None


@dataclass(frozen=True)
class _Reading:
    """How a chart's symbols are to be read."""

    where: str
    key: Key | None
    has_syllables: bool
    has_bar_lines: bool

    def chord(self, word: str) -> Chord:
        """Read one symbol.

        Raises
        ------
        NotationError
            If it is none, or a numeral without a key.
        """
        if self.has_syllables and (match := _SYLLABLE.match(word)):
            return parse_chord(_in_letters(word, match))
        try:
            return parse_chord(word)
        except NotationError:
            if not is_roman(word):
                raise
        if self.key is None:
            raise NotationError(f"{word!r} is a degree; say the key too, such as --key 'A minor'")
        return parse_roman(word, self.key)


def _in_letters(word: str, match: re.Match[str]) -> str:
    """A symbol in syllables with letters in their place, the bass too."""
    top, slash, bass = word.partition("/")
    text = _SYLLABLES[match[1].lower()] + top[match.end() :]
    below = _SYLLABLE.match(bass)
    return text + slash + (_SYLLABLES[below[1].lower()] + bass[below.end() :] if below else bass)


def parse_chart(text: str, where: str = "chords", key: Key | None = None) -> list[ChartBar]:
    """Read a chord chart.

    Parameters
    ----------
    text : str
        The chart.
    where : str, optional
        What errors call it.
    key : Key, optional
        What degrees are counted in; a chart in ChordPro may say its own.

    Returns
    -------
    list of ChartBar
        Repeats written out.

    Raises
    ------
    FileFormatError
        If a symbol is no chord that is known (it names bar and symbol), a degree
        stands there without a key, or the chart is longer than `symbolic_music.limits` allow.

    Examples
    --------
    >>> [len(bar.chords) for bar in parse_chart("C | Am F | G7")]
    [1, 2, 1]
    >>> from symbolic_music.theory.key import parse_key
    >>> [bar.chords[0].symbol() for bar in parse_chart("vi IV I V", key=parse_key("G"))]
    ['Em', 'C', 'G', 'D']
    """
    written = key_of_chordpro(text)
    key, text = (parse_key(written) if written else key), _in_lines(text)
    plain = re.sub(r"(?m)^\s*#.*$", "", text)
    reading = _Reading(where, key, _has_syllables(plain), "|" in plain)
    _refuse_two_bs(plain, where)
    bars: list[ChartBar] = []
    marks: list[RepeatMarks] = []
    section: str | None = None
    for line in text.splitlines():
        name, line = _split_section(line)
        section = name or section
        if not reading.has_bar_lines and _is_words(line, reading):
            continue
        times_match = _TIMES.search(line)
        line_bars, line_marks = _read_line(_TIMES.sub("", line), len(bars), bars[-1:], reading)
        times = _times(times_match[1], where) if times_match else 1
        BARS.check(len(bars) + times * len(line_bars), where)
        SIGNS.check(sum(len(bar.chords) for bar in line_bars) * times, where)
        for turn in range(times):
            for place, bar in enumerate(line_bars):
                bars.append(ChartBar(bar.chords, section if turn == place == 0 else None))
            marks += line_marks
        section = None if line_bars else section
    if not bars:
        raise FileFormatError(f"{where}: {WITHOUT_CHORDS}")
    played = order_bars(marks, where)
    # A section begins once, however often its first bar is repeated.
    first = {index: place for place, index in reversed(list(enumerate(played)))}
    return [
        bars[index] if first[index] == place else replace(bars[index], section=None)
        for place, index in enumerate(played)
    ]


def _has_syllables(text: str) -> bool:
    """Whether a chart is written in syllables: one of them cannot be a letter's chord."""
    return any(_SURE_SYLLABLE.match(word) for word in re.split(r"[\s|,]+", text))


def _in_lines(text: str) -> str:
    """Write a chart one section or row a line, ChordPro as a chart."""
    return as_chart(text) if is_chordpro(text) else re.sub(r";[ \t]*", "\n", text)


def chart_sections(text: str) -> dict[str | None, str]:
    """Part a chart's text by the sections that it names.

    Parameters
    ----------
    text : str
        A chart, or ChordPro.

    Returns
    -------
    dict
        The text of each section, by its name; under ``None`` what stands before the first name. A name that comes
        again with other chords is not taken twice: the first holds.

    Examples
    --------
    >>> chart_sections("verse: C | Am; chorus: F | G")
    {'verse': 'C | Am', 'chorus': 'F | G'}
    """
    parts: dict[str | None, list[str]] = {}
    section: str | None = None
    seen: set[str] = set()
    is_new = True
    for line in _in_lines(text).splitlines():
        name, rest = _split_section(line)
        if name is not None:
            section, is_new = name, name not in seen
            seen.add(name)
        if rest.strip() and is_new:
            parts.setdefault(section, []).append(rest.strip())
    return {name: "\n".join(lines) for name, lines in parts.items()}


def mode_of_numerals(text: str) -> str | None:
    """The mode that a chart in degrees is in, by the case of its tonic; ``None`` for a chart in letters.

    Examples
    --------
    >>> mode_of_numerals("i VI III VII"), mode_of_numerals("vi IV I V"), mode_of_numerals("Am F")
    ('minor', 'major', None)
    """
    words = [word for line in _in_lines(text).splitlines() for word in re.split(r"[\s|,]+", _split_section(line)[1])]
    numerals = [word for word in words if is_roman(word)]
    if not numerals:
        return None
    tonics = [word for word in numerals if re.match(r"[iI](?![iIvV])", word)]
    return "minor" if tonics and tonics[0][0] == "i" else "major"


_SYMBOL_LIKE = re.compile(r"[A-H][#b]?(?:$|[mM\d+/°ø(-]|maj|dim|sus|aug|add)")


def say_german(text: str, where: str) -> None:
    """Tell listeners how an H is read, if a chart has one."""
    german = _first_symbol(text, "H")
    if german is not None:
        tell(where, [f"H is read as B, as German sheets have it: {german} is B{german[1:]}"])


def _first_symbol(text: str, pattern: str) -> str | None:
    """The first word that looks like a chord and begins so."""
    words = re.split(r"[\s|,;]+", text)
    return next((word for word in words if _SYMBOL_LIKE.match(word) and re.match(pattern, word)), None)


def _refuse_two_bs(text: str, where: str) -> None:
    """Refuse a B beside an H: to who writes H it is a B flat.

    Raises
    ------
    FileFormatError
        With both symbols and what to write.
    """
    german, flat = _first_symbol(text, "H"), _first_symbol(text, "B(?![b#♭♯])")
    if german is not None and flat is not None:
        said = f"{where}: {german!r} is a B, so {flat!r} may be a B flat"
        raise FileFormatError(said, f"write B{german[1:]} and {flat}, or Bb{flat[1:]} for B flat")


def _is_words(line: str, reading: _Reading) -> bool:
    """Whether a line without bar lines holds words and not chords: most of it cannot be read as chords."""
    words = _TIMES.sub("", line).replace(",", " ").split()
    return len(words) > 2 and sum(not _is_symbol(word, reading) for word in words) > len(words) / 2


def _is_symbol(word: str, reading: _Reading) -> bool:
    """Whether a word can stand in a chart."""
    try:
        return word in (*HOLDS, "%") or means_no_chord(word) or reading.chord(word) is not None
    except NotationError:
        return is_roman(word)


def _times(digits: str, where: str) -> int:
    """Read how often a line is played."""
    times = int(digits[:12])
    REPEATS.check(times, where)
    return times


def place_chords(bar: ChartBar, meter: Meter) -> list[tuple[int, Chord | None]]:
    """Place a bar's chords on its beats.

    Returns
    -------
    list of (int, Chord or None)
        Ticks from the bar line, 12 to the quarter; ``None`` where no chord sounds.
    """
    count = len(bar.chords)
    placed: list[tuple[int, Chord | None]] = []
    for index, chord in enumerate(bar.chords):
        if count <= meter.n_beats:
            tick = -(-index * meter.n_beats // count) * meter.beat_ticks
        else:
            tick = index * meter.bar_ticks // count // 3 * 3
        if chord is not None:
            placed.append((tick, chord if isinstance(chord, Chord) else None))
    return placed


def _split_section(line: str) -> tuple[str | None, str]:
    """Take a section's name and comments off a line."""
    if line.lstrip().startswith("#"):
        return None, ""
    match = _SECTION_LINE.match(line)
    if match is None:
        return None, line
    return (match[1] or match[2]).strip(), match[3]


def _read_line(
    line: str, n_before: int, before: list[ChartBar], reading: _Reading
) -> tuple[list[ChartBar], list[RepeatMarks]]:
    """Read a line's bars and their repeat signs."""
    bars: list[ChartBar] = []
    marks: list[RepeatMarks] = []
    single = [(word, False, False) for word in line.replace(",", " ").split()]
    cells = _cells(line) if reading.has_bar_lines else single
    for words, starts, ends in cells:
        previous = bars[-1] if bars else (before[0] if before else None)
        bars.append(_read_bar(words.replace(",", " ").split(), previous, n_before + len(bars) + 1, reading))
        marks.append(RepeatMarks(starts, ends))
    return bars, marks


def _cells(line: str) -> list[tuple[str, bool, bool]]:
    """Cut a line at its bar lines: text, whether a repeat starts and ends there."""
    cells: list[tuple[str, bool, bool]] = []
    parts = re.split(r"(:?\|+[\]:]?:?)", line.strip())
    opens = False
    for index in range(0, len(parts), 2):
        closing = parts[index + 1] if index + 1 < len(parts) else ""
        if parts[index].strip():
            cells.append((parts[index], opens, closing.startswith(":")))
            opens = False
        opens = opens or (closing.endswith(":") and closing != ":")
    return cells


def _read_bar(words: list[str], previous: ChartBar | None, number: int, reading: _Reading) -> ChartBar:
    """Read the chords of one bar."""
    where = f"{reading.where}: bar {number}"
    if words == ["%"]:
        if previous is None:
            raise FileFormatError(f"{where}: % repeats the bar before, but there is none")
        return ChartBar(previous.chords)
    chords: list[Chord | str | None] = []
    for word in words:
        try:
            if word in HOLDS:
                chords.append(None)
            else:
                chords.append(NO_CHORD if means_no_chord(word) else reading.chord(word))
        except NotationError as failure:
            raise FileFormatError(f"{where}: {failure}") from None
    return ChartBar(tuple(chords))
