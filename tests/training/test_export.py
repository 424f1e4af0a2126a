"""Trained weights to the layout of the package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.model.engine import load_engine
from symbolic_music.model.transformer import Network, NetworkConfig, load_network
from symbolic_music.tokens.tokenizer import PhraseTokenizer
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.checkpoint import Progress
from symbolic_music.training.export import export_weights, main
from symbolic_music.training.train import save_best


@pytest.fixture
def best(tmp_path: Path) -> Path:
    """The best folder of a run."""
    torch.manual_seed(0)
    save_best(Network(NetworkConfig(len(TOKENS), 32, 64, 2, 2)), tmp_path / "best", Progress(step=7, tokens=99))
    return tmp_path / "best"


@pytest.mark.parametrize(("dtype", "limit_mb", "n_files"), [("bf16", 16.0, 1), ("fp16", 16.0, 1), ("bf16", 0.125, 3)])
def test_an_export_is_loaded_again(best: Path, tmp_path: Path, dtype: str, limit_mb: float, n_files: int) -> None:
    paths = export_weights(best, tmp_path / "out", dtype, limit_mb)
    weights = [path for path in paths if path.suffix == ".safetensors"]
    assert len(weights) == n_files and all(path.stat().st_size <= limit_mb * 1e6 for path in paths)
    assert {"config.json", "model.onnx", "tokenizer.json", "tokens.txt"} <= {path.name for path in paths}
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in paths)
    before, after = load_network(best, len(TOKENS)), load_network(tmp_path / "out", len(TOKENS))
    for name, tensor in before.state_dict().items():
        assert torch.allclose(tensor, after.state_dict()[name], atol=1e-3), name
    assert PhraseTokenizer.from_pretrained(tmp_path / "out").vocab == PhraseTokenizer().vocab


def test_both_engines_read_an_export(best: Path, tmp_path: Path) -> None:
    export_weights(best, tmp_path / "out", limit_mb=0.125)
    ids = list(range(3, 40))
    ours, reference = (load_engine(tmp_path / "out", name=name).logits(ids) for name in ("onnxruntime", "torch"))
    assert abs(ours - reference).max() < 1e-4


def test_transformers_reads_several_files(best: Path, tmp_path: Path) -> None:
    from transformers import LlamaForCausalLM

    export_weights(best, tmp_path / "out", limit_mb=0.125)
    theirs = LlamaForCausalLM.from_pretrained(tmp_path / "out", dtype=torch.float32).eval()
    ids = torch.randint(len(TOKENS), (2, 9), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.allclose(load_network(tmp_path / "out")(ids), theirs(ids).logits, atol=1e-4)


def test_an_export_takes_the_place_of_another(best: Path, tmp_path: Path) -> None:
    for limit_mb in (0.125, 16.0, 0.125):
        paths = export_weights(best, tmp_path / "out", limit_mb=limit_mb)
        assert sorted(paths) == sorted((tmp_path / "out").iterdir())


def test_weights_of_another_vocabulary_are_refused(
    best: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (best / "tokens.txt").write_text("PAD_None\n")
    with pytest.raises(CheckpointError, match="another vocabulary"):
        export_weights(best, tmp_path / "out")
    monkeypatch.setattr(sys, "argv", ["export", str(best), str(tmp_path / "out")])
    assert main() == 2 and not (tmp_path / "out").exists()
    assert "export: " in capsys.readouterr().err
