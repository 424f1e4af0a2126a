"""Chords as roman numerals: where a chord stands in its key."""

from __future__ import annotations

from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key

# By semitones from the tonic; outside the scale a flat, as pop and jazz write it.
_MAJOR = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
_MINOR = ("I", "bII", "II", "III", "#III", "IV", "#IV", "V", "VI", "#VI", "VII", "#VII")
_SHORT = {"dim": "°", "dim7": "°7", "hdim7": "ø7", "aug": "+", "min": "", "maj": ""}


def roman_numeral(chord: Chord, key: Key) -> str:
    """Write a chord as a numeral of a key: small letters for chords with a minor third.

    Parameters
    ----------
    chord : Chord
        Any; its bass comes after a slash, as a numeral of its degree.
    key : Key
        Major or minor; in minor, VI and VII are those of natural minor.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> [roman_numeral(parse_chord(text), Key("C", "major")) for text in ("Am7", "Bb", "G7", "Bdim")]
    ['vi7', 'bVII', 'V7', 'vii°']
    """
    degrees = _MINOR if key.mode == "minor" else _MAJOR
    numeral = degrees[(chord.root - key.tonic_pitch_class) % 12]
    tones = QUALITIES[chord.quality][0]
    if 3 in tones and 4 not in tones:
        numeral = numeral.lower()
    text = _SHORT.get(chord.quality, QUALITIES[chord.quality][1])
    if numeral.islower() and text.startswith("m") and not text.startswith("maj"):
        text = text[1:]  # the small letters say it
    whole = numeral + text
    return whole if chord.bass == chord.root else f"{whole}/{degrees[(chord.bass - key.tonic_pitch_class) % 12]}"
