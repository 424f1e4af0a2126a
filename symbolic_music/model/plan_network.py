"""The plan network in torch, for training: a small decoder-only transformer over ids. It knows no music.

Shapes in comments: B sequences, T steps, C channels, H heads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbolic_music.model.plan_decoder import PlanNetworkConfig


class PlanBlock(nn.Module):
    """Attention and a feed-forward layer, each on a normalised input."""

    def __init__(self, config: PlanNetworkConfig) -> None:
        super().__init__()
        channels = config.n_channels
        self.n_heads = config.n_heads
        self.attention_norm = nn.LayerNorm(channels)
        self.attention_in = nn.Linear(channels, 3 * channels, bias=False)
        self.attention_out = nn.Linear(channels, channels, bias=False)
        self.feed_norm = nn.LayerNorm(channels)
        self.feed_in = nn.Linear(channels, 4 * channels)
        self.feed_out = nn.Linear(4 * channels, channels)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Run the block. x: (B, T, C)."""
        B, T, C = x.shape
        heads = self.attention_in(self.attention_norm(x)).view(B, T, 3, self.n_heads, C // self.n_heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, C / H)
        # No dropout inside attention: it would switch off the fused CPU kernel.
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.dropout(self.attention_out(mixed.transpose(1, 2).reshape(B, T, C)))
        fed = self.feed_out(F.gelu(self.feed_in(self.feed_norm(x))))
        return x + self.dropout(fed)


class PlanNetwork(nn.Module):
    """Ids to logits of the next id; the output layer is the embedding transposed."""

    def __init__(self, config: PlanNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.n_ids, config.n_channels)
        self.position = nn.Embedding(config.max_steps, config.n_channels)
        self.blocks = nn.ModuleList(PlanBlock(config) for _ in range(config.n_layers))
        self.norm = nn.LayerNorm(config.n_channels)
        self.dropout = nn.Dropout(config.dropout)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        """Compute logits. ids: (B, T) -> (B, T, n_ids)."""
        steps = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.embedding(ids) + self.position(steps))
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.embedding.weight.T

    @property
    def n_parameters(self) -> int:
        """Count the trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())
