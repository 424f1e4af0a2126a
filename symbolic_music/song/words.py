"""The words of a phrase as a plan has them: one line of text, its syllables and stresses marked.

``ˈA·maz·ing ˈgrace, how ˈsweet the ˈsound__`` says: a middle dot between a word's syllables, a raised stroke before a
main stress (a low one before a secondary one), an underline for every further note of a syllable, and a tilde
where two words share one. A chord in brackets before a syllable changes with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from symbolic_music.errors import NotationError

DIVIDER, MAIN, SECONDARY, EXTENDER, TIE = "·", "ˈ", "ˌ", "_", "~"
NO_STRESS, SECONDARY_STRESS, MAIN_STRESS = 0, 1, 2
_MARK_OF = {NO_STRESS: "", SECONDARY_STRESS: SECONDARY, MAIN_STRESS: MAIN}
_SYLLABLE = re.compile(rf"(?:\[([^\]]*)\])?([{MAIN}{SECONDARY}]?)([^{EXTENDER}]*?)({EXTENDER}*)([^{EXTENDER}\w]*)$")
# The most notes that one phrase can have, as the phrase model counts them.
MOST_LINE_NOTES = 64


_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]\\W*$")


def is_unspaced(text: str) -> bool:
    """Whether a syllable is of a script that puts no space after it: kana, Han.

    Examples
    --------
    >>> is_unspaced("さ"), is_unspaced("star")
    (True, False)
    """
    return bool(_UNSPACED.search(text))


@dataclass(frozen=True)
class SungSyllable:
    """A syllable with its signs; ``stress`` 0 to 2, ``n_notes`` how many notes it has, 1 or more.

    ``is_alone`` is said of words of one syllable, whose stress may shift with the sense; ``chord`` is a symbol written
    before it.
    """

    text: str
    stress: int = NO_STRESS
    goes_on: bool = False
    n_notes: int = 1
    is_alone: bool = False
    chord: str = ""


@dataclass(frozen=True)
class SungLine:
    """What one phrase sings."""

    syllables: tuple[SungSyllable, ...]

    @property
    def n_notes(self) -> int:
        """How many notes it has."""
        return sum(syllable.n_notes for syllable in self.syllables)

    @property
    def is_question(self) -> bool:
        """Whether it ends with a question mark, quotation marks aside."""
        return self.text.rstrip("\"'”’»)） ").endswith(("?", "？"))

    @cached_property
    def text(self) -> str:
        """The line as people read it."""
        return "".join(
            one.text + ("" if one.goes_on or is_unspaced(one.text) else " ") for one in self.syllables
        ).strip()

    def says(self, title: str) -> bool:
        """Whether the line has a title's words in it."""
        plain = " ".join(re.findall(r"\w+", title.lower()))
        return bool(plain) and plain in " ".join(re.findall(r"\w+", self.text.lower()))

    @property
    def stresses(self) -> tuple[int, ...]:
        """The stress of every syllable."""
        return tuple(one.stress for one in self.syllables)

    def __str__(self) -> str:
        parts = []
        for one in self.syllables:
            chord = f"[{one.chord}]" if one.chord else ""
            sign = chord + _MARK_OF[one.stress] + one.text.replace(" ", TIE) + EXTENDER * (one.n_notes - 1)
            parts.append(sign + (DIVIDER if one.goes_on else " "))
        return "".join(parts).strip()


def parse_line(text: str) -> SungLine:
    """Read a line with its marks.

    Raises
    ------
    NotationError
        If it has no syllable, or more notes than a phrase can have.

    Examples
    --------
    >>> line = parse_line("ˈGlo__·ri·a, how")
    >>> [(one.text, one.stress, one.goes_on, one.n_notes) for one in line.syllables]
    [('Glo', 2, True, 3), ('ri', 0, True, 1), ('a,', 0, False, 1), ('how', 0, False, 1)]
    >>> str(line)
    'ˈGlo__·ri·a, how'
    """
    found: list[SungSyllable] = []
    for word in text.split():
        parts = word.split(DIVIDER)
        for place, part in enumerate(parts):
            match = _SYLLABLE.match(part)
            if match is None or not match[3] + match[5]:
                raise NotationError(f"{text!r}: {word!r} has an empty syllable; write it as {'glo·ri·a'!r}")
            stress = {MAIN: MAIN_STRESS, SECONDARY: SECONDARY_STRESS}.get(match[2], NO_STRESS)
            is_last = place == len(parts) - 1
            plain = (match[3] + match[5]).replace(TIE, " ")
            found.append(SungSyllable(plain, stress, not is_last, 1 + len(match[4]), len(parts) == 1, match[1] or ""))
    line = SungLine(tuple(found))
    if not found:
        raise NotationError("a line without words; leave words out where nobody sings")
    if line.n_notes > MOST_LINE_NOTES:
        raise NotationError(f"{text!r} has {line.n_notes} notes; a phrase has at most {MOST_LINE_NOTES}; divide it")
    return line
