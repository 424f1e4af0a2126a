"""Read a folder of files from the world: `python -m tests.wild --folder midi --files 500 --check notes`.

Checks
------
notes
    `read_midi` finds the notes that mido finds, in every file that both read.
identity
    A file that is imported, exported as MIDI and imported again is the same song: every document alike.
reading
    Every file is read, or refused in one line, within seconds and little memory.
import
    Every file becomes a song whose plan, lead sheet and score have the same bars, meters and notes, or is refused.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import mido

from symbolic_music.errors import SymbolicMusicError
from symbolic_music.formats.midi import read_midi
from symbolic_music.pipeline.reimport import import_song
from tests.fuzz.memory import most_memory_mb
from tests.fuzz.readers import MOST_SEC, READERS, survives
from tests.wild.identity import differences

READ_AS = {
    ".mid": "midi", ".midi": "midi", ".kar": "midi", ".rmi": "midi", ".musicxml": "musicxml", ".xml": "musicxml",
    ".mxl": "mxl", ".abc": "abc", ".txt": "chart", ".yaml": "plan", ".dawproject": "dawproject", ".sf2": "soundfont",
}  # fmt: skip
MIDI = tuple(name for name, reader in READ_AS.items() if reader == "midi")
MOST_MB = 1024
PROGRESS_FILES = 50


class RefusedError(Exception):
    """The file is refused, by us or by the other reader: nothing to compare."""


def check_notes(path: Path, folder: Path) -> str:
    """Compare with mido; say what differs."""
    from tests.formats.test_midi_reading import same_notes

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            mido.MidiFile(str(path))
    except Exception as failure:
        raise RefusedError(f"mido: {type(failure).__name__}") from None
    try:
        read_midi(path)
    except SymbolicMusicError as failure:
        raise RefusedError(f"ours: {_kind(failure, path)}") from None
    return "" if same_notes(path) else "notes differ from mido's"


def check_identity(path: Path, folder: Path) -> str:
    """Import, export, import; say which documents differ."""
    try:
        return ", ".join(differences(path, folder))
    except SymbolicMusicError as failure:
        raise RefusedError(_kind(failure, path)) from None


def check_reading(path: Path, folder: Path) -> str:
    """Read as an import does; say what breaks."""
    if not survives(READERS[READ_AS[path.suffix.lower()]], path.read_bytes(), folder):
        raise RefusedError("ours")
    return ""


def check_import(path: Path, folder: Path) -> str:
    """Import as a song; say in what its documents do not agree."""
    try:
        song = import_song(path)
    except SymbolicMusicError as failure:
        raise RefusedError(_kind(failure, path)) from None
    lines, sheet = song.plan.lines, song.lead_sheet
    if lines.changes() != sheet.lines.changes() or song.plan.n_bars != sheet.n_bars:
        return "plan and lead sheet have other bars"
    changes = [(round(change.tick * 12 / song.score.tpq), change.meter) for change in song.score.meters]
    if changes != [(change.tick, change.meter) for change in lines.changes()]:
        return "plan and score have other meters"
    return "" if any(len(track.notes) for track in song.score.tracks) else "nobody plays"


CHECKS: dict[str, tuple[Callable[[Path, Path], str], tuple[str, ...]]] = {
    "notes": (check_notes, MIDI), "identity": (check_identity, MIDI), "reading": (check_reading, tuple(READ_AS)),
    "import": (check_import, tuple(name for name, reader in READ_AS.items() if reader not in ("plan", "soundfont"))),
}  # fmt: skip


def check_in_time(check: Callable[[Path, Path], str], path: Path, folder: Path) -> str:
    """Check a file; one that takes long is a problem, also if it is refused in the end."""
    start, refusal, problem = time.process_time(), None, ""
    try:
        problem = check(path, folder)
    except RefusedError as failure:
        refusal = failure
    if (spent := time.process_time() - start) > MOST_SEC:
        return f"{problem} after {spent:.1f} s"
    if refusal is not None:
        raise refusal
    return problem


def _kind(failure: Exception, path: Path) -> str:
    """Say why a file is refused, without its name and figures, so that reasons can be counted."""
    text = str(failure).replace(str(path), "").replace(path.name, "").strip(": ")
    return "".join("#" if sign.isdigit() else sign for sign in text)[:60]


def _read_results(out: Path | None) -> dict[str, dict[str, str]]:
    """Read what an earlier run has written, by path."""
    if out is None or not out.is_file():
        return {}
    return {result["path"]: result for result in map(json.loads, out.read_text(encoding="utf-8").splitlines())}


def _write_result(out: Path | None, path: Path, problem: str = "", refused: str = "") -> None:
    """Add a line on a file."""
    if out is not None:
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"path": str(path), "problem": problem, "refused": refused}) + "\n")


def main() -> int:
    """Check files drawn by chance until so many were accepted; the exit code says whether anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.wild", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, action="append")
    parser.add_argument("--check", choices=sorted(CHECKS), default="reading")
    parser.add_argument("--files", type=int, default=500, help="files that both take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="so many of the drawn files are passed over")
    parser.add_argument("--out", type=Path, help="results, a line a file; what is there is counted and not done again")
    options = parser.parse_args()
    done = _read_results(options.out)
    check, suffixes = CHECKS[options.check]
    paths = sorted(p for folder in options.folder for p in folder.rglob("*") if p.suffix.lower() in suffixes)
    random.Random(options.seed).shuffle(paths)
    warnings.simplefilter("ignore")
    problems, refused = list[str](), Counter[str]()
    start = time.process_time()
    for path in paths[options.first :]:
        if len(problems) >= options.files:
            break
        if (result := done.get(str(path))) is not None:
            problems += [] if result["refused"] else [result["problem"]]
            refused.update([result["refused"]] if result["refused"] else [])
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                problem = check_in_time(check, path, Path(folder))
            except RefusedError as failure:
                refused[str(failure)] += 1
                _write_result(options.out, path, refused=str(failure))
                continue
            except Exception as failure:
                frame = traceback.extract_tb(failure.__traceback__)[-1]
                problem = f"{type(failure).__name__} at {Path(frame.filename).name}:{frame.lineno}: {failure}"
        problems.append(problem)
        _write_result(options.out, path, problem=problem)
        if len(problems) % PROGRESS_FILES == 0:
            broken = sum(map(bool, problems))
            print(f"{len(problems)} files, {broken} broken, {time.process_time() - start:.0f} s", flush=True)
        if problem:
            print(f"{path}: {problem}", flush=True)
    memory, broken = most_memory_mb(), sum(map(bool, problems))
    print(f"{len(problems)} files, {broken} broken, {sum(refused.values())} refused, "
          f"{time.process_time() - start:.0f} s of the processor, at most {memory} MB")  # fmt: skip
    for reason, count in refused.most_common(12):
        print(f"  {count} refused: {reason}")
    return int(broken > 0 or memory > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
