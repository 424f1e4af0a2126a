"""How loud notes sound: section level, crescendo, metrical accent, phrase arch, the players' unevenness."""

from __future__ import annotations

import numpy as np

from symbolic_music.performing.drummers import OWN_SHARE, habit_of
from symbolic_music.performing.moments import Timeline
from symbolic_music.song.score import Track

# Velocity is scaled from SOFTEST at intensity 0 to SOFTEST + RANGE at 1: about 8 dB in a GM synthesizer.
SOFTEST, RANGE = 0.72, 0.42
# Accent by metrical weight 0 to 3.
ACCENTS = {
    "melody": (-4, 1, 3, 6), "chords": (-5, 0, 2, 5), "bass": (-4, 0, 2, 4), "pad": (0, 0, 0, 0), "drums": (0, 0, 0, 0),
    "countermelody": (-4, 1, 3, 6),
}  # fmt: skip
ROLE_SPREAD = {"melody": 6.0, "chords": 6.0, "bass": 5.0, "pad": 2.0, "countermelody": 6.0}
# A phrase rises to its peak at 60 % and falls off at the end.
ARCH, ARCH_PEAK = 6.0, 0.6
# How much of the data's velocity pattern goes on top of the groove's own accents.
HABIT_SHARE = 0.35
# The top voice of a chord carries it.
TOP_VOICE = 4


def shape_velocities(
    track: Track, onsets: np.ndarray, timeline: Timeline, humanize: float, rng: np.random.Generator
) -> np.ndarray:
    """Give each note of a section its velocity, 1 to 127.

    Parameters
    ----------
    onsets : int array, shape (n_notes,)
        Grid onsets in ticks, ascending.
    """
    accents = ACCENTS[track.role]
    tops = _top_notes(track, onsets)
    values = np.zeros(len(onsets))
    for index, (tick, note) in enumerate(zip(onsets.tolist(), track.notes.tolist(), strict=True)):
        value = note[3] * (SOFTEST + RANGE * timeline.intensity_at(tick)) + accents[timeline.weight(tick)]
        draw = float(np.clip(rng.normal(), -2, 2)) * humanize
        if track.is_drum:
            habit = habit_of(note[2], tick % timeline.bar_ticks, timeline.meter)
            value += HABIT_SHARE * habit.velocity * humanize + OWN_SHARE * HABIT_SHARE * habit.velocity_spread * draw
        else:
            value += ROLE_SPREAD[track.role] * draw + TOP_VOICE * tops[index]
        if track.role == "melody":
            value += _arch(tick, timeline)
        values[index] = value
    shaped: np.ndarray = np.clip(np.rint(values), 1, 127).astype(int)
    return shaped


def _top_notes(track: Track, onsets: np.ndarray) -> np.ndarray:
    """Mark the highest of the notes struck together, in chord parts."""
    if track.role != "chords":
        return np.zeros(len(onsets))
    highest: dict[int, int] = {}
    pitches = track.notes["pitch"].tolist()
    for tick, pitch in zip(onsets.tolist(), pitches, strict=True):
        highest[tick] = max(highest.get(tick, 0), pitch)
    return np.array([float(highest[t] == p) for t, p in zip(onsets.tolist(), pitches, strict=True)])


def _arch(tick: int, timeline: Timeline) -> float:
    """The melody's swell over a phrase."""
    phrase = timeline.phrase_at(tick)
    place = (tick - phrase.onset_tick) / (phrase.end_tick - phrase.onset_tick)
    distance = (ARCH_PEAK - place) / ARCH_PEAK if place < ARCH_PEAK else (place - ARCH_PEAK) / (1 - ARCH_PEAK)
    return ARCH * (0.5 - distance**2)
