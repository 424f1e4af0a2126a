"""A song's folder as a workshop: its files, their history, takes to choose from; nothing in it is ever lost.

``history.yaml`` lists the states of the song, what was asked and done, and the SHA-256 of every file that the program
wrote; ``history/`` holds the files of all states but the present one, byte for byte. A folder whose files somebody
else changed is taken as it is: the changes become a state of their own before anything is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from symbolic_music.errors import EditError, FileFormatError, InputError, OutputError
from symbolic_music.formats.atomic import atomic_folder, atomic_path
from symbolic_music.song.document import Document, dump_document, load_document
from symbolic_music.song.folder import HISTORY_FILE, HISTORY_FOLDER, SONG_AUDIO, SONG_FILES

CHANGED_OUTSIDE = "changed by another program"
# Sound is large: it is kept for so many states before the present one, and made again after that.
SOUNDS_KEPT = 3
_NAME_DIGITS = 20


class State(Document):
    """One state of a song: what was asked, what was done, by which chance, and its files' SHA-256."""

    refusal: ClassVar[type[InputError]] = FileFormatError

    schema_version: int = Field(default=1, exclude=True)
    words: str = ""
    did: tuple[str, ...] = ()
    seed: int | None = None
    files: dict[str, str]


class History(Document):
    """The states of a song in order; ``present`` counts from 0. What comes after it was undone."""

    refusal: ClassVar[type[InputError]] = FileFormatError

    present: int = Field(default=0, ge=0)
    states: tuple[State, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A state in a list: its number from 0, whether it is the present one, its words and what was done."""

    number: int
    is_present: bool
    words: str
    did: tuple[str, ...] = field(default=())
    seed: int | None = None


def read_history(folder: str | Path) -> History:
    """Read a folder's history; a song without one has none yet.

    Raises
    ------
    FileFormatError
        If it cannot be read.
    """
    path = Path(folder) / HISTORY_FILE
    if not path.is_file():
        return History()
    history = load_document(History, path, FileFormatError)
    if history.states and history.present >= len(history.states):
        raise FileFormatError(f"{path}: present is {history.present}, but there are {len(history.states)} states")
    return history


def entries(folder: str | Path) -> list[Entry]:
    """List a song's states.

    Raises
    ------
    FileFormatError
        If there is no song, or its history cannot be read.
    """
    _check_song(Path(folder))
    history = read_history(folder)
    return [
        Entry(number, number == history.present, state.words, state.did, state.seed)
        for number, state in enumerate(history.states)
    ]


def first_history(files: Mapping[str, str], words: str, did: Sequence[str], seed: int | None) -> History:
    """The history of a song that was just made."""
    return History(states=(State(words=words, did=tuple(did), seed=seed, files=dict(files)),))


def hashes_of(folder: Path, names: Iterable[str] = SONG_FILES) -> dict[str, str]:
    """SHA-256 of a folder's files that are there."""
    return {name: _sha(folder / name) for name in names if (folder / name).is_file()}


def settle(folder: str | Path) -> History:
    """Bring a folder to rest before something is done: finish what a killed run began, keep what others changed.

    Returns
    -------
    History
        Whose present state is what lies in the folder.

    Raises
    ------
    FileFormatError
        If it is no song's folder.
    OutputError
        If it cannot be written.
    """
    folder = Path(folder)
    _check_song(folder)
    history = read_history(folder)
    there = hashes_of(folder)
    if not history.states:
        return first_history(there, "", ("as it was found",), None)
    wanted = history.states[history.present].files
    if there == wanted:
        return history
    if _was_moving(folder, history, there):
        _bring(folder, history)
        return history
    state = State(words="", did=(CHANGED_OUTSIDE,), files=there)
    return _followed(history, state)


def _was_moving(folder: Path, history: History, there: Mapping[str, str]) -> bool:
    """Whether every file is of the present state or of a neighbour of it: a run was killed between two files."""
    wanted = history.states[history.present].files
    near = [history.states[n].files for n in (history.present - 1, history.present + 1) if 0 <= n < len(history.states)]
    if any(name not in there and not _blob(folder, wanted[name], name).is_file() for name in wanted):
        return False
    return any(all(sha in (wanted.get(name), other.get(name)) for name, sha in there.items()) for other in near)


def _followed(history: History, state: State) -> History:
    """A history with one more state after the present one; what was undone before is forgotten."""
    states = (*history.states[: history.present + 1], state)
    return history.model_copy(update={"states": states, "present": len(states) - 1})


def commit(
    folder: str | Path, words: str, did: Sequence[str], seed: int | None, write: Callable[[Path], None]
) -> History:
    """Write a song's next state.

    The files of both states go into ``history/`` first, and copies of the new ones beside their places; then the
    history says what is to be; then the copies take their places, which needs no room. So a disk that is full changes
    nothing. A run that is killed on the way leaves a folder that the next one finishes.

    Parameters
    ----------
    write : callable
        Writes all files of the song into an empty folder; files that it leaves out are gone from the song.

    Raises
    ------
    OutputError
        If the folder cannot be written; then it is as it was.
    """
    folder = Path(folder)
    history = settle(folder)
    with _nothing_left_of_failures(folder, history):
        with atomic_folder(folder / HISTORY_FOLDER) as aside:
            made = aside / "made"
            made.mkdir()
            write(made)
            files = hashes_of(made)
            _store(folder, folder, aside, history.states[history.present].files)
            _store(folder, made, aside, files)
            shutil.rmtree(made)
        after = _followed(history, State(words=words, did=tuple(did), seed=seed, files=files))
        _bring(folder, after)
    _prune(folder, after)
    return after


@contextlib.contextmanager
def _nothing_left_of_failures(folder: Path, history: History) -> Iterator[None]:
    """Take out of ``history/`` what was put there for a state that did not come to be."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            # Killed or stopped between two files it has come to be, and the next run finishes it.
            if not (folder / HISTORY_FILE).is_file() or read_history(folder) == history:
                _prune(folder, history)
        raise


def step(folder: str | Path, by: int) -> Entry:
    """Go to the state before (-1) or after (1) the present one.

    Returns
    -------
    Entry
        For -1 the state that was left, for 1 the one that was taken up again.

    Raises
    ------
    EditError
        If there is none.
    """
    folder = Path(folder)
    history = settle(folder)
    target = history.present + by
    if not 0 <= target < len(history.states):
        raise EditError(f"{folder}: there is nothing to {'undo' if by < 0 else 'redo'}")
    after = history.model_copy(update={"present": target})
    with _nothing_left_of_failures(folder, history):
        with atomic_folder(folder / HISTORY_FOLDER) as aside:
            _store(folder, folder, aside, history.states[history.present].files)
        lost = [
            name for name, sha in history.states[target].files.items()
            if name != SONG_AUDIO and not _blob(folder, sha, name).is_file()
        ]  # fmt: skip
        if lost:
            raise EditError(f"{folder / HISTORY_FOLDER}: {lost[0]} of that state is gone")
        _bring(folder, after)
    _prune(folder, after)
    state = history.states[history.present if by < 0 else target]
    return Entry(target, True, state.words, state.did, state.seed)


def _store(folder: Path, source: Path, aside: Path, files: Mapping[str, str]) -> None:
    """Put files by their content where ``history/`` will have them."""
    for name, sha in files.items():
        blob = aside / _blob(folder, sha, name).name
        if (source / name).is_file() and not _blob(folder, sha, name).is_file() and not blob.exists():
            try:
                os.link(source / name, blob)  # a name more for the same bytes: large sounds are not copied
            except OSError:
                shutil.copyfile(source / name, blob)


def _bring(folder: Path, history: History) -> None:
    """Save a history and let the files of its present state take their places, all or none."""
    wanted = history.states[history.present].files
    with atomic_folder(folder) as unfinished:
        for name, sha in wanted.items():
            blob = _blob(folder, sha, name)
            if blob.is_file() and not _holds(folder / name, sha):
                shutil.copyfile(blob, unfinished / name)
        _save_history(folder, history)
    for name in SONG_FILES:
        # Only what the program wrote goes; and a sound that is kept no longer, for it is of another state.
        is_old = name not in wanted and any(_holds(folder / name, state.files.get(name)) for state in history.states)
        is_other = name == SONG_AUDIO and name in wanted and not _holds(folder / name, wanted[name])
        if is_old or is_other:
            (folder / name).unlink(missing_ok=True)


def _holds(path: Path, sha: str | None) -> bool:
    """Whether a file is there and has this content."""
    return path.is_file() and _sha(path) == sha


def _prune(folder: Path, history: History) -> None:
    """Remove from ``history/`` what the present state has in its place, and what no state has any more."""
    present = history.states[history.present].files
    needed = set()
    for number, state in enumerate(history.states):
        for name, sha in state.files.items():
            is_old = name == SONG_AUDIO and abs(number - history.present) > SOUNDS_KEPT
            if present.get(name) != sha and not is_old:
                needed.add(_blob(folder, sha, name).name)
    place = folder / HISTORY_FOLDER
    for path in place.iterdir() if place.is_dir() else ():
        if path.is_file() and path.name not in needed and not path.name.startswith("."):
            path.unlink()
    with contextlib.suppress(OSError):
        place.rmdir()


def _save_history(folder: Path, history: History) -> None:
    """Write the history, the moment from which on a state counts."""
    with atomic_path(folder / HISTORY_FILE) as unfinished:
        unfinished.write_text(dump_document(history), encoding="utf-8")


def _blob(folder: Path, sha: str, name: str) -> Path:
    """Where a file of another state lies."""
    stem, dot, ending = name.partition(".")
    return folder / HISTORY_FOLDER / f"{stem}-{sha[:_NAME_DIGITS]}{dot}{ending}"


def _sha(path: Path) -> str:
    """A file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_song(folder: Path) -> None:
    """Refuse a folder that is no song's."""
    if not folder.is_dir():
        raise FileFormatError(f"{folder}: no such song folder")


def check_replaceable(folder: str | Path, names: Sequence[str] = SONG_FILES) -> History | None:
    """Make sure that what a new song would replace was written by this program and not changed since.

    Returns
    -------
    History or None
        The history of the song that lies there, if there is one.

    Raises
    ------
    OutputError
        If a file is somebody else's, or was changed; the message names it.
    """
    folder = Path(folder)
    # os.path's answer, unlike Path's, is no error where a name is too long to look at.
    history = read_history(folder) if os.path.isfile(folder / HISTORY_FILE) else None
    known = {(name, sha) for state in (history.states if history else ()) for name, sha in state.files.items()}
    for name in names:
        path = folder / name
        if os.path.isfile(path) and (name, _sha(path)) not in known:
            why = "was changed since it was written" if any(name == other for other, _ in known) else (
                "was not written by this command")  # fmt: skip
            raise OutputError(f"{path}: {why}; nothing was written", "use --force to replace it, or another folder")
    return history if history and history.states else None


def state_before(folder: str | Path, place: Path) -> None:
    """Write the state before the last change of the music into an empty folder; locks change none.

    Raises
    ------
    EditError
        If there is none.
    """
    folder = Path(folder)
    history = settle(folder)
    if history.present == 0:
        raise EditError(f"{folder}: there is no state before this one")
    now = _music_of(history.states[history.present])
    earlier = reversed(history.states[: history.present])
    before = next((state for state in earlier if _music_of(state) != now), history.states[history.present - 1])
    for name, sha in before.files.items():
        blob = _blob(folder, sha, name)
        source = blob if blob.is_file() else folder / name
        if source.is_file() and (blob.is_file() or _sha(source) == sha):
            shutil.copyfile(source, place / name)


def _music_of(state: State) -> dict[str, str]:
    """The files of a state that hold notes or plans."""
    return {name: sha for name, sha in state.files.items() if name in ("song.mid", "lead.musicxml", "plan.yaml")}
