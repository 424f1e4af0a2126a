"""Keys: a tonic and a mode (``A minor``).

The engine composes in C major or A minor and transposes, so a key's
``tonic_shift`` is the one number the rest of the package needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbolic_music.errors import NotationError
from symbolic_music.theory.pitch import parse_pitch_class

MODES = ("major", "minor")
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
# Reference tonic per mode: the model sees C major / A minor.
REFERENCE_TONIC = {"major": 0, "minor": 9}

_KEY = re.compile(r"\s*([A-Ga-g](?:#|b|♯|♭)?)\s*[- ]?\s*(major|minor|maj|min|dur|moll|m|M)?\s*$")


@dataclass(frozen=True)
class Key:
    """A tonic as spelled (``"F#"``) and a mode (``"major"`` or ``"minor"``)."""

    tonic: str
    mode: str

    @property
    def tonic_pitch_class(self) -> int:
        """Pitch class of the tonic, 0 to 11."""
        return parse_pitch_class(self.tonic)

    @property
    def tonic_shift(self) -> int:
        """Semitones from the reference key (C major or A minor), -6 to 5."""
        shift = (self.tonic_pitch_class - REFERENCE_TONIC[self.mode]) % 12
        return shift - 12 if shift > 5 else shift

    @property
    def fifths(self) -> int:
        """Key signature, -7 (flats) to 7 (sharps)."""
        return _fifths(self.tonic, self.mode)

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The scale's seven pitch classes (natural minor), from the tonic."""
        return tuple((self.tonic_pitch_class + step) % 12 for step in SCALES[self.mode])

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"


def parse_key(text: str) -> Key:
    """Read a key such as ``C major``, ``f# minor``, ``Bbm`` or ``Eb``.

    A tonic alone means major; a key with more than seven accidentals is
    written with its enharmonic tonic.

    Parameters
    ----------
    text : str
        A tonic A to G with # or b, then perhaps a mode in English or German or ``m``.

    Returns
    -------
    Key
        With at most seven sharps or flats.

    Raises
    ------
    NotationError
        If the text is not a key.

    Examples
    --------
    >>> str(parse_key("Bbm"))
    'Bb minor'
    """
    match = _KEY.match(text) if isinstance(text, str) else None
    if match is None:
        raise NotationError(f"{text!r} is not a key; write a tonic A to G with # or b, then a mode, e.g. 'B minor'")
    tonic = match[1][0].upper() + match[1][1:].replace("♯", "#").replace("♭", "b")
    word = match[2] or "major"
    mode = "minor" if word in ("m", "min", "minor", "moll") else "major"
    if abs(_fifths(tonic, mode)) > 7:
        return key_of(parse_pitch_class(tonic), mode)
    return Key(tonic, mode)


def key_of(tonic_pitch_class: int, mode: str) -> Key:
    """Spell the key on a tonic with the fewest accidentals (Gb for six).

    Parameters
    ----------
    tonic_pitch_class : int
        Any integer, C = 0; taken modulo 12.
    mode : str
        ``major`` or ``minor``.

    Returns
    -------
    Key
        Of two spellings with as many accidentals, the one with flats.
    """
    letters = [step + mark for step in "CDEFGAB" for mark in ("", "b", "#")]
    fitting = [name for name in letters if parse_pitch_class(name) == tonic_pitch_class % 12]
    best = min(fitting, key=lambda name: (abs(_fifths(name, mode)), _fifths(name, mode)))
    return Key(best, mode)


def key_beside(tonic_pitch_class: int, mode: str, other: Key) -> Key:
    """Spell a key as it is read beside another: of two spellings with as many accidentals, the other's kind.

    Examples
    --------
    >>> str(key_beside(6, "major", Key("E", "major"))), str(key_beside(6, "major", Key("Ab", "major")))
    ('F# major', 'Gb major')
    """
    plain = key_of(tonic_pitch_class, mode)
    has_sharps = _fifths(other.tonic, other.mode) > 0
    sharp = {"Gb": "F#", "Eb": "D#"}.get(plain.tonic)
    is_even = sharp is not None and _fifths(sharp, mode) == -_fifths(plain.tonic, mode)
    return Key(sharp, mode) if sharp is not None and is_even and has_sharps else plain


def _fifths(tonic: str, mode: str) -> int:
    """Count sharps (positive) or flats (negative) of a key's signature."""
    line = "FCGDAEB"
    base = line.index(tonic[0]) - 1 + 7 * (tonic.count("#") - tonic.count("b"))
    return base - (3 if mode == "minor" else 0)
