"""Sizes of the phrase network, and where its weights lie on disk: plain numbers, no library for tensors.

A folder of weights is what ``transformers`` reads too: ``config.json`` (Llama) and one safetensors file, or several
with an index. Source of the layout: the safetensors format, 8 bytes with the length of a JSON header, the header,
the tensors.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from symbolic_music.errors import CheckpointError

_HEADER_LENGTH = struct.Struct("<Q")
WEIGHTS_FILE, WEIGHTS_INDEX, CONFIG_FILE = "model.safetensors", "model.safetensors.index.json", "config.json"


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes, named as in ``transformers.LlamaConfig``."""

    vocab_size: int
    hidden_size: int = 192
    intermediate_size: int = 512
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    # Grouped queries (Ainslie et al. 2023): so many heads of keys and values serve all heads of queries; 0: as many.
    num_key_value_heads: int = 0
    max_position_embeddings: int = 768
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if not self.num_key_value_heads:
            object.__setattr__(self, "num_key_value_heads", self.num_attention_heads)
        for whole, part in (
            ("hidden_size", "num_attention_heads"), ("num_attention_heads", "num_key_value_heads"),
        ):  # fmt: skip
            if getattr(self, whole) % getattr(self, part):
                raise CheckpointError(f"{whole} {getattr(self, whole)} is no multiple of {part} {getattr(self, part)}")

    @property
    def head_width(self) -> int:
        """Width of one head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def room(self) -> int:
        """Most ids of a sequence: rotary positions go on beyond those learnt, and a rare phrase needs them."""
        return 2 * self.max_position_embeddings


@dataclass(frozen=True)
class StoredTensor:
    """Where one tensor's numbers lie: file beside the configuration, first byte, dtype as safetensors names it."""

    file: str
    offset: int
    n_bytes: int
    dtype: str
    shape: tuple[int, ...]


def read_config(folder: Path, vocab_size: int | None = None) -> NetworkConfig:
    """Read a network's sizes.

    Parameters
    ----------
    vocab_size : int, optional
        How many ids the caller has; weights for another number are refused.

    Raises
    ------
    CheckpointError
        If the file is missing or broken, or the vocabulary has another size.
    """
    try:
        stored = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
        names = [field.name for field in fields(NetworkConfig)]
        config = NetworkConfig(**{name: stored[name] for name in names if name in stored})
    except (OSError, ValueError, TypeError, CheckpointError) as failure:
        raise CheckpointError(f"{folder}: no usable weights: {failure}") from None
    if vocab_size is not None and config.vocab_size != vocab_size:
        raise CheckpointError(f"{folder}: made for {config.vocab_size} tokens, this version has {vocab_size}")
    return config


def locate_tensors(folder: Path) -> dict[str, StoredTensor]:
    """Find every tensor of a folder's safetensors files by name.

    Raises
    ------
    CheckpointError
        If a file is missing or no safetensors file.
    """
    try:
        files = _weight_files(folder)
    except (OSError, ValueError, TypeError, KeyError) as failure:
        raise CheckpointError(f"{folder}: no usable weights: {failure}") from None
    return {name: tensor for file in files for name, tensor in locate_tensors_in(folder, file).items()}


def locate_tensors_in(folder: Path, file: str) -> dict[str, StoredTensor]:
    """Find every tensor of one safetensors file by name.

    Raises
    ------
    CheckpointError
        If the file is missing or no safetensors file.
    """
    try:
        return _read_header(folder, file)
    except (OSError, ValueError, TypeError, KeyError, struct.error) as failure:
        raise CheckpointError(f"{folder}: no usable weights: {failure}") from None


def read_tensor(folder: Path, tensor: StoredTensor) -> np.ndarray:
    """Read one tensor as float32.

    Raises
    ------
    CheckpointError
        If its dtype is none of BF16, F16, F32.
    """
    kinds = {"BF16": "<u2", "F16": "<f2", "F32": "<f4"}
    if tensor.dtype not in kinds:
        raise CheckpointError(f"{folder / tensor.file}: dtype {tensor.dtype} is none of {', '.join(kinds)}")
    count = int(np.prod(tensor.shape))
    values = np.fromfile(folder / tensor.file, kinds[tensor.dtype], count, offset=tensor.offset)
    if tensor.dtype == "BF16":  # the upper half of a float32
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(np.float32).reshape(tensor.shape)


def _weight_files(folder: Path) -> list[str]:
    """The one file, or the several that an index names."""
    if (folder / WEIGHTS_FILE).exists() or not (folder / WEIGHTS_INDEX).exists():
        return [WEIGHTS_FILE]
    weight_map: Mapping[str, str] = json.loads((folder / WEIGHTS_INDEX).read_text(encoding="utf-8"))["weight_map"]
    return sorted(set(weight_map.values()))


def _read_header(folder: Path, name: str) -> dict[str, StoredTensor]:
    """Read where a safetensors file holds its tensors."""
    with (folder / name).open("rb") as file:
        (length,) = _HEADER_LENGTH.unpack(file.read(_HEADER_LENGTH.size))
        size = (folder / name).stat().st_size
        if length > size:
            raise ValueError(f"{name} is no safetensors file")
        header = json.loads(file.read(length))
    start = _HEADER_LENGTH.size + length
    found = {}
    for key, row in header.items():
        if key != "__metadata__":
            begin, end = row["data_offsets"]
            found[key] = StoredTensor(name, start + begin, end - begin, row["dtype"], tuple(row["shape"]))
            if start + end > size:
                raise ValueError(f"{name} ends before its tensor {key}")
    return found
