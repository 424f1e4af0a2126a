# ruff: noqa: E501  (a pattern of the grammar reads best in one line)
"""The words of a wish: patterns for places, parts, amounts and keys, and what they mean.

What `symbolic_music.importing.wishes` and its clauses are made of; places are left as words, which
`symbolic_music.song.places` finds in the song.
"""

from __future__ import annotations

import re

from symbolic_music.errors import InputError
from symbolic_music.importing.wish_spelling import NUMBERS
from symbolic_music.song.edit import WHOLE_SONG
from symbolic_music.song.places import KIND_WORDS
from symbolic_music.song.plan import SECTION_KINDS
from symbolic_music.theory.instruments import find_instrument
from symbolic_music.theory.key import parse_key

Fields = dict[str, object]

KIND = (
    r"(?:intros?|introduction|verses?|pre-?\s?chorus(?:es)?|chorus(?:es)?|hooks?|refrains?|bridges?|middle (?:eight|8)"
    r"|solos?|interludes?|instrumentals?|outros?|endings?|coda)"
)
ORDINAL = r"(?:first|second|third|fourth|fifth|last|final|1st|2nd|3rd|4th|second last)"
HALF = r"(?:the\s)?(?:first|second)\shalf(?:\sof\s(?:the\s|this\s)?(?:song|tune|track|piece))?"
ONE = rf"(?:{HALF}|(?:(?:the|each|every|both|all(?: of)?)\s)*(?:{ORDINAL}\s)?{KIND}(?:\s?\d+)?)"
SECTIONS = rf"{ONE}(?:(?:\s?,\s?|\s(?:and|&)\s)(?:{ONE}|\d+))*"
NUMBER = rf"(?:\d+|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
EDGE_BARS = (
    rf"(?:the\s)?(?:first|last|final|opening|closing)\s(?:{NUMBER}\s)?(?:bars?|measures?)(?:\s(?:of|in)\s{ONE})?"
)
BARS = rf"(?:(?:the\s)?(?:bars?|measures?)\s\d+(?:\s?(?:-|–|to|and|through)\s?\d+)?|{EDGE_BARS})"
WHOLE = r"(?:it|this|that|everything|all|(?:the|this|my)\s(?:whole\s|entire\s)?(?:song|thing|piece|track|music|tune)|the whole)"
PLACE = rf"(?P<place>{SECTIONS}|{BARS}|{WHOLE})"
IN = rf"(?:\s(?:in|of|for|from|during|on|at|to|under|over|into|throughout)\s{PLACE})?"
PLAYER = r"(?P<players>[\w', -]+?)"
HOW_MUCH = (
    r"(?P<much>(?:just\s)?(?:a\s(?:little|bit|touch|tad|lot)|a\slittle\sbit|slightly|much|far|way|even|considerably|"
    r"somewhat|very)(?:\s(?:bit|more))?\s)?"
)
MUCH_AFTER = r"(?:\s(?P<much>(?:a\s(?:little|bit|touch|tad|lot))|slightly))?"
MAKE = r"(?:make|let|have|get|play|turn|keep|render|do)"
AMOUNTS = {"little": 0.5, "bit": 0.5, "touch": 0.5, "tad": 0.5, "slightly": 0.5, "somewhat": 0.5}
SIZES = {"short": 4, "little": 4, "brief": 4, "long": 16}
MUCH = ("much", "lot", "far", "way", "considerably", "very")
INTERVALS = {
    "semitone": 1, "half step": 1, "half-step": 1, "half tone": 1, "whole tone": 2, "whole step": 2, "tone": 2, "step": 2,
    "minor third": 3, "major third": 4, "third": 4, "fourth": 5, "fifth": 7, "octave": 12, "key": 2,
}  # fmt: skip
INTERVAL = rf"(?P<count>{NUMBER})\s(?P<step>{'|'.join(sorted(INTERVALS, key=len, reverse=True))})s?"
LOUD = (
    r"bigger|larger|louder|fuller|stronger|huger|busier|richer|denser|heavier|wilder|grander|thicker|more intense"
    r"|more powerful|more aggressive|harder|punchier|edgier|tougher|meatier|more energetic|more driving|more epic|more exciting|more dramatic|more massive|huge|massive"
)
SOFT = (
    r"smaller|quieter|softer|calmer|gentler|thinner|lighter|sparser|simpler|less intense|less busy|less loud"
    r"|more intimate|more quiet|more gentle|more relaxed|more minimal|less energetic|mellower|more delicate|subtler|more subtle|less aggressive|more mellow|mellow|more laid-?\s?back|more tender|airier"
)
DARK = r"darker|sadder|gloomier|more melancholic|more sombre|more somber|more sad|minor|more minor"
BRIGHT = r"brighter|happier|sunnier|more cheerful|more joyful|more happy|major|more hopeful"
TUNE = r"(?:melody|tune|melody line|vocal line|vocal melody|topline|top line|lead line|lead melody)"
CHORDS = r"(?:chords|harmony|harmonies|chord progression|progression|changes)"
LINES = r"(?:part|line|pattern|groove|beat|riff)"
POLITE = re.compile(
    r"^(?:please|now|also|then|just|so|ok|okay|hey|maybe|but|can you|could you|would you|can we|could we|let's|lets"
    r"|i want you to|i want to|i want|i would like to|i would like|i'd like to|i'd like|i need|we need|try to|give me"
    r"|how about|what about|use|want|can|could|should|like(?=\s(?:just|only)\b)|hmm?|um|well|actually|i think|i guess|perhaps|i'd love to|i'd love"
    r"|i'd prefer|(?:is|would) it (?:be )?possible to|it would be (?:nice|great|good|better) to|you could|we should"
    r"|you should|we could|do you think you could|i(?:'m| am) thinking|i'd say)\b[\s,.]*"
)
SPLIT = re.compile(r"\s*(?:,?\s*\b(?:and then|and also|and|then|but|plus)\b|[;,.])\s*")
# What a clause says of what is to be kept, and of all but that; settled when all clauses are read.
# By how much a player is busier, or has less to do, as a share of its notes.
_MORE_NOTES, _FEWER_NOTES = 0.4, 0.3
KEPT, REST, STAYS = "kept", "the rest", "stays"
# So many quarters a minute more; settled where the song's tempo is known.
BY_QPM = "by_qpm"
# What "it" has as a whole, whatever place was named before.
OF_ALL = (*WHOLE_SONG, "tempo_qpm", "faster", "meter", BY_QPM)
AT_FIRST = re.compile(rf"(?:(?:in|for|on|during|at)\s)?{PLACE}(?:\s?:|,|\s-)\s(?P<rest>.+)")
PART_WORDS = (
    r"melody|tune|vocals?|chords|harmony|chord progression|bass ?line|bass|drums?|drum (?:part|beat|groove|pattern)|beat|groove"
    r"|piano|guitars?|strings|organ|brass|band|backing|accompaniment"
)
OWNED = re.compile(rf"(?:the\s)?(?P<place>(?:{ORDINAL}\s)?{KIND}(?:\s?\d+)?)(?:'s?)?\s(?P<what>{PART_WORDS})\b")
COMMANDS = re.compile(r"(?:undo|redo|lock|unlock)\b")
SIZE, STEP, MORE_TEMPO, SWUNG, STRAIGHT = 0.2, 2, 1.1, 0.667, 0.5

KEY = r"(?P<key>[a-g](?:#|b|\s?sharp|\s?flat)?(?:\s?(?:major|minor|m))?)"
KEEP = (
    r"(?:\s?,?\s?(?:but\s|and\s)?(?:(?:keep(?:ing)?|with|on|over|leave|leaving)\s(?:the\s)?(?:same\s)?|(?<=,\s)(?:the\s)?same\s)"
    r"(?P<keep>(?:the\s|same\s)*(?:rhythm|rhythms|pitches|notes|chords|harmony|changes)(?:\sand\s(?:the\s)?(?:chords|rhythm))?)"
    r"(?:\sas\s(?:it\sis|they\sare))?)?"
)
TARGET = rf"(?P<side>before|after|in front of|behind)\s(?P<target>{SECTIONS})"
EDGE = r"(?:at|to)\s(?P<edge>the\s(?:very\s)?(?:end|start|beginning))"
BESIDE = rf"(?:\s(?:to\s)?(?:right\s)?(?:{TARGET}|{EDGE}))"
N = rf"(?P<n>{NUMBER})"


def place_of(found: re.Match[str], name: str = "place") -> Fields:
    """The place that a clause names, as an operation has it."""
    text = (found.groupdict().get(name) or "").strip()
    if not text or re.fullmatch(WHOLE, text):
        return {}
    if re.fullmatch(EDGE_BARS, text):
        return {"bars": edge_bars(text)}
    if re.fullmatch(BARS, text):
        return {"bars": "-".join(re.findall(r"\d+", text))}
    return {"section": section_words(text)}


def edge_bars(text: str) -> str:
    """Bars counted from an end: "last 2 of chorus 1"."""
    found = re.match(rf"(?:the\s)?(\w+)\s(?:({NUMBER})\s)?\w+(?:\s(?:of|in)\s(.+))?", text)
    assert found is not None
    side = "first" if found[1] in ("first", "opening") else "last"
    return f"{side} {count_of(found[2])}" + (f" of {section_words(found[3])}" if found[3] else "")


def section_words(text: str) -> str:
    """A section's words without articles; "verse 1 and 2" said in full."""
    text = re.sub(r"\b((?:first|second) half)\b.*", r"\1", text)
    text = re.sub(r"\b(?:the|of)\s", "", text)
    kind = re.match(rf"({KIND})\s?\d+", text)
    if kind is not None:
        text = re.sub(r"(,\s?|\sand\s|\s&\s)(\d+)", lambda m: f"{m[1]}{kind[1]} {m[2]}", text)
    return text.strip()


def scaled(found: re.Match[str], size: float) -> float:
    """An amount by the words before it."""
    words = (found.groupdict().get("much") or "").split()
    factor = next((AMOUNTS[word] for word in words if word in AMOUNTS), 2.0 if set(words) & set(MUCH) else 1.0)
    return size * factor


def of_player(found: re.Match[str], part: str, sign: int) -> Fields:
    """What is asked of one player: more or fewer notes where that is said, else louder or softer."""
    word = (
        r"busier|denser|livelier|more active|more notes" if sign > 0 else r"simpler|sparser|thinner|less busy|minimal"
    )
    if part == "band" or re.search(word, found[0]) is None:
        return {"part": part, "intensity": round(sign * scaled(found, SIZE), 3)}
    step = scaled(found, _MORE_NOTES if sign > 0 else _FEWER_NOTES)
    return {"part": part, "notes": round(1 + sign * step, 2)}


def count_of(text: str | None, otherwise: int = 1) -> int:
    """A number in words or digits."""
    if not text:
        return otherwise
    return int(text) if text.isdigit() else NUMBERS.get(text, otherwise)


def part_of(text: str | None) -> str | None:
    """The part that words mean: empty for all, ``None`` where nobody is called so."""
    if not text:
        return ""
    word = re.sub(rf"\s{LINES}$", "", text.strip())
    if re.fullmatch(TUNE, text.strip()):
        return "melody"
    if re.fullmatch(CHORDS, text.strip()):
        return "chords"
    if word in ("version", "take", "one", "try", "idea"):
        return ""
    if word in ("band", "accompaniment", "backing", "arrangement"):
        return "band"
    return word if is_player(word) else None


def is_player(word: str) -> bool:
    """Whether a word is an instrument's or a role's."""
    try:
        find_instrument(word)
    except InputError:
        return word in ("keys", "line", "pad", "countermelody")
    return True


def kept_in(text: str | None) -> list[str] | None:
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


def players_in(text: str) -> list[str] | None:
    """The players that words name; ``None`` if one is not known."""
    names = []
    for word in re.split(r"\s?,\s?|\s(?:and|or|&)\s", text.strip()):
        name = re.sub(r"^(?:(?:the|a|an|some|any|more|another)\s)+", "", word.strip())
        name = re.sub(rf"\s(?:{LINES}|parts|track|tracks)$", "", name)
        if not name or not is_player(name):
            return None
        names.append(name)
    return names


def kind_of(word: str) -> str | None:
    """A kind of section by a word."""
    plain = re.sub(r"pre-?\s?chorus(es)?", "pre-chorus", word)
    plain = KIND_WORDS.get(plain, plain)
    return next(
        (kind for kind in (plain, plain.removesuffix("s"), plain.removesuffix("es")) if kind in SECTION_KINDS), None
    )


def beside_of(found: re.Match[str]) -> Fields:
    """Where something is put."""
    groups = found.groupdict()
    if groups.get("target"):
        side = "before" if groups["side"] in ("before", "in front of") else "after"
        return {side: section_words(groups["target"])}
    if groups.get("edge"):
        return {"after": "end" if "end" in groups["edge"] else "start"}
    return {}


def only_players(found: re.Match[str], take: int) -> list[Fields] | None:
    """Some players, and nobody else."""
    names = []
    for word in re.split(r"\s?,\s?(?:and\s)?|\s(?:and|&|plus)\s", found["players"].strip()):
        name = re.sub(rf"\s(?:{LINES})$", "", re.sub(r"^(?:(?:the|a|an)\s)+", "", word.strip()))
        name = "melody" if re.fullmatch(rf"{TUNE}|voice|vocals?|singer|singing", name) else name
        if not name or not (name == "melody" or is_player(name)):
            return None
        names.append(name)
    return [{**place_of(found), "band": f"only {', '.join(names)}"}]


def players_under_tune(found: re.Match[str], take: int) -> list[Fields] | None:
    """Some players under the tune, which nobody means when a band is stripped down."""
    only = only_players(found, take)
    if only is None or "melody" in str(only[0]["band"]):
        return only
    return [{**only[0], "band": f"{only[0]['band']}, melody"}]


def key_of(said: str) -> str | None:
    """The key of an operation: a tonic alone keeps the mode; none where the words are no key."""
    text = re.sub(r"\s?flat", "b", re.sub(r"\s?sharp", "#", said))
    try:
        key = str(parse_key(text))
    except InputError:
        return None
    return key if re.search(r"major|minor|m$", text) else key.split()[0]


# --- what is said in several ways -----------------------------------------------------------------------------------


def again_at_end(found: re.Match[str], take: int) -> list[Fields] | None:
    """The last of a kind once more at the end."""
    kind = kind_of(found["kind"])
    return None if kind is None else [{"section": f"last {kind}", "duplicate": True, "after": "end"}]


def to_key(found: re.Match[str], take: int) -> list[Fields] | None:
    """A place in another key."""
    key = key_of(found["key"])
    return None if key is None else [{**place_of(found), "key": key}]


def to_tempo(found: re.Match[str], take: int) -> list[Fields] | None:
    """A place, no bars of it, at another tempo."""
    where = place_of(found)
    return None if "bars" in where else [{**where, "tempo_qpm": float(found["qpm"])}]
