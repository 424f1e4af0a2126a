"""Roman numerals as music21 has them, to compare ours with."""

from __future__ import annotations

from functools import cache
from typing import Any

from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.pitch import name_pitch_class


def judge(chord: Chord, key: Key) -> str | None:
    """Why our numeral stands where music21 writes another one; ``None`` where there is no such reason."""
    tones = set(chord.pitch_classes)
    if chord.bass not in tones:
        return "a bass outside the chord, which we write as a number and music21 as intervals"
    if chord.quality in ("5", "sus2", "sus4", "7sus4", "9sus4"):
        return "no third: music21 writes figured bass, in lower case even for a dominant of a major key"
    if chord.quality in ("maj6", "min6"):
        return "an added sixth, which music21 writes with 65, the figures of a seventh chord on its third"
    if len(tones) > 4 or chord.quality in ("add9", "madd9"):
        return "a ninth or more, which music21 writes as a row of intervals above the bass"
    sevenths = {(chord.root + step) % 12 for step in (9, 10, 11)} & tones
    if sevenths and not sevenths | {chord.root} <= set(key.pitch_classes):
        return "a seventh that the key does not have there, which music21 writes as an altered interval"
    return None


def music21_numeral(chord: Chord, key: Key) -> str:
    """The numeral that music21 writes for a chord."""
    from music21.key import Key as TheirKey
    from music21.roman import romanNumeralFromChord

    tonic = key.tonic.replace("b", "-")
    their_key = TheirKey(tonic if key.mode == "major" else tonic.lower())
    return str(romanNumeralFromChord(their_chord(chord, key), their_key).figure)


def their_chord(chord: Chord, key: Key) -> Any:
    """The chord as music21's chord symbol."""
    from music21.harmony import ChordSymbol

    root, bass = (name_pitch_class(tone, key.fifths).replace("b", "-") for tone in (chord.root, chord.bass))
    return ChordSymbol(root=root, kind=QUALITIES[chord.quality][2], bass=bass)


@cache
def means_the_same(chord: Chord, key: Key, numeral: str) -> bool:
    """Whether music21 reads a numeral as the tones and the bass of a chord, or as those of its chord symbol.

    In its symbols a thirteenth has an eleventh, in ours as in bands none.
    """
    from music21.key import Key as TheirKey
    from music21.roman import RomanNumeral

    tonic = key.tonic.replace("b", "-")
    theirs = TheirKey(tonic if key.mode == "major" else tonic.lower())
    try:
        read = RomanNumeral(in_their_letters(numeral), theirs)
    except Exception:
        return False
    tones = {pitch.pitchClass for pitch in read.pitches}
    symbol = {pitch.pitchClass for pitch in their_chord(chord, key).pitches}
    return tones in (set(chord.pitch_classes), symbol) and read.bass().pitchClass == chord.bass


def in_their_letters(numeral: str) -> str:
    """Our numeral in music21's letters: ``o`` for the diminished, sevenths of the key without ``maj``."""
    return numeral.replace("°", "o").replace("maj", "")


@cache
def agrees(chord: Chord, key: Key, numeral: str) -> bool:
    """Whether music21 writes the same numeral, but for ``bVI`` in minor, which harmony books call ``VI`` there."""
    theirs = music21_numeral(chord, key)
    theirs = theirs.removeprefix("b") if key.mode == "minor" and theirs.startswith("bVI") else theirs
    return theirs == in_their_letters(numeral)
