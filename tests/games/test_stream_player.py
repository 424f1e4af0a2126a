"""The example that plays a stream: arrow keys turn its dial, and nobody needs a screen or a sound card for this."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from symbolic_music.rendering import Audio
from symbolic_music.song.score import Score, tick_to_seconds

PLAYER = Path(__file__).parents[2] / "examples/pygame_stream.py"
RATE = 44100


def _hum(score: Score, options: object) -> Audio:
    """Sound for as long as a score and half a second more, without a synthesizer."""
    n_samples = round((tick_to_seconds(score, score.end_tick) + 0.5) * RATE)
    return Audio(np.full((2, n_samples), 0.1, dtype=np.float32), RATE)


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch, small_model: None) -> SimpleNamespace:
    """What the example defines, with a hum for a synthesizer."""
    for name, value in (("AUDIODRIVER", "dummy"), ("VIDEODRIVER", "dummy")):
        monkeypatch.setenv(f"SDL_{name}", value)
    monkeypatch.setenv("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    pytest.importorskip("pygame")
    monkeypatch.setattr("symbolic_music.rendering.render", _hum)
    return SimpleNamespace(**runpy.run_path(str(PLAYER), run_name="player"))


def test_arrow_keys_are_heard_at_the_next_phrase_and_no_sample_is_missing(player: SimpleNamespace) -> None:
    import pygame

    band, heard, blocks = player.Band("bossa nova"), dict[int, Any](), []
    while band.now < 20 * RATE:
        while band.make():
            bar = band.bars[-1][1]
            heard = {number: old for number, old in heard.items() if number < bar.number} | {bar.number: bar}
        assert band.end > band.now + player.BLOCK
        blocks.append(band.mix(player.BLOCK))
        if len(blocks) == 10:
            for key in (pygame.K_UP, pygame.K_UP, pygame.K_RIGHT, pygame.K_LEFT, pygame.K_LEFT):
                band.turn(*player.KEYS[key])
    assert list(heard) == list(range(len(heard)))
    assert band.heard_from == 4 < len(heard)
    dials = {number < band.heard_from: (heard[number].mood, heard[number].intensity) for number in range(len(heard))}
    assert dials == {True: ("calm", 0.4), False: ("sad", 0.6)}
    assert f"dial: sad, 0.6, heard from bar {band.heard_from}" in band.text()
    assert (np.concatenate(blocks) > 0).all()


def test_it_plays_in_a_window_until_it_is_closed(player: SimpleNamespace) -> None:
    import pygame

    pygame.init()
    pygame.display.set_mode((8, 8))
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_UP))
    band = player.main("bossa nova", seconds=1.0)
    assert band.now >= RATE and band.intensity == 0.5 and not pygame.display.get_init()
