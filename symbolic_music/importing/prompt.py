"""Reading a prompt: a line of text to fields of a brief, by a lexicon and a few patterns.

A prompt in another language is first said in English (``translation``); lines name the words as they were written.
Nothing is guessed: each stretch of text either matches (``understood`` says as
what), carries no wish of its own (``the``, ``song``), or is listed in
``not_understood``. Patterns stand in ``_PATTERNS`` and are tried in order; the
lexicon in ``languages/en.yaml`` follows, longest spelling first. What a purpose, an era or a vague
word implies fills only what nothing else says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from symbolic_music.errors import BriefError, InputError, NotationError
from symbolic_music.importing.players import read_players, say_band
from symbolic_music.importing.translation import English, read_words, to_english
from symbolic_music.limits import PROMPT_SIGNS
from symbolic_music.song.brief import GENRES
from symbolic_music.song.plan import SECTION_KINDS
from symbolic_music.song.style_names import find_style_name, names_of_styles, own_style_names
from symbolic_music.styles.style import Style, all_styles, load_style
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.instruments import INSTRUMENT_NAMES
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import METERS

LEXICON_FIELDS = ("style", "genre", "mood", "tempo_qpm", "meter", "key")
_WORD_START, _WORD_END = re.compile(r"(?<![\w|#-])(?=[^\s|])"), re.compile(r"(?![\w#-])")
_CHORD_WORD = re.compile(r"[^\s,|–-]+")
_WORD = re.compile(r"[\w#'&♯♭/.:-]+")
_NUMBERS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "half a": 0.5, "one and a half": 1.5}
_TITLE_LENGTH = 60
# What words imply, the surest first, and how it is said.
_WHY = {"purpose": " (usual for the purpose)", "era": " (of its time)", "image": " (a guess)"}
# What a caption tells after this asks for nothing.
STORY = "What happens:"
# Who plays is read in so many letters of a prompt: every player is weighed against the words around all others.
BAND_LETTERS = 2000


@dataclass(frozen=True)
class PromptReading:
    """What a prompt says.

    ``fields`` are keyword arguments for ``Brief`` (values not yet checked);
    ``understood`` has lines such as ``"'happy' -> mood happy"``, each true of ``fields``;
    ``understood_as`` names the field of each line.
    """

    fields: Mapping[str, object]
    understood: tuple[str, ...]
    not_understood: tuple[str, ...]
    understood_as: tuple[str, ...] = ()

    def overruled(self, by: Mapping[str, str]) -> PromptReading:
        """Take back what something nearer says otherwise.

        Parameters
        ----------
        by : mapping of str to str
            Fields that are said elsewhere, and what says them: ``{"tempo_qpm": "--tempo"}``.

        Returns
        -------
        PromptReading
            Without these fields; their lines are among what has no effect.
        """
        lines = list(zip(self.understood, self.understood_as, strict=True))
        lost = [f"{line.partition(' -> ')[0]} ({by[name]} goes before it)" for line, name in lines if name in by]
        kept = [(line, name) for line, name in lines if name not in by]
        return PromptReading(
            MappingProxyType({name: value for name, value in self.fields.items() if name not in by}),
            tuple(line for line, _ in kept),
            (*self.not_understood, *lost),
            tuple(name for _, name in kept),
        )


@dataclass
class _Text:
    """The prompt while it is read: understood stretches are blanked out, all of one pattern at once."""

    rest: str
    english: English
    fields: dict[str, object] = field(default_factory=dict)
    # What was said, by field, in the prompt's words.
    said: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    # Why fields are filled that nobody said outright.
    implied: dict[str, str] = field(default_factory=dict)
    done: list[tuple[int, int]] = field(default_factory=list)

    def take(self, start: int, end: int, name: str, value: object) -> None:
        """Keep a value if its field is still open."""
        said = self.words(start, end)
        if self.fields.setdefault(name, value) == value:
            self.said.append((name, said))
        else:
            self.ignored.append(f"{said} (the {name.split('_')[0]} is already {self.fields[name]})")

    def words(self, start: int, end: int) -> str:
        """The prompt's own words for a stretch."""
        return " ".join(self.english.said(start, end).split()).strip(" ,.;")

    def blank(self) -> None:
        """Blank the stretches that are done."""
        signs = list(self.rest)
        for start, end in self.done:
            signs[start:end] = "|" * (end - start)
        self.rest = "".join(signs)
        self.done.clear()


def read_prompt(text: str) -> PromptReading:
    """Read a prompt into fields of a brief.

    Parameters
    ----------
    text : str
        In one of the languages of ``languages``, e.g. ``"slow sad waltz in D minor, two minutes"``.

    Returns
    -------
    PromptReading
        Fields for ``Brief``, what was understood, and the words left over.

    Raises
    ------
    BriefError
        If the text is longer than `PROMPT_SIGNS`.

    Examples
    --------
    >>> read_prompt("happy pop song in D").fields["key"]
    'D major'
    """
    PROMPT_SIGNS.check(len(text), "the prompt", BriefError)
    # Runs of space are one: patterns then need no steps that grow with the square of a run's length.
    text = _SUFFIX.sub(" ", text.partition(STORY)[0])
    english = to_english(" ".join(text.split()), _english_words())
    reading = _Text(english.text, english)
    for pattern, take in _PATTERNS:
        for match in pattern.finditer(reading.rest):
            take(reading, match)
        reading.blank()
    stated = frozenset(reading.fields)
    _read_lexicon(reading)
    _read_implied(reading)
    _bend_to_style(reading, stated)
    _read_instruments(reading)
    for match in list(_REFUSAL.finditer(reading.rest)):
        _take_refusal(reading, match)
    reading.blank()
    words = ((match[0].strip(".:-'"), match.span()) for match in _WORD.finditer(reading.rest.replace("|", " ")))
    left = [english.said(*span).strip(".:-' ") for word, span in words if word and word.lower() not in _words("ignore")]
    # Written last: what is said to be understood is what the fields hold in the end.
    lines = tuple(
        _line(name, said, reading.fields[name]) + reading.implied.get(name, "") for name, said in reading.said
    )
    names = tuple(name for name, _ in reading.said)
    return PromptReading(MappingProxyType(dict(reading.fields)), lines, tuple(reading.ignored + left), names)


def _line(name: str, said: str, value: object) -> str:
    """Say in a line what words were understood as."""
    return f"band: {said}" if name == "band" else f"{said!r} -> {_field_text(name, value)}"


def _read_lexicon(reading: _Text) -> None:
    """Match every spelling of the lexicon, longest first, then blank all that matched."""
    for name in LEXICON_FIELDS:
        hits = _spelled(reading.rest, _spellings(name))
        if name == "style":  # a genre's name says no more than that beside a style: jazz, and bossa nova
            hits.sort(key=lambda hit: reading.rest[slice(*hit[0])].lower() in GENRES)
        for (start, end), value in hits:
            # Not blanked yet: another field may read the same word.
            reading.done.append((start, end))
            word = reading.rest[start:end]
            if (_is_implied(word) or (name == "style" and word.lower() in GENRES)) and name in reading.fields:
                continue  # a jazz waltz is jazz in 3/4; a very slow ballad is very slow
            reading.take(start, end, name, value)
    reading.blank()
    _settle_implied_style(reading)


def _settle_implied_style(reading: _Text) -> None:
    """Let the genre say which ballad it is, where the style was only suggested: a soul ballad is soul."""
    genre, style = reading.fields.get("genre"), reading.fields.get("style")
    said = [words for name, words in reading.said if name == "style"]
    if genre is None or style is None or not all(map(_is_implied, said)):
        return
    if load_style(str(style)).genre == genre:
        return
    names = own_style_names()
    nearer = next((name for name in (f"{genre} {said[0].lower()}", str(genre)) if name in names), None)
    if nearer is None:
        del reading.fields["style"]
        reading.said = [(name, words) for name, words in reading.said if name != "style"]
    else:
        reading.fields["style"] = nearer


def _bend_to_style(reading: _Text, stated: frozenset[str]) -> None:
    """Let the style settle meter and tempo that words only suggest: a slow disco is slow for a disco.

    What is ``stated`` in figures stays; a style that is not played so is an error later.
    """
    if "style" not in reading.fields:
        return
    style = load_style(str(reading.fields["style"]))
    if "meter" in stated and reading.fields["meter"] not in style.meters:
        style = _style_in_meter(reading, style)
    if "meter" not in stated and reading.fields.get("meter", style.meters[0]) not in style.meters:
        del reading.fields["meter"]
        reading.said = [(name, said) for name, said in reading.said if name != "meter"]
    tempo = reading.fields.get("tempo_qpm")
    if isinstance(tempo, float) and "tempo_qpm" not in stated:
        low, high = style.tempo_qpm
        if low <= tempo <= high:
            return
        is_fast = tempo >= _FAST_QPM
        # Fast punk is fast for punk, a slow disco slow for a disco.
        share = (1.0 if tempo > high else 0.75) if is_fast else (0.0 if tempo < low else 0.25)
        is_usual = tempo > _SLOW_QPM and not is_fast
        place = min(max(tempo, low), high) if is_usual else low + share * (high - low)
        reading.fields["tempo_qpm"] = float(round(place))


def _style_in_meter(reading: _Text, style: Style) -> Style:
    """Take the style's nearest kin that is played in the meter asked for, and say so: a meter in figures wins."""
    meter = str(reading.fields["meter"])
    kin = [one for one in all_styles() if meter in one.meters and style.family == one.family]
    kin = kin or [one for one in all_styles() if meter in one.meters]
    if not kin:
        return style  # a rare meter: every style's figures are cut to it
    words = set(style.name.split())
    plain = ("pop", "rock", "blues", "folk")

    def distance(one: Style) -> tuple[int, int, float]:
        """Fewer words in common, a more particular family, another tempo."""
        rank = plain.index(one.family) if one.family in plain else len(plain)
        return -len(words & set(one.name.split())), rank, abs(_middle(one) - _middle(style))

    nearest = min(kin, key=distance)
    reading.ignored.append(f"{style.name} (it is not played in {meter}; {nearest.name} is)")
    reading.fields["style"] = nearest.name
    return nearest


def _middle(style: Style) -> float:
    """The middle of a style's tempos."""
    return sum(style.tempo_qpm) / 2


@dataclass(frozen=True)
class _Implication:
    """Words for a purpose, an era or an image, and what they let a musician expect; ``why`` names which of them."""

    why: str
    spellings: tuple[str, ...]
    fields: Mapping[str, object]


@cache
def _implications() -> tuple[_Implication, ...]:
    """Read what words imply."""
    found = []
    for why in _WHY:
        entries = _lexicon()[why]
        assert isinstance(entries, list)
        for entry in entries:
            fields = {name: value for name, value in entry.items() if name != "words"}
            if "band" in fields:
                fields["band"] = tuple(fields["band"])
            found.append(_Implication(why, tuple(entry["words"]), MappingProxyType(fields)))
    return tuple(found)


@cache
def _compounds(word: str) -> tuple[str, ...]:
    """Instruments whose name begins with a word and goes on: a classical guitar is no classical music."""
    return tuple(name for name in INSTRUMENT_NAMES if name.startswith(f"{word} "))


def _read_implied(reading: _Text) -> None:
    """Fill what is still open by what purposes, eras and images let one expect, in this order."""
    spellings: dict[str, object] = {word: entry for entry in _implications() for word in entry.spellings}
    lowered = reading.rest.lower()
    hits = [
        hit for hit in _spelled(reading.rest, spellings)
        if not any(lowered.startswith(name, hit[0][0]) for name in _compounds(lowered[slice(*hit[0])]))
    ]  # fmt: skip
    for (start, end), entry in sorted(hits, key=lambda hit: (list(_WHY).index(getattr(hit[1], "why", "")), hit[0])):
        assert isinstance(entry, _Implication)
        said = reading.words(start, end)
        for name, value in entry.fields.items():
            if name not in reading.fields and _agrees(reading, name, value):
                reading.fields[name] = float(value) if isinstance(value, int) and name != "key_lift" else value
                reading.said.append((name, said))
                reading.implied[name] = _WHY[entry.why]
        reading.done.append((start, end))
    reading.blank()


def _agrees(reading: _Text, name: str, value: object) -> bool:
    """Whether an implied style is of the genre and meter that are said."""
    if name == "band":
        return not read_players(reading.rest[:BAND_LETTERS]).band
    if name != "style":
        return True
    style = load_style(str(value))
    return (
        reading.fields.get("genre", style.genre) == style.genre
        and reading.fields.get("meter", style.meters[0]) in style.meters
    )


def _read_instruments(reading: _Text) -> None:
    """Read who is to play: before other refusals, since what is not to play is a wish."""
    style = reading.fields.get("style") or reading.fields.get("genre")
    head = reading.rest[:BAND_LETTERS]
    players = read_players(head, load_style(str(style)) if style in own_style_names() else None)
    reading.done += list(players.spans)
    reading.blank()
    if players.band and "band" not in reading.fields:
        reading.fields["band"] = players.band
        reading.said.append(("band", say_band(players.band)))


def _spelled(text: str, spellings: Mapping[str, object]) -> list[tuple[tuple[int, int], object]]:
    """Find spellings as whole words; a longer one hides those inside it.

    Returns
    -------
    list of ((int, int), object)
        Start and end of each and its value, in order of place, those that only suggest last.
    """
    # A sign that grows when made small (such as a capital I with a dot) would move all places after it.
    lowered = "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)
    index = _index(tuple(spellings))
    found: list[tuple[int, int, int, str]] = []
    for begin in _WORD_START.finditer(lowered):
        start = begin.start()
        for rank, spelling in index.get(lowered[start : start + 2], ()):
            if lowered.startswith(spelling.lower(), start):
                end = start + len(spelling) + lowered.startswith("s", start + len(spelling))
                if _WORD_END.match(lowered, end):
                    found.append((rank, start, end, spelling))
    taken = bytearray(len(text))
    hits = []
    for _, start, end, spelling in sorted(found):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            hits.append(((start, end), spellings[spelling]))
    return sorted(hits, key=lambda hit: (_is_implied(text[slice(*hit[0])]), hit[0]))


@cache
def _index(spellings: tuple[str, ...]) -> dict[str, list[tuple[int, str]]]:
    """List spellings with their rank, the longest first, by their first two signs."""
    index: dict[str, list[tuple[int, str]]] = {}
    for rank, spelling in enumerate(sorted(spellings, key=len, reverse=True)):
        index.setdefault(spelling[:2].lower(), []).append((rank, spelling))
    return index


def _is_implied(word: str) -> bool:
    """Whether a word only suggests its values, so that any other word wins."""
    return word.lower().removesuffix("s") in _words("implied")


@cache
def _words(name: str) -> frozenset[str]:
    """List a plain list of words of the lexicon."""
    words = _lexicon()[name]
    assert isinstance(words, list)
    return frozenset(words)


@cache
def _lexicon() -> dict[str, object]:
    """Read the lexicon's file once."""
    return read_words("en")


@cache
def _english_words() -> frozenset[str]:
    """List single words that are English, so that they tell no other language."""
    spellings = [spelling for name in LEXICON_FIELDS for spelling in _spellings(name)]
    spellings += [*INSTRUMENT_NAMES, *_words("ignore"), *_words("english"), *SECTION_KINDS, *_NUMBERS]
    spellings += [word for entry in _implications() for word in entry.spellings]
    return frozenset(word for spelling in spellings for word in re.findall(r"[^\W\d_]+", spelling.lower()))


@cache
def _spellings(name: str) -> dict[str, object]:
    """List a field's spellings with the value that each means; a style named as its genre is no more than that."""
    if name == "style":
        # An instrument in the band makes no style: a folk song may have a banjo.
        own: dict[str, object] = {
            spelling.lower(): style for style, spellings in names_of_styles().items() for spelling in spellings
            if style not in GENRES and spelling.lower() not in INSTRUMENT_NAMES and spelling.lower() not in _words("no style")
        }  # fmt: skip
        more = _lexicon()[name]
        assert isinstance(more, dict)
        return own | {str(spelling): str(style) for style, spellings in more.items() for spelling in spellings}
    groups = _lexicon()[name]
    assert isinstance(groups, dict)
    return {
        str(spelling): (float(value) if name == "tempo_qpm" else str(value))
        for value, spellings in groups.items()
        for spelling in spellings
    }


def _keep(reading: _Text, match: re.Match[str], name: str, value: object) -> None:
    """Keep a value and blank what says it."""
    reading.done.append(match.span())
    reading.take(*match.span(), name, value)


def _take_title(reading: _Text, match: re.Match[str]) -> None:
    title = re.sub(r"(?:[\s|.,;]+(?:in|at|for|over|with))*[\s|.,;]*$", "", match["title"])[:_TITLE_LENGTH]
    _keep(reading, match, "title", title[:1].upper() + title[1:])


def _take_style(reading: _Text, match: re.Match[str]) -> None:
    """Keep a style that is named as one, also where its name is a genre's."""
    try:
        style = find_style_name(match["style"].strip())
    except InputError:
        return
    _keep(reading, match, "style", style)


def _take_refusal(reading: _Text, match: re.Match[str]) -> None:
    """Set aside what is not wanted: a brief can only say what is."""
    reading.ignored.append(f"{match[0]} (say what there should be instead)")
    reading.done.append(match.span())


def _take_seconds(reading: _Text, match: re.Match[str]) -> None:
    if match["minute"] is not None:
        seconds = int(match["minute"]) * 60.0 + int(match["second"])
    else:
        seconds = _number(match["count"]) * (60.0 if match["unit"].lower().startswith("m") else 1.0)
    _keep(reading, match, "duration_sec", seconds)


def _take_bars(reading: _Text, match: re.Match[str]) -> None:
    _keep(reading, match, "n_bars", int(match["count"]))


def _take_tempo(reading: _Text, match: re.Match[str]) -> None:
    _keep(reading, match, "tempo_qpm", float(match["before"] or match["after"]))


def _take_key(reading: _Text, match: re.Match[str]) -> None:
    sign = {"flat": "b", "sharp": "#"}
    accidental = (match["sign"] or "").strip(" -").lower()
    mode = (match["mode"] or "major").lower()
    text = f"{match['tonic'].upper()}{sign.get(accidental, accidental)} {mode}"
    _keep(reading, match, "key", str(parse_key(text)))


def _take_bare_key(reading: _Text, match: re.Match[str]) -> None:
    """Keep a letter that stands alone as the key; several are chords."""
    if len(_BARE_KEY.findall(reading.rest)) == 1:
        _take_key(reading, match)


def _take_mode(reading: _Text, match: re.Match[str]) -> None:
    """Keep a mode that stands alone, as the plainest key of it."""
    _keep(reading, match, "key", "A minor" if match["mode"].lower() == "minor" else "C major")


def _take_swing(reading: _Text, match: re.Match[str]) -> None:
    word = match[0].lower()
    share = 0.5 if "straight" in word else 0.58 if re.match("light|slight|gentl|soft", word) else 0.667
    _keep(reading, match, "swing", share)


def _take_lift(reading: _Text, match: re.Match[str]) -> None:
    """Keep how far the last chorus lies higher; a whole tone where nobody says."""
    words = (match["step"] or "").lower()
    semitones = 0 if match["none"] else _USUAL_LIFT
    for pattern, step in _STEPS:
        if re.search(pattern, words):
            semitones = step
            break
    _keep(reading, match, "key_lift", semitones)


def _take_leave_out(reading: _Text, match: re.Match[str]) -> None:
    """Keep the sections that shall not be there, all of the prompt's in one."""
    goes_straight = "into the" in match[0].lower()
    named = ["intro"] if goes_straight else re.findall(_SECTION_KIND, match[0].lower())
    kinds = tuple(dict.fromkeys(re.sub("pre[ -]?chorus", "pre-chorus", kind) for kind in named))
    earlier = reading.fields.pop("leave_out", ())
    assert isinstance(earlier, tuple)
    _keep(reading, match, "leave_out", tuple(dict.fromkeys((*earlier, *kinds))))


def _take_ending(reading: _Text, match: re.Match[str]) -> None:
    word = match[0].lower()
    ending = "fade" if "fad" in word else "cut" if re.search("abrupt|sudden|hard|cold", word) else "ritardando"
    _keep(reading, match, "ending", ending)


def _take_tempo_span(reading: _Text, match: re.Match[str]) -> None:
    _keep(reading, match, "tempo_qpm", (float(match["low"]) + float(match["high"])) / 2)


def _take_meter(reading: _Text, match: re.Match[str]) -> None:
    _keep(reading, match, "meter", match[0].replace(" ", ""))


def _take_form(reading: _Text, match: re.Match[str]) -> None:
    words = re.sub(r"[^a-z0-9-]+", " ", match[0].lower().replace("pre chorus", "pre-chorus"))
    words = re.sub(rf"({_SECTION})-(?=[a-z])", r"\1 ", words)
    _keep(reading, match, "form", re.sub(r"\bthen\b|\band\b", " ", words).strip().replace("  ", " "))


def _take_letters(reading: _Text, match: re.Match[str]) -> None:
    _keep(reading, match, "form", " ".join(f"{letter}8" for letter in match[0]))


def _take_chords(reading: _Text, match: re.Match[str]) -> None:
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
    if word.endswith(" and a half") and word not in _NUMBERS:
        return float(word.split()[0]) + 0.5
    return float(_NUMBERS[word]) if word in _NUMBERS else float(word)


def _field_text(name: str, value: object) -> str:
    """Say a field and its value the way a musician would."""
    if name == "duration_sec" and isinstance(value, float):
        return f"length {int(value) // 60}:{int(value) % 60:02d}"
    if name == "title":
        return f"title {value!r} (words do not shape the notes)"
    if isinstance(value, tuple):
        return f"{name.replace('_', ' ')} {', '.join(map(str, value))}"
    units = {
        "key_lift": "the last chorus {} semitones higher",
        "tempo_qpm": "tempo {} quarters a minute",
        "n_bars": "length {} bars",
    }
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return units[name].format(shown) if name in units else f"{name} {shown}"


_SECTION = "(?:" + "|".join(re.escape(kind) for kind in (*SECTION_KINDS, "pre chorus")) + r")(?:\s*\d{1,2}\b)?"
_COUNT = (
    r"(?P<count>\d{1,6} and a half|\d{1,6}(?:\.\d{1,6})?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
)
_MODE = r"(?P<mode>major|minor|maj|min|dur|moll)"
_SIGN = r"(?P<sign>#|b|♯|♭|[ -]?flat|[ -]?sharp)?"
_STOP = r"(?=\s*(?:$|[|,.;(]|\b(?:with|played|lasting|over|using)\b))"

_SECTION_KIND = r"(?:intro|outro|bridge|solo|interlude|pre[ -]?chorus|chorus|verse)(?!\w)"
# No more than these: "no solo guitar" is about a player.
_NO_SECTION = rf"{_SECTION_KIND}s?(?!\s+(?:\w+\s+)?(?:guitar|piano|sax\w*|violin|trumpet|voice|singer)s?\b)"
_BARE_KEY = re.compile(r"(?<=[,;] )(?P<tonic>[A-G])(?P<sign>#|b|♯|♭)?(?P<mode>m)?(?=\s*(?:$|[,;.]))")
_USUAL_LIFT = 2
# Words for tempos from here on say fast, and slow up to here.
_FAST_QPM, _SLOW_QPM = 128.0, 84.0
_STEPS = (
    (r"whole|full|\btone|two semi", 2), (r"half|semi", 1), (r"minor third|three semi", 3),
    (r"major third|four semi", 4),
    (r"fourth|five semi", 5),
    (r"six semi", 6),
    (r"seven semi|\bfifth", 7),
)  # fmt: skip
# Motown-style, folk-like.
_SUFFIX = re.compile(r"-(?=(?:styled?|like|ish|inspired|flavou?red)\b)", re.I)
_REFUSAL = re.compile(r"\b(?:no|without|not)\s+(?:any\s+)?[\w-]+(?:\s+or\s+[\w-]+)?", re.I)

_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[_Text, re.Match[str]], None]], ...] = (
    (re.compile(r"(?:\b(?:called|titled|named|entitled)\s*)?[\"“](?P<title>[^\"”]{1,200})[\"”]", re.I), _take_title),
    (re.compile(r"\b(?:played as|in the style of)\s+(?:an? )?(?P<style>[^,;.|]{1,40})", re.I), _take_style),
    (
        re.compile(r"(?<!\d)(?P<minute>\d{1,4}):(?P<second>[0-5]\d)(?P<count>)(?P<unit>)(?:\s*min(?:ute)?s?)?\b"),
        _take_seconds,
    ),
    (
        re.compile(rf"\b(?P<minute>(?!))?(?P<second>(?!))?{_COUNT}[ -]?(?P<unit>min|sec)(?:ute|ond)?s?\b", re.I),
        _take_seconds,
    ),
    (re.compile(r"\b(?P<count>\d{1,9})[ -]?bars?\b(?! blues)", re.I), _take_bars),
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
            r"\b(?:in\s+(?:the\s+key\s+of\s+)?|key(?:\s+of)?[ :]*)(?P<tonic>[A-Ga-g])" + _SIGN + r"[ -]?" + _MODE
            + r"\b(?!\s+(?:key|mood|mode))", re.I,
        ),
        _take_key,
    ),
    (re.compile(r"\b(?P<tonic>[A-G])" + _SIGN + r"[ -]?" + _MODE + r"\b(?!\s+(?:key|chord))"), _take_key),
    (
        re.compile(
            r"\b(?:in|key(?: of)?:?)\s+(?P<tonic>[A-G])" + _SIGN + r"(?P<mode>m)?(?![\w#♯♭-])(?!\s+[A-G][#b]?\b)"
        ),
        _take_key,
    ),
    (_BARE_KEY, _take_bare_key),
    (re.compile(r"(?<=[,;] )(?P<mode>major|minor)(?: (?:key|mode|tonality))?(?=\s*(?:$|[,;.]))", re.I), _take_mode),
    (re.compile(rf"\b{_SECTION}(?:[\s,>→-]+(?:then\s+|and\s+)?{_SECTION})+", re.I), _take_form),
    (re.compile(r"\b(?=[A-D]{3,8}\b)A[A-D]*\b"), _take_letters),
    (re.compile(r"\b(?:chords?|progression|changes|over|on)\b:?\s+(?P<chords>[A-G][^.;]*)"), _take_chords),
    (re.compile(r"\b(?:about|called|titled|named|entitled)\s+(?P<title>[^|,.;]{1,160}?)" + _STOP, re.I), _take_title),
)  # fmt: skip
