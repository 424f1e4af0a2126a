"""Training a tiny network: logs, stopping, resuming, several processes."""

from __future__ import annotations

import csv
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from symbolic_music.errors import CheckpointError, InputError
from symbolic_music.model.transformer import Network, NetworkConfig, load_network
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training import train as loop
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.train import masked_mean, rate_share, train

ROOT = Path(__file__).parents[2]


def log_of(config: TrainConfig, name: str = "log.csv") -> list[dict[str, str]]:
    """The rows of a run's log."""
    with (Path(config.run) / name).open() as file:
        return list(csv.DictReader(file))


def checkpoint_of(config: TrainConfig) -> dict:
    return torch.load(Path(config.run) / "checkpoint.pt", weights_only=True)


def assert_equal_runs(one: TrainConfig, other: TrainConfig) -> None:
    """Same weights, averages, steps and tokens."""
    first, second = checkpoint_of(one), checkpoint_of(other)
    for name in ("step", "tokens", "best", "running"):
        assert first["progress"][name] == pytest.approx(second["progress"][name], rel=1e-5), name
    for kind in ("network", "average"):
        for name, tensor in first[kind].items():
            assert torch.allclose(tensor, second[kind][name], atol=1e-6), (kind, name)


def call_at_step(monkeypatch: pytest.MonkeyPatch, step: int, action: Callable[[], None]) -> None:
    """Do something in the middle of the batch of a step."""
    draw = loop.training_batch

    def drawn(shard, mixture, config, place):  # type: ignore[no-untyped-def]
        if place.step == step:
            action()
        return draw(shard, mixture, config, place)

    monkeypatch.setattr(loop, "training_batch", drawn)


def command_of(config: TrainConfig, *others: str) -> list[str]:
    """The options of a run for the command line."""
    names = ("run", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "dropout",
             "total_steps", "warmup_steps", "tokens_per_batch", "validate_every", "threads",
             "save_every_sec")  # fmt: skip
    path = Path(config.run).parent / "options.toml"
    path.write_text("[part_weights]\n" + "\n".join(f"{part} = {weight}" for part, weight in config.part_weights))
    lists = [f"shards={','.join(config.shards)}", f"lengths={','.join(map(str, config.lengths))}"]
    return ["--config", str(path), *(f"{name}={getattr(config, name)}" for name in names), *lists, *others]


def test_a_run_logs_and_keeps_the_best_weights(config: TrainConfig) -> None:
    train(config)
    rows = log_of(config)
    assert [row["step"] for row in rows] == ["3", "6"]
    assert list(rows[0]) == ["step", "tokens", "minutes", "train", "selection", "melody", "chords"]
    assert all(0 < float(rows[-1][part]) < 1.2 * math.log(len(v.TOKENS)) for part in ("melody", "chords"))
    mean = (float(rows[-1]["melody"]) + 0.5 * float(rows[-1]["chords"])) / 1.5
    assert float(rows[-1]["selection"]) == pytest.approx(mean, abs=1e-4)
    groups = [row for row in log_of(config, "validation.csv") if row["step"] == "6" and row["part"] == "melody"]
    assert [(row["by"], row["value"]) for row in groups] == [
        ("all", "all"), ("job", "infill"), ("job", "new"), ("job", "variation"),
        ("source", "nottingham"), ("source", "pop909"),
    ]  # fmt: skip
    targets = {by: sum(int(row["n_targets"]) for row in groups if row["by"] == by) for by in ("all", "job", "source")}
    assert len(set(targets.values())) == 1 and targets["all"] > 0
    assert load_network(Path(config.run) / "best", len(v.TOKENS)).config.hidden_size == 16
    assert (Path(config.run) / "best" / "tokens.txt").read_text().splitlines() == list(v.TOKENS)
    assert list((Path(config.run) / "tensorboard").glob("events*"))
    assert (Path(config.run) / "checkpoint.previous.pt").exists()


def test_a_finished_run_is_left_as_it_is(config: TrainConfig, capsys: pytest.CaptureFixture) -> None:
    short = replace(config, total_steps=1)
    train(short)
    train(short)
    assert len(log_of(short)) == 1 and "nothing left to do at step 1" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_the_run_goes_on_where_it_was(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    train(config)
    stopped = replace(config, run=str(tmp_path / "stopped"))
    with monkeypatch.context() as patch:
        call_at_step(patch, 3, lambda: os.kill(os.getpid(), number))
        train(stopped)
    assert checkpoint_of(stopped)["progress"]["step"] == 4
    train(stopped)
    assert [row["step"] for row in log_of(stopped)] == ["3", "6"]
    assert_equal_runs(config, stopped)


def test_a_crash_between_checkpoints_changes_nothing(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(config)
    crashed = replace(config, run=str(tmp_path / "crashed"))

    def fail() -> None:
        raise KeyError("out of memory")

    with monkeypatch.context() as patch:
        call_at_step(patch, 5, fail)
        with pytest.raises(KeyError):
            train(crashed)
    assert checkpoint_of(crashed)["progress"]["step"] == 3
    log = Path(crashed.run) / "log.csv"
    log.write_text(log.read_text() + "5,1,1,1,1,1,1\n6,1")  # rows of steps that are done again, one cut short
    train(crashed)
    assert [row["step"] for row in log_of(crashed)] == ["3", "6"]
    assert_equal_runs(config, crashed)


def test_a_broken_checkpoint_costs_only_itself(config: TrainConfig, capsys: pytest.CaptureFixture) -> None:
    train(config)
    whole = checkpoint_of(config)
    newest = Path(config.run) / "checkpoint.pt"
    newest.write_bytes(newest.read_bytes()[:1000])
    train(config)
    assert "resumed at step 3" in capsys.readouterr().out
    assert all(torch.allclose(tensor, checkpoint_of(config)["network"][name], atol=1e-6)
               for name, tensor in whole["network"].items())  # fmt: skip
    for path in Path(config.run).glob("checkpoint*.pt"):
        path.write_bytes(b"broken")
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt: not a checkpoint that can be read"):
        train(config)


def test_a_checkpoint_of_another_network_is_refused(config: TrainConfig) -> None:
    train(replace(config, total_steps=1))
    with pytest.raises(CheckpointError, match="made with num_hidden_layers 1, not 2"):
        train(replace(config, num_hidden_layers=2))


def test_killing_the_process_loses_little(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, total_steps=60, validate_every=60)
    killed = replace(config, run=str(tmp_path / "killed"), save_every_sec=0.0)
    process = subprocess.Popen(
        [sys.executable, "-m", "symbolic_music.training", *command_of(killed)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (Path(killed.run) / "checkpoint.previous.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    train(replace(killed, save_every_sec=100.0))
    train(config)
    assert_equal_runs(config, killed)


def test_a_run_begins_with_older_weights(config: TrainConfig, tmp_path: Path) -> None:
    train(config)
    warm = replace(config, run=str(tmp_path / "warm"), init=config.run + "/best", num_hidden_layers=2, total_steps=1)
    train(replace(warm, learning_rate=0.0, muon_rate=0.0))
    assert float(log_of(warm)[0]["selection"]) == pytest.approx(float(log_of(config)[-1]["selection"]), abs=0.02)


def test_patience_ends_a_run_that_no_longer_improves(config: TrainConfig) -> None:
    still = replace(config, learning_rate=0.0, muon_rate=0.0, total_steps=50, validate_every=2, patience=2)
    train(still)
    assert [row["step"] for row in log_of(still)] == ["2", "4", "6"]
    train(still)
    assert checkpoint_of(still)["progress"]["step"] == 6


def test_passes_add_up_to_a_step(config: TrainConfig) -> None:
    double = replace(config, accumulation=2)
    train(double)
    assert checkpoint_of(double)["progress"]["step"] == 6
    train(replace(config, run=config.run + "1"))
    single = checkpoint_of(replace(config, run=config.run + "1"))["progress"]["tokens"]
    assert checkpoint_of(double)["progress"]["tokens"] > 1.5 * single


def test_a_loss_that_is_no_number_ends_the_run(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "masked_mean", lambda logits, ids, mask: logits.sum() * float("nan"))
    with pytest.raises(InputError, match="the loss is nan at step 0; lower learning_rate"):
        train(config)
    assert not (Path(config.run) / "checkpoint.pt").exists()


def test_the_rate_warms_up_and_falls() -> None:
    config = TrainConfig(warmup_steps=10, total_steps=110)
    shares = [rate_share(config, step) for step in range(111)]
    assert shares[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert shares[10:] == sorted(shares[10:], reverse=True) and shares[-1] == pytest.approx(0.05)
    timed = replace(config, max_minutes=80.0)
    assert rate_share(timed, 20, 80.0) == pytest.approx(0.05)
    assert rate_share(timed, 109, 1.0) == rate_share(config, 109)


def test_a_rate_that_stays_level_falls_on_a_line_at_the_end() -> None:
    config = TrainConfig(warmup_steps=10, total_steps=100, decay_steps=20)
    assert [rate_share(config, step) for step in (10, 50, 80, 90, 100)] == pytest.approx([1, 1, 1, 0.5, 0])


def test_only_targets_count_in_the_loss() -> None:
    network = Network(NetworkConfig(len(v.TOKENS), 16, 32, 1, 2)).eval()
    ids = torch.randint(3, 200, (2, 10))
    mask = torch.zeros(2, 10, dtype=torch.bool)
    mask[:, 4] = True
    other = ids.clone()
    other[:, 5:] = 7
    with torch.inference_mode():
        first, second = (float(masked_mean(network(batch[:, :-1]), batch, mask)) for batch in (ids, other))
    assert first == pytest.approx(second, abs=1e-3)


def test_accelerate_launches_it(config: TrainConfig) -> None:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1",
              "--num_machines", "1", "--dynamo_backend", "no", "--mixed_precision", "bf16",
              "-m", "symbolic_music.training"]  # fmt: skip
    done = subprocess.run([*launch, *command_of(config)], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "1 processes, cpu, precision bf16" in done.stdout
    assert [row["step"] for row in log_of(config)] == ["3", "6"]


@pytest.mark.slow
def test_two_processes_train_together(config: TrainConfig) -> None:
    # Without MPI, accelerate's launcher starts but one process on a CPU; torch's starts them all, with gloo.
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29611",
              "-m", "symbolic_music.training"]  # fmt: skip
    environment = os.environ | {"ACCELERATE_USE_CPU": "true"}
    options = {"cwd": ROOT, "env": environment, "capture_output": True, "text": True, "timeout": 300}
    done = subprocess.run([*launch, *command_of(config)], **options)
    assert done.returncode == 0, done.stderr
    assert "2 processes, cpu" in done.stdout
    assert [row["step"] for row in log_of(config)] == ["3", "6"]
    train(replace(config, run=config.run + "1"))
    alone = checkpoint_of(replace(config, run=config.run + "1"))
    together = checkpoint_of(config)
    assert together["progress"]["tokens"] > 1.5 * alone["progress"]["tokens"]
    assert not all(torch.equal(tensor, alone["network"][name]) for name, tensor in together["network"].items())
