"""The network: its cache, its files, and the same logits as transformers' Llama."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.model.transformer import Cache, Network, NetworkConfig, load_network, save_network


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
def test_cached_and_left_padded_steps_equal_the_full_pass(network: Network) -> None:
    long, short = random_ids(12), random_ids(7)
    prefixes = [long[:8], short[:3]]
    ids = torch.zeros(2, 8, dtype=torch.long)
    ids[0], ids[1, 5:] = prefixes[0], prefixes[1]
    is_token = torch.tensor([[True] * 8, [False] * 5 + [True] * 3])
    positions = (is_token.cumsum(1) - 1).clamp(min=0)
    cache = Cache(is_token, 2)
    rows = [network(ids, positions, cache)[:, -1]]
    for step in range(4):
        cache.append_step()
        tokens = torch.stack([long[8 + step], short[3 + step]])[:, None]
        rows.append(network(tokens, torch.tensor([[8 + step], [3 + step]]), cache)[:, -1])
    cached = torch.stack(rows, dim=1)
    for row, (sequence, start) in enumerate(((long, 7), (short, 2))):
        assert torch.allclose(cached[row], network(sequence[None])[0, start:], atol=1e-5)


@torch.inference_mode()
def test_finished_rows_leave_the_cache(network: Network) -> None:
    ids = random_ids(3, 6)
    cache = Cache(torch.ones(3, 6, dtype=torch.bool), 2)
    network(ids, None, cache)
    cache.keep_rows(torch.tensor([0, 2]))
    cache.append_step()
    following = torch.tensor([[5], [9]])
    logits = network(following, torch.tensor([[6], [6]]), cache)[:, -1]
    full = network(torch.cat([ids[[0, 2]], following], dim=1))[:, -1]
    assert torch.allclose(logits, full, atol=1e-5)


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
