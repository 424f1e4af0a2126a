"""POP909's piano and second melody, put on the bar grid of the structure text.

Raw MIDI and structure text hold the same melody; the shift between them is the
one that most equal-pitched note pairs agree on. Songs in which fewer than
``MIN_MATCH`` of the melody notes agree are left out.

The second melody (track BRIDGE: intros, interludes, answers in the singer's rests) becomes the part ``line``, one
voice: of notes that begin together the highest, and no note that begins and ends under a higher one. Its quarters lie
on sixteenths, or on eighth triplets where these fit clearly better.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from data_prep.songs import NoteRow, top_line
from symbolic_music.theory.meter import TPQ, snap_to_grid

MIN_MATCH = 0.7
LONGEST_TICKS = 4 * TPQ
# Triplets must fit so many times better than sixteenths to be taken.
TRIPLET_ADVANTAGE = 0.5


def read_accompaniment(path: Path, melody: list[NoteRow], factor: int) -> dict[str, list[NoteRow]]:
    """Read the tracks PIANO and BRIDGE as ``piano`` and ``line``, rows of (onset, duration, pitch) in ticks.

    Both are empty if the file cannot be aligned. ``melody`` is at the felt beat level already; ``factor`` is 2 where
    that doubled the text.
    """
    import symusic

    score = symusic.Score(str(path))
    tracks = {track.name: track for track in score.tracks}
    parts: dict[str, list[NoteRow]] = {"piano": [], "line": []}
    if "MELODY" not in tracks or not melody:
        return parts
    scale = TPQ * factor / score.ticks_per_quarter
    raw = np.array([(n.time * scale, n.pitch) for n in tracks["MELODY"].notes])
    shift = _common_shift(raw, np.array([(on, pitch) for on, _, pitch in melody]), factor)
    if shift is None:
        return parts
    if "PIANO" in tracks:
        parts["piano"] = _piano(_played(tracks["PIANO"], scale, shift))
    if "BRIDGE" in tracks:
        parts["line"] = _line(_played(tracks["BRIDGE"], scale, shift))
    return parts


def _played(track: Any, scale: float, shift: float) -> list[tuple[float, float, int]]:
    """List a track's notes as (onset, end, pitch) in ticks from the text's first bar line."""
    return [(note.time * scale - shift, note.end * scale - shift, note.pitch) for note in track.notes]


def _piano(notes: list[tuple[float, float, int]]) -> list[NoteRow]:
    """Put the piano on the grid, each pitch once at an onset."""
    rows = {}
    for start, end, pitch in notes:
        onset = snap_to_grid(start)
        if onset >= 0:
            rows[onset, pitch] = min(max(snap_to_grid(end) - onset, 3), LONGEST_TICKS)
    return [(onset, length, pitch) for (onset, pitch), length in sorted(rows.items())]


def _line(notes: list[tuple[float, float, int]]) -> list[NoteRow]:
    """Put the second melody on the grid of each of its quarters, one voice."""
    times = np.array([start for start, _, _ in notes])
    onsets = snap_quarters(times).tolist()
    rows = [(on, max(3, snap_to_grid(end) - on), pitch)
            for on, (_, end, pitch) in zip(onsets, notes, strict=True) if on >= 0]  # fmt: skip
    return top_line(rows)


def snap_quarters(ticks: np.ndarray) -> np.ndarray:
    """Move played onsets to sixteenths, or all of a quarter to eighth triplets where these fit clearly better.

    Parameters
    ----------
    ticks : float array, shape (n,)

    Returns
    -------
    int array, shape (n,)

    Examples
    --------
    >>> snap_quarters(np.array([0.2, 2.9, 12.1, 15.8, 20.3])).tolist()
    [0, 3, 12, 16, 20]
    """
    straight, triplet = (np.rint(ticks / step).astype(int) * step for step in (3, 4))
    # An onset just before a quarter belongs to it.
    quarters = np.floor((ticks + 1.5) / TPQ)
    snapped = straight.copy()
    for quarter in np.unique(quarters):
        here = quarters == quarter
        misses = [np.abs(ticks[here] - grid[here]).sum() for grid in (triplet, straight)]
        if misses[0] < TRIPLET_ADVANTAGE * misses[1]:
            snapped[here] = triplet[here]
    return snapped


def _common_shift(raw: np.ndarray, text: np.ndarray, factor: int) -> float | None:
    """Find the shift in ticks that most notes of equal pitch agree on."""
    differences = [raw[raw[:, 1] == pitch, 0][:, None] - text[text[:, 1] == pitch, 0] for pitch in set(text[:, 1])]
    flat = np.concatenate([d.ravel() for d in differences]) if differences else np.array([])
    if not len(flat):
        return None
    width = 0.5 * factor
    bins = np.round(flat / width).astype(int)
    values, counts = np.unique(bins, return_counts=True)
    best = float(values[np.argmax(counts)] * width)
    matched = np.abs(flat - best) <= 1.2 * factor
    return float(np.median(flat[matched])) if matched.sum() >= MIN_MATCH * len(text) else None
