"""Where the upbeat before a bar line begins: which notes belong to the phrase that they open."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from symbolic_music.theory.meter import TPQ


def upbeat_start(rows: Sequence[Any], bar_line: int, bar_ticks: int) -> int:
    """Find where the upbeat before a bar line begins; the bar line itself where there is none.

    An upbeat are the notes of the last half bar that follow a breath (an eighth of silence, or a note held a beat and a
    half and twice as long as what follows), if that breath is the longest up to the bar line and a note follows
    in the first half of the new bar.

    Parameters
    ----------
    rows : sequence of (onset, duration, ...)
        One voice's notes in ticks, ascending.
    bar_line : int
        The tick at which the phrase begins.
    bar_ticks : int
        Length of a bar.
    """
    reach = bar_ticks // 2
    near = [row[:2] for row in rows if bar_line - 2 * bar_ticks <= row[0] < bar_line + reach]
    # Silence for two bars before the first note there.
    silence = (bar_line - 4 * bar_ticks, 0)
    gaps = [
        (later[0] - row[0], later[0] - row[0] - row[1], later[0])
        for row, later in pairwise([silence, *near])
        if later[0] > row[0]
    ]
    if not near or near[-1][0] < bar_line:
        return bar_line
    early = [gap for gap in gaps if bar_line - reach <= gap[2] < bar_line]
    after = [gap for gap in gaps if gap[2] == next(row[0] for row in near if row[0] >= bar_line)]
    if not early or not after:
        return bar_line
    waited, rest, onset = max(early, key=lambda gap: (gap[0], -gap[2]))
    following = [gap[0] for gap in gaps if onset < gap[2]][:2]
    is_breath = rest >= TPQ // 2 or (2 * waited >= 3 * TPQ and waited >= 2 * max(following, default=0))
    return onset if is_breath and waited > max(gap[0] for gap in after) else bar_line
