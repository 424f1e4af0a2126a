"""Write files and folders whole or not at all.

What is written goes to a hidden temporary beside its place and is moved there
at the end, so an error or Ctrl-C leaves no half-written file behind.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from symbolic_music.errors import OutputError, SymbolicMusicError


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
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    with _output_errors(target):
        if os.path.isdir(target):
            raise OutputError(f"{target}: is a folder; give the name of a file")
        try:
            # Made at once, so that a missing permission shows before the work, with the usual file mode.
            temporary.open("xb").close()
            yield temporary
            os.replace(temporary, target)
        finally:
            _remove(temporary)


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
            temporary = target / f".unfinished-{secrets.token_hex(4)}"
            temporary.mkdir()
            yield temporary
            _move_files(temporary, target)
            missing = []
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            for folder in missing:
                _remove_empty(folder)


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
        raise OutputError(f"{target}: cannot be written: {reason}{hint}") from None


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
