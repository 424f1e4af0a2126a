"""Token shards: reading, joining, the single-file export."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.training.shards import (
    Shard,
    describe_shard,
    join_shards,
    load_shard,
    load_shards,
    main,
    thin_out,
    write_shard,
)
from tests.training.conftest import make_shard


def examples_of(shard: Shard) -> list[tuple]:
    """Each example's ids, mask and columns."""
    return [
        (tuple(shard.ids[at : at + n]), tuple(shard.mask[at : at + n]), part, job, source, song, held_out)
        for at, n, part, job, source, song, held_out in zip(
            shard.starts,
            shard.lengths,
            shard.part,
            shard.job,
            shard.source,
            shard.song,
            shard.is_validation,
            strict=True,
        )
    ]


def test_what_is_written_is_read_again(shard: Shard, tmp_path: Path) -> None:
    size = write_shard(shard, tmp_path / "a.npz")
    assert size == pytest.approx((tmp_path / "a.npz").stat().st_size / 1e6)
    again = load_shard(tmp_path / "a.npz")
    assert examples_of(again) == examples_of(shard)
    assert again.ids.dtype == np.uint16 and again.mask.dtype == bool


def test_several_shards_are_one(shard: Shard, tmp_path: Path) -> None:
    other = make_shard(3, ("bass",), seed=1)
    write_shard(shard, tmp_path / "lead.npz")
    write_shard(other, tmp_path / "band.npz")
    joined = load_shards([tmp_path / "lead.npz", tmp_path / "band.npz"])
    assert examples_of(joined) == examples_of(shard) + examples_of(other)
    with pytest.raises(InputError, match="no shards given"):
        join_shards([])


def test_a_shard_without_jobs_holds_new_phrases(shard: Shard, tmp_path: Path) -> None:
    columns = {name: getattr(shard, name) for name in ("ids", "mask", "lengths", "is_validation", "part", "source")}
    np.savez_compressed(tmp_path / "old.npz", **columns)
    assert set(load_shard(tmp_path / "old.npz").job) == {"new"}


def test_a_file_over_the_limit_is_refused_with_advice(shard: Shard, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"MB is over the limit of 0.001 MB; keep fewer examples \(--examples \d+"):
        write_shard(shard, tmp_path / "big.npz", limit_mb=0.001)
    assert not list(tmp_path.iterdir())


def test_thinning_out_keeps_validation(shard: Shard) -> None:
    few = thin_out(shard, 40)
    assert 30 <= len(few.lengths) <= 50
    assert few.is_validation.sum() == shard.is_validation.sum()
    assert set(examples_of(few)) <= set(examples_of(shard))


def test_the_description_counts_all(shard: Shard) -> None:
    lines = describe_shard(shard)
    assert len(lines) == 6 and lines[0].startswith("chords, infill: 12 examples (3 validation)")
    assert sum(int(line.split(" tokens")[0].split()[-1]) for line in lines) == len(shard.ids)
    assert sum(int(line.split(" targets")[0].split()[-1]) for line in lines) == shard.mask.sum()


@pytest.mark.parametrize("content", [None, b"", b"not a shard", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_shard_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "phrases.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileFormatError, match="not a token shard"):
        load_shard(path)


def test_a_shard_of_another_vocabulary_is_refused(shard: Shard, tmp_path: Path) -> None:
    columns = {name: getattr(shard, name) for name in ("ids", "mask", "lengths", "is_validation", "part", "source")}
    np.savez_compressed(tmp_path / "a.npz", **(columns | {"ids": columns["ids"] + 500}))
    np.savez_compressed(tmp_path / "b.npz", **columns, tokens=np.array(["PAD_None", "Note_7"]))
    for name in ("a.npz", "b.npz"):
        with pytest.raises(FileFormatError, match="another vocabulary"):
            load_shard(tmp_path / name)


def test_columns_must_fit(shard: Shard, tmp_path: Path) -> None:
    columns = {name: getattr(shard, name) for name in ("ids", "mask", "lengths", "is_validation", "part", "source")}
    np.savez_compressed(tmp_path / "a.npz", **(columns | {"part": columns["part"][1:]}))
    with pytest.raises(FileFormatError, match="different lengths"):
        load_shard(tmp_path / "a.npz")


def test_the_command_joins_and_refuses(
    shard_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    out = str(tmp_path / "all.npz")
    monkeypatch.setattr(sys, "argv", ["shards", str(shard_path), str(shard_path), "--out", out])
    assert main() == 0
    assert "all.npz: 144 examples" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["shards", str(tmp_path / "none.npz"), "--out", out])
    assert main() == 2
    assert "none.npz: not a token shard" in capsys.readouterr().err
