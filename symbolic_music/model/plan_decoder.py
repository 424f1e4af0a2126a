"""The plan network for use: numpy alone, since a form is a few dozen ids of a small network.

What it read last is remembered, so that a sequence which goes on from it costs only its new ids.
Shapes in comments: T steps read before and now, N new steps, C channels, H heads, D width of a head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock

import numpy as np

from symbolic_music.errors import CheckpointError

# As torch's LayerNorm adds to the variance.
_NORM_EPS = 1e-5
# The error function within 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
_ERF_SLOPE, _ERF_TERMS = 0.3275911, (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)


@dataclass(frozen=True)
class PlanNetworkConfig:
    """Sizes of the network; about 0.65M parameters by default."""

    n_ids: int
    n_channels: int = 128
    n_layers: int = 3
    n_heads: int = 4
    max_steps: int = 256
    dropout: float = 0.2


class PlanDecoder:
    """Logits of the id that follows a sequence."""

    def __init__(self, config: PlanNetworkConfig, weights: Mapping[str, np.ndarray]) -> None:
        self.config, self._weights = config, dict(weights)
        self._read: list[int] = []
        self._lock = Lock()
        # For each layer keys and values of what was read: (2, H, steps, D).
        width = config.n_channels // config.n_heads
        self._memory = np.zeros((config.n_layers, 2, config.n_heads, config.max_steps, width), dtype=np.float32)
        for name, shape in _shapes(config).items():
            found = self._weights.get(name)
            if found is None or found.shape != shape:
                raise CheckpointError(
                    f"{name} is {'missing' if found is None else list(found.shape)}, not {list(shape)}"
                )

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        """Compute what follows a sequence.

        Parameters
        ----------
        ids : sequence of int
            At least one, at most ``max_steps``.

        Returns
        -------
        float32 array, shape (n_ids,)
        """
        with self._lock:
            return self._logits(ids)

    def _logits(self, ids: Sequence[int]) -> np.ndarray:
        """Read what was not read before and give what follows."""
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(ids, self._read, strict=False))))
        start = min(same, len(ids) - 1)  # the last one is read again if all was read before
        embedding = self._weights["embedding.weight"]
        x = embedding[list(ids[start:])] + self._weights["position.weight"][start : len(ids)]  # (N, C)
        for layer in range(self.config.n_layers):
            x = self._block(layer, x, start)
        self._read = list(ids)
        return embedding @ self._normal(x[-1], "norm")

    def _block(self, layer: int, x: np.ndarray, start: int) -> np.ndarray:
        """Attention and a feed-forward layer, each on a normalised input."""
        at, weights = f"blocks.{layer}.", self._weights
        n_new, n_channels = x.shape
        heads = self._normal(x, f"{at}attention_norm") @ weights[f"{at}attention_in.weight"].T
        query, key, value = heads.reshape(n_new, 3, self.config.n_heads, -1).transpose(1, 2, 0, 3)  # each (H, N, D)
        memory = self._memory[layer, :, :, : start + n_new]
        memory[:, :, start:] = key, value
        mixed = _attend(query, memory[0], memory[1]).transpose(1, 0, 2).reshape(n_new, n_channels)
        x = x + mixed @ weights[f"{at}attention_out.weight"].T
        opened = self._normal(x, f"{at}feed_norm") @ weights[f"{at}feed_in.weight"].T + weights[f"{at}feed_in.bias"]
        return x + _gelu(opened) @ weights[f"{at}feed_out.weight"].T + weights[f"{at}feed_out.bias"]

    def _normal(self, x: np.ndarray, name: str) -> np.ndarray:
        """Normalise to mean 0 and variance 1, then scale and shift."""
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + _NORM_EPS)
        return x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _attend(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mix values by how well keys fit the queries: (H, N, D), (H, T, D) twice → (H, N, D)."""
    n_new, n_steps = query.shape[1], keys.shape[1]
    fits = query @ keys.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[2]))  # (H, N, T)
    fits = np.where(np.tri(n_new, n_steps, n_steps - n_new, dtype=bool), fits, -np.inf)
    shares = np.exp(fits - fits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True) @ values


def _gelu(x: np.ndarray) -> np.ndarray:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016), exact but for the error function's rounding."""
    z = np.abs(x) / np.sqrt(np.float32(2))
    t = 1 / (1 + np.float32(_ERF_SLOPE) * z)
    series = np.zeros_like(t)
    for term in reversed(_ERF_TERMS):
        series = (series + np.float32(term)) * t
    return x * (1 + np.copysign(1 - series * np.exp(-z * z), x)) / 2


def _shapes(config: PlanNetworkConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all weights."""
    width, inner = config.n_channels, 4 * config.n_channels
    shapes: dict[str, tuple[int, ...]] = {
        "embedding.weight": (config.n_ids, width),
        "position.weight": (config.max_steps, width),
        "norm.weight": (width,),
        "norm.bias": (width,),
    }
    for layer in range(config.n_layers):
        at = f"blocks.{layer}."
        shapes |= {f"{at}{name}_norm.{kind}": (width,) for name in ("attention", "feed") for kind in ("weight", "bias")}
        shapes |= {
            f"{at}attention_in.weight": (3 * width, width),
            f"{at}attention_out.weight": (width, width),
            f"{at}feed_in.weight": (inner, width),
            f"{at}feed_in.bias": (inner,),
            f"{at}feed_out.weight": (width, inner),
            f"{at}feed_out.bias": (width,),
        }
    return shapes
