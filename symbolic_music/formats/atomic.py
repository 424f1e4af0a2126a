"""Write files and folders whole or not at all.

What is written goes to a hidden temporary beside its place and is moved there
at the end, so an error or Ctrl-C leaves no half-written file behind. A run that is
killed leaves its temporary, whose name says its machine and process: the next run
that writes there removes it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Protocol

from symbolic_music.errors import OutputError, SymbolicMusicError

_UNFINISHED = ".unfinished-"
_OWNER = re.compile(r"\.unfinished-([0-9a-f]{8})-([0-9]{1,9})-[0-9a-f]{8}")


class Keeper(Protocol):
    """Is asked before a file is replaced, and told of every file that was written."""

    def check(self, path: Path) -> None:
        """Raise ``OutputError`` if a file there must stay."""

    def wrote(self, path: Path) -> None:
        """Know that a file was written."""


_keeper: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


@contextmanager
def kept_by(keeper: Keeper) -> Iterator[None]:
    """Let a keeper watch over all that is written inside."""
    token = _keeper.set(keeper)
    try:
        yield
    finally:
        _keeper.reset(token)


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, then move it to its place.

    Parameters
    ----------
    path : str or Path
        Where the file shall be; a file there is replaced.

    Yields
    ------
    Path
        An empty file in the same folder, with the same suffix.

    Raises
    ------
    OutputError
        If the file cannot be written or the folder does not exist.
    """
    target = Path(path)
    temporary = target.with_name(_temporary_name() + target.suffix)
    with _output_errors(target):
        if os.path.isdir(target):
            raise OutputError(f"{target}: is a folder; give the name of a file")
        if _is_device(target):
            # Moving a file there would take the device away, for the whole machine.
            raise OutputError(f"{target}: is no file but a device or a pipe; give the name of a file")
        _check([target])
        try:
            _remove_left_behind(target.parent)
            # Made at once, so that a missing permission shows before the work, with the usual file mode.
            temporary.open("xb").close()
            yield temporary
            os.replace(temporary, target)
        finally:
            _remove(temporary)
        _tell([target])


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder to fill, then move its files to their place.

    Files of the same name in an existing folder are replaced, others stay.
    On an error or Ctrl-C, nothing is left, and the folder is as it was.

    Parameters
    ----------
    path : str or Path
        The folder; it and its parents are made if need be.

    Yields
    ------
    Path
        An empty folder on the same file system.

    Raises
    ------
    OutputError
        If the folder cannot be made or written.
    """
    target = Path(os.path.abspath(path))
    # os.path's answers, unlike Path's, are no errors where looking is not permitted.
    missing = [folder for folder in (target, *target.parents) if not os.path.exists(folder)]
    with _output_errors(target):
        if os.path.exists(target) and not os.path.isdir(target):
            raise OutputError(f"{target}: is a file; give the name of a folder")
        temporary: Path | None = None
        try:
            # Inside the folder, so that one on its own file system (a mount) can be filled too.
            target.mkdir(parents=True, exist_ok=True)
            _remove_left_behind(target)
            temporary = target / _temporary_name()
            temporary.mkdir()
            yield temporary
            made = [target / path.relative_to(temporary) for path in temporary.rglob("*") if path.is_file()]
            _check(made)
            _move_files(temporary, target)
            missing = []
            _tell(made)
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            for folder in missing:
                _remove_empty(folder)


def check_places(folder: str | Path, names: Iterable[str]) -> None:
    """Ask before the work whether files of these names in a folder may be replaced.

    Raises
    ------
    OutputError
        If one must stay.
    """
    _check(Path(os.path.abspath(folder)) / name for name in names)


def _is_device(target: Path) -> bool:
    """Tell whether a place is the system's, such as /dev/null, or a pipe."""
    is_other = os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target)
    return is_other or Path(os.path.abspath(target)).parent == Path("/dev")


def _check(paths: Iterable[Path]) -> None:
    """Ask the keeper, if there is one, whether files may be replaced."""
    if (keeper := _keeper.get()) is not None:
        for path in _lasting(paths):
            keeper.check(path)


def _tell(paths: Iterable[Path]) -> None:
    """Tell the keeper, if there is one, what was written."""
    if (keeper := _keeper.get()) is not None:
        for path in _lasting(paths):
            keeper.wrote(path)


def _lasting(paths: Iterable[Path]) -> Iterator[Path]:
    """Leave out temporaries and what is written into them."""
    return (path for path in paths if _UNFINISHED not in str(path))


def _temporary_name() -> str:
    """Make a hidden name that says whose it is: machine, process, and a number."""
    return f"{_UNFINISHED}{_machine()}-{os.getpid()}-{secrets.token_hex(4)}"


@cache
def _machine() -> str:
    """Name this machine so that a file's name can hold it; folders may be shared by several."""
    return hashlib.sha256(socket.gethostname().encode("utf-8", "replace")).hexdigest()[:8]


def _remove_left_behind(folder: Path) -> None:
    """Remove what killed runs of this machine left in a folder."""
    try:
        entries = [entry for entry in os.scandir(folder) if entry.name.startswith(_UNFINISHED)]
    except OSError:
        return
    for entry in entries:
        found = _OWNER.match(entry.name)
        if found is None or found[1] != _machine() or _is_running(int(found[2])):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            _remove(Path(entry.path))


def _is_running(process: int) -> bool:
    """Tell whether a process of this machine runs; where that cannot be known, yes."""
    if sys.platform == "win32":
        # There, signal 0 would be Ctrl-C: a handle is asked for instead (synchronize, 0x100000).
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x100000, False, process)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@contextmanager
def _output_errors(target: Path) -> Iterator[None]:
    """Turn the system's errors into one clear line."""
    try:
        yield
    except SymbolicMusicError:
        raise
    except OSError as failure:
        reason = (failure.strerror or str(failure)).lower()
        hint = "; the folder must exist and be writable" if not os.path.isdir(target.parent) else ""
        raise OutputError(f"{_shown(target)}: cannot be written: {reason}{hint}") from None


def _shown(target: Path) -> Path:
    """Where a file shall be in the end, without the temporary folder that it is written to first."""
    return Path(*(part for part in target.parts if not part.startswith(_UNFINISHED)))


def _move_files(source: Path, target: Path) -> None:
    """Move every file of a folder into another, replacing those of the same name."""
    for item in sorted(source.iterdir()):
        place = target / item.name
        if item.is_dir():
            place.mkdir(exist_ok=True)
            _move_files(item, place)
        else:
            os.replace(item, place)


def _remove(path: Path) -> None:
    """Remove a temporary file if it is still there."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _remove_empty(folder: Path) -> None:
    """Remove a folder that was made in vain, if it is empty."""
    try:
        folder.rmdir()
    except OSError:
        return
