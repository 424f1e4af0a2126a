"""The graph that decoding runs: rows that share what they began with, as ONNX.

A row's keys and values lie in two places: those of its prefix, which several rows share and which is attended to for
all of them by one product, and its own. Compared with one cache a row (``onnx_graph``), nothing is copied when eight
candidates begin with one prefix, and attention reads the prefix once for all of them.

Inputs, R rows of S new ids each, P prefixes, M the most new ids over one prefix, H key-value heads of width D:

``ids``, ``places`` (R, S) the new ids and their positions in the sequence, ``kept`` (K) which of the S steps to give
logits for, ``slots`` (R, H, 1, S, 4) where their keys go in the rows' own memory, ``of_prefix`` (P, M, 2) which (row,
step) asks each prefix, ``in_prefix`` (R, S, 2) the reverse, ``rooms`` (2) lengths of the two memories, ``bias``
(R, S, 1, 1, both rooms) 0 where a step sees a place and minus infinity where not, and for every layer
``prefix_key_0`` … (P, H, 1, prefix room, D) and ``past_key_0`` … (R, H, 1, own room, D), bound to the same memory as
``present_key_0`` …, where the new keys are written in place. Output ``logits`` (R, K, vocabulary).

The queries are scaled by their matrix, since products with a factor of their own run on a slower path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from symbolic_music.model import onnx_format as onnx
from symbolic_music.model.network_config import NetworkConfig, StoredTensor
from symbolic_music.model.onnx_graph import MICROSOFT, Ends, GraphBuilder

# Axes of queries and of what was attended: (R, S, H, group, D) ↔ (R, H, group, S, D).
_HEADS_FIRST, _STEPS_FIRST = (0, 2, 3, 1, 4), (0, 3, 1, 2, 4)


def build_rows_graph(config: NetworkConfig, tensors: Mapping[str, StoredTensor]) -> bytes:
    """Write the graph; parameters, result and errors as ``onnx_graph.build_graph``."""
    return GraphBuilder(config, tensors).build(_shared_attention, _ends(config))


def _shared_attention(builder: GraphBuilder, layer: int, normal: str) -> str:
    """Attention to the prefixes, each asked by all its rows at once, and to the rows' own ids, under one softmax."""
    at = f"model.layers.{layer}.self_attn."
    queries = _queries(builder, layer, normal)  # (R, S, H, group, D)
    asked = _to_prefixes(builder, queries, f"{at}asked")
    scores = builder.node("FusedMatMul", [asked, f"prefix_key_{layer}"], f"{at}scores", MICROSOFT, transB=1)
    scores = _to_rows(builder, scores, f"{at}scores")
    own = builder.node("Transpose", [queries], f"{at}own", perm=_HEADS_FIRST)
    own = builder.node("FusedMatMul", [own, f"present_key_{layer}"], f"{at}own_scores", MICROSOFT, transB=1)
    own = builder.node("Transpose", [own], f"{at}own_by_row", perm=_STEPS_FIRST)
    joined = builder.node("Concat", [scores, own], f"{at}both", axis=-1)
    seen = builder.node("Add", [joined, "bias"], f"{at}seen")
    shares = builder.node("Softmax", [seen], f"{at}shares", axis=-1)
    parts = [f"{at}prefix_shares", f"{at}own_shares"]
    builder.nodes.append(onnx.node("Split", [shares, "rooms"], parts, axis=-1))
    heard = builder.node("MatMul", [_to_prefixes(builder, parts[0], parts[0]), f"prefix_value_{layer}"], f"{at}heard")
    heard = _to_rows(builder, heard, f"{at}heard")
    own = builder.node("Transpose", [parts[1]], f"{at}own_first", perm=_HEADS_FIRST)
    own = builder.node("MatMul", [own, f"present_value_{layer}"], f"{at}own_heard")
    own = builder.node("Transpose", [own], f"{at}own_heard_by_row", perm=_STEPS_FIRST)
    total = builder.node("Add", [heard, own], f"{at}attended")
    return builder.node("Reshape", [total, _sizes(builder, "width", [0, 0, -1])], f"{at}flat")


def _queries(builder: GraphBuilder, layer: int, normal: str) -> str:
    """Turn the input to queries; keys and values go to the rows' own memory on the way."""
    config, at = builder.config, f"model.layers.{layer}.self_attn."
    width, heads, head = config.hidden_size, config.num_key_value_heads, config.head_width
    shared = heads * head
    factor = builder.joined_projections(layer, head**-0.5)
    both = builder.node("MatMul", [normal, factor], f"{at}queries_keys_values")
    parts = [f"{at}queries_keys", f"{at}values"]
    builder.nodes.append(
        onnx.node("Split", [both, _sizes(builder, "keys_values", [width + shared, shared])], parts, axis=-1)
    )
    turned = builder.node("RotaryEmbedding", [parts[0], "places", "cosines", "sines"], f"{at}turned", MICROSOFT)
    queries, keys = f"{at}queries", f"{at}keys"
    builder.nodes.append(
        onnx.node("Split", [turned, _sizes(builder, "queries_keys", [width, shared])], [queries, keys], axis=-1)
    )
    for name, new in (("key", keys), ("value", parts[1])):
        by_head = builder.node("Reshape", [new, _sizes(builder, "new_heads", [0, 0, heads, 1, head])], f"{new}.heads")
        first = builder.node("Transpose", [by_head], f"{new}.first", perm=_HEADS_FIRST)
        builder.node("ScatterND", [f"past_{name}_{layer}", "slots", first], f"present_{name}_{layer}")
    groups = config.num_attention_heads // heads
    return builder.node("Reshape", [queries, _sizes(builder, "groups", [0, 0, heads, groups, head])], f"{at}grouped")


def _to_prefixes(builder: GraphBuilder, values: str, name: str) -> str:
    """From (R, S, H, group, N) to (P, H, group, M, N): what all rows of each prefix ask."""
    gathered = builder.node("GatherND", [values, "of_prefix"], f"{name}.by_prefix")
    return builder.node("Transpose", [gathered], f"{name}.prefix_first", perm=_HEADS_FIRST)


def _to_rows(builder: GraphBuilder, values: str, name: str) -> str:
    """From (P, H, group, M, N) back to (R, S, H, group, N)."""
    by_prefix = builder.node("Transpose", [values], f"{name}.steps_first", perm=_STEPS_FIRST)
    return builder.node("GatherND", [by_prefix, "in_prefix"], f"{name}.by_row")


def _sizes(builder: GraphBuilder, name: str, sizes: Sequence[int]) -> str:
    """Sizes as a constant, written once."""
    if name not in builder.given:
        builder.given.add(name)
        builder.constant(name, np.array(sizes, dtype=np.int64))
    return name


def _ends(config: NetworkConfig) -> Ends:
    """Inputs and outputs."""
    heads, head = config.num_key_value_heads, config.head_width
    own: list[int | str] = ["R", heads, 1, "own", head]
    prefix: list[int | str] = ["P", heads, 1, "prefix", head]
    names = [f"{name}_{layer}" for layer in range(config.num_hidden_layers) for name in ("key", "value")]
    inputs = [
        onnx.value("ids", onnx.INT64, ["R", "S"]),
        onnx.value("places", onnx.INT64, ["R", "S"]),
        onnx.value("kept", onnx.INT64, ["K"]),
        onnx.value("slots", onnx.INT64, ["R", heads, 1, "S", 4]),
        onnx.value("of_prefix", onnx.INT64, ["P", "M", 2]),
        onnx.value("in_prefix", onnx.INT64, ["R", "S", 2]),
        onnx.value("rooms", onnx.INT64, [2]),
        onnx.value("bias", onnx.FLOAT, ["R", "S", 1, 1, "both"]),
        *(onnx.value(f"prefix_{name}", onnx.FLOAT, prefix) for name in names),
        *(onnx.value(f"past_{name}", onnx.FLOAT, own) for name in names),
    ]
    outputs = [
        onnx.value("logits", onnx.FLOAT, ["R", "K", config.vocab_size]),
        *(onnx.value(f"present_{name}", onnx.FLOAT, own) for name in names),
    ]
    return inputs, outputs
