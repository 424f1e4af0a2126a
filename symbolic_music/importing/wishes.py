# ruff: noqa: E501  (a pattern of the grammar reads best in one line)
"""Reading a wish: an edit in words to operations, by a grammar of verbs, places, parts and amounts.

Nothing is guessed. A wish is split into clauses at "and", "then", commas; each clause must match one of the patterns
whole, or nothing of the wish is done. Patterns stand in ``_GROUPS`` in the order in which they are tried; places are
left as words, which `symbolic_music.song.places` finds in the song.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from symbolic_music.errors import EditError, InputError
from symbolic_music.importing.wish_spelling import mended_wish, plain_wish
from symbolic_music.importing.wish_talk import talk_groups
from symbolic_music.importing.wish_touches import COMPLAINT, Meaning, touch_groups
from symbolic_music.importing.wish_words import (
    AT_FIRST,
    BARS,
    BESIDE,
    BRIGHT,
    BY_QPM,
    CHORDS,
    COMMANDS,
    DARK,
    HOW_MUCH,
    IN,
    INTERVAL,
    INTERVALS,
    KEEP,
    KEPT,
    KEY,
    KIND,
    LINES,
    LOUD,
    MAKE,
    MORE_TEMPO,
    MUCH_AFTER,
    NUMBER,
    OF_ALL,
    ONE,
    ORDINAL,
    OWNED,
    PLACE,
    PLAYER,
    POLITE,
    REST,
    SECTIONS,
    SIZE,
    SIZES,
    SOFT,
    SPLIT,
    STAYS,
    STEP,
    STRAIGHT,
    SWUNG,
    TUNE,
    WHOLE,
    Fields,
    N,
    again_at_end,
    beside_of,
    count_of,
    kept_in,
    kind_of,
    of_player,
    only_players,
    part_of,
    place_of,
    players_in,
    players_under_tune,
    scaled,
    section_words,
    to_key,
    to_tempo,
)
from symbolic_music.limits import WISH_SIGNS
from symbolic_music.song.edit import WHOLE_SECTIONS, WHOLE_SONG, Edit, Operation
from symbolic_music.song.places import ALL_BUT
from symbolic_music.song.style_names import find_style_name
from symbolic_music.theory.instruments import INSTRUMENT_NAMES
from symbolic_music.theory.meter import METERS


@dataclass(frozen=True)
class WishReading:
    """What a wish says: its operations, and each in words."""

    edit: Edit
    understood: tuple[str, ...]


_IS_DONE_ONCE = {"harmony", "tune", "resolve", "faster"}


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
        If any of it is not understood; the message says which words, and what was understood of the others. Or if it
        is longer than `WISH_SIGNS`.

    Examples
    --------
    >>> read_wish("take the drums out of verse 2").understood
    ('verse 2: band -drums',)
    """
    WISH_SIGNS.check(len(text), "the edit", EditError)
    plain = plain_wish(text)
    found = _operations_in(plain, next_take, tempo_qpm)
    if found is None and (mended := mended_wish(plain, _known_words())) != plain:
        found = _operations_in(mended, next_take, tempo_qpm)
    if found is None:
        raise _not_understood(text, plain, next_take)
    written = [_as_written(fields, text) for fields in found]
    # What is said twice ("simpler chords, just triads") is done once.
    once = [own for place, own in enumerate(written) if not (_IS_DONE_ONCE & set(own) and own in written[:place])]
    operations = tuple(Operation(**fields) for fields in once)  # type: ignore[arg-type]
    return WishReading(Edit(words=text, operations=operations), tuple(one.said for one in operations))


def _operations_in(plain: str, take: int, tempo_qpm: float | None) -> list[Fields] | None:
    """What a plain wish asks for, settled; ``None`` where any of it is not understood."""
    found = _settled(_without_complaints(_read(plain, take)))
    for fields in found or ():
        by = fields.pop(BY_QPM, None)
        if isinstance(by, float) and tempo_qpm is not None:
            fields["tempo_qpm"] = tempo_qpm + by
        elif by is not None:
            return None
    return found


@cache
def _known_words() -> frozenset[str]:
    """Every word that the grammar or a band has a use for."""
    patterns = (re.sub(r"\(\?P<\w+>", "(", pattern) for _, group in _GROUPS for pattern, _ in _patterns_of(group))
    words = {word for pattern in patterns for word in re.findall(r"(?<!\\)\b[a-z]{3,}\b", pattern)}
    names = {word for name in INSTRUMENT_NAMES for word in re.findall(r"[a-z]{3,}", name)}
    return frozenset(words | names | {"drums", "verse", "verses", "chorus", "choruses"})


def _read(text: str, take: int, around: Fields | None = None) -> list[Fields] | None:
    """Read a wish: as one clause, or as a clause and the rest, the longest clause first.

    ``around`` is the place, or the player, that was named last, which "it" means.
    """
    whole = _either(text, take, around)
    if whole is not None:
        return whole
    if not _without_politeness(text):
        return None
    placed = AT_FIRST.fullmatch(_without_politeness(text))
    if placed is not None:
        return _all_there(placed, take)
    for split in reversed(list(SPLIT.finditer(text))[:12]):
        left, right = text[: split.start()], text[split.end() :]
        if not left.strip() or not right.strip():
            continue
        first = _either(left, take, around)
        if first is not None:
            if not all(COMPLAINT in fields for fields in first):
                # Why it is asked ("it's too loud") asks for nothing more.
                right = _REASON.sub("", right, count=1)
                if not right:
                    return first
            rest = _read(right, take, _meant(first) or around)
            if rest is not None:
                return [*first, *_in_the_same_place(first, rest, split[0], right)]
    return None


_REASON = re.compile(
    r"^\s*(?:it|they|that|this|which)(?:'s|'re|\s(?:is|are|was|were|feels?|sounds?|gets?|seems?))\s"
    r"(?:(?:just|way|a bit|a little|much|really|still|kind of|very|far|all)\s)*"
    r"(?:too|so|\w+ing|annoying|boring|dull|bad|weak|bland|ugly|confusing|hard|difficult|repetitive|not)\b"
    r"(?:(?!\b(?:and|then|but|plus)\b)[^,;.])*(?:[,;.]\s*|\s(?:and|then|but|plus)\b\s*|$)"
)


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
    for part in SPLIT.split(placed["rest"]):
        part = _without_politeness(part or "")
        clause = _clause(f"{part} in {placed['place']}", take) or _clause_about(part, take, place_of(placed))
        if clause is None or _named(clause) != place_of(placed):
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


def _meant(found: list[Fields]) -> Fields | None:
    """What "it" means after some clauses: the place named last, and the player if that clause was on one."""
    for fields in reversed(found):
        if fields.get("remove"):
            continue
        meant: Fields = {name: fields[name] for name in ("section", "bars", "part") if name in fields}
        if meant.get("part") in (REST, "band"):
            meant.pop("part", None)
        elif "take" in fields and COMPLAINT not in fields and "part" in meant:
            # "Another melody for the chorus and make it bigger": the place comes first.
            meant[PERHAPS] = meant.pop("part")
        if "tune" in fields:
            meant["part"] = "melody"
        if {"harmony", "reharmonize"} & set(fields):
            meant["part"] = "chords"
        if meant:
            return meant
    return None


# What lasts in a place, so that more can be asked of it; and what is asked there, if nothing else is named.
_LASTING = (
    "band", "intensity", "colour", "fade", "notes", "tune", "harmony", "transpose", "reharmonize", "faster", "like",
    "take", "vary", "chords", "length", "times", "longer",
)  # fmt: skip
_ASKED_THERE = ("band", "intensity", "colour", "fade", "notes", "tune", "harmony", "faster")
_OF_THE_SONG = re.compile(r"\b(?:it|them|there|song|track|piece|everything|whole|all|overall|everywhere|this|that)\b")


def _in_the_same_place(first: list[Fields], rest: list[Fields], joint: str, text: str) -> list[Fields]:
    """Let what is asked without a place hold where the clause before was: "a bigger chorus and no drums"."""
    place: Fields = {name: first[-1][name] for name in ("section", "bars") if name in first[-1]}
    is_asked_there = place and set(_LASTING) & set(first[-1]) and not re.search(r"then|[;.]", joint)
    names_another = {"section", "bars"} & set(rest[0]) or "lead" in str(rest[0].get("band", ""))
    clause = SPLIT.split(text)[0] or text
    if not is_asked_there or names_another or not set(_ASKED_THERE) & set(rest[0]) or _OF_THE_SONG.search(clause):
        return rest
    if "bars" in place and set(WHOLE_SECTIONS) & set(rest[0]):
        return rest
    return [{**place, **rest[0]}, *rest[1:]]


PERHAPS = "perhaps"
_IT = re.compile(r"\b(?:it|them|that one|this one)\b")
# What is asked where something is not liked, and was named.
_OTHERWISE = re.compile(
    r"(?:(?:try|do|write|use|find|give (?:me|it|them)|have)\s)?(?:something|anything)\s(?:else|different|new|better)(?:\s(?:there|instead))?"
    r"|(?:try|do|write|replace|change|redo|rewrite|fix)\s(?:it|that|them)?\s?(?:again|anew|differently|over|once more)?"
)


def _clause_about(text: str, take: int, around: Fields | None) -> list[Fields] | None:
    """Read one clause; "it" is the player or the place named last, if what is asked can be done by it or there."""
    if around is not None and _OTHERWISE.fullmatch(text):
        place: Fields = {name: value for name, value in around.items() if name != "part"}
        part = around.get("part")
        if part == "chords":
            return [{**place, "reharmonize": True}]
        is_bars = "bars" in around and part is None
        return [{**place, **({"part": part} if part else {}), **({"infill": True} if is_bars else {"take": take})}]
    if around is not None and "part" in around:
        of_player = _of_player_meant(text, take, around)
        if of_player is not None:
            return of_player
        around = {name: value for name, value in around.items() if name != "part"} or None
    if around is not None and PERHAPS in around:
        place = {name: value for name, value in around.items() if name != PERHAPS}
        found = _clause_about(text, take, place or None)
        return found or _of_player_meant(text, take, {**place, "part": around[PERHAPS]})
    found = _clause(text, take)
    if found is None and around is not None and text.endswith(" there"):
        inner = _clause(text.removesuffix(" there"), take)
        is_free = inner is not None and not any(
            {"section", "bars", "insert", KEPT, *OF_ALL} & set(one) for one in inner
        )
        return [{**around, **fields} for fields in inner or ()] if is_free else None
    if found is None and around is not None and "section" in around:
        return _clause(re.sub(r"\b(?:it|that one|this one)\b", str(around["section"]), text, count=1), take)
    if found is None or around is None or not re.search(r"\b(?:it|them|there|that one)\b", text):
        return found
    placed: list[Fields] = []
    for fields in found:
        is_free = not {"section", "bars", "insert", KEPT, *OF_ALL} & set(fields)
        if is_free and "lead" not in str(fields.get("band", "")).split():
            if "bars" in around and {*WHOLE_SECTIONS, "intensity"} & set(fields):
                return None
            fields = {**around, **fields}
        placed.append(fields)
    return placed


def _of_player_meant(text: str, take: int, around: Fields) -> list[Fields] | None:
    """Read a clause whose "it" is a player, or the tune, in the place that was named with it."""
    if _IT.search(text) is None:
        return None
    found = _clause(_IT.sub(f"the {around['part']}", text, count=1), take)
    place: Fields = {name: value for name, value in around.items() if name != "part"}
    is_on_it = found is not None and all(
        (fields.get("part") == around["part"] or (around["part"] == "melody" and "tune" in fields))
        and not {"section", "bars"} & set(fields)
        for fields in found
    )
    return [{**place, **fields} for fields in found or ()] if is_on_it else None


def _as_written(fields: Fields, text: str) -> Fields:
    """Give chords back their capitals, which tell major from minor degrees."""
    if "chords" not in fields:
        return fields
    plain = r"[\s,|–-]+(?:and\s+)?".join(re.escape(one) for one in str(fields["chords"]).replace("|", " ").split())
    found = re.search(rf"(?<![\w#]){plain}(?![\w#])", text, re.IGNORECASE)
    chords = re.sub(r"\s*[,–]\s*|\s+and\s+|(?<=\w)\s?-\s?(?=[A-Za-z])", " ", found[0]) if found else fields["chords"]
    return {**fields, "chords": chords}


def _without_complaints(found: list[Fields] | None) -> list[Fields] | None:
    """Leave out what only says what is wrong where it is said afterwards what to do about it."""
    asked: list[Fields] = []
    for place, fields in enumerate(found or ()):
        own = {name: value for name, value in fields.items() if name != COMPLAINT}
        later = [other for other in (found or [])[place + 1 :] if COMPLAINT not in other]
        where = {name: fields[name] for name in ("section", "bars") if name in fields}
        if COMPLAINT in fields and any(not where or where.items() <= other.items() for other in later):
            continue
        asked.append(own)
    return asked if found is not None else None


def _without_politeness(text: str) -> str:
    """Leave out words that carry no wish."""
    while True:
        shorter = POLITE.sub("", text.strip(), count=1)
        if shorter == text:
            return text
        text = shorter


def _clause(text: str, take: int) -> list[Fields] | None:
    """Read one clause; "the chorus melody" is the melody in the chorus."""
    for match, meaning in _matches(text):
        fields = meaning(match, take)
        if fields is not None:
            return fields
    for pattern, place in _PLACED_LAST:
        found = pattern.fullmatch(text)
        is_new = found is not None and "side" in found.groupdict() and re.search(KIND, found["rest"])
        inner = _clause(_without_politeness(found["rest"]), take) if found and not is_new else None
        if found is not None and inner is not None:
            return _placed_at(inner, place(found))
    apart = _ALL_BUT.fullmatch(text)
    if apart is not None:
        rest = next(filter(None, (apart["rest"], apart["there"], apart["other"])))
        inner = _clause(rest if apart["other"] else f"make it {rest}", take)
        kept = next(filter(None, (apart["kept"], apart["but"], apart["save"])))
        return None if inner is None else _placed_at(inner, f"{ALL_BUT}{section_words(kept)}")
    owned = OWNED.search(text)
    if owned is None:
        return None
    turned = f"{text[: owned.start()]}the {owned['what']}{text[owned.end() :]} in {owned['place']}"
    return _clause(re.sub(r"\b(a|an|another|new|different|other)\sthe\s", r"\1 ", turned), take)


# Places that are said after anything else.
_PLACED_LAST: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"(?P<rest>.+?)\s(?:from|starting (?:at|in|with|from))\s(?P<place>{ONE})\s(?:on|onwards?)"),
     lambda found: f"from {section_words(found['place'])}"),
    (re.compile(rf"(?P<rest>.+?)\s(?P<side>after|before)\s(?P<place>{ONE})"),
     lambda found: f"{found['side']} {section_words(found['place'])}"),
    (re.compile(r"(?P<rest>.+?)\s(?:at|towards?|near|for)\sthe\s(?:very\s)?(?P<place>end|start|beginning)"
                r"(?:\sof\s(?:it|(?:the|this)\s(?:song|piece|track)))?"), lambda found: found["place"]),
)  # fmt: skip


_OTHERS = (
    r"(?:everything|everywhere|every section|all|the rest|all the rest)(?:\s(?:else|other))?(?:\s(?:sections|parts))?"
)
_UNTOUCHED = r"(?:alone|as (?:it|they) (?:is|are)|unchanged|the same|untouched|like (?:it is|this|that)|be)"
# What is asked of all sections but some.
_ALL_BUT = re.compile(
    rf"(?:don't touch|do not touch|don't change|leave|keep)\s(?P<kept>{SECTIONS})(?:\s{_UNTOUCHED})?\s?,?\s(?:(?:but|and)\s)?(?:{MAKE}\s)?{_OTHERS}\s(?P<rest>.+)"
    rf"|(?:{MAKE}\s)?{_OTHERS}\s(?:but|except|except for|apart from|besides|other than)\s(?:for\s|in\s)?(?P<but>{SECTIONS})\s(?P<there>.+)"
    rf"|(?P<other>.+?)(?:\s(?:in\s)?{_OTHERS})\s(?:but|except|except for|except in|apart from|besides|other than)\s(?:for\s|in\s)?(?P<save>{SECTIONS})"
)


def _placed_at(found: list[Fields], section: str) -> list[Fields] | None:
    """Operations in a section, if none of them has a place yet and all can be done there."""
    has_place = any({"section", "bars", "insert", KEPT, STAYS, BY_QPM, *WHOLE_SONG} & set(fields) for fields in found)
    has_place = has_place or any("lead" in str(fields.get("band", "")) for fields in found)
    return None if has_place else [{"section": section, **fields} for fields in found]


_HINT = (
    'say what and where, as in "make the last chorus bigger" or "take the drums out of verse 2"; what can be done stands'
    " in symbolic-music edit --help"
)
# What no edit does, and what does it, or comes nearest.
_ELSEWHERE = tuple(
    (re.compile(topic), allowed)
    for topic, allowed in (
        (r"\b(?:lyrics?|words|text|rhyme)\b", "words are written in a file, and set with: symbolic-music lyrics SONG words.txt"),
        (r"\b(?:reverb|echo|delay|eq|compress\w*|pan(?:ned)?|stereo|mix|master\w*|autotune|distortion|filter)\b",
         'an edit changes notes; of the sound it changes who is louder: "make the drums softer in verse 2"'),
        (r"\b(?:half|double)[ -]?time\b", 'say the tempo ("half the tempo"), or "less busy drums in the bridge"'),
        (r"\bminutes?\b|\b\d+ seconds?\b|\bseconds\b|\d:\d\d", 'say which sections: "the verse half as long", "repeat the last chorus"'),
        (r"\b(?:sounds?|feels?) (?:more )?like\b|\bin the style of\b", "name a style; symbolic-music styles lists them"),
        (r"\b(?:first|second|third|fourth|last|final) chord\b|\binstead of\b", 'chords are named by their bars: "change bar 8 to F"'),
        (r"\b(?:delete|remove|cut|repeat|copy|move)\b.*\b(?:bars?|measures?|half)\b",
         'whole sections move; or say how many bars: "make the verse 4 bars shorter"'),
        (r"\b(?:\d|two|three|four|several|some) (?:versions|options|choices|takes|alternatives)\b", "ask for another version of it with --choices 3, and hear them all"),
        (r"\b(?:song|piece|track|it)\s(?:\w+\s){0,2}(?:shorter|longer)\b", 'say which sections: "the verse half as long", "repeat the last chorus"'),
        (r"\bloop(?:s|ed|able|ing)?\b", "loops of a section are made by: symbolic-music game SONG"),
        (r"\b(?:left|right) hand\b", 'hands are no players of their own: "fewer notes in the piano"'),
        (r"\brelative\b", 'darker and brighter are the parallel minor and major; another key is said by its name: "put it in D minor"'),
        (r"\bsolo\b", 'a new section is "a solo after chorus 2"; who plays the tune is said of the whole song: "give the melody to the guitar"'),
        (r"\b(?:snare|kick|hi-?hats?|cymbals?|toms?|ride|crash|rimshot)\b", 'the drums are one player: "less busy drums in verse 1"'),
        (r"\bfills?\b", 'fills stand where sections end; "busier drums in verse 2" has more of them'),
        (r"\b(?:stop|break|pause|silence)\b", 'somebody can rest: "no drums in the last bar of verse 2"'),
        (r"\b(?:dorian|phrygian|lydian|mixolydian|locrian|modal|mode)\b", "a song is in major or minor: darker, brighter"),
    )
)  # fmt: skip


def _not_understood(text: str, plain: str, take: int) -> EditError:
    """Say which words are not understood."""
    command = COMMANDS.match(plain)
    if command is not None:
        verb = command[0].split()[0]
        raise EditError(f"not understood: {text!r}; that is a command of its own", f"symbolic-music {verb} SONG")
    lost, known = [], []
    for part in SPLIT.split(plain):
        part = _without_politeness(part or "")
        if part:
            found = _clause(part, take)
            if found is None or any({KEPT, STAYS, BY_QPM} & set(one) or one.get("part") == REST for one in found):
                lost.append(part)
            else:
                asked = [{name: value for name, value in fields.items() if name != COMPLAINT} for fields in found]
                known += [Operation(**fields).said for fields in asked]  # type: ignore[arg-type]
    told = "; ".join(f"{part!r}" for part in lost) or repr(text)
    also = f" (understood: {'; '.join(known)})" if known else ""
    hint = next((allowed for topic, allowed in _ELSEWHERE if topic.search(plain)), _HINT)
    return EditError(f"not understood: {told}{also}; nothing was changed", hint)


# What leaves the tune as it is.
_STAYS_WITH_TUNE = {"reharmonize", "intensity", "band", "style", "harmony", "chords", "like"}


def _settled(found: list[Fields] | None) -> list[Fields] | None:
    """Let what is to be kept ("leave the melody alone") hold for all else; nothing if it cannot, or is all."""
    if found is None:
        return None
    # Sections that are to stay do, unless the song is changed as a whole.
    stay = {str(fields[STAYS]) for fields in found if STAYS in fields}
    found = [fields for fields in found if STAYS not in fields]
    if stay and any(not {"section", "bars"} & set(fields) or fields.get("section") in stay for fields in found):
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
        if kept == {"melody"} and (_STAYS_WITH_TUNE & set(own) or "part" in own):
            settled.append(own)
        elif "melody" in kept and is_new:
            settled.append({**own, "part": "band"})
        elif kept == {"chords"} and "tune" in own:
            settled.append(own)
        elif kept == {"chords"} and "take" in own and (is_new or own.get("part") == "melody"):
            settled.append({**own, "keep": ("chords",)})
        else:
            return None
    return settled


# --- meanings -------------------------------------------------------------------------------------------------------


def _intensity(sign: int) -> Meaning:
    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        if "bars" in where:
            return None
        return [{**where, "intensity": round(sign * scaled(found, SIZE), 3)}]

    return meaning


def _busier(sign: int) -> Meaning:
    """One player, or the band, more or less busy."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where, part = place_of(found), part_of(found["part"])
        if "bars" in where or part in (None, "", "melody", "chords"):
            return None
        return [{**where, **of_player(found, str(part), sign)}]

    return meaning


def _swapped(found: re.Match[str], take: int) -> list[Fields] | None:
    """Two sections change places."""
    return [{"section": section_words(found["place"]), "swap": section_words(found["other"])}]


def _by_bars(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section longer or shorter by some bars."""
    where, by = place_of(found), count_of(found["n"])
    if "section" not in where:
        return None
    is_less = re.search(r"\b(?:shorten|shorter|cut|trim)\b", found[0])
    return [{**where, "longer": -by if is_less else by}]


def _colour(word: str) -> Meaning:
    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        return None if "bars" in where else [{**where, "colour": word}]

    return meaning


def _faster(sign: int) -> Meaning:
    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        if "bars" in where:
            return None
        more = 1 + scaled(found, MORE_TEMPO - 1)
        return [{**where, "faster": round(more if sign > 0 else 1 / more, 3)}]

    return meaning


def _fixed(**fields: object) -> Meaning:
    """An operation that is always the same, on the whole song."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        return None if place_of(found) else [dict(fields)]

    return meaning


def _placed(**fields: object) -> Meaning:
    """An operation that is the same at any place that is named."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        return [{**where, **fields}] if where.get("section") else None

    return meaning


def _transposed(found: re.Match[str], take: int) -> list[Fields] | None:
    down = any(word in found[0].split() for word in ("down", "lower", "drop"))
    by = count_of(found["count"]) * INTERVALS[found["step"]]
    return [{**place_of(found), "transpose": -by if down else by}]


def _key_change(found: re.Match[str], take: int) -> list[Fields] | None:
    where = place_of(found)
    if "section" not in where:
        return None
    step = found.groupdict().get("step")
    by = count_of(found["count"]) * INTERVALS[step] if step else STEP
    by = -by if " down " in f" {found[0]} " else by
    return [{"section": f"from {where['section']}", "transpose": by}]


def _take(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another version, of everything, or of the tune or a player; what stays is said after it."""
    groups = found.groupdict()
    part = part_of(groups.get("part"))
    if part is None:
        return None
    keep = kept_in(groups.get("keep"))
    if keep is None:
        return None
    where = place_of(found)
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


def _varied(found: re.Match[str], take: int) -> list[Fields] | None:
    words = found[0]
    much = (
        0.2
        if re.search(r"little|bit|slight|touch|subtl", words)
        else 0.8
        if re.search(r"lot|much|strong", words)
        else 0.5
    )
    return [{**place_of(found), "vary": much}]


def _without(found: re.Match[str], take: int) -> list[Fields] | None:
    names, where = players_in(found["players"]), place_of(found)
    return None if names is None else [{**where, "band": " ".join(f"-{name}" for name in names)}]


def _with(found: re.Match[str], take: int) -> list[Fields] | None:
    names, where = players_in(found["players"]), place_of(found)
    return None if names is None else [{**where, "band": " ".join(f"+{name}" for name in names)}]


def _replaced(found: re.Match[str], take: int) -> list[Fields] | None:
    gone, come = players_in(found["players"]), players_in(found["others"])
    if gone is None or come is None:
        return None
    band = " ".join([*(f"-{name}" for name in gone), *(f"+{name}" for name in come)])
    return [{**place_of(found), "band": band}]


def _lead(found: re.Match[str], take: int) -> list[Fields] | None:
    names = players_in(found["players"])
    return None if names is None or len(names) != 1 else [{"band": f"+{names[0]} lead"}]


def _inserted(found: re.Match[str], take: int) -> list[Fields] | None:
    kind = kind_of(found["kind"])
    if kind is None:
        return None
    groups = found.groupdict()
    usual = SIZES.get((groups.get("size") or "").strip(), 8)
    return [{"insert": f"{kind} {count_of(groups.get('n') or groups.get('m'), usual)}", **beside_of(found)}]


def _beside_it(**fields: object) -> Meaning:
    """An operation on a place, beside another."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        return [{**where, **fields, **beside_of(found)}] if "section" in where else None

    return meaning


def _first(found: re.Match[str], take: int) -> list[Fields] | None:
    kind = kind_of(found["kind"])
    return None if kind is None else [{"section": f"first {kind}", "duplicate": True, "after": "start"}]


def _octave(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "part": "melody", "transpose": 12 if found["way"] == "higher" else -12}]


def _long(found: re.Match[str], take: int) -> list[Fields] | None:
    """Longer, shorter, so many bars."""
    where, groups = place_of(found), found.groupdict()
    if "section" not in where:
        return None
    if groups.get("n"):
        return [{**where, "length": count_of(groups["n"])}]
    words = found[0]
    if re.search(r"half|shorter|in two|in half", words):
        return [{**where, "times": 0.5}]
    if re.search(r"three times|triple", words):
        return [{**where, "times": 3.0}]
    return [{**where, "times": 2.0}]


def _continued(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "continue_bars": count_of(found.groupdict().get("n"), 8)}]


def _style(found: re.Match[str], take: int) -> list[Fields] | None:
    name = re.sub(r"^(?:an?|the)\s|\s(?:song|style|track|tune|feel)$", "", found["style"].strip())
    try:
        return [{"style": find_style_name(name)}]
    except InputError:
        return None


def _meter(found: re.Match[str], take: int) -> list[Fields] | None:
    where = place_of(found)
    return [{**where, "meter": found["meter"]}] if found["meter"] in METERS and "bars" not in where else None


def _infill(found: re.Match[str], take: int) -> list[Fields] | None:
    where = place_of(found)
    return [{**where, "infill": True}] if where else None


def _energy(found: re.Match[str], take: int) -> list[Fields] | None:
    """More or less intensity, by "up" or "more", "down" or "less"; of a player where one is named."""
    words = found[0].split()
    sign = -1 if {"down", "back", "less", "lower", "reduce"} & set(words) else 1
    where, part = place_of(found), found.groupdict().get("part")
    if part is not None:
        return _busier(sign)(found, take)
    if "bars" in where:
        return None
    return [{**where, "intensity": round(sign * scaled(found, SIZE), 3)}]


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
    by = count_of(found["count"]) * INTERVALS[found["step"]]
    return [{**place_of(found), "part": "melody", "transpose": -by if down else by}]


def _until(found: re.Match[str], take: int) -> list[Fields] | None:
    """Players rest before a section."""
    names = players_in(found["players"])
    return None if names is None else [
        {"section": f"until {section_words(found['place'])}", "band": " ".join(f"-{name}" for name in names)}
    ]  # fmt: skip


def _made_alike(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section as another one: its copy comes, and it goes."""
    place, other = section_words(found["place"]), section_words(found["other"])
    number = re.fullmatch(rf"(?:(?P<ordinal>{ORDINAL})\s)?(?P<kind>{KIND})\s?(?P<n>\d+)?", place)
    if number is None or not (number["ordinal"] or number["n"]) or number["ordinal"] == "second last":
        return None
    if re.fullmatch(ORDINAL, other):
        other = f"{other} {number['kind']}"
    model = re.search(KIND, other)
    if model is None or kind_of(model[0]) != kind_of(number["kind"]):
        return None
    # The copy stands after it and is of its kind, so that the last one is the second last now.
    gone = f"second last {number['kind']}" if number["ordinal"] in ("last", "final") else place
    return [{"section": other, "duplicate": True, "after": place}, {"section": gone, "remove": True}]


def _kept_as_it_is(found: re.Match[str], take: int) -> list[Fields] | None:
    """What is to stay."""
    return [{KEPT: "melody" if re.fullmatch(TUNE, found["what"]) else "chords"}]


def _rest_anew(found: re.Match[str], take: int) -> list[Fields] | None:
    """All that is not to be kept."""
    return [{**place_of(found), "part": REST, "take": take}]


# --- the grammar ----------------------------------------------------------------------------------------------------


def _clauses() -> Iterator[tuple[str, Meaning]]:
    """The patterns, each with what it means, in the order in which they are tried."""
    for words, meaning in (
        (LOUD, _intensity(1)), (SOFT, _intensity(-1)), (DARK, _colour("darker")), (BRIGHT, _colour("brighter")),
        ("faster|quicker|more up-?tempo", _faster(1)), ("slower", _faster(-1)),
    ):  # fmt: skip
        yield (
            rf"(?:{MAKE}\s)?{PLACE}\s(?:to\s|should\s|could\s)?(?:be\s|sound\s|feel\s|get\s|go\s)?{HOW_MUCH}(?:in\s|to\s)?(?:a\s)?(?:{words})(?:\skey)?",
            meaning,
        )
        yield (
            rf"(?:{MAKE}\s)?(?:it\s)?(?:a\s|an\s)?{HOW_MUCH}(?:{words})(?:\s(?:in\s|during\s|for\s|on\s)?{PLACE})?",
            meaning,
        )
    player = r"(?:the\s)?(?P<part>[a-z][a-z' -]*?)"
    for words, sign in ((LOUD, 1), (SOFT, -1)):
        yield rf"(?:{MAKE}\s)?{player}\s(?:play\s|be\s|sound\s)?{HOW_MUCH}(?:{words}){IN}", _busier(sign)
        yield rf"{HOW_MUCH}(?:{words})\s{player}{IN}", _busier(sign)
    yield rf"(?:swap|exchange|switch)\s(?P<place>{ONE})\s(?:and|with|for)\s(?P<other>{ONE})", _swapped
    yield (
        rf"(?:extend|lengthen|stretch|shorten|cut|trim)\s(?P<place>{SECTIONS})\sby\s{N}\s(?:more\s)?bars?",
        _by_bars,
    )
    yield rf"(?:{MAKE}\s)?(?P<place>{SECTIONS})\s{N}\sbars?\s(?:longer|shorter)", _by_bars
    up = r"(?:lift|boost|build up|pump up|turn up|beef up|raise the energy (?:of|in)|more energy (?:in|for)|more power (?:in|for))"
    yield rf"{up}\s{PLACE}(?:\s{HOW_MUCH.strip()})?", _intensity(1)
    yield (
        rf"(?:calm down|tone down|strip (?:down|back)|turn down|bring down|less energy (?:in|for))\s{PLACE}",
        _intensity(-1),
    )
    yield rf"(?:calm|tone|strip|turn|bring|wind)\s{PLACE}\s(?:down|back)", _intensity(-1)
    yield rf"(?:build|turn|lift|pump)\s{PLACE}\sup", _intensity(1)
    yield r"speed (?:it |things |the song )?up(?:\s(?P<much>a (?:little|bit|lot)))?", _faster(1)
    yield r"slow (?:it |things |the song )?down(?:\s(?P<much>a (?:little|bit|lot)))?", _faster(-1)
    yield (
        r"(?:(?:set|change|put|bring|play|make)\s)?(?:it\s|the song\s|the tempo\s|tempo\s)*(?:to\s|at\s|of\s)?(?P<qpm>\d{2,3})\s?(?:bpm|beats (?:a|per) minute)",
        to_tempo,
    )
    yield r"(?:(?:set|change|put|bring)\s)?(?:the\s)?tempo\s(?:to\s|at\s|of\s)?(?P<qpm>\d{2,3})", to_tempo
    yield (
        rf"(?:{MAKE}\s)?(?:it\s|the song\s|the band\s)?(?:swing|swung)(?:\sit|\sthe song|\sthe eighths)?(?:\smore)?",
        _fixed(swing=SWUNG),
    )
    yield r"(?:give it|add|with|play it with)\s(?:a\s|some\s)?swing(?:\sfeel)?", _fixed(swing=SWUNG)
    yield (
        r"(?:straighten (?:it|the eighths|the song)(?: out)?|(?:play|make) it straight|no swing|without swing|don't swing(?: it)?|straight eighths)",
        _fixed(swing=STRAIGHT),
    )
    # keys
    move = r"(?:transpose|move|shift|bring|take|put|raise|lower|pitch|lift|drop|modulate|sing|play)"
    yield rf"{move}\s{PLACE}\s(?:(?:up|down)\s)?(?:by\s)?{INTERVAL}(?:\s(?:up|down|higher|lower))?", _transposed
    yield rf"(?:transpose|up|down|modulate(?:\sup|\sdown)?)\s(?:up\s|down\s)?(?:by\s)?{INTERVAL}{IN}", _transposed
    yield rf"(?:{MAKE}\s)?{PLACE}\s{INTERVAL}\s(?:up|down|higher|lower)", _transposed
    yield rf"{INTERVAL}\s(?:up|down|higher|lower){IN}", _transposed
    yield rf"(?:raise|lower)\sthe\skey\s(?:by\s)?{INTERVAL}{IN}", _transposed
    yield rf"{MAKE}\sthe\s(?P<part>{TUNE})\s(?P<way>higher|lower){IN}", _octave
    yield (
        rf"{move}\s{PLACE}\s(?:in|to|into)\s(?:the\skey\sof\s)?{KEY}",
        to_key,
    )
    yield rf"(?:(?:change|set|switch|put)\s(?:the\s)?key|transpose(?: it)?)\s(?:to|in|into)\s{KEY}{IN}", to_key
    change = r"(?:(?:add|put|make|with|do|insert)\s)?(?:a\s|another\s)?(?:key change|modulation|change of key|truck driver'?s? (?:gear )?change)"
    yield (
        rf"{change}(?:\s(?:up|down))?(?:\s(?:of\s|by\s)?{INTERVAL})?\s(?:right\s)?(?:before|at|for|in|into|on|to)\s{PLACE}",
        _key_change,
    )
    yield (
        rf"(?:modulate|change key|change the key|go up)(?:\s(?:up|down))?(?:\s(?:by\s)?{INTERVAL})?\s(?:right\s)?(?:before|at|for|in|into|on)\s{PLACE}",
        _key_change,
    )
    # length and form
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:half as long|half the length|half its length|twice as long|three times as long|double the length|longer|shorter)",
        _long,
    )
    yield rf"(?:double|halve|half|triple)\s(?:the\slength\sof\s){PLACE}", _long
    yield rf"(?:cut|split|shorten|halve)\s{PLACE}\s(?:in half|in two|by half)", _long
    yield rf"(?:{MAKE}\s)?{PLACE}\s(?:only\s|just\s)?(?:be\s)?{N}\sbars?(?:\slong)?", _long
    yield rf"(?:extend|shorten|lengthen|cut|stretch|trim)\s{PLACE}\s(?:down\s)?to\s{N}\sbars?", _long
    yield rf"(?:extend|lengthen|shorten|halve)\s{PLACE}", _long
    yield (
        rf"(?:remove|delete|cut|drop|skip|leave out|take out|get rid of|throw out|lose|cut out)\s(?P<place>{SECTIONS})(?:\s(?:out|completely|entirely))?",
        _placed(remove=True),
    )
    yield rf"(?:take|leave|cut)\s(?P<place>{SECTIONS})\sout", _placed(remove=True)
    yield (
        rf"(?:repeat|duplicate|double|play)\s(?P<place>{SECTIONS})(?:\s(?:twice|again|once more|one more time|two times))?",
        _placed(duplicate=True),
    )
    yield rf"(?:repeat|duplicate|copy|play)\s(?P<place>{SECTIONS})(?:\sagain)?{BESIDE}", _beside_it(duplicate=True)
    yield rf"(?:move|put|shift|bring)\s(?P<place>{SECTIONS}){BESIDE}", _beside_it(move=True)
    yield (
        rf"(?:(?:end|finish)\swith\s)(?:another|one more|a second|an extra)\s(?:last\s)?(?P<kind>{KIND})",
        again_at_end,
    )
    yield (
        rf"(?:add\s|put\s|play\s)?(?:another|one more|a second|an extra)\s(?P<kind>{KIND})(?:\sat the (?:very )?end)",
        again_at_end,
    )
    new = r"(?:add|insert|put in|put|write|include)\s(?:in\s)?(?:an?\s|another\s)?(?:new\s)?"
    yield (
        rf"{new}(?:{N}[\s-]bars?\s|(?P<size>short\s|little\s|brief\s|long\s))?(?P<kind>{KIND})(?:\s(?:of|with)\s(?P<m>{NUMBER})\sbars)?{BESIDE}?",
        _inserted,
    )
    yield (
        rf"(?:an?\s)(?:new\s)?(?:{N}[\s-]bars?\s|(?P<size>short\s|little\s|brief\s|long\s))?(?P<kind>{KIND})(?:\sof\s(?P<m>{NUMBER})\sbars)?{BESIDE}",
        _inserted,
    )
    yield (
        rf"(?:continue|go on|carry on|keep going)(?:\s(?P<place>{SECTIONS}))?(?:\sfor)?\s(?:another\s)?{N}\s(?:more\s)?bars",
        _continued,
    )
    yield (
        rf"(?:add\s)?{N}\s(?:more\s|extra\s)bars(?:\s(?:after|to)\s(?P<place>{SECTIONS})|\s(?:at|to) the end)?",
        _continued,
    )
    yield rf"add\s{N}\sbars(?:\s(?:after)\s(?P<place>{SECTIONS})|\s(?:at|to) the end)", _continued
    yield rf"(?:continue|extend)\s(?:{WHOLE})(?:\s(?:for|by))?\s(?:another\s)?{N}\s(?:more\s)?bars", _continued
    yield rf"(?:start|begin|open)\swith\s(?:the|a)\s(?P<kind>{KIND})", _first
    # style, meter
    yield (
        r"(?:play|make|turn|do|arrange|change|put)\s(?:it|(?:the|this)\s(?:whole\s)?(?:song|thing|piece|track)|everything|this|the style|the band)\s(?:as|like|into|to|in)\s(?:the style of\s)?(?P<style>[\w &/'-]+)",
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
    yield rf"(?:write\s|try\s|make\s|find\s|compose\s)?{another}\s{part}{IN}{KEEP}", _take
    yield (
        rf"(?:change|rewrite|redo|replace|rework|regenerate|write|compose)\s(?:the\s){part}\s(?:in|of|for|from|under|during)\s{PLACE}(?:\sagain|\sanew)?{KEEP}",
        _take,
    )
    yield (
        rf"(?:change|rewrite|redo|rework|regenerate)\s(?:the\s)(?P<part>{TUNE}|{CHORDS}|[\w ]+?\s{LINES}){KEEP}",
        _take,
    )
    yield rf"(?:reharmoni[sz]e)\s{PLACE}", lambda found, take: [{**place_of(found), "reharmonize": True}]
    yield (
        rf"keep (?:the )?{TUNE},?\s(?:but\s|and\s)?(?:change|rewrite|replace) (?:the )?{CHORDS}{IN}",
        lambda found, take: [{**place_of(found), "reharmonize": True}],
    )
    yield rf"(?:fill in|fill|infill|bridge)\s(?P<place>{BARS})(?:\s(?:again|anew|in))?", _infill
    yield rf"(?:vary|alter|tweak)\s{PLACE}(?:\s(?:a little(?: bit)?|a bit|slightly|a lot|strongly))?", _varied
    yield rf"(?:(?:make|write)\s)?a\s(?:(?:slight|little|strong|subtle)\s)?variation\s(?:of|on)\s{PLACE}", _varied
    yield rf"(?:make\s)?{PLACE}\s(?:a\s(?:little|bit)|slightly)\sdifferent", _varied
    yield rf"(?:re-?write|redo|regenerate|re-?roll|rework|change|replace)\s{PLACE}(?:\s(?:again|anew))?{KEEP}", _take
    yield rf"(?:try|do|write|compose)\s{PLACE}\s(?:again|anew|over|differently|once more){KEEP}", _take
    # who plays
    out = r"(?:take out|leave out|take away|get rid of|take|leave|drop|cut|mute|kill|lose|remove|pull|silence|delete)"
    yield rf"{out}\s{PLAYER}(?:\s(?:out|away|off))?(?:\s(?:in|of|from|for|during|on)\s{PLACE})?", _without
    yield rf"(?:no|without)\s{PLAYER}(?:\s(?:in|for|during|on|from)\s{PLACE})?", _without
    yield rf"{MAKE}?\s?{PLACE}\swithout\s{PLAYER}", _without
    yield (
        rf"(?:let|have|make)\s{PLAYER}\s(?:rest|stop|pause|sit out|drop out|be silent|lay out)(?:\s(?:in|for|during)\s{PLACE})?",
        _without,
    )
    yield (
        rf"(?:replace|swap|exchange|substitute|switch|change|turn)\s{PLAYER}\s(?:with|for|by|to|into)\s(?P<others>[\w' -]+?)(?:\sin\s{PLACE})?",
        _replaced,
    )
    yield rf"(?P<others>[\w' -]+?)\sinstead of\s{PLAYER}(?:\sin\s{PLACE})?", _replaced
    yield rf"(?:give the {TUNE} to|let)\s{PLAYER}(?:\s(?:play|have|take|sing)\sthe\s{TUNE})?", _lead
    yield (
        rf"(?:add|bring in|put in|bring back|bring|with|put|include)\s{PLAYER}(?:\s(?:in|back|back in))?(?:\s(?:to|in|for|into|on|during|under)\s{PLACE})?",
        _with,
    )
    yield rf"(?:let|have)\s{PLAYER}\s(?:play|come in|join|join in|enter)(?:\s(?:in|for|during|on)\s{PLACE})?", _with
    yield rf"{PLAYER}\sout of\s{PLACE}", _without


def _rarer_clauses() -> Iterator[tuple[str, Meaning]]:
    """Patterns that are tried last."""
    yield rf"(?:{MAKE}\s)?(?:a\s)?(?:much\s)?(?:longer|shorter)\s{PLACE}", _long
    yield rf"{PLACE}\s(?:should|could)\s(?:be\s)(?:longer|shorter)", _long
    yield r"(?:more swing|shuffle it|a shuffle feel|give it a shuffle)", _fixed(swing=SWUNG)
    yield r"(?:double (?:the )?(?:tempo|time)|twice as fast)", _fixed(faster=2.0)
    yield r"(?:half (?:the )?(?:tempo|time)|halve the tempo|half as fast|twice as slow)", _fixed(faster=0.5)
    yield rf"(?:change|rewrite|redo|rework|regenerate|re-?roll)\s(?:the\s)(?P<part>[\w ]+){KEEP}", _take
    chords = rf"(?:change|rewrite|replace)\s(?:the\s)?{CHORDS}{IN},?"
    yield (
        rf"{chords}\s(?:but|and)\skeep\s(?:the\s)?{TUNE}",
        lambda found, take: [{**place_of(found), "reharmonize": True}],
    )
    yield rf"(?:have|let)\s{PLAYER}\s(?:only\s)?(?:come in|enter|start)\s(?:at|from|with)\s(?P<place>{ONE})", _until
    yield rf"(?:bring|have|let)\s{PLAYER}\s(?:in|come in|enter)\s(?:at|in|from|on)\s{PLACE}", _with


def _spoken_clauses() -> Iterator[tuple[str, Meaning]]:
    """How people talk of energy, tempo, who plays, and what stays."""
    it = r"(?:it|things|everything|the song|(?:the\s)?(?:energy|intensity|dynamics|level|volume|mood))"
    up = r"(?:kick|crank|ramp|amp|pump|tone|dial|take|bring|turn|calm|push|lift|strip|scale|build)"
    yield rf"{up}\s{it}\s(?:up|down|back){MUCH_AFTER}{IN}", _energy
    yield rf"{up}\s(?P<place>{SECTIONS})\s(?:up|down|back){MUCH_AFTER}", _energy
    yield (
        rf"(?:raise|lower|increase|reduce|more|less)\s(?:the\s)?(?:energy|intensity|drive|power){MUCH_AFTER}{IN}",
        _energy,
    )
    yield rf"(?:turn|bring|dial|push)\s(?:the\s)?(?P<part>[a-z][a-z' -]*?)\s(?:up|down){MUCH_AFTER}{IN}", _energy
    yield rf"(?:turn|bring)\s(?:up|down)\s(?:the\s)?(?P<part>[a-z][a-z' -]*?){MUCH_AFTER}{IN}", _energy
    yield rf"(?:less|more)\s(?P<part>[a-z][a-z' -]*?){IN}", _energy
    speed = (
        r"(?:slow|speed|bring|take|push|pull)\s(?:it\s|the song\s|things\s|everything\s|the tempo\s)?(?:down|up|back)"
    )
    yield rf"{speed}\sto\s(?P<qpm>\d{{2,3}})(?:\s?bpm)?", to_tempo
    for way, sign in (("up", 1), ("down", -1)):
        verb = "speed" if sign > 0 else "slow"
        yield rf"{verb}\s(?:it|things|the song|everything|the tempo)\s{way}{MUCH_AFTER}", _faster(sign)
        yield rf"{verb}\s{PLACE}\s{way}{MUCH_AFTER}", _faster(sign)
        yield rf"{verb}\s{way}\s{PLACE}{MUCH_AFTER}", _faster(sign)
        yield (
            rf"(?:{'raise|increase' if sign > 0 else 'lower|reduce|decrease'})\s(?:the\s)?tempo{MUCH_AFTER}",
            _faster(sign),
        )
        yield rf"(?:bring|take|turn|push)\sthe\stempo\s{way}{MUCH_AFTER}", _faster(sign)
    yield rf"(?:slow|speed)\s{PLACE}\s(?:down|up)\sto\s(?P<qpm>\d{{2,3}})(?:\s?bpm)?", to_tempo
    yield rf"(?:{MAKE}\s)?{PLACE}\s(?:at\s)?(?P<qpm>\d{{2,3}})\sbpm", to_tempo
    yield rf"(?:{MAKE}|put|change|write)?\s?{PLACE}\s(?:in|into|to)\s(?P<meter>\d+/\d+)(?:\stime)?", _meter
    yield rf"(?P<meter>\d+/\d+)(?:\stime)?\s(?:in|for)\s{PLACE}", _meter
    yield rf"{speed}\s(?:by\s)?(?P<percent>\d{{1,2}})\s?%", _tempo_by
    yield (
        rf"(?:{MAKE}\s)?(?:it\s|the song\s|the tempo\s)?(?P<percent>\d{{1,2}})\s?%\s(?:faster|slower|quicker)",
        _tempo_by,
    )
    yield r"(?:raise|increase|lower|reduce|decrease)\s(?:the\s)?tempo\sby\s(?P<percent>\d{1,2})\s?%", _tempo_by
    yield (
        rf"(?:{speed}|{MAKE}\s(?:it|the song|the tempo))?\s?(?:by\s)?(?P<qpm>\d{{1,2}})\sbpm\s(?:up|down|faster|slower|quicker)",
        _bpm_by,
    )
    yield rf"{speed}\s(?:by\s)?(?P<qpm>\d{{1,2}})\sbpm", _bpm_by
    yield r"less swing|(?:a bit of|a touch of|light|slight) swing", _fixed(swing=0.583)
    move = r"(?:transpose|move|shift|bring|take|put|raise|lower|pitch|lift|drop|sing|play|tune)"
    yield rf"{move}\s(?:it|everything|the song|things)\s(?:up|down)\s(?:by\s)?{INTERVAL}{IN}", _transposed
    yield (
        rf"{move}\s(?:the\s)?{TUNE}\s(?:(?:up|down)\s)?(?:by\s)?{INTERVAL}(?:\s(?:up|down|higher|lower))?{IN}",
        _tune_moved,
    )
    yield rf"(?:{MAKE}\s)?(?:the\s)?{TUNE}{IN}\s{INTERVAL}\s(?:up|down|higher|lower)", _tune_moved
    yield rf"(?:{MAKE}\s)?(?:the\s)?{TUNE}\s{INTERVAL}\s(?:up|down|higher|lower){IN}", _tune_moved
    yield rf"(?:{MAKE}\s)?(?:the\s)?{TUNE}{IN}\s(?P<way>higher|lower)", _octave
    yield rf"(?:a\s)?(?P<way>higher|lower)\s{TUNE}{IN}", _octave
    yield rf"(?:end|finish|close)\s(?:with|on)\s(?:the|a)\s(?P<kind>{KIND})", again_at_end
    feel = r"(?:feel|groove|vibe|touch|flavou?r|beat|rhythm|version|arrangement)"
    yield rf"{MAKE}\s(?:it|the song|this)\s(?:sound|feel)\s(?:more\s)?(?:like\s)?(?P<style>[\w &/'-]+)", _style
    yield rf"(?:give it|make it|try|do|play it with)\s(?:an?\s)(?P<style>[\w &/'-]+?)\s{feel}", _style
    yield r"(?:an?\s)(?P<style>[\w &/'-]+?)\s(?:version|feel|groove)(?:\sof\s(?:it|this|the song))?", _style
    # who plays alone, and from when on
    several = r"(?P<players>[\w', &-]+?)"
    yield rf"(?:only|just|nothing but|solo)\s{several}{IN}", only_players
    yield rf"(?:let|have)\s(?:only|just)\s{several}\s(?:play|sing){IN}", only_players
    yield rf"(?:{MAKE}\s)?{PLACE}\s(?:with\s)?(?:only|just|nothing but)\s{several}", only_players
    yield (
        rf"(?:strip|cut|reduce|bring|take)\s{PLACE}\s(?:back\s|down\s|right\s)*to\s(?:just\s|only\s)?{several}",
        players_under_tune,
    )
    out = r"(?:take|leave|cut|drop|mute|remove|lose|pull|strip)"
    everybody = r"(?:everything|everyone|everybody|all|all the others|the others)"
    yield (
        rf"{out}\s(?:out\s)?{everybody}(?:\s(?:out|away))?\s(?:except|but|apart from|except for|besides|other than)\s(?:for\s)?{several}{IN}",
        only_players,
    )
    yield (
        rf"(?:no|without|hold back|hold|keep out|save|leave out|drop|mute)\s{PLAYER}\s(?:until|till|before)\s(?P<place>{ONE})",
        _until,
    )
    yield (
        rf"{PLAYER}\s(?:only\s)?(?:come|comes|start|starts|enter|enters|kick|kicks)(?:\sin)?\s(?:only\s)?(?:at|in|on|from|with)\s(?P<place>{ONE})",
        _until,
    )
    # a section as another one
    same = r"(?:the same as|like|just like|exactly like|identical to|a copy of|a repeat of|as)"
    yield rf"(?:{MAKE}\s)?(?P<place>{ONE})\s{same}\s(?P<other>{ONE}|(?:the\s)?{ORDINAL})(?:\sone)?", _made_alike
    # what stays
    what = rf"(?P<what>{TUNE}|{CHORDS})"
    yield (
        rf"(?:keep|leave|don't touch|do not touch|don't change|do not change|preserve)\s(?:the\s|all the\s)?{what}"
        r"(?:\s(?:alone|as (?:it|they) (?:is|are)|unchanged|the same|intact|untouched))?",
        _kept_as_it_is,
    )
    yield rf"(?:change|rewrite|redo|replace|renew)\s(?:everything|all|anything)\selse{IN}", _rest_anew
    yield rf"(?:change|rewrite|redo|replace|renew)\s(?:all\s)?(?:the\s)?rest{IN}", _rest_anew


_GROUPS = (
    *((re.compile(""), group) for group in (_clauses, _rarer_clauses, _spoken_clauses)),
    *touch_groups(),
    *talk_groups(),
)


@cache
def _patterns_of(group: Callable[[], Iterator[tuple[str, Meaning]]]) -> tuple[tuple[str, Meaning], ...]:
    """A group's patterns as text; they are hundreds, so that each is compiled when it is first tried."""
    return tuple(group())


_compiled = cache(re.compile)


def _matches(text: str) -> Iterator[tuple[re.Match[str], Meaning]]:
    """The clauses that match a text whole, in the order of the grammar."""
    for gate, group in _GROUPS:
        for pattern, meaning in _patterns_of(group) if gate.search(text) else ():
            found = _compiled(pattern).fullmatch(text)
            if found is not None:
                yield found, meaning
