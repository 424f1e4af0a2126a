"""A wish's words made plain before the grammar of `symbolic_music.importing.wishes` reads them: one spelling for each.

Nothing is added or left out but words that carry no wish; numbers of sections and bars become digits, and what
something "needs to be" it simply is.
"""

from __future__ import annotations

import re

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16, "twenty": 20, "thirty-two": 32,
}  # fmt: skip
_COUNTED = r"verse|chorus|bridge|solo|interlude|intro|outro|hook|refrain|bars?|measures?|pre-?chorus"
_DIGITS = "|".join(word for word in sorted(NUMBERS, key=len, reverse=True) if word not in ("a", "an"))
# Each in this order: what is written, and what the grammar knows.
_SPELLINGS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
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


def plain_wish(text: str) -> str:
    """Words in small letters and one spelling, without quotes and a full stop at the end.

    Examples
    --------
    >>> plain_wish("The ending needs to be bigger, please!"), plain_wish("Verse two: no drums.")
    ('the ending bigger', 'verse 2: no drums')
    """
    plain = " ".join(text.lower().replace("’", "'").replace('"', "").split())
    plain = re.sub(r"(?:,?\s*(?:please|thanks|thank you|again please))?[\s.!?]*$", "", plain)
    for pattern, known in _SPELLINGS:
        plain = pattern.sub(known, plain)
    plain = re.sub(
        rf"\b({_COUNTED})\s({_DIGITS})\b(?!\s(?:more|times?|bars?|octaves?)\b)",
        lambda found: f"{found[1]} {NUMBERS[found[2]]}",
        plain,
    )
    return " ".join(plain.split())
