"""Token shards: all examples of a training run as flat arrays in one compressed file.

``python -m symbolic_music.training.shards shards/lead.npz shards/band.npz --out shards/all.npz`` joins shards
into the single file that a training machine needs.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from symbolic_music.errors import FileFormatError, InputError, SymbolicMusicError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.tokens.vocabulary import TOKENS

LIMIT_MB = 60.0


@dataclass(frozen=True)
class Shard:
    """All examples as flat arrays: tokens one after another, and one value an example in the columns."""

    ids: np.ndarray  # uint16 (n_tokens,)
    mask: np.ndarray  # bool (n_tokens,): counts in the loss
    starts: np.ndarray  # int64 (n_examples,)
    lengths: np.ndarray
    is_validation: np.ndarray
    part: np.ndarray
    job: np.ndarray
    source: np.ndarray
    song: np.ndarray


_COLUMNS = [field.name for field in fields(Shard) if field.name not in ("ids", "mask", "starts")]


def load_shard(path: Path) -> Shard:
    """Read a shard written by data_prep.

    Raises
    ------
    FileFormatError
        If the file is no shard, or holds ids that the vocabulary has not.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("ids", "mask", *_COLUMNS) if name in file}
            tokens = tuple(file["tokens"].tolist()) if "tokens" in file else None
            lengths = arrays["lengths"]
            # Older shards know only one job, and not of which song an example is.
            defaults = {"job": np.full(len(lengths), "new"), "song": np.full(len(lengths), "")}
            starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)[:-1]])
            shard = Shard(starts=starts, **(defaults | arrays))
    except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile) as failure:
        hint = "make one with python -m data_prep"
        raise FileFormatError(f"{path}: not a token shard ({failure}); {hint}") from None
    _check(path, shard, tokens)
    return shard


def load_shards(paths: Sequence[Path]) -> Shard:
    """Read several shards as one."""
    return join_shards([load_shard(path) for path in paths])


def join_shards(shards: Sequence[Shard]) -> Shard:
    """Put shards one after another.

    Raises
    ------
    InputError
        If there are none.
    """
    if not shards:
        raise InputError("no shards given; name at least one token shard")
    columns = {name: np.concatenate([getattr(shard, name) for shard in shards]) for name in ("ids", "mask", *_COLUMNS)}
    return Shard(starts=np.concatenate([[0], np.cumsum(columns["lengths"], dtype=np.int64)[:-1]]), **columns)


def select_examples(shard: Shard, is_kept: np.ndarray) -> Shard:
    """Keep some examples. is_kept: bool (n_examples,)."""
    is_kept_token = np.repeat(is_kept, shard.lengths)
    columns = {name: getattr(shard, name)[is_kept] for name in _COLUMNS}
    starts = np.concatenate([[0], np.cumsum(columns["lengths"], dtype=np.int64)[:-1]])
    return Shard(shard.ids[is_kept_token], shard.mask[is_kept_token], starts, **columns)


def write_shard(shard: Shard, path: Path, limit_mb: float = LIMIT_MB) -> float:
    """Write a shard as one compressed file with the vocabulary it is made for.

    Returns
    -------
    float
        Size in MB (a million bytes).

    Raises
    ------
    InputError
        If the file would be larger than ``limit_mb``; nothing is written then.
    """
    with atomic_path(path) as temporary:
        with temporary.open("wb") as file:
            arrays = {name: getattr(shard, name) for name in ("ids", "mask", *_COLUMNS)}
            np.savez_compressed(file, tokens=np.array(TOKENS), **arrays)
        size = temporary.stat().st_size / 1e6
        if size > limit_mb:
            fitting = max(1, int(len(shard.lengths) * limit_mb / size * 0.95))
            raise InputError(
                f"{path}: {size:.1f} MB is over the limit of {limit_mb:g} MB; keep fewer examples"
                f" (--examples {fitting} would fit) or give a larger --limit-mb"
            )
    return size


def thin_out(shard: Shard, n_examples: int, seed: int = 0) -> Shard:
    """Keep about ``n_examples``: all validation examples, and as large a share of each part and job's others."""
    n_held_out = int(shard.is_validation.sum())
    share = max(0.0, min(1.0, (n_examples - n_held_out) / max(1, len(shard.lengths) - n_held_out)))
    is_kept = np.random.default_rng(seed).random(len(shard.lengths)) < share
    return select_examples(shard, is_kept | shard.is_validation)


def describe_shard(shard: Shard) -> list[str]:
    """Count examples, tokens and targets of every part and job, one line each."""
    targets = np.add.reduceat(shard.mask.astype(np.int64), shard.starts)
    lines = []
    for (part, job), count in sorted(Counter(zip(shard.part.tolist(), shard.job.tolist(), strict=True)).items()):
        own = (shard.part == part) & (shard.job == job)
        n_held_out = int(shard.is_validation[own].sum())
        n_tokens, n_targets = int(shard.lengths[own].sum()), int(targets[own].sum())
        lines.append(
            f"{part}, {job}: {count} examples ({n_held_out} validation), {n_tokens} tokens, {n_targets} targets"
        )
    return lines


def _check(path: Path, shard: Shard, tokens: tuple[str, ...] | None) -> None:
    """Refuse arrays that do not fit together or the vocabulary."""
    n = len(shard.lengths)
    if n == 0:
        raise FileFormatError(f"{path}: not a token shard (no examples); make one with python -m data_prep")
    if any(len(getattr(shard, name)) != n for name in _COLUMNS) or not (
        len(shard.ids) == len(shard.mask) == int(shard.lengths.sum())
    ):
        raise FileFormatError(f"{path}: not a token shard (columns of different lengths)")
    if int(shard.ids.max()) >= len(TOKENS) or (tokens is not None and tokens != TOKENS):
        raise FileFormatError(f"{path}: made for another vocabulary; make it again with python -m data_prep")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Join token shards into one file.")
    parser.add_argument("shards", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit-mb", type=float, default=LIMIT_MB, help="refuse to write a larger file")
    parser.add_argument("--examples", type=int, help="keep about so many examples, drawn by chance")
    arguments = parser.parse_args()
    try:
        shard = load_shards(arguments.shards)
        if arguments.examples:
            shard = thin_out(shard, arguments.examples)
        size = write_shard(shard, arguments.out, arguments.limit_mb)
    except SymbolicMusicError as error:
        print(f"shards: {error}", file=sys.stderr)
        return 2
    print("\n".join(describe_shard(shard)))
    print(f"{arguments.out}: {len(shard.lengths)} examples, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
