"""Groove MIDI Dataset: human drumming, hits with their timing and velocity.

Rules: hits are put on the nearest sixteenth or eighth triplet and keep their distance from it (``data_prep.midi``);
drum numbers stay those of the Roland kit; tempo and meter are the ones the drummer played to (``info.csv``). A take's
only section says whether it is a beat or a fill. The split is upstream's own.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path

from data_prep.midi import read_part
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.meter import TPQ

FOLDERS = ("groove",)
MIN_HITS = 4


def list_items(data: Path) -> list[str]:
    """List the takes' MIDI files, as ``info.csv`` names them."""
    return sorted(_takes(data / "groove"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one take.

    Raises
    ------
    FileFormatError
        If it has fewer than ``MIN_HITS`` hits.
    """
    import symusic

    take = _takes(data / "groove")[item]
    score = symusic.Score(str(data / "groove" / item))
    parts = [read_part(track, score.ticks_per_quarter, "drums") for track in score.tracks if len(track.notes)]
    if len(parts) != 1 or len(parts[0]["pitch"]) < MIN_HITS:
        raise FileFormatError(f"{sum(len(part['pitch']) for part in parts)} hits, fewer than {MIN_HITS}")
    beats, unit = (int(number) for number in take["time_signature"].split("-"))
    bar = beats * TPQ * 4 // unit
    n_bars = max(1, -(-(parts[0]["onset_tick"][-1] + 1) // bar))
    section = {"kind": take["beat_type"], "letter": "A", "start_bar": 0, "n_bars": n_bars, "start_sec": 0.0,
               "end_sec": float(take["duration"]), "annotator": 0}  # fmt: skip
    return {
        "id": f"groove/{take['id']}", "source": "groove", "genre": take["style"], "artist": take["drummer"],
        "meter": f"{beats}/{unit}", "tempo_qpm": float(take["bpm"]), "n_bars": n_bars, "parts": parts,
        "sections": [section], "split": "train" if take["split"] == "train" else "validation",
    }, Counter()  # fmt: skip


@lru_cache(maxsize=2)
def _takes(folder: Path) -> dict[str, dict[str, str]]:
    """Read ``info.csv`` by MIDI file."""
    with (folder / "info.csv").open(encoding="utf-8") as lines:
        return {row["midi_filename"]: row for row in csv.DictReader(lines)}
