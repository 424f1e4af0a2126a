"""Find the soundfont to play with.

The first hit wins: the one named, the environment variable, ``soundfonts/``,
the system's folders, the small TimGM6mb.sf2 that pretty_midi installs.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from symbolic_music.errors import RenderError
from symbolic_music.formats.soundfont_file import SUFFIXES, SoundfontProblemError, read_soundfont

ENVIRONMENT_VARIABLE = "SYMBOLIC_MUSIC_SOUNDFONT"
# In a folder, these are tried before the others.
_PREFERRED = ("default", "default-GM", "FluidR3_GM", "GeneralUser-GS", "MuseScore_General", "TimGM6mb")


def find_soundfont(name: str | Path | None = None) -> Path:
    """Find the soundfont file to render with.

    Parameters
    ----------
    name : str, Path or None
        A file, or the name of one in the folders searched, such as
        ``"FluidR3_GM"``. Without it, the environment variable
        ``SYMBOLIC_MUSIC_SOUNDFONT``, then the folders are tried.

    Returns
    -------
    Path
        A file whose structure was checked.

    Raises
    ------
    RenderError
        If the file named is missing, broken or of a kind not supported, or
        if nothing is named and no soundfont is installed.
    """
    if name:
        return _named(name, f"soundfont {str(name)!r}")
    if from_environment := os.environ.get(ENVIRONMENT_VARIABLE):
        return _named(from_environment, f"{ENVIRONMENT_VARIABLE}={from_environment}")
    for candidate in installed_soundfonts():
        if _is_good(candidate):
            return candidate
    raise RenderError("no soundfont found", hint=f"give a .sf2 or .sf3 file, or name one in {ENVIRONMENT_VARIABLE}")


def is_installed(name: str | Path | None) -> bool:
    """Tell whether a soundfont is one of the folders searched, so that whoever set up the machine chose it.

    Without a name it is, unless the environment variable names another.
    """
    chosen = name or os.environ.get(ENVIRONMENT_VARIABLE)
    if not chosen:
        return True
    path = Path(chosen).expanduser()
    if not path.exists():
        return path.name == str(chosen)
    resolved = path.resolve()
    return any(resolved == found.resolve() for found in installed_soundfonts())


def _named(name: str | Path, where: str) -> Path:
    """Check the file that the user named."""
    path = Path(name).expanduser()
    if not path.exists() and path.name == str(name):
        wanted = {path.name} if path.suffix.lower() in SUFFIXES else {path.name + suffix for suffix in SUFFIXES}
        path = next((found for found in installed_soundfonts() if found.name in wanted), path)
    try:
        read_soundfont(path)
    except SoundfontProblemError as problem:
        raise RenderError(f"{where}: {problem}") from None
    return path


def _is_good(path: Path) -> bool:
    """Tell whether a file is a soundfont that can be played."""
    try:
        read_soundfont(path)
    except SoundfontProblemError:
        return False
    return True


def installed_soundfonts() -> Iterator[Path]:
    """List the soundfonts of the folders searched, in order of preference, then pretty_midi's."""
    for folder in _folders():
        try:
            found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
        except OSError:
            continue
        yield from sorted(found, key=_preference)
    package = importlib.util.find_spec("pretty_midi")
    if package is not None and package.origin is not None:
        small = Path(package.origin).with_name("TimGM6mb.sf2")
        if small.exists():
            yield small


def _preference(path: Path) -> tuple[int, str]:
    """Order the soundfonts of one folder."""
    rank = _PREFERRED.index(path.stem) if path.stem in _PREFERRED else len(_PREFERRED)
    return rank, path.name


def _folders() -> list[Path]:
    """List the folders searched: ours, then the system's."""
    home = Path.home()
    ours = [Path("soundfonts"), Path(__file__).resolve().parents[2] / "soundfonts"]
    if sys.platform == "darwin":
        banks = home / "Library/Audio/Sounds/Banks"
        return [*ours, Path("/opt/homebrew/share/soundfonts"), Path("/usr/local/share/soundfonts"), banks]
    if sys.platform == "win32":
        return [*ours, Path("C:/ProgramData/soundfonts"), home / "Documents/MuseScore4/SoundFonts"]
    shared = [Path("/usr/share") / name for name in ("soundfonts", "sounds/sf2", "sounds/sf3")]
    return [*ours, *shared, home / ".local/share/soundfonts", home / ".local/share/sounds/sf2"]
