"""What is asked for: the brief."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, field_validator

from symbolic_music.errors import BriefError, InputError
from symbolic_music.limits import ASKED_BARS, LYRIC_SIGNS, PROMPT_SIGNS
from symbolic_music.song.document import Document
from symbolic_music.song.style_names import find_style_name
from symbolic_music.song.values import ChartText, KeyValue, MeterValue, StyleName, listed, one_of
from symbolic_music.theory.meter import METERS

GENRES = ("pop", "rock", "folk", "country", "soul", "jazz", "blues", "electronic", "waltz", "lullaby")
# What each of them means for tempo, key and tune: styles/tables/traits.yaml.
MOODS = (
    "neutral", "happy", "sad", "calm", "energetic", "romantic", "dark", "epic", "wistful", "spooky", "angry", "hopeful",
    "nostalgic", "mysterious", "triumphant", "playful", "tense", "dreamy", "lonely", "groovy",
)  # fmt: skip


def _listed(words: tuple[str, ...]) -> str:
    """Say a choice: a, b or c."""
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _style_called(name: str) -> str | None:
    """Find the style that people mean by a name, if there is one."""
    try:
        return find_style_name(name)
    except InputError:
        return None


def _genre(value: str) -> str:
    """Refuse what is no genre; a style is another field."""
    if value not in GENRES and (style := _style_called(value)):
        known = ", ".join(GENRES)
        raise BriefError(f"{value!r} is not a genre; use one of {known}", hint=f"it is a style: style={style!r}")
    return one_of(value, GENRES, "genre")


Genre = Annotated[str, AfterValidator(_genre), listed(GENRES)]
# What the drums do to the beat: the backbeat comes half or twice as often.
DRUM_FEELS = ("half-time", "double-time")
DrumFeel = Annotated[str, AfterValidator(lambda value: one_of(value, DRUM_FEELS, "drum feel")), listed(DRUM_FEELS)]
# Milliseconds after the beat (before it) where backbeat and tune are played, as words mean it.
LAID_BACK_MS, PUSHED_MS = 18.0, -10.0
# How a song can end: dying away, slowing down, or in time.
ENDINGS = ("fade", "ritardando", "cut")
Ending = Annotated[str, AfterValidator(lambda value: one_of(value, ENDINGS, "ending")), listed(ENDINGS)]
# The kinds of section of a song (``song.plan`` has more on them).
SECTION_KINDS = ("intro", "verse", "pre-chorus", "chorus", "bridge", "solo", "interlude", "outro")
SectionKind = Annotated[
    str, AfterValidator(lambda value: one_of(value, SECTION_KINDS, "section")), listed(SECTION_KINDS)
]
Mood = Annotated[str, AfterValidator(lambda value: one_of(value, MOODS, "mood")), listed(MOODS)]


class Brief(Document):
    """What the user asks for; every field but the seed may be left open (``None``).

    ``form`` is text such as ``"intro4 verse8 chorus8 verse8 chorus8 outro4"`` or
    ``"A8 A8 B8 A8"``; ``chords`` is a chart such as ``"C G Am F"`` (one
    chord a bar), ``"C | Am F"`` or ``"vi IV I V"`` that loops through every section, or names the sections that it is
    for (``"verse: C Am; chorus: F | G C"``; the others are written); ``style`` is the band's (``style_names``) and also
    settles genre, meter and tempo where they are left open. ``lyrics`` make the form. ``create`` reads the prompt for
    what the other fields leave open; ``plan`` takes fields only (``Brief(prompt=text, **read_prompt(text).fields)``).
    """

    refusal: ClassVar[type[InputError]] = BriefError

    prompt: str = Field(default="", description='What you want, in words: "slow sad waltz in D minor, 2 minutes".')
    title: str | None = Field(default=None, description="The song's name.")
    genre: Genre | None = Field(default=None, description=f"{_listed(GENRES)}.")
    mood: Mood | None = Field(default=None, description=f"{_listed(MOODS)}.")
    style: StyleName | None = Field(default=None, description='Of the band: "bossa nova"; see symbolic-music styles.')
    key: KeyValue | None = Field(default=None, description='Such as "D minor", "Bb" or "F#m".')
    tempo_qpm: float | None = Field(default=None, ge=30, le=260, description="Quarter notes a minute, 30 to 260.")
    meter: MeterValue | None = Field(default=None, description=f"{_listed(tuple(METERS))}.")
    n_bars: int | None = Field(
        default=None, ge=4, le=ASKED_BARS.most, description=f"Length in bars, 4 to {ASKED_BARS.most}."
    )
    duration_sec: float | None = Field(
        default=None, ge=10, le=1200, description="Length in time: 2:30, 150 (seconds) or 2.5min."
    )
    form: str | None = Field(default=None, description='Such as "intro4 verse8 chorus8 outro4" or "A8 A8 B8 A8".')
    chords: ChartText | None = Field(
        default=None,
        description='Chords, a bar each or between bar lines, letters or degrees, that loop: "C G Am F",'
        ' "vi IV I V", "C | Am F | N.C."; by section: "verse: C Am | F; chorus: F G C".',
    )
    band: tuple[str, ...] | None = Field(
        default=None, description='Instruments, comma between: "piano, upright bass, brushes".'
    )
    swing: float | None = Field(
        default=None, ge=0.5, le=0.75, description="Share of a quarter for its first eighth: 0.5 straight, 0.667 swung."
    )
    drum_feel: DrumFeel | None = Field(
        default=None, description="half-time (the backbeat on 3) or double-time (on every and)."
    )
    lay_back_ms: float | None = Field(
        default=None, ge=-20, le=35,
        description="Milliseconds that backbeat and tune come after the beat: 18 laid back, -10 pushed.",
    )  # fmt: skip
    key_lift: int | None = Field(
        default=None, ge=0, le=7, description="Semitones that the last chorus lies higher; 0: no change of key."
    )
    leave_out: tuple[SectionKind, ...] | None = Field(
        default=None, description='Kinds of section that the song shall not have: "intro, solo".'
    )
    lyrics: str | None = Field(
        default=None,
        description="Words to sing: lines of text, [Verse], [Chorus] ..., chords in brackets.",
    )
    language: str | None = Field(default=None, description="Of the words: en, de, fr, es ...; found if left out.")
    ending: Ending | None = Field(
        default=None, description="fade, ritardando or cut; as the style's songs end if open."
    )
    seed: int = Field(default=0, ge=0, lt=2**63, description="The same seed gives the same notes.")

    @field_validator("lyrics")
    @classmethod
    def _readable_lyrics(cls, value: str | None) -> str | None:
        LYRIC_SIGNS.check(len(value or ""), "the lyrics")
        return value

    @field_validator("prompt")
    @classmethod
    def _readable_prompt(cls, value: str) -> str:
        PROMPT_SIGNS.check(len(value), "the prompt")
        return value
