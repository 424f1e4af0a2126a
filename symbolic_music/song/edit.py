"""What can be asked of a song that is there: operations on places, as one document; and locks.

An operation says *where* (section, phrase, bars, part; the whole song if nothing is said) and exactly one *what*.
The command line makes its options of these fields, and an agent sends the same document as JSON or YAML.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator, model_validator

from symbolic_music.errors import EditError, InputError
from symbolic_music.song.document import Document
from symbolic_music.song.plan import MAX_PHRASE_BARS, SECTION_KINDS
from symbolic_music.song.style_names import find_style_name
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import METERS, parse_meter

# What may be kept of a tune while the rest of it is new; chords may be kept under it.
KEEPABLE = ("rhythm", "pitches", "chords")
COLOURS = ("darker", "brighter")
LOCKABLE = ("all", "part", "rhythm", "pitches", "chords")
WHERE = ("section", "phrase", "bars", "part")
WHAT = (
    "take", "infill", "continue_bars", "vary", "reharmonize", "chords", "style", "band", "transpose", "key",
    "tempo_qpm", "faster", "meter", "intensity", "colour", "swing", "insert", "remove", "duplicate", "move", "swap",
    "length", "times", "longer", "tune", "harmony", "resolve", "fade", "notes", "like",
)  # fmt: skip
# What a tune, its chords and its players may become.
TUNE_SHAPES = ("simpler", "busier", "smoother", "leapier", "syncopated", "straighter", "catchier")
HARMONIES = ("richer", "plainer")
FADES = ("in", "out", "up", "down")
# What is done to the song as a whole, so that no place can be named.
WHOLE_SONG = ("style", "swing")
# What can be done to one part alone.
OF_PARTS = ("take", "infill", "vary", "reharmonize", "transpose", "intensity", "fade", "notes")
# What is done to whole sections.
WHOLE_SECTIONS = (
    "tempo_qpm",
    "faster",
    "meter",
    "colour",
    "remove",
    "duplicate",
    "move",
    "swap",
    "length",
    "times",
    "longer",
    "like",
)
MOST_CHOICES = 9
_INSERTED = re.compile(r"\s*([a-z-]+?)\s*(\d+)?\s*(?:bars?)?\s*", re.IGNORECASE)


class Operation(Document):
    """One change: where, and exactly one what."""

    refusal: ClassVar[type[InputError]] = EditError

    schema_version: int = Field(default=1, exclude=True)
    section: str | None = Field(
        default=None, description='Where: "chorus 2", "last chorus", "verse" (all of them), "chorus 1, chorus 2".'
    )
    phrase: str | None = Field(default=None, description="Where: a phrase by its name in the plan, such as verse.1.b.")
    bars: str | None = Field(default=None, description='Where: bars counted from 1, "9-12" or "9".')
    part: str | None = Field(
        default=None, description="Who: melody, chords (the harmony), band, or a player such as bass, drums, piano."
    )
    take: int | None = Field(default=None, ge=1, le=9999, description="Another version, by its number.")
    infill: bool = Field(default=False, description="Write these bars anew so that they lead from what is before on.")
    continue_bars: int | None = Field(default=None, ge=1, le=64, description="Go on for so many bars after the place.")
    vary: float | None = Field(default=None, ge=0, le=1, description="A variation: 0 (hardly) to 1 (hardly the same).")
    reharmonize: bool = Field(default=False, description="Other chords under the same tune.")
    chords: str | None = Field(
        default=None, min_length=1, max_length=400,
        description='These chords in these bars, the tune stays: "Am7 D7 | G"; a bar that is left out repeats them.',
    )  # fmt: skip
    style: str | None = Field(default=None, description='Another style of the band: "bossa nova".')
    band: str | None = Field(
        default=None,
        description='Who comes in or goes: "+cello -drums"; who alone plays: "only piano"; or all of them.',
    )
    transpose: int | None = Field(default=None, ge=-24, le=24, description="Semitones up, or down with a minus.")
    key: str | None = Field(default=None, description='Transpose to a key of the same mode: "D minor", "D".')
    tempo_qpm: float | None = Field(default=None, ge=30, le=260, description="Quarter notes a minute, 30 to 260.")
    faster: float | None = Field(default=None, ge=0.25, le=4, description="The tempo times this: 1.1, 0.9.")
    meter: str | None = Field(default=None, description=f"Write it anew in {', '.join(METERS)}.")
    intensity: float | None = Field(
        default=None, ge=-1, le=1, description="More or less of it: +0.2, -0.3; of single bars louder or softer."
    )
    colour: str | None = Field(default=None, description="darker (to minor) or brighter (to major).")
    swing: float | None = Field(
        default=None, ge=0.5, le=0.75, description="Share of the first eighth: 0.5 straight, 0.667 triplets, 0.75."
    )
    insert: str | None = Field(default=None, description='A new section: "bridge 8", with --before or --after.')
    remove: bool = Field(default=False, description="Take the sections out.")
    duplicate: bool = Field(default=False, description="Play the section again after itself, or where --after says.")
    move: bool = Field(default=False, description="Move the section to where --before or --after says.")
    swap: str | None = Field(default=None, description="Change places with this section.")
    length: int | None = Field(default=None, ge=1, le=128, description="Make the section so many bars long.")
    times: float | None = Field(default=None, ge=0.1, le=8, description="Make the section so many times as long.")
    longer: int | None = Field(
        default=None, ge=-64, le=64, description="Make the section so many bars longer, or shorter with a minus."
    )
    tune: str | None = Field(default=None, description=f"The tune reshaped: {', '.join(TUNE_SHAPES)}.")
    harmony: str | None = Field(
        default=None, description="The same chords richer (sevenths, ninths), or plainer (triads)."
    )
    resolve: bool = Field(default=False, description="Let the place end on the tonic, tune and chords.")
    fade: str | None = Field(default=None, description="Fade in or out; up and down are louder and softer by the end.")
    notes: float | None = Field(
        default=None, ge=0.1, le=2, description="A player with so many times its notes: 0.5 is half, 1.4 is busier."
    )
    like: str | None = Field(default=None, description="Play it as busily and by the same players as this section.")
    before: str | None = Field(default=None, description="A section that something is put before.")
    after: str | None = Field(default=None, description='A section that something is put after; "start" or "end".')
    keep: tuple[str, ...] = Field(default=(), description="What stays in a new version: rhythm, pitches, chords.")

    @field_validator("keep")
    @classmethod
    def _keepable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(KEEPABLE))
        if unknown:
            raise ValueError(f"{unknown[0]!r} cannot be kept; use {', '.join(KEEPABLE)}")
        if {"rhythm", "pitches"} <= set(value):
            raise ValueError("rhythm and pitches together are the whole tune; keep one of them")
        return value

    @field_validator("style")
    @classmethod
    def _known_style(cls, value: str | None) -> str | None:
        return None if value is None else find_style_name(value)

    @field_validator("meter")
    @classmethod
    def _readable_meter(cls, value: str | None) -> str | None:
        return None if value is None else str(parse_meter(value))

    @field_validator("key")
    @classmethod
    def _readable_key(cls, value: str | None) -> str | None:
        if value is None:
            return None
        key = parse_key(value)
        # A tonic alone stands for the mode that is there.
        return key.tonic if value.strip().lower() == key.tonic.lower() else str(key)

    @field_validator("colour")
    @classmethod
    def _known_colour(cls, value: str | None) -> str | None:
        if value not in (None, *COLOURS):
            raise ValueError(f"{value!r} is not one of {', '.join(COLOURS)}")
        return value

    @field_validator("tune", "harmony", "fade")
    @classmethod
    def _known_word(cls, value: str | None, info: ValidationInfo) -> str | None:
        words = {"tune": TUNE_SHAPES, "harmony": HARMONIES, "fade": FADES}[info.field_name or ""]
        if value is not None and value not in words:
            raise ValueError(f"{value!r} is not one of {', '.join(words)}")
        return value

    @field_validator("insert")
    @classmethod
    def _known_kind(cls, value: str | None) -> str | None:
        if value is not None:
            read_inserted(value)
        return value

    @model_validator(mode="after")
    def _one_thing(self) -> Operation:
        whats = self.whats
        if len(whats) != 1:
            said = f"{' and '.join(whats)} are said" if whats else "nothing is said to be done"
            raise ValueError(f"{said}; an operation does one of {', '.join(WHAT)}")
        what, where = whats[0], [name for name in WHERE if getattr(self, name) is not None]
        if what in WHOLE_SONG and where:
            raise ValueError(f"{what} is of the whole song; leave {where[0]} out")
        if what in WHOLE_SECTIONS and (self.phrase or self.bars):
            named = next(name for name in ("phrase", "bars") if getattr(self, name))
            raise ValueError(f"{what} is of whole sections; leave {named} out")
        if self.part is not None and what not in OF_PARTS:
            raise ValueError(f"{what} is everybody's; leave part out (of one part: {', '.join(OF_PARTS)})")
        if what == "notes" and self.part is None:
            raise ValueError("notes is of one player; say part")
        if sum(name in where for name in ("section", "phrase", "bars")) > 1:
            raise ValueError("say the place once: section, phrase or bars")
        if self.before is not None and self.after is not None:
            raise ValueError("before and after are both said; say one of them")
        return self

    @property
    def whats(self) -> tuple[str, ...]:
        """What is said to be done; one thing in a checked operation."""
        return tuple(name for name in WHAT if getattr(self, name) not in (None, False))

    @property
    def what(self) -> str:
        """What is done."""
        return self.whats[0]

    @property
    def who(self) -> str | None:
        """The part that it is about; of what is asked of the tune, the melody."""
        return "melody" if self.tune is not None else self.part

    @property
    def said(self) -> str:
        """The operation in words."""
        value = getattr(self, self.what)
        done = self.what if value is True else f"{self.what} {value:+g}" if self.what in _SIGNED else (
            f"{self.what} {value:g}" if isinstance(value, float) else f"{self.what} {value}"
        )  # fmt: skip
        where = ", ".join(str(getattr(self, name)) for name in WHERE if getattr(self, name) is not None)
        side = f" before {self.before}" if self.before else f" after {self.after}" if self.after else ""
        kept = f", {' and '.join(self.keep)} kept" if self.keep else ""
        return f"{where or 'the song'}: {done.replace('_', ' ')}{side}{kept}"


_SIGNED = ("intensity", "transpose", "longer")


class Edit(Document):
    """What is asked of a song: operations in order, each on the song as the one before left it.

    ``words`` are what somebody said, for the history; they are read by `symbolic_music.importing.wishes`.
    """

    refusal: ClassVar[type[InputError]] = EditError

    words: str = Field(default="", max_length=2000)
    operations: tuple[Operation, ...] = Field(min_length=1, max_length=32)
    seed: int | None = Field(default=None, ge=0, lt=2**63, description="Chance of the edit; the song's if left out.")


class Lock(Document):
    """What no edit may change: everything or one part of a section (of the song, if none is named), or of its tune."""

    refusal: ClassVar[type[InputError]] = EditError

    schema_version: int = Field(default=1, exclude=True)
    section: str | None = Field(default=None, description='Where: "chorus 2"; the whole song if left out.')
    part: str | None = Field(default=None, description="Who: melody, bass, drums, or a player; everybody if left out.")
    what: str = Field(default="all", description="all, or of the tune: rhythm, pitches; or chords.")

    @field_validator("what")
    @classmethod
    def _lockable(cls, value: str) -> str:
        if value not in LOCKABLE:
            raise ValueError(f"{value!r} cannot be locked; use {', '.join(LOCKABLE)}")
        return value

    @property
    def said(self) -> str:
        """The lock in words."""
        whose = self.part or ("everything" if self.what == "all" else self.what)
        if self.part and self.what not in ("all", "part"):
            whose = f"{self.what} of {self.part}"
        return f"{whose} in {self.section}" if self.section else f"{whose} in the whole song"


class Locks(Document):
    """All locks of a song."""

    refusal: ClassVar[type[InputError]] = EditError

    locks: tuple[Lock, ...] = ()


def read_inserted(text: str) -> tuple[str, int]:
    """Read a new section's kind and length, such as ``"bridge 8"``; 8 bars if it does not say.

    Raises
    ------
    EditError
        If it is no section's kind.
    """
    found = _INSERTED.fullmatch(text)
    kind = found[1].lower() if found else text
    if found is None or kind not in SECTION_KINDS:
        raise EditError(f"{text!r} is no new section; write a kind and bars: {', '.join(SECTION_KINDS)}, then 8")
    n_bars = int(found[2] or 8)
    if not 1 <= n_bars <= 4 * MAX_PHRASE_BARS:
        raise EditError(f"{text!r}: a section has 1 to {4 * MAX_PHRASE_BARS} bars")
    return kind, n_bars
