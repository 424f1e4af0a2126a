"""Drawing tokens."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symbolic_music.model.sampling import SamplingOptions, decode, sample_token
from symbolic_music.model.transformer import Network, NetworkConfig

N_IDS = 30


class Counter:
    """A guide that allows every third id and stops after a number of steps."""

    def __init__(self, n_steps: int) -> None:
        self.ids: list[int] = []
        self.n_steps, self.done = n_steps, False

    def allowed(self) -> int | np.ndarray:
        return 4 if len(self.ids) == 1 else np.arange(N_IDS) % 3 == 0

    def push(self, index: int) -> None:
        self.ids.append(index)
        self.done = len(self.ids) == self.n_steps


def test_only_allowed_tokens_are_drawn() -> None:
    mask = np.zeros(N_IDS, dtype=bool)
    mask[[4, 7, 11]] = True
    rng = np.random.default_rng(0)
    logits = np.linspace(0, 50, N_IDS)  # the best by far is not allowed
    drawn = {sample_token(logits / 50, mask, rng, SamplingOptions(top_p=1.0))[0] for _ in range(100)}
    assert drawn == {4, 7, 11}
    assert sample_token(logits, mask, rng, SamplingOptions(top_p=0.01))[0] == 11


def test_likelihood_is_over_the_allowed_tokens() -> None:
    mask = np.zeros(N_IDS, dtype=bool)
    mask[[4, 7]] = True
    _, likelihood = sample_token(np.zeros(N_IDS), mask, np.random.default_rng(0), SamplingOptions(temperature=0.5))
    assert likelihood == pytest.approx(np.log(0.5))
    mask[7] = False
    assert sample_token(np.zeros(N_IDS), mask, np.random.default_rng(0), SamplingOptions()) == (4, 0.0)


def test_a_low_temperature_takes_the_likeliest() -> None:
    logits = np.random.default_rng(0).normal(size=N_IDS)
    options = SamplingOptions(temperature=1e-3, top_p=1.0)
    drawn = sample_token(logits, np.ones(N_IDS, dtype=bool), np.random.default_rng(1), options)[0]
    assert drawn == int(np.argmax(logits))


def test_a_batch_decodes_what_each_prefix_decodes_alone() -> None:
    torch.manual_seed(0)
    network = Network(NetworkConfig(N_IDS, 32, 64, 2, 4)).eval()
    prefixes = [[1, 5, 6, 7, 8, 9, 10], [1, 12], [1, 3, 3, 3]]
    lengths = [12, 5, 9]

    def run(rows: list[int]) -> tuple[list[list[int]], list[float]]:
        guides = [Counter(lengths[row]) for row in rows]
        rngs = [np.random.default_rng(row) for row in rows]
        likelihoods = decode(network, [prefixes[row] for row in rows], guides, rngs, SamplingOptions())
        return [guide.ids for guide in guides], likelihoods

    together, likelihoods = run([0, 1, 2])
    assert [len(ids) for ids in together] == lengths
    for row in range(3):
        alone, (likelihood,) = run([row])
        assert alone == [together[row]]
        assert likelihood == pytest.approx(likelihoods[row], abs=1e-4)


def test_decoding_stops_after_max_steps() -> None:
    network = Network(NetworkConfig(N_IDS, 32, 64, 1, 4)).eval()
    guide = Counter(100)
    decode(network, [[1]], [guide], [np.random.default_rng(0)], SamplingOptions(max_steps=6))
    assert len(guide.ids) == 6 and not guide.done


def test_guidance_moves_away_from_the_open_prefix_and_keeps_twins_together() -> None:
    torch.manual_seed(0)
    network = Network(NetworkConfig(N_IDS, 32, 64, 2, 4)).eval()
    prefixes, open_prefixes = [[1, 5, 6], [1, 12, 13], [1, 7, 8]], [[1, 2, 6], [1, 2, 13], [1, 2, 8]]
    options = SamplingOptions(temperature=1e-4, guidance=2.0)

    def drawn(rows: list[int]) -> list[list[int]]:
        guides = [Counter((9, 4, 6)[row]) for row in rows]
        rngs = [np.random.default_rng(row) for row in rows]
        decode(network, [prefixes[row] for row in rows], guides, rngs, options, [open_prefixes[row] for row in rows])
        return [guide.ids for guide in guides]

    together = drawn([0, 1, 2])
    assert together == [drawn([row])[0] for row in range(3)]
    for ids, prefix, left_open in zip(together, prefixes, open_prefixes, strict=True):
        said, unsaid = (network(torch.tensor([row]))[0, -1].log_softmax(-1) for row in (prefix, left_open))
        allowed = np.arange(N_IDS) % 3 == 0
        wanted = (said + 2 * (said - unsaid)).detach().numpy()
        assert ids[0] == int(np.argmax(np.where(allowed, wanted, -np.inf)))


def test_without_guidance_the_open_prefixes_change_nothing() -> None:
    torch.manual_seed(0)
    network = Network(NetworkConfig(N_IDS, 32, 64, 2, 4)).eval()
    guides = [Counter(8), Counter(8)]
    for guide, left_open in zip(guides, (None, [[1, 2, 6]]), strict=True):
        decode(network, [[1, 5, 6]], [guide], [np.random.default_rng(0)], SamplingOptions(), left_open)
    assert guides[0].ids == guides[1].ids
