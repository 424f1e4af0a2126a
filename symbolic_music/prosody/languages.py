"""The languages whose words we know how to sing, and which one a text is in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from symbolic_music.errors import InputError
from symbolic_music.tables import read_table

# A text of which not so large a share are weak words of its likeliest language is in none that we know.
_LEAST_SHARE = 0.25
# How much the look of the words counts beside the weak ones among them.
_LOOK = 0.4
_SCRIPTS = (
    ("ja", re.compile("[぀-ヿ]")),
    ("ko", re.compile("[가-힣]")),
    ("zh", re.compile("[㐀-鿿]")),
    ("ru", re.compile("[а-яё]", re.I)),
)
# Where there is nothing to go by.
_USUAL = "en"
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*['’]?|['’][^\W\d_]+")


@dataclass(frozen=True)
class Language:
    """What a language's words are divided and stressed by; see ``languages.yaml``."""

    code: str
    name: str
    stress: str
    pyphen: str = ""
    hint: str = ""
    vowels: str = ""
    joined: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    onsets: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    heavy: tuple[str, ...] = ()
    clitics: tuple[str, ...] = ()
    weak: frozenset[str] = field(default_factory=frozenset)


# A language of which we know nothing: vowels in a row are one syllable.
UNKNOWN = Language(
    "", "an unknown language", "unknown", vowels="aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýāēīōūąęěůőűœ",
    joined=("ai", "au", "ei", "eu", "ie", "oi", "ou", "ue", "ia", "io", "aa", "ee", "oo", "uu", "ii"),
)  # fmt: skip


@cache
def languages() -> dict[str, Language]:
    """All languages of the table, by code."""
    return {code: _language(code, row) for code, row in read_table("symbolic_music.prosody", "languages.yaml").items()}


def _language(code: str, row: dict[str, object]) -> Language:
    """One row of the table."""
    lists = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    texts = {name: str(value) for name, value in row.items() if isinstance(value, str) and name != "weak"}
    return Language(code=code, weak=frozenset(str(row.get("weak", "")).split()), **texts, **lists)  # type: ignore[arg-type]


def find_language(text: str, code: str | None = None) -> Language:
    """Say which language a text is in.

    Parameters
    ----------
    text : str
        Lyrics.
    code : str, optional
        What somebody said that it is in, such as ``de``.

    Raises
    ------
    InputError
        If the code is none that the table has.

    Examples
    --------
    >>> find_language("Am Brunnen vor dem Tore, da steht ein Lindenbaum").code
    'de'
    """
    known = languages()
    if code:
        if code.lower().split("-")[0] not in known:
            raise InputError(f"language {code!r} is not known; use one of {', '.join(known)}, or leave it out")
        return known[code.lower().split("-")[0]]
    for script, pattern in _SCRIPTS:
        if len(pattern.findall(text)) * 3 >= len(WORD.findall(text)) and pattern.search(text):
            return known[script]
    words = [word.lower().replace("’", "'") for word in WORD.findall(text)]
    shares = {one: _likeness(words, known[one]) for one in known}
    best = max(shares, key=lambda one: (shares[one], one == _USUAL))
    if len(words) >= 6 and not any(word in known[best].weak for word in words) and shares[best] < _LEAST_SHARE:
        return UNKNOWN
    return known[best] if shares[best] > 0 else known[_USUAL]


def _likeness(words: list[str], language: Language) -> float:
    """How many of the words are weak ones of a language, and how many look like its own."""
    weak = sum(word in language.weak for word in words)
    alike = sum(bool(language.hint and re.search(language.hint, word)) for word in words)
    return (weak + _LOOK * alike) / max(1, len(words))
