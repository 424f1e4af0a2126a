"""Batched decoding with a key-value cache: sees ids, logits and masks, never a chord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from symbolic_music.model.transformer import Cache, Network


class Guide(Protocol):
    """Walks one sequence and says what may come next."""

    done: bool

    def allowed(self) -> int | np.ndarray: ...

    def push(self, index: int) -> None: ...


@dataclass(frozen=True)
class SamplingOptions:
    """How tokens are drawn.

    ``guidance`` over 0 moves the odds away from what the network says where a condition is left open:
    log p + guidance (log p - log p without it), classifier-free guidance after Ho and Salimans
    (2022). It needs the prefixes without the condition, and twice the time.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_steps: int = 640
    guidance: float = 0.0


@torch.inference_mode()
def decode(
    network: Network,
    prefixes: Sequence[Sequence[int]],
    guides: Sequence[Guide],
    rngs: Sequence[np.random.Generator],
    options: SamplingOptions,
    open_prefixes: Sequence[Sequence[int]] | None = None,
) -> list[float]:
    """Decode all sequences in one batch; the guides collect the ids.

    Parameters
    ----------
    open_prefixes
        For ``guidance``: the prefixes with a condition left open, each as long as its twin.

    Returns
    -------
    list of float
        Mean log likelihood (nats a token) of what was drawn, at temperature 1.
    """
    n_rows, is_guided = len(prefixes), options.guidance > 0 and open_prefixes is not None
    # The twins follow in the same order, so that a row and its twin are always n live rows apart.
    prefixes = [*prefixes, *(open_prefixes or ())] if is_guided else prefixes
    longest = max(len(prefix) for prefix in prefixes)
    ids = torch.zeros(len(prefixes), longest, dtype=torch.long)
    for row, prefix in enumerate(prefixes):
        ids[row, longest - len(prefix) :] = torch.tensor(prefix)
    is_token = torch.arange(longest) >= torch.tensor([[longest - len(prefix)] for prefix in prefixes])
    positions = (is_token.cumsum(1) - 1).clamp(min=0)
    cache = Cache(is_token, network.config.num_hidden_layers)
    logits = network.logits(network.hidden(ids, positions, cache)[:, -1])
    live = list(range(n_rows))
    totals, counts = np.zeros(n_rows), np.zeros(n_rows)
    last = positions[:, -1:]
    for _ in range(options.max_steps):
        if is_guided:
            logits = _guided(logits, len(live), options.guidance)
        tokens = [
            _choose(logits[at], guides[row], rngs[row], options, totals, counts, row) for at, row in enumerate(live)
        ]
        keep = [at for at, row in enumerate(live) if not guides[row].done]
        if not keep:
            break
        if len(keep) < len(live):
            rows = torch.tensor([*keep, *(at + len(live) for at in keep)] if is_guided else keep)
            cache.keep_rows(rows)
            last, tokens, live = last[rows], [tokens[at] for at in keep], [live[at] for at in keep]
        last = last + 1
        cache.append_step()
        tokens = tokens * 2 if is_guided else tokens
        logits = network.logits(network.hidden(torch.tensor(tokens)[:, None], last, cache)[:, -1])
    return list(totals / np.maximum(counts, 1))


def _guided(logits: torch.Tensor, n_rows: int, guidance: float) -> torch.Tensor:
    """Move each row's log odds away from its twin's."""
    said, left_open = logits.float().log_softmax(-1).split(n_rows)
    return said + guidance * (said - left_open)


def _choose(
    logits: torch.Tensor,
    guide: Guide,
    rng: np.random.Generator,
    options: SamplingOptions,
    totals: np.ndarray,
    counts: np.ndarray,
    row: int,
) -> int:
    """Draw one row's token and hand it to its guide."""
    allowed = guide.allowed()
    if isinstance(allowed, (int, np.integer)):
        token = int(allowed)
    else:
        values = logits.numpy().astype(np.float64)
        token, likelihood = sample_token(values, allowed, rng, options)
        totals[row] += likelihood
        counts[row] += 1
    guide.push(token)
    return token


def sample_token(
    logits: np.ndarray, mask: np.ndarray, rng: np.random.Generator, options: SamplingOptions
) -> tuple[int, float]:
    """Draw from the allowed tokens by temperature and nucleus; returns it and its log likelihood."""
    candidates = np.flatnonzero(mask)
    if len(candidates) == 1:
        return int(candidates[0]), 0.0
    values = logits[candidates]
    plain = values - values.max()
    plain = plain - np.log(np.exp(plain).sum())
    scaled = np.exp((values - values.max()) / options.temperature)
    scaled /= scaled.sum()
    order = np.argsort(-scaled)
    kept = int(np.searchsorted(np.cumsum(scaled[order]), options.top_p)) + 1
    nucleus = scaled[order[:kept]]
    drawn = order[: len(nucleus)][np.searchsorted(np.cumsum(nucleus), rng.random() * nucleus.sum())]
    return int(candidates[drawn]), float(plain[drawn])
