"""Roman numerals as music21 has them, to compare ours with."""

from __future__ import annotations

from functools import cache

from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.pitch import name_pitch_class

# music21 names what stands above the bass by intervals: right for triads and sevenths, unreadable for the rest.
SPELLED = frozenset({"maj", "min", "dim", "aug", "7", "maj7", "min7", "dim7", "hdim7"})


def has_spelling(chord: Chord) -> bool:
    """Whether music21's figures are those of harmony books: triads and sevenths over one of their tones."""
    return chord.quality in SPELLED and chord.bass in chord.pitch_classes


def music21_numeral(chord: Chord, key: Key) -> str:
    """The numeral that music21 writes for a chord."""
    from music21.harmony import ChordSymbol
    from music21.key import Key as TheirKey
    from music21.roman import romanNumeralFromChord

    root, bass = (name_pitch_class(tone, key.fifths).replace("b", "-") for tone in (chord.root, chord.bass))
    symbol = ChordSymbol(root=root, kind=QUALITIES[chord.quality][2], bass=bass)
    tonic = key.tonic.replace("b", "-")
    return str(romanNumeralFromChord(symbol, TheirKey(tonic if key.mode == "major" else tonic.lower())).figure)


@cache
def means_the_same(chord: Chord, key: Key, numeral: str) -> bool:
    """Whether music21 reads a numeral as the tones and the bass of a chord."""
    from music21.key import Key as TheirKey
    from music21.roman import RomanNumeral

    tonic = key.tonic.replace("b", "-")
    theirs = TheirKey(tonic if key.mode == "major" else tonic.lower())
    try:
        read = RomanNumeral(in_their_letters(numeral), theirs)
    except Exception:
        return False
    tones = {pitch.pitchClass for pitch in read.pitches}
    return tones == set(chord.pitch_classes) and read.bass().pitchClass == chord.bass


def in_their_letters(numeral: str) -> str:
    """Our numeral in music21's letters: ``o`` for the diminished, sevenths of the key without ``maj``."""
    return numeral.replace("°", "o").replace("maj", "")


@cache
def agrees(chord: Chord, key: Key, numeral: str) -> bool:
    """Whether music21 writes the same numeral, but for ``bVI`` in minor, which harmony books call ``VI`` there."""
    theirs = music21_numeral(chord, key)
    theirs = theirs.removeprefix("b") if key.mode == "minor" and theirs.startswith("bVI") else theirs
    return theirs == in_their_letters(numeral)
