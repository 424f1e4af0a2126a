"""Edits of a song's folder: edit, undo, redo, takes, locks; each is done whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from symbolic_music.budget import Progress
from symbolic_music.errors import EditError, FileFormatError, InputError
from symbolic_music.formats.atomic import atomic_folder
from symbolic_music.pipeline.creation import (
    CreateOptions,
    Song,
    load_song,
    run_render,
    write_checked,
    write_song,
)
from symbolic_music.pipeline.differences import difference_lines
from symbolic_music.pipeline.editing import edit_song, takes_of, with_takes
from symbolic_music.pipeline.guarding import check_lock
from symbolic_music.pipeline.workshop import Entry, commit, entries, hashes_of, settle, state_before, step
from symbolic_music.song.document import Document, dump_document, load_document
from symbolic_music.song.edit import MOST_CHOICES, Edit, Lock
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE, SONG_AUDIO, SONG_MIDI, TAKES_FOLDER

TAKES_FILE = "takes.yaml"
# What must be the same for takes to fit.
_BASE_FILES = (SONG_MIDI, LEAD_SHEET, PLAN_FILE)
AUDIO = ("auto", "wav", "none")


@dataclass(frozen=True)
class EditOptions:
    """How a folder is edited.

    ``audio`` is ``auto`` (sound if the folder has it), ``wav`` or ``none``. ``choices`` writes so many versions into
    ``takes/`` and leaves the song as it is.
    """

    audio: str = "auto"
    soundfont: Path | None = None
    choices: int | None = None
    on_progress: Progress | None = None

    def __post_init__(self) -> None:
        if self.audio not in AUDIO:
            raise EditError(f"audio {self.audio!r} is not known; use {', '.join(AUDIO)}")
        if self.choices is not None and not 2 <= self.choices <= MOST_CHOICES:
            raise EditError(f"choices is {self.choices}; use 2 to {MOST_CHOICES}")


class Take(Document):
    """One version to choose: its number, what was done, and what differs from the song in words and numbers."""

    refusal: ClassVar[type[InputError]] = FileFormatError

    schema_version: int = Field(default=1, exclude=True)
    number: int
    did: tuple[str, ...]
    differs: tuple[str, ...]


class Takes(Document):
    """Versions made by one edit, and the files of the song that they were made from."""

    refusal: ClassVar[type[InputError]] = FileFormatError

    words: str = ""
    edit: Edit
    base: dict[str, str]
    takes: tuple[Take, ...]


@dataclass(frozen=True, eq=False)
class FolderEdit:
    """What an edit of a folder did: the song as it is now, a line an operation, and versions to choose from."""

    song: Song
    did: tuple[str, ...]
    differs: tuple[str, ...] = ()
    takes: tuple[Take, ...] = field(default=())


def read_words(folder: str | Path, words: str) -> Edit:
    """Read an edit in words, for the song in a folder.

    Raises
    ------
    EditError
        If any of it is not understood; the message says what.
    """
    from symbolic_music.importing.wishes import read_wish

    plan = load_song(folder).plan
    return read_wish(words, takes_of(plan), plan.tempo_qpm).edit


def edit_folder(folder: str | Path, edit: Edit, options: EditOptions | None = None) -> FolderEdit:
    """Change the song in a folder, or write versions to choose from.

    Parameters
    ----------
    folder : str or Path
        A song's folder.
    edit : Edit
        What is asked.
    options : EditOptions, optional
        Sound; how many versions.

    Returns
    -------
    FolderEdit
        The song and what was done.

    Raises
    ------
    EditError
        If it cannot be done; the folder is as it was.
    OutputError
        If the folder cannot be written; it is as it was.
    """
    options = options or EditOptions()
    folder = Path(folder)
    song = load_song(folder)
    if options.choices is not None:
        return _choices(folder, song, edit, options)
    made = edit_song(song, edit, options.on_progress)
    sounding = with_sound(made.song, folder, options)
    commit(folder, edit.words, made.did, edit.seed, lambda place: write_checked(sounding, place))
    return FolderEdit(sounding, made.did, tuple(difference_lines(song, made.song)))


def with_sound(song: Song, folder: Path, options: EditOptions) -> Song:
    """Render the song if the folder has sound, or if it is wished."""
    if options.audio == "none" or (options.audio == "auto" and not (folder / SONG_AUDIO).is_file()):
        return song
    render = CreateOptions(soundfont=options.soundfont, on_progress=options.on_progress)
    return replace(song, audio=run_render(song.score, render))


def _choices(folder: Path, song: Song, edit: Edit, options: EditOptions) -> FolderEdit:
    """Write versions into ``takes/``; the song stays."""
    first = takes_of(song.plan)
    base = hashes_of(folder, _BASE_FILES)
    made, takes = [], []
    for place in range(options.choices or 0):
        version = edit_song(song, with_takes(edit, first + place))
        made.append(version)
        differs = tuple(difference_lines(song, version.song))
        takes.append(Take(number=place + 1, did=version.did, differs=differs))
    listed = Takes(words=edit.words, edit=edit, base=base, takes=tuple(takes))
    with atomic_folder(folder / TAKES_FOLDER) as aside:
        for take, version in zip(takes, made, strict=True):
            (aside / str(take.number)).mkdir()
            write_song(with_sound(version.song, folder, options), aside / str(take.number))
        _clear_takes(folder)
        (aside / TAKES_FILE).write_text(dump_document(listed), encoding="utf-8")
    return FolderEdit(song, (), (), tuple(takes))


def _clear_takes(folder: Path) -> None:
    """Remove the versions of an earlier edit."""
    place = folder / TAKES_FOLDER
    for number in range(1, MOST_CHOICES + 1):
        shutil.rmtree(place / str(number), ignore_errors=True)


def list_takes(folder: str | Path) -> Takes | None:
    """Read the versions that wait to be chosen; ``None`` if there are none.

    Raises
    ------
    FileFormatError
        If the list cannot be read.
    """
    path = Path(folder) / TAKES_FOLDER / TAKES_FILE
    return load_document(Takes, path, FileFormatError) if path.is_file() else None


def pick_take(folder: str | Path, number: int, options: EditOptions | None = None) -> FolderEdit:
    """Take one of the versions: it becomes the song.

    Raises
    ------
    EditError
        If there is no such version, or the song has changed since they were made.
    """
    folder = Path(folder)
    takes = list_takes(folder)
    known = [take.number for take in takes.takes] if takes is not None else []
    if takes is None or number not in known:
        allowed = f"use {known[0]} to {known[-1]}" if known else "make some with: edit ... --choices 3"
        raise EditError(f"{folder}: there is no take {number}; {allowed}")
    if hashes_of(folder, _BASE_FILES) != takes.base:
        raise EditError(f"{folder}: the song has changed since these takes were made", "undo, or make them again")
    take = takes.takes[known.index(number)]
    chosen = load_song(folder / TAKES_FOLDER / str(number))
    sounding = with_sound(chosen, folder, options or EditOptions())
    did = tuple(f"{line} (choice {number})" for line in take.did)
    commit(folder, takes.words, did, None, lambda place: write_song(sounding, place))
    _clear_takes(folder)
    (folder / TAKES_FOLDER / TAKES_FILE).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (folder / TAKES_FOLDER).rmdir()
    return FolderEdit(chosen, did, take.differs)


def undo(folder: str | Path) -> Entry:
    """Go back to the state before the last edit, to the byte.

    Raises
    ------
    EditError
        If there is nothing to undo.
    """
    return step(folder, -1)


def redo(folder: str | Path) -> Entry:
    """Take up again what was undone last.

    Raises
    ------
    EditError
        If there is nothing to redo.
    """
    return step(folder, 1)


def lock(folder: str | Path, locks: Sequence[Lock]) -> tuple[Lock, ...]:
    """Lock things, so that no edit changes them.

    Raises
    ------
    EditError
        If a section or player is not there.
    """
    song = load_song(folder)
    for one in locks:
        check_lock(song.plan, song.score, one)
    return _with_locks(
        Path(folder), song, (*song.locks, *(one for one in locks if one not in song.locks)), locks, "lock"
    )


def unlock(folder: str | Path, locks: Sequence[Lock] = ()) -> tuple[Lock, ...]:
    """Open locks; all of them if none are named.

    Raises
    ------
    EditError
        If something is not locked.
    """
    song = load_song(folder)
    missing = next((one for one in locks if one not in song.locks), None)
    if missing is not None:
        held = "; ".join(one.said for one in song.locks) or "nothing"
        raise EditError(f"{missing.said} is not locked; locked is: {held}")
    if not song.locks:
        raise EditError(f"{folder}: nothing is locked")
    left = tuple(one for one in song.locks if locks and one not in locks)
    return _with_locks(Path(folder), song, left, locks or song.locks, "unlock")


def _with_locks(
    folder: Path, song: Song, after: tuple[Lock, ...], named: Sequence[Lock], verb: str
) -> tuple[Lock, ...]:
    """Write the song with other locks; all other files keep their bytes."""
    locked = replace(song, locks=after)
    there = settle(folder).states[-1].files

    def write(place: Path) -> None:
        write_song(locked, place)
        for name in there:
            if name != "locks.yaml":
                shutil.copyfile(folder / name, place / name)

    commit(folder, "", tuple(f"{verb} {one.said}" for one in named), None, write)
    return after


def differences(folder: str | Path, other: str | Path | None = None, picture: str | Path | None = None) -> list[str]:
    """Say what differs between a song and another, or its state before, in words and numbers.

    Parameters
    ----------
    other : str or Path, optional
        Another song's folder.
    picture : str or Path, optional
        An ``.svg`` file to draw both in, what differs in colour.

    Raises
    ------
    EditError
        If there is no state before.
    """
    after = load_song(folder)
    if other is not None:
        before = load_song(other)
    else:
        with tempfile.TemporaryDirectory() as place:
            state_before(folder, Path(place))
            before = load_song(place)
    if picture is not None:
        from symbolic_music.drawing.changes import draw_changes

        state = entries(folder) if other is None else []
        did = next(("; ".join(one.did) for one in state if one.is_present), after.plan.title)
        draw_changes(before.score, after.score, picture, did)
    return difference_lines(before, after)
