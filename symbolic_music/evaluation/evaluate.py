"""All measures of a collection of songs, beside people's songs and the Markov baseline."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.analysis.originality import SharedRun, longest_shared_run
from symbolic_music.budget import Progress
from symbolic_music.errors import FileFormatError
from symbolic_music.evaluation.diversity import FLOOR, diversity
from symbolic_music.evaluation.features import feature_names, window_features
from symbolic_music.evaluation.markov_songs import phrase_ids
from symbolic_music.evaluation.melody import NAN
from symbolic_music.evaluation.reading import ReadSong
from symbolic_music.evaluation.report import (
    MAX_AUC,
    Measures,
    Row,
    SongWithSpans,
    compare,
    keep_meter,
    load_reference,
    measure_songs,
)
from symbolic_music.evaluation.token_errors import token_syntax_error
from symbolic_music.evaluation.two_sample import MIN_SONGS, TwoSampleResult, WindowSet, two_sample_auc
from symbolic_music.evaluation.windows import cut_windows

WINDOWS_FILE = "human_windows.npz"
# With fewer songs the AUC and the distances are mostly chance.
FEW_SONGS = 20


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    ``rows`` is the table; ``generated`` and ``human`` are collections (``evaluation.report``); ``two_sample`` is
    ``None`` where the test could not be made; ``runs`` has each song's name and longest run shared with a
    training melody; ``notes`` says what a reader must know.
    """

    rows: list[Row]
    generated: Measures
    human: Measures
    two_sample: TwoSampleResult | None
    runs: list[tuple[str, SharedRun]]
    notes: list[str]


def evaluate_songs(
    songs: Sequence[ReadSong], reference: Path | None = None, report: Progress = lambda stage, done, total: None
) -> Evaluation:
    """Measure songs and set them beside people's and the Markov baseline.

    Parameters
    ----------
    songs : sequence of ReadSong
        Those in another meter than the reference are left out; if all are, they are measured, not judged.
    reference : Path, optional
        The human reference; that of the package if not given.
    report : callable
        Told (stage, done, all).

    Raises
    ------
    InputError
        If there is no song.
    FileFormatError
        If a reference file is broken.
    """
    human = load_reference(reference)
    notes: list[str] = []
    kept, is_judged = _comparable([(song.sheet, song.spans) for song in songs], human["meter"], notes)
    if len(kept) < FEW_SONGS:
        notes.append(f"{len(kept)} songs are few: under {FEW_SONGS}, distances and AUC are mostly chance")
    generated = measure_songs(_counted(kept, report, "Measuring the songs"))
    runs = _find_runs(songs, report)
    made = _made_windows(kept, notes, report) if is_judged else None
    two_sample = _two_sample(made, report) if made is not None else None
    compared = [_auc_row(two_sample, human), *_diversity_rows(made), *compare(generated, human)]
    if not is_judged:
        compared = [row._replace(passed=None) for row in compared]
    rows = [compared[0], _run_row(runs, human), *compared[1:], _syntax_row(kept, human)]
    return Evaluation(rows, generated, human, two_sample, runs, notes)


def _comparable(songs: Sequence[SongWithSpans], meter: str, notes: list[str]) -> tuple[list[SongWithSpans], bool]:
    """Keep the songs in people's meter; where none is, those in their own commonest, which are not judged."""
    found = Counter(str(sheet.meter) for sheet, _ in songs)
    own = meter if meter in found or not found else found.most_common(1)[0][0]
    kept = keep_meter(songs, own)
    if len(kept) < len(songs):
        notes.append(f"{len(songs) - len(kept)} songs are not in {own}: left out")
    if own != meter:
        notes.append(f"measured, not judged: people's songs are in {meter}, these in {own}")
    return kept, own == meter


def window_set(songs: Sequence[SongWithSpans], report: Progress = lambda stage, done, total: None) -> WindowSet:
    """Cut songs into windows and describe these, in the precision in which people's are stored.

    Parameters
    ----------
    songs : Sequence[SongWithSpans]
        With the spans of their phrases.
    report : Progress, optional
        Told (songs done, songs in all).

    Returns
    -------
    WindowSet
        Float16 features, shape (n_windows, n_features), and the song of each.
    """
    rows: list[np.ndarray] = []
    numbers: list[int] = []
    for number, (sheet, spans) in enumerate(_counted(songs, report, "Describing windows")):
        windows = cut_windows(sheet, spans)
        rows += [window_features(window) for window in windows]
        numbers += [number] * len(windows)
    table = np.array(rows, dtype=np.float16).reshape(len(rows), len(feature_names()))
    return WindowSet(table, np.array(numbers, dtype=np.int64))


def save_windows(windows: WindowSet, path: Path) -> None:
    """Write windows' features as a compressed ``.npz``.

    Parameters
    ----------
    windows : WindowSet
        As ``window_set`` makes them.
    path : Path
        Ends in ``.npz``.
    """
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            features=windows.features.astype(np.float16),
            song=windows.song.astype(np.uint16),
            names=np.array(feature_names()),
        )


def load_human_windows(path: Path | None = None) -> WindowSet:
    """Read the features of people's windows; those of the package if no path is given.

    Parameters
    ----------
    path : Path, optional
        As ``save_windows`` wrote it.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or made with other features.
    """
    source = path or Path(str(resources.files("symbolic_music").joinpath("weights", WINDOWS_FILE)))
    try:
        with np.load(source, allow_pickle=False) as data:
            features, song, names = data["features"], data["song"].astype(np.int64), tuple(data["names"].tolist())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as failure:
        raise FileFormatError(f"{source}: not features of windows: {failure}") from None
    if names != feature_names():
        raise FileFormatError(f"{source}: made with other features; make it again with python -m data_prep.reference")
    return WindowSet(features, song)


def _made_windows(kept: Sequence[SongWithSpans], notes: list[str], report: Progress) -> WindowSet | None:
    """Describe the songs' windows for the classifier test, or say why not."""
    if find_spec("sklearn") is None:
        notes.append("no two-sample test: it needs scikit-learn; pip install 'symbolic-music[evaluate]'")
        return None
    made = window_set(kept, report)
    if made.n_songs < MIN_SONGS:
        notes.append(f"no two-sample test: {made.n_songs} songs have eight-bar windows; it needs {MIN_SONGS}")
        return None
    return made


def _two_sample(made: WindowSet, report: Progress) -> TwoSampleResult:
    """Make the classifier test."""
    real = load_human_windows()
    report("Telling them apart", 0, 1)
    # People's songs and these never share a number.
    apart = WindowSet(made.features, made.song + int(real.song.max()) + 1)
    result = two_sample_auc(real, apart, names=feature_names())
    report("Telling them apart", 1, 1)
    return result


def _find_runs(songs: Sequence[ReadSong], report: Progress) -> list[tuple[str, SharedRun]]:
    """Find each song's longest run shared with a training melody, the longest first."""
    found = []
    for number, song in enumerate(songs, start=1):
        found.append((song.path.name, longest_shared_run(song.sheet)))
        report("Looking for borrowed runs", number, len(songs))
    return sorted(found, key=lambda row: -row[1].n_notes)


def _auc_row(two_sample: TwoSampleResult | None, human: Measures) -> Row:
    """Set the AUC beside that of its controls."""
    controls = human.get("two_sample", {})
    auc = two_sample.auc if two_sample else NAN
    passed = auc <= MAX_AUC if two_sample else None
    return Row(
        "two-sample AUC", auc, controls.get("people", NAN), f"<= {MAX_AUC:.2f}", passed, controls.get("markov", NAN)
    )


def _diversity_rows(made: WindowSet | None) -> list[Row]:
    """Set how much the songs differ from each other beside how much people's do."""
    if made is None:
        return []
    share = diversity(made, load_human_windows())
    return [Row("difference of songs, people's = 1", share, 1.0, f">= {FLOOR:.2f}", share >= FLOOR)]


def _run_row(runs: Sequence[tuple[str, SharedRun]], human: Measures) -> Row:
    """Set the longest borrowed run beside the longest that two human songs share."""
    control: dict[str, Any] = human.get("longest_runs", {}).get("two_validation_songs", {})
    limit = float(control.get("n_notes", NAN))
    longest = max(run.n_notes for _, run in runs)
    passed = longest <= limit if control else None
    return Row("longest borrowed run, notes", longest, limit, "<= human", passed)


def _syntax_row(kept: Sequence[SongWithSpans], human: Measures) -> Row:
    """Give the token syntax error of the songs' sung phrases beside that of raw Markov tokens."""
    rates = [token_syntax_error(phrase_ids(sheet, span)) for sheet, spans in kept for span in spans if span.sung]
    control = human.get("token_syntax_error", {})
    value = float(np.mean(rates)) if rates else NAN
    return Row("token_syntax_error", value, control.get("people", NAN), markov=control.get("markov", NAN))


def _counted(songs: Sequence[SongWithSpans], report: Progress, stage: str) -> Any:
    """Go through songs, reporting."""
    for number, song in enumerate(songs):
        report(stage, number, len(songs))
        yield song
    report(stage, len(songs), len(songs))
