"""A small shard in the real format, and options for a network that trains in no time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.tokens.codec import encode_prefix, encode_target
from symbolic_music.tokens.phrase import PhraseMusic
from symbolic_music.training.config import TrainConfig
from symbolic_music.training.shards import Shard, write_shard
from tests.builders import make_job

JOBS = ("new", "variation", "infill")


def make_shard(n_songs: int = 12, parts: tuple[str, ...] = ("melody", "chords"), seed: int = 0) -> Shard:
    """Phrases of random notes and chords; every fourth song is for validation."""
    rng = np.random.default_rng(seed)
    rows = [(song, part, job) for song in range(n_songs) for part in parts for job in JOBS]
    encoded = [_encode(part, 2 + song % 3, rng) for song, part, _ in rows]
    lengths = np.array([len(ids) for ids, _ in encoded], dtype=np.int32)
    return Shard(
        ids=np.concatenate([np.array(ids, dtype=np.uint16) for ids, _ in encoded]),
        mask=np.concatenate([np.array(mask, dtype=bool) for _, mask in encoded]),
        starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        lengths=lengths,
        is_validation=np.array([song % 4 == 3 for song, _, _ in rows]),
        part=np.array([part for _, part, _ in rows]),
        job=np.array([job for _, _, job in rows]),
        source=np.array([("pop909", "nottingham")[song % 8 == 3] for song, _, _ in rows]),
        song=np.array([f"song/{song:03d}" for song, _, _ in rows]),
    )


def _encode(part: str, n_bars: int, rng: np.random.Generator) -> tuple[list[int], list[bool]]:
    """Encode one phrase of chance."""
    job = make_job(part, n_bars=n_bars)
    job = replace(job, conditions=replace(job.conditions, source="pop", tempo="slow", density="2", section="verse"))
    chords = tuple(
        (bar * 48, int(rng.integers(12)), str(rng.choice(("maj", "min", "7", "maj7"))), 0) for bar in range(n_bars)
    )
    # Lengths differ, so that no bar can borrow a rhythm and be shorter for it.
    notes = tuple(
        (tick, int(rng.choice((3, 6, 9, 12))), int(rng.integers(60, 72))) for tick in range(0, n_bars * 48, 12)
    )
    prefix = encode_prefix(job)
    target, mask = encode_target(job, PhraseMusic(n_bars, 48, chords, () if part == "chords" else notes))
    return prefix + target, [False] * len(prefix) + mask


@pytest.fixture(scope="session")
def shard() -> Shard:
    return make_shard()


@pytest.fixture(scope="session")
def shard_path(shard: Shard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shards") / "phrases.npz"
    write_shard(shard, path)
    return path


@pytest.fixture
def config(shard_path: Path, tmp_path: Path) -> TrainConfig:
    """Six steps of a network of one narrow layer, with dropout."""
    return TrainConfig(
        shards=(str(shard_path),), run=str(tmp_path / "run"), hidden_size=16, intermediate_size=32,
        num_hidden_layers=1, num_attention_heads=2, dropout=0.1, total_steps=6, warmup_steps=2, tokens_per_batch=256,
        lengths=(64, 128), part_weights=(("melody", 1.0), ("chords", 0.5)), validate_every=3, threads=1,
    )  # fmt: skip
