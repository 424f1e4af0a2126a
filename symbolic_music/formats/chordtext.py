"""Chord charts as text: ``C | Am F | G7 . . C | %``.

Bars stand between ``|``; without any bar line, every symbol is a bar. Chords of one bar
share it on its beats, the first ones longer where it does not divide. ``.`` or ``/`` holds
the chord for one more share, ``%`` repeats the bar before, ``N.C.`` is no chord, ``|:``
and ``:|`` repeat, ``x3`` after a line plays it three times, ``[Chorus]`` or ``Chorus:``
names the section from here, ``#`` begins a comment line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.repeats import RepeatMarks, order_bars
from symbolic_music.theory.chord import Chord, parse_chord
from symbolic_music.theory.meter import Meter

HOLDS = (".", "/", "-")
NO_CHORD = ("n.c.", "nc", "n.c")
_SECTION_LINE = re.compile(r"^\s*(?:\[\s*([^\]|]+?)\s*\]|([A-Za-z][\w' -]*?(?:\s*\d+)?)\s*:)(?!\|)\s*(.*)$")
_TIMES = re.compile(r"\s[x×]\s*(\d+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class ChartBar:
    """One bar: its chords in order (``None`` holds the one before), and the section that begins with it."""

    chords: tuple[Chord | None, ...]
    section: str | None = None


def parse_chart(text: str, where: str = "chords") -> list[ChartBar]:
    """Read a chord chart.

    Returns
    -------
    list of ChartBar
        Repeats written out.

    Raises
    ------
    FileFormatError
        If a symbol is no chord that is known; it names bar and symbol.

    Examples
    --------
    >>> [len(bar.chords) for bar in parse_chart("C | Am F | G7")]
    [1, 2, 1]
    """
    bars: list[ChartBar] = []
    marks: list[RepeatMarks] = []
    section: str | None = None
    has_bar_lines = "|" in re.sub(r"(?m)^\s*#.*$", "", text)
    for line in text.splitlines():
        name, line = _split_section(line)
        section = name or section
        times_match = _TIMES.search(line)
        line_bars, line_marks = _read_line(_TIMES.sub("", line), len(bars), bars[-1:], has_bar_lines, where)
        for turn in range(int(times_match[1]) if times_match else 1):
            for place, bar in enumerate(line_bars):
                bars.append(ChartBar(bar.chords, section if turn == place == 0 else None))
            marks += line_marks
        section = None if line_bars else section
    if not bars:
        raise FileFormatError(f"{where}: there is no chord in it; write e.g. C | Am F | G7")
    played = order_bars(marks)
    # A section begins once, however often its first bar is repeated.
    return [
        bars[index] if index not in played[:place] else replace(bars[index], section=None)
        for place, index in enumerate(played)
    ]


def place_chords(bar: ChartBar, meter: Meter) -> list[tuple[int, Chord]]:
    """Place a bar's chords on its beats.

    Returns
    -------
    list of (int, Chord)
        Ticks from the bar line, 12 to the quarter.
    """
    count = len(bar.chords)
    placed = []
    for index, chord in enumerate(bar.chords):
        if count <= meter.n_beats:
            tick = -(-index * meter.n_beats // count) * meter.beat_ticks
        else:
            tick = index * meter.bar_ticks // count // 3 * 3
        if chord is not None:
            placed.append((tick, chord))
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
    line: str, n_before: int, before: list[ChartBar], has_bar_lines: bool, where: str
) -> tuple[list[ChartBar], list[RepeatMarks]]:
    """Read a line's bars and their repeat signs."""
    bars: list[ChartBar] = []
    marks: list[RepeatMarks] = []
    single = [(word, False, False) for word in line.replace(",", " ").split()]
    cells = _cells(line) if has_bar_lines else single
    for words, starts, ends in cells:
        previous = bars[-1] if bars else (before[0] if before else None)
        bars.append(_read_bar(words.replace(",", " ").split(), previous, f"{where}: bar {n_before + len(bars) + 1}"))
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


def _read_bar(words: list[str], previous: ChartBar | None, where: str) -> ChartBar:
    """Read the chords of one bar."""
    if words == ["%"]:
        if previous is None:
            raise FileFormatError(f"{where}: % repeats the bar before, but there is none")
        return ChartBar(previous.chords)
    chords: list[Chord | None] = []
    for word in words:
        if word in HOLDS or word.lower() in NO_CHORD:
            chords.append(None)
            continue
        try:
            chords.append(parse_chord(word))
        except NotationError as failure:
            raise FileFormatError(f"{where}: {failure}") from None
    return ChartBar(tuple(chords))
