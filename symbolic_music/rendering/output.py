"""From a score or a MIDI file to sound at its loudness: in memory, or to files with bounded memory.

Two passes: the synthesizer's sound is measured as it is made and kept; then it
is given its level and written. Stems are made by playing one part at a time
with the level of the whole, limiter included, so that they add up to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.errors import RenderError
from symbolic_music.formats.atomic import atomic_folder
from symbolic_music.formats.paths import file_name
from symbolic_music.rendering.audio import Audio, AudioShape, check_format, is_lossy, write_blocks
from symbolic_music.rendering.leveling import MARGIN_DB, Levels, find_levels
from symbolic_music.rendering.loudness import Loudness, measure_file
from symbolic_music.rendering.options import STYLES, RenderOptions
from symbolic_music.rendering.performance import Part, Performance, perform_file, perform_score
from symbolic_music.rendering.recording import Equaliser, Recording
from symbolic_music.rendering.synthesizer import Progress, synthesize
from symbolic_music.song.score import Score

# The share of the time that the synthesizer takes of all, for the progress.
_PLAYING_SHARE = 0.85
_MOST_ENCODINGS = 4


@dataclass(frozen=True)
class FileOptions:
    """How the file is written: ``bits`` 16, 24 or 32f, and whether stems go into a folder beside it."""

    bits: str | None = None
    stems: bool = False


@dataclass(frozen=True)
class RenderReport:
    """What was made: loudness in LUFS, true peak in dBTP, and notes worth reading."""

    path: Path
    duration_sec: float
    sample_rate: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    limited_db: float
    stems: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def render(
    score: Score | str | Path, options: RenderOptions | None = None, on_progress: Progress | None = None
) -> Audio:
    """Make the sound of a score.

    Parameters
    ----------
    score : Score or path
        A score, or a MIDI file to read.
    options : RenderOptions, optional
        Soundfont, effects, style, loudness.
    on_progress : callable, optional
        Called with the seconds done and the seconds in all, about twice for
        every second of music.

    Returns
    -------
    Audio
        float32, shape (2, samples), at ``options.loudness_lufs``, true peak
        at most ``options.peak_dbfs``.

    Raises
    ------
    RenderError
        If libfluidsynth or a usable soundfont is missing.
    InputError
        If the music is longer or has more tracks than can be rendered.
    FileFormatError
        If the MIDI file cannot be read.
    """
    options = options or RenderOptions()
    performance = _perform(score, options)
    with Recording(options.sample_rate, options.style, None) as recording:
        sound = recording.record(synthesize(performance, options, on_progress))
        levels = find_levels(sound, options.loudness_lufs, options.peak_dbfs, options.fade_out_sec)
        samples = np.zeros((2, recording.n_samples), dtype=np.float32)
        for start, block in recording.play():
            samples[:, start : start + block.shape[1]] = levels.apply(block, start)
    return Audio(samples, options.sample_rate)


def render_file(
    score: Score | str | Path,
    target: str | Path,
    options: RenderOptions | None = None,
    files: FileOptions | None = None,
    on_progress: Progress | None = None,
) -> RenderReport:
    """Make the sound of a score in a file; of the sound itself never more than a little is in memory.

    Parameters
    ----------
    score : Score or path
        A score, or any MIDI file.
    target : str or Path
        A .wav, .flac, .ogg or .mp3 file; replaced whole or not at all.
    options : RenderOptions, optional
        Soundfont, effects, style, loudness.
    files : FileOptions, optional
        Bits of a sample; stems into the folder ``<target's name>-stems``.
    on_progress : callable, optional
        Called with the seconds done and the seconds in all.

    Returns
    -------
    RenderReport
        Loudness and true peak as they are in the file; for OGG and MP3 as decoded.

    Raises
    ------
    RenderError, InputError, FileFormatError
        As `render`.
    OutputError
        If the file cannot be written.
    """
    options, files, target = options or RenderOptions(), files or FileOptions(), Path(target)
    check_format(target, files.bits, options.sample_rate)
    performance = _perform(score, options)
    notes: list[str] = []
    n_parts = len(performance.parts) if files.stems else 0
    report = _Progress(on_progress, 1 + n_parts)
    with Recording(options.sample_rate, options.style, target.absolute().parent) as recording:
        playing = synthesize(performance, options, report.part(_PLAYING_SHARE), notes=notes)
        sound = recording.record(playing)
        levels, heard = _write_mix(recording, sound, target, options, files)
        report.next()
    stems = _write_stems(performance, levels, target, options, (files, sound.n_samples, report)) if files.stems else ()
    report.finish()
    if levels.note:
        notes.append(levels.note)
    return RenderReport(
        target, sound.n_samples / options.sample_rate, options.sample_rate, *heard,
        levels.gain_db, levels.limited_db, stems, tuple(notes),
    )  # fmt: skip


def _perform(score: Score | str | Path, options: RenderOptions) -> Performance:
    """List the events of a score or a file."""
    if isinstance(score, Score):
        return perform_score(score, options.sample_rate, options.max_duration_sec)
    return perform_file(score, options.sample_rate, options.max_duration_sec)


def _write_mix(
    recording: Recording, sound: Loudness, target: Path, options: RenderOptions, files: FileOptions
) -> tuple[Levels, tuple[float, float]]:
    """Write the whole; return its levels, and loudness and true peak as they are in the file."""
    shape = AudioShape(options.sample_rate, sound.n_samples, files.bits)
    ceiling = options.peak_dbfs
    for _ in range(_MOST_ENCODINGS):
        levels = find_levels(sound, options.loudness_lufs, ceiling, options.fade_out_sec)
        write_blocks((levels.apply(block, start) for start, block in recording.play()), target, shape)
        if not is_lossy(target):
            return levels, (levels.loudness_lufs, levels.true_peak_dbtp)
        heard = measure_file(target)
        if options.peak_dbfs is None or ceiling is None or heard[1] <= options.peak_dbfs - MARGIN_DB:
            return levels, heard
        # What is left out of a lossy file may have held a peak down.
        ceiling -= heard[1] - (options.peak_dbfs - MARGIN_DB) + 0.05
    return levels, heard


def _write_stems(
    performance: Performance, levels: Levels, target: Path, options: RenderOptions,
    more: tuple[FileOptions, int, _Progress],
) -> tuple[Path, ...]:  # fmt: skip
    """Play every part alone, as long and as loud as in the whole."""
    files, n_samples, report = more
    folder = target.with_name(f"{target.stem}-stems")
    names = []
    with atomic_folder(folder) as unfinished:
        for number, part in enumerate(performance.parts, start=1):
            name = f"{number:02d} {file_name(part.name)}{target.suffix}"
            blocks = _play_part(performance, part, levels, options, (n_samples, report))
            write_blocks(blocks, unfinished / name, AudioShape(options.sample_rate, n_samples, files.bits))
            names.append(folder / name)
            report.next()
    return tuple(names)


def _play_part(
    performance: Performance, part: Part, levels: Levels, options: RenderOptions, more: tuple[int, _Progress]
) -> Iterator[np.ndarray]:
    """Play one part's channels through the same equaliser and gains as the whole."""
    n_samples, report = more
    # What goes to a channel without notes may still matter to none but itself; XG's switch goes to all.
    events = [event for event in performance.events if event.channel in part.channels or event.kind > 0xF]
    alone = replace(performance, events=events)
    equaliser = Equaliser(STYLES[options.style].bands, options.sample_rate)
    start = 0
    for block in synthesize(alone, options, report.part(1.0), length=n_samples):
        yield levels.apply(equaliser.apply(block), start)
        start += block.shape[1]


class _Progress:
    """Spreads several passes over one progress."""

    def __init__(self, on_progress: Progress | None, n_passes: int) -> None:
        self._on_progress = on_progress
        self._n_passes = n_passes
        self._done = 0
        self._total_sec = 1.0

    def part(self, share: float) -> Progress:
        """Make the callback of the pass now running."""

        def report(done: float, total: float) -> None:
            self._total_sec = max(total, 1e-3)
            if self._on_progress is not None:
                whole = self._total_sec * self._n_passes
                self._on_progress(min(self._done * self._total_sec + done * share, whole * 0.999), whole)

        return report

    def next(self) -> None:
        """Go on to the next pass."""
        self._done += 1

    def finish(self) -> None:
        """Say that all is done."""
        if self._on_progress is not None:
            self._on_progress(self._total_sec * self._n_passes, self._total_sec * self._n_passes)


def check_sound(options: RenderOptions | None = None) -> None:
    """Play nothing, so that a missing synthesizer or broken soundfont shows before the work.

    Raises
    ------
    RenderError
        If libfluidsynth or a usable soundfont is missing.
    """
    silence = Performance([], 0, 16, frozenset([9]), ())
    for block in synthesize(silence, options or RenderOptions(), length=64):
        if not np.isfinite(block).all():
            raise RenderError("the synthesizer makes no sound; install a newer libfluidsynth")
