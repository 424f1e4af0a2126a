"""The network's graph for onnxruntime, and for whoever else reads ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from symbolic_music.filling.fill import WEIGHTS
from symbolic_music.model import onnx_format as onnx
from symbolic_music.model.engine import load_engine
from symbolic_music.model.network_config import NetworkConfig, locate_tensors, read_config
from symbolic_music.model.onnx_graph import GRAPH_FILE, build_graph
from tests.model.networks import write_network


def test_the_packages_graph_fits_its_weights_and_holds_none() -> None:
    stored = (WEIGHTS / GRAPH_FILE).read_bytes()
    assert stored == build_graph(read_config(WEIGHTS), locate_tensors(WEIGHTS))
    assert len(stored) < 100_000


def test_the_file_beside_the_weights_runs_without_this_package(tmp_path: Path) -> None:
    config = NetworkConfig(50, 64, 96, 2, 4, 2, 128)
    write_network(config, tmp_path)
    (tmp_path / GRAPH_FILE).write_bytes(build_graph(config, locate_tensors(tmp_path)))
    session = onnxruntime.InferenceSession(tmp_path / GRAPH_FILE)
    ids = np.random.default_rng(1).integers(3, 50, 9)
    # As a program without fixed buffers runs it: what was kept grows from nothing with every call.
    names = [f"past_{kind}_{layer}" for layer in (0, 1) for kind in ("key", "value")]
    kept = dict.fromkeys(names, np.zeros((1, 2, 0, 16), np.float32))
    logits = []
    for start, end in ((0, 6), (6, 7), (7, 8), (8, 9)):
        feeds = {"ids": ids[None, start:end], "kept": np.array([end - start - 1]),
                 "seen": np.array([end - 1], np.int32), "longest": np.array([end], np.int32)}  # fmt: skip
        said, *present = session.run(None, feeds | kept)
        kept = dict(zip(names, present, strict=True))
        logits.append(said[0, 0])
    assert np.allclose(logits, load_engine(tmp_path).logits(ids)[5:], atol=1e-4)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0800"), (150, "089601"), (-1, "08ffffffffffffffffff01"), (1.5, "0d0000c03f"), ("ab", "0a026162")],
)
def test_fields_are_written_as_protobuf_says(value: int | float | str, written: str) -> None:
    assert onnx._field(1, value).hex() == written
