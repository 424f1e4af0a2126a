"""Cues of a picture: when something happens, what, and how strong; and where they fall in the music."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator, model_validator

from symbolic_music.errors import BriefError, FileFormatError, InputError
from symbolic_music.limits import read_text_file
from symbolic_music.song.document import Document, parse_document

# Frames a second that a SMPTE offset can say; 29.97 counts 30 and leaves two numbers out a minute.
FRAME_RATES = (24.0, 25.0, 29.97, 30.0)
MOST_CUES, MOST_SEC = 200, 1200.0
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_SMPTE = re.compile(r"(\d+):([0-5]\d):([0-5]\d)[:;]([0-2]\d)")
_END_WORDS = ("end", "the end", "fin", "out")
DEFAULT_STRENGTH = 0.6


class Cue(Document):
    """One moment: seconds from the picture's start, what happens, how strong (0 to 1)."""

    refusal: ClassVar[type[InputError]] = BriefError

    schema_version: int = Field(default=1, exclude=True)
    at_sec: float = Field(ge=0, le=MOST_SEC, description="Seconds from the picture's start.")
    what: str = Field(default="", max_length=200, description='What happens; "end" is the end of the music.')
    strength: float = Field(default=DEFAULT_STRENGTH, ge=0, le=1, description="How strong, 0 to 1.")

    @property
    def is_end(self) -> bool:
        """Whether the music ends here."""
        return self.what.strip().lower() in _END_WORDS


class CueList(Document):
    """All cues of a picture in order, and the time code that its first frame has."""

    refusal: ClassVar[type[InputError]] = BriefError

    cues: tuple[Cue, ...] = Field(min_length=1, max_length=MOST_CUES)
    start: str = Field(default="00:00:00:00", description="Time code of the first frame, hh:mm:ss:ff.")
    frame_rate: float = Field(default=25.0, description="Frames a second: 24, 25, 29.97 or 30.")

    @field_validator("frame_rate")
    @classmethod
    def _known_rate(cls, value: float) -> float:
        if value not in FRAME_RATES:
            raise ValueError(f"{value:g} frames a second are not possible; use 24, 25, 29.97 or 30")
        return value

    @field_validator("start")
    @classmethod
    def _time_code(cls, value: str) -> str:
        if _SMPTE.fullmatch(value) is None or int(value[: value.index(":")]) > 23:
            raise ValueError(f"{value!r} is no time code; write hh:mm:ss:ff, such as 01:00:00:00")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> CueList:
        times = [cue.at_sec for cue in self.cues]
        if times != sorted(times):
            raise ValueError("the cues must be in order of time")
        if any(cue.is_end for cue in self.cues[:-1]):
            raise ValueError("the end must be the last cue")
        if int(self.start[-2:]) >= round(self.frame_rate):
            raise ValueError(f"{self.start!r} has a frame that {self.frame_rate:g} frames a second do not have")
        return self


def read_cues(path: str | Path, start: str = "00:00:00:00", frame_rate: float = 25.0) -> CueList:
    """Read cues from a table with commas, semicolons or tabs: time, what happens, how strong.

    A first line without a time is a heading. Times are seconds (``12.5``), clock (``1:02.5``) or time code
    (``01:00:12:05``, counted from ``start``). Strength is 0 to 1, or up to 100 with a ``%``; 0.6 if left out.

    Raises
    ------
    FileFormatError
        If the table cannot be read; the message says the line.
    BriefError
        If the cues are not in order.
    """
    text = read_text_file(path)
    first = text.splitlines()[0] if text.strip() else ""
    mark = max(";\t,", key=first.count)
    cues: list[Cue] = []
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=mark), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        at = _read_time(cells[0], start, frame_rate)
        if at is None:
            if not cues and number <= 2:
                continue  # the heading
            raise FileFormatError(
                f"{path}: line {number}: {cells[0][:40]!r} is no time", "write 12.5, 1:02.5 or 00:00:12:05"
            )
        fields = {"at_sec": at, "what": cells[1] if len(cells) > 1 else ""}
        if len(cells) > 2 and cells[2]:
            fields["strength"] = _read_strength(cells[2], f"{path}: line {number}")
        cues.append(parse_document(Cue, fields, f"{path}: line {number}", FileFormatError))
    if not cues:
        raise FileFormatError(f"{path}: there is no cue in it", "write a line for each: 12.5, door slams, 0.9")
    return parse_document(CueList, {"cues": cues, "start": start, "frame_rate": frame_rate}, str(path), BriefError)


def _read_time(text: str, start: str, frame_rate: float) -> float | None:
    """Read a time in seconds from the picture's start."""
    code = _SMPTE.fullmatch(text)
    if code is not None:
        return _frames(text, frame_rate) / frame_rate - _frames(start, frame_rate) / frame_rate
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        return None
    return value if value == value else None


def _frames(code: str, frame_rate: float) -> int:
    """Count a time code's frames; at 29.97 two numbers are left out each minute but the tenth."""
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", code))
    counted = round(frame_rate)
    total = ((hours * 60 + minutes) * 60 + seconds) * counted + frames
    if frame_rate == 29.97:
        passed = hours * 60 + minutes
        total -= 2 * (passed - passed // 10)
    return total


def _read_strength(text: str, where: str) -> float:
    """Read 0 to 1, or a share in percent."""
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise FileFormatError(f"{where}: strength {text[:40]!r} is no number", "write 0 to 1") from None
