"""What one step of preference learning is made of: candidates with their rewards, pairs of them, and the loss.

The reward is what choosing weighs: the learned critic's log odds and musical measures, what was asked for, and how a
phrase is sung, in nats (`training.preferences` says why).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from symbolic_music.errors import InputError
from symbolic_music.filling.critics import judge_melody, melody_log_odds
from symbolic_music.model.transformer import Network
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import encode_prefix, encode_target
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from symbolic_music.training.candidates import Choice
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.validation import token_losses

# Nats that a full score of each dimension is worth. Choosing itself weighs the sum of scores by 4 (``FillOptions``).
MUSIC_NATS, WISH_NATS, SINGING_NATS = 4.0, 3.0, 2.0


@dataclass(frozen=True)
class PreferenceOptions:
    """How preferences are learnt."""

    minutes: float = 10.0  # in all, composing and report too
    n_songs: int = 400  # composed at most
    n_candidates: int = 16  # of a phrase
    n_kept: int = 4  # of them, from the best to the worst, whose pairs are learnt from
    workers: int = 0  # that compose; 0: one a core
    beta: float = 1.0  # how many nats of likelihood a nat of reward is worth
    learning_rate: float = 2e-5  # at 2e-4 the first steps move likelihoods by more nats than rewards differ
    tokens_per_batch: int = 6144
    hold_weight: float = 1.0  # of the ordinary examples' loss beside that of the pairs
    n_examples: int = 16  # validation phrases of each part, job and source
    epochs: int = 3  # through the pairs at most
    seed: int = 0

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise InputError("minutes must be over 0")
        if not 2 <= self.n_kept <= self.n_candidates:
            raise InputError(f"of {self.n_candidates} candidates 2 or more can be kept, not {self.n_kept}")


class Reward(NamedTuple):
    """What a candidate is worth in three dimensions, in nats."""

    musicality: float
    obedience: float
    singing: float


@dataclass(frozen=True)
class Group:
    """Kept candidates of one choice: ids (prefix and target), which of them count, and rewards, best first."""

    rows: tuple[tuple[int, ...], ...]
    counts: tuple[tuple[bool, ...], ...]
    rewards: tuple[float, ...]

    @property
    def length(self) -> int:
        """Ids of the longest row."""
        return max(map(len, self.rows))


@dataclass(frozen=True)
class Step:
    """A batch of groups: ids and mask (B, T), and of each pair the rows and how much better the first one is."""

    ids: Tensor
    mask: Tensor
    first: Tensor
    second: Tensor
    better: Tensor
    reference: Tensor  # log likelihoods under the start, (B,)


def reward_of(job: PhraseJob, music: PhraseMusic) -> Reward:
    """Say what a melody is worth.

    Parameters
    ----------
    job : PhraseJob
        What was asked for.
    music : PhraseMusic
        What came.
    """
    score = judge_melody(music, job)
    odds = melody_log_odds(music, job) or 0.0
    return Reward(odds + MUSIC_NATS * score.musicality, WISH_NATS * score.obedience, SINGING_NATS * score.singing)


def make_groups(choices: Sequence[Choice], options: PreferenceOptions) -> list[Group]:
    """Keep of each choice some candidates from the best to the worst; those that are all alike teach nothing.

    Parameters
    ----------
    choices : sequence of Choice
        As they were collected.
    options : PreferenceOptions
    """
    longest = TrainConfig.lengths[-1]
    groups = []
    for choice in choices:
        job = choice.task.job
        distinct = list(dict.fromkeys(choice.candidates))
        if len(distinct) < options.n_kept:
            continue
        rewards = np.array([sum(reward_of(job, music)) for music in distinct])
        order = np.argsort(-rewards, kind="stable")
        kept = order[np.linspace(0, len(order) - 1, options.n_kept).round().astype(int)]
        prefix = encode_prefix(job)
        targets = [encode_target(job, distinct[at]) for at in kept]
        rows = tuple((*prefix, *ids) for ids, _ in targets)
        counts = tuple((*(False for _ in prefix), *mask) for _, mask in targets)
        if max(map(len, rows)) <= longest:
            groups.append(Group(rows, counts, tuple(rewards[kept].tolist())))
    return groups


def make_steps(groups: Sequence[Group], reference: Network, options: PreferenceOptions) -> list[Step]:
    """Batch groups of like length, and note how likely the start finds each row.

    Parameters
    ----------
    groups : sequence of Group
    reference : Network
        The weights to begin with.
    options : PreferenceOptions
    """
    order = sorted(groups, key=lambda group: group.length)
    steps = []
    while order:
        batch: list[Group] = []
        while order:
            length = _padded(order[0].length)
            if batch and (len(batch) + 1) * options.n_kept * length > options.tokens_per_batch:
                break
            batch.append(order.pop(0))
        steps.append(_step(batch, reference))
    return steps


def preference_loss(network: Network, step: Step, beta: float) -> Tensor:
    """Cross entropy of who is preferred, with how much as the label; log 2 at the start where both are alike.

    Parameters
    ----------
    network : Network
        As it learns.
    step : Step
    beta : float
        Nats of likelihood for a nat of reward.
    """
    gained = row_likelihoods(network, step) - step.reference
    margins = beta * (gained[step.first] - gained[step.second])
    return F.binary_cross_entropy_with_logits(margins, torch.sigmoid(step.better))


def row_likelihoods(network: Network, step: Step) -> Tensor:
    """Log likelihood of each row's own tokens, (B,)."""
    losses = token_losses(network(step.ids[:, :-1]), step.ids)
    return -(losses * step.mask[:, 1:]).sum(1)


def _padded(length: int) -> int:
    """The next of training's few lengths."""
    return next(each for each in TrainConfig.lengths if each >= length)


@torch.no_grad()
def _step(groups: Sequence[Group], reference: Network) -> Step:
    """Arrays of some groups."""
    rows = [row for group in groups for row in group.rows]
    length = _padded(max(map(len, rows)))
    ids = torch.full((len(rows), length), v.PAD)
    mask = torch.zeros((len(rows), length), dtype=torch.bool)
    pairs: list[tuple[int, int, float]] = []
    at = 0
    for group in groups:
        for place, (row, counts) in enumerate(zip(group.rows, group.counts, strict=True), at):
            ids[place, : len(row)] = torch.tensor(row)
            mask[place, : len(row)] = torch.tensor(counts)
        both = combinations(enumerate(group.rewards, at), 2)
        pairs += [(one, other, better - worse) for (one, better), (other, worse) in both]
        at += len(group.rows)
    first, second, better = zip(*pairs, strict=True)
    step = Step(ids, mask, torch.tensor(first), torch.tensor(second), torch.tensor(better), torch.zeros(len(rows)))
    return replace(step, reference=row_likelihoods(reference, step))
