"""Repeat signs and endings written out: in which order bars are played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.limits import BARS, REPEATS


@dataclass(frozen=True)
class RepeatMarks:
    """A bar's signs: a repeat begins or ends here, and the passes in which an ending's bar is played."""

    starts: bool = False
    ends: bool = False
    endings: frozenset[int] = frozenset()
    times: int = 2


def order_bars(marks: Sequence[RepeatMarks], where: str = "the repeats") -> list[int]:
    """List the bars in the order in which they are played.

    Returns
    -------
    list of int
        Indices of bars, from 0; a bar in a repeat comes several times.

    Raises
    ------
    FileFormatError
        If one passage is repeated more often, or the whole is longer, than `symbolic_music.limits` allow.

    Examples
    --------
    >>> first, second = RepeatMarks(ends=True, endings=frozenset({1})), RepeatMarks(endings=frozenset({2}))
    >>> order_bars([RepeatMarks(), first, second])
    [0, 1, 0, 2]
    """
    for bar in marks:
        REPEATS.check(max(bar.times, *bar.endings, 0), where)
    order: list[int] = []
    start = index = 0
    turn = 1
    while index < len(marks):
        BARS.check(len(order), where)
        bar = marks[index]
        leaves_endings = index > start and marks[index - 1].endings and not bar.endings
        if (bar.starts or leaves_endings) and index != start:
            start, turn = index, 1
        if bar.endings and turn not in bar.endings:
            index += 1
            continue
        order.append(index)
        if bar.ends and turn < _last_turn(marks, index):
            turn, index = turn + 1, start
            continue
        if bar.ends and not bar.endings:
            start, turn = index + 1, 1
        index += 1
    return order


def _last_turn(marks: Sequence[RepeatMarks], index: int) -> int:
    """How often a repeat that ends here is played: what its endings say, else what its sign says."""
    bar = marks[index]
    if not bar.endings:
        return bar.times
    first = index
    while first > 0 and marks[first - 1].endings:
        first -= 1
    highest = 0
    while first < len(marks) and marks[first].endings:
        highest = max(highest, *marks[first].endings)
        first += 1
    return max(highest, 2 if bar.endings == {1} else highest)
