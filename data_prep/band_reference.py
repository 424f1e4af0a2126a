"""Arrangements as band songs, and the ranges of the validation ones that our bands are compared with.

``python -m data_prep.band_reference --songs shards/songs.jsonl --arrangements shards/arrangements.jsonl`` writes
``symbolic_music/evaluation/band_reference.json``: percentiles of every measure; no music.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from symbolic_music.evaluation.band_song import BandSong, band_song_of_rows
from symbolic_music.evaluation.band_table import REFERENCE_FILE, reference_of
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.theory.chord import Chord

OUT = Path("symbolic_music/evaluation") / REFERENCE_FILE
SOURCE = "lead sheets of the validation split played by mma in our styles (data_prep.mma)"


def read_songs(path: Path) -> dict[str, dict]:
    """Songs of ``songs.jsonl`` by id."""
    with path.open(encoding="utf-8") as lines:
        return {song["id"]: song for song in map(json.loads, lines)}


def read_arrangements(path: Path, split: str) -> Iterator[dict]:
    """Arrangements of one split; lines of others are not parsed."""
    wanted = f'"split":"{split}"'
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if wanted in line[:400])


def band_song_of(song: dict, arrangement: dict) -> BandSong:
    """An arrangement with its song's chords and sections."""
    chords = [(tick, Chord(root, quality, bass)) for tick, root, quality, bass in song["chords"]]
    sections = [(kind, start, n_bars) for kind, start, n_bars, _ in arrangement["sections"]]
    name = f"{song['id']} in {arrangement['style']}"
    return band_song_of_rows(name, arrangement["meter"], arrangement["n_bars"], sections, chords, arrangement["parts"])


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--arrangements", type=Path, default=Path("shards/arrangements.jsonl"))
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    songs = read_songs(arguments.songs)
    rows = read_arrangements(arguments.arrangements, "validation")
    bands = [band_song_of(songs[row["song"]], row) for row in rows]
    with atomic_path(arguments.out) as unfinished:
        unfinished.write_text(json.dumps(reference_of(bands, SOURCE), indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(bands)} arrangements")


if __name__ == "__main__":
    main()
