"""Names of files that every system takes, and places inside a folder that lead nowhere else.

Linux, macOS and Windows differ in what a name may hold: Windows has no ``< > : " / \\ | ? *``, no name that ends in a
dot or space, and names of devices (``CON``, ``NUL`` …) that are taken, with any ending; macOS and Windows do not tell
capital letters from small ones; a name has at most 255 bytes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from symbolic_music.errors import OutputError

_NOT_IN_NAMES = re.compile(r"[^\w\- ]+")
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)")
_LONGEST_BYTES = 120


def for_libraries(path: str | Path) -> str | bytes:
    """A path as libraries in C take it: on Unix its bytes, whatever letters the terminal is said to have.

    Examples
    --------
    >>> os.fsdecode(for_libraries("song.wav"))
    'song.wav'
    """
    return str(path) if os.name == "nt" else os.fsencode(path)


def file_name(text: str, otherwise: str = "part") -> str:
    """Make a text fit for a file's name, without its ending, on any system.

    Parameters
    ----------
    text : str
        Such as a track's name.
    otherwise : str
        The name if nothing of the text is left.

    Examples
    --------
    >>> file_name("Lead: AC/DC?"), file_name("con"), file_name("..")
    ('Lead AC DC', 'con_', 'part')
    """
    plain = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    plain = " ".join(_NOT_IN_NAMES.sub(" ", plain).split())
    plain = plain.encode("utf-8")[:_LONGEST_BYTES].decode("utf-8", "ignore").strip()
    return f"{plain}_" if _DEVICES.match(plain) else plain or otherwise


def inside(folder: str | Path, name: str) -> Path:
    """Find a place inside a folder, however the name is written.

    Parameters
    ----------
    folder : str or Path
        A folder that exists.
    name : str
        A relative name, with ``/`` between folders, as a stranger may send it.

    Raises
    ------
    OutputError
        If it leads out of the folder: by ``..``, from the root, by another drive, or through a link.

    Examples
    --------
    >>> inside("/tmp", "../etc/passwd")
    Traceback (most recent call last):
        ...
    symbolic_music.errors.OutputError: '../etc/passwd' leads out of its folder; give a name inside it
    """
    parts = re.split(r"[/\\]", name)
    is_plain = all(part not in ("", ".", "..") and ":" not in part and "\0" not in part for part in parts)
    if is_plain and not any(_DEVICES.match(part) or part != part.rstrip(". ") for part in parts):
        root = os.path.realpath(folder)
        place = os.path.realpath(os.path.join(root, *parts))
        if os.path.commonpath([root, place]) == root and place != root:
            return Path(folder, *parts)
    raise OutputError(f"{name[:200]!r} leads out of its folder", "give a name inside it")
