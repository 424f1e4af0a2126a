"""MuseScore's own files, by MuseScore's own export: its format is not described, and changes with every version."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from symbolic_music.errors import FileFormatError, MissingExtraError

MUSESCORE_ENDINGS = (".mscz", ".mscx")
PROGRAMS = ("mscore", "musescore", "mscore4portable", "musescore4", "musescore3", "mscore3", "MuseScore4", "MuseScore3")
SECONDS = 120


def find_musescore() -> str | None:
    """The program, if it is installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name)) is not None), None)


@contextmanager
def exported_by_musescore(path: Path) -> Iterator[Path]:
    """Let MuseScore write a file as MusicXML, which is there for as long as the context lasts.

    Parameters
    ----------
    path : Path
        A ``.mscz`` or ``.mscx`` file.

    Raises
    ------
    MissingExtraError
        If MuseScore is not installed.
    FileFormatError
        If it cannot read the file.
    """
    program = find_musescore()
    if program is None:
        raise MissingExtraError(
            f"{path}: MuseScore reads this, and is not installed", "export it there as MusicXML, or install MuseScore"
        )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "score.musicxml"
        command = [program, "-o", str(target), str(path.resolve())]
        environment = {"QT_QPA_PLATFORM": "offscreen"}
        try:
            run = subprocess.run(command, capture_output=True, timeout=SECONDS, env={**os.environ, **environment})
        except (OSError, subprocess.TimeoutExpired) as failure:
            raise FileFormatError(f"{path}: MuseScore did not export it: {failure}") from None
        if run.returncode or not target.is_file():
            said = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
            raise FileFormatError(f"{path}: MuseScore did not export it: {said[0]}")
        yield target
