"""What a worker does: one verb for each kind of job, from a request to files in a folder.

What a verb needs is loaded with it, so that the program that only hands jobs on and a worker that only begins need not
wait for it.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from symbolic_music.errors import InputError

if TYPE_CHECKING:
    from symbolic_music.budget import Progress
    from symbolic_music.pipeline.sink import FinishedBars
    from symbolic_music.server.documents import SongEditRequest
    from symbolic_music.song.document import Document
    from symbolic_music.song.edit import Edit

_Request = TypeVar("_Request", bound="Document")
ARCHIVE = "all.zip"
# Called as (kind, data): something that the client wants to hear of before the end.
Tell = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Task:
    """One job as its worker sees it: ``folder`` is empty, to be filled; ``song`` and ``upload`` are there to read."""

    kind: str
    request: Mapping[str, Any]
    folder: Path
    song: Path | None
    upload: Path | None


def do_task(task: Task, progress: Progress, tell: Tell) -> dict[str, Any]:
    """Do one job.

    Returns
    -------
    dict
        What to say of it: a song's title, the names of files.

    Raises
    ------
    SymbolicMusicError
        If it cannot be done.
    """
    doers = {"create": _create, "import": _import, "export": _export, "edit": _edit}
    return doers[task.kind](task, progress, tell)


def _read(request: type[_Request], task: Task) -> _Request:
    """Read what is asked."""
    from symbolic_music.song.document import parse_document

    return parse_document(request, dict(task.request), "request", InputError)


def _create(task: Task, progress: Progress, tell: Tell) -> dict[str, Any]:
    """Make a song's folder from a brief."""
    from symbolic_music.pipeline import create
    from symbolic_music.server.documents import SongRequest

    request = _read(SongRequest, task)
    tell("brief", {"title": request.brief.title, "seed": request.brief.seed})
    telling = _Telling(tell)
    options = replace(request.options(request.plan, progress), cues=request.cues, on_opening=telling.begin)
    song = create(request.brief, task.folder, options, telling)
    return {"title": song.plan.title, "seed": song.plan.seed, "duration_sec": round(song.duration_sec, 2)}


@dataclass(frozen=True)
class _Telling:
    """A sink that tells the client of each section's bars, in the form that a song's notes have."""

    tell: Tell

    def begin(self, bars: FinishedBars) -> None:
        """Tell of the first bars, to be heard while the rest is written."""
        self._say("opening", bars)

    def put(self, bars: FinishedBars) -> None:
        """Tell of the next bars."""
        self._say("bars", bars)

    def _say(self, kind: str, bars: FinishedBars) -> None:
        """Say some bars."""
        from symbolic_music.formats.score_data import score_data

        said = score_data(bars.piece)
        place = {"section": bars.section, "first_bar": bars.first, "n_bars": bars.n_bars}
        own = said["bars"][bars.first : bars.first + bars.n_bars]
        self.tell(kind, {**place, "start_tick": bars.start_tick, **said, "bars": own})

    def end(self) -> None:
        """Say nothing: the song itself is what comes next."""


def _import(task: Task, progress: Progress, tell: Tell) -> dict[str, Any]:
    """Make a song's folder from an uploaded file."""
    from symbolic_music.pipeline.reimport import ImportOptions, import_song
    from symbolic_music.server.documents import UploadRequest

    assert task.upload is not None
    request = _read(UploadRequest, task)
    options = ImportOptions(task.song, request.audio, None, progress)
    song = import_song(task.upload, task.folder, options)
    return {"title": song.plan.title, "seed": song.plan.seed, "duration_sec": round(song.duration_sec, 2)}


def _edit(task: Task, progress: Progress, tell: Tell) -> dict[str, Any]:
    """Change a copy of a song's folder, which takes the song's place at the end."""
    from symbolic_music.pipeline.songs import EditOptions, edit_folder
    from symbolic_music.server.documents import SongEditRequest

    assert task.song is not None
    request = _read(SongEditRequest, task)
    shutil.copytree(task.song, task.folder, dirs_exist_ok=True)
    asked = _asked(request, task.folder)
    made = edit_folder(task.folder, asked, EditOptions(choices=request.choices, on_progress=progress))
    takes = [take.model_dump(mode="json") for take in made.takes]
    return {
        "title": made.song.plan.title, "understood": [one.said for one in asked.operations], "did": list(made.did),
        "differs": list(made.differs)[:40], "takes": takes,
    }  # fmt: skip


def _asked(request: SongEditRequest, folder: Path) -> Edit:
    """What is asked: the operations, or what the words say of the song as it is now."""
    from symbolic_music.pipeline.songs import read_words
    from symbolic_music.song.edit import Edit

    if request.operations:
        return Edit(words=request.words, operations=request.operations, seed=request.seed)
    return read_words(folder, request.words).model_copy(update={"seed": request.seed})


def _export(task: Task, progress: Progress, tell: Tell) -> dict[str, Any]:
    """Write a song for other programs, and all of it in one archive."""
    from symbolic_music.server.documents import SongExportRequest

    assert task.song is not None
    request = _read(SongExportRequest, task)
    formats = [*request.formats, *(["stems"] if request.stems and "stems" not in request.formats else [])]
    if formats:
        from symbolic_music.pipeline.song_export import SongExportOptions, export_song

        export_song(task.song, formats, task.folder, SongExportOptions(request.audio, None, progress))
    if request.game_pack:
        from symbolic_music.games import export_game

        export_game(task.song, task.folder / "game", request.game().options(progress))
    files = sorted(path.relative_to(task.folder).as_posix() for path in task.folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(task.folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files:
            archive.write(task.folder / name, name)
    return {"files": [*files, ARCHIVE]}
