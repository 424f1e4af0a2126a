"""What songs of a style and of a mood usually are.

How dense, syncopated, long, wide and high the tune is, how coloured and quick the harmony, which key and mode, how
sections close. The numbers stand in ``tables/traits.yaml``, one line a style and one a mood, with their sources.
Grades are numbers from 0 in the order of ``GRADES``; a song draws one level of each trait, which its mood moves and
its sections differ from, so that it keeps its character from the first bar to the last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from symbolic_music.errors import InputError
from symbolic_music.song.document import Document, load_document
from symbolic_music.styles.style import Style, all_styles, load_style

TABLE = Path(__file__).parent / "tables" / "traits.yaml"
# The words of each trait, rising; they are those of the phrase model's conditions of the same names.
GRADES: dict[str, tuple[str, ...]] = {
    "density": ("0", "1", "2", "3", "4", "5"),
    "syncopation": ("0", "1", "2", "3"),
    "length": ("detached", "short", "long", "sung"),
    "leaps": ("0", "1", "2", "3"),
    "top": tuple(map(str, range(52, 91))),
    "colour": ("power", "triads", "sevenths", "extended"),
    "changes": ("slow", "bar", "half", "fast"),
}
# How far mood and section may take a song out of its style's own range: a sad punk song is still punk.
REACH = {"density": 1, "syncopation": 1, "length": 1, "leaps": 1, "top": 3, "colour": 0, "changes": 0}
# Grades (top: semitones) that full arousal adds: excited music is denser, shorter in its notes, wider and higher.
AROUSAL_SHIFT = {"density": 0.7, "syncopation": 0.3, "length": -0.6, "leaps": 0.4, "top": 1.5, "changes": 0.3}
# Traits of which people's songs have each grade of the range about as often.
EVEN = ("syncopation",)
# The tempo's factor gains less upwards than it loses downwards: styles have a usual fastest tempo.
TEMPO_GAIN, TEMPO_LOSS = 0.165, 0.27
INTENSITY_GAIN = 0.14
MINOR_ODDS = -3.0  # log odds of minor that full valence adds

Span = tuple[int, int]
Percent = Annotated[float, Field(ge=0, le=100)]
Axis = Annotated[float, Field(ge=-1, le=1)]


class StyleTraits(Document):
    """One style's line; ranges are grades, both ends included."""

    schema_version: int = Field(default=1, exclude=True)
    source: Literal["pop", "rock", "standard", "folk", "art", "hymn", "game"]
    density: Span
    syncopation: Span
    swing: Literal["straight", "swung", "any"]
    length: Span
    leaps: Span
    top: Span
    colour: Span
    changes: Span
    minor: Percent
    keys: str
    plagal: Percent
    open: Percent
    bars: Literal["free", "square", "twelve"]

    @field_validator(*GRADES, mode="before")
    @classmethod
    def _span(cls, value: object, info: Any) -> Span:
        """Read ``2-4``, ``short-sung`` or a single grade."""
        words = GRADES[info.field_name]
        ends = str(value).split("-")
        if not 1 <= len(ends) <= 2 or any(end not in words for end in ends):
            raise ValueError(f"write one or two of {', '.join(words)}, e.g. {words[0]}-{words[1]}")
        low, high = words.index(ends[0]), words.index(ends[-1])
        if low > high:
            raise ValueError("the lower end comes first")
        return low, high


class SectionTraits(Document):
    """How a kind of section differs from the song's level, in grades and semitones."""

    schema_version: int = Field(default=1, exclude=True)
    density: float = 0
    length: float = 0
    leaps: float = 0
    top: float = 0


class Mood(Document):
    """A mood by valence (sad -1 to glad 1) and arousal (still -1 to excited 1), and what it has of its own.

    ``minor`` replaces the log odds that follow from valence; the other traits are added, in grades.
    """

    schema_version: int = Field(default=1, exclude=True)
    valence: Axis
    arousal: Axis
    minor: float | None = None
    density: float = 0
    syncopation: float = 0
    length: float = 0
    leaps: float = 0
    top: float = 0
    colour: float = 0

    @property
    def tempo(self) -> float:
        """Where in a style's range the tempo lies: 1 anywhere, above 1 in the upper part."""
        return 1 + self.arousal * (TEMPO_GAIN if self.arousal > 0 else TEMPO_LOSS)

    @property
    def intensity(self) -> float:
        """What the mood adds to a section's intensity of 0 to 1."""
        return INTENSITY_GAIN * self.arousal

    @property
    def minor_odds(self) -> float:
        """Log odds of minor that the mood adds to the style's."""
        return MINOR_ODDS * self.valence if self.minor is None else self.minor

    def shift(self, trait: str) -> float:
        """What the mood adds to a trait, in grades."""
        return AROUSAL_SHIFT.get(trait, 0.0) * self.arousal + float(getattr(self, trait, 0.0))


Tonics = dict[str, Annotated[float, Field(gt=0)]]


class TraitTable(Document):
    """The whole file."""

    schema_version: int = Field(default=1, exclude=True)
    styles: dict[str, StyleTraits]
    sections: dict[str, SectionTraits]
    moods: dict[str, Mood]
    titles: dict[str, tuple[str, ...]]
    keys: dict[str, dict[Literal["major", "minor"], Tonics]]


@dataclass(frozen=True)
class Character:
    """What one song is like throughout: its style's line, and the level of each trait that was drawn, in grades."""

    style: StyleTraits
    levels: Mapping[str, float]

    def in_section(self, kind: str, more: Mapping[str, float] | None = None) -> dict[str, str]:
        """Say what the song is like in a kind of section, in the words of the phrase model's conditions.

        ``more`` is what one of its phrases adds of its own, in grades.
        """
        section = trait_table().sections[kind]
        words = {trait: GRADES[trait][self._grade(trait, section, (more or {}).get(trait, 0.0))] for trait in GRADES}
        return {"source": self.style.source, "swing": self.style.swing, **words}

    def _grade(self, trait: str, section: SectionTraits, more: float) -> int:
        """The grade in a section, within reach of the style's range."""
        low, high = getattr(self.style, trait)
        level = math.floor(self.levels[trait] + getattr(section, trait, 0.0) + more)
        # A verse lies under the song's highest note by more than the mood's reach.
        lowest = low - REACH[trait] + (min(0.0, section.top) if trait == "top" else 0)
        return int(min(max(level, lowest, 0), high + REACH[trait], len(GRADES[trait]) - 1))


@cache
def trait_table() -> TraitTable:
    """Read the table once.

    Raises
    ------
    InputError
        If a line is not valid; the message names it, its field and what is wrong.
    """
    return load_document(TraitTable, TABLE, InputError)


def traits_of_style(style: Style | str) -> StyleTraits:
    """Find a style's line; a style without one has that of the style it is played like, or its family's usual one.

    Raises
    ------
    InputError
        If there is no such style.
    """
    style = load_style(style) if isinstance(style, str) else style
    lines = trait_table().styles
    for name in (style.name, style.heard_as):
        if name in lines:
            return lines[name]
    known = [other for other in all_styles() if other.name in lines]
    kin = [other for other in known if other.family == style.family] or [o for o in known if o.genre == style.genre]
    return lines[max(kin, key=lambda other: other.usual).name if kin else "pop"]


def find_mood(name: str) -> Mood:
    """Find a mood; one that the table does not have is neutral."""
    moods = trait_table().moods
    return moods.get(name, moods["neutral"])


def draw_character(style: Style | str, mood: str, rng: np.random.Generator) -> Character:
    """Draw what a song is like: a level within each of its style's ranges, the middle most often, moved by the mood.

    Parameters
    ----------
    style : Style or str
        The song's style.
    mood : str
        One of ``MOODS``.
    rng : numpy Generator
        Chance; the same gives the same song.
    """
    line, feeling = traits_of_style(style), find_mood(mood)
    levels = {}
    for trait in GRADES:
        low, high = getattr(line, trait)
        draws = rng.random(2)
        # The mean of two: POP909's grades lie so around their middle one, but for those that lie evenly.
        place = draws[0] if trait in EVEN else draws.mean()
        levels[trait] = low + (high + 1 - low) * float(place) + feeling.shift(trait)
    return Character(line, levels)


def minor_share(style: Style | str, mood: str) -> float:
    """The share of a style's songs that are in minor in a mood, 0 to 1."""
    share = min(max(traits_of_style(style).minor / 100, 0.01), 0.99)
    return 1 / (1 + math.exp(-(math.log(share / (1 - share)) + find_mood(mood).minor_odds)))


def tonics_of(style: Style | str, mode: str) -> Mapping[str, float]:
    """How often a style's songs have each tonic, as weights."""
    keys = trait_table().keys[traits_of_style(style).keys]
    return keys["minor" if mode == "minor" else "major"]
