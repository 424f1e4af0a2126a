"""The routes of REST under /api: each reads a document, asks the service, and answers with a document."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from symbolic_music.server import choices, events
from symbolic_music.server.documents import (
    FilesAnswer,
    Health,
    JobAnswer,
    LocksRequest,
    SongAnswer,
    SongEditRequest,
    SongExportRequest,
    SongRequest,
    SongRow,
    StateAnswer,
    TakeAnswer,
    UploadAnswer,
    UploadRequest,
    WishAnswer,
    WordsRequest,
)
from symbolic_music.server.jobs import Job
from symbolic_music.server.problems import answers
from symbolic_music.server.service import Service
from symbolic_music.song.correction import Corrections

router = APIRouter(prefix="/api", responses=answers(403, 422))


def _service(request: Request) -> Service:
    """The service of the app."""
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


Here = Annotated[Service, Depends(_service)]
SongId = Annotated[str, Path(description="A song's id.", max_length=64)]
JobId = Annotated[str, Path(description="A job's id.", max_length=64)]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key and request give the same job."),
]
TakeNumber = Annotated[int, Path(ge=1, le=99, description="A version's number.")]
Presets = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{1,3}-[0-9]{1,3}(,[0-9]{1,3}-[0-9]{1,3}){0,31}$",
        description='Bank and program of each, "0-33,128-0"; drums have bank 128.',
    ),
]
Revision = Annotated[
    int | None,
    Header(alias="If-Match", ge=1, le=2**53, description="The song's revision; refused if it is another by now."),
]
LastId = Annotated[str | None, Header(alias="Last-Event-ID", description="Go on after this event.")]
_MADE: dict[int | str, dict[str, Any]] = {
    202: {"description": "Queued."},
    200: {"description": "Asked for before.", "model": JobAnswer},
}
_EVENT = {"type": "object", "properties": {name: {"type": "string"} for name in ("id", "event", "data", "retry")}}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events.", "content": {"text/event-stream": {"schema": _EVENT}}}
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "A range of it.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    400: {"description": "The range cannot be read.", "content": {"*/*": {"schema": {"type": "string"}}}},
    416: {"description": "The range is not in the file.", "content": {"*/*": {"schema": {"type": "string"}}}},
}


@router.get("/health")
def health(service: Here) -> Health:
    """Say whether the server works."""
    from symbolic_music import __version__

    waiting, running = service.jobs.count("queued"), service.jobs.count("running")
    return Health(version=__version__, waiting=waiting, running=running, workers=len(service.keepers))


@router.get("/choices", responses={304: {"description": "As you have it."}})
def get_choices(if_none_match: Annotated[str | None, Header()] = None) -> dict[str, Any]:
    """List what may be asked for: styles, instruments, moods, keys, meters, formats, ranges."""
    said = choices.list_choices()
    tag = f'"{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})  # type: ignore[return-value]
    return JSONResponse(said, headers={"ETag": tag})  # type: ignore[return-value]


@router.post("/songs", status_code=202, response_model=JobAnswer, responses=_MADE | answers(400, 429))
def make_song(request: SongRequest, response: Response, service: Here, key: Key = None) -> JobAnswer:
    """Make a song: queue a job; the song's id is in the answer."""
    return _queued(response, *service.make_song(request, key))


@router.get("/songs")
def list_songs(service: Here) -> list[SongRow]:
    """List the songs, the last changed first."""
    return [SongRow(**row) for row in service.library.songs()]


@router.get("/songs/{song_id}", responses=answers(404))
def get_song(song_id: SongId, service: Here) -> SongAnswer:
    """Say what a song is: plan in short, tracks, files."""
    return SongAnswer(**service.describe_song(song_id))


@router.delete("/songs/{song_id}", status_code=204, responses=answers(404))
def delete_song(song_id: SongId, service: Here) -> None:
    """Remove a song for good."""
    service.delete_song(song_id)


@router.get("/songs/{song_id}/plan", responses=answers(404))
def get_plan(song_id: SongId, service: Here) -> dict[str, Any]:
    """The song's plan: sections, phrases, reasons."""
    return service.plan(song_id).model_dump(mode="json")


@router.get("/songs/{song_id}/notes", responses=answers(404))
def get_notes(song_id: SongId, service: Here) -> dict[str, Any]:
    """All tracks' notes in columns, with bars, chords, sections, words, for drawing and playing."""
    from symbolic_music.formats.score_data import score_data

    return score_data(service.score(song_id))


@router.get("/songs/{song_id}/pages", responses=answers(404, 503))
def get_pages(song_id: SongId, service: Here) -> list[str]:
    """The lead sheet engraved: one SVG a page."""
    return service.pages(song_id)


@router.get("/songs/{song_id}/files/{name}", response_class=FileResponse, responses=_FILE | answers(404, 503))
def get_file(song_id: SongId, name: Annotated[str, Path(max_length=100)], service: Here) -> FileResponse:
    """One of the song's files, or picture.png, picture.svg, preview.ogg, soundfont.sf2; ranges are answered."""
    return FileResponse(service.file(song_id, name), headers={"Cache-Control": "no-cache"})


@router.get("/soundfont", response_class=FileResponse, responses=_FILE | answers(400, 503))
def get_soundfont(presets: Presets, service: Here) -> FileResponse:
    """A soundfont that has these presets and no others, for a page that plays before there is a song."""
    return FileResponse(
        service.soundfont(presets), media_type="audio/x-soundfont", headers={"Cache-Control": "max-age=3600"}
    )


@router.post(
    "/songs/{song_id}/exports", status_code=202, response_model=JobAnswer, responses=_MADE | answers(400, 404, 429)
)
def export_song(
    song_id: SongId, request: SongExportRequest, response: Response, service: Here, key: Key = None
) -> JobAnswer:
    """Write a song for other programs: queue a job; its files are under /api/jobs/ID/files."""
    return _queued(response, *service.export_song(song_id, request, key))


@router.post(
    "/songs/{song_id}/edits", status_code=202, response_model=JobAnswer, responses=_MADE | answers(400, 404, 409, 429)
)
def edit_song(
    song_id: SongId, request: SongEditRequest, response: Response, service: Here, key: Key = None,
    revision: Revision = None,
) -> JobAnswer:  # fmt: skip
    """Change a song, or write versions to choose from: queue a job."""
    return _queued(response, *service.edit_song(song_id, request, key, revision))


@router.post("/songs/{song_id}/wishes", responses=answers(400, 404))
def read_wish(song_id: SongId, request: WordsRequest, service: Here) -> WishAnswer:
    """Read an edit in words and say what was understood; nothing is changed yet."""
    edit = service.read_words(song_id, request.words)
    operations = [one.model_dump(mode="json", exclude_defaults=True) for one in edit.operations]
    return WishAnswer(words=edit.words, operations=operations, said=[one.said for one in edit.operations])


@router.post("/songs/{song_id}/undo", responses=answers(404, 409))
def undo(song_id: SongId, service: Here, revision: Revision = None) -> SongAnswer:
    """Go back to the state before the last change."""
    return SongAnswer(**service.step(song_id, "undo", revision))


@router.post("/songs/{song_id}/redo", responses=answers(404, 409))
def redo(song_id: SongId, service: Here, revision: Revision = None) -> SongAnswer:
    """Take up again what was undone last."""
    return SongAnswer(**service.step(song_id, "redo", revision))


@router.post("/songs/{song_id}/corrections", responses=answers(400, 404, 409))
def correct(song_id: SongId, request: Corrections, service: Here, revision: Revision = None) -> SongAnswer:
    """Correct notes and words by hand, at once; a part that was corrected is locked in its section."""
    return SongAnswer(**service.correct(song_id, request, revision))


@router.get("/songs/{song_id}/history", responses=answers(404))
def get_history(song_id: SongId, service: Here) -> list[StateAnswer]:
    """List the song's states: what was asked and done."""
    return [StateAnswer(**state) for state in service.history(song_id)]


@router.get("/songs/{song_id}/takes", responses=answers(404))
def get_takes(song_id: SongId, service: Here) -> list[TakeAnswer]:
    """List the versions that wait to be chosen."""
    return [TakeAnswer(**take) for take in service.takes(song_id)]


@router.get("/songs/{song_id}/takes/{number}/notes", responses=answers(404))
def get_take_notes(song_id: SongId, number: TakeNumber, service: Here) -> dict[str, Any]:
    """One version's notes, as those of the song."""
    from symbolic_music.formats.score_data import score_data

    return score_data(service.take_score(song_id, number))


@router.post("/songs/{song_id}/takes/{number}", responses=answers(404, 409))
def pick_take(song_id: SongId, number: TakeNumber, service: Here, revision: Revision = None) -> SongAnswer:
    """Make one of the versions the song."""
    return SongAnswer(**service.pick(song_id, number, revision))


@router.post("/songs/{song_id}/locks", responses=answers(400, 404, 409))
def lock(song_id: SongId, request: LocksRequest, service: Here) -> SongAnswer:
    """Lock things, so that no edit changes them."""
    return SongAnswer(**service.lock(song_id, request.locks, opens=False))


@router.post("/songs/{song_id}/unlock", responses=answers(400, 404, 409))
def unlock(song_id: SongId, request: LocksRequest, service: Here) -> SongAnswer:
    """Open locks; all of them if none is named."""
    return SongAnswer(**service.lock(song_id, request.locks, opens=True))


@router.post(
    "/uploads", status_code=201, responses=answers(400, 411, 413),
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {
        "schema": {"type": "string", "format": "binary"}}}}},
)  # fmt: skip
async def upload(
    request: Request, service: Here, name: Annotated[str, Query(max_length=200, description="The file's name.")]
) -> UploadAnswer:
    """Send a file to be read as a song as the body: MIDI, DAWproject, MusicXML, ABC, chords as text, sound."""
    data = await request.body()
    return UploadAnswer(**await run_in_threadpool(service.library.keep_upload, name, data))


@router.post("/imports", status_code=202, response_model=JobAnswer, responses=_MADE | answers(400, 404, 429))
def import_song(request: UploadRequest, response: Response, service: Here, key: Key = None) -> JobAnswer:
    """Make a song of an upload: queue a job."""
    return _queued(response, *service.import_song(request, key))


@router.get("/jobs")
def list_jobs(
    service: Here,
    state: Annotated[str | None, Query(pattern="^(queued|running|done|failed|cancelled)$")] = None,
    most: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[JobAnswer]:
    """List the jobs, the newest first."""
    return [_say(job) for job in service.jobs.latest(most, state)]


@router.get("/jobs/{job_id}", responses=answers(404))
def get_job(job_id: JobId, service: Here) -> JobAnswer:
    """Say how far a job is."""
    return _say(service.jobs.get(job_id))


@router.delete("/jobs/{job_id}", status_code=202, responses=answers(404))
def cancel_job(job_id: JobId, service: Here) -> JobAnswer:
    """Cancel a job; one that has ended stays as it is."""
    return _say(service.jobs.cancel(job_id))


@router.get("/jobs/{job_id}/events", response_class=EventSourceResponse, responses=_STREAM | answers(404))
def job_events(job_id: JobId, service: Here, last_id: LastId = None, once: bool = False) -> Response:
    """Follow a job until it ends, from its beginning or after the event named."""
    after = events.read_last_id(last_id)
    service.jobs.get(job_id)
    return events.stream(service, after or 0, job_id, once)


@router.get("/events", response_class=EventSourceResponse, responses=_STREAM)
def all_events(service: Here, last_id: LastId = None, once: bool = False) -> Response:
    """Follow all jobs, from now on or after the event named; ``once``: what there is, from the beginning."""
    after = events.read_last_id(last_id)
    if after is None:
        after = 0 if once else service.jobs.last_event()
    return events.stream(service, after, None, once)


@router.get("/jobs/{job_id}/files", responses=answers(404))
def list_files(job_id: JobId, service: Here) -> FilesAnswer:
    """List what an export wrote."""
    return FilesAnswer(job_id=job_id, files=service.library.export_files(job_id))


@router.get("/jobs/{job_id}/files/{name:path}", response_class=FileResponse, responses=_FILE | answers(404))
def get_export(job_id: JobId, name: Annotated[str, Path(max_length=300)], service: Here) -> FileResponse:
    """One file of an export; all.zip is all of it."""
    found = service.library.export_file(job_id, name)
    return FileResponse(found, filename=found.name)


def _queued(response: Response, job: Job, is_new: bool) -> JobAnswer:
    """Say a job that was asked for, and where it is."""
    response.headers["Location"] = f"/api/jobs/{job.id}"
    if not is_new:
        response.status_code = 200
    return _say(job)


def _say(job: Job) -> JobAnswer:
    """Say a job."""
    return JobAnswer(**{name: getattr(job, name) for name in JobAnswer.model_fields})
