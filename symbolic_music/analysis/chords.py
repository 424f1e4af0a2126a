"""The chords of music where nobody has written them down: one finder for scores, songs and data.

Templates and the best path through them (Viterbi), as in Fujishima 1999 and Sheh and Ellis 2003: a beat's
notes, weighed by how long they sound, are drawn from a chord's tones (``FOREIGN`` for each other pitch class);
the lowest note speaks for the root; chords of the key are likelier; a chord changes at bar lines rather than
at half bars, there rather than on other beats, and not in silence. The constants were set by hand and not fitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from symbolic_music.song.bars import BarLines, bars_of, meter_runs
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.score import Score
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import SCALES, Key
from symbolic_music.theory.meter import Meter

# Triads and sevenths, with what a rarer quality costs.
QUALITY_COST = {
    "maj": 0.0,
    "min": 0.0,
    "7": 0.05,
    "min7": 0.15,
    "maj7": 0.25,
    "dim": 0.15,
    "hdim7": 0.2,
    "dim7": 0.1,
    "aug": 0.4,
}
FOREIGN = 0.02
# A tune passes through more foreign notes than what accompanies it.
MELODY_WEIGHT = 0.5
BASS_IS_ROOT, BASS_IS_TONE, BASS_IS_FOREIGN = 0.35, 0.1, -0.35
IN_KEY, LEADING_TONE = 0.2, 0.1
CHANGE_IN_SILENCE = 5.0
# What a change costs at a bar line, at a half bar and on another beat, where a band or a piano plays.
BAND_CHANGES = (0.5, 0.9, 1.6)
CHORDS = tuple((root, quality) for root in range(12) for quality in QUALITY_COST)

# (onset tick, duration tick, pitch)
Row = tuple[int, int, int]
# First bar, number of bars, key.
KeySpan = tuple[int, int, Key]


def find_chords(
    parts: Sequence[tuple[Iterable[Row], float]],
    meter: Meter,
    n_bars: int,
    keys: Sequence[KeySpan] = (),
    changes: tuple[float, float, float] = BAND_CHANGES,
) -> list[tuple[int, Chord]]:
    """Find the chords under notes; the bass is the lowest note where that is a chord tone.

    Parameters
    ----------
    parts : sequence of (rows, weight)
        Notes as (onset, duration, pitch) in engine ticks, and how much a part's notes weigh; no drums.
    meter : Meter
    n_bars : int
        1 or more.
    keys : sequence of (first bar, number of bars, key), optional
        The keys, where they are known: their chords are likelier.
    changes : tuple of float, optional
        What a change costs at a bar line, at a half bar and on another beat.

    Returns
    -------
    list of (tick, Chord)
        Where chords begin, from tick 0; empty for silence.
    """
    weights, lowest = _beats_of(parts, meter, n_bars)
    if not weights.any():
        return []
    path = _best_path(_emissions(weights, lowest, meter, keys), _change_costs(meter, lowest, changes))
    found = []
    for beat, chord in enumerate(path):
        if beat == 0 or chord != path[beat - 1]:
            root, quality = CHORDS[chord]
            bass = int(lowest[beat]) % 12
            is_tone = lowest[beat] >= 0 and (bass - root) % 12 in QUALITIES[quality][0]
            found.append((beat * meter.beat_ticks, Chord(root, quality, bass if is_tone else root)))
    return found


def find_chords_of_score(score: Score, keys: Sequence[KeySpan] = ()) -> tuple[ChordEvent, ...]:
    """Find the chords of a score from all that sounds but drums.

    Parameters
    ----------
    score : Score
        On the engine's grid; where its meter changes, each stretch of one meter is heard by itself.
    keys : sequence of (first bar, number of bars, key), optional
        The keys, where they are known.
    """
    parts = [
        ([row[:3] for row in track.notes.tolist()], MELODY_WEIGHT if track.role == "melody" else 1.0)
        for track in score.tracks
        if not track.is_drum
    ]
    lines = BarLines(bars_of(score.meters, score.end_tick))
    found: list[ChordEvent] = []
    for run in meter_runs(lines):
        start, end = lines.tick_of(run.start_bar), lines.tick_of(run.start_bar + run.n_bars)
        own = [([_inside(row, start, end) for row in rows if row[0] < end and row[0] + row[1] > start], weight)
               for rows, weight in parts]  # fmt: skip
        there = [(first - run.start_bar, n_bars, key) for first, n_bars, key in keys]
        there = [(max(0, first), n_bars + min(0, first), key) for first, n_bars, key in there if first + n_bars > 0]
        for tick, chord in find_chords(own, run.meter, run.n_bars, there):
            if not found or found[-1].chord != chord:
                found.append(ChordEvent(start + tick, chord))
    return tuple(found)


def _inside(row: Row, start: int, end: int) -> Row:
    """The part of a note that sounds in ticks ``[start, end)``, counted from the start."""
    first = max(row[0], start)
    return first - start, min(row[0] + row[1], end) - first, row[2]


def _beats_of(parts: Sequence[tuple[Iterable[Row], float]], meter: Meter, n_bars: int) -> tuple[np.ndarray, np.ndarray]:
    """Ticks each pitch class sounds in each beat, shape (beats, 12), and each beat's lowest pitch (-1: silence)."""
    beat, n_beats = meter.beat_ticks, n_bars * meter.n_beats
    weights = np.zeros((n_beats, 12))
    lowest = np.full(n_beats, 999)
    for rows, weight in parts:
        for onset, duration, pitch in rows:
            for number in range(onset // beat, min(-(-(onset + duration) // beat), n_beats)):
                ticks = min(onset + duration, (number + 1) * beat) - max(onset, number * beat)
                weights[number, pitch % 12] += ticks * weight
                lowest[number] = min(lowest[number], pitch)
    return weights, np.where(lowest == 999, -1, lowest)


def _emissions(weights: np.ndarray, lowest: np.ndarray, meter: Meter, keys: Sequence[KeySpan]) -> np.ndarray:
    """How well each chord explains each beat, shape (beats, chords)."""
    share = weights / np.maximum(weights.sum(axis=1, keepdims=True), meter.beat_ticks / 2)
    score: np.ndarray = share @ _templates().T
    sounding = lowest >= 0
    score[sounding] += _bass_scores()[lowest[sounding] % 12]
    for start, n_bars, key in keys:
        score[start * meter.n_beats : (start + n_bars) * meter.n_beats] += _key_scores(key)
    return score - np.array([QUALITY_COST[quality] for _, quality in CHORDS])


def _best_path(score: np.ndarray, costs: np.ndarray) -> list[int]:
    """Find the likeliest chord of every beat; any chord may follow any other at the beat's cost."""
    n_beats, n_chords = score.shape
    best = score[0].copy()
    back = np.empty((n_beats, n_chords), dtype=np.int16)
    same = np.arange(n_chords)
    for beat in range(1, n_beats):
        leader = int(best.argmax())
        changed = best[leader] - costs[beat]
        back[beat] = np.where(best >= changed, same, leader)
        best = np.maximum(best, changed) + score[beat]
    path = [int(best.argmax())]
    for beat in range(n_beats - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    return path[::-1]


def _change_costs(meter: Meter, lowest: np.ndarray, changes: tuple[float, float, float]) -> np.ndarray:
    """What a change on each beat costs; in silence it is never better than at the next sounding beat. (beats,)"""
    halves = [beat * meter.beat_ticks in meter.strong_ticks for beat in range(meter.n_beats)]
    bar = np.where(halves, changes[1], changes[2])
    bar[0] = changes[0]
    costs = np.tile(bar, len(lowest) // meter.n_beats)
    return np.where(lowest < 0, CHANGE_IN_SILENCE, costs)


@lru_cache(maxsize=1)
def _templates() -> np.ndarray:
    """Log probability of each pitch class under each chord, shape (chords, 12)."""
    rows = np.full((len(CHORDS), 12), FOREIGN)
    for row, (root, quality) in zip(rows, CHORDS, strict=True):
        tones = [(root + step) % 12 for step in QUALITIES[quality][0]]
        row[tones] = (1 - FOREIGN * (12 - len(tones))) / len(tones)
    return np.log(rows)


@lru_cache(maxsize=1)
def _bass_scores() -> np.ndarray:
    """What the lowest note's pitch class says for each chord, shape (12, chords)."""
    return np.array([[_bass_score(bass, *chord) for chord in CHORDS] for bass in range(12)])


def _bass_score(bass: int, root: int, quality: str) -> float:
    """What the lowest note's pitch class says for one chord."""
    if bass == root:
        return BASS_IS_ROOT
    return BASS_IS_TONE if (bass - root) % 12 in QUALITIES[quality][0] else BASS_IS_FOREIGN


@lru_cache(maxsize=24)
def _key_scores(key: Key) -> np.ndarray:
    """What a key says for each chord, shape (chords,); minor has both sevenths."""
    scale = {(key.tonic_pitch_class + step) % 12 for step in SCALES[key.mode]}
    if key.mode == "minor":
        scale.add((key.tonic_pitch_class + 11) % 12)
    scores = np.zeros(len(CHORDS))
    for number, (root, quality) in enumerate(CHORDS):
        tones = {(root + step) % 12 for step in QUALITIES[quality][0]}
        is_leading = root == (key.tonic_pitch_class + 11) % 12 and quality in ("dim", "dim7", "hdim7")
        scores[number] = IN_KEY * (tones <= scale) + LEADING_TONE * is_leading
    return scores
