"""The sustain pedal of a piano: renewed at every chord, so that harmonies do not blur."""

from __future__ import annotations

from symbolic_music.song.score import ControlChange, Score, Track

SUSTAIN = 64
PIANO_PROGRAMS = range(0, 6)
# Comping and stabs live from their short notes; these are families of styles and genres.
DRY_FAMILIES = ("jazz", "electronic", "latin", "caribbean", "african", "hip-hop")
# The foot comes down after the hands: legato pedalling.
FOOT_DELAY = 40


def press_pedal(track: Track, score: Score, family: str) -> tuple[ControlChange, ...]:
    """Press the pedal through each chord that the track plays in; ticks are those of ``score``."""
    if track.role != "chords" or track.program not in PIANO_PROGRAMS or family in DRY_FAMILIES:
        return ()
    onsets = track.notes["onset_tick"]
    ticks = [marker.tick for marker in score.chord_symbols]
    controls: list[ControlChange] = []
    ends = [*ticks[1:], score.end_tick][: len(ticks)]
    for tick, end in zip(ticks, ends, strict=True):
        if end - tick > 2 * FOOT_DELAY and ((onsets >= tick) & (onsets < end)).any():
            controls.append(ControlChange(tick + FOOT_DELAY, SUSTAIN, 127))
            controls.append(ControlChange(end, SUSTAIN, 0))
    return tuple(controls)
