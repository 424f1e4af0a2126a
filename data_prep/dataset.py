"""Reading the dataset that ``python -m data_prep build`` writes.

A dataset is a folder with one Parquet file per table (``schema.TABLES``; every table in the same order of
songs), ``report.json`` (what was wrong in the sources) and ``manifest.json`` (written last: a folder
without it is not finished).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from data_prep.harmony import estimate_chords
from data_prep.schema import INNER
from data_prep.songs import from_row
from symbolic_music.errors import FileFormatError

# Sources whose rows are songs with bars; Groove and SALAMI have tables only.
SONG_SOURCES = (
    "pop909", "openewld", "nottingham", "billboard", "lieder", "freedoom", "th_free_music", "game_music", "rs200",
    "pd_songs", "open_hymnal", "mutopia_free", "progressions",
)  # fmt: skip
# Those with a piano and without written chords, which are estimated.
HARMONISED = ("lieder",)


def load_manifest(folder: Path) -> dict[str, Any]:
    """Read a finished dataset's manifest.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    path = folder / "manifest.json"
    if not path.exists():
        raise FileFormatError(f"{folder}: no finished dataset here; make one with python -m data_prep build")
    return json.loads(path.read_text(encoding="utf-8"))


def read_table(folder: Path, name: str, source: str | None = None) -> Any:
    """Read one table, of one source or of all, as a ``pyarrow.Table``.

    Raises
    ------
    FileFormatError
        If the dataset is not finished or has no such table.
    """
    import pyarrow.parquet as pq

    load_manifest(folder)
    if name not in ("songs", *INNER):
        raise FileFormatError(f"{name!r} is not a table; tables are songs, {', '.join(INNER)}")
    return pq.read_table(folder / f"{name}.parquet", filters=[("source", "=", source)] if source else None)


def iter_rows(folder: Path, source: str) -> Iterator[dict]:
    """Yield a source's songs with their rows inside (``schema.nested_schema``)."""
    songs = read_table(folder, "songs", source).to_pylist()
    groups = {name: _by_song(folder, name, source) for name in INNER}
    for song in songs:
        yield song | {name: groups[name].get(song["id"], []) for name in INNER}


def iter_songs(dataset_dir: Path | str, sources: tuple[str, ...] = SONG_SOURCES) -> Iterator[dict]:
    """Yield the songs as dicts (``data_prep.songs``), source by source in the dataset's order.

    Parameters
    ----------
    dataset_dir : Path or str
        Folder of a finished dataset.
    sources : tuple of str
        Of ``SONG_SOURCES``.

    Raises
    ------
    FileFormatError
        If the dataset is not finished.
    """
    for source in sources:
        for row in iter_rows(Path(dataset_dir), source):
            song = from_row(row)
            yield song | {"chords": estimate_chords(song)} if source in HARMONISED else song


def write_songs(dataset_dir: Path, path: Path, sources: tuple[str, ...] = SONG_SOURCES) -> int:
    """Write the songs as JSON lines, atomically; returns their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    count = 0
    with temporary.open("w", encoding="utf-8") as file:
        for song in iter_songs(dataset_dir, sources):
            file.write(json.dumps(song) + "\n")
            count += 1
    temporary.replace(path)
    return count


def _by_song(folder: Path, name: str, source: str) -> dict[str, list[dict]]:
    """Group a table's rows by song; rows of a song stand together."""
    table = read_table(folder, name, source).drop_columns(["source", "licence", "split"])
    rows = table.to_pylist()
    return {
        song: [{key: value for key, value in row.items() if key != "song_id"} for row in group]
        for song, group in groupby(rows, key=lambda row: row["song_id"])
    }
