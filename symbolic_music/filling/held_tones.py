"""Held notes of chord parts give way when the harmony leaves them.

What is struck on a strong beat is a chord tone by the grammar's mask. A note held into a new chord, or from
between the beats into a strong one, can still be foreign there: it ends, and where a beat or more of it is left the
nearest chord tone takes over, as a string player's finger does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.phrase import Note, PhraseMusic


def fit_held(notes: Sequence[Note], harmony: PhraseMusic, meter: Meter) -> tuple[Note, ...]:
    """End every note where it becomes foreign to the chord on a strong beat or at a change of chord.

    Parameters
    ----------
    notes : sequence of (onset, duration, pitch)
        In ticks from the phrase's first bar line, in the harmony's key.
    harmony : PhraseMusic
        The chords of the phrase.

    Returns
    -------
    tuple of Note
        In order of onset and pitch; each pitch once at an onset.
    """
    chords = [(tick, Chord(root, quality, bass)) for tick, root, quality, bass in harmony.chords]
    strong = {bar * meter.bar_ticks + tick for bar in range(harmony.n_bars) for tick in meter.strong_ticks}
    stops = sorted(strong | {tick for tick, _ in chords})
    fitted: dict[tuple[int, int], Note] = {}
    for note in notes:
        for onset, length, pitch in _pieces(note, chords, stops, meter.beat_ticks):
            kept = fitted.get((onset, pitch))
            fitted[onset, pitch] = (onset, max(length, kept[1] if kept else 0), pitch)
    return tuple(fitted[place] for place in sorted(fitted))


def _pieces(note: Note, chords: Sequence[tuple[int, Chord]], stops: Sequence[int], beat: int) -> Iterator[Note]:
    """A note up to where it is foreign, and what takes over there."""
    onset, length, pitch = note
    end = onset + length
    for stop in stops:
        if not onset < stop < end:
            continue
        chord = next((chord for tick, chord in reversed(chords) if tick <= stop), None)
        tones = chord.pitch_classes | {chord.bass} if chord is not None else frozenset(range(12))
        if pitch % 12 in tones:
            continue
        yield onset, stop - onset, pitch
        if end - stop < beat:
            return
        onset, pitch = stop, _nearest(pitch, tones)
    yield onset, end - onset, pitch


def _nearest(pitch: int, tones: frozenset[int]) -> int:
    """The pitch of a chord tone nearest to one that is none."""
    return next(pitch + step for step in (-1, 1, -2, 2, -3, 3, -4, 4, -5, 5, 6) if (pitch + step) % 12 in tones)
