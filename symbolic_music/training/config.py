"""What a training run is told: one file, every field with its meaning."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from symbolic_music.errors import InputError

_TABLES = ("part_weights", "job_weights")
_LISTS = {"shards": str, "lengths": int}


@dataclass(frozen=True)
class TrainConfig:
    """Options of ``python -m symbolic_music.training``.

    How many processes, GPUs and machines there are is not said here: that is ``accelerate launch``'s part.
    """

    shards: tuple[str, ...] = ("shards/phrases.npz",)  # examples made by data_prep, all read as one set
    run: str = "runs/phrases"  # folder of checkpoints and logs
    init: str = ""  # weights folder of an older network to begin with
    init_tokens: str = ""  # its token names, one a line, where the folder has no tokens.txt
    hidden_size: int = 192
    intermediate_size: int = 512
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    num_key_value_heads: int = 0  # 0: as many as heads
    dropout: float = 0.05  # on residual branches
    condition_dropout: bool = True  # whether conditions are left open at random
    muon_rate: float = 0.02  # of the matrices, by Muon; 0: everything by AdamW
    weight_decay: float = 0.1
    learning_rate: float = 3e-3  # of embeddings and norms, by AdamW
    warmup_steps: int = 100
    total_steps: int = 6000
    decay_steps: int = 0  # the last so many steps fall to nothing on a line; 0: a cosine over all steps
    max_minutes: float = 0.0  # if over 0: the run ends after this much training time at the latest
    tokens_per_batch: int = 8192  # padding included; of one process and one pass
    accumulation: int = 1  # passes whose gradients make one step
    # Few shapes, since CPU kernels are set up anew for each; enough of them that little is padding.
    lengths: tuple[int, ...] = (64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512)
    part_weights: tuple[tuple[str, float], ...] = (("chords", 0.6), ("melody", 1.0), ("piano", 0.5))
    job_weights: tuple[tuple[str, float], ...] = ()  # empty: all jobs alike; else jobs not listed are left out
    validate_every: int = 250
    validation_examples: int = 300  # at most so many of a part and job
    patience: int = 0  # stop after so many validations without a better one; 0: never
    save_every_sec: float = 120.0
    ema: float = 0.998
    mixed_precision: str = "bf16"  # no, bf16 or fp16; empty: what accelerate launch says
    seed: int = 0
    threads: int = 2  # of each process

    def __post_init__(self) -> None:
        if self.hidden_size % self.num_attention_heads:
            raise InputError("hidden_size must be a multiple of num_attention_heads")
        if self.num_key_value_heads and self.num_attention_heads % self.num_key_value_heads:
            raise InputError("num_attention_heads must be a multiple of num_key_value_heads")
        if self.tokens_per_batch < max(self.lengths):
            raise InputError(f"tokens_per_batch must be at least the longest of lengths, {max(self.lengths)}")
        for name in ("accumulation", "validate_every", "validation_examples", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1")
        if self.mixed_precision not in ("", "no", "bf16", "fp16"):
            raise InputError(f"mixed_precision={self.mixed_precision!r}: use no, bf16 or fp16")


def load_config(path: Path | None, overrides: dict[str, str]) -> TrainConfig:
    """Read a TOML file and apply ``name=value`` overrides (lists are written ``name=a,b``).

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
    for name in _TABLES:
        if name in values:
            values[name] = _weights(name, values[name])
    for name in _LISTS:
        if name in values:
            values[name] = tuple(values[name])
    return TrainConfig(**values)


def _weights(name: str, table: Any) -> tuple[tuple[str, float], ...]:
    """Read a table of weights."""
    try:
        weights = tuple((str(key), float(weight)) for key, weight in dict(table).items())
    except (TypeError, ValueError):
        raise InputError(f"[{name}] must be a table of names and numbers") from None
    if any(weight < 0 for _, weight in weights):
        raise InputError(f"[{name}]: a weight must not be negative")
    return weights


def _read_options(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise InputError(f"{path}: not a readable TOML file: {failure}") from None


def _parse_value(name: str, text: str, default: object) -> int | float | str | tuple[int | str, ...]:
    """Read an override as the type of the option's default."""
    if name in _TABLES:
        raise InputError(f"{name} is a table; set it in the TOML file")
    kind = _LISTS.get(name, type(default))
    if kind is bool:
        return text.lower() in ("1", "true", "yes")
    try:
        if name in _LISTS:
            return tuple(kind(item) for item in text.split(","))  # type: ignore[call-overload]
        return kind(text)  # type: ignore[no-any-return, call-overload]
    except ValueError:
        raise InputError(f"{name}={text!r}: write {'a whole' if kind is int else 'a'} number") from None
