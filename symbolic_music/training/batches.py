"""Examples to batches of few shapes, in an order that depends on the seed, step and process alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.shards import Shard, load_shard

# Conditions that are never left out: without them a phrase has no shape.
_NEEDED = ("Part", "Mode", "Meter", "Bars", "Beside")
_MAY_GO = np.array([kind in v.CONDITION_VALUES and kind not in _NEEDED for kind in v.TYPE_OF])
# Of an example's conditions so many stay, each with the share of examples: nearly all, half, hardly any.
_KEPT = ((0.9, 0.5), (0.5, 0.3), (0.15, 0.2))


@dataclass(frozen=True)
class Mixture:
    """Which training examples each length bucket holds, and how often they are drawn.

    An example is drawn in proportion to the weight of its part times that of its job.
    """

    buckets: tuple[np.ndarray, ...]  # of each length the examples
    cumulative: tuple[np.ndarray, ...]  # running sums of their weights, ending at 1
    bucket_shares: np.ndarray


@dataclass(frozen=True)
class Place:
    """Which batch: the step, the pass within it, and the process."""

    step: int
    pass_: int = 0
    rank: int = 0


@dataclass(frozen=True)
class ValidationBatch:
    """Rows of padding at the end belong to no example."""

    examples: np.ndarray
    ids: np.ndarray
    mask: np.ndarray


def make_mixture(shard: Shard, config: TrainConfig) -> Mixture:
    """Sort the training examples into length buckets and weigh them.

    Raises
    ------
    InputError
        If no example is left to train on.
    """
    weights = example_weights(shard, config) * ~shard.is_validation * (shard.lengths <= config.lengths[-1])
    if not weights.any():
        raise InputError("no training example has one of the parts in [part_weights] and jobs in [job_weights]")
    bucket_of = np.searchsorted(config.lengths, shard.lengths)
    buckets = tuple(np.flatnonzero((bucket_of == b) & (weights > 0)) for b in range(len(config.lengths)))
    sums = np.array([weights[bucket].sum() for bucket in buckets])
    cumulative = tuple(
        np.cumsum(weights[bucket]) / max(total, 1e-30) for bucket, total in zip(buckets, sums, strict=True)
    )
    # A batch of long examples holds fewer of them, so its bucket is drawn more often: each example's share
    # is then its weight, whatever its length.
    drawn = sums / np.array([config.tokens_per_batch // length for length in config.lengths])
    return Mixture(buckets, cumulative, drawn / drawn.sum())


def example_weights(shard: Shard, config: TrainConfig) -> np.ndarray:
    """Weigh each example by its part and job; 0 where one of them is not wanted. (n_examples,)"""
    weights = np.zeros(len(shard.lengths))
    for part, weight in config.part_weights:
        weights[shard.part == part] = weight
    if config.job_weights:
        of_job = np.zeros(len(weights))
        for job, weight in config.job_weights:
            of_job[shard.job == job] = weight
        weights *= of_job
    return weights


def describe_mixture(shard: Shard, config: TrainConfig) -> list[str]:
    """Tell the share of every part and job in the training examples, and what is left out."""
    weights = example_weights(shard, config) * ~shard.is_validation
    is_fitting = shard.lengths <= config.lengths[-1]
    shares = weights * is_fitting / (weights * is_fitting).sum()
    lines = []
    for part, job in sorted(set(zip(shard.part.tolist(), shard.job.tolist(), strict=True))):
        own = (shard.part == part) & (shard.job == job) & ~shard.is_validation
        share = f"{100 * shares[own].sum():.1f} %" if shares[own].any() else "left out"
        lines.append(f"{part}, {job}: {own.sum()} examples, {share}")
    if not is_fitting.all():
        lines.append(f"{(~is_fitting).sum()} examples over {config.lengths[-1]} tokens are left out")
    return lines


def batch_arrays(shard: Shard, chosen: np.ndarray, n_rows: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Pad examples to (n_rows, length) ids and loss mask."""
    ids = np.full((n_rows, length), v.PAD, dtype=np.int64)
    mask = np.zeros((n_rows, length), dtype=bool)
    for row, example in enumerate(chosen):
        start, n = shard.starts[example], shard.lengths[example]
        ids[row, :n] = shard.ids[start : start + n]
        mask[row, :n] = shard.mask[start : start + n]
    return ids, mask


def training_batch(shard: Shard, mixture: Mixture, config: TrainConfig, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Draw the batch of a step: a length bucket, the same in all processes, then each process's examples of it."""
    bucket = int(
        np.random.default_rng([config.seed, place.step, place.pass_]).choice(
            len(config.lengths), p=mixture.bucket_shares
        )
    )
    rng = np.random.default_rng([config.seed, place.step, place.pass_, 1 + place.rank])
    length = config.lengths[bucket]
    n_rows = config.tokens_per_batch // length
    drawn = np.searchsorted(mixture.cumulative[bucket], rng.random(n_rows), side="right")
    chosen = mixture.buckets[bucket][np.minimum(drawn, len(mixture.buckets[bucket]) - 1)]
    ids, mask = batch_arrays(shard, chosen, n_rows, length)
    if config.condition_dropout:
        for row in range(n_rows):
            ids[row], mask[row] = drop_conditions(ids[row], mask[row], rng)
    return ids, mask


def drop_conditions(ids: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Leave some of an example's conditions open, more or fewer from example to example. ids, mask: (T,)"""
    shares, weights = zip(*_KEPT, strict=True)
    kept = shares[int(rng.choice(len(shares), p=weights))]
    n_prefix = int(np.argmax(mask)) or len(ids)
    goes = np.zeros(len(ids), dtype=bool)
    goes[:n_prefix] = _MAY_GO[ids[:n_prefix]] & (rng.random(n_prefix) >= kept)
    room = int(goes.sum())
    return (
        np.concatenate([ids[~goes], np.full(room, v.PAD, dtype=ids.dtype)]),
        np.concatenate([mask[~goes], np.zeros(room, dtype=bool)]),
    )


def validation_batches(shard: Shard, config: TrainConfig) -> list[ValidationBatch]:
    """The same validation examples every time, at most ``validation_examples`` of a part and job."""
    # The last batch is filled with empty rows: another shape would cost another kernel set-up.
    return batches_of(shard, _validation_examples(shard, config), config, is_filled=True)


def batches_of(shard: Shard, chosen: np.ndarray, config: TrainConfig, is_filled: bool) -> list[ValidationBatch]:
    """Batch examples of like length; ``is_filled``: the last batch of a length has as many rows as the others."""
    bucket_of = np.searchsorted(config.lengths, shard.lengths[chosen])
    batches = []
    for bucket, length in enumerate(config.lengths):
        own, n_rows = chosen[bucket_of == bucket], config.tokens_per_batch // length
        for at in range(0, len(own), n_rows):
            examples = own[at : at + n_rows]
            shape = n_rows if is_filled else len(examples)
            batches.append(ValidationBatch(examples, *batch_arrays(shard, examples, shape, length)))
    return batches


def _validation_examples(shard: Shard, config: TrainConfig) -> np.ndarray:
    """Choose by chance, but always alike."""
    is_wanted = shard.is_validation & (example_weights(shard, config) > 0) & (shard.lengths <= config.lengths[-1])
    order = np.random.default_rng(0).permutation(len(shard.lengths))
    order = order[is_wanted[order]]
    pairs: Sequence[str] = [f"{part} {job}" for part, job in zip(shard.part[order], shard.job[order], strict=True)]
    seen: dict[str, int] = {}
    kept = []
    for example, pair in zip(order, pairs, strict=True):
        seen[pair] = seen.get(pair, 0) + 1
        if seen[pair] <= config.validation_examples:
            kept.append(example)
    return np.array(kept, dtype=np.int64)


__all__ = [
    "Mixture", "Place", "Shard", "ValidationBatch", "describe_mixture", "example_weights", "load_shard",
    "make_mixture", "training_batch", "validation_batches",
]  # fmt: skip
