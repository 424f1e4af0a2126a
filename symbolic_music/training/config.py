"""What a training run is told: one file, every field with its meaning."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from symbolic_music.errors import InputError


@dataclass(frozen=True)
class TrainConfig:
    """Options of ``python -m symbolic_music.training``."""

    shard: str = "shards/phrases.npz"  # examples made by data_prep.examples
    run: str = "runs/phrases"  # folder of checkpoints and log
    hidden_size: int = 192
    intermediate_size: int = 512
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    dropout: float = 0.05  # on residual branches
    condition_dropout: float = 0.15  # how often a condition is replaced by its unspecified value
    learning_rate: float = 1.5e-3
    warmup_steps: int = 150
    total_steps: int = 6000  # the cosine ends here
    tokens_per_batch: int = 8192
    lengths: tuple[int, ...] = (64, 128, 256, 512)  # few shapes: CPU kernels are set up anew for each
    part_weights: tuple[tuple[str, float], ...] = (("chords", 0.6), ("melody", 1.0), ("piano", 0.5))
    validate_every: int = 250
    save_every_sec: float = 120.0
    max_minutes: float = 600.0  # stop and save after this time
    ema: float = 0.998
    seed: int = 0
    device: str = "cpu"
    threads: int = 2

    def __post_init__(self) -> None:
        if self.hidden_size % self.num_attention_heads:
            raise InputError("hidden_size must be a multiple of num_attention_heads")


def load_config(path: Path | None, overrides: dict[str, str]) -> TrainConfig:
    """Read a TOML file and apply ``name=value`` overrides.

    Raises
    ------
    InputError
        If a name is not an option (lists those that are), a value does not fit, or the file cannot be read.
    """
    values = _read_options(path) if path else {}
    known = {field.name: field for field in fields(TrainConfig)}
    for name, text in overrides.items():
        if name not in known:
            raise InputError(f"{name!r} is not a training option; use one of {', '.join(known)}")
        values[name] = _parse_value(name, text, known[name].default)
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise InputError(f"{path}: {unknown[0]!r} is not a training option; use one of {', '.join(known)}")
    if "part_weights" in values:
        values["part_weights"] = tuple((str(k), float(w)) for k, w in dict(values["part_weights"]).items())
    if "lengths" in values:
        values["lengths"] = tuple(values["lengths"])
    return TrainConfig(**values)


def _read_options(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise InputError(f"{path}: not a readable TOML file: {failure}") from None


def _parse_value(name: str, text: str, default: object) -> int | float | str:
    """Read an override as the type of the option's default."""
    if not isinstance(default, (int, float, str)):
        raise InputError(f"{name} holds several values; set it in the TOML file")
    try:
        return type(default)(text)
    except ValueError:
        raise InputError(f"{name}={text!r}: write {'a whole' if isinstance(default, int) else 'a'} number") from None
