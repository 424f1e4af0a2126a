"""How music is written down: note values, ties over bar lines, beams, tuplets.

Everything here is in engine ticks (``TPQ`` = 12 to the quarter). A `Piece` is one
note head, chord or rest as it stands on paper: a long note is several pieces tied
together. The MusicXML writers share it, so a lead sheet and a score look alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from symbolic_music.song.bars import Bar
from symbolic_music.song.lyrics import Syllable, of_verse, place_of, verses_of
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter

# Ticks: (note type, dots, in a triplet).
NOTE_VALUES: dict[int, tuple[str, int, bool]] = {
    72: ("whole", 1, False), 48: ("whole", 0, False), 36: ("half", 1, False), 24: ("half", 0, False),
    18: ("quarter", 1, False), 12: ("quarter", 0, False), 9: ("eighth", 1, False), 6: ("eighth", 0, False),
    3: ("16th", 0, False),
    16: ("half", 0, True), 8: ("quarter", 0, True), 4: ("eighth", 0, True), 2: ("16th", 0, True), 1: ("32nd", 0, True),
}  # fmt: skip
WHOLE_TICKS = 48
_STRAIGHT = frozenset(ticks for ticks, row in NOTE_VALUES.items() if not row[2])
_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3}


class Word(NamedTuple):
    """A syllable under a note: where it stands in its word (single, begin, middle, end), its text, and its verse.

    ``extends`` is "start" where a line is drawn from it to later notes, "stop" (without text) under the last of those;
    ``last`` is the onset of its last note.
    """

    place: str
    text: str
    verse: int = 1
    extends: str = ""
    last: int = 0
    ends_line: bool = False


@dataclass(frozen=True)
class Piece:
    """One note head, chord (several pitches) or rest (none); ``key`` spells it, the same through all of a tie.

    ``release`` is how many ticks its sound ends before it as written ends, 0 or less.
    """

    start: int
    end: int
    pitches: tuple[int, ...]
    velocity: int
    key: Key
    is_tied_from: bool = False
    is_tied_on: bool = False
    words: tuple[Word, ...] = ()
    release: int = 0

    @property
    def ticks(self) -> int:
        """Length."""
        return self.end - self.start


class Marks(NamedTuple):
    """What joins a piece to its neighbours: beams by level, and where tuplets start and stop."""

    beams: tuple[str, ...]
    tuplet: tuple[str, ...]


def words_by_tick(lyrics: Sequence[Syllable], onsets: Sequence[int]) -> dict[int, tuple[Word, ...]]:
    """Say of every syllable where it stands in its word, by its tick, verse after verse.

    Parameters
    ----------
    lyrics : sequence of Syllable
    onsets : sequence of int
        Of the notes, ascending, where lines of syllables with several notes end.
    """
    words: dict[int, tuple[Word, ...]] = {}
    for verse in verses_of(lyrics):
        own = of_verse(lyrics, verse)
        for before, (syllable, following) in zip([None, *own], pairwise([*own, None]), strict=False):
            assert syllable is not None
            end = _last_note(syllable, following, onsets)
            extends = "start" if end > syllable.tick and not syllable.goes_on else ""
            # A written hyphen is drawn by whoever draws the gap between syllables.
            text = syllable.text.removesuffix("-") if syllable.goes_on else syllable.text
            word = Word(place_of(syllable, before), text or syllable.text, verse, extends, end, syllable.ends_line)
            words[syllable.tick] = (*words.get(syllable.tick, ()), word)
            if extends:
                words[end] = (*words.get(end, ()), Word("", "", verse, "stop"))
    return words


def _last_note(syllable: Syllable, following: Syllable | None, onsets: Sequence[int]) -> int:
    """Where the last note of a syllable begins."""
    first = bisect_left(onsets, syllable.tick)
    last = min(first + syllable.n_notes, len(onsets))
    if following is not None:
        last = min(last, bisect_left(onsets, following.tick))
    return onsets[last - 1] if last - 1 > first else syllable.tick


def cut_span(start: int, end: int, bars: Sequence[Bar], is_rest: bool) -> Iterator[tuple[int, int, int]]:
    """Cut a span at bar lines, then where its length has no note value, then at beats.

    Parameters
    ----------
    start, end : int
        Ticks from the first bar line.
    bars : sequence of Bar
        All bars of the song, without gaps.
    is_rest : bool
        A rest of a whole bar stays one sign in any meter.

    Yields
    ------
    (start, end, bar)
        A piece and the number of the bar that it is in, from 0.
    """
    number = bisect_right(bars, start, key=lambda bar: bar.start) - 1
    while start < end:
        bar = bars[number]
        stop = min(end, bar.end)
        if not (is_rest and stop - start == bar.meter.bar_ticks):
            # A whole rest means a whole bar, in 5/4 too; readers take it for one.
            longest = WHOLE_TICKS - 1 if is_rest else stop - start
            stop = start + _first_length(start - bar.start, min(stop - start, longest), bar.meter)
        yield start, stop, number
        start = stop
        number += start >= bar.end


def _first_length(onset: int, length: int, meter: Meter) -> int:
    """Choose how long the first note of a tied group is."""
    to_beat = meter.beat_ticks - onset % meter.beat_ticks
    if meter.is_compound and to_beat == meter.beat_ticks < length:
        # Dotted beats are seen only if what is longer than one is whole ones.
        return max(ticks for ticks in NOTE_VALUES if ticks <= length and ticks % meter.beat_ticks == 0)
    # Straight notes stand whole inside a beat, and in simple meters from a beat, or as off-beat eighths do.
    is_free = not meter.is_compound and (to_beat == meter.beat_ticks or onset % 6 == 0)
    readable = length <= to_beat or is_free
    if length in _STRAIGHT and onset % 3 == 0 and readable:
        return length
    if length in NOTE_VALUES and length <= to_beat:
        return length
    if length > to_beat and to_beat < meter.beat_ticks:
        return _first_length(onset, to_beat, meter)
    return max(ticks for ticks in NOTE_VALUES if ticks <= length and (ticks in _STRAIGHT or length < 3))


def marks_of(pieces: Sequence[Piece], bar: Bar) -> list[Marks]:
    """Find the beams and tuplets of one voice of one bar.

    Notes shorter than a quarter are beamed inside a beat; triplets are bracketed
    until they fill a quarter or straight notes follow.
    """
    beams: list[tuple[str, ...]] = [()] * len(pieces)
    for group in _beam_groups(pieces, bar):
        for place, index in enumerate(group):
            flags = [_flags(pieces[other]) for other in group]
            beams[index] = tuple(_beam(flags, place, level) for level in range(1, flags[place] + 1))
    tuplets = _tuplets(pieces)
    return [Marks(*marks) for marks in zip(beams, tuplets, strict=True)]


def _flags(piece: Piece) -> int:
    """Count a note's flags; a rest and a long note have none."""
    value = NOTE_VALUES.get(piece.ticks)
    return _FLAGS.get(value[0], 0) if value and piece.pitches else 0


def _beam_groups(pieces: Sequence[Piece], bar: Bar) -> Iterator[list[int]]:
    """List notes with flags that share a beat, two or more at a time."""
    group: list[int] = []
    beat = -1
    for index, piece in enumerate(pieces):
        own = (piece.start - bar.start) // bar.meter.beat_ticks
        if not _flags(piece) or own != beat:
            if len(group) > 1:
                yield group
            group = []
        if _flags(piece):
            group.append(index)
        beat = own
    if len(group) > 1:
        yield group


def _beam(flags: list[int], place: int, level: int) -> str:
    """Say what one level of beam does at one note of a group."""
    before = place > 0 and flags[place - 1] >= level
    after = place + 1 < len(flags) and flags[place + 1] >= level
    if before and after:
        return "continue"
    if before or after:
        return "end" if before else "begin"
    return "backward hook" if place else "forward hook"


def _tuplets(pieces: Sequence[Piece]) -> list[tuple[str, ...]]:
    """Say at which pieces a triplet's bracket starts and stops."""
    marks: list[tuple[str, ...]] = [()] * len(pieces)
    first, filled = -1, 0
    for index, piece in enumerate(pieces):
        value = NOTE_VALUES.get(piece.ticks)
        if value is None or not value[2]:
            first = -1
            continue
        if first < 0:
            first, filled = index, 0
        filled += piece.ticks
        following = NOTE_VALUES.get(pieces[index + 1].ticks) if index + 1 < len(pieces) else None
        if filled % TPQ == 0 or following is None or not following[2]:
            marks[index] = ("stop",)
            marks[first] = ("start", *marks[first])
            first = -1
    return marks
