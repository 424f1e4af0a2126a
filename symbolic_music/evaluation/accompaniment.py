"""Does the accompaniment give the machine away? A pianist's notes in numbers, and a classifier against people's.

A *window* holds eight bars of a pianist who accompanies a tune in 4/4, from the beginning of a phrase or section; a
*stroke* is what begins together. ``ACCOMPANIMENT_FEATURES`` are the numbers of a window, none of which needs to know
chords, key or tempo. ``accompaniment_reference.json`` holds those of POP909's pianists (validation songs, written by
``python -m data_prep.accompaniment_reference``).

``python -m symbolic_music.evaluation.accompaniment FOLDER`` reads every song folder in a folder, takes what its
piano plays (program 0 to 7, the tune apart) and prints the table beside people's and the two-sample AUC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.evaluation.two_sample import TwoSampleResult, WindowSet, two_sample_auc
from symbolic_music.song.folder import SONG_MIDI
from symbolic_music.song.score import Score
from symbolic_music.theory.meter import TPQ, snap_to_grid

REFERENCE_FILE = "accompaniment_reference.json"
WINDOW_BARS, BAR_TICKS = 8, 48
# Windows of a song are used where the pianist plays in so many of the bars.
MIN_BARS = 5
KEYBOARDS, ROLES = range(0, 8), ("chords", "pad")
# The shortest note that a window knows and the longest: data of pianists are cut there too.
SHORTEST, LONGEST = 3, 48
# Lengths of a machine's figures: three quarters of a beat, half a beat, a beat.
PLAIN_LENGTHS = (12, 6, 9)
LOW, HIGH = 48, 72
N_HALVES = 3

Note = tuple[int, int, int]


@dataclass(frozen=True)
class Playing:
    """Notes (onset, duration, pitch) of ``WINDOW_BARS`` bars, ticks from the first bar line."""

    notes: tuple[Note, ...]

    @cached_property
    def strokes(self) -> list[tuple[int, list[int]]]:
        """Onset and ascending pitches of every stroke, in order."""
        found: dict[int, list[int]] = {}
        for onset, _, pitch in self.notes:
            found.setdefault(onset, []).append(pitch)
        return [(onset, sorted(pitches)) for onset, pitches in sorted(found.items())]

    @cached_property
    def lowest(self) -> list[int]:
        """The lowest note of every stroke."""
        return [pitches[0] for _, pitches in self.strokes]

    @cached_property
    def rhythms(self) -> list[frozenset[int]]:
        """Where strokes begin, for every bar."""
        bars: list[set[int]] = [set() for _ in range(WINDOW_BARS)]
        for onset, _ in self.strokes:
            bars[onset // BAR_TICKS].add(onset % BAR_TICKS)
        return [frozenset(bar) for bar in bars]

    @cached_property
    def bars(self) -> list[frozenset[tuple[int, int]]]:
        """Place and pitch of what begins, for every bar."""
        bars: list[set[tuple[int, int]]] = [set() for _ in range(WINDOW_BARS)]
        for onset, _, pitch in self.notes:
            bars[onset // BAR_TICKS].add((onset % BAR_TICKS, pitch))
        return [frozenset(bar) for bar in bars]

    @cached_property
    def sounding(self) -> np.ndarray:
        """How many notes sound at every sixteenth, shape (128,)."""
        counts = np.zeros(WINDOW_BARS * BAR_TICKS // 3)
        for onset, length, _ in self.notes:
            counts[-(-onset // 3) : max(onset + 1, onset + length + 2) // 3] += 1
        return counts


def _mean(values: Iterable[float]) -> float:
    """Mean, 0 of nothing."""
    listed = list(values)
    return float(np.mean(listed)) if listed else 0.0


def _lengths_between(low: float, high: float) -> Callable[[Playing], float]:
    """Share of notes that are so many beats long, the upper edge left out."""
    return lambda own: _mean(low * TPQ <= length < high * TPQ for _, length, _ in own.notes)


def _strokes_at(*ticks: int) -> Callable[[Playing], float]:
    """Share of strokes at some places of a quarter."""
    return lambda own: _mean(onset % TPQ in ticks for onset, _ in own.strokes)


def _likeness(bars: Sequence[frozenset[Any]], distance: int) -> float:
    """Mean share that bars so far apart have in common."""
    pairs = [(a, b) for a, b in zip(bars, bars[distance:], strict=False) if a | b]
    return _mean(len(a & b) / len(a | b) for a, b in pairs)


def _turns(own: Playing) -> float:
    """Of three single notes in a row, how often the third turns back."""
    threes = [
        (a[1][0], b[1][0], c[1][0])
        for a, b, c in zip(own.strokes, own.strokes[1:], own.strokes[2:], strict=False)
        if len(a[1]) == len(b[1]) == len(c[1]) == 1
    ]
    return _mean((b - a) * (c - b) < 0 for a, b, c in threes)


def _again(own: Playing) -> float:
    """Share of strokes of two notes or more that are the stroke before, struck again."""
    return _mean(a[1] == b[1] for a, b in pairwise(own.strokes) if len(b[1]) > 1)


def _low_moves(own: Playing) -> float:
    """Semitones from the lowest note of a bar to the next bar's."""
    lowest = [min(pitch for _, pitch in bar) for bar in own.bars if bar]
    return _mean(abs(b - a) for a, b in pairwise(lowest))


ACCOMPANIMENT_FEATURES: dict[str, Callable[[Playing], float]] = {
    "plain lengths (3/4, 1/2, 1 beat)": lambda own: _mean(length in PLAIN_LENGTHS for _, length, _ in own.notes),
    "lengths below half a beat": _lengths_between(0, 0.5),
    "lengths of 1.4 to 1.9 beats": _lengths_between(1.4, 1.9),
    "lengths of 2 beats and more": _lengths_between(2, 99),
    "different lengths": lambda own: float(len({length for _, length, _ in own.notes})),
    "mean length, beats": lambda own: _mean(length / TPQ for _, length, _ in own.notes),
    "single notes among strokes": lambda own: _mean(len(pitches) == 1 for _, pitches in own.strokes),
    "strokes of four notes and more": lambda own: _mean(len(pitches) >= 4 for _, pitches in own.strokes),
    "notes a stroke": lambda own: _mean(len(pitches) for _, pitches in own.strokes),
    "lowest note repeats": lambda own: _mean(a == b for a, b in pairwise(own.lowest)),
    "lowest note moves, semitones": lambda own: _mean(abs(b - a) for a, b in pairwise(own.lowest)),
    "bar's lowest note moves, semitones": _low_moves,
    "spread of the hands, semitones": lambda own: _mean(pitches[-1] - pitches[0] for _, pitches in own.strokes),
    "same stroke again": _again,
    "single notes turn back": _turns,
    "notes a bar": lambda own: len(own.notes) / WINDOW_BARS,
    "strokes a bar": lambda own: len(own.strokes) / WINDOW_BARS,
    "strokes a bar, deviation": lambda own: float(np.std([len(bar) for bar in own.rhythms])),
    "mean pitch": lambda own: _mean(pitch for _, _, pitch in own.notes),
    "deviation of pitch": lambda own: float(np.std([pitch for _, _, pitch in own.notes])) if own.notes else 0.0,
    "highest pitch": lambda own: float(max((pitch for _, _, pitch in own.notes), default=0)),
    "notes below C3": lambda own: _mean(pitch < LOW for _, _, pitch in own.notes),
    "notes from C5 up": lambda own: _mean(pitch >= HIGH for _, _, pitch in own.notes),
    "strokes on beats": _strokes_at(0),
    "strokes on half beats": _strokes_at(6),
    "strokes on other sixteenths": _strokes_at(3, 9),
    "bars that begin with a stroke": lambda own: _mean(0 in bar for bar in own.rhythms),
    "notes sounding": lambda own: float(own.sounding.mean()),
    "silence": lambda own: _mean(bool(count == 0) for count in own.sounding),
    "different rhythms": lambda own: len(set(own.rhythms)) / WINDOW_BARS,
    "rhythm as the bar before": lambda own: _likeness(own.rhythms, 1),
    "rhythm as two bars before": lambda own: _likeness(own.rhythms, 2),
    "notes as the bar before": lambda own: _likeness(own.bars, 1),
    "notes as four bars before": lambda own: _likeness(own.bars, 4),
}
# The single features of the table that docs/band.md prints.


def playing_windows(notes: Iterable[Note], starts: Sequence[int], n_bars: int) -> list[Playing]:
    """Cut a pianist's notes into windows.

    Parameters
    ----------
    notes : iterable of (onset, duration, pitch)
        Ticks from the song's first bar line, 48 a bar.
    starts : sequence of int
        Bars where phrases or sections begin; windows start there, each after the end of the one before, and go on
        through longer stretches.
    n_bars : int
        Bars of the song.

    Returns
    -------
    list of Playing
        Those with notes in at least ``MIN_BARS`` bars.
    """
    listed = sorted(notes)
    found = []
    for bar in _window_bars(starts, n_bars):
        first, last = bar * BAR_TICKS, (bar + WINDOW_BARS) * BAR_TICKS
        own = {
            (onset - first, pitch): min(max(length, SHORTEST), LONGEST)
            for onset, length, pitch in listed
            if first <= onset < last
        }
        if len({onset // BAR_TICKS for onset, _ in own}) >= MIN_BARS:
            found.append(Playing(tuple((onset, length, pitch) for (onset, pitch), length in sorted(own.items()))))
    return found


def _window_bars(starts: Sequence[int], n_bars: int) -> list[int]:
    """First bars of the windows: every start that is free, and each eight bars through what lies between two."""
    bars: list[int] = []
    free = 0
    for start, end in pairwise([*sorted({start for start in starts if start < n_bars}), n_bars]):
        bar = max(start, free)
        while bar + WINDOW_BARS <= max(end, start + WINDOW_BARS) and bar + WINDOW_BARS <= n_bars:
            bars.append(bar)
            bar += WINDOW_BARS
        free = max(free, bar) if bars else free
    return bars


def features_of(own: Playing) -> list[float]:
    """All of ``ACCOMPANIMENT_FEATURES`` of one window, in their order."""
    return [feature(own) for feature in ACCOMPANIMENT_FEATURES.values()]


def window_set(songs: Sequence[Sequence[Playing]], first_song: int = 0) -> WindowSet:
    """Measure the windows of several songs for the two-sample test."""
    rows = [features_of(own) for song in songs for own in song]
    numbers = [first_song + number for number, song in enumerate(songs) for _ in song]
    return WindowSet(np.array(rows).reshape(len(rows), len(ACCOMPANIMENT_FEATURES)), np.array(numbers, dtype=int))


class People(NamedTuple):
    """Windows of people who play, and the test's AUC between random halves of their songs."""

    windows: WindowSet
    auc: float


@lru_cache(maxsize=1)
def load_people() -> People:
    """Read the windows of POP909's pianists.

    Raises
    ------
    FileFormatError
        If the file was made for other features.
    """
    row = json.loads(files("symbolic_music.evaluation").joinpath(REFERENCE_FILE).read_text(encoding="utf-8"))
    if row["features"] != list(ACCOMPANIMENT_FEATURES):
        raise FileFormatError(
            f"{REFERENCE_FILE}: made for other features; run python -m data_prep.accompaniment_reference"
        )
    windows = WindowSet(np.array(row["windows"], dtype=float), np.array(row["song"], dtype=int))
    return People(windows, row["people_auc"])


@dataclass(frozen=True)
class Compared:
    """Pianists of songs beside people: two-sample AUCs, and (people, ours, way to people 0 to 1) by feature."""

    result: TwoSampleResult
    people_auc: float
    table: Mapping[str, tuple[float, float, float]]
    n_songs: int
    n_windows: int


def compare_with_people(ours: WindowSet, seed: int = 0) -> Compared:
    """Hold pianists' windows against people's.

    Parameters
    ----------
    ours : WindowSet
        Of at least two songs; song numbers are their own.
    seed : int
        Of folds, forest and halves.

    Raises
    ------
    InputError
        If there are too few songs.
    """
    people = load_people()
    apart = WindowSet(ours.features, ours.song + int(people.windows.song.max()) + 1)
    names = list(ACCOMPANIMENT_FEATURES)
    result = two_sample_auc(people.windows, apart, seed=seed)
    columns = zip(people.windows.features.T, ours.features.T, strict=True)
    table = {name: _beside(theirs, own) for name, (theirs, own) in zip(names, columns, strict=True)}
    return Compared(result, people.auc, table, ours.n_songs, len(ours.song))


def _beside(people: np.ndarray, ours: np.ndarray) -> tuple[float, float, float]:
    """Means of a feature, and how far apart they are in deviations of people's windows."""
    deviation = max(float(people.std()), 1e-9)
    return float(people.mean()), float(ours.mean()), float((ours.mean() - people.mean()) / deviation)


def people_against_people(people: WindowSet, seed: int = 0, n_halves: int = N_HALVES) -> float:
    """Give the mean AUC of the test between random halves of people's songs."""
    rng = np.random.default_rng(seed)
    songs = np.unique(people.song)
    aucs = []
    for _ in range(n_halves):
        half = np.isin(people.song, rng.permutation(songs)[: len(songs) // 2])
        one, other = (WindowSet(people.features[own], people.song[own]) for own in (half, ~half))
        aucs.append(two_sample_auc(one, other, seed=seed).auc)
    return float(np.mean(aucs))


def playing_of_score(score: Score) -> list[Playing]:
    """Take what the keyboards of a score play beside the tune, in windows.

    Parameters
    ----------
    score : Score
        In 4/4, performed or not; onsets and ends move to the engine's grid as those of the data were.

    Returns
    -------
    list of Playing
        None where the meter is another.
    """
    if any(change.meter.bar_ticks != BAR_TICKS for change in score.meters):
        return []
    factor = TPQ / score.tpq
    tracks = [
        track for track in score.tracks if track.program in KEYBOARDS and track.role in ROLES and len(track.notes)
    ]
    notes = [
        (snap_to_grid(onset * factor), snap_to_grid((onset + length) * factor) - snap_to_grid(onset * factor), pitch)
        for track in tracks
        for onset, length, pitch, _ in track.notes.tolist()
    ]
    starts = [round(marker.tick * factor) // BAR_TICKS for marker in score.markers] or [0]
    return playing_windows(notes, starts, round(score.end_tick * factor) // BAR_TICKS)


def report(compared: Compared) -> str:
    """Write a comparison as a table in Markdown."""
    auc = compared.result
    lines = [
        f"{compared.n_songs} songs, {compared.n_windows} windows of {WINDOW_BARS} bars: two-sample AUC {auc.auc:.3f}"
        f" ({', '.join(f'{name} {value:.3f}' for name, value in auc.aucs.items())}); people against people"
        f" {compared.people_auc:.3f}",
        "",
        "| feature | people | ours | deviations apart |",
        "| -- | -- | -- | -- |",
    ]
    lines += [f"| {name} | {row[0]:.3g} | {row[1]:.3g} | {row[2]:+.2f} |" for name, row in compared.table.items()]
    return "\n".join(lines)


def read_folder(folder: Path) -> list[list[Playing]]:
    """Read the pianists of all song folders in a folder; songs without one are left out.

    Raises
    ------
    InputError
        If no song has a pianist.
    """
    from symbolic_music.formats.midi import read_midi

    found = [playing_of_score(read_midi(path)) for path in sorted(folder.glob(f"**/{SONG_MIDI}"))]
    songs = [windows for windows in found if windows]
    if not songs:
        raise InputError(f"{folder}: no {SONG_MIDI} with a keyboard beside the tune in 4/4")
    return songs


def main() -> None:
    """Run from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="A pianist's notes beside people's")
    parser.add_argument("folder", type=Path, help="holds song folders, as create writes them")
    arguments = parser.parse_args()
    print(report(compare_with_people(window_set(read_folder(arguments.folder)))))


if __name__ == "__main__":
    main()
