"""Sections into phrases: lengths, letters, what repeats what, cadences.

Letters name material over the whole song: phrases with one letter share it, a variation keeps
the letter of what it varies. Lengths follow POP909's hand-labelled phrases (8 bars
34 %, 4 bars 32 %, 16 bars 3 %); patterns inside a section are those of common song forms
(period ``a a'``, statement and answer ``a b``, bar form ``a a b``, ``a b a c``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from symbolic_music.planning.plan_tokens import FormSection
from symbolic_music.song.plan import PlannedPhrase
from symbolic_music.styles.traits import StyleTraits

# Sections without a tune; a solo has one, without words.
UNSUNG_KINDS = ("intro", "interlude", "outro")
# Styles that leave so many of a hundred sections open are made of loops: their chords do not lead into the chorus.
LOOPS_FROM = 50
# Patterns by number of equal phrases, with weights; ' marks a variation.
PATTERNS: dict[int, dict[str, float]] = {
    1: {"a": 1},
    2: {"a a'": 5, "a b": 4, "a a": 2},
    3: {"a a' b": 4, "a b c": 1, "a b a": 2},
    4: {"a a' b a'": 4, "a b a b'": 4, "a b a c": 3, "a a' b c": 1},
}
BLUES_PATTERN = {"a a' b": 1.0}
CHORUS_PATTERNS: dict[int, dict[str, float]] = {
    2: {"a a'": 6, "a a": 3, "a b": 2},
    4: {"a b a b'": 6, "a a' a b": 2, "a b a c": 2},
}
VERSE_CHANGE_SHARE = 0.35  # how often a later verse varies its last phrase
# How often any other phrase that returns is varied: in POP909 one return in three is the same note for note.
VARIED_RETURN = 0.5
CHORUS_CHANGE_SHARE = 0.5  # how often the last chorus does


@dataclass(frozen=True)
class NamedSection:
    """A form section with the name that the song knows it by.

    ``stem`` and ``number`` give phrase names: ``chorus``, 2 and ``a`` make ``chorus.2.a``.
    """

    form: FormSection
    name: str
    stem: str
    number: int


def name_sections(form: list[FormSection], labels: list[str]) -> list[NamedSection]:
    """Name sections: verses and choruses by number, others by number if there are several."""
    named, seen = [], dict.fromkeys(labels, 0)
    for section, label in zip(form, labels, strict=True):
        seen[label] += 1
        numbered = label in ("verse", "chorus") or labels.count(label) > 1
        name = f"{label} {seen[label]}" if numbered else label
        named.append(NamedSection(section, name, label, seen[label]))
    return named


def lay_out_phrases(
    sections: list[NamedSection], genre: str, rng: np.random.Generator, traits: StyleTraits
) -> list[tuple[PlannedPhrase, ...]]:
    """Fill every section with phrases.

    Parameters
    ----------
    sections : list of NamedSection
        The form; sections with equal letters share material.
    genre : str
        One of ``GENRES``; the blues has its own pattern.
    rng : numpy Generator
        Chance.
    traits : StyleTraits
        How the style's sections come home.

    Returns
    -------
    list of tuple of PlannedPhrase
        Phrases per section; the lengths of each tuple add up to its section's.
    """
    letters = fresh_letters()
    first_of: dict[str, tuple[PlannedPhrase, ...]] = {}
    # What returns comes home in the same way.
    draws: dict[str, float] = {}
    last_chorus = max((i for i, section in enumerate(sections) if section.form.kind == "chorus"), default=-1)
    result: list[tuple[PlannedPhrase, ...]] = []
    for index, section in enumerate(sections):
        end = end_cadence(sections, index, draws.setdefault(section.form.letter, rng.random()), traits)
        material = first_of.get(section.form.letter)
        if material is None:
            phrases = _new_phrases(section, genre, end, letters, rng)
            first_of[section.form.letter] = phrases
        else:
            change = CHORUS_CHANGE_SHARE if index == last_chorus else 0.0
            change = VERSE_CHANGE_SHARE if section.form.kind == "verse" else change
            phrases = _returning_phrases(section, material, end, rng.random() < change, rng.spawn(1)[0])
        result.append(phrases)
    return result


def split_bars(n_bars: int, size: int) -> list[int]:
    """Split a section into phrases of ``size`` bars; a rest of one bar joins the last phrase.

    Examples
    --------
    >>> split_bars(8, 4), split_bars(9, 4), split_bars(10, 4), split_bars(3, 8)
    ([4, 4], [4, 5], [4, 4, 2], [3])
    """
    if n_bars <= size + 1:
        return [n_bars]
    lengths = [size] * (n_bars // size)
    rest = n_bars % size
    if rest == 1:
        lengths[-1] += 1
    elif rest:
        lengths.append(rest)
    return lengths


def end_cadence(sections: list[NamedSection], index: int, draw: float, traits: StyleTraits) -> str:
    """Choose how a section ends: half before a chorus, elsewhere as the style comes home; a song always closes.

    ``draw`` is between 0 and 1: sections with one draw come home alike.
    """
    kind = sections[index].form.kind
    following = sections[index + 1].form.kind if index + 1 < len(sections) else None
    home = _home(draw, traits)
    if following is None:
        return "authentic" if home == "open" else home
    if traits.open >= LOOPS_FROM and home == "open":
        return home
    if following == "chorus" and kind != "chorus":
        return "half"
    if kind == "intro":
        return "half" if following == "verse" and draw < 0.8 else "authentic"
    if following == "pre-chorus" and kind == "verse":
        return "half" if draw < 0.2 else home
    return home


def _home(draw: float, traits: StyleTraits) -> str:
    """How a section that closes comes home: from V, from IV, or round the loop again."""
    if 100 * draw < traits.open:
        return "open"
    return "plagal" if 100 * draw < traits.open + traits.plagal else "authentic"


def _new_phrases(
    section: NamedSection, genre: str, end: str, letters: Iterator[str], rng: np.random.Generator
) -> tuple[PlannedPhrase, ...]:
    """Lay out a section whose material has not been heard."""
    lengths = split_bars(section.form.n_bars, _phrase_size(section.form, genre, rng))
    pattern = _pattern(lengths, section.form.kind, genre, rng)
    name_of: dict[str, str] = {}
    letter_of: dict[str, str] = {}
    phrases: list[PlannedPhrase] = []
    cadences: dict[str, str] = {}
    for place, (n_bars, mark) in enumerate(zip(lengths, pattern, strict=True)):
        plain, varied = mark.rstrip("'"), mark.endswith("'")
        last = place == len(lengths) - 1
        wanted = end if last else inner_cadence(place, len(lengths), section.form.kind, rng)
        name = phrase_name(section, place)
        source = name_of.get(plain)
        same_cadence = last is False or cadences.get(plain) == end
        relation = "new" if source is None else "variation" if varied or not same_cadence else "repeat"
        cadence = cadences[plain] if relation == "repeat" else wanted
        if source is None:
            name_of[plain], letter_of[plain], cadences[plain] = name, next(letters), cadence
        phrases.append(PlannedPhrase(
            name=name, letter=letter_of[plain], n_bars=n_bars, cadence=cadence, relation=relation, source=source,
            sung=section.form.kind not in UNSUNG_KINDS,
        ))  # fmt: skip
    return tuple(phrases)


def _returning_phrases(
    section: NamedSection,
    material: tuple[PlannedPhrase, ...],
    end: str,
    vary_last: bool,
    rng: np.random.Generator,
) -> tuple[PlannedPhrase, ...]:
    """Lay out a section that brings back material, also where its length differs."""
    lengths = [phrase.n_bars for phrase in material]
    if section.form.n_bars != sum(lengths):
        lengths = split_bars(section.form.n_bars, lengths[0])
    phrases: list[PlannedPhrase] = []
    for place, n_bars in enumerate(lengths):
        source = material[place % len(material)]
        last = place == len(lengths) - 1
        if n_bars != source.n_bars:
            fitting = [phrase for phrase in material if phrase.n_bars == n_bars]
            source = fitting[-1 if last else 0] if fitting else source
        is_varied = section.form.kind != "chorus" and rng.random() < VARIED_RETURN
        changed = (last and (vary_last or source.cadence != end)) or is_varied
        # A phrase of another length cannot be copied; it varies what it can.
        relation = "variation" if changed or n_bars != source.n_bars else "repeat"
        phrases.append(PlannedPhrase(
            name=phrase_name(section, place), letter=source.letter, n_bars=n_bars,
            cadence=end if last else source.cadence, relation=relation, source=source.name,
            sung=section.form.kind not in UNSUNG_KINDS,
        ))  # fmt: skip
    return tuple(phrases)


def _phrase_size(section: FormSection, genre: str, rng: np.random.Generator) -> int:
    """Choose phrases of 4 or 8 bars, rarely 2 in short instrumental parts."""
    # A ninth bar belongs to the phrase before it: of POP909's phrases 5 % last nine bars.
    if section.n_bars % 8 in (0, 1) or section.n_bars >= 12:
        # At the felt beat level (decision 0001) people's 4-bar phrases of slow songs count 8: of POP909's sung
        # phrases 60 % last 8 bars and 11 % last 4.
        return 8 if rng.random() < 0.9 and genre != "blues" else 4
    if section.kind in ("intro", "interlude", "outro") and section.n_bars == 4 and rng.random() < 0.2:
        return 2
    return 4


def _pattern(lengths: list[int], kind: str, genre: str, rng: np.random.Generator) -> list[str]:
    """Choose the letters inside a section; phrases of odd length are new material."""
    n_equal = sum(length == lengths[0] for length in lengths)
    table = CHORUS_PATTERNS.get(n_equal) if kind == "chorus" else None
    table = table or PATTERNS.get(n_equal)
    if genre == "blues" and n_equal == 3:
        table = BLUES_PATTERN
    if table is not None:
        weights = np.array(list(table.values()), dtype=float)
        marks = str(rng.choice(list(table), p=weights / weights.sum())).split()
    else:
        marks = [mark for _ in range(-(-n_equal // 4)) for mark in ("a", "b", "a'", "b'")][:n_equal]
    rest = iter("xyz")
    equal = iter(marks)
    return [next(equal) if length == lengths[0] else next(rest) for length in lengths]


def inner_cadence(place: int, n_phrases: int, kind: str, rng: np.random.Generator) -> str:
    """Choose how a phrase inside a section ends."""
    # Of POP909's phrases a half lead on by V or close inside their section; only one in five hangs in the air.
    if n_phrases > 2 and place % 2 == 0 and rng.random() < 0.5:
        return "open"
    shares = {"half": 0.65, "open": 0.25, "deceptive": 0.1 if kind in ("chorus", "bridge") else 0.0}
    draw = rng.random()
    if draw < shares["deceptive"]:
        return "deceptive"
    return "half" if draw < shares["deceptive"] + shares["half"] else "open"


def phrase_name(section: NamedSection, place: int) -> str:
    """Name a phrase by its section and place: ``chorus.2.a``."""
    return f"{section.stem}.{section.number}.{_letter_name(place).lower()}"


def fresh_letters() -> Iterator[str]:
    """Yield A to Z, then AA, AB and so on."""
    return (_letter_name(index) for index in count())


def _letter_name(index: int) -> str:
    """Name a place by letters, as spreadsheets do.

    Examples
    --------
    >>> _letter_name(0), _letter_name(25), _letter_name(26)
    ('A', 'Z', 'AA')
    """
    name = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
