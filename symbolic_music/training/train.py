"""The training loop of the phrase model: resumes, validates by part, keeps the best average of weights."""

from __future__ import annotations

import csv
import math
import os
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from symbolic_music.model.transformer import Network, NetworkConfig, save_network
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.batches import Shard, load_shard, training_batch, validation_batches
from symbolic_music.training.config import TrainConfig


def train(config: TrainConfig) -> None:
    """Train until ``total_steps`` or ``max_minutes``; can be called again to go on."""
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    run = Path(config.run)
    run.mkdir(parents=True, exist_ok=True)
    shard = load_shard(Path(config.shard))
    network = Network(_network_config(config), config.dropout).to(config.device)
    average = Network(network.config).to(config.device)
    average.load_state_dict(network.state_dict())
    decayed = [p for p in network.parameters() if p.dim() > 1]
    plain = [p for p in network.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate, betas=(0.9, 0.95),
    )  # fmt: skip
    state = _resume(run / "checkpoint.pt", network, average, optimizer)
    _loop(config, run, shard, network, average, optimizer, state)


def _network_config(config: TrainConfig) -> NetworkConfig:
    """Sizes of the network."""
    return NetworkConfig(
        len(TOKENS), config.hidden_size, config.intermediate_size, config.num_hidden_layers, config.num_attention_heads
    )


def _loop(config, run, shard, network, average, optimizer, state) -> None:  # type: ignore[no-untyped-def]
    """Step, average, log, validate, save."""
    started = saved = time.monotonic()
    running = 0.0
    for step in range(state["step"], config.total_steps):
        rate = learning_rate(config, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss, n_tokens = _step(config, shard, network, optimizer, step)
        running = loss if running == 0.0 else 0.98 * running + 0.02 * loss
        _update_average(average, network, min(config.ema, (step + 1) / (step + 10)))
        state["step"], state["tokens"] = step + 1, state["tokens"] + n_tokens
        if (step + 1) % 25 == 0:
            minutes = (time.monotonic() - started) / 60
            print(f"step {step + 1} loss {running:.4f} rate {rate:.2e} {minutes:.1f} min", flush=True)
        last = step + 1 == config.total_steps or time.monotonic() - started > config.max_minutes * 60
        if (step + 1) % config.validate_every == 0 or last:
            _validate(config, run, shard, average, state, running)
        if time.monotonic() - saved > config.save_every_sec or last:
            _save(run / "checkpoint.pt", network, average, optimizer, state)
            saved = time.monotonic()
        if last:
            return


def _step(config, shard, network, optimizer, step) -> tuple[float, int]:  # type: ignore[no-untyped-def]
    """One update; returns the loss and the tokens seen."""
    ids, mask = (torch.from_numpy(a).to(config.device) for a in training_batch(shard, config, step))
    network.train()
    loss = masked_loss(network, ids, mask, config.device)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach()), int((ids != 0).sum())


def masked_loss(network: Network, ids: torch.Tensor, mask: torch.Tensor, device: str) -> torch.Tensor:
    """Mean cross entropy in nats over the target tokens of a batch."""
    with torch.autocast(device, dtype=torch.bfloat16):
        logits = network(ids[:, :-1])
    # All logits are computed though few count: picking rows first would make a new shape, and so a new
    # kernel set-up, every step.
    losses = F.cross_entropy(logits.float().transpose(1, 2), ids[:, 1:], reduction="none")
    return (losses * mask[:, 1:]).sum() / mask[:, 1:].sum()


def learning_rate(config: TrainConfig, step: int) -> float:
    """Warm up linearly, then fall along a cosine to a twentieth."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = min(1.0, (step - config.warmup_steps) / max(1, config.total_steps - config.warmup_steps))
    return config.learning_rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


@torch.no_grad()
def _update_average(average: Network, network: Network, decay: float) -> None:
    """Move the average of the weights a little towards the weights."""
    for mean, now in zip(average.parameters(), network.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)


@torch.no_grad()
def _validate(
    config: TrainConfig, run: Path, shard: Shard, average: Network, state: dict[str, float], running: float
) -> None:
    """Loss of the averaged weights on songs no training sees; the best is exported."""
    average.eval()
    losses = {}
    for part, _ in config.part_weights:
        total, count = 0.0, 0
        for ids, mask in validation_batches(shard, config, part, 300):
            n = int(mask[:, 1:].sum())
            tensors = torch.from_numpy(ids).to(config.device), torch.from_numpy(mask).to(config.device)
            total, count = total + float(masked_loss(average, *tensors, config.device)) * n, count + n
        losses[part] = total / max(count, 1)
    mean = sum(losses.values()) / len(losses)
    print("validation", {part: round(loss, 4) for part, loss in losses.items()}, flush=True)
    row = {"step": state["step"], "tokens": state["tokens"], "train": running, **losses}
    path = run / "log.csv"
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)
    if mean < state["best"]:
        state["best"] = mean
        save_network(average, run / "best", {"step": str(state["step"]), "tokens": str(state["tokens"])})


def _save(path: Path, network, average, optimizer, state) -> None:  # type: ignore[no-untyped-def]
    """Write a checkpoint whole or not at all."""
    partial = path.with_suffix(".tmp")
    torch.save(
        {
            "network": network.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "state": state,
        },
        partial,
    )
    os.replace(partial, path)


def _resume(path: Path, network, average, optimizer) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Go on from a checkpoint if there is one."""
    state = {"step": 0, "tokens": 0, "best": float("inf")}
    if path.exists():
        stored = torch.load(path, weights_only=True)
        network.load_state_dict(stored["network"])
        average.load_state_dict(stored["average"])
        optimizer.load_state_dict(stored["optimizer"])
        state = stored["state"]
        print(f"resumed at step {state['step']}", flush=True)
    return state


__all__ = ["TrainConfig", "learning_rate", "masked_loss", "train"]
