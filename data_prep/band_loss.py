"""Loss of the phrase model on each band part's validation phrases beside an order-3 Markov model.

``python -m data_prep.band_loss --shard shards/band.npz`` prints nats a target token: both models see the same training
split, the same tokens, and are judged on the same validation examples.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from symbolic_music.evaluation.markov import MarkovModel
from symbolic_music.filling.fill import WEIGHTS
from symbolic_music.model.transformer import Network, load_network
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.batches import ValidationBatch, validation_batches
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.shards import Shard, load_shard
from symbolic_music.training.validation import validate

ORDER = 3
EXAMPLES = 300


class PartLoss(NamedTuple):
    """Nats a target token of one part."""

    part: str
    model: float
    markov: float
    n_targets: int

    @property
    def passed(self) -> bool:
        """Whether the model beats the Markov model."""
        return self.model < self.markov


def band_losses(shard: Shard, network: Network, n_examples: int = EXAMPLES) -> list[PartLoss]:
    """Measure every part of a shard, on at most ``n_examples`` validation examples of a part and job."""
    parts = sorted(set(shard.part.tolist()))
    config = TrainConfig(part_weights=tuple((part, 1.0) for part in parts), validation_examples=n_examples)
    batches = validation_batches(shard, config)
    groups = {g.part: g for g in validate(network, shard, batches, torch.device("cpu")) if g.by == "all"}
    return [
        PartLoss(part, groups[part].loss, _markov_loss(shard, part, batches), groups[part].n_targets)
        for part in parts if part in groups
    ]  # fmt: skip


def _markov_loss(shard: Shard, part: str, batches: Sequence[ValidationBatch]) -> float:
    """Fit on a part's training examples, judge its examples in the batches."""
    held_out = np.concatenate([batch.examples for batch in batches])
    training = np.flatnonzero((shard.part == part) & ~shard.is_validation)
    model = MarkovModel(ORDER, len(TOKENS))
    model.fit(*_sequences(shard, training))
    return model.loss(*_sequences(shard, held_out[shard.part[held_out] == part]))


def _sequences(shard: Shard, examples: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Ids and masks of examples."""
    places = [slice(shard.starts[e], shard.starts[e] + shard.lengths[e]) for e in examples]
    return [shard.ids[place].astype(np.int64) for place in places], [shard.mask[place] for place in places]


def show(losses: Sequence[PartLoss]) -> list[str]:
    """The result as lines of text."""
    return [
        f"{row.part:14} model {row.model:.3f}, order-{ORDER} Markov {row.markov:.3f} nats a token"
        f" ({row.n_targets} targets) {'holds' if row.passed else 'MISSED'}"
        for row in losses
    ]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shard", type=Path, default=Path("shards/band.npz"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="a folder of phrase weights")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="at most so many of a part and job")
    arguments = parser.parse_args()
    network = load_network(arguments.weights, len(TOKENS))
    print("\n".join(show(band_losses(load_shard(arguments.shard), network, arguments.examples))))


if __name__ == "__main__":
    main()
