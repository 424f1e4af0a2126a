"""What people write after a chord's root, as tones: ``m7b5``, ``^7``, ``7M``, ``7/9``, ``sus4(b9)``.

A text is read piece by piece from the left (`_PIECES`), each piece changing third, fifth, seventh or tensions. So the
many spellings of jazz charts, song books, Brazilian and French sheets mean tones, and no table has to list them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAJOR_SEVENTH, MINOR_SEVENTH, DIMINISHED_SEVENTH = 11, 10, 9
_NATURAL = {"2": 2, "4": 5, "5": 7, "6": 9, "9": 2, "11": 5, "13": 9}
_SIGNS = {"#": 1, "+": 1, "b": -1, "-": -1}
_PLAIN = str.maketrans(
    {"♯": "#", "♭": "b", "Δ": "^", "△": "^", "∆": "^", "º": "°", "–": "-", "−": "-", "Ø": "ø", "’": "", " ": ""}
)
_SEPARATORS = re.compile(r"[(),\[\]{}]|/")
ALTERED_NINTHS = {1, 3}


@dataclass
class _Tones:
    """A chord while it is read: semitones above the root, ``None`` where there is none."""

    third: int | None = 4
    fifth: int | None = 7
    seventh: int | None = None
    tensions: set[int] = field(default_factory=set)
    is_major: bool = False
    is_diminished: bool = False


def intervals_of(text: str) -> frozenset[int] | None:
    """Read a chord's quality as semitones above the root.

    Parameters
    ----------
    text : str
        What stands after the root and before a bass.

    Returns
    -------
    frozenset of int or None
        0 to 11, the root among them; ``None`` for what nobody writes so.

    Examples
    --------
    >>> sorted(intervals_of("7(b9,13)") or ())
    [0, 1, 4, 7, 9, 10]
    """
    rest = _SEPARATORS.sub(" ", text.translate(_PLAIN)).strip()
    tones = _Tones()
    pieces = (*_AT_FIRST, *_ANYWHERE)
    while rest:
        found = next(((match, change) for pattern, change in pieces if (match := pattern.match(rest))), None)
        if found is None:
            return None
        match, change = found
        change(tones, match)
        rest, pieces = rest[match.end() :].lstrip(), _ANYWHERE
    members = (tones.third, tones.fifth, tones.seventh)
    return frozenset({0, *(tone for tone in members if tone is not None), *tones.tensions})


def _minor(tones: _Tones, match: re.Match[str]) -> None:
    tones.third = 3


def _major(tones: _Tones, match: re.Match[str]) -> None:
    """``maj`` asks for the major seventh where a number follows."""
    tones.is_major = True


def _major_seventh(tones: _Tones, match: re.Match[str]) -> None:
    """The triangle and ``7M`` are a major seventh by themselves."""
    tones.is_major, tones.seventh = True, MAJOR_SEVENTH


def _diminished(tones: _Tones, match: re.Match[str]) -> None:
    tones.third, tones.fifth, tones.is_diminished = 3, 6, True


def _half_diminished(tones: _Tones, match: re.Match[str]) -> None:
    tones.third, tones.fifth, tones.seventh = 3, 6, MINOR_SEVENTH


def _augmented(tones: _Tones, match: re.Match[str]) -> None:
    tones.fifth = 8


def _suspended(tones: _Tones, match: re.Match[str]) -> None:
    tones.third = None
    tones.tensions.add(_NATURAL[match["by"] or "4"])


def _number(tones: _Tones, match: re.Match[str]) -> None:
    """A seventh, with the tensions that people play below the one that is named."""
    number = match["number"].replace(" ", "")
    if number in ("6", "69"):
        tones.tensions |= {9} if number == "6" else {9, 2}
        return
    if tones.seventh is None:
        natural = DIMINISHED_SEVENTH if tones.is_diminished else MINOR_SEVENTH
        tones.seventh = MAJOR_SEVENTH if tones.is_major else natural
    if number == "9":
        tones.tensions.add(2)
    elif number == "11":
        # Over a major third the eleventh is played without it: a ninth, suspended.
        tones.third = None if tones.third == 4 else tones.third
        tones.tensions |= {2, 5}
    elif number == "13":
        # A ninth that was altered stands in the natural one's place.
        has_ninth = tones.third is None or tones.tensions & ALTERED_NINTHS
        tones.tensions |= {9} if has_ninth else {2, 9}


def _altered(tones: _Tones, match: re.Match[str]) -> None:
    number = match["of"]
    step = (_NATURAL[number] + _SIGNS[match["sign"]]) % 12
    if number == "5":
        tones.fifth = step
    else:
        tones.tensions -= {_NATURAL["9"]} if number == "9" else set()
        tones.tensions.add(step)


def _added(tones: _Tones, match: re.Match[str]) -> None:
    tones.tensions.add((_NATURAL[match["added"]] + _SIGNS.get(match["sign"] or "", 0)) % 12)


def _left_out(tones: _Tones, match: re.Match[str]) -> None:
    if match["out"] == "3":
        tones.third = None
    else:
        tones.fifth = None


def _second(tones: _Tones, match: re.Match[str]) -> None:
    """``C2`` of song books: the second beside the third."""
    tones.tensions.add(2)


def _alt(tones: _Tones, match: re.Match[str]) -> None:
    """The altered dominant as it is voiced: both ninths and the sharp fifth."""
    tones.fifth, tones.seventh = 8, MINOR_SEVENTH
    tones.tensions |= {1, 3}


def _power(tones: _Tones, match: re.Match[str]) -> None:
    tones.third = None


_Piece = tuple[re.Pattern[str], Callable[[_Tones, re.Match[str]], None]]


def _table(*rows: tuple[str, Callable[[_Tones, re.Match[str]], None]]) -> tuple[_Piece, ...]:
    return tuple((re.compile(pattern), change) for pattern, change in rows)


# What means something else right after the root: a minus is minor, a plus augmented, 5 a power chord.
_AT_FIRST = _table(
    (r"5$", _power),
    (r"(?P<by>4)$", _suspended),
    (r"2$", _second),
    (r"(?:aug|Aug|\+(?!11|5))", _augmented),
    (r"(?:minor|min|Min|MIN|mi|Mi|MI|m(?!a)|-(?!5))", _minor),
)
_ANYWHERE = _table(
    (r"(?:add|Add|ADD)(?P<sign>[#b])?(?P<added>2|4|6|9|11|13)", _added),
    (r"(?:no|omit|No)\.?(?P<out>[35])(?:rd|th)?", _left_out),
    (r"(?:sus|Sus|SUS)(?P<by>[24])?", _suspended),
    (r"(?:half-?dim|hdim|ø|h(?=7?$))7?", _half_diminished),
    (r"dim|Dim|°|o(?!m)", _diminished),
    (r"alt", _alt),
    (r"(?:\^|7M|7maj|7Maj|7ma)7?", _major_seventh),
    (r"(?:major|Major|maj|Maj|MAJ|ma|Ma|MA|M|j)", _major),
    (r"(?P<sign>[#b+-])(?P<of>5|9|11|13)", _altered),
    (r"(?P<of>5|9|11|13)(?P<sign>[+-])", _altered),
    (r"aug|\+$", _augmented),
    (r"(?P<by>4)", _suspended),
    (r"(?P<number>69|6 9|6|7|9|11|13)", _number),
)
