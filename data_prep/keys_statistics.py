"""How pianists weigh and place their notes, measured from POP909's piano tracks.

For every sixteenth of a 4/4 bar: mean and spread of the velocity against the song's mean.
Beside that: what top, inner and lowest voices of a chord have over its mean, how velocity
remembers itself from one moment to the next, and timing. Most of the data set's pianos
were put on the grid by their makers; what those that were played freely do (median
deviation above ``FREE_MS``) is given beside the whole.

Songs are brought to the felt beat: beats longer than ``SLOW_BEAT_SEC`` are halved. The
split is that of ``data_prep.songs``; validation songs give the ``validation`` ranges.

Run ``python -m data_prep.keys_statistics POP909_FOLDER symbolic_music/performing/keys.json``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data_prep.groove_statistics import MAX_MS, measure_folder, summarise_people
from data_prep.readers.pop909 import SAME_SONGS
from data_prep.songs import split_of
from symbolic_music.analysis.strokes import STRAIGHT_CELLS, Strokes, group_chords, measure_keys, place_strokes

SLOW_BEAT_SEC = 0.75
FREE_MS = 4.0
BEATS_IN_BAR = 4
SOURCE = {
    "source": "POP909, https://github.com/music-x-lab/POP909-Dataset",
    "authors": "Ziyu Wang, Ke Chen, Junyan Jiang, Yiyi Zhang, Maoran Xu, Shuqi Dai, Guxian Bin, Gus Xia",
    "licence": "MIT, Copyright (c) 2020 Music X Lab",
    "changes": "means, spreads and correlations computed from the piano tracks in 4/4",
    "unit": "timing in milliseconds off the grid, velocity 1 to 127",
    "cell": "velocity off the song's mean, velocity SD, notes",
}


def measure_pianos(folder: Path) -> dict[str, object]:
    """Measure the piano track of every 4/4 song under the data set's folder."""
    training: list[Strokes] = []
    people: list[dict[str, float]] = []
    free_people: list[dict[str, float]] = []
    for name, strokes in _read(folder):
        if split_of(SAME_SONGS.get(name, name)) == "train":
            training.append(strokes)
            continue
        people.append(measure_keys(strokes))
        if is_free(strokes):
            free_people.append(people[-1])
    free = [strokes for strokes in training if is_free(strokes)]
    return {
        **SOURCE, "n_songs": len(training), "n_free": len(free), "cells": _velocity_cells(training),
        "moments": _moments(training), "voices": _voices(training),
        "timing": _timing(training), "timing_free": _timing(free),
        "validation": summarise_people(people), "validation_free": summarise_people(free_people),
    }  # fmt: skip


def is_free(strokes: Strokes) -> bool:
    """Whether a song was played rather than put on the grid."""
    return float(np.median(np.abs(place_strokes(strokes, STRAIGHT_CELLS).deviations))) > FREE_MS


def _read(folder: Path) -> Iterator[tuple[str, Strokes]]:
    """Read the pianos of 4/4 songs, placed by the data set's beats."""
    import symusic

    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        rows = np.array([line.split() for line in (place / "beat_midi.txt").read_text().splitlines()], dtype=float)
        downbeats = np.flatnonzero(rows[:, 2] == 1)
        if len(downbeats) < 4 or np.median(np.diff(downbeats)) != BEATS_IN_BAR:
            continue
        score = symusic.Score(str(place / f"{place.name}.mid"), ttype="second")
        piano = next((track for track in score.tracks if track.name == "PIANO"), None)
        if piano is None or len(piano.notes) < 200:
            continue
        notes = sorted((note.time, note.pitch, note.velocity) for note in piano.notes)
        seconds, pitches, velocities = (np.array(column) for column in zip(*notes, strict=True))
        yield place.name, _strokes(seconds, pitches, velocities, rows[:, 0], int(downbeats[0]))


def _strokes(
    seconds: np.ndarray, pitches: np.ndarray, velocities: np.ndarray, beats: np.ndarray, downbeat: int
) -> Strokes:
    """Place onsets between the beats; a slow beat counts two quarters."""
    inside = (seconds >= beats[0]) & (seconds < beats[-1])
    quarters = np.interp(seconds[inside], beats, np.arange(len(beats)) - downbeat)
    length = float(np.median(np.diff(beats)))
    scale = 2.0 if length > SLOW_BEAT_SEC else 1.0
    return Strokes(quarters * scale, pitches[inside], velocities[inside], 60.0 / (length / scale))


def _velocity_cells(songs: list[Strokes]) -> list[list[float]]:
    """Velocity by sixteenth of the bar: mean and spread around the song's mean, number of notes."""
    cells = np.concatenate([place_strokes(song, STRAIGHT_CELLS).cells for song in songs])
    relative = np.concatenate([song.velocities - song.velocities.mean() for song in songs])
    groups = [relative[cells == cell] for cell in range(BEATS_IN_BAR * STRAIGHT_CELLS)]
    return [[round(float(g.mean()), 2), round(float(g.std()), 2), len(g)] for g in groups]


def _moments(songs: list[Strokes]) -> dict[str, float]:
    """Spread of the mean velocity of moments around the song's mean, and its correlation with the one before."""
    pairs = []
    for song in songs:
        starts = np.flatnonzero(np.diff(song.quarters, prepend=-1e9) * song.ms_per_quarter > MAX_MS)
        moments = np.add.reduceat(song.velocities.astype(float), starts) / np.diff([*starts, len(song.velocities)])
        moments -= moments.mean()
        pairs.append(np.stack([moments[:-1], moments[1:]], axis=1))
    rows = np.concatenate(pairs)
    return {"spread": round(float(rows.std()), 2), "memory": round(float(np.corrcoef(rows.T)[0, 1]), 3)}


def _voices(songs: list[Strokes]) -> dict[str, float]:
    """What the top, inner and lowest voices of chords have over their chord's mean."""
    sums: dict[str, list[float]] = {"top": [], "inner": [], "lowest": [], "spread": []}
    for song in songs:
        velocities = song.velocities.astype(float)
        for chord in group_chords(song):
            own = velocities[chord] - velocities[chord].mean()
            sums["top"].append(own[-1])
            sums["lowest"].append(own[0])
            sums["inner"] += own[1:-1].tolist()
            sums["spread"].append(float(own.std()))
    return {name: round(float(np.mean(values)), 2) for name, values in sums.items()}


def _timing(songs: list[Strokes]) -> dict[str, float]:
    """Spread and memory of moments around the grid, and how far chords are spread (milliseconds)."""
    squares, memories, gaps = [], [], []
    for song in songs:
        deviations = np.clip(place_strokes(song, STRAIGHT_CELLS).deviations, -MAX_MS, MAX_MS)
        firsts = np.flatnonzero(np.diff(song.quarters, prepend=-1e9) * song.ms_per_quarter > MAX_MS)
        own = deviations[firsts] - deviations[firsts].mean()
        squares.append(float((own**2).mean()))
        if own.std() > 1:
            memories.append(np.corrcoef(own[:-1], own[1:])[0, 1])
        for chord in group_chords(song):
            gaps.append(np.ptp(song.quarters[chord]) * song.ms_per_quarter / (len(chord) - 1))
    return {
        "n_songs": len(songs), "spread": round(float(np.sqrt(np.mean(squares))), 2),
        "memory": round(float(np.median(memories)), 3), "chord_gap": round(float(np.mean(gaps)), 2),
    }  # fmt: skip


if __name__ == "__main__":
    measure_folder(measure_pianos, __doc__)
