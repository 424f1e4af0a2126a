"""Make the human reference of ``symbolic_music.evaluation``: people's songs and the Markov baseline.

    python -m data_prep.reference --songs shards/songs.jsonl

Records are songs of ``data_prep.songs``; people are the validation songs of one source and meter. A
phrase's sixth field is its key: songs that modulate are measured from the tonic in force. Two files are
written: ``human_reference.json`` (histograms, means, each measure's values, no notes) and
``human_windows.npz`` (features of eight-bar windows). The reference also says what people's songs get against
each other (random halves; 20 songs against the rest, the size of a usual test), what the two-sample test gives
for its controls, and the longest runs of notes that human songs share.

The Markov baseline sings the validation songs' own forms and chords; it learns from the training songs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.originality_index import read_melodies
from symbolic_music.analysis.originality import SharedRun, build_index, longest_shared_run
from symbolic_music.errors import FileFormatError, InputError, SymbolicMusicError
from symbolic_music.evaluation.evaluate import WINDOWS_FILE, save_windows, window_set
from symbolic_music.evaluation.features import window_features
from symbolic_music.evaluation.markov import MarkovModel
from symbolic_music.evaluation.markov_songs import fit_melodies, phrase_ids, sing_markov
from symbolic_music.evaluation.melody import PhraseSpan, histogram_distances
from symbolic_music.evaluation.report import REFERENCE_FILE, SongWithSpans, measure_songs, measures_to_json
from symbolic_music.evaluation.token_errors import token_syntax_error
from symbolic_music.evaluation.two_sample import WindowSet, two_sample_auc
from symbolic_music.evaluation.windows import cut_windows, shuffle_bars
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter
from symbolic_music.tokens import vocabulary

N_DRAWS = 50
SAMPLE_SONGS = 20
AUC_DRAWS = 5
# Two songs that share more of the shorter one's notes are versions of one tune.
VERSION_SHARE = 0.25


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


def read_songs(path: Path, source: str, meter: str, split: str = "validation") -> tuple[list[SongWithSpans], list[str]]:
    """Read one split's songs of one source and meter; the second list says which could not be used and why."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure}") from None
    songs, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            is_wanted = record.get("split", split) == split
            if is_wanted and record["source"] == source and record["meter"] == meter:
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


# --- controls --------------------------------------------------------------------------------


def measure_controls(people: Sequence[SongWithSpans], markov: Sequence[SongWithSpans], seed: int) -> dict[str, Any]:
    """Give the AUC of the two-sample test for people against people, shuffled bars and the Markov baseline.

    A test that tells the last two apart and cannot tell the first one is strong enough to be believed.
    """
    rng = np.random.default_rng(seed)
    real = window_set(people)
    halves = []
    for draw in range(AUC_DRAWS):
        is_one = np.isin(real.song, rng.permutation(len(people))[: len(people) // 2])
        one, other = (WindowSet(real.features[side], real.song[side]) for side in (is_one, ~is_one))
        halves.append(two_sample_auc(one, other, seed=draw).auc)
    baseline = window_set(markov)
    return {
        "people": round(float(np.mean(halves)), 3),
        "shuffled_bars": round(two_sample_auc(real, _shuffled(people, rng), seed=seed).auc, 3),
        "markov": round(two_sample_auc(real, baseline, seed=seed).auc, 3),
        "n_windows": len(real.features),
    }


def _shuffled(songs: Sequence[SongWithSpans], rng: np.random.Generator) -> WindowSet:
    """Describe people's windows with their bars in another order; a song keeps its number."""
    rows = [
        (window_features(shuffle_bars(window, rng)), number)
        for number, (sheet, spans) in enumerate(songs)
        for window in cut_windows(sheet, spans)
    ]
    features = np.array([row for row, _ in rows], dtype=np.float16)
    return WindowSet(features, np.array([number for _, number in rows]))


def find_longest_runs(songs_file: Path, pop: Sequence[SongWithSpans]) -> dict[str, Any]:
    """Give the longest runs that human songs share: among validation songs, and with training songs.

    ``two_validation_songs`` looks in all sources; two versions of one tune (of one title, or ``VERSION_SHARE``) are not
    two songs.
    ``two_validation_pop_songs`` and ``validation_songs_and_training`` look from the songs in ``pop``.
    """
    titles = read_titles(songs_file)
    melodies = one_of_each_title(dict(read_melodies(songs_file, "validation")), titles)
    training = build_index(read_melodies(songs_file))
    names = {sheet.title for sheet, _ in pop}
    everyone = _longest_between(melodies)
    popular = _longest_between({name: melody for name, melody in melodies.items() if name in names})
    borrowed = [longest_shared_run(sheet, training) for sheet, _ in pop]
    longest = max(borrowed, key=lambda run: run.n_notes)
    return {
        "two_validation_songs": everyone,
        "two_validation_pop_songs": popular,
        "validation_songs_and_training": {
            "n_notes": longest.n_notes, "n_bars": longest.n_bars, "tune": longest.tune,
            "median": float(np.median([run.n_notes for run in borrowed])), "n_tunes": len(training.tunes),
        },
    }  # fmt: skip


def read_titles(songs_file: Path) -> dict[str, str]:
    """Read the songs' titles by id; songs without one are missing."""
    with songs_file.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {record["id"]: record["title"].strip().casefold() for record in records if record.get("title", "").strip()}


def one_of_each_title(melodies: dict[str, np.ndarray], titles: dict[str, str]) -> dict[str, np.ndarray]:
    """Keep the first tune of every title within a source, and all without a title."""
    first: dict[tuple[str, str], str] = {}
    for name in melodies:
        first.setdefault((name.split("/")[0], titles.get(name, name)), name)
    return {name: melodies[name] for name in first.values()}


def _longest_between(melodies: dict[str, np.ndarray]) -> dict[str, Any]:
    """Find the two different songs that share the longest run."""
    index = build_index(melodies.items())
    best, pair = SharedRun(0, 0.0, 0, 0, ""), ("", "")
    for name, melody in melodies.items():
        sheet = _bare_sheet(name, melody)
        run = longest_shared_run(sheet, index, name)
        is_version = run.n_notes > VERSION_SHARE * min(len(melody), len(melodies.get(run.tune, melody)))
        if run.n_notes > best.n_notes and not is_version:
            best, pair = run, (name, run.tune)
    return {"n_notes": best.n_notes, "n_bars": best.n_bars, "one": pair[0], "other": pair[1]}


def _bare_sheet(name: str, melody: np.ndarray) -> LeadSheet:
    """Make a lead sheet of a melody alone."""
    meter = parse_meter("4/4")
    end = int(melody["onset_tick"][-1] + melody["duration_tick"][-1]) if len(melody) else 1
    return LeadSheet(name, 120, meter, -(-end // meter.bar_ticks), melody, (), ())


def token_errors(model: MarkovModel, people: Sequence[SongWithSpans], rng: np.random.Generator) -> dict[str, float]:
    """Give the token syntax error of people's phrases and of raw tokens of the Markov model."""
    phrases = [phrase_ids(sheet, span) for sheet, spans in people for span in spans if span.sung]
    drawn = [model.sample(rng, 400, vocabulary.EOS) for _ in range(len(phrases))]
    return {
        "people": round(float(np.mean([token_syntax_error(ids) for ids in phrases])), 5),
        "markov": round(float(np.mean([token_syntax_error(ids) for ids in drawn if ids])), 5),
    }


def main() -> int:
    """Write the reference; return the exit code."""
    package = Path(__file__).parents[1] / "symbolic_music"
    parser = argparse.ArgumentParser(prog="python -m data_prep.reference", description=__doc__)
    parser.add_argument("--songs", type=Path, required=True, help="songs.jsonl of python -m data_prep export")
    parser.add_argument("--source", default="pop909")
    parser.add_argument("--meter", default="4/4")
    parser.add_argument("--seed", type=int, default=0, help="of the random halves and the Markov baseline")
    parser.add_argument("--out", type=Path, default=package / "evaluation" / REFERENCE_FILE)
    parser.add_argument("--windows", type=Path, default=package / "weights" / WINDOWS_FILE)
    options = parser.parse_args()
    try:
        reference, problems = _make_files(options)
    except SymbolicMusicError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    options.out.write_text(_as_text(reference), encoding="utf-8")
    print(f"{options.out}: {reference['n_songs']} songs, {len(problems)} left out")
    for name in ("two_sample", "longest_runs", "token_syntax_error"):
        print(f"{name}: {json.dumps(reference[name])}")
    return 0


def _make_files(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Measure people and the baseline; write the windows."""
    people, problems = read_songs(options.songs, options.source, options.meter)
    training, _ = read_songs(options.songs, options.source, options.meter, "train")
    rng = np.random.default_rng(options.seed)
    reference = make_reference(people, rng)
    model = fit_melodies(training)
    markov = [(sing_markov(model, sheet, spans, rng), spans) for sheet, spans in people]
    reference |= {
        "markov": measures_to_json(measure_songs(markov)),
        "two_sample": measure_controls(people, markov, options.seed),
        "longest_runs": find_longest_runs(options.songs, people),
        "token_syntax_error": token_errors(model, people, rng),
    }
    save_windows(window_set(people), options.windows)
    return {"schema_version": 2, "source": options.source, "meter": options.meter, **reference}, problems


def _as_text(reference: dict[str, Any]) -> str:
    """Write JSON with each row of values on one line."""
    text = json.dumps(reference, indent=1)
    return re.sub(r"\[[-0-9.,\s]*\]", lambda row: re.sub(r"\s+", " ", row[0]), text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
