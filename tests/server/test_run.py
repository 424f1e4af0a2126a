"""The commands: a server with its socket, asked by the client of a page, ended by Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from symbolic_music.server.client import Client, ServiceError
from symbolic_music.server.options import DEFAULT_PORT, HOME_VARIABLE, ServerOptions
from symbolic_music.server.service import Service
from tests.server.load import Load, Server

ROOT = Path(__file__).resolve().parents[2]


def test_a_server_is_asked_by_the_client_and_ends_by_interrupt(quick_home: Path, song_folder: Path) -> None:
    songs = quick_home / "songs"
    songs.mkdir(parents=True)
    (songs / "mine").symlink_to(song_folder)
    server = subprocess.Popen(
        [sys.executable, "-m", "symbolic_music", "studio", "--no-open", "--port", "0", "--home", str(quick_home)],
        stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert server.stderr is not None
        address = next(found[0] for line in server.stderr if (found := re.search(r"http://\S+", line)))
        client = Client(address)
        assert [song["id"] for song in client.ask("GET", "/api/songs")] == ["mine"]
        assert client.download("mine", "song.mid", quick_home / "copy.mid").read_bytes().startswith(b"MThd")
        with pytest.raises(ServiceError, match="no song 'yours'; GET /api/songs lists them") as refusal:
            client.ask("GET", "/api/songs/yours")
        assert refusal.value.status == 404
        job = client.make_song(prompt="quick", seed=1)
        stream = client.follow(job["id"])
        assert next(stream)["event"] == "queued"
        # An open stream does not hold the server up.
        began = time.monotonic()
        server.send_signal(signal.SIGINT)
        server.wait(15)
        assert time.monotonic() - began < 10
    finally:
        server.kill()
        server.wait()
        if server.stderr is not None:
            server.stderr.close()
    # What was not finished is in the queue of the next server.
    assert Service(ServerOptions(quick_home, n_workers=0)).jobs.get(job["id"]).state in ("queued", "running", "done")


def test_a_taken_port_is_said_in_one_line(quick_home: Path) -> None:
    from symbolic_music.errors import OutputError
    from symbolic_music.server.run import listen

    taken = listen("127.0.0.1", 0)
    with pytest.raises(OutputError, match="use another --port"):
        listen("127.0.0.1", taken.getsockname()[1])
    taken.close()


def test_the_python_in_the_document_runs(
    quick_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs/service.md").read_text(encoding="utf-8")
    code = next(block for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) if block.startswith("from "))
    monkeypatch.chdir(tmp_path)
    server = Server(quick_home, Load(n_workers=1))
    try:
        # The server starts meanwhile, and is waited for.
        exec(code.replace(f":{DEFAULT_PORT}", f":{server.port}").replace("patience_sec=30", "patience_sec=120"), {})
    finally:
        server.end()
    said = capsys.readouterr().out
    assert said.startswith("queued ") and "'lead.musicxml'" in said and "422 " in said
    assert (tmp_path / "waltz.mid").read_bytes().startswith(b"MThd")


def test_a_client_waits_only_for_what_may_be_asked_twice() -> None:
    client = Client("http://127.0.0.1:9", patience_sec=1)
    for ask, waits in (
        (lambda: client.ask("GET", "/api/songs"), True), (lambda: client.make_song(key="one", seed=1), True),
        (lambda: client.make_song(seed=1), False), (lambda: list(client.follow("j1")), True),
    ):  # fmt: skip
        began = time.monotonic()
        with pytest.raises(ServiceError, match="does not answer") as failure:
            ask()
        assert failure.value.status == 0 and (time.monotonic() - began > 0.9) == waits


def test_the_container_installs_and_starts_what_there_is() -> None:
    steps = (ROOT / "Containerfile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version, extra = re.search(r"FROM python:(\S+)-slim", steps)[1], re.search(r'"/source\[(\w+)\]"', steps)[1]
    assert SpecifierSet(project["requires-python"]).contains(version) and extra in project["optional-dependencies"]
    assert all((ROOT / name).is_file() for name in re.findall(r"/source/(\S+)", steps))
    assert f"EXPOSE {DEFAULT_PORT}\n" in steps and f"{HOME_VARIABLE}=/songs" in steps
    program, *words = json.loads(re.search(r"^CMD (.*)$", steps, re.MULTILINE)[1])
    assert program in project["scripts"]
    # Without its token it does not start, and says what is missing.
    environment = {name: value for name, value in os.environ.items() if name != "SYMBOLIC_MUSIC_TOKEN"}
    ended = subprocess.run(
        [sys.executable, "-m", "symbolic_music", *words], capture_output=True, text=True, cwd=ROOT, timeout=120,
        env=environment | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == 2 and "give a --token" in ended.stderr
