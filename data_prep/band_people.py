"""Are our bands told from people's? Windows of whole bands in numbers, and a classifier against multi-track pieces.

``python -m data_prep.band_people dataset/`` takes people's pieces in 4/4 (game music and free pieces of the dataset:
a bass or drums and two parts more) and plans, arranges and measures a song in every style of the families that such
music is of, without a model. It prints the two-sample AUC (``evaluation.two_sample``) beside that of people against
people, and the features that tell the two apart.

A window holds eight bars, from the beginning of a section or phrase. Its features: those of
``evaluation.accompaniment`` for all chord parts together, and a few of bass, drums and of the parts side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from data_prep.band_idioms import idiom_song
from data_prep.dataset import iter_rows
from symbolic_music.arranging import arrange
from symbolic_music.evaluation.accompaniment import (
    ACCOMPANIMENT_FEATURES,
    BAR_TICKS,
    WINDOW_BARS,
    Note,
    features_of,
    people_against_people,
    playing_windows,
)
from symbolic_music.evaluation.two_sample import TwoSampleResult, WindowSet, two_sample_auc
from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import Score
from symbolic_music.styles.style import all_styles

SOURCES, FAMILIES = ("game_music", "freedoom", "th_free_music"), ("rock", "cinematic", "electronic")
CHORD_PARTS = ("piano", "guitar", "pad", "arpeggio", "countermelody")
# Fewer parts than these are no band; a song gives at most so many windows.
MIN_PARTS, MOST_WINDOWS = 3, 4
Parts = Mapping[str, Sequence[Note]]
BAND_FEATURES = (
    *ACCOMPANIMENT_FEATURES, "bass, notes a bar", "bass, length in beats", "bass, repeats", "bass moves, semitones",
    "bass, on beats", "drums, strokes a bar", "drums, on beats", "drums, on other sixteenths", "drums, distinct bars",
    "drums, as the bar before", "drums, different sounds", "bass and kick together", "parts that play",
)  # fmt: skip


def people_bands(dataset_dir: Path) -> Iterator[list[list[float]]]:
    """Measure the windows of every multi-track piece in 4/4 that is a band's."""
    for source in SOURCES:
        for row in iter_rows(dataset_dir, source):
            parts: dict[str, list[Note]] = {}
            for part in row["parts"]:
                notes = zip(part["onset_tick"], part["duration_tick"], part["pitch"], strict=True)
                parts.setdefault(part["part"], []).extend(notes)
            starts = [phrase["start_bar"] for phrase in row["phrases"]] or [0]
            if row["meter"] == "4/4" and _is_band(parts):
                yield measure_windows(parts, starts, row["n_bars"])


def our_bands(seed: int = 0) -> Iterator[list[list[float]]]:
    """Measure the windows of a planned song in every style of ``FAMILIES`` that is played in 4/4."""
    for style in all_styles():
        if style.family in FAMILIES and style.meters[0] == "4/4" and not style.free:
            plan, sheet = idiom_song(style.name, seed)
            score = arrange(sheet, plan)
            parts = parts_of(score)
            if _is_band(parts):
                yield measure_windows(parts, [tick // BAR_TICKS for tick in plan.section_ticks], plan.n_bars)


def parts_of(score: Score) -> dict[str, list[Note]]:
    """The notes of a score by part; chord players are told apart by their tracks."""
    parts: dict[str, list[Note]] = {}
    for number, track in enumerate(score.tracks):
        name = track.role if track.role in ("drums", "bass", "melody", "line") else f"{track.role} {number}"
        parts.setdefault(name, []).extend(row[:3] for row in rows_of(track.notes))
    return {name: notes for name, notes in parts.items() if notes}


def _is_band(parts: Parts) -> bool:
    """Whether bass or drums play, and two more beside the tune."""
    accompanying = [name for name, notes in parts.items() if notes and name not in ("melody", "line")]
    return len(accompanying) >= MIN_PARTS and bool({"bass", "drums"} & set(accompanying))


def measure_windows(parts: Parts, starts: Sequence[int], n_bars: int) -> list[list[float]]:
    """Measure a band's windows, at most ``MOST_WINDOWS`` from all over the song.

    Parameters
    ----------
    parts : mapping of part to (onset, duration, pitch)
        Ticks from the first bar line, 48 a bar.
    starts : sequence of int
        Bars where phrases or sections begin.
    n_bars : int
        Bars of the song.

    Returns
    -------
    list of rows
        In the order of ``BAND_FEATURES``; windows in which chord parts play in fewer than five bars are left out.
    """
    chords = [note for name, notes in parts.items() if name.split()[0] in (*CHORD_PARTS, "chords") for note in notes]
    found = []
    for start in sorted(set(starts)):
        first, last = start * BAR_TICKS, (start + WINDOW_BARS) * BAR_TICKS
        own = [(onset - first, *rest) for onset, *rest in chords if first <= onset < last]
        windows = playing_windows(own, [0], WINDOW_BARS) if start + WINDOW_BARS <= n_bars else []
        cut = {
            name: [(onset - first, length, pitch) for onset, length, pitch in notes if first <= onset < last]
            for name, notes in parts.items()
        }
        found += [features_of(window) + _of_band(cut) for window in windows]
    places = np.unique(np.linspace(0, len(found) - 1, MOST_WINDOWS).round().astype(int)) if found else []
    return [found[place] for place in places]


def _of_band(parts: Parts) -> list[float]:
    """The features of bass, drums and the parts side by side."""
    bass, drums = sorted(parts.get("bass", ())), sorted(parts.get("drums", ()))
    moves = [abs(b[2] - a[2]) for a, b in pairwise(bass)]
    bars = [frozenset((n[0] % BAR_TICKS, n[2]) for n in drums if n[0] // BAR_TICKS == b) for b in range(WINDOW_BARS)]
    shared = [len(a & b) / len(a | b) for a, b in pairwise(bars) if a | b]
    kicks = {n[0] for n in drums if n[2] in (35, 36)}
    return [
        len(bass) / WINDOW_BARS, _mean(n[1] / 12 for n in bass), _mean(move == 0 for move in moves), _mean(moves),
        _mean(n[0] % 12 == 0 for n in bass), len(drums) / WINDOW_BARS, _mean(n[0] % 12 == 0 for n in drums),
        _mean(n[0] % 12 in (3, 9) for n in drums), len(set(bars)) / WINDOW_BARS if drums else 0.0, _mean(shared),
        float(len({n[2] for n in drums})), _mean(n[0] in kicks for n in bass),
        float(sum(bool(notes) for name, notes in parts.items() if name not in ("melody", "line"))),
    ]  # fmt: skip


def _mean(values: Iterable[float]) -> float:
    """Mean, 0 of nothing."""
    listed = [float(value) for value in values]
    return float(np.mean(listed)) if listed else 0.0


def band_windows(bands: Iterable[list[list[float]]]) -> WindowSet:
    """Windows of several bands for the two-sample test; bands without any are left out."""
    listed = [band for band in bands if band]
    rows = [row for band in listed for row in band]
    songs = [number for number, band in enumerate(listed) for _ in band]
    return WindowSet(np.array(rows).reshape(len(rows), len(BAND_FEATURES)), np.array(songs, dtype=int))


def compare(people: WindowSet, ours: WindowSet) -> TwoSampleResult:
    """Hold our bands' windows against people's."""
    apart = WindowSet(ours.features, ours.song + int(people.song.max()) + 1)
    return two_sample_auc(people, apart, names=BAND_FEATURES)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    people, ours = band_windows(people_bands(arguments.dataset)), band_windows(our_bands(arguments.seed))
    result = compare(people, ours)
    print(
        f"{ours.n_songs} bands of ours ({len(ours.song)} windows), {people.n_songs} of people's ({len(people.song)}):"
        f" two-sample AUC {result.auc:.3f}; people against people {people_against_people(people):.3f}"
    )
    for told in result.telling:
        print(f"  {told.name:34} people {told.real:7.3f}   ours {told.generated:7.3f}")


if __name__ == "__main__":
    main()
