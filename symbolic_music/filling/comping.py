"""Chords, pads, arpeggios and lines from a style's figures, led from chord to chord.

A figure's rhythm stays whatever the chords do: every strike belongs to one chord (``harmony``), what
rings over a change is struck again or held where its tone stays. Single notes are transposed with the
chord's root, at most a fifth up or down. Strikes of several notes are *voiced*: of the figure's voicing and
its inversions the one that moves least from the strike before, near the written register and above
the low interval limits. Fifths and octaves alone (power chords) move in parallel. A section begins anew, so
that one that returns is voiced as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from symbolic_music.filling.harmony import Harmony
from symbolic_music.filling.units import FigureOf, SongBar, bar_of
from symbolic_music.styles.figures import APPROACH, BASE_PITCH, FigureMusic, FigureNote
from symbolic_music.styles.functions import OCTAVE, Ground, semitones_of
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.intervals import is_muddy
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
VELOCITY = 84
# How far the root lies from that of a C chord, in semitones: the guitar's never below its lowest string.
SHIFTS = {"guitar": (-8, 5)}
USUAL_SHIFTS = (-7, 7)
# Prices of a voicing: a semitone of movement a voice, a semitone away from home, mud, another lowest note than the
# root where nobody plays a bass.
_MOVE, _AWAY, _MUD, _UNROOTED = 1.0, 0.6, 6.0, 20.0
# Power chords keep their shape: on the root, and on the fifth, whose own fifth is a ninth that no chord flattens.
_OPEN_FUNCTIONS, _ON_THE_FIFTH = {"R", "5"}, {"5", "2"}
FIFTH = 7
INVERSIONS = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Comping:
    """What a part needs to know beside its figures: its name, the style's colour, where nobody plays a bass."""

    part: str
    colour: str = ""
    without_bass: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Strike:
    """Notes struck together over one chord, with their functions and written pitches over C."""

    onset: int
    ends: tuple[int, ...]
    notes: tuple[FigureNote, ...]
    place: int
    chord: Chord
    continues: bool = False


@dataclass
class _Hand:
    """What a player remembers inside a section.

    The root's shift, the last voicing by size and register, and where a pad lies all through.
    """

    shift: int | None = None
    home: float | None = None
    last: dict[tuple[int, int], list[int]] = field(default_factory=dict)


def play_chords(bars: Sequence[SongBar], figure_of: FigureOf, harmony: Harmony, comping: Comping) -> list[Row]:
    """Play a pitched part, other than the bass, of some bars.

    Parameters
    ----------
    bars : sequence of SongBar
        Those in which the part plays.

    Returns
    -------
    list of (onset, duration, pitch, velocity)
        In ticks from the song's start, in the sheet's keys.
    """
    rows: list[Row] = []
    starts = {bar.start for bar in bars}
    hand, section = _Hand(), ""
    for bar in bars:
        music = figure_of(bar)
        if music is None:
            continue
        if bar.section.name != section:
            hand, section = _Hand(), bar.section.name
        rooted = bar.section.name in comping.without_bass
        for strike in _strikes_of_bar(bar, music, harmony, bar.end in starts):
            pitches = _voiced(strike, harmony, comping, hand, rooted)
            rows += [(strike.onset, end - strike.onset, pitch, VELOCITY) for end, pitch in pitches]
    return _bound(rows, harmony) if comping.part == "pad" else rows


def _strikes_of_bar(bar: SongBar, music: FigureMusic, harmony: Harmony, goes_on: bool) -> Iterator[_Strike]:
    """The strikes of a bar; what rings over a change of chord is struck again there, if a beat is left."""
    number, notes = bar_of(music, bar)
    onsets = sorted({note.onset_tick for note in notes})
    for tick in onsets:
        own = tuple(note for note in notes if note.onset_tick == tick)
        is_ahead = goes_on and (number, tick) in music.ahead
        start = bar.start + tick
        ends = [start + note.duration_tick for note in own]
        ends = ends if is_ahead else [min(end, bar.end) for end in ends]
        yield from _cut_at_changes(start, ends, own, bar, harmony, is_ahead)


def _cut_at_changes(
    start: int, ends: list[int], notes: tuple[FigureNote, ...], bar: SongBar, harmony: Harmony, is_ahead: bool
) -> Iterator[_Strike]:
    """One strike for every chord that a strike rings through."""
    last, onset, continues = max(ends), start, False
    while onset < last:
        place = harmony.place_of(onset, last, bar.end, is_ahead)
        stop = next(iter(harmony.changes_in(max(onset, place), last)), last)
        chord = harmony.chord_at(place)
        going = [(end, note) for end, note in zip(ends, notes, strict=True) if end > onset]
        if chord is not None and not (continues and last - onset < TPQ // 2):
            yield _Strike(
                onset, tuple(min(end, stop) for end, _ in going), tuple(note for _, note in going), place, chord,
                continues,
            )  # fmt: skip
        onset, continues, is_ahead = stop, True, False


def _voiced(strike: _Strike, harmony: Harmony, comping: Comping, hand: _Hand, rooted: bool) -> list[tuple[int, int]]:
    """Ends and pitches of a strike."""
    key = harmony.key_at(strike.place)
    is_ground = rooted and _is_ground(strike.notes)
    hand.shift = _shift(strike.chord.root, comping.part, hand.shift)
    base = BASE_PITCH[comping.part] + hand.shift
    passes = len(strike.notes) == 1 and strike.ends[0] - strike.onset <= TPQ
    ground = Ground(strike.chord, key, _colour(strike, harmony, comping), passes, harmony.is_given(strike.place))
    pitches = []
    for note in strike.notes:
        function = "R" if note.function == APPROACH else note.function
        pitch = base + semitones_of(function, ground) + OCTAVE * note.octave
        if function == "R" and (note.octave < 0 or (is_ground and note.octave == 0)):
            # What lies in the bass's register is the chord's bass.
            pitch += (strike.chord.bass - strike.chord.root + 6) % OCTAVE - 6
        pitches.append(pitch - 1 if note.function == APPROACH else pitch)
    if comping.part == "guitar" and {note.function for note in strike.notes} == _ON_THE_FIFTH:
        pitches = _open_fifths(strike.notes, pitches)
    if len(set(pitches)) > 1:
        home = sum(note.pitch for note in strike.notes) / len(strike.notes)
        if comping.part == "pad":
            hand.home = home = hand.home or home
        pitches = _led(pitches, home, hand, {note.function for note in strike.notes}, is_ground)
    elif comping.part == "pad":
        pitches = [_held(pitches[0], strike.notes[0].pitch, hand)] * len(pitches)
    longest: dict[int, int] = {}
    for end, pitch in zip(strike.ends, pitches, strict=True):
        longest[pitch] = max(end, longest.get(pitch, 0))
    return [(end, pitch) for pitch, end in longest.items()]


def _open_fifths(notes: Sequence[FigureNote], pitches: Sequence[int]) -> list[int]:
    """A power chord on the fifth: what stands over it in the figure is a pure fifth away."""
    fifth = next(pitch for note, pitch in zip(notes, pitches, strict=True) if note.function == "5")
    return [
        pitch if note.function == "5" else pitch + (fifth + FIFTH - pitch + 6) % OCTAVE - 6
        for note, pitch in zip(notes, pitches, strict=True)
    ]


def _is_ground(notes: Sequence[FigureNote]) -> bool:
    """Whether a strike's lowest note is a low root: a bass for those who have none."""
    lowest = min(notes, key=lambda note: note.pitch)
    return lowest.function == "R" and lowest.octave <= 0


def _colour(strike: _Strike, harmony: Harmony, comping: Comping) -> str:
    """The style's colour, unless the tune sings a semitone beside the seventh that it adds."""
    if not comping.colour:
        return ""
    ground = Ground(strike.chord, harmony.key_at(strike.place), comping.colour)
    added = (strike.chord.root + semitones_of("7", ground)) % OCTAVE
    sung = harmony.sung_in(strike.onset, max(strike.ends))
    return "" if {(added + 1) % OCTAVE, (added - 1) % OCTAVE} & sung else comping.colour


def _shift(root: int, part: str, before: int | None) -> int:
    """How far the root is transposed: as near as can be to where the last chord's root was."""
    low, high = SHIFTS.get(part, USUAL_SHIFTS)
    places = [shift for shift in (root - OCTAVE, root) if low <= shift <= high]
    return min(places, key=lambda shift: (abs(shift - (before or 0)) + abs(shift) / 2, shift))


def _led(pitches: list[int], home: float, hand: _Hand, functions: set[str], rooted: bool) -> list[int]:
    """The inversion of a voicing that moves least from the last strike of its size and register."""
    place = (len(pitches), round(home / 6))
    before = hand.last.get(place)
    is_open = functions <= _OPEN_FUNCTIONS or functions == _ON_THE_FIFTH
    ways = [pitches] if is_open else [way for turn in INVERSIONS if (way := _inverted(pitches, turn)) is not None]
    if hand.home is not None:
        ways += [[pitch + step for pitch in way] for way in ways for step in (-OCTAVE, OCTAVE)]

    def price(way: list[int]) -> float:
        away = abs(sum(way) / len(way) - home)
        mud = sum(is_muddy(low, high) for low, high in _neighbours(way))
        unrooted = rooted and pitches.index(min(pitches)) != way.index(min(way))
        return _MOVE * _movement(before, way) + _AWAY * away + _MUD * mud + _UNROOTED * unrooted

    best = min(ways, key=price)
    hand.last[place] = sorted(best)
    return best


def _held(pitch: int, home: int, hand: _Hand) -> int:
    """A pad's single note: in the octave nearest to the one before it."""
    before = hand.last.get((1, 0), [home])[0]
    places = [pitch - OCTAVE, pitch, pitch + OCTAVE]
    best = min(places, key=lambda place: _MOVE * abs(place - before) + _AWAY * abs(place - home))
    hand.last[1, 0] = [best]
    return best


def _inverted(pitches: list[int], turn: int) -> list[int] | None:
    """Move the lowest notes up an octave, or the highest down; each keeps its place in the list."""
    if abs(turn) >= len(pitches):
        return None
    order = sorted(range(len(pitches)), key=lambda index: pitches[index])
    moved = order[:turn] if turn > 0 else order[turn:] if turn < 0 else []
    step = OCTAVE if turn > 0 else -OCTAVE
    found = [pitch + step * (index in moved) for index, pitch in enumerate(pitches)]
    return found if len(set(found)) == len(set(pitches)) else None


def _neighbours(pitches: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of notes that lie beside each other, from low to high."""
    ordered = sorted(pitches)
    return pairwise(ordered)


def _movement(before: list[int] | None, after: Sequence[int]) -> float:
    """Semitones that a voice moves on average; nothing moves at the start."""
    if before is None:
        return 0.0
    pairs = zip(before, sorted(after), strict=True)
    return sum(abs(one - other) for one, other in pairs) / len(before)


def _bound(rows: list[Row], harmony: Harmony) -> list[Row]:
    """Hold a pad's tones that stay where a chord only continues."""
    bound: dict[int, Row] = {}
    done: list[Row] = []
    for row in sorted(rows):
        last = bound.get(row[2])
        if last is not None and last[0] + last[1] == row[0] and row[0] in harmony.changes and row[0] % TPQ == 0:
            bound[row[2]] = (last[0], last[1] + row[1], row[2], row[3])
            continue
        if last is not None:
            done.append(last)
        bound[row[2]] = row
    return sorted([*done, *bound.values()])
