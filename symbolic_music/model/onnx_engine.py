"""The engine on onnxruntime: one graph in which rows share what they began with, nothing copied between steps.

What a row gives is the same, bit for bit, whatever rows stand beside it and however many threads run: every product
sums in one order, and memories are as long as whole blocks of the vector units, so that what is masked adds zeros
and moves nothing. A row read in one piece and the same row read id by id agree within rounding.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort

from symbolic_music.budget import count_threads
from symbolic_music.errors import CheckpointError
from symbolic_music.model.engine import check_length
from symbolic_music.model.network_config import NetworkConfig, locate_tensors, read_config
from symbolic_music.model.onnx_rows import build_rows_graph

# Two threads halve a step of a network that no core's own cache holds; more gain little (decision 0014).
MOST_THREADS = 2
# How long a thread without work looks for more before it sleeps, in microseconds: long enough for the next product of
# a step. Beside other programs, threads that go on looking made decoding 1.7 times as long; so it stays at 1.1.
SPIN_USEC = "20"
# Memories are multiples of so many ids: softmax sums 64 numbers at a time.
BLOCK = 64
# What a row of a new memory has room for, after its prefix; it grows and shrinks by need.
FIRST_ROOM = BLOCK
# What few rows outgrow.
USUAL_ROOM = 4 * BLOCK
# A prefix is asked for at least two rows, since one row alone would be multiplied in another order.
FEWEST_ASKING = 2
_WARNINGS_OFF = 3
_DEVICE = "cpu"
_FIRST = np.zeros(1, dtype=np.int64)
_HIDDEN = np.float32(-np.inf)


@dataclass(frozen=True, eq=False)
class OnnxPrefix:
    """What rows begin with: its number of ids, what follows it, and its keys and values.

    ``cache`` has the shape (layers, 2, 1, key-value heads, 1, room, head width).
    """

    n_ids: int
    logits: np.ndarray
    cache: np.ndarray


class OnnxEngine:
    """A session over the graph of one folder of weights."""

    name = "onnxruntime"

    def __init__(self, config: NetworkConfig, session: ort.InferenceSession) -> None:
        self.config, self.session = config, session
        self._nothing = _cache(config, 1, BLOCK)  # the prefix of those that have none, never seen
        # The array of a memory that is no longer used: its pages are there already.
        self._spare: list[np.ndarray] = []

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
            graph = build_rows_graph(config, locate_tensors(folder))
            session = ort.InferenceSession(graph, _options(folder), providers=["CPUExecutionProvider"])
        except CheckpointError as failure:
            raise CheckpointError(f"{folder}: {failure}") from None
        except Exception as failure:  # onnxruntime's errors have no common root
            raise CheckpointError(f"{folder}: no usable weights: {failure}") from None
        return cls(config, session)

    def new_memory(self, n_rows: int) -> OnnxMemory:
        """Make memory for so many sequences."""
        return OnnxMemory(self.config, self.session, n_rows, self._spare)

    def read(self, ids: Sequence[int]) -> OnnxPrefix:
        """Read what some rows begin with."""
        logits, cache = self._read(ids, np.array([len(ids) - 1]))
        return OnnxPrefix(len(ids), logits[0], cache)

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        """Compute what follows each step of one sequence: (steps, vocabulary)."""
        return self._read(ids, np.arange(len(ids)))[0]

    def _read(self, ids: Sequence[int], kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read ids in one piece; returns the logits of some of them and the keys and values of all."""
        n = len(ids)
        check_length(self.config, n)
        own = _cache(self.config, 1, _whole_blocks(n))
        sizes = _Sizes(1, n, 1, FEWEST_ASKING, BLOCK, own.shape[5], len(kept))
        call = _Call(self.session, self.config, sizes, own, self._nothing)
        places = np.arange(n)
        call.place(places[None], places[None])
        call.bias[:, 0, 0, :, BLOCK : BLOCK + n] = np.where(np.tri(n, dtype=bool), np.float32(0), _HIDDEN)
        return call.run(np.array([ids], dtype=np.int64), kept)[0].copy(), own


class OnnxMemory:
    """Rows that go on from prefixes.

    Each prefix in use has a place beside those of the others, which its rows share; the rows' own keys and values lie
    in one array that grows by need.
    """

    def __init__(
        self, config: NetworkConfig, session: ort.InferenceSession, n_rows: int, spare: list[np.ndarray]
    ) -> None:
        self.config, self.session, self._spare = config, session, spare
        self._prefixes: list[OnnxPrefix | None] = [None] * n_rows
        self._lengths = np.zeros(n_rows, dtype=np.int64)  # of what follows the prefixes
        self._buffer = spare.pop() if spare else np.zeros(0, dtype=np.float32)
        self._own = self._view(FIRST_ROOM)
        self._shared = _cache(config, 0, BLOCK)
        self._held: list[OnnxPrefix] = []
        self._call: _Call | None = None
        self._begins = np.zeros(n_rows, dtype=np.int64)

    def __del__(self) -> None:
        """Leave the array to the next memory."""
        if not self._spare:
            self._spare.append(self._buffer)

    def begin(self, row: int, prefix: OnnxPrefix) -> None:
        """Let a row hold a prefix and nothing else."""
        self._prefixes[row], self._begins[row], self._lengths[row] = prefix, prefix.n_ids, 0
        self._call = None

    def move(self, source: int, target: int) -> None:
        """Let a row hold what another holds, which is given up."""
        self._prefixes[target], self._begins[target] = self._prefixes[source], self._begins[source]
        length = self._lengths[target] = self._lengths[source]
        self._own[:, :, target, :, :, :length] = self._own[:, :, source, :, :, :length]
        self._call = None

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one id at the end of each of the first rows."""
        n_rows = len(ids)
        lengths = self._lengths[:n_rows]
        places = self._begins[:n_rows] + lengths
        check_length(self.config, int(places.max()) + 1)
        if lengths.max() >= self._own.shape[5]:
            self._resize(int(lengths.max()) + 1, n_rows)
        if self._call is None or len(self._call.ids) != n_rows:
            # What is not there is read too, if only to be masked: where long rows have left, the memory is cut.
            self._resize(int(lengths.max()) + 1, n_rows)
            self._call = self._new_call(n_rows)
        call = self._call
        call.place(lengths[:, None], places[:, None])
        call.bias[np.arange(n_rows), 0, 0, 0, call.prefix_room + lengths] = 0
        lengths += 1
        return call.run(ids[:, None], _FIRST)[:, 0]

    def extend(self, row: int, ids: Sequence[int]) -> np.ndarray:
        """Read several ids at the end of a row, in one piece."""
        begin, n_new = int(self._lengths[row]), len(ids)
        place = int(self._begins[row]) + begin
        check_length(self.config, place + n_new)
        if begin + n_new > self._own.shape[5]:
            self._resize(begin + n_new, int(np.flatnonzero(self._lengths)[-1:].max(initial=row)) + 1)
        prefix = self._prefix_of(row)
        own = self._own[:, :, row : row + 1]
        sizes = _Sizes(1, n_new, 1, max(FEWEST_ASKING, n_new), prefix.cache.shape[5], own.shape[5], 1)
        call = self._bound(sizes, own, prefix.cache, np.zeros(1, dtype=np.int64), self._begins[row : row + 1])
        steps = np.arange(n_new)
        call.place(begin + steps[None], place + steps[None])
        seen = np.arange(own.shape[5]) <= begin + steps[:, None]
        call.bias[0, 0, 0, :, call.prefix_room :] = np.where(seen, np.float32(0), _HIDDEN)
        logits = call.run(np.array([ids], dtype=np.int64), np.array([n_new - 1]))[0, 0]
        if self._call is not None and row < len(self._call.ids):
            self._call.see(row, begin, begin + n_new)
        self._lengths[row] += n_new
        return logits

    def _prefix_of(self, row: int) -> OnnxPrefix:
        """What a row begins with."""
        prefix = self._prefixes[row]
        assert prefix is not None, f"row {row} has not begun"
        return prefix

    def _view(self, room: int) -> np.ndarray:
        """The memory with so much room for each row."""
        shape = (self.config.num_hidden_layers, 2, len(self._lengths), self.config.num_key_value_heads, 1, room,
                 self.config.head_width)  # fmt: skip
        size = math.prod(shape)
        if size > len(self._buffer):
            # Pages that nobody writes to take no memory; growing would hold the array twice for a moment.
            self._buffer = _zeros(size // room * max(room, USUAL_ROOM))
        return self._buffer[:size].reshape(shape)

    def _resize(self, longest: int, n_rows: int) -> None:
        """Give each row as much room as the longest of the first rows needs; what they hold is moved."""
        held, room = self._own.shape[5], _whole_blocks(longest)
        if room == held:
            return
        kept = int(min(held, room, self._lengths[:n_rows].max(initial=0)))
        before, self._own = self._own, self._view(room)  # in the same buffer, or in a larger one
        # Towards the end from the last layer on, towards the beginning from the first, so that nothing is written over;
        # inside of one, numpy sees that both lie in the same memory.
        places = list(np.ndindex(before.shape[0], before.shape[1]))
        for place in places if room < held else reversed(places):
            self._own[place][:n_rows, :, :, :kept] = before[place][:n_rows, :, :, :kept]
        self._call = None

    def _new_call(self, n_rows: int) -> _Call:
        """Bind the memory of the first rows and say who sees what."""
        prefixes = [self._prefix_of(row) for row in range(n_rows)]
        self._share(list(dict.fromkeys(prefixes)))
        place_of = {prefix: place for place, prefix in enumerate(self._held)}
        of_row = np.array([place_of[prefix] for prefix in prefixes])
        counts = np.bincount(of_row, minlength=len(self._held))
        room, own = self._shared.shape[5], self._own.shape[5]
        sizes = _Sizes(n_rows, 1, len(self._held), max(FEWEST_ASKING, int(counts.max())), room, own, 1)
        call = self._bound(sizes, self._own[:, :, :n_rows], self._shared, of_row, self._begins[:n_rows])
        gone = np.arange(own) < self._lengths[:n_rows, None]
        call.bias[:, 0, 0, 0, room:] = np.where(gone, np.float32(0), _HIDDEN)
        return call

    def _bound(
        self, sizes: _Sizes, own: np.ndarray, shared: np.ndarray, of_row: np.ndarray, begins: np.ndarray
    ) -> _Call:
        """Bind rows whose prefixes stand at ``of_row``; they see those, of their own nothing yet."""
        call = _Call(self.session, self.config, sizes, own, shared)
        counts = np.bincount(of_row, minlength=sizes.n_prefixes)
        order = np.argsort(of_row, kind="stable")
        turn = np.empty(sizes.n_rows, dtype=np.int64)  # how many rows before it ask the same prefix
        turn[order] = np.arange(sizes.n_rows) - np.repeat(counts.cumsum() - counts, counts)
        steps = np.arange(sizes.n_new)
        asking = turn[:, None] * sizes.n_new + steps  # (R, S)
        rows = np.arange(sizes.n_rows)
        call.of_prefix[of_row[:, None], :, :, asking, 0] = rows[:, None, None, None]
        call.of_prefix[of_row[:, None], :, :, asking, 3] = steps[:, None, None]
        call.in_prefix[..., 0], call.in_prefix[..., 3] = of_row[:, None, None, None], asking[:, None, None]
        seen = np.arange(sizes.prefix_room) < begins[:, None]
        call.bias[..., : sizes.prefix_room] = np.where(seen, np.float32(0), _HIDDEN)[:, None, None, None]
        return call

    def _share(self, prefixes: list[OnnxPrefix]) -> None:
        """Hold these prefixes side by side; those that are held already stay where they are, where they can."""
        room = max(prefix.cache.shape[5] for prefix in prefixes)
        if len(prefixes) > self._shared.shape[2] or room != self._shared.shape[5]:
            self._shared, self._held = _cache(self.config, len(prefixes), room), []
        wanted = set(prefixes)
        stay: list[OnnxPrefix | None] = [prefix if prefix in wanted else None for prefix in self._held[: len(prefixes)]]
        stay += [None] * (len(prefixes) - len(stay))
        new = iter([prefix for prefix in prefixes if prefix not in set(stay)])
        self._held = []
        for place, prefix in enumerate(stay):
            if prefix is None:
                prefix = next(new)
                self._shared[:, :, place, :, :, : prefix.cache.shape[5]] = prefix.cache[:, :, 0]
            self._held.append(prefix)


@dataclass(frozen=True)
class _Sizes:
    """Rows, their new ids, prefixes, most rows of one prefix, both rooms, logits kept of each row."""

    n_rows: int
    n_new: int
    n_prefixes: int
    most_asking: int
    prefix_room: int
    own_room: int
    n_kept: int


class _Call:
    """Inputs and outputs of some rows, bound once; ids and places are written into them before each step."""

    def __init__(
        self,
        session: ort.InferenceSession,
        config: NetworkConfig,
        sizes: _Sizes,
        own: np.ndarray,
        shared: np.ndarray,
    ) -> None:
        n_rows, n_new, heads = sizes.n_rows, sizes.n_new, config.num_key_value_heads
        groups = config.num_attention_heads // heads
        self._session, self._binding, self.prefix_room = session, session.io_binding(), sizes.prefix_room
        self.ids, self._kept = _integers(n_rows, n_new), _integers(sizes.n_kept)
        self._turns = _integers(n_rows, n_new, (groups + 2) * heads)
        self._turned = self._turns[..., : (groups + 1) * heads]  # all but values
        self._slots = _integers(n_rows, heads, 1, n_new, 4)
        self._slots[..., 0] = np.arange(n_rows)[:, None, None, None]
        self._slots[..., 1] = np.arange(heads)[:, None, None]
        self.of_prefix = _of_heads(_integers(sizes.n_prefixes, heads, groups, sizes.most_asking, 4))
        self.in_prefix = _of_heads(_integers(n_rows, heads, groups, n_new, 4))
        by_head = np.array([*self._turns.shape, 1, config.head_width], dtype=np.int64)
        rooms = np.array([sizes.prefix_room, sizes.own_room], dtype=np.int64)
        self.bias = np.full((n_rows, 1, 1, n_new, int(rooms.sum())), _HIDDEN, dtype=np.float32)
        self._logits = np.empty((n_rows, sizes.n_kept, config.vocab_size), dtype=np.float32)
        self._bind({
            "ids": self.ids, "turns": self._turns.reshape(-1, self._turns.shape[-1]), "by_head": by_head,
            "kept": self._kept, "slots": self._slots, "bias": self.bias, "of_prefix": self.of_prefix,
            "in_prefix": self.in_prefix, "rooms": rooms,
        })  # fmt: skip
        _bind(self._binding.bind_output, "logits", self._logits)
        for layer in range(config.num_hidden_layers):
            for kind, name in enumerate(("key", "value")):
                self._bind({f"past_{name}_{layer}": own[layer, kind]})
                self._bind({f"prefix_{name}_{layer}": shared[layer, kind, : sizes.n_prefixes]})
                _bind(self._binding.bind_output, f"present_{name}_{layer}", own[layer, kind])
        self._bound = own, shared, by_head, rooms  # kept alive as long as they are bound

    def _bind(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Hand over inputs."""
        for name, values in arrays.items():
            _bind(self._binding.bind_input, name, values)

    def place(self, slots: np.ndarray, places: np.ndarray) -> None:
        """Say where the next ids go in the rows' own memory, and where they stand in the sequence: (R, S) each."""
        self._slots[..., 3] = slots[:, None, None]
        self._turned[:] = places[..., None]

    def see(self, row: int, begin: int, end: int) -> None:
        """Let a row see some of its own ids."""
        self.bias[row, 0, 0, 0, self.prefix_room + begin : self.prefix_room + end] = 0

    def run(self, ids: np.ndarray, kept: np.ndarray) -> np.ndarray:
        """Read ids (R, S). Returns logits (R, kept, vocabulary)."""
        self.ids[:], self._kept[:] = ids, kept
        self._session.run_with_iobinding(self._binding)
        return self._logits


def _bind(bind: Callable[..., None], name: str, values: np.ndarray) -> None:
    """Hand over the memory of an array."""
    bind(name, _DEVICE, 0, values.dtype.type, values.shape, values.ctypes.data)


def _integers(*shape: int) -> np.ndarray:
    """Zeros, as indices are."""
    return np.zeros(shape, dtype=np.int64)


def _of_heads(indices: np.ndarray) -> np.ndarray:
    """Let indices (…, heads, groups, steps, 4) name their own head and group."""
    indices[..., 1] = np.arange(indices.shape[1])[:, None, None]
    indices[..., 2] = np.arange(indices.shape[2])[:, None]
    return indices


def _cache(config: NetworkConfig, n_rows: int, room: int) -> np.ndarray:
    """Room for keys and values, of zeros: what is masked must be numbers.

    Shape (layers, 2, rows, key-value heads, 1, room, head width).
    """
    return _zeros(config.num_hidden_layers, 2, n_rows, config.num_key_value_heads, 1, room, config.head_width)


def _zeros(*shape: int) -> np.ndarray:
    """Zeros in pages of their own, which go back to the system when they are no longer used.

    From the heap of each thread that begins a batch, megabytes would be left over that no other thread can use.
    """
    size = math.prod(shape)
    pages = mmap.mmap(-1, max(size, 1) * np.dtype(np.float32).itemsize)
    return np.frombuffer(pages, dtype=np.float32, count=size).reshape(shape)


def _whole_blocks(n_ids: int) -> int:
    """The room that so many ids need."""
    return -(-n_ids // BLOCK) * BLOCK


def _options(folder: Path) -> ort.SessionOptions:
    """Options of a session whose weights lie in a folder."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = count_threads(MOST_THREADS)
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN_USEC)
    options.log_severity_level = _WARNINGS_OFF
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(folder.resolve()))
    return options
