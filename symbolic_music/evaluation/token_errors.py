"""Token syntax errors: tokens that cannot follow the ones before.

After Fradet et al., "Byte pair encoding for symbolic music" (EMNLP 2023; MidiTok): the share of tokens of a wrong
type, of positions that do not ascend in their bar, and of notes that sound together where one voice is asked.
The grammar of ``tokens.grammar`` lets none through; a model sampled without it, or a Markov chain, makes some.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.grammar import FOLLOWERS


def token_syntax_error(ids: Sequence[int], part: str = "melody") -> float:
    """Give the share of a target's tokens that break the syntax.

    Parameters
    ----------
    ids : sequence of int
        Bars of a phrase, each begun by ``Bar``, with or without ``EOS``; chords that are given beside a
        melody's notes are no error.
    part : str
        One of ``tokens.grammar.FOLLOWERS``.

    Returns
    -------
    float
        0 to 1; ``nan`` for no token.

    Raises
    ------
    InputError
        If the part is unknown or an id is outside the vocabulary.
    """
    if part not in FOLLOWERS:
        raise InputError(f"token syntax: part {part!r} is not one of {', '.join(FOLLOWERS)}")
    outside = next((index for index in ids if not 0 <= index < len(v.TOKENS)), None)
    if outside is not None:
        raise InputError(f"token syntax: id {outside} is outside 0 to {len(v.TOKENS) - 1}")
    own = list(ids) if part == "chords" else _without_chords(ids)
    errors, last, tick, busy = 0, "", -1, 0
    for index in own:
        kind, value = v.TYPE_OF[index], v.VALUE_OF[index]
        is_wrong = not _may_follow(part, last, kind)
        if kind == "Bar":
            tick, busy = -1, 0
        elif kind == "Position":
            is_wrong |= int(value) <= tick or (part == "melody" and int(value) < busy)
            tick = int(value)
        elif kind == "Duration":
            busy = tick + int(value)
        errors += is_wrong
        last = kind
    return errors / len(own) if own else float("nan")


def _without_chords(ids: Sequence[int]) -> list[int]:
    """Leave out the chords given beside notes: ``Position``, ``Root``, ``Quality`` and perhaps ``Bass``."""
    own: list[int] = []
    for index in ids:
        kind = v.TYPE_OF[index]
        if kind == "Root" and own and v.TYPE_OF[own[-1]] == "Position":
            own.pop()
        if kind not in ("Root", "Quality", "Bass"):
            own.append(index)
    return own


def _may_follow(part: str, last: str, kind: str) -> bool:
    """Say whether a type may follow another; the end is a bar line or ``EOS``."""
    if not last:
        return kind == "Bar"
    kinds = FOLLOWERS[part].get(last, ())
    return kind in kinds or (kind in ("Bar", "EOS") and "End" in kinds)
