"""The commands: a server with its socket, asked by the client of a page, ended by Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symbolic_music.server.client import Client, ServiceError
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service

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
