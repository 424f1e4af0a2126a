"""Loss on songs that no training sees, by part, job and source, and the logs of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from symbolic_music.formats.atomic import atomic_path
from symbolic_music.training.batches import ValidationBatch
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.shards import Shard


@dataclass(frozen=True)
class GroupLoss:
    """Loss of a part's examples, all of them or those of one job or source."""

    part: str
    by: str  # all, job or source
    value: str
    loss: float  # nats a target token
    n_targets: int


def token_losses(logits: Tensor, ids: Tensor) -> Tensor:
    """Cross entropy in nats of every token after the first. logits: (B, T - 1, V), ids: (B, T) -> (B, T - 1)."""
    # All logits are computed though few count: picking rows first would make a new shape, and so a new
    # kernel set-up, every step.
    return F.cross_entropy(logits.float().transpose(1, 2), ids[:, 1:], reduction="none")


def validate(
    logits_of: Callable[[Tensor], Tensor], shard: Shard, batches: Sequence[ValidationBatch], device: torch.device
) -> list[GroupLoss]:
    """Compute the loss of every part, part and job, part and source.

    Parameters
    ----------
    logits_of : callable
        Ids (B, T) to logits (B, T, V); no dropout.
    batches : sequence of ValidationBatch
        Made by ``validation_batches``.
    """
    return _group(shard, *example_losses(logits_of, batches, device)) if batches else []


@torch.no_grad()
def example_losses(
    logits_of: Callable[[Tensor], Tensor], batches: Sequence[ValidationBatch], device: torch.device
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute every example's loss: examples, nats over all of its targets, number of targets; (n_examples,) each."""
    examples, sums, counts = [], [], []
    for batch in batches:
        ids, mask = torch.from_numpy(batch.ids).to(device), torch.from_numpy(batch.mask).to(device)
        losses = token_losses(logits_of(ids[:, :-1]), ids) * mask[:, 1:]  # (B, T - 1)
        n = len(batch.examples)  # rows after these are padding
        examples.append(batch.examples)
        sums.append(losses.sum(1).cpu().numpy()[:n])
        counts.append(batch.mask[:n, 1:].sum(1))
    return np.concatenate(examples), np.concatenate(sums), np.concatenate(counts)


def selection_loss(groups: Sequence[GroupLoss], config: TrainConfig) -> float:
    """Mean of the parts' losses with the parts' weights; what the best weights are chosen by."""
    weights = dict(config.part_weights)
    parts = [group for group in groups if group.by == "all" and weights.get(group.part, 0.0) > 0]
    total = sum(weights[group.part] for group in parts)
    return sum(weights[group.part] * group.loss for group in parts) / total if total else float("nan")


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Add a row to a CSV log; the first one brings the header."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def append_groups(path: Path, step: int, groups: Sequence[GroupLoss]) -> None:
    """Add the losses of a step to the long log, one row a group."""
    for group in groups:
        row = {"step": step, **asdict(group)}
        append_row(path, row | {"loss": round(group.loss, 5)})


def forget_rows_after(path: Path, step: int) -> None:
    """Take rows of steps that will be done again, or were cut short, out of a CSV log."""
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    n_commas = lines[0].count(",") if lines else 0
    whole = [line for line in lines[1:] if line.endswith("\n") and line.count(",") == n_commas]
    with atomic_path(path) as temporary:
        kept = [line for line in whole if int(line.split(",")[0]) <= step]
        temporary.write_text("".join(lines[:1] + kept), encoding="utf-8")


def _group(shard: Shard, examples: np.ndarray, sums: np.ndarray, counts: np.ndarray) -> list[GroupLoss]:
    """Add up the examples' losses by part, part and job, part and source."""
    groups = []
    for by, column in (("all", None), ("job", shard.job), ("source", shard.source)):
        values = column[examples] if column is not None else np.full(len(examples), "all")
        for part, value in sorted(set(zip(shard.part[examples].tolist(), values.tolist(), strict=True))):
            own = (shard.part[examples] == part) & (values == value)
            n = int(counts[own].sum())
            groups.append(GroupLoss(part, by, value, float(sums[own].sum()) / max(n, 1), n))
    return groups
