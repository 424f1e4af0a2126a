"""Fixtures for all tests: a small untrained phrase model, so that tests need no checkpoint and little time."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from symbolic_music.model.engine import Engine

# A runner started in the background ignores SIGINT and its children inherit that; the Ctrl-C tests need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands remember of the files that they wrote out of the user's own folders."""
    state = str(tmp_path_factory.mktemp("state"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_STATE_HOME", state)
        patched.setenv("LOCALAPPDATA", state)
        # The same bits in every run; tests of several threads ask for them.
        patched.setenv("SYMBOLIC_MUSIC_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def small_network(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A tiny network with fixed random weights; the grammar's masks make its phrases well formed."""
    from symbolic_music.model.engine import load_engine
    from symbolic_music.model.network_config import NetworkConfig
    from symbolic_music.tokens.vocabulary import TOKENS
    from tests.model.networks import write_network

    folder = tmp_path_factory.mktemp("small_network")
    write_network(NetworkConfig(len(TOKENS), 64, 128, 2, 4, 4), folder)
    return load_engine(folder)


@pytest.fixture
def small_model(small_network: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compose with the tiny network instead of the trained one."""
    monkeypatch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *folder: small_network)
    yield
