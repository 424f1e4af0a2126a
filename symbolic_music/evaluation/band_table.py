"""Bands beside the arrangements that the model learnt from, and the promises that hold over many songs.

A measure passes when our middle song lies between the 5th and 95th percentile of the reference: the validation
arrangements (``data_prep.band_reference``). What people's hands do (velocity, timing) is compared in
``performing.table``. A *promise* is a share over songs with a bar that it must reach.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symbolic_music.errors import FileFormatError
from symbolic_music.evaluation.band import (
    BAND_MEASURES,
    Boundary,
    WrongTones,
    boundaries,
    chorus_over_verse,
    wrong_tones,
)
from symbolic_music.evaluation.band_song import BandSong

if TYPE_CHECKING:
    from rich.table import Table

REFERENCE_FILE = "band_reference.json"
PERCENTILES = (5, 25, 50, 75, 95)
MIN_CHORUS_SHARE, MIN_FILL_SHARE, MAX_WRONG_SHARE = 0.95, 0.80, 0.02


class RangeRow(NamedTuple):
    """One measure: our middle, least and most song, the reference's range, and our share of songs inside it."""

    measure: str
    n_songs: int
    middle: float
    least: float
    most: float
    low: float
    high: float
    share_inside: float
    passed: bool


class Promise(NamedTuple):
    """``n_kept`` of ``n_all`` with the bar as text; ``note`` says what else a reader wants to know."""

    name: str
    n_kept: int
    n_all: int
    bar: str
    passed: bool
    note: str = ""

    @property
    def share(self) -> float:
        """Kept over all, 0 without any."""
        return self.n_kept / self.n_all if self.n_all else 0.0


def compare_bands(songs: Sequence[BandSong], reference: Mapping[str, Any] | None = None) -> list[RangeRow]:
    """Set every measure of ``BAND_MEASURES`` beside its range in the reference (that of the package if none).

    Parameters
    ----------
    songs : Sequence[BandSong]
        One or more.
    reference : Mapping[str, Any], optional
        As ``load_band_reference`` reads it.

    Returns
    -------
    list[RangeRow]
        One row a measure, in the order of ``BAND_MEASURES``.
    """
    ranges = (reference or load_band_reference())["measures"]
    rows = []
    for name, measure in BAND_MEASURES.items():
        values = np.array([value for value in map(measure, songs) if np.isfinite(value)])
        if len(values):
            rows.append(_row(name, values, ranges[name][0], ranges[name][-1]))
    return rows


def promises(songs: Sequence[BandSong]) -> list[Promise]:
    """Count over songs what listeners are promised: choruses that lift, fills, chords that fit.

    Parameters
    ----------
    songs : Sequence[BandSong]
        One or more.

    Returns
    -------
    list[Promise]
        Kept, asked and the bar of each promise.
    """
    return [
        _lift([chorus_over_verse(song) for song in songs]),
        _fills(songs, [boundaries(song) for song in songs]),
        *_tones([beats for song in songs for beats in wrong_tones(song)]),
    ]


def reference_of(songs: Sequence[BandSong], source: str) -> dict[str, Any]:
    """Take the percentiles of every measure, and what the promises' measures find in the reference itself.

    Parameters
    ----------
    songs : Sequence[BandSong]
        Arrangements to be measured by.
    source : str
        A sentence saying where they are from.

    Returns
    -------
    dict[str, Any]
        Plain data for JSON.
    """
    measures = {}
    for name, measure in BAND_MEASURES.items():
        values = [value for value in map(measure, songs) if np.isfinite(value)]
        measures[name] = [round(float(p), 3) for p in np.percentile(values, PERCENTILES)]
    found = {row.name: [row.n_kept, row.n_all] for row in promises(songs)}
    return {
        "source": source,
        "n_songs": len(songs),
        "percentiles": list(PERCENTILES),
        "measures": measures,
        "promises": found,
    }


def load_band_reference(path: Path | None = None) -> dict[str, Any]:
    """Read a reference; that of the package if no path is given.

    Parameters
    ----------
    path : Path, optional
        A JSON file as ``data_prep.band_reference`` writes it.

    Returns
    -------
    dict[str, Any]
        Percentiles by measure.

    Raises
    ------
    FileFormatError
        If it is missing, or lacks a measure.
    """
    source = files("symbolic_music.evaluation").joinpath(REFERENCE_FILE) if path is None else path
    try:
        reference: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
        missing = sorted(set(BAND_MEASURES) - set(reference["measures"]))
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise FileFormatError(f"{source}: not a band reference: {failure}") from None
    if missing:
        raise FileFormatError(f"{source}: lacks {missing[0]!r}; make it again with python -m data_prep.band_reference")
    return reference


def range_table(rows: Sequence[RangeRow], title: str) -> Table:
    """Lay out the measures with their ranges.

    Parameters
    ----------
    rows : Sequence[RangeRow]
        As ``compare_bands`` gives them.
    title : str
        Printed above.
    """
    from rich.table import Table

    table = Table(title=title)
    for heading in ("measure", "songs", "middle", "least to most", "reference", "songs inside", ""):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.measure,
            str(row.n_songs),
            f"{row.middle:.2f}",
            f"{row.least:.2f} to {row.most:.2f}",
            f"{row.low:.2f} to {row.high:.2f}",
            f"{100 * row.share_inside:.0f} %",
            "inside" if row.passed else "OUTSIDE",
        )
    return table


def promise_table(rows: Sequence[Promise], title: str) -> Table:
    """Lay out the promises.

    Parameters
    ----------
    rows : Sequence[Promise]
        As ``promises`` gives them.
    title : str
        Printed above.
    """
    from rich.table import Table

    table = Table(title=title)
    for heading in ("promise", "kept", "share", "bar", "", "note"):
        table.add_column(heading)
    for row in rows:
        kept, share = f"{row.n_kept} of {row.n_all}", f"{100 * row.share:.1f} %"
        table.add_row(row.name, kept, share, row.bar, "holds" if row.passed else "MISSED", row.note)
    return table


def _row(name: str, values: np.ndarray, low: float, high: float) -> RangeRow:
    """One measure's row."""
    middle = float(np.median(values))
    inside = float(((values >= low) & (values <= high)).mean())
    return RangeRow(
        name, len(values), middle, float(values.min()), float(values.max()), low, high, inside, low <= middle <= high
    )


def _lift(found: Sequence[tuple[float, float] | None]) -> Promise:
    """Choruses above the verses in density and in velocity."""
    both = [lift for lift in found if lift is not None]
    kept = sum(density > 0 and velocity > 0 for density, velocity in both)
    denser, louder = (sum(lift[i] > 0 for lift in both) for i in (0, 1))
    passed = bool(both) and kept >= MIN_CHORUS_SHARE * len(both)
    return Promise(
        "choruses denser and louder than verses",
        kept,
        len(both),
        f">= {MIN_CHORUS_SHARE:.0%}",
        passed,
        f"denser {denser}, louder {louder}",
    )


def _fills(songs: Sequence[BandSong], found: Sequence[Sequence[Boundary]]) -> Promise:
    """Fills in the bar before the boundaries at which drums play."""
    marked = [boundary for of_song in found for boundary in of_song]
    kept = sum(boundary.has_fill for boundary in marked)
    silent = sum(len(song.sections) - 1 for song in songs) - len(marked)
    passed = bool(marked) and kept >= MIN_FILL_SHARE * len(marked)
    note = f"{silent} more boundaries without drums before them"
    return Promise("drum fill before a section", kept, len(marked), f">= {MIN_FILL_SHARE:.0%}", passed, note)


def _tones(tracks: Sequence[WrongTones]) -> list[Promise]:
    """Strong beats of chord parts on which every tone is of the chord, by role."""
    rows = []
    for role in sorted({track.role for track in tracks}):
        own = [track for track in tracks if track.role == role]
        n_beats, n_wrong = sum(track.n_beats for track in own), sum(track.n_wrong for track in own)
        over = Counter(track.n_wrong > MAX_WRONG_SHARE * track.n_beats for track in own)[True]
        passed = n_wrong <= MAX_WRONG_SHARE * n_beats
        note = f"{over} of {len(own)} parts alone above {MAX_WRONG_SHARE:.0%} wrong"
        name = f"strong beats without a foreign tone, {role}"
        rows.append(Promise(name, n_beats - n_wrong, n_beats, f">= {1 - MAX_WRONG_SHARE:.0%}", passed, note))
    return rows
