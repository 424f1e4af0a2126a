"""The network in torch: its files, and the same logits as transformers' Llama."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.transformer import Network, load_network, save_network


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network(NetworkConfig(50, 32, 64, 2, 4)).eval()


@pytest.fixture(scope="module")
def folder(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights")
    save_network(network, path, {"step": "7"})
    return path


def random_ids(*shape: int) -> torch.Tensor:
    """Ids above the special ones."""
    return torch.randint(3, 50, shape, generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def test_later_tokens_do_not_change_earlier_logits(network: Network) -> None:
    ids = random_ids(1, 9)
    assert torch.allclose(network(ids)[:, :5], network(ids[:, :5]), atol=1e-6)


@torch.inference_mode()
def test_transformers_reads_the_folder_and_gives_the_same_logits(folder: Path) -> None:
    from transformers import LlamaForCausalLM

    llama = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = random_ids(2, 40)
    assert torch.allclose(llama(ids).logits, load_network(folder)(ids), atol=1e-4)


def test_saved_weights_come_back_in_half_precision(network: Network, folder: Path) -> None:
    loaded = load_network(folder, 50)
    assert loaded.config == network.config and not loaded.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor.bfloat16().float())


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nothing: no usable weights: .*config\.json"):
        load_network(tmp_path / "nothing")


def test_broken_weights_are_named(network: Network, tmp_path: Path) -> None:
    save_network(network, tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(CheckpointError, match="no usable weights"):
        load_network(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="no usable weights"):
        load_network(tmp_path)


def test_another_vocabulary_is_refused(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="made for 50 tokens, this version has 51"):
        load_network(folder, 51)


def test_weights_of_another_size_are_refused(network: Network, tmp_path: Path) -> None:
    save_network(network, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(CheckpointError, match="weights do not fit the configuration"):
        load_network(tmp_path)
