"""Phrases of songs that have none written: cut at rests, long notes and section boundaries, into 4 or 8 bars.

Rules
-----
- A bar line is a *boundary* as far as the melody waits before it: the time from one onset to the next, against
  the bar, squared. Where the next onset is an upbeat, the boundary is the bar line after it.
- Of all ways to cut, the one is taken whose boundaries wait longest and whose lengths are liked best
  (``LIKED``: eight bars, then four; the figures were set by hand).
- A bar that holds nothing but the song's upbeat is a phrase of its own, so that the bars after it count from
  the first full one.
- *Letters*: phrases at the same place of equally named sections share one, and phrases of equal length whose music is
  equal (3 of 4 notes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NoteRow = tuple[int, int, int]  # onset tick, duration ticks, pitch

LIKED = {8: 0.0, 4: -0.2, 12: -0.7, 6: -0.6, 2: -0.8, 5: -0.7, 7: -0.9, 9: -0.9, 10: -0.9, 3: -1.0, 11: -1.1, 1: -2.0}
SHORTEST_WAIT = 24  # ticks: half a bar of 4/4, also where bars are shorter
EQUAL_SHARE = 0.75
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Stretch:
    """Bars that no phrase crosses the ends of; ``name`` is equal where the same section returns."""

    start_bar: int
    n_bars: int
    kind: str = "any"
    name: str = ""


def cut_phrases(
    melody: list[NoteRow], stretches: list[Stretch], bar_ticks: int, keys: list[tuple[int, str]]
) -> list[list[Any]]:
    """Cut a song into phrases by the rules above.

    Parameters
    ----------
    melody : list of NoteRow
        Of one voice; may be empty.
    stretches : list of Stretch
        The whole song in order.
    bar_ticks : int
        Length of a bar.
    keys : list of tuple
        (First tick, key), the first one at 0.

    Returns
    -------
    list of list
        Rows of letter, first bar, number of bars, whether it is sung, section, key.
    """
    waits = _waits(melody, bar_ticks)
    rows: list[list[Any]] = []
    names = _Letters(melody, bar_ticks)
    for stretch in stretches:
        at = 0
        for n_bars in _lengths(stretch, waits):
            start = stretch.start_bar + at
            place = (stretch.name, at, n_bars) if stretch.name else None
            letter, is_sung = names.give(start, n_bars, place)
            key = [key for tick, key in keys if tick <= start * bar_ticks][-1]
            rows.append([letter, start, n_bars, is_sung, stretch.kind, key])
            at += n_bars
    return rows


def whole_song(n_bars: int, upbeat_bars: int) -> list[Stretch]:
    """Give the stretches of a song without sections: the bar of the upbeat where there is one, then the rest."""
    return [Stretch(start, length) for start, length in ((0, upbeat_bars), (upbeat_bars, n_bars - upbeat_bars))
            if length]  # fmt: skip


def _waits(melody: list[NoteRow], bar_ticks: int) -> dict[int, float]:
    """How long the melody waits before each bar line, 0 to 1."""
    waits: dict[int, float] = {}
    onsets = [note[0] for note in melody]
    for before, after in zip([0, *onsets], onsets, strict=False):
        line = -(-after // bar_ticks)
        waits[line] = max(waits.get(line, 0.0), min(1.0, (after - before) / max(bar_ticks, SHORTEST_WAIT)) ** 2)
    if onsets:
        last = onsets[-1] // bar_ticks + 1
        waits[last] = 1.0
    return waits


def _lengths(stretch: Stretch, waits: dict[int, float]) -> list[int]:
    """Find the best lengths of a stretch's phrases, from the left."""
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    for end in range(1, stretch.n_bars + 1):
        choices = [(best[end - n][0] + LIKED[n], -n, best[end - n][1]) for n in LIKED if n <= end]
        score, length, before = max(choices)
        best.append((score + waits.get(stretch.start_bar + end, 0.0), [*before, -length]))
    return best[-1][1]


class _Letters:
    """Letters given so far, by place and by music."""

    def __init__(self, melody: list[NoteRow], bar_ticks: int) -> None:
        self.melody, self.bar_ticks = melody, bar_ticks
        self.by_place: dict[tuple[Any, ...], str] = {}
        self.by_music: list[tuple[str, int, frozenset[tuple[int, int]]]] = []
        self.n_given = 0

    def give(self, start: int, n_bars: int, place: tuple[Any, ...] | None) -> tuple[str, bool]:
        """Letter a phrase; says too whether it has notes."""
        first, end = start * self.bar_ticks, (start + n_bars) * self.bar_ticks
        music = frozenset((on - first, pitch) for on, _, pitch in self.melody if first <= on < end)
        letter = self.by_place.get(place) if place else None
        if letter is None:
            letter = next((name for name, length, other in self.by_music if length == n_bars
                           and len(music & other) >= EQUAL_SHARE * max(1, len(music | other))), None)  # fmt: skip
        if letter is None:
            letter = LETTERS[min(self.n_given, len(LETTERS) - 1)]
            self.n_given += 1
        if place:
            self.by_place.setdefault(place, letter)
        if music:
            self.by_music.append((letter, n_bars, music))
        return letter, bool(music)
