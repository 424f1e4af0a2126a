"""Where syllables may fall in the bars: how well a rhythm suits the words, and every rhythm that suits them.

A rhythm costs what its places cost: a stressed syllable off the beat, an unstressed one of a longer word on a strong
beat, notes as short as sixteenths, a long wait inside the line, an end that comes too early. ``Scansion`` knows, for
every syllable and place, what the rest of the line costs at least, so that a grammar can keep to rhythms within a
budget and never comes to a place where the words that are left have no room.

Ticks are the engine's, from the phrase's first bar line; an upbeat lies below 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from symbolic_music.song.words import MAIN_STRESS, SECONDARY_STRESS, SungLine, SungSyllable
from symbolic_music.theory.meter import TPQ, Meter

GRID = 3
# Metrical weights: off the eighths (in compound time the sixteenths), off the beat, beat, strong beat.
OFF, WEAK, BEAT, STRONG = 0, 1, 2, 3
# What a syllable costs by the weight of its place, in this order: main stress, secondary, none inside a longer word,
# none in a word alone, later notes of a melisma.
_COSTS = np.array([
    [2.0, 1.4, 0.6, 0.0],
    [1.2, 0.5, 0.0, 0.1],
    [0.2, 0.0, 0.15, 1.0],
    [0.3, 0.0, 0.05, 0.35],
    [0.1, 0.0, 0.1, 0.3],
])  # fmt: skip
_EXTENDED = 4
# Between two onsets: a sixteenth, a half and longer inside the line, more than a bar.
_SHORT_COST, _LONG_COST, _WAIT_COST = 0.45, 0.25, 2.0
# The last note: shorter than a beat with its breath, before the last bar; a stressed first one that waits.
_CUT_COST, _EARLY_COST, _LATE_COST = 0.8, 1.5, 0.3
# A syllable away from where its chord stands, for a quarter.
_ANCHOR_COST = 1.0
NEVER = np.inf


def weight_at(tick: int, meter: Meter) -> int:
    """Metrical weight of a tick: 3 strong beat, 2 beat, 1 half of the beat (third in compound time), 0 else.

    Examples
    --------
    >>> [weight_at(tick, Meter(4, 4)) for tick in (0, 12, 24, 6, 3)]
    [3, 2, 3, 1, 0]
    """
    inside = tick % meter.bar_ticks
    if inside in meter.strong_ticks:
        return STRONG
    if inside % meter.beat_ticks == 0:
        return BEAT
    return WEAK if inside % (TPQ // 2) == 0 else OFF


def _kind_of(syllable: SungSyllable) -> int:
    """Which row of the table a syllable takes."""
    if syllable.stress in (MAIN_STRESS, SECONDARY_STRESS):
        return 0 if syllable.stress == MAIN_STRESS else 1
    return 3 if syllable.is_alone else 2


def stress_costs(syllable: SungSyllable) -> np.ndarray:
    """What a syllable costs at places of each weight, 0 to 3."""
    row: np.ndarray = _COSTS[_kind_of(syllable)]
    return row


@dataclass(frozen=True)
class Room:
    """The time that a line has: notes begin at ``-upbeat`` or later and have ended at ``end``."""

    meter: Meter
    n_bars: int
    upbeat: int
    end: int


@dataclass(frozen=True)
class Scansion:
    """The costs of a line's rhythms in its room; ``anchors`` are places where notes (by number) should begin."""

    line: SungLine
    room: Room
    anchors: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def places(self) -> np.ndarray:
        """Every tick where a note may begin, ascending."""
        ticks = np.arange(-self.room.upbeat, self.room.end, GRID)
        return ticks[ticks <= self.room.end - GRID]

    @cached_property
    def n_notes(self) -> int:
        """Notes to be placed."""
        return self.line.n_notes

    @cached_property
    def _kinds(self) -> list[int]:
        """Which row of the table every note takes."""
        return [kind for one in self.line.syllables for kind in [_kind_of(one), *[_EXTENDED] * (one.n_notes - 1)]]

    @cached_property
    def node_costs(self) -> np.ndarray:
        """What each note costs at each place, shape (notes, places)."""
        weights = np.array([weight_at(int(tick), self.room.meter) for tick in self.places])
        costs = _COSTS[self._kinds][:, weights]
        # A line of four bars may have its last two to itself.
        last_bar = (self.room.n_bars - (1 if self.room.n_bars < 4 else 2)) * self.room.meter.bar_ticks
        beat = self.room.meter.beat_ticks
        costs[-1] += np.where(self.places < last_bar, _EARLY_COST, 0.0)
        costs[-1] += np.where(self.places > self.room.end - beat + GRID, _CUT_COST, 0.0)
        costs[0] += np.maximum(0, self.places) / (2 * beat) * _LATE_COST
        if self._kinds[0] in (0, 1):
            costs[0] += np.where(self.places < 0, 1.0, 0.0)
        for note, tick in self.anchors.items():
            costs[note] += np.abs(self.places - tick) / TPQ * _ANCHOR_COST
        return costs

    @cached_property
    def _gap_costs(self) -> np.ndarray:
        """What it costs to go from one place (row) to a later one (column)."""
        return self.gap_cost(self.places[:, None], self.places[None, :])

    def gap_cost(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """What it costs that two notes of the line follow each other at these ticks."""
        gap, bar = after - before, self.room.meter.bar_ticks
        costs = np.where(gap < TPQ // 2, _SHORT_COST, 0.0) + np.where(gap > 2 * TPQ, _LONG_COST, 0.0)
        costs = costs + np.where(gap > bar * 3 // 4, _WAIT_COST, 0.0)
        return np.where(gap < GRID, NEVER, costs)

    @cached_property
    def to_go(self) -> np.ndarray:
        """What a note at a place and all that follow it cost at least, shape (notes, places)."""
        rest = np.array(self.node_costs)
        for note in range(self.n_notes - 2, -1, -1):
            rest[note] += (self._gap_costs + rest[note + 1][None, :]).min(axis=1)
        return rest

    @property
    def least(self) -> float:
        """What the best rhythm costs; infinite where the words have no room."""
        return float(self.to_go[0].min()) if len(self.places) else float(NEVER)

    def best_rhythm(self, extra: np.ndarray | None = None, links: np.ndarray | None = None) -> list[int]:
        """Find the onsets of the cheapest rhythm.

        Parameters
        ----------
        extra : float array, shape (notes, places), optional
            Further costs of each note at each place.
        links : float array, shape (places, places), optional
            Further costs of going from one place to another.
        """
        nodes = self.node_costs + (0.0 if extra is None else extra)
        gaps = self._gap_costs + (0.0 if links is None else links)
        rest = np.array(nodes)
        for note in range(self.n_notes - 2, -1, -1):
            rest[note] += (gaps + rest[note + 1][None, :]).min(axis=1)
        at = int(rest[0].argmin())
        onsets = [int(self.places[at])]
        for note in range(1, self.n_notes):
            at = int((gaps[at] + rest[note]).argmin())
            onsets.append(int(self.places[at]))
        return onsets

    def cost_of(self, onsets: Sequence[int]) -> float:
        """What a rhythm costs; infinite where it does not fit the room."""
        where = {int(tick): place for place, tick in enumerate(self.places)}
        if len(onsets) != self.n_notes or any(tick not in where for tick in onsets):
            return float(NEVER)
        nodes = sum(float(self.node_costs[note, where[tick]]) for note, tick in enumerate(onsets))
        ticks = np.array(onsets)
        return nodes + float(self.gap_cost(ticks[:-1], ticks[1:]).sum())


def chord_slots(line: SungLine, n_slots: int) -> list[int]:
    """In which half bars (or bars) of its line each chord of it begins; those without room are left out.

    Examples
    --------
    >>> from symbolic_music.song.words import parse_line
    >>> chord_slots(parse_line("A·[G]ˈmaz·ing [C]ˈgrace, how [G]ˈsweet the [D]ˈsound"), 4)
    [0, 1, 2, 3]
    """
    marked = [place for place, one in enumerate(line.syllables) if one.chord][:n_slots]
    slots: list[int] = []
    for number, place in enumerate(marked):
        share = (place - marked[0]) / max(1, len(line.syllables) - marked[0])
        later = len(marked) - number - 1
        even = number * n_slots // len(marked)
        wanted = round((share * n_slots + even) / 2)
        slots.append(min(max(wanted, slots[-1] + 1 if slots else 0), n_slots - 1 - later))
    return slots
