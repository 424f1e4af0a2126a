"""Where songs, uploads and exports lie: folders that are the truth, and names that no client can bend.

::

    HOME/songs/NAME/       a song folder, as `create` writes it; one that somebody puts there is found
    HOME/exports/JOB/      what an export job wrote
    HOME/uploads/NAME/     what a client sent, called as it was
    HOME/made/             pictures and previews of songs; can be deleted
    HOME/work/             what is being made
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from symbolic_music.errors import FileFormatError, PlanError
from symbolic_music.formats.paths import file_name
from symbolic_music.limits import FILE_BYTES, name_of
from symbolic_music.server.database import Database
from symbolic_music.server.jobs import NotFoundError, new_id
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import PLAN_FILE, SONG_FILES, SONG_MIDI
from symbolic_music.song.plan import SongPlan

# Says which job made the folder as it is now; written before the folder takes its place.
MADE_BY = ".made-by"
_BEFORE = ".before"
# What may be uploaded: the first bytes that the file must have; none for texts, which must be texts.
_ZIP = (b"PK\x03\x04",)
_SIGNATURES: dict[str, tuple[bytes, ...]] = {
    ".mid": (b"MThd", b"RIFF"), ".dawproject": _ZIP, ".mxl": _ZIP, ".musicxml": (), ".abc": (), ".txt": (), ".cho": (),
    ".wav": (b"RIFF",), ".flac": (b"fLaC",), ".ogg": (b"OggS",), ".aif": (b"FORM",),
    ".mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
}  # fmt: skip
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ENDINGS = {".midi": ".mid", ".kar": ".mid", ".xml": ".musicxml", ".aiff": ".aif", ".crd": ".cho", ".chopro": ".cho"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Library:
    """The folders under a home, and the songs in the database that name them."""

    def __init__(self, home: Path, database: Database) -> None:
        self.home, self._database = home, database

    def open(self) -> None:
        """Make the folders, and find songs that were put there or taken away."""
        for name in ("songs", "exports", "uploads", "made", "work"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        for before in (self.home / "work").glob(f"*{_BEFORE}"):
            # A server was killed while an edited folder took the place of this one.
            place = self.home / "songs" / before.name.removesuffix(_BEFORE)
            shutil.rmtree(before, ignore_errors=True) if place.exists() else before.rename(place)
        going_on = "SELECT id FROM jobs WHERE state IN ('queued', 'running')"
        needed = {row["id"] for row in self._database.rows(going_on)}
        for left in (self.home / "work").glob("j*-*"):
            if left.name.rpartition("-")[0] not in needed:
                shutil.rmtree(left, ignore_errors=True)
        there = {
            path.name: path for path in (self.home / "songs").iterdir()
            if _NAME.fullmatch(path.name) and (path / SONG_MIDI).is_file()
        }  # fmt: skip
        known = {row["id"] for row in self._database.rows("SELECT id FROM songs")}
        with self._database.writing() as connection:
            for name in sorted(there.keys() - known):
                self.add(connection, name, self._title(there[name]))
            for name in sorted(known - there.keys()):
                connection.execute("DELETE FROM songs WHERE id = ?", (name,))

    def add(self, connection: sqlite3.Connection, song_id: str, title: str) -> None:
        """List a song, inside a transaction."""
        now = time.time()
        connection.execute("INSERT OR REPLACE INTO songs VALUES (?, ?, ?, ?, 1)", (song_id, title, now, now))

    def replace(self, connection: sqlite3.Connection, song_id: str, made: Path, title: str) -> None:
        """Put an edited folder into a song's place, inside a transaction."""
        place, before = self.song_folder(song_id), self.home / "work" / f"{song_id}{_BEFORE}"
        shutil.rmtree(before, ignore_errors=True)
        place.rename(before)
        made.rename(place)
        self.changed(connection, song_id, title)
        shutil.rmtree(before, ignore_errors=True)

    def changed(self, connection: sqlite3.Connection, song_id: str, title: str) -> None:
        """Say that a song is another now, inside a transaction."""
        connection.execute(
            "UPDATE songs SET revision = revision + 1, changed = ?, title = ? WHERE id = ?",
            (time.time(), title, song_id),
        )

    def songs(self) -> list[dict[str, Any]]:
        """All songs, the last changed first."""
        return [dict(row) for row in self._database.rows("SELECT * FROM songs ORDER BY changed DESC, id")]

    def song(self, song_id: str) -> dict[str, Any]:
        """One song's row.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        row = self._database.row("SELECT * FROM songs WHERE id = ?", song_id)
        if row is None or not self.song_folder(song_id).is_dir():
            raise NotFoundError(f"there is no song {song_id[:80]!r}", "GET /api/songs lists them")
        return dict(row)

    def song_folder(self, song_id: str) -> Path:
        """Where a song lies."""
        return self.home / "songs" / checked_name(song_id, "song")

    def song_file(self, song_id: str, name: str) -> Path:
        """One of a song's files.

        Raises
        ------
        NotFoundError
            If there is no such song or file.
        """
        self.song(song_id)
        found = self.song_folder(song_id) / name
        if name not in SONG_FILES or not found.is_file():
            raise NotFoundError(f"the song has no file {name[:80]!r}", f"it has {', '.join(self.files(song_id))}")
        return found

    def files(self, song_id: str) -> list[str]:
        """The names of a song's files."""
        folder = self.song_folder(song_id)
        return [name for name in SONG_FILES if (folder / name).is_file()]

    def delete(self, connection: sqlite3.Connection, song_id: str) -> None:
        """Remove a song, inside a transaction: first out of sight, then from the disk."""
        folder, away = self.song_folder(song_id), self.work_folder(new_id("d"), 0)
        if folder.is_dir():
            folder.rename(away)
        connection.execute("DELETE FROM songs WHERE id = ?", (song_id,))
        for gone in (away, *(self.home / "made").glob(f"{song_id}-*")):
            shutil.rmtree(gone, ignore_errors=True)

    def sweep(self, job_id: str) -> None:
        """Remove what attempts of a job left."""
        for left in (self.home / "work").glob(f"{job_id}-*"):
            shutil.rmtree(left, ignore_errors=True)

    def work_folder(self, job_id: str, attempt: int) -> Path:
        """Where one attempt of a job is made."""
        return self.home / "work" / f"{job_id}-{attempt}"

    def derived_file(self, song_id: str, revision: int, name: str) -> Path:
        """Where a picture or preview of a song lies, for one revision of it."""
        return self.home / "made" / f"{checked_name(song_id, 'song')}-{revision}" / name

    def export_folder(self, job_id: str) -> Path:
        """Where an export lies."""
        return self.home / "exports" / checked_name(job_id, "job")

    def export_file(self, job_id: str, name: str) -> Path:
        """One file of an export, by its name in the list of files.

        Raises
        ------
        NotFoundError
            If there is no such export or file.
        """
        names = self.export_files(job_id)
        if name not in names:
            raise NotFoundError(f"the export has no file {name[:120]!r}", "its list of files says which")
        return self.export_folder(job_id) / name

    def export_files(self, job_id: str) -> list[str]:
        """The files of an export."""
        folder = self.export_folder(job_id)
        if not folder.is_dir():
            raise NotFoundError(f"there is no export {job_id[:80]!r}", "its job must be done first")
        found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        return sorted(name for name in found if name != MADE_BY)

    def keep_upload(self, name: str, data: bytes) -> dict[str, Any]:
        """Keep a file that was sent; its first bytes are checked here, the rest by a worker's reader.

        Raises
        ------
        FileFormatError
            If it is too large, or not what its name says.
        """
        shown = name_of(name.replace("\\", "/").rpartition("/")[2])[:80] or "upload"
        ending = Path(name).suffix.lower()
        ending = _ENDINGS.get(ending, ending)
        FILE_BYTES.check(len(data), shown)
        if not _is_what_it_says(data, ending):
            raise FileFormatError(
                f"{shown}{ending[:20]}: is no file that can be read here", f"send {', '.join(_SIGNATURES)}"
            )
        upload = {"id": new_id("u"), "name": f"{shown}{ending}", "bytes": len(data)}
        place = self._place_of(str(upload["id"]), str(upload["name"]))
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
                (upload["id"], upload["name"], ending, len(data), time.time()),
            )
        return upload

    def upload_path(self, upload_id: str) -> Path:
        """Where an upload lies.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        row = self._database.row("SELECT * FROM uploads WHERE id = ?", upload_id)
        path = self._place_of(upload_id, row["name"]) if row is not None else None
        if path is None or not path.is_file():
            raise NotFoundError(f"there is no upload {upload_id[:80]!r}", "POST /api/uploads first")
        return path

    def _place_of(self, upload_id: str, name: str) -> Path:
        """Where an upload lies: its file is called as it was, since readers call music after it."""
        return self.home / "uploads" / upload_id / f"{file_name(Path(name).stem)}{Path(name).suffix}"

    def _title(self, folder: Path) -> str:
        """The title of a song that was found."""
        try:
            return load_document(SongPlan, folder / PLAN_FILE, PlanError).title
        except (FileFormatError, PlanError):
            return folder.name


def _is_what_it_says(data: bytes, ending: str) -> bool:
    """Whether a file begins as one of its ending does."""
    signs = _SIGNATURES.get(ending)
    if signs is None or not data:
        return False
    return data.startswith(signs or _UTF16) or (not signs and b"\0" not in data[:4096])


def checked_name(name: str, what: str) -> str:
    """Refuse a name that is no name: it could lead elsewhere.

    Raises
    ------
    NotFoundError
        If it has other signs than letters, digits, - and _.
    """
    if not _NAME.fullmatch(name):
        raise NotFoundError(f"there is no {what} {name[:80]!r}")
    return name
