"""Songs to a shard of training examples of the lead-sheet jobs.

``python -m data_prep.examples --songs shards/songs.jsonl --out shards/lead.npz``

What is made of a song stands in `symbolic_music.training.examples`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.examples import Example, examples_of


def write_shard(examples: list[Example], path: Path) -> None:
    """Write examples as flat arrays: ids, mask, lengths, and per-example columns."""
    np.savez_compressed(
        path,
        ids=np.concatenate([np.array(e.ids, dtype=np.uint16) for e in examples]),
        mask=np.concatenate([np.array(e.mask, dtype=bool) for e in examples]),
        lengths=np.array([len(e.ids) for e in examples], dtype=np.int32),
        is_validation=np.array([e.split == "validation" for e in examples]),
        part=np.array([e.part for e in examples]),
        job=np.array([e.job for e in examples]),
        source=np.array([e.source for e in examples]),
        song=np.array([e.song for e in examples]),
        tokens=np.array(TOKENS),
    )
    counts = Counter((e.part, e.job) for e in examples)
    tokens = sum(len(e.ids) for e in examples)
    print(f"{path}: {len(examples)} examples, {tokens} tokens, {path.stat().st_size / 2**20:.1f} MiB")
    for (part, job), count in sorted(counts.items()):
        print(f"  {part} {job}: {count}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("shards/lead.npz"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="of the phrases' parts")
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    songs = (json.loads(line) for line in arguments.songs.open())
    write_shard([example for song in songs for example in examples_of(song, rng, arguments.share)], arguments.out)


if __name__ == "__main__":
    main()
