"""Spell pitches for a key: which of F# and Gb is meant.

Names lie on the line of fifths (… Bb F C G D A E B F# …, C = 0); a key takes a
window of twelve neighbours of it, so that every pitch class has one name.
"""

from __future__ import annotations

from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key

_LINE = "FCGDAEB"
# Fifths from the root to a chord tone, by semitones: thirds, fifths and sevenths as in the symbol.
_TONE_FIFTHS = {0: 0, 1: -5, 2: 2, 3: -3, 4: 4, 5: -1, 6: -6, 7: 1, 8: 8, 9: 3, 10: -2, 11: 5}
_DIMINISHED = ("dim", "dim7", "hdim7")
# No double flats, and double sharps only where a key has seven sharps.
_FLATTEST, _SHARPEST_START = -8, 1

Spelled = tuple[str, int]


def spell_pitch_class(pitch_class: int, key: Key) -> Spelled:
    """Spell a melody note: raised tones sharp, the lowered third and seventh flat.

    Returns
    -------
    (step, alteration)
        A letter A to G, and -1 for flat, 1 for sharp.

    Examples
    --------
    >>> from symbolic_music.theory.key import parse_key
    >>> spell_pitch_class(8, parse_key("A minor"))
    ('G', 1)
    """
    return _name(_in_window(pitch_class, key.fifths - 3))


def spell_chord(chord: Chord, key: Key) -> tuple[Spelled, Spelled]:
    """Spell a chord's root and bass; a bass that is a chord tone as such."""
    # Borrowed chords stand on flat degrees (Ab in C major); diminished ones lead up from sharp ones.
    start = key.fifths - (3 if chord.quality in _DIMINISHED else 5)
    root = _in_window(chord.root, start)
    bass = _in_window(chord.bass, start)
    as_tone = root + _TONE_FIFTHS[(chord.bass - chord.root) % 12]
    if chord.bass in chord.pitch_classes and _FLATTEST <= as_tone <= 12:
        bass = as_tone
    return _name(root), _name(bass)


def fifths_to_key(fifths: int, mode: str) -> Key:
    """Find the key of a mode that has a key signature, -7 to 7."""
    step, alteration = _name(fifths + (3 if mode == "minor" else 0))
    return Key(step + ("#" * alteration if alteration > 0 else "b" * -alteration), mode)


def transpose_fifths(fifths: int, semitones: int) -> int:
    """Find the key signature of a key that is moved: with six sharps at most, or as it was if by octaves.

    Examples
    --------
    >>> transpose_fifths(2, -2)
    0
    """
    sounding = fifths + 7 * semitones % 12
    while sounding > (7 if not semitones % 12 else 6):
        sounding -= 12
    return sounding


def _in_window(pitch_class: int, start: int) -> int:
    """Find the place on the line of fifths among twelve from a start."""
    start = min(max(start, _FLATTEST), _SHARPEST_START)
    # A fifth is seven semitones, and 7 * 7 = 1 modulo 12.
    return start + (pitch_class * 7 - start) % 12


def _name(place: int) -> Spelled:
    """Name a place on the line of fifths."""
    return _LINE[(place + 1) % 7], (place + 1) // 7
