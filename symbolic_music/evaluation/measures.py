"""Measures of one song from the literature, over its melody and chords; ``SONG_MEASURES`` is the table.

A measure is one number a song, ``nan`` where the song has nothing to measure. Those of
``evaluation.melody`` and ``evaluation.structure`` stand in the table too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from symbolic_music.evaluation import melody, structure
from symbolic_music.evaluation.melody import NAN, SIXTEENTH
from symbolic_music.song.leadsheet import LeadSheet

PASSING_SEMITONES = 2


def pitch_class_entropy(sheet: LeadSheet, n_bars: int = 1) -> float:
    """Give the entropy of the pitch classes of ``n_bars`` bars, averaged over the song.

    H1 and H4 of Wu & Yang, "The Jazz Transformer on the front line" (ISMIR 2020; their tool MusDr): low in
    tonally clear music. Every run of ``n_bars`` bars with notes counts.

    Parameters
    ----------
    sheet : LeadSheet
    n_bars : int
        Bars taken together, at least 1.

    Returns
    -------
    float
        Bits, 0 (one pitch class) to log2(12) = 3.58; ``nan`` without notes.
    """
    bars = sheet.melody["onset_tick"] // sheet.meter.bar_ticks
    counts = np.zeros((sheet.n_bars, 12))
    np.add.at(counts, (bars, sheet.melody["pitch"] % 12), 1)
    runs = [counts[start : start + n_bars].sum(axis=0) for start in range(max(sheet.n_bars - n_bars + 1, 1))]
    values = [_entropy(run) for run in runs if run.any()]
    return float(np.mean(values)) if values else NAN


def groove_consistency(sheet: LeadSheet) -> float:
    """Compare the onsets of each bar with those of the next, 1 meaning equal.

    MusPy (Dong et al., ISMIR 2020), after Wu & Yang (2020): one minus the mean share of sixteenths that have an
    onset in one of two neighbouring bars alone. ``nan`` with fewer than two bars or no note.

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
    if sheet.n_bars < 2 or not len(sheet.melody):
        return NAN
    bars, inside = np.divmod(sheet.melody["onset_tick"], sheet.meter.bar_ticks)
    pattern = np.zeros((sheet.n_bars, n_positions), dtype=bool)
    pattern[bars, np.minimum(inside // SIXTEENTH, n_positions - 1)] = True
    return float(1 - np.mean(pattern[1:] ^ pattern[:-1]))


def empty_beat_rate(sheet: LeadSheet) -> float:
    """Give the share of beats in which no melody note sounds (MusPy, Dong et al. 2020); 1 without notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    beat = sheet.meter.beat_ticks
    is_empty = np.ones(sheet.end_tick // beat, dtype=bool)
    ends = sheet.melody["onset_tick"] + sheet.melody["duration_tick"]
    for onset, end in zip(sheet.melody["onset_tick"].tolist(), ends.tolist(), strict=True):
        is_empty[onset // beat : -(-end // beat)] = False
    return float(is_empty.mean())


def chord_tone_ratio(sheet: LeadSheet) -> float:
    """Give the share of melody notes that fit their chord.

    CTnCTR of Yeh et al., "Automatic melody harmonization with triad chords" (2021): chord tones, and other notes
    that the next note answers within two semitones, over all notes under a chord. ``nan`` without such notes.

    Parameters
    ----------
    sheet : LeadSheet
        The song.

    Returns
    -------
    float
        0 to 1.
    """
    starts = np.array([event.onset_tick for event in sheet.chords], dtype=int)
    onsets, pitches = sheet.melody["onset_tick"], sheet.melody["pitch"].astype(int).tolist()
    fits = []
    for index, event in enumerate((np.searchsorted(starts, onsets, side="right") - 1).tolist()):
        if event < 0:
            continue
        following = pitches[index + 1] if index + 1 < len(pitches) else None
        answered = following is not None and 0 < abs(following - pitches[index]) <= PASSING_SEMITONES
        fits.append(pitches[index] % 12 in sheet.chords[event].chord.pitch_classes or answered)
    return float(np.mean(fits)) if fits else NAN


SONG_MEASURES: dict[str, Callable[[LeadSheet], float]] = {
    **melody.SCALARS,
    "pitch_class_entropy_1": pitch_class_entropy,
    "pitch_class_entropy_4": lambda sheet: pitch_class_entropy(sheet, 4),
    "groove_consistency": groove_consistency,
    "empty_beat_rate": empty_beat_rate,
    "chord_tone_ratio": chord_tone_ratio,
    "structureness_short": lambda sheet: structure.structureness(sheet, *structure.SHORT),
    "structureness_mid": lambda sheet: structure.structureness(sheet, *structure.MID),
    "structureness_long": lambda sheet: structure.structureness(sheet, *structure.LONG),
}


def overlapping_area(generated: Sequence[float], reference: Sequence[float]) -> float:
    """Give how much two distributions of distances have in common: 1 if generated songs lie as people's do.

    Yang & Lerch, "On the evaluation of generative models in music" (2020): the overlapping area of the
    density of distances among the reference songs with that of distances from generated to reference songs.
    Densities are Gaussian kernel estimates with Scott's width.

    Parameters
    ----------
    generated, reference : sequence of float
        One value a song; ``nan`` is left out.

    Returns
    -------
    float
        0 to 1; ``nan`` where a side has fewer than two values.
    """
    ours = np.array([value for value in generated if np.isfinite(value)])
    theirs = np.array([value for value in reference if np.isfinite(value)])
    if len(ours) < 2 or len(theirs) < 2:
        return NAN
    among = np.abs(theirs[:, None] - theirs[None, :])[np.triu_indices(len(theirs), k=1)]
    between = np.abs(ours[:, None] - theirs[None, :]).ravel()
    span = max(among.max(), between.max())
    if span == 0:
        return 1.0
    # The width has a floor, so that equal values are no needle between two points of the grid.
    widths = [max(values.std() * len(values) ** -0.2, span / 100) for values in (among, between)]
    grid = np.linspace(-3 * max(widths), span + 3 * max(widths), 512)
    densities = [_density(values, width, span, grid) for values, width in zip((among, between), widths, strict=True)]
    return float(np.minimum(*densities).sum())


def _density(values: np.ndarray, width: float, span: float, grid: np.ndarray) -> np.ndarray:
    """Estimate a density of values from 0 to ``span`` on a grid, so that it sums to 1."""
    # Histogram first: pairs of songs are many, grid points few.
    counts, edges = np.histogram(values, bins=256, range=(0, span))
    middles = (edges[1:] + edges[:-1]) / 2
    density = np.exp(-0.5 * ((grid[:, None] - middles[None, :]) / width) ** 2) @ counts
    return np.asarray(density / density.sum())


def _entropy(counts: np.ndarray) -> float:
    """Give the entropy of counts in bits."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0
