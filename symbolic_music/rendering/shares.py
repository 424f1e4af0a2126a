"""A performance shared out between two synthesizers, so that each has about as much to play.

Who plays what depends on the music alone, never on the machine: the sound is the same on one thread and on two. Whole
channels are given away, the costliest first; where one of them has more than half of all (a harp, a pedalled piano),
its keys are: every other key to the other synthesizer, so that a key that is struck again ends its own last note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from symbolic_music.rendering.performance import CONTROL, KEY_PRESSURE, OFF, ON, Event, Performance

# What a note costs: the seconds it is held, but no more than so many, and for so many it rings after.
_LONGEST_SEC, _RINGS_SEC = 3.0, 0.7
# A channel is divided that has more than this of all.
_MOST_OF_ALL = 0.6
# Portamento, legato, mono and poly: what follows from them depends on the key before.
_ONE_VOICE = frozenset({5, 65, 68, 84, 126, 127})
_ALL_CHANNELS = 0xF
_OF_KEYS = frozenset({ON, OFF, KEY_PRESSURE})
# A channel, or its even or odd keys.
Unit = tuple[int, int | None]


def share_out(performance: Performance, sample_rate: int) -> list[Performance]:
    """Share a performance out.

    Parameters
    ----------
    performance : Performance
        Of any number of channels.
    sample_rate : int
        Of its events, in hertz.

    Returns
    -------
    list of Performance
        One or two; each has the events of its channels or keys and those that are for all.
    """
    units = _units(performance, sample_rate)
    shares: list[tuple[float, set[Unit]]] = [(0.0, set()), (0.0, set())]
    for unit in sorted(units, key=lambda unit: (-units[unit], unit)):
        cost, own = min(shares, key=lambda share: share[0])
        shares[[share[1] is own for share in shares].index(True)] = (cost + units[unit], own | {unit})
    return [replace(performance, events=_events_of(performance, own)) for _, own in shares if own] or [performance]


def _units(performance: Performance, sample_rate: int) -> Mapping[Unit, float]:
    """What is given away as a whole, and what it costs."""
    keys = _costs(performance, sample_rate)
    costs: defaultdict[int, float] = defaultdict(float)
    for (channel, _), cost in keys.items():
        costs[channel] += cost
    bound = performance.drum_channels | {
        event.channel for event in performance.events if event.kind == CONTROL and event.first in _ONE_VOICE
    }
    units: defaultdict[Unit, float] = defaultdict(float)
    for (channel, key), cost in keys.items():
        is_divided = costs[channel] > _MOST_OF_ALL * sum(costs.values()) and channel not in bound
        units[channel, key % 2 if is_divided else None] += cost
    return units


def _costs(performance: Performance, sample_rate: int) -> Mapping[tuple[int, int], float]:
    """What each key of each channel costs, in seconds of a voice."""
    costs: defaultdict[tuple[int, int], float] = defaultdict(float)
    begun: dict[tuple[int, int], int] = {}
    for event in performance.events:
        place = (event.channel, event.first)
        if event.kind == ON:
            begun[place] = event.sample
            costs[place] += _RINGS_SEC
        elif event.kind == OFF and place in begun:
            costs[place] += min((event.sample - begun.pop(place)) / sample_rate, _LONGEST_SEC)
    return costs


def _events_of(performance: Performance, own: set[Unit]) -> list[Event]:
    """The events that one synthesizer hears."""
    channels = {channel for channel, _ in own}
    return [
        event
        for event in performance.events
        if event.kind > _ALL_CHANNELS
        or (
            {(event.channel, None), (event.channel, event.first % 2)} & own
            if event.kind in _OF_KEYS
            else event.channel in channels
        )
    ]
