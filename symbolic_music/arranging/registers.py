"""Room for the tune and the bass: no part sits on the melody's register, none goes below the bass.

A note *touches* the tune while both sound at most ``NEAR`` semitones apart. A part *sits* on the
tune where it touches it, with gaps of less than a beat, for more than ``MOST_BEATS`` beats in sum.
First a part looks for a home: the octave in which it sits least on the tune of all sections of a kind. A
block (a bar of a chord part, a run without rests of a line) that still does is voiced again: by
inversion, the notes of the block moving by octaves, each pitch of the block to one other pitch
everywhere, so that a pattern stays a pattern. What cannot move makes way. Nothing is chosen by what
came before, so a section that returns is voiced as it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from symbolic_music.theory.intervals import is_muddy

Row = tuple[int, int, int, int]
Span = tuple[int, int]
# From a block's pitches to those that they become.
Moves = Mapping[int, int]

NEAR = 2
# Of so few notes each is looked at by itself.
FEW = 24
MOST_BEATS = 2
OCTAVE = 12
# Chords voiced below A2 are mud.
LOWEST_CHORD_NOTE = 45
PASSES = 3
# Prices: a beat on the tune, a note below the bass, a note moved to where it is low, two notes falling together, an
# octave away from home, a move of an octave. Above the tune a chord's top is heard as one: going up costs as much as
# staying would for so many beats a bar.
_TOUCH, _BELOW, _LOW, _TOGETHER, _AWAY, _MOVED, _UP = 6.0, 12.0, 6.0, 2.0, 3.0, 1.0, 2.0
# Strikes below the low interval limits; notes at the pitch of another part; an octave more from a strike's lowest note
# to its highest than it was written, or than ``CLOSE``.
_MUDDY, _DOUBLED, _SPREAD = 40.0, 6.0, 12.0
CLOSE = 12
# A note that makes way goes no further from the others of its strike: a hand's reach, or it is heard as another player.
NEIGHBOUR = 9
# A part leaves its written octave if it touches the tune at most so much as long in the other one.
MUCH_LESS = 0.5
# What a tick at the pitch of another part counts beside one on the tune.
DOUBLED_SHARE = 0.4


@dataclass(frozen=True)
class Around:
    """What a part must leave room for: the tune and the bass as rows, in order of onset; lengths in ticks.

    ``sections`` are first ticks and kinds of the song's sections; ``others`` are the chord parts placed before.
    """

    tune: Sequence[Row]
    bass: Sequence[Row]
    bar_ticks: int
    beat_ticks: int
    sections: Sequence[tuple[int, str]] = ((0, ""),)
    others: Sequence[Row] = ()

    def kind_at(self, tick: int) -> str:
        """The kind of the section that a tick is in."""
        return self.sections[max(0, bisect_right(self.sections, tick, key=lambda section: section[0]) - 1)][1]

    def bass_at(self, tick: int) -> int | None:
        """The pitch that the bass sounds or begins at a tick; ``None`` where it rests."""
        row = self.bass[bisect_right(self.bass, tick, key=lambda own: own[0]) - 1] if self.bass else None
        return row[2] if row is not None and row[0] <= tick < row[0] + row[1] else None

    @cached_property
    def others_by_pitch(self) -> Mapping[int, tuple[list[int], list[int]]]:
        """Onsets and ends of the other parts' notes by pitch; they are asked for at every way to place a block."""
        found: dict[int, tuple[list[int], list[int]]] = {}
        for onset, length, pitch, _ in self.others:
            onsets, ends = found.setdefault(pitch, ([], []))
            onsets.append(onset)
            ends.append(onset + length)
        return found


@dataclass(frozen=True)
class Room:
    """Where a part may go: its instrument's range, whether it is a line, what its player's hands reach."""

    low: int
    high: int
    is_line: bool = False
    fits: Callable[[tuple[int, ...]], bool] | None = None


def touches(rows: Sequence[Row], tune: Sequence[Row]) -> list[Span]:
    """Find when a part touches the tune.

    Parameters
    ----------
    rows, tune : sequence of (onset, duration, pitch, velocity)
        Ticks from the song's start; the tune in order of onset.

    Returns
    -------
    list of (start, end)
        In order, not overlapping.
    """
    starts = [row[0] for row in tune]
    spans: list[Span] = []
    if len(rows) > FEW and tune:
        at, met = _sounding_pairs(rows, tune)
        own, sung = np.array(rows), np.array(tune)
        near = np.abs(own[at, 2] - sung[met, 2]) <= NEAR
        own, sung = own[at[near]], sung[met[near]]
        begins = np.maximum(own[:, 0], sung[:, 0])
        ends = np.minimum(own[:, 0] + own[:, 1], sung[:, 0] + sung[:, 1])
        return _merged(list(zip(begins.tolist(), ends.tolist(), strict=True)))
    for onset, length, pitch, _ in rows:
        for other in _sounding(tune, starts, onset, onset + length):
            if abs(other[2] - pitch) <= NEAR:
                spans.append((max(onset, other[0]), min(onset + length, other[0] + other[1])))
    return _merged(spans)


def sits_on(rows: Sequence[Row], tune: Sequence[Row], beat_ticks: int) -> list[Span]:
    """Find where a part sits on the tune: from the first touch to the last of every stretch that is too long."""
    stretches: list[list[Span]] = []
    for span in touches(rows, tune):
        if stretches and span[0] - stretches[-1][-1][1] < beat_ticks:
            stretches[-1].append(span)
        else:
            stretches.append([span])
    most = MOST_BEATS * beat_ticks
    return [(spans[0][0], spans[-1][1]) for spans in stretches if sum(end - start for start, end in spans) > most]


def below_bass(rows: Sequence[Row], bass: Sequence[Row]) -> list[Row]:
    """List a part's notes that sound at or below a bass note."""
    starts = [row[0] for row in bass]
    if len(rows) > FEW and bass:
        at, other = _sounding_pairs(rows, bass)
        own, low = np.array(rows), np.array(bass)
        return [rows[index] for index in np.unique(at[own[at, 2] <= low[other, 2]]).tolist()]
    return [row for row in rows if any(row[2] <= low[2] for low in _sounding(bass, starts, row[0], row[0] + row[1]))]


def doubled_rows(rows: Sequence[Row], around: Around) -> list[Row]:
    """List a part's notes at whose onset another part sounds at their pitch."""

    def is_doubled(row: Row) -> bool:
        onsets, ends = around.others_by_pitch.get(row[2], ((), ()))
        index = bisect_right(onsets, row[0]) - 1
        return index >= 0 and row[0] < ends[index]

    return [row for row in rows if is_doubled(row)]


def struck_into(rows: Sequence[Row], around: Around) -> list[Row]:
    """List a part's notes at whose pitch another part strikes while they sound, or sounds when they begin."""

    def is_met(row: Row) -> bool:
        return bool(_strikes_into(row, around))

    doubled = set(doubled_rows(rows, around))
    return [row for row in rows if row in doubled or is_met(row)]


def share_doubled(rows: Sequence[Row], around: Around) -> float:
    """Share of the notes of a part and of the others that are struck while their pitch sounds in the other hands."""
    n_all = len(rows) + len(around.others)
    met = sum(_strikes_into(row, around) for row in rows)
    return (len(doubled_rows(rows, around)) + met) / n_all if n_all else 0.0


def _strikes_into(row: Row, around: Around) -> int:
    """How often other parts strike a note's pitch after its onset while it sounds."""
    onsets, _ = around.others_by_pitch.get(row[2], ((), ()))
    return bisect_left(onsets, row[0] + row[1]) - bisect_right(onsets, row[0])


def keep_clear(rows: Sequence[Row], around: Around, room: Room) -> list[Row]:
    """Voice a part again where it sits on the tune or goes below the bass; the rest stays as it is written.

    Returns
    -------
    list of rows
        In order. Nothing sits on the tune any more; notes that no octave has room for are left out.
    """
    clear, homes = _at_home(sorted(rows), around, room)
    for _ in range(PASSES):
        sitting, low = sits_on(clear, around.tune, around.beat_ticks), set(below_bass(clear, around.bass))
        if not sitting and not low:
            return clear
        placed: list[Row] = []
        for block in _blocks(clear, around, room):
            faulty = any(row in low or _overlaps(row, sitting) for row in block)
            home = homes[around.kind_at(block[0][0])]
            placed += _revoice(block, around, room, home) if faulty else block
        clear = sorted(placed)
    return _make_way(clear, around, room)


def _at_home(rows: list[Row], around: Around, room: Room) -> tuple[list[Row], dict[str, float]]:
    """Move a part by octaves in all sections of a kind where that clears the tune; give its mean pitch by kind."""
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(around.kind_at(row[0]), []).append(row)
    moved: list[Row] = []
    homes: dict[str, float] = {}
    for kind, own in by_kind.items():
        best = min((0, -OCTAVE, OCTAVE), key=lambda shift: _unrest(own, shift, around, room))
        placed = [(on, length, pitch + best, velocity) for on, length, pitch, velocity in own]
        homes[kind] = _center(placed)
        moved += placed
    return sorted(moved), homes


def _unrest(rows: Sequence[Row], shift: int, around: Around, room: Room) -> float:
    """How long a part would sit on the tune and lie below the bass in another octave; infinite outside its range."""
    moved = [(on, length, pitch + shift, velocity) for on, length, pitch, velocity in rows]
    pitches = [row[2] for row in moved]
    lowest = room.low if not shift else max(room.low, LOWEST_CHORD_NOTE)
    if shift and not (lowest <= min(pitches) and max(pitches) <= room.high):
        return float("inf")
    if shift and room.fits is not None and not _all_fit(moved, room.fits):
        return float("inf")
    sitting = sum(end - start for start, end in sits_on(moved, around.tune, around.beat_ticks))
    low = sum(row[1] for row in below_bass(moved, around.bass))
    # Leaving the written octave must be worth it, and going up more so.
    up = (
        0.0
        if shift <= 0 or room.is_line
        else _UP * around.beat_ticks * len({row[0] // around.bar_ticks for row in rows})
    )
    doubled = DOUBLED_SHARE * sum(row[1] for row in doubled_rows(moved, around))
    unrest = sitting + low + doubled
    return unrest / MUCH_LESS + around.beat_ticks + up if shift else float(unrest)


def _sounding(rows: Sequence[Row], starts: Sequence[int], start: int, end: int) -> Iterator[Row]:
    """Rows of a line that sound between two ticks; a note of it ends when the next begins or soon after."""
    index = max(0, bisect_right(starts, start) - 2)
    while index < len(rows) and rows[index][0] < end:
        if rows[index][0] + rows[index][1] > start:
            yield rows[index]
        index += 1


def _sounding_pairs(rows: Sequence[Row], line: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """As ``_sounding`` for many rows at once: numbers of rows, and of the line's rows that sound while they do."""
    own, others = np.array(rows), np.array(line)
    begins, ends = own[:, 0], own[:, 0] + own[:, 1]
    first = np.maximum(0, np.searchsorted(others[:, 0], begins, "right") - 2)
    counts = np.maximum(0, np.searchsorted(others[:, 0], ends, "left") - first)
    at = np.repeat(np.arange(len(own)), counts)
    other = np.arange(len(at)) - np.repeat(counts.cumsum() - counts, counts) + np.repeat(first, counts)
    sounds = others[other, 0] + others[other, 1] > begins[at]
    return at[sounds], other[sounds]


def _merged(spans: list[Span]) -> list[Span]:
    """Join spans that overlap or meet."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _overlaps(row: Row, spans: Sequence[Span]) -> bool:
    """Whether a note sounds in one of the spans."""
    return any(row[0] < end and row[0] + row[1] > start for start, end in spans)


def _blocks(rows: Sequence[Row], around: Around, room: Room) -> list[list[Row]]:
    """Cut a chord part at bar lines, a line at its rests; a line without rests at every second bar line."""
    blocks: list[list[Row]] = []
    width = around.bar_ticks * (2 if room.is_line else 1)
    for row in rows:
        last = blocks[-1] if blocks else None
        same = last is not None and row[0] // width == last[0][0] // width
        if room.is_line and last is not None:
            same = same and row[0] - (last[-1][0] + last[-1][1]) < around.beat_ticks
        if last is not None and same:
            last.append(row)
        else:
            blocks.append([row])
    return blocks


def _center(rows: Sequence[Row]) -> float:
    """Mean pitch."""
    return sum(row[2] for row in rows) / len(rows)


def _revoice(block: list[Row], around: Around, room: Room, home: float) -> list[Row]:
    """Take the cheapest way to place a block."""
    pitches = sorted({row[2] for row in block})
    ways = [moves for moves in _ways(pitches, block, around, room) if _is_possible(moves, block, room)]
    best = min(ways, key=lambda moves: _price(moves, block, around, home), default={})
    return _moved(block, best)


def _ways(pitches: list[int], block: list[Row], around: Around, room: Room) -> Iterator[Moves]:
    """Ways to place a block: as it is, by octaves as a whole, by inversions, by moving only what is in the way."""
    yield {}
    for octaves in (-2, -1, 1, 2):
        yield {pitch: pitch + OCTAVE * octaves for pitch in pitches}
    if room.is_line:
        return
    for cut in range(1, len(pitches)):
        yield {pitch: pitch - OCTAVE for pitch in pitches[cut:]}
        yield {pitch: pitch + OCTAVE for pitch in pitches[:cut]}
        yield {pitch: pitch - OCTAVE * (1 + (pitch >= pitches[cut])) for pitch in pitches}
    high = {row[2] for row in block if touches([row], around.tune)}
    low = {row[2] for row in below_bass(block, around.bass)}
    raised = {pitch: pitch + OCTAVE for pitch in low}
    for octaves in (-1, 1):
        yield raised | {pitch: pitch + OCTAVE * octaves for pitch in high - low}
    yield raised


def _is_possible(moves: Moves, block: list[Row], room: Room) -> bool:
    """Whether the instrument has the new pitches and its player's hands reach them; as written always is."""
    if not moves:
        return True
    if not all(room.low <= pitch <= room.high for pitch in moves.values()):
        return False
    return room.fits is None or _all_fit(_moved(block, moves), room.fits)


def _all_fit(rows: Sequence[Row], fits: Callable[[tuple[int, ...]], bool]) -> bool:
    """Whether a player reaches all that is struck together."""
    return all(fits(tuple(sorted(strike))) for strike in _pitches_by_onset(rows))


def _pitches_by_onset(rows: Sequence[Row]) -> list[set[int]]:
    """Pitches struck together."""
    strikes: dict[int, set[int]] = {}
    for row in rows:
        strikes.setdefault(row[0], set()).add(row[2])
    return list(strikes.values())


def _spread(rows: Sequence[Row]) -> float:
    """Semitones from the lowest note of a strike to its highest, of the widest strike."""
    return float(max(max(pitches) - min(pitches) for pitches in _pitches_by_onset(rows)))


def _is_muddy_strike(pitches: set[int]) -> bool:
    """Whether neighbours of a strike lie below the low interval limits."""
    return any(is_muddy(low, high) for low, high in pairwise(sorted(pitches)))


def _price(moves: Moves, block: list[Row], around: Around, home: float) -> float:
    """What a way to place a block costs; see the prices at the top."""
    moved = _moved(block, moves)
    new = {moves.get(row[2], row[2]) for row in block}
    touching = sum(end - start for start, end in touches(moved, around.tune)) / around.beat_ticks
    low = sum(new < min(LOWEST_CHORD_NOTE, pitch) for pitch, new in moves.items())
    together = len({row[2] for row in block}) - len(new)
    away = abs(_center(moved) - home) / OCTAVE
    shift = sum(abs(moves.get(row[2], row[2]) - row[2]) for row in block) / OCTAVE / len(block)
    below = len(below_bass(moved, around.bass)) / len(block)
    up = max(0.0, _center(moved) - max(_center(block), home)) / OCTAVE
    muddy = sum(_is_muddy_strike(strike) for strike in _pitches_by_onset(moved)) / len(moved)
    doubled = len(doubled_rows(moved, around)) / len(moved)
    wider = _spread(moved) - max(CLOSE, _spread(block))
    costs = _SPREAD * max(0.0, wider) / OCTAVE
    costs += (
        _TOUCH * touching + _BELOW * below + _LOW * low + _TOGETHER * together + _MUDDY * muddy + _DOUBLED * doubled
    )
    return costs + _AWAY * away + _MOVED * shift + _TOUCH * _UP * up


def _moved(block: list[Row], moves: Moves) -> list[Row]:
    """A block at its new pitches; of notes that fall together the longest stays."""
    rows: dict[Span, Row] = {}
    for onset, length, pitch, velocity in block:
        new = moves.get(pitch, pitch)
        if (onset, new) not in rows or rows[onset, new][1] < length:
            rows[onset, new] = (onset, length, new, velocity)
    return sorted(rows.values())


def _make_way(rows: list[Row], around: Around, room: Room) -> list[Row]:
    """Move single notes that still sit on the tune or lie below the bass, or leave them out."""
    sitting = sits_on(rows, around.tune, around.beat_ticks)
    low = set(below_bass(rows, around.bass))
    in_the_way = [row for row in rows if row in low or (_overlaps(row, sitting) and bool(touches([row], around.tune)))]
    kept: dict[int, list[Row]] = {}
    for row in rows:
        kept.setdefault(row[0], [])
        if row not in in_the_way:
            kept[row[0]].append(row)
    for row in in_the_way:
        # What makes way for the tune goes below it: above, it is heard as another tune.
        ways = (-1, 1, -2, 2) if room.is_line or row in low else (-1, -2)
        free = [(row[0], row[1], row[2] + OCTAVE * octaves, row[3]) for octaves in ways]
        others = kept[row[0]]
        place = next((own for own in free if _is_beside(own, others) and _has_room(own, others, around, room)), None)
        if place is not None:
            kept[row[0]].append(place)
    return sorted(row for strike in kept.values() for row in strike)


def _is_beside(row: Row, strike: Sequence[Row]) -> bool:
    """Whether a note lies so near to another of its strike that one hand strikes both; alone it may lie anywhere."""
    return not strike or min(abs(row[2] - other[2]) for other in strike) <= NEIGHBOUR


def _has_room(row: Row, strike: Sequence[Row], around: Around, room: Room) -> bool:
    """Whether a note may stand beside those of its strike that are placed."""
    pitches = {other[2] for other in strike}
    if row[2] in pitches or not room.low <= row[2] <= room.high:
        return False
    if touches([row], around.tune) or below_bass([row], around.bass):
        return False
    return room.fits is None or room.fits(tuple(sorted({*pitches, row[2]})))
