"""What the tools for agents do: queue a job, wait as long as a client does, and say what came of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from starlette.concurrency import run_in_threadpool

from symbolic_music.errors import BriefError, EditError, SymbolicMusicError
from symbolic_music.pipeline.requests import ChordsRequest
from symbolic_music.server.agent_answers import Choices, Edited, Exported, Made, MadeSong, Progression, Progressions
from symbolic_music.server.choices import list_choices
from symbolic_music.server.documents import SongEditRequest, SongExportRequest, SongRequest
from symbolic_music.server.events import follow
from symbolic_music.server.jobs import Job
from symbolic_music.server.service import Service
from symbolic_music.song.brief import Brief
from symbolic_music.song.cues import CueList
from symbolic_music.song.document import parse_document
from symbolic_music.song.edit import Lock, Operation
from symbolic_music.song.plan import SongPlan

# Clients give up on a tool after half a minute or more; before that they are told that it goes on.
WAIT_SEC = 20.0
_MOST_CHOICES = 30


@dataclass(frozen=True)
class Wanted:
    """What songs are asked for: fields of a brief, a seed (-1 draws one), cues of a picture."""

    fields: dict[str, Any]
    seed: int
    cues: CueList | None


def read_cues(said: list[dict[str, Any]]) -> CueList | None:
    """Read cues as the tool takes them."""
    rows = [{"at_sec" if name == "time" else name: value for name, value in cue.items()} for cue in said]
    return parse_document(CueList, {"cues": rows}, "cues", BriefError) if rows else None


async def compose(service: Service, ctx: Context[Any, Any], wanted: Wanted, count: int) -> Made:
    """Queue songs and wait for them, as long as a client does."""
    jobs = [await run_in_threadpool(_ask, service, wanted, number) for number in range(count)]
    ended = await _wait(service, ctx, jobs)
    songs = [await run_in_threadpool(_say_song, service, job) for job in ended]
    failed = [job for job in ended if job.state in ("failed", "cancelled")]
    if failed and len(failed) == len(ended):
        raise ToolError(_said(failed[0].problem))
    waiting = any(song.state in ("queued", "running") for song in songs)
    return Made(
        songs=songs,
        next="describe a job_id in a few seconds" if waiting else "describe reads a song; export writes its files",
    )


def _ask(service: Service, wanted: Wanted, number: int) -> Job:
    """Queue one song of several with one brief."""
    own: dict[str, Any] = {} if wanted.seed < 0 else {"seed": wanted.seed + number}
    # What is not set makes no other request of it.
    cues: dict[str, Any] = {} if wanted.cues is None else {"cues": wanted.cues}
    return service.make_song(SongRequest(brief=Brief(**wanted.fields, **own), **cues))[0]


def find_chords(service: Service, request: ChordsRequest) -> Progressions:
    """Find ideas, and say them as `chords` does."""
    found = service.find_chords(request)
    return Progressions(
        key=str(found.key), after=found.after_symbols, ideas=[Progression.model_validate(row) for row in found.rows],
        next="compose with key, and chords set to one of them, lets it be heard",
    )  # fmt: skip


async def edit(service: Service, ctx: Context[Any, Any], song_id: str, operation: Operation) -> Edited:
    """Queue a change and wait for it."""
    job, _ = await run_in_threadpool(service.edit_song, song_id, SongEditRequest(operations=(operation,)))
    (ended,) = await _wait(service, ctx, [job])
    if ended.state in ("failed", "cancelled"):
        raise ToolError(_said(ended.problem))
    result = ended.result or {}
    revision = service.library.song(song_id)["revision"]
    return Edited(
        state=ended.state, song_id=song_id, revision=revision, job_id=ended.id, did=result.get("did", []),
        differs=result.get("differs", [])[:20],
    )  # fmt: skip


def edit_at_once(service: Service, song_id: str, do: str, value: str, said: dict[str, Any]) -> Edited:
    """Undo, redo, lock or unlock."""
    if do in ("undo", "redo"):
        song = service.step(song_id, do)
        state = next(entry for entry in service.history(song_id) if entry["is_present"])
        return Edited(state="done", song_id=song_id, revision=song["revision"], did=[do, *state["did"]])
    fields = {name: said[name] for name in ("section", "part") if name in said} | ({"what": value} if value else {})
    locks = () if do == "unlock" and not fields else (parse_document(Lock, fields, do, EditError),)
    song = service.lock(song_id, locks, opens=do == "unlock")
    held = [Lock(**one).said for one in song["locks"]]
    return Edited(
        state="done", song_id=song_id, revision=song["revision"], did=[f"locked now: {', '.join(held) or 'nothing'}"]
    )


def read_value(do: str, text: str) -> object:
    """Read a text as the operation's field has it: true where nothing more is to say."""
    if Operation.model_fields[do].annotation is bool:
        return True
    if not text:
        raise EditError(f"{do} needs a value", str(Operation.model_fields[do].description))
    return text.removeprefix("+") if do in ("intensity", "transpose") else text


async def export(service: Service, ctx: Context[Any, Any], song_id: str, format: str) -> Exported:
    """Queue an export and wait for it."""
    wanted = SongExportRequest(game_pack=True) if format == "game" else SongExportRequest(formats=(format,))
    job, _ = await run_in_threadpool(service.export_song, song_id, wanted)
    (ended,) = await _wait(service, ctx, [job])
    if ended.state in ("failed", "cancelled"):
        raise ToolError(_said(ended.problem))
    if ended.state != "done":
        return Exported(state=ended.state, job_id=ended.id)
    files = list((ended.result or {}).get("files", ()))
    return Exported(
        state="done", job_id=ended.id, folder=str(service.library.export_folder(ended.id)), files=files[:40]
    )


def describe(service: Service, song_id: str, detail: str, from_bar: int, to_bar: int, part: str) -> str:
    """Say a song, or how far its job is."""
    from symbolic_music.pipeline.describing import describe_song

    if song_id.startswith("j"):
        with contextlib.suppress(SymbolicMusicError):
            job = service.jobs.get(song_id)
            if job.state != "done":
                how = _said(job.problem) if job.problem else f"{job.stage} {job.done} of {job.total}"
                return f"job {job.id}: {job.state}, {how}"
            song_id = str(job.song_id)
    last = service.plan(song_id).n_bars
    return describe_song(service.library.song_folder(song_id), detail, (from_bar, to_bar or last), part)


def choices_of(service: Service, kind: str, search: str) -> Choices:
    """Find names."""
    tables = list_choices()
    if kind == "song":
        names = [f"{row['id']}: {row['title']}" for row in service.library.songs()]
    else:
        rows = tables["section_kinds" if kind == "section" else f"{kind}s"]
        names = [row if isinstance(row, str) else row["name"] for row in rows]
    found = [name for name in names if search.strip().lower() in name.lower()]
    return Choices(kind=kind, names=found[:_MOST_CHOICES], more=max(0, len(found) - _MOST_CHOICES))


def _say_song(service: Service, job: Job) -> MadeSong:
    """Say a song that was made, or its job."""
    said = MadeSong(state=job.state, song_id=str(job.song_id), job_id=job.id, seed=job.seed)
    if job.state != "done":
        return said
    plan: SongPlan = service.plan(str(job.song_id))
    # A picture's tempo map is the score's alone.
    seconds = round((job.result or {}).get("duration_sec", plan.duration_sec), 1)
    chords = dict(service.chord_lines(str(job.song_id)))
    sections = [f"{s.name} ({s.n_bars} bars, {s.key}): {chords[s.name]}" for s in plan.sections]
    return said.model_copy(update={
        "title": plan.title, "key": str(plan.sections[0].key), "tempo_qpm": plan.tempo_qpm, "meter": str(plan.meter),
        "n_bars": plan.n_bars, "duration_sec": seconds, "sections": sections[:12],
        "hits": service.hit_lines(str(job.song_id)), "preview": f"song://{job.song_id}/preview",
    })  # fmt: skip


async def _wait(service: Service, ctx: Context[Any, Any], jobs: list[Job]) -> list[Job]:
    """Wait for jobs, telling how far they are; an agent that cancels the call cancels them."""
    names = {job.id: index for index, job in enumerate(jobs)}
    if not all(job.is_ended for job in jobs):
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_SEC):
                    await _until_ended(service, ctx, names)
        except asyncio.CancelledError:
            for name in names:
                service.jobs.cancel(name)
            raise
    return [await run_in_threadpool(service.jobs.get, name) for name in names]


async def _until_ended(service: Service, ctx: Context[Any, Any], names: dict[str, int]) -> None:
    """Report the jobs' events until all have ended."""
    told, step = 0.0, 0.0
    stream: AsyncIterator[Any] = follow(service, service.jobs.last_event(), None)
    async for events in stream:
        for event in events:
            if event.job_id in names and event.kind == "stage" and event.data["total"]:
                step = min(0.99, event.data["done"] / event.data["total"])
                told = max(told + 0.001, names[event.job_id] + step)
                await ctx.report_progress(told, len(names), str(event.data["stage"]))
        ended = [await run_in_threadpool(service.jobs.get, name) for name in names]
        if all(job.is_ended for job in ended):
            return


def _said(problem: Any) -> str:
    """Say a problem with its hint."""
    return "; ".join(str(problem[name]) for name in ("title", "hint") if problem and problem.get(name))
