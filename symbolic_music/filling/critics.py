"""What a candidate is worth: musical measures of chords, melodies and band parts, each from 0 to 1.

A measure looks at what listeners stumble over: a cadence that comes from nowhere, a major third over a minor chord, a
long note a semitone over a chord tone, a phrase that stops where it should rest.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from symbolic_music.analysis.rests import rests_of
from symbolic_music.evaluation.critic import score_phrase
from symbolic_music.evaluation.melody_critic import melody_odds
from symbolic_music.evaluation.singing import score_singing
from symbolic_music.evaluation.successions import surprises, symbols_of
from symbolic_music.evaluation.windows import WINDOW_BARS
from symbolic_music.styles.traits import GRADES
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import REFERENCE_TONIC, SCALES
from symbolic_music.theory.meter import METER_OF, Meter
from symbolic_music.tokens.describe import describe_cadence, traits_of
from symbolic_music.tokens.phrase import ANY, ChordRow, Note, PhraseJob, PhraseMusic

Measure = Callable[[PhraseMusic], float]
# The plan's word for the last chords, for what the tune is to rest on.
PLAN_WORD = {"V-I": "authentic", "IV-I": "plagal", "other-I": "authentic", "other-V": "half", "V-vi": "deceptive"}
# Roots that a mode's songs use outside of its scale: the major dominant's third in minor; bVII in major.
BORROWED = {"major": {10}, "minor": {4, 8}}
# A phrase that may rest on its last chord does not hang it: POP909 ends on sus or power chords in 7 of 100 songs.
HANGING = ("sus2", "sus4", "7sus4", "9sus4", "5", "aug", "dim", "7alt")
# How much melody faults, conditions that are not kept, and what is hard to sing weigh beside ``score_phrase``.
FAULT_WEIGHT, WISH_WEIGHT, SINGING_WEIGHT = 0.3, 0.2, 0.1
# Grades (semitones of the top note) so far from what was asked count as not heard at all.
GRADES_APART = 3
# Share of a phrase's notes that are its highest one, in the mean (667 phrases of POP909's validation songs).
TOP_SHARE = 0.08
# Bits a chord beyond which a pop progression surprises too often: people's songs have 1.8 to 3.0, 2.4 in the mean.
USUAL_BITS = 3.5
# How much it weighs that chords carry a tune that is given.
CARRIES_WEIGHT = 12.0


def critic_for(job: PhraseJob) -> Measure:
    """Choose the measure that fits a part."""
    part = job.conditions.part
    if part == "chords":
        return lambda music: score_chords(music, job)
    if part == "melody":
        return lambda music: score_melody(music, job)
    if part == "line":
        return lambda music: score_line(music, job)
    if part == "piano" and job.conditions.source == "pop":
        return lambda music: score_pianist(music, job)
    return lambda music: score_part(music, job)


def score_chords(music: PhraseMusic, job: PhraseJob) -> float:
    """Score a progression: its cadence and motion, roots in the scale, the mode's third, no mere change of colour."""
    mode, wanted = job.conditions.mode, job.conditions.cadence
    tonic = REFERENCE_TONIC[mode]
    scale = {(tonic + step) % 12 for step in SCALES[mode]} | BORROWED[mode]
    rows = music.chords
    motion = min(1.0, len(rows) / max(1, music.n_bars / 2))
    inside = float(np.mean([row[1] in scale for row in rows]))
    changes = list(pairwise(rows))
    recoloured = sum(a[1] == b[1] for a, b in changes) / len(changes) if changes else 0.0
    terms = (
        (3.0, _cadence_kept(rows, mode, wanted)),
        (1.5, motion),
        (2.0, inside),
        (1.5, max(0.0, 1 - 5 * recoloured)),
        (1.5, _tonic_in_mode(rows, tonic, mode)),
        (1.5, 0.0 if wanted not in (ANY, "open") and rows[-1][2] in HANGING else 1.0),
        *(((1.5, _usual(rows)),) if job.conditions.source == "pop" else ()),
        *(((CARRIES_WEIGHT, _carries(music, job)),) if job.beside else ()),
    )
    return sum(weight * value for weight, value in terms) / sum(weight for weight, _ in terms)


def _usual(rows: tuple[ChordRow, ...]) -> float:
    """1 for chords that follow each other as people's do, down to 0 for a progression that surprises at every turn."""
    bits = list(surprises(symbols_of((row[1], row[2]) for row in rows)))
    beyond = float(np.mean(bits)) - USUAL_BITS if bits else 0.0
    return min(1.0, max(0.0, 1 - beyond / USUAL_BITS))


def _carries(music: PhraseMusic, job: PhraseJob) -> float:
    """Share of the time of a given tune that sounds inside its chords; what begins on a strong beat counts double."""
    meter = METER_OF[job.conditions.meter]
    right = total = 0
    for onset, length, pitch in job.beside:
        chord = music.chord_at(max(onset, 0))
        weight = length * (2 if onset % meter.bar_ticks in meter.strong_ticks else 1)
        total += weight
        right += weight * (chord is not None and pitch % 12 in chord.pitch_classes)
    return right / total if total else 1.0


class MelodyScore(NamedTuple):
    """A melody in three dimensions, each 0 to 1: as music, as what was asked, and as a tune to be sung."""

    musicality: float
    obedience: float
    singing: float

    @property
    def total(self) -> float:
        """All three, weighed."""
        musicality = (1 - WISH_WEIGHT - SINGING_WEIGHT) * self.musicality
        return musicality + WISH_WEIGHT * self.obedience + SINGING_WEIGHT * self.singing


def score_melody(music: PhraseMusic, job: PhraseJob) -> float:
    """Score a melody from 0 to 1 by all that ``judge_melody`` looks at."""
    return judge_melody(music, job).total


def judge_melody(music: PhraseMusic, job: PhraseJob) -> MelodyScore:
    """Judge a melody.

    As music it lies where people's phrases lie (``evaluation.critic``), without the faults that people do not make.
    """
    if not music.notes:
        return MelodyScore(0.0, 0.0, 0.0)
    mode, meter = job.conditions.mode, METER_OF[job.conditions.meter]
    scale = tuple((REFERENCE_TONIC[mode] + step) % 12 for step in SCALES[mode])
    chords = [(row[0], Chord(*row[1:])) for row in job.chords]
    cadence = PLAN_WORD.get(describe_cadence(job.chords, mode), "open")
    base = score_phrase(list(music.notes), chords, meter, music.n_bars, scale, cadence)
    faults = melody_faults(music, job.chords, meter)
    share = FAULT_WEIGHT / (1 - WISH_WEIGHT - SINGING_WEIGHT)
    musicality = (1 - share) * base + share * faults
    return MelodyScore(musicality, kept_wishes(music, job), score_singing(music.notes, meter))


def melody_log_odds(music: PhraseMusic, job: PhraseJob) -> float | None:
    """Log odds that people wrote a melody, after what is heard before it; ``None`` where the critic knows none such."""
    return melody_odds(*judged_notes(music, job), music.bar_ticks) if is_judged(job) else None


def is_judged(job: PhraseJob) -> bool:
    """Whether the learned critic knows such melodies: pop in 4/4, eight bars with those that are heard before."""
    conditions = job.conditions
    known = (conditions.part, conditions.source, conditions.meter) == ("melody", "pop", "4/4")
    return known and _bars_before(job) + conditions.n_bars >= WINDOW_BARS


def judged_notes(music: PhraseMusic, job: PhraseJob) -> tuple[list[Note], int]:
    """What the learned critic hears of a melody, and how many bars it is: a short phrase after those before it."""
    before = _bars_before(job)
    shift = before * music.bar_ticks
    heard = job.context.notes if before and job.context is not None else ()
    later = [(onset + shift, length, pitch) for onset, length, pitch in music.notes]
    return [*heard, *later], before + music.n_bars


def _bars_before(job: PhraseJob) -> int:
    """How many of the bars heard before a phrase are judged with it."""
    is_short = job.conditions.n_bars < WINDOW_BARS
    return job.context.n_bars if is_short and job.context is not None else 0


def melody_faults(music: PhraseMusic, chords: tuple[ChordRow, ...], meter: Meter) -> float:
    """Score 1 for a melody without wrong thirds, long minor ninths and a last note outside its chord, down to 0."""
    sounding = PhraseMusic(music.n_bars, music.bar_ticks, chords)
    wrong_thirds = ninths = 0
    for onset, length, pitch in music.notes:
        chord = sounding.chord_at(max(onset, 0))
        if chord is None:
            continue
        step, tones = (pitch - chord.root) % 12, Chord(0, chord.quality, 0).pitch_classes
        wrong_thirds += (step == 4 and 3 in tones and 4 not in tones) or (step == 3 and 4 in tones and 3 not in tones)
        ninths += length >= meter.beat_ticks and step not in tones and (step - 1) % 12 in tones
    last = max(music.notes)
    chord = sounding.chord_at(max(last[0], 0))
    rests = chord is None or last[2] % 12 in chord.pitch_classes
    return float(
        0.4 * max(0.0, 1 - 12 * wrong_thirds / len(music.notes))
        + 0.12 * max(0.0, 1 - 6 * ninths / len(music.notes))
        + 0.35 * rests
        + 0.13 * _top_is_rare(music)
    )


def _top_is_rare(music: PhraseMusic) -> float:
    """Score 1 for a tune that goes to its highest note as seldom as people's do, 0 for one that stays there."""
    pitches = [note[2] for note in music.notes]
    # Once or twice costs nothing, however short the phrase.
    beyond = (pitches.count(max(pitches)) - 2) / len(pitches)
    return min(1.0, max(0.0, 1 - (beyond - TOP_SHARE) / TOP_SHARE / 2))


def kept_wishes(music: PhraseMusic, job: PhraseJob) -> float:
    """Score 1 for a phrase that is as its conditions ask, 0 for one that is as far from them as can be.

    Grades count by their distance from what was asked, other words as kept or not; 1 where nothing was asked.
    """
    asked = job.conditions
    came = traits_of(music, asked.part, asked.mode, METER_OF[asked.meter])
    kept = [
        _nearness(GRADES.get(trait), getattr(asked, trait), word)
        for trait, word in came.items()
        if ANY not in (word, getattr(asked, trait))
    ]
    return float(np.mean(kept)) if kept else 1.0


def _nearness(grades: tuple[str, ...] | None, asked: str, came: str) -> float:
    """How near a word comes to the one asked for, 0 to 1."""
    if grades is None:
        return float(asked == came)
    return max(0.0, 1 - abs(grades.index(asked) - grades.index(came)) / GRADES_APART)


def score_line(music: PhraseMusic, job: PhraseJob) -> float:
    """Score a line, 0 to 1: its notes fall into the tune's rests, fit the chords, and move."""
    if not music.notes:
        return 0.0
    meter = METER_OF[job.conditions.meter]
    faults = melody_faults(music, job.chords, meter)
    moves = float(np.mean([float(a[2] != b[2]) for a, b in pairwise(music.notes)] or [0.0]))
    if not job.beside:
        return 0.6 * faults + 0.4 * moves
    rests = rests_of(job.beside, music.n_bars, meter)
    inside = float(np.mean([any(rest.start <= note[0] < rest.end for rest in rests) for note in music.notes]))
    answered = [float(any(rest.start <= note[0] < rest.end for note in music.notes)) for rest in rests]
    return 0.3 * faults + 0.1 * moves + 0.2 * inside + 0.4 * float(np.mean(answered or [1.0]))


def score_part(music: PhraseMusic, job: PhraseJob) -> float:
    """Score a band part by the share of its notes that belong to the sounding chord."""
    given = PhraseMusic(music.n_bars, music.bar_ticks, job.chords)
    chords = [given.chord_at(max(note[0], 0)) for note in music.notes]
    known = [(note, chord) for note, chord in zip(music.notes, chords, strict=True) if chord is not None]
    return float(np.mean([note[2] % 12 in chord.pitch_classes for note, chord in known])) if known else 0.0


def score_pianist(music: PhraseMusic, job: PhraseJob) -> float:
    """Score a free pianist, 0 to 1: chord tones, a low root where a chord begins, a figure that goes on, no holes.

    People's bars have .77 of their rhythm in common with the bar before, and .24 of their notes with the bar four
    before.
    """
    if not music.notes:
        return 0.0
    rhythms = [frozenset(note[0] for note in music.notes_of_bar(bar)) for bar in range(music.n_bars)]
    bars = [frozenset((note[0], note[2]) for note in music.notes_of_bar(bar)) for bar in range(music.n_bars)]
    steady = [_likeness(a, b) for a, b in pairwise(rhythms)] + [
        _likeness(*pair) for pair in zip(rhythms, rhythms[2:], strict=False)
    ]
    returning = [_likeness(*pair) for pair in zip(bars, bars[4:], strict=False)]
    return (
        0.3 * score_part(music, job)
        + 0.2 * _low_roots(music, job)
        + 0.3 * float(np.mean(steady or [1.0]))
        + 0.1 * float(np.mean(returning or [0.5]))
        + 0.1 * float(np.mean([bool(bar) for bar in rhythms]))
    )


def _likeness(one: frozenset[Any], other: frozenset[Any]) -> float:
    """Share of what two bars have in common."""
    return len(one & other) / len(one | other) if one | other else 0.0


def _low_roots(music: PhraseMusic, job: PhraseJob) -> float:
    """Share of chord changes at which the lowest note struck is the chord's bass."""
    hits = []
    for tick, _, _, bass in job.chords:
        struck = [note[2] for note in music.notes if note[0] == max(tick, 0)]
        hits.append(bool(struck) and min(struck) % 12 == bass)
    return float(np.mean(hits)) if hits else 0.0


def _cadence_kept(rows: tuple[ChordRow, ...], mode: str, wanted: str) -> float:
    """1 where the last two chords are those asked for, 0.4 where only the last one is."""
    if wanted == ANY:
        return 1.0
    came = describe_cadence(rows, mode)
    return 1.0 if came == wanted else 0.4 if came[-2:] == wanted[-2:] else 0.0


def _tonic_in_mode(rows: tuple[ChordRow, ...], tonic: int, mode: str) -> float:
    """Share of the tonic's chords that have the mode's third, or none."""
    wrong = {"major": 3, "minor": 4}[mode]
    right = {"major": 4, "minor": 3}[mode]
    tones = [Chord(0, row[2], 0).pitch_classes for row in rows if row[1] == tonic]
    return float(np.mean([wrong not in own or right in own for own in tones])) if tones else 1.0
