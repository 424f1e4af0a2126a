"""Make the index of training melodies that ``symbolic-music originality`` looks in.

    python -m data_prep.originality_index --songs shards/songs.jsonl shards/lieder.jsonl

Records are songs of ``data_prep.songs``; songs of the training split alone are indexed. The file holds
32-bit hashes of n-grams and the songs' names, no notes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from symbolic_music.analysis.originality import INDEX_FILE, build_index, save_index
from symbolic_music.errors import FileFormatError, SymbolicMusicError
from symbolic_music.song.notes import make_notes


def read_melodies(path: Path, split: str = "train") -> Iterator[tuple[str, np.ndarray]]:
    """Read the names and melodies of the songs of one split.

    Raises
    ------
    FileFormatError
        If the file cannot be read; names the line.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                record = _parse(line, f"{path}:{number}")
                if record["split"] == split:
                    yield record["id"], make_notes((on, length, pitch, 80) for on, length, pitch in record["melody"])
    except (OSError, UnicodeDecodeError) as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure}") from None


def _parse(line: str, where: str) -> dict:
    """Read one record."""
    try:
        record = json.loads(line)
        return {name: record[name] for name in ("id", "split", "melody")}
    except (ValueError, KeyError, TypeError) as failure:
        raise FileFormatError(f"{where}: not a song record: {failure}") from None


def main(arguments: list[str] | None = None) -> int:
    """Write the index; return the exit code."""
    default = Path(__file__).parents[1] / "symbolic_music" / "weights" / INDEX_FILE
    parser = argparse.ArgumentParser(prog="python -m data_prep.originality_index", description=__doc__)
    parser.add_argument("--songs", type=Path, nargs="+", required=True, help="songs of python -m data_prep export")
    parser.add_argument("--out", type=Path, default=default)
    options = parser.parse_args(arguments)
    try:
        index = build_index(chain.from_iterable(map(read_melodies, options.songs)))
    except SymbolicMusicError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    save_index(index, options.out)
    megabytes = options.out.stat().st_size / 1e6
    print(f"{options.out}: {len(index.tunes)} tunes, {len(index.hashes)} n-grams, {megabytes:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
