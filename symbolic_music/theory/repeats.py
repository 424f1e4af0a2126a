"""In which order written bars are played: repeats, endings, da capo, dal segno, fine and coda.

Rules
-----
- A repeated stretch starts at the last sign for it, else after the last finished repeat, else at the beginning. It is
  played as often as its endings ask for, else as its sign says.
- An ending lasts until its repeat ends, though some programs close its bracket after a bar; an ending that another
  follows goes back, though its repeat sign is missing; endings that are not numbered 1, 2, … are counted.
- *D.C.* and *D.S.* are followed once; after that repeats are not taken and the last ending is; *Fine* ends the piece,
  and the first coda sign leads to the last one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbolic_music.limits import BARS, REPEATS

JUMPS = ("dacapo", "dalsegno", "fine", "tocoda", "segno", "coda")
# What words say, as people write them: D.C. al Fine, Da Capo, D.S. al Coda, To Coda, Fine.
_WORDS = (
    (re.compile(r"\bd\. ?c\.|\bda ?capo|\bdacoda"), "dacapo"),
    (re.compile(r"\bd\. ?s\.|\bdal ?segno"), "dalsegno"),
    (re.compile(r"^fine\.?$"), "fine"),
    (re.compile(r"\bto ?coda"), "tocoda"),
    (re.compile(r"^coda$"), "coda"),
    (re.compile(r"^segno$"), "segno"),
)


@dataclass(frozen=True)
class RepeatMarks:
    """A bar's signs.

    ``starts`` and ``ends``: a repeat begins or ends here, played ``times`` in all; ``endings``: the passes in which an
    ending's bar is played; ``jumps``: those of ``JUMPS`` that stand in the bar.
    """

    starts: bool = False
    ends: bool = False
    endings: frozenset[int] = frozenset()
    times: int = 2
    jumps: frozenset[str] = frozenset()


def jumps_of_words(text: str) -> frozenset[str]:
    """Find the jump, or its target, that words say.

    Examples
    --------
    >>> jumps_of_words("D.S. al Coda"), jumps_of_words("slowly")
    (frozenset({'dalsegno'}), frozenset())
    """
    plain = " ".join(text.lower().split())
    # The first that fits: "D.C. al Fine" is no Fine.
    return frozenset([name for pattern, name in _WORDS if pattern.search(plain)][:1])


def say_unplayed(n_bars: int, played: Sequence[int]) -> list[str]:
    """Say how many written bars are never played, for a list of remarks.

    Examples
    --------
    >>> say_unplayed(4, [0, 1, 0, 1])
    ['2 bars that no repeat or jump leads to left out']
    """
    left = n_bars - len(set(played))
    return [f"{left} {'bars' if left > 1 else 'bar'} that no repeat or jump leads to left out"] if left else []


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
    return [index for index, _ in play_order(marks, where)]


def play_order(marks: Sequence[RepeatMarks], where: str = "the repeats") -> list[tuple[int, int]]:
    """List the bars in the order in which they are played, each with the pass, from 1, that it is played in.

    Raises
    ------
    FileFormatError
        If one passage is repeated more often, or the whole is longer, than `symbolic_music.limits` allow.
    """
    for bar in marks:
        REPEATS.check(max(bar.times, *bar.endings, 0), where)
    marks = mend_endings(marks)
    order: list[tuple[int, int]] = []
    codas = [index for index, bar in enumerate(marks) if bar.jumps & {"coda", "tocoda"}]
    index = start = 0
    turn, has_jumped = 1, False
    while index < len(marks):
        bar = marks[index]
        if bar.starts and index != start:
            start, turn = index, 1
        if bar.endings and (_has_later_ending(marks, index) if has_jumped else turn not in bar.endings):
            index += 1
            if bar.ends and turn > 1 and index < len(marks) and not marks[index].endings:
                start, turn = index, 1  # a first ending alone: what follows is new
            continue
        order.append((index, turn))
        BARS.check(len(order), where)
        if has_jumped and "fine" in bar.jumps:
            break
        if has_jumped and len(codas) > 1 and index == codas[0]:
            index = start = codas[-1]
            turn = 1
            continue
        if bar.ends and not has_jumped and turn < _last_turn(marks, index):
            turn, index = turn + 1, start
            continue
        if bar.ends or _leaves_ending(marks, index):
            start, turn = index + 1, 1
        if not has_jumped and bar.jumps & {"dacapo", "dalsegno"}:
            index = start = _target(marks, bar)
            turn, has_jumped = 1, True
            continue
        index += 1
    return order


def mend_endings(marks: Sequence[RepeatMarks]) -> list[RepeatMarks]:
    """Put endings right that are not written as they are meant.

    Parameters
    ----------
    marks : sequence of RepeatMarks
        One for each bar.

    Returns
    -------
    list of RepeatMarks
        The same where all was right.

    Examples
    --------
    >>> first, last = RepeatMarks(endings=frozenset({1})), RepeatMarks(endings=frozenset({3}))
    >>> [(sorted(bar.endings), bar.ends) for bar in mend_endings([first, RepeatMarks(ends=True), last])]
    [([1], False), ([1], True), ([2], False)]
    """
    mended = _with_whole_endings(marks)
    start = 0
    while start < len(mended):
        end = start
        while end < len(mended) and mended[end].endings and not (end > start and mended[end].starts):
            end += 1
        mended[start:end] = _mended_chain(mended[start:end])
        start = max(end, start + 1)
    return mended


def _with_whole_endings(marks: Sequence[RepeatMarks]) -> list[RepeatMarks]:
    """Draw an ending that closes early on to the sign that ends its repeat, if the next ending begins there."""
    whole = list(marks)
    for index, bar in enumerate(marks):
        if not bar.endings or bar.ends or not _leaves_ending(marks, index):
            continue
        last = index + 1
        while last < len(marks) and not (marks[last].ends or marks[last].endings or marks[last].starts):
            last += 1
        has_next = last + 1 < len(marks) and bool(marks[last + 1].endings)
        if has_next and marks[last].ends and not marks[last].endings and not marks[last].starts:
            whole[index + 1 : last + 1] = [replace(mark, endings=bar.endings) for mark in marks[index + 1 : last + 1]]
    return whole


def _mended_chain(chain: list[RepeatMarks]) -> list[RepeatMarks]:
    """Number the endings of one repeat, and let all but the last go back."""
    brackets: list[list[RepeatMarks]] = []
    for index, bar in enumerate(chain):
        if index and bar.endings == chain[index - 1].endings and not chain[index - 1].ends:
            brackets[-1].append(bar)
        else:
            brackets.append([bar])
    numbers = sorted(number for bracket in brackets for number in bracket[0].endings)
    if numbers != list(range(1, len(numbers) + 1)):
        brackets = [
            [replace(bar, endings=frozenset({number})) for bar in bracket] for number, bracket in enumerate(brackets, 1)
        ]
    for bracket in brackets[:-1]:
        if not any(bar.jumps & {"dacapo", "dalsegno"} for bar in bracket):
            bracket[-1] = replace(bracket[-1], ends=True)
    return [bar for bracket in brackets for bar in bracket]


def _leaves_ending(marks: Sequence[RepeatMarks], index: int) -> bool:
    """Whether an ending's last bar is played."""
    own = marks[index].endings
    return bool(own) and (index + 1 == len(marks) or marks[index + 1].endings != own)


def _target(marks: Sequence[RepeatMarks], bar: RepeatMarks) -> int:
    """Where a jump leads: dal segno to the first segno, else to the beginning."""
    if "dalsegno" not in bar.jumps:
        return 0
    return next((index for index, other in enumerate(marks) if "segno" in other.jumps), 0)


def _has_later_ending(marks: Sequence[RepeatMarks], index: int) -> bool:
    """Whether the ending that a bar is in gives way to a later one after a jump: not if it holds the Fine."""
    own = marks[index].endings
    after = next((later for later in range(index, len(marks)) if marks[later].endings != own), len(marks))
    holds_fine = any("fine" in bar.jumps for bar in marks[index:after])
    return after < len(marks) and bool(marks[after].endings) and not holds_fine


def _last_turn(marks: Sequence[RepeatMarks], index: int) -> int:
    """How often a repeat that ends here is played: what its endings say, else what its sign says."""
    bar = marks[index]
    if not bar.endings:
        return bar.times
    first = index
    while first > 0 and marks[first - 1].endings and not marks[first].starts:
        first -= 1
    highest = 0
    while first < len(marks) and marks[first].endings and not (first > index and marks[first].starts):
        highest = max(highest, *marks[first].endings)
        first += 1
    # A first ending alone: the second is what follows.
    return max(highest, 2 if bar.endings == {1} else highest)
