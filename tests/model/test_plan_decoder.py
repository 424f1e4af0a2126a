"""The plan network without torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.model.plan_decoder import PlanDecoder, PlanNetworkConfig
from symbolic_music.model.plan_network import PlanNetwork

CONFIG = PlanNetworkConfig(20, 16, 2, 2, 40)


@pytest.fixture(scope="module")
def network() -> PlanNetwork:
    torch.manual_seed(0)
    network = PlanNetwork(CONFIG).eval()
    for parameter in network.parameters():  # larger than at the start, so that every term shows
        torch.nn.init.normal_(parameter, std=0.5)
    return network


@pytest.fixture
def decoder(network: PlanNetwork) -> PlanDecoder:
    return PlanDecoder(CONFIG, {name: tensor.numpy() for name, tensor in network.state_dict().items()})


@torch.inference_mode()
def test_it_says_what_the_trained_network_says(network: PlanNetwork, decoder: PlanDecoder) -> None:
    ids = np.random.default_rng(0).integers(0, 20, 40).tolist()
    # Going on, going back, another way from a place read before, the same again.
    for row in (ids[:1], ids[:9], ids[:10], ids[:4], [*ids[:4], 3, 7], ids, ids):
        wanted = network(torch.tensor([row]))[0, -1].numpy()
        assert decoder.logits(row) == pytest.approx(wanted, abs=1e-4)


def test_weights_that_do_not_fit_are_refused(network: PlanNetwork) -> None:
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    with pytest.raises(CheckpointError, match=r"norm\.bias is missing, not \[16\]"):
        PlanDecoder(CONFIG, {name: values for name, values in weights.items() if name != "norm.bias"})
    with pytest.raises(CheckpointError, match=r"embedding\.weight is \[20, 16\], not \[21, 16\]"):
        PlanDecoder(PlanNetworkConfig(21, 16, 2, 2, 40), weights)
