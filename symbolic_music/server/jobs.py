"""Jobs: what was asked, how far it is, what came of it.

A job is queued, running, done, failed or cancelled. It is done once however often its worker dies: what it makes goes
to a folder of its attempt, and takes its place and its state only while that attempt is the one that counts.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symbolic_music.errors import InputError, SymbolicMusicError
from symbolic_music.server.database import Database, add_event

ENDED = ("done", "failed", "cancelled")
LEASE_SEC = 10.0
# A job whose worker died so often is at fault itself. Servers that end are not its fault, but somewhere is an end.
MOST_DEATHS, MOST_ATTEMPTS = 3, 20
# Events of ended jobs are kept this long for clients that come back; most bars are in the song by then.
_KEEP_EVENTS_SEC = 3600.0


class KeyClashError(InputError):
    """An idempotency key was used for another request."""


class NotFoundError(InputError):
    """There is no such job, song, upload or file."""


class BusyError(SymbolicMusicError):
    """Too many jobs are waiting."""


class ConflictError(SymbolicMusicError):
    """The song has changed meanwhile."""


@dataclass(frozen=True)
class Job:
    """One job as it stands."""

    id: str
    kind: str
    state: str
    song_id: str | None
    seed: int | None
    stage: str
    done: int
    total: int
    attempt: int
    created: float
    started: float | None
    finished: float | None
    request: Mapping[str, Any]
    result: Mapping[str, Any] | None
    problem: Mapping[str, Any] | None
    is_cancelled: bool

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ENDED


@dataclass(frozen=True)
class Event:
    """Something that happened to a job; numbers grow over all jobs."""

    number: int
    job_id: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A job that is asked for.

    ``body`` is the request as it was sent, by which a repetition is known; ``request`` is what the worker gets.
    """

    kind: str
    body: Mapping[str, Any]
    request: Mapping[str, Any]
    key: str
    song_id: str | None = None
    seed: int | None = None

    @property
    def fingerprint(self) -> str:
        """The body as a number: the same for the same request."""
        return fingerprint_of([self.kind, self.body])


class Jobs:
    """The queue.

    Parameters
    ----------
    database : Database
        Where it is kept.
    ring : callable
        Called after every change, from any thread.
    """

    def __init__(self, database: Database, ring: Callable[[], None]) -> None:
        self._database = database
        self._ring = ring

    def submit(self, asked: Asked, most_waiting: int) -> tuple[Job, bool]:
        """Queue a job, or find the one that was asked for before with the same key.

        Returns
        -------
        tuple of Job and bool
            The job, and whether it is new.

        Raises
        ------
        KeyClashError
            If the key belongs to another request.
        BusyError
            If too many jobs wait.
        """
        key, fingerprint = asked.key, asked.fingerprint
        with self._database.writing() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE key = ?", (key,)).fetchone()
            if row is not None:
                if row["fingerprint"] != fingerprint:
                    raise KeyClashError("this Idempotency-Key was used for another request", "use a new key")
                return _job(row), False
            waiting = connection.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()[0]
            if waiting >= most_waiting:
                raise BusyError(f"{waiting} jobs are waiting, and no more may", "ask again later")
            job_id = new_id("j")
            song_id = asked.song_id or (new_id("s") if asked.kind in ("create", "import") else None)
            connection.execute(
                "INSERT INTO jobs (id, kind, song_id, request, seed, key, fingerprint, state, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?)",
                (job_id, asked.kind, song_id, json.dumps(asked.request), asked.seed, key, fingerprint, time.time()),
            )
            add_event(connection, job_id, "queued", {"song_id": song_id})
        self._ring()
        return self.get(job_id), True

    def get(self, job_id: str) -> Job:
        """One job.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        if row is None:
            raise NotFoundError(f"there is no job {job_id[:80]!r}", "GET /api/jobs lists them")
        return _job(row)

    def latest(self, most: int = 100, state: str | None = None) -> list[Job]:
        """The newest jobs, newest first."""
        where = "" if state is None else "WHERE state = ?"
        values = (most,) if state is None else (state, most)
        rows = self._database.rows(f"SELECT * FROM jobs {where} ORDER BY number DESC LIMIT ?", *values)
        return [_job(row) for row in rows]

    def count(self, state: str) -> int:
        """How many jobs are in a state."""
        row = self._database.row("SELECT count(*) FROM jobs WHERE state = ?", state)
        return 0 if row is None else int(row[0])

    def events(self, after: int = 0, job_id: str | None = None, most: int = 200) -> list[Event]:
        """What happened after an event, of one job or all."""
        if job_id is None:
            query, values = "number > ?", (after, most)
        else:
            query, values = "number > ? AND job_id = ?", (after, job_id, most)  # type: ignore[assignment]
        rows = self._database.rows(f"SELECT * FROM events WHERE {query} ORDER BY number LIMIT ?", *values)
        return [Event(row["number"], row["job_id"], row["kind"], json.loads(row["data"])) for row in rows]

    def last_event(self) -> int:
        """The number of the newest event."""
        row = self._database.row("SELECT max(number) FROM events")
        return 0 if row is None or row[0] is None else int(row[0])

    def claim(self, owner: str) -> Job | None:
        """Take the oldest waiting job for a worker; one song's jobs run one after the other."""
        with self._database.writing() as connection:
            self._take_back(connection)
            row = connection.execute(
                "UPDATE jobs SET state = 'running', owner = ?, attempt = attempt + 1, lease = ?,"
                " started = coalesce(started, ?) WHERE number = (SELECT number FROM jobs waiting"
                " WHERE state = 'queued' AND NOT EXISTS (SELECT 1 FROM jobs busy WHERE busy.state = 'running'"
                " AND busy.song_id = waiting.song_id) ORDER BY number LIMIT 1) RETURNING *",
                (owner, time.time() + LEASE_SEC, time.time()),
            ).fetchone()
            if row is not None:
                add_event(connection, row["id"], "running", {"attempt": row["attempt"]})
        if row is None:
            return None
        self._ring()
        return _job(row)

    def renew(self, job: Job) -> bool:
        """Keep a running job; tell whether this attempt still counts."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE jobs SET lease = ? WHERE id = ? AND attempt = ? AND state = 'running'",
                (time.time() + LEASE_SEC, job.id, job.attempt),
            ).rowcount
        return changed == 1

    def report(self, job: Job, stage: str, done: int, total: int) -> None:
        """Say how far a job is."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE jobs SET stage = ?, done = ?, total = ?, lease = ?"
                " WHERE id = ? AND attempt = ? AND state = 'running'",
                (stage, done, total, time.time() + LEASE_SEC, job.id, job.attempt),
            ).rowcount
            if changed:
                add_event(connection, job.id, "stage", {"stage": stage, "done": done, "total": total})
        self._ring()

    def tell(self, job: Job, kind: str, data: Mapping[str, Any]) -> None:
        """Write an event of a running job, such as bars that are ready."""
        with self._database.writing() as connection:
            add_event(connection, job.id, kind, {**data, "attempt": job.attempt})
        self._ring()

    def tell_in(self, connection: sqlite3.Connection, song_id: str, kind: str) -> None:
        """Write an event about a song that no job caused, inside a transaction."""
        add_event(connection, "", kind, {"song_id": song_id})

    def finish(
        self, job: Job, result: Mapping[str, Any], move: Callable[[sqlite3.Connection], Mapping[str, Any] | None]
    ) -> bool:
        """End a job well: ``move`` brings what it made to its place while nobody else may write.

        Returns
        -------
        bool
            False if this attempt no longer counts; nothing is moved then.
        """
        with self._database.writing() as connection:
            row = connection.execute("SELECT state, attempt FROM jobs WHERE id = ?", (job.id,)).fetchone()
            if row is None or row["state"] != "running" or row["attempt"] != job.attempt:
                return False
            said = {**result, **(move(connection) or {})}
            self._end(connection, job.id, "done", "result", said)
        self._ring()
        return True

    def fail(self, job: Job, problem: Mapping[str, Any], state: str = "failed") -> None:
        """End a job badly, or as cancelled; its key is free again."""
        with self._database.writing() as connection:
            row = connection.execute("SELECT state, attempt FROM jobs WHERE id = ?", (job.id,)).fetchone()
            if row is not None and row["state"] == "running" and row["attempt"] == job.attempt:
                self._end(connection, job.id, state, "problem", problem)
        self._ring()

    def give_back(self, job: Job, counts: bool) -> None:
        """Queue a job again whose worker ended; ``counts`` says whether the worker died of itself."""
        with self._database.writing() as connection:
            where = (job.id, job.attempt)
            if counts:
                connection.execute(
                    "UPDATE jobs SET lease = 0, deaths = deaths + 1 WHERE id = ? AND attempt = ? AND state = 'running'",
                    where,
                )
                self._take_back(connection)
            else:
                connection.execute(
                    "UPDATE jobs SET state = 'queued', attempt = attempt - 1, owner = NULL"
                    " WHERE id = ? AND attempt = ? AND state = 'running'", where,
                )  # fmt: skip
        self._ring()

    def cancel(self, job_id: str) -> Job:
        """Ask for a job's end; one that waits ends at once, one that has ended stays as it is."""
        job = self.get(job_id)
        with self._database.writing() as connection:
            row = connection.execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if row is not None and row["state"] == "queued":
                self._end(connection, job_id, "cancelled", "problem", {"title": "cancelled"})
            elif row is not None and row["state"] == "running":
                connection.execute("UPDATE jobs SET cancelled = 1 WHERE id = ?", (job_id,))
        self._ring()
        return self.get(job.id)

    def free_key_of_song(self, connection: sqlite3.Connection, song_id: str) -> None:
        """Let the request that made a song make another: this one was changed or deleted since."""
        connection.execute(
            "UPDATE jobs SET key = NULL WHERE song_id = ? AND state = 'done' AND kind IN ('create', 'import')",
            (song_id,),
        )

    def _take_back(self, connection: sqlite3.Connection) -> None:
        """Queue running jobs again whose worker is no more; end those that were cancelled or tried too often."""
        late = connection.execute(
            "SELECT id, attempt, deaths, cancelled FROM jobs WHERE state = 'running' AND lease < ?", (time.time(),)
        ).fetchall()
        for row in late:
            if row["cancelled"]:
                self._end(connection, row["id"], "cancelled", "problem", {"title": "cancelled"})
            elif row["deaths"] >= MOST_DEATHS or row["attempt"] >= MOST_ATTEMPTS:
                times = MOST_DEATHS if row["deaths"] >= MOST_DEATHS else MOST_ATTEMPTS
                problem = {"title": f"the worker ended {times} times without an answer",
                           "hint": "ask for something smaller"}  # fmt: skip
                self._end(connection, row["id"], "failed", "problem", problem)
            else:
                connection.execute("UPDATE jobs SET state = 'queued', owner = NULL WHERE id = ?", (row["id"],))
                add_event(connection, row["id"], "queued", {"attempt": row["attempt"]})

    def _end(
        self, connection: sqlite3.Connection, job_id: str, state: str, column: str, said: Mapping[str, Any]
    ) -> None:
        """Write a job's end; a job without a result lets go of its key."""
        key = "key" if state == "done" else "NULL"
        connection.execute(
            f"UPDATE jobs SET state = ?, {column} = ?, finished = ?, key = {key}, owner = NULL WHERE id = ?",
            (state, json.dumps(said), time.time(), job_id),
        )
        add_event(connection, job_id, state, said)
        connection.execute(
            "DELETE FROM events WHERE at < ? AND job_id IN (SELECT id FROM jobs WHERE finished < ?)",
            (time.time() - _KEEP_EVENTS_SEC,) * 2,
        )


def fingerprint_of(data: object) -> str:
    """Say plain data as a number, the same however its mappings are ordered."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def new_id(letter: str) -> str:
    """Make a name that nobody can guess."""
    return f"{letter}{secrets.token_hex(8)}"


class Bell:
    """Wakes those who wait for a change, from any thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._listeners: set[Callable[[], None]] = set()

    def ring(self) -> None:
        """Wake everybody."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def wait(self, seconds: float) -> None:
        """Wait for the next ring."""
        with self._condition:
            count = self._count
            self._condition.wait_for(lambda: self._count != count, timeout=seconds)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function at each ring until the function returned is called."""
        with self._condition:
            self._listeners.add(listener)

        def stop() -> None:
            with self._condition:
                self._listeners.discard(listener)

        return stop


def _job(row: sqlite3.Row) -> Job:
    """Read a row."""
    return Job(
        row["id"], row["kind"], row["state"], row["song_id"], row["seed"], row["stage"], row["done"], row["total"],
        row["attempt"], row["created"], row["started"], row["finished"], json.loads(row["request"]),
        None if row["result"] is None else json.loads(row["result"]),
        None if row["problem"] is None else json.loads(row["problem"]), bool(row["cancelled"]),
    )  # fmt: skip
