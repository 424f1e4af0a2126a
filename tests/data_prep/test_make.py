"""``make data`` and ``make train`` on made-up sources, with the commands of the Makefile itself."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_prep.songs import split_of
from symbolic_music.model.transformer import load_network
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.shards import load_shard
from tests.data_prep.sample_data import write_midi, write_sample

REPO = Path(__file__).parents[2]
N_VALIDATION, N_TRAINING, N_BARS = 6, 10, 32
SMALL = {
    "MMA_OPTIONS": "--limit 4 --workers 1",
    "PLANNER_OPTIONS": "--epochs 1",
    "TRAIN_OPTIONS": "total_steps=2 warmup_steps=1 validate_every=2 hidden_size=32 intermediate_size=64 "
    "num_hidden_layers=1 num_attention_heads=2 num_key_value_heads=2 tokens_per_batch=1024 "
    "validation_examples=4 threads=1",
    "CRITIC_OPTIONS": "--n 6",
    "WEIGHTS": "weights",
    "EVALUATION": "evaluation",
    "SONGS": "pop909 openewld nottingham billboard",
}


def make(folder: Path, target: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a target of our Makefile in another folder, the environment taken as installed."""
    command = ["make", "-C", str(folder), "-f", str(REPO / "Makefile"), "-o", f"{sys.prefix}/.installed-dev", target,
               f"VENV={sys.prefix}", f"DATA={folder / 'data'}", f"CONFIG={REPO / 'training.toml'}",
               *(f"{name}={value}" for name, value in SMALL.items()), *options]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def write_sources(root: Path) -> None:
    """The sample sources, with POP909 songs enough to measure people by and a take of eight bars."""
    write_sample(root)
    rng = random.Random(0)
    names: dict[str, list[str]] = {"validation": [], "train": []}
    for number in range(101, 1000):
        names[split_of(str(number))].append(str(number))
    for name in (*names["validation"][:N_VALIDATION], *names["train"][:N_TRAINING]):
        _write_song(root / "pop909_structure" / "POP909" / name, rng)
    hits = [(240 * i + rng.choice((-6, 5)), 60, (36, 42, 38, 42)[i % 4]) for i in range(1, 64)]
    write_midi(root / "groove" / "drummer1/session1/1_funk_100_beat_4-4.mid", [("", 9, hits)])


def _write_song(folder: Path, rng: random.Random) -> None:
    """A tune of eighths and quarters by chance over four chords, in the structure annotation's text."""
    folder.mkdir()
    names = ("C:maj [0, 4, 7] 0 4", "A:min [0, 4, 9] 9 4", "F:maj [0, 5, 9] 5 4", "G:maj [2, 7, 11] 7 4")
    bars = (rng.choice(((2, 2, 4, 4, 4), (4, 4, 8), (4, 2, 2, 8))) for _ in range(N_BARS))
    notes = [f"{rng.choice((60, 62, 64, 65, 67, 69, 71, 72))} {length}" for bar in bars for length in bar]
    texts = {
        "finalized_chord": "\n".join(rng.choice(names) for _ in range(N_BARS)), "melody": "\n".join(notes),
        "human_label1": "i4A8B8A4B4o4", "human_label2": "i4A8B8A4B4o4", "analyzed_key": "C:maj", "tempo": "120",
    }  # fmt: skip
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text + "\n")


def test_the_steps_come_in_an_order_in_which_each_has_what_it_needs(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("no make")
    steps = {
        target: [
            line.split(" -m ")[1].split()[0]
            for line in make(tmp_path, target, "-n").stdout.splitlines()
            if " -m " in line
        ]
        for target in ("data", "train")
    }
    assert steps["data"] == [
        "data_prep", "data_prep", "data_prep", "data_prep", "data_prep.mma", "data_prep.examples", "data_prep.examples",
        "data_prep.examples", "data_prep.pieces", "data_prep.examples", "data_prep.band_examples",
        "data_prep.groove_examples", "data_prep.structure",
    ]  # fmt: skip
    assert steps["train"] == [
        "symbolic_music.training.train_planner", "symbolic_music.training", "symbolic_music.training.export",
        "data_prep.melody_critic", "data_prep.reference", "data_prep.originality_index",
    ]  # fmt: skip


@pytest.mark.slow
def test_from_sources_to_weights(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    if shutil.which("make") is None or shutil.which("mma") is None:
        pytest.skip("make and mma are needed")
    write_sources(tmp_path / "data")
    for name in ("weights", "evaluation"):
        (tmp_path / name).mkdir()
    for target in ("data", "train"):
        done = make(tmp_path, target)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    parts = {
        name: set(load_shard(tmp_path / "shards" / f"{name}.npz").part) for name in ("lead", "lieder", "band", "groove")
    }
    assert parts["groove"] == {"drums"} and {"chords", "melody"} <= parts["lead"] and {"drums", "bass"} <= parts["band"]
    assert parts["lieder"] <= {"chords", "melody", "piano"}
    weights = tmp_path / "weights"
    assert load_network(weights / "phrases", len(TOKENS)).config.hidden_size == 32
    assert {path.name for path in weights.iterdir()} >= {
        "phrases", "planner.safetensors", "planner.json", "melody_critic.npz", "human_windows.npz", "originality.npz",
    }  # fmt: skip
    reference = json.loads((tmp_path / "evaluation" / "human_reference.json").read_text())
    assert reference["n_songs"] == N_VALIDATION
    with np.load(weights / "human_windows.npz") as windows:
        assert len(windows["features"]) >= N_VALIDATION
