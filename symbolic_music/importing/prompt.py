"""Reading a prompt: a line of text to fields of a brief, by a lexicon and a few patterns.

A prompt in another language is first said in English (``translation``); lines name the words as they were written.
Nothing is guessed: each stretch of text either matches (``understood`` says as
what), carries no wish of its own (``the``, ``song``), or is listed in
``not_understood``. Patterns stand in ``PATTERNS`` and are tried in order; the
lexicon in ``languages/en.yaml`` follows, longest spelling first. What a purpose, an era or a vague
word implies fills only what nothing else says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from symbolic_music.errors import BriefError
from symbolic_music.importing.players import read_players, say_band
from symbolic_music.importing.prompt_implied import BAND_LETTERS, read_implied, read_vague
from symbolic_music.importing.prompt_lexicon import (
    LEXICON_FIELDS,
    english_words,
    is_implied,
    is_thing,
    names_player,
    spelled,
    spellings_of,
    words_of,
)
from symbolic_music.importing.prompt_patterns import PATTERNS, REFUSAL, take_refusal
from symbolic_music.importing.prompt_text import PromptText
from symbolic_music.importing.translation import to_english
from symbolic_music.limits import NO_TEXT, PROMPT_SIGNS, is_text
from symbolic_music.song.brief import GENRES
from symbolic_music.song.score import say_seconds
from symbolic_music.song.style_names import own_style_names
from symbolic_music.styles.style import Style, all_styles, load_style

_WORD = re.compile(r"[\w#'&♯♭/.:-]+")
# What a caption tells after this asks for nothing.
STORY = "What happens:"


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
        If the text is longer than `PROMPT_SIGNS`, or has halves of letters.

    Examples
    --------
    >>> read_prompt("happy pop song in D").fields["key"]
    'D major'
    """
    PROMPT_SIGNS.check(len(text), "the prompt", BriefError)
    if not is_text(text):
        raise BriefError(f"the prompt: {NO_TEXT}")
    # Runs of space are one: patterns then need no steps that grow with the square of a run's length.
    text = _SUFFIX.sub(" ", text.partition(STORY)[0])
    english = to_english(" ".join(text.split()), english_words())
    reading = PromptText(english.text, english)
    for pattern, take in PATTERNS:
        for match in pattern.finditer(reading.rest):
            take(reading, match)
        reading.blank()
    stated = frozenset(reading.fields)
    _read_lexicon(reading)
    read_implied(reading)
    read_vague(reading)
    _bend_to_style(reading, stated)
    _read_instruments(reading)
    for match in list(REFUSAL.finditer(reading.rest)):
        take_refusal(reading, match)
    reading.blank()
    words = ((match[0].strip(".:-'"), match.span()) for match in _WORD.finditer(reading.rest.replace("|", " ")))
    left = [
        english.said(*span).strip(".:-' ") for word, span in words if word and word.lower() not in words_of("ignore")
    ]
    # Written last: what is said to be understood is what the fields hold in the end.
    lines = tuple(
        _line(name, said, reading.fields[name]) + reading.implied.get(name, "") for name, said in reading.said
    )
    names = tuple(name for name, _ in reading.said)
    return PromptReading(MappingProxyType(dict(reading.fields)), lines, tuple(reading.ignored + left), names)


def _line(name: str, said: str, value: object) -> str:
    """Say in a line what words were understood as."""
    return f"band: {said}" if name == "band" else f"{said!r} -> {_field_text(name, value)}"


def _read_lexicon(reading: PromptText) -> None:
    """Match every spelling of the lexicon, longest first, then blank all that matched."""
    styled: set[tuple[int, int]] = set()
    for name in LEXICON_FIELDS:
        hits = spelled(reading.rest, spellings_of(name))
        if name == "style":  # a genre's name says no more than that beside a style: jazz, and bossa nova
            hits.sort(key=lambda hit: reading.rest[slice(*hit[0])].lower() in GENRES)
        for (start, end), value in hits:
            word = reading.rest[start:end]
            if is_thing(reading.rest, start, end) or (name == "mood" and names_player(reading.rest, start, end)):
                continue
            # Not blanked yet: another field may read the same word.
            reading.done.append((start, end))
            if (is_implied(word) or (name == "style" and word.lower() in GENRES)) and name in reading.fields:
                continue  # a jazz waltz is jazz in 3/4; a very slow ballad is very slow
            if name == "genre" and name in reading.fields and (start, end) in styled and word.lower() not in GENRES:
                continue  # its effect is the band's: a swing blues
            if name == "style":
                styled.add((start, end))
            reading.take(start, end, name, value)
    reading.blank()
    _settle_implied_style(reading)


def _settle_implied_style(reading: PromptText) -> None:
    """Let the genre say which ballad it is, where the style was only suggested: a soul ballad is soul."""
    genre, style = reading.fields.get("genre"), reading.fields.get("style")
    said = [words for name, words in reading.said if name == "style"]
    if genre is None or style is None or not all(map(is_implied, said)):
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


def _bend_to_style(reading: PromptText, stated: frozenset[str]) -> None:
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
        is_fast = tempo >= _FAST_QPM
        # Where "fast" alone is faster than the word's own tempo, "very fast" is faster still.
        is_fast_style = tempo >= _VERY_FAST_QPM and low > _FAST_WORD_QPM
        if low <= tempo <= high and not is_fast_style:
            return
        # Fast punk is fast for punk, a slow disco slow for a disco.
        share = (1.0 if tempo > high else 0.75) if is_fast else (0.0 if tempo < low else 0.25)
        share = share if not is_fast or tempo < _VERY_FAST_QPM else 1.0
        is_usual = tempo > _SLOW_QPM and not is_fast
        place = min(max(tempo, low), high) if is_usual else low + share * (high - low)
        reading.fields["tempo_qpm"] = float(round(place))


def _style_in_meter(reading: PromptText, style: Style) -> Style:
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


def _read_instruments(reading: PromptText) -> None:
    """Read who is to play: before other refusals, since what is not to play is a wish."""
    style = reading.fields.get("style") or reading.fields.get("genre")
    head = reading.rest[:BAND_LETTERS]
    players = read_players(head, load_style(str(style)) if style in own_style_names() else None)
    reading.done += list(players.spans)
    reading.blank()
    if players.band and "band" not in reading.fields:
        reading.fields["band"] = players.band
        reading.said.append(("band", say_band(players.band)))


def _field_text(name: str, value: object) -> str:
    """Say a field and its value the way a musician would."""
    if name == "duration_sec" and isinstance(value, float):
        return f"length {say_seconds(value)}"
    if name == "lay_back_ms" and isinstance(value, float):
        return f"backbeat and tune {abs(value):g} ms {'behind' if value > 0 else 'ahead of'} the beat"
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


# Words for tempos from here on say fast, and slow up to here.
_FAST_QPM, _SLOW_QPM = 128.0, 84.0
# The tempos of "fast" and of "very fast".
_FAST_WORD_QPM, _VERY_FAST_QPM = 138.0, 160.0
# Motown-style, folk-like.
_SUFFIX = re.compile(r"-(?=(?:styled?|like|ish|inspired|flavou?red)\b)", re.I)
