"""The training loop of the phrase model: resumes at the same batch, validates, keeps the best average of weights.

How many processes and devices take part is ``accelerate``'s configuration alone.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.formats.atomic import atomic_folder
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.transformer import Network, save_network
from symbolic_music.tokens.vocabulary import PAD, TOKEN_FILE, TOKENS
from symbolic_music.training.batches import (
    Mixture,
    Place,
    ValidationBatch,
    describe_mixture,
    make_mixture,
    training_batch,
    validation_batches,
)
from symbolic_music.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.muon import Muon
from symbolic_music.training.shards import Shard, load_shards
from symbolic_music.training.validation import (
    GroupLoss,
    append_groups,
    append_row,
    forget_rows_after,
    selection_loss,
    token_losses,
    validate,
)
from symbolic_music.training.warm_start import warm_start

WIDE_LOG, LONG_LOG, STEP_LOG = "log.csv", "validation.csv", "train.csv"
LOG_EVERY = 25


@dataclass
class Run:
    """All that a step needs."""

    config: TrainConfig
    folder: Path
    accelerator: Any  # accelerate.Accelerator
    shard: Shard
    mixture: Mixture
    held_out: list[ValidationBatch]
    model: Any  # what accelerate made of the network, for the forward pass
    network: Network
    average: Network
    optimizer: Optimizers
    progress: Progress = field(default_factory=Progress)
    stop_signal: int = 0
    earlier_minutes: float = 0.0
    started: float = field(default_factory=time.monotonic)


def train(config: TrainConfig) -> None:
    """Train until the end of the schedule, or a signal; can be called again to go on.

    Raises
    ------
    FileFormatError
        If a shard cannot be read.
    CheckpointError
        If the run's checkpoint or the weights to begin with do not fit.
    InputError
        If nothing is left to train on, or the loss is no number any more.
    MissingExtraError
        If accelerate is not installed.
    """
    run = _set_up(config)
    if _is_finished(run):
        run.accelerator.print(f"{config.run}: nothing left to do at step {run.progress.step}")
        return
    with _stop_on_signals(run):
        _loop(run)
    run.accelerator.end_training()


def _set_up(config: TrainConfig) -> Run:
    """Read data, make or load the networks, tell what will be trained."""
    torch.set_num_threads(config.threads)
    accelerator = _make_accelerator(config)
    folder = Path(config.run)
    folder.mkdir(parents=True, exist_ok=True)
    shard = load_shards([Path(path) for path in config.shards])
    mixture = make_mixture(shard, config)
    torch.manual_seed(config.seed)
    network = Network(network_config(config), config.dropout)
    average = Network(network.config).eval()
    average.load_state_dict(network.state_dict())
    average.to(accelerator.device)
    # Prepared, the model computes its forward pass in the mixed precision; the average is not prepared.
    model = accelerator.prepare_model(network.to(accelerator.device))
    optimizer = Optimizers(network, config)
    run = Run(config, folder, accelerator, shard, mixture, validation_batches(shard, config),
              model, network, average, optimizer)  # fmt: skip
    _begin(run)
    return run


def _make_accelerator(config: TrainConfig) -> Any:
    """Let accelerate find out about processes, devices and precision."""
    try:
        from accelerate import Accelerator  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtraError("training needs accelerate: pip install 'symbolic-music[train]'") from None
    accelerator = Accelerator(
        mixed_precision=config.mixed_precision or None,
        gradient_accumulation_steps=config.accumulation,
        log_with="tensorboard",  # left out by accelerate where it is not installed
        project_dir=config.run,
    )
    accelerator.init_trackers("tensorboard")
    return accelerator


def network_config(config: TrainConfig) -> NetworkConfig:
    """Sizes of the network."""
    return NetworkConfig(
        len(TOKENS), config.hidden_size, config.intermediate_size, config.num_hidden_layers, config.num_attention_heads,
        config.num_key_value_heads,
    )  # fmt: skip


class Optimizers:
    """Muon for the matrices inside the layers and AdamW for embeddings and norms, stepped as one.

    Muon orthogonalises each update (Jordan et al. 2024): on two cores it needs less than half of AdamW's tokens for
    the same loss (decision 0015).
    """

    def __init__(self, network: Network, config: TrainConfig) -> None:
        named = list(network.named_parameters())
        is_matrix = {name: p.dim() == 2 and "embed" not in name and config.muon_rate > 0 for name, p in named}
        matrices = [p for name, p in named if is_matrix[name]]
        decayed = [p for name, p in named if not is_matrix[name] and p.dim() > 1]
        plain = [p for name, p in named if p.dim() == 1]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        self.parts: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.95))
        ]
        if matrices:
            self.parts.append(Muon(matrices, lr=config.muon_rate, momentum=0.95, weight_decay=config.weight_decay))
        self.rates = (config.learning_rate, config.muon_rate)

    def set_rate(self, share: float) -> None:
        """Set every rate to a share of its highest."""
        for part, rate in zip(self.parts, self.rates, strict=False):
            for group in part.param_groups:
                group["lr"] = rate * share

    def step(self) -> None:
        """Move the weights."""
        for part in self.parts:
            part.step()

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict[str, Any]]:
        """The state of both."""
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict[str, Any]]) -> None:
        """Go on with a state."""
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)


def _begin(run: Run) -> None:
    """Go on from a checkpoint, begin with older weights, or begin anew."""
    config, say = run.config, run.accelerator.print
    progress = load_checkpoint(run.folder, run.network, run.average, run.optimizer)
    if progress is not None:
        run.progress, run.earlier_minutes = progress, progress.minutes
        say(f"resumed at step {progress.step}")
    elif config.init:
        say(warm_start(run.network, Path(config.init), Path(config.init_tokens) if config.init_tokens else None))
        run.average.load_state_dict(run.network.state_dict())
    if run.accelerator.is_main_process:
        for name in (WIDE_LOG, LONG_LOG, STEP_LOG):
            forget_rows_after(run.folder / name, run.progress.step)
    say(f"{sum(p.numel() for p in run.network.parameters())} parameters, {run.accelerator.num_processes} processes,"
        f" {run.accelerator.device}, precision {run.accelerator.mixed_precision}")  # fmt: skip
    say("\n".join(describe_mixture(run.shard, config)))


def _loop(run: Run) -> None:
    """Step, average, log, validate, save."""
    config, progress = run.config, run.progress
    run.started = saved = time.monotonic()
    while not (_is_finished(run) or run.stop_signal):
        loss = _step(run)
        progress.running = loss if progress.running == 0.0 else 0.98 * progress.running + 0.02 * loss
        _update_average(run.average, run.network, min(config.ema, progress.step / (progress.step + 9)))
        _agree(run)
        if progress.step % LOG_EVERY == 0:
            _log_step(run)
        is_validated = not run.stop_signal and (progress.step % config.validate_every == 0 or _is_finished(run))
        if is_validated:
            _validate(run)
        if is_validated or run.stop_signal or time.monotonic() - saved > config.save_every_sec:
            _save(run)
            saved = time.monotonic()
    if run.stop_signal:
        run.accelerator.print(f"stopped by signal {run.stop_signal} at step {progress.step}; call again to go on")


def _is_finished(run: Run) -> bool:
    """Whether steps, time or patience are at their end."""
    config, progress = run.config, run.progress
    return (
        progress.step >= config.total_steps
        or 0 < config.max_minutes <= progress.minutes
        or 0 < config.patience <= progress.n_worse
    )


def _step(run: Run) -> float:
    """One update; returns the loss of this process."""
    config, accelerator, progress = run.config, run.accelerator, run.progress
    run.optimizer.set_rate(rate_share(config, progress.step, progress.minutes))
    run.network.train()
    # Dropout too depends on the step alone, so that a resumed run equals one that was never stopped.
    torch.manual_seed(hash((config.seed, progress.step, accelerator.process_index)))
    total = 0.0
    for pass_ in range(config.accumulation):
        place = Place(progress.step, pass_, accelerator.process_index)
        ids, mask = (
            torch.from_numpy(array).to(accelerator.device)
            for array in training_batch(run.shard, run.mixture, config, place)
        )
        with accelerator.accumulate(run.model):
            loss = masked_mean(run.model(ids[:, :-1]), ids, mask)
            accelerator.backward(loss)
            total += float(loss.detach()) / config.accumulation
            if not math.isfinite(total):
                raise InputError(f"the loss is {total} at step {progress.step}; lower learning_rate and start again")
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(run.network.parameters(), 1.0)
                run.optimizer.step()
                run.optimizer.zero_grad()
        progress.tokens += int((ids != PAD).sum()) * accelerator.num_processes
    progress.step += 1
    return total


def masked_mean(logits: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
    """Mean cross entropy in nats over the target tokens of a batch."""
    return (token_losses(logits, ids) * mask[:, 1:]).sum() / mask[:, 1:].sum()


def rate_share(config: TrainConfig, step: int, minutes: float = 0.0) -> float:
    """The share of the highest rate: up on a line, then level and down on a line, or along a cosine to a twentieth."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    if config.decay_steps:
        return max(0.0, min(1.0, (config.total_steps - step) / config.decay_steps))
    done = (step - config.warmup_steps) / max(1, config.total_steps - config.warmup_steps)
    if config.max_minutes > 0:
        done = max(done, minutes / config.max_minutes)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


@torch.no_grad()
def _update_average(average: Network, network: Network, decay: float) -> None:
    """Move the average of the weights a little towards the weights."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)


def _agree(run: Run) -> None:
    """Take the time, and make all processes know it and stop together."""
    run.progress.minutes = run.earlier_minutes + (time.monotonic() - run.started) / 60
    if run.accelerator.num_processes > 1:
        mine = torch.tensor(
            [[run.progress.minutes, run.stop_signal, run.progress.n_worse]], device=run.accelerator.device
        )
        everyones = run.accelerator.gather(mine)
        run.progress.minutes = float(everyones[0, 0])
        run.stop_signal = int(everyones[:, 1].max())


def _log_step(run: Run) -> None:
    """Print and log the training loss."""
    progress = run.progress
    rate = rate_share(run.config, progress.step, progress.minutes)
    speed = progress.tokens / max(progress.minutes, 1e-9) / 60
    if run.accelerator.is_main_process:
        row = {"step": progress.step, "tokens": progress.tokens, "minutes": round(progress.minutes, 2),
               "learning_rate": f"{rate:.4f}", "train": round(progress.running, 5)}  # fmt: skip
        append_row(run.folder / STEP_LOG, row)
        print(f"step {progress.step} loss {progress.running:.4f} rate {rate:.2f} {progress.minutes:.1f} min"
              f" {speed:.0f} tokens/s", flush=True)  # fmt: skip
    run.accelerator.log({"loss/train": progress.running, "learning_rate": rate}, step=progress.step)


def _validate(run: Run) -> None:
    """Loss of the averaged weights on songs no training sees; the best is exported."""
    config, progress = run.config, run.progress
    if run.accelerator.is_main_process:
        with run.accelerator.autocast():
            groups = validate(run.average, run.shard, run.held_out, run.accelerator.device)
        mean = selection_loss(groups, config)
        _log_groups(run, groups, mean)
        # Without validation examples (not a number) the newest weights count as the best.
        if not mean >= progress.best:
            progress.best, progress.n_worse = mean, 0
            save_best(run.average, run.folder / "best", progress)
        else:
            progress.n_worse += 1
    if run.accelerator.num_processes > 1:
        mine = torch.tensor([[progress.n_worse]], device=run.accelerator.device)
        progress.n_worse = int(run.accelerator.gather(mine)[0, 0])


def _log_groups(run: Run, groups: list[GroupLoss], mean: float) -> None:
    """Log losses to the screen, CSV and TensorBoard."""
    progress = run.progress
    of_part = {group.part: group.loss for group in groups if group.by == "all"}
    print("validation", {part: round(loss, 4) for part, loss in of_part.items()}, f"selection {mean:.4f}", flush=True)
    row: dict[str, Any] = {"step": progress.step, "tokens": progress.tokens, "minutes": round(progress.minutes, 2),
           "train": round(progress.running, 5), "selection": round(mean, 5)}  # fmt: skip
    row |= {part: round(of_part[part], 5) if part in of_part else "" for part, _ in run.config.part_weights}
    append_row(run.folder / WIDE_LOG, row)
    append_groups(run.folder / LONG_LOG, progress.step, groups)
    named = {f"validation/{group.part}/{group.by}/{group.value}": group.loss for group in groups}
    run.accelerator.log({"loss/selection": mean, **named}, step=progress.step)


def save_best(average: Network, folder: Path, progress: Progress) -> None:
    """Write weights, sizes and token names, whole or not at all."""
    with atomic_folder(folder) as temporary:
        save_network(average, temporary, {"step": str(progress.step), "tokens": str(progress.tokens)})
        (temporary / TOKEN_FILE).write_text("\n".join(TOKENS) + "\n", encoding="utf-8")


def _save(run: Run) -> None:
    """Write a checkpoint; all processes hold the same, so one writes."""
    if run.accelerator.is_main_process:
        save_checkpoint(run.folder, run.network, run.average, run.optimizer, run.progress)


@contextmanager
def _stop_on_signals(run: Run) -> Iterator[None]:
    """Finish the step at SIGTERM or Ctrl-C, and save; a second signal ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def note(number: int, frame: Any) -> None:
        run.stop_signal = number
        for each in numbers:
            signal.signal(each, before[each])

    for number in numbers:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])


__all__ = ["Optimizers", "TrainConfig", "masked_mean", "network_config", "rate_share", "train"]
