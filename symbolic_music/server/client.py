"""A client of the service in a page, with nothing but the standard library.

client = Client("http://127.0.0.1:8765")
job = client.make_song(prompt="calm waltz in D", n_bars=16, seed=3)
for event in client.follow(job["id"]):
    print(event["event"], event["data"])
client.download(job["song_id"], "song.mid", "waltz.mid")
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from symbolic_music.errors import SymbolicMusicError


class ServiceError(SymbolicMusicError):
    """What the service answered instead: ``status`` and its ``problem``."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title", "error")), problem.get("hint"))
        self.status, self.problem = status, problem


class Client:
    """Asks a service at an address, with its token if it has one."""

    def __init__(self, address: str = "http://127.0.0.1:8765", token: str | None = None, timeout: float = 60) -> None:
        self._address, self._timeout = address.rstrip("/"), timeout
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def make_song(self, key: str | None = None, audio: str = "none", **brief: object) -> dict[str, Any]:
        """Ask for a song by fields of the brief; the answer is its job. With a ``key``, asking twice makes one."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.ask("POST", "/api/songs", {"brief": brief, "audio": audio}, headers)

    def follow(self, job_id: str) -> Iterator[dict[str, Any]]:
        """Give a job's events as they come, until it ends: ``event``, ``data``, ``id``."""
        request = Request(f"{self._address}/api/jobs/{job_id}/events", headers=self._headers)
        with self._open(request) as stream:
            said: dict[str, Any] = {}
            for line in stream:
                name, _, value = line.decode().rstrip("\r\n").partition(": ")
                if name:
                    said[name] = value
                elif "event" in said:
                    yield {**said, "data": json.loads(said["data"])}
                    said = {}

    def wait(self, job_id: str) -> dict[str, Any]:
        """Wait for a job's end, and give it as it is then."""
        for _ in self.follow(job_id):
            pass
        return self.ask("GET", f"/api/jobs/{job_id}")

    def download(self, song_id: str, name: str, target: str | Path) -> Path:
        """Write one of a song's files."""
        with self._open(
            Request(f"{self._address}/api/songs/{song_id}/files/{quote(name)}", headers=self._headers)
        ) as r:
            Path(target).write_bytes(r.read())
        return Path(target)

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        """Ask any route; give its answer as plain data.

        Raises
        ------
        ServiceError
            If the service answers with a problem, or not at all (status 0).
        """
        data = None if body is None else json.dumps(body).encode()
        said = {**self._headers, "Content-Type": "application/json", **(headers or {})}
        with self._open(Request(self._address + path, data, said, method=method)) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _open(self, request: Request) -> Any:
        """Send a request; problems become errors."""
        try:
            return urlopen(request, timeout=self._timeout)
        except HTTPError as failure:
            try:
                problem = json.loads(failure.read())
            except ValueError:
                problem = {"title": failure.reason}
            raise ServiceError(failure.code, problem) from None
        except URLError as failure:
            raise ServiceError(0, {"title": f"{self._address} does not answer: {failure.reason}"}) from None
