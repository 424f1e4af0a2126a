"""Where a singer or a wind player takes breath: no tune goes on for longer than lungs last.

A breath cuts the end of a note and moves none. Each section is looked at by itself, so that one can be played again
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from symbolic_music.performing.moments import TPQ_PERFORMED, Timeline

# Voices, brass, reeds, pipes and the harmonica; bellows and bags are not lungs.
BREATHING = (22, *range(52, 55), *range(56, 80), 85, 91)
# Seconds: what goes on in one breath at most (people sing 3.5 to 16 beats in one), how long a breath takes, how soon
# after one nobody takes another.
LONGEST, TAKEN, SOONEST = 7.0, 0.16, 2.0
# What a note before a phrase's beginning gains as a place to breathe.
AT_PHRASE = 2.0
# A note so many ticks before a bar line belongs after it, played early.
EARLY = 24
Row = tuple[int, int, int, int]


def breathe(rows: Sequence[Row], timeline: Timeline, qpm: float) -> list[Row]:
    """Cut the ends of notes where breath is taken.

    Parameters
    ----------
    rows : sequence of (int, int, int, int)
        Onset, end, pitch and velocity of a tune's notes in order, in ticks of ``TPQ_PERFORMED`` to the quarter.
    timeline : Timeline
        Where sections and phrases lie.
    qpm : float
        Quarters a minute.

    Returns
    -------
    list of (int, int, int, int)
        The same notes; some end earlier, none before half its length.
    """
    second = qpm / 60 * TPQ_PERFORMED
    done: list[Row] = []
    for _, own in groupby(rows, key=lambda row: timeline.section_index(row[0] + EARLY)):
        section = list(own)
        if done:
            done[-1] = _cut(done[-1], section[0][0], second)
        done += _breathe_section(section, timeline, second)
    return done


def _breathe_section(rows: list[Row], timeline: Timeline, second: float) -> list[Row]:
    """Take breath in one section, where ``second`` is its length in ticks."""
    first = index = 0
    while index + 1 < len(rows):
        since, end, following = rows[first][0], rows[index][1], rows[index + 1]
        if following[0] - end >= TAKEN * second:
            first = index + 1
        elif following[1] - since > LONGEST * second:
            places = [place for place in range(first, index + 1) if rows[place][1] - since >= SOONEST * second]
            place = max(places or [index], key=lambda at: _fitness(rows, at, timeline))
            rows[place] = _cut(rows[place], rows[place + 1][0], second)
            first = index = place + 1
            continue
        index += 1
    return rows


def _fitness(rows: Sequence[Row], place: int, timeline: Timeline) -> float:
    """How good it is to breathe after a note: after a long one, and before a phrase or its upbeat."""
    onset, following = rows[place][0], rows[place + 1][0]
    phrase_end = timeline.phrase_at(onset + EARLY).end_tick
    # An upbeat begins before its phrase; the long note is the one before it.
    leads_in = phrase_end - following <= timeline.bar_ticks_at(onset) // 2
    return (following - onset) * (AT_PHRASE if leads_in else 1.0)


def _cut(row: Row, following: int, second: float) -> Row:
    """End a note early enough for a breath before the next, but not before its half."""
    onset, end, pitch, velocity = row
    half = onset + (end - onset) // 2
    return onset, max(half, min(end, following - round(TAKEN * second))), pitch, velocity
