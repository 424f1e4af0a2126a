"""A musical score of one phrase, to choose among sampled candidates.

``score_phrase`` is the weighted mean of terms from 0 to 1 (``TERMS``). Each asks whether the
phrase lies where people's phrases lie, not whether it is extreme. Inside its band a value scores 1;
outside, the score falls linearly to 0 over the band's margin. The bands in ``BANDS`` stand near the
10th and 90th percentiles of 6,538 sung phrases of POP909's training songs in 4/4 at the felt beat
level. No term reads a file or a model; a phrase takes about 0.1 ms.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import pairwise
from math import log2
from statistics import median
from typing import NamedTuple

from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import Meter

Row = tuple[int, int, int]  # onset tick in the phrase, duration in ticks, pitch


class Band(NamedTuple):
    """Values that score 1, and how far outside the score reaches 0."""

    low: float
    high: float
    margin: float


# In the comments: the 10th, 50th and 90th percentile of people's phrases.
BANDS = {
    "strong_chord_tones": Band(0.60, 0.90, 0.50),  # 0.44 0.76 1.00; the quartiles, so that the mean stays at 0.74
    "leap_recovery": Band(0.75, 1.00, 0.50),  # 0.55 1.00 1.00; the lower quartile
    "range": Band(5, 16, 7),  # 9 13 17 in phrases of mostly 8 bars; shorter ones need less
    "final_length": Band(1.0, 100.0, 1.0),  # 1.0 3.0 11.0 times the median duration
    "repeated_rhythm": Band(0.50, 0.85, 0.45),  # 0.50 0.71 0.84
    "answering_rhythm": Band(0.45, 1.0, 0.40),  # 0.23 0.50 0.81; nearer to the middle, so that the mean is people's
    "notes_per_bar": Band(2.5, 6.0, 2.5),  # 2.5 4.1 5.9
    "silent_bars": Band(0.0, 0.07, 0.30),  # 0.00 0.00 0.06
    "turns": Band(0.40, 0.70, 0.30),  # 0.41 0.56 0.71
    "repeated_pitches": Band(0.0, 0.40, 0.40),  # 0.06 0.22 0.41
}
# Chord tones first: the weakest point of small phrase models.
TERMS = {
    "strong_chord_tones": 3.0,
    "scale": 2.0,
    "leap_recovery": 1.0,
    "range": 1.0,
    "ending": 2.0,
    "repeated_rhythm": 1.0,
    "answering_rhythm": 2.5,
    "density": 1.5,
    "silence": 1.5,
    "contour": 1.0,
}
HALF_BARS = 4  # of a period of eight
LEAP = 5  # semitones: a fourth or more
# Steps of the scale (0 = tonic) on which the melody of a cadence rests: tones of I, of V,
# of vi (Caplin, "Classical Form", 1998, ch. 2).
CADENCE_STEPS = {"authentic": (0, 2), "plagal": (0, 2), "half": (1, 4), "deceptive": (0, 2, 5)}


def score_phrase(
    notes: Sequence[Row],
    chords: Sequence[tuple[int, Chord]],
    meter: Meter,
    n_bars: int,
    key_pitch_classes: Sequence[int],
    cadence: str = "open",
    notes_per_bar: float | None = None,
) -> float:
    """Score a melody phrase from 0 to 1; higher is more like people's.

    Parameters
    ----------
    notes : sequence of (onset_tick, duration_tick, pitch)
        One voice, ascending, relative to the phrase's first bar line.
    chords : sequence of (onset_tick, Chord)
        Ascending; before the first one no chord sounds.
    meter : Meter
    n_bars : int
        Length of the phrase.
    key_pitch_classes : sequence of int
        The scale from its tonic, as ``Key.pitch_classes``.
    cadence : str
        One of ``song.plan.CADENCES``; ``"open"`` asks nothing of the last pitch but a chord tone.
    notes_per_bar : float, optional
        The density asked for; people's range if not given.

    Returns
    -------
    float
        0 for a phrase without notes.
    """
    terms = explain_phrase(notes, chords, meter, n_bars, key_pitch_classes, cadence, notes_per_bar)
    weight = sum(TERMS[name] for name in terms)
    return sum(TERMS[name] * value for name, value in terms.items()) / weight if terms else 0.0


def explain_phrase(
    notes: Sequence[Row],
    chords: Sequence[tuple[int, Chord]],
    meter: Meter,
    n_bars: int,
    key_pitch_classes: Sequence[int],
    cadence: str = "open",
    notes_per_bar: float | None = None,
) -> dict[str, float]:
    """Give the terms of ``score_phrase`` that apply to a phrase, by name, each 0 to 1; none without notes.

    Parameters
    ----------
    notes : Sequence[Row]
        (onset, duration, pitch) in ticks from the phrase's first bar line, one voice, ascending.
    chords : Sequence[tuple[int, Chord]]
        (tick, chord), ascending.
    meter : Meter
        Of the phrase.
    n_bars : int
        Length of the phrase.
    key_pitch_classes : Sequence[int]
        The scale from its tonic.
    cadence : str, optional
        One of ``song.plan.CADENCES``.
    notes_per_bar : float, optional
        The density asked for; people's range if not given.

    Returns
    -------
    dict[str, float]
        Keys of ``TERMS``.
    """
    if not notes:
        return {}
    harmony = _Harmony(chords)
    terms = {
        "strong_chord_tones": _strong_chord_tones(notes, harmony, meter),
        "scale": _scale(notes, key_pitch_classes),
        "leap_recovery": _leap_recovery(notes),
        "range": _range(notes),
        "ending": _ending(notes, harmony, key_pitch_classes, cadence),
        "repeated_rhythm": _repeated_rhythm(notes, meter),
        "answering_rhythm": _answering_rhythm(notes, meter, n_bars),
        "density": _density(notes, n_bars, meter, notes_per_bar),
        "silence": _silence(notes, n_bars, meter),
        "contour": _contour(notes),
    }
    return {name: value for name, value in terms.items() if value is not None}


class _Harmony:
    """The chord tones sounding at a tick."""

    def __init__(self, chords: Sequence[tuple[int, Chord]]) -> None:
        self.onsets = [onset for onset, _ in chords]
        self.tones = [chord.pitch_classes for _, chord in chords]

    def holds(self, tick: int, pitch: int) -> bool | None:
        """Say whether a pitch is a chord tone at a tick; None where no chord sounds."""
        index = bisect_right(self.onsets, tick) - 1
        return None if index < 0 else pitch % 12 in self.tones[index]


def _strong_chord_tones(notes: Sequence[Row], harmony: _Harmony, meter: Meter) -> float | None:
    """Chord tones among notes on strong beats: people have 0.74 (POP909), so all of them is not asked."""
    bar, strong = meter.bar_ticks, meter.strong_ticks
    hits = [harmony.holds(onset, pitch) for onset, _, pitch in notes if onset % bar in strong]
    known = [hit for hit in hits if hit is not None]
    return _in_band("strong_chord_tones", sum(known) / len(known)) if known else None


def _scale(notes: Sequence[Row], key_pitch_classes: Collection[int]) -> float:
    """Notes in the scale: 0.97 of people's; one foreign note in ten already halves the term."""
    foreign = sum(pitch % 12 not in key_pitch_classes for _, _, pitch in notes) / len(notes)
    return max(0.0, 1 - 5 * foreign)


def _leap_recovery(notes: Sequence[Row]) -> float | None:
    """Leaps followed by a move back or by the same pitch.

    Gap fill: Meyer, "Explaining Music" (1973); Narmour, "The Analysis and Cognition of Basic Melodic
    Structures" (1990); von Hippel & Huron, "Why do skips precede reversals?" (2000) find about 0.7 in songs.
    """
    moves = [later[2] - earlier[2] for earlier, later in pairwise(notes)]
    after = [(move, following) for move, following in pairwise(moves) if abs(move) >= LEAP]
    if not after:
        return None
    recovered = sum(following * move <= 0 for move, following in after)
    return _in_band("leap_recovery", recovered / len(after))


def _range(notes: Sequence[Row]) -> float:
    """Highest minus lowest pitch: neither a monotone nor beyond a singer's reach (Huron, "Voice Leading", 2016)."""
    pitches = [pitch for _, _, pitch in notes]
    return _in_band("range", max(pitches) - min(pitches))


def _ending(notes: Sequence[Row], harmony: _Harmony, key_pitch_classes: Sequence[int], cadence: str) -> float:
    """Last note: a chord tone, not shorter than the median, on a tone that suits the cadence.

    Phrase-final lengthening: Huron, "Sweet Anticipation" (2006), ch. 9; cadence tones: ``CADENCE_STEPS``.
    """
    onset, duration, pitch = notes[-1]
    parts = [_in_band("final_length", duration / median(row[1] for row in notes))]
    in_chord = harmony.holds(onset, pitch)
    if in_chord is not None:
        parts.append(float(in_chord))
    if cadence in CADENCE_STEPS:
        parts.append(float(pitch % 12 in [key_pitch_classes[step] for step in CADENCE_STEPS[cadence]]))
    return sum(parts) / len(parts)


def _repeated_rhythm(notes: Sequence[Row], meter: Meter) -> float | None:
    """How alike each bar's onsets are to the most similar bar before it (Jaccard), averaged.

    Rhythmic motifs return inside a phrase: Temperley, "The Musical Language of Rock" (2018), ch. 4.
    """
    bars: dict[int, set[int]] = {}
    for onset, _, _ in notes:
        bars.setdefault(onset // meter.bar_ticks, set()).add(onset % meter.bar_ticks)
    patterns = list(bars.values())
    if len(patterns) < 2:
        return None
    best = [
        max(len(pattern & earlier) / len(pattern | earlier) for earlier in patterns[:index])
        for index, pattern in enumerate(patterns[1:], start=1)
    ]
    return _in_band("repeated_rhythm", sum(best) / len(best))


def _answering_rhythm(notes: Sequence[Row], meter: Meter, n_bars: int) -> float | None:
    """How alike bars are to those four bars before (Jaccard of their onsets): the second half answers the first.

    The antecedent's idea returns in the consequent: Caplin, "Classical Form" (1998), ch. 4.
    """
    if n_bars < 2 * HALF_BARS:
        return None
    bars: list[set[int]] = [set() for _ in range(n_bars)]
    for onset, _, _ in notes:
        if 0 <= onset < n_bars * meter.bar_ticks:
            bars[onset // meter.bar_ticks].add(onset % meter.bar_ticks)
    pairs = zip(bars, bars[HALF_BARS:], strict=False)
    alike = [len(one & other) / len(one | other) for one, other in pairs if one | other]
    return _in_band("answering_rhythm", sum(alike) / len(alike)) if alike else None


def _density(notes: Sequence[Row], n_bars: int, meter: Meter, asked: float | None) -> float:
    """Notes a bar against what was asked (0 at half or double of it), or against people's."""
    # The band is for four quarters a bar; a 3/4 or 6/8 bar holds fewer notes.
    per_bar = len(notes) / n_bars
    if asked:
        return max(0.0, 1 - abs(log2(per_bar / asked)))
    return _in_band("notes_per_bar", per_bar * 48 / meter.bar_ticks)


def _silence(notes: Sequence[Row], n_bars: int, meter: Meter) -> float | None:
    """Bars in which nothing sounds: people leave one empty at the end, not two of four."""
    if n_bars < HALF_BARS:
        return None
    sounding = {
        bar
        for onset, length, _ in notes
        for bar in range(onset // meter.bar_ticks, (onset + length - 1) // meter.bar_ticks + 1)
    }
    return _in_band("silent_bars", 1 - len(sounding & set(range(n_bars))) / n_bars)


def _contour(notes: Sequence[Row]) -> float | None:
    """Neither a run nor a zigzag nor one pitch: share of turns among moves, and of repeated pitches.

    Melodic contours are mostly arches of some notes (Huron, "The melodic arch in Western folksongs", 1996).
    """
    moves = [later[2] - earlier[2] for earlier, later in pairwise(notes)]
    changing = [move for move in moves if move]
    if len(moves) < 3:
        return None
    repeated = _in_band("repeated_pitches", 1 - len(changing) / len(moves))
    if len(changing) < 2:
        return repeated / 2
    turns = sum(one * other < 0 for one, other in pairwise(changing)) / (len(changing) - 1)
    return (_in_band("turns", turns) + repeated) / 2


def _in_band(name: str, value: float) -> float:
    """Score a value against its band."""
    low, high, margin = BANDS[name]
    outside = max(low - value, value - high, 0.0)
    return max(0.0, 1 - outside / margin)
