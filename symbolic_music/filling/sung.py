"""Words and tunes: the room of a line, a tune written to its words, and a tune fitted to other words.

A line breathes: its last note ends before the next line's upbeat, and an eighth before the bar line at least. Lines
that begin unstressed may begin before the bar line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.lyrics import Syllable, of_verse, place_of
from symbolic_music.song.material import pickup_ticks
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.scansion import GRID, Room, Scansion, chord_slots
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.song.words import SECONDARY_STRESS, SungLine, SungSyllable
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import TPQ
from symbolic_music.tokens.describe import describe_density, describe_notes
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.phrase import Conditions, Note, PhraseMusic
from symbolic_music.tokens.vocabulary import nearest_duration

# A tenth in C major / A minor, so that a key lifted by a third at most still gives a twelfth.
LOWEST, HIGHEST = 59, 75
# A singer breathes an eighth before the bar line, a sixteenth before the next upbeat.
BREATH, SHORT_BREATH = TPQ // 2, GRID
# Unstressed syllables that may come before the bar line.
_MOST_UPBEAT = 3
# Fitting a tune to other words: a note struck again, one that begins in a rest, one left out.
_SPLIT, _ADDED, _LEFT_OUT = 0.45, 0.9, 0.5


def scansion_of(slot: Slot, following: Slot | None) -> Scansion | None:
    """The rhythms that suit a phrase's words in its room; ``None`` for a phrase without words.

    Parameters
    ----------
    slot : Slot
        The phrase in its place.
    following : Slot or None
        The one after it, whose upbeat needs room.
    """
    line = slot.phrase.words
    if line is None:
        return None
    length = slot.phrase.n_bars * slot.meter.bar_ticks
    later = upbeat_of(following)
    end = length - (later + SHORT_BREATH if later + SHORT_BREATH > BREATH else BREATH)
    room = Room(slot.meter, slot.phrase.n_bars, upbeat_of(slot), end)
    return Scansion(line, room, _anchors(line, slot) if slot.section.chords else {})


def upbeat_of(slot: Slot | None) -> int:
    """How many ticks before its bar line a line may begin: an eighth an unstressed syllable, half a bar at most."""
    if slot is None or slot.phrase.words is None or not slot.start_tick:
        return 0
    return min(upbeat_of_line(slot.phrase.words), slot.meter.bar_ticks // 2)


def upbeat_of_line(line: SungLine) -> int:
    """An eighth for each syllable before the first stress, three at most."""
    leading = next((place for place, stress in enumerate(line.stresses) if stress >= SECONDARY_STRESS), 0)
    return min(leading, _MOST_UPBEAT) * TPQ // 2


def _anchors(line: SungLine, slot: Slot) -> Mapping[int, int]:
    """The ticks at which the syllables with chords should begin, by note number."""
    halves = 2 if slot.meter.n_beats % 2 == 0 else 1
    slots = chord_slots(line, slot.phrase.n_bars * halves)
    notes = [
        sum(one.n_notes for one in line.syllables[:place]) for place, one in enumerate(line.syllables) if one.chord
    ]
    ticks = [number * slot.meter.bar_ticks // halves for number in slots]
    return dict(zip(notes, ticks, strict=False))


def following_of(plan: SongPlan) -> dict[str, Slot | None]:
    """The phrase after each, by name."""
    slots = list(slots_of(plan))
    return {slot.phrase.name: after for slot, after in zip(slots, [*slots[1:], None], strict=True)}


def follows_words(plan: SongPlan, slot: Slot) -> bool:
    """Whether a phrase comes right after one that has words, whose last note it must not cut."""
    return any(after is not None and after.start_tick == slot.start_tick and before.phrase.words is not None
               for before, after in pairwise([*slots_of(plan), None]) if before is not None)  # fmt: skip


def asks(conditions: Conditions, scansion: Scansion) -> Conditions:
    """Ask for as many notes as the words have."""
    n_notes, room = scansion.n_notes, scansion.room
    quarters = room.n_bars * room.meter.bar_ticks / TPQ
    known = describe_notes([(0, 1, 60)] * n_notes)
    return replace(conditions, notes=known, density=describe_density(n_notes, quarters, "melody"), close="held")


def limits_of(limits: Limits, scansion: Scansion, shift: int = 0) -> Limits:
    """Limit a phrase to its words, their room and a singer's range; ``shift`` is how far the section is lifted."""
    room = scansion.room
    lowest, highest = max(limits.lowest, LOWEST - max(0, shift - 3)), min(limits.highest, HIGHEST)
    return replace(
        limits, lowest=lowest, highest=max(highest, lowest + 12), upbeat_ticks=room.upbeat, end_tick=room.end,
        spans=None,
        words=scansion,
    )  # fmt: skip


def fit_words(music: PhraseMusic, scansion: Scansion) -> PhraseMusic:
    """Fit a tune to other words of about its length: notes are struck again or left out, and the stresses kept.

    Parameters
    ----------
    music : PhraseMusic
        With notes.
    scansion : Scansion
        Of the words, in the room of the phrase that sings them.

    Returns
    -------
    PhraseMusic
        As many notes as the words have; as it was if it suits them.
    """
    old = [note for note in music.notes if note[0] < scansion.room.end]
    if not old:
        return music
    onsets = [note[0] for note in old]
    if len(onsets) != scansion.n_notes or scansion.cost_of(onsets) > scansion.least + _tolerance(scansion):
        onsets = scansion.best_rhythm(_changes(scansion, old), _left_out(scansion, old))
    notes = _with_pitches(onsets, old, scansion.room.end)
    return replace(music, notes=_raised(notes, music, scansion))


def _tolerance(scansion: Scansion) -> float:
    """What a rhythm may cost more than the best one and still be sung as it is."""
    return 0.5 + 0.1 * scansion.n_notes


def _changes(scansion: Scansion, old: Sequence[Note]) -> np.ndarray:
    """What it costs to begin notes where the tune begins none, and to leave out its first and last ones."""
    places = scansion.places
    starts = np.array([note[0] for note in old])
    sounds = np.array([any(on < tick < on + length for on, length, _ in old) for tick in places])
    costs = np.where(np.isin(places, starts), 0.0, np.where(sounds, _SPLIT, _ADDED))
    table = np.tile(costs, (scansion.n_notes, 1))
    table[0] += _LEFT_OUT * np.array([(starts < tick).sum() for tick in places])
    table[-1] += _LEFT_OUT * np.array([(starts > tick).sum() for tick in places])
    return table


def _left_out(scansion: Scansion, old: Sequence[Note]) -> np.ndarray:
    """What it costs that notes of the tune between two places are left out."""
    starts = np.array([note[0] for note in old])
    before = np.array([(starts < tick).sum() for tick in scansion.places])
    until = np.array([(starts <= tick).sum() for tick in scansion.places])
    return _LEFT_OUT * np.maximum(0, before[None, :] - until[:, None])


def _with_pitches(onsets: Sequence[int], old: Sequence[Note], end: int) -> tuple[Note, ...]:
    """Give onsets the pitches and, where they can have them, the lengths of a tune."""
    notes: list[Note] = []
    for onset, following in zip(onsets, [*onsets[1:], end], strict=True):
        sounding = [note for note in old if note[0] <= onset]
        pitch = (sounding[-1] if sounding else old[0])[2]
        inside = [note[0] + note[1] for note in old if onset <= note[0] < following]
        held = sounding[-1][0] + sounding[-1][1] if sounding else onset
        until = min(following, max([held, onset + GRID, *inside]))
        notes.append((onset, nearest_duration(max(GRID, until - onset)), pitch))
    return tuple(notes)


def _raised(notes: tuple[Note, ...], music: PhraseMusic, scansion: Scansion) -> tuple[Note, ...]:
    """Let a question's last note rise to the next tone of its chord."""
    if not scansion.line.is_question or len(notes) < 2 or notes[-1][2] > notes[-2][2]:
        return notes
    onset, length, _ = notes[-1]
    before = notes[-2][2]
    chords = [row for row in music.chords if row[0] <= max(onset, 0)]
    steps = range(before + 1, HIGHEST + 1)
    tones = [pitch for pitch in steps if not chords or pitch % 12 in _tones(chords[-1])]
    rising = tones[0] if tones else before + 2
    return (*notes[:-1], (onset, length, rising))


def _tones(row: tuple[int, int, str, int]) -> frozenset[int]:
    """The pitch classes of a chord row."""
    return Chord(*row[1:]).pitch_classes


def words_on(notes: Sequence[Note], line: SungLine, language: str = "") -> list[Syllable]:
    """Put a line's syllables on its notes.

    Parameters
    ----------
    notes : sequence of Note
        As many as the line has, in order.
    line : SungLine
    language : str
        Its code.

    Examples
    --------
    >>> from symbolic_music.song.words import parse_line
    >>> [(s.tick, s.text, s.n_notes) for s in words_on([(0, 6, 60), (6, 6, 62), (12, 6, 64)], parse_line("ˈGlo_·ria"))]
    [(0, 'Glo', 2), (12, 'ria', 1)]
    """
    found: list[Syllable] = []
    at = 0
    last = len(line.syllables) - 1
    for place, one in enumerate(line.syllables):
        if at >= len(notes):
            break
        found.append(Syllable(
            notes[at][0], one.text, one.goes_on, one.n_notes, one.stress, language=language, ends_line=place == last,
        ))  # fmt: skip
        at += one.n_notes
    return found


@dataclass(frozen=True)
class SungSpan:
    """The syllables of a stretch of a song that is to be written again, as a line in its room."""

    syllables: tuple[Syllable, ...]
    line: SungLine
    scansion: Scansion
    language: str


def words_of(sheet: LeadSheet, slot: Slot, has_upbeat: bool, until: int) -> SungSpan | None:
    """Take the syllables that are sung in a phrase, or in some bars of one; ``None`` where nobody sings words.

    Parameters
    ----------
    sheet : LeadSheet
        As it is.
    slot : Slot
    has_upbeat : bool
        Whether what leads into the phrase is written again too.
    until : int
        The tick at which what leads into the next one begins.
    """
    first = slot.start_tick - (lead_in(sheet, slot.start_tick) if has_upbeat else 0)
    later = slot.end_tick - until
    own = tuple(one for one in of_verse(sheet.lyrics) if first <= one.tick < until)
    if not own:
        return None
    befores = (None, *own)
    line = SungLine(tuple(
        SungSyllable(one.text, one.stress or 0, one.goes_on, one.n_notes, place_of(one, before) == "single")
        for one, before in zip(own, befores, strict=False)
    ))  # fmt: skip
    length = slot.phrase.n_bars * slot.meter.bar_ticks
    end = min(length - BREATH, length - later - GRID) if later or own[-1].ends_line else length
    # No longer than it was: the phrase before has left so much room.
    room = Room(slot.meter, slot.phrase.n_bars, slot.start_tick - first, end)
    scansion = Scansion(line, room)
    if not np.isfinite(scansion.least):
        scansion = Scansion(line, replace(room, end=length - later))
    return SungSpan(own, line, scansion, own[0].language)


def lead_in(sheet: LeadSheet, tick: int) -> int:
    """How long before a bar line the next line begins: by its words where they say so, else by the tune's pickup."""
    own = of_verse(sheet.lyrics)
    before = [place for place, one in enumerate(own) if one.tick < tick and one.ends_line]
    if not before or before[-1] + 1 >= len(own):
        return pickup_ticks(sheet, tick) if not own else 0
    begins = own[before[-1] + 1].tick
    return tick - begins if tick - sheet.lines.at(max(0, tick - 1)).meter.bar_ticks // 2 <= begins < tick else 0
