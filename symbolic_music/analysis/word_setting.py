"""Words set to a tune that is there: which note each syllable is sung on.

One pass over notes and syllables finds the cheapest setting: a note for every syllable, stresses on strong beats, lines
that begin where the tune breathes. Where there are more notes than syllables some syllables get several, or notes
between the lines have none; where there are fewer, long notes are struck once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from symbolic_music.song.bars import BarLines
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.scansion import stress_costs, weight_at
from symbolic_music.song.words import SungLine, SungSyllable
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
# A line that begins where the tune does not breathe, a breath inside a line.
_NO_BREATH, _BREATH_INSIDE = 1.2, 0.8
# One more note for a syllable: anywhere, across a breath, and where its writer marked it.
_MELISMA, _ACROSS, _MARKED = 0.8, 1.6, 0.1
# A note that nobody sings: before the first line, later; a note struck again for a second syllable.
_UNSUNG_FIRST, _UNSUNG, _SPLIT = 0.9, 0.75, 1.6
# A note so short is part of what is before it.
_ORNAMENT = TPQ // 3
_SHORTEST_HALF = 3


@dataclass(frozen=True)
class WordSetting:
    """A tune with words: its notes (struck again where needed), the syllables, and the syllables without a note."""

    notes: tuple[Row, ...]
    lyrics: tuple[Syllable, ...]
    n_split: int
    n_left_out: int


@dataclass(frozen=True)
class _Sung:
    """A syllable with its place in its line."""

    syllable: SungSyllable
    begins_line: bool
    ends_line: bool


def set_lines(
    rows: Sequence[Row], lines: Sequence[SungLine], bars: BarLines, language: str = "", verse: int = 1
) -> WordSetting:
    """Set lines to a tune.

    Parameters
    ----------
    rows : sequence of Row
        One voice: onset, duration, pitch, velocity in engine ticks.
    lines : sequence of SungLine
        In order.
    bars : BarLines
        Where the beats are.
    language : str
        The words' code.
    verse : int
        Its number.
    """
    words = [
        _Sung(one, place == 0, place == len(line.syllables) - 1)
        for line in lines for place, one in enumerate(line.syllables)
    ]  # fmt: skip
    most = sum(_can_split(row) for row in rows) + len(rows)
    left_out = max(0, len(words) - most)
    words = words[: len(words) - left_out]
    taken = _cheapest(rows, words, bars)
    notes: list[Row] = []
    lyrics: list[Syllable] = []
    for row, (first, count) in zip(rows, taken, strict=True):
        parts = [row] if count < 2 else _halves(row)
        notes += parts
        for place in range(count):
            one = words[first + place]
            lyrics.append(Syllable(
                parts[place][0], one.syllable.text, one.syllable.goes_on, 1, one.syllable.stress, verse, language,
                one.ends_line,
            ))  # fmt: skip
        if count < 0 and lyrics:
            last = lyrics[-1]
            lyrics[-1] = Syllable(
                last.tick, last.text, last.goes_on, last.n_notes + 1, last.stress, verse, language, last.ends_line
            )
    n_split = sum(count == 2 for _, count in taken)
    return WordSetting(tuple(notes), tuple(lyrics), n_split, left_out)


def breaths_of(rows: Sequence[Row]) -> np.ndarray:
    """How surely the tune breathes before each note, 0 to 1: rests, and notes longer than those around."""
    lengths = [b[0] - a[0] for a, b in pairwise(rows)]
    usual = median(lengths) if lengths else TPQ
    strengths = [1.0]
    for before, row in pairwise(rows):
        rest = row[0] - (before[0] + before[1])
        held = (row[0] - before[0]) / usual
        strengths.append(1.0 if rest >= TPQ // 2 else 0.75 if held >= 2.5 else 0.5 if held >= 1.9 or rest >= 3 else 0.0)
    return np.array(strengths)


def _can_split(row: Row) -> bool:
    return row[1] >= 2 * _SHORTEST_HALF


def _halves(row: Row) -> list[Row]:
    """A note struck twice, the second time on the beat or its half."""
    onset, length, pitch, velocity = row
    first = max(_SHORTEST_HALF, length // 2 // _SHORTEST_HALF * _SHORTEST_HALF)
    return [(onset, first, pitch, velocity), (onset + first, length - first, pitch, velocity)]


def _cheapest(rows: Sequence[Row], words: Sequence[_Sung], bars: BarLines) -> list[tuple[int, int]]:
    """For each note the first syllable on it and how many: 1, 2, 0 (nobody sings), -1 (the one before goes on)."""
    n_notes, n_words = len(rows), len(words)
    breaths = breaths_of(rows)
    begin = np.array([[_begin_cost(row, one, breaths[at], bars) for one in words] for at, row in enumerate(rows)])
    begin = begin.reshape(n_notes, n_words)
    least = np.full((n_notes + 1, n_words + 1), np.inf)
    move = np.zeros((n_notes + 1, n_words + 1), dtype=np.int8)
    least[0, 0] = 0.0
    lets_rest = np.array([True, *(one.ends_line for one in words)])
    # Words that are fewer than the notes begin with the tune.
    unsung = np.array([_UNSUNG_FIRST, *[_UNSUNG] * n_words])
    for at in range(1, n_notes + 1):
        row, before = rows[at - 1], least[at - 1]
        options = np.full((4, n_words + 1), np.inf)
        options[0, 1:] = before[:-1] + begin[at - 1]
        extend = _MELISMA if row[1] > _ORNAMENT else _MELISMA / 2
        extend += _ACROSS * breaths[at - 1]
        marked = np.array([1.0, *(one.syllable.n_notes for one in words)]) > 1
        options[1, 1:] = (before + np.where(marked, _MARKED, extend))[1:]
        options[2] = np.where(lets_rest, before + unsung, np.inf)
        if _can_split(row) and n_words > 1:
            second = begin[at - 1, 1:] * 0.5 + np.array([_BREATH_INSIDE * one.begins_line for one in words[1:]])
            options[3, 2:] = before[:-2] + begin[at - 1, :-1] + _SPLIT + second
        least[at], move[at] = options.min(axis=0), options.argmin(axis=0)
    taken: list[tuple[int, int]] = []
    left = n_words
    for at in range(n_notes, 0, -1):
        kind = int(move[at, left])
        count = {0: 1, 1: -1, 2: 0, 3: 2}[kind]
        left -= max(0, count)
        taken.append((left, count))
    return taken[::-1]


def _begin_cost(row: Row, one: _Sung, breath: float, bars: BarLines) -> float:
    """What it costs that a syllable begins on a note."""
    bar = bars.at(row[0])
    cost = stress_costs(one.syllable)[weight_at(row[0] - bar.start, bar.meter)]
    return float(cost) + (_NO_BREATH * (1 - breath) if one.begins_line else _BREATH_INSIDE * breath)
