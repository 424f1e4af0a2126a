"""Controller curves of held sounds: expression (CC 11) swells over each phrase and rises before louder sections."""

from __future__ import annotations

from symbolic_music.performing.moments import Timeline
from symbolic_music.song.score import ControlChange, Track

EXPRESSION = 11
# Expression at intensity 0 and 1, and how far a phrase swells around it.
SOFT, LOUD, SWELL = 82, 116, 9
PEAK = 0.6
# Organs and reeds, bowed strings, ensembles and voices, brass, woodwinds, synthesizer pads.
SUSTAINED = (*range(16, 24), *range(40, 45), *range(48, 55), *range(56, 80), *range(88, 96))
SWELLING_ROLES = ("pad", "countermelody", "line")


def swell(track: Track, timeline: Timeline) -> tuple[ControlChange, ...]:
    """Write the expression of pads and of bowed, blown and sung lines beside the tune, a value on every beat.

    Equal values are written once. Others have none: the tune's arch is in its velocities, and struck
    strings cannot swell.
    """
    if track.role not in SWELLING_ROLES or not len(track.notes):
        return ()
    if track.role != "pad" and track.program not in SUSTAINED:
        return ()
    controls: list[ControlChange] = []
    for tick in timeline.beats():
        value = round(SOFT + (LOUD - SOFT) * timeline.intensity_at(tick) + SWELL * _swell(tick, timeline))
        if not controls or controls[-1].value != value:
            controls.append(ControlChange(tick, EXPRESSION, min(127, value)))
    return tuple(controls)


def _swell(tick: int, timeline: Timeline) -> float:
    """Place in the phrase's arch: -1 at its ends, 1 at its peak."""
    phrase = timeline.phrase_at(tick)
    place = (tick - phrase.onset_tick) / (phrase.end_tick - phrase.onset_tick)
    return 1 - 2 * abs(place - PEAK) / (PEAK if place < PEAK else 1 - PEAK)
