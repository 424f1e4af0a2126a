"""The engine on onnxruntime: one fused graph, keys and values written in place, nothing copied between steps.

What a row gives is the same, bit for bit, whatever rows stand beside it and however many threads run: every product
sums over the width in one order. A row read in one piece and the same row read id by id agree within rounding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from symbolic_music.errors import CheckpointError
from symbolic_music.model.engine import check_length
from symbolic_music.model.network_config import NetworkConfig, locate_tensors, read_config
from symbolic_music.model.onnx_graph import build_graph

# Two threads halve a step of a network that no core's own cache holds; more gain little (decision 0040).
MOST_THREADS = 2
# How long a thread without work looks for more before it sleeps, in microseconds: long enough for the next product of
# a step. Beside other programs, threads that go on looking made decoding 1.7 times as long; so it stays at 1.1.
SPIN_USEC = "20"
THREADS_VARIABLE = "SYMBOLIC_MUSIC_THREADS"
# Ids that a row of a new memory has room for; it grows by need.
FIRST_ROOM = 384
_WARNINGS_OFF = 3
_DEVICE = "cpu"
_FIRST = np.zeros(1, dtype=np.int64)


class OnnxEngine:
    """A session over the graph of one folder of weights."""

    name = "onnxruntime"

    def __init__(self, config: NetworkConfig, session: ort.InferenceSession) -> None:
        self.config, self.session = config, session

    @classmethod
    def load(cls, folder: Path, vocab_size: int | None = None) -> OnnxEngine:
        """Read a folder of weights.

        Raises
        ------
        CheckpointError
            If they are missing, broken, or made for another vocabulary or other sizes.
        """
        config = read_config(folder, vocab_size)
        if config.head_width % 16:  # the fused rotation of queries and keys works on 16 numbers at a time
            raise CheckpointError(
                f"{folder}: heads are {config.head_width} wide; onnxruntime needs a multiple of 16, torch does not"
            )
        try:
            graph = build_graph(config, locate_tensors(folder))
            session = ort.InferenceSession(graph, _options(folder), providers=["CPUExecutionProvider"])
        except CheckpointError as failure:
            raise CheckpointError(f"{folder}: {failure}") from None
        except Exception as failure:  # onnxruntime's errors have no common root
            raise CheckpointError(f"{folder}: no usable weights: {failure}") from None
        return cls(config, session)

    def new_memory(self, n_rows: int) -> OnnxMemory:
        """Make memory for so many sequences."""
        return OnnxMemory(self.config, self.session, n_rows)

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        """Compute what follows each step of one sequence: (steps, vocabulary)."""
        return self.new_memory(1).read(0, ids, np.arange(len(ids)))


class OnnxMemory:
    """Keys and values of up to ``n_rows`` sequences, in place for the fused attention.

    Rows that nothing is written to cost no memory. The room of a row grows by need: pages of it that nothing is
    written to would cost none either, but where the system hands out huge pages, sparse rows are soon all there.
    """

    def __init__(self, config: NetworkConfig, session: ort.InferenceSession, n_rows: int) -> None:
        self.config, self.session = config, session
        self.lengths = np.zeros(n_rows, dtype=np.int32)
        self.cache = self._room_for(FIRST_ROOM)
        self._calls: dict[tuple[int, int], _Call] = {}

    def extend(self, row: int, ids: Sequence[int]) -> np.ndarray:
        """Read several ids at the end of a row."""
        return self.read(row, ids, np.array([len(ids) - 1]))[0]

    def read(self, row: int, ids: Sequence[int], kept: np.ndarray) -> np.ndarray:
        """Read ids at the end of a row and give the logits of some of their steps, (kept, vocabulary)."""
        self.lengths[row] += len(ids)
        self._make_room()
        return self._call(row, 1).run(np.array([ids], dtype=np.int64), kept, self.lengths[row : row + 1])[0]

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one id at the end of each of the first rows."""
        lengths = self.lengths[: len(ids)]
        lengths += 1
        self._make_room()
        return self._call(0, len(ids)).run(ids[:, None], _FIRST, lengths)[:, 0]

    def _call(self, first: int, n_rows: int) -> _Call:
        """The bound inputs and outputs of some rows; made once, as long as the memory stays where it is."""
        if (first, n_rows) not in self._calls:
            cache = self.cache[:, :, first : first + n_rows]
            self._calls[first, n_rows] = _Call(self.session, cache, self.config.vocab_size)
        return self._calls[first, n_rows]

    def copy(self, source: int, target: int) -> None:
        """Let a row hold what another holds."""
        length = self.lengths[target] = self.lengths[source]
        self.cache[:, :, target, :, :length] = self.cache[:, :, source, :, :length]

    def clear(self, row: int) -> None:
        """Empty a row."""
        self.lengths[row] = 0

    def _make_room(self) -> None:
        """Move to a larger array where the longest row outgrows this one."""
        longest, held = int(self.lengths.max()), self.cache.shape[4]
        if longest <= held:
            return
        check_length(self.config, longest)
        grown = self._room_for(max(longest, held + held // 2))
        last = int(np.flatnonzero(self.lengths)[-1]) + 1
        grown[:, :, :last, :, :held] = self.cache[:, :, :last]
        self.cache = grown
        self._calls.clear()

    def _room_for(self, room: int) -> np.ndarray:
        """An array of keys and values: (layers, 2, rows, key-value heads, room, head width)."""
        config = self.config
        heads, width = config.num_key_value_heads, config.head_width
        return np.empty(
            (config.num_hidden_layers, 2, len(self.lengths), heads, min(room, config.room), width), np.float32
        )


class _Call:
    """Inputs and outputs of some rows: keys and values are bound once, ids and logits where their shape changes."""

    def __init__(self, session: ort.InferenceSession, cache: np.ndarray, vocab_size: int) -> None:
        self._session, self._binding = session, session.io_binding()
        self._vocab_size, n_rows = vocab_size, cache.shape[2]  # cache: (layers, 2, B, heads, room, head width)
        self._seen, self._longest = np.zeros(n_rows, dtype=np.int32), np.zeros(1, dtype=np.int32)
        self._ids = self._kept = np.zeros((0, 0), dtype=np.int64)
        self._logits = np.zeros((0, 0, 0), dtype=np.float32)
        _bind(self._binding.bind_input, "seen", self._seen)
        _bind(self._binding.bind_input, "longest", self._longest)
        for layer, pair in enumerate(cache):
            for kind, values in zip(("key", "value"), pair, strict=True):
                _bind(self._binding.bind_input, f"past_{kind}_{layer}", values)
                _bind(self._binding.bind_output, f"present_{kind}_{layer}", values)

    def run(self, ids: np.ndarray, kept: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Read ids (B, S); ``lengths`` (B,) count them too. Returns logits (B, kept, vocabulary)."""
        if ids.shape != self._ids.shape or kept.shape != self._kept.shape:
            self._ids, self._kept = np.zeros(ids.shape, dtype=np.int64), np.zeros(kept.shape, dtype=np.int64)
            self._logits = np.empty((len(ids), len(kept), self._vocab_size), dtype=np.float32)
            _bind(self._binding.bind_input, "ids", self._ids)
            _bind(self._binding.bind_input, "kept", self._kept)
            _bind(self._binding.bind_output, "logits", self._logits)
        self._ids[:], self._kept[:] = ids, kept
        self._seen[:] = lengths - 1
        self._longest[0] = lengths.max()
        self._session.run_with_iobinding(self._binding)
        return self._logits


def _bind(bind: Callable[..., None], name: str, values: np.ndarray) -> None:
    """Hand over the memory of an array."""
    bind(name, _DEVICE, 0, values.dtype.type, values.shape, values.ctypes.data)


def _options(folder: Path) -> ort.SessionOptions:
    """Options of a session whose weights lie in a folder."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = count_threads()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN_USEC)
    options.log_severity_level = _WARNINGS_OFF
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder.resolve()))
    return options


def count_threads() -> int:
    """How many threads run a step: ``SYMBOLIC_MUSIC_THREADS``, else two where there are two cores."""
    asked = os.environ.get(THREADS_VARIABLE, "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_THREADS, cores)
