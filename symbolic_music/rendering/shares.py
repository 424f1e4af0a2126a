"""A performance shared out between two synthesizers, so that each has about as much to play.

Who plays what depends on the music alone, never on the machine: the sound is the same on one thread and on two. Of
every channel each synthesizer has some of the keys, always the same, so that a key that is struck again ends its own
last note; how many voices a note of an instrument takes then weighs on both alike. Drums, of which one stroke may end
another, and channels that play one voice, are given away as a whole, and the others' keys make up for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from symbolic_music.rendering.performance import CONTROL, KEY_PRESSURE, OFF, ON, Event, Performance

# What a note costs: the seconds it is held, but no more than so many, and for so many it rings after.
_LONGEST_SEC, _RINGS_SEC = 3.0, 0.7
# Portamento, legato, mono and poly: what follows from them depends on the key before.
_ONE_VOICE = frozenset({5, 65, 68, 84, 126, 127})
_ALL_CHANNELS = 0xF
_OF_KEYS = frozenset({ON, OFF, KEY_PRESSURE})
# A channel and one of its keys.
Key = tuple[int, int]


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
    costs = _costs(performance, sample_rate)
    owners = _owners(costs, _undivided(performance))
    numbers = sorted(set(owners.values()))
    return [replace(performance, events=_events_of(performance, owners, own)) for own in numbers] or [performance]


def _undivided(performance: Performance) -> frozenset[int]:
    """The channels whose keys depend on each other."""
    asked = (event.channel for event in performance.events if event.kind == CONTROL and event.first in _ONE_VOICE)
    return performance.drum_channels.union(asked)


def _owners(costs: Mapping[Key, float], undivided: frozenset[int]) -> dict[Key, int]:
    """Which of two synthesizers plays each key."""
    channels: defaultdict[int, dict[Key, float]] = defaultdict(dict)
    for key, cost in sorted(costs.items()):
        channels[key[0]][key] = cost
    owners: dict[Key, int] = {}
    loads = [0.0, 0.0]
    for channel in sorted(undivided & set(channels), key=lambda own: -sum(channels[own].values())):
        lighter = loads.index(min(loads))
        loads[lighter] += sum(channels[channel].values())
        owners |= dict.fromkeys(channels[channel], lighter)
    half = sum(costs.values()) / 2
    wanted = [max(half - load, 0.01 * half) for load in loads]  # of every other channel, in this proportion
    for channel in sorted(set(channels) - undivided):
        shares = [0.0, 0.0]
        for key, cost in sorted(channels[channel].items(), key=lambda item: -item[1]):
            owner = min((0, 1), key=lambda number: (shares[number] + cost) / wanted[number])
            shares[owner] += cost
            owners[key] = owner
    return owners


def _costs(performance: Performance, sample_rate: int) -> Mapping[Key, float]:
    """What each key of each channel costs, in seconds of a voice."""
    costs: defaultdict[Key, float] = defaultdict(float)
    begun: dict[Key, int] = {}
    for event in performance.events:
        place = (event.channel, event.first)
        if event.kind == ON:
            begun[place] = event.sample
            costs[place] += _RINGS_SEC
        elif event.kind == OFF and place in begun:
            costs[place] += min((event.sample - begun.pop(place)) / sample_rate, _LONGEST_SEC)
    return costs


def _events_of(performance: Performance, owners: Mapping[Key, int], own: int) -> list[Event]:
    """The events that one synthesizer hears: its keys', and all else of their channels."""
    channels = {channel for (channel, _), owner in owners.items() if owner == own}
    return [
        event
        for event in performance.events
        if event.kind > _ALL_CHANNELS
        or (owners.get((event.channel, event.first)) == own if event.kind in _OF_KEYS else event.channel in channels)
    ]
