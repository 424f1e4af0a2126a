"""Words for what a phrase is like: the values of its conditions."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.theory.key import REFERENCE_TONIC
from symbolic_music.tokens.phrase import ChordRow, Note

# Upper edges in notes per four quarters; melody and piano differ by a factor of about three.
_DENSITY_EDGES = {
    "melody": (1, 2, 3, 4.5, 6),
    "countermelody": (1, 2, 3, 4.5, 6),
    "bass": (1.5, 2.5, 4.5, 6.5, 8.5),
    "piano": (3, 5, 8, 12, 17),
    "drums": (4, 8, 12, 17, 24),
}
# The part written before each band part that it listens to, and so stands beside it.
BESIDE_OF_PART = {
    "drums": "melody", "bass": "drums", "piano": "bass", "guitar": "bass", "pad": "piano",
    "arpeggio": "bass", "countermelody": "melody",
}  # fmt: skip
# Of the drums a bass player listens to the kick and the snare.
_KICKS_AND_SNARES = (35, 36, 38, 40)
# Singers take one melody at many tempi: the tempo word is drawn from this many times the song's tempo.
TEMPO_SPREAD = (0.65, 1.1)
INTENSITY_OF_SECTION = {
    "intro": "0", "verse": "1", "pre-chorus": "2", "bridge": "2", "chorus": "3", "solo": "2",
    "interlude": "1", "outro": "1",
}  # fmt: skip


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


def describe_place(start_bar: int, n_bars: int, all_bars: int) -> str:
    """Name where in the song a phrase's middle lies: first 15 %, early half, late, last 10 %."""
    middle = (start_bar + n_bars / 2) / all_bars
    return "first" if middle < 0.15 else "early" if middle < 0.5 else "late" if middle < 0.9 else "last"


def describe_strength(kept_share: float) -> str:
    """Grade a variation by the share of bars that it keeps: light from 0.75, medium from 0.4, else strong."""
    return "light" if kept_share >= 0.75 else "medium" if kept_share >= 0.4 else "strong"


def heard_beside(notes: Sequence[Note], part: str) -> tuple[Note, ...]:
    """What a band part hears of the one beside it: of the drums, kick and snare; else everything."""
    return tuple(n for n in notes if part != "drums" or n[2] in _KICKS_AND_SNARES)
