"""What prompts say in figures and phrases: patterns, in the order in which they are tried, and what each keeps."""

from __future__ import annotations

import re
from collections.abc import Callable

from symbolic_music.errors import InputError, NotationError
from symbolic_music.importing.prompt_lexicon import NUMBERS
from symbolic_music.importing.prompt_text import PromptText
from symbolic_music.song.brief import LAID_BACK_MS, PUSHED_MS
from symbolic_music.song.plan import SECTION_KINDS
from symbolic_music.song.style_names import find_style_name
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.instruments import INSTRUMENTS
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import METERS

_CHORD_WORD = re.compile(r"[^\s,|–-]+")
_TITLE_LENGTH = 60


def _keep(reading: PromptText, match: re.Match[str], name: str, value: object) -> None:
    """Keep a value and blank what says it."""
    reading.done.append(match.span())
    reading.take(*match.span(), name, value)


def _take_title(reading: PromptText, match: re.Match[str]) -> None:
    # A name is not translated.
    said = reading.english.between(*match.span("title"))
    title = re.sub(r"(?:[\s|.,;]+(?:in|at|for|over|with))*[\s|.,;]*$", "", said).strip()[:_TITLE_LENGTH]
    if match[0].lower().startswith("about "):
        reading.stories.append(said.strip(" |.,;"))
    _keep(reading, match, "title", title[:1].upper() + title[1:])


def _take_style(reading: PromptText, match: re.Match[str]) -> None:
    """Keep a style that is named as one, also where its name is a genre's."""
    try:
        style = find_style_name(match["style"].strip())
    except InputError:
        return
    _keep(reading, match, "style", style)


def take_refusal(reading: PromptText, match: re.Match[str]) -> None:
    """Set aside what is not wanted: a brief can only say what is."""
    reading.ignored.append(f"{match[0]} (say what there should be instead)")
    reading.done.append(match.span())


def _take_seconds(reading: PromptText, match: re.Match[str]) -> None:
    if match["minute"] is not None:
        seconds = int(match["minute"]) * 60.0 + int(match["second"])
    else:
        seconds = _number(match["count"]) * (60.0 if match["unit"].lower().startswith("m") else 1.0)
    _keep(reading, match, "duration_sec", seconds)


def _take_half_minutes(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "duration_sec", (_number(match["count"]) + 0.5) * 60.0)


def _take_bars(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "n_bars", int(match["count"]))


def _take_tempo(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "tempo_qpm", float(match["before"] or match["after"]))


def _take_key(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "key", str(_key_of(*match.group("tonic", "sign", "mode"))))


def _key_of(tonic: str, sign: str | None, mode: str | None) -> Key:
    """The key that its parts say; a tonic alone is major."""
    accidental = (sign or "").strip(" -").lower()
    written = {"flat": "b", "sharp": "#"}.get(accidental, accidental)
    return parse_key(f"{tonic.upper()}{written} {(mode or 'major').lower()}")


def _take_church_mode(reading: PromptText, match: re.Match[str]) -> None:
    """Keep the nearer of major and minor, and say that the mode's own tones are not promised."""
    near = _CHURCH_MODES[match["church"].lower()]
    accidental = (match["sign"] or "").strip(" -").lower()
    key = parse_key(f"{match['tonic'].upper()}{ {'flat': 'b', 'sharp': '#'}.get(accidental, accidental) } {near}")
    _keep(reading, match, "key", str(key))
    reading.ignored.append(f"{match['church']} (keys are major or minor: {key} is the nearest)")


def _take_journey(reading: PromptText, match: re.Match[str]) -> None:
    """Keep a key to begin in and one to end in: the last chorus lies so much higher."""
    first = _key_of(*match.group("tonic", "sign", "mode"))
    last = _key_of(*match.group("tonic2", "sign2", "mode2"))
    step = (last.tonic_pitch_class - first.tonic_pitch_class) % 12
    if first.mode != last.mode or not 0 < step <= _MOST_LIFT:
        return
    _keep(reading, match, "key", str(first))
    reading.take(*match.span(), "key_lift", step)


def _take_rounds(reading: PromptText, match: re.Match[str]) -> None:
    """Keep the blues' rounds of twelve bars, as many as the length asks for: sung, played, sung again."""
    reading.fields.setdefault("genre", "blues")
    reading.done.append((match.start(), match.end()))
    n_bars, seconds = reading.fields.get("n_bars"), reading.fields.get("duration_sec")
    n_rounds = _USUAL_ROUNDS
    if isinstance(n_bars, int):
        n_rounds = n_bars // 12 if n_bars % 12 == 0 else 0
    elif isinstance(seconds, float):
        # A tempo in figures, and the length in seconds, leave no whole number of rounds.
        n_rounds = 0 if "tempo_qpm" in reading.fields else max(1, round(seconds / _ROUND_SECONDS))
    if not n_rounds or "form" in reading.fields:
        return
    sung = max(1, round(n_rounds / 3)) if n_rounds > 2 else n_rounds
    kinds = ["verse"] * sung + ["solo"] * (n_rounds - 2 * sung) + ["verse"] * sung if n_rounds > 2 else ["verse"] * sung
    reading.take(match.start(), match.end(), "form", " ".join(f"{kind}12" for kind in kinds))


def _take_solo(reading: PromptText, match: re.Match[str]) -> None:
    """Keep a section for a solo that has its place in the song; who plays it is read later, so the words stay."""
    if "form" in reading.fields:
        return
    earlier = reading.fields.pop("include", ())
    assert isinstance(earlier, tuple)
    reading.take(*match.span(), "include", tuple(dict.fromkeys((*earlier, "solo"))))
    reading.done.append(match.span("place"))


def _take_bare_key(reading: PromptText, match: re.Match[str]) -> None:
    """Keep a letter that stands alone as the key; several are chords."""
    if len(_BARE_KEY.findall(reading.rest)) == 1:
        _take_key(reading, match)


def _take_mode(reading: PromptText, match: re.Match[str]) -> None:
    """Keep a mode that stands alone, as the plainest key of it."""
    _keep(reading, match, "key", "A minor" if match["mode"].lower() == "minor" else "C major")


def _take_swing(reading: PromptText, match: re.Match[str]) -> None:
    word = match[0].lower()
    share = 0.5 if "straight" in word else 0.58 if re.match("light|slight|gentl|soft", word) else 0.667
    _keep(reading, match, "swing", share)


def _take_drum_feel(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "drum_feel", f"{match['rate'].lower()}-time")


def _take_lay_back(reading: PromptText, match: re.Match[str]) -> None:
    """Keep where the beat is played; a song that is laid back is calm too, so these words stay to be read."""
    is_behind = re.search("behind|laid|drag|late", match[0], re.I) is not None
    usual = LAID_BACK_MS if is_behind else PUSHED_MS
    ms = float(match["ms"]) * (1 if is_behind else -1) if match["ms"] else usual
    reading.take(*match.span(), "lay_back_ms", ms)
    if "laid" not in match[0].lower():
        reading.done.append(match.span())


def _take_lift(reading: PromptText, match: re.Match[str]) -> None:
    """Keep how far the last chorus lies higher; a whole tone where nobody says."""
    words = (match["step"] or "").lower()
    semitones = 0 if match["none"] else _USUAL_LIFT
    for pattern, step in _STEPS:
        if re.search(pattern, words):
            semitones = step
            break
    _keep(reading, match, "key_lift", semitones)


def _take_leave_out(reading: PromptText, match: re.Match[str]) -> None:
    """Keep the sections that shall not be there, all of the prompt's in one."""
    goes_straight = "into the" in match[0].lower()
    named = ["intro"] if goes_straight else re.findall(_SECTION_KIND, match[0].lower())
    kinds = tuple(dict.fromkeys(re.sub("pre[ -]?chorus", "pre-chorus", kind) for kind in named))
    earlier = reading.fields.pop("leave_out", ())
    assert isinstance(earlier, tuple)
    _keep(reading, match, "leave_out", tuple(dict.fromkeys((*earlier, *kinds))))


def _take_include(reading: PromptText, match: re.Match[str]) -> None:
    """Keep the sections that shall be there, all of the prompt's in one."""
    kinds = [re.sub("pre[ -]?chorus", "pre-chorus", kind) for kind in re.findall(_SECTION_KIND, match[0].lower())]
    earlier = reading.fields.pop("include", ())
    assert isinstance(earlier, tuple)
    _keep(reading, match, "include", tuple(dict.fromkeys((*earlier, *kinds))))


def _take_ending(reading: PromptText, match: re.Match[str]) -> None:
    word = match[0].lower()
    ending = "fade" if "fad" in word else "cut" if re.search("abrupt|sudden|hard|cold", word) else "ritardando"
    _keep(reading, match, "ending", ending)


def _take_tempo_span(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "tempo_qpm", (float(match["low"]) + float(match["high"])) / 2)


def _take_meter(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "meter", match[0].replace(" ", ""))


def _take_form(reading: PromptText, match: re.Match[str]) -> None:
    words = re.sub(r"[^a-z0-9-]+", " ", match[0].lower().replace("pre chorus", "pre-chorus"))
    words = re.sub(rf"({_SECTION})-(?=[a-z])", r"\1 ", words)
    _keep(reading, match, "form", re.sub(r"\bthen\b|\band\b", " ", words).strip().replace("  ", " "))


def _take_letters(reading: PromptText, match: re.Match[str]) -> None:
    _keep(reading, match, "form", " ".join(f"{letter}8" for letter in match[0]))


def _take_chords(reading: PromptText, match: re.Match[str]) -> None:
    """Keep the leading words that are chord symbols; needs at least two."""
    symbols, end = [], match.start("chords")
    for word in _CHORD_WORD.finditer(reading.rest, *match.span("chords")):
        try:
            parse_chord(word[0])
        except NotationError:
            break
        symbols.append(word[0])
        end = word.end()
    if len(symbols) >= 2:
        reading.done.append((match.start(), end))
        reading.take(match.start(), end, "chords", " ".join(symbols))


def _number(text: str) -> float:
    """Read ``2``, ``2.5`` or ``two``."""
    word = " ".join(text.lower().split())
    if word.endswith(" and a half") and word not in NUMBERS:
        return float(word.split()[0]) + 0.5
    return float(NUMBERS[word]) if word in NUMBERS else float(word)


_SECTION = "(?:" + "|".join(re.escape(kind) for kind in (*SECTION_KINDS, "pre chorus")) + r")(?:\s*\d{1,2}\b)?"
_COUNT = r"(?P<count>\d{1,6} and a half|\d{1,6}(?:\.\d{1,6})?|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + ")"
_MODE = r"(?P<mode>major|minor|maj|min|dur|moll)"
_SIGN = r"(?P<sign>#|b|♯|♭|[ -]?flat|[ -]?sharp)?"
_CHURCH_MODES = {
    "dorian": "minor", "phrygian": "minor", "aeolian": "minor", "locrian": "minor", "lydian": "major",
    "mixolydian": "major", "ionian": "major",
}  # fmt: skip
_STOP = r"(?=\s*(?:$|[|,.;(]|\b(?:with|played|lasting|over|using)\b))"
_SECTION_KIND = r"(?:intro|outro|bridge|solo|interlude|pre[ -]?chorus|chorus|verse)(?!\w)"
# "No solo guitar" and "with a solo fiddle" are about a player.
_PLAYERS = "|".join(sorted({name.split()[-1] for name in INSTRUMENTS} | {"fiddle", "sax", "singer", "vocal"}))
_NO_SECTION = rf"{_SECTION_KIND}s?(?!\s+(?:\w+\s+)?(?:{_PLAYERS})s?\b)"
# Beside verse and chorus: every song may have one of these. A list that goes on to those is a form.
_ANY_SECTION = (
    r"(?:(?:short|long|brief|big|nice|instrumental|quiet|soft|slow|good|great|proper)\s+)*"
    + _NO_SECTION.replace("|chorus|verse)", ")")
)
_CALLED = r"\b(?:called|titled|named|entitled)"
_A_KEY = r"(?:the key of )?(?P<tonic>[A-G])" + _SIGN + r"(?:[ -]" + _MODE + ")?"
# What a chord has beside its triad: a jam in E9 is in E.
_TAIL = r"(?:6|7|9|11|13)?"
_BARE_KEY = re.compile(r"(?<=[,;] )(?P<tonic>[A-G])" + _SIGN + r"(?P<mode>m|maj|min)?" + _TAIL + r"(?=\s*(?:$|[,;.|]))")
_USUAL_LIFT, _MOST_LIFT = 2, 7
# Rounds of a blues that nobody counts, and how long one lasts at a usual tempo.
_USUAL_ROUNDS, _ROUND_SECONDS = 5, 26.0
_STEPS = (
    (r"whole|full|\btone|two semi", 2), (r"half|semi", 1), (r"minor third|three semi", 3),
    (r"major third|four semi", 4),
    (r"fourth|five semi", 5),
    (r"six semi", 6),
    (r"seven semi|\bfifth", 7),
)  # fmt: skip
REFUSAL = re.compile(r"\b(?:no|without|not)\s+(?:any\s+)?[\w-]+(?:\s+or\s+[\w-]+)?", re.I)
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[PromptText, re.Match[str]], None]], ...] = (
    (re.compile(r"(?:\b(?:called|titled|named|entitled)\s*)?[\"“](?P<title>[^\"”]{1,200})[\"”]", re.I), _take_title),
    # Marks that are no apostrophes need no word before them.
    (re.compile(rf"(?:{_CALLED}\s*)?„(?P<title>[^“”]{{1,200}})[“”]", re.I), _take_title),
    (re.compile(rf"(?:{_CALLED}\s*)?[«»]\s?(?P<title>[^«»]{{1,200}}?)\s?[«»]", re.I), _take_title),
    (re.compile(rf"{_CALLED}\s*['‘](?P<title>.{{1,200}}?)['’](?!\w)", re.I), _take_title),
    (re.compile(r"\b(?:played as|in the style of)\s+(?:an? )?(?P<style>[^,;.|]{1,40})", re.I), _take_style),
    (
        re.compile(r"(?<!\d)(?P<minute>\d{1,4}):(?P<second>[0-5]\d)(?P<count>)(?P<unit>)(?:\s*min(?:ute)?s?)?\b"),
        _take_seconds,
    ),
    (
        re.compile(
            r"(?<![\d.])(?P<minute>\d{1,3}) ?m(?:in(?:ute)?s?)?(?:,? and| )? ?(?P<second>[0-5]?\d)"
            r"(?: ?s(?:ec(?:ond)?s?)?\b|(?=\s*(?:$|[,;.])))(?P<count>)(?P<unit>)", re.I,
        ),
        _take_seconds,
    ),
    (
        re.compile(
            r"\b(?P<minute>(?!))?(?P<second>(?!))?(?P<count>\d{1,4}|one|two|three|four|five) (?P<unit>minute)s?"
            r" and a half\b", re.I,
        ),
        _take_half_minutes,
    ),
    (
        re.compile(rf"\b(?P<minute>(?!))?(?P<second>(?!))?{_COUNT}[ -]?(?P<unit>min|sec)(?:ute|ond)?s?\b", re.I),
        _take_seconds,
    ),
    (re.compile(r"\b(?P<count>\d{1,9})[ -]?bars?\b(?! (?:\w+ )?blues)", re.I), _take_bars),
    (
        re.compile(
            r"(?P<none>\bno )?\b(?:key (?:change|lift|shift)|modulat(?:es?|ion|ing)|truck driver(?:'s)?(?: gear)?"
            r"(?: change)?|last chorus (?:goes|moves|lifts))"
            r"(?P<step>(?:,? (?:up|by|of|to|higher))*(?: an?| one)? (?:(?:half|whole|full)[ -](?:step|tone)s?|tone"
            r"|(?:\w+ )?semitones?|(?:minor|major) third|fourth))?"
            r"(?:,? (?:up|higher))?(?: (?:in|at|for|before|on|into) (?:the )?(?:last|final|end)(?: chorus| refrain)?)?",
            re.I,
        ),
        _take_lift,
    ),
    (
        re.compile(
            rf"\b(?:no|without|skip|leave out|minus|omit)(?: an?y?| the)? {_NO_SECTION}"
            rf"(?:(?:,| or| and| nor|, no| and no)(?: an?y?| the)? {_NO_SECTION})*"
            r"|\b(?:straight|right|directly) into the (?:verse|chorus)\b", re.I,
        ),
        _take_leave_out,
    ),
    (
        re.compile(
            rf"\b(?:with|has|having|have|including|includes?|plus|featuring|add)(?: an?| one| the)? {_ANY_SECTION}"
            rf"(?:(?:,| and|, and)(?: an?| one| the)? {_ANY_SECTION})*"
            r"(?!\s*(?:,|>|→|-|then|and)*\s*(?:verse|chorus)\b)", re.I,
        ),
        _take_include,
    ),
    (
        re.compile(
            r"\b(?:(?:ends?|ending|finish(?:es)?) (?:with|on|in) an? (?:long |slow )?(?:fade|ritardando|cold end)"
            r"(?:[ -]?out)?"
            r"|fad(?:es?|ing)[ -]?(?:out|away)?(?: at| to)?(?: the)?(?: end)?"
            r"|(?:abrupt|sudden|hard|cold) (?:end(?:ing)?|stop)|ends? (?:abruptly|suddenly|cold)"
            r"|(?:slows? down|slowing down|ritardando|rit\.)(?: (?:at|towards) the end)?)\b(?!-in)", re.I,
        ),
        _take_ending,
    ),
    (
        re.compile(
            r"\b(?:light|slight|gentle|soft)? ?(?:swing|swung|shuffled?)(?: feel| rhythm| eighths?| 8ths?| notes?)+\b"
            r"|\bswung\b|\b(?:straight|even) (?:eighths?|8ths?|feel)(?: notes?)?\b|\bnot swung\b", re.I,
        ),
        _take_swing,
    ),
    (
        re.compile(
            r"(?<!\bno )(?<!\bnot )\b(?P<rate>half|double)[ -]?time(?: (?:feel|drums?|groove|beat|rhythm))*\b", re.I
        ),
        _take_drum_feel,
    ),
    (
        re.compile(
            r"(?:\b(?P<ms>\d{1,2}(?:\.\d)?) ms )?\b(?:(?:played |playing |slightly |just |a bit |way )*"
            r"(?:behind|ahead of|on top of|in front of) the beat|dragging (?:feel|groove|beat|drums)"
            r"|(?:pushed|pushing|pushy)(?: (?:feel|groove|beat|the beat|drums|rhythm))+|late backbeat"
            r"|(?<=[,;] )pushed(?=\s*(?:$|[,;.]))"
            r"|laid[ -]back)\b", re.I,
        ),
        _take_lay_back,
    ),
    (
        re.compile(
            r"\b(?P<low>\d{2,3})\s*(?:-|–|to)\s*(?P<high>\d{2,3})\s*(?:bpm|qpm|beats (?:per|a) minute)\b", re.I
        ),
        _take_tempo_span,
    ),
    (
        re.compile(
            r"\b(?:(?P<before>\d{1,6}(?:\.\d{1,6})?)\s*(?:bpm|qpm|beats (?:per|a) minute)"
            r"|(?:tempo|bpm)(?: of)?[ :=]*(?P<after>\d{1,6}(?:\.\d{1,6})?))\b", re.I,
        ),
        _take_tempo,
    ),
    (
        re.compile(
            r"(?:(?:^|[,;] ?)(?:at )?|\bat |♩ ?= ?)(?P<before>[4-9]\d|1\d\d|2[0-5]\d)(?P<after>(?!))?(?=\s*(?:$|[,;.]))"
        ),
        _take_tempo,
    ),
    (re.compile(rf"(?<!\d)(?:{'|'.join(METERS)})(?!\d)"), _take_meter),
    (
        re.compile(
            r"\b(?:starts?|begins?|starting|beginning|goes|going|moves|moving) (?:out |off )?(?:in|on|from) "
            + _A_KEY + r"(?:,? (?:and|then|but))* (?:(?:ends?|ending|finish\w*) (?:up )?(?:in|on)|to) "
            + re.sub(r"(tonic|sign|mode)", r"\g<1>2", _A_KEY) + r"(?![\w#♯♭])",
        ),
        _take_journey,
    ),
    (
        re.compile(
            r"\b(?:in\s+)?(?P<tonic>[A-G])" + _SIGN + r"[ -]?(?P<church>" + "|".join(_CHURCH_MODES) + r")\b", re.I
        ),
        _take_church_mode,
    ),
    (
        re.compile(
            r"\b(?:in\s+(?:the\s+key\s+of\s+)?|key(?:\s+of)?[ :]*)(?P<tonic>[A-Ga-g])" + _SIGN + r"[ -]?" + _MODE
            + r"\b(?!\s+(?:key|mood|mode))", re.I,
        ),
        _take_key,
    ),
    (re.compile(r"\b(?P<tonic>[A-G])" + _SIGN + r"[ -]?" + _MODE + r"\b(?!\s+(?:key|chord))"), _take_key),
    (
        re.compile(
            r"\b(?:in|key(?: of)?:?)\s+(?P<tonic>[A-G])" + _SIGN + r"(?P<mode>m)?" + _TAIL
            + r"(?![\w#♯♭-])(?!\s+[A-G][#b]?\b)"
        ),
        _take_key,
    ),
    (_BARE_KEY, _take_bare_key),
    (re.compile(r"(?<=[,;] )(?P<mode>major|minor)(?: (?:key|mode|tonality))?(?=\s*(?:$|[,;.]))", re.I), _take_mode),
    (re.compile(rf"\b{_SECTION}(?:[\s,>→-]+(?:then\s+|and\s+)?{_SECTION})+", re.I), _take_form),
    (re.compile(r"\b(?=[A-D]{3,8}\b)A[A-D]*\b"), _take_letters),
    (re.compile(r"\b(?:12|twelve)[ -]?bars?(?= (?:\w+ )?blues\b)", re.I), _take_rounds),
    (
        re.compile(
            rf"\b(?:{_PLAYERS}|drum)s? solo(?P<place> (?:section )?(?:after|before|in|at|over|between)(?: the)?"
            r"(?: first| second| third| last| final| 1st| 2nd| 3rd)? (?:verse|chorus|bridge|refrain|middle|end)s?)\b",
            re.I,
        ),
        _take_solo,
    ),
    (re.compile(r"\b(?:chords?|progression|changes|over|on)\b:?\s+(?P<chords>[A-G][^.;]*)"), _take_chords),
    (re.compile(r"\b(?:about|called|titled|named|entitled)\s+(?P<title>[^|,.;]{1,160}?)" + _STOP, re.I), _take_title),
)  # fmt: skip
