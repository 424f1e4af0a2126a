"""Compare songs made with songs of people and of a Markov model, with the bars that must hold.

A *collection* is a plain dict: ``n_songs``, ``histograms`` (see ``melody.HISTOGRAMS``), ``scalars`` (means
over songs) and ``values`` (each song's own, sorted). The human *reference* is a collection with its
``meter``, the values that people's songs get against each other, ``halves`` (two random halves) and
``sample`` (20 songs against the rest), the floor below which a distance says nothing, a second collection
``markov``, the AUC of controls ``two_sample`` and the ``longest_runs`` that human songs share.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.evaluation.measures import SONG_MEASURES, overlapping_area
from symbolic_music.evaluation.melody import (
    HISTOGRAMS,
    NAN,
    PhraseSpan,
    count_histograms,
    histogram_distances,
    letter_similarities,
)
from symbolic_music.song.leadsheet import LeadSheet

if TYPE_CHECKING:
    from rich.table import Table

Measures = dict[str, Any]
MEASURES = (*SONG_MEASURES, "same_letter", "different_letter")
SongWithSpans = tuple[LeadSheet, Sequence[PhraseSpan]]

REFERENCE_FILE = "human_reference.json"
# What a release must reach; a measure that is not named here is shown without a bar.
MAX_DISTANCE = 0.10
MAX_CHORD_TONE_GAP = 0.10
MIN_SAME_LETTER = 0.60
MAX_DIFFERENT_LETTER = 0.15
MAX_AUC = 0.80


class Row(NamedTuple):
    """One line of the table; ``passed`` is ``None`` where there is no bar, numbers are ``nan`` where unknown.

    ``overlap`` is the overlapping area of Yang & Lerch with people's songs, ``markov_overlap`` that of the baseline.
    """

    measure: str
    generated: float
    human: float
    bar: str = ""
    passed: bool | None = None
    markov: float = NAN
    overlap: float = NAN
    markov_overlap: float = NAN


def measure_songs(sheets_with_spans: Iterable[SongWithSpans]) -> Measures:
    """Measure a collection of songs.

    Parameters
    ----------
    sheets_with_spans : iterable of (LeadSheet, list of PhraseSpan)
        Songs with their phrases; a song without phrases counts in all but the letter measures.

    Returns
    -------
    dict
        ``n_songs``; ``histograms``, summed over songs; ``scalars``, means over the songs that have
        the measure (``nan`` if none has): those of ``SONG_MEASURES`` and ``same_letter``,
        ``different_letter`` (mean similarity of a song's phrase pairs); ``values``, of each song that
        has the measure, sorted.
    """
    songs = list(sheets_with_spans)
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for sheet, spans in songs:
        for name, measure in SONG_MEASURES.items():
            values[name].append(measure(sheet))
        for name, pairs in zip(("same_letter", "different_letter"), letter_similarities(sheet, spans), strict=True):
            values[name].append(float(np.mean(pairs)) if pairs else math.nan)
    scalars = {name: _mean_of_known(column) for name, column in values.items()}
    histograms = count_histograms(sheet for sheet, _ in songs)
    known = {name: sorted(value for value in column if not math.isnan(value)) for name, column in values.items()}
    return {"n_songs": len(songs), "histograms": histograms, "scalars": scalars, "values": known}


def compare(generated: Measures, human: Measures) -> list[Row]:
    """Set generated songs beside people's.

    Parameters
    ----------
    generated : dict
        From ``measure_songs``.
    human : dict
        From ``load_reference`` or ``measure_songs``.

    Returns
    -------
    list of Row
        First the measures with a bar, then the others. In a distance row ``human`` is the distance
        of 20 human songs from the rest (``nan`` if the reference does not say). A measure that
        is ``nan`` fails its bar.
    """
    floor = human.get("sample", {}).get("distances", {})
    distances = histogram_distances(generated["histograms"], human["histograms"])
    markov = human.get("markov")
    theirs = histogram_distances(markov["histograms"], human["histograms"]) if markov else {}
    rows = [
        Row(
            f"distance: {name}",
            distances[name],
            floor.get(name, NAN),
            f"< {MAX_DISTANCE:.2f}",
            distances[name] < MAX_DISTANCE,
            theirs.get(name, NAN),
        )
        for name in HISTOGRAMS
    ]
    bars = _scalar_bars(generated["scalars"], human["scalars"])
    order = [*bars, *(name for name in MEASURES if name not in bars)]
    return rows + [_scalar_row(name, generated, human, bars.get(name)) for name in order]


def _scalar_bars(ours: dict[str, float], theirs: dict[str, float]) -> dict[str, tuple[str, bool]]:
    """Say the bar of the scalars that have one, and whether it holds."""
    gap = abs(ours["chord_tone_share"] - theirs["chord_tone_share"])
    return {
        # Shares in floating point: 0.7 - 0.6 is a hair under 0.1, 0.8 - 0.7 a hair over.
        "chord_tone_share": (f"human ± {MAX_CHORD_TONE_GAP:.2f}", gap <= MAX_CHORD_TONE_GAP + 1e-9),
        "same_letter": (f">= {MIN_SAME_LETTER:.2f}", ours["same_letter"] >= MIN_SAME_LETTER),
        "different_letter": (f"<= {MAX_DIFFERENT_LETTER:.2f}", ours["different_letter"] <= MAX_DIFFERENT_LETTER),
    }


def _scalar_row(name: str, generated: Measures, human: Measures, bar: tuple[str, bool] | None) -> Row:
    """Set one scalar beside people's and the baseline's, with overlapping areas."""
    markov, people = human.get("markov"), human.get("values", {}).get(name, [])
    text, passed = bar if bar else ("", None)
    overlaps = [overlapping_area(side["values"][name], people) if side else NAN for side in (generated, markov)]
    return Row(
        name,
        generated["scalars"][name],
        human["scalars"][name],
        text,
        passed,
        markov["scalars"][name] if markov else NAN,
        *overlaps,
    )


def make_table(rows: Iterable[Row], title: str) -> Table:
    """Draw rows as a ``rich`` table.

    Parameters
    ----------
    rows : Iterable[Row]
        As ``compare`` gives them.
    title : str
        Printed above.
    """
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in ("measure", "generated", "human", "Markov", "overlap", "Markov's", "bar", ""):
        table.add_column(name, justify="left" if name in ("measure", "bar", "") else "right")
    verdicts = {True: "[green]pass[/green]", False: "[red]FAIL[/red]", None: ""}
    for row in rows:
        numbers = (row.generated, row.human, row.markov, row.overlap, row.markov_overlap)
        table.add_row(row.measure, *map(write_number, numbers), row.bar, verdicts[row.passed])
    return table


# --- files ----------------------------------------------------------------------------------


def load_reference(path: Path | None = None) -> Measures:
    """Read a human reference; the one shipped with the package by default.

    Parameters
    ----------
    path : Path, optional
        A JSON file as ``data_prep.reference`` writes it.

    Raises
    ------
    FileFormatError
        If the file is missing or is not such a reference.
    """
    source = Path(str(files("symbolic_music.evaluation") / REFERENCE_FILE)) if path is None else path
    try:
        data = json.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileFormatError(f"{source}: no such file; make it with python -m data_prep.reference") from None
    except (OSError, ValueError) as failure:
        raise FileFormatError(f"{source}: not a human reference in JSON: {failure}") from None
    return measures_from_json(data, str(source))


def measures_to_json(measures: Measures) -> Measures:
    """Turn a collection's measures into plain JSON data, ``nan`` as null.

    Parameters
    ----------
    measures : Measures
        Arrays and numbers by name.

    Returns
    -------
    Measures
        Lists and numbers.
    """
    counts = {name: dict(sorted(histogram.items())) for name, histogram in measures["histograms"].items()}
    scalars = {name: None if math.isnan(value) else round(value, 5) for name, value in measures["scalars"].items()}
    values = {name: [round(value, 4) for value in column] for name, column in measures["values"].items()}
    return {**measures, "histograms": counts, "scalars": scalars, "values": values}


def measures_from_json(data: Any, where: str) -> Measures:
    """Turn JSON data back into measures.

    Parameters
    ----------
    data : Any
        As ``measures_to_json`` gave it.
    where : str
        The file, for the message.

    Returns
    -------
    Measures
        Arrays and numbers by name.

    Raises
    ------
    FileFormatError
        If it is not such data.
    """
    try:
        histograms = {
            name: Counter({int(bin_): count for bin_, count in data["histograms"][name].items()}) for name in HISTOGRAMS
        }
        scalars = {name: math.nan if data["scalars"][name] is None else data["scalars"][name] for name in MEASURES}
        values = {name: [float(value) for value in data["values"][name]] for name in MEASURES}
        own = {"n_songs": int(data["n_songs"]), "histograms": histograms, "scalars": scalars, "values": values}
        if "markov" in data:
            own["markov"] = measures_from_json(data["markov"], where)
        return {**data, **own}
    except KeyError as missing:
        raise FileFormatError(f"{where}: not a human reference: {missing} is missing") from None
    except (TypeError, ValueError, AttributeError) as failure:
        raise FileFormatError(f"{where}: not a human reference: {failure}") from None


def keep_meter(songs: Iterable[SongWithSpans], meter: str) -> list[SongWithSpans]:
    """Keep the songs in the reference's meter: onsets in the bar compare only there.

    Parameters
    ----------
    songs : Iterable[SongWithSpans]
        In any meters.
    meter : str
        Such as ``4/4``.

    Raises
    ------
    InputError
        If none is in it.
    """
    all_songs = list(songs)
    kept = [(sheet, spans) for sheet, spans in all_songs if str(sheet.meter) == meter]
    if not kept:
        meters = ", ".join(sorted({str(sheet.meter) for sheet, _ in all_songs})) or "none"
        raise InputError(f"no song is in {meter}, the meter of the human reference; theirs: {meters}")
    return kept


def _mean_of_known(values: Sequence[float]) -> float:
    """Give the mean of the values that are not nan, or nan."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def write_number(value: float) -> str:
    """Write a number with three digits, a dash for nan.

    Parameters
    ----------
    value : float
        Of any size.
    """
    return "–" if math.isnan(value) else f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"
