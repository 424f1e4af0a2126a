"""Our performances beside people's: ``python -m symbolic_music.performing.table --songs FOLDER``.

Drums are compared with the drummers of Groove's validation rows, keys with the pianists of
POP909's validation songs: a measure passes when our middle song lies between people's 5th
and 95th percentile. ``--positions`` adds velocity and timing by place in the bar.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symbolic_music.analysis.strokes import MIN_STROKES, Strokes, measure_drums, measure_keys, place_strokes
from symbolic_music.errors import FileFormatError, SymbolicMusicError
from symbolic_music.formats.midi import read_midi
from symbolic_music.performing.drummers import DRUM_NAMES
from symbolic_music.song.folder import SONG_MIDI
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.meter import TPQ

if TYPE_CHECKING:
    from rich.table import Table

KEYS_PROGRAMS = range(0, 8)
# The last bars slow down; they are left out, as is what stands before the first bar.
TAIL_QUARTERS = 8
SHOWN_DRUMS = ("kick", "snare", "hat")


class Row(NamedTuple):
    """One measure: the middle, least and most of our songs, people's range, and whether our middle lies inside."""

    player: str
    measure: str
    ours: float
    least: float
    most: float
    low: float
    high: float
    passed: bool


def find_scores(folder: Path) -> list[Score]:
    """Read the MIDI files of song folders under a folder, of the folder itself, or one file.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    paths = [folder] if folder.is_file() else sorted(folder.rglob(SONG_MIDI)) or sorted(folder.glob("*.mid"))
    if not paths:
        raise FileFormatError(f"{folder}: no song folder with {SONG_MIDI} and no .mid file in it")
    return [read_midi(path) for path in paths]


def strokes_of(track: Track, score: Score) -> Strokes:
    """A track's notes as strokes, without the song's last bars."""
    notes = track.notes[track.notes["onset_tick"] < score.end_tick - TAIL_QUARTERS * score.tpq]
    bar_quarters = score.meters[0].meter.bar_ticks / TPQ
    return Strokes(
        notes["onset_tick"] / score.tpq, notes["pitch"], notes["velocity"], score.tempos[0].qpm, bar_quarters
    )


def compare(scores: list[Score]) -> list[Row]:
    """Measure drums and keys of our songs and set them beside people's ranges."""
    ours: dict[str, list[dict[str, float]]] = {"drums": [], "keys": []}
    for score in scores:
        for track in score.tracks:
            player = _player_of(track)
            if player == "drums":
                ours["drums"].append(measure_drums(strokes_of(track, score), _drums(track, score)))
            elif player == "keys":
                ours["keys"].append(measure_keys(strokes_of(track, score)))
    people = {"drums": _people("groove.json"), "keys": _people("keys.json")}
    return [row for player, measured in ours.items() if measured for row in _rows(player, measured, people[player])]


def chorus_over_verse(scores: list[Score]) -> tuple[int, int]:
    """Count songs whose choruses' mean velocity is above their verses', and songs that have both."""
    higher = both = 0
    for score in scores:
        verse, chorus = _section_velocities(score, "Verse"), _section_velocities(score, "Chorus")
        if len(verse) and len(chorus):
            both += 1
            higher += int(chorus.mean() > verse.mean())
    return higher, both


def positions(scores: list[Score]) -> list[str]:
    """Lines of velocity and timing by sixteenth of the bar, ours beside people's."""
    groove, keys = _read("groove.json"), _read("keys.json")
    lines = []
    for drum in SHOWN_DRUMS:
        cells = groove["families"]["all"]["drums"]["4"][drum]
        lines += _position_lines(drum, scores, [c[2] for c in cells], [c[0] for c in cells])
    lines += _position_lines("keys", scores, [c[0] for c in keys["cells"]], None)
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 0, 1 if a measure is missed under ``--strict``, 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        scores = find_scores(options.songs)
    except SymbolicMusicError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    rows = compare(scores)
    higher, both = chorus_over_verse(scores)
    if options.json:
        data = {"rows": [row._asdict() for row in rows], "chorus_louder": higher, "with_both": both}
        print(json.dumps(data, indent=1))
    else:
        from rich.console import Console

        title = f"{len(scores)} songs; people: Groove and POP909, validation side, 5th to 95th percentile"
        Console(width=110).print(hands_table(rows, title))
        print(f"chorus louder than verse: {higher} of {both} songs that have both")
        if options.positions:
            print("\n".join(positions(scores)))
    missed = not all(row.passed for row in rows) or higher < 0.95 * both
    return 1 if options.strict and missed else 0


def _player_of(track: Track) -> str:
    """Which people a track is compared with, if any."""
    if len(track.notes) < MIN_STROKES:
        return ""
    if track.is_drum:
        return "drums"
    return "keys" if track.role == "chords" and track.program in KEYS_PROGRAMS else ""


def _drums(track: Track, score: Score) -> np.ndarray:
    """The drum of each stroke, as far as the strokes are measured."""
    n_strokes = len(strokes_of(track, score).quarters)
    return np.array([DRUM_NAMES.get(pitch, "hat") for pitch in track.notes["pitch"][:n_strokes].tolist()])


def _rows(player: str, measured: list[dict[str, float]], people: Mapping[str, list[float]]) -> list[Row]:
    """Compare each measure with people's percentiles."""
    rows = []
    for name, percentiles in people.items():
        values = np.array([song[name] for song in measured])
        low, high, middle = percentiles[0], percentiles[-1], float(np.median(values))
        inside = bool(low <= middle <= high)
        rows.append(Row(player, name, middle, float(values.min()), float(values.max()), low, high, inside))
    return rows


def _people(name: str) -> Mapping[str, list[float]]:
    """People's percentiles by measure."""
    measures: Mapping[str, list[float]] = _read(name)["validation"]["measures"]
    return measures


def _read(name: str) -> dict[str, Any]:
    """Read one of the measured tables."""
    return dict(json.loads(files("symbolic_music.performing").joinpath(name).read_text(encoding="utf-8")))


def _section_velocities(score: Score, kind: str) -> np.ndarray:
    """Velocities of all notes that begin in sections of a kind."""
    starts = [marker.tick for marker in score.markers] + [score.end_tick]
    parts = [
        track.notes["velocity"][(track.notes["onset_tick"] >= start) & (track.notes["onset_tick"] < end)]
        for marker, start, end in zip(score.markers, starts, starts[1:], strict=False)
        if marker.text.startswith(kind)
        for track in score.tracks
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _position_lines(name: str, scores: list[Score], people: list[float], timing: list[float] | None) -> list[str]:
    """Four lines: velocity and timing by sixteenth, ours and people's."""
    velocities: list[np.ndarray] = []
    deviations: list[np.ndarray] = []
    cells: list[np.ndarray] = []
    for score in scores:
        for track in score.tracks:
            strokes = strokes_of(track, score)
            if strokes.bar_quarters != 4 or _player_of(track) != ("keys" if name == "keys" else "drums"):
                continue
            chosen = np.full(len(strokes.quarters), True) if name == "keys" else _drums(track, score) == name
            placed = place_strokes(strokes, 4)
            if chosen.any():
                velocities.append(strokes.velocities[chosen] - strokes.velocities[chosen].mean())
                deviations.append(placed.deviations[chosen])
                cells.append(placed.cells[chosen])
    if not cells:
        return []
    place, weight, time = (np.concatenate(side) for side in (cells, velocities, deviations))
    groups = [place == cell for cell in range(16)]
    ours = [float(weight[g].mean()) if g.sum() > 8 else float("nan") for g in groups]
    late = [float(time[g].mean()) if g.sum() > 8 else float("nan") for g in groups]
    lines = [_line(f"{name} velocity, ours", ours), _line(f"{name} velocity, people", people)]
    if timing is not None:
        lines += [_line(f"{name} timing ms, ours", late), _line(f"{name} timing ms, people", timing)]
    return lines


def _line(title: str, values: list[float]) -> str:
    """One line of sixteen numbers."""
    return f"{title:26}" + " ".join("    ." if np.isnan(value) else f"{value:5.1f}" for value in values)


def hands_table(rows: list[Row], title: str) -> Table:
    """Lay out the rows."""
    from rich.table import Table

    table = Table(title=title)
    for heading in ("player", "measure", "our middle", "our least to most", "people", ""):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.player, row.measure, f"{row.ours:.2f}", f"{row.least:.2f} to {row.most:.2f}",
            f"{row.low:.2f} to {row.high:.2f}", "inside" if row.passed else "OUTSIDE",
        )  # fmt: skip
    return table


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m symbolic_music.performing.table", description=__doc__)
    parser.add_argument("--songs", type=Path, required=True, help="a folder of songs saved by create, or one song")
    parser.add_argument("--positions", action="store_true", help="also print velocity and timing by place in the bar")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a measure is missed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
