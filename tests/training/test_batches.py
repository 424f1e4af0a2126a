"""Batches: a function of seed, step and process; mixed by weights."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.batches import (
    Place,
    describe_mixture,
    make_mixture,
    training_batch,
    validation_batches,
)
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.shards import Shard


def draw(shard: Shard, config: TrainConfig, *place: int) -> tuple[np.ndarray, np.ndarray]:
    return training_batch(shard, make_mixture(shard, config), config, Place(*place))


def example_of_row(shard: Shard) -> dict[tuple[int, ...], int]:
    """Find an example by its ids."""
    return {tuple(shard.ids[at : at + n].tolist()): e
            for e, (at, n) in enumerate(zip(shard.starts, shard.lengths, strict=True))}  # fmt: skip


def test_a_batch_depends_on_seed_step_and_process_alone(shard: Shard, config: TrainConfig) -> None:
    ids, mask = draw(shard, config, 7)
    assert np.array_equal(ids, draw(shard, config, 7)[0])
    assert ids.shape == mask.shape and ids.shape[1] in config.lengths and ids.size == 256
    assert not mask[ids == v.PAD].any() and (ids[:, 0] == v.BOS).all()
    for other in ((8, 0, 0), (7, 1, 0), (7, 0, 1)):
        assert not np.array_equal(ids, draw(shard, config, *other)[0])
    assert not np.array_equal(ids, draw(shard, replace(config, seed=1), 7)[0])


def test_processes_draw_the_same_shape(shard: Shard, config: TrainConfig) -> None:
    shapes = [[draw(shard, config, step, 0, rank)[0].shape for rank in range(3)] for step in range(12)]
    assert all(len(set(row)) == 1 for row in shapes)
    assert len({row[0] for row in shapes}) == 2


def test_examples_are_drawn_by_the_weights_of_part_and_job(shard: Shard, config: TrainConfig) -> None:
    config = replace(
        config, part_weights=(("melody", 3.0), ("chords", 1.0)), job_weights=(("new", 1.0), ("variation", 2.0)),
        condition_dropout=False, tokens_per_batch=1024,
    )  # fmt: skip
    mixture, known, drawn = make_mixture(shard, config), example_of_row(shard), Counter()
    for step in range(400):
        for row in training_batch(shard, mixture, config, Place(step))[0]:
            drawn[known[tuple(row[row != v.PAD].tolist())]] += 1
    assert not any(shard.is_validation[example] or shard.job[example] == "infill" for example in drawn)
    total = drawn.total()
    for part, job, share in (
        ("melody", "new", 3 / 12),
        ("melody", "variation", 6 / 12),
        ("chords", "variation", 2 / 12),
    ):
        own = sum(n for example, n in drawn.items() if (shard.part[example], shard.job[example]) == (part, job))
        assert own / total == pytest.approx(share, abs=0.03), (part, job)
    # Long examples are drawn as often as short ones.
    is_long = [example for example in drawn if shard.lengths[example] > 64]
    weight_of = {example: (3 if shard.part[example] == "melody" else 1) * (1 + (shard.job[example] == "variation"))
                 for example in drawn}  # fmt: skip
    expected = sum(weight_of[example] for example in is_long) / sum(weight_of.values())
    assert is_long and sum(drawn[example] for example in is_long) / total == pytest.approx(expected, abs=0.03)


def test_conditions_left_open_are_gone_and_what_must_be_known_stays(shard: Shard, config: TrainConfig) -> None:
    needed = {v.ID_OF[token] for token in v.TOKENS if token.split("_")[0] in ("Part", "Mode", "Meter", "Bars")}
    n_before, n_after = 0, 0
    for step in range(8):
        whole, open_ = (draw(shard, replace(config, condition_dropout=is_on), step) for is_on in (False, True))
        for before, after, mask in zip(whole[0], *open_, strict=True):
            kept, given = after[after != v.PAD].tolist(), before[before != v.PAD].tolist()
            assert [index for index in kept if index in needed] == [index for index in given if index in needed]
            at = given.index(v.TARGET)
            assert kept[kept.index(v.TARGET) :] == given[at:] and not mask[: kept.index(v.TARGET)].any()
            n_before, n_after = n_before + at, n_after + kept.index(v.TARGET)
        assert whole[1].sum() == open_[1].sum()
    assert n_after < n_before


def test_what_is_not_listed_is_left_out(shard: Shard, config: TrainConfig) -> None:
    lines = describe_mixture(shard, replace(config, job_weights=(("new", 1.0),)))
    assert [line for line in lines if "left out" in line] == [line for line in lines if "new" not in line]
    with pytest.raises(InputError, match="no training example"):
        make_mixture(shard, replace(config, part_weights=(("drums", 1.0),)))


def test_too_long_examples_are_counted(shard: Shard, config: TrainConfig) -> None:
    short = replace(config, lengths=(48,))
    n_long = int((shard.lengths > 48).sum())
    assert n_long and describe_mixture(shard, short)[-1] == f"{n_long} examples over 48 tokens are left out"
    assert draw(shard, short, 0)[0].shape[1] == 48


def test_validation_takes_the_same_few_of_each_part_and_job(shard: Shard, config: TrainConfig) -> None:
    batches = validation_batches(shard, replace(config, validation_examples=2))
    chosen = np.concatenate([batch.examples for batch in batches])
    assert shard.is_validation[chosen].all() and len(set(chosen)) == len(chosen)
    pairs = Counter(zip(shard.part[chosen].tolist(), shard.job[chosen].tolist(), strict=True))
    assert len(pairs) == 6 and set(pairs.values()) == {2}
    assert all(batch.ids.size == config.tokens_per_batch for batch in batches)
    everything = validation_batches(shard, config)
    assert sum(len(batch.examples) for batch in everything) == shard.is_validation.sum()
    assert (
        sum(int(batch.mask.sum()) for batch in everything)
        == shard.mask[np.repeat(shard.is_validation, shard.lengths)].sum()
    )
