"""Where an edit is: the words for sections, phrases and bars, found in a plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbolic_music.errors import EditError
from symbolic_music.song.edit import Operation
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import section_bars, slots_of

# Kinds of section by other names that people have for them.
KIND_WORDS = {
    "hook": "chorus", "refrain": "chorus", "middle eight": "bridge", "middle 8": "bridge", "ending": "outro",
    "coda": "outro", "instrumental": "interlude", "introduction": "intro",
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
    "last": -1, "final": -1, "second last": -2,
}  # fmt: skip
ALL_BUT = "all but "
WHOLE = ("all", "song", "whole song", "the song", "everything")
_BARS = re.compile(r"\s*(\d+)\s*(?:(?:-|–|to|\.\.)\s*(\d+))?\s*")
_EDGE_BARS = re.compile(r"\s*(first|last)\s+(\d+)(?:\s+of\s+(.+?))?\s*")


@dataclass(frozen=True)
class Span:
    """Bars ``[start_bar, end_bar)``, counted from 0."""

    start_bar: int
    end_bar: int

    @property
    def n_bars(self) -> int:
        """How many."""
        return self.end_bar - self.start_bar

    def meets(self, other: Span) -> bool:
        """Whether two spans have a bar in common."""
        return self.start_bar < other.end_bar and other.start_bar < self.end_bar


def find_sections(plan: SongPlan, text: str) -> tuple[int, ...]:
    """Find the sections that words name, by their places in the form.

    Parameters
    ----------
    text : str
        A name (``"chorus 2"``), a kind (``"verse"``: all of them), with an ordinal (``"last chorus"``), ``"from"``
        before it (that one and all after it), ``"until"`` (all before it), ``"after"`` (all after it) or ``"before"``
        (the one before it), ``"all but"`` (all others), ``"second half"``, ``"start"`` or ``"end"`` of the song,
        ``"repeats"`` (all that come a second time), or several with a comma or "and" between.

    Raises
    ------
    EditError
        If a section is not there; the message lists those that are.
    """
    if text.strip().lower().startswith(ALL_BUT):
        return _all_but(plan, text.strip()[len(ALL_BUT) :])
    found: list[int] = []
    for one in re.split(r",|\band\b|&", text):
        if one.strip():
            found += _sections_called(plan, " ".join(one.lower().split()))
    if not found:
        raise _missing(plan, text)
    return tuple(sorted(set(found)))


def _all_but(plan: SongPlan, text: str) -> tuple[int, ...]:
    """The sections that are not named."""
    named = set(find_sections(plan, text))
    others = tuple(index for index in range(len(plan.sections)) if index not in named)
    if not others:
        raise EditError(f"all but {text.strip()}: nothing else is in this song")
    return others


def _sections_called(plan: SongPlan, text: str) -> list[int]:
    """The sections that one name means."""
    text = re.sub(r"^(?:the|in|of) ", "", text)
    if text.startswith("from "):
        return list(range(_sections_called(plan, text.removeprefix("from "))[0], len(plan.sections)))
    if text.startswith("until "):
        first = _sections_called(plan, text.removeprefix("until "))[0]
        if first == 0:
            raise EditError(f"{text!r}: the song begins with it, nothing comes before")
        return list(range(first))
    if text.startswith("before "):
        first = _sections_called(plan, text.removeprefix("before "))[0]
        if first == 0:
            raise EditError(f"{text!r}: the song begins with it, nothing comes before")
        return [first - 1]
    if text.startswith("after "):
        last = _sections_called(plan, text.removeprefix("after "))[-1]
        if last + 1 == len(plan.sections):
            raise EditError(f"{text!r}: the song ends with it, nothing comes after")
        return list(range(last + 1, len(plan.sections)))
    if text in WHOLE:
        return list(range(len(plan.sections)))
    if text in ("end", "start", "beginning"):
        return [len(plan.sections) - 1 if text == "end" else 0]
    if text == "repeats":
        kinds = [section.kind for section in plan.sections]
        found = [index for index, kind in enumerate(kinds) if kind in kinds[:index]]
        if not found:
            raise EditError("no section of this song comes a second time")
        return found
    if text in ("first half", "second half"):
        halves = [start + section.n_bars / 2 > plan.n_bars / 2
                  for start, section in zip(section_bars(plan), plan.sections, strict=True)]  # fmt: skip
        return [index for index, is_second in enumerate(halves) if is_second == (text == "second half")]
    named = [index for index, section in enumerate(plan.sections) if section.name.lower() == text]
    if named:
        return named
    every = re.sub(r"^(?:every|each|all|both)(?: the)? ", "", text)
    ordinal = next((word for word in sorted(ORDINALS, key=len, reverse=True) if every.startswith(f"{word} ")), None)
    kind = every.removeprefix(f"{ordinal} ") if ordinal else every
    number = re.fullmatch(r"(.+?)[ #]?(\d+)", kind)
    if number is not None and ordinal is None:
        kind, place = number[1].strip(), int(number[2])
    else:
        place = ORDINALS[ordinal] if ordinal else 0
    alike = [index for index, section in enumerate(plan.sections) if section.kind in _kinds(kind)]
    if place == 0 and alike:
        return alike
    if not alike or not (0 < place <= len(alike) or -len(alike) <= place < 0):
        raise _missing(plan, text)
    return [alike[place - 1 if place > 0 else place]]


def _kinds(word: str) -> tuple[str, ...]:
    """A kind as people write it: in the plural, without the hyphen."""
    plain = word.replace("prechorus", "pre-chorus").replace("pre chorus", "pre-chorus")
    plain = KIND_WORDS.get(plain, plain)
    return (plain, plain.removesuffix("s"), plain.removesuffix("es"))


def _missing(plan: SongPlan, text: str) -> EditError:
    """Say which sections there are."""
    listed = ", ".join(section.name for section in plan.sections)
    return EditError(f"{text!r} is not a section of this song; it has {listed}")


def section_span(plan: SongPlan, index: int) -> Span:
    """A section's bars."""
    start = section_bars(plan)[index]
    return Span(start, start + plan.sections[index].n_bars)


def find_phrase(plan: SongPlan, text: str) -> Span:
    """Find a phrase's bars by its name.

    Raises
    ------
    EditError
        If there is none of that name.
    """
    for slot in slots_of(plan):
        if slot.phrase.name.lower() == text.strip().lower():
            return Span(slot.start_bar, slot.start_bar + slot.phrase.n_bars)
    listed = ", ".join(slot.phrase.name for slot in slots_of(plan))
    raise EditError(f"{text!r} is not a phrase of this song; it has {listed}")


def find_bars(plan: SongPlan, text: str) -> Span:
    """Read bars as people count them, ``"9-12"``, or from an end: ``"last 2"``, ``"first 4 of verse 2"``.

    Raises
    ------
    EditError
        If they are not bars of this song.
    """
    if _EDGE_BARS.fullmatch(text) is not None:
        return _edge_bars(plan, text)
    found = _BARS.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= plan.n_bars:
        raise EditError(f"bars {text!r} are not in this song; write two numbers from 1 to {plan.n_bars}, as in 9-12")
    return Span(first - 1, last)


def _edge_bars(plan: SongPlan, text: str) -> Span:
    """Find so many bars at an end of the song, or of a section."""
    found = _EDGE_BARS.fullmatch(text)
    assert found is not None
    inside = Span(0, plan.n_bars)
    if found[3] is not None:
        indices = find_sections(plan, found[3])
        if len(indices) > 1:
            named = ", ".join(plan.sections[index].name for index in indices)
            raise EditError(f"bars {text!r}: this names {named}; name one of them")
        inside = section_span(plan, indices[0])
    n_bars = int(found[2])
    if not 1 <= n_bars <= inside.n_bars:
        raise EditError(f"bars {text!r}: there are {inside.n_bars} bars; write 1 to {inside.n_bars}")
    if found[1] == "first":
        return Span(inside.start_bar, inside.start_bar + n_bars)
    return Span(inside.end_bar - n_bars, inside.end_bar)


def find_spans(plan: SongPlan, operation: Operation) -> tuple[Span, ...]:
    """Find where an operation is: spans in order, sections that touch each other joined.

    Raises
    ------
    EditError
        If the place is not in this song.
    """
    if operation.phrase is not None:
        return (find_phrase(plan, operation.phrase),)
    if operation.bars is not None:
        return (find_bars(plan, operation.bars),)
    if operation.section is None:
        return (Span(0, plan.n_bars),)
    return join_spans([section_span(plan, index) for index in find_sections(plan, operation.section)])


def join_spans(spans: list[Span]) -> tuple[Span, ...]:
    """Join spans that touch each other.

    Examples
    --------
    >>> join_spans([Span(0, 4), Span(4, 8), Span(12, 16)])
    (Span(start_bar=0, end_bar=8), Span(start_bar=12, end_bar=16))
    """
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start_bar):
        if joined and joined[-1].end_bar >= span.start_bar:
            joined[-1] = Span(joined[-1].start_bar, max(joined[-1].end_bar, span.end_bar))
        else:
            joined.append(span)
    return tuple(joined)


def sections_in(plan: SongPlan, spans: tuple[Span, ...]) -> tuple[int, ...]:
    """The sections that spans touch."""
    return tuple(
        index for index in range(len(plan.sections)) if any(section_span(plan, index).meets(span) for span in spans)
    )
