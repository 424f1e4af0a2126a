"""Beginning with older weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.model.transformer import Network, NetworkConfig, save_network
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.warm_start import map_rows, pool_heads, spread_layers, warm_start

# The old vocabulary: without every seventh token, in another order, with two that are gone.
OLD_TOKENS = ["Gone_1", *[token for number, token in enumerate(TOKENS) if number % 7 != 3][::-1], "Gone_very fast"]


@pytest.fixture
def old(tmp_path: Path) -> tuple[Network, Path]:
    """An older network with its token names."""
    torch.manual_seed(1)
    network = Network(NetworkConfig(len(OLD_TOKENS), 32, 64, 2, 2)).eval()
    for parameter in network.parameters():
        parameter.data = (parameter * 3).bfloat16().float()  # bf16 is what the folder holds
    folder = tmp_path / "old"
    save_network(network, folder)
    (folder / "tokens.txt").write_text("\n".join(OLD_TOKENS) + "\n")
    return network, folder


@pytest.mark.parametrize("n_layers", [2, 3, 5])
def test_logits_of_shared_tokens_stay_equal(old: tuple[Network, Path], n_layers: int) -> None:
    network, folder = old
    new = Network(NetworkConfig(len(TOKENS), 32, 64, n_layers, 2)).eval()
    assert f"{n_layers - 2} layers added" in warm_start(new, folder)
    shared = [token for token in OLD_TOKENS if token in TOKENS]
    drawn = torch.randint(len(shared), (3, 20), generator=torch.Generator().manual_seed(0)).tolist()
    old_ids, new_ids = (torch.tensor([[vocabulary.index(shared[at]) for at in row] for row in drawn])
                        for vocabulary in (OLD_TOKENS, TOKENS))  # fmt: skip
    with torch.inference_mode():
        before = network(old_ids)[..., [OLD_TOKENS.index(token) for token in shared]]
        after = new(new_ids)[..., [TOKENS.index(token) for token in shared]]
    assert torch.allclose(before, after, atol=1e-5)


def test_a_wider_network_computes_nearly_the_same(old: tuple[Network, Path]) -> None:
    network, folder = old
    new = Network(NetworkConfig(len(TOKENS), 48, 96, 3, 3, 3)).eval()
    assert "1.50 times as wide" in warm_start(new, folder)
    shared = [token for token in OLD_TOKENS if token in TOKENS]
    old_ids, new_ids = (torch.tensor([[vocabulary.index(token) for token in shared[40:60]]])
                        for vocabulary in (OLD_TOKENS, TOKENS))  # fmt: skip
    with torch.inference_mode():
        before = network(old_ids)[..., [OLD_TOKENS.index(token) for token in shared]].log_softmax(-1)
        after = new(new_ids)[..., [TOKENS.index(token) for token in shared]].log_softmax(-1)
    assert float((before.exp() * (before - after)).sum(-1).mean()) < 0.01


def test_fewer_heads_of_keys_are_the_means_of_those_they_stand_for() -> None:
    before, after = NetworkConfig(9, 32, 64, 1, 4, 4), NetworkConfig(9, 48, 64, 1, 6, 2)
    rows = torch.arange(4.0).repeat_interleave(8)[:, None].expand(32, 32)  # head n holds n
    pooled = pool_heads(rows, before, after)
    assert pooled.shape == (16, 32) and pooled[0, 0] == 1.0 and pooled[8, 0] == 3.0


def test_added_layers_learn(old: tuple[Network, Path]) -> None:
    new = Network(NetworkConfig(len(TOKENS), 32, 64, 4, 2))
    warm_start(new, old[1])
    new(torch.randint(3, 200, (2, 10))).square().mean().backward()
    for layer in (1, 3):
        gradient = new.model.layers[layer].mlp.down_proj.weight.grad
        assert gradient is not None and gradient.abs().max() > 0


def test_new_rows_lie_near_the_mean() -> None:
    rows = torch.randn(50, 64, generator=torch.Generator().manual_seed(0)) + 2
    mapped, n_known = map_rows(rows, [f"A_{number}" for number in range(50)], ("B_1", "A_7", "B_2"))
    assert n_known == 1 and torch.equal(mapped[1], rows[7])
    assert (mapped[[0, 2]] - rows.mean(0)).std() < 0.2 * rows.std()
    assert not torch.equal(mapped[0], mapped[2])


@pytest.mark.parametrize(
    ("n_old", "n_new", "expected"),
    [(2, 2, [0, 1]), (2, 3, [0, 0, 1]), (6, 8, [0, 0, 1, 2, 3, 3, 4, 5]), (1, 3, [0] * 3)],
)
def test_layers_are_spread_evenly(n_old: int, n_new: int, expected: list[int]) -> None:
    layers = spread_layers(n_old, n_new)
    assert [source for source, _ in layers] == expected
    assert sum(not is_copy for _, is_copy in layers) == n_old


@pytest.mark.parametrize(
    ("sizes", "message"),
    [((16, 64, 2, 1, 1), "set hidden_size=32"), ((32, 32, 2, 2, 2), "set intermediate_size=64"),
     ((32, 64, 1, 2, 2), "set num_hidden_layers=2"), ((32, 64, 2, 4, 2), "16 times num_attention_heads")],
)  # fmt: skip
def test_a_network_that_does_not_fit_is_refused(
    old: tuple[Network, Path], sizes: tuple[int, int, int, int, int], message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        warm_start(Network(NetworkConfig(len(TOKENS), *sizes)), old[1])


def test_token_names_are_needed_and_counted(old: tuple[Network, Path], tmp_path: Path) -> None:
    new = Network(NetworkConfig(len(TOKENS), 32, 64, 2, 2))
    (tmp_path / "few.txt").write_text("PAD_None\nBOS_None\n")
    with pytest.raises(CheckpointError, match="but 2 token names"):
        warm_start(new, old[1], tmp_path / "few.txt")
    (old[1] / "tokens.txt").unlink()
    with pytest.raises(CheckpointError, match=r"tokens\.txt: no token names .* init_tokens"):
        warm_start(new, old[1])
