"""Low interval limits: how low an interval may lie before it is heard as mud.

The table is the usual one of arrangers' textbooks (they differ by a semitone or two): for each interval in
semitones the lowest pitch of its lower note. Two notes of one strike are asked, a bass below them counts as one.
"""

from __future__ import annotations

OCTAVE = 12
# Semitones: lowest pitch of the lower note.
LOW_LIMITS = {
    1: 52,
    2: 51,
    3: 48,
    4: 46,
    5: 46,
    6: 47,
    7: 34,
    8: 43,
    9: 41,
    10: 41,
    11: 41,
    12: 28,
    13: 40,
    14: 39,
    15: 36,
    16: 34,
}


def is_muddy(low: int, high: int) -> bool:
    """Whether two pitches sounding together lie too low for their interval.

    Examples
    --------
    >>> is_muddy(40, 44), is_muddy(40, 47), is_muddy(52, 56)
    (True, False, False)
    """
    return low < LOW_LIMITS.get(high - low, 0)
