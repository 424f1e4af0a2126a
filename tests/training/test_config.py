"""Options of a training run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from symbolic_music.errors import InputError
from symbolic_music.training.__main__ import main
from symbolic_music.training.config import TrainConfig, load_config


def test_overrides_go_over_the_file_over_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "train.toml"
    path.write_text('run = "a"\ntotal_steps = 5\nlengths = [32, 64]\n[part_weights]\nmelody = 1\n')
    config = load_config(path, {"total_steps": "7", "learning_rate": "0.01"})
    assert (config.run, config.total_steps, config.learning_rate) == ("a", 7, 0.01)
    assert config.lengths == (32, 64) and config.part_weights == (("melody", 1.0),)
    assert config.seed == TrainConfig().seed


def test_unknown_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'steps' is not a training option; use one of shards, run, .*total_steps"):
        load_config(None, {"steps": "7"})
    path = tmp_path / "train.toml"
    path.write_text("steps = 7\n")
    with pytest.raises(InputError, match=r"train\.toml: 'steps' is not a training option"):
        load_config(path, {})


def test_lists_are_written_with_commas() -> None:
    config = load_config(None, {"shards": "a.npz,b.npz", "lengths": "64,128"})
    assert config.shards == ("a.npz", "b.npz") and config.lengths == (64, 128)


@pytest.mark.parametrize(
    "overrides",
    [{"total_steps": "many"}, {"lengths": "short"}, {"part_weights": "melody"}, {"tokens_per_batch": "100"},
     {"threads": "0"}, {"mixed_precision": "fp8"}],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(overrides: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(overrides))):
        load_config(None, overrides)


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml", {})
    (tmp_path / "bad.toml").write_text("total_steps =\n")
    with pytest.raises(InputError, match=r"bad\.toml"):
        load_config(tmp_path / "bad.toml", {})


@pytest.mark.parametrize("table", ["[job_weights]\nnew = -1", "job_weights = 3", '[job_weights]\nnew = "often"'])
def test_weights_are_numbers_from_0(tmp_path: Path, table: str) -> None:
    (tmp_path / "train.toml").write_text(table)
    with pytest.raises(InputError, match=r"\[job_weights\]"):
        load_config(tmp_path / "train.toml", {})


def test_heads_divide_the_width() -> None:
    with pytest.raises(InputError, match="hidden_size must be a multiple"):
        load_config(None, {"hidden_size": "10", "num_attention_heads": "4"})


@pytest.mark.parametrize("argument", ["steps=7", "steps"])
def test_the_command_says_what_was_wrong(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["training", argument])
    assert main() == 2
    assert "training: 'steps' is not" in capsys.readouterr().err
