"""The lexicon of prompts: what ``languages/en.yaml`` says words mean, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from symbolic_music.importing.translation import read_words
from symbolic_music.song.brief import GENRES
from symbolic_music.song.plan import SECTION_KINDS
from symbolic_music.song.style_names import names_of_styles
from symbolic_music.theory.instruments import INSTRUMENT_NAMES

LEXICON_FIELDS = ("style", "genre", "mood", "tempo_qpm", "meter", "key")
_WORD_START, _WORD_END = re.compile(r"(?<![\w|#-])(?=[^\s|])"), re.compile(r"(?![\w#-])")
_WORD_BEFORE = 20
NUMBERS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "half a": 0.5, "one and a half": 1.5}
# What words imply, the surest first, and how it is said.
WHY = {"purpose": " (usual for the purpose)", "era": " (of its time)", "image": " (a guess)"}


@dataclass(frozen=True)
class Implication:
    """Words for a purpose, an era or an image, and what they let a musician expect; ``why`` names which of them."""

    why: str
    spellings: tuple[str, ...]
    fields: Mapping[str, object]


@cache
def implications() -> tuple[Implication, ...]:
    """Read what words imply."""
    found = []
    for why in WHY:
        entries = _lexicon()[why]
        assert isinstance(entries, list)
        for entry in entries:
            fields = {name: value for name, value in entry.items() if name != "words"}
            if "band" in fields:
                fields["band"] = tuple(fields["band"])
            found.append(Implication(why, tuple(entry["words"]), MappingProxyType(fields)))
    return tuple(found)


@lru_cache(maxsize=1024)
def compounds(word: str) -> tuple[str, ...]:
    """Instruments whose name begins with a word and goes on: a classical guitar is no classical music."""
    return tuple(name for name in INSTRUMENT_NAMES if name.startswith(f"{word} "))


def names_player(text: str, start: int, end: int) -> bool:
    """Whether a word begins the name of an instrument: a warm pad makes no song warm."""
    return any(text[start : start + len(name)].lower() == name for name in compounds(text[start:end].lower()))


def spelled(text: str, spellings: Mapping[str, object]) -> list[tuple[tuple[int, int], object]]:
    """Find spellings as whole words; a longer one hides those inside it.

    Returns
    -------
    list of ((int, int), object)
        Start and end of each and its value, in order of place, those that only suggest last.
    """
    # A sign that grows when made small (such as a capital I with a dot) would move all places after it.
    lowered = "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)
    index = _index(tuple(spellings))
    found: list[tuple[int, int, int, str]] = []
    for begin in _WORD_START.finditer(lowered):
        start = begin.start()
        for rank, spelling in index.get(lowered[start : start + 2], ()):
            if lowered.startswith(spelling.lower(), start):
                end = start + len(spelling) + lowered.startswith("s", start + len(spelling))
                if _WORD_END.match(lowered, end):
                    found.append((rank, start, end, spelling))
    taken = bytearray(len(text))
    hits = []
    for _, start, end, spelling in sorted(found):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            hits.append(((start, end), spellings[spelling]))
    return sorted(hits, key=lambda hit: (is_implied(text[slice(*hit[0])]), hit[0]))


@cache
def _index(spellings: tuple[str, ...]) -> dict[str, list[tuple[int, str]]]:
    """List spellings with their rank, the longest first, by their first two signs."""
    index: dict[str, list[tuple[int, str]]] = {}
    for rank, spelling in enumerate(sorted(spellings, key=len, reverse=True)):
        index.setdefault(spelling[:2].lower(), []).append((rank, spelling))
    return index


def is_implied(word: str) -> bool:
    """Whether a word only suggests its values, so that any other word wins."""
    return word.lower().removesuffix("s") in words_of("implied")


def is_thing(text: str, start: int, end: int) -> bool:
    """Whether a word that may name a style names a thing: the killer is inside *the house*."""
    before = text[max(0, start - _WORD_BEFORE) : start].lower().split()[-1:]
    return text[start:end].lower() in words_of("things") and bool(words_of("of things").intersection(before))


@cache
def words_of(name: str) -> frozenset[str]:
    """List a plain list of words of the lexicon."""
    words = _lexicon()[name]
    assert isinstance(words, list)
    return frozenset(words)


@cache
def _lexicon() -> dict[str, object]:
    """Read the lexicon's file once."""
    return read_words("en")


@cache
def english_words() -> frozenset[str]:
    """List single words that are English, so that they tell no other language."""
    spellings = [spelling for name in LEXICON_FIELDS for spelling in spellings_of(name)]
    # Some names of styles are in other languages: Wiener Walzer.
    own = {name for names in names_of_styles().values() for name in names[1:] if " " in name}
    spellings = [spelling for spelling in spellings if spelling not in own]
    spellings += [*INSTRUMENT_NAMES, *words_of("ignore"), *words_of("english"), *SECTION_KINDS, *NUMBERS]
    spellings += [word for entry in implications() for word in entry.spellings]
    return frozenset(word for spelling in spellings for word in re.findall(r"[^\W\d_]+", spelling.lower()))


@cache
def spellings_of(name: str) -> dict[str, object]:
    """List a field's spellings with the value that each means; a style named as its genre is no more than that."""
    if name == "style":
        # An instrument in the band makes no style: a folk song may have a banjo.
        none = {*INSTRUMENT_NAMES, *words_of("no style")}
        own: dict[str, object] = {
            spelling.lower(): style for style, spellings in names_of_styles().items() for spelling in spellings
            if style not in GENRES and spelling.lower() not in none
        }  # fmt: skip
        more = _lexicon()[name]
        assert isinstance(more, dict)
        return own | {str(spelling): str(style) for style, spellings in more.items() for spelling in spellings}
    groups = _lexicon()[name]
    assert isinstance(groups, dict)
    return {
        str(spelling): (float(value) if name == "tempo_qpm" else str(value))
        for value, spellings in groups.items()
        for spelling in spellings
    }
