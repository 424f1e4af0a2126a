"""The network: a Llama-type decoder a reader can see whole, with a key-value cache.

Parameter names are those of ``transformers.LlamaForCausalLM``, so its
``from_pretrained`` reads the same file and gives the same logits (tested).
Shapes: B sequences, T steps, C width, H heads, D width of a head.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from symbolic_music.errors import CheckpointError


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

    @property
    def head_width(self) -> int:
        """Width of one head."""
        return self.hidden_size // self.num_attention_heads


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


class Cache:
    """Keys and values of ``n_rows`` sequences that were padded on the left."""

    def __init__(self, is_token: Tensor, n_layers: int) -> None:
        self.is_token = is_token  # (B, T) False on padding
        self.keys: list[Tensor | None] = [None] * n_layers
        self.values: list[Tensor | None] = [None] * n_layers

    def extend(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Append this step's keys and values and return all."""
        old_k, old_v = self.keys[layer], self.values[layer]
        if old_k is not None and old_v is not None:
            k, v = torch.cat([old_k, k], dim=2), torch.cat([old_v, v], dim=2)
        self.keys[layer], self.values[layer] = k, v
        return k, v

    def mask(self, n_new: int) -> Tensor:
        """Which keys each new step may see, (B, 1, n_new, T)."""
        T = self.is_token.shape[1]
        causal = torch.ones(n_new, T, dtype=torch.bool).tril(T - n_new)
        seen = self.is_token[:, None, None, :] & causal
        # A padding row sees itself, so that no softmax is over nothing.
        return seen | torch.eye(T, dtype=torch.bool)[T - n_new :][None, None]

    def append_step(self) -> None:
        """Make room for one more token in every row."""
        self.is_token = torch.cat([self.is_token, torch.ones(len(self.is_token), 1, dtype=torch.bool)], dim=1)

    def keep_rows(self, rows: Tensor) -> None:
        """Drop finished sequences."""
        self.is_token = self.is_token[rows]
        self.keys = [None if k is None else k[rows] for k in self.keys]
        self.values = [None if v is None else v[rows] for v in self.values]


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
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    tensors = {name: tensor.detach().to(torch.bfloat16).contiguous() for name, tensor in network.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt", **(extra or {})})


def load_network(folder: Path, vocab_size: int | None = None) -> Network:
    """Read a network for decoding, in float32.

    Raises
    ------
    CheckpointError
        If files are missing or broken, or the vocabulary has another size.
    """
    try:
        stored = json.loads((folder / "config.json").read_text())
        fields = NetworkConfig.__dataclass_fields__
        config = NetworkConfig(**{name: stored[name] for name in fields if name in stored})
        tensors = _load_tensors(folder)
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as failure:
        raise CheckpointError(f"{folder}: no usable weights: {failure}") from None
    if vocab_size is not None and config.vocab_size != vocab_size:
        raise CheckpointError(f"{folder}: made for {config.vocab_size} tokens, this version has {vocab_size}")
    network = Network(config)
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except RuntimeError as failure:
        reason = str(failure).splitlines()[0]
        raise CheckpointError(f"{folder}: weights do not fit the configuration: {reason}") from None
    return network.eval()


def _load_tensors(folder: Path) -> dict[str, Tensor]:
    """Read one safetensors file, or the several that an index names."""
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").exists() or not index.exists():
        return load_file(folder / "model.safetensors")
    names = sorted(set(json.loads(index.read_text())["weight_map"].values()))
    return {key: tensor for name in names for key, tensor in load_file(folder / name).items()}
