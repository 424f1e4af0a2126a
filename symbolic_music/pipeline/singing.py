"""A song sung: the voice alone, the backing alone, and both together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.budget import Progress
from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.formats.midi_reader import read_midi
from symbolic_music.rendering import Audio, RenderOptions, render, write_audio
from symbolic_music.rendering.loudness import LoudnessMeter, from_db, segment_samples
from symbolic_music.singing import SungBy, sing
from symbolic_music.song.folder import SONG_MIDI
from symbolic_music.song.score import Score, singer

# What sings "ah" where no voice can be made: Voice Oohs of General MIDI.
_VOICE_PROGRAM = 53
_PEAK_DB = -1.0
# The room that the dry voice stands in: seconds to a thousandth, and its share.
_ROOM_SEC, _ROOM_DB = 1.1, -17.0
_ROOM_SEED = 1


@dataclass(frozen=True)
class SungFiles:
    """What was written: ``mix``, ``vocals`` and ``backing``; ``remarks`` say what could not be sung."""

    mix: Path
    vocals: Path
    backing: Path
    remarks: tuple[str, ...]


def sing_files(target: Path) -> tuple[Path, Path, Path]:
    """The files of a sung song: both together, the voice, the backing."""
    return (
        target,
        target.with_name(f"{target.stem}-vocals{target.suffix}"),
        target.with_name(f"{target.stem}-backing{target.suffix}"),
    )


def sing_song(
    source: Path, target: Path, sung_by: SungBy | None = None, options: RenderOptions | None = None,
    level_db: float = 0.0, on_progress: Progress | None = None,
) -> SungFiles:  # fmt: skip
    """Sing a song's words over its band.

    Parameters
    ----------
    source : Path
        A song folder or a MIDI file with words.
    target : Path
        The mix, .wav, .flac, .ogg or .mp3; the voice and the backing lie beside it, each as long.
    sung_by : SungBy, optional
        Who sings.
    options : RenderOptions, optional
        Of the backing.
    level_db : float
        How much louder than the backing the voice is, in LU.
    on_progress : callable, optional
        Called with the stage ("sing", "render"), what is done and all.

    Returns
    -------
    SungFiles

    Raises
    ------
    InputError
        If nothing in the song has words.
    RenderError, OutputError
        As rendering.
    """
    options = options or RenderOptions()
    score = read_midi(source / SONG_MIDI if source.is_dir() else source)
    voice = singer(score)
    if voice is None or not score.lyrics:
        raise InputError(f"{source}: nobody sings in it: it has no words", hint="create --lyrics words.txt makes some")
    vocals, remarks = _vocals(score, sung_by, options, on_progress)
    rest = replace(score, tracks=tuple(track for track in score.tracks if track is not voice), lyrics=())
    if any(len(track.notes) for track in rest.tracks):
        backing = render(rest, options, _seconds(on_progress)).samples
    else:
        backing = np.zeros((2, vocals.shape[1]), np.float32)
    n_samples = max(vocals.shape[1], backing.shape[1])
    vocals, backing = _long(vocals, n_samples), _long(backing, n_samples)
    vocals = vocals * _gain(vocals, backing, options.sample_rate, level_db)
    mix = vocals + backing
    loudest = float(np.abs(mix).max())
    factor = min(1.0, from_db(_PEAK_DB) / loudest) if loudest else 1.0
    paths = sing_files(target)
    for path, samples in zip(paths, (mix, vocals, backing), strict=True):
        write_audio(Audio((samples * factor).astype(np.float32), options.sample_rate), path)
    return SungFiles(*paths, remarks)


def _vocals(
    score: Score, sung_by: SungBy | None, options: RenderOptions,
    on_progress: Progress | None,
) -> tuple[np.ndarray, tuple[str, ...]]:  # fmt: skip
    """The voice in its room, shape (2, n_samples); a patch that sings "ah" where no words can be made."""
    try:
        sung = sing(
            score, sung_by, options.sample_rate,
            (lambda done, total: on_progress("sing", done, total)) if on_progress else None,
        )  # fmt: skip
    except MissingExtraError as missing:
        voice = singer(score)
        assert voice is not None
        alone = replace(score, tracks=(replace(voice, program=_VOICE_PROGRAM),), lyrics=())
        return render(alone, options).samples, (f"a patch sings 'ah': {missing}",)
    return _in_room(sung.audio.samples[0], options.sample_rate), sung.remarks


def _in_room(voice: np.ndarray, rate: int) -> np.ndarray:
    """A dry voice between soft reflections, left and right of their own."""
    from scipy.signal import fftconvolve

    times = np.arange(round(_ROOM_SEC * rate)) / rate
    noise = np.random.default_rng(_ROOM_SEED).standard_normal((2, len(times)))
    room = noise * 10 ** (-3 * times / _ROOM_SEC) * (times > 0.012)
    room *= from_db(_ROOM_DB) / np.sqrt((room**2).sum(axis=1, keepdims=True))
    wet = fftconvolve(voice[None], room, axes=1)[:, : len(voice)]
    return np.asarray(voice[None] + wet, dtype=np.float32)


def _long(samples: np.ndarray, n_samples: int) -> np.ndarray:
    """So many samples, with silence behind."""
    return np.pad(samples, ((0, 0), (0, n_samples - samples.shape[1])))


def _gain(vocals: np.ndarray, backing: np.ndarray, rate: int, level_db: float) -> float:
    """The factor that brings the voice to its level over the backing."""
    sung, played = _loudness(vocals, rate), _loudness(backing, rate)
    if not np.isfinite(sung) or not np.isfinite(played):
        return 1.0
    return from_db(played + level_db - sung)


def _loudness(samples: np.ndarray, rate: int) -> float:
    """Integrated loudness in LUFS."""
    meter = LoudnessMeter(rate)
    size = segment_samples(rate)
    whole = samples.shape[1] // size * size
    meter.feed(np.ascontiguousarray(samples[:, :whole], dtype=np.float32))
    return meter.result().integrated()


def _seconds(on_progress: Progress | None) -> Callable[[float, float], None] | None:
    """Progress of the renderer in whole seconds."""
    if on_progress is None:
        return None
    return lambda done, total: on_progress("render", int(done), int(total) + 1)
