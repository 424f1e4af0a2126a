"""A client of the service in a page, with nothing but the standard library.

client = Client("http://127.0.0.1:8765")
job = client.make_song(prompt="calm waltz in D", n_bars=16, seed=3)
for event in client.follow(job["id"]):
    print(event["event"], event["data"])
client.download(job["song_id"], "song.mid", "waltz.mid")
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from symbolic_music.errors import SymbolicMusicError

_PAUSE_SEC = 0.2
_ENDS = ("done", "failed", "cancelled")


class ServiceError(SymbolicMusicError):
    """What the service answered instead: ``status`` and its ``problem``."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title", "error")), problem.get("hint"))
        self.status, self.problem = status, problem


class Client:
    """Asks a service at an address, with its token if it has one.

    A server that goes away is waited for up to ``patience_sec``, where asking twice does no harm: what only reads, and
    what has a key.
    """

    def __init__(
        self, address: str = "http://127.0.0.1:8765", token: str | None = None, timeout: float = 60,
        patience_sec: float = 0,
    ) -> None:  # fmt: skip
        self._address, self._timeout, self._patience_sec = address.rstrip("/"), timeout, patience_sec
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def make_song(self, key: str | None = None, audio: str = "none", **brief: object) -> dict[str, Any]:
        """Ask for a song by fields of the brief; the answer is its job. With a ``key``, asking twice makes one."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.ask("POST", "/api/songs", {"brief": brief, "audio": audio}, headers)

    def follow(self, job_id: str) -> Iterator[dict[str, Any]]:
        """Give a job's events as they come, until it ends: ``event``, ``data``, ``id``; each of them once."""
        last, heard = "0", time.monotonic()
        while True:
            try:
                for said in self._events(f"/api/jobs/{job_id}/events", last):
                    last, heard = said["id"], time.monotonic()
                    yield said
                    if said["event"] in _ENDS:
                        return
                if self.ask("GET", f"/api/jobs/{job_id}")["state"] in _ENDS:
                    return
            except ServiceError as failure:
                if failure.status or time.monotonic() - heard > self._patience_sec:
                    raise
            time.sleep(_PAUSE_SEC)

    def _events(self, path: str, last: str) -> Iterator[dict[str, Any]]:
        """Give events after one until the server ends the stream."""
        said: dict[str, Any] = {}
        with self._open(Request(self._address + path, headers={**self._headers, "Last-Event-ID": last})) as stream:
            for line in self._lines(stream):
                name, _, value = line.decode().rstrip("\r\n").partition(": ")
                if name:
                    said[name] = value
                elif "event" in said:
                    yield {**said, "data": json.loads(said["data"])}
                    said = {}

    def _lines(self, stream: Any) -> Iterator[bytes]:
        """Give lines as they come; a line that was cut off is none."""
        try:
            yield from stream
        except (OSError, HTTPException) as failure:
            raise self._silent(failure) from None

    def wait(self, job_id: str) -> dict[str, Any]:
        """Wait for a job's end, and give it as it is then."""
        for _ in self.follow(job_id):
            pass
        return self.ask("GET", f"/api/jobs/{job_id}")

    def download(self, song_id: str, name: str, target: str | Path) -> Path:
        """Write one of a song's files."""
        request = Request(f"{self._address}/api/songs/{song_id}/files/{quote(name)}", headers=self._headers)
        Path(target).write_bytes(self._read(request))
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
        text = self._read(Request(self._address + path, data, said, method=method))
        return json.loads(text) if text else None

    def _read(self, request: Request) -> bytes:
        """Send a request and read the whole answer; again if nobody answers and it may be sent twice."""
        is_harmless = request.get_method() == "GET" or request.has_header("Idempotency-key")
        end = time.monotonic() + (self._patience_sec if is_harmless else 0)
        while True:
            try:
                with self._open(request) as answer:
                    return bytes(answer.read())
            except ServiceError as failure:
                said = failure
            except (OSError, HTTPException) as failure:
                said = self._silent(failure)
            if said.status or time.monotonic() > end:
                raise said
            time.sleep(_PAUSE_SEC)

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
        except (OSError, HTTPException) as failure:
            raise self._silent(failure) from None

    def _silent(self, failure: Exception) -> ServiceError:
        """Say that nobody answers, or not to the end."""
        reason = failure.reason if isinstance(failure, URLError) else failure
        return ServiceError(0, {"title": f"{self._address} does not answer: {reason}"})
