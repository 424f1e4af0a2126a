"""What one drummer's two hands and two feet can strike at one instant.

The rules:

- *Hi-hat.* It is open or closed: where both are struck the open one stays if it is the accent (`OPEN_ACCENT`), and
  the foot closes no hi-hat that a hand strikes.
- *Snare.* One stroke on it at a time: struck, struck on the rim or (`GHOST_SNARE`) hardly struck. A clap is
  a second sound for a machine only.
- *Timekeeper.* One hand keeps time, on the hi-hat or on the ride; a crash takes the place of its stroke.
- *Hands.* Two strokes of the kit at most. Congas, shakers and the like are for other players, of two hands each.
- *Feet.* One kick; the foot on the hi-hat is free.

A drum machine has as many hands as it needs, but the one hi-hat. How fast a hand can be is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

KICK, SECOND_KICK = 36, 35
SIDE_STICK, SNARE, CLAP = 37, 38, 39
# In the phrase model's alphabet drum 40 (General MIDI's second snare, of no use to a band that has one) is a soft
# stroke on the snare, a ghost: a hit there has no loudness, and a groove without its ghosts is another groove.
GHOST_SNARE = 40
# Snare strokes softer than this are ghosts. Of drummers' strokes (Groove MIDI) those below are felt, those above heard:
# their backbeats lie at 100 to 127, the strokes between two backbeats at 15 to 45.
GHOST_VELOCITY = 45
# What is soft all through has no ghosts: they are softer than this share of the loud strokes (the ninth of ten).
GHOST_SHARE = 0.6
CLOSED_HAT, FOOT_HAT, OPEN_HAT = 42, 44, 46
TOMS = (41, 43, 45, 47, 48, 50)
CRASHES, RIDES = (49, 52, 55, 57), (51, 53, 59)
# Of each row one sounds at an instant: the first that is struck.
EXCLUSIVE = (
    (OPEN_HAT, CLOSED_HAT, FOOT_HAT),
    (SNARE, SIDE_STICK, GHOST_SNARE, CLAP),
    (KICK, SECOND_KICK),
    CRASHES,
    (53, 51, 59),
)
# Programs layer an open hi-hat over the closed one for colour: it is meant to be open where it is so many times louder.
OPEN_ACCENT = 1.15
# The timekeeping hand, from what it leaves last to what it leaves first.
TIMEKEEPERS = (*CRASHES, 53, 51, 59, OPEN_HAT, CLOSED_HAT)
# The kit by hand, from what stays to what is left out first.
BY_HAND = (*CRASHES, SNARE, SIDE_STICK, CLAP, *TOMS, GHOST_SNARE, OPEN_HAT, 53, 51, 59, CLOSED_HAT)
# The other players', from what stays to what is left out first.
PERCUSSION = (60, 61, 62, 63, 64, 65, 66, 67, 68, 56, 76, 77, 75, 73, 74, 71, 72, 78, 79, 80, 81, 58, 54, 69, 70)
HANDS = 2

Hit = TypeVar("Hit", bound=Sequence[Any])  # (onset, duration, drum) or (onset, duration, drum, velocity)


def playable_drums(hits: Iterable[Hit], is_machine: bool = False, percussionists: int = 1) -> list[Hit]:
    """Leave out the strokes that one drummer cannot play.

    Parameters
    ----------
    hits : iterable of (onset, duration, drum) or (onset, duration, drum, velocity)
        Strokes on a grid, drums as General MIDI's keys 35 to 81.
    is_machine : bool
        Whether a drum machine plays: it has hands enough.
    percussionists : int
        How many play congas, bells, shakers and the like beside the drummer.

    Returns
    -------
    list
        The strokes that stay, unchanged, by onset and drum.

    Examples
    --------
    >>> playable_drums([(0, 3, 36), (0, 3, 42), (0, 3, 46), (6, 3, 42)])
    [(0, 3, 36), (0, 3, 46), (6, 3, 42)]
    """
    return [hit for group in _instants(hits, 0) for hit in _kept(group, is_machine, percussionists)]


def strokes_not_playable(
    hits: Iterable[Hit], together: float = 0, is_machine: bool = False, percussionists: int = 1
) -> list[Hit]:
    """List the strokes that one drummer cannot play, of any drum track.

    Parameters
    ----------
    hits : iterable
        As in `playable_drums`; onsets in any unit.
    together : float
        Strokes that begin within so much of the first one are one instant, in the unit of the onsets.
    is_machine, percussionists
        As in `playable_drums`.

    Returns
    -------
    list
        What would have to be left out, by onset and drum; empty for a drummer's own playing.

    Examples
    --------
    >>> strokes_not_playable([(0.0, 0, 42), (0.004, 0, 46), (0.5, 0, 42)], together=0.015)
    [(0.0, 0, 42)]
    """
    missing: list[Hit] = []
    for group in _instants(hits, together):
        kept = {id(hit) for hit in _kept(group, is_machine, percussionists)}
        missing += [hit for hit in group if id(hit) not in kept]
    return missing


def mark_ghosts(hits: Iterable[Sequence[int]], limit: float = GHOST_VELOCITY) -> list[tuple[int, ...]]:
    """Write soft snare strokes as `GHOST_SNARE` and all other strokes on either snare as `SNARE`.

    Parameters
    ----------
    hits : iterable of (onset, duration, drum, velocity)
    limit : float
        A stroke softer than this is a ghost; of a program's drums see `ghost_limit`.

    Examples
    --------
    >>> mark_ghosts([(0, 3, 40, 110), (3, 3, 38, 30)])
    [(0, 3, 38, 110), (3, 3, 40, 30)]
    """
    return [
        (hit[0], hit[1], GHOST_SNARE if hit[3] < limit else SNARE, hit[3])
        if hit[2] in (SNARE, GHOST_SNARE)
        else tuple(hit)
        for hit in hits
    ]


def ghost_limit(hits: Iterable[Sequence[int]]) -> float:
    """Say below which velocity snare strokes are ghosts in drums that a program wrote, soft all through maybe.

    Examples
    --------
    >>> ghost_limit([(0, 3, 38, 40), (12, 3, 38, 40), (18, 3, 38, 20)])
    24.0
    """
    snares = sorted(hit[3] for hit in hits if hit[2] in (SNARE, GHOST_SNARE))
    return min(GHOST_VELOCITY, GHOST_SHARE * snares[len(snares) * 9 // 10]) if snares else GHOST_VELOCITY


def _instants(hits: Iterable[Hit], together: float) -> Iterator[list[Hit]]:
    """Group strokes that begin together, in order."""
    group: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit[0], hit[2])):
        if group and hit[0] - group[0][0] > together:
            yield group
            group = []
        group.append(hit)
    if group:
        yield group


def _kept(group: list[Hit], is_machine: bool, percussionists: int) -> list[Hit]:
    """Keep the strokes of one instant that can be played; of one drum's the loudest."""
    kept = {hit[2]: hit for hit in sorted(group, key=_loudness)}
    if OPEN_HAT in kept and CLOSED_HAT in kept:
        loud, usual = _loudness(kept[OPEN_HAT]), _loudness(kept[CLOSED_HAT])
        del kept[OPEN_HAT if loud < OPEN_ACCENT * usual else CLOSED_HAT]
    if not is_machine:
        _leave(kept, TIMEKEEPERS, 1)
    for row in EXCLUSIVE:
        _leave(kept, tuple(drum for drum in row if drum != CLAP or not is_machine), 1)
    if not is_machine:
        _leave(kept, BY_HAND, HANDS)
        _leave(kept, PERCUSSION, HANDS * percussionists)
    return sorted(kept.values(), key=lambda hit: (hit[0], hit[2]))


def _leave(kept: dict[int, Hit], order: Sequence[int], count: int) -> None:
    """Of the drums of a list leave so many, those that it names first."""
    for drum in [drum for drum in order if drum in kept][count:]:
        del kept[drum]


def _loudness(hit: Sequence[Any]) -> float:
    """A stroke's velocity; 0 for all where none is given."""
    return float(hit[3]) if len(hit) > 3 else 0.0
