"""Corrections by hand: a note moved or taken out, a syllable written under the tune."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from symbolic_music.errors import EditError, InputError
from symbolic_music.limits import LYRIC_SIGNS
from symbolic_music.song.document import Document

MOST_CORRECTIONS = 500
_LAST_TICK = 2**30


class NoteCorrection(Document):
    """One note of one track as it is in the score, and what becomes of it; what is left out stays."""

    refusal: ClassVar[type[InputError]] = EditError

    schema_version: int = Field(default=1, exclude=True)
    track: str = Field(max_length=200, description="The track's name.")
    onset_tick: int = Field(ge=0, lt=_LAST_TICK, description="Where the note begins, in the score's ticks.")
    pitch: int = Field(ge=0, le=127, description="Its MIDI number.")
    to_onset_tick: int | None = Field(default=None, ge=0, lt=_LAST_TICK)
    to_duration_tick: int | None = Field(default=None, ge=1, lt=_LAST_TICK)
    to_pitch: int | None = Field(default=None, ge=0, le=127)
    remove: bool = Field(default=False, description="Take it out.")

    @model_validator(mode="after")
    def _something(self) -> NoteCorrection:
        moves = (self.to_onset_tick, self.to_duration_tick, self.to_pitch) != (None, None, None)
        if moves == self.remove:
            raise ValueError("say what becomes of the note: to_onset_tick, to_duration_tick, to_pitch, or remove")
        return self


class WordCorrection(Document):
    """What is sung on a note of the tune; nothing takes the syllable away, a hyphen at its end lets the word go on."""

    refusal: ClassVar[type[InputError]] = EditError

    schema_version: int = Field(default=1, exclude=True)
    onset_tick: int = Field(ge=0, lt=_LAST_TICK, description="Where the note begins, in the score's ticks.")
    text: str = Field(max_length=60)


class Corrections(Document):
    """What somebody corrected at once, one state of the song's history."""

    refusal: ClassVar[type[InputError]] = EditError

    schema_version: int = Field(default=1, exclude=True)
    notes: tuple[NoteCorrection, ...] = Field(default=(), max_length=MOST_CORRECTIONS)
    words: tuple[WordCorrection, ...] = Field(default=(), max_length=MOST_CORRECTIONS)
    lyrics: str | None = Field(
        default=None, min_length=1, max_length=LYRIC_SIGNS.most,
        description="A text for the whole tune, in place of the words that it has.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _something(self) -> Corrections:
        if not self.notes and not self.words and not self.lyrics:
            raise ValueError("nothing is corrected; say notes, words or lyrics")
        return self
