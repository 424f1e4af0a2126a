"""Find libfluidsynth where package managers of three systems put it, and hand it to pyfluidsynth.

pyfluidsynth asks the system's search, which on macOS does not look where Homebrew (on Apple silicon) and MacPorts
install, and on Windows looks along PATH alone. What the user names in `ENVIRONMENT_VARIABLE` comes first, then the
system's search, then the places known here.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ENVIRONMENT_VARIABLE = "SYMBOLIC_MUSIC_FLUIDSYNTH"
# Newest first; from 2.4.5 on the Windows files of the project itself have no "lib" before the name.
_NAMES = {
    "win32": ("libfluidsynth-3.dll", "fluidsynth-3.dll", "libfluidsynth-2.dll", "libfluidsynth.dll", "fluidsynth.dll"),
    "darwin": ("libfluidsynth.dylib", "libfluidsynth.3.dylib", "libfluidsynth.2.dylib"),
    "linux": ("libfluidsynth.so.3", "libfluidsynth.so.2", "libfluidsynth.so"),
}
_VCPKG_TRIPLETS = ("x64-windows", "arm64-windows", "x86-windows")

INSTALL_HINTS = {
    "win32": "choco install fluidsynth",
    "darwin": "brew install fluid-synth",
    "linux": "apt-get install libfluidsynth3 (Debian, Ubuntu) or dnf install fluidsynth-libs (Fedora)",
}


def fluidsynth_files(
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    root: Path = Path("/"),
    prefix: Path = Path(sys.prefix),
) -> list[Path]:
    """List the libfluidsynth files in the places where package managers put them, the likeliest first.

    Parameters
    ----------
    platform : str
        As `sys.platform` has it.
    environment : mapping
        PATH and the package managers' own variables are looked at.
    root : Path
        Where absolute places begin: another folder, for a system that is only simulated.
    prefix : Path
        Of the Python in use: conda installs libraries there.
    """
    named = environment.get(ENVIRONMENT_VARIABLE)
    places = [Path(named)] if named else []
    if platform == "win32":
        places += _windows_folders(environment, prefix)
    elif platform == "darwin":
        brew = environment.get("HOMEBREW_PREFIX")
        places += [Path(brew) / "lib"] if brew else []
        places += [prefix / "lib", root / "opt/homebrew/lib", root / "opt/homebrew/opt/fluid-synth/lib",
                   root / "usr/local/lib", root / "usr/local/opt/fluid-synth/lib", root / "opt/local/lib"]  # fmt: skip
    else:
        places += [prefix / "lib", root / "usr/local/lib", root / "home/linuxbrew/.linuxbrew/lib"]
    names = _NAMES.get(platform, _NAMES["linux"])
    found = [file for place in places for file in ([place] if place.is_file() else [place / name for name in names])]
    return [file for file in dict.fromkeys(found) if file.is_file()]


def _windows_folders(environment: Mapping[str, str], prefix: Path) -> list[Path]:
    """List the folders of Windows: PATH, Chocolatey old and new, vcpkg, MSYS2, conda, the project's own archive."""
    drive = Path(environment.get("SystemDrive", "C:") + "/")
    programs = Path(environment.get("ProgramFiles", str(drive / "Program Files")))
    folders = [Path(part.strip('"')) for part in environment.get("PATH", "").split(";") if part.strip('" ')]
    folders += [drive / "tools/fluidsynth/bin", programs / "fluidsynth/bin", programs / "FluidSynth/bin"]
    data = Path(environment.get("ProgramData", str(drive / "ProgramData")))
    chocolatey = Path(environment.get("ChocolateyInstall", str(data / "chocolatey")))
    folders += [chocolatey / "bin", *sorted((chocolatey / "lib/fluidsynth/tools").glob("**/bin"))]
    for vcpkg in (environment.get("VCPKG_ROOT"), environment.get("VCPKG_INSTALLATION_ROOT"), str(drive / "vcpkg")):
        folders += [Path(vcpkg) / "installed" / triplet / "bin" for triplet in _VCPKG_TRIPLETS] if vcpkg else []
    return [*folders, drive / "msys64/ucrt64/bin", drive / "msys64/mingw64/bin", prefix / "Library/bin"]


def choose_library() -> Path | None:
    """Choose the file to load: the one named, nothing if the system finds its own, else the first that loads.

    Raises
    ------
    OSError
        If the one that is named cannot be loaded.
    """
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        files = fluidsynth_files(environment={ENVIRONMENT_VARIABLE: named})
        if not files:
            raise OSError(f"{ENVIRONMENT_VARIABLE}={named}: no libfluidsynth there")
        return files[0]
    if ctypes.util.find_library("fluidsynth"):
        return None
    return next((file for file in fluidsynth_files() if _loads(file)), None)


def _loads(file: Path) -> bool:
    """Tell whether a library is for this processor and has all that it needs."""
    try:
        with _folder_of_libraries(file.parent):
            ctypes.CDLL(str(file))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _folder_of_libraries(folder: Path) -> Iterator[None]:
    """Let Windows find the libraries that a library needs beside it."""
    if sys.platform == "win32":
        with os.add_dll_directory(str(folder.resolve())):
            yield
    else:
        yield


@contextlib.contextmanager
def found(file: Path | None) -> Iterator[None]:
    """Let pyfluidsynth's search, which happens as it is imported, find this file."""
    if file is None:
        yield
        return
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: str(file) if "fluidsynth" in name else search(name)
    try:
        with _folder_of_libraries(file.parent):
            yield
    finally:
        ctypes.util.find_library = search
