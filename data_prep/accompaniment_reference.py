"""Make the people's side of ``symbolic_music.evaluation.accompaniment``: features of POP909's pianists, no notes.

``python -m data_prep.accompaniment_reference dataset/`` measures windows of the validation songs in 4/4.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import symbolic_music.evaluation.accompaniment as measure
from data_prep.dataset import iter_songs

SOURCE = {
    "source": "POP909, https://github.com/music-x-lab/POP909-Dataset",
    "authors": "Ziyu Wang, Ke Chen, Junyan Jiang, Yiyi Zhang, Maoran Xu, Shuqi Dai, Guxian Bin, Gus Xia",
    "licence": "MIT, Copyright (c) 2020 Music X Lab",
    "changes": "features of eight-bar windows of the piano in validation songs in 4/4",
}
# Windows of a song, spread over it.
MOST_WINDOWS = 6


def pianists(dataset_dir: Path, split: str = "validation") -> list[list[measure.Playing]]:
    """The windows of every song of a split that has a pianist and is in 4/4."""
    songs = []
    for song in iter_songs(dataset_dir, ("pop909",)):
        if song["split"] != split or song["meter"] != "4/4" or not song["piano"]:
            continue
        starts = [start for _, start, *_ in song["phrases"]] or [0]
        windows = measure.playing_windows(map(tuple, song["piano"]), starts, song["n_bars"])
        if windows:
            songs.append(windows)
    return songs


def spread(windows: list[measure.Playing], most: int = MOST_WINDOWS) -> list[measure.Playing]:
    """Take at most so many windows, from all over the song."""
    places = np.unique(np.linspace(0, len(windows) - 1, most).round().astype(int))
    return [windows[place] for place in places]


def reference(dataset_dir: Path) -> dict[str, object]:
    """What the file holds."""
    found = measure.window_set([spread(windows) for windows in pianists(dataset_dir)])
    return {
        **SOURCE,
        "features": list(measure.ACCOMPANIMENT_FEATURES),
        "windows": [[float(f"{value:.3g}") for value in row] for row in found.features],
        "song": found.song.tolist(),
        "people_auc": round(measure.people_against_people(found), 3),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--out", type=Path, default=Path(str(measure.__file__)).parent / measure.REFERENCE_FILE)
    arguments = parser.parse_args()
    arguments.out.write_text(json.dumps(reference(arguments.dataset), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
