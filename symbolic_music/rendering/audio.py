"""Samples and the files they are kept in."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbolic_music.errors import InputError, OutputError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.paths import for_libraries
from symbolic_music.song.score import say_seconds

# Suffix: (soundfile's format, its subtypes by the bits wanted; the first is the default; lossy ones have no bits).
_FORMATS: dict[str, tuple[str, dict[str, str]]] = {
    ".wav": ("WAV", {"16": "PCM_16", "24": "PCM_24", "32f": "FLOAT"}),
    ".flac": ("FLAC", {"16": "PCM_16", "24": "PCM_24"}),
    ".ogg": ("OGG", {"": "VORBIS"}),
    ".mp3": ("MP3", {"": "MPEG_LAYER_III"}),
}
AUDIO_SUFFIXES = tuple(_FORMATS)
_BYTES = {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}
_MP3_RATES = (22050, 32000, 44100, 48000)
_RIFF_LIMIT = 2**32 - 4096
_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Audio:
    """``samples`` is float32, shape (channels, samples), -1 to 1."""

    samples: np.ndarray
    sample_rate: int = 44100

    def __repr__(self) -> str:
        channels = "1 channel" if len(self.samples) == 1 else f"{len(self.samples)} channels"
        return f"Audio({say_seconds(self.duration_sec)}, {channels}, {self.sample_rate} samples a second)"

    def _repr_html_(self) -> str:
        """Show a notebook a player; the sound is in the page, as MP3, which every browser plays."""
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "sound.mp3"
            write_audio(self, path)
            data = base64.b64encode(path.read_bytes()).decode("ascii")
        return f'<audio controls src="data:audio/mpeg;base64,{data}"></audio>'

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.sample_rate)


def is_lossy(path: Path) -> bool:
    """Tell whether a file's format changes the samples."""
    return "" in _FORMATS[path.suffix.lower()][1]


def check_format(path: Path, bits: str | None, sample_rate: int) -> None:
    """Refuse a file name, bits or a sample rate that cannot be.

    Raises
    ------
    InputError
        If the suffix is of no known format, or the format has no such samples.
    """
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise InputError(f"{path}: unknown audio format {path.suffix!r}; use {', '.join(_FORMATS)}")
    subtypes = _FORMATS[suffix][1]
    if bits is not None and bits not in subtypes:
        allowed = "leave the bits out" if "" in subtypes else f"use {' or '.join(subtypes)}"
        raise InputError(f"{path}: {suffix[1:].upper()} has no samples of {bits} bits; {allowed}")
    if suffix == ".mp3" and sample_rate not in _MP3_RATES:
        raise InputError(f"{path}: MP3 has no sample rate {sample_rate}; use one of {', '.join(map(str, _MP3_RATES))}")


def write_audio(audio: Audio, path: str | Path, bits: str | None = None) -> None:
    """Write samples as WAV, FLAC, OGG (Vorbis) or MP3, by the name's suffix.

    Parameters
    ----------
    audio : Audio
        What to write.
    path : str or Path
        The file; replaced whole or not at all.
    bits : str, optional
        ``"16"``, ``"24"`` or, in WAV, ``"32f"`` (float). Default 16.

    Raises
    ------
    InputError
        If the suffix is not of a known format, or the format has no such bits.
    OutputError
        If the file cannot be written.
    """
    frames = audio.samples
    parts = (frames[:, start : start + _BLOCK] for start in range(0, frames.shape[1], _BLOCK))
    write_blocks(parts, Path(path), AudioShape(audio.sample_rate, frames.shape[1], bits, frames.shape[0]))


@dataclass(frozen=True)
class AudioShape:
    """What a file is to hold: ``n_samples`` may be an estimate, it only decides between WAV's two forms."""

    sample_rate: int
    n_samples: int
    bits: str | None = None
    n_channels: int = 2


def read_audio(path: Path) -> Audio:
    """Read a file that `write_audio` wrote."""
    import soundfile

    samples, sample_rate = soundfile.read(for_libraries(path), dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.T), int(sample_rate))


def write_blocks(blocks: Iterable[np.ndarray], target: Path, shape: AudioShape) -> None:
    """Write blocks, shape (channels, n), as they come; see `write_audio`.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    check_format(target, shape.bits, shape.sample_rate)
    import soundfile

    kind, subtypes = _FORMATS[target.suffix.lower()]
    subtype = subtypes[shape.bits] if shape.bits is not None else next(iter(subtypes.values()))
    if kind == "WAV" and shape.n_samples * shape.n_channels * _BYTES[subtype] > _RIFF_LIMIT:
        kind = "RF64"  # WAV's own counters end at 4 GiB
    with atomic_path(target) as temporary:
        try:
            with soundfile.SoundFile(
                for_libraries(temporary), "w", shape.sample_rate, shape.n_channels, subtype=subtype, format=kind
            ) as file:
                for block in blocks:
                    # In parts: libsndfile's Vorbis encoder overflows its stack on long buffers.
                    for start in range(0, block.shape[1], _BLOCK):
                        file.write(np.ascontiguousarray(block[:, start : start + _BLOCK].T))
        except soundfile.LibsndfileError as failure:
            raise OutputError(f"{target}: cannot be written: {failure.error_string}") from None


def convert_audio(source: Path, target: Path) -> None:
    """Write a sound file in another format, its samples unchanged where both formats keep them.

    Parameters
    ----------
    source : Path
        A sound file that exists.
    target : Path
        The file to write; its suffix says the format. FLAC of 16-bit WAV has the same samples in fewer bytes.

    Raises
    ------
    InputError
        If the suffix is not of a known format.
    OutputError
        If the file cannot be written.
    """
    import soundfile

    with soundfile.SoundFile(for_libraries(source)) as file:
        shape = AudioShape(file.samplerate, file.frames, None, file.channels)
        # As integers: libsndfile reads them as parts of 32768, but writes parts of 32767.
        kind = "int16" if file.subtype == "PCM_16" else "float32"
        blocks = (block.T for block in file.blocks(_BLOCK, dtype=kind, always_2d=True))
        write_blocks(blocks, target, shape)
