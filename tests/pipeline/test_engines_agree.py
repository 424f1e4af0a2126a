"""Twenty songs come out the same on both engines, note for note."""

from __future__ import annotations

import pytest

from symbolic_music.filling import fill
from symbolic_music.model.engine import ENGINE_VARIABLE
from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, create

PROMPTS = ("happy pop song about summer", "slow sad ballad", "upbeat rock anthem", "calm jazz waltz")
N_BARS, N_SEEDS = 16, 5


def notes_of(prompt: str, seed: int) -> list[bytes]:
    """The notes of a short song, track by track."""
    brief = brief_of_prompt(prompt, seed).model_copy(update={"n_bars": N_BARS})
    return [track.notes.tobytes() for track in create(brief, None, CreateOptions(audio="none")).score.tracks]


@pytest.mark.slow
@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_seed_gives_the_same_notes_on_both_engines(prompt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    songs: dict[str, list[list[bytes]]] = {}
    for engine in ("onnxruntime", "torch"):
        monkeypatch.setenv(ENGINE_VARIABLE, engine)
        fill._load.cache_clear()
        songs[engine] = [notes_of(prompt, seed) for seed in range(N_SEEDS)]
    fill._load.cache_clear()
    assert songs["onnxruntime"] == songs["torch"]
