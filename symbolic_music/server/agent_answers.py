"""What the tools for agents answer: flat documents of a few lines, since a model reads every word of them."""

from __future__ import annotations

from pydantic import BaseModel


class MadeSong(BaseModel):
    """A song, or the job that makes it."""

    state: str
    song_id: str
    job_id: str
    seed: int | None = None
    title: str = ""
    key: str = ""
    tempo_qpm: float = 0
    meter: str = ""
    n_bars: int = 0
    duration_sec: float = 0
    sections: list[str] = []
    hits: list[str] = []
    preview: str = ""


class Made(BaseModel):
    """What was asked for, in words."""

    songs: list[MadeSong]
    next: str


class Progression(BaseModel):
    """Chords by bar, their numerals, what each does in the key, and the bits a chord that they surprise by."""

    chords: str
    degrees: str
    functions: str
    bits: float


class Progressions(BaseModel):
    """Ideas for chords, from the expected to the surprising."""

    key: str
    after: list[str]
    ideas: list[Progression]
    next: str


class Edited(BaseModel):
    """What was changed, and what differs now."""

    state: str
    song_id: str
    revision: int = 0
    job_id: str = ""
    did: list[str] = []
    differs: list[str] = []


class Exported(BaseModel):
    """Files of a song on this machine."""

    state: str
    job_id: str
    folder: str = ""
    files: list[str] = []


class Choices(BaseModel):
    """Names that may be used."""

    kind: str
    names: list[str]
    more: int = 0
