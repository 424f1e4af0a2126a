"""Syllables and stresses of English words: the CMU dictionary's, of each word the shortest way to say it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from importlib import resources

_ENDINGS = (("'s", ""), ("'", "g"), ("'", ""), ("'d", ""), ("s", ""), ("es", "e"), ("d", ""), ("ed", ""))
_SUNG_ENDINGS = (
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("ness", ""),
    ("less", ""),
    ("ful", ""),
    ("er", ""),
    ("est", ""),
)


@cache
def _dictionary() -> dict[str, str]:
    """Stress digits of every word: ``wonder`` has ``10``."""
    packed = (resources.files("symbolic_music.prosody") / "english.txt.gz").read_bytes()
    found: dict[str, str] = {}
    for row in gzip.decompress(packed).decode("utf-8").splitlines():
        pattern, *words = row.split()
        found |= dict.fromkeys(words, pattern)
    return found


def english_stresses(word: str) -> tuple[int, ...] | None:
    """Look a word up; ``None`` for a word that the dictionary does not have.

    Parameters
    ----------
    word : str
        In small letters, apostrophes straight.

    Returns
    -------
    tuple of int
        For each syllable 0 (none), 1 (secondary) or 2 (main stress).

    Examples
    --------
    >>> english_stresses("wonder"), english_stresses("lovin'"), english_stresses("moonlightless")
    ((2, 0), (2, 0), (2, 1, 0))
    """
    for pattern in _patterns(word):
        return tuple({"1": 2, "2": 1}.get(digit, 0) for digit in pattern)
    return None


def is_english(word: str) -> bool:
    """Whether the dictionary has a word as it is written.

    Examples
    --------
    >>> is_english("brighter"), is_english("brigter")
    (True, False)
    """
    return word in _dictionary()


def _patterns(word: str) -> Iterator[str]:
    """The word's own pattern, else that of the word it is made of."""
    known = _dictionary()
    if word in known:
        yield known[word]
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending) + instead
        if word.endswith(ending) and stem in known:
            yield known[stem]
    for ending, instead in _SUNG_ENDINGS:
        stem = word.removesuffix(ending) + instead
        if word.endswith(ending) and stem in known:
            yield known[stem] + "0"
    for cut in range(3, len(word) - 2):
        if word[:cut] in known and word[cut:] in known:
            yield known[word[:cut]] + known[word[cut:]].replace("1", "2")
