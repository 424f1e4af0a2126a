"""How well music that nobody has marked is heard: tune, key, chords, sections, on POP909's validation songs.

``python -m symbolic_music.evaluation.hearing DATASET`` reads the typed dataset (see data_prep) and prints a table. The
tracks are given without their names, programs and roles, so that only the notes speak; the references are people's:
POP909's melody track, the keys of the structure annotation, POP909-CL's corrected chords, the labelled phrases.

- *Tune*: the share of songs in which the melody's track is chosen, and F1 of its notes.
- *Key*: the share of songs whose key at the beginning is found, and with half a point for a fifth, 0.3 for the
  relative and 0.2 for the parallel key (MIREX).
- *Chords*: the share of time in which the triad is right among major and minor; reference chords that are neither do
  not count (MIREX ``majmin``), and roots.
- *Sections*: F1 of boundaries within one bar, the song's beginning and end left out.

``--performances FOLDER`` with POP909's own folders (``001/001.mid``, ``001/beat_midi.txt``) measures beats as well: F1
within 70 ms from the fifth second on, and the share of songs whose tempo is found within 4 %, or is half or double of
it (MIREX). Nothing of the beat finder was fitted to any song, so that these need not be held out.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.analysis.beats import find_beats, stress_of
from symbolic_music.analysis.chords import find_chords
from symbolic_music.analysis.form import bar_features, find_form
from symbolic_music.analysis.key import find_key_of_score
from symbolic_music.analysis.melody import find_tune
from symbolic_music.errors import FileFormatError, MissingExtraError
from symbolic_music.formats.midi import read_midi
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track, tick_to_seconds
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import TPQ, parse_meter

MELODY_PARTS = ("melody",)
# Beats count from here, within so much of a mark; a tempo is right within this share.
FROM_SEC, NEAR_SEC, NEAR_TEMPO = 5.0, 0.07, 0.04
VELOCITY = 80


@dataclass(frozen=True)
class HeardSong:
    """A song of the reference: its score without names, which track is the tune, and what people say of it."""

    name: str
    score: Score
    tune: int
    key: Key
    chords: tuple[ChordEvent, ...]
    starts: tuple[int, ...]
    n_bars: int


def read_reference(dataset: Path, source: str = "pop909", split: str = "validation") -> list[HeardSong]:
    """Read the songs of a split from the typed dataset.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    FileFormatError
        If there is no such dataset.
    """
    try:
        import pyarrow.compute as pc  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise MissingExtraError("reading the dataset needs pyarrow: pip install 'symbolic-music[train]'") from None
    if not (dataset / "songs.parquet").is_file():
        raise FileFormatError(f"{dataset}: no dataset; python -m data_prep makes it")

    def rows(name: str) -> dict[str, list[dict[str, object]]]:
        key = "id" if name == "songs" else "song_id"
        table = pq.read_table(dataset / f"{name}.parquet")
        table = table.filter(pc.and_(pc.equal(table["source"], source), pc.equal(table["split"], split)))
        grouped: dict[str, list[dict[str, object]]] = {}
        for row in table.to_pylist():
            grouped.setdefault(row[key], []).append(row)
        return grouped

    songs, parts, chords, phrases = rows("songs"), rows("parts"), rows("chords"), rows("phrases")
    made = (_song(songs[name][0], parts.get(name, []), chords.get(name, []), phrases.get(name, [])) for name in songs)
    return [song for song in made if song is not None]


def _song(
    song: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
    chords: Sequence[Mapping[str, Any]],
    phrases: Sequence[Mapping[str, Any]],
) -> HeardSong | None:
    """Make a song of its rows; none where no other part than the tune is there."""
    meter = parse_meter(song["meter"])
    end = song["n_bars"] * meter.bar_ticks
    tracks: list[Any] = []
    tune = -1
    # In the order of pitch and not of the dataset, so that no order helps.
    for part in sorted(parts, key=lambda part: -float(np.mean(part["pitch"] or [0]))):
        notes = zip(part["onset_tick"], part["duration_tick"], part["pitch"], strict=True)
        rows = [(*note, VELOCITY) for note in notes if 0 <= note[0] < end]
        if rows:
            tune = len(tracks) if part["part"] in MELODY_PARTS else tune
            tracks.append(Track("", "chords", 0, make_notes(rows)))
    if tune < 0 or len(tracks) < 2:
        return None
    score = Score(
        song["title"], TPQ, end, tuple(tracks), (TempoChange(0, song["tempo_qpm"]),), (MeterChange(0, meter),)
    )
    best = {row["version"] for row in chords}
    version = song["chords_from"] if song["chords_from"] in best else next(iter(best), None)
    events = tuple(
        ChordEvent(row["onset_tick"], Chord(row["root"], row["quality"], row["bass"]))
        for row in sorted(chords, key=lambda row: row["onset_tick"])
        if row["version"] == version
    )
    starts = tuple(sorted({row["start_bar"] for row in phrases} - {0}))
    return HeardSong(song["id"], score, tune, parse_key(song["key"]), events, starts, song["n_bars"])


def hear(song: HeardSong) -> dict[str, float]:
    """Measure one song; see the module for what each number is."""
    score = song.score
    meter = score.meters[0].meter
    tune = find_tune(score, use_names=False)
    key = find_key_of_score(score, ())
    parts = [([row[:3] for row in track.notes.tolist()], 1.0) for track in score.tracks]
    first = [ChordEvent(tick, chord) for tick, chord in find_chords(parts, meter, song.n_bars)]
    key = find_key_of_score(score, first)
    found = find_chords(parts, meter, song.n_bars, [(0, song.n_bars, key)])
    chords = [ChordEvent(tick, chord) for tick, chord in found]
    rows = tune.rows if tune else ()
    features = bar_features([row[:3] for row in rows], chords, levels_of(score, song.n_bars), meter, song.n_bars)
    entry = rows[0][0] // meter.bar_ticks if rows else 0
    starts = [span.start for span in find_form(features, entry) if span.start]
    majmin, root = _chord_scores(chords, song.chords, score.end_tick)
    reference = score.tracks[song.tune].notes
    return {
        "tune: right track": float(tune is not None and tune.track == song.tune),
        "tune: F1 of notes": _note_f1(rows, reference.tolist()),
        "key: right": float(same_key(key, song.key)),
        "key: MIREX score": key_score(key, song.key),
        "chords: majmin": majmin,
        "chords: root": root,
        "sections: F1 at one bar": boundary_f1(starts, song.starts),
        "sections: every 8 bars": boundary_f1(list(range(8, song.n_bars, 8)), song.starts),
    }


def levels_of(score: Score, n_bars: int) -> np.ndarray:
    """How much each track plays in each bar, 0 to 1; shape (n_bars, n_tracks)."""
    bar = score.meters[0].meter.bar_ticks
    levels = np.zeros((n_bars, max(1, len(score.tracks))))
    for place, track in enumerate(score.tracks):
        inside = track.notes["onset_tick"] // bar
        counts = np.bincount(inside[inside < n_bars], minlength=n_bars)[:n_bars].astype(float)
        levels[:, place] = counts / max(1.0, counts.max())
    return levels


def same_key(one: Key, other: Key) -> bool:
    """Whether two keys have one tonic and mode."""
    return (one.tonic_pitch_class, one.mode) == (other.tonic_pitch_class, other.mode)


def key_score(found: Key, reference: Key) -> float:
    """MIREX's score of a key: 1, a fifth away 0.5, relative 0.3, parallel 0.2, else 0.

    Examples
    --------
    >>> key_score(parse_key("A minor"), parse_key("C major")), key_score(parse_key("G"), parse_key("C"))
    (0.3, 0.5)
    """
    step = (found.tonic_pitch_class - reference.tonic_pitch_class) % 12
    if found.mode == reference.mode:
        return {0: 1.0, 7: 0.5, 5: 0.5}.get(step, 0.0)
    relative = 9 if reference.mode == "major" else 3
    return 0.3 if step == relative else 0.2 if step == 0 else 0.0


def boundary_f1(found: Sequence[int], reference: Sequence[int], window: int = 1) -> float:
    """F1 of boundaries that lie within a window of one another, each matched once; 1 where neither has any.

    Examples
    --------
    >>> boundary_f1([4, 12, 21], [4, 13])
    0.8
    """
    if not found or not reference:
        return float(not found and not reference)
    free = sorted(reference)
    hits = 0
    for bar in sorted(found):
        near = [other for other in free if abs(other - bar) <= window]
        if near:
            free.remove(min(near, key=lambda other: abs(other - bar)))
            hits += 1
    return 2 * hits / (len(found) + len(reference))


def _note_f1(found: Sequence[tuple[int, int, int, int]], reference: Sequence[Sequence[int]]) -> float:
    """F1 of notes with the same onset and pitch."""
    ours = {(row[0], row[2]) for row in found}
    theirs = {(row[0], row[2]) for row in reference}
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs))


def _chord_scores(found: Sequence[ChordEvent], reference: Sequence[ChordEvent], end: int) -> tuple[float, float]:
    """Shares of time with the right triad (where the reference is major or minor) and the right root."""
    ours, theirs = _by_tick(found, end), _by_tick(reference, end)
    triads = [(a, b) for a, b in zip(ours, theirs, strict=True) if b is not None and _triad(b) is not None]
    roots = [(a, b) for a, b in zip(ours, theirs, strict=True) if b is not None]
    if not triads:
        return 0.0, 0.0
    right = sum(a is not None and a.root == b.root and _triad(a) == _triad(b) for a, b in triads)
    same = sum(a is not None and a.root == b.root for a, b in roots)
    return right / len(triads), same / len(roots)


def _by_tick(events: Sequence[ChordEvent], end: int, step: int = 3) -> list[Chord | None]:
    """The chord of every sixteenth."""
    grid: list[Chord | None] = [None] * (end // step)
    for place, event in enumerate(events):
        until = events[place + 1].onset_tick if place + 1 < len(events) else end
        for at in range(event.onset_tick // step, min(until // step, len(grid))):
            grid[at] = event.chord
    return grid


def _triad(chord: Chord) -> str | None:
    """Major or minor, by third and fifth; ``None`` for what is neither."""
    tones = QUALITIES[chord.quality][0]
    if 7 not in tones:
        return None
    return "maj" if 4 in tones else "min" if 3 in tones else None


def hear_beats(folder: Path) -> dict[str, float] | None:
    """Compare the beats that are found in a performance with those that people marked; none without notes or marks.

    Parameters
    ----------
    folder : Path
        With a MIDI file of the folder's name, and ``beat_midi.txt``, whose first column are seconds.
    """
    midi, marks = folder / f"{folder.name}.mid", folder / "beat_midi.txt"
    if not (midi.is_file() and marks.is_file()):
        return None
    wanted = np.loadtxt(marks, ndmin=2)[:, 0]
    score = read_midi(midi)
    rows = [row for track in score.tracks for row in track.notes.tolist()]
    if not rows or len(wanted) < 2:
        return None
    seconds = [tick_to_seconds(score, row[0]) for row in rows]
    found = find_beats(seconds, [stress_of(row[2], row[3]) for row in rows])
    ratio = float(np.median(np.diff(wanted)) / np.median(np.diff(found)))
    near = [abs(ratio / factor - 1) <= NEAR_TEMPO for factor in (1.0, 0.5, 2.0)]
    return {
        "beats: F1 within 70 ms": _f1_near(wanted[wanted >= FROM_SEC], found[found >= FROM_SEC]),
        "tempo: right": float(near[0]),
        "tempo: right, half or double": float(any(near)),
    }


def _f1_near(wanted: np.ndarray, found: np.ndarray) -> float:
    """F1 of moments within ``NEAR_SEC``, each used once."""
    if not len(wanted) or not len(found):
        return 0.0
    hits, place = 0, 0
    for moment in wanted.tolist():
        while place < len(found) and found[place] < moment - NEAR_SEC:
            place += 1
        if place < len(found) and found[place] <= moment + NEAR_SEC:
            hits, place = hits + 1, place + 1
    return 2 * hits / (len(wanted) + len(found))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m symbolic_music.evaluation.hearing", description=__doc__)
    parser.add_argument("dataset", type=Path, nargs="?", default=Path("dataset"), help="The typed dataset's folder.")
    parser.add_argument("--performances", type=Path, help="POP909's own folders, for the beats.")
    options = parser.parse_args(arguments)
    if options.performances is not None:
        folders = sorted(path for path in options.performances.iterdir() if path.is_dir())
        played = [row for folder in folders if (row := hear_beats(folder)) is not None]
        _print_table(played, f"{len(played)} performances of POP909")
        return
    songs = read_reference(options.dataset)
    _print_table(
        [hear(song) for song in songs], f"{len(songs)} songs of POP909's validation split, tracks without names"
    )


def _print_table(heard: Sequence[Mapping[str, float]], title: str) -> None:
    """Print the mean of each figure and its lowest twentieth."""
    print(title)
    for name in heard[0] if heard else ():
        values = np.array([row[name] for row in heard])
        print(f"{name:28} {values.mean():.3f}   (5 % of songs under {np.quantile(values, 0.05):.2f})")


if __name__ == "__main__":
    main()
