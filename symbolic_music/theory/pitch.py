"""Pitch classes and their spelling.

A pitch is a MIDI number (60 = C4); a pitch class is 0 to 11 with C = 0. A
spelled pitch has a step (A to G) and accidentals (``#`` or ``b``).
"""

from __future__ import annotations

import re

from symbolic_music.errors import NotationError

NATURAL_PITCH_CLASS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

_NAME = re.compile(r"([A-Ga-g])(#{1,2}|b{1,2}|♯|♭)?$")


def parse_pitch_class(text: str) -> int:
    """Read a spelled pitch class such as ``F#`` or ``Bb``.

    Parameters
    ----------
    text : str
        A letter A to G in any case, then up to two # or b.

    Returns
    -------
    int
        0 to 11, C = 0.

    Raises
    ------
    NotationError
        If the text is not a letter A to G with # or b.

    Examples
    --------
    >>> parse_pitch_class("Bb")
    10
    """
    match = _NAME.match(text.strip())
    if match is None:
        raise NotationError(f"{text!r} is not a note name; write A to G with # or b, e.g. 'F#'")
    accidentals = (match[2] or "").replace("♯", "#").replace("♭", "b")
    shift = accidentals.count("#") - accidentals.count("b")
    return (NATURAL_PITCH_CLASS[match[1].upper()] + shift) % 12


def name_pitch_class(pitch_class: int, fifths: int = 0) -> str:
    """Spell a pitch class for a key signature (``fifths`` < 0 means flats).

    Parameters
    ----------
    pitch_class : int
        Any integer, C = 0; taken modulo 12.
    fifths : int, optional
        Key signature, -7 (flats) to 7 (sharps).

    Returns
    -------
    str
        One letter and perhaps one accidental.
    """
    return (FLAT_NAMES if fifths < 0 else SHARP_NAMES)[pitch_class % 12]


def name_pitch(pitch: int, fifths: int = 0) -> str:
    """Spell a MIDI pitch with its octave, 60 being ``C4``.

    Parameters
    ----------
    pitch : int
        MIDI pitch, 0 to 127.
    fifths : int, optional
        Key signature, -7 (flats) to 7 (sharps).

    Returns
    -------
    str
        Such as ``F#4``; the lowest octave is -1.
    """
    return f"{name_pitch_class(pitch, fifths)}{pitch // 12 - 1}"
