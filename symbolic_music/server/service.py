"""The service behind REST and agents: takes requests, keeps songs, has workers make them."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbolic_music.errors import BriefError, InputError, SymbolicMusicError
from symbolic_music.pipeline.creation import check_band
from symbolic_music.pipeline.origin import weight_files
from symbolic_music.pipeline.requests import ChordsRequest
from symbolic_music.pipeline.summary import picture_lines, plan_data
from symbolic_music.pipeline.wishes import join_wish
from symbolic_music.server.database import Database
from symbolic_music.server.derived import DERIVED, cut_for_page, derive, keep_newest, page_soundfont
from symbolic_music.server.documents import SongEditRequest, SongExportRequest, SongRequest, UploadRequest
from symbolic_music.server.jobs import Asked, Bell, ConflictError, Job, Jobs, NotFoundError, fingerprint_of, new_id
from symbolic_music.server.keeper import WORKER_COMMAND, Keeper, Workshop
from symbolic_music.server.library import MADE_BY, Library
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.work import Task
from symbolic_music.song.brief import Brief
from symbolic_music.song.correction import Corrections
from symbolic_music.song.document import Document, load_document, read_data
from symbolic_music.song.edit import Edit, Lock, Locks
from symbolic_music.song.folder import LEAD_SHEET, LOCKS_FILE, PLAN_FILE, PROVENANCE_FILE, SONG_MIDI, TAKES_FOLDER
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, tick_to_seconds

if TYPE_CHECKING:
    from symbolic_music.pipeline.over_chords import ChordIdeas

DATABASE_FILE = "jobs.sqlite"
_DRUM_BANK = 128


class Service:
    """Songs and jobs of one home.

    Parameters
    ----------
    options : ServerOptions
        Where and how much.
    command : sequence of str
        What starts a worker.
    """

    def __init__(self, options: ServerOptions, command: Sequence[str] = WORKER_COMMAND) -> None:
        self.options = options
        options.home.mkdir(parents=True, exist_ok=True)
        self._database = Database(options.home / DATABASE_FILE)
        self.bell = Bell()
        self.jobs = Jobs(self._database, self.bell.ring)
        self.library = Library(options.home, self._database)
        self.library.open()
        self._workshop = Workshop(
            self.jobs, self.bell, options.budget, self._task_of, self._settle, self._settled_before,
            lambda job: self.library.sweep(job.id), command,
        )  # fmt: skip
        self.keepers: list[Keeper] = []
        # Engraver and drawing library have one state each.
        self._engraving, self._drawing = threading.Lock(), threading.Lock()
        self._finding = threading.Lock()

    def start(self) -> None:
        """Start the workers."""
        self.keepers = [Keeper(self._workshop, number) for number in range(self.options.n_workers)]
        for keeper in self.keepers:
            keeper.start()

    def stop(self) -> None:
        """End the workers; jobs that run are queued again."""
        for keeper in self.keepers:
            keeper.stop()
        self.bell.ring()
        for keeper in self.keepers:
            keeper.join(10)
        self.keepers = []
        self._database.close()

    @contextlib.contextmanager
    def running(self) -> Iterator[Service]:
        """Run the workers meanwhile."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def make_song(self, request: SongRequest, key: str | None = None) -> tuple[Job, bool]:
        """Queue a song; what cannot be made is refused before.

        Raises
        ------
        InputError
            If something asked for is not possible.
        """
        body = _said(request)
        brief, plan = _wish(request)
        replace(request.options(plan), cues=request.cues)  # refuses both
        whole = SongRequest(
            brief=brief, plan=plan, audio=request.audio, candidates=request.candidates, humanize=request.humanize,
            straight=request.straight, cues=request.cues,
        )  # fmt: skip
        is_seeded = plan is not None or "seed" in request.brief.model_fields_set
        asked = Asked(
            "create", body, _said(whole), _key(key, "create", body if is_seeded else None), None, brief.seed
        )  # fmt: skip
        return self.jobs.submit(asked, self.options.most_waiting)

    def import_song(self, request: UploadRequest, key: str | None = None) -> tuple[Job, bool]:
        """Queue the reading of an upload as a song."""
        self.library.upload_path(request.upload_id)
        if request.like is not None:
            self.library.song(request.like)
        body = _said(request)
        return self.jobs.submit(
            Asked("import", body, body, _key(key, "import", body)), self.options.most_waiting
        )  # fmt: skip

    def edit_song(
        self, song_id: str, request: SongEditRequest, key: str | None = None, revision: int | None = None
    ) -> tuple[Job, bool]:
        """Queue a change of a song; with a revision, only if the song is still that.

        Raises
        ------
        ConflictError
            If it is not.
        EditError
            If words alone say what to do, and any of them is not understood.
        """
        song = self.library.song(song_id)
        _check_revision(song, revision)
        if not request.operations:
            self.read_words(song_id, request.words)  # the job reads them again, for the song as it is by then
        body = _said(request) | {"song_id": song_id, "revision": song["revision"]}
        asked = Asked("edit", body, _said(request), _key(key, "edit", body), song_id)
        return self.jobs.submit(asked, self.options.most_waiting)

    def read_words(self, song_id: str, words: str) -> Edit:
        """Read an edit in words for a song, without doing it.

        Raises
        ------
        EditError
            If any of it is not understood.
        """
        from symbolic_music.pipeline import songs

        self.library.song(song_id)
        with _named(song_id, self.library.song_folder(song_id)):
            return songs.read_words(self.library.song_folder(song_id), words)

    def step(self, song_id: str, verb: str, revision: int | None = None) -> dict[str, Any]:
        """Go one state back or on (``undo``, ``redo``)."""
        from symbolic_music.pipeline import songs

        return self._at_once(song_id, revision, songs.undo if verb == "undo" else songs.redo)

    def pick(self, song_id: str, number: int, revision: int | None = None) -> dict[str, Any]:
        """Make one of the versions the song."""
        from symbolic_music.pipeline.songs import EditOptions, pick_take

        options = EditOptions(audio="none")
        return self._at_once(song_id, revision, lambda folder: pick_take(folder, number, options))

    def lock(self, song_id: str, locks: Sequence[Lock], opens: bool) -> dict[str, Any]:
        """Lock or unlock; opening nothing opens all."""
        from symbolic_music.pipeline import songs

        return self._at_once(song_id, None, lambda folder: (songs.unlock if opens else songs.lock)(folder, locks))

    def correct(self, song_id: str, corrections: Corrections, revision: int | None = None) -> dict[str, Any]:
        """Correct notes and words by hand."""
        from symbolic_music.pipeline.correcting import correct_folder

        return self._at_once(song_id, revision, lambda folder: correct_folder(folder, corrections))

    def _at_once(self, song_id: str, revision: int | None, do: Callable[[Path], object]) -> dict[str, Any]:
        """Change a song's folder here and now, while no job does."""
        with self._database.writing() as connection:
            song = self.library.song(song_id)
            _check_revision(song, revision)
            busy = connection.execute(
                "SELECT id FROM jobs WHERE song_id = ? AND state = 'running' AND kind = 'edit'", (song_id,)
            ).fetchone()
            if busy is not None:
                raise ConflictError(f"job {busy[0]} is changing the song", "wait for it, or cancel it")
            with _named(song_id, self.library.song_folder(song_id)):
                do(self.library.song_folder(song_id))
            (self.library.song_folder(song_id) / MADE_BY).unlink(missing_ok=True)
            self.library.changed(connection, song_id, self.plan(song_id).title)
            self.jobs.free_key_of_song(connection, song_id)
            self.jobs.tell_in(connection, song_id, "changed")
        self.bell.ring()
        return self.describe_song(song_id)

    def history(self, song_id: str) -> list[dict[str, Any]]:
        """A song's states."""
        from symbolic_music.pipeline.workshop import entries

        self.library.song(song_id)
        return [vars(entry) for entry in entries(self.library.song_folder(song_id))]

    def takes(self, song_id: str) -> list[dict[str, Any]]:
        """The versions that wait to be chosen."""
        from symbolic_music.pipeline.songs import list_takes

        self.library.song(song_id)
        found = list_takes(self.library.song_folder(song_id))
        return [] if found is None else [take.model_dump(mode="json") for take in found.takes]

    def take_score(self, song_id: str, number: int) -> Score:
        """One version's notes."""
        from symbolic_music.formats.midi import read_midi

        if number not in [take["number"] for take in self.takes(song_id)]:
            raise NotFoundError(f"the song has no take {number}", "ask for an edit with choices first")
        return read_midi(self.library.song_folder(song_id) / TAKES_FOLDER / str(number) / SONG_MIDI)

    def export_song(self, song_id: str, request: SongExportRequest, key: str | None = None) -> tuple[Job, bool]:
        """Queue an export of a song as it is now."""
        from symbolic_music.pipeline.song_export import FORMATS, SongExportOptions

        song = self.library.song(song_id)
        SongExportOptions(request.audio)
        request.game().options()
        unknown = [name for name in request.formats if name not in FORMATS]
        if unknown or not (request.formats or request.game_pack or request.stems):
            said = f"format {unknown[0][:40]!r} is not known" if unknown else "no format is asked for"
            raise InputError(said, f"use one or more of {', '.join(FORMATS)}, or game_pack")
        body = _said(request) | {"song_id": song_id, "revision": song["revision"]}
        asked = Asked("export", body, _said(request), _key(key, "export", body), song_id)
        return self.jobs.submit(asked, self.options.most_waiting)

    def describe_song(self, song_id: str) -> dict[str, Any]:
        """A song's row, its plan in short, its tracks and files."""
        row = self.library.song(song_id)
        score = self.score(song_id)
        tracks = [
            {"name": track.name, "role": track.role, "program": track.program, "is_drum": track.is_drum,
             "n_notes": len(track.notes)}
            for track in score.tracks
        ]  # fmt: skip
        return {
            **plan_data(self.plan(song_id)), **row, "tracks": tracks, "files": self.library.files(song_id),
            "locks": self._locks(song_id), "duration_sec": round(tick_to_seconds(score, score.end_tick), 2),
        }  # fmt: skip

    def _locks(self, song_id: str) -> list[dict[str, Any]]:
        """What is locked in a song."""
        path = self.library.song_folder(song_id) / LOCKS_FILE
        found = load_document(Locks, path, InputError).locks if path.is_file() else ()
        return [one.model_dump(mode="json", exclude_none=True) for one in found]

    def plan(self, song_id: str) -> SongPlan:
        """A song's plan."""
        self.library.song(song_id)
        return load_document(SongPlan, self.library.song_folder(song_id) / PLAN_FILE, InputError)

    def score(self, song_id: str) -> Score:
        """A song's score."""
        from symbolic_music.formats.midi import read_midi

        self.library.song(song_id)
        return read_midi(self.library.song_folder(song_id) / SONG_MIDI)

    def chord_lines(self, song_id: str) -> list[tuple[str, str]]:
        """Each section's chords in a line."""
        from symbolic_music.formats.musicxml import read_lead_sheet
        from symbolic_music.pipeline.describing import section_chords

        return section_chords(self.plan(song_id), read_lead_sheet(self.library.song_file(song_id, LEAD_SHEET)))

    def hit_lines(self, song_id: str) -> list[str]:
        """Where the cues of a song to picture are heard, a line each; none of another song."""
        path = self.library.song_folder(song_id) / PROVENANCE_FILE
        said = read_data(path) if path.is_file() else None
        return [line.strip() for line in picture_lines(said)] if isinstance(said, dict) else []

    def find_chords(self, request: ChordsRequest) -> ChordIdeas:
        """Find how chords could go on; one asks at a time, since each takes all that a processor has."""
        from symbolic_music.pipeline.over_chords import ideas_for

        with self._finding:
            return ideas_for(request)

    def file(self, song_id: str, name: str) -> Path:
        """One of a song's files, or of those that are made when somebody asks: picture, preview, its soundfont.

        Raises
        ------
        NotFoundError
            If there is no such song or file.
        RenderError
            If a preview is asked for and there is no synthesizer, or a soundfont and none is installed.
        """
        if name not in DERIVED:
            return self.library.song_file(song_id, name)
        row = self.library.song(song_id)
        made = self.library.derived_file(song_id, row["revision"], name)
        with self._drawing:
            if not made.is_file():
                derive(self.library.song_folder(song_id), made)
        return made

    def soundfont(self, presets: str) -> Path:
        """A soundfont of some presets, written ``0-33,128-0``: bank and program each.

        Raises
        ------
        InputError
            If that is no list of presets.
        RenderError
            If no soundfont is installed.
        """
        found = sorted({tuple(map(int, one.split("-"))) for one in presets.split(",")})
        if any(bank > _DRUM_BANK or program > 127 for bank, program in found):
            raise InputError(f"{presets[:80]!r}: banks are 0 to {_DRUM_BANK}, programs 0 to 127")
        name = fingerprint_of([str(page_soundfont()), found])[:24]
        made = self.library.home / "made" / "soundfonts" / f"{name}.sf2"
        with self._drawing:
            if not made.is_file():
                made.parent.mkdir(parents=True, exist_ok=True)
                cut_for_page(found, made)
                keep_newest(made.parent)
        return made

    def pages(self, song_id: str) -> list[str]:
        """A song's lead sheet, engraved: one SVG a page."""
        from symbolic_music.drawing.engraving import engrave
        from symbolic_music.formats.musicxml import lead_sheet_to_xml, read_lead_sheet, xml_text

        sheet = read_lead_sheet(self.library.song_file(song_id, LEAD_SHEET))
        with self._engraving:
            return engrave(xml_text(lead_sheet_to_xml(sheet)))

    def delete_song(self, song_id: str) -> None:
        """Remove a song for good."""
        self.library.song(song_id)
        with self._database.writing() as connection:
            self.library.delete(connection, song_id)
            self.jobs.free_key_of_song(connection, song_id)
        self.bell.ring()

    def _task_of(self, job: Job) -> Task:
        """Say a job with the paths that its worker needs."""
        request = dict(job.request)
        folder = self.library.work_folder(job.id, job.attempt)
        if job.kind == "import":
            like = request.get("like")
            song = None if like is None else self.library.song_folder(like)
            return Task(job.kind, request, folder, song, self.library.upload_path(request["upload_id"]))
        song = None if job.kind == "create" else self.library.song_folder(str(job.song_id))
        return Task(job.kind, request, folder, song, None)

    def _place(self, job: Job) -> Path:
        """Where what a job makes goes."""
        return (
            self.library.export_folder(job.id) if job.kind == "export" else self.library.song_folder(str(job.song_id))
        )

    def _settle(self, job: Job, task: Task, result: Mapping[str, Any]) -> bool:
        """Bring what a job made to its place, and end the job."""

        def move(connection: sqlite3.Connection) -> None:
            place = self._place(job)
            (task.folder / MADE_BY).write_text(job.id, encoding="utf-8")
            _flush(task.folder)
            if job.kind == "edit":
                self.library.replace(connection, place.name, task.folder, str(result["title"]))
                self.jobs.free_key_of_song(connection, place.name)
                return
            shutil.rmtree(place, ignore_errors=True)
            os.rename(task.folder, place)
            if job.kind in ("create", "import"):
                self.library.add(connection, place.name, str(result["title"]))

        return self.jobs.finish(job, result, move)

    def _settled_before(self, job: Job) -> bool:
        """End a job whose work was at its place before the server died."""
        place = self._place(job)
        if job.attempt == 1 or not _is_made_by(place, job):
            return False

        def keep(connection: sqlite3.Connection) -> Mapping[str, Any]:
            if job.kind == "export":
                return {"files": self.library.export_files(job.id)}
            plan = load_document(SongPlan, place / PLAN_FILE, InputError)
            if job.kind == "edit":
                self.library.changed(connection, place.name, plan.title)
                return {"title": plan.title}
            self.library.add(connection, place.name, plan.title)
            return {"title": plan.title, "seed": plan.seed}

        return self.jobs.finish(job, {}, keep)


def _check_revision(song: Mapping[str, Any], revision: int | None) -> None:
    """Refuse what was asked of an earlier state of a song."""
    if revision is not None and revision != song["revision"]:
        raise ConflictError(f"the song is at revision {song['revision']}, not {revision}", "read it again")


@contextlib.contextmanager
def _named(song_id: str, folder: Path) -> Iterator[None]:
    """Call a song by its id in errors: where it lies is nobody's to know."""
    try:
        yield
    except SymbolicMusicError as failure:
        raise type(failure)(failure.message.replace(str(folder), song_id), failure.hint) from None


def _is_made_by(place: Path, job: Job) -> bool:
    """Whether a folder is what a job made of it."""
    path = place / MADE_BY
    return path.is_file() and path.read_text(encoding="utf-8") == job.id


def _wish(request: SongRequest) -> tuple[Brief, SongPlan | None]:
    """Join prompt and fields as the command line does; a plan says everything itself."""
    said = {name: getattr(request.brief, name) for name in request.brief.model_fields_set if name != "schema_version"}
    if request.plan is None:
        return join_wish(said).brief, None
    clash = sorted(said.keys() - {"seed"})
    if clash:
        raise BriefError(f"the plan says all that {clash[0]} would", f"leave {clash[0]} out, or change it in the plan")
    check_band(request.plan.band, "plan")
    plan = request.plan.model_copy(update={"seed": said.get("seed", request.plan.seed)})
    return Brief(title=plan.title, seed=plan.seed), plan


def _said(document: Document) -> dict[str, Any]:
    """A request as plain data: only what was set, so that a new field makes no other request of it."""
    return document.model_dump(mode="json", exclude_unset=True)


def _key(key: str | None, kind: str, body: Mapping[str, Any] | None) -> str:
    """The key of a request: the client's, else what it asks for with these weights; a drawn seed is never the same."""
    if key is not None:
        return f"client:{key}"
    return new_id("k") if body is None else f"same:{fingerprint_of([kind, body, _weights()])}"


@cache
def _weights() -> str:
    """The weights, as a number."""
    return fingerprint_of([row["sha256"] for row in weight_files()])


def _flush(folder: Path) -> None:
    """Have the system write a folder's files to the disk, as far as it can."""
    for path in folder.rglob("*"):
        if path.is_file():
            with contextlib.suppress(OSError), path.open("rb") as file:
                os.fsync(file.fileno())
