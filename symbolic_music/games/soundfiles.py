"""Sound files that fit: the best quality at which every OGG file is small enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbolic_music.errors import InputError, OutputError
from symbolic_music.formats.loop_tags import write_ogg_loop, write_wav_loop
from symbolic_music.formats.paths import for_libraries
from symbolic_music.games.sound import Take, at_lower_rate

KB = 1024
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: the rate's divisor, channels, Vorbis quality 0 to 1."""

    divisor: int
    channels: int
    quality: float


# Stereo gets coarser, then mono, then duller: in game music a thin top is noticed less than a hollow middle.
LADDER = (
    Rung(1, 2, 0.5), Rung(1, 2, 0.4), Rung(1, 2, 0.3), Rung(1, 2, 0.2), Rung(1, 2, 0.1), Rung(1, 1, 0.2),
    Rung(1, 1, 0.0), Rung(2, 1, 0.3), Rung(2, 1, 0.1), Rung(2, 1, 0.0), Rung(4, 1, 0.1), Rung(4, 1, 0.0),
)  # fmt: skip

Takes = Mapping[str, Take]


def write_ogg_files(
    takes: Takes, folder: Path, sample_rate: int, max_kb: float | None, tell: Callable[[int, int], None]
) -> Rung:
    """Write every take as ``NAME.ogg`` on the highest rung of the ladder on which all fit.

    Parameters
    ----------
    takes : mapping
        File name without ending to take; level set.
    max_kb : float or None
        Limit of each file in units of 1024 bytes.
    tell : callable
        Called with the number of files written and of all.

    Raises
    ------
    InputError
        If they do not fit on the lowest rung either; names the smallest limit possible.
    """
    longest_first = sorted(takes, key=lambda name: -takes[name].samples.shape[1])
    for rung in LADDER:
        sizes: dict[str, int] = {}
        for name in longest_first:
            sizes[name] = write_ogg(takes[name], folder / f"{name}.ogg", sample_rate, rung)
            if max_kb is not None and sizes[name] > max_kb * KB and rung is not LADDER[-1]:
                break
            tell(len(sizes), len(takes))
        largest = max(sizes, key=lambda name: sizes[name])
        if max_kb is None or sizes[largest] <= max_kb * KB:
            return rung
    need = -(-sizes[largest] // KB)
    raise InputError(
        f"{largest}.ogg cannot be made as small as {max_kb:g} kB: the smallest possible is {need} kB"
        f" (mono, {sample_rate // LADDER[-1].divisor} Hz); allow that, or loop fewer sections"
    )


def write_ogg(take: Take, path: Path, sample_rate: int, rung: Rung) -> int:
    """Write an OGG Vorbis file with its loop's tags; return its size in bytes."""
    lower = reduced(take, rung)
    _write(path, lower.samples, sample_rate // rung.divisor, "OGG", "VORBIS", 1 - rung.quality)
    if lower.loop is not None:
        write_ogg_loop(path, lower.loop)
    return path.stat().st_size


def write_wav(take: Take, path: Path, sample_rate: int, rung: Rung) -> int:
    """Write a 16-bit WAV file with its loop's ``smpl`` chunk; return its size in bytes."""
    lower = reduced(take, rung)
    _write(path, lower.samples, sample_rate // rung.divisor, "WAV", "PCM_16", None)
    if lower.loop is not None:
        write_wav_loop(path, lower.loop)
    return path.stat().st_size


def reduced(take: Take, rung: Rung) -> Take:
    """Bring a take to a rung's rate and channels."""
    lower = at_lower_rate(take, rung.divisor)
    if rung.channels == 2:
        return lower
    return Take(lower.samples.mean(axis=0, keepdims=True), lower.n_samples, lower.loop)


def _write(path: Path, samples: np.ndarray, rate: int, kind: str, subtype: str, compression: float | None) -> None:
    """Write samples, in blocks: libsndfile's Vorbis encoder overflows its stack on long buffers."""
    import soundfile

    path.parent.mkdir(exist_ok=True)
    try:
        with soundfile.SoundFile(
            for_libraries(path),
            "w",
            rate,
            samples.shape[0],
            subtype=subtype,
            format=kind,
            compression_level=compression,
        ) as file:
            for start in range(0, samples.shape[1], _BLOCK):
                file.write(samples[:, start : start + _BLOCK].T)
    except soundfile.LibsndfileError as failure:
        raise OutputError(f"{path.name}: cannot be written: {failure.error_string}") from None
