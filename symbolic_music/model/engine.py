"""What decoding needs of a network: an engine that runs it, and the memory of the sequences it has read.

Two engines give the same logits within 1e-4 from one file of weights: onnxruntime (the default) and torch (the
reference, which training uses too). They know ids and arrays, no music.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from symbolic_music.errors import CheckpointError, InputError, MissingExtraError
from symbolic_music.model.network_config import NetworkConfig

# The environment's word for the engine, for comparisons and faults in one of them.
ENGINE_VARIABLE = "SYMBOLIC_MUSIC_ENGINE"
DEFAULT_ENGINE = "onnxruntime"
_HOMES = {"onnxruntime": ("onnx_engine", "OnnxEngine"), "torch": ("torch_engine", "TorchEngine")}


class Prefix(Protocol):
    """What several rows begin with, read once."""

    @property
    def n_ids(self) -> int:
        """How many ids it has."""

    @property
    def logits(self) -> np.ndarray:
        """What follows it, (vocabulary,) float32."""


class Memory(Protocol):
    """Some sequences, one a row, each a prefix and what followed it.

    What a row gives does not depend on the other rows, bit for bit on onnxruntime, within rounding on torch.
    """

    def begin(self, row: int, prefix: Any) -> None:
        """Let a row hold a prefix of the same engine and nothing else."""

    def extend(self, row: int, ids: Sequence[int]) -> np.ndarray:
        """Read several ids at the end of one row; returns the logits after the last one, (vocabulary,) float32."""

    def step(self, ids: np.ndarray) -> np.ndarray:
        """Read one id (n,) at the end of each of the first n rows; returns logits (n, vocabulary) float32.

        The array is good until the next call.
        """

    def move(self, source: int, target: int) -> None:
        """Let a row hold what another holds; that one is given up."""


class Engine(Protocol):
    """A network that can be run."""

    name: str
    config: NetworkConfig

    def read(self, ids: Sequence[int]) -> Prefix:
        """Read what some rows begin with."""

    def new_memory(self, n_rows: int) -> Memory:
        """Make memory for so many sequences, each as long as the network has room for."""

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        """Compute what follows each step of one sequence: (steps, vocabulary) float32."""


def load_engine(folder: Path, vocab_size: int | None = None, name: str | None = None) -> Engine:
    """Read a folder of weights into an engine.

    Parameters
    ----------
    folder : Path
        ``config.json`` and safetensors files of a Llama-type network.
    vocab_size : int, optional
        How many ids the caller has; weights for another number are refused.
    name : str, optional
        ``onnxruntime`` or ``torch``; by default what ``SYMBOLIC_MUSIC_ENGINE`` says, else ``onnxruntime``.

    Raises
    ------
    InputError
        If there is no such engine.
    CheckpointError
        If the weights are missing, broken, or made for another vocabulary.
    MissingExtraError
        If torch is asked for and not installed.
    """
    module, kind = _HOMES[engine_name(name)]
    try:
        home = importlib.import_module(f"symbolic_music.model.{module}")
    except ModuleNotFoundError as failure:
        raise MissingExtraError(
            f"the engine {engine_name(name)!r} needs {failure.name}; install it: pip install 'symbolic-music[train]'"
        ) from None
    engine: Engine = getattr(home, kind).load(folder, vocab_size)
    return engine


def engine_name(name: str | None = None) -> str:
    """Name the engine that is used: the one given, else what ``SYMBOLIC_MUSIC_ENGINE`` says, else onnxruntime.

    Raises
    ------
    InputError
        If there is no such engine.
    """
    name = name or os.environ.get(ENGINE_VARIABLE) or DEFAULT_ENGINE
    if name not in _HOMES:
        raise InputError(f"engine {name!r} is not known; use one of {', '.join(_HOMES)} ({ENGINE_VARIABLE})")
    return name


def check_length(config: NetworkConfig, length: int) -> None:
    """Refuse a sequence that the network has no room for.

    Raises
    ------
    CheckpointError
        With both lengths.
    """
    if length > config.room:
        raise CheckpointError(f"a sequence of {length} ids is longer than the network's room of {config.room}")
