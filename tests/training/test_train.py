"""A few steps of training on a tiny shard."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from data_prep.examples import examples_of, write_shard
from symbolic_music.errors import FileFormatError
from symbolic_music.model.transformer import Network, NetworkConfig, load_network
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.batches import load_shard, training_batch, validation_batches
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.train import learning_rate, masked_loss, train
from tests.builders import make_song


@pytest.fixture(scope="module")
def shard_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two songs to train on and one to validate."""
    path = tmp_path_factory.mktemp("shards") / "phrases.npz"
    songs = [make_song("pop909/001"), make_song("pop909/002", n_phrases=3), make_song("pop909/003", "validation")]
    rng = np.random.default_rng(0)
    write_shard([example for song in songs for example in examples_of(song, rng)], path)
    return path


@pytest.fixture
def config(shard_path: Path, tmp_path: Path) -> TrainConfig:
    return TrainConfig(
        shard=str(shard_path), run=str(tmp_path / "run"), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, dropout=0.0, total_steps=4, warmup_steps=2, tokens_per_batch=512, lengths=(128, 256),
        validate_every=2, threads=1,
    )  # fmt: skip


def log_of(config: TrainConfig) -> list[dict[str, str]]:
    """The rows of a run's log."""
    with (Path(config.run) / "log.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_logs_and_keeps_the_best_weights(config: TrainConfig) -> None:
    train(config)
    rows = log_of(config)
    assert [row["step"] for row in rows] == ["2", "4"]
    assert list(rows[0]) == ["step", "tokens", "train", "chords", "melody", "piano"]
    losses = [float(rows[-1][part]) for part in ("chords", "melody", "piano")]
    assert all(math.isfinite(loss) and 0 < loss < 1.1 * math.log(len(v.TOKENS)) for loss in losses)
    assert load_network(Path(config.run) / "best", len(v.TOKENS)).config.hidden_size == 16


def test_a_stopped_run_goes_on_where_it_was(config: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    torch.manual_seed(0)
    train(config)
    pieces = replace(config, run=str(tmp_path / "pieces"), max_minutes=0.0)
    torch.manual_seed(0)
    for _ in range(4):  # stops after every step
        train(pieces)
    assert "resumed at step 3" in capsys.readouterr().out
    assert [row["step"] for row in log_of(pieces)] == ["1", "2", "3", "4"]
    whole, joined = (torch.load(Path(run.run) / "checkpoint.pt", weights_only=True) for run in (config, pieces))
    assert whole["state"]["tokens"] == joined["state"]["tokens"]
    for name, tensor in whole["network"].items():
        assert torch.allclose(tensor, joined["network"][name], atol=1e-6), name


def test_a_finished_run_is_left_as_it_is(config: TrainConfig) -> None:
    short = replace(config, total_steps=1)
    train(short)
    train(short)
    assert len(log_of(short)) == 1


def test_a_batch_depends_on_seed_and_step_alone(config: TrainConfig) -> None:
    shard = load_shard(Path(config.shard))
    ids, mask = training_batch(shard, config, 7)
    again, _ = training_batch(shard, config, 7)
    assert np.array_equal(ids, again)
    assert ids.shape == mask.shape and ids.shape[1] in config.lengths and ids.size == 512
    assert not np.array_equal(ids, training_batch(shard, config, 8)[0])
    assert not np.array_equal(ids, training_batch(shard, replace(config, seed=1), 7)[0])
    assert not mask[ids == v.PAD].any() and (ids[:, 0] == v.BOS).all()


def test_condition_dropout_leaves_what_must_be_known(config: TrainConfig) -> None:
    shard = load_shard(Path(config.shard))
    kept, dropped = (training_batch(shard, replace(config, condition_dropout=share), 0)[0] for share in (0.0, 1.0))
    changed = {v.TYPE_OF[index] for index in dropped[kept != dropped]}
    assert {"Tempo", "Section", "Place", "Source"} <= changed
    assert {v.VALUE_OF[index] for index in dropped[kept != dropped]} == {"any"}
    assert not {"Part", "Mode", "Meter", "Bars", "Relation"} & changed


def test_validation_songs_are_not_trained_on(config: TrainConfig) -> None:
    shard = load_shard(Path(config.shard))
    held_out = {tuple(row[row != v.PAD]) for part in ("chords", "melody", "piano")
                for ids, _ in validation_batches(shard, config, part, 50) for row in ids}  # fmt: skip
    assert len(held_out) == shard.is_validation.sum()
    shown = replace(config, part_weights=(("chords", 1.0),))
    drawn = {int(n) for step in range(5) for n in (training_batch(shard, shown, step)[0] != v.PAD).sum(1)}
    allowed = set(shard.lengths[~shard.is_validation & (shard.part == "chords")].tolist())
    assert drawn <= allowed


def test_the_rate_warms_up_and_falls() -> None:
    config = TrainConfig(warmup_steps=10, total_steps=110, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(111)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True) and rates[-1] == pytest.approx(0.05)


def test_only_targets_count_in_the_loss() -> None:
    network = Network(NetworkConfig(len(v.TOKENS), 16, 32, 1, 2)).eval()
    ids = torch.randint(3, 200, (2, 10))
    mask = torch.zeros(2, 10, dtype=torch.bool)
    mask[:, 4] = True
    other = ids.clone()
    other[:, 5:] = 7
    with torch.inference_mode():
        first, second = (float(masked_loss(network, batch, mask, "cpu")) for batch in (ids, other))
    assert first == pytest.approx(second, abs=1e-3)


@pytest.mark.parametrize("content", [None, b"", b"not a shard", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_shard_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "phrases.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileFormatError, match="not a token shard"):
        load_shard(path)
