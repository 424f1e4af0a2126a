"""What clients send and get: the request documents without paths, and answers.

A client never names a file of this machine: songs, uploads and soundfonts have names that the server gave.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from symbolic_music.pipeline.requests import CreateRequest, ExportRequest, ImportRequest
from symbolic_music.pipeline.song_export import FORMATS
from symbolic_music.song.cues import CueList
from symbolic_music.song.document import Document
from symbolic_music.song.edit import MOST_CHOICES, Edit, Lock, Locks, Operation
from symbolic_music.song.plan import SongPlan

# Names that the server gives; adopted folders may have shorter ones of the user's own.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
_NO_PATH: Any = Field(default=None, exclude=True)


class SongRequest(CreateRequest):
    """Make a song: what `create` takes. A seed that is left out is drawn, and said in the answer."""

    audio: str = Field(default="none", description="wav or none.")
    soundfont: SkipJsonSchema[None] = _NO_PATH
    like: SkipJsonSchema[None] = _NO_PATH
    plan: SongPlan | None = Field(default=None, description="A plan to use as it is; then nothing else may be said.")
    cues: CueList | None = Field(default=None, description="Music to picture: what happens when, how strong.")


class SongExportRequest(ExportRequest):
    """Write a song for other programs: what `export` takes."""

    soundfont: SkipJsonSchema[None] = _NO_PATH
    formats: tuple[str, ...] = Field(default=(), max_length=20, description=f"{', '.join(FORMATS)}.")
    game_pack: bool = Field(default=False, description="Also a game's music: loop, layers, stingers, transitions.")


class SongEditRequest(Edit):
    """Change a song: operations in order, or what is wanted in words; or versions to choose from."""

    words: str = Field(
        default="", max_length=2000,
        description='What is wanted: "make the last chorus bigger"; beside operations, what the history calls them.',
    )  # fmt: skip
    operations: tuple[Operation, ...] = Field(default=(), max_length=32, description="In order; else words are read.")
    choices: int | None = Field(default=None, ge=2, le=MOST_CHOICES, description="Write so many versions to choose.")

    @model_validator(mode="after")
    def _something(self) -> SongEditRequest:
        if not self.operations and not self.words.strip():
            raise ValueError('nothing is asked; say operations, or words such as "make the last chorus bigger"')
        return self


class WordsRequest(Document):
    """An edit in words."""

    words: str = Field(min_length=1, max_length=2000, description="What to change, as people say it.")


class LocksRequest(Locks):
    """What no edit may change."""

    locks: tuple[Lock, ...] = Field(default=(), max_length=100)


class UploadRequest(ImportRequest):
    """Make a song of an uploaded file: what `import` takes."""

    soundfont: SkipJsonSchema[None] = _NO_PATH
    upload_id: Name = Field(description="As POST /api/uploads answered.")
    like: Name | None = Field(default=None, description="The song that it was edited from.")


class Answer(BaseModel):
    """Something that the server says."""

    model_config = ConfigDict(frozen=True)


class Problem(Answer):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    hint: str | None = None
    errors: tuple[FieldProblem, ...] = ()


class FieldProblem(Answer):
    """What is wrong with one field."""

    pointer: str
    detail: str


class JobAnswer(Answer):
    """A job as it stands; ``song_id`` is the song that comes of it, or that it is about."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    song_id: str | None
    seed: int | None
    stage: str
    done: int
    total: int
    attempt: int
    created: float
    started: float | None
    finished: float | None
    result: dict[str, Any] | None
    problem: dict[str, Any] | None


class SongRow(Answer):
    """A song in the list."""

    id: str
    title: str
    created: float
    changed: float
    revision: int


class SongAnswer(SongRow):
    """A song: its plan in short, its tracks and files."""

    genre: str
    mood: str
    key: str
    tempo_qpm: float
    meter: str
    n_bars: int
    duration_sec: float
    seed: int
    sections: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    files: list[str]
    locks: list[dict[str, Any]]


class WishAnswer(Answer):
    """What was understood of an edit in words: to be shown, and sent as an edit."""

    words: str
    operations: list[dict[str, Any]]
    said: list[str]


class StateAnswer(Answer):
    """A state of a song in its history."""

    number: int
    is_present: bool
    words: str
    did: list[str]
    seed: int | None


class TakeAnswer(Answer):
    """A version to choose: what was done, and what differs from the song."""

    number: int
    did: list[str]
    differs: list[str]


class UploadAnswer(Answer):
    """A file that was sent."""

    id: str
    name: str
    bytes: int


class FilesAnswer(Answer):
    """The files of an export."""

    job_id: str
    files: list[str]


class Health(Answer):
    """Whether the server works."""

    version: str
    waiting: int
    running: int
    workers: int


Problem.model_rebuild()
