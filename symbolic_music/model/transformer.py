"""The network in torch: a Llama-type decoder a reader can see whole.

It is what training changes and what the other engine is measured by.

Parameter names are those of ``transformers.LlamaForCausalLM``, so its
``from_pretrained`` reads the same file and gives the same logits (tested).
Shapes: B sequences, T steps, C width, H heads, D width of a head.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from symbolic_music.errors import CheckpointError
from symbolic_music.model.network_config import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    NetworkConfig,
    locate_tensors,
    read_config,
    read_tensor,
)


class Cache(Protocol):
    """Keys and values of steps read before."""

    def extend(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Append this step's keys and values (B, key-value heads, T, D) and return all."""

    def mask(self, n_new: int) -> Tensor:
        """Which keys each new step may see, (B, 1, n_new, T), True for yes."""


class RMSNorm(nn.Module):
    """Root-mean-square normalisation."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.eps)


class Attention(nn.Module):
    """Causal self-attention with rotary positions."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width, head_width = config.hidden_size, config.head_width
        self.head_width, self.n_shared = head_width, config.num_attention_heads // config.num_key_value_heads
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, config.num_key_value_heads * head_width, bias=False)
        self.v_proj = nn.Linear(width, config.num_key_value_heads * head_width, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, rotary: tuple[Tensor, Tensor], cache: Cache | None, layer: int) -> Tensor:
        B, T, C = x.shape
        q, k, v = (
            projection(x).view(B, T, -1, self.head_width).transpose(1, 2)  # (B, H or key-value heads, T, D)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = rotate(q, *rotary), rotate(k, *rotary)
        mask = None
        if cache is not None:
            k, v = cache.extend(layer, k, v)
            mask = cache.mask(T)
        if self.n_shared > 1:  # written out: the fused CPU kernel wants as many key heads as query heads
            k, v = k.repeat_interleave(self.n_shared, dim=1), v.repeat_interleave(self.n_shared, dim=1)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=cache is None)
        return self.o_proj(out.transpose(1, 2).reshape(B, T, C))


class MLP(nn.Module):
    """Gated feed-forward layer (SwiGLU)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """One layer."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.self_attn = Attention(config)
        self.mlp = MLP(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self, x: Tensor, rotary: tuple[Tensor, Tensor], cache: Cache | None, layer: int, dropout: float
    ) -> Tensor:
        # Dropout stands on the residual branches: inside attention it would switch off the fused CPU kernel.
        x = x + F.dropout(self.self_attn(self.input_layernorm(x), rotary, cache, layer), dropout, self.training)
        return x + F.dropout(self.mlp(self.post_attention_layernorm(x)), dropout, self.training)


class Decoder(nn.Module):
    """Embedding, layers, final norm."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)


class Network(nn.Module):
    """Token ids (B, T) to logits (B, T, vocab); input and output embeddings are tied."""

    def __init__(self, config: NetworkConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config, self.dropout = config, dropout
        self.model = Decoder(config)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                scale = 0.02 / (2 * config.num_hidden_layers) ** 0.5 if "o_proj" in name or "down" in name else 0.02
                nn.init.normal_(parameter, std=scale)

    def forward(self, ids: Tensor, positions: Tensor | None = None, cache: Cache | None = None) -> Tensor:
        return self.logits(self.hidden(ids, positions, cache))

    def hidden(self, ids: Tensor, positions: Tensor | None = None, cache: Cache | None = None) -> Tensor:
        """Run the layers; ``positions`` (B, T) default to 0, 1, 2 …"""
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)[None]
        rotary = rotary_tables(positions, self.config)
        x = self.model.embed_tokens(ids)
        for number, layer in enumerate(self.model.layers):
            x = layer(x, rotary, cache, number, self.dropout)
        return self.model.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Project hidden states to the vocabulary."""
        return F.linear(hidden, self.model.embed_tokens.weight)


def rotary_tables(positions: Tensor, config: NetworkConfig) -> tuple[Tensor, Tensor]:
    """Cosines and sines for rotary positions, each (B, 1, T, D)."""
    D = config.head_width
    frequencies = config.rope_theta ** (-torch.arange(0, D, 2, device=positions.device).float() / D)
    angles = positions[:, None, :, None].float() * frequencies
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate query or key halves by their positions."""
    half = x.shape[-1] // 2
    turned = torch.cat([-x[..., half:], x[..., :half]], dim=-1)
    return x * cos.to(x.dtype) + turned * sin.to(x.dtype)


def save_network(network: Network, folder: Path, extra: dict[str, str] | None = None) -> None:
    """Write config.json (Llama) and model.safetensors in bf16."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "tie_word_embeddings": True,
              "hidden_act": "silu",
              "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "torch_dtype": "bfloat16",
              **asdict(network.config)}  # fmt: skip
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    tensors = {name: tensor.detach().to(torch.bfloat16).contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS_FILE, metadata={"format": "pt", **(extra or {})})


def load_network(folder: Path, vocab_size: int | None = None) -> Network:
    """Read a network for decoding, in float32.

    Raises
    ------
    CheckpointError
        If files are missing or broken, or the vocabulary has another size.
    """
    config = read_config(folder, vocab_size)
    tensors = {name: torch.from_numpy(read_tensor(folder, place)) for name, place in locate_tensors(folder).items()}
    network = Network(config)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as failure:
        reason = str(failure).splitlines()[0]
        raise CheckpointError(f"{folder}: weights do not fit the configuration: {reason}") from None
    return network.eval()
