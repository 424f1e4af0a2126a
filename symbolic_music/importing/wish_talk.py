# ruff: noqa: E501  (a pattern of the grammar reads best in one line)
"""Clauses as people type them without thinking of a grammar: what a section sounds like, what it is to be without.

Part of the grammar of `symbolic_music.importing.wishes`, tried after its other clauses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from symbolic_music.importing.wish_touches import COMPLAINT, Meaning
from symbolic_music.importing.wish_words import (
    BARS,
    BESIDE,
    BRIGHT,
    BY_QPM,
    CHORDS,
    DARK,
    HOW_MUCH,
    IN,
    KEY,
    KIND,
    LINES,
    LOUD,
    MAKE,
    NUMBER,
    ONE,
    PLACE,
    SECTIONS,
    SIZE,
    SOFT,
    STAYS,
    STEP,
    TUNE,
    WHOLE,
    Fields,
    again_at_end,
    count_of,
    kind_of,
    only_players,
    part_of,
    place_of,
    players_in,
    scaled,
    section_words,
    to_key,
)

_PLAYER = r"(?:the\s)?(?P<part>[a-z][a-z' -]*?)"
_SOME = r"(?:some|a bit of|a little|a touch of|a few|more|a bit more|a little more|lots of|a lot of)"
# A section that is new has the place of its kind where nothing is said.
_AT_AN_END = {"intro": "start", "outro": "end"}
_BUSY_SHARE = 1.4


def talk_groups() -> tuple[tuple[re.Pattern[str], Callable[[], Iterator[tuple[str, Meaning]]]], ...]:
    """The clauses in groups in the order in which they are tried, each after a word without which none can match."""
    gates = (
        ("", _sounding), ("", _lines), ("", _new_sections), ("", _measured),
    )  # fmt: skip
    return tuple((re.compile(gate), clauses) for gate, clauses in gates)


# --- how a place sounds ---------------------------------------------------------------------------------------------


def _sounding() -> Iterator[tuple[str, Meaning]]:
    """A fuller sound, a darker mood; what is sung no more; what fades over some bars."""
    thing = r"(?:sound|feel|feeling|mood|vibe|tone|atmosphere|energy|character|groove)"
    for words, meaning in (
        (LOUD, _more(SIZE)), (SOFT, _more(-SIZE)), (DARK, _fixed(colour="darker")), (BRIGHT, _fixed(colour="brighter")),
    ):  # fmt: skip
        yield rf"(?:give|get)\s{PLACE}\s(?:an?\s)?{HOW_MUCH}(?:{words})\s{thing}", meaning
        yield rf"(?:an?\s)?{HOW_MUCH}(?:{words})\s{thing}\s(?:in|for|to|during)\s{PLACE}", meaning
        yield (
            rf"{PLACE}\s(?:needs?|wants?|could use|should have|deserves?)\s(?:an?\s)?{HOW_MUCH}(?:{words})\s{thing}",
            meaning,
        )
        yield rf"{PLACE}\s(?:could|should|must|can)\s(?:be\s|sound\s|feel\s)?{HOW_MUCH}(?:{words})", meaning
        yield rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s|sound\s|feel\s)?{HOW_MUCH}(?:{words})\s(?:and|,)\s(?:{words})", meaning
    yield (
        rf"(?:more|some|add|build|raise|increase)\s?(?:more\s|some\s|the\s)?(?:tension|suspense|excitement|drama|anticipation)\s(?:before|into|towards?|leading (?:in)?to|up to|ahead of)\s(?P<place>{ONE})",
        _before,
    )
    yield (
        rf"(?:more|some|add|raise|increase)\s?(?:more\s|some\s|the\s)?(?:tension|suspense|excitement|drama|anticipation){IN}",
        _more(SIZE),
    )
    yield rf"(?:less|reduce|lower)\s?(?:the\s)?(?:tension|suspense|excitement|drama){IN}", _more(-SIZE)
    yield (
        rf"(?:{MAKE}\s)?(?P<place>{SECTIONS}|{BARS})\s(?:be\s)?(?:instrumental|an instrumental|without (?:the\s)?(?:{TUNE}|voice|vocals?|singing))",
        _fixed(band="-melody"),
    )
    yield rf"(?:no|stop the) singing\s(?:in|for|during|on)\s{PLACE}", _fixed(band="-melody")
    yield (
        rf"(?:let\s(?:it|the song)\s)?fade\s(?:it\s)?(?P<way>out|in)\s(?:over|across|during|through|throughout|in|for|within)\s{PLACE}",
        _faded,
    )
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s|sound\s)?{HOW_MUCH}(?:more interesting|less boring|less bland|less dull|less generic|more exciting to listen to)",
        _livelier,
    )
    yield (
        rf"(?:{MAKE}\s)?(?P<place>{BARS})\s(?:be\s|play\s|sound\s)?{HOW_MUCH}(?P<way>louder|quieter|softer)",
        _dynamics,
    )
    yield (
        rf"(?:{MAKE}\s)?{_PLAYER}\s(?:be\s|play\s)?{HOW_MUCH}(?P<way>louder|quieter|softer)\s(?:in|for|during|on|at|over)\s(?P<place>{BARS})",
        _dynamics,
    )
    yield rf"(?P<way>louder|quieter|softer)\s(?:in|for|during|on|at|over)\s(?P<place>{BARS})", _dynamics


def _more(by: float) -> Meaning:
    """More or less of it in whole sections."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        return None if "bars" in where else [{**where, "intensity": round(scaled(found, by), 3)}]

    return meaning


def _fixed(**fields: object) -> Meaning:
    """The same in any place."""
    return lambda found, take: None if "bars" in place_of(found) and "colour" in fields else [
        {**place_of(found), **fields}
    ]  # fmt: skip


def _before(found: re.Match[str], take: int) -> list[Fields] | None:
    """It grows in the section before one."""
    return [{"section": f"before {section_words(found['place'])}", "fade": "up"}]


def _faded(found: re.Match[str], take: int) -> list[Fields] | None:
    where = place_of(found)
    return [{**where, "fade": found["way"]}] if where else None


def _livelier(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section in another version; of a song, what comes a second time is varied."""
    where = place_of(found)
    return [{**where, "take": take}] if "section" in where else None if where else [{"section": "repeats", "vary": 0.5}]


def _dynamics(found: re.Match[str], take: int) -> list[Fields] | None:
    """Louder or softer in some bars, with the same notes; of one player where one is named."""
    who = found.groupdict().get("part")
    part = part_of(who)
    if who is not None and part in (None, "", "chords"):
        return None
    by = round(scaled(found, SIZE) * (1 if found["way"] == "louder" else -1), 3)
    return [{**place_of(found), **({"part": part} if part else {}), "intensity": by}]


# --- what somebody plays --------------------------------------------------------------------------------------------


def _lines() -> Iterator[tuple[str, Meaning]]:
    """A better line for a player, the tune's rhythm, what answers the tune or plays it along."""
    better = r"(?:an?\s|some\s)?(?:more interesting|better|less boring|new|different|another|fresh|cooler|nicer|more melodic)"
    yield rf"(?:give|write|find)\s{_PLAYER}\s{better}\s(?:{LINES}|part|thing to (?:do|play)){IN}", _again
    yield (
        rf"(?:{MAKE}\s)?{_PLAYER}\s(?:be\s|play\s|sound\s)?(?:something\s)?{HOW_MUCH}(?:more interesting|less boring|different|something else){IN}",
        _again,
    )
    yield (
        rf"(?:try\s|give me\s|another\s)?(?:another|a different|a new|one more)\s(?:version|take|idea|variation)\s(?:of|for|on)\s{_PLAYER}(?:\s(?:part|line))?{IN}",
        _again,
    )
    yield (
        rf"(?:try|do|play|write|use|find)\s(?:something|anything)\s(?:else|different|new|better)\s(?:in|for|during|at)\s{PLACE}",
        _placed_again,
    )
    yield (
        rf"(?:vary|alter|tweak)\s(?:the\s)?{TUNE}(?:\s(?P<much>a little(?: bit)?|a bit|slightly|a lot|strongly))?{IN}(?:\s(?P<much_after>a little(?: bit)?|a bit|slightly|a lot))?",
        _varied,
    )
    yield rf"(?:simplify|easier|simpler)\s(?:the\s)?(?:rhythms?|rhythm of (?:the\s)?{TUNE}){IN}", _fixed(tune="simpler")
    yield (
        rf"(?:{MAKE}\s)?(?:the\s)?rhythms?{IN}\s{HOW_MUCH}(?:simpler|easier|less complicated|less complex)",
        _fixed(tune="simpler"),
    )
    yield (
        rf"(?:(?:make|write|play|give me)\s)?(?:an?\s)?(?:easier|simplified|beginner'?s?|simple) version(?:\sof\s(?:the\s)?{TUNE})?{IN}",
        _fixed(tune="simpler"),
    )
    answers = r"(?:that|which|who|to)\s(?:answers?|responds? to|plays? (?:around|against|under|over|with)|echoes|replies to|complements?|accompan(?:y|ies))"
    yield (
        rf"(?:add|bring in|put in|include|have)\s(?P<players>[\w' -]+?)\s{answers}\s(?:the\s)?(?:{TUNE}|singer|voice|vocals?){IN}",
        _answering,
    )
    yield (
        rf"(?:let|have|make)\s(?P<players>[\w' -]+?)\s(?:answer|respond to|echo|reply to|complement)\s(?:the\s)?(?:{TUNE}|singer|voice|vocals?){IN}",
        _answering,
    )
    yield (
        rf"(?:add|use|put(?: in)?|with)\s{_SOME}\s(?P<players>[\w' -]+?)\s(?:in|to|on|under|for|during)\s{PLACE}",
        _with,
    )
    yield (
        rf"(?:leave|take|drop|cut)\s(?:out\s)?(?P<players>[\w' -]+?)\s(?:out\s)?(?:until|till|before)\s(?P<target>{ONE})",
        _until,
    )
    yield (
        rf"(?:everything|everybody|everyone|all|the band)\s(?:drops? out|stops?|rests?|out)\s(?:except|but|apart from|except for)\s(?P<players>[\w', &-]+?){IN}",
        only_players,
    )
    yield (
        rf"(?:add|write|give me)\s(?P<how>more|busier|extra)\s(?P<part>[a-z][a-z' -]*?)\s(?:notes|hits|movement|activity){IN}",
        _busier,
    )
    yield rf"(?:change|replace|swap)\sthe\schords?\s(?:in|of)\s(?P<place>{BARS})", _fixed(reharmonize=True)
    yield (
        rf"(?:use|try|find|write|put)\s(?:some\s)?(?:other|different|new|better|more interesting)\s{CHORDS}{IN}",
        _fixed(reharmonize=True),
    )


def _again(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another version of what somebody plays."""
    part, where = part_of(found["part"]), place_of(found)
    if part in (None, ""):
        return None
    return [{**where, "reharmonize": True}] if part == "chords" else [{**where, "part": part, "take": take}]


def _placed_again(found: re.Match[str], take: int) -> list[Fields] | None:
    """Something else in a place."""
    where = place_of(found)
    return [{**where, "infill": True} if "bars" in where else {**where, "take": take}] if where else None


def _varied(found: re.Match[str], take: int) -> list[Fields] | None:
    """The tune, a variation of itself."""
    words = f"{found['much'] or ''} {found['much_after'] or ''}"
    much = 0.2 if re.search(r"little|bit|slight", words) else 0.8 if re.search(r"lot|strong", words) else 0.5
    return [{**place_of(found), "part": "melody", "vary": much}]


def _answering(found: re.Match[str], take: int) -> list[Fields] | None:
    """Somebody comes in beside the tune."""
    names = players_in(found["players"])
    if names is None or len(names) != 1:
        return None
    return [{**place_of(found), "band": f"+{names[0]} countermelody"}]


def _with(found: re.Match[str], take: int) -> list[Fields] | None:
    names = players_in(found["players"])
    return None if names is None else [{**place_of(found), "band": " ".join(f"+{name}" for name in names)}]


def _until(found: re.Match[str], take: int) -> list[Fields] | None:
    """Players rest before a section."""
    names = players_in(found["players"])
    section = f"until {section_words(found['target'])}"
    return None if names is None else [{"section": section, "band": " ".join(f"-{name}" for name in names)}]


def _busier(found: re.Match[str], take: int) -> list[Fields] | None:
    part, where = part_of(found["part"]), place_of(found)
    if part == "melody":
        return [{**where, "tune": "busier"}]
    return None if part in (None, "", "chords") else [{**where, "part": part, "notes": _BUSY_SHARE}]


# --- new sections ---------------------------------------------------------------------------------------------------


def _new_sections() -> Iterator[tuple[str, Meaning]]:
    """A section that is put in, and who plays in it."""
    yield rf"(?:no|without|skip)\s(?:the\s)?(?P<place>{SECTIONS})", _fixed(remove=True)
    yield rf"(?:end|finish|close)\s(?:with|on)\s(?:the|an?)\s(?P<kind>{KIND})\s(?:again|once more)", again_at_end
    yield (
        rf"(?:{MAKE}\s)?(?:an?\s|the\s)?(?:much\s|a (?:bit|little)\s)?(?:longer|shorter)\s(?P<place>{SECTIONS})(?:\s?,|\sof)?\s(?:like\s|about\s|say\s|only\s)?(?P<n>{NUMBER})\sbars?(?:\slong)?",
        _so_long,
    )
    yield (
        rf"(?:{MAKE}\s)?{_PLAYER}\s(?:to\s)?(?:come|enter|start)(?:\sin)?\s(?:later|only later)(?:\s?,)?\s(?:at|in|with|from)\s(?P<target>{ONE})",
        _until_later,
    )
    size = rf"(?:(?P<n>{NUMBER})[\s-]bars?\s|(?P<size>short\s|little\s|brief\s|long\s))?"
    new = r"(?:(?:add|insert|put in|put|write|include|give it|start with|begin with|open with)\s)?(?:in\s)?(?:an?\s)(?:new\s)?"
    yield (
        rf"{new}{size}(?P<kind>{KIND}){BESIDE}?\s(?:with|for|of|played by)\s(?:just|only|nothing but|solo)\s(?P<players>[\w', &-]+)",
        _new_for,
    )
    yield (
        rf"{new}{size}(?:(?:just|only|solo)\s)?(?P<players>piano|guitar|drum|bass|string|strings|organ|flute|violin)\s(?P<kind>intro|outro)",
        _new_for,
    )


def _so_long(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "length": count_of(found["n"])}]


def _until_later(found: re.Match[str], take: int) -> list[Fields] | None:
    """A player rests before a section."""
    names = players_in(found["part"])
    section = f"until {section_words(found['target'])}"
    return None if names is None else [{"section": section, "band": " ".join(f"-{name}" for name in names)}]


def _new_for(found: re.Match[str], take: int) -> list[Fields] | None:
    """A new intro or outro, and who plays alone in it."""
    kind = kind_of(found["kind"])
    if kind not in _AT_AN_END:
        return None
    only = only_players(found, take)
    if only is None:
        return None
    groups = found.groupdict()
    usual = 4 if (groups.get("size") or "").strip() in ("short", "little", "brief") else 8
    edge = _AT_AN_END[kind]
    inserted: Fields = {"insert": f"{kind} {count_of(groups.get('n'), usual)}", "after": edge}
    return [inserted, {"section": edge, "band": only[0]["band"]}]


# --- numbers, keys, ends --------------------------------------------------------------------------------------------


def _measured() -> Iterator[tuple[str, Meaning]]:
    """A tempo by some bpm, a key for somebody, an end that comes too soon."""
    yield (
        rf"(?:keep|leave|don't touch|don't change)\s(?P<place>{SECTIONS})(?:\s(?:alone|as (?:it|they) (?:is|are)|unchanged|the same|untouched))?",
        _stays,
    )
    yield rf"(?:transpose|modulate)\s{PLACE}\s(?P<way>up|down)", _a_tone
    yield rf"(?P<players>[\w' -]+?)\s(?:in|during|on)\s{PLACE}", _with
    about = r"(?:\s?,)?\s(?:like|by|about|around|say|maybe|maybe by|roughly)\s(?:maybe\s|about\s|around\s)?"
    yield (
        rf"(?:{MAKE}\s)?(?:{WHOLE}\s)?(?:be\s|go\s)?{HOW_MUCH}(?P<way>faster|quicker|slower){about}(?P<qpm>\d{{1,2}})\sbpm(?:\s(?:or so|more|less))?",
        _by_bpm,
    )
    yield (
        rf"(?P<way>speed|slow)\s(?:it|things|the song|the tempo)\s(?:up|down)(?:\sa (?:bit|little))?{about}(?P<qpm>\d{{1,2}})\sbpm",
        _by_bpm,
    )
    yield rf"(?:in\s)?(?:the\s)?key\s(?:of\s|should be\s|to\s)?{KEY}{IN}", to_key
    yield (
        rf"(?:(?:change|set|switch|put)\s(?:the\s)?key|(?:transpose|put|move)(?:\s(?:it|everything|the song|this))?)\s(?:to|in|into)\s{KEY}\sfor\s(?:the\s|my\s|our\s|a\s|an\s)?[\w' -]+",
        to_key,
    )
    ends = rf"(?P<end>(?:it|the song|the piece|the ending|the end|the outro)|{WHOLE})"
    yield (
        rf"{ends}\s(?:feels?|sounds?|seems?|is|comes|ends|stops)\s(?:(?:a bit|a little|very|so|way|just|too)\s)*(?:abrupt(?:ly)?|sudden(?:ly)?|(?:too\s)?(?:early|soon))",
        _ends_abruptly,
    )


def _stays(found: re.Match[str], take: int) -> list[Fields] | None:
    """Sections that are to stay as they are."""
    return [{STAYS: section_words(found["place"])}]


def _a_tone(found: re.Match[str], take: int) -> list[Fields] | None:
    """Up or down by as much as a key change is, where no interval is said."""
    return [{**place_of(found), "transpose": STEP if found["way"] == "up" else -STEP}]


def _by_bpm(found: re.Match[str], take: int) -> list[Fields] | None:
    """So many quarters a minute more or less."""
    return [{BY_QPM: float(found["qpm"]) * (-1 if found["way"] in ("slower", "slow") else 1)}]


def _ends_abruptly(found: re.Match[str], take: int) -> list[Fields] | None:
    """Two more bars at the end, if nothing else is said to be done about it."""
    return [{"continue_bars": 2, COMPLAINT: True}]
