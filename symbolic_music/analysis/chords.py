"""The chords of music where nobody has written them down.

A bar's or half bar's chord is the triad or seventh whose tones sound longest, the bass note counting for the root.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbolic_music.song.score import Score
from symbolic_music.song.spans import Bar
from symbolic_music.theory.chord import QUALITIES, Chord

# Plain chords first: of two that fit alike, the first is taken.
_HEARD_QUALITIES = ("maj", "min", "7", "min7", "maj7", "dim", "sus4", "hdim7", "aug")
_MISSING_COST, _EXTRA_TONE_COST, _ROOT_BONUS = 0.35, 0.04, 0.12


def hear_chords(score: Score, bars: Sequence[Bar]) -> list[tuple[int, Chord]]:
    """Find the chord of every bar, or of its halves where they differ.

    Parameters
    ----------
    score : Score
        On the engine's grid.
    bars : sequence of Bar
        Its bars.

    Returns
    -------
    list of (tick, Chord)
        Where a chord begins; the same chord is not repeated.
    """
    found: list[tuple[int, Chord]] = []
    for bar in bars:
        middle = bar.start + bar.meter.bar_ticks // 2
        has_halves = bar.meter.n_beats % 2 == 0
        spans = [(bar.start, middle), (middle, bar.end)] if has_halves else [(bar.start, bar.end)]
        for start, end in spans:
            chord = _hear_chord(score, start, end)
            if chord is not None and (not found or found[-1][1] != chord):
                found.append((start, chord))
    return found


def _pitch_class_weights(score: Score, start: int, end: int) -> np.ndarray:
    """Sum how long each pitch class sounds in a span; shape (12,)."""
    weights = np.zeros(12)
    for track in score.tracks:
        if not track.is_drum and len(track.notes):
            onsets = track.notes["onset_tick"]
            ends = np.minimum(onsets + track.notes["duration_tick"], end)
            lengths = np.maximum(ends - np.maximum(onsets, start), 0)
            weights += np.bincount(track.notes["pitch"] % 12, weights=lengths, minlength=12)
    return weights


def _hear_chord(score: Score, start: int, end: int) -> Chord | None:
    """Find the chord of a span; none where two pitch classes or fewer sound."""
    weights = _pitch_class_weights(score, start, end)
    if np.count_nonzero(weights) < 3:
        return None
    weights /= weights.sum()
    bass = _bass(score, start, end)
    best, best_fit = None, -np.inf
    for quality in _HEARD_QUALITIES:
        steps = QUALITIES[quality][0]
        for root in range(12):
            tones = [(root + step) % 12 for step in steps]
            missing = sum(weights[tone] == 0 for tone in tones)
            fit = weights[tones].sum() - missing * _MISSING_COST - len(tones) * _EXTRA_TONE_COST
            fit += _ROOT_BONUS * (root == bass)
            if fit > best_fit + 1e-9:
                best, best_fit = Chord(root, quality, root), fit
    return best


def _bass(score: Score, start: int, end: int) -> int:
    """Find the pitch class of the lowest note that sounds in a span."""
    lowest = [
        int(sounding["pitch"].min()) for track in score.tracks if not track.is_drum
        for sounding in [track.notes[(track.notes["onset_tick"] < end)
                                     & (track.notes["onset_tick"] + track.notes["duration_tick"] > start)]]
        if len(sounding)
    ]  # fmt: skip
    return min(lowest) % 12
