"""How drummers place and weigh their strokes, measured from the Groove MIDI Dataset.

For every style family, grid (sixteenths or, where the playing swings, triplets), drum
and cell of a 4/4 bar: mean and spread of the deviation from the grid in milliseconds and
of the velocity against the drum's mean (the snare's without its ghosts). Each recording is first brought to its own
median deviation (the kit's latency) and each drum to its own mean velocity, so the
spreads are those of one player playing. Beside that: how far one deviation predicts the
next (memory), how much limbs move together, ghost strokes, and how fills grow.

Learnt from the data set's training rows; its validation rows give the ``validation``
ranges that our own songs are compared with.

Run ``python -m data_prep.groove_statistics GROOVE_FOLDER symbolic_music/performing/groove.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbolic_music.analysis.strokes import (
    GHOST_VELOCITY,
    MIN_STROKES,
    STRAIGHT_CELLS,
    TRIPLET_CELLS,
    Strokes,
    measure_drums,
    place_strokes,
)
from symbolic_music.formats.atomic import atomic_path

# The family of a style is decided by its first word that stands here.
FAMILIES = {
    "rock": "rock", "punk": "rock", "pop": "pop", "country": "pop", "dance": "pop", "funk": "funk", "soul": "funk",
    "gospel": "funk", "neworleans": "funk", "jazz": "jazz", "blues": "jazz", "latin": "latin", "afrocuban": "latin",
    "reggae": "latin", "afrobeat": "latin", "hiphop": "hiphop",
}  # fmt: skip
ALL = "all"
# Pitches of the dataset's Roland kit to the drums that the arranger writes.
DRUM_OF_PITCH = {
    36: "kick", 38: "snare", 40: "snare", 37: "rim", 42: "hat", 22: "hat", 44: "pedal", 46: "open", 26: "open",
    51: "ride", 59: "ride", 53: "ride", 49: "crash", 55: "crash", 57: "crash", 52: "crash",
    48: "tom", 50: "tom", 45: "tom", 47: "tom", 43: "tom", 58: "tom",
}  # fmt: skip
MIN_HITS = 40
# A deviation beyond this is a flam or a roll, not somebody's time.
MAX_MS = 60.0
SOURCE = {
    "source": "Groove MIDI Dataset, https://magenta.tensorflow.org/datasets/groove",
    "authors": "Jon Gillick, Adam Roberts, Jesse Engel, Douglas Eck, David Bamman (Google LLC)",
    "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "means, spreads and correlations computed from the 4/4 recordings",
    "unit": "timing in milliseconds off the grid, velocity 1 to 127",
    "level": "mean velocity of a drum off that of kick and snare (without ghosts), mean over recordings",
    "cell": "timing mean, timing SD, velocity off the drum's mean, velocity SD, hits",
}


Hit = tuple[float, float, float]  # deviation, velocity off the drum's mean, velocity off the player's own cell


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording on its grid; deviations and velocities are relative to the player's own."""

    family: str
    cells_per_quarter: int
    drums: np.ndarray
    cells: np.ndarray
    steps: np.ndarray
    deviations: np.ndarray
    velocities: np.ndarray
    relative: np.ndarray
    levels: dict[str, float]


def measure_grooves(folder: Path) -> dict[str, object]:
    """Measure all 4/4 recordings under a folder with the data set's ``info.csv``.

    Returns
    -------
    dict
        Attribution, tables per family and grid, what fills do, and validation ranges.
    """
    beats = [place_recording(strokes, drums, style) for strokes, drums, style in _read(folder, "train", "beat")]
    beats = [recording for recording in beats if recording is not None]
    families = {}
    for family in (ALL, *sorted(set(FAMILIES.values()))):
        chosen = [recording for recording in beats if family in (ALL, recording.family)]
        families[family] = _summarise(chosen)
    fills = [(strokes, drums) for strokes, drums, _ in _read(folder, "train", "fill")]
    people = [measure_drums(strokes, drums) for strokes, drums, _ in _read(folder, "validation", "beat")]
    return {
        **SOURCE, "n_files": len(beats), "families": families, "fill": _measure_fills(fills),
        "validation": summarise_people(people),
    }  # fmt: skip


def summarise_people(people: list[dict[str, float]]) -> dict[str, object]:
    """Percentiles 5, 25, 50, 75 and 95 of each measure over the performances."""
    rows = {
        name: np.round(np.percentile([person[name] for person in people], (5, 25, 50, 75, 95)), 3).tolist()
        for name in people[0]
    }
    return {"n": len(people), "percentiles": [5, 25, 50, 75, 95], "measures": rows}


def place_recording(strokes: Strokes, drums: np.ndarray, style: str) -> Recording:
    """Put a recording on its grid and take away the kit's latency and each drum's own level."""
    placed = place_strokes(strokes)
    deviations = placed.deviations - np.median(placed.deviations)
    velocities = strokes.velocities.astype(float)
    relative = velocities.copy()
    loud = (velocities >= GHOST_VELOCITY) | (drums != "snare")
    means: dict[str, float] = {}
    for drum in np.unique(drums):
        here = drums == drum
        means[str(drum)] = float(velocities[here & loud].mean() if (here & loud).any() else velocities[here].mean())
        relative[here] -= means[str(drum)]
    backbeat = [means[drum] for drum in ("kick", "snare") if drum in means]
    levels = {drum: mean - float(np.mean(backbeat)) for drum, mean in means.items()} if backbeat else {}
    steps = np.rint(strokes.quarters * placed.cells_per_quarter).astype(int)
    family = next((FAMILIES[word] for word in style.split("/") if word in FAMILIES), ALL)
    return Recording(
        family, placed.cells_per_quarter, drums, placed.cells, steps, deviations, velocities, relative, levels
    )


def _read(folder: Path, split: str, kind: str) -> Iterator[tuple[Strokes, np.ndarray, str]]:
    """Read the 4/4 recordings of a split as strokes, with their drums and style."""
    import symusic

    with (folder / "info.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["split"] == split and row["beat_type"] == kind]
    for row in rows:
        if row["time_signature"] != "4-4":
            continue
        score = symusic.Score(str(folder / row["midi_filename"]))
        notes = sorted((n.time, n.pitch, n.velocity) for track in score.tracks for n in track.notes)
        notes = [note for note in notes if note[1] in DRUM_OF_PITCH]
        if len(notes) < (MIN_STROKES if kind == "beat" else 4):
            continue
        ticks, pitches, velocities = (np.array(column) for column in zip(*notes, strict=True))
        drums = np.array([DRUM_OF_PITCH[pitch] for pitch in pitches])
        strokes = Strokes(ticks / score.ticks_per_quarter, pitches, velocities, float(row["bpm"]))
        yield strokes, drums, row["style"]


def _summarise(recordings: list[Recording]) -> dict[str, object]:
    """One family's tables by grid, and what its players have in common."""
    tables: dict[str, object] = {}
    for cells_per_quarter in (STRAIGHT_CELLS, TRIPLET_CELLS):
        chosen = [recording for recording in recordings if recording.cells_per_quarter == cells_per_quarter]
        tables[str(cells_per_quarter)] = _drum_tables(chosen, cells_per_quarter * 4)
    return {
        "n_files": len(recordings), "drums": tables, "levels": _measure_levels(recordings),
        "ghost": _measure_ghosts(recordings), **_measure_memory(recordings),
    }  # fmt: skip


def _measure_levels(recordings: list[Recording]) -> dict[str, float]:
    """How loud each drum is beside kick and snare."""
    levels: dict[str, list[float]] = defaultdict(list)
    for recording in recordings:
        for drum, level in recording.levels.items():
            levels[drum].append(level)
    return {drum: round(float(np.mean(found)), 2) for drum, found in sorted(levels.items())}


def _drum_tables(recordings: list[Recording], n_cells: int) -> dict[str, object]:
    """Mean and spread by drum and cell; drums with few hits are left out, thin cells take the drum's totals."""
    hits: dict[tuple[str, int], list[Hit]] = defaultdict(list)
    for recording in recordings:
        own = _velocity_around_own_groove(recording)
        for row in zip(recording.drums, recording.cells, recording.deviations, recording.relative, own, strict=True):
            if abs(row[2]) <= MAX_MS and not np.isnan(row[4]):
                hits[str(row[0]), int(row[1])].append((float(row[2]), float(row[3]), float(row[4])))
    tables: dict[str, object] = {}
    for drum in sorted({drum for drum, _ in hits}):
        groups = [hits.get((drum, cell), []) for cell in range(n_cells)]
        everything = [hit for group in groups for hit in group]
        if len(everything) >= MIN_HITS:
            tables[drum] = [_cell(group if len(group) >= MIN_HITS else everything, len(group)) for group in groups]
    return tables


def _cell(hits: list[Hit], n_hits: int) -> list[float]:
    """Timing mean and SD, velocity mean and SD, hits."""
    timing, velocity, own = np.array(hits).T
    return [*np.round([timing.mean(), timing.std(), velocity.mean(), np.sqrt((own**2).mean())], 2).tolist(), n_hits]


def _velocity_around_own_groove(recording: Recording) -> np.ndarray:
    """Velocities around the recording's own mean of drum and cell; not a number for ghosts and single strokes."""
    own = np.full(len(recording.drums), np.nan)
    loud = (recording.velocities >= GHOST_VELOCITY) | (recording.drums != "snare")
    for drum in np.unique(recording.drums):
        for cell in np.unique(recording.cells[recording.drums == drum]):
            here = (recording.drums == drum) & (recording.cells == cell) & loud
            if here.sum() > 1:
                # n - 1 values are free once the mean is taken away.
                free = np.sqrt(here.sum() / (here.sum() - 1))
                own[here] = (recording.relative[here] - recording.relative[here].mean()) * free
    return own


def _measure_ghosts(recordings: list[Recording]) -> dict[str, float]:
    """Snare strokes apart: ghosts and the others, velocity and timing."""
    rows = [
        (recording.velocities[here], recording.deviations[here])
        for recording in recordings
        for here in [recording.drums == "snare"]
    ]
    velocities, deviations = (np.concatenate(side) for side in zip(*rows, strict=True))
    ghost = velocities < GHOST_VELOCITY
    return {
        "share": round(float(ghost.mean()), 3),
        "velocity": round(float(velocities[ghost].mean()), 1),
        "velocity_spread": round(float(velocities[ghost].std()), 1),
        "timing": round(float(deviations[ghost].mean() - deviations[~ghost].mean()), 2),
    }


def _measure_memory(recordings: list[Recording]) -> dict[str, float]:
    """How far a deviation predicts the next one of the same drum, and that of another drum struck together."""
    pairs: dict[str, list[tuple[float, float]]] = {"timing": [], "velocity": [], "common": []}
    for recording in recordings:
        timing, velocity = _residuals(recording, recording.deviations), _residuals(recording, recording.relative)
        for drum in np.unique(recording.drums):
            here = recording.drums == drum
            pairs["timing"] += list(zip(timing[here][:-1], timing[here][1:], strict=True))
            pairs["velocity"] += list(zip(velocity[here][:-1], velocity[here][1:], strict=True))
        together = np.flatnonzero(np.diff(recording.steps) == 0)
        pairs["common"] += list(zip(timing[together], timing[together + 1], strict=True))
    named = {"timing": "timing_memory", "velocity": "velocity_memory", "common": "common"}
    return {named[name]: round(float(np.corrcoef(np.array(rows).T)[0, 1]), 3) for name, rows in pairs.items()}


def _residuals(recording: Recording, values: np.ndarray) -> np.ndarray:
    """Values around the recording's own mean of drum and cell, without flams."""
    own = np.clip(values, -MAX_MS, MAX_MS).astype(float)
    for drum in np.unique(recording.drums):
        for cell in np.unique(recording.cells[recording.drums == drum]):
            here = (recording.drums == drum) & (recording.cells == cell)
            own[here] -= own[here].mean()
    return own


def _measure_fills(fills: list[tuple[Strokes, np.ndarray]]) -> dict[str, float]:
    """How the strokes of a fill grow: velocity per quarter by least squares, and its spread around that line."""
    slopes, spreads = [], []
    for strokes, drums in fills:
        chosen = np.isin(drums, ("snare", "tom"))
        if chosen.sum() < 4 or np.ptp(strokes.quarters[chosen]) < 1:
            continue
        line = np.polyfit(strokes.quarters[chosen], strokes.velocities[chosen], 1)
        slopes.append(line[0])
        spreads.append(np.std(strokes.velocities[chosen] - np.polyval(line, strokes.quarters[chosen])))
    return {
        "n_files": len(slopes), "slope": round(float(np.median(slopes)), 2),
        "spread": round(float(np.median(spreads)), 2),
    }  # fmt: skip


def measure_folder(measure: Callable[[Path], dict], description: str | None) -> None:
    """Measure the folder that the command line names and write the table to the file that it names."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the unpacked data set")
    parser.add_argument("table", type=Path, help="the JSON file to write")
    asked = parser.parse_args()
    text = json.dumps(measure(asked.folder), separators=(",", ":")) + "\n"
    with atomic_path(asked.table) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    measure_folder(measure_grooves, __doc__)
