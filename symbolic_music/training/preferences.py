"""What choosing prefers goes back into the weights: direct preference optimization on candidates of one prefix.

``python -m symbolic_music.training.preferences START OUT --shards shards/lead.npz --minutes 10`` composes songs with
the weights in START, learns from the candidates of their melodies, and writes OUT: ``best`` (weights, as training
writes them), ``choices.jsonl`` (the candidates) and ``report.json``.

Of a phrase's candidates a few are kept, from the best to the worst, and every two of them are a pair (Rafailov et al.
2023). The reward is what choosing weighs: the learned critic's log odds and musical measures, what was asked for, and
how it is sung, in nats. The network is told how much better one is, not only which one (Fisch et al. 2024): with
``beta`` 1 it is at rest where it draws p(start) × exp(reward), which is what choosing among ever more candidates draws,
so that it keeps the variety of its start. Ordinary examples beside the pairs hold what was learnt before, and at the
end the new weights go back towards the old ones to where they prefer best on choices that nothing was learnt from, and
no loss on validation songs rises by more than ``MOST_WORSE``.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from symbolic_music.budget import count_cores
from symbolic_music.errors import InputError, SymbolicMusicError
from symbolic_music.filling.fill import FillOptions, fill_phrases
from symbolic_music.model.engine import load_engine
from symbolic_music.model.transformer import Network, load_network
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.batches import Place, make_mixture, training_batch
from symbolic_music.training.candidates import FIRST_SEED, Choice, append_choices, collect, load_choices
from symbolic_music.training.checkpoint import Progress
from symbolic_music.training.compare import FEWEST, Comparison, Yardstick
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.preference_steps import (
    PreferenceOptions,
    Reward,
    Step,
    make_groups,
    make_steps,
    preference_loss,
    reward_of,
)
from symbolic_music.training.shards import Shard, load_shards
from symbolic_music.training.train import masked_mean, save_best

# How much more a cell of part, job and source may lose on validation songs; new weights are mixed with old ones so far.
MOST_WORSE = 0.01
MIXES = (1.0, 0.75, 0.5, 0.35, 0.2, 0.1)
# Every so many songs are held out, to see what was learnt.
HELD_OUT = 6
# Of the time: composing, learning; the rest is for the report.
COLLECT_SHARE, LEARN_SHARE = 0.5, 0.32
BEST, CHOICES, REPORT = "best", "choices.jsonl", "report.json"


def learn(
    network: Network, steps: Sequence[Step], shard: Shard, options: PreferenceOptions, minutes: float
) -> list[tuple[float, float]]:
    """Learn from pairs with ordinary examples beside them, until the time or the epochs are over.

    Parameters
    ----------
    network : Network
        Changed in place.
    steps : sequence of Step
    shard : Shard
        Ordinary examples.
    options : PreferenceOptions
    minutes : float
        At most.

    Returns
    -------
    list of (float, float)
        Loss of the pairs and of the ordinary examples, a step each.
    """
    config = TrainConfig(tokens_per_batch=max(options.tokens_per_batch // 2, 512), seed=options.seed,
                         part_weights=_part_weights(shard), dropout=0.0)  # fmt: skip
    mixture = make_mixture(shard, config)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, betas=(0.9, 0.95), weight_decay=0.0)
    rng = np.random.default_rng(options.seed)
    order = [int(at) for _ in range(options.epochs) for at in rng.permutation(len(steps))]
    began, losses = time.monotonic(), []
    network.train()
    for number, at in enumerate(order):
        spent = (time.monotonic() - began) / 60 / minutes
        done = max(number / len(order), spent)
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * min(1.0, (number + 1) / 10) * max(0.05, min(1.0, 2 * (1 - done)))
        preferred = preference_loss(network, steps[at], options.beta)
        ids, mask = map(torch.from_numpy, training_batch(shard, mixture, config, Place(number)))
        held = masked_mean(network(ids[:, :-1]), ids, mask)
        optimizer.zero_grad()
        (preferred + options.hold_weight * held).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append((float(preferred.detach()), float(held.detach())))
    network.eval()
    return losses


def hold_back(
    start: Path, learnt: Network, shard: Shard, held_out: Sequence[Step], folder: Path, options: PreferenceOptions
) -> tuple[float, Comparison]:
    """Mix new weights with old ones, and save them.

    Of the mixtures that prefer better than the start on choices held out, the best is taken whose loss rises in no
    cell of part, job and source by more than ``MOST_WORSE``; if there is none, the old weights are.

    Parameters
    ----------
    start : Path
        Folder of the weights to begin with.
    learnt : Network
        The new ones; they become the mixture.
    shard : Shard
        Its validation examples are used.
    held_out : sequence of Step
        Choices that nothing was learnt from.
    folder : Path
        Where the weights go.
    options : PreferenceOptions

    Returns
    -------
    float, Comparison
        The share of the new weights and the losses on validation songs.

    Raises
    ------
    InputError
        If the shards hold too few validation phrases.
    """
    yardstick = Yardstick(start, shard, options.n_examples)
    old = load_network(start, len(v.TOKENS)).state_dict()
    new = {name: tensor.clone() for name, tensor in learnt.state_dict().items()}
    losses = {}
    for share in (*MIXES, 0.0):
        learnt.load_state_dict({name: old[name].lerp(new[name], share) for name in old})
        losses[share] = mean_preference_loss(learnt, held_out, options.beta)
    for share in sorted(losses, key=lambda each: (losses[each], each)):
        learnt.load_state_dict({name: old[name].lerp(new[name], share) for name in old})
        save_best(learnt, folder, Progress())
        comparison = yardstick.measure(folder)
        if not comparison.rows:
            raise InputError(f"the shards hold no {FEWEST} validation phrases of any part, job and source")
        if share == 0 or worst_cell(comparison) <= MOST_WORSE:
            break
    return share, comparison


@torch.no_grad()
def mean_preference_loss(network: Network, steps: Sequence[Step], beta: float) -> float:
    """Mean of ``preference_loss`` over some steps; 0 where there are none.

    Parameters
    ----------
    network : Network
        Not changed.
    steps : sequence of Step
    beta : float
        Nats of likelihood for a nat of reward.
    """
    return float(np.mean([float(preference_loss(network, step, beta)) for step in steps])) if steps else 0.0


def worst_cell(comparison: Comparison) -> float:
    """By what share the loss of the worst cell rose, less the standard error of that."""
    return max((row.new - row.old - row.error) / row.old for row in comparison.rows)


def win_rates(choices: Sequence[Choice], weights: Path, seed: int) -> dict[str, float]:
    """Let the new weights write one candidate where the old ones wrote theirs: how often is the new one better?

    Parameters
    ----------
    choices : sequence of Choice
        Held out, with the old weights' candidates.
    weights : Path
        The new ones.
    seed : int
        Of the new candidates.

    Returns
    -------
    dict
        For the sum and each dimension: the share of pairs that the new one wins (half of what is equal).
    """
    engine = load_engine(weights, len(v.TOKENS))
    made = fill_phrases([choice.task for choice in choices], seed, FillOptions(n_candidates=1), engine)
    wins: dict[str, list[float]] = {name: [] for name in ("all", *Reward._fields)}
    for choice, music in zip(choices, made, strict=True):
        new = reward_of(choice.task.job, music)
        for other in choice.candidates:
            old = reward_of(choice.task.job, other)
            for name, one, two in (("all", sum(new), sum(old)), *zip(Reward._fields, new, old, strict=True)):
                wins[name].append(float(one > two) + 0.5 * float(one == two))
    return {name: round(float(np.mean(values)), 4) for name, values in wins.items() if values}


def learn_preferences(
    start: Path,
    out: Path,
    shard: Shard,
    options: PreferenceOptions,
    earlier: Sequence[Path] = (),
    say: Callable[[str], None] = lambda words: None,
) -> dict[str, object]:
    """Collect choices, learn from them, hold back, and report.

    Parameters
    ----------
    start : Path
        Folder of the weights to begin with.
    out : Path
        Gets ``best``, ``choices.jsonl`` and ``report.json``.
    shard : Shard
        Ordinary examples, those for validation too.
    options : PreferenceOptions
    earlier : sequence of Path, optional
        Files of choices that are learnt from too, of these weights or of older ones.
    say : callable, optional
        Told what is done.

    Returns
    -------
    dict
        The report.

    Raises
    ------
    CheckpointError
        If the weights cannot be used.
    InputError
        If there is nothing to learn from.
    """
    torch.manual_seed(options.seed)
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    own, others = _collect(start, out, options), load_choices(earlier)
    held_out = [choice for choice in own or others if choice.song % HELD_OUT == 0]
    taught = [choice for choice in [*own, *others] if choice.song % HELD_OUT]
    say(f"{len(own)} choices of {len({choice.song for choice in own})} songs composed, {len(others)} from before")
    groups = make_groups(taught, options)
    if not groups:
        raise InputError("no choice with candidates that differ; give more minutes, or earlier choices")
    network = load_network(start, len(v.TOKENS))
    steps = make_steps(groups, network, options)
    unseen = make_steps(make_groups(held_out, options), network, options)
    say(f"learning from {len(groups)} choices in {len(steps)} steps, at most {options.epochs} times")
    left = options.minutes * (COLLECT_SHARE + LEARN_SHARE) - (time.monotonic() - began) / 60
    losses = learn(network, steps, shard, options, max(left, options.minutes * 0.1))
    say(f"{len(losses)} steps done; now held against the old weights on validation songs")
    share, comparison = hold_back(start, network, shard, unseen, out / BEST, options)
    report = {
        "songs": len({choice.song for choice in taught}), "choices": len(groups),
        "pairs": len(groups) * math.comb(options.n_kept, 2), "steps": len(losses),
        "preference loss, first and last": _ends([one for one, _ in losses]),
        "preference loss, held out, at the start and now": (
            round(mean_preference_loss(load_network(start), unseen, options.beta), 4),
            round(mean_preference_loss(network, unseen, options.beta), 4),
        ),
        "ordinary loss, first and last": _ends([other for _, other in losses]),
        "share of the new weights": share, "worst cell": round(worst_cell(comparison), 5),
        "held-out choices": len(held_out), "win rates": win_rates(held_out, out / BEST, options.seed),
        "cells": [asdict(row) for row in comparison.rows], "minutes": round((time.monotonic() - began) / 60, 2),
        "options": asdict(options),
    }  # fmt: skip
    (out / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def _collect(start: Path, out: Path, options: PreferenceOptions) -> list[Choice]:
    """Compose songs; keep their choices in the folder. What an interrupted run left there is taken up."""
    file = out / CHOICES
    choices = load_choices([file]) if file.exists() else []
    first = max((choice.song + 1 for choice in choices), default=FIRST_SEED)
    workers, minutes = options.workers or count_cores(), options.minutes * COLLECT_SHARE
    for found in collect(start, options.n_songs, minutes, workers, options.n_candidates, first):
        append_choices(found, file)
        choices += found
    return choices


def _part_weights(shard: Shard) -> tuple[tuple[str, float], ...]:
    """All parts alike, but the tune twice, since it is what changes."""
    return tuple((part, 2.0 if part == "melody" else 1.0) for part in sorted(set(shard.part.tolist())))


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Means of the first and the last fifth."""
    n = max(1, len(values) // 5)
    return round(float(np.mean(values[:n])), 4), round(float(np.mean(values[-n:])), 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m symbolic_music.training.preferences", description=__doc__.split("\n")[0]
    )
    parser.add_argument("start", type=Path, help="weights folder to begin with, such as runs/phrases/best")
    parser.add_argument("out", type=Path, help="folder to write; a run that was stopped goes on with what lies there")
    parser.add_argument(
        "--shards", nargs="+", type=Path, required=True, help="ordinary examples, to hold what is known"
    )
    parser.add_argument(
        "--choices", nargs="*", type=Path, default=[], help="choices of an earlier run, learnt from too"
    )
    parser.add_argument("--minutes", type=float, default=PreferenceOptions.minutes, help="in all")
    parser.add_argument("--songs", type=int, default=PreferenceOptions.n_songs, help="to compose at most; 0: none")
    parser.add_argument("--learning-rate", type=float, default=PreferenceOptions.learning_rate)
    parser.add_argument("--workers", type=int, default=0, help="processes that compose; one a core if left out")
    options = parser.parse_args(arguments)
    how = PreferenceOptions(minutes=options.minutes, n_songs=options.songs, learning_rate=options.learning_rate,
                            workers=options.workers)  # fmt: skip
    try:
        report = learn_preferences(options.start, options.out, load_shards(options.shards), how, options.choices, print)
    except SymbolicMusicError as error:
        print(f"preferences: {error}", file=sys.stderr)
        return 2
    print("\n".join(f"{name}: {value}" for name, value in report.items() if name not in ("cells", "options")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
