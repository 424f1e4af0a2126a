# ruff: noqa: E501  (a pattern of the grammar reads best in one line)
"""Reading a wish: an edit in words to operations, by a grammar of verbs, places, parts and amounts.

Nothing is guessed. A wish is split into clauses at "and", "then", commas; each clause must match one of the patterns
whole, or nothing of the wish is done. Patterns stand in ``_CLAUSES`` in the order in which they are tried; places are
left as words, which `symbolic_music.song.places` finds in the song.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symbolic_music.errors import EditError, InputError
from symbolic_music.importing.wish_spelling import NUMBERS, plain_wish
from symbolic_music.song.edit import WHOLE_SECTIONS, WHOLE_SONG, Edit, Operation
from symbolic_music.song.plan import SECTION_KINDS
from symbolic_music.song.style_names import find_style_name
from symbolic_music.theory.instruments import find_instrument
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import METERS

Fields = dict[str, object]

# --- words ----------------------------------------------------------------------------------------------------------

_KIND = (
    r"(?:intros?|introduction|verses?|pre-?\s?chorus(?:es)?|chorus(?:es)?|hooks?|refrains?|bridges?|middle (?:eight|8)"
    r"|solos?|interludes?|instrumentals?|outros?|endings?|coda)"
)
_ORDINAL = r"(?:first|second|third|fourth|fifth|last|final|1st|2nd|3rd|4th|second last)"
_HALF = r"(?:the\s)?(?:first|second)\shalf(?:\sof\s(?:the\s|this\s)?(?:song|tune|track|piece))?"
_ONE = rf"(?:{_HALF}|(?:(?:the|each|every|both|all(?: of)?)\s)*(?:{_ORDINAL}\s)?{_KIND}(?:\s?\d+)?)"
_SECTIONS = rf"{_ONE}(?:(?:\s?,\s?|\s(?:and|&)\s)(?:{_ONE}|\d+))*"
_NUMBER = rf"(?:\d+|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_EDGE_BARS = (
    rf"(?:the\s)?(?:first|last|final|opening|closing)\s(?:{_NUMBER}\s)?(?:bars?|measures?)(?:\s(?:of|in)\s{_ONE})?"
)
_BARS = rf"(?:(?:the\s)?(?:bars?|measures?)\s\d+(?:\s?(?:-|–|to|and|through)\s?\d+)?|{_EDGE_BARS})"
_WHOLE = r"(?:it|this|that|everything|all|(?:the|this|my)\s(?:whole\s|entire\s)?(?:song|thing|piece|track|music|tune)|the whole)"
_PLACE = rf"(?P<place>{_SECTIONS}|{_BARS}|{_WHOLE})"
_IN = rf"(?:\s(?:in|of|for|from|during|on|at|to|under|over|into|throughout)\s{_PLACE})?"
_PLAYER = r"(?P<players>[\w', -]+?)"
_HOW_MUCH = (
    r"(?P<much>(?:just\s)?(?:a\s(?:little|bit|touch|tad|lot)|a\slittle\sbit|slightly|much|far|way|even|considerably|"
    r"somewhat|very)(?:\s(?:bit|more))?\s)?"
)
_MUCH_AFTER = r"(?:\s(?P<much>(?:a\s(?:little|bit|touch|tad|lot))|slightly))?"
_MAKE = r"(?:make|let|have|get|play|turn|keep|render|do)"
_AMOUNTS = {"little": 0.5, "bit": 0.5, "touch": 0.5, "tad": 0.5, "slightly": 0.5, "somewhat": 0.5}
_SIZES = {"short": 4, "little": 4, "brief": 4, "long": 16}
_MUCH = ("much", "lot", "far", "way", "considerably", "very")
_INTERVALS = {
    "semitone": 1, "half step": 1, "half-step": 1, "half tone": 1, "whole tone": 2, "whole step": 2, "tone": 2, "step": 2,
    "minor third": 3, "major third": 4, "third": 4, "fourth": 5, "fifth": 7, "octave": 12, "key": 2,
}  # fmt: skip
_INTERVAL = rf"(?P<count>{_NUMBER})\s(?P<step>{'|'.join(sorted(_INTERVALS, key=len, reverse=True))})s?"
_LOUD = (
    r"bigger|larger|louder|fuller|stronger|huger|busier|richer|denser|heavier|wilder|grander|thicker|more intense"
    r"|more powerful|more energetic|more driving|more epic|more exciting|more dramatic|more massive|huge|massive"
)
_SOFT = (
    r"smaller|quieter|softer|calmer|gentler|thinner|lighter|sparser|simpler|less intense|less busy|less loud"
    r"|more intimate|more quiet|more gentle|more relaxed|more minimal|less energetic|mellower"
)
_DARK = r"darker|sadder|gloomier|more melancholic|more sombre|more somber|more sad|minor|more minor"
_BRIGHT = r"brighter|happier|sunnier|more cheerful|more joyful|more happy|major|more hopeful"
_TUNE = r"(?:melody|tune|melody line|vocal line|vocal melody|topline|top line|lead line|lead melody)"
_CHORDS = r"(?:chords|harmony|harmonies|chord progression|progression|changes)"
_LINES = r"(?:part|line|pattern|groove|beat|riff)"
_POLITE = re.compile(
    r"^(?:please|now|also|then|just|so|ok|okay|hey|maybe|but|can you|could you|would you|can we|could we|let's|lets"
    r"|i want you to|i want to|i want|i would like to|i would like|i'd like to|i'd like|i need|we need|try to|give me"
    r"|how about|what about|use|want|can|could|should)\b[\s,]*"
)
_SPLIT = re.compile(r"\s*(?:,?\s*\b(?:and then|and also|and|then|but|plus)\b|[;,.])\s*")
# What a clause says of what is to be kept, and of all but that; settled when all clauses are read.
KEPT, REST = "kept", "the rest"
# So many quarters a minute more; settled where the song's tempo is known.
BY_QPM = "by_qpm"
# What "it" has as a whole, whatever place was named before.
_OF_ALL = (*WHOLE_SONG, "tempo_qpm", "faster", "meter", BY_QPM)
_AT_FIRST = re.compile(rf"(?:(?:in|for|on|during|at)\s)?{_PLACE}(?:\s?:|,|\s-)\s(?P<rest>.+)")
_PART_WORDS = (
    r"melody|tune|vocals?|chords|harmony|chord progression|bass ?line|bass|drums?|drum (?:part|beat|groove|pattern)|beat|groove"
    r"|piano|guitars?|strings|organ|brass|band|backing|accompaniment"
)
_OWNED = re.compile(rf"(?:the\s)?(?P<place>(?:{_ORDINAL}\s)?{_KIND}(?:\s?\d+)?)(?:'s?)?\s(?P<what>{_PART_WORDS})\b")
_COMMANDS = re.compile(r"(?:undo|redo|lock|unlock)\b")
_SIZE, _STEP, _MORE_TEMPO, _SWUNG, _STRAIGHT = 0.2, 2, 1.1, 0.667, 0.5


@dataclass(frozen=True)
class WishReading:
    """What a wish says: its operations, and each in words."""

    edit: Edit
    understood: tuple[str, ...]


def read_wish(text: str, next_take: int = 2, tempo_qpm: float | None = None) -> WishReading:
    """Read an edit in words.

    Parameters
    ----------
    text : str
        English, such as ``"make the last chorus bigger and take the drums out of verse 2"``.
    next_take : int
        The number of a new version, where one is asked for.
    tempo_qpm : float, optional
        The song's, for wishes such as "5 bpm slower", which are not understood without it.

    Returns
    -------
    WishReading
        The operations in order, and what was understood.

    Raises
    ------
    EditError
        If any of it is not understood; the message says which words, and what was understood of the others.

    Examples
    --------
    >>> read_wish("take the drums out of verse 2").understood
    ('verse 2: band -drums',)
    """
    plain = plain_wish(text)
    found = _settled(_read(plain, next_take))
    for fields in found or ():
        by = fields.pop(BY_QPM, None)
        if isinstance(by, float) and tempo_qpm is not None:
            fields["tempo_qpm"] = tempo_qpm + by
        elif by is not None:
            found = None
    if found is None:
        raise _not_understood(text, plain, next_take)
    operations = tuple(Operation(**fields) for fields in found)  # type: ignore[arg-type]
    return WishReading(Edit(words=text, operations=operations), tuple(one.said for one in operations))


def _read(text: str, take: int, around: Fields | None = None) -> list[Fields] | None:
    """Read a wish: as one clause, or as a clause and the rest, the longest clause first.

    ``around`` is the place that was named last, which "it" means.
    """
    whole = _either(text, take, around)
    if whole is not None:
        return whole
    if not _without_politeness(text):
        return None
    placed = _AT_FIRST.fullmatch(_without_politeness(text))
    if placed is not None:
        return _all_there(placed, take)
    for split in reversed(list(_SPLIT.finditer(text))[:12]):
        left, right = text[: split.start()], text[split.end() :]
        if not left.strip() or not right.strip():
            continue
        first = _either(left, take, around)
        if first is not None:
            rest = _read(right, take, _named(first) or around)
            if rest is not None:
                return [*first, *rest]
    return None


def _either(text: str, take: int, around: Fields | None) -> list[Fields] | None:
    """Read one clause as it is ("just piano"), else without words that carry no wish ("just take the drums out")."""
    for words in dict.fromkeys((text.strip(), _without_politeness(text))):
        found = _clause_about(words, take, around) if words else None
        if found is not None:
            return found
    return None


def _all_there(placed: re.Match[str], take: int) -> list[Fields] | None:
    """Read clauses after a place that is said for all of them: "verse 1: no drums"."""
    found: list[Fields] = []
    for part in _SPLIT.split(placed["rest"]):
        part = _without_politeness(part or "")
        clause = _clause(f"{part} in {placed['place']}", take) or _clause_about(part, take, _where(placed))
        if clause is None or _named(clause) != _where(placed):
            return None
        found += clause
    return found or None


def _named(found: list[Fields]) -> Fields | None:
    """The place that clauses name last."""
    for fields in reversed(found):
        place: Fields = {name: fields[name] for name in ("section", "bars") if name in fields}
        if place and not fields.get("remove"):
            return place
    return None


def _clause_about(text: str, take: int, around: Fields | None) -> list[Fields] | None:
    """Read one clause; "it" is the place that was named last, if what is asked can be done at a place."""
    found = _clause(text, take)
    if found is None or around is None or not re.search(r"\b(?:it|them|there|that one)\b", text):
        return found
    placed: list[Fields] = []
    for fields in found:
        is_free = not {"section", "bars", "insert", KEPT, *_OF_ALL} & set(fields)
        if is_free and "lead" not in str(fields.get("band", "")).split():
            if "bars" in around and set(WHOLE_SECTIONS) & set(fields):
                return None
            fields = {**around, **fields}
        placed.append(fields)
    return placed


def _without_politeness(text: str) -> str:
    """Leave out words that carry no wish."""
    while True:
        shorter = _POLITE.sub("", text.strip(), count=1)
        if shorter == text:
            return text
        text = shorter


def _clause(text: str, take: int) -> list[Fields] | None:
    """Read one clause; "the chorus melody" is the melody in the chorus."""
    for pattern, meaning in _CLAUSES:
        found = pattern.fullmatch(text)
        if found is not None:
            fields = meaning(found, take)
            if fields is not None:
                return fields
    owned = _OWNED.search(text)
    if owned is None:
        return None
    turned = f"{text[: owned.start()]}the {owned['what']}{text[owned.end() :]} in {owned['place']}"
    return _clause(re.sub(r"\b(a|an|another|new|different|other)\sthe\s", r"\1 ", turned), take)


def _not_understood(text: str, plain: str, take: int) -> EditError:
    """Say which words are not understood."""
    command = _COMMANDS.match(plain)
    if command is not None:
        verb = command[0].split()[0]
        raise EditError(f"not understood: {text!r}; that is a command of its own", f"symbolic-music {verb} SONG")
    lost, known = [], []
    for part in _SPLIT.split(plain):
        part = _without_politeness(part or "")
        if part:
            found = _clause(part, take)
            if found is None or any({KEPT, BY_QPM} & set(one) or one.get("part") == REST for one in found):
                lost.append(part)
            else:
                known += [Operation(**fields).said for fields in found]  # type: ignore[arg-type]
    told = "; ".join(f"{part!r}" for part in lost) or repr(text)
    also = f" (understood: {'; '.join(known)})" if known else ""
    hint = 'say what and where, as in "make the last chorus bigger" or "take the drums out of verse 2"'
    return EditError(f"not understood: {told}{also}; nothing was changed", hint)


def _settled(found: list[Fields] | None) -> list[Fields] | None:
    """Let what is to be kept ("leave the melody alone") hold for all else; nothing if it cannot, or is all."""
    if found is None:
        return None
    kept = {str(fields[KEPT]) for fields in found if KEPT in fields}
    asked = [fields for fields in found if KEPT not in fields]
    if any(fields.get("part") in kept for fields in asked) or not asked:
        return None
    if not kept:
        return None if any(fields.get("part") == REST for fields in asked) else asked
    settled: list[Fields] = []
    for fields in asked:
        own = {name: value for name, value in fields.items() if name != "part" or value != REST}
        is_new = "take" in own and "part" not in own
        if kept == {"melody"} and ({"reharmonize", "intensity", "band", "style"} & set(own) or "part" in own):
            settled.append(own)
        elif "melody" in kept and is_new:
            settled.append({**own, "part": "band"})
        elif kept == {"chords"} and "take" in own and (is_new or own.get("part") == "melody"):
            settled.append({**own, "keep": ("chords",)})
        else:
            return None
    return settled


# --- meanings -------------------------------------------------------------------------------------------------------


def _where(found: re.Match[str], name: str = "place") -> Fields:
    """The place that a clause names, as an operation has it."""
    text = (found.groupdict().get(name) or "").strip()
    if not text or re.fullmatch(_WHOLE, text):
        return {}
    if re.fullmatch(_EDGE_BARS, text):
        return {"bars": _edge_bars(text)}
    if re.fullmatch(_BARS, text):
        return {"bars": "-".join(re.findall(r"\d+", text))}
    return {"section": _section(text)}


def _edge_bars(text: str) -> str:
    """Bars counted from an end: "last 2 of chorus 1"."""
    found = re.match(rf"(?:the\s)?(\w+)\s(?:({_NUMBER})\s)?\w+(?:\s(?:of|in)\s(.+))?", text)
    assert found is not None
    side = "first" if found[1] in ("first", "opening") else "last"
    return f"{side} {_count(found[2])}" + (f" of {_section(found[3])}" if found[3] else "")


def _section(text: str) -> str:
    """A section's words without articles; "verse 1 and 2" said in full."""
    text = re.sub(r"\b((?:first|second) half)\b.*", r"\1", text)
    text = re.sub(r"\b(?:the|of)\s", "", text)
    kind = re.match(rf"({_KIND})\s?\d+", text)
    if kind is not None:
        text = re.sub(r"(,\s?|\sand\s|\s&\s)(\d+)", lambda m: f"{m[1]}{kind[1]} {m[2]}", text)
    return text.strip()


def _scaled(found: re.Match[str], size: float) -> float:
    """An amount by the words before it."""
    words = (found.groupdict().get("much") or "").split()
    factor = next((_AMOUNTS[word] for word in words if word in _AMOUNTS), 2.0 if set(words) & set(_MUCH) else 1.0)
    return size * factor


def _count(text: str | None, otherwise: int = 1) -> int:
    """A number in words or digits."""
    if not text:
        return otherwise
    return int(text) if text.isdigit() else NUMBERS.get(text, otherwise)


def _intensity(sign: int) -> Callable[[re.Match[str], int], list[Fields] | None]:
    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = _where(found)
        if "bars" in where:
            return None
        return [{**where, "intensity": round(sign * _scaled(found, _SIZE), 3)}]

    return meaning


def _busier(sign: int) -> Callable[[re.Match[str], int], list[Fields] | None]:
    """One player, or the band, more or less busy."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where, part = _where(found), _part(found["part"])
        if "bars" in where or part in (None, "", "melody", "chords"):
            return None
        return [{**where, "part": part, "intensity": round(sign * _scaled(found, _SIZE), 3)}]

    return meaning


def _swapped(found: re.Match[str], take: int) -> list[Fields] | None:
    """Two sections change places."""
    return [{"section": _section(found["place"]), "swap": _section(found["other"])}]


def _by_bars(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section longer or shorter by some bars."""
    where, by = _where(found), _count(found["n"])
    if "section" not in where:
        return None
    is_less = re.search(r"\b(?:shorten|shorter|cut|trim)\b", found[0])
    return [{**where, "longer": -by if is_less else by}]


def _colour(word: str) -> Callable[[re.Match[str], int], list[Fields] | None]:
    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = _where(found)
        return None if "bars" in where else [{**where, "colour": word}]

    return meaning


def _faster(sign: int) -> Callable[[re.Match[str], int], list[Fields] | None]:
    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = _where(found)
        if "bars" in where:
            return None
        more = 1 + _scaled(found, _MORE_TEMPO - 1)
        return [{**where, "faster": round(more if sign > 0 else 1 / more, 3)}]

    return meaning


def _fixed(**fields: object) -> Callable[[re.Match[str], int], list[Fields] | None]:
    """An operation that is always the same, on the whole song."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        return None if _where(found) else [dict(fields)]

    return meaning


def _placed(**fields: object) -> Callable[[re.Match[str], int], list[Fields] | None]:
    """An operation that is the same at any place that is named."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = _where(found)
        return [{**where, **fields}] if where.get("section") else None

    return meaning


def _tempo(found: re.Match[str], take: int) -> list[Fields] | None:
    where = _where(found)
    return None if "bars" in where else [{**where, "tempo_qpm": float(found["qpm"])}]


def _transposed(found: re.Match[str], take: int) -> list[Fields] | None:
    down = any(word in found[0].split() for word in ("down", "lower", "drop"))
    by = _count(found["count"]) * _INTERVALS[found["step"]]
    return [{**_where(found), "transpose": -by if down else by}]


def _to_key(found: re.Match[str], take: int) -> list[Fields] | None:
    text = re.sub(r"\s?flat", "b", re.sub(r"\s?sharp", "#", found["key"]))
    try:
        key = str(parse_key(text))
    except InputError:
        return None
    # A tonic alone keeps the mode.
    return [{**_where(found), "key": key if re.search(r"major|minor|m$", text) else key.split()[0]}]


def _key_change(found: re.Match[str], take: int) -> list[Fields] | None:
    where = _where(found)
    if "section" not in where:
        return None
    step = found.groupdict().get("step")
    by = _count(found["count"]) * _INTERVALS[step] if step else _STEP
    by = -by if " down " in f" {found[0]} " else by
    return [{"section": f"from {where['section']}", "transpose": by}]


def _take(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another version, of everything, or of the tune or a player; what stays is said after it."""
    groups = found.groupdict()
    part = _part(groups.get("part"))
    if part is None:
        return None
    keep = _kept(groups.get("keep"))
    if keep is None:
        return None
    where = _where(found)
    if part == "chords":
        return [{**where, "reharmonize": True}] if not keep else None
    if not where and part == "" and not keep:
        return [{"take": take}]
    if "bars" in where and not part and not keep:
        return [{**where, "infill": True}]
    who = {"part": part} if part else {}
    if keep and not part and set(keep) & {"rhythm", "pitches"}:
        who = {"part": "melody"}
    return [{**where, **who, "take": take, **({"keep": tuple(keep)} if keep else {})}]


def _part(text: str | None) -> str | None:
    """The part that words mean: empty for all, ``None`` where nobody is called so."""
    if not text:
        return ""
    word = re.sub(rf"\s{_LINES}$", "", text.strip())
    if re.fullmatch(_TUNE, text.strip()):
        return "melody"
    if re.fullmatch(_CHORDS, text.strip()):
        return "chords"
    if word in ("version", "take", "one", "try", "idea"):
        return ""
    if word in ("band", "accompaniment", "backing", "arrangement"):
        return "band"
    return word if _is_player(word) else None


def _is_player(word: str) -> bool:
    """Whether a word is an instrument's or a role's."""
    try:
        find_instrument(word)
    except InputError:
        return word in ("keys", "line", "pad", "countermelody")
    return True


def _kept(text: str | None) -> list[str] | None:
    """What is to be kept; ``None`` where it cannot be."""
    if not text:
        return []
    kept = []
    for word in re.split(r"\s?,\s?|\sand\s", text):
        word = re.sub(r"^(?:the|its|their|same)\s", "", re.sub(r"^(?:the|its|their)\s", "", word.strip()))
        meant = {"rhythm": "rhythm", "rhythms": "rhythm", "pitches": "pitches", "notes": "pitches", "chords": "chords",
                 "harmony": "chords", "changes": "chords", "groove": "rhythm"}.get(word)  # fmt: skip
        if meant is None:
            return None
        kept.append(meant)
    return kept


def _varied(found: re.Match[str], take: int) -> list[Fields] | None:
    words = found[0]
    much = (
        0.2
        if re.search(r"little|bit|slight|touch|subtl", words)
        else 0.8
        if re.search(r"lot|much|strong", words)
        else 0.5
    )
    return [{**_where(found), "vary": much}]


def _players(text: str) -> list[str] | None:
    """The players that words name; ``None`` if one is not known."""
    names = []
    for word in re.split(r"\s?,\s?|\s(?:and|or|&)\s", text.strip()):
        name = re.sub(r"^(?:(?:the|a|an|some|any|more|another)\s)+", "", word.strip())
        name = re.sub(rf"\s(?:{_LINES}|parts|track|tracks)$", "", name)
        if not name or not _is_player(name):
            return None
        names.append(name)
    return names


def _without(found: re.Match[str], take: int) -> list[Fields] | None:
    names, where = _players(found["players"]), _where(found)
    return None if names is None else [{**where, "band": " ".join(f"-{name}" for name in names)}]


def _with(found: re.Match[str], take: int) -> list[Fields] | None:
    names, where = _players(found["players"]), _where(found)
    return None if names is None else [{**where, "band": " ".join(f"+{name}" for name in names)}]


def _replaced(found: re.Match[str], take: int) -> list[Fields] | None:
    gone, come = _players(found["players"]), _players(found["others"])
    if gone is None or come is None:
        return None
    band = " ".join([*(f"-{name}" for name in gone), *(f"+{name}" for name in come)])
    return [{**_where(found), "band": band}]


def _lead(found: re.Match[str], take: int) -> list[Fields] | None:
    names = _players(found["players"])
    return None if names is None or len(names) != 1 else [{"band": f"+{names[0]} lead"}]


def _inserted(found: re.Match[str], take: int) -> list[Fields] | None:
    kind = _kind_of(found["kind"])
    if kind is None:
        return None
    groups = found.groupdict()
    usual = _SIZES.get((groups.get("size") or "").strip(), 8)
    return [{"insert": f"{kind} {_count(groups.get('n') or groups.get('m'), usual)}", **_beside(found)}]


def _kind_of(word: str) -> str | None:
    """A kind of section by a word."""
    plain = re.sub(r"pre-?\s?chorus(es)?", "pre-chorus", word)
    plain = {"introduction": "intro", "hook": "chorus", "refrain": "chorus", "middle eight": "bridge",
             "middle 8": "bridge", "instrumental": "interlude", "ending": "outro", "coda": "outro"}.get(plain, plain)  # fmt: skip
    return next(
        (kind for kind in (plain, plain.removesuffix("s"), plain.removesuffix("es")) if kind in SECTION_KINDS), None
    )


def _beside(found: re.Match[str]) -> Fields:
    """Where something is put."""
    groups = found.groupdict()
    if groups.get("target"):
        side = "before" if groups["side"] in ("before", "in front of") else "after"
        return {side: _section(groups["target"])}
    if groups.get("edge"):
        return {"after": "end" if "end" in groups["edge"] else "start"}
    return {}


def _beside_it(**fields: object) -> Callable[[re.Match[str], int], list[Fields] | None]:
    """An operation on a place, beside another."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = _where(found)
        return [{**where, **fields, **_beside(found)}] if "section" in where else None

    return meaning


def _again_at_end(found: re.Match[str], take: int) -> list[Fields] | None:
    kind = _kind_of(found["kind"])
    return None if kind is None else [{"section": f"last {kind}", "duplicate": True, "after": "end"}]


def _first(found: re.Match[str], take: int) -> list[Fields] | None:
    kind = _kind_of(found["kind"])
    return None if kind is None else [{"section": f"first {kind}", "duplicate": True, "after": "start"}]


def _octave(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**_where(found), "part": "melody", "transpose": 12 if found["way"] == "higher" else -12}]


def _long(found: re.Match[str], take: int) -> list[Fields] | None:
    """Longer, shorter, so many bars."""
    where, groups = _where(found), found.groupdict()
    if "section" not in where:
        return None
    if groups.get("n"):
        return [{**where, "length": _count(groups["n"])}]
    words = found[0]
    if re.search(r"half|shorter|in two|in half", words):
        return [{**where, "times": 0.5}]
    if re.search(r"three times|triple", words):
        return [{**where, "times": 3.0}]
    return [{**where, "times": 2.0}]


def _continued(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**_where(found), "continue_bars": _count(found.groupdict().get("n"), 8)}]


def _style(found: re.Match[str], take: int) -> list[Fields] | None:
    name = re.sub(r"^(?:an?|the)\s|\s(?:song|style|track|tune|feel)$", "", found["style"].strip())
    try:
        return [{"style": find_style_name(name)}]
    except InputError:
        return None


def _meter(found: re.Match[str], take: int) -> list[Fields] | None:
    where = _where(found)
    return [{**where, "meter": found["meter"]}] if found["meter"] in METERS and "bars" not in where else None


def _infill(found: re.Match[str], take: int) -> list[Fields] | None:
    where = _where(found)
    return [{**where, "infill": True}] if where else None


def _energy(found: re.Match[str], take: int) -> list[Fields] | None:
    """More or less intensity, by "up" or "more", "down" or "less"; of a player where one is named."""
    words = found[0].split()
    sign = -1 if {"down", "back", "less", "lower", "reduce"} & set(words) else 1
    where, part = _where(found), found.groupdict().get("part")
    if part is not None:
        return _busier(sign)(found, take)
    if "bars" in where:
        return None
    return [{**where, "intensity": round(sign * _scaled(found, _SIZE), 3)}]


def _tempo_by(found: re.Match[str], take: int) -> list[Fields] | None:
    """Faster or slower by a percentage."""
    share = int(found["percent"]) / 100
    is_slower = re.search(r"slow|down|lower|reduce|decrease", found[0])
    return [{"faster": round(1 - share if is_slower else 1 + share, 3)}] if 0 < share < 0.75 else None


def _bpm_by(found: re.Match[str], take: int) -> list[Fields] | None:
    """Faster or slower by some quarters a minute."""
    is_slower = re.search(r"slow|down|lower|reduce|decrease", found[0])
    return [{BY_QPM: -float(found["qpm"]) if is_slower else float(found["qpm"])}]


def _tune_moved(found: re.Match[str], take: int) -> list[Fields] | None:
    """The tune alone, by an interval."""
    down = re.search(r"\b(?:down|lower)\b", found[0])
    by = _count(found["count"]) * _INTERVALS[found["step"]]
    return [{**_where(found), "part": "melody", "transpose": -by if down else by}]


def _only(found: re.Match[str], take: int) -> list[Fields] | None:
    """Some players, and nobody else."""
    names = []
    for word in re.split(r"\s?,\s?(?:and\s)?|\s(?:and|&|plus)\s", found["players"].strip()):
        name = re.sub(rf"\s(?:{_LINES})$", "", re.sub(r"^(?:(?:the|a|an)\s)+", "", word.strip()))
        name = "melody" if re.fullmatch(rf"{_TUNE}|voice|vocals?|singer|singing", name) else name
        if not name or not (name == "melody" or _is_player(name)):
            return None
        names.append(name)
    return [{**_where(found), "band": f"only {', '.join(names)}"}]


def _until(found: re.Match[str], take: int) -> list[Fields] | None:
    """Players rest before a section."""
    names = _players(found["players"])
    return None if names is None else [
        {"section": f"until {_section(found['place'])}", "band": " ".join(f"-{name}" for name in names)}
    ]  # fmt: skip


def _made_alike(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section as another one: its copy comes, and it goes."""
    place, other = _section(found["place"]), _section(found["other"])
    number = re.fullmatch(rf"(?:(?P<ordinal>{_ORDINAL})\s)?(?P<kind>{_KIND})\s?(?P<n>\d+)?", place)
    if number is None or not (number["ordinal"] or number["n"]) or number["ordinal"] == "second last":
        return None
    if re.fullmatch(_ORDINAL, other):
        other = f"{other} {number['kind']}"
    model = re.search(_KIND, other)
    if model is None or _kind_of(model[0]) != _kind_of(number["kind"]):
        return None
    # The copy stands after it and is of its kind, so that the last one is the second last now.
    gone = f"second last {number['kind']}" if number["ordinal"] in ("last", "final") else place
    return [{"section": other, "duplicate": True, "after": place}, {"section": gone, "remove": True}]


def _kept_as_it_is(found: re.Match[str], take: int) -> list[Fields] | None:
    """What is to stay."""
    return [{KEPT: "melody" if re.fullmatch(_TUNE, found["what"]) else "chords"}]


def _rest_anew(found: re.Match[str], take: int) -> list[Fields] | None:
    """All that is not to be kept."""
    return [{**_where(found), "part": REST, "take": take}]


# --- the grammar ----------------------------------------------------------------------------------------------------

_KEY = r"(?P<key>[a-g](?:#|b|\s?sharp|\s?flat)?(?:\s?(?:major|minor|m))?)"
_KEEP = (
    r"(?:\s?,?\s?(?:but\s|and\s)?(?:(?:keep(?:ing)?|with|on|over|leave|leaving)\s(?:the\s)?(?:same\s)?|(?<=,\s)(?:the\s)?same\s)"
    r"(?P<keep>(?:the\s|same\s)*(?:rhythm|rhythms|pitches|notes|chords|harmony|changes)(?:\sand\s(?:the\s)?(?:chords|rhythm))?)"
    r"(?:\sas\s(?:it\sis|they\sare))?)?"
)
_TARGET = rf"(?P<side>before|after|in front of|behind)\s(?P<target>{_SECTIONS})"
_EDGE = r"(?:at|to)\s(?P<edge>the\s(?:very\s)?(?:end|start|beginning))"
_BESIDE = rf"(?:\s(?:to\s)?(?:right\s)?(?:{_TARGET}|{_EDGE}))"
_N = rf"(?P<n>{_NUMBER})"


def _clauses() -> Iterator[tuple[str, Callable[[re.Match[str], int], list[Fields] | None]]]:
    """The patterns, each with what it means, in the order in which they are tried."""
    for words, meaning in (
        (_LOUD, _intensity(1)), (_SOFT, _intensity(-1)), (_DARK, _colour("darker")), (_BRIGHT, _colour("brighter")),
        ("faster|quicker|more up-?tempo", _faster(1)), ("slower", _faster(-1)),
    ):  # fmt: skip
        yield (
            rf"(?:{_MAKE}\s)?{_PLACE}\s(?:to\s|should\s|could\s)?(?:be\s|sound\s|feel\s|get\s|go\s)?{_HOW_MUCH}(?:in\s|to\s)?(?:a\s)?(?:{words})(?:\skey)?",
            meaning,
        )
        yield (
            rf"(?:{_MAKE}\s)?(?:it\s)?(?:a\s|an\s)?{_HOW_MUCH}(?:{words})(?:\s(?:in\s|during\s|for\s|on\s)?{_PLACE})?",
            meaning,
        )
    player = r"(?:the\s)?(?P<part>[a-z][a-z' -]*?)"
    for words, sign in ((_LOUD, 1), (_SOFT, -1)):
        yield rf"(?:{_MAKE}\s)?{player}\s(?:play\s|be\s|sound\s)?{_HOW_MUCH}(?:{words}){_IN}", _busier(sign)
        yield rf"{_HOW_MUCH}(?:{words})\s{player}{_IN}", _busier(sign)
    yield rf"(?:swap|exchange|switch)\s(?P<place>{_ONE})\s(?:and|with|for)\s(?P<other>{_ONE})", _swapped
    yield (
        rf"(?:extend|lengthen|stretch|shorten|cut|trim)\s(?P<place>{_SECTIONS})\sby\s{_N}\s(?:more\s)?bars?",
        _by_bars,
    )
    yield rf"(?:{_MAKE}\s)?(?P<place>{_SECTIONS})\s{_N}\sbars?\s(?:longer|shorter)", _by_bars
    up = r"(?:lift|boost|build up|pump up|turn up|beef up|raise the energy (?:of|in)|more energy (?:in|for)|more power (?:in|for))"
    yield rf"{up}\s{_PLACE}(?:\s{_HOW_MUCH.strip()})?", _intensity(1)
    yield (
        rf"(?:calm down|tone down|strip (?:down|back)|turn down|bring down|less energy (?:in|for))\s{_PLACE}",
        _intensity(-1),
    )
    yield rf"(?:calm|tone|strip|turn|bring|wind)\s{_PLACE}\s(?:down|back)", _intensity(-1)
    yield rf"(?:build|turn|lift|pump)\s{_PLACE}\sup", _intensity(1)
    yield r"speed (?:it |things |the song )?up(?:\s(?P<much>a (?:little|bit|lot)))?", _faster(1)
    yield r"slow (?:it |things |the song )?down(?:\s(?P<much>a (?:little|bit|lot)))?", _faster(-1)
    yield (
        r"(?:(?:set|change|put|bring|play|make)\s)?(?:it\s|the song\s|the tempo\s|tempo\s)*(?:to\s|at\s|of\s)?(?P<qpm>\d{2,3})\s?(?:bpm|beats (?:a|per) minute)",
        _tempo,
    )
    yield r"(?:(?:set|change|put|bring)\s)?(?:the\s)?tempo\s(?:to\s|at\s|of\s)?(?P<qpm>\d{2,3})", _tempo
    yield (
        rf"(?:{_MAKE}\s)?(?:it\s|the song\s|the band\s)?(?:swing|swung)(?:\sit|\sthe song|\sthe eighths)?(?:\smore)?",
        _fixed(swing=_SWUNG),
    )
    yield r"(?:give it|add|with|play it with)\s(?:a\s|some\s)?swing(?:\sfeel)?", _fixed(swing=_SWUNG)
    yield (
        r"(?:straighten (?:it|the eighths|the song)(?: out)?|(?:play|make) it straight|no swing|without swing|don't swing(?: it)?|straight eighths)",
        _fixed(swing=_STRAIGHT),
    )
    # keys
    move = r"(?:transpose|move|shift|bring|take|put|raise|lower|pitch|lift|drop|modulate|sing|play)"
    yield rf"{move}\s{_PLACE}\s(?:(?:up|down)\s)?(?:by\s)?{_INTERVAL}(?:\s(?:up|down|higher|lower))?", _transposed
    yield rf"(?:transpose|up|down|modulate(?:\sup|\sdown)?)\s(?:up\s|down\s)?(?:by\s)?{_INTERVAL}{_IN}", _transposed
    yield rf"(?:{_MAKE}\s)?{_PLACE}\s{_INTERVAL}\s(?:up|down|higher|lower)", _transposed
    yield rf"{_INTERVAL}\s(?:up|down|higher|lower){_IN}", _transposed
    yield rf"(?:raise|lower)\sthe\skey\s(?:by\s)?{_INTERVAL}{_IN}", _transposed
    yield rf"{_MAKE}\sthe\s(?P<part>{_TUNE})\s(?P<way>higher|lower){_IN}", _octave
    yield (
        rf"{move}\s{_PLACE}\s(?:in|to|into)\s(?:the\skey\sof\s)?{_KEY}",
        _to_key,
    )
    yield rf"(?:(?:change|set|switch|put)\s(?:the\s)?key|transpose(?: it)?)\s(?:to|in|into)\s{_KEY}{_IN}", _to_key
    change = r"(?:(?:add|put|make|with|do|insert)\s)?(?:a\s|another\s)?(?:key change|modulation|change of key|truck driver'?s? (?:gear )?change)"
    yield (
        rf"{change}(?:\s(?:up|down))?(?:\s(?:of\s|by\s)?{_INTERVAL})?\s(?:right\s)?(?:before|at|for|in|into|on|to)\s{_PLACE}",
        _key_change,
    )
    yield (
        rf"(?:modulate|change key|change the key|go up)(?:\s(?:up|down))?(?:\s(?:by\s)?{_INTERVAL})?\s(?:right\s)?(?:before|at|for|in|into|on)\s{_PLACE}",
        _key_change,
    )
    # length and form
    yield (
        rf"(?:{_MAKE}\s)?{_PLACE}\s(?:half as long|half the length|half its length|twice as long|three times as long|double the length|longer|shorter)",
        _long,
    )
    yield rf"(?:double|halve|half|triple)\s(?:the\slength\sof\s){_PLACE}", _long
    yield rf"(?:cut|split|shorten|halve)\s{_PLACE}\s(?:in half|in two|by half)", _long
    yield rf"(?:{_MAKE}\s)?{_PLACE}\s(?:only\s|just\s)?(?:be\s)?{_N}\sbars?(?:\slong)?", _long
    yield rf"(?:extend|shorten|lengthen|cut|stretch|trim)\s{_PLACE}\s(?:down\s)?to\s{_N}\sbars?", _long
    yield rf"(?:extend|lengthen|shorten|halve)\s{_PLACE}", _long
    yield (
        rf"(?:remove|delete|cut|drop|skip|leave out|take out|get rid of|throw out|lose|cut out)\s(?P<place>{_SECTIONS})(?:\s(?:out|completely|entirely))?",
        _placed(remove=True),
    )
    yield rf"(?:take|leave|cut)\s(?P<place>{_SECTIONS})\sout", _placed(remove=True)
    yield (
        rf"(?:repeat|duplicate|double|play)\s(?P<place>{_SECTIONS})(?:\s(?:twice|again|once more|one more time|two times))?",
        _placed(duplicate=True),
    )
    yield rf"(?:repeat|duplicate|copy|play)\s(?P<place>{_SECTIONS})(?:\sagain)?{_BESIDE}", _beside_it(duplicate=True)
    yield rf"(?:move|put|shift|bring)\s(?P<place>{_SECTIONS}){_BESIDE}", _beside_it(move=True)
    yield (
        rf"(?:(?:end|finish)\swith\s)(?:another|one more|a second|an extra)\s(?:last\s)?(?P<kind>{_KIND})",
        _again_at_end,
    )
    yield (
        rf"(?:add\s|put\s|play\s)?(?:another|one more|a second|an extra)\s(?P<kind>{_KIND})(?:\sat the (?:very )?end)",
        _again_at_end,
    )
    new = r"(?:add|insert|put in|put|write|include)\s(?:in\s)?(?:an?\s|another\s)?(?:new\s)?"
    yield (
        rf"{new}(?:{_N}[\s-]bars?\s|(?P<size>short\s|little\s|brief\s|long\s))?(?P<kind>{_KIND})(?:\s(?:of|with)\s(?P<m>{_NUMBER})\sbars)?{_BESIDE}?",
        _inserted,
    )
    yield (
        rf"(?:an?\s)(?:new\s)?(?:{_N}[\s-]bars?\s|(?P<size>short\s|little\s|brief\s|long\s))?(?P<kind>{_KIND})(?:\sof\s(?P<m>{_NUMBER})\sbars)?{_BESIDE}",
        _inserted,
    )
    yield (
        rf"(?:continue|go on|carry on|keep going)(?:\s(?P<place>{_SECTIONS}))?(?:\sfor)?\s(?:another\s)?{_N}\s(?:more\s)?bars",
        _continued,
    )
    yield (
        rf"(?:add\s)?{_N}\s(?:more\s|extra\s)bars(?:\s(?:after|to)\s(?P<place>{_SECTIONS})|\s(?:at|to) the end)?",
        _continued,
    )
    yield rf"add\s{_N}\sbars(?:\s(?:after)\s(?P<place>{_SECTIONS})|\s(?:at|to) the end)", _continued
    yield rf"(?:continue|extend)\s(?:{_WHOLE})(?:\s(?:for|by))?\s(?:another\s)?{_N}\s(?:more\s)?bars", _continued
    yield rf"(?:start|begin|open)\swith\s(?:the|a)\s(?P<kind>{_KIND})", _first
    # style, meter
    yield (
        r"(?:play|make|turn|do|arrange|change|put)\s(?:it|the song|this|the style|the band)\s(?:as|like|into|to|in)\s(?:the style of\s)?(?P<style>[\w &/'-]+)",
        _style,
    )
    yield r"(?:in the style of|as a|as an|in)\s(?P<style>[\w &/'-]+?)(?:\sstyle)?", _style
    yield r"(?:make|turn) it (?:a|an)\s(?P<style>[\w &/'-]+)", _style
    yield (
        r"(?:(?:put|play|make|turn|change|write)\s)?(?:it\s|the song\s|the meter\s|the time signature\s|this\s)*(?:in|into|to)?\s?(?P<meter>\d+/\d+)(?:\s(?:time|meter|instead))?",
        _meter,
    )
    yield r"(?:make|turn) it (?P<style>[\w &/'-]+)", _style
    # another version
    another = r"(?:another|a new|a different|an alternative|other|new|different|a fresh|some other|some new|one more)"
    part = r"(?P<part>[\w '-]+?)"
    yield rf"(?:write\s|try\s|make\s|find\s|compose\s)?{another}\s{part}{_IN}{_KEEP}", _take
    yield (
        rf"(?:change|rewrite|redo|replace|rework|regenerate|write|compose|vary)\s(?:the\s){part}\s(?:in|of|for|from|under|during)\s{_PLACE}(?:\sagain|\sanew)?{_KEEP}",
        _take,
    )
    yield (
        rf"(?:change|rewrite|redo|rework|regenerate)\s(?:the\s)(?P<part>{_TUNE}|{_CHORDS}|[\w ]+?\s{_LINES}){_KEEP}",
        _take,
    )
    yield rf"(?:reharmoni[sz]e)\s{_PLACE}", lambda found, take: [{**_where(found), "reharmonize": True}]
    yield (
        rf"keep (?:the )?{_TUNE},?\s(?:but\s|and\s)?(?:change|rewrite|replace) (?:the )?{_CHORDS}{_IN}",
        lambda found, take: [{**_where(found), "reharmonize": True}],
    )
    yield rf"(?:fill in|fill|infill|bridge)\s(?P<place>{_BARS})(?:\s(?:again|anew|in))?", _infill
    yield rf"(?:vary|alter|tweak)\s{_PLACE}(?:\s(?:a little(?: bit)?|a bit|slightly|a lot|strongly))?", _varied
    yield rf"(?:(?:make|write)\s)?a\s(?:(?:slight|little|strong|subtle)\s)?variation\s(?:of|on)\s{_PLACE}", _varied
    yield rf"(?:make\s)?{_PLACE}\s(?:a\s(?:little|bit)|slightly)\sdifferent", _varied
    yield rf"(?:re-?write|redo|regenerate|re-?roll|rework|change|replace)\s{_PLACE}(?:\s(?:again|anew))?{_KEEP}", _take
    yield rf"(?:try|do|write|compose)\s{_PLACE}\s(?:again|anew|over|differently|once more){_KEEP}", _take
    # who plays
    out = r"(?:take out|leave out|take away|get rid of|take|leave|drop|cut|mute|kill|lose|remove|pull|silence|delete)"
    yield rf"{out}\s{_PLAYER}(?:\s(?:out|away|off))?(?:\s(?:in|of|from|for|during|on)\s{_PLACE})?", _without
    yield rf"(?:no|without)\s{_PLAYER}(?:\s(?:in|for|during|on|from)\s{_PLACE})?", _without
    yield rf"{_MAKE}?\s?{_PLACE}\swithout\s{_PLAYER}", _without
    yield (
        rf"(?:let|have|make)\s{_PLAYER}\s(?:rest|stop|pause|sit out|drop out|be silent|lay out)(?:\s(?:in|for|during)\s{_PLACE})?",
        _without,
    )
    yield (
        rf"(?:replace|swap|exchange|substitute|switch|change|turn)\s{_PLAYER}\s(?:with|for|by|to|into)\s(?P<others>[\w' -]+?)(?:\sin\s{_PLACE})?",
        _replaced,
    )
    yield rf"(?P<others>[\w' -]+?)\sinstead of\s{_PLAYER}(?:\sin\s{_PLACE})?", _replaced
    yield rf"(?:give the {_TUNE} to|let)\s{_PLAYER}(?:\s(?:play|have|take|sing)\sthe\s{_TUNE})?", _lead
    yield (
        rf"(?:add|bring in|put in|bring|with|put|include|bring back|more)\s{_PLAYER}(?:\s(?:in|back|back in))?(?:\s(?:to|in|for|into|on|during|under)\s{_PLACE})?",
        _with,
    )
    yield rf"(?:let|have)\s{_PLAYER}\s(?:play|come in|join|join in|enter)(?:\s(?:in|for|during|on)\s{_PLACE})?", _with
    yield rf"{_PLAYER}\sout of\s{_PLACE}", _without


def _rarer_clauses() -> Iterator[tuple[str, Callable[[re.Match[str], int], list[Fields] | None]]]:
    """Patterns that are tried last."""
    yield rf"(?:{_MAKE}\s)?(?:a\s)?(?:much\s)?(?:longer|shorter)\s{_PLACE}", _long
    yield rf"{_PLACE}\s(?:should|could)\s(?:be\s)(?:longer|shorter)", _long
    yield r"(?:more swing|shuffle it|a shuffle feel|give it a shuffle)", _fixed(swing=_SWUNG)
    yield r"(?:double (?:the )?(?:tempo|time)|twice as fast)", _fixed(faster=2.0)
    yield r"(?:half (?:the )?(?:tempo|time)|halve the tempo|half as fast|twice as slow)", _fixed(faster=0.5)
    yield rf"(?:change|rewrite|redo|rework|regenerate|re-?roll)\s(?:the\s)(?P<part>[\w ]+){_KEEP}", _take
    chords = rf"(?:change|rewrite|replace)\s(?:the\s)?{_CHORDS}{_IN},?"
    yield (
        rf"{chords}\s(?:but|and)\skeep\s(?:the\s)?{_TUNE}",
        lambda found, take: [{**_where(found), "reharmonize": True}],
    )
    yield rf"(?:bring|have|let)\s{_PLAYER}\s(?:in|come in|enter)\s(?:at|in|from|on)\s{_PLACE}", _with


def _spoken_clauses() -> Iterator[tuple[str, Callable[[re.Match[str], int], list[Fields] | None]]]:
    """How people talk of energy, tempo, who plays, and what stays."""
    it = r"(?:it|things|everything|the song|(?:the\s)?(?:energy|intensity|dynamics|level|volume|mood))"
    up = r"(?:kick|crank|ramp|amp|pump|tone|dial|take|bring|turn|calm|push|lift|strip|scale|build)"
    yield rf"{up}\s{it}\s(?:up|down|back){_MUCH_AFTER}{_IN}", _energy
    yield rf"{up}\s(?P<place>{_SECTIONS})\s(?:up|down|back){_MUCH_AFTER}", _energy
    yield (
        rf"(?:raise|lower|increase|reduce|more|less)\s(?:the\s)?(?:energy|intensity|drive|power){_MUCH_AFTER}{_IN}",
        _energy,
    )
    yield rf"(?:turn|bring|dial|push)\s(?:the\s)?(?P<part>[a-z][a-z' -]*?)\s(?:up|down){_MUCH_AFTER}{_IN}", _energy
    yield rf"(?:turn|bring)\s(?:up|down)\s(?:the\s)?(?P<part>[a-z][a-z' -]*?){_MUCH_AFTER}{_IN}", _energy
    yield rf"less\s(?P<part>[a-z][a-z' -]*?){_IN}", _energy
    speed = (
        r"(?:slow|speed|bring|take|push|pull)\s(?:it\s|the song\s|things\s|everything\s|the tempo\s)?(?:down|up|back)"
    )
    yield rf"{speed}\sto\s(?P<qpm>\d{{2,3}})(?:\s?bpm)?", _tempo
    for way, sign in (("up", 1), ("down", -1)):
        verb = "speed" if sign > 0 else "slow"
        yield rf"{verb}\s(?:it|things|the song|everything|the tempo)\s{way}{_MUCH_AFTER}", _faster(sign)
        yield rf"{verb}\s{_PLACE}\s{way}{_MUCH_AFTER}", _faster(sign)
        yield rf"{verb}\s{way}\s{_PLACE}{_MUCH_AFTER}", _faster(sign)
        yield (
            rf"(?:{'raise|increase' if sign > 0 else 'lower|reduce|decrease'})\s(?:the\s)?tempo{_MUCH_AFTER}",
            _faster(sign),
        )
        yield rf"(?:bring|take|turn|push)\sthe\stempo\s{way}{_MUCH_AFTER}", _faster(sign)
    yield rf"(?:slow|speed)\s{_PLACE}\s(?:down|up)\sto\s(?P<qpm>\d{{2,3}})(?:\s?bpm)?", _tempo
    yield rf"(?:{_MAKE}\s)?{_PLACE}\s(?:at\s)?(?P<qpm>\d{{2,3}})\sbpm", _tempo
    yield rf"(?:{_MAKE}|put|change|write)?\s?{_PLACE}\s(?:in|into|to)\s(?P<meter>\d+/\d+)(?:\stime)?", _meter
    yield rf"(?P<meter>\d+/\d+)(?:\stime)?\s(?:in|for)\s{_PLACE}", _meter
    yield rf"{speed}\s(?:by\s)?(?P<percent>\d{{1,2}})\s?%", _tempo_by
    yield (
        rf"(?:{_MAKE}\s)?(?:it\s|the song\s|the tempo\s)?(?P<percent>\d{{1,2}})\s?%\s(?:faster|slower|quicker)",
        _tempo_by,
    )
    yield r"(?:raise|increase|lower|reduce|decrease)\s(?:the\s)?tempo\sby\s(?P<percent>\d{1,2})\s?%", _tempo_by
    yield (
        rf"(?:{speed}|{_MAKE}\s(?:it|the song|the tempo))?\s?(?:by\s)?(?P<qpm>\d{{1,2}})\sbpm(?:\s(?:up|down|faster|slower|quicker))?",
        _bpm_by,
    )
    yield r"less swing|(?:a bit of|a touch of|light|slight) swing", _fixed(swing=0.583)
    move = r"(?:transpose|move|shift|bring|take|put|raise|lower|pitch|lift|drop|sing|play|tune)"
    yield rf"{move}\s(?:it|everything|the song|things)\s(?:up|down)\s(?:by\s)?{_INTERVAL}{_IN}", _transposed
    yield (
        rf"{move}\s(?:the\s)?{_TUNE}\s(?:(?:up|down)\s)?(?:by\s)?{_INTERVAL}(?:\s(?:up|down|higher|lower))?{_IN}",
        _tune_moved,
    )
    yield rf"(?:{_MAKE}\s)?(?:the\s)?{_TUNE}{_IN}\s{_INTERVAL}\s(?:up|down|higher|lower)", _tune_moved
    yield rf"(?:{_MAKE}\s)?(?:the\s)?{_TUNE}\s{_INTERVAL}\s(?:up|down|higher|lower){_IN}", _tune_moved
    yield rf"(?:{_MAKE}\s)?(?:the\s)?{_TUNE}{_IN}\s(?P<way>higher|lower)", _octave
    yield rf"(?:a\s)?(?P<way>higher|lower)\s{_TUNE}{_IN}", _octave
    yield rf"(?:end|finish|close)\s(?:with|on)\s(?:the|a)\s(?P<kind>{_KIND})", _again_at_end
    feel = r"(?:feel|groove|vibe|touch|flavou?r|beat|rhythm|version|arrangement)"
    yield rf"{_MAKE}\s(?:it|the song|this)\s(?:sound|feel)\s(?:more\s)?(?:like\s)?(?P<style>[\w &/'-]+)", _style
    yield rf"(?:give it|make it|try|do|play it with)\s(?:an?\s)(?P<style>[\w &/'-]+?)\s{feel}", _style
    yield r"(?:an?\s)(?P<style>[\w &/'-]+?)\s(?:version|feel|groove)(?:\sof\s(?:it|this|the song))?", _style
    # who plays alone, and from when on
    several = r"(?P<players>[\w', &-]+?)"
    yield rf"(?:only|just|nothing but|solo)\s{several}{_IN}", _only
    yield rf"(?:let|have)\s(?:only|just)\s{several}\s(?:play|sing){_IN}", _only
    yield rf"(?:{_MAKE}\s)?{_PLACE}\s(?:with\s)?(?:only|just|nothing but)\s{several}", _only
    yield (
        rf"(?:strip|cut|reduce|bring|take)\s{_PLACE}\s(?:back\s|down\s|right\s)*to\s(?:just\s|only\s)?{several}",
        _only,
    )
    out = r"(?:take|leave|cut|drop|mute|remove|lose|pull|strip)"
    everybody = r"(?:everything|everyone|everybody|all|all the others|the others)"
    yield (
        rf"{out}\s(?:out\s)?{everybody}(?:\s(?:out|away))?\s(?:except|but|apart from|except for|besides|other than)\s(?:for\s)?{several}{_IN}",
        _only,
    )
    yield (
        rf"(?:no|without|hold back|hold|keep out|save|leave out|drop|mute)\s{_PLAYER}\s(?:until|till|before)\s(?P<place>{_ONE})",
        _until,
    )
    yield (
        rf"{_PLAYER}\s(?:only\s)?(?:come|comes|start|starts|enter|enters|kick|kicks)(?:\sin)?\s(?:only\s)?(?:at|in|on|from|with)\s(?P<place>{_ONE})",
        _until,
    )
    # a section as another one
    same = r"(?:the same as|like|just like|exactly like|identical to|a copy of|a repeat of|as)"
    yield rf"(?:{_MAKE}\s)?(?P<place>{_ONE})\s{same}\s(?P<other>{_ONE}|(?:the\s)?{_ORDINAL})(?:\sone)?", _made_alike
    # what stays
    what = rf"(?P<what>{_TUNE}|{_CHORDS})"
    yield (
        rf"(?:keep|leave|don't touch|do not touch|don't change|do not change|preserve)\s(?:the\s|all the\s)?{what}"
        r"(?:\s(?:alone|as (?:it|they) (?:is|are)|unchanged|the same|intact|untouched))?",
        _kept_as_it_is,
    )
    yield rf"(?:change|rewrite|redo|replace|renew)\s(?:everything|all|anything)\selse{_IN}", _rest_anew
    yield rf"(?:change|rewrite|redo|replace|renew)\s(?:all\s)?(?:the\s)?rest{_IN}", _rest_anew


_CLAUSES = tuple(
    (re.compile(pattern), meaning) for pattern, meaning in (*_clauses(), *_rarer_clauses(), *_spoken_clauses())
)
