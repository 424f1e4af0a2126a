"""A form as a user writes it: ``intro4 verse8 chorus8``, ``A8 A8 B8 A8`` or ``AABA``.

Each word is a section kind (or one of its other names) or a single capital letter (A to L), and
may be followed at once by its length in bars. Equal letters share material; what kind of section
a letter is follows from the pattern (see ``kinds_of_letters``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbolic_music.errors import BriefError
from symbolic_music.limits import ASKED_BARS
from symbolic_music.song.plan import SECTION_KINDS

MAX_SECTION_BARS = 64
OTHER_NAMES = {
    "prechorus": "pre-chorus", "pre": "pre-chorus", "refrain": "chorus", "hook": "chorus", "drop": "chorus",
    "middle": "bridge", "break": "interlude", "instrumental": "interlude", "transition": "interlude",
    "coda": "outro", "ending": "outro", "end": "outro", "introduction": "intro", "strophe": "verse",
}  # fmt: skip
_WORD = re.compile(r"([A-Za-z][A-Za-z-]*?)[:=]?(\d+)?$")
_LETTERS = re.compile(r"(?:[A-L]\d*)+$")


@dataclass(frozen=True)
class AskedSection:
    """One section of a form text; ``n_bars`` is ``None`` where the planner may choose.

    ``label`` is what the user calls the material: the kind's name, or a letter.
    """

    kind: str
    label: str
    n_bars: int | None


def parse_form(text: str) -> list[AskedSection]:
    """Read a form text.

    Raises
    ------
    BriefError
        If a word is no section, a length is not 1 to ``MAX_SECTION_BARS`` bars, or the whole is longer than a song.

    Examples
    --------
    >>> [(section.kind, section.n_bars) for section in parse_form("verse8 Chorus")]
    [('verse', 8), ('chorus', None)]
    """
    words = re.split(r"[\s,|>]+", re.sub(r"(?i)pre[- ]chorus", "prechorus", text).strip())
    pairs: list[tuple[str, int | None]] = []
    for word in words:
        for part in re.split(r"-", word):
            if part:
                pairs += _read_word(part)
    if not pairs:
        raise BriefError(f"form {text!r} names no section; write for example 'intro4 verse8 chorus8' or 'A8 A8 B8 A8'")
    ASKED_BARS.check(sum(bars or 1 for _, bars in pairs), "form", BriefError)
    kinds = kinds_of_letters([label for label, _ in pairs if len(label) == 1])
    return [AskedSection(kinds.get(label, label), label, bars) for label, bars in pairs]


def kinds_of_letters(letters: list[str]) -> dict[str, str]:
    """Say which section kind each letter of a form is.

    The first letter is the verse. A second letter heard at least twice is the chorus, or a
    letter heard once between verses is the bridge (AABA); a third letter is the
    bridge if heard once, and so on; what is left over is a further verse.

    Examples
    --------
    >>> kinds_of_letters(list("AABA")), kinds_of_letters(list("ABABCB"))
    ({'A': 'verse', 'B': 'bridge'}, {'A': 'verse', 'B': 'chorus', 'C': 'bridge'})
    """
    kinds: dict[str, str] = {}
    for letter in letters:
        if letter in kinds:
            continue
        if not kinds:
            kinds[letter] = "verse"
        elif letters.count(letter) > 1 and "chorus" not in kinds.values():
            kinds[letter] = "chorus"
        else:
            last = letter == letters[-1] and letters.count(letter) == 1
            kinds[letter] = "verse" if last or "bridge" in kinds.values() else "bridge"
    if set(kinds.values()) == {"verse"} and len(kinds) > 1:
        kinds[list(kinds)[1]] = "chorus"  # AB: verse and chorus
    return kinds


def _read_word(word: str) -> list[tuple[str, int | None]]:
    """Read one word as labels with bars; ``AABA`` is four."""
    match = _WORD.match(word)
    name = match[1].lower() if match else ""
    kind = OTHER_NAMES.get(name, name)
    if kind not in SECTION_KINDS and _LETTERS.match(word):
        found = re.findall(r"([A-L])(\d*)", word)
        return [(letter, _check_bars(word, int(bars)) if bars else None) for letter, bars in found]
    if match is None or kind not in SECTION_KINDS:
        raise BriefError(
            f"form: {word!r} is not a section; use {', '.join(SECTION_KINDS)} or a capital letter A to L, "
            "each with its bars written right behind it, e.g. 'verse8' or 'A8'"
        )
    return [(kind, _check_bars(word, int(match[2])) if match[2] else None)]


def _check_bars(word: str, n_bars: int) -> int:
    """Refuse a length that no section can have."""
    if not 1 <= n_bars <= MAX_SECTION_BARS:
        raise BriefError(f"form: {word!r} has {n_bars} bars; a section has 1 to {MAX_SECTION_BARS}")
    return n_bars
