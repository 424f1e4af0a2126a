"""Chords of a score in time, and notes to play them with."""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.errors import NotationError
from symbolic_music.song.score import Score
from symbolic_music.theory.chord import QUALITIES, Chord, parse_chord

MINOR_LIKE = ("min", "min7", "min6", "min9", "minmaj7", "dim", "dim7", "hdim7")


@dataclass(frozen=True)
class ChordSpan:
    """A chord over ticks ``[start_tick, end_tick)``."""

    start_tick: int
    end_tick: int
    chord: Chord


def list_chords(score: Score) -> tuple[ChordSpan, ...]:
    """List the chords of a score's symbols; texts that are no chords (N.C.) end the one before."""
    ticks = [symbol.tick for symbol in score.chord_symbols] + [score.end_tick]
    spans = []
    for symbol, end in zip(score.chord_symbols, ticks[1:], strict=True):
        try:
            spans.append(ChordSpan(symbol.tick, end, parse_chord(symbol.text)))
        except NotationError:
            continue
    return tuple(span for span in spans if span.start_tick < span.end_tick)


def voice_near(chord: Chord, centre: int, n_voices: int = 3) -> tuple[int, ...]:
    """Lay a chord's root, third and seventh or fifth in close position around a pitch."""
    steps = list(QUALITIES[chord.quality][0])
    if len(steps) > n_voices:  # the fifth says least about a chord
        steps = [step for step in steps if step != 7] if len(steps) - 1 >= n_voices else steps
        steps = steps[:n_voices]
    return tuple(sorted(pitch_near((chord.root + step) % 12, centre) for step in steps))


def pitch_near(pitch_class: int, centre: int) -> int:
    """The pitch of a class that is nearest to a centre (12 to 115, so that it is one of MIDI)."""
    below = centre - (centre - pitch_class) % 12
    return below if centre - below <= 6 else below + 12


def bass_pitch(pitch_class: int, low: int = 36) -> int:
    """The pitch of a class in the octave from ``low``."""
    return low + (pitch_class - low) % 12


def leading_chords(target: Chord) -> tuple[Chord, Chord]:
    """The two chords that lead to a chord: ii and V of it, taken as a tonic."""
    second, dominant = (target.root + 2) % 12, (target.root + 7) % 12
    quality = "hdim7" if target.quality in MINOR_LIKE else "min7"
    return Chord(second, quality, second), Chord(dominant, "7", dominant)
