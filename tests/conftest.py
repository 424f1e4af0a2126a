"""Fixtures for all tests: a small untrained phrase model, so that tests need no checkpoint and little time."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

# A runner started in the background ignores SIGINT and its children inherit that; the Ctrl-C tests need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def small_network() -> object:
    """A tiny network with fixed random weights; the grammar's masks make its phrases well formed."""
    import torch

    from symbolic_music.filling import fill
    from symbolic_music.model.transformer import Network, NetworkConfig

    torch.set_num_threads(1)  # more only get in each other's way in a network this small
    torch.manual_seed(0)
    return Network(NetworkConfig(len(fill.TOKENS), 64, 128, 2, 4)).eval()


@pytest.fixture
def small_model(small_network: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compose with the tiny network instead of the trained one."""
    monkeypatch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *folder: small_network)
    yield
