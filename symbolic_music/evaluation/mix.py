"""How a band is balanced, from its notes and its tracks' levels: loudness by role beside the tune, masking of the tune.

A General MIDI player turns velocity and volume into amplitude by their squares (40 log10 decibels each), so levels can
be compared before anything is rendered; what a soundfont's samples add is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import Score, Track

# What masks a tone lies within so many semitones of it.
NEAR = 2
LOUDEST = 127
# A drum stroke rings about so many quarters, whatever its note says.
STROKE_QUARTERS = 0.15
ACCOMPANIMENT = ("chords", "pad", "line", "countermelody")


def level_db(velocity: int | float, volume: int) -> float:
    """Level of a note in decibels below the loudest.

    Examples
    --------
    >>> round(level_db(127, 127), 1), round(level_db(90, 100), 1)
    (0.0, -10.1)
    """
    return float(40 * np.log10(max(1, velocity) / LOUDEST) + 40 * np.log10(max(1, volume) / LOUDEST))


def loudness_by_role(score: Score) -> dict[str, float]:
    """Mean power of every role while it plays, in decibels beside the tune's.

    Parameters
    ----------
    score : Score
        Performed, so that velocities are those that sound.

    Returns
    -------
    dict
        Decibels by role, 0 for the melody; empty without a melody.
    """
    powers: dict[str, list[float]] = {}
    for track in score.tracks:
        bars = _power_by_bar(track, score)
        if len(bars):
            powers.setdefault(track.role, []).append(float(np.mean(bars)))
    if "melody" not in powers:
        return {}
    tune = powers["melody"][0]
    return {role: float(10 * np.log10(max(own) / tune)) for role, own in powers.items()}


def tune_masked(score: Score) -> float:
    """Share of the tune's sounding time in which an accompanying note lies on it at its level or above.

    Returns
    -------
    float
        0 to 1; ``nan`` without a tune.
    """
    tune = [(*row, track.volume) for track in score.tracks if track.role == "melody" for row in rows_of(track.notes)]
    if not tune:
        return float("nan")
    sounding = np.full(score.end_tick, -np.inf)
    pitches = np.zeros(score.end_tick, dtype=int)
    for onset, length, pitch, velocity, volume in tune:
        sounding[onset : onset + length] = level_db(velocity, volume)
        pitches[onset : onset + length] = pitch
    masked = np.zeros(score.end_tick, dtype=bool)
    for start, end, pitch, level in _accompaniment(score):
        masked[start:end] |= (np.abs(pitches[start:end] - pitch) <= NEAR) & (level >= sounding[start:end])
    is_sung = np.isfinite(sounding)
    return float(masked[is_sung].mean())


def _accompaniment(score: Score) -> Iterator[tuple[int, int, int, float]]:
    """Start, end, pitch and level of the notes that may lie on the tune."""
    for track in score.tracks:
        if track.role in ACCOMPANIMENT and not track.name.endswith("Double"):
            for onset, length, pitch, velocity in rows_of(track.notes):
                yield onset, onset + length, pitch, level_db(velocity, track.volume)


def _power_by_bar(track: Track, score: Score) -> np.ndarray:
    """A track's mean power in each bar in which it plays."""
    bar = score.meters[0].meter.bar_ticks * score.tpq // 12
    power: dict[int, float] = {}
    for onset, length, _, velocity in rows_of(track.notes):
        sounds = STROKE_QUARTERS * score.tpq if track.is_drum else length
        power[onset // bar] = (
            power.get(onset // bar, 0.0) + 10 ** (level_db(velocity, track.volume) / 10) * sounds / bar
        )
    return np.array(list(power.values()))
