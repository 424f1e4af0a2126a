"""Fifty clients at a service that is killed again and again: `python -m tests.server.load --jobs 500`.

Each client asks for its songs with keys, twice each, over HTTP, and asks again when nobody answers. Meanwhile the
server's process, its workers, and both at once are killed (signal 9), and the server is started again on the same home.
At the end every key must have one job, which is done, once, and one song; nothing may be left over. Linux only.

By default workers copy a song, one in twenty of them slowly, so that it is the service that is measured; with
``--compose`` the server is the one of the command line, and its workers make melodies of four bars.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from symbolic_music.server.client import Client, ServiceError
from symbolic_music.server.library import MADE_BY
from symbolic_music.server.run import listen

ROOT = Path(__file__).resolve().parents[2]
QUICK = (sys.executable, str(Path(__file__).with_name("quick_worker.py")))
# Who is killed, in turn; no job may see three of its workers die, for that is a job's own fault.
VICTIMS = ("worker", "server", "server and workers", "server")
# Nobody answers for as long as a server takes to start on a busy machine.
_PATIENCE_SEC, _LOOK_SEC = 300.0, 0.05
# No process may hold more, in units of 2**20 bytes: the server hands on, a worker has the weights.
MOST_SERVER_MB, MOST_WORKER_MB = 400, 1024
_QUICK_SERVER = """
import sys
from pathlib import Path
from symbolic_music.server.app import make_app
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.run import listen, serve_app
from symbolic_music.server.service import Service
home, port, workers, *command = sys.argv[1:]
place = listen("127.0.0.1", int(port))
serve_app(make_app(Service(ServerOptions(Path(home), n_workers=int(workers)), command)), place)
"""


@dataclass(frozen=True)
class Load:
    """How much is asked of the service."""

    n_jobs: int = 500
    n_clients: int = 50
    n_workers: int = 2
    n_kills: int = 8
    composes: bool = False


@dataclass
class Outcome:
    """What came of it: jobs by key as the clients saw them, faults in words, the most memory, seconds."""

    jobs: dict[str, set[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    server_mb: float = 0.0
    worker_mb: float = 0.0
    queued_sec: float = 0.0
    seconds: float = 0.0
    n_begun_again: int = 0


class Server:
    """A server's process, started again on the same port and home."""

    def __init__(self, home: Path, load: Load) -> None:
        with contextlib.closing(listen("127.0.0.1", 0)) as place:
            self.port = place.getsockname()[1]
        where = [str(home), str(self.port), str(load.n_workers)]
        if load.composes:
            options = zip(("--home", "--port", "--workers"), where, strict=True)
            self._command = ["-m", "symbolic_music", "serve", *(word for pair in options for word in pair)]
        else:
            self._command = ["-c", _QUICK_SERVER, *where, *QUICK]
        self._outcome = Outcome()
        self.start()

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, *self._command], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )

    def workers(self) -> list[int]:
        """The processes that it started."""
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == self._process.pid]

    def kill(self, victim: str) -> None:
        """Kill a worker, the server, or all."""
        workers = self.workers()
        if victim != "worker":
            self._process.kill()
        for process in {"worker": workers[:1], "server": [], "server and workers": workers}[victim]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if victim != "worker":
            self._process.wait()
            self.start()

    def end(self) -> None:
        """Kill the server and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def measure(self, outcome: Outcome) -> None:
        """Note the most memory that its processes held so far."""
        outcome.server_mb = max(outcome.server_mb, _most_mb(self._process.pid))
        outcome.worker_mb = max([outcome.worker_mb, *map(_most_mb, self.workers())])


def _parent(process: Path) -> int:
    """Who started a process; 0 if it is gone."""
    try:
        return int((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _most_mb(process: int) -> float:
    """The most memory that a process held; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _prompt(number: int, load: Load) -> str:
    """What the job of a number asks for."""
    if load.composes:
        return f"calm waltz, take {number}"
    return f"slow {number}" if number % 20 == 10 else f"quick {number}"


def _ask(client: Client, number: int, load: Load) -> str:
    """Ask for one song, again while too many wait; give its job."""
    brief = {"prompt": _prompt(number, load), "seed": number} | ({"form": "verse4"} if load.composes else {})
    body = {"brief": brief, "candidates": 1} if load.composes else {"brief": brief}
    while True:
        try:
            return str(client.ask("POST", "/api/songs", body, {"Idempotency-Key": f"key-{number}"})["id"])
        except ServiceError as failure:
            if failure.status != 429:
                raise
            time.sleep(0.2)


def run_load(load: Load, home: Path) -> Outcome:
    """Put a load on a service, kill it meanwhile, and look at what came of it."""
    server, outcome, began = Server(home, load), Outcome(), time.monotonic()
    client = Client(f"http://127.0.0.1:{server.port}", patience_sec=_PATIENCE_SEC)
    asked = threading.Barrier(load.n_clients + 1)

    def be_client(first: int) -> dict[str, set[str]]:
        numbers = range(first, load.n_jobs, load.n_clients)
        try:
            jobs = {f"key-{number}": {_ask(client, number, load) for _ in range(2)} for number in numbers}
        except BaseException:
            asked.abort()
            raise
        asked.wait()
        for job in set.union(set(), *jobs.values()):
            state = client.wait(job)["state"]
            if state != "done":
                outcome.faults.append(f"job {job} is {state}")
        return jobs

    try:
        with ThreadPoolExecutor(load.n_clients + 1) as threads:
            clients = [threads.submit(be_client, first) for first in range(load.n_clients)]
            done = threading.Event()
            killing = threads.submit(_kill_meanwhile, server, load, home, outcome, done)
            with contextlib.suppress(threading.BrokenBarrierError):
                asked.wait()
            outcome.queued_sec = time.monotonic() - began
            try:
                for made in clients:
                    outcome.jobs |= made.result()
            finally:
                done.set()
            killing.result()
    finally:
        server.end()
    outcome.seconds = time.monotonic() - began
    outcome.faults += _faults_of(outcome, load, home)
    return outcome


def _kill_meanwhile(server: Server, load: Load, home: Path, outcome: Outcome, done: threading.Event) -> None:
    """Kill at even shares of the work, and measure memory."""
    while not done.wait(_LOOK_SEC):
        server.measure(outcome)
        n_killed = outcome.killed.total()
        share = _count(home, "SELECT count(*) FROM jobs WHERE state = 'done'") / load.n_jobs
        if n_killed < load.n_kills and share >= (n_killed + 1) / (load.n_kills + 2):
            victim = VICTIMS[n_killed % len(VICTIMS)]
            if victim == "worker" and not server.workers():
                continue
            server.kill(victim)
            outcome.killed[victim] += 1


@contextlib.contextmanager
def _reading(home: Path) -> Iterator[sqlite3.Connection]:
    """Look into the list of jobs as somebody from outside."""
    with contextlib.closing(sqlite3.connect(home / "jobs.sqlite", timeout=30)) as connection:
        yield connection


def _count(home: Path, query: str) -> int:
    """A number from the list of jobs; 0 while there is none."""
    try:
        with _reading(home) as connection:
            return int(connection.execute(query).fetchone()[0])
    except sqlite3.Error:
        return 0


def _faults_of(outcome: Outcome, load: Load, home: Path) -> list[str]:
    """Say what was lost, done twice or left over."""
    with _reading(home) as connection:
        jobs = connection.execute("SELECT id, key, state, song_id, attempt FROM jobs").fetchall()
        ends = Counter(row[0] for row in connection.execute("SELECT job_id FROM events WHERE kind = 'done'"))
        listed = [row[0] for row in connection.execute("SELECT id FROM songs")]
    outcome.n_begun_again = sum(attempt - 1 for *_, attempt in jobs)
    folders = {path.name: (path / MADE_BY).read_text(encoding="utf-8") for path in (home / "songs").iterdir()}
    left = [path.name for path in (home / "work").iterdir()]
    faults = [f"{key} has jobs {sorted(ids)}" for key, ids in outcome.jobs.items() if len(ids) != 1]
    faults += [f"job {job} of {key} is {state}" for job, key, state, *_ in jobs if state != "done"]
    faults += [f"job {job} ended {ends[job]} times" for job, *_ in jobs if ends[job] != 1]
    faults += [f"job {job} has no song of its own" for job, _, _, song, _ in jobs if folders.get(song) != job]
    for name, found in (("keys", outcome.jobs), ("jobs", jobs), ("songs", listed), ("folders", folders)):
        if len(found) != load.n_jobs:
            faults.append(f"{len(found)} {name} of {load.n_jobs}")
    if left:
        faults.append(f"left in work: {sorted(left)[:10]}")
    for who, held, most in (
        ("the server", outcome.server_mb, MOST_SERVER_MB), ("a worker", outcome.worker_mb, MOST_WORKER_MB)
    ):  # fmt: skip
        if held > most:
            faults.append(f"{who} held {held:.0f} MB")
    return faults


def main() -> int:
    """Put on the load and print what came of it; the exit code says whether anything was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.server.load", description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--compose", action="store_true", help="real melodies of four bars instead of copies")
    options = parser.parse_args()
    load = Load(options.jobs, options.clients, options.workers, options.kills, options.compose)
    with TemporaryDirectory() as folder:
        if not load.composes:
            make_quick_song(Path(folder))
        outcome = run_load(load, Path(folder) / "home")
    print(report(load, outcome))
    return int(bool(outcome.faults))


def make_quick_song(folder: Path) -> None:
    """Write the song that quick workers copy, and tell them."""
    from symbolic_music import Brief, Song, save_song
    from tests.arranging.band_songs import make_plan, make_sheet
    from tests.performing.written import write_score

    plan = make_plan()
    song = save_song(Song(Brief(genre="pop"), plan, make_sheet(plan), write_score(plan)), folder / "song")
    os.environ |= {"QUICK_SONG": str(song), "QUICK_LOG": str(folder / "begun.txt")}


def report(load: Load, outcome: Outcome) -> str:
    """Say in lines what came of it."""
    killed = ", ".join(f"{who} {number} times" for who, number in outcome.killed.items()) or "nobody"
    return "\n".join([
        f"{load.n_clients} clients asked {2 * load.n_jobs} times for {load.n_jobs} songs; all were queued after "
        f"{outcome.queued_sec:.1f} s, done after {outcome.seconds:.1f} s",
        f"killed: {killed}; attempts begun again: {outcome.n_begun_again}",
        f"most memory: server {outcome.server_mb:.0f} MB, a worker {outcome.worker_mb:.0f} MB",
        *([f"FAULT {fault}" for fault in outcome.faults[:30]] or ["nothing lost, nothing done twice, nothing left"]),
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
