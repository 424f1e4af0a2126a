"""Old and new weights by the loss of whole bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from symbolic_music.errors import InputError
from symbolic_music.model.transformer import Network, NetworkConfig, load_network
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.checkpoint import Progress
from symbolic_music.training.compare import compare, format_table, main
from symbolic_music.training.shards import Shard, select_examples
from symbolic_music.training.train import save_best
from tests.training.conftest import make_shard


def write_weights(folder: Path, seed: int) -> Path:
    """Weights of chance."""
    torch.manual_seed(seed)
    save_best(Network(NetworkConfig(len(v.TOKENS), 16, 32, 1, 2)), folder, Progress(step=1))
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("old") / "best", 0)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("new") / "best", 1)


@pytest.fixture(scope="module")
def many() -> Shard:
    return make_shard(n_songs=96, parts=("melody",))


def test_a_row_is_nats_over_bars_of_its_validation_phrases(old: Path, new: Path, many: Shard) -> None:
    rows = compare(old, new, many).rows
    row = next(row for row in rows if (row.job, row.source) == ("new", "pop909"))
    own = np.flatnonzero(many.is_validation & (many.job == "new") & (many.source == "pop909"))
    network, total = load_network(new), 0.0
    for example in own:
        at = slice(many.starts[example], many.starts[example] + many.lengths[example])
        ids = torch.from_numpy(many.ids[at].astype(np.int64))
        with torch.inference_mode():
            picked = network(ids[None, :-1])[0].log_softmax(-1).gather(1, ids[1:, None])[:, 0].numpy()
        total -= float(picked[many.mask[at][1:]].sum())
    bars = sum(2 + int(song.split("/")[1]) % 3 for song in many.song[own])
    assert (row.n_phrases, row.n_bars) == (len(own), bars)
    assert row.new == pytest.approx(total / bars, rel=1e-4) and row.old != pytest.approx(row.new, rel=1e-4)
    assert row.error > 0


def test_weights_do_not_differ_from_themselves(old: Path, many: Shard) -> None:
    for row in compare(old, old, many).rows:
        assert row.old == row.new and row.error == 0


def test_the_order_of_the_old_tokens_does_not_matter(old: Path, many: Shard, tmp_path: Path) -> None:
    order = torch.randperm(len(v.TOKENS), generator=torch.Generator().manual_seed(3))
    network = load_network(old)
    with torch.no_grad():
        network.model.embed_tokens.weight.copy_(network.model.embed_tokens.weight[order].clone())
    save_best(network, tmp_path, Progress(step=1))
    (tmp_path / "tokens.txt").write_text("\n".join(v.TOKENS[index] for index in order.tolist()) + "\n")
    for row in compare(old, tmp_path, many).rows:
        assert row.new == pytest.approx(row.old, rel=1e-5)


def test_phrases_that_one_side_cannot_read_are_left_out_and_counted(old: Path, many: Shard, tmp_path: Path) -> None:
    network = load_network(old)
    save_best(network, tmp_path, Progress(step=1))
    names = [token.replace("Bars_3", "Gone") for token in v.TOKENS]
    (tmp_path / "tokens.txt").write_text("\n".join(names) + "\n")
    has_three_bars = np.array([int(song.split("/")[1]) % 3 == 1 for song in many.song])
    comparison = compare(old, tmp_path, many)
    assert comparison.n_left_out == int((has_three_bars & many.is_validation).sum()) > 0


def test_the_command_prints_a_table_and_names_what_is_missing(
    old: Path, new: Path, many: Shard, shard_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    table = format_table(compare(old, new, many, n_examples=12))
    assert table.splitlines()[0].startswith("| part | job | source |") and "| melody | infill | pop909 | 12 |" in table
    assert main([str(old), str(tmp_path), "--shards", str(shard_path)]) == 2
    assert "no token names" in capsys.readouterr().err
    with pytest.raises(InputError, match="no validation example"):
        compare(old, new, select_examples(many, ~many.is_validation))
