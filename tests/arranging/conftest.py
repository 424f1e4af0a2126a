"""These tests are about the tables and the touch: the phrase model's piano has tests of its own."""

import pytest

from symbolic_music.arranging import model_piano


@pytest.fixture(autouse=True)
def piano_from_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_piano, "plays_here", lambda plan: False)
