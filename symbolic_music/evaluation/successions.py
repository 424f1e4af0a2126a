"""How surprising chords follow each other: bits a chord, given the two before it, under people's successions.

The counts (``successions.json``) are those of POP909's training songs, made by
``python -m data_prep.listening_reference``; a chord is its root in C major or A minor and whether its third is minor,
restatements and mere changes of colour left out. Rare successions are weighed
with commoner shorter ones by Witten and Bell's rule (IEEE Transactions on Information
Theory 37, 1991).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from symbolic_music.theory.chord import Chord

COUNTS = Path(__file__).parent / "successions.json"
ORDER = 3
# Twelve roots, each with a minor third or without.
N_SYMBOLS = 24


def symbols_of(chords: Iterable[tuple[int, str]]) -> list[str]:
    """Name chords as the counts do.

    Parameters
    ----------
    chords : iterable of (root, quality)
        Roots as pitch classes in C major or A minor.

    Returns
    -------
    list of str
        ``"0"`` for any C with no minor third, ``"9m"`` for A minor and its kin; none twice in a row.
    """
    names: list[str] = []
    for root, quality in chords:
        tones = Chord(0, quality, 0).pitch_classes
        name = f"{root % 12}{'m' if 3 in tones and 4 not in tones else ''}"
        if names[-1:] != [name]:
            names.append(name)
    return names


def count_successions(songs: Iterable[Sequence[str]]) -> dict[str, int]:
    """Count the successions of three chords in songs, each as ``symbols_of`` names them."""
    counts = Counter(" ".join(song[at : at + ORDER]) for song in songs for at in range(len(song) - ORDER + 1))
    return dict(sorted(counts.items()))


def surprises(song: Sequence[str]) -> Iterator[float]:
    """Bits of every chord of a song but the first two; the fewer, the more usual."""
    for at in range(ORDER - 1, len(song)):
        yield -math.log2(_share(song[at], tuple(song[at - ORDER + 1 : at])))


def _share(symbol: str, before: tuple[str, ...]) -> float:
    """The share of a chord after others: of what was counted there, and of what follows fewer of them."""
    seen = _followers().get(before, {})
    shorter = _share(symbol, before[1:]) if before else 1 / N_SYMBOLS
    total, kinds = sum(seen.values()), len(seen)
    return (seen.get(symbol, 0) + kinds * shorter) / (total + kinds) if total else shorter


@cache
def _followers() -> dict[tuple[str, ...], dict[str, int]]:
    """How often each chord follows two others, one, and none."""
    followers: dict[tuple[str, ...], dict[str, int]] = {}
    for text, count in json.loads(COUNTS.read_text(encoding="utf-8")).items():
        names = text.split()
        for start in range(ORDER):
            after = followers.setdefault(tuple(names[start : ORDER - 1]), {})
            after[names[-1]] = after.get(names[-1], 0) + count
    return followers
