"""POP909's piano, put on the bar grid of the structure text.

Raw MIDI and structure text hold the same melody; the shift between them is the
one that most equal-pitched note pairs agree on. Songs in which fewer than
``MIN_MATCH`` of the melody notes agree are left out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from symbolic_music.theory.meter import TPQ, snap_to_grid

MIN_MATCH = 0.7
LONGEST_TICKS = 4 * TPQ


def read_piano(path: Path, melody: list[tuple[int, int, int]], factor: int) -> list[tuple[int, int, int]]:
    """Read the PIANO track as (onset, duration, pitch) ticks; empty if it cannot be aligned.

    ``melody`` is at the felt beat level already; ``factor`` is 2 where that doubled the text.
    """
    import symusic

    score = symusic.Score(str(path))
    tracks = {track.name: track for track in score.tracks}
    if "PIANO" not in tracks or "MELODY" not in tracks or not melody:
        return []
    scale = TPQ * factor / score.ticks_per_quarter
    raw = np.array([(n.time * scale, n.pitch) for n in tracks["MELODY"].notes])
    shift = _common_shift(raw, np.array([(on, pitch) for on, _, pitch in melody]), factor)
    if shift is None:
        return []
    rows = {}
    for note in tracks["PIANO"].notes:
        onset, end = snap_to_grid(note.time * scale - shift), snap_to_grid(note.end * scale - shift)
        if onset >= 0:
            rows[onset, note.pitch] = min(max(end - onset, 3), LONGEST_TICKS)
    return [(onset, length, pitch) for (onset, pitch), length in sorted(rows.items())]


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
