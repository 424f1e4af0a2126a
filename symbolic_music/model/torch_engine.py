"""The reference engine: the network in torch, as training knows it, behind the same protocol as the fast one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from symbolic_music.model.engine import check_length
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.transformer import Network, load_network


@dataclass(frozen=True, eq=False)
class TorchPrefix:
    """What rows begin with; ``cache`` has the shape (layers, 2, heads, ids, head width)."""

    n_ids: int
    logits: np.ndarray
    cache: Tensor


class TorchEngine:
    """A network that is run by torch."""

    name = "torch"

    def __init__(self, network: Network) -> None:
        self.network, self.config = network.eval(), network.config

    @classmethod
    def load(cls, folder: Path, vocab_size: int | None = None) -> TorchEngine:
        """Read a folder of weights.

        Raises
        ------
        CheckpointError
            If they are missing, broken, or made for another vocabulary or other sizes.
        """
        return cls(load_network(folder, vocab_size))

    def read(self, ids: Sequence[int]) -> TorchPrefix:
        """Read what some rows begin with."""
        memory = TorchMemory(self.network, 1)
        logits = memory.extend(0, ids)
        return TorchPrefix(len(ids), logits, memory.cache[:, :, 0, :, : len(ids)])

    def new_memory(self, n_rows: int) -> TorchMemory:
        """Make memory for so many sequences."""
        return TorchMemory(self.network, n_rows)

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        """Compute what follows each step of one sequence: (steps, vocabulary)."""
        with torch.inference_mode():
            return self.network(torch.tensor([list(ids)]))[0].numpy()


class TorchMemory:
    """Keys and values of ``n_rows`` sequences, each from the left of its row, its prefix too."""

    def __init__(self, network: Network, n_rows: int) -> None:
        config: NetworkConfig = network.config
        self.network, self.config = network, config
        heads, width = config.num_key_value_heads, config.head_width
        self.cache = torch.zeros(
            config.num_hidden_layers, 2, n_rows, heads, config.room, width
        )  # (layers, keys and values, rows, heads, room, head width)
        self.lengths = torch.zeros(n_rows, dtype=torch.long)

    def begin(self, row: int, prefix: TorchPrefix) -> None:
        """Let a row hold a prefix and nothing else."""
        self.lengths[row] = prefix.n_ids
        self.cache[:, :, row, :, : prefix.n_ids] = prefix.cache

    def extend(self, row: int, ids: Sequence[int]) -> np.ndarray:
        """Read several ids at the end of a row."""
        return self._read(torch.tensor([list(ids)]), slice(row, row + 1))[0]

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one id at the end of each of the first rows."""
        return self._read(torch.from_numpy(ids.astype(np.int64))[:, None], slice(0, len(ids)))

    def move(self, source: int, target: int) -> None:
        """Let a row hold what another holds, which is given up."""
        length = self.lengths[target] = self.lengths[source]
        self.cache[:, :, target, :, :length] = self.cache[:, :, source, :, :length]

    @torch.inference_mode()
    def _read(self, ids: Tensor, rows: slice) -> np.ndarray:
        """Read ids (B, T) at the end of rows; returns the logits of the last step, (B, vocabulary)."""
        places = self.lengths[rows, None] + torch.arange(ids.shape[1])  # (B, T)
        check_length(self.config, int(places.max()) + 1)
        self.lengths[rows] += ids.shape[1]
        hidden = self.network.hidden(ids, places, _Places(self.cache[:, :, rows], places))
        return self.network.logits(hidden[:, -1]).numpy()


class _Places:
    """The network's cache for one call: new keys and values go to the places given."""

    def __init__(self, cache: Tensor, places: Tensor) -> None:
        self.places = places
        self.room = int(places.max()) + 1
        self.cache = cache[..., : self.room, :]

    def extend(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Write this step's keys and values (B, heads, T, D); returns all, (B, heads, room, D)."""
        rows = torch.arange(len(self.places))[:, None]
        for held, new in zip(self.cache[layer], (k, v), strict=True):
            held.transpose(1, 2)[rows, self.places] = new.transpose(1, 2)
        keys, values = self.cache[layer]
        return keys, values

    def mask(self, n_new: int) -> Tensor:
        """Each new step sees the places up to its own: (B, 1, n_new, room)."""
        return (torch.arange(self.room) <= self.places[:, :, None])[:, None]
