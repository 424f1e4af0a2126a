"""The `render` command: the sound of any MIDI files with a soundfont, at its loudness."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.budget import THREADS_VARIABLE, Watch, count_cores, end_with_parent
from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import FileFormatError, InputError, OutputError, SymbolicMusicError
from symbolic_music.pipeline.requests import RenderRequest
from symbolic_music.pipeline.written import keeping
from symbolic_music.rendering.apart import OWN_BUDGET, render_apart
from symbolic_music.rendering.audio import AUDIO_SUFFIXES, check_format
from symbolic_music.rendering.options import RenderOptions
from symbolic_music.rendering.output import FileOptions, RenderReport, render_file
from symbolic_music.rendering.soundfont import is_installed

_EXAMPLES = """Examples:

\b
  symbolic-music render song.mid -o song.flac --preset rock
  symbolic-music render song.mid --loudness -16 --stems
  symbolic-music render *.mid -o sounds/ --format mp3 --jobs 4
"""
_FORMATS = ", ".join(suffix[1:] for suffix in AUDIO_SUFFIXES)

Jobs = Annotated[int | None, typer.Option(
    min=1, max=64, help="Files rendered at the same time; if left out, one for each processor.")]  # fmt: skip


@dataclass(frozen=True)
class _Job:
    """One file to render."""

    source: Path
    target: Path
    options: RenderOptions
    files: FileOptions


@app.command(epilog=_EXAMPLES)
@options_of(RenderRequest)
def render(
    given: Given[RenderRequest],
    scores: Annotated[
        list[Path],
        typer.Argument(help="MIDI files of any program, or song folders.", metavar="FILE.mid", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The sound, or the folder for several; if left out, beside you, named as the input."
        ),
    ] = None,
    jobs: Jobs = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make the sound of MIDI files with a soundfont."""
    request = given.document()
    options, files = request.options(), request.files()
    work = [
        _Job(_midi_of(source), target, options, files)
        for source, target in zip(scores, _targets(scores, output, request.format), strict=True)
    ]
    for job in work:
        check_format(job.target, request.bits, request.sample_rate)
    targets = [job.target for job in work]
    with Display(quiet, as_json) as display, _folder(work[0].target.parent), keeping(force, *targets) as keeper:
        done = _render_one(work[0], display) if len(work) == 1 else _render_many(work, jobs, display)
        reports = [report for report in done if isinstance(report, RenderReport)]
        for path in [path for report in reports for path in (report.path, *report.stems)]:
            keeper.wrote(path)
    failures = [failure for failure in done if isinstance(failure, str)]
    data: dict[str, object] = {"files": [_data(report) for report in reports], "failures": failures}
    if len(work) == 1:
        data = _data(reports[0])
    display.result(data, [line for report in reports for line in _lines(report)])
    if failures:
        raise InputError(f"{len(failures)} of {len(work)} files could not be rendered: {'; '.join(failures)}")


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make the output's folder if need be; on an error an empty one goes away again."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except FileExistsError:
        raise OutputError(f"{folder}: is a file; give the name of a folder") from None
    except OutputError:
        raise
    except OSError as failure:
        raise OutputError(f"{folder}: cannot be made: {failure.strerror}") from None
    finally:
        for place in missing:
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()


def _render_one(job: _Job, display: Display) -> list[RenderReport | str]:
    """Render one file with its progress; what goes wrong is raised."""
    display.progress("render", 0, 1)
    report = _render(job, _seconds(display))
    display.progress("render", 1, 1)
    return [report]


def _render(job: _Job, on_progress: Callable[[float, float], None] | None = None) -> RenderReport:
    """Render a file; a soundfont from elsewhere in a process of its own, so that what it breaks is a line."""
    if is_installed(job.options.soundfont):
        return render_file(job.source, job.target, job.options, job.files, on_progress)
    watch = Watch(OWN_BUDGET)
    return render_apart(job.source, job.target, job.options, job.files, watch, on_progress, refuses_old=False)


def _seconds(display: Display) -> Callable[[float, float], None]:
    """Make the callback that shows seconds of sound."""
    return lambda done, total: display.progress("render", int(done), int(total) + 1)


def _render_many(work: Sequence[_Job], jobs: int | None, display: Display) -> list[RenderReport | str]:
    """Render files side by side, one process each; one that cannot be is a line, the others go on."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    n_processes = min(jobs or os.cpu_count() or 1, len(work))
    display.progress("render", 0, len(work))
    # Spawned, not forked: a fork of a process with threads can hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, context, _share_cores, (n_processes,)) as pool:
        waiting = [pool.submit(_try_job, job) for job in work]
        try:
            for number, _ in enumerate(as_completed(waiting), start=1):
                display.progress("render", number, len(work))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [_outcome(job, future.exception() or future.result()) for job, future in zip(work, waiting, strict=True)]


def _share_cores(n_processes: int) -> None:
    """Leave the other processes their cores."""
    os.environ.setdefault(THREADS_VARIABLE, str(max(1, count_cores() // n_processes)))
    end_with_parent()


def _try_job(job: _Job) -> RenderReport | str:
    """Render one file in a process of its own; say in a line what goes wrong."""
    try:
        return _render(job)
    except SymbolicMusicError as failure:
        return str(failure)


def _outcome(job: _Job, outcome: RenderReport | str | BaseException) -> RenderReport | str:
    """Name the file whose process died."""
    return f"{job.source}: {outcome}" if isinstance(outcome, BaseException) else outcome


def _targets(scores: Sequence[Path], output: Path | None, audio_format: str | None) -> list[Path]:
    """Name the file to write for each input."""
    suffix = f".{(audio_format or 'wav').lower().lstrip('.')}"
    if suffix not in AUDIO_SUFFIXES:
        raise InputError(f"--format: {audio_format!r} is not known; use one of {_FORMATS}")
    if output is not None and len(scores) == 1 and output.suffix and not output.is_dir():
        if output.suffix.lower() not in AUDIO_SUFFIXES:
            raise FileFormatError(f"{output}: the output's name must end in {' or '.join(AUDIO_SUFFIXES)}")
        if audio_format is not None and output.suffix.lower() != suffix:
            raise InputError(f"{output}: its name says another format than --format {audio_format}; leave one out")
        return [output]
    folder = output or Path()
    names = [score.resolve().name if score.is_dir() else score.stem for score in scores]
    targets = [folder / f"{name}{suffix}" for name in names]
    if len(set(targets)) < len(targets):
        twice = next(target for target in targets if targets.count(target) > 1)
        raise InputError(f"two inputs would both become {twice}; render them apart")
    return targets


def _midi_of(source: Path) -> Path:
    """Take a song folder's MIDI file."""
    from symbolic_music.song.folder import SONG_MIDI

    return source / SONG_MIDI if source.is_dir() and (source / SONG_MIDI).is_file() else source


def _data(report: RenderReport) -> dict[str, object]:
    """Say a report as data for scripts."""
    from symbolic_music.rendering.synthesizer import synthesizer_version

    def number(value: float) -> float | None:
        return round(value, 2) if abs(value) < 1e6 else None

    return {
        "file": str(report.path),
        "duration_sec": round(report.duration_sec, 2),
        "sample_rate": report.sample_rate,
        "loudness_lufs": number(report.loudness_lufs),
        "true_peak_dbtp": number(report.true_peak_dbtp),
        "gain_db": number(report.gain_db),
        "limited_db": number(report.limited_db),
        "stems": [str(path) for path in report.stems],
        "notes": list(report.notes),
        "fluidsynth": synthesizer_version(),
    }


def _lines(report: RenderReport) -> list[str]:
    """Say a report in lines."""
    has_loudness, has_peak = report.loudness_lufs > float("-inf"), report.true_peak_dbtp > float("-inf")
    loudness = f"{report.loudness_lufs:.1f} LUFS, " if has_loudness else ""
    level = f"{loudness}true peak {report.true_peak_dbtp:.1f} dBTP" if has_peak else "silence"
    lines = [f"The sound is in {report.path}: {report.duration_sec:.1f} s, {level}"]
    if report.stems:
        lines.append(f"  {len(report.stems)} stems in {report.stems[0].parent}")
    return lines + [f"  note: {note}" for note in report.notes]
