"""Two sets of weights compared by the loss of whole bars, on songs that no training sees.

``python -m symbolic_music.training.compare OLD NEW --shards shards/lead.npz shards/band.npz``

prints a table of nats a bar by part, job and source: the loss summed over a phrase's targets, divided by
its bars. Bars are the same music in every vocabulary, tokens are not. Weights made for other tokens are fed by
token name; a phrase with a token that one of them lacks is left out of both sides and counted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from symbolic_music.errors import CheckpointError, InputError, SymbolicMusicError
from symbolic_music.model.transformer import load_network
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.batches import ValidationBatch, batches_of
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.shards import Shard, load_shards
from symbolic_music.training.validation import example_losses
from symbolic_music.training.warm_start import read_tokens

# Rows of the table stand for at least so many phrases.
FEWEST = 10
# An id in whose place the other vocabulary has none.
_MISSING = -1


@dataclass(frozen=True)
class BarLoss:
    """One row: a part's phrases of one job and source under both weights."""

    part: str
    job: str
    source: str
    n_phrases: int
    n_bars: int
    old: float  # nats a bar
    new: float
    error: float  # standard error of new - old over phrases; not a number for a single phrase


@dataclass(frozen=True)
class Comparison:
    """The rows, and how many phrases were left out because one of the vocabularies lacks a token."""

    rows: tuple[BarLoss, ...]
    n_left_out: int


def compare(old: Path, new: Path, shard: Shard, n_examples: int = 150) -> Comparison:
    """Compare two weights folders on a shard's validation examples.

    Parameters
    ----------
    old, new : Path
        Weights folders with ``config.json``, the weights and ``tokens.txt``.
    shard : Shard
        Examples in this version's vocabulary.
    n_examples : int
        At most so many of each part, job and source, drawn by chance but always alike.

    Returns
    -------
    Comparison
        Rows sorted by part, job and source; groups of fewer than ``FEWEST`` phrases are not listed.

    Raises
    ------
    CheckpointError
        If weights or token names are missing or do not fit each other.
    InputError
        If no validation example is left.
    """
    return Yardstick(old, shard, n_examples, [new]).measure(new)


class Yardstick:
    """Old weights' losses, against which new ones are held; for several, each without computing the old ones again.

    Parameters
    ----------
    old : Path
        Weights folder.
    shard : Shard
        Examples in this version's vocabulary.
    n_examples : int
        At most so many of each part, job and source, drawn by chance but always alike.
    readers : sequence of Path
        Weights of other vocabularies that must be able to read the examples too.

    Raises
    ------
    CheckpointError
        If weights or token names are missing.
    InputError
        If no validation example is left.
    """

    def __init__(self, old: Path, shard: Shard, n_examples: int = 150, readers: Sequence[Path] = ()) -> None:
        tables = [_ids_in(folder) for folder in (old, *readers)]
        wanted = _draw(shard, n_examples)
        known = [i for i in wanted if all((table[_ids(shard, i)] != _MISSING).all() for table in tables)]
        if not known:
            raise InputError("the shards hold no validation example that both weights can read")
        self._shard, self._n_left_out = shard, len(wanted) - len(known)
        self._batches = batches_of(shard, np.array(known), TrainConfig(), is_filled=False)
        self._examples = np.concatenate([batch.examples for batch in self._batches])
        self._bars = np.array([_n_bars(shard, example) for example in self._examples])
        self._old = _losses(old, tables[0], self._batches)

    def measure(self, new: Path) -> Comparison:
        """Compare new weights; as ``compare``."""
        losses = _losses(new, _ids_in(new), self._batches)
        rows = _rows(self._shard, self._examples, self._bars, self._old, losses)
        return Comparison(rows, self._n_left_out)


def format_table(comparison: Comparison) -> str:
    """Write the rows as a Markdown table, the change with its standard error."""
    lines = ["| part | job | source | phrases | bars | old | new | new - old |", "|" + " --- |" * 8]
    for row in comparison.rows:
        change = f"{row.new - row.old:+.2f} ± {row.error:.2f}"
        lines.append(
            f"| {row.part} | {row.job} | {row.source} | {row.n_phrases} | {row.n_bars} "
            f"| {row.old:.2f} | {row.new:.2f} | {change} |"
        )
    if comparison.n_left_out:
        lines.append(f"\n{comparison.n_left_out} phrases hold a token that one of the weights does not know.")
    return "\n".join(lines)


def _ids_in(folder: Path) -> np.ndarray:
    """Each of our ids in a weights folder's vocabulary; shape (n_tokens,)."""
    place = {token: index for index, token in enumerate(read_tokens(folder / v.TOKEN_FILE))}
    return np.array([place.get(token, _MISSING) for token in v.TOKENS])


def _ids(shard: Shard, example: int) -> np.ndarray:
    """An example's ids."""
    start = shard.starts[example]
    ids: np.ndarray = shard.ids[start : start + shard.lengths[example]]
    return ids


def _n_bars(shard: Shard, example: int) -> int:
    """How many bars an example's target has: its condition says so."""
    bars = v.IDS_OF_TYPE["Bars"]
    return next(int(v.VALUE_OF[index]) for index in _ids(shard, example).tolist() if index in bars)


def _draw(shard: Shard, n_examples: int) -> list[int]:
    """Draw validation examples, at most ``n_examples`` of each part, job and source."""
    seen: dict[tuple[str, str, str], int] = {}
    drawn = []
    order = np.random.default_rng(0).permutation(len(shard.lengths))
    longest = max(TrainConfig.lengths)
    for example in order[(shard.is_validation & (shard.lengths <= longest))[order]].tolist():
        group = (str(shard.part[example]), str(shard.job[example]), str(shard.source[example]))
        seen[group] = seen.get(group, 0) + 1
        if seen[group] <= n_examples:
            drawn.append(example)
    return drawn


def _losses(folder: Path, table: np.ndarray, batches: Sequence[ValidationBatch]) -> np.ndarray:
    """Nats of each example under one set of weights, in the batches' order."""
    network = load_network(folder)
    if network.config.vocab_size <= table.max():
        raise CheckpointError(f"{folder}: {network.config.vocab_size} embeddings, but {v.TOKEN_FILE} names more tokens")
    translated = [replace(batch, ids=table[batch.ids]) for batch in batches]
    return example_losses(network, translated, torch.device("cpu"))[1]


def _rows(
    shard: Shard, examples: np.ndarray, bars: np.ndarray, old: np.ndarray, new: np.ndarray
) -> tuple[BarLoss, ...]:
    """Add the examples up by part, job and source."""
    labels = list(zip(shard.part[examples], shard.job[examples], shard.source[examples], strict=True))
    rows = []
    for part, job, source in sorted(set(labels)):
        own = np.array([label == (part, job, source) for label in labels])
        n, n_bars = int(own.sum()), int(bars[own].sum())
        if n >= FEWEST:
            mean_old, mean_new = old[own].sum() / n_bars, new[own].sum() / n_bars
            # Of a ratio of sums: each phrase's part of the change that is its own (linearised).
            away = new[own] - old[own] - (mean_new - mean_old) * bars[own]
            error = float(np.sqrt((away**2).sum() * n / (n - 1))) / n_bars if n > 1 else float("nan")
            rows.append(BarLoss(str(part), str(job), str(source), n, n_bars, float(mean_old), float(mean_new), error))
    return tuple(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m symbolic_music.training.compare", description=__doc__.split("\n")[0]
    )
    parser.add_argument("old", type=Path, help="weights folder, such as symbolic_music/weights/phrases")
    parser.add_argument("new", type=Path, help="weights folder, such as runs/phrases/best")
    parser.add_argument("--shards", nargs="+", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=150, help="at most so many of a part, job and source")
    options = parser.parse_args(arguments)
    try:
        print(format_table(compare(options.old, options.new, load_shards(options.shards), options.examples)))
    except SymbolicMusicError as error:
        print(f"compare: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
