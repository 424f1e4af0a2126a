"""Begin with the weights of an older network: rows by token name, layers spread over more layers.

The new network then computes the old one's logits exactly, as long as it sees old tokens only.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from symbolic_music.errors import CheckpointError
from symbolic_music.model.transformer import Network, load_network
from symbolic_music.tokens.vocabulary import TOKENS

TOKEN_FILE = "tokens.txt"
_EMBEDDING = "model.embed_tokens.weight"
# What a copied layer adds to the residual stream goes through these two; at 0 it adds nothing.
_OUTPUTS = ("self_attn.o_proj.weight", "mlp.down_proj.weight")


def warm_start(network: Network, folder: Path, token_file: Path | None = None) -> str:
    """Fill a network with older weights.

    Parameters
    ----------
    network : Network
        Of this version's vocabulary; as wide as the old one, with as many layers or more.
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
    source = old.state_dict()
    target = dict(source)
    target[_EMBEDDING], n_shared = map_rows(source[_EMBEDDING], old_tokens, TOKENS)
    n_layers = network.config.num_hidden_layers
    for name in [name for name in target if name.startswith("model.layers.")]:
        del target[name]
    for layer, (old_layer, is_copy) in enumerate(spread_layers(old.config.num_hidden_layers, n_layers)):
        prefix = f"model.layers.{old_layer}."
        for name in [name for name in source if name.startswith(prefix)]:
            rest = name.removeprefix(prefix)
            is_silent = is_copy and rest in _OUTPUTS
            target[f"model.layers.{layer}.{rest}"] = torch.zeros_like(source[name]) if is_silent else source[name]
    network.load_state_dict(target)
    n_new = n_layers - old.config.num_hidden_layers
    return f"{folder}: {n_shared} of {len(TOKENS)} tokens known, {n_new} layers added"


def read_tokens(path: Path) -> list[str]:
    """Read token names, one a line."""
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
    for name in ("hidden_size", "intermediate_size", "num_attention_heads"):
        mine, theirs = getattr(network.config, name), getattr(old.config, name)
        if mine != theirs:
            raise CheckpointError(f"{folder}: {name} is {theirs} there and {mine} here; set {name}={theirs}")
    mine, theirs = network.config.num_hidden_layers, old.config.num_hidden_layers
    if mine < theirs:
        raise CheckpointError(
            f"{folder}: has {theirs} layers, more than the {mine} here; set num_hidden_layers={theirs}"
        )
