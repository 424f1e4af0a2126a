"""Timing and velocity of drummers, measured from the Groove MIDI Dataset.

For every drum and sixteenth of the bar: the mean and standard deviation of the
distance from the grid (in ticks, 480 to the quarter) and of the velocity. Only
straight 4/4 beats are read: swung styles lie between two sixteenths, so their
distance to the nearest one means nothing.

Run ``python -m data_prep.groove_statistics GROOVE_FOLDER OUTPUT.json``.
"""

from __future__ import annotations

import csv
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

TPQ = 480
CELL = TPQ // 4
SWUNG = ("jazz", "shuffle", "swing", "afrocuban", "neworleans", "hiphop", "latin", "blues")
# Pitches of the dataset's Roland kit to the drums that the arranger writes.
DRUM_OF_PITCH = {
    36: "kick", 38: "snare", 40: "snare", 37: "rim", 42: "hat", 22: "hat", 44: "pedal", 46: "open", 26: "open",
    51: "ride", 59: "ride", 53: "ride", 49: "crash", 55: "crash", 57: "crash", 52: "crash",
    48: "tom", 50: "tom", 45: "tom", 47: "tom", 43: "tom", 58: "tom",
}  # fmt: skip
MIN_HITS = 30
SOURCE = {
    "source": "Groove MIDI Dataset, https://magenta.tensorflow.org/datasets/groove",
    "authors": "Jon Gillick, Adam Roberts, Jesse Engel, Douglas Eck, David Bamman (Google LLC)",
    "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "means and standard deviations computed from the straight 4/4 beats",
    "unit": "ticks, 480 to the quarter; velocity 1 to 127",
}

Cell = tuple[str, int]


def measure_grooves(folder: Path) -> dict[str, object]:
    """Measure all straight 4/4 beats under a folder with the data set's ``info.csv``.

    Returns
    -------
    dict
        Attribution, the number of files, and for each drum its mean velocity and
        sixteen cells of (timing mean, timing SD, velocity mean, velocity SD, hits).
    """
    hits: dict[Cell, list[tuple[float, int]]] = defaultdict(list)
    n_files = 0
    with (folder / "info.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["beat_type"] != "beat" or row["time_signature"] != "4-4" or _is_swung(row["style"]):
                continue
            n_files += 1
            _read_hits(folder / row["midi_filename"], hits)
    drums = sorted({drum for drum, _ in hits})
    return {**SOURCE, "n_files": n_files, "drums": {drum: _summarise(drum, hits) for drum in drums}}


def _is_swung(style: str) -> bool:
    """Whether a style is played off the sixteenth grid."""
    return any(word in style for word in SWUNG)


def _read_hits(path: Path, hits: dict[Cell, list[tuple[float, int]]]) -> None:
    """Add a file's hits: drum and cell to (distance from the grid, velocity)."""
    import mido

    midi = mido.MidiFile(path)
    scale = TPQ / midi.ticks_per_beat
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity and message.note in DRUM_OF_PITCH:
                cell = round(tick * scale / CELL)
                hits[DRUM_OF_PITCH[message.note], cell % 16].append((tick * scale - cell * CELL, message.velocity))


def _summarise(drum: str, hits: dict[Cell, list[tuple[float, int]]]) -> dict[str, object]:
    """One drum's overall velocity and its sixteen cells; thin cells take the drum's totals."""
    everything = [hit for (name, _), group in hits.items() if name == drum for hit in group]
    cells = []
    for index in range(16):
        group = hits.get((drum, index), [])
        cells.append([*_moments(group if len(group) >= MIN_HITS else everything), len(group)])
    return {"velocity": _moments(everything)[2], "cells": cells}


def _moments(hits: list[tuple[float, int]]) -> list[float]:
    """Timing mean and SD, velocity mean and SD."""
    columns = list(zip(*hits, strict=True))
    return [round(f(column), 2) for column in columns for f in (statistics.fmean, statistics.pstdev)]


if __name__ == "__main__":
    result = measure_grooves(Path(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")
