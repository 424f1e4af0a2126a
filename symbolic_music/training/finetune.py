"""Tune the phrase model on songs of one's own, and keep what it could before.

Each step learns from a batch of the songs, and stays near the weights it started from on a batch of what those wrote
themselves (`training.rehearsal`; the divergence of the two networks' probabilities, after Li and Hoiem, "Learning
without forgetting", 2016). What counts is an average over the steps, since single ones are noisy. Whole songs are
held out: the average with the lowest loss on them is kept, and tuning ends when it falls no more. At last the weights
are moved back towards the start, as far as needed to keep what was known within `TuneOptions.most_forgotten`
(Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from symbolic_music.budget import Progress
from symbolic_music.errors import InputError
from symbolic_music.formats.atomic import atomic_folder
from symbolic_music.model.chosen import PACKAGE_WEIGHTS
from symbolic_music.model.transformer import Network, load_network
from symbolic_music.song.collection import OwnSong
from symbolic_music.tokens.vocabulary import PARTS, TOKENS
from symbolic_music.training.batches import (
    Mixture,
    Place,
    ValidationBatch,
    make_mixture,
    training_batch,
    validation_batches,
)
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.examples import Example
from symbolic_music.training.own_songs import examples_of_songs
from symbolic_music.training.rehearsal import rehearse
from symbolic_music.training.shards import Shard
from symbolic_music.training.train import masked_mean
from symbolic_music.training.tuned_folder import write_tuned
from symbolic_music.training.validation import selection_loss, validate

# Kinds of sources that songs of one's own may be like; the likeliest is found where none is said.
SOURCES = ("pop", "folk", "standard", "rock", "art", "hymn", "game")
FEWEST_SONGS = 3
# How far back towards the start the weights are moved at last, until enough is kept.
_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
_GUESSED_BY = 48
# Every so many steps one is rehearsed too, and weighs as many times.
_REHEARSED_EVERY = 2
# How much more later steps weigh in the average (Shamir and Zhang, "Stochastic gradient descent for non-smooth
# optimization", 2013).
_LATER = 2
_LENGTHS = (96, 160, 256, 384, 512)


@dataclass(frozen=True)
class TuneOptions:
    """How to tune."""

    source: str | None = None  # one of SOURCES; found by the loss of the start if left out
    minutes: float = 15.0  # of this machine's time in all, rehearsal included
    epochs: float = 8.0  # at most so many times through the examples
    seed: int = 0
    validation_share: float = 0.15  # of the songs
    learning_rate: float = 1.5e-4
    tokens_per_batch: int = 2048
    rehearsal_songs: int = 12
    rehearsal_weight: float = 1.0  # of staying near the start beside learning the songs
    most_forgotten: float = 0.025  # by so much the loss on what the start wrote itself may rise
    patience: int = 3  # validations without a better one
    validations: int = 8  # so many are planned
    threads: int = 2
    licence: str = "not stated"
    start: Path = PACKAGE_WEIGHTS

    def __post_init__(self) -> None:
        if self.source is not None and self.source not in SOURCES:
            raise InputError(f"source {self.source!r} is not known; use one of {', '.join(SOURCES)}")
        if self.minutes <= 0 or self.epochs <= 0:
            raise InputError("minutes and epochs must be more than 0")
        if not 0 < self.validation_share < 1:
            raise InputError("validation_share must lie between 0 and 1")


@dataclass(frozen=True)
class Tuned:
    """What came of it: losses in nats a token on held-out songs and on held-out rehearsal, before and after."""

    source: str
    n_songs: int
    n_validation: int
    n_examples: int
    n_steps: int
    minutes: float
    style_before: float
    style_after: float
    kept_before: float
    kept_after: float
    share: float  # of the way from the start to the tuned weights
    stopped: str  # why it ended
    losses: tuple[tuple[int, float], ...] = ()  # of held-out songs, with the step

    @property
    def gain(self) -> float:
        """By which share the loss on held-out songs of the style fell."""
        return 1 - self.style_after / self.style_before

    @property
    def forgotten(self) -> float:
        """By which share the loss on what the start wrote itself rose."""
        return self.kept_after / self.kept_before - 1


@dataclass
class _Run:
    """All that a step needs, and the best so far."""

    options: TuneOptions
    start: Network
    network: Network
    averaged: Network  # of the network's steps; what is measured and kept
    style: Shard
    kept: Shard
    configs: tuple[TrainConfig, TrainConfig]
    mixtures: tuple[Mixture, Mixture]
    held_out: tuple[list[ValidationBatch], list[ValidationBatch]]
    optimizer: torch.optim.Optimizer
    total_steps: int
    began: float
    best: dict[str, Tensor] = field(default_factory=dict)
    best_loss: float = math.inf
    n_worse: int = 0
    step: int = 0
    kept_before: float = math.nan
    losses: list[tuple[int, float]] = field(default_factory=list)

    @property
    def done(self) -> float:
        """The share of the way, by steps or by time."""
        spent = (time.monotonic() - self.began) / 60 / self.options.minutes
        return min(1.0, max(self.step / self.total_steps, spent))


def finetune(songs: Sequence[OwnSong], out: Path, options: TuneOptions | None = None,
             report: Progress = lambda stage, done, total: None) -> Tuned:  # fmt: skip
    """Tune the phrase model and write its weights folder, whole or not at all.

    Ctrl-C ends the tuning early: the best weights so far are written, if there are any yet.

    Parameters
    ----------
    songs : sequence of OwnSong
        At least three, with chords and a tune, of different names.
    out : Path
        The folder to write: a model of the hub, with a card and the index of the songs for the originality check.
    options : TuneOptions, optional
        Time, seed, start.
    report : callable, optional
        Told (stage, done, total).

    Raises
    ------
    InputError
        If there are too few songs to learn from and hold some out.
    CheckpointError
        If the weights to start from cannot be used.
    """
    options = options or TuneOptions()
    with atomic_folder(out) as folder:
        network, tuned = tune(songs, options, report)
        write_tuned(folder, network, tuned, songs, options, out.name)
    return tuned


def tune(songs: Sequence[OwnSong], options: TuneOptions, report: Progress) -> tuple[Network, Tuned]:
    """Tune, and say what came of it; nothing is written."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    began = time.monotonic()
    start = load_network(options.start, len(TOKENS))
    validation = hold_out(songs, options)
    source = options.source or guess_source(start, songs, options.seed)
    style = shard_of(examples_of_songs(songs, source, validation, options.seed))
    kept = shard_of(rehearse(options.start, options.rehearsal_songs, options.seed, 15 * options.minutes,
                             lambda done, total: report("rehearsal", done, total)))  # fmt: skip
    run = _set_up(start, style, kept, options, began)
    stopped = _loop(run, report)
    share = _move_back(run)
    style_before, style_after = run.losses[0][1], _style_loss(run)
    tuned = Tuned(
        source, len(songs), len(validation), len(style.lengths), run.step, round((time.monotonic() - began) / 60, 2),
        style_before, style_after, run.kept_before, _kept_loss(run), share, stopped, tuple(run.losses),
    )  # fmt: skip
    return run.averaged, tuned


def hold_out(songs: Sequence[OwnSong], options: TuneOptions) -> frozenset[str]:
    """Choose the songs that are held out, whole songs by chance.

    Raises
    ------
    InputError
        If there are too few songs, or two have one name.
    """
    names = [song.name for song in songs]
    if len(names) < FEWEST_SONGS:
        raise InputError(f"{len(names)} songs can be learnt from, at least {FEWEST_SONGS} are needed")
    if len(set(names)) < len(names):
        raise InputError("two songs have the same name")
    n = max(1, round(len(names) * options.validation_share))
    order = np.random.default_rng(options.seed).permutation(len(names))
    return frozenset(sorted(names)[index] for index in order[:n])


def guess_source(network: Network, songs: Sequence[OwnSong], seed: int = 0) -> str:
    """Find the kind of source under which a network finds songs likeliest."""
    losses = {}
    for source in SOURCES:
        shard = shard_of(examples_of_songs(songs, source, frozenset(song.name for song in songs), seed))
        config = replace(_config(TuneOptions(), _STYLE_PARTS), validation_examples=_GUESSED_BY // 8)
        losses[source] = _loss_of(network, shard, config, validation_batches(shard, config))
    return min(losses, key=lambda source: losses[source])


def shard_of(examples: Sequence[Example]) -> Shard:
    """Put examples end to end.

    Raises
    ------
    InputError
        If there are none.
    """
    if not examples:
        raise InputError("nothing in these songs can be learnt from: they need a tune with chords, in a known meter")
    lengths = np.array([len(example.ids) for example in examples], dtype=np.int64)
    return Shard(
        ids=np.concatenate([np.array(example.ids, dtype=np.uint16) for example in examples]),
        mask=np.concatenate([np.array(example.mask, dtype=bool) for example in examples]),
        starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        lengths=lengths,
        is_validation=np.array([example.split == "validation" for example in examples]),
        part=np.array([example.part for example in examples]),
        job=np.array([example.job for example in examples]),
        source=np.array([example.source for example in examples]),
        song=np.array([example.song for example in examples]),
    )


_STYLE_PARTS = (("chords", 0.6), ("melody", 1.0))
# The band is played as before, so all of its parts are rehearsed.
_KEPT_PARTS = tuple((part, {"melody": 1.0, "chords": 0.6}.get(part, 0.3)) for part in PARTS)


def _config(options: TuneOptions, parts: tuple[tuple[str, float], ...]) -> TrainConfig:
    """Say in the words of training how batches are drawn."""
    return TrainConfig(
        part_weights=parts, tokens_per_batch=options.tokens_per_batch, lengths=_LENGTHS, validation_examples=60,
        seed=options.seed, dropout=0.1,
    )  # fmt: skip


def _set_up(start: Network, style: Shard, kept: Shard, options: TuneOptions, began: float) -> _Run:
    """Make the network to be tuned and all that it needs."""
    kept_config = replace(
        _config(options, _KEPT_PARTS), tokens_per_batch=max(_LENGTHS[-1], options.tokens_per_batch // 2)
    )
    configs = (_config(options, _STYLE_PARTS), kept_config)
    network = Network(start.config, configs[0].dropout)
    averaged = Network(start.config)
    for one in (network, averaged):
        one.load_state_dict(start.state_dict())
    plain = [p for p in network.parameters() if p.dim() == 1]
    matrices = [p for p in network.parameters() if p.dim() > 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    n_tokens = int(style.lengths[~style.is_validation].sum())
    return _Run(
        options, start, network, averaged, style, kept, configs,
        (make_mixture(style, configs[0]), make_mixture(kept, configs[1])),
        (validation_batches(style, configs[0]), validation_batches(kept, configs[1])),
        torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98)),
        max(1, math.ceil(options.epochs * n_tokens / options.tokens_per_batch)), began,
    )  # fmt: skip


def _loop(run: _Run, report: Progress) -> str:
    """Step and validate until the end; say why it ended."""
    every = max(1, run.total_steps // run.options.validations)
    try:
        _validate(run)
        run.kept_before = _kept_loss(run)
        while run.done < 1:
            _step(run)
            report("finetune", int(1000 * run.done), 1000)
            if run.step % every == 0 or run.done >= 1:
                _validate(run)
                if run.n_worse >= run.options.patience:
                    return "the held-out songs got no better"
    except KeyboardInterrupt:
        if not run.step or len(run.losses) < 2:
            raise
        return "interrupted"
    finally:
        report("finetune", 1000, 1000)
    return "all steps done" if run.step >= run.total_steps else "the time was over"


def _step(run: _Run) -> None:
    """Learn from a batch of songs; every other step, stay near the start on a batch of rehearsal."""
    run.network.train()
    for group in run.optimizer.param_groups:
        group["lr"] = run.options.learning_rate * _rate(run.done, run.step)
    place = Place(run.step)
    ids, mask = map(torch.from_numpy, training_batch(run.style, run.mixtures[0], run.configs[0], place))
    with torch.autocast("cpu", torch.bfloat16):
        loss = masked_mean(run.network(ids[:, :-1]), ids, mask)
    loss.backward()
    if run.options.rehearsal_weight > 0 and run.step % _REHEARSED_EVERY == 0:
        ids, mask = map(torch.from_numpy, training_batch(run.kept, run.mixtures[1], run.configs[1], place))
        (_REHEARSED_EVERY * run.options.rehearsal_weight * _divergence(run, ids, mask)).backward()
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    run.step += 1
    _average(run)


@torch.no_grad()
def _average(run: _Run) -> None:
    """Take the step into the average, in which later steps weigh more: about the last third of the way counts."""
    share = min(1.0, (_LATER + 1) / (run.step + _LATER))
    for mean, now in zip(run.averaged.parameters(), run.network.parameters(), strict=True):
        mean.lerp_(now, share)


def _divergence(run: _Run, ids: Tensor, mask: Tensor) -> Tensor:
    """How far the network's probabilities are from the start's, nats a target token. ids, mask: (B, T)."""
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            before = F.log_softmax(run.start(ids[:, :-1]).float(), dim=-1)
        now = F.log_softmax(run.network(ids[:, :-1]).float(), dim=-1)
    apart = F.kl_div(now, before, reduction="none", log_target=True).sum(-1)  # (B, T - 1)
    return (apart * mask[:, 1:]).sum() / mask[:, 1:].sum().clamp(min=1)


def _rate(done: float, step: int) -> float:
    """The share of the highest rate: up over twenty steps, then down along a cosine."""
    return min(1.0, (step + 1) / 20) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


def _validate(run: _Run) -> None:
    """Measure, and keep the weights if they are the best on the held-out songs."""
    style = _style_loss(run)
    run.losses.append((run.step, round(style, 5)))
    if style < run.best_loss:
        run.best = {name: tensor.clone() for name, tensor in run.averaged.state_dict().items()}
        run.best_loss, run.n_worse = style, 0
    else:
        run.n_worse += 1


def _style_loss(run: _Run) -> float:
    """Loss on held-out songs."""
    return _loss_of(run.averaged, run.style, run.configs[0], run.held_out[0])


def _kept_loss(run: _Run) -> float:
    """Loss on held-out rehearsal."""
    return _loss_of(run.averaged, run.kept, run.configs[1], run.held_out[1])


def _loss_of(network: Network, shard: Shard, config: TrainConfig, batches: Sequence[ValidationBatch]) -> float:
    """Mean of the parts' losses."""
    network.eval()
    with torch.autocast("cpu", torch.bfloat16):
        groups = validate(network, shard, batches, torch.device("cpu"))
    return selection_loss(groups, config)


def _move_back(run: _Run) -> float:
    """Move the best weights towards the start until enough is kept; returns the share of the way that stays."""
    start, before = run.start.state_dict(), run.kept_before
    limit = before * (1 + run.options.most_forgotten)
    share = 0.0
    for share in _SHARES:
        mixed = {name: torch.lerp(start[name], run.best[name], share) for name in start}
        run.averaged.load_state_dict(mixed)
        if _kept_loss(run) <= limit or math.isnan(before):
            break
    return share
