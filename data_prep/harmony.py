"""Chords estimated from notes, for songs that have none written: voice and piano of the Lieder.

``python -m data_prep.harmony --songs shards/songs.jsonl --every 8`` measures the estimate where chords are known:
POP909's melody and piano against its chords.

Templates and the best path through them (Viterbi), as in Fujishima 1999 and Sheh and Ellis 2003: a beat's
notes, weighed by how long they sound, are drawn from a chord's tones (``FOREIGN`` for each other pitch class);
the lowest note speaks for the root; chords of the key are likelier; a chord changes at bar lines rather than
at half bars, there rather than on other beats, and not in silence. The constants were set by hand and not fitted.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from data_prep.songs import ChordRow, merge_chords
from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.key import SCALES, Key, parse_key
from symbolic_music.theory.meter import Meter, parse_meter

# Triads and sevenths, with what a rarer quality costs.
QUALITY_COST = {"maj": 0.0, "min": 0.0, "7": 0.05, "min7": 0.15, "maj7": 0.25, "dim": 0.15, "hdim7": 0.2,
                "dim7": 0.1, "aug": 0.4}  # fmt: skip
FOREIGN = 0.02
# The voice passes through more foreign notes than the piano.
MELODY_WEIGHT = 0.5
BASS_IS_ROOT, BASS_IS_TONE, BASS_IS_FOREIGN = 0.35, 0.1, -0.35
IN_KEY, LEADING_TONE = 0.2, 0.1
CHANGE_AT_BAR, CHANGE_AT_HALF, CHANGE_ELSEWHERE, CHANGE_IN_SILENCE = 0.5, 0.9, 1.6, 5.0
# Voices that sing a chord each, as in hymns, change it on any beat. Over 5 hymns with written chords (293 beats) the
# triad is right on .80 of the beats with these costs, on .73 with the piano's. Bands change at bar lines and half bars.
NEVER = 1e6
PIANO_CHANGES = (CHANGE_AT_BAR, CHANGE_AT_HALF, CHANGE_ELSEWHERE)
VOICES_CHANGES = (0.3, 0.5, 0.5)
BAND_CHANGES = (CHANGE_AT_BAR, CHANGE_AT_HALF, NEVER)
CHORDS = tuple((root, quality) for root in range(12) for quality in QUALITY_COST)


def estimate_chords(song: dict, changes: tuple[float, float, float] = PIANO_CHANGES) -> list[ChordRow]:
    """Estimate a song's chords from its melody and piano; the bass is the lowest note where that is a chord tone.

    Parameters
    ----------
    song : dict
        A song (``data_prep.songs``) with ``melody`` or ``piano``; its phrases say the keys.
    changes : tuple of float
        What a change costs at a bar line, at a half bar and on another beat.

    Returns
    -------
    list of ChordRow
        From tick 0; empty for a song without notes.
    """
    meter = parse_meter(song["meter"])
    weights, lowest = _beats_of(song, meter)
    if not weights.any():
        return []
    path = _best_path(_emissions(song, meter, weights, lowest), _change_costs(meter, lowest, changes))
    rows = []
    for beat, chord in enumerate(path):
        if beat == 0 or chord != path[beat - 1]:
            root, quality = CHORDS[chord]
            bass = int(lowest[beat]) % 12
            is_tone = lowest[beat] >= 0 and (bass - root) % 12 in QUALITIES[quality][0]
            rows.append((beat * meter.beat_ticks, root, quality, bass if is_tone else root))
    return merge_chords(rows)


def _beats_of(song: dict, meter: Meter) -> tuple[np.ndarray, np.ndarray]:
    """Ticks each pitch class sounds in each beat, shape (beats, 12), and each beat's lowest pitch (-1: silence)."""
    beat, n_beats = meter.beat_ticks, song["n_bars"] * meter.n_beats
    weights = np.zeros((n_beats, 12))
    lowest = np.full(n_beats, 999)
    for part, weight in (("melody", MELODY_WEIGHT), ("piano", 1.0)):
        for onset, duration, pitch in song[part]:
            for number in range(onset // beat, min(-(-(onset + duration) // beat), n_beats)):
                ticks = min(onset + duration, (number + 1) * beat) - max(onset, number * beat)
                weights[number, pitch % 12] += ticks * weight
                lowest[number] = min(lowest[number], pitch)
    return weights, np.where(lowest == 999, -1, lowest)


def _emissions(song: dict, meter: Meter, weights: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """How well each chord explains each beat, shape (beats, chords)."""
    share = weights / np.maximum(weights.sum(axis=1, keepdims=True), meter.beat_ticks / 2)
    score: np.ndarray = share @ _templates().T
    sounding = lowest >= 0
    score[sounding] += _bass_scores()[lowest[sounding] % 12]
    for _, start, n_bars, _, _, key in song["phrases"]:
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
    return np.where(lowest < 0, np.maximum(costs, CHANGE_IN_SILENCE), costs)


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
    if bass == root:
        return BASS_IS_ROOT
    return BASS_IS_TONE if (bass - root) % 12 in QUALITIES[quality][0] else BASS_IS_FOREIGN


@lru_cache(maxsize=24)
def _key_scores(text: str) -> np.ndarray:
    """What a key says for each chord, shape (chords,); minor has both sevenths."""
    key: Key = parse_key(text)
    scale = {(key.tonic_pitch_class + step) % 12 for step in SCALES[key.mode]}
    if key.mode == "minor":
        scale.add((key.tonic_pitch_class + 11) % 12)
    scores = np.zeros(len(CHORDS))
    for number, (root, quality) in enumerate(CHORDS):
        tones = {(root + step) % 12 for step in QUALITIES[quality][0]}
        is_leading = root == (key.tonic_pitch_class + 11) % 12 and quality in ("dim", "dim7", "hdim7")
        scores[number] = IN_KEY * (tones <= scale) + LEADING_TONE * is_leading
    return scores


def measure_agreement(songs: Iterable[dict]) -> dict[str, float]:
    """Compare estimated with written chords at every beat where a chord is written.

    Returns
    -------
    dict
        ``songs``, ``beats``, and the shares of beats with an equal ``root`` and an equal ``triad`` (root, third and
        fifth); 0 where there are no beats.
    """
    n_songs = n_beats = n_roots = n_triads = 0
    for song in songs:
        meter = parse_meter(song["meter"])
        ticks = range(0, song["n_bars"] * meter.bar_ticks, meter.beat_ticks)
        pairs = zip(_sounding(song["chords"], ticks), _sounding(estimate_chords(song), ticks), strict=True)
        n_songs += 1
        for written, estimated in pairs:
            if written is not None and estimated is not None:
                n_beats += 1
                n_roots += written[1] == estimated[1]
                n_triads += written[1] == estimated[1] and _triad(written[2]) == _triad(estimated[2])
    shares = {"root": n_roots / max(1, n_beats), "triad": n_triads / max(1, n_beats)}
    return {"songs": n_songs, "beats": n_beats, **shares}


def _sounding(chords: list, ticks: range) -> list:
    """The chord in force at each tick, or none before the first."""
    rows, at, current = [], 0, None
    for tick in ticks:
        while at < len(chords) and chords[at][0] <= tick:
            current, at = chords[at], at + 1
        rows.append(current)
    return rows


def _triad(quality: str) -> frozenset[int]:
    """A quality's third (or what stands for it) and fifth."""
    inside = {step for step in QUALITIES[quality][0] if 0 < step <= 8}
    return frozenset(inside - {2} if inside & {3, 4} else inside)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure the chord estimate where chords are written.")
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--source", default="pop909")
    parser.add_argument("--every", type=int, default=1, help="take every so-manyth song")
    arguments = parser.parse_args()
    with arguments.songs.open() as lines:
        songs = [song for song in map(json.loads, lines) if song["source"] == arguments.source and song["piano"]]
    found = measure_agreement(songs[:: arguments.every])
    print(f"{found['songs']} songs, {found['beats']} beats: root {found['root']:.3f}, triad {found['triad']:.3f}")


if __name__ == "__main__":
    main()
