"""Divide words into syllables as they are sung, and say which are stressed.

How many there are never depends on what is installed: English by a dictionary, others by the vowels. Where letters
are divided is taken from pyphen's patterns if that package is there and they have as many parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from symbolic_music.prosody.english import english_stresses
from symbolic_music.prosody.espeak import espeak_stresses
from symbolic_music.prosody.languages import WORD, Language
from symbolic_music.prosody.stress import stresses_of
from symbolic_music.song.words import MAIN_STRESS, NO_STRESS, SECONDARY_STRESS, SungSyllable

# What singers write: an underline for one more note, a tilde where two words share a note.
_EXTENDER, _TIE = "_", "~"
_MARKS = re.compile("[·ˈˌ_\\[\\]]")
# The most notes of one syllable.
MOST_MELISMA = 16
_SMALL_KANA = "ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ"
_KANA = re.compile(r"[぀-ヿㇰ-ㇿ]")
_HAN = re.compile(r"[㐀-鿿々〆]")
_RUBY = re.compile(r"[㐀-鿿々〆]+[（(《]([぀-ヿ]+)[）)》]")
_SILENT_E = re.compile(r"(?<=[^aeiouy])e(?:s|d)?$")
_FRENCH_MUTE = re.compile(r"(?<=[^aeiouyàâäéèêëîïôöùûüœæ])e(?:s|nt)?$|(?<=[qg]u)e(?:s|nt)?$")
_FRENCH_SUNG = re.compile(r"^[aeiouyhàâäéèêëîïôöùûüœæ]")


def syllables_of(line: str, language: Language) -> tuple[SungSyllable, ...]:
    """Divide a line of lyrics.

    Parameters
    ----------
    line : str
        As people write it. ``glo_ria`` or ``glo_`` has a note more for a syllable, ``que~el`` shares one; a middle dot
        or a hyphen inside a word that is written with several of them divides it as the singer wants.
    language : Language
        By whose rules.

    Returns
    -------
    tuple of SungSyllable
        Signs stay with their syllables. Empty for a line without letters.

    Examples
    --------
    >>> from symbolic_music.prosody.languages import languages
    >>> [(one.text, one.stress) for one in syllables_of("Twinkle, little star", languages()["en"])]
    [('Twin', 2), ('kle,', 0), ('lit', 2), ('tle', 0), ('star', 2)]
    """
    if language.code in ("ja", "zh", "ko"):
        return _east_asian(line, language)
    words = _joined_clitics(_words(line), language)
    found: list[SungSyllable] = []
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        found += _sung_word(word, following, language)
    return tuple(found)


def _words(line: str) -> list[str]:
    """Words with their signs; signs alone join the word before them (or the first one)."""
    words: list[str] = []
    waiting = ""
    for word in line.split():
        if re.search(r"[\w&]", word.replace("_", "")):
            words.append(f"{waiting}{word}")
            waiting = ""
        elif re.fullmatch(r"[-–—/|*]+", word):
            continue  # a dash between words is not sung
        elif words:
            words[-1] += word
        else:
            waiting += word
    return words


def _joined_clitics(words: list[str], language: Language) -> list[str]:
    """Words without a vowel share the next word's first syllable."""
    joined: list[str] = []
    carried = ""
    for word in words:
        if word.lower().strip("\"'«„(") in language.clitics:
            carried += f"{word}{_TIE}"
        else:
            joined.append(carried + word)
            carried = ""
    return joined + ([carried.rstrip(_TIE)] if carried else [])


def _sung_word(word: str, following: str, language: Language) -> list[SungSyllable]:
    """The syllables of one word, or of words tied by tildes."""
    chunks = [chunk for chunk in re.split(r"(?<=[^\W_])[-·](?=[^\W_])", word) if chunk]
    if len(chunks) > 1 and (
        word.count("·") or all(len(_divide_chunk(chunk, "", language)[0]) == 1 for chunk in chunks)
    ):
        hyphen = "" if "·" in word else "-"
        last = len(chunks) - 1
        stresses = _word_stress(chunks, language)
        pieces = [
            (chunk + hyphen * (at < last), stress)
            for at, (chunk, stress) in enumerate(zip(chunks, stresses, strict=True))
        ]
    else:
        pieces = []
        for place, chunk in enumerate(chunks):
            last = place == len(chunks) - 1
            texts, stresses = _divide_chunk(chunk, following if last else chunks[place + 1], language)
            texts[-1] += "" if last or "·" in word else "-"
            pieces += list(zip(texts, stresses, strict=True))
    pieces = [(text, stress) for text, stress in pieces if _shown(text)]
    alone = len(pieces) == 1
    return [
        SungSyllable(_shown(text), stress, place < len(pieces) - 1, _n_notes(text), alone)
        for place, (text, stress) in enumerate(pieces)
    ]


def _shown(text: str) -> str:
    """A syllable as it is printed: without the signs that say how it is sung."""
    return " ".join(_MARKS.sub("", text.replace(_TIE, " ")).split())


def _n_notes(text: str) -> int:
    """How many notes its underlines ask for."""
    return min(MOST_MELISMA, 1 + text.count(_EXTENDER))


def _word_stress(parts: Sequence[str], language: Language) -> tuple[int, ...]:
    """Stress of a word that its writer has divided."""
    plain = [_plain(part) for part in parts]
    if language.code == "en":
        known = english_stresses("".join(plain))
        if known is not None and len(known) == len(parts):
            return known
    return stresses_of(plain, language)


def _plain(text: str) -> str:
    """Small letters alone."""
    lowered = text.lower().replace("’", "'")
    return "".join(sign for sign in lowered if sign.isalpha() or sign == "'").strip("'") or lowered


def _divide_chunk(chunk: str, following: str, language: Language) -> tuple[list[str], tuple[int, ...]]:
    """Texts (with their signs) and stresses of a word without hyphens."""
    if _TIE in chunk:
        first, _, second = chunk.rpartition(_TIE)
        texts, stresses = _divide_chunk(second, following, language)
        before, weights = _divide_chunk(first, second, language) if first else ([], ())
        if not before:
            return texts, stresses
        # The last syllable before the tilde shares its note with the first behind it.
        shared = f"{before[-1]}{_TIE}{texts[0]}"
        return [*before[:-1], shared, *texts[1:]], (*weights[:-1], max(weights[-1], stresses[0]), *stresses[1:])
    match = WORD.search(chunk.replace("_", "\u200b"))
    letters = re.sub(r"[_\u200b]", "", chunk)
    found = WORD.search(letters)
    if match is None or found is None:
        return [chunk], (NO_STRESS,)
    core = found[0]
    sizes, stresses = _divide_word(
        core.lower().replace("’", "'"), _is_sung_e(core.lower(), following, language), language
    )
    return _cut(chunk, letters.index(core), sizes), stresses


def _cut(chunk: str, begins: int, sizes: Sequence[int]) -> list[str]:
    """Cut a word with its signs into parts of so many letters; signs before the first and after the last stay."""
    parts: list[str] = []
    at, signs = 0, list(chunk)
    wanted = [begins + sizes[0], *sizes[1:]]
    for size in wanted:
        part, taken = "", 0
        while at < len(signs) and (taken < size or signs[at] == _EXTENDER):
            part += signs[at]
            taken += signs[at] != _EXTENDER
            at += 1
        parts.append(part)
    parts[-1] += "".join(signs[at:])
    return parts


def _is_sung_e(word: str, following: str, language: Language) -> bool:
    """Whether a French mute e at the end has a note: it has none before a vowel."""
    return language.code != "fr" or not _FRENCH_SUNG.match(_plain(following) if following else "")


@lru_cache(maxsize=4096)
def _divide_word(word: str, sung_e: bool, language: Language) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How many letters each syllable has, and the stresses."""
    known = english_stresses(word) if language.code == "en" else None
    spans = _nuclei(word, language)
    if language.code == "fr" and not sung_e and len(spans) > 1 and _FRENCH_MUTE.search(word):
        spans = spans[:-1]
    if (
        language.code == "en"
        and len(spans) > 1
        and _SILENT_E.search(word)
        and not re.search(r"[td]ed$|[^aeiou]les?$|([sxz]|[cs]h|[cg])es$", word)
    ):
        spans = spans[:-1]
    n_parts = max(1, len(known) if known is not None else len(spans))
    parts = _by_patterns(word, n_parts, language) or _by_vowels(word, spans, n_parts, language)
    sizes = tuple(len(part) for part in parts)
    if known is not None and len(known) == len(parts):
        single = len(known) == 1
        is_weak = word in language.weak
        if single:
            return sizes, (NO_STRESS if is_weak else MAIN_STRESS,)
        return sizes, tuple(min(stress, SECONDARY_STRESS) for stress in known) if is_weak else known
    if language.stress == "unknown":
        heard = espeak_stresses(word, language.code, len(parts))
        if heard is not None:
            return sizes, ((NO_STRESS if word in language.weak else heard[0],) if len(parts) == 1 else heard)
        if len(parts) == 1:
            return sizes, (NO_STRESS if word in language.weak else SECONDARY_STRESS,)
    return sizes, stresses_of(parts, language)


def _nuclei(word: str, language: Language) -> list[tuple[int, int]]:
    """Where the vowels of each syllable stand."""
    silent = {match.start() for pattern in language.silent for match in re.finditer(pattern, word)}
    broken = any(re.search(pattern, word) for pattern in language.apart)
    spans: list[tuple[int, int]] = []
    for place, sign in enumerate(word):
        if sign not in language.vowels or place in silent or _is_consonant_y(word, place, language):
            continue
        if spans and spans[-1][1] == place:
            group = word[spans[-1][0] : place + 1]
            at_end = broken and place == len(word.rstrip("si" if language.code == "it" else "s")) - 1
            if not at_end and any(
                group == pair or (len(group) > 2 and group.endswith(pair) and len(pair) > 2) for pair in language.joined
            ):
                spans[-1] = (spans[-1][0], place + 1)
                continue
        spans.append((place, place + 1))
    return spans


def _is_consonant_y(word: str, place: int, language: Language) -> bool:
    """Whether a y (in Polish and Italian not) begins a syllable before a vowel; a u after q."""
    following = word[place + 1] if place + 1 < len(word) else ""
    if word[place] == "u" and place and word[place - 1] == "q":
        return True
    return word[place] == "y" and following != "" and following in language.vowels and language.code not in ("pl", "fr")


def _by_patterns(word: str, n_parts: int, language: Language) -> list[str] | None:
    """Divide by pyphen's patterns, if it is there and finds as many parts."""
    if n_parts == 1:
        return [word]
    for insert in _patterns_of(language.pyphen):
        parts = insert(word, "·").split("·")
        if len(parts) == n_parts and all(set(part) & set(language.vowels) for part in parts):
            return parts
    return None


@cache
def _patterns_of(code: str) -> tuple[Callable[[str, str], str], ...]:
    """Pyphen's dictionaries of a language: with its usual margins, and with the least."""
    try:
        import pyphen
    except ImportError:
        return ()
    if not code or code not in pyphen.LANGUAGES:
        return ()
    return tuple(pyphen.Pyphen(lang=code, left=least, right=least).inserted for least in (2, 1))


def _by_vowels(word: str, spans: list[tuple[int, int]], n_parts: int, language: Language) -> list[str]:
    """Divide between the vowels: what can begin a syllable begins the next one."""
    if n_parts == 1 or not spans:
        return [word]
    spans = _fitted(word, list(spans), n_parts)
    cuts = []
    for (_, end), (start, _) in pairwise(spans):
        between = word[end:start]
        size = next(
            (n for n in range(min(4, len(between)), 1, -1) if between[-n:] in language.onsets), min(1, len(between))
        )
        cuts.append(start - size)
    edges = [0, *cuts, len(word)]
    return [word[a:b] for a, b in pairwise(edges)]


def _fitted(word: str, spans: list[tuple[int, int]], n_parts: int) -> list[tuple[int, int]]:
    """As many nuclei as a dictionary says: the last lone e goes, or long groups are cut."""
    while len(spans) > n_parts:
        lone = [at for at, (a, b) in enumerate(spans) if at and word[a:b] == "e"]
        del spans[lone[-1] if lone else -1]
    while len(spans) < n_parts:
        at = max(range(len(spans)), key=lambda place: spans[place][1] - spans[place][0])
        start, end = spans[at]
        if end - start > 1:
            spans[at : at + 1] = [(start, start + 1), (start + 1, end)]
        else:
            # A syllable without a vowel of its own: rhythm, didn't.
            rest = min(end + 1, len(word) - 1)
            if any(a <= rest < b for a, b in spans) or rest <= end - 1:
                spans.append((len(word), len(word)))
                break
            spans[at + 1 : at + 1] = [(rest, rest + 1)]
    return sorted(spans)


# --- kana, Han, Hangul ----------------------------------------------------------------------------------------------


def _east_asian(line: str, language: Language) -> tuple[SungSyllable, ...]:
    """A syllable a sign; small kana and long marks as singers count: a small ya joins, a long mark has its own note."""
    text = _RUBY.sub(lambda match: match[1], line) if language.code == "ja" else line
    parts: list[str] = []
    glue = False
    for sign in text:
        if parts and (sign in _SMALL_KANA or sign == _EXTENDER):
            parts[-1] += sign
        elif sign.isspace():
            glue = False
        elif _KANA.match(sign) or _HAN.match(sign) or "가" <= sign <= "힣":
            parts.append(sign)
            glue = False
        elif sign.isalnum():
            if glue:
                parts[-1] += sign
            else:
                parts.append(sign)
            glue = True
        elif parts:
            parts[-1] += sign
    found = [part for part in parts if re.search(r"\w", part.replace("_", ""))]
    return tuple(SungSyllable(_shown(part), NO_STRESS, False, _n_notes(part), True) for part in found if _shown(part))
