"""The graph that decoding runs: rows that share what they began with, as ONNX.

A row's keys and values lie in two places: those of its prefix, which several rows share and which is attended to for
all of them by one product, and its own. Compared with one cache a row (``onnx_graph``), nothing is copied when eight
candidates begin with one prefix, and attention reads the prefix once for all of them.

Inputs, R rows of S new ids each, P prefixes, M the most new ids over one prefix, H key-value heads of width D, G query
heads to each of them:

``ids`` (R, S) the new ids, ``turns`` (R x S, heads) how far each head of each is turned: its position in the sequence,
0 for values, ``by_head`` (5) the shape R, S, all heads, 1, D, ``kept`` (K) which of the S steps to give logits for,
``slots`` (R, H, 1, S, 4) where their keys go in the rows' own memory, ``of_prefix`` (P, H, G, M, 4) which (row, head,
query, step) asks each prefix, ``in_prefix`` (R, H, G, S, 4) the reverse, ``rooms`` (2) lengths of the two memories,
``bias`` (R, 1, 1, S, both rooms) 0 where a step sees a place and minus infinity where not, and for every layer
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

# Axes of queries and of what was attended: (R, S, H, G, D) ↔ (R, H, G, S, D).
_HEADS_FIRST, _STEPS_FIRST = (0, 2, 3, 1, 4), (0, 3, 1, 2, 4)


def build_rows_graph(config: NetworkConfig, tensors: Mapping[str, StoredTensor]) -> bytes:
    """Write the graph; parameters, result and errors as ``onnx_graph.build_graph``."""
    return GraphBuilder(config, tensors).build(_shared_attention, _ends(config))


def _shared_attention(builder: GraphBuilder, layer: int, normal: str) -> str:
    """Attention to the prefixes, each asked by all its rows at once, and to the rows' own ids, under one softmax."""
    at = f"model.layers.{layer}.self_attn."
    queries = _queries(builder, layer, normal)  # (R, H, G, S, D)
    asked = builder.node("GatherND", [queries, "of_prefix"], f"{at}asked")  # (P, H, G, M, D)
    scores = builder.node("FusedMatMul", [asked, f"prefix_key_{layer}"], f"{at}prefix_scores", MICROSOFT, transB=1)
    scores = builder.node("GatherND", [scores, "in_prefix"], f"{at}scores")
    own = builder.node("FusedMatMul", [queries, f"present_key_{layer}"], f"{at}own_scores", MICROSOFT, transB=1)
    joined = builder.node("Concat", [scores, own], f"{at}both", axis=-1)
    seen = builder.node("Add", [joined, "bias"], f"{at}seen")
    shares = builder.node("Softmax", [seen], f"{at}shares", axis=-1)
    parts = [f"{at}prefix_shares", f"{at}own_shares"]
    builder.nodes.append(onnx.node("Split", [shares, "rooms"], parts, axis=-1))
    asking = builder.node("GatherND", [parts[0], "of_prefix"], f"{at}asking")
    heard = builder.node("MatMul", [asking, f"prefix_value_{layer}"], f"{at}prefix_heard")
    heard = builder.node("GatherND", [heard, "in_prefix"], f"{at}heard")
    own = builder.node("MatMul", [parts[1], f"present_value_{layer}"], f"{at}own_heard")
    total = builder.node("Add", [heard, own], f"{at}attended")
    steps = builder.node("Transpose", [total], f"{at}steps_first", perm=_STEPS_FIRST)
    return builder.node("Reshape", [steps, _sizes(builder, "width", [0, 0, -1])], f"{at}flat")


def _queries(builder: GraphBuilder, layer: int, normal: str) -> str:
    """Turn the input to queries; keys and values go to the rows' own memory on the way.

    Values are turned with the others, by nothing: that is one operation less than to part them before.
    """
    config, at = builder.config, f"model.layers.{layer}.self_attn."
    asking, shared, head = config.num_attention_heads, config.num_key_value_heads, config.head_width
    joined = builder.node("MatMul", [normal, builder.joined_projections(layer, head**-0.5)], f"{at}joined_heads")
    heads = builder.node("Reshape", [joined, _sizes(builder, "heads", [-1, asking + 2 * shared, head])], f"{at}heads")
    turned = builder.node("RotaryEmbedding", [heads, "turns", "cosines", "sines"], f"{at}turned", MICROSOFT)
    steps = builder.node("Reshape", [turned, "by_head"], f"{at}by_step")
    first = builder.node("Transpose", [steps], f"{at}by_head", perm=_HEADS_FIRST)
    parts = [f"{at}queries", f"{at}keys", f"{at}values"]
    counts = _sizes(builder, "head_counts", [asking, shared, shared])
    builder.nodes.append(onnx.node("Split", [first, counts], parts, axis=1))
    for name, new in (("key", parts[1]), ("value", parts[2])):
        builder.node("ScatterND", [f"past_{name}_{layer}", "slots", new], f"present_{name}_{layer}")
    if asking == shared:
        return parts[0]
    groups = _sizes(builder, "groups", [0, shared, asking // shared, -1, head])
    return builder.node("Reshape", [parts[0], groups], f"{at}grouped")


def _sizes(builder: GraphBuilder, name: str, sizes: Sequence[int]) -> str:
    """Sizes as a constant, written once."""
    if name not in builder.given:
        builder.given.add(name)
        builder.constant(name, np.array(sizes, dtype=np.int64))
    return name


def _ends(config: NetworkConfig) -> Ends:
    """Inputs and outputs."""
    asking, heads, head = config.num_attention_heads, config.num_key_value_heads, config.head_width
    groups = asking // heads
    own: list[int | str] = ["R", heads, 1, "own", head]
    prefix: list[int | str] = ["P", heads, 1, "prefix", head]
    names = [f"{name}_{layer}" for layer in range(config.num_hidden_layers) for name in ("key", "value")]
    inputs = [
        onnx.value("ids", onnx.INT64, ["R", "S"]),
        onnx.value("turns", onnx.INT64, ["RS", asking + 2 * heads]),
        onnx.value("by_head", onnx.INT64, [5]),
        onnx.value("kept", onnx.INT64, ["K"]),
        onnx.value("slots", onnx.INT64, ["R", heads, 1, "S", 4]),
        onnx.value("of_prefix", onnx.INT64, ["P", heads, groups, "M", 4]),
        onnx.value("in_prefix", onnx.INT64, ["R", heads, groups, "S", 4]),
        onnx.value("rooms", onnx.INT64, [2]),
        onnx.value("bias", onnx.FLOAT, ["R", 1, 1, "S", "both"]),
        *(onnx.value(f"prefix_{name}", onnx.FLOAT, prefix) for name in names),
        *(onnx.value(f"past_{name}", onnx.FLOAT, own) for name in names),
    ]
    outputs = [
        onnx.value("logits", onnx.FLOAT, ["R", "K", config.vocab_size]),
        *(onnx.value(f"present_{name}", onnx.FLOAT, own) for name in names),
    ]
    return inputs, outputs
