"""The order of parts that an ABC tune's header gives: ``P:A2(BC)3`` plays the parts marked in the body.

A part lasts from its ``P:`` mark to the next; a number repeats the part or the bracket before it, dots only part
groups, as the standard has it. Repeats are played inside each part, as often as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from symbolic_music.errors import FileFormatError
from symbolic_music.limits import BARS, NESTING, REPEATS
from symbolic_music.theory.repeats import RepeatMarks, order_bars, say_unplayed

_SIGNS = re.compile(r"(?P<part>[A-Za-z])|(?P<open>\()|(?P<close>\))|(?P<count>\d{1,9})|(?P<space>[.\s])")


def parse_part_order(text: str, where: str = "P:") -> tuple[str, ...]:
    """Read an order of parts.

    Raises
    ------
    FileFormatError
        If it is no order of single letters, or asks for more than `symbolic_music.limits` allow.

    Examples
    --------
    >>> parse_part_order("A.(BC)2")
    ('A', 'B', 'C', 'B', 'C')
    """
    # One list for each open bracket; the last one or two names are what a number repeats.
    levels: list[list[list[str]]] = [[]]
    place = 0
    while place < len(text):
        sign = _SIGNS.match(text, place)
        if sign is None:
            raise FileFormatError(f"{where}: sign {text[place]!r} in the order of parts is not understood")
        place = sign.end()
        if sign["part"]:
            levels[-1].append([sign["part"]])
        elif sign["open"]:
            levels.append([])
            NESTING.check(len(levels), where)
        elif sign["close"] and len(levels) > 1:
            inside = levels.pop()
            levels[-1].append([name for group in inside for name in group])
        elif sign["close"]:
            raise FileFormatError(f"{where}: a bracket in the order of parts closes nothing")
        elif sign["count"] and levels[-1]:
            count = int(sign["count"])
            REPEATS.check(count, where)
            BARS.check(count * len(levels[-1][-1]), where)
            levels[-1][-1] = levels[-1][-1] * count
    if len(levels) > 1:
        raise FileFormatError(f"{where}: a bracket in the order of parts stays open")
    return tuple(name for group in levels[0] for name in group)


def order_parts(
    marks: Sequence[RepeatMarks], names: Sequence[str | None], order: Sequence[str], where: str
) -> tuple[list[int], list[str]]:
    """List the bars in the order in which they are played, part by part, and say what is not.

    Parameters
    ----------
    marks : sequence of RepeatMarks
        A tune's bars.
    names : sequence of str or None
        The name of the part that begins at each bar; bars before the first are played first.
    order : sequence of str
        Parts as they follow each other; nothing for the order in which they are written.

    Raises
    ------
    FileFormatError
        As `symbolic_music.theory.repeats.order_bars`.
    """
    starts = [index for index, name in enumerate(names) if name is not None]
    parts = {_letter(names[start]): (start, end) for start, end in pairwise([*starts, len(marks)])}
    missing = sorted(set(order) - set(parts))
    if not order or len(missing) == len(set(order)):
        said = [f"order of parts {''.join(order)[:20]} (P:) not played: no such parts are marked"] if order else []
        in_order = order_bars(marks, where)
        return in_order, [*said, *say_unplayed(len(marks), in_order)]
    said = [f"part {name} of the order (P:) is not marked; left out" for name in missing]
    unused = [name for name in parts if name not in order]
    said += [f"part {name[:20]} is not in the order of parts (P:); left out" for name in unused]
    first = order_bars(marks[: starts[0]], where)
    played = {name: [start + index for index in order_bars(marks[start:end], where)]
              for name, (start, end) in parts.items()}  # fmt: skip
    BARS.check(len(first) + sum(len(played.get(name, ())) for name in order), where)
    return [*first, *(index for name in order for index in played.get(name, ()))], said


def _letter(name: str | None) -> str:
    """Name a part as an order does: ``A.`` and ``A`` are the same."""
    return (name or "").strip().rstrip(".")
