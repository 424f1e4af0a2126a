"""Which syllable of a word is stressed, by the rules of its language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from symbolic_music.prosody.languages import Language
from symbolic_music.song.words import MAIN_STRESS, NO_STRESS, SECONDARY_STRESS

_ACUTE = frozenset("áéíóúâêôàèìòùãõ")
_MUTE_ENDINGS = ("e", "es", "ent", "ue", "ues")
# Endings of German and Dutch loan words that have the stress even where only one syllable stands before them.
_HEAVIEST = ("ik", "ion", "tät", "ei", "ur", "ie", "iert", "tie", "teit", "ij")
# Italian words on these stress the last but two: rapido, piccolo, bellissimo.
_SLIDING = re.compile(r"(?:issim|[ai]bil|evol|id|[^r]ol|ul)[oaei]$")
_NOT_SLIDING = ("viola", "figliola", "figliolo")
_TONIC_LONE = frozenset("áéíóú")


def stresses_of(parts: Sequence[str], language: Language) -> tuple[int, ...]:
    """Give the main stress to one syllable of a word, or to none where the language is not known to have it.

    Parameters
    ----------
    parts : sequence of str
        Its syllables in small letters.
    language : Language
        Whose rule is taken.

    Examples
    --------
    >>> from symbolic_music.prosody.languages import languages
    >>> stresses_of(["co", "ra", "zón"], languages()["es"]), stresses_of(["ver", "ges", "sen"], languages()["de"])
    ((0, 0, 2), (0, 2, 0))
    """
    rule = _RULES.get(language.stress)
    if rule is None:
        return (NO_STRESS,) * len(parts)
    if len(parts) == 1:
        return (NO_STRESS if "".join(parts) in language.weak else MAIN_STRESS,)
    at = rule(parts, language)
    weight = SECONDARY_STRESS if "".join(parts) in language.weak else MAIN_STRESS
    return tuple(weight if place == at else NO_STRESS for place in range(len(parts)))


def _english(parts: Sequence[str], language: Language) -> int:
    """Words that no dictionary has: the first of two, else the third last."""
    return max(0, len(parts) - 3)


def _germanic(parts: Sequence[str], language: Language) -> int:
    """The first syllable that is no unstressed prefix; loan words by their ending."""
    word = "".join(parts)
    heavy = next((ending for ending in language.heavy if word.endswith(ending) and len(word) > len(ending) + 2), "")
    if heavy and (len(parts) > 2 or heavy in _HEAVIEST):
        return len(parts) - 2 if heavy.endswith("en") else len(parts) - 1
    is_light = parts[0] in language.prefixes and len("".join(parts[1:])) > 2
    return 1 if is_light and not (len(parts) == 2 and _is_schwa(parts[1])) else 0


def _is_schwa(part: str) -> bool:
    """Whether a last syllable never has the stress, so that no prefix stands before it: ``geben``, ``Ernte``."""
    return part.lstrip("bcdfghjklmnpqrstvwxzß") in ("e", "en", "er", "el", "es", "em", "est", "ern", "eln")


def _accented(parts: Sequence[str], marks: frozenset[str]) -> int | None:
    """The syllable with an accent."""
    return next((place for place, part in enumerate(parts) if set(part) & marks), None)


def _spanish(parts: Sequence[str], language: Language) -> int:
    """The accent's; else the last but one of words that end with a vowel, n or s, else the last."""
    accent = _accented(parts, _ACUTE)
    if accent is not None:
        return accent
    return len(parts) - 2 if parts[-1][-1] in "aeiouns" else len(parts) - 1


def _portuguese(parts: Sequence[str], language: Language) -> int:
    """The accent's; else the last but one of words that end with a, e, o, am, em, else the last."""
    accent = _accented(parts, _TONIC_LONE | frozenset("âêô"))
    if accent is not None:
        return accent
    if set(parts[-1]) & set("ãõ"):
        return len(parts) - 1
    word = "".join(parts).rstrip("s")
    return len(parts) - 2 if word.endswith(("a", "e", "o", "am", "em", "en")) else len(parts) - 1


def _italian(parts: Sequence[str], language: Language) -> int:
    """The accent's, else the last but one."""
    accent = _accented(parts, _ACUTE)
    if accent is not None:
        return accent
    word = "".join(parts)
    slides = len(parts) > 2 and word not in _NOT_SLIDING and _SLIDING.search(word)
    return len(parts) - 3 if slides else len(parts) - 2


def _last(parts: Sequence[str], language: Language) -> int:
    """The last syllable whose vowel is not a mute e."""
    tail = parts[-1].lstrip("bcdfghjklmnpqrstvwxzçñ")
    return len(parts) - 2 if tail in _MUTE_ENDINGS else len(parts) - 1


def _penult(parts: Sequence[str], language: Language) -> int:
    """The last but one."""
    return len(parts) - 2


_RULES: dict[str, Callable[[Sequence[str], Language], int]] = {
    "english": _english, "germanic": _germanic, "spanish": _spanish, "portuguese": _portuguese, "italian": _italian,
    "last": _last, "penult": _penult,
}  # fmt: skip
