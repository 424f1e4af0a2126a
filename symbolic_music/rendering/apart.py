"""Render in a process of its own, for soundfonts and MIDI files of unknown origin.

A synthesizer is native code: a soundfont made to break it could end the program, or never end. Here the program only
waits, with a budget, and a crash is an error in one line. Questions and answers are JSON, never pickles, so that a
process that was taken over cannot answer with code. It is no sandbox: the process may still do what its user may;
what is exposed to the world needs one around it (a container without network and with a read-only file system).
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from symbolic_music import errors
from symbolic_music.budget import THREADS_VARIABLE, Budget, Watch, limit_process
from symbolic_music.errors import RenderError, StoppedError, SymbolicMusicError
from symbolic_music.formats.midi import write_midi
from symbolic_music.rendering.audio import Audio, read_audio
from symbolic_music.rendering.options import Chorus, RenderOptions, Reverb
from symbolic_music.rendering.output import FileOptions, RenderReport, render, render_file
from symbolic_music.rendering.soundfont import is_installed
from symbolic_music.rendering.synthesizer import Progress, known_faults, synthesizer_version
from symbolic_music.song.score import Score

# A user's own machine: bounds that only what never ends meets.
OWN_BUDGET = Budget(seconds=4 * 3600, memory_mb=16_384, output_mb=16_384)
# How often the waiting program looks whether somebody cancelled, in seconds.
_LOOK_SEC = 0.2
_LONGEST_ANSWER = 100_000


def render_apart(
    score: Score | str | Path,
    target: str | Path,
    options: RenderOptions | None = None,
    files: FileOptions | None = None,
    watch: Watch | None = None,
    on_progress: Progress | None = None,
    *,
    refuses_old: bool = True,
) -> RenderReport:
    """Make the sound of a score in a file, in a process of its own, within a budget.

    Parameters
    ----------
    score, target, options, files, on_progress
        As `symbolic_music.rendering.render_file`; a score goes by way of a MIDI file.
    watch : Watch, optional
        The request's clock and budget; cancelled from another thread, it ends the rendering.
    refuses_old : bool
        Whether a library of a version that soundfonts are known to take over is refused; false where the user chose
        the soundfont.

    Raises
    ------
    RenderError
        As `render_file`; and if the synthesizer crashed, or is so old that soundfonts are known to break it.
    StoppedError
        If it was cancelled, or used up its budget.
    """
    options, files, watch = options or RenderOptions(), files or FileOptions(), watch or Watch()
    watch.check()
    if refuses_old:
        _check_synthesizer()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "score.mid"
        if isinstance(score, Score):
            write_midi(score, source)
        question = {
            "source": str(source if isinstance(score, Score) else score),
            "target": str(target),
            "options": dataclasses.asdict(options) | {"soundfont": options.soundfont and str(options.soundfont)},
            "files": dataclasses.asdict(files),
            "budget": dataclasses.asdict(watch.budget),
        }
        answer = _ask(question, watch, on_progress)
    return _report(answer, Path(target))


def render_by_trust(score: Score, options: RenderOptions | None = None, on_progress: Progress | None = None) -> Audio:
    """Make the sound of a score; with a soundfont that is not in one of the folders searched, in a process of its own.

    Parameters
    ----------
    score, options, on_progress
        As `symbolic_music.rendering.render`; the sound is the same.

    Raises
    ------
    RenderError
        As `render`; and if the soundfont broke the synthesizer.
    """
    options = options or RenderOptions()
    if is_installed(options.soundfont):
        return render(score, options, on_progress)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "sound.wav"
        files = FileOptions(bits="32f")
        render_apart(score, target, options, files, Watch(OWN_BUDGET), on_progress, refuses_old=False)
        return read_audio(target)


def _check_synthesizer() -> None:
    """Refuse a library that made-up soundfonts are known to break; later faults are what the process is for."""
    version = synthesizer_version()
    if faults := [fault for fault in known_faults(version) if fault.is_severe]:
        raise RenderError(f"libfluidsynth {version}: {faults[0].what}", f"install {faults[0].mended_in} or newer")


def _ask(question: Mapping[str, object], watch: Watch, on_progress: Progress | None) -> dict[str, Any]:
    """Start the process, pass its progress on, and take its answer."""
    package = Path(errors.__file__).resolve().parents[1]
    path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
    # One thread, and no spaces of addresses for more: they would count as memory.
    one = dict.fromkeys((THREADS_VARIABLE, "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    environment = os.environ | one | {"PYTHONPATH": path}
    process = subprocess.Popen(
        # -P: nothing is imported from the folder that happens to be the present one.
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    lines: queue.Queue[bytes | None] = queue.Queue()
    threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True).start()
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps(question).encode())
        return _wait(process, lines, watch, on_progress)
    except BrokenPipeError:
        raise _crash(process) from None
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _listen(pipe: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    """Take lines as they come; ``None`` at the end."""
    try:
        while line := pipe.readline(_LONGEST_ANSWER):
            lines.put(line)
    except ValueError:
        pass  # closed meanwhile
    lines.put(None)


def _wait(
    process: subprocess.Popen[bytes], lines: queue.Queue[bytes | None], watch: Watch, on_progress: Progress | None
) -> dict[str, Any]:
    """Pass progress on until the answer comes, the process ends, or the budget does."""
    while True:
        watch.check()
        try:
            line = lines.get(timeout=_LOOK_SEC)
        except queue.Empty:
            continue
        said = _parse(line)
        if said is None:
            raise _crash(process)
        if "done" not in said:
            return said
        if on_progress is not None:
            on_progress(float(said["done"]), float(said["total"]))


def _parse(line: bytes | None) -> dict[str, Any] | None:
    """Read a line of the process."""
    try:
        said = json.loads(line or b"")
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _crash(process: subprocess.Popen[bytes]) -> RenderError:
    """Make the error for a process that ended without an answer."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        code = 0
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return RenderError(
        f"the synthesizer ended without an answer ({how})",
        "the soundfont or the file breaks it, or its memory is used up",
    )


def _report(answer: dict[str, Any], target: Path) -> RenderReport:
    """Make the report, or the error, of an answer."""
    if "error" in answer:
        kind = getattr(errors, str(answer.get("kind")), RenderError)
        is_ours = isinstance(kind, type) and issubclass(kind, SymbolicMusicError)
        hint = answer.get("hint")
        raise (kind if is_ours else RenderError)(str(answer["error"]), None if hint is None else str(hint))
    folder = target.with_name(f"{target.stem}-stems")
    stems = tuple(folder / Path(str(name)).name for name in answer["stems"])
    notes = tuple(str(note) for note in answer["notes"])
    return RenderReport(
        target,
        duration_sec=float(answer["duration_sec"]),
        sample_rate=int(answer["sample_rate"]),
        loudness_lufs=float(answer["loudness_lufs"]),
        true_peak_dbtp=float(answer["true_peak_dbtp"]),
        gain_db=float(answer["gain_db"]),
        limited_db=float(answer["limited_db"]),
        stems=stems,
        notes=notes,
    )


def main() -> None:
    """Answer one question from the standard input: what the process does."""
    question = json.loads(sys.stdin.buffer.read())
    # What a library prints must not get among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(**said: object) -> None:
        answers.write(json.dumps(said).encode() + b"\n")

    budget = Budget(**question["budget"])
    limit_process(budget)
    try:
        report = render_file(
            question["source"], question["target"], _options(question["options"]), FileOptions(**question["files"]),
            lambda done, total: answer(done=done, total=total),
        )  # fmt: skip
    except SymbolicMusicError as failure:
        answer(error=failure.message, kind=type(failure).__name__, hint=failure.hint)
    except MemoryError:
        answer(error=f"it took more than {budget.memory_mb} MB of memory", kind=StoppedError.__name__, hint=None)
    else:
        notes = [*report.notes, *_warnings(synthesizer_version())]
        said = dataclasses.asdict(report) | {"stems": [path.name for path in report.stems], "notes": notes}
        answer(**{name: value for name, value in said.items() if name != "path"})


def _warnings(version: str) -> list[str]:
    """Say in a line that the library is older than what is mended: the distribution may have mended it."""
    faults = known_faults(version)
    if not faults:
        return []
    numbers = "; ".join(fault.number for fault in faults)
    newest = faults[-1].mended_in
    return [f"libfluidsynth {version} may have known faults ({numbers}): use soundfonts that you trust, or {newest}"]


def _options(given: dict[str, Any]) -> RenderOptions:
    """Read options back."""
    for name, kind in (("reverb", Reverb), ("chorus", Chorus)):
        if isinstance(given[name], dict):
            given[name] = kind(**given[name])
    return RenderOptions(**given)


if __name__ == "__main__":
    main()
