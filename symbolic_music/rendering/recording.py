"""Sound kept until its level is known: in memory for short pieces, in a file without a name for long ones."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from symbolic_music.errors import OutputError
from symbolic_music.rendering.filters import FilterChain, design
from symbolic_music.rendering.loudness import Loudness, LoudnessMeter
from symbolic_music.rendering.options import STYLES, Band

_IN_MEMORY_BYTES = 64 * 2**20


class Recording:
    """Blocks of stereo sound after the equaliser, measured as they come; use as a context.

    ``folder`` is where the temporary file is made that holds what is long.
    """

    def __init__(self, sample_rate: int, style: str, folder: Path | None) -> None:
        self._meter = LoudnessMeter(sample_rate)
        self._equaliser = Equaliser(STYLES[style].bands, sample_rate)
        self._folder = folder
        self._memory: list[np.ndarray] = []
        self._file: IO[bytes] | None = None
        self._sizes: list[int] = []

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def n_samples(self) -> int:
        """Length so far."""
        return sum(self._sizes)

    def record(self, blocks: Iterable[np.ndarray]) -> Loudness:
        """Take in all blocks and say what they measure."""
        n_bytes = 0
        for raw in blocks:
            block = self._equaliser.apply(raw)
            self._meter.feed(block)
            self._sizes.append(block.shape[1])
            n_bytes += block.nbytes
            if self._folder is None or n_bytes <= _IN_MEMORY_BYTES:
                self._memory.append(block)
            else:
                self._store(block)
        return self._meter.result()

    def _store(self, block: np.ndarray) -> None:
        """Write a block to the temporary file."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            self._file.write(np.ascontiguousarray(block).data)
        except OSError as failure:
            raise OutputError(f"{self._folder}: no room for the sound: {failure.strerror}") from None

    def play(self) -> Iterator[tuple[int, np.ndarray]]:
        """Give (its first sample's number, the block) of every block, as often as wanted."""
        if self._file is not None:
            self._file.seek(0)
        start = 0
        for number, size in enumerate(self._sizes):
            if number < len(self._memory):
                yield start, self._memory[number]
            elif self._file is not None:
                yield start, np.frombuffer(self._file.read(size * 8), dtype=np.float32).reshape(2, size)
            start += size


class Equaliser:
    """A chain of filters that goes on from block to block."""

    def __init__(self, bands: tuple[Band, ...], sample_rate: int) -> None:
        sections = [design(band.kind, band.gain_db, band.q, band.frequency_hz, sample_rate) for band in bands]
        self._chain = FilterChain(sections) if sections else None

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """Filter the next block, float32, shape (2, n)."""
        return samples if self._chain is None else self._chain.apply(samples)
