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
from symbolic_music.limits import BARS, REPEATS, SIGNS
from symbolic_music.theory.chord import NO_CHORD, Chord, means_no_chord, parse_chord
from symbolic_music.theory.meter import Meter

HOLDS = (".", "/", "-")
_SECTION_LINE = re.compile(r"^\s*(?:\[\s*([^\]|]+?)\s*\]|([A-Za-z][\w' -]*?(?:\s*\d+)?)\s*:)(?!\|)\s*(.*)$")
_TIMES = re.compile(r"\s[x×]\s*(\d+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class ChartBar:
    """One bar: its chords in order, and the section that begins with it.

    ``None`` holds the chord before, ``NO_CHORD`` says that none sounds.
    """

    chords: tuple[Chord | str | None, ...]
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
        If a symbol is no chord that is known (it names bar and symbol), or the
        chart is longer than `symbolic_music.limits` allow.

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
        times = _times(times_match[1], where) if times_match else 1
        BARS.check(len(bars) + times * len(line_bars), where)
        SIGNS.check(sum(len(bar.chords) for bar in line_bars) * times, where)
        for turn in range(times):
            for place, bar in enumerate(line_bars):
                bars.append(ChartBar(bar.chords, section if turn == place == 0 else None))
            marks += line_marks
        section = None if line_bars else section
    if not bars:
        raise FileFormatError(f"{where}: there is no chord in it; write e.g. C | Am F | G7")
    played = order_bars(marks, where)
    # A section begins once, however often its first bar is repeated.
    first = {index: place for place, index in reversed(list(enumerate(played)))}
    return [
        bars[index] if first[index] == place else replace(bars[index], section=None)
        for place, index in enumerate(played)
    ]


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
    chords: list[Chord | str | None] = []
    for word in words:
        try:
            if word in HOLDS:
                chords.append(None)
            else:
                chords.append(NO_CHORD if means_no_chord(word) else parse_chord(word))
        except NotationError as failure:
            raise FileFormatError(f"{where}: {failure}") from None
    return ChartBar(tuple(chords))
