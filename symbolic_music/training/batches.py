"""Examples to batches of few shapes, in an order that depends on the seed and step alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from symbolic_music.errors import FileFormatError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.config import TrainConfig

# The conditions stand right after BOS; those that know "any" may be dropped.
_ANY_ID = {
    1 + place: v.token_id(kind, v.ANY)
    for place, (kind, values) in enumerate(
        (kind, v.CONDITION_VALUES[kind])
        for kind in ("Part", "Source", "Relation", "Mode", "Meter", "Tempo", "Section", "Bars", "Place",
                     "Density", "Register", "Cadence", "Intensity")
    )
    if v.ANY in values
}  # fmt: skip


@dataclass(frozen=True)
class Shard:
    """All examples as flat arrays."""

    ids: np.ndarray
    mask: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    is_validation: np.ndarray
    part: np.ndarray
    source: np.ndarray


def load_shard(path: Path) -> Shard:
    """Read a shard written by data_prep.examples."""
    try:
        with np.load(path, allow_pickle=False) as file:
            lengths = file["lengths"]
            starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            columns = [file[name] for name in ("is_validation", "part", "source")]
            return Shard(file["ids"], file["mask"], starts, lengths, *columns)
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as failure:
        hint = "make one with python -m data_prep.examples"
        raise FileFormatError(f"{path}: not a token shard ({failure}); {hint}") from None


def batch_arrays(shard: Shard, chosen: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Pad examples to (B, length) ids and loss mask."""
    ids = np.full((len(chosen), length), v.PAD, dtype=np.int64)
    mask = np.zeros((len(chosen), length), dtype=bool)
    for row, example in enumerate(chosen):
        start, n = shard.starts[example], shard.lengths[example]
        ids[row, :n] = shard.ids[start : start + n]
        mask[row, :n] = shard.mask[start : start + n]
    return ids, mask


def training_batch(shard: Shard, config: TrainConfig, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw the batch of a step: a length bucket in proportion to its tokens, then weighted examples of it."""
    rng = np.random.default_rng([config.seed, step])
    bucket_of = np.searchsorted(config.lengths, shard.lengths)
    weights = np.zeros(len(shard.lengths))
    for part, weight in config.part_weights:
        weights[(shard.part == part) & ~shard.is_validation] = weight
    tokens = np.array([(weights * shard.lengths)[bucket_of == b].sum() for b in range(len(config.lengths))])
    bucket = rng.choice(len(config.lengths), p=tokens / tokens.sum())
    length = config.lengths[bucket]
    inside = np.flatnonzero((bucket_of == bucket) & (weights > 0))
    chosen = rng.choice(inside, size=config.tokens_per_batch // length, p=weights[inside] / weights[inside].sum())
    ids, mask = batch_arrays(shard, chosen, length)
    for place, any_id in _ANY_ID.items():
        ids[rng.random(len(ids)) < config.condition_dropout, place] = any_id
    return ids, mask


def validation_batches(shard: Shard, config: TrainConfig, part: str, limit: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same validation examples every time, at most ``limit`` of a part."""
    chosen = np.flatnonzero(shard.is_validation & (shard.part == part))
    chosen = np.random.default_rng(0).permutation(chosen)[:limit]
    batches = []
    low = 0
    for length in config.lengths:
        own = chosen[(shard.lengths[chosen] > low) & (shard.lengths[chosen] <= length)]
        size = config.tokens_per_batch // length
        batches += [batch_arrays(shard, own[at : at + size], length) for at in range(0, len(own), size)]
        low = length
    return batches
