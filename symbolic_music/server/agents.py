"""The tools for agents (MCP): compose, edit, describe, find chords, export, list choices; songs as resources; prompts.

Few tools that go together, flat arguments with plain defaults, answers of a few lines: a model reads every word of
them. What takes longer than a client waits goes on as a job, and `describe` tells of it later.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from pydantic import Field, WithJsonSchema
from starlette.concurrency import run_in_threadpool

from symbolic_music.errors import EditError, InputError, SymbolicMusicError
from symbolic_music.pipeline.requests import ChordsRequest
from symbolic_music.pipeline.song_export import FORMATS
from symbolic_music.pipeline.wishes import draw_seed
from symbolic_music.server.agent_answers import Choices, Edited, Exported, Made, Progressions
from symbolic_music.server.agent_tools import (
    Wanted,
    choices_of,
    compose,
    describe,
    edit,
    edit_at_once,
    export,
    find_chords,
    read_cues,
    read_value,
)
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from symbolic_music.song.brief import MOODS
from symbolic_music.song.cues import DEFAULT_STRENGTH, MOST_CUES, MOST_SEC
from symbolic_music.song.document import parse_document
from symbolic_music.song.edit import WHAT, Operation

INSTRUCTIONS = (
    "Makes whole songs as editable MIDI. compose first, then describe to read what was written before you change"
    " anything. Songs have ids; a job that is not finished has one too: describe it again a little later. Names of"
    " styles, moods and instruments come from list_choices; never invent them."
)
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


def make_agents(service: Service) -> MCPServer[Any]:
    """Make the MCP server of a service; its workers are somebody else's to start."""
    server: MCPServer[Any] = MCPServer("symbolic-music", instructions=INSTRUCTIONS, version=_version())
    _add_writing_tools(server, service)
    _add_reading_tools(server, service)
    _add_other_tools(server, service)
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


def _add_writing_tools(server: MCPServer[Any], service: Service) -> None:
    """Tools that make and change songs."""

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
            return await compose(service, ctx, Wanted(fields, seed, read_cues(cues)), previews)

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
                return await run_in_threadpool(edit_at_once, service, song_id, do, value, said)
            operation = parse_document(Operation, said | {do: read_value(do, value)}, "edit", EditError)
            return await edit(service, ctx, song_id, operation)


def _add_reading_tools(server: MCPServer[Any], service: Service) -> None:
    """Tools that say what a song is, and how chords could go on."""

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
            return await run_in_threadpool(describe, service, song_id, detail, from_bar, to_bar, part)

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
            return await run_in_threadpool(find_chords, service, request)


def _add_other_tools(server: MCPServer[Any], service: Service) -> None:
    """Tools that write files and list names."""

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
            return await export(service, ctx, song_id, format)

    @server.tool(name="list_choices")
    async def list_choices_tool(
        kind: Annotated[
            Literal["style", "mood", "genre", "instrument", "key", "meter", "section", "format", "song"],
            Field(description="Of what."),
        ],
        search: Annotated[str, Field(description="Only names that have this in them.")] = "",
    ) -> Choices:
        """List names that the other tools take, and the songs that there are."""
        return await run_in_threadpool(choices_of, service, kind, search)


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
