"""Chord symbols: root, quality, bass.

``QUALITIES`` is the table from which intervals, texts and MusicXML kinds come.
Symbols follow common lead-sheet practice (``Am7/G``, ``F#dim``, ``Bbmaj7``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from symbolic_music.errors import NotationError
from symbolic_music.theory.chord_text import intervals_of
from symbolic_music.theory.pitch import name_pitch_class, parse_pitch_class

# quality: (intervals above the root, symbol text, MusicXML kind)
QUALITIES: dict[str, tuple[tuple[int, ...], str, str]] = {
    "maj": ((0, 4, 7), "", "major"),
    "min": ((0, 3, 7), "m", "minor"),
    "dim": ((0, 3, 6), "dim", "diminished"),
    "aug": ((0, 4, 8), "aug", "augmented"),
    "sus2": ((0, 2, 7), "sus2", "suspended-second"),
    "sus4": ((0, 5, 7), "sus4", "suspended-fourth"),
    "5": ((0, 7), "5", "power"),
    "7": ((0, 4, 7, 10), "7", "dominant"),
    "maj7": ((0, 4, 7, 11), "maj7", "major-seventh"),
    "min7": ((0, 3, 7, 10), "m7", "minor-seventh"),
    "dim7": ((0, 3, 6, 9), "dim7", "diminished-seventh"),
    "hdim7": ((0, 3, 6, 10), "m7b5", "half-diminished"),
    "7sus4": ((0, 5, 7, 10), "7sus4", "suspended-fourth"),
    "maj6": ((0, 4, 7, 9), "6", "major-sixth"),
    "min6": ((0, 3, 7, 9), "m6", "minor-sixth"),
    "add9": ((0, 2, 4, 7), "add9", "major"),
    "maj9": ((0, 2, 4, 7, 11), "maj9", "major-ninth"),
    "min9": ((0, 2, 3, 7, 10), "m9", "minor-ninth"),
    "9": ((0, 2, 4, 7, 10), "9", "dominant-ninth"),
    "minmaj7": ((0, 3, 7, 11), "mMaj7", "major-minor"),
    "aug7": ((0, 4, 8, 10), "aug7", "augmented-seventh"),
    # Tensions and altered tones; in MusicXML the nearest kind with degrees.
    "13": ((0, 2, 4, 7, 9, 10), "13", "dominant-13th"),
    "9sus4": ((0, 2, 5, 7, 10), "9sus4", "suspended-fourth"),
    "69": ((0, 2, 4, 7, 9), "69", "major-sixth"),
    "min11": ((0, 2, 3, 5, 7, 10), "m11", "minor-11th"),
    "madd9": ((0, 2, 3, 7), "madd9", "minor"),
    "add11": ((0, 4, 5, 7), "add11", "major"),
    "7b9": ((0, 1, 4, 7, 10), "7b9", "dominant"),
    "7#9": ((0, 3, 4, 7, 10), "7#9", "dominant"),
    "7#11": ((0, 4, 6, 7, 10), "7#11", "dominant"),
    "7b13": ((0, 4, 7, 8, 10), "7b13", "dominant"),
    "7alt": ((0, 1, 3, 4, 8, 10), "7alt", "dominant"),
    "7b5": ((0, 4, 6, 10), "7b5", "dominant"),
    "maj7#11": ((0, 4, 6, 7, 11), "maj7#11", "major-seventh"),
    "maj7#5": ((0, 4, 8, 11), "maj7#5", "major-seventh"),
    "maj13": ((0, 2, 4, 7, 9, 11), "maj13", "major-13th"),
    "majb5": ((0, 4, 6), "(b5)", "major"),
}

# Texts whose tones are voiced by habit: what is written and what is played differ.
_BY_HABIT = {
    "9#11": "7#11", "7#5#9": "7alt", "7b5b9": "7alt", "7b5#9": "7alt", "7#5b9": "7alt",
    "(9)": "add9", "maj(9)": "add9", "sus4(b7)": "7sus4",
}  # fmt: skip
_BY_TEXT = {row[1]: quality for quality, row in QUALITIES.items()}
_BY_TONES = {frozenset(row[0]): quality for quality, row in reversed(QUALITIES.items())}
# H is the B of German and Slavic sheets.
# So many letters of what is no chord are said.
_SHOWN = 40
_SYMBOL = re.compile(r"([A-Ha-g](?:#|b|♯|♭)?)(.*?)(?:/([A-H](?:#|b|♯|♭)?))?$")


@dataclass(frozen=True)
class Chord:
    """Root and bass as pitch classes 0 to 11, quality a key of ``QUALITIES``."""

    root: int
    quality: str
    bass: int

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The chord's tones, without a foreign bass."""
        return frozenset((self.root + step) % 12 for step in QUALITIES[self.quality][0])

    def transpose(self, semitones: int) -> Chord:
        """Move the chord by semitones.

        Parameters
        ----------
        semitones : int
            Upwards; negative moves down.

        Returns
        -------
        Chord
            Root and bass moved alike, the quality kept.
        """
        return Chord((self.root + semitones) % 12, self.quality, (self.bass + semitones) % 12)

    def symbol(self, fifths: int = 0) -> str:
        """Write the chord symbol, spelled for a key signature.

        Parameters
        ----------
        fifths : int, optional
            Key signature, -7 (flats) to 7 (sharps); below 0 black keys are spelled with flats.

        Returns
        -------
        str
            Such as ``Am7/G``; ``parse_chord`` reads it back.
        """
        text = name_pitch_class(self.root, fifths) + QUALITIES[self.quality][1]
        return text if self.bass == self.root else f"{text}/{name_pitch_class(self.bass, fifths)}"


@lru_cache(maxsize=1024)
def parse_chord(text: str) -> Chord:
    """Read a chord symbol.

    Parameters
    ----------
    text : str
        Root, quality, and a bass after a slash, as lead sheets have them: ``C``, ``F#m7``, ``Bb7/D``.

    Returns
    -------
    Chord
        With the root as bass where none is written.

    Raises
    ------
    NotationError
        If root, quality or bass is not known; the message lists what is.

    Examples
    --------
    >>> parse_chord("F#m7/E").symbol(1)
    'F#m7/E'
    """
    match = _SYMBOL.match(text.strip())
    if match is None:
        raise NotationError(f"{text[:_SHOWN]!r} is not a chord symbol; write e.g. C, Am7, F#dim, G7/B")
    quality = parse_quality(match[2].strip(), text)
    root = _letter(match[1])
    return Chord(root, quality, _letter(match[3]) if match[3] else root)


def _letter(name: str) -> int:
    """Read a root's name; ``H`` is B."""
    return parse_pitch_class(name.replace("H", "B"))


def parse_quality(text: str, symbol: str = "") -> str:
    """Read a quality text such as ``m7``; see ``QUALITIES`` for those known.

    Parameters
    ----------
    text : str
        What stands after the root, with or without brackets.
    symbol : str, optional
        The whole symbol, for the message.

    Returns
    -------
    str
        A key of ``QUALITIES``.

    Raises
    ------
    NotationError
        If the text is no quality; the message lists those known.
    """
    bare = text.replace("(", "").replace(")", "")
    for candidate in (text, bare):
        for table in (_BY_HABIT, _BY_TEXT, {quality: quality for quality in QUALITIES}):
            if candidate in table:
                return table[candidate]
    tones = intervals_of(text)
    if tones in _BY_TONES:
        return _BY_TONES[tones]
    known = ", ".join(repr(t) for t in _BY_TEXT)
    near = None if tones is None else f"the nearest that is played is {QUALITIES[quality_of(tones)][1]!r}"
    raise NotationError(
        f"chord {(symbol or text)[:_SHOWN]!r}: quality {text[:_SHOWN]!r} is not known; known are {known}", near
    )


def quality_of(intervals: frozenset[int]) -> str:
    """Find the quality that shares most tones with a set of intervals above the root.

    Parameters
    ----------
    intervals : frozenset[int]
        Semitones above the root, 0 to 11.

    Returns
    -------
    str
        A key of ``QUALITIES``; of two that fit alike the one with fewer tones.
    """

    def distance(quality: str) -> tuple[int, int]:
        own = frozenset(QUALITIES[quality][0])
        return len(own ^ intervals), len(own)

    return min(QUALITIES, key=distance)


# What stands in a chart where no chord sounds.
NO_CHORD = "N.C."


def means_no_chord(text: str) -> bool:
    """Tell whether a text says that no chord sounds: ``N.C.``, ``NC``, ``no chord``."""
    return "".join(text.lower().split()).replace(".", "") in ("nc", "nochord", "tacet")
