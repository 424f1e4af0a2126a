"""The phrase network as an ONNX graph of a few kilobytes; its weights stay in the safetensors files.

Every weight is an initializer whose numbers lie in the safetensors file beside the graph, cast to float32, joined and
transposed by nodes that the runtime computes once, when it loads. So weights lie on disk once, for both engines.

One graph serves the prefix of a sequence and every later step. Inputs, B sequences of S new tokens each:

``ids`` (B, S), ``kept`` (K) which of the S steps to give logits for, ``seen`` (B) tokens of each sequence with the new
ones, less one, ``longest`` (1) the largest of these plus one, and for every layer ``past_key_0`` … (B, key-value heads,
room, head width), bound to the same memory as ``present_key_0`` …, where the new keys are written in place.
Output ``logits`` (B, K, vocabulary).

Operators of the domain ``com.microsoft``: ``GroupQueryAttention`` with the rotary positions inside (rotate-half, as in
Llama), ``SkipSimplifiedLayerNormalization`` (a residual added and normalised at once), ``QuickGelu`` with alpha 1
(the gate's SiLU).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from symbolic_music.errors import CheckpointError
from symbolic_music.model import onnx_format as onnx
from symbolic_music.model.network_config import NetworkConfig, StoredTensor

# Beside the weights, for others: the engine writes the graph anew when it loads, so that it fits whatever lies there.
GRAPH_FILE = "model.onnx"
MICROSOFT = "com.microsoft"
# Operator set 18 and its format 9: the oldest that have all operators used, so that old runtimes read the graph.
OPSETS, IR_VERSION = {"": 18, MICROSOFT: 1}, 9
_DTYPES = {"BF16": onnx.BFLOAT16, "F16": onnx.FLOAT16, "F32": onnx.FLOAT}
EMBEDDING, OUTPUT = "model.embed_tokens.weight", "lm_head.weight"
# Writes the attention of a layer, up to its product with the output matrix; returns the name of what was attended.
Attention: TypeAlias = "Callable[[GraphBuilder, int, str], str]"
# Inputs and outputs of a graph.
Ends = tuple[list[bytes], list[bytes]]


def build_graph(config: NetworkConfig, tensors: Mapping[str, StoredTensor]) -> bytes:
    """Write the network's graph.

    Parameters
    ----------
    config : NetworkConfig
        Sizes of a Llama-type network; without ``lm_head.weight`` the embedding is the output layer too.
    tensors : mapping of str to StoredTensor
        Where each weight lies, names as in ``transformers``.

    Returns
    -------
    bytes
        An ONNX model; it is read from a file beside the weights, or with the weights' folder named.

    Raises
    ------
    CheckpointError
        If a weight is missing, or none of the shape that the sizes ask for.
    """
    return GraphBuilder(config, tensors).build(_fused_attention, _ends(config))


class GraphBuilder:
    """Collects nodes and initializers while the network is written from input to output."""

    def __init__(self, config: NetworkConfig, tensors: Mapping[str, StoredTensor]) -> None:
        self.config, self.tensors = config, tensors
        self.nodes: list[bytes] = []
        self.initializers: list[bytes] = []
        self.given: set[str] = set()

    def build(self, attention: Attention, ends: Ends) -> bytes:
        """Write the model with one kind of attention."""
        config = self.config
        self._rotary_tables()
        first = "model.layers.0.input_layernorm"
        x = self.node("Gather", [self.weight(EMBEDDING, config.vocab_size, config.hidden_size), "ids"], "embedded")
        normal = self.node(
            "SimplifiedLayerNormalization", [x, self.weight(f"{first}.weight", config.hidden_size)], "normal",
            axis=-1, epsilon=config.rms_norm_eps, stash_type=1,
        )  # fmt: skip
        for layer in range(config.num_hidden_layers):
            x, normal = self._layer(layer, x, normal, attention)
        kept = self.node("Gather", [normal, "kept"], "kept_steps", axis=1)
        output = OUTPUT if OUTPUT in self.tensors else EMBEDDING
        self.node("MatMul", [kept, self.matrix(output, config.vocab_size, config.hidden_size)], "logits")
        inputs, outputs = ends
        graph = onnx.graph(self.nodes, "phrase network", inputs, outputs, self.initializers)
        return onnx.model(graph, OPSETS, "symbolic-music", IR_VERSION)

    def _layer(self, layer: int, x: str, normal: str, attention: Attention) -> tuple[str, str]:
        """Write one layer; returns the names of its sum and of the sum normalised for what follows."""
        config, at = self.config, f"model.layers.{layer}."
        last = layer == config.num_hidden_layers - 1
        following = "model.norm.weight" if last else f"model.layers.{layer + 1}.input_layernorm.weight"
        heard, width = attention(self, layer, normal), config.hidden_size
        output = self.matrix(f"{at}self_attn.o_proj.weight", width, width)
        attended = self.node("MatMul", [heard, output], f"{at}self_attn.output")
        x, normal = self._add_and_normalise(x, attended, f"{at}post_attention_layernorm.weight", f"{at}attention")
        return self._add_and_normalise(x, self._feed_forward(layer, normal), following, f"{at}mlp")

    def joined_projections(self, layer: int, query_scale: float | None = None) -> str:
        """The matrices of queries, keys and values as one factor; that of the queries perhaps scaled."""
        config, at = self.config, f"model.layers.{layer}.self_attn."
        width, shared = config.hidden_size, config.num_key_value_heads * config.head_width
        weights = [self.weight(f"{at}{name}_proj.weight", size, width) for name, size in
                   (("q", width), ("k", shared), ("v", shared))]  # fmt: skip
        if query_scale is not None:
            scale = self.constant(f"{at}scale", np.array([query_scale], dtype=np.float32))
            weights[0] = self.node("Mul", [weights[0], scale], f"{at}scaled")
        joined = self.node("Concat", weights, f"{at}joined", axis=0)
        return self.node("Transpose", [joined], f"{at}matrix", perm=[1, 0])

    def _feed_forward(self, layer: int, normal: str) -> str:
        """The gated feed-forward layer (SwiGLU), gate and value in one product."""
        at, width, inner = f"model.layers.{layer}.mlp.", self.config.hidden_size, self.config.intermediate_size
        weights = [self.weight(f"{at}{name}_proj.weight", inner, width) for name in ("gate", "up")]
        joined = self.node("Concat", weights, f"{at}joined", axis=0)
        matrix = self.node("Transpose", [joined], f"{at}matrix", perm=[1, 0])
        both = self.node("MatMul", [normal, matrix], f"{at}gate_and_value")
        self.nodes.append(onnx.node("Split", [both], [f"{at}gate", f"{at}value"], axis=-1, num_outputs=2))
        opened = self.node("QuickGelu", [f"{at}gate"], f"{at}opened", MICROSOFT, alpha=1.0)
        gated = self.node("Mul", [opened, f"{at}value"], f"{at}gated")
        return self.node("MatMul", [gated, self.matrix(f"{at}down_proj.weight", width, inner)], f"{at}output")

    def _add_and_normalise(self, x: str, added: str, weight: str, at: str) -> tuple[str, str]:
        """Add a branch to the residual stream; returns the names of the sum and of the sum normalised."""
        total, normal = f"{at}.sum", f"{at}.normal"
        self.nodes.append(
            onnx.node(
                "SkipSimplifiedLayerNormalization",
                [x, added, self.weight(weight, self.config.hidden_size)],
                [normal, "", "", total],
                MICROSOFT,
                epsilon=self.config.rms_norm_eps,
            )
        )
        return total, normal

    def _rotary_tables(self) -> None:
        """Cosines and sines of every position; computed when the graph is loaded, so that it stays small."""
        config = self.config
        n_positions = config.room
        halves = np.arange(0, config.head_width, 2, dtype=np.float32) / np.float32(config.head_width)
        frequencies = (np.float32(config.rope_theta) ** -halves).astype(np.float32)
        self.constant("positions", np.arange(n_positions, dtype=np.float32)[:, None])
        angles = self.node("Mul", ["positions", self.constant("frequencies", frequencies[None])], "angles")
        self.node("Cos", [angles], "cosines")
        self.node("Sin", [angles], "sines")

    def matrix(self, name: str, n_out: int, n_in: int) -> str:
        """A stored matrix (out, in) as a factor (in, out)."""
        return self.node("Transpose", [self.weight(name, n_out, n_in)], f"{name}.transposed", perm=[1, 0])

    def weight(self, name: str, *shape: int) -> str:
        """A stored weight in float32."""
        widened = f"{name}.float32"
        if name in self.given:
            return widened
        stored = self.tensors.get(name)
        if stored is None or stored.shape != shape or stored.dtype not in _DTYPES:
            found = "missing" if stored is None else f"{stored.dtype} {list(stored.shape)}"
            raise CheckpointError(
                f"weights do not fit the configuration: {name} is {found}, "
                f"the network needs {list(shape)} in {', '.join(_DTYPES)}"
            )
        self.given.add(name)
        self.initializers.append(
            onnx.external(name, _DTYPES[stored.dtype], shape, stored.file, stored.offset, stored.n_bytes)
        )
        return self.node("Cast", [name], widened, to=onnx.FLOAT)

    def constant(self, name: str, values: np.ndarray) -> str:
        """Numbers that stand in the graph itself."""
        self.initializers.append(onnx.constant(name, values))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: onnx.Attribute) -> str:
        """Add an operation with one output; returns the output's name."""
        self.nodes.append(onnx.node(kind, inputs, [output], domain, **attributes))
        return output


def _fused_attention(builder: GraphBuilder, layer: int, normal: str) -> str:
    """Grouped-query attention over the cache, which it extends in place."""
    config, at = builder.config, f"model.layers.{layer}.self_attn."
    queries = builder.node("MatMul", [normal, builder.joined_projections(layer)], f"{at}queries_keys_values")
    attended = f"{at}attended"
    builder.nodes.append(
        onnx.node(
            "GroupQueryAttention",
            [queries, "", "", f"past_key_{layer}", f"past_value_{layer}", "seen", "longest", "cosines", "sines"],
            [attended, f"present_key_{layer}", f"present_value_{layer}"],
            MICROSOFT,
            num_heads=config.num_attention_heads,
            kv_num_heads=config.num_key_value_heads,
            do_rotary=1,
            rotary_interleaved=0,
        )
    )
    return attended


def _ends(config: NetworkConfig) -> Ends:
    """Inputs and outputs of the graph, the layers' keys and values among them."""
    cache: list[int | str] = ["B", config.num_key_value_heads, "room", config.head_width]
    names = [f"{name}_{layer}" for layer in range(config.num_hidden_layers) for name in ("key", "value")]
    inputs = [
        onnx.value("ids", onnx.INT64, ["B", "S"]),
        onnx.value("kept", onnx.INT64, ["K"]),
        onnx.value("seen", onnx.INT32, ["B"]),
        onnx.value("longest", onnx.INT32, [1]),
        *(onnx.value(f"past_{name}", onnx.FLOAT, cache) for name in names),
    ]
    outputs = [
        onnx.value("logits", onnx.FLOAT, ["B", "K", config.vocab_size]),
        *(onnx.value(f"present_{name}", onnx.FLOAT, cache) for name in names),
    ]
    return inputs, outputs
