"""The tools for agents, asked by the SDK's own client: in memory, over standard input, over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

pytest.importorskip("mcp", reason="the extra 'server'")

import soundfile
from fastapi.testclient import TestClient
from mcp import Client, StdioServerParameters, stdio_client

from symbolic_music.pipeline.over_chords import ideas_for
from symbolic_music.pipeline.requests import ChordsRequest
from symbolic_music.server.agents import make_agents
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from tests.rendering.fonts import make_soundfont
from tests.server.conftest import QUICK

ROOT = Path(__file__).resolve().parents[2]
SERVE = (
    "import sys; from pathlib import Path; from symbolic_music.server.options import ServerOptions;"
    " from symbolic_music.server.service import Service; from symbolic_music.server.agents import make_agents;"
    " from symbolic_music.server.app import make_app; from symbolic_music.server.run import listen, serve_app;"
    f" service = Service(ServerOptions(Path(sys.argv[1])), {QUICK!r});"
)
# A noisy library must not get among the answers.
STDIO = " print('noise', file=sys.stderr); service.start(); make_agents(service).run('stdio'); service.stop()"
HTTP = " place = listen('127.0.0.1', 0); print(place.getsockname()[1], flush=True); serve_app(make_app(service), place)"


@asynccontextmanager
async def _client(transport: str, home: Path) -> AsyncIterator[Client]:
    """Connect to a server of its own process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if transport == "stdio":
        start = StdioServerParameters(command=sys.executable, args=["-c", SERVE + STDIO, str(home)], env=environment)
        async with Client(stdio_client(start)) as client:
            yield client
        return
    command = [sys.executable, "-c", SERVE + HTTP, str(home)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        async with Client(f"http://127.0.0.1:{int(server.stdout.readline())}/mcp") as client:
            yield client
    finally:
        server.terminate()
        server.wait(20)
        if server.stdout is not None:
            server.stdout.close()


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_an_agent_makes_reads_and_exports_a_song(transport: str, quick_home: Path) -> None:
    async def talk() -> None:
        async with _client(transport, quick_home) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} >= {
                "compose", "edit", "describe", "find_chords", "export", "list_choices",
            }  # fmt: skip
            told: list[float] = []

            async def progress(done: float, total: float | None, message: str | None) -> None:
                told.append(done)

            made = await client.call_tool(
                "compose", {"brief": "quick", "bars": 8, "seed": 3, "previews": 2}, progress_callback=progress
            )
            song, other = made.structured_content["songs"]
            assert song["song_id"] != other["song_id"] and (song["n_bars"], other["seed"]) == (40, 4)
            assert "|" in song["sections"][0] and told == sorted(told) and told
            asked = {"song_id": song["song_id"], "detail": "melody", "to_bar": 2}
            assert (await client.call_tool("describe", asked)).content[0].text.startswith("bar 1: ")
            if transport == "http":
                return  # the tools are the same
            change = {"song_id": song["song_id"], "do": "transpose", "value": "+2"}
            changed = (await client.call_tool("edit", change)).structured_content
            assert changed["revision"] == 2 and "transpose +2" in changed["did"][0]
            undone = await client.call_tool("edit", {"song_id": song["song_id"], "do": "undo"})
            assert undone.structured_content["revision"] == 3
            nothing = await client.call_tool("edit", {"song_id": song["song_id"], "do": "take"})
            assert nothing.is_error and "needs a value" in nothing.content[0].text
            files = (await client.call_tool("export", {"song_id": song["song_id"], "format": "abc"})).structured_content
            assert (Path(files["folder"]) / "lead.abc").read_text(encoding="utf-8").startswith("X:")
            wrong = await client.call_tool("compose", {"style": "bosa nova"})
            assert wrong.is_error and "bossa nova" in wrong.content[0].text
            plan = await client.read_resource(f"song://{song['song_id']}/plan")
            assert json.loads(plan.contents[0].text)["n_bars"] == 40
            sheet = await client.read_resource(f"song://{song['song_id']}/leadsheet")
            assert "<score-partwise" in sheet.contents[0].text
            picture = await client.read_resource(f"song://{song['song_id']}/picture")
            assert picture.contents[0].blob.startswith("iVBOR")  # PNG
            said = (await client.get_prompt("hold_music", {"mood": "dreamy"})).messages[0].content.text
            assert "dreamy hold music" in said

    anyio.run(talk)


def test_tools_are_few_small_and_objects_at_the_top(quick_home: Path) -> None:
    """One bad schema makes some clients drop all tools, without a word."""

    async def look() -> list[Any]:
        async with Client(make_agents(Service(ServerOptions(quick_home, n_workers=0), QUICK))) as client:
            return list((await client.list_tools()).tools)

    tools = anyio.run(look)
    assert len(tools) <= 8
    for tool in tools:
        schema = tool.input_schema
        assert schema["type"] == "object" and not {"oneOf", "anyOf", "allOf"} & schema.keys()
        assert len(tool.description) < 300
        assert all("anyOf" not in field and len(field["description"]) < 300 for field in schema["properties"].values())
    assert sum(len(tool.model_dump_json(include={"name", "description", "input_schema"})) for tool in tools) < 9000


def test_what_takes_too_long_goes_on_as_a_job(quick_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolic_music.server.agent_tools.WAIT_SEC", 0.5)
    service = Service(ServerOptions(quick_home), QUICK)

    async def talk() -> None:
        async with Client(make_agents(service)) as client:
            began = time.monotonic()
            made = (await client.call_tool("compose", {"brief": "slow", "seed": 1})).structured_content
            assert time.monotonic() - began < 8 and made["songs"][0]["state"] in ("queued", "running")
            said = (await client.call_tool("describe", {"song_id": made["songs"][0]["job_id"]})).content[0].text
            assert said.startswith(f"job {made['songs'][0]['job_id']}: ")
            choices = (await client.call_tool("list_choices", {"kind": "style", "search": "nova"})).structured_content
            assert choices["names"] == ["bossa nova"]

    with service.running():
        anyio.run(talk)


def _ask(service: Service, tool: str, **said: object) -> Any:
    """Call a tool in memory."""

    async def talk() -> Any:
        async with Client(make_agents(service)) as client:
            return await client.call_tool(tool, said)

    return anyio.run(talk)


def test_an_agent_scores_a_picture(real_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolic_music.server.agent_tools.WAIT_SEC", 120)
    service = real_client.app.state.service
    cues = [{"time": 6.2, "what": "door", "strength": 0.9}, {"time": 14.0, "what": "end"}]
    (song,) = _ask(service, "compose", style="cinematic", cues=cues, seed=1).structured_content["songs"]
    assert song["state"] == "done" and abs(song["duration_sec"] - 14) < 0.5
    door = next(line for line in song["hits"] if "door" in line)
    assert abs(float(door.split()[0]) - 6.2) <= 0.04
    turned = _ask(service, "compose", cues=cues[::-1])
    assert turned.is_error and "order of time" in turned.content[0].text
    unknown = _ask(service, "compose", cues=[{"time": 1, "volume": 3}])
    assert unknown.is_error and "volume" in unknown.content[0].text


@pytest.mark.usefixtures("small_model")
def test_chord_ideas_are_those_of_the_command(quick_home: Path) -> None:
    service = Service(ServerOptions(quick_home, n_workers=0), QUICK)
    found = _ask(service, "find_chords", key="A minor", after="Am F", bars=2, count=3, seed=4).structured_content
    request = ChordsRequest(key="A minor", after="Am F", n_bars=2, number=3, seed=4)
    assert found["ideas"] == ideas_for(request).rows and found["after"] == ["Am", "F"]
    bits = [idea["bits"] for idea in found["ideas"]]
    assert len(bits) == 3 and bits == sorted(bits) and all(idea["chords"].count("|") == 1 for idea in found["ideas"])
    wrong = _ask(service, "find_chords", after="Am X")
    assert wrong.is_error and "X" in wrong.content[0].text
    assert service.jobs.latest() == []


@pytest.mark.render
def test_a_preview_is_sound(quick_home: Path, song_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = make_soundfont(quick_home.parent / "font.sf2", [(0, n, f"P{n}") for n in range(128)] + [(128, 0, "Kit")])
    monkeypatch.setenv("SYMBOLIC_MUSIC_SOUNDFONT", str(font))
    (quick_home / "songs").mkdir(parents=True)
    (quick_home / "songs" / "mine").symlink_to(song_folder)
    service = Service(ServerOptions(quick_home, n_workers=0), QUICK)

    async def talk() -> bytes:
        async with Client(make_agents(service)) as client:
            with pytest.raises(Exception, match="no song 'yours'"):
                await client.read_resource("song://yours/preview")
            return b64decode((await client.read_resource("song://mine/preview")).contents[0].blob)

    with soundfile.SoundFile(BytesIO(anyio.run(talk))) as sound:
        assert sound.format == "OGG" and 10 < sound.frames / sound.samplerate <= 32
        assert np.abs(sound.read()).max() > 0.01
