"""Both engines say the same from one folder of weights, whatever the shape of the batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from symbolic_music.errors import CheckpointError, InputError
from symbolic_music.model.engine import Engine, load_engine
from symbolic_music.model.network_config import NetworkConfig
from tests.model.networks import write_network

N_IDS = 50
NAMES = ("onnxruntime", "torch")


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Folders of random networks by their number of key-value heads."""
    root = tmp_path_factory.mktemp("networks")

    def folder(n_heads: int) -> Path:
        if not (root / str(n_heads)).exists():
            write_network(NetworkConfig(N_IDS, 64, 96, 3, 4, n_heads, 128), root / str(n_heads))
        return root / str(n_heads)

    return folder


def random_ids(*shape: int, seed: int = 1) -> np.ndarray:
    """Ids above the special ones."""
    return np.random.default_rng(seed).integers(3, N_IDS, shape)


def read_rows(engine: Engine, n_rows: int, lengths: list[int], n_steps: int) -> np.ndarray:
    """Logits of rows with prefixes of these lengths, then of steps that all rows take: (steps + 1, rows, ids)."""
    memory = engine.new_memory(n_rows)
    ids = random_ids(20, 40)
    prefixes = [engine.read(ids[row, : lengths[row]].tolist()) for row in range(n_rows)]
    for row, prefix in enumerate(prefixes):
        memory.begin(row, prefix)
    rows = [np.stack([prefix.logits for prefix in prefixes])]
    for step in range(n_steps):
        following = np.array([ids[row, lengths[row] + step] for row in range(n_rows)])
        rows.append(memory.step(following).copy())
    return np.stack(rows)


@pytest.mark.parametrize("n_heads", [1, 2, 4])
@pytest.mark.parametrize("n_rows", [1, 3, 17])
def test_engines_agree_on_ragged_prefixes_and_steps(
    folder_of: Callable[[int], Path], n_heads: int, n_rows: int
) -> None:
    lengths = [1 + 7 * row % 19 for row in range(n_rows)]
    ours, reference = (read_rows(load_engine(folder_of(n_heads), N_IDS, name), n_rows, lengths, 4) for name in NAMES)
    assert ours.dtype == reference.dtype == np.float32
    assert np.abs(ours - reference).max() < 1e-4 < np.abs(reference).max()


@pytest.mark.parametrize("name", NAMES)
def test_a_row_read_in_pieces_equals_the_full_pass(folder_of: Callable[[int], Path], name: str) -> None:
    engine = load_engine(folder_of(2), N_IDS, name)
    ids = random_ids(30)
    full = engine.logits(ids)
    memory, prefix = engine.new_memory(2), engine.read(ids[:9])
    memory.begin(0, prefix)
    assert prefix.n_ids == 9 and np.allclose(prefix.logits, full[8], atol=1e-4)
    assert np.allclose(memory.step(ids[9:10])[0], full[9], atol=1e-4)
    assert np.allclose(memory.extend(0, ids[10:25]), full[24], atol=1e-4)
    assert np.allclose(memory.step(ids[25:26])[0], full[25], atol=1e-4)
    assert full.shape == (30, N_IDS)


@pytest.mark.parametrize("name", NAMES)
def test_rows_share_a_prefix_move_and_begin_anew(folder_of: Callable[[int], Path], name: str) -> None:
    engine = load_engine(folder_of(1), N_IDS, name)
    ids, other_ids = random_ids(12), random_ids(5, seed=2)
    prefix, other = engine.read(ids), engine.read(other_ids)
    memory = engine.new_memory(4)
    for row, own in enumerate((other, prefix, prefix, prefix)):
        memory.begin(row, own)
    memory.step(np.array([4, 7, 7, 9]))
    memory.move(3, 0)
    first, second, third = memory.step(np.array([5, 5, 5])).copy()
    assert np.allclose(second, third, atol=1e-5) and not np.allclose(first, second, atol=1e-2)
    assert np.allclose(first, engine.logits([*ids, 9, 5])[-1], atol=1e-4)
    assert np.allclose(second, engine.logits([*ids, 7, 5])[-1], atol=1e-4)
    memory.begin(0, other)
    assert np.allclose(memory.step(np.array([6]))[0], engine.logits([*other_ids, 6])[-1], atol=1e-4)


def test_a_row_gives_the_same_bits_whatever_stands_beside_it(
    folder_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = [9, 4, 12, 7, 3]
    monkeypatch.setenv("SYMBOLIC_MUSIC_THREADS", "1")
    alone = load_engine(folder_of(2), N_IDS)
    many = read_rows(alone, 5, lengths, 6)
    monkeypatch.setenv("SYMBOLIC_MUSIC_THREADS", "2")
    assert np.array_equal(many, read_rows(load_engine(folder_of(2), N_IDS), 5, lengths, 6))
    for n_rows in (1, 2, 3, 4):
        assert np.array_equal(many[:, :n_rows], read_rows(alone, n_rows, lengths[:n_rows], 6))


@pytest.mark.parametrize("name", NAMES)
def test_memory_grows_without_changing_what_rows_hold(tmp_path: Path, name: str) -> None:
    write_network(NetworkConfig(N_IDS, 32, 48, 1, 2, 1, 512), tmp_path)
    engine = load_engine(tmp_path, N_IDS, name)
    ids = random_ids(3, 420)
    memory = engine.new_memory(3)
    for row, length in enumerate((350, 60, 20)):
        memory.begin(row, engine.read(ids[row, : length // 2]))
        memory.extend(row, ids[row, length // 2 : length])
    memory.extend(0, ids[0, 350:400])  # beyond the room that a row begins with
    said = memory.step(np.array([ids[0, 400], ids[1, 60], ids[2, 20]]))
    for row, length in enumerate((401, 61, 21)):
        assert np.allclose(said[row], engine.logits(ids[row, :length])[-1], atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_beyond_the_room_is_refused(folder_of: Callable[[int], Path], name: str) -> None:
    memory = load_engine(folder_of(1), N_IDS, name).new_memory(1)
    memory.begin(0, load_engine(folder_of(1), N_IDS, name).read(random_ids(250)))
    with pytest.raises(CheckpointError, match="a sequence of 260 ids is longer than the network's room of 256"):
        memory.extend(0, random_ids(10))


@pytest.mark.parametrize("name", NAMES)
def test_weights_in_several_files_are_found_by_their_index(
    folder_of: Callable[[int], Path], tmp_path: Path, name: str
) -> None:
    tensors = load_file(folder_of(4) / "model.safetensors")
    names = list(tensors)
    pieces = {"one.safetensors": names[:7], "two.safetensors": names[7:]}
    for file, own in pieces.items():
        save_file({key: tensors[key] for key in own}, tmp_path / file)
    weight_map = {key: file for file, own in pieces.items() for key in own}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (tmp_path / "config.json").write_bytes((folder_of(4) / "config.json").read_bytes())
    ids = random_ids(9)
    whole = load_engine(folder_of(4), name=name).logits(ids)
    assert np.array_equal(load_engine(tmp_path, name=name).logits(ids), whole)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_halves_are_widened_when_loaded(tmp_path: Path, dtype: type[np.generic]) -> None:
    weights = write_network(NetworkConfig(N_IDS, 32, 48, 1, 2, 1), tmp_path)
    save_file({name: values.astype(dtype) for name, values in weights.items()}, tmp_path / "model.safetensors")
    ours, reference = (load_engine(tmp_path, N_IDS, name).logits(random_ids(8)) for name in NAMES)
    assert np.allclose(ours, reference, atol=1e-4)


def test_an_output_layer_of_its_own_is_used(tmp_path: Path) -> None:
    output = np.random.default_rng(5).normal(size=(N_IDS, 32)).astype(np.float32)
    write_network(NetworkConfig(N_IDS, 32, 48, 1, 2, 2), tmp_path / "tied")
    write_network(NetworkConfig(N_IDS, 32, 48, 1, 2, 2), tmp_path / "own", **{"lm_head.weight": output})
    tied, own = (load_engine(tmp_path / kind, N_IDS).logits(random_ids(8)) for kind in ("tied", "own"))
    assert tied.shape == own.shape and not np.allclose(tied, own, atol=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_missing_broken_and_unfit_weights_are_named(
    folder_of: Callable[[int], Path], tmp_path: Path, name: str
) -> None:
    with pytest.raises(CheckpointError, match=r"none: no usable weights: .*config\.json"):
        load_engine(tmp_path / "none", name=name)
    with pytest.raises(CheckpointError, match="made for 50 tokens, this version has 51"):
        load_engine(folder_of(1), 51, name)
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes((folder_of(1) / file).read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    for change in ({"num_hidden_layers": 4}, {"intermediate_size": 80}):
        (tmp_path / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(CheckpointError, match="weights do not fit the configuration"):
            load_engine(tmp_path, name=name)
    for broken in (b"", b"no weights at all", (tmp_path / "model.safetensors").read_bytes()[:5000]):
        (tmp_path / "model.safetensors").write_bytes(broken)
        with pytest.raises(CheckpointError, match="no usable weights"):
            load_engine(tmp_path, name=name)


def test_sizes_that_cannot_be_are_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"vocab_size": 50, "num_attention_heads": 4, "num_key_value_heads": 3}')
    with pytest.raises(CheckpointError, match="num_attention_heads 4 is no multiple of num_key_value_heads 3"):
        load_engine(tmp_path)
    assert NetworkConfig(50, 64, 96, 2, 2).num_key_value_heads == 2


def test_heads_that_the_fused_attention_cannot_rotate_are_named(tmp_path: Path) -> None:
    write_network(NetworkConfig(N_IDS, 32, 48, 1, 4, 2), tmp_path)
    with pytest.raises(CheckpointError, match="heads are 8 wide; onnxruntime needs a multiple of 16, torch does not"):
        load_engine(tmp_path, N_IDS)
    assert load_engine(tmp_path, N_IDS, "torch").logits(random_ids(4)).shape == (4, N_IDS)


def test_the_engine_is_chosen_by_name_or_environment(
    folder_of: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_engine(folder_of(1)).name == "onnxruntime"
    monkeypatch.setenv("SYMBOLIC_MUSIC_ENGINE", "torch")
    assert load_engine(folder_of(1)).name == "torch"
    with pytest.raises(InputError, match="engine 'abacus' is not known; use one of onnxruntime, torch"):
        load_engine(folder_of(1), name="abacus")
