# ruff: noqa: E501  (a pattern of the grammar reads best in one line)
"""Clauses about what is there: a tune simpler, chords jazzier, players that fade or play less, and complaints.

Part of the grammar of `symbolic_music.importing.wishes`, tried after its other clauses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from symbolic_music.importing.wish_words import (
    BESIDE,
    CHORDS,
    HOW_MUCH,
    IN,
    INTERVAL,
    INTERVALS,
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
    TUNE,
    WHOLE,
    Fields,
    beside_of,
    count_of,
    key_of,
    kind_of,
    of_player,
    only_players,
    part_of,
    place_of,
    players_under_tune,
    scaled,
    section_words,
    to_tempo,
)

Meaning = Callable[[re.Match[str], int], list[Fields] | None]

# A clause that says only what is wrong; one after it that says what to do goes before it.
COMPLAINT = "complaint"

# How people ask for each shape of a tune.
_SHAPES = {
    "simpler": r"simpler|less busy|sparser|easier(?: to (?:sing|play))?|more singable|singable|plainer|less complicated|less complex|(?:with )?(?:fewer|less|longer) notes",
    "busier": r"busier|(?:with )?more notes|more active|more elaborate|more ornate|more ornamented|denser|livelier|more complex",
    "smoother": r"smoother|less jumpy|(?:with )?(?:fewer|smaller|less) (?:leaps|jumps)|more stepwise|more flowing|less angular",
    "leapier": r"jumpier|more jumpy|(?:with )?(?:more|bigger|wider|larger) (?:leaps|jumps)|leapier|more angular",
    "syncopated": r"more syncopated|(?:with )?more syncopation|syncopated|more off ?-?beat",
    "straighter": r"less syncopated|(?:with )?less syncopation|more on the beat|straighter|less off ?-?beat",
    "catchier": r"catchier|more catchy|hookier|more memorable|more of a hook|a better hook",
}
_RICHER = r"jazzier|more jazzy|richer|lusher|fancier|more colou?rful|more sophisticated|more extended|more complex|denser|thicker"
_PLAINER = r"simpler|plainer|less jazzy|more basic|less complicated|less complex|less fancy|easier"
_OTHER = r"more interesting|less boring|less predictable|more surprising|better|more unusual"
_EXTENSIONS = r"(?:sevenths|7ths|7th chords|seventh chords|ninths|9ths|ninth chords|extensions|tensions|jazz chords|colou?r tones|colou?r)"
_HOME = r"(?:the\s)?(?:tonic|root|home chord|home note|home|key note|keynote)"
# One chord symbol or degree in small letters; how it was written is looked up again.
_CHORD = (
    r"(?:n\.?c\.?|[a-h](?:#|b)?(?:maj|min|m|dim|aug|sus|add|alt|\d|[()#b+^°ø-])*(?:/[a-g](?:#|b)?)?"
    r"|[b#]?(?:vii|vi|iv|v|iii|ii|i)(?:maj|dim|sus|\d|[°ø+#])*(?:/[a-z]+)?)"
)
_SYMBOLS = rf"(?:the\schords?\s)?(?P<chords>{_CHORD}(?:(?:\s?[,|–-]\s?|\s(?:and\s)?){_CHORD})*)"
_PLAYER = r"(?:the\s)?(?P<part>(?!(?:the\s)?(?:key|pitch)\b)[a-z][a-z' -]*?)"
_TOO = r"(?:\s?(?:is|are|'s|'re|feels?|sounds?|gets?|seems?|plays?))?\s(?:just\s|a\s(?:bit|little)\s|way\s|far\s|much\s|still\s)*too\s"
_IS = r"(?:\s?(?:is|are|'s|'re|feels?|sounds?|gets?|seems?))\s(?:just\s|so\s|a\s(?:bit|little)\s|really\s|pretty\s|very\s|too\s)*"
_TOO_MUCH = r"loud|busy|full|heavy|big|thick|crowded|cluttered|dense|intense|strong|massive|bombastic|noisy|much"
_TOO_LITTLE = r"quiet|soft|empty|thin|weak|sparse|light|small|flat|tame"
# By how much a song goes down for a voice that cannot reach it.
_VOICE_STEP = 3
_MORE_TEMPO = 1.1


def touch_groups() -> tuple[tuple[re.Pattern[str], Callable[[], Iterator[tuple[str, Meaning]]]], ...]:
    """The clauses in groups in the order in which they are tried: a word without which none of a group can match,
    and its patterns, each with what it means.
    """
    chord = (
        r"(?:^|\s)(?!a(?:\s|$))(?:[a-h](?:#|b)?(?:m|maj|min|dim|aug|sus|\d)*(?:/[a-g])?|[b#]?[iv]{1,3}\d?)(?=[\s,|]|$)"
    )
    gates = (
        (r"melod|tune|top ?line|lead|vocal|catch|hook|memor|octave|semi|step|tone|third|fourth|fifth|notes|rhythm|pitch", _tunes),
        (rf"chord|harmon|progression|changes|jazz|triad|7th|seventh|ninth|9th|tension|colou?r|n\.?c|{chord}", _harmonies),
        (r"end|finish|close|land|resolve|last|final|start|begin|open|come", _endings),
        ("", _dynamics),
        ("", _players),
        ("", _forms),
        (r"too|is\b|are\b|'s\b|'re\b|can't|cannot|can not|can hardly|can barely|don't|do not|didn't|hate|dislike|feel|sound|seem"
         r"|drag|rush|plod|jump|leap|\bhas\b|work|play", _complaints),
    )  # fmt: skip
    return tuple((re.compile(gate), clauses) for gate, clauses in gates)


# --- the tune -------------------------------------------------------------------------------------------------------


def _tunes() -> Iterator[tuple[str, Meaning]]:
    """A tune's shape."""
    for shape, words in _SHAPES.items():
        meaning = _shaped(shape)
        yield rf"(?:{MAKE}\s|write\s)?(?:an?\s|the\s)?{HOW_MUCH}(?:{words})\s{TUNE}{IN}", meaning
        yield (
            rf"(?:{MAKE}\s)?(?:the\s)?{TUNE}\s(?:should\s|could\s)?(?:be\s|sound\s|have\s|use\s)?{HOW_MUCH}(?:{words}){IN}",
            meaning,
        )
        yield rf"(?:{MAKE}\s)?(?:the\s)?{TUNE}{IN}\s(?:be\s)?{HOW_MUCH}(?:{words})", meaning
        yield rf"{HOW_MUCH}(?:{words})\s(?:in|for)\s(?:the\s)?{TUNE}{IN}", meaning
    for words in (_SHAPES["catchier"],):
        yield rf"(?:{MAKE}\s)?{PLACE}\s(?:should\s|could\s)?(?:be\s|sound\s)?{HOW_MUCH}(?:{words})", _shaped("catchier")
        yield rf"(?:{MAKE}\s|write\s)?(?:an?\s|the\s)?{HOW_MUCH}(?:{words})\s(?P<place>{SECTIONS})", _shaped("catchier")
    new = r"(?:change|rewrite|redo|replace|renew|another|other|new|different|a different|a new)"
    for words, other, kept in (
        (r"rhythms?", r"notes|pitches|melody|tune", "rhythm"),
        (r"notes|pitches|tones", r"rhythms?", "pitches"),
    ):
        yield (
            rf"(?:keep\s)?(?:the\s)?(?:same\s)?(?:{words})(?:\sof\s(?:the\s)?{TUNE})?\s?,?\s?(?:but|and|with)?\s{new}\s(?:the\s)?(?:{other})(?:\s(?:of|for|in)\s(?:the\s)?{TUNE})?{IN}",
            _kept_take(kept),
        )
        yield (
            rf"(?:keep\s)?(?:the\s)?(?:same\s)?(?:{words})\s?,?\s?(?:but|and|with)?\s{new}\s(?:the\s)?(?:{other})\s(?:for|in|of)\sthe\s(?P<place>{ONE})\s{TUNE}",
            _kept_take(kept),
        )
    yield rf"(?:simplify|thin(?: out)?)\s(?:the\s)?{TUNE}{IN}", _shaped("simpler")
    yield rf"(?:smooth(?: out)?)\s(?:the\s)?{TUNE}{IN}", _shaped("smoother")
    yield rf"(?:syncopate)\s(?:the\s)?{TUNE}{IN}", _shaped("syncopated")
    yield rf"(?P<way>lower|raise)\s(?:the\s)?{TUNE}{IN}", _octave
    yield (
        rf"(?:{MAKE}\s)?{_PLAYER}\s(?:should\s|could\s)?(?:play\s|be\s|sing\s|go\s|move\s)?{INTERVAL}\s(?P<way>up|down|higher|lower){IN}",
        _part_moved,
    )


def _shaped(shape: str) -> Meaning:
    """The tune, reshaped."""
    return lambda found, take: [{**place_of(found), "tune": shape}]


def _kept_take(kept: str) -> Meaning:
    """Another tune on the same rhythm, or on the same pitches."""
    return lambda found, take: [{**place_of(found), "part": "melody", "take": take, "keep": (kept,)}]


def _octave(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "part": "melody", "transpose": 12 if found["way"] == "raise" else -12}]


def _part_moved(found: re.Match[str], take: int) -> list[Fields] | None:
    """One player by an interval."""
    part = part_of(found["part"])
    if part in (None, "", "chords", "band"):
        return None
    by = count_of(found["count"]) * INTERVALS[found["step"]]
    way = found.groupdict().get("way") or ("up" if re.match(r"raise|lift", found[0]) else "down")
    return [{**place_of(found), "part": part, "transpose": by if way in ("up", "higher") else -by}]


# --- chords ---------------------------------------------------------------------------------------------------------


def _harmonies() -> Iterator[tuple[str, Meaning]]:
    """Chords richer, plainer, others, or these."""
    yield rf"(?:spice up|jazz up|enrich|dress up)\s(?:the\s)?{CHORDS}{IN}", _set(harmony="richer")
    yield rf"(?:spice|jazz|dress)\s(?:the\s)?{CHORDS}\sup{IN}", _set(harmony="richer")
    for words, fields in (
        (_RICHER, {"harmony": "richer"}), (_PLAINER, {"harmony": "plainer"}), (_OTHER, {"reharmonize": True}),
    ):  # fmt: skip
        yield rf"(?:{MAKE}\s|use\s|write\s)?(?:an?\s|the\s|some\s)?{HOW_MUCH}(?:{words})\s{CHORDS}{IN}", _set(**fields)
        yield (
            rf"(?:{MAKE}\s)?(?:the\s)?{CHORDS}\s(?:should\s|could\s)?(?:be\s|sound\s)?{HOW_MUCH}(?:{words}){IN}",
            _set(**fields),
        )
        yield rf"(?:{MAKE}\s)?(?:the\s)?{CHORDS}{IN}\s(?:be\s)?{HOW_MUCH}(?:{words})", _set(**fields)
    yield (
        rf"(?:other|new|different|another set of)\s{CHORDS}\s(?:under|below|beneath|to|for)\s(?:the\s)?(?:(?P<place>{ONE})\s)?{TUNE}",
        _set(reharmonize=True),
    )
    yield rf"(?:{MAKE}\s)?{PLACE}\s{HOW_MUCH}(?:jazzier|more jazzy)", _set(harmony="richer")
    yield rf"(?:{MAKE}\s)?{PLACE}\s{HOW_MUCH}(?:less jazzy)", _set(harmony="plainer")
    yield (
        rf"(?:add|put|use|with|give it)\s(?:some\s|more\s)?{_EXTENSIONS}(?:\s(?:to|on|in)\s(?:the\s)?{CHORDS})?{IN}",
        _set(harmony="richer"),
    )
    yield rf"(?:simplify|strip down)\s(?:the\s)?{CHORDS}{IN}", _set(harmony="plainer")
    yield rf"(?:(?:only|just|plain|simple)\s)?triads(?:\s(?:only|please))?{IN}", _set(harmony="plainer")
    yield rf"(?:no|without|remove(?: the)?|take out(?: the)?)\s{_EXTENSIONS}{IN}", _set(harmony="plainer")
    change = r"(?:change|set|turn|make|replace)"
    yield rf"{change}\s(?:the\schords?\s(?:in|of)\s)?{PLACE}\s(?:to|into|with)\s{_SYMBOLS}", _given
    yield rf"(?:put|use|play|write|have|with)?\s?{_SYMBOLS}\s(?:in|for|over|under|on|at)\s{PLACE}", _given
    yield rf"(?:{change}\s)?(?:the\s)?{CHORDS}{IN}\s(?:to|into|should be|are|be)\s{_SYMBOLS}", _given
    yield rf"{PLACE}\s?:\s?{_SYMBOLS}", _given


def _given(found: re.Match[str], take: int) -> list[Fields] | None:
    """Chords that somebody names, in a place."""
    where = place_of(found)
    text = re.sub(r"\s?[,–]\s?|\sand\s|(?<=\w)\s?-\s?(?=[a-zA-Z])", " ", found["chords"])
    is_word = re.fullmatch(r"[a-h]", text) is not None and "bars" not in where
    return None if not where or is_word else [{**where, "chords": " ".join(text.split())}]


# --- how it ends ----------------------------------------------------------------------------------------------------


def _endings() -> Iterator[tuple[str, Meaning]]:
    """On the tonic, quietly, big."""
    home = _end(resolve=True)
    yield rf"(?:end|finish|close|land|resolve|come to rest)\s(?:it\s|the song\s)?(?:on|to|at)\s{_HOME}", home
    yield rf"(?:end|finish|close|land|resolve)\s(?P<place>{SECTIONS})\s(?:on|to)\s{_HOME}", _set(resolve=True)
    yield (
        r"resolve\s(?:it|the (?:song|ending|end|last (?:chord|note)|final (?:chord|note)|melody|tune))(?:\sat the end)?(?:\sproperly)?",
        home,
    )
    yield (
        rf"(?:(?:make|let)\s)?the\s(?:last|final)\s(?:note|chord)(?:\s(?:should\s|must\s)?(?:be|go to|land on|come home to|resolve to|is|to))?(?:\s(?:be|on))?\s{_HOME}",
        home,
    )
    yield (
        r"(?:start|begin|open)\s(?:more\s)?(?:quietly|quieter|softly|softer|gently|calmly|smaller)",
        _at("start", -SIZE),
    )
    yield r"(?:start|begin|open)\s(?:more\s)?(?:loud|louder|big|bigger|strong|with a bang)", _at("start", SIZE)
    yield r"(?:end|finish|close)\s(?:more\s)?(?:quietly|quieter|softly|softer|gently|calmly|smaller)", _at("end", -SIZE)
    yield (
        r"(?:end|finish|close)\s(?:more\s)?(?:loud|louder|big|bigger|strong|with a bang)|(?:a\s)?(?:bigger|big|stronger)\s(?:finish|ending)",
        _at("end", SIZE),
    )


def _end(**fields: object) -> Meaning:
    """What is done where the song ends; its tune may have ended some bars before."""
    return lambda found, take: [{"bars": "last 4", **fields}]


def _at(place: str, by: float) -> Meaning:
    """More or less of it at an end of the song."""
    return lambda found, take: [{"section": place, "intensity": by}]


# --- louder and softer ----------------------------------------------------------------------------------------------


def _dynamics() -> Iterator[tuple[str, Meaning]]:
    """What fades and what grows."""
    yield rf"(?:give|leave)\s{PLACE}\s(?:some\s|a (?:bit|little)\s)?(?:more\s)?breathing (?:space|room)", _more(-SIZE)
    yield (
        r"(?:(?:let|make)\s(?:it|the song)\s)?(?:(?:a\s)?fade[- ]?out|fade it out|fade the song out|fade away|end with a fade(?:[- ]out)?|(?:add|put) a fade(?:[- ]out)?)(?:\s(?:at|towards)\sthe\send)?",
        _faded_at("end", "out"),
    )
    yield (
        r"(?:(?:let|make)\s(?:it|the song)\s)?(?:fade in|fade it in|fade the song in|start with a fade(?:[- ]in)?)(?:\s(?:at|from)\sthe\s(?:start|beginning))?",
        _faded_at("start", "in"),
    )
    yield rf"fade\s(?P<way>out|in)\s(?:the\s)?(?:end of\s)?{PLACE}", _faded
    yield rf"fade\s{PLACE}\s(?P<way>out|in)", _faded
    yield (
        rf"fade\s{_PLAYER}\s(?P<way>out|in)(?:\s(?:of|in|during|over|through|for|at|throughout|across|on)\s{PLACE})?",
        _faded,
    )
    yield (
        rf"fade\s(?P<way>out|in)\s{_PLAYER}(?:\s(?:of|in|during|over|through|for|at|throughout|across|on)\s{PLACE})?",
        _faded,
    )
    yield rf"(?:let|have)\s{_PLAYER}\sfade\s(?P<way>out|in)(?:\s(?:of|in|during|over|through|for|at)\s{PLACE})?", _faded
    yield (
        rf"(?:let|have|make)\s{_PLAYER}\s(?:slowly\s|gradually\s)?(?:swell|build(?: up)?|grow|rise|crescendo|get louder)\s(?:into|to|towards?|up to)\s(?P<target>{ONE})",
        _player_grows,
    )
    yield (
        rf"(?:let|have|make)\s{_PLAYER}\s(?:slowly\s|gradually\s)?(?:swell|build(?: up)?|grow|rise|crescendo|get louder)\s(?:in|through|during|over|across)\s{PLACE}",
        _player_grows,
    )
    grow = r"(?:(?:add|make|put|do|with)\s)?(?:a\s)?(?:big\s|long\s|slow\s)?(?:crescendo|build(?:-| )?up|build|swell|grow|get louder|rise|ramp up)"
    yield rf"{grow}\s(?:in|through|throughout|over|during|across)\s{PLACE}", _set_at(fade="up")
    yield rf"{grow}\s(?:into|to|towards?|before|up to|up into|leading (?:in)?to)\s(?P<place>{ONE})", _before(fade="up")
    yield (
        rf"(?:let|have|make)\s{PLACE}\s(?:slowly\s|gradually\s)?(?:grow|build(?: up)?|swell|rise|crescendo)",
        _set_at(fade="up"),
    )
    sink = r"(?:(?:add|make|put|do|with)\s)?(?:a\s)?(?:decrescendo|diminuendo|get softer|get quieter|die down|calm down|come down)"
    yield rf"{sink}\s(?:in|through|throughout|over|during|across|at)\s{PLACE}", _set_at(fade="down")
    yield rf"{sink}\s(?:into|to|towards?|before)\s(?P<place>{ONE})", _before(fade="down")
    yield (
        rf"(?:let|have|make)\s{PLACE}\s(?:slowly\s|gradually\s)?(?:die down|fade|sink|come down|get softer|get quieter)",
        _set_at(fade="down"),
    )
    yield (
        rf"(?:more\s(?:space|room|air)|breathing room|room to breathe)(?:\s(?:in|for|around|to)\s{PLACE})?",
        _more(-SIZE),
    )
    yield (
        rf"(?:give|leave)\s{PLACE}\s(?:some\s|a (?:bit|little)\s)?(?:more\s)?(?:space|room|air)(?:\sto breathe)?",
        _more(-SIZE),
    )
    yield rf"(?:let|make)\s{PLACE}\s(?:breathe|breathe more|more open|airier)", _more(-SIZE)
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:should\s|could\s|needs? to\s|must\s)?(?:hit|punch|kick|slam|rock|land)\s(?:much\s)?harder",
        _more(SIZE),
    )
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:should\s|could\s)?(?:really\s)?(?:explode|soar|take off|lift off|lift|stand out|pop)(?:\smore)?",
        _more(SIZE),
    )
    yield (
        rf"give\s{PLACE}\s(?:a\s|some\s|more\s|a bit (?:of|more)\s)*(?:lift|boost|kick|push|punch|energy|power|drive|oomph|edge|weight)",
        _more(SIZE),
    )
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s)?(?:the\s)?(?:biggest|loudest|strongest|high(?:est)? ?point|climax)(?:\s(?:moment|part|section|one|point))?(?:\sof (?:it all|all|the song))?",
        _more(2 * SIZE),
    )
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s)?(?:the\s)?(?:quietest|softest|smallest)(?:\s(?:moment|part|section|one|point))?(?:\sof (?:it all|all|the song))?",
        _more(-2 * SIZE),
    )
    energy = r"(?:energy|punch|power|drive|lift|oomph|life|edge|weight|kick|movement|intensity|oomph)"
    yield (
        rf"{PLACE}\s(?:needs?|could use|wants?|have|has|deserves?|should have|could have|must have|lacks?|is missing|is lacking)\s(?:a (?:bit|little|touch|lot)\s|some\s|much\s|way\s)?(?:more\s|of\s)*{energy}",
        _more(SIZE),
    )
    yield (
        rf"{PLACE}\s(?:needs?|could use|wants?|have|has|should have)\s(?:a (?:bit|little|touch|lot)\s|some\s|much\s)?less\s{energy}",
        _more(-SIZE),
    )
    than = rf"\sthan\s(?:{ONE}|(?:the\s)?(?:first|second|last|others?|rest|one before)(?:\sones?)?|before|now)"
    yield rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s|sound\s)?{HOW_MUCH}(?:{LOUD}){than}", _more(SIZE)
    yield rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s|sound\s)?{HOW_MUCH}(?:{SOFT}){than}", _more(-SIZE)
    but = rf"\s(?:except|but|apart from|except for|besides)\s(?:for\s)?(?:the\s)?(?:{TUNE}|voice|vocals?|singer)"
    everybody = r"(?:everything|everybody|everyone|all|all the others|the rest|the others)"
    for words, by in ((LOUD, SIZE), (SOFT, -SIZE)):
        yield (
            rf"(?:{MAKE}\s)?{everybody}\s(?:be\s)?(?:a (?:bit|little)\s)?(?:{words}){but}{IN}",
            _set(part="band", intensity=by),
        )
        yield (
            rf"(?:{MAKE}\s)?{everybody}{but}\s(?:be\s)?(?:a (?:bit|little)\s)?(?:{words}){IN}",
            _set(part="band", intensity=by),
        )
    for words, sign in (("up", 1), ("down", -1)):
        yield rf"(?:turn|bring|push)\s{words}\s(?:the\s)?{TUNE}{IN}", _sung_louder(sign)
        yield rf"(?:turn|bring|push)\s(?:the\s)?{TUNE}\s{words}{IN}", _sung_louder(sign)
    for words, sign in (("louder|more present|stronger", 1), ("quieter|softer|less loud", -1)):
        yield rf"(?:{MAKE}\s)?(?:the\s)?{TUNE}\s(?:be\s)?{HOW_MUCH}(?:{words}){IN}", _sung_louder(sign)
        yield rf"(?:an?\s)?{HOW_MUCH}(?:{words})\s{TUNE}{IN}", _sung_louder(sign)


def _faded_at(place: str, way: str) -> Meaning:
    """The whole band fades at an end of the song."""
    return lambda found, take: [{"section": place, "fade": way}]


def _faded(found: re.Match[str], take: int) -> list[Fields] | None:
    """Somebody, or everybody, fades in a place."""
    where, who = place_of(found), found.groupdict().get("part")
    if who is None:
        return [{**where, "fade": found["way"]}] if where else None
    part = part_of(who)
    return None if part in (None, "", "chords") or not where else [{**where, "part": part, "fade": found["way"]}]


def _player_grows(found: re.Match[str], take: int) -> list[Fields] | None:
    """Somebody grows louder in a place, or in the section before one."""
    part, target = part_of(found["part"]), found.groupdict().get("target")
    if part in (None, "", "chords"):
        return None
    where: Fields = {"section": f"before {section_words(target)}"} if target else place_of(found)
    return [{**where, "part": part, "fade": "up"}] if where else None


def _before(**fields: object) -> Meaning:
    """What is done in the section before one."""
    return lambda found, take: [{"section": f"before {section_words(found['place'])}", **fields}]


def _set(**fields: object) -> Meaning:
    """The same in any place, or the whole song."""
    return lambda found, take: [{**place_of(found), **fields}]


def _set_at(**fields: object) -> Meaning:
    """The same in a place that is named."""
    return lambda found, take: [{**place_of(found), **fields}] if place_of(found) else None


def _more(by: float) -> Meaning:
    """More or less of it in whole sections."""
    return lambda found, take: None if "bars" in place_of(found) else [{**place_of(found), "intensity": by}]


def _sung_louder(sign: int) -> Meaning:
    """The tune louder or softer."""
    return lambda found, take: [
        {**place_of(found), "part": "melody", "intensity": round(sign * scaled(found, SIZE), 3)}
    ]


# --- players --------------------------------------------------------------------------------------------------------


def _players() -> Iterator[tuple[str, Meaning]]:
    """Players with fewer notes, busier lines, alone, later."""
    another = r"(?:another|a new|a different|an alternative|a better|a fresh|some other|new|different|better)"
    yield rf"{PLACE}\s(?:needs?|wants?|should have|could use|deserves?)\s{another}\s(?P<part>[\w '-]+?)", _another
    yield rf"(?:give|write|find|get)\s(?P<place>{SECTIONS})\s{another}\s(?P<part>[\w '-]+?)", _another
    yield rf"(?:{MAKE}\s)?{_PLAYER}\s(?:play\s)?half as (?:much|many notes|often){IN}", _thinned(0.5)
    yield (
        rf"(?:move|bring|take|put|shift|transpose|drop|lift)\s{_PLAYER}\s(?P<way>up|down)\s(?:by\s)?{INTERVAL}{IN}",
        _part_moved,
    )
    yield rf"(?:raise|lower|drop|transpose|lift)\s{_PLAYER}\s(?:by\s)?{INTERVAL}{IN}", _part_moved
    yield (
        rf"(?:let|have)\s(?P<players>[\w', &-]+?)\s(?:(?:play\s|be\s|sing\s)?(?:alone|on (?:its|their|his|her) own|by (?:itself|themselves))|(?:play|be|sing)\ssolo){IN}",
        only_players,
    )
    yield (
        r"(?:start|begin|open)\s(?:it\s|the song\s)?with\s(?:(?:just|only)\s)?(?P<players>[\w', &-]+?)(?:\s(?:only|alone|on (?:its|their) own))?",
        _starts_alone,
    )
    yield r"(?:end|finish)\s(?:it\s|the song\s)?with\s(?:just|only)\s(?P<players>[\w', &-]+)", _ends_alone
    yield (
        rf"(?:no|without|remove|take out|drop|mute)\s(?:the\s)?(?:{TUNE}|vocals?|voice|singing|singer){IN}",
        _set_at(band="-melody"),
    )
    yield rf"(?:{MAKE}\s)?{_PLAYER}\s(?:be\s)?{HOW_MUCH}(?:louder|busier|stronger)\sthan\s[\w' ]+", _more_of(1)
    yield rf"(?:{MAKE}\s)?{_PLAYER}\s(?:be\s)?{HOW_MUCH}(?:quieter|softer|calmer)\sthan\s[\w' ]+", _more_of(-1)
    for words, sign in (("down|back", -1), ("up", 1)):
        yield rf"(?:tone|dial|calm|ease|pull|pump|beef|push)\s(?:{words})\s{_PLAYER}{IN}", _more_of(sign)
        yield rf"(?:tone|dial|calm|ease|pull|pump|beef|push)\s{_PLAYER}\s(?:{words}){IN}", _more_of(sign)
    for words, sign in (
        ("more prominent|more present|more audible|more to the front", 1),
        ("less prominent|less present|less dominant|more in the background", -1),
    ):
        yield rf"(?:{MAKE}\s)?{_PLAYER}\s(?:be\s|sound\s)?{HOW_MUCH}(?:{words}){IN}", _more_of(sign)
    yield rf"half (?:as many|the|of the)\snotes\s(?:in|for|from|on|of)\s{_PLAYER}{IN}", _thinned(0.5)
    yield rf"(?:{MAKE}\s)?{_PLAYER}\s(?:play\s)?(?:with\s)?half (?:as many|the|of the)\snotes{IN}", _thinned(0.5)
    yield rf"a (?:third|quarter) (?:as many|of the)\snotes\s(?:in|for|from|on|of)\s{_PLAYER}{IN}", _thinned(0.3)
    yield rf"(?:much\s|far\s)?(?:fewer|less)\s(?:notes|hits|strokes)\s(?:in|for|from|on)\s{_PLAYER}{IN}", _thinned(0.6)
    yield rf"(?:thin out|thin|declutter|simplify)\s{_PLAYER}{IN}", _thinned(0.6)
    yield rf"(?:thin)\s{_PLAYER}\sout{IN}", _thinned(0.6)
    yield rf"(?:give|leave)\s{_PLAYER}\s(?:less|fewer notes|not so much)(?:\sto (?:do|play))?{IN}", _thinned(0.6)
    yield rf"(?:{MAKE}\s)?{_PLAYER}\s(?:should\s|could\s)?play\s(?:less|fewer notes|less notes){IN}", _thinned(0.6)
    yield (
        rf"(?:an?\s|some\s)(?P<way>{HOW_MUCH}(?:busier|louder|stronger|livelier|more active))\s{_PLAYER}{IN}",
        _line(1),
    )
    yield (
        rf"(?:an?\s|some\s)(?P<way>{HOW_MUCH}(?:simpler|softer|quieter|calmer|sparser|less busy))\s{_PLAYER}{IN}",
        _line(-1),
    )
    several = r"(?P<players>[\w', &-]+?)"
    yield (
        rf"(?:strip|cut|take|bring|reduce)\s(?:it|everything|things)\s(?:all\s)?(?:back\s|down\s|right\s)*to\s(?:just\s|only\s)?{several}{IN}",
        players_under_tune,
    )
    yield (
        rf"(?:no|without|hold back|hold|keep out|save|leave out|drop|mute)\s(?:the\s)?{_PLAYER}\s(?:until|till|before)\sbar\s(?P<n>\d+)",
        _until_bar,
    )


def _thinned(share: float) -> Meaning:
    """A player with a share of its notes; of the tune it is a simpler one."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        part, where = part_of(found["part"]), place_of(found)
        if part == "melody":
            return [{**where, "tune": "simpler"}]
        return None if part in (None, "", "chords") else [{**where, "part": part, "notes": share}]

    return meaning


def _more_of(sign: int) -> Meaning:
    """One player louder and busier, or less so; the tune louder."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        part, where = part_of(found["part"]), place_of(found)
        if part in (None, "", "chords") or "bars" in where:
            return None
        return [{**where, "part": part, "intensity": round(sign * scaled(found, SIZE), 3)}]

    return meaning


def _another(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another version of a part in a place."""
    part, where = part_of(found["part"]), place_of(found)
    if part is None or not where:
        return None
    if part == "chords":
        return [{**where, "reharmonize": True}]
    return [{**where, "take": take, **({"part": part} if part else {})}]


def _starts_alone(found: re.Match[str], take: int) -> list[Fields] | None:
    """Only some players where the song begins."""
    is_alone = re.search(r"\b(?:just|only|alone|own)\b", found[0]) is not None
    only = only_players(found, take) if is_alone else None
    return None if only is None else [{"section": "start", **only[0]}]


def _ends_alone(found: re.Match[str], take: int) -> list[Fields] | None:
    """Only some players where the song ends."""
    only = only_players(found, take)
    return None if only is None else [{"section": "end", **only[0]}]


def _line(sign: int) -> Meaning:
    """One player's line, busier or calmer."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        part, where = part_of(found["part"]), place_of(found)
        if part in (None, "", "chords", "melody") or "bars" in where:
            return None
        return [{**where, **of_player(found, str(part), sign)}]

    return meaning


def _until_bar(found: re.Match[str], take: int) -> list[Fields] | None:
    """Somebody rests before a bar."""
    part, last = part_of(found["part"]), int(found["n"]) - 1
    return None if part in (None, "", "chords") or last < 1 else [{"bars": f"1-{last}", "band": f"-{part}"}]


# --- the form -------------------------------------------------------------------------------------------------------


def _forms() -> Iterator[tuple[str, Meaning]]:
    """Sections like others and unlike them, moved, played again."""
    yield (
        rf"(?:end|finish|stop)\s(?:the\s(?:song|piece|track)\s|it\s)?(?:after|with|at the end of)\s(?P<place>{ONE})",
        _ended_after,
    )
    yield (
        rf"(?:put|add|insert|write|have)\s(?:in\s)?(?:an?\s|another\s)?(?:new\s)?(?P<kind>{KIND})\sbetween\s(?P<place>{ONE})\sand\s(?P<other>{ONE})",
        _between,
    )
    yield rf"(?:{MAKE}\s)?(?:more\s(?:variation|variety)|less\srepetition)\sin\s(?:the\s)?{TUNE}", _repeats
    yield rf"(?:brighten|lighten|cheer)(?:\sup)?\s{PLACE}(?:\sup)?", _set(colour="brighter")
    yield rf"darken\s{PLACE}", _set(colour="darker")
    yield (
        rf"(?:raise|lower|change|move|bring|take|drop|shift)\sthe\s(?:pitch|tuning)\s(?:(?P<way>up|down)\s)?(?:by\s)?{INTERVAL}{IN}",
        _key_moved,
    )
    yield rf"{PLACE}\sin\s(?:the\skey\sof\s)?{KEY}", _in_key
    yield (
        r"(?:slow|bring|take)\s(?:it|things|everything|the song)\s(?:right|way|far)\sdown",
        _speed(round(1 / (2 * _MORE_TEMPO - 1), 3)),
    )
    yield (
        rf"(?:play|repeat|do|sing)\s(?:the\s)?(?P<last>(?:last|final)\s)?(?P<kind>chorus|hook|refrain|verse|outro|bridge)(?:\s(?P<number>\d+))?\s(?P<n>{NUMBER})\stimes(?P<edge>\sat\sthe\s(?:very\s)?end)?",
        _several,
    )
    yield rf"(?:add|give)\s(?P<n>{NUMBER})\s(?:more\s|extra\s)?bars?\sto\s(?P<place>{SECTIONS})", _longer
    yield rf"(?:give)\s(?P<place>{SECTIONS})\s(?P<n>{NUMBER})\s(?:more|extra)\sbars?", _longer
    yield (
        rf"(?:swap|switch|exchange|reverse|change)\s(?:the\s)?(?:order|places?|positions?)\sof\s(?P<place>{ONE})\sand\s(?P<other>{ONE})",
        _swapped,
    )
    for way, factor in (
        ("speed up|go faster|pick up", _MORE_TEMPO),
        ("slow down|go slower", round(1 / _MORE_TEMPO, 3)),
    ):
        yield (
            rf"(?:{way})(?:\s(?:a (?:little(?: bit)?|bit|touch)|slightly))?\s(?:in|during|for|at|over)\s{PLACE}",
            _speed_at(factor),
        )
    yield (
        rf"(?:slow|speed|bring|take|push|pull|drop)\s(?:it\s|things\s|the tempo\s)?(?:(?:down|up|back)\s)?to\s(?P<qpm>\d{{2,3}})(?:\s?bpm)?\s(?:in|for|during|at|over)\s{PLACE}",
        to_tempo,
    )
    yield (
        r"(?:(?:a|give it a|with a)\s)?straight(?:er)? (?:feel|eighths|rhythm|groove)",
        lambda found, take: [{"swing": 0.5}],
    )
    yield (
        r"(?:double|repeat|duplicate)\s(?:the\s)?(?:last\s|final\s)?(?P<kind>chorus|hook|refrain|verse|outro)\sat\sthe\s(?:very\s)?end",
        _doubled,
    )
    yield (
        rf"(?:take|cut|lift|pull|get)\s(?P<place>{SECTIONS})\s(?:out\s)?and\s(?:put|move|place|stick)\sit{BESIDE}",
        _moved,
    )
    yield (
        rf"(?:{MAKE}\s)?(?P<place>{SECTIONS})\s(?:be\s|sound\s|feel\s)?(?:(?:a bit|a little|much|a lot)\s)?more\slike\s(?P<other>{ONE})",
        _alike,
    )
    yield (
        rf"(?:{MAKE}\s)?(?P<place>{SECTIONS})\s(?:be\s|sound\s|feel\s|as\s(?:big|busy|full|loud)\s)?(?:like|as)\s(?P<other>{ONE})",
        _alike,
    )
    yield rf"(?:{MAKE}\s)?{PLACE}\s(?:sound\s|be\s)?(?:more\s)?different(?:\s(?:from|to|than)\s(?P<other>.+))?", _varied
    yield (
        rf"(?:{MAKE}\s)?{PLACE}\s(?:be\s)?{HOW_MUCH}(?:less repetitive|more varied|less monotonous|less predictable)",
        _varied,
    )
    yield (
        r"(?:be\s)?(?:much\s|a (?:bit|little)\s)?(?:less repetitive|less repetition|more varied|more variety|more variation|less monotonous)",
        _repeats,
    )
    yield rf"(?:less repetition|more variety|more variation)\sin\s{PLACE}", _varied
    yield (
        rf"(?:drop|move|bring|take|put|shift|raise|lower)\sthe\skey\s(?:(?P<way>up|down)\s)?(?:by\s)?{INTERVAL}{IN}",
        _key_moved,
    )
    yield (
        r"(?:pick up the pace|pick it up|pick up the tempo|push the tempo|up the tempo|get a move on)(?:\s(?:a (?:bit|little)))?",
        _speed(_MORE_TEMPO),
    )
    yield r"(?:ease off|hold back|rein in|relax) the (?:tempo|pace)", _speed(round(1 / _MORE_TEMPO, 3))


def _several(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section so many times in all."""
    kind, times = kind_of(found["kind"]), count_of(found["n"])
    if kind is None or not 2 <= times <= 4 or (found["number"] and found["edge"]):
        return None
    place = f"{kind} {found['number']}" if found["number"] else f"last {kind}"
    if not (found["number"] or found["edge"] or found["last"]):
        return None
    # Each is put after the same one, and they are alike.
    return [{"section": place, "duplicate": True} for _ in range(times - 1)]


def _doubled(found: re.Match[str], take: int) -> list[Fields] | None:
    kind = kind_of(found["kind"])
    return None if kind is None else [{"section": f"last {kind}", "duplicate": True}]


def _longer(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "longer": count_of(found["n"])}]


def _swapped(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "swap": section_words(found["other"])}]


def _ended_after(found: re.Match[str], take: int) -> list[Fields] | None:
    """What comes after a section goes."""
    return [{"section": f"after {section_words(found['place'])}", "remove": True}]


def _between(found: re.Match[str], take: int) -> list[Fields] | None:
    """A new section between two."""
    kind = kind_of(found["kind"])
    return None if kind is None else [{"insert": f"{kind} 8", "before": section_words(found["other"])}]


def _in_key(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section in a key."""
    key, where = key_of(found["key"]), place_of(found)
    return [{**where, "key": key}] if key is not None and where else None


def _moved(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "move": True, **beside_of(found)}]


def _alike(found: re.Match[str], take: int) -> list[Fields] | None:
    """Sections played as another is."""
    return [{**place_of(found), "like": section_words(found["other"])}]


def _varied(found: re.Match[str], take: int) -> list[Fields] | None:
    """A section that is no copy of another any more."""
    where = place_of(found)
    if not where and re.search(r"repet|monoton|predict|vari", found[0]):
        return _repeats(found, take)
    if where and "different" in found[0]:
        return [{**where, "part": "melody", "take": take}]
    return [{**where, "vary": 0.5}] if where else None


def _repeats(found: re.Match[str], take: int) -> list[Fields] | None:
    """All that comes a second time, varied."""
    return [{"section": "repeats", "vary": 0.5}]


def _key_moved(found: re.Match[str], take: int) -> list[Fields] | None:
    is_down = found["way"] == "down" or re.match(r"drop|lower", found[0]) is not None
    by = count_of(found["count"]) * INTERVALS[found["step"]]
    return [{**place_of(found), "transpose": -by if is_down else by}]


def _speed_at(factor: float) -> Meaning:
    """Another tempo in whole sections; "a little" is half of it."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found)
        little = re.search(r"\b(?:little|bit|touch|slightly)\b", found[0])
        return None if "bars" in where else [{**where, "faster": round(1 + (factor - 1) / 2, 3) if little else factor}]

    return meaning


def _speed(factor: float) -> Meaning:
    return lambda found, take: [{"faster": factor}]


# --- what is wrong --------------------------------------------------------------------------------------------------


def _complaints() -> Iterator[tuple[str, Meaning]]:
    """What is too much or too little, and what that asks for."""
    poor = r"(?:boring|dull|bad|weak|bland|awful|terrible|not good|not great|uninspired|lame|meh|no good|not working|wrong)"
    yield rf"{_PLAYER}(?:\s(?:{LINES}|parts?))?{IN}{_IS}{poor}{IN.replace('place', 'where')}", _player_again
    yield rf"(?:i\s)?(?:don't|do not)\s(?:really\s)?like\s{_PLAYER}{IN}", _player_again
    whole = r"(?:it|this|the (?:song|tempo|whole thing|piece|track|tune|music))"
    voice = r"(?:\s(?:for me|for my (?:voice|range|singer)|to sing|for (?:the|our) (?:singer|voice|vocalist)))?"
    singing = rf"(?:{whole}|(?:the\s)?{TUNE}|the key)"
    yield rf"{singing}{_TOO}(?P<way>high|low){voice}", _for_the_voice
    for words, factor in (("fast|quick|rushed|hectic", 1 / _MORE_TEMPO), ("slow|sluggish", _MORE_TEMPO)):
        yield rf"(?:{PLACE}|the tempo){_TOO}(?:{words})", _complained(faster=round(factor, 3))
    yield rf"{whole}\s?(?:'s|is)?\s(?:drags|dragging|plods|plodding|slow)", _complained(faster=_MORE_TEMPO)
    yield rf"{whole}\s?(?:'s|is)?\s(?:rushes|rushing|rushed)", _complained(faster=round(1 / _MORE_TEMPO, 3))
    yield rf"(?P<place>{SECTIONS}){_TOO}(?P<way>long|short)", _too_long
    for words, colour in (
        (r"sad|dark|gloomy|depressing|melancholic", "brighter"), (r"happy|bright|cheerful|sweet", "darker"),
    ):  # fmt: skip
        yield rf"{PLACE}{_TOO}(?:{words})", _complained(colour=colour)
    for words, fields in (
        (r"jazzy|complicated|complex|rich|fancy|busy", {"harmony": "plainer"}), (r"simple|plain|basic", {"harmony": "richer"}),
        (r"boring|predictable|ordinary", {"reharmonize": True}),
    ):  # fmt: skip
        yield rf"(?:the\s)?{CHORDS}{IN}(?:{_TOO}|{_IS})(?:{words}){IN.replace('place', 'where')}", _complained(**fields)
    for shape, words in (
        ("simpler", r"busy|complicated|complex|fussy|hard to sing|difficult"), ("busier", r"simple|plain|empty|sparse"),
        ("smoother", r"jumpy|angular|leapy"), ("straighter", r"syncopated"), ("syncopated", r"straight|stiff|square"),
    ):  # fmt: skip
        yield rf"(?:the\s)?{TUNE}{IN}{_TOO}(?:{words}){IN.replace('place', 'where')}", _complained(tune=shape)
    yield (
        rf"(?:the\s)?{TUNE}\s(?:jumps|leaps)(?:\s(?:around|about))?(?:\s(?:a lot|too much|so much))?{IN}",
        _complained(tune="smoother"),
    )
    yield rf"(?:the\s)?{TUNE}\shas\stoo\smany\s(?:leaps|jumps){IN}", _complained(tune="smoother")
    yield rf"(?:the\s)?{TUNE}\shas\stoo\smany\snotes{IN}", _complained(tune="simpler")
    yield rf"{PLACE}(?:{_TOO}|{_IS})(?:repetitive|monotonous|samey|predictable|repeats too much)", _varied
    for words, by in ((_TOO_MUCH, -SIZE), (_TOO_LITTLE, SIZE)):
        yield rf"{PLACE}{_TOO}(?:{words})", _complained_more(by)
        yield (
            rf"{PLACE}\s(?:feels?|sounds?|is|are)\s(?:a bit\s|a little\s|so\s|really\s|pretty\s)?(?:{words})",
            _complained_more(by),
        )
        yield rf"too\s(?:{words}){IN}", _complained_more(by)
        yield rf"{_PLAYER}{_TOO}(?:{words}){IN}", _player_complained(by)
    yield rf"{_PLAYER}\s(?:(?:is|are)\splaying|plays?)\stoo\s(?:much|many notes)(?:\snotes)?{IN}", _thinned(0.6)
    yield (
        rf"(?:i|you|we|one)\s(?:can't|cannot|can not|can hardly|can barely|could hardly)\s(?:really\s)?hear\s{_PLAYER}{IN}",
        _player_complained(SIZE),
    )
    bad = r"(?:boring|dull|bad|weak|bland|awful|terrible|not good|not great|uninspired|lame|meh|no good|not working|wrong)"
    yield rf"(?P<place>{SECTIONS}){_IS}{bad}", _again
    yield rf"(?P<place>{SECTIONS})\s(?:doesn't|does not|don't)\swork", _again
    yield rf"(?:i\s)?(?:don't|do not|didn't)\s(?:really\s)?like\s(?P<place>{SECTIONS}|{WHOLE})", _again
    yield rf"(?:i\s)?(?:hate|dislike|can't stand)\s(?P<place>{SECTIONS})", _again
    yield rf"(?:the\s)?{TUNE}{IN}{_IS}{bad}", _tune_again
    yield rf"(?:i\s)?(?:don't|do not)\s(?:really\s)?like\s(?:the\s)?{TUNE}{IN}", _tune_again


def _complained(**fields: object) -> Meaning:
    """What a complaint asks for, in its place."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        where = place_of(found) or place_of(found, "where")
        return None if "bars" in where and not {"tune", "harmony", "reharmonize"} & set(fields) else [
            {**where, **fields, COMPLAINT: True}
        ]  # fmt: skip

    return meaning


def _complained_more(by: float) -> Meaning:
    """Less of what is too much."""
    return lambda found, take: None if "bars" in place_of(found) else [
        {**place_of(found), "intensity": by, COMPLAINT: True}
    ]  # fmt: skip


def _player_complained(by: float) -> Meaning:
    """A player, or the tune, softer or louder."""

    def meaning(found: re.Match[str], take: int) -> list[Fields] | None:
        part, where = part_of(found["part"]), place_of(found)
        if part in (None, "", "chords") or "bars" in where:
            return None
        return [{**where, "part": part, "intensity": by, COMPLAINT: True}]

    return meaning


def _player_again(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another part for a player whose own is not liked."""
    part, where = part_of(found["part"]), place_of(found) or place_of(found, "where")
    if part in (None, "", "chords", "melody"):
        return None
    return [{**where, "part": part, "take": take, COMPLAINT: True}]


def _for_the_voice(found: re.Match[str], take: int) -> list[Fields] | None:
    """The song in a key that a voice can sing."""
    return [{"transpose": -_VOICE_STEP if found["way"] == "high" else _VOICE_STEP, COMPLAINT: True}]


def _too_long(found: re.Match[str], take: int) -> list[Fields] | None:
    return [{**place_of(found), "times": 0.5 if found["way"] == "long" else 2.0, COMPLAINT: True}]


def _again(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another version of what is not liked."""
    return [{**place_of(found), "take": take, COMPLAINT: True}]


def _tune_again(found: re.Match[str], take: int) -> list[Fields] | None:
    """Another tune in place of what is not liked."""
    return [{**place_of(found), "part": "melody", "take": take, COMPLAINT: True}]
