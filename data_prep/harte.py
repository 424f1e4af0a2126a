"""Chord qualities in the notation of Harte et al. (ISMIR 2005): ``min7``, ``sus4(b7,9)``, ``1(b3)``.

Billboard and POP909's structure text are written in it.
"""

from __future__ import annotations

import re

from symbolic_music.errors import NotationError
from symbolic_music.theory.chord import QUALITIES, parse_quality, quality_of
from symbolic_music.theory.pitch import parse_pitch_class

MAJOR_DEGREES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 11, 9: 14, 11: 17, 13: 21}
# Harte's shorthands that are no quality of ours.
SHORTHAND = {"1": (0,), "11": (0, 4, 7, 10, 14, 17), "min11": (0, 3, 7, 10, 14, 17), "13": (0, 4, 7, 10, 14, 21),
             "min13": (0, 3, 7, 10, 14, 21), "maj13": (0, 4, 7, 11, 14, 21)}  # fmt: skip


def harte_quality(text: str) -> str:
    """Bring a quality in Harte's notation to the nearest one of ``theory.chord``.

    Examples
    --------
    >>> harte_quality("min7"), harte_quality("7(#9)"), harte_quality("1(b3,b7)"), harte_quality("maj6(9)")
    ('min7', '7#9', 'min7', '69')
    """
    base, _, rest = text.partition("(")
    if base not in SHORTHAND:
        for candidate in (text, base if base in ("7", "9", "maj9", "min9", "maj6", "min6") else text):
            try:
                return parse_quality(candidate)
            except NotationError:
                continue

    tones = set(SHORTHAND[base] if base in SHORTHAND else QUALITIES[parse_quality(base)][0])
    tones |= {degree_semitones(degree) for degree in rest.rstrip(")").split(",") if degree}
    return quality_of(frozenset(tone % 12 for tone in tones))


def harte_chord(text: str) -> tuple[int, str, int] | None:
    """Read ``root:quality/degree`` as root, quality and bass; none where it has no root (``N``).

    Examples
    --------
    >>> harte_chord("D:min7/b3"), harte_chord("N")
    ((2, 'min7', 5), None)
    """
    match = re.fullmatch(r"([A-G][#b]*):([^/]*)(?:/(.+))?", text)
    if match is None:
        return None
    root = parse_pitch_class(match[1])
    return root, harte_quality(match[2]), (root + (degree_semitones(match[3]) if match[3] else 0)) % 12


def degree_semitones(text: str) -> int:
    """Semitones of a degree such as ``b7`` above the root."""
    number = text.lstrip("#b")
    return MAJOR_DEGREES[int(number)] + text.count("#") - text.count("b")
