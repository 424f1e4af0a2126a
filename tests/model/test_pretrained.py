"""The phrase model by the hub's conventions, with local folders."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.model.engine import load_engine
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.pretrained import PhraseModel
from symbolic_music.tokens.tokenizer import PhraseTokenizer
from symbolic_music.tokens.vocabulary import TOKENS


@pytest.fixture
def model() -> PhraseModel:
    torch.manual_seed(0)
    return PhraseModel(NetworkConfig(len(TOKENS), 32, 64, 2, 2)).eval()


def test_a_saved_model_comes_back(model: PhraseModel, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "mine")
    PhraseTokenizer().save_pretrained(tmp_path / "mine")
    again = PhraseModel.from_pretrained(tmp_path / "mine")
    assert again.config == model.config and not again.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor.bfloat16().float()), name
    assert PhraseTokenizer.from_pretrained(tmp_path / "mine").vocab == PhraseTokenizer().vocab


def test_what_was_saved_is_all_that_engines_and_training_need(model: PhraseModel, tmp_path: Path) -> None:
    from symbolic_music.training.export import export_weights

    model.save_pretrained(tmp_path / "mine")
    PhraseTokenizer().save_pretrained(tmp_path / "mine")
    ids = list(range(3, 40))
    ours, reference = (load_engine(tmp_path / "mine", name=name).logits(ids) for name in ("onnxruntime", "torch"))
    assert abs(ours - reference).max() < 1e-4
    assert export_weights(tmp_path / "mine", tmp_path / "exported")
    card = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert "library_name: symbolic-music" in card and "# Phrase model" in card


def test_the_package_own_weights_are_loaded_by_the_same_verb() -> None:
    from symbolic_music.filling.fill import WEIGHTS

    assert PhraseModel.from_pretrained(str(WEIGHTS), dropout=0.1).config.vocab_size == len(TOKENS)


@pytest.mark.parametrize("name", ["no/such-weights", "not a name at all/at all/at all"])
def test_weights_that_are_nowhere_are_named(name: str) -> None:
    with pytest.raises(CheckpointError, match="neither a folder nor weights on the hub"):
        PhraseModel.from_pretrained(name, local_files_only=True)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no usable weights"):
        PhraseModel.from_pretrained(tmp_path)
