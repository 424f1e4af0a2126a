"""Measures of melodies.

A *histogram* is a ``Counter`` from bin to count, in four kinds (``HISTOGRAMS``).
A *scalar* is one number a song. Where a song has nothing to measure (no notes, no
chord, no pair of phrases) a scalar is ``nan``; averages over songs skip it.

Pitch classes are taken relative to the key in force, as if the song stood in C
major or A minor, so that songs in any key add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from symbolic_music.analysis.similarity import phrase_similarity, placed_notes
from symbolic_music.errors import InputError
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import slots_of
from symbolic_music.theory.meter import TPQ

HISTOGRAMS = ("interval", "duration", "onset_in_bar", "pitch_class")
MAX_INTERVAL = 12
MAX_DURATION_TICK = 4 * TPQ
SIXTEENTH = TPQ // 4

NAN = float("nan")
Histogram = Counter[int]


class PhraseSpan(NamedTuple):
    """A phrase's letter and bars ``[start_bar, start_bar + n_bars)``; unsung ones are not compared."""

    letter: str
    start_bar: int
    n_bars: int
    sung: bool = True


def spans_of(plan: SongPlan) -> list[PhraseSpan]:
    """List a plan's phrases with the bars they stand in.

    Parameters
    ----------
    plan : SongPlan
        Of any length.

    Returns
    -------
    list[PhraseSpan]
        In order, bars counted from 0.
    """
    return [
        PhraseSpan(slot.phrase.letter, slot.start_bar, slot.phrase.n_bars, slot.phrase.sung) for slot in slots_of(plan)
    ]


# --- histograms -----------------------------------------------------------------------------


def count_histograms(sheets: Iterable[LeadSheet]) -> dict[str, Histogram]:
    """Count intervals, durations, onsets in the bar and pitch classes over songs.

    The features of Yang & Lerch, "On the evaluation of generative models in music" (2020):
    pitch interval, note length, pitch class and onset histograms. Every note counts once.

    Parameters
    ----------
    sheets : iterable of LeadSheet

    Returns
    -------
    dict of Counter, keys ``HISTOGRAMS``
        ``interval`` in semitones to the next note, clipped to ±12; ``duration`` in ticks, clipped
        to a whole note; ``onset_in_bar`` in ticks; ``pitch_class`` from the reference tonic.
        Empty counters where there are no notes.
    """
    counts: dict[str, Histogram] = {name: Counter() for name in HISTOGRAMS}
    for sheet in sheets:
        pitches = sheet.melody["pitch"].astype(int)
        counts["interval"].update(np.clip(np.diff(pitches), -MAX_INTERVAL, MAX_INTERVAL).tolist())
        counts["duration"].update(np.minimum(sheet.melody["duration_tick"], MAX_DURATION_TICK).tolist())
        counts["onset_in_bar"].update((sheet.melody["onset_tick"] % sheet.meter.bar_ticks).tolist())
        counts["pitch_class"].update(relative_pitch_classes(sheet).tolist())
    return counts


def jensen_shannon_distance(one: Histogram, other: Histogram) -> float:
    """Measure how far two histograms are apart, 0 (equal) to 1 (nothing in common).

    The square root of the Jensen-Shannon divergence with base-2 logarithms (Endres & Schindelin,
    "A new metric for probability distributions", 2003).

    Parameters
    ----------
    one, other : Counter
        Counts or shares; each is normalised to sum 1.

    Returns
    -------
    float
        1 if only one of them is empty, 0 if both are.

    Examples
    --------
    >>> jensen_shannon_distance(Counter({0: 3}), Counter({1: 5}))
    1.0
    """
    bins = sorted({bin_ for bin_, count in (*one.items(), *other.items()) if count})
    p = np.array([one[bin_] for bin_ in bins], dtype=float)
    q = np.array([other[bin_] for bin_ in bins], dtype=float)
    if not p.sum() or not q.sum():
        return 0.0 if p.sum() == q.sum() else 1.0
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return float(np.sqrt(np.clip(divergence, 0, 1)))


def histogram_distances(one: dict[str, Histogram], other: dict[str, Histogram]) -> dict[str, float]:
    """Give the Jensen-Shannon distance of each of the ``HISTOGRAMS`` of two collections.

    Parameters
    ----------
    one : dict[str, Histogram]
        Counts or shares by histogram, shape (n_bins,) each.
    other : dict[str, Histogram]
        The same of another collection.

    Returns
    -------
    dict[str, float]
        0 (the same) to 1 (nothing in common), square root of the divergence in bits (Lin 1991).
    """
    return {name: jensen_shannon_distance(one[name], other[name]) for name in HISTOGRAMS}


# --- phrases of one song --------------------------------------------------------------------


def letter_similarities(sheet: LeadSheet, spans: Sequence[PhraseSpan]) -> tuple[list[float], list[float]]:
    """Compare all pairs of sung phrases of equal length in a song.

    Parameters
    ----------
    sheet : LeadSheet
        The song.
    spans : Sequence[PhraseSpan]
        Its phrases with their letters.

    Returns
    -------
    same, different : lists of float
        ``phrase_similarity`` of the pairs with equal and with different letters. A phrase
        without notes is left out, so either list may be empty.
    """
    phrases = [(span, placed_notes(sheet, span.start_bar, span.n_bars)) for span in spans if span.sung]
    phrases = [(span, notes) for span, notes in phrases if notes]
    same: list[float] = []
    different: list[float] = []
    for later, (span, notes) in enumerate(phrases):
        for earlier, earlier_notes in phrases[:later]:
            if earlier.n_bars == span.n_bars:
                pairs = same if earlier.letter == span.letter else different
                pairs.append(phrase_similarity(earlier_notes, notes))
    return same, different


# --- scalars of one song --------------------------------------------------------------------


def chord_tone_share(sheet: LeadSheet) -> float:
    """Give the share of notes begun on strong beats that belong to the sounding chord.

    Strong beats are ``Meter.strong_ticks``. After Yeh et al., "Automatic melody harmonization with
    triad chords" (2021), chord tone to non-chord tone ratio, here on strong beats alone, where
    harmony textbooks (Kostka & Payne, "Tonal Harmony", ch. 11) expect chord tones.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1; ``nan`` if no note begins on a strong beat under a chord.
    """
    onsets = sheet.melody["onset_tick"]
    starts = np.array([event.onset_tick for event in sheet.chords], dtype=int)
    strong = np.isin(onsets % sheet.meter.bar_ticks, sheet.meter.strong_ticks)
    hits = []
    for tick, pitch in zip(onsets[strong].tolist(), sheet.melody["pitch"][strong].tolist(), strict=True):
        event = int(np.searchsorted(starts, tick, side="right")) - 1
        if event >= 0:
            hits.append(pitch % 12 in sheet.chords[event].chord.pitch_classes)
    return _mean(hits)


def scale_consistency(sheet: LeadSheet) -> float:
    """Give the share of notes in the scale of the key in force (natural minor).

    After Mogren, "C-RNN-GAN" (2016), scale consistency, with the declared key instead of the best
    fitting scale. ``nan`` without notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    classes = relative_pitch_classes(sheet)
    # C major and A minor have the same seven pitch classes.
    return _mean(np.isin(classes, (0, 2, 4, 5, 7, 9, 11)))


def notes_per_bar(sheet: LeadSheet) -> float:
    """Count notes per bar that has any (note count of Yang & Lerch 2020); ``nan`` without notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.
    """
    filled = len(np.unique(sheet.melody["onset_tick"] // sheet.meter.bar_ticks))
    return len(sheet.melody) / filled if filled else NAN


def empty_bar_share(sheet: LeadSheet) -> float:
    """Give the share of bars in which no note begins (Dong et al., "MuseGAN", 2018, empty bars); 1 without notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    return 1 - len(np.unique(sheet.melody["onset_tick"] // sheet.meter.bar_ticks)) / sheet.n_bars


def pitch_range(sheet: LeadSheet) -> float:
    """Give highest minus lowest pitch in semitones (pitch range of Yang & Lerch 2020); ``nan`` without notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.
    """
    pitches = sheet.melody["pitch"].astype(int)
    return float(np.ptp(pitches)) if len(pitches) else NAN


def mean_interval(sheet: LeadSheet) -> float:
    """Give the mean size of melodic intervals in semitones (Yang & Lerch 2020); ``nan`` with fewer than two notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.
    """
    return _mean(np.abs(np.diff(sheet.melody["pitch"].astype(int))))


def repeated_pitch_share(sheet: LeadSheet) -> float:
    """Give the share of notes at the pitch of the note before; ``nan`` with fewer than two notes.

    Repeated tones as in McKay & Fujinaga, "jSymbolic" (2006), feature "Repeated Notes".

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    return _mean(np.diff(sheet.melody["pitch"].astype(int)) == 0)


def repeated_bar_share(sheet: LeadSheet) -> float:
    """Give the share of bars with notes that are exactly, in onsets and pitches, an earlier bar of the song.

    One minus the share of distinct bars (POP909: 0.49 distinct), the simplest of the structure
    measures after Wu & Yang, "The Jazz Transformer on the front line" (2020). ``nan`` without notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    bars = list(_bars_of(sheet).values())
    return 1 - len(set(bars)) / len(bars) if bars else NAN


def groove_similarity(sheet: LeadSheet) -> float:
    """Compare the onset patterns of all pairs of bars with notes, 1 meaning equal.

    Grooving pattern similarity of Wu & Yang, "The Jazz Transformer on the front line" (2020): one
    minus the share of sixteenths that have an onset in one bar of the pair alone. ``nan`` with
    fewer than two bars with notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    n_positions = sheet.meter.bar_ticks // SIXTEENTH
    bars = list(_bars_of(sheet).values())
    if len(bars) < 2:
        return NAN
    pattern = np.zeros((len(bars), n_positions), dtype=int)
    for row, bar in enumerate(bars):
        pattern[row, [onset // SIXTEENTH for onset, _ in bar]] = 1
    # |a xor b| = |a| + |b| - 2 |a and b|
    size = pattern.sum(axis=1)
    differing = size[:, None] + size[None, :] - 2 * pattern @ pattern.T  # (bars, bars)
    upper = differing[np.triu_indices(len(bars), k=1)]
    return float(1 - upper.mean() / n_positions)


SCALARS: dict[str, Callable[[LeadSheet], float]] = {
    "chord_tone_share": chord_tone_share,
    "repeated_bar_share": repeated_bar_share,
    "scale_consistency": scale_consistency,
    "notes_per_bar": notes_per_bar,
    "empty_bar_share": empty_bar_share,
    "pitch_range": pitch_range,
    "mean_interval": mean_interval,
    "repeated_pitch_share": repeated_pitch_share,
    "groove_similarity": groove_similarity,
}


def relative_pitch_classes(sheet: LeadSheet) -> np.ndarray:
    """Give each note's pitch class as if its section were in C major or A minor, shape (n_notes,).

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    np.ndarray
        0 to 11.

    Raises
    ------
    InputError
        If the sheet has no section, and so no key.
    """
    if not sheet.sections:
        raise InputError(f"{sheet.title}: the lead sheet has no section, so no key; give it at least one")
    bars = sheet.melody["onset_tick"] // sheet.meter.bar_ticks
    shifts = np.array([sheet.key_at(bar).tonic_shift for bar in range(sheet.n_bars)], dtype=int)
    return np.asarray((sheet.melody["pitch"].astype(int) - shifts[bars]) % 12)


def _bars_of(sheet: LeadSheet) -> dict[int, tuple[tuple[int, int], ...]]:
    """Group notes by bar as (onset in the bar, pitch), for the bars that have any."""
    bars: dict[int, list[tuple[int, int]]] = {}
    for onset, pitch in zip(sheet.melody["onset_tick"].tolist(), sheet.melody["pitch"].tolist(), strict=True):
        bar, inside = divmod(onset, sheet.meter.bar_ticks)
        bars.setdefault(bar, []).append((inside, pitch))
    return {bar: tuple(notes) for bar, notes in bars.items()}


def _relative_entropy(p: np.ndarray, q: np.ndarray) -> float:
    """Sum p log2(p / q) over the bins where p is not zero."""
    some = p > 0
    return float((p[some] * np.log2(p[some] / q[some])).sum())


def _mean(values: Sequence[bool] | np.ndarray) -> float:
    """Give the mean, or nan for nothing."""
    return float(np.mean(values)) if len(values) else NAN
