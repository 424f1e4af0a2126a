"""Sung words: a syllable to a note, or to several (a melisma)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from symbolic_music.song.words import is_unspaced

# A note may be played so far from where it is written, as a part of the quarter: swung as far as can be, and late.
PLAYED_REACH = 0.4
# In the place of a syllable: the one before goes on.
EXTENDER = "_"


@dataclass(frozen=True)
class Syllable:
    """Text sung on the note that begins at ``tick``; ``goes_on`` where its word has another syllable.

    Ticks are those of the lead sheet or score that has it. ``n_notes`` is on how many notes it is sung, itself and
    those after it; ``stress`` 0 (none), 1 (secondary) or 2 (main), where it is known; ``verse`` counts from 1;
    ``language`` is a code such as ``en``, empty where nobody said; ``ends_line`` marks a line's last one.
    """

    tick: int
    text: str
    goes_on: bool = False
    n_notes: int = 1
    stress: int | None = None
    verse: int = 1
    language: str = ""
    ends_line: bool = False


@dataclass(frozen=True)
class SungNote:
    """A note with what is sung on it.

    ``place`` in its word is single, begin, middle or end, as MusicXML says it. On the later notes of a melisma
    ``text`` is empty and ``is_extended`` true; the rest is that of their syllable. ``line`` counts from 0. Ticks are
    those of the sheet or score.
    """

    onset_tick: int
    duration_tick: int
    pitch: int
    text: str
    place: str
    is_extended: bool
    stress: int | None
    verse: int
    language: str
    line: int
    ends_line: bool


def settle(lyrics: Iterable[Syllable], onsets: np.ndarray, reach: float) -> tuple[Syllable, ...]:
    """Move syllables to the notes that they are sung on.

    Parameters
    ----------
    lyrics : iterable of Syllable
        Near their notes, as those of a performance are.
    onsets : int array, shape (n_notes,)
        Onsets of the notes, ascending, in the syllables' ticks.
    reach : float
        A syllable farther than so many ticks from any note is left out.

    Returns
    -------
    tuple of Syllable
        In order, at most one of a verse for each onset: where two are nearest to one note, as in music that is swung
        far, the later has the next.

    Examples
    --------
    >>> [(s.tick, s.text) for s in settle([Syllable(1, "hap", True), Syllable(11, "py")], np.array([0, 12]), 3)]
    [(0, 'hap'), (12, 'py')]
    >>> [s.tick for s in settle([Syllable(12, "up"), Syllable(21, "the")], np.array([16, 26]), 5)]
    [16, 26]
    >>> [(s.text, s.goes_on) for s in settle([Syllable(0, "hap", True), Syllable(40, "py")], np.array([0]), 3)]
    [('hap', False)]
    """
    if not len(onsets):
        return ()
    places = np.unique(onsets.astype(np.int64))
    settled: dict[tuple[int, int], Syllable] = {}
    in_order = sorted(lyrics, key=lambda syllable: (syllable.tick, syllable.verse))
    own = {(syllable.tick, syllable.verse) for syllable in in_order}
    ended: dict[int, bool] = {}  # of each verse whether its last syllable has a note
    for before, syllable in zip([None, *in_order], in_order, strict=False):
        ended[syllable.verse] = False
        if before is not None and (before.tick, before.verse) == (syllable.tick, syllable.verse):
            continue
        for place in _near(places, syllable.tick, reach):
            is_anothers = place != syllable.tick and (place, syllable.verse) in own
            if (place, syllable.verse) not in settled and not is_anothers:
                settled[place, syllable.verse] = replace(syllable, tick=place)
                ended[syllable.verse] = True
                break
    last = {verse: place for place, verse in sorted(settled)}
    for verse, place in last.items():
        if not ended[verse]:  # the rest of its last word was left out
            settled[place, verse] = replace(settled[place, verse], goes_on=False)
    return tuple(settled[place] for place in sorted(settled))


def _near(places: np.ndarray, tick: int, reach: float) -> list[int]:
    """The nearest of ascending places, then those after it: where it is taken, played late, a later one is meant."""
    nearest = int(np.abs(places - tick).argmin())
    last = int(np.searchsorted(places, tick + reach, "right"))
    found = places[nearest : max(last, nearest + 1)].tolist()
    return [place for place in found if abs(place - tick) <= reach]


def of_verse(lyrics: Iterable[Syllable], verse: int = 1) -> list[Syllable]:
    """The syllables of one verse, in order.

    Examples
    --------
    >>> [s.text for s in of_verse([Syllable(12, "b"), Syllable(0, "a"), Syllable(0, "x", verse=2)])]
    ['a', 'b']
    """
    return sorted((one for one in lyrics if one.verse == verse), key=lambda one: one.tick)


def verses_of(lyrics: Iterable[Syllable]) -> tuple[int, ...]:
    """The numbers of the verses there are, ascending."""
    return tuple(sorted({syllable.verse for syllable in lyrics}))


def join_extenders(lyrics: Iterable[Syllable]) -> list[Syllable]:
    """Count signs that a syllable goes on (``_`` in the place of one) as notes of the syllable before them.

    Examples
    --------
    >>> [(s.text, s.n_notes) for s in join_extenders([Syllable(0, "Glo"), Syllable(6, "_"), Syllable(12, "ria")])]
    [('Glo', 2), ('ria', 1)]
    """
    joined: dict[int, list[Syllable]] = {}
    for syllable in sorted(lyrics, key=lambda one: (one.verse, one.tick)):
        own = joined.setdefault(syllable.verse, [])
        if syllable.text != EXTENDER:
            own.append(syllable)
        elif own:
            own[-1] = replace(own[-1], n_notes=own[-1].n_notes + 1)
    return [syllable for own in joined.values() for syllable in own]


def count_notes(
    lyrics: Sequence[Syllable], extended: Iterable[tuple[int, int]], onsets: Sequence[int]
) -> list[Syllable]:
    """Say of syllables that go on over later notes how many they have.

    Parameters
    ----------
    lyrics : sequence of Syllable
    extended : iterable of (tick, verse)
        Where syllables are that a line or hyphen draws to the notes before the next one.
    onsets : sequence of int
        Of all notes, ascending.
    """
    drawn = set(extended)
    counted: list[Syllable] = []
    for verse in verses_of(lyrics):
        for syllable, following in pairwise([*of_verse(lyrics, verse), None]):
            assert syllable is not None
            end = following.tick if following is not None else syllable.tick + 1
            n_notes = bisect_left(onsets, end) - bisect_left(onsets, syllable.tick)
            is_drawn = syllable.goes_on or (syllable.tick, verse) in drawn
            counted.append(replace(syllable, n_notes=max(1, n_notes)) if is_drawn else syllable)
    return counted


def place_of(syllable: Syllable, before: Syllable | None) -> str:
    """Say where a syllable stands in its word.

    Parameters
    ----------
    syllable : Syllable
    before : Syllable or None
        The one before it in its verse.

    Examples
    --------
    >>> place_of(Syllable(12, "py"), Syllable(0, "hap", goes_on=True))
    'end'
    """
    is_inside = before is not None and before.goes_on
    if syllable.goes_on:
        return "middle" if is_inside else "begin"
    return "end" if is_inside else "single"


def sung_notes(notes: np.ndarray, lyrics: Iterable[Syllable], verse: int = 1) -> tuple[SungNote, ...]:
    """Join notes and words: what a singer sings.

    Parameters
    ----------
    notes : NOTE_DTYPE array, shape (n_notes,)
        One voice, such as a lead sheet's ``melody``.
    lyrics : iterable of Syllable
        At the notes' onsets (see `settle`), such as the same lead sheet's ``lyrics``.
    verse : int
        Which one, from 1.

    Returns
    -------
    tuple of SungNote
        Notes without words are left out.

    Examples
    --------
    >>> from symbolic_music.song.notes import make_notes
    >>> tune = make_notes([(0, 12, 60, 90), (12, 12, 62, 90), (24, 12, 64, 90)])
    >>> sung = sung_notes(tune, [Syllable(0, "glo", True, n_notes=2), Syllable(24, "ria")])
    >>> [(note.text, note.place, note.is_extended) for note in sung]
    [('glo', 'begin', False), ('', 'begin', True), ('ria', 'end', False)]
    """
    onsets = notes["onset_tick"].tolist()
    own = of_verse(lyrics, verse)
    found: list[SungNote] = []
    line = 0
    for before, (syllable, following) in zip([None, *own], pairwise([*own, None]), strict=False):
        assert syllable is not None
        first = bisect_left(onsets, syllable.tick)
        last = min(first + syllable.n_notes, len(onsets))
        if following is not None:
            last = min(last, bisect_left(onsets, following.tick))
        place = place_of(syllable, before)
        for at in range(first, last):
            found.append(SungNote(
                onsets[at], int(notes["duration_tick"][at]), int(notes["pitch"][at]),
                "" if at > first else syllable.text, place, at > first, syllable.stress, verse, syllable.language,
                line, syllable.ends_line,
            ))  # fmt: skip
        line += syllable.ends_line
    return tuple(found)


def gap_after(syllable: Syllable) -> str:
    """What parts a syllable from the next in running text: nothing inside a word, a line end, a space."""
    if syllable.ends_line and not syllable.goes_on:
        return "\n"
    return "" if syllable.goes_on or is_unspaced(syllable.text) else " "
