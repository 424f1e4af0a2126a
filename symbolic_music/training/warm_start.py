"""Begin with the weights of an older network: rows by token name, layers spread over more layers, matrices widened.

The new network then computes the old one's logits (up to a little noise in what is new), as long as it sees old tokens
only and has as many heads of keys and values; where it has fewer, each is the mean of those that it stands for
(Ainslie et al. 2023), and some training is needed until it is as good again.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from symbolic_music.errors import CheckpointError
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.transformer import Network, load_network
from symbolic_music.tokens.vocabulary import TOKEN_FILE, TOKENS

_EMBEDDING = "model.embed_tokens.weight"
# What a copied layer adds to the residual stream goes through these two; at 0 it adds nothing.
_OUTPUTS = ("self_attn.o_proj.weight", "mlp.down_proj.weight")
_KEYS_AND_VALUES = ("self_attn.k_proj.weight", "self_attn.v_proj.weight")
_LAYER_NAMES = (
    *_OUTPUTS, *_KEYS_AND_VALUES, "self_attn.q_proj.weight", "mlp.gate_proj.weight", "mlp.up_proj.weight",
    "input_layernorm.weight", "post_attention_layernorm.weight",
)  # fmt: skip


def warm_start(network: Network, folder: Path, token_file: Path | None = None) -> str:
    """Fill a network with older weights.

    Parameters
    ----------
    network : Network
        Of this version's vocabulary; as wide as the old one or wider, with heads as wide and as many layers or more.
    folder : Path
        Weights folder (``config.json``, ``model.safetensors``) of the old network.
    token_file : Path, optional
        Its token names, one a line, in the order of ids; by default the folder's ``tokens.txt``.

    Returns
    -------
    str
        What was copied, in a line.

    Raises
    ------
    CheckpointError
        If weights or tokens are missing, do not fit each other or do not fit the network.
    """
    old = load_network(folder)
    old_tokens = read_tokens(token_file or folder / TOKEN_FILE)
    if len(old_tokens) != old.config.vocab_size:
        raise CheckpointError(f"{folder}: {old.config.vocab_size} embeddings, but {len(old_tokens)} token names")
    _check_sizes(network, old, folder)
    source, target = old.state_dict(), network.state_dict()
    rows, n_shared = map_rows(source[_EMBEDDING], old_tokens, TOKENS)
    shrink = (old.config.hidden_size / network.config.hidden_size) ** 0.5
    target[_EMBEDDING] = _beside(rows, target[_EMBEDDING])
    target["model.norm.weight"] = _norm(source["model.norm.weight"], network.config.hidden_size, shrink)
    for layer, (old_layer, is_copy) in enumerate(
        spread_layers(old.config.num_hidden_layers, network.config.num_hidden_layers)
    ):
        for rest in _LAYER_NAMES:
            value = source[f"model.layers.{old_layer}.{rest}"]
            name = f"model.layers.{layer}.{rest}"
            if value.dim() == 1:
                target[name] = _norm(value, network.config.hidden_size, shrink)
                continue
            if rest in _KEYS_AND_VALUES:
                value = pool_heads(value, old.config, network.config)
            if is_copy and rest in _OUTPUTS:
                value = torch.zeros_like(value)
            target[name] = _grown(value, target[name], rest in _OUTPUTS)
    network.load_state_dict(target)
    n_new = network.config.num_hidden_layers - old.config.num_hidden_layers
    return f"{folder}: {n_shared} of {len(TOKENS)} tokens known, {n_new} layers added, {shrink**-2:.2f} times as wide"


def pool_heads(rows: Tensor, old: NetworkConfig, new: NetworkConfig) -> Tensor:
    """Make fewer heads of keys or values: each the mean of the old ones whose queries it serves. rows: (H D, C)."""
    heads = rows.view(old.num_key_value_heads, old.head_width, -1)
    of_query = [head * old.num_key_value_heads // old.num_attention_heads for head in range(old.num_attention_heads)]
    n_served = new.num_attention_heads // new.num_key_value_heads
    pooled = []
    for head in range(new.num_key_value_heads):
        served = [of_query[q] for q in range(head * n_served, (head + 1) * n_served) if q < len(of_query)]
        # A head that serves only new queries begins as the last old one.
        pooled.append(heads[sorted(set(served)) or [-1]].mean(0))
    return torch.cat(pooled)


def _grown(old: Tensor, fresh: Tensor, is_output: bool) -> Tensor:
    """An old matrix in the corner of a larger one; what new parts would add to old channels begins at zero."""
    grown = fresh.clone()
    n_out, n_in = old.shape
    if is_output:
        grown[:n_out, n_in:] = 0.0
    grown[:n_out, :n_in] = old
    return grown


def _beside(rows: Tensor, fresh: Tensor) -> Tensor:
    """Old channels of the embedding beside new ones, which begin small."""
    return torch.cat([rows, 0.25 * fresh[:, rows.shape[1] :]], dim=1)


def _norm(old: Tensor, width: int, shrink: float) -> Tensor:
    """A norm's weights for more channels: silent new channels make the mean square smaller by the same factor."""
    return torch.cat([old, old.mean().expand(width - len(old))]) * shrink


def read_tokens(path: Path) -> list[str]:
    """Read token names, one a line.

    Raises
    ------
    CheckpointError
        If there is no such file; the message says what to do.
    """
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError) as failure:
        hint = "name the file of the old network's tokens with init_tokens"
        raise CheckpointError(f"{path}: no token names ({failure}); {hint}") from None


def spread_layers(n_old: int, n_new: int) -> list[tuple[int, bool]]:
    """Say which old layer each new one comes from, and whether it is an extra copy; extras lie evenly."""
    sources = [layer * n_old // n_new for layer in range(n_new)]
    return [(source, layer > 0 and sources[layer - 1] == source) for layer, source in enumerate(sources)]


def map_rows(rows: Tensor, old_tokens: list[str], new_tokens: tuple[str, ...]) -> tuple[Tensor, int]:
    """Copy embedding rows by token name; unknown tokens begin near the mean of their type, or of all. rows: (n_old, C).

    Returns
    -------
    Tensor, int
        Rows (n_new, C), and how many were known.
    """
    generator = torch.Generator().manual_seed(0)
    row_of = {token: row for row, token in enumerate(old_tokens)}
    noise = torch.randn(len(new_tokens), rows.shape[1], generator=generator)
    # Enough noise to tell new tokens apart, too little to make any of them likely.
    mapped = torch.stack([_kin(rows, old_tokens, token).mean(0) for token in new_tokens]) + 0.1 * rows.std() * noise
    known = [index for index, token in enumerate(new_tokens) if token in row_of]
    mapped[known] = rows[[row_of[new_tokens[index]] for index in known]]
    return mapped, len(known)


def _kin(rows: Tensor, old_tokens: list[str], token: str) -> Tensor:
    """Rows of the old tokens of a token's type, all rows if there is none."""
    kind = token.split("_", 1)[0] + "_"
    own = [row for row, old in enumerate(old_tokens) if old.startswith(kind)]
    return rows[own] if own else rows


def _check_sizes(network: Network, old: Network, folder: Path) -> None:
    """Refuse a network that the old weights do not fit."""
    if network.config.head_width != old.config.head_width:
        raise CheckpointError(
            f"{folder}: heads are {old.config.head_width} wide there and {network.config.head_width} here; set"
            f" hidden_size to {old.config.head_width} times num_attention_heads"
        )
    for name in ("hidden_size", "intermediate_size", "num_hidden_layers"):
        mine, theirs = getattr(network.config, name), getattr(old.config, name)
        if mine < theirs:
            raise CheckpointError(f"{folder}: {name} is {theirs} there, more than the {mine} here; set {name}={theirs}")
