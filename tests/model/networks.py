"""Small networks with random weights, written as trained ones are, without torch."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from symbolic_music.model.network_config import NetworkConfig


def random_weights(config: NetworkConfig, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of every name that a Llama-type network has, input and output embeddings tied."""
    width, inner = config.hidden_size, config.intermediate_size
    shared = config.num_key_value_heads * config.head_width
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (config.vocab_size, width)}
    for layer in range(config.num_hidden_layers):
        at = f"model.layers.{layer}."
        shapes |= {f"{at}self_attn.{name}_proj.weight": (size, width) for name, size in
                   (("q", width), ("k", shared), ("v", shared), ("o", width))}  # fmt: skip
        shapes |= {f"{at}mlp.{name}_proj.weight": (inner, width) for name in ("gate", "up")}
        shapes |= {f"{at}mlp.down_proj.weight": (width, inner)}
        shapes |= {f"{at}{name}_layernorm.weight": (width,) for name in ("input", "post_attention")}
    shapes["model.norm.weight"] = (width,)
    rng = np.random.default_rng(seed)
    # Matrices keep the size of what they multiply, so that every layer matters; norms are near 1.
    return {
        name: (rng.normal(size=shape) / np.sqrt(shape[1]) if len(shape) > 1 else rng.uniform(0.5, 1.5, shape)).astype(
            np.float32
        )
        for name, shape in shapes.items()
    }


def write_network(config: NetworkConfig, folder: Path, seed: int = 0, **extra: np.ndarray) -> dict[str, np.ndarray]:
    """Write a random network's folder; returns its weights. ``extra`` are further tensors."""
    weights = random_weights(config, seed) | extra
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(asdict(config)), encoding="utf-8")
    return weights
