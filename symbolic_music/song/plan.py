"""The song plan: sections, their phrases, and why.

Sections and phrases state their length in bars; positions are derived. A
phrase's ``source`` names an earlier phrase that it repeats or varies.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, model_validator

from symbolic_music.errors import InputError, PlanError
from symbolic_music.limits import BARS
from symbolic_music.song.bars import BarLines, lines_of
from symbolic_music.song.brief import SECTION_KINDS as SECTION_KINDS
from symbolic_music.song.brief import DrumFeel, Ending, Genre, Mood
from symbolic_music.song.chance import heard_seed
from symbolic_music.song.document import Document
from symbolic_music.song.notebook import draw_for_notebook
from symbolic_music.song.score import TempoChange, say_seconds, ticks_to_seconds
from symbolic_music.song.spans import section_bars
from symbolic_music.song.values import ChartText, KeyValue, LineValue, MeterValue, StyleName, listed, one_of
from symbolic_music.theory.meter import TPQ, Meter

CADENCES = ("authentic", "half", "plagal", "deceptive", "open")
RELATIONS = ("new", "repeat", "variation")
ROLES = ("melody", "chords", "bass", "drums", "pad", "countermelody", "line")
MAX_PHRASE_BARS = 16
# What happens in a section. Stop, break, build and riser lie in its last bars, the others concern it as a whole.
EVENTS = ("opening line", "answers", "stop", "break", "breakdown", "build", "riser", "drop", "key lift", "last word")


class PlannedPhrase(Document):
    """One phrase: its material's letter, length, cadence and where it comes from; ``take`` asks for another version.

    ``meter`` is its section's where it is not said. A bar of 2/4 inside a phrase is a phrase of one bar between two.
    ``words`` are what is sung in it, a note for every syllable (``song.words``).
    """

    refusal: ClassVar[type[InputError]] = PlanError

    schema_version: int = Field(default=1, exclude=True)
    name: str
    letter: str
    n_bars: int = Field(ge=1, le=MAX_PHRASE_BARS)
    meter: MeterValue | None = None
    cadence: Annotated[str, listed(CADENCES)] = "open"
    relation: Annotated[str, listed(RELATIONS)] = "new"
    source: str | None = None
    sung: bool = True
    words: LineValue | None = None
    take: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _consistent(self) -> PlannedPhrase:
        if self.cadence not in CADENCES:
            raise ValueError(f"cadence {self.cadence!r} is not one of {', '.join(CADENCES)}")
        if self.relation not in RELATIONS:
            raise ValueError(f"relation {self.relation!r} is not one of {', '.join(RELATIONS)}")
        if (self.relation == "new") != (self.source is None):
            raise ValueError(f"phrase {self.name!r}: a repeat or variation names its source, a new phrase none")
        if self.words is not None and not self.sung:
            raise ValueError(f"phrase {self.name!r} has words, but sung is false; take one of them out")
        return self


Event = Annotated[str, AfterValidator(lambda value: one_of(value, EVENTS, "event")), listed(EVENTS)]


class PlannedEvent(Document):
    """Something that happens in a section, and why: one of ``EVENTS``, in its last ``n_bars`` bars or in all of it."""

    refusal: ClassVar[type[InputError]] = PlanError

    schema_version: int = Field(default=1, exclude=True)
    kind: Event
    n_bars: int | None = Field(default=None, ge=1)
    reason: str = ""


class PlannedSection(Document):
    """A named part of the form, its phrases, key, intensity and players.

    ``meter`` and ``tempo_qpm`` are the song's where they are not said. Without ``roles`` those play whom the
    song's style has at the section's intensity. ``chords`` is a chart (``"C | Am F"``, degrees in the section's key)
    that loops through the section.
    """

    refusal: ClassVar[type[InputError]] = PlanError

    schema_version: int = Field(default=1, exclude=True)
    name: str
    kind: Annotated[str, listed(SECTION_KINDS)]
    n_bars: int = Field(ge=1)
    key: KeyValue
    meter: MeterValue | None = None
    tempo_qpm: float | None = Field(default=None, ge=30, le=260)
    intensity: float = Field(ge=0, le=1)
    roles: tuple[Annotated[str, listed(ROLES)], ...] | None = None
    chords: ChartText | None = None
    phrases: tuple[PlannedPhrase, ...]
    reason: str = ""
    events: tuple[PlannedEvent, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> PlannedSection:
        if self.kind not in SECTION_KINDS:
            raise ValueError(f"section {self.name!r}: kind {self.kind!r} is not one of {', '.join(SECTION_KINDS)}")
        total = sum(phrase.n_bars for phrase in self.phrases)
        if total != self.n_bars:
            raise ValueError(
                f"section {self.name!r} has n_bars {self.n_bars}, but its phrases have {total} bars together"
            )
        unknown = sorted(set(self.roles or ()) - set(ROLES))
        if unknown:
            raise ValueError(f"section {self.name!r}: role {unknown[0]!r} is not one of {', '.join(ROLES)}")
        return self


class SongPlan(Document):
    """The whole hierarchy of a song.

    Without ``style`` the band plays in a usual one of the genre. ``chords`` is a chart that loops through every section
    that has none of its own. ``swing`` is the share of a quarter that its first eighth takes, where it is another than
    the style's; ``drum_feel`` is half-time or double-time; ``lay_back_ms`` how many milliseconds after the beat
    backbeat and tune are played (before it: pushed); ``ending`` how it ends, where otherwise than the style's songs.
    ``heard`` are the words that chance hears beside
    the seed: prompt, genre, mood and style as they were asked for. ``figures`` are bars of its own for the
    band, written as those of a style's file, and ``traits`` what its tune and chords are asked to be like; both come
    from a reference. ``language`` is the words' (``en``), where they are in one that we know. ``compass`` says by how
    many semitones the tune's range in C major or A minor is moved: whatever a song's key, its singer reaches the same
    notes.
    """

    refusal: ClassVar[type[InputError]] = PlanError

    title: str = "Untitled"
    genre: Genre = "pop"
    mood: Mood = "neutral"
    style: StyleName | None = None
    tempo_qpm: float = Field(ge=30, le=260)
    meter: MeterValue = Meter(4, 4)
    n_bars: int = Field(ge=1, le=BARS.most)
    band: tuple[str, ...] | None = None
    chords: ChartText | None = None
    swing: float | None = Field(default=None, ge=0.5, le=0.75)
    drum_feel: DrumFeel | None = None
    lay_back_ms: float | None = Field(default=None, ge=-20, le=35)
    ending: Ending | None = None
    seed: int = 0
    heard: str = ""
    figures: tuple[dict[str, Any], ...] | None = None
    traits: dict[str, str] | None = None
    language: str | None = None
    compass: int = Field(default=0, ge=-6, le=6)
    sections: tuple[PlannedSection, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> SongPlan:
        total = sum(section.n_bars for section in self.sections)
        if total != self.n_bars:
            raise ValueError(f"n_bars is {self.n_bars}, but the sections have {total} bars together")
        sections = [section.name for section in self.sections]
        if len(set(sections)) < len(sections):
            raise ValueError("two sections have the same name; section names must differ")
        earlier: dict[str, PlannedPhrase] = {}
        meters: dict[str, Meter] = {}
        for section in self.sections:
            for phrase in section.phrases:
                _check_source(phrase, earlier)
                earlier[phrase.name] = phrase
                meters[phrase.name] = self.meter_of(section, phrase)
                if phrase.relation == "repeat" and meters[phrase.name] != meters[phrase.source or ""]:
                    raise ValueError(f"phrase {phrase.name!r} repeats {phrase.source!r} but is in another meter")
        return self

    @property
    def chance_seed(self) -> int:
        """What all chance of the song comes from."""
        return heard_seed(self.seed, self.heard)

    @property
    def section_ticks(self) -> tuple[int, ...]:
        """The sections' first bar lines."""
        return tuple(self.lines.tick_of(bar) for bar in section_bars(self))

    @property
    def lines(self) -> BarLines:
        """Every bar line, with the meters between."""
        return lines_of(
            tuple((self.meter_of(own, phrase), phrase.n_bars) for own in self.sections for phrase in own.phrases)
        )

    @property
    def tempos(self) -> tuple[TempoChange, ...]:
        """The tempo at the start and wherever a section changes it, in engine ticks."""
        changes: list[TempoChange] = []
        for section, tick in zip(self.sections, self.section_ticks, strict=True):
            if not changes or changes[-1].qpm != self.tempo_of(section):
                changes.append(TempoChange(tick, self.tempo_of(section)))
        return tuple(changes)

    @property
    def meters(self) -> frozenset[Meter]:
        """Every meter of the song."""
        return frozenset(change.meter for change in self.lines.changes())

    def meter_of(self, section: PlannedSection, phrase: PlannedPhrase | None = None) -> Meter:
        """A section's meter, or a phrase's in it: its own, else the section's, else the song's."""
        own = phrase.meter if phrase is not None else None
        return own or section.meter or self.meter

    def tempo_of(self, section: PlannedSection) -> float:
        """A section's tempo: its own, else the song's."""
        return section.tempo_qpm or self.tempo_qpm

    def __repr__(self) -> str:
        return (
            f"SongPlan({self.title!r}: {len(self.sections)} sections, {self.n_bars} bars of {self.meter},"
            f" {self.sections[0].key}, {self.tempo_qpm:g} quarters a minute, {say_seconds(self.duration_sec)})"
        )

    __str__ = __repr__

    def _repr_svg_(self) -> str | None:
        """Show a notebook the timeline."""
        return draw_for_notebook(self)

    @property
    def duration_sec(self) -> float:
        """Length in seconds at the plan's tempos."""
        return ticks_to_seconds(self.lines.end_tick, self.tempos, TPQ)


def _check_source(phrase: PlannedPhrase, earlier: dict[str, PlannedPhrase]) -> None:
    """Check one phrase's name and source against the phrases before it."""
    if phrase.name in earlier:
        raise ValueError(f"two phrases are named {phrase.name!r}")
    if phrase.source is None:
        return
    if phrase.source not in earlier:
        raise ValueError(f"phrase {phrase.name!r}: source {phrase.source!r} is not an earlier phrase")
    if phrase.relation == "repeat" and earlier[phrase.source].n_bars != phrase.n_bars:
        raise ValueError(f"phrase {phrase.name!r} repeats {phrase.source!r} but has another length")
