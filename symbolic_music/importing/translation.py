"""From a prompt in any language to the English that the reader knows, sign by sign traceable.

Each file of ``languages`` but ``en.yaml`` is a dictionary into English: words, keys as its speakers name them, words
that carry no wish. Which language a prompt is in shows in its script, or in the words that English does not have;
only files that may be needed are read. English words inside stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from symbolic_music.tables import read_table
from symbolic_music.theory.instruments import load_foreign_names

FOLDER = "symbolic_music.importing.languages"
LATIN = ("de", "fr", "es", "pt", "it", "nl", "pl")
# Kana before Han signs, which Japanese has too.
SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ja", re.compile("[\u3041-\u30ff]|[変嬰長短]調")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
# Of a language's file: written without spaces between words.
_CLOSE = ("ja", "zh", "ko")
_WIDE, _PLAIN = "，、。：；（）！？「」『』", ',,.:;()!?""""'
_FULL_WIDTH = dict(zip(map(ord, _WIDE), _PLAIN, strict=True)) | {
    code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
# Names in quotation marks stay as they are, and tell no language.
_QUOTED = re.compile('["“„«][^"“”«»]{1,200}["”“»]')
_LETTERS = "ABCDEFG"
# Fewer letters of known words are no sign of a language.
LEAST_LETTERS = 4
# The language of a long text shows in its beginning.
TELLING_LETTERS = 1000
_REFUSAL = "without"


@dataclass(frozen=True)
class English:
    """A prompt in English; ``origin`` has for each sign the span of the source that it stands for."""

    text: str
    source: str
    origin: tuple[tuple[int, int], ...]

    def said(self, start: int, end: int) -> str:
        """The source's words for a stretch of the text."""
        spans = self.origin[start:end]
        return self.source[min(a for a, _ in spans) : max(b for _, b in spans)] if spans else ""

    def between(self, start: int, end: int) -> str:
        """The source from what stands before a stretch to what stands after it, small words at its ends too."""
        first = self.origin[start - 1][1] if start else 0
        return self.source[first : self.origin[end][0] if end < len(self.origin) else len(self.source)]


@dataclass(frozen=True)
class _Language:
    """A dictionary into English: spellings by their first sign, the longest first, and how keys are written."""

    name: str
    index: Mapping[str, tuple[tuple[str, bool, str], ...]]
    key: re.Pattern[str]
    tonics: Mapping[str, str]
    minor: frozenset[str]
    flat: frozenset[str]
    refuses_after: frozenset[str]

    @property
    def is_close(self) -> bool:
        """Whether words stand without spaces."""
        return self.name in _CLOSE


@dataclass(frozen=True)
class _Token:
    """A stretch of the source and what it is in English; ``is_small`` carries no wish."""

    start: int
    end: int
    english: str
    is_small: bool = False


def to_english(text: str, known: Iterable[str]) -> English:
    """Say a prompt in English.

    Parameters
    ----------
    text : str
        A prompt in any of the languages, or in several.
    known : iterable of str
        English words, in lower case, that tell no other language.

    Examples
    --------
    >>> to_english("Walzer in d-Moll", {"in"}).text
    'waltz in  D minor '
    """
    text = text.translate(_FULL_WIDTH)
    language = _language_of(text, frozenset(known))
    if language is None:
        return English(text, text, tuple((place, place + 1) for place in range(len(text))))
    text = _DECIMAL.sub(".", text)
    signs: list[str] = []
    origin: list[tuple[int, int]] = []
    last = 0
    for token in _refuse_before(list(_tokens(text, language)), language):
        for place in range(last, token.start):
            signs.append(text[place])
            origin.append((place, place + 1))
        said = f" {token.english} " if language.is_close else token.english
        # Two spaces would part a number from its unit.
        said = said.lstrip() if signs and signs[-1] == " " else said
        signs += said
        origin += [(token.start, token.end)] * len(said)
        last = token.end
    signs += text[last:]
    origin += [(place, place + 1) for place in range(last, len(text))]
    return English("".join(signs), text, tuple(origin))


def _language_of(text: str, known: frozenset[str]) -> _Language | None:
    """Find the language of a text by its script, else by the words that English does not have."""
    for name, script in SCRIPTS:
        if script.search(text):
            return load_language(name)
    text = _QUOTED.sub(lambda name: " " * len(name[0]), text[:TELLING_LETTERS])
    words = (match for match in _WORD.finditer(_lower(text)) if len(match[0]) > 1)
    strange = [match.span() for match in words if match[0] not in known]
    if not strange:
        return None
    best, most = None, LEAST_LETTERS - 1.0
    for name in LATIN:
        language = load_language(name)
        tokens = list(_tokens(text, language))
        covered = [(token.start, token.end) for token in tokens if not token.is_small]
        small = [(token.start, token.end) for token in tokens if token.is_small]
        telling = _letters_in(covered, strange)
        score = telling + _letters_in(small, strange) / 2
        if telling >= LEAST_LETTERS and score > most:
            best, most = language, score
    return best


def _letters_in(spans: list[tuple[int, int]], strange: list[tuple[int, int]]) -> int:
    """Count the signs of strange words that lie inside some spans."""
    return sum(end - start for start, end in strange if any(a <= start and end <= b for a, b in spans))


def _tokens(text: str, language: _Language) -> Iterator[_Token]:
    """Find a language's words from left to right, keys first, then the longest word at each place."""
    lowered = _lower(text)
    keys = {match.start(): match for match in language.key.finditer(lowered)}
    names = {match.start(): match.end() for match in _QUOTED.finditer(text)}
    place = 0
    while place < len(text):
        if place in names:
            place = names[place]
            continue
        token = _key_token(keys[place], language) if place in keys else _word_token(lowered, place, language)
        if token is None:
            place += 1
            continue
        yield token
        place = token.end


def _key_token(match: re.Match[str], language: _Language) -> _Token:
    """Say a key in English."""
    tonic = language.tonics[match["tonic"]]
    sign = match["before"] or match["after"]
    if sign:
        tonic += "b" if sign in language.flat else "#"
    mode = "minor" if match["mode"] in language.minor else "major"
    return _Token(match.start(), match.end(), f" {tonic} {mode} ")


def _word_token(lowered: str, place: int, language: _Language) -> _Token | None:
    """Find the longest word at a place."""
    if not language.is_close and place and _is_inside(lowered[place - 1], lowered[place]):
        return None
    for spelling, is_stem, english in language.index.get(lowered[place], ()):
        if not lowered.startswith(spelling, place):
            continue
        end = place + len(spelling)
        if is_stem:
            while end < len(lowered) and lowered[end].isalpha():
                end += 1
        if language.is_close or end == len(lowered) or not _is_inside(lowered[end - 1], lowered[end]):
            return _Token(place, end, english, not english)
    return None


def _is_inside(before: str, after: str) -> bool:
    """Whether no word ends between two signs."""
    return before.isalpha() and after.isalpha()


def _refuse_before(tokens: list[_Token], language: _Language) -> list[_Token]:
    """Put a refusal that follows what is refused before it: "drums none" is "without drums"."""
    said: list[_Token] = []
    for token in tokens:
        wished = next((place for place in range(len(said) - 1, -1, -1) if said[place].english), None)
        if token.english in language.refuses_after and wished is not None:
            one = said[wished]
            said[wished] = _Token(one.start, one.end, f"{_REFUSAL} {one.english}")
            token = _Token(token.start, token.end, "", True)
        said.append(token)
    return said


@cache
def load_language(name: str) -> _Language:
    """Read a language's file.

    Parameters
    ----------
    name : str
        Its ISO 639-1 code.
    """
    data = read_words(name)
    index: dict[str, list[tuple[str, bool, str]]] = {}
    pairs = [(spelling, english) for english, spellings in data["words"].items() for spelling in spellings]
    pairs += [(one.format(tens), f"{tens}s") for one in data.get("decades", ()) for tens in range(20, 100, 10)]
    own = {str(spelling).lower() for spelling, _ in pairs}
    pairs += [(one, player) for player, row in load_foreign_names().items() for one in row.get(name, ())
              if one.lower() not in own]  # fmt: skip
    pairs += [(spelling, "") for spelling in data["small"]] + [(one, _AFTER) for one in data.get("without after", ())]
    for spelling, english in pairs:
        stem = str(spelling).lower().removesuffix("*")
        index.setdefault(stem[0], []).append((stem, str(spelling).endswith("*"), str(english)))
    ordered = {sign: tuple(sorted(rows, key=lambda row: (-len(row[0]), row[1]))) for sign, rows in index.items()}
    keys = data["keys"]
    tonics = {str(spelling).lower(): tonic for tonic, spellings in keys["tonics"].items() for spelling in spellings}
    if keys.get("letters"):
        tonics |= {letter.lower(): letter for letter in _LETTERS}
    flat, sharp = _set(keys.get("flat", ())), _set(keys.get("sharp", ()))
    major, minor = _set(keys["major"]), _set(keys["minor"])
    sign = _either(flat | sharp) if flat | sharp else "(?!)"
    edge = "" if name in _CLOSE else r"(?<!\w)"
    pattern = (
        rf"{edge}(?P<before>{sign})?(?P<tonic>{_either(tonics)})(?:[ -]?(?P<after>{sign}))?[ -]?"
        rf"(?P<mode>{_either(major | minor)}){'' if name in _CLOSE else chr(92) + 'b'}"
    )
    return _Language(name, ordered, re.compile(pattern), tonics, minor, flat, frozenset([_AFTER]))


_AFTER = "\0"


def read_words(name: str) -> dict[str, Any]:
    """Read the data of a language's file."""
    return read_table(FOLDER, f"{name}.yaml")


def _lower(text: str) -> str:
    """Make letters small without moving any: some grow when made small."""
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


def _set(words: Iterable[object]) -> frozenset[str]:
    """Words in lower case."""
    return frozenset(str(word).lower() for word in words)


def _either(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
