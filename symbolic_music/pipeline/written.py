"""Which files this program wrote and nobody has changed since: only these are replaced without being told to.

A ledger in the user's own state folder has a digest of place and content for every file that a command wrote. It says
nothing of either to who reads it. A song's files are in its history too. Where no ledger can be kept (no home, read
only), nothing is known to be ours.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from symbolic_music.errors import OutputError, SymbolicMusicError
from symbolic_music.formats.atomic import Keeper, atomic_path, kept_by
from symbolic_music.song.folder import HISTORY_FILE

# Lines of the ledger; the older half goes when there are more.
MOST_LINES = 100_000
_LINE_BYTES = 65


@contextmanager
def keeping(force: bool, *targets: Path | None) -> Iterator[Keeper]:
    """Replace only what this program wrote, and remember what it writes.

    Parameters
    ----------
    force : bool
        Replace other files too.
    targets : Path, optional
        Files that will be written: they are looked at before the work.

    Yields
    ------
    Keeper
        To be told of what other processes write.

    Raises
    ------
    OutputError
        If a file that would be replaced is somebody else's, or was changed since; nothing is written.
    """
    keeper = _LedgerKeeper(force)
    for target in targets:
        if target is not None:
            keeper.check(target)
    with kept_by(keeper):
        yield keeper
    _shorten()


class _LedgerKeeper:
    """What `atomic_path` and `atomic_folder` ask before they replace a file, and tell after."""

    def __init__(self, force: bool) -> None:
        self._force = force
        self._told: set[Path] = set()

    def check(self, path: Path) -> None:
        """Refuse a file that is not ours to replace."""
        if not self._force and path.is_file() and path not in self._told and not is_ours(path):
            raise OutputError(
                f"{path}: was not written by symbolic-music, or was changed since; nothing was written",
                "use --force to replace it, or another name",
            )

    def wrote(self, path: Path) -> None:
        """Remember a file."""
        if path.is_file() and path not in self._told:
            self._told.add(path)
            _remember(_digest(path))


def is_ours(path: Path) -> bool:
    """Whether a command of this program wrote a file as it is now."""
    ledger = _ledger()
    known = ledger.read_text(encoding="ascii", errors="replace") if ledger is not None and ledger.is_file() else ""
    return _digest(path) in known.split() or _is_of_song(path)


def _is_of_song(path: Path) -> bool:
    """Whether the history of the song that a file lies in knows it as it is."""
    if not (path.parent / HISTORY_FILE).is_file():
        return False
    from symbolic_music.pipeline.workshop import check_replaceable

    try:
        check_replaceable(path.parent, [path.name])
    except SymbolicMusicError:
        return False
    return True


def _digest(path: Path) -> str:
    """One number for a file's place and content."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{os.path.realpath(path)}\0{content}".encode("utf-8", "surrogateescape")).hexdigest()


def _ledger() -> Path | None:
    """Where the ledger lies."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME")
    try:
        base = Path(named) if named else Path.home() / ("AppData/Local" if sys.platform == "win32" else ".local/state")
    except RuntimeError:  # nobody is at home
        return None
    return base / "symbolic-music" / "written"


def _remember(digest: str) -> None:
    """Add a line to the ledger, if that can be."""
    ledger = _ledger()
    if ledger is None:
        return
    with suppress(OSError):
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with ledger.open("a", encoding="ascii", newline="\n") as file:
            file.write(f"{digest}\n")


def _shorten() -> None:
    """Leave out the older half of a long ledger."""
    ledger = _ledger()
    with suppress(OSError, SymbolicMusicError):
        if ledger is not None and ledger.is_file() and ledger.stat().st_size > MOST_LINES * _LINE_BYTES:
            newest = ledger.read_text(encoding="ascii").splitlines()[-MOST_LINES // 2 :]
            with atomic_path(ledger) as unfinished:
                unfinished.write_text("\n".join(newest) + "\n", encoding="ascii", newline="\n")
