"""Train the plan network on the rows of ``data_prep.structure``.

``python -m symbolic_music.training.train_planner --plans shards/plans.jsonl`` takes a few CPU
minutes and writes ``planner.safetensors`` (fp16) and ``planner.json`` (vocabulary, sizes,
losses). Only kinds, letters, lengths and the end are predicted: genre and countdown are given.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from symbolic_music.model.plan_decoder import PlanNetworkConfig
from symbolic_music.model.plan_network import PlanNetwork
from symbolic_music.planning.plan_tokens import LEFT_UNKNOWN, PAD, build_vocabulary

WEIGHTS = Path(__file__).parents[1] / "weights"
SHAPES = (64, 128, 256)  # few lengths: every new shape costs a kernel set-up
UNTOLD_SHARE = 0.25


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """How long and how fast to train."""

    n_epochs: int = 40
    batch_size: int = 32
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    seed: int = 0


def train(rows: list[dict[str, Any]], options: TrainingOptions) -> tuple[PlanNetwork, dict[str, float]]:
    """Train on the rows of split ``train``; keep the weights with the best validation loss."""
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    train_rows = [row["tokens"] for row in rows if row["split"] == "train"]
    held_out = [row["tokens"] for row in rows if row["split"] == "validation"]
    network = PlanNetwork(PlanNetworkConfig(n_ids=len(build_vocabulary())))
    n_steps = options.n_epochs * math.ceil(len(train_rows) / options.batch_size)
    optimizer = torch.optim.AdamW(network.parameters(), options.learning_rate, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, n_steps + 8, pct_start=0.1)
    best_loss, best_state = math.inf, network.state_dict()
    for epoch in range(options.n_epochs):
        network.train()
        for batch in _batches(train_rows, options.batch_size, rng):
            told = [_hide_countdown(tokens) if rng.random() < UNTOLD_SHARE else tokens for tokens in batch]
            loss = _loss(network, told)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        current = evaluate(network, held_out)
        print(f"epoch {epoch + 1}: train {float(loss.detach()):.3f}, validation {current:.3f}", flush=True)
        if current < best_loss:
            best_loss = current
            best_state = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(best_state)
    figures = {
        "validation_loss": evaluate(network, held_out),
        "validation_loss_without_countdown": evaluate(network, [_hide_countdown(tokens) for tokens in held_out]),
        "bigram_validation_loss": markov_loss(train_rows, held_out, 1),
        "order_3_validation_loss": markov_loss(train_rows, held_out, 3),
        "order_6_validation_loss": markov_loss(train_rows, held_out, 6),
    }
    return network, figures


@torch.no_grad()
def evaluate(network: PlanNetwork, rows: list[list[str]]) -> float:
    """Mean loss in nats per predicted token."""
    network.eval()
    total = count = 0.0
    for start in range(0, len(rows), 64):
        batch = rows[start : start + 64]
        n = sum(sum(map(_is_predicted, tokens[1 : SHAPES[-1]])) for tokens in batch)
        total += float(_loss(network, batch)) * n
        count += n
    return total / count


def markov_loss(train_rows: list[list[str]], rows: list[list[str]], n_before: int) -> float:
    """Loss of a table of what follows the last tokens, over the same predicted tokens.

    ``n_before`` 1 is the bigram. The countdown is taken out; rare contexts fall back to
    shorter ones (Witten-Bell interpolation), the shortest to all tokens alike.
    """
    counts: dict[tuple[str, ...], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for plain in map(_without_countdown, train_rows):
        for place in range(1, len(plain)):
            for length in range(min(n_before, place) + 1):
                counts[tuple(plain[place - length : place])][plain[place]] += 1
    losses = []
    for plain in map(_without_countdown, rows):
        for place in range(1, len(plain)):
            share = 1 / len(build_vocabulary())
            for length in range(min(n_before, place) + 1):
                seen = counts.get(tuple(plain[place - length : place]))
                if seen:
                    share = (seen[plain[place]] + len(seen) * share) / (seen.total() + len(seen))
            losses.append(-math.log(share))
    return float(np.mean(losses))


def save(network: PlanNetwork, figures: dict[str, float], n_rows: dict[str, int], folder: Path = WEIGHTS) -> None:
    """Write the weights in half precision and the vocabulary beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, str(folder / "planner.safetensors"))
    (folder / "planner.safetensors").chmod(0o644)
    card = {
        "config": dataclasses.asdict(network.config), "n_parameters": network.n_parameters, "n_rows": n_rows,
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "data": "McGill Billboard (CC0), SALAMI 2.0 (CC0), POP909 structure labels (MIT, (c) 2020 Shuqi Dai)",
        "vocabulary": build_vocabulary(),
    }  # fmt: skip
    (folder / "planner.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _loss(network: PlanNetwork, batch: list[list[str]]) -> torch.Tensor:
    """Mean loss over the predicted tokens of a batch."""
    ids, is_target = _tensors(batch)
    logits = network(ids[:, :-1])  # (B, T - 1, n_ids)
    losses = F.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    mask = is_target[:, 1:]
    return (losses * mask).sum() / mask.sum()


def _tensors(batch: list[list[str]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad a batch to one of the few shapes."""
    id_of = {token: index for index, token in enumerate(build_vocabulary())}
    longest = max(map(len, batch))
    n_steps = next((shape for shape in SHAPES if shape >= longest), SHAPES[-1])
    ids = torch.full((len(batch), n_steps), id_of[PAD])
    is_target = torch.zeros((len(batch), n_steps))
    for row, tokens in enumerate(batch):
        cut = tokens[:n_steps]
        ids[row, : len(cut)] = torch.tensor([id_of[token] for token in cut])
        is_target[row, : len(cut)] = torch.tensor([float(_is_predicted(token)) for token in cut])
    return ids, is_target


def _batches(rows: list[list[str]], size: int, rng: np.random.Generator) -> list[list[list[str]]]:
    """Shuffle rows into batches of like length."""
    order = sorted(rng.permutation(len(rows)), key=lambda index: len(rows[index]) // 16)
    batches = [[rows[index] for index in order[start : start + size]] for start in range(0, len(order), size)]
    return [batches[index] for index in rng.permutation(len(batches))]


def _is_predicted(token: str) -> bool:
    """Whether the model is asked for this token."""
    return not token.startswith(("Left_", "Genre_")) and token != PAD


def _hide_countdown(tokens: list[str]) -> list[str]:
    """Replace the countdown by the token for an unknown length."""
    return [LEFT_UNKNOWN if token.startswith("Left_") else token for token in tokens]


def _without_countdown(tokens: list[str]) -> list[str]:
    """Take the countdown out."""
    return [token for token in tokens[: SHAPES[-1]] if not token.startswith("Left_")]


def main() -> None:
    """Read the plan rows, train, print the losses, save."""
    parser = argparse.ArgumentParser(description="Train the structure planner.")
    parser.add_argument("--plans", type=Path, default=Path("shards/plans.jsonl"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--epochs", type=int, default=TrainingOptions.n_epochs)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.plans.read_text(encoding="utf-8").splitlines()]
    torch.set_num_threads(1)
    network, figures = train(rows, TrainingOptions(n_epochs=arguments.epochs))
    n_rows = dict(collections.Counter(row["split"] for row in rows))
    save(network, figures, n_rows, arguments.out)
    print(f"{network.n_parameters} parameters; " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
