"""Make the human reference of ``symbolic_music.evaluation`` from the validation songs.

    python -m data_prep.reference --songs shards/songs.jsonl

Records are those of ``data_prep.leadsheets``; of those with a ``split``, the validation songs alone
are read. A phrase's sixth field is its key: songs that modulate are measured from the tonic in force.
The file holds histograms and means only, no notes. It also says what people's songs get against
each other: random halves, and 20 songs against the rest (the size of a usual test).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.errors import FileFormatError, InputError, SymbolicMusicError
from symbolic_music.evaluation.melody import PhraseSpan, histogram_distances
from symbolic_music.evaluation.report import REFERENCE_FILE, SongWithSpans, measure_songs, measures_to_json
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter

N_DRAWS = 50
SAMPLE_SONGS = 20


def song_of(record: dict[str, Any]) -> SongWithSpans:
    """Build a lead sheet and its phrases from one line of ``songs.jsonl``."""
    n_bars = int(record["n_bars"])
    sheet = LeadSheet(
        title=str(record["id"]),
        tempo_qpm=float(record["tempo_qpm"]),
        meter=parse_meter(record["meter"]),
        n_bars=n_bars,
        melody=make_notes((onset, duration, pitch, 80) for onset, duration, pitch in record["melody"]),
        chords=tuple(ChordEvent(tick, Chord(root, quality, bass)) for tick, root, quality, bass in record["chords"]),
        sections=_sections_of(record, n_bars),
    )
    return sheet, [PhraseSpan(*phrase[:4]) for phrase in record["phrases"]]


def _sections_of(record: dict[str, Any], n_bars: int) -> tuple[SectionSpan, ...]:
    """Give each phrase its own key where the record has one (its sixth field), else the song's."""
    rows = [(start, length, more[1]) for _, start, length, _, *more in record["phrases"] if len(more) > 1]
    song = SectionSpan("song", 0, n_bars, parse_key(record["key"]))
    return (*(SectionSpan("phrase", start, length, parse_key(key)) for start, length, key in rows), song)


def read_songs(path: Path, source: str, meter: str) -> tuple[list[SongWithSpans], list[str]]:
    """Read the validation songs of one source and meter; the second list says which could not be used and why."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure}") from None
    songs, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            is_held_out = record.get("split", "validation") == "validation"
            if is_held_out and record["source"] == source and record["meter"] == meter:
                songs.append(song_of(record))
        except (ValueError, KeyError, TypeError) as failure:
            problems.append(f"{path}:{number}: left out: {failure}")
    return songs, problems


def make_reference(songs: Sequence[SongWithSpans], rng: np.random.Generator) -> dict[str, Any]:
    """Measure people's songs, and people's songs against each other.

    Raises
    ------
    InputError
        If there are fewer than four songs.
    """
    if len(songs) < 4:
        raise InputError(f"{len(songs)} songs are too few for a reference; give at least 4")
    return {
        **measures_to_json(measure_songs(songs)),
        "halves": _against_each_other(songs, len(songs) // 2, rng),
        "sample": _against_each_other(songs, min(SAMPLE_SONGS, len(songs) // 2), rng),
    }


def _against_each_other(songs: Sequence[SongWithSpans], n_songs: int, rng: np.random.Generator) -> dict[str, Any]:
    """Average, over random draws, what ``n_songs`` human songs get against the others."""
    # Measured song by song once: histograms add up, means are taken over the drawn songs.
    single = [measure_songs([song]) for song in songs]
    distances: list[dict[str, float]] = []
    gaps: list[dict[str, float]] = []
    for _ in range(N_DRAWS):
        order = rng.permutation(len(songs))
        one, other = ([single[i] for i in part] for part in (order[:n_songs], order[n_songs:]))
        distances.append(histogram_distances(_sum_histograms(one), _sum_histograms(other)))
        ours, theirs = _mean_scalars(one), _mean_scalars(other)
        gaps.append({name: abs(ours[name] - theirs[name]) for name in ours})
    return {
        "n_songs": n_songs,
        "draws": N_DRAWS,
        "distances": _round_mean(distances),
        "distances_p95": {
            name: round(float(np.percentile([row[name] for row in distances], 95)), 5) for name in distances[0]
        },
        "scalar_gaps": _round_mean(gaps),
    }


def _sum_histograms(measures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Add up the histograms of several songs."""
    total = {name: histogram.copy() for name, histogram in measures[0]["histograms"].items()}
    for measure in measures[1:]:
        for name, histogram in measure["histograms"].items():
            total[name].update(histogram)
    return total


def _mean_scalars(measures: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Average each scalar over the songs that have it."""
    table = {name: [measure["scalars"][name] for measure in measures] for name in measures[0]["scalars"]}
    return {name: float(np.nanmean(values)) if not np.all(np.isnan(values)) else 0.0 for name, values in table.items()}


def _round_mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Average each value over rows."""
    return {name: round(float(np.mean([row[name] for row in rows])), 5) for name in rows[0]}


def main() -> int:
    """Write the reference; return the exit code."""
    default = Path(__file__).parents[1] / "symbolic_music" / "evaluation" / REFERENCE_FILE
    parser = argparse.ArgumentParser(prog="python -m data_prep.reference", description=__doc__)
    parser.add_argument("--songs", type=Path, required=True, help="songs.jsonl of data_prep.leadsheets")
    parser.add_argument("--source", default="pop909")
    parser.add_argument("--meter", default="4/4")
    parser.add_argument("--seed", type=int, default=0, help="of the random halves")
    parser.add_argument("--out", type=Path, default=default)
    options = parser.parse_args()
    try:
        songs, problems = read_songs(options.songs, options.source, options.meter)
        measures = make_reference(songs, np.random.default_rng(options.seed))
    except SymbolicMusicError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    reference = {"schema_version": 1, "source": options.source, "meter": options.meter, **measures}
    options.out.write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")
    print(f"{options.out}: {len(songs)} songs, {len(problems)} left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
