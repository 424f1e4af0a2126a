"""Samples and the files they are kept in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbolic_music.errors import InputError, OutputError
from symbolic_music.formats.atomic import atomic_path

# Suffix: (soundfile's format, its subtype).
_FORMATS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}
_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Audio:
    """``samples`` is float32, shape (channels, samples), -1 to 1."""

    samples: np.ndarray
    sample_rate: int = 44100

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.sample_rate)


def write_audio(audio: Audio, path: str | Path) -> None:
    """Write samples as WAV (16 bit), FLAC or OGG, by the name's suffix.

    Parameters
    ----------
    audio : Audio
        What to write.
    path : str or Path
        The file; replaced whole or not at all.

    Raises
    ------
    InputError
        If the suffix is not of a known format.
    OutputError
        If the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise InputError(f"{target}: unknown audio format {target.suffix!r}; use {', '.join(_FORMATS)}")
    import soundfile

    kind, subtype = _FORMATS[target.suffix.lower()]
    frames = audio.samples.T  # (samples, channels)
    with atomic_path(target) as temporary:
        try:
            with soundfile.SoundFile(
                temporary, "w", audio.sample_rate, frames.shape[1], subtype=subtype, format=kind
            ) as file:
                # In blocks: libsndfile's Vorbis encoder overflows its stack on long buffers.
                for start in range(0, len(frames), _BLOCK):
                    file.write(frames[start : start + _BLOCK])
        except soundfile.LibsndfileError as failure:
            raise OutputError(f"{target}: cannot be written: {failure.error_string}") from None
