"""The tools for agents (MCP): compose, edit, describe, find chords, export, list choices; songs as resources; prompts.

Few tools that go together, flat arguments with plain defaults, answers of a few lines: a model reads every word of
them. What takes longer than a client waits goes on as a job, and `describe` tells of it later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from pydantic import BaseModel, Field, WithJsonSchema
from starlette.concurrency import run_in_threadpool

from symbolic_music.errors import BriefError, EditError, InputError, SymbolicMusicError
from symbolic_music.pipeline.requests import ChordsRequest
from symbolic_music.pipeline.song_export import FORMATS
from symbolic_music.pipeline.wishes import draw_seed
from symbolic_music.server.choices import list_choices
from symbolic_music.server.documents import SongEditRequest, SongExportRequest, SongRequest
from symbolic_music.server.events import follow
from symbolic_music.server.jobs import Job
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from symbolic_music.song.brief import MOODS, Brief
from symbolic_music.song.cues import DEFAULT_STRENGTH, MOST_CUES, MOST_SEC, CueList
from symbolic_music.song.document import parse_document
from symbolic_music.song.edit import WHAT, Lock, Operation
from symbolic_music.song.plan import SongPlan

INSTRUCTIONS = (
    "Makes whole songs as editable MIDI. compose first, then describe to read what was written before you change"
    " anything. Songs have ids; a job that is not finished has one too: describe it again a little later. Names of"
    " styles, moods and instruments come from list_choices; never invent them."
)
# Clients give up on a tool after half a minute or more; before that they are told that it goes on.
WAIT_SEC = 20.0
_MOST_CHOICES = 30
# What is done to a song without writing music.
AT_ONCE = ("undo", "redo", "lock", "unlock")
SongId = Annotated[str, Field(description="A song's id, from compose.")]
Seed = Annotated[int, Field(ge=-1, lt=2**31, description="The same seed gives the same song; -1 draws one.")]
Mood = Annotated[str, Field(description="A mood.", json_schema_extra={"enum": ["", *MOODS]})]
Style = Annotated[str, Field(description='The band\'s style, such as "bossa nova"; list_choices kind=style.')]
Key = Annotated[str, Field(description='Such as "D minor", "Bb" or "F#m".')]
_TIME = {"type": "number", "minimum": 0, "maximum": MOST_SEC, "description": "Seconds from the start."}
_STRENGTH = {"type": "number", "minimum": 0, "maximum": 1, "default": DEFAULT_STRENGTH}
# Written out: some clients drop a tool whose schema refers to another.
_CUE = {
    "type": "object", "required": ["time"], "additionalProperties": False,
    "properties": {"time": _TIME, "what": {"type": "string"}, "strength": _STRENGTH},
}  # fmt: skip
Cues = Annotated[
    list[dict[str, Any]],
    Field(max_length=MOST_CUES, description='Music to picture: hits in order of time; what "end" ends the music.'),
    WithJsonSchema({"type": "array", "items": _CUE}),
]


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


def make_agents(service: Service) -> MCPServer[Any]:
    """Make the MCP server of a service; its workers are somebody else's to start."""
    server: MCPServer[Any] = MCPServer("symbolic-music", instructions=INSTRUCTIONS, version=_version())
    _add_tools(server, service)
    _add_resources(server, service)
    _add_prompts(server)
    return server


def run_agents(options: ServerOptions) -> None:
    """Serve one agent over standard input and output, until it goes."""
    service = Service(options)
    with service.running():
        make_agents(service).run("stdio")


def _version() -> str:
    """The program's version."""
    from symbolic_music import __version__

    return __version__


def _add_tools(server: MCPServer[Any], service: Service) -> None:
    """The tools; what is theirs to do is below."""

    @server.tool(name="compose")
    async def compose_tool(
        ctx: Context[Any, Any],
        brief: Annotated[str, Field(description="What is wanted, in words: mood, style, length, instruments.")] = "",
        style: Style = "",
        mood: Mood = "",
        key: Key = "",
        tempo: Annotated[float, Field(ge=0, le=260, description="Quarter notes a minute; 0 leaves it open.")] = 0,
        bars: Annotated[int, Field(ge=0, le=400, description="Length in bars, 4 or more; 0 leaves it open.")] = 0,
        seconds: Annotated[float, Field(ge=0, le=1200, description="Or length in time; 0 leaves it open.")] = 0,
        chords: Annotated[str, Field(description='A progression that loops, one chord a bar: "C G Am F".')] = "",
        form: Annotated[str, Field(description='Sections and bars: "intro4 verse8 chorus8 outro4".')] = "",
        cues: Cues = [],  # noqa: B006
        seed: Seed = -1,
        previews: Annotated[
            int, Field(ge=1, le=3, description="Different songs of the same brief, to choose from.")
        ] = 1,
    ) -> Made:
        """Make a song, or up to three to choose from; says form, key, tempo and chords of each."""
        said: dict[str, Any] = {
            "prompt": brief, "style": style, "mood": mood, "key": key, "tempo_qpm": tempo, "n_bars": bars,
            "duration_sec": seconds, "chords": chords, "form": form,
        }  # fmt: skip
        fields = {name: value for name, value in said.items() if value}
        with _told():
            return await _compose(service, ctx, Wanted(fields, seed, _cues(cues)), previews)

    @server.tool(name="edit")
    async def edit_tool(
        ctx: Context[Any, Any],
        song_id: SongId,
        do: Annotated[str, Field(description="What to do.", json_schema_extra={"enum": [*WHAT, *AT_ONCE]})],
        value: Annotated[
            str,
            Field(
                description='How: take "2", vary "0.3", transpose "2", intensity "+0.2", insert "bridge 8", band'
                ' "+cello -drums", style, key, tempo_qpm ...; what to lock; empty for the others.'
            ),
        ] = "",
        section: Annotated[str, Field(description='Where: "chorus 2", "last chorus", "verse" (all of them).')] = "",
        bars: Annotated[str, Field(description='Or where: bars from 1, "9-12".')] = "",
        part: Annotated[str, Field(description="Who: melody, chords, band, or a player such as bass.")] = "",
        before: Annotated[str, Field(description="Put it before this section.")] = "",
        after: Annotated[str, Field(description='Or after it; "start", "end".')] = "",
        keep: Annotated[str, Field(description="What stays in a new version: rhythm, pitches or chords.")] = "",
    ) -> Edited:
        """Change one thing in a song, or undo, redo, lock, unlock; all outside the place stays note for note."""
        where = {"section": section, "bars": bars, "part": part, "before": before, "after": after}
        said = {name: text for name, text in where.items() if text} | ({"keep": [keep]} if keep else {})
        with _told():
            if do in AT_ONCE:
                return await run_in_threadpool(_at_once, service, song_id, do, value, said)
            operation = parse_document(Operation, said | {do: _value(do, value)}, "edit", EditError)
            return await _edit(service, ctx, song_id, operation)

    @server.tool(name="describe")
    async def describe_tool(
        song_id: Annotated[str, Field(description="A song's id, or a job's.")],
        detail: Annotated[
            Literal["summary", "chords", "melody", "notes"], Field(description="How much; notes needs a part.")
        ] = "summary",
        from_bar: Annotated[int, Field(ge=1, le=2000, description="First bar, from 1.")] = 1,
        to_bar: Annotated[int, Field(ge=0, le=2000, description="Last bar; 0 is the end.")] = 0,
        part: Annotated[str, Field(description="A player's name, for notes.")] = "",
    ) -> str:
        """Read a song as text: form and chords, numerals, the tune, or a part's notes (16 bars at once)."""
        with _told():
            return await run_in_threadpool(_describe, service, song_id, detail, from_bar, to_bar, part)

    @server.tool(name="find_chords")
    async def find_chords_tool(
        key: Key = "",
        after: Annotated[
            str, Field(description='The chords so far, a bar each: "Am F" or "i VI"; empty begins a progression.')
        ] = "",
        bars: Annotated[int, Field(ge=1, le=8, description="Length of an idea in bars.")] = 4,
        count: Annotated[int, Field(ge=1, le=16, description="How many ideas.")] = 6,
        seed: Seed = -1,
    ) -> Progressions:
        """Find how chords could go on, from the expected to the surprising: numerals, functions, surprise in bits."""
        said: dict[str, Any] = {"key": key or None, "after": after, "n_bars": bars, "number": count}
        with _told():
            said |= {"seed": seed if seed >= 0 else draw_seed()}
            request = parse_document(ChordsRequest, said, "chords", InputError)
            return await run_in_threadpool(_find_chords, service, request)

    @server.tool(name="export")
    async def export_tool(
        ctx: Context[Any, Any],
        song_id: SongId,
        format: Annotated[
            str, Field(description="What to write.", json_schema_extra={"enum": [*FORMATS, "game"]})
        ] = "midi",
    ) -> Exported:
        """Write a song's files for other programs: MIDI, sheet music, stems, DAW projects, a game's music."""
        with _told():
            return await _export(service, ctx, song_id, format)

    @server.tool(name="list_choices")
    async def list_choices_tool(
        kind: Annotated[
            Literal["style", "mood", "genre", "instrument", "key", "meter", "section", "format", "song"],
            Field(description="Of what."),
        ],
        search: Annotated[str, Field(description="Only names that have this in them.")] = "",
    ) -> Choices:
        """List names that the other tools take, and the songs that there are."""
        return await run_in_threadpool(_choices, service, kind, search)


def _add_resources(server: MCPServer[Any], service: Service) -> None:
    """A song's documents, picture and sound."""

    @server.resource("song://{song_id}/plan", name="plan", mime_type="application/json", description="The plan.")
    async def plan(song_id: str) -> str:
        with _missing():
            return (await run_in_threadpool(service.plan, song_id)).model_dump_json(exclude_none=True)

    @server.resource(
        "song://{song_id}/leadsheet", name="leadsheet", mime_type="application/vnd.recordare.musicxml+xml",
        description="The lead sheet as MusicXML.",
    )  # fmt: skip
    async def leadsheet(song_id: str) -> str:
        with _missing():
            path = await run_in_threadpool(service.file, song_id, "lead.musicxml")
            return path.read_text(encoding="utf-8")

    @server.resource("song://{song_id}/picture", name="picture", mime_type="image/png", description="A piano roll.")
    async def picture(song_id: str) -> bytes:
        with _missing():
            return (await run_in_threadpool(service.file, song_id, "picture.png")).read_bytes()

    @server.resource(
        "song://{song_id}/preview", name="preview", mime_type="audio/ogg", description="The first half minute."
    )
    async def preview(song_id: str) -> bytes:
        with _missing():
            return (await run_in_threadpool(service.file, song_id, "preview.ogg")).read_bytes()


def _add_prompts(server: MCPServer[Any]) -> None:
    """Ways to begin."""

    @server.prompt(name="write_a_song", description="Write a song together, step by step.")
    def write_a_song(about: str = "summer") -> str:
        return (
            f"Let us write a song about {about}. Ask me for mood and style in one question (list_choices has the"
            " names). Then compose two previews of 16 bars, describe both in a sentence each, and let me choose. After"
            " that make the whole song with the chosen seed, read its chords with describe, and say what you would"
            " change and why."
        )

    @server.prompt(name="hold_music", description="Music for people who wait.")
    def hold_music(mood: str = "calm", minutes: str = "3") -> str:
        return (
            f"Make {mood} hold music of {minutes} minutes: no voice in front, an even level, nothing that surprises."
            " Use compose with seconds, describe its summary, and export it as stems so that I can hear it."
        )

    @server.prompt(name="cue_for_a_video", description="Music to picture.")
    def cue_for_a_video(scene: str = "a sunrise over a city", seconds: str = "40") -> str:
        return (
            f"Write music for a video: {scene}, {seconds} seconds. Ask me where the hits are (time and how strong)."
            f" Compose with these as cues and what 'end' at {seconds}, and say when each hit is heard. Describe the"
            " song and say in a sentence what the music does at each of them."
        )


@dataclass(frozen=True)
class Wanted:
    """What songs are asked for: fields of a brief, a seed (-1 draws one), cues of a picture."""

    fields: dict[str, Any]
    seed: int
    cues: CueList | None


def _cues(said: list[dict[str, Any]]) -> CueList | None:
    """Read cues as the tool takes them."""
    rows = [{"at_sec" if name == "time" else name: value for name, value in cue.items()} for cue in said]
    return parse_document(CueList, {"cues": rows}, "cues", BriefError) if rows else None


async def _compose(service: Service, ctx: Context[Any, Any], wanted: Wanted, count: int) -> Made:
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


def _find_chords(service: Service, request: ChordsRequest) -> Progressions:
    """Find ideas, and say them as `chords` does."""
    found = service.find_chords(request)
    return Progressions(
        key=str(found.key), after=found.after_symbols, ideas=[Progression.model_validate(row) for row in found.rows],
        next="compose with key, and chords set to one of them, lets it be heard",
    )  # fmt: skip


async def _edit(service: Service, ctx: Context[Any, Any], song_id: str, operation: Operation) -> Edited:
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


def _at_once(service: Service, song_id: str, do: str, value: str, said: dict[str, Any]) -> Edited:
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


def _value(do: str, text: str) -> object:
    """Read a text as the operation's field has it: true where nothing more is to say."""
    if Operation.model_fields[do].annotation is bool:
        return True
    if not text:
        raise EditError(f"{do} needs a value", str(Operation.model_fields[do].description))
    return text.removeprefix("+") if do in ("intensity", "transpose") else text


async def _export(service: Service, ctx: Context[Any, Any], song_id: str, format: str) -> Exported:
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


def _describe(service: Service, song_id: str, detail: str, from_bar: int, to_bar: int, part: str) -> str:
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


def _choices(service: Service, kind: str, search: str) -> Choices:
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


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Let a tool's errors reach the model in our words: other exceptions' texts are withheld from it."""
    try:
        yield
    except SymbolicMusicError as failure:
        raise ToolError(str(failure)) from None


@contextlib.contextmanager
def _missing() -> Iterator[None]:
    """Say what is wrong with a resource."""
    try:
        yield
    except SymbolicMusicError as failure:
        raise ResourceError(str(failure)) from None
