"""Checkpoints: everything a run needs to go on at the same batch, written whole or not at all.

The one before is kept as ``checkpoint.previous.pt`` and used if the newest cannot be read.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from symbolic_music.errors import CheckpointError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.model.transformer import Network
from symbolic_music.tokens.vocabulary import TOKENS

NEWEST, PREVIOUS = "checkpoint.pt", "checkpoint.previous.pt"


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0  # without padding, all processes together
    minutes: float = 0.0  # of training and validation, over all starts
    best: float = float("inf")  # validation loss
    n_worse: int = 0  # validations since the best
    running: float = 0.0  # moving average of the training loss


def save_checkpoint(folder: Path, network: Network, average: Network, optimizer: Any, progress: Progress) -> None:
    """Write a checkpoint; the newest one becomes the previous one."""
    content = {
        "network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
        "progress": asdict(progress), "sizes": asdict(network.config), "tokens": list(TOKENS),
    }  # fmt: skip
    with atomic_path(folder / NEWEST) as temporary:
        with temporary.open("wb") as file:
            torch.save(content, file)
            # On the disk before the old one is given up, so that not even a power cut takes both.
            file.flush()
            os.fsync(file.fileno())
        if (folder / NEWEST).exists():
            os.replace(folder / NEWEST, folder / PREVIOUS)


def load_checkpoint(folder: Path, network: Network, average: Network, optimizer: Any) -> Progress | None:
    """Go on from the newest checkpoint that can be read; ``None`` if there is none.

    Raises
    ------
    CheckpointError
        If there are checkpoints but none can be read, or they are of another network or vocabulary.
    """
    paths = [path for path in (folder / NEWEST, folder / PREVIOUS) if path.exists()]
    failures = []
    for path in paths:
        try:
            # To the CPU first: the states are copied to each process's device below.
            content = torch.load(path, weights_only=True, map_location="cpu")
            progress = Progress(**content["progress"])
            sizes, tokens = content["sizes"], content["tokens"]
        except Exception as failure:  # broken bytes make the unpickler raise errors of any kind
            failures.append(f"{path}: not a checkpoint that can be read ({type(failure).__name__})")
            continue
        _check(path, sizes, tokens, network)
        network.load_state_dict(content["network"])
        average.load_state_dict(content["average"])
        optimizer.load_state_dict(content["optimizer"])
        return progress
    if failures:
        raise CheckpointError(f"{failures[0]}; give another run folder or remove it")
    return None


def _check(path: Path, sizes: dict[str, Any], tokens: list[str], network: Network) -> None:
    """Refuse a checkpoint of another network or vocabulary."""
    if tokens != list(TOKENS):
        raise CheckpointError(
            f"{path}: made for {len(tokens)} tokens that are not this version's {len(TOKENS)}; give another run"
            " folder, and init=FOLDER/best to begin with its weights"
        )
    for name, value in asdict(network.config).items():
        if sizes.get(name) != value:
            raise CheckpointError(f"{path}: made with {name} {sizes.get(name)}, not {value}; give another run folder")
