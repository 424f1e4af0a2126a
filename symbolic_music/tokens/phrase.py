"""A phrase of one part as plain data: what the codec encodes and decodes.

Times are ticks from the phrase's first bar line; pitches and roots are relative
to C major / A minor, as the model sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symbolic_music.theory.chord import Chord

# A note is (onset_tick, duration_tick, pitch); a chord is (onset_tick, root, quality, bass).
Note = tuple[int, int, int]
ChordRow = tuple[int, int, str, int]


@dataclass(frozen=True)
class PhraseMusic:
    """Notes and chords over ``n_bars`` bars of ``bar_ticks``.

    ``chords`` ascend; the first sounds from tick 0 unless the phrase begins
    without harmony. A note before tick 0 is an upbeat: it stands in the bar before and belongs
    to this phrase.
    """

    n_bars: int
    bar_ticks: int
    chords: tuple[ChordRow, ...] = ()
    notes: tuple[Note, ...] = ()

    def chords_of_bar(self, bar: int) -> tuple[ChordRow, ...]:
        """Chords sounding in a bar, the first one at tick 0 of it; ticks from the bar line."""
        start, end = bar * self.bar_ticks, (bar + 1) * self.bar_ticks
        before = row_at(self.chords, start)
        inside = [chord for chord in self.chords if start < chord[0] < end]
        sounding = [(start, *before[1:])] if before is not None else []
        return tuple((tick - start, root, quality, bass) for tick, root, quality, bass in [*sounding, *inside])

    def notes_of_bar(self, bar: int) -> tuple[Note, ...]:
        """Notes that begin in a bar; ticks from the bar line."""
        start, end = bar * self.bar_ticks, (bar + 1) * self.bar_ticks
        return tuple((tick - start, length, pitch) for tick, length, pitch in self.notes if start <= tick < end)

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that sounds at a tick of the phrase, ``None`` before the first."""
        row = row_at(self.chords, tick)
        return None if row is None else Chord(*row[1:])

    @property
    def upbeat(self) -> tuple[Note, ...]:
        """Notes before the first bar line; ticks from the bar line before it."""
        return tuple((tick + self.bar_ticks, length, pitch) for tick, length, pitch in self.notes if tick < 0)


def row_at(chords: Sequence[ChordRow], tick: int) -> ChordRow | None:
    """Find the chord that sounds at a tick: the last of ascending ones that has begun, ``None`` before the first.

    Examples
    --------
    >>> row_at([(0, 0, "maj", 0), (24, 7, "7", 7)], 30)
    (24, 7, '7', 7)
    """
    return next((row for row in reversed(chords) if row[0] <= tick), None)


# What a condition that is left open holds.
ANY = "any"


@dataclass(frozen=True)
class Conditions:
    """What a phrase should be: values as in ``CONDITION_VALUES``, or ``"any"`` where it is left open.

    All but the first fields and ``relation``, ``section``, ``place`` and ``style`` can be computed from the
    notes (``tokens.describe``), so that what was asked can be held against what came.
    """

    part: str
    mode: str
    meter: str
    n_bars: int
    relation: str = ANY
    source: str = ANY
    tempo: str = ANY
    section: str = ANY
    place: str = ANY
    intensity: str = ANY
    style: str = ANY
    density: str = ANY
    register: str = ANY
    top: str = ANY
    syncopation: str = ANY
    swing: str = ANY
    length: str = ANY
    leaps: str = ANY
    colour: str = ANY
    changes: str = ANY
    cadence: str = ANY
    ending: str = ANY
    degree: str = ANY
    close: str = ANY
    notes: str = ANY
    strength: str = ANY
    beside: str = ANY
    fill: str = ANY


@dataclass(frozen=True)
class PhraseJob:
    """A filling job: conditions, what stands around it, what it varies, and what is given with it.

    ``context`` and ``following`` are the bars left and right of the target; ``relative`` the first bars
    of another phrase of the same song; ``exemplar`` a few bars of the same part from elsewhere in the song
    or from the style, with their chords, which the target may play over its own chords
    (``tokens.figures``); ``chords`` the harmony a melody or band part is written over; ``beside`` the
    notes, written already, of the part that ``conditions.beside`` names.
    """

    conditions: Conditions
    bar_ticks: int
    context: PhraseMusic | None = None
    original: PhraseMusic | None = None
    chords: tuple[ChordRow, ...] = field(default=())
    following: PhraseMusic | None = None
    beside: tuple[Note, ...] = field(default=())
    relative: PhraseMusic | None = None
    exemplar: PhraseMusic | None = None
