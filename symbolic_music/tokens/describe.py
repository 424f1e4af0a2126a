"""Words for what a phrase is like: the values of its conditions."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.theory.key import REFERENCE_TONIC
from symbolic_music.tokens.phrase import ChordRow, Note

# Upper edges in notes per four quarters; melody and piano differ by a factor of about three.
_DENSITY_EDGES = {"melody": (1, 2, 3, 4.5, 6), "piano": (3, 5, 8, 12, 17)}


def describe_tempo(qpm: float) -> str:
    """Name a tempo: slow below 85 quarters a minute, medium to 115, fast to 150, then very fast."""
    return "slow" if qpm < 85 else "medium" if qpm < 115 else "fast" if qpm < 150 else "very fast"


def describe_density(n_notes: int, quarters: float, part: str) -> str:
    """Grade density from 0 (sparse) to 5 by notes per four quarters."""
    rate = n_notes * 4 / quarters
    edges = _DENSITY_EDGES.get(part, _DENSITY_EDGES["piano"])
    return str(sum(rate >= edge for edge in edges))


def describe_register(notes: Sequence[Note]) -> str:
    """Name the register of a melody in C major / A minor by its mean pitch."""
    if not notes:
        return "any"
    mean = sum(note[2] for note in notes) / len(notes)
    return "low" if mean < 64 else "mid-low" if mean < 68 else "mid-high" if mean < 72 else "high"


def describe_cadence(chords: Sequence[ChordRow], mode: str) -> str:
    """Name how a phrase ends by its last root: tonic (authentic), dominant (half), else open."""
    if not chords:
        return "any"
    degree = (chords[-1][1] - REFERENCE_TONIC[mode]) % 12
    return {0: "authentic", 7: "half"}.get(degree, "open")
