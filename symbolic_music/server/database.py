"""The list of jobs, their events, songs and uploads: one SQLite file that several processes may open.

Folders are the truth about songs; this file can be deleted, and songs are found again. Each thread has a connection of
its own. A job that runs has a lease that its worker's keeper renews; one whose lease ran out is taken again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from symbolic_music.errors import OutputError

_TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    song_id TEXT,
    request TEXT NOT NULL,
    seed INTEGER,
    key TEXT UNIQUE,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease REAL NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    started REAL,
    finished REAL,
    result TEXT,
    problem TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, number);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_job ON events (job_id, number);
CREATE TABLE IF NOT EXISTS songs (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created REAL NOT NULL,
    changed REAL NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    ending TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created REAL NOT NULL
);
"""


class Database:
    """Connections, one a thread, and transactions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._errors():
            self.connection.executescript(_TABLES)
            self._add_columns()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            # Closed by whoever closes the database, not by the thread that opened it.
            found = sqlite3.connect(self._path, timeout=10.0, isolation_level=None, check_same_thread=False)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            self._local.connection = found
            with self._lock:
                self._open.append(found)
        return found

    def _add_columns(self) -> None:
        """Bring a list of an earlier version up to date."""
        with self.writing() as connection:
            if not connection.execute("SELECT 1 FROM pragma_table_info('jobs') WHERE name = 'deaths'").fetchall():
                connection.execute("ALTER TABLE jobs ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Take the right to write at once, so that what was read stays true until the end."""
        connection = self.connection
        with self._errors():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Read rows."""
        with self._errors():
            return self.connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """Read one row, if there is one."""
        found = self.rows(query, *values)
        return found[0] if found else None

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self._local = threading.local()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say what the file's trouble is in our words."""
        try:
            yield
        except sqlite3.Error as failure:
            raise OutputError(f"{self._path}: the list of jobs cannot be used: {failure}") from None


def add_event(connection: sqlite3.Connection, job_id: str, kind: str, data: Mapping[str, object]) -> None:
    """Write one event of a job, inside a transaction."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    connection.execute(
        "INSERT INTO events (job_id, kind, data, at) VALUES (?, ?, ?, ?)", (job_id, kind, text, time.time())
    )
