"""Controller curves of pads: expression (CC 11) swells over each phrase and rises before louder sections."""

from __future__ import annotations

from symbolic_music.performing.moments import Timeline
from symbolic_music.song.score import ControlChange, Track

EXPRESSION = 11
# Expression at intensity 0 and 1, and how far a phrase swells around it.
SOFT, LOUD, SWELL = 82, 116, 9
PEAK = 0.6


def swell_pad(track: Track, timeline: Timeline) -> tuple[ControlChange, ...]:
    """Write a pad's expression, a value on every beat where it changes; nothing for other roles."""
    if track.role != "pad" or not len(track.notes):
        return ()
    controls: list[ControlChange] = []
    for tick in range(0, timeline.sections[-1].end_tick, timeline.beat_ticks):
        value = round(SOFT + (LOUD - SOFT) * timeline.intensity_at(tick) + SWELL * _swell(tick, timeline))
        if not controls or controls[-1].value != value:
            controls.append(ControlChange(tick, EXPRESSION, min(127, value)))
    return tuple(controls)


def _swell(tick: int, timeline: Timeline) -> float:
    """Place in the phrase's arch: -1 at its ends, 1 at its peak."""
    phrase = timeline.phrase_at(tick)
    place = (tick - phrase.onset_tick) / (phrase.end_tick - phrase.onset_tick)
    return 1 - 2 * abs(place - PEAK) / (PEAK if place < PEAK else 1 - PEAK)
