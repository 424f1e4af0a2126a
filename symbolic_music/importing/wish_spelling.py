"""A wish's words made plain before the grammar of `symbolic_music.importing.wishes` reads them: one spelling for each.

Nothing is added or left out but words that carry no wish; numbers of sections and bars become digits, and what
something "needs to be" it simply is.
"""

from __future__ import annotations

import re

from symbolic_music.prosody.english import is_english

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16, "twenty": 20, "thirty-two": 32,
}  # fmt: skip
_COUNTED = r"verse|chorus|bridge|solo|interlude|intro|outro|hook|refrain|bars?|measures?|pre-?chorus"
_DIGITS = "|".join(word for word in sorted(NUMBERS, key=len, reverse=True) if word not in ("a", "an"))
_LISTENERS = (
    r"students?|pupils?|kids|children|beginners?|class(?:es)?|learners?|lessons?|school|audience|listeners?|trailer|video"
    r"|film|movie|scene|cutscene|menu|game|level"
)
_JOINTS = r"(?:and|then|but|plus)"
# Each in this order: what is written, and what the grammar knows.
_SPELLINGS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"\b(do|ca|wo|is|does|did|should|could|would|are)nt\b", r"\1n't"),
        (r"\b(that|it|there)s\b(?=\s(?:\w+ing|too|so|a|very|just|really|not|boring|way|kind of|still)\b)", r"\1's"),
        (r"\bteh\b", "the"),
        (r"\b(can|could|would|should|do) u\b", r"\1 you"),
        (r"\babit\b", "a bit"),
        (r"\balot\b", "a lot"),
        (r"\bgimme\b", "give me"),
        (r"\bwanna\b", "want to"),
        (r"\bloose (?=(?:the|all|that|those)\b)", "lose "),
        (r"\bmelod(?:ie|ey)s?\b", "melody"),
        # What it is for, and why, carries no wish of its own.
        (rf"\sfor (?:(?:my|our|the|a|some|an) )?(?:[\w-]+ ){{0,3}}(?:{_LISTENERS})$", ""),
        (rf"\s(?:because|so that|so (?=(?:my|the|our|we|i|they|you|it)\b))(?:(?!\b{_JOINTS}\b)[^,;.])*$", ""),
        (r"\s(?:anywhere|everywhere|at all|whatsoever|overall|in general|in there)$", ""),
        (r"\sinstead$", ""),
        (r"^(?:(?:it's|that's|its|thats)\s)?(?:good|nice|great|cool|(?:i )?(?:like|love) it),?\s(?:but\s|now\s)+", ""),
        # All else stays by itself.
        (r"^(?:keep|leave) (?:everything|it all|all)(?: else)?(?: the same| as it is| alone)?,? (?:but|and|just) ", ""),
        (r"\bmiddle[ -](?:eight|8)\b", "bridge"),
        (r"\b(?:needs?|has|have|ought|got|is|are)\sto\s(?:be|sound|feel|get)\b\s*", ""),
        (r"\b(?:should|must|could|can|shall)\s(?:be|sound|feel|get)\b\s*(?=\w)", ""),
        (r"(?<=\w)\sto\sbe\b", ""),
        (r"\b(?:if (?:you|we) (?:can|could|would)|for me|this time|from now on|if possible)\b", ""),
        (r"\bhalf[ -]?a[ -](?:step|tone)\b|\bhalf[ -]?(?:step|tone)\b", "half step"),
        (r"\b(?:a\s)?(?:notch|smidge|smidgen|hair|tiny bit|wee bit|little more)\b", "a little"),
        (r"\bpercent\b|\bper cent\b|\s+%", "%"),
        (r"\b(?:beats (?:a|per) minute)\b", "bpm"),
        (r"\bre-?harmonize\b", "reharmonise"),
        (r"\b(?:harmony|background|backup|back-?up)\s(?:vocals?|voices?|singers?)\b", "backing vocals"),
    )
)  # fmt: skip


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Shorter words have too many neighbours.
_SHORTEST_MENDED = 4


def mended_wish(plain: str, known: frozenset[str]) -> str:
    """A plain wish in which each word that is none has become the only known word that is one slip of the finger away.

    Parameters
    ----------
    known : frozenset of str
        The words that the grammar knows; a word of English that is not among them stays as it is.

    Examples
    --------
    >>> mended_wish("the chorsu shold be tighter", frozenset({"chorus", "should", "lighter"}))
    'the chorus should be tighter'
    """

    def mend(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) < _SHORTEST_MENDED or word in known or is_english(word):
            return word
        near = _slips_of(word) & known
        # The first letter is seldom the wrong one.
        near = {other for other in near if other[0] == word[0]} or near
        return near.pop() if len(near) == 1 else word

    return re.sub(r"[a-z]+", mend, plain)


def _slips_of(word: str) -> set[str]:
    """All words that one letter more, less, other, or two that change places make of a word."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    more = {left + letter + right for left, right in cuts for letter in _LETTERS}
    return fewer | swapped | other | more


def plain_wish(text: str) -> str:
    """Words in small letters and one spelling, without quotes and a full stop at the end.

    Examples
    --------
    >>> plain_wish("The ending needs to be bigger, please!"), plain_wish("Verse two: no drums.")
    ('the ending bigger', 'verse 2: no drums')
    """
    plain = " ".join(text.lower().replace("’", "'").replace('"', "").split())
    plain = re.sub(
        r"(?:,?\s*\b(?:please|pls|plz|thanks(?: a lot)?|thx|ty|thank you|cheers|again please))?[\s.!?]*$", "", plain
    )
    for pattern, known in _SPELLINGS:
        plain = pattern.sub(known, plain)
    plain = re.sub(
        rf"\b({_COUNTED})\s({_DIGITS})\b(?!\s(?:more|times?|bars?|octaves?)\b)",
        lambda found: f"{found[1]} {NUMBERS[found[2]]}",
        plain,
    )
    return " ".join(plain.split())
