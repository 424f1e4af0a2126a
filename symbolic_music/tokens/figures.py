"""Bars of an exemplar, played over other chords.

A figure is a bar of a band part seen from the chords that it is played over: a note is the
third, the fifth, the seventh or the bass of its chord, or a step from the root. Played over other
chords it keeps rhythm, contour and those functions. The rule is the same in training, where the
exemplar comes from elsewhere in the song, and in composing, where it comes from the style.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.theory.chord import Chord
from symbolic_music.tokens.phrase import ChordRow, Note, PhraseMusic, row_at
from symbolic_music.tokens.vocabulary import HIGHEST_PITCH, LOWEST_PITCH, nearest_duration

# Where a part's figures are kept when they move with the chords (pitches in C major / A minor).
RANGES = {"bass": (26, 58), "piano": (36, 88), "guitar": (38, 84), "arpeggio": (43, 96), "pad": (43, 91)}
WIDEST = (36, 93)
# Intervals above the root that are heard as the same function of a chord, the first one found is its tone.
_FUNCTIONS = ((4, 3, 5, 2), (7, 6, 8), (10, 11, 9))
_MEMBERS = ((3, 4), (6, 7, 8), (10, 11))


def play_figure(
    exemplar: PhraseMusic, bar: int, chords: Sequence[ChordRow], part: str, room: int | None = None
) -> tuple[Note, ...]:
    """Play a bar of an exemplar over chords.

    Parameters
    ----------
    exemplar : PhraseMusic
        Bars with the chords that they were written over.
    bar : int
        Which of its bars, from 0.
    chords : sequence of ChordRow
        Chords of the bar to be played, the first at tick 0; ticks from the bar line.
    part : str
        A band part; drums are played as they are.
    room : int, optional
        Ticks from the bar line to where all notes must have ended.

    Returns
    -------
    tuple of Note
        Onsets from the bar line, ascending by onset and pitch, each pitch once at an onset.
    """
    notes = exemplar.notes_of_bar(bar)
    own = exemplar.chords_of_bar(bar)
    if room is not None:
        notes = tuple((on, nearest_duration(min(length, room - on)), pitch) for on, length, pitch in notes)
    if part == "drums" or not chords or not own:
        return notes
    low, high = RANGES.get(part, WIDEST)
    moved = [
        (tick, length, _moved(pitch, _sounding(own, tick), _sounding(chords, tick), part))
        for tick, length, pitch in notes
    ]
    shift = min((0, 12, -12), key=lambda octave: sum(not low <= note[2] + octave <= high for note in moved))
    placed = {(tick, folded(pitch + shift)): length for tick, length, pitch in moved}
    return tuple((tick, length, pitch) for (tick, pitch), length in sorted(placed.items()))


def shown_figures(exemplar: PhraseMusic, chords: Sequence[ChordRow], part: str) -> list[tuple[Note, ...]]:
    """An exemplar's bars over the first chord of a phrase: how they stand in a prefix."""
    first = [(0, *chords[0][1:])] if chords else []
    return [play_figure(exemplar, bar, first, part) for bar in range(exemplar.n_bars)]


def distinct_bars(music: PhraseMusic, part: str, most: int) -> PhraseMusic:
    """Leave out bars that another bar of the exemplar already says, played over their chords."""
    kept: list[int] = []
    for bar in range(music.n_bars):
        notes = music.notes_of_bar(bar)
        chords = music.chords_of_bar(bar)
        known = any(play_figure(music, other, chords, part) == notes for other in kept)
        if notes and not known and len(kept) < most:
            kept.append(bar)
    length = music.bar_ticks
    moved = tuple(
        (at * length + tick, root, quality, bass)
        for at, bar in enumerate(kept)
        for tick, root, quality, bass in music.chords_of_bar(bar)
    )
    placed = tuple((at * length + n[0], n[1], n[2]) for at, bar in enumerate(kept) for n in music.notes_of_bar(bar))
    return PhraseMusic(len(kept), length, moved, placed)


def _sounding(chords: Sequence[ChordRow], tick: int) -> ChordRow:
    """The chord that sounds at a tick, the first one before it begins."""
    return row_at(chords, tick) or chords[0]


def _moved(pitch: int, own: ChordRow, new: ChordRow, part: str) -> int:
    """A note of one chord as the note of the same function of another."""
    _, root, quality, bass = own
    _, new_root, new_quality, new_bass = new
    if part == "bass" and pitch % 12 == bass:
        return pitch + _signed(new_bass - bass)
    step = (pitch - root) % 12
    tones = Chord(0, quality, 0).pitch_classes
    change = 0
    for members, choices in zip(_MEMBERS, _FUNCTIONS, strict=True):
        if step in members and step in tones:
            there = Chord(0, new_quality, 0).pitch_classes
            # A triad has no seventh: its root above stands in; a power chord has no third: its fifth does.
            fallback = 12 if members == (10, 11) else 7
            change = next((tone for tone in choices if tone in there), fallback) - step
    return pitch + _signed(new_root - root) + change


def folded(pitch: int) -> int:
    """The pitch in the octave of the vocabulary nearest to its own."""
    while pitch > HIGHEST_PITCH:
        pitch -= 12
    while pitch < LOWEST_PITCH:
        pitch += 12
    return pitch


def _signed(semitones: int) -> int:
    """The shortest way to a pitch class, -5 to 6 semitones."""
    return (semitones + 5) % 12 - 5
