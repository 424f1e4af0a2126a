"""SALAMI 2.0: sections of recordings in seconds, by one or two listeners.

Rules: a section lasts from its row to the next. Kinds are brought to ours by ``data_prep.labels`` (empty
where a label says nothing of the form: ``no_function``, silence). The letter is the large section in force
half a second after the start. Sections without length (two labels at one time) are counted and left out.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from data_prep.labels import genre_of, kind_of, song_name
from data_prep.songs import split_of
from symbolic_music.errors import FileFormatError

FOLDERS = ("salami",)
TimedLabel = tuple[float, str]


def list_items(data: Path) -> list[str]:
    """List the recordings that have an annotation folder."""
    folder = data / "salami" / "annotations"
    return [number for number in read_metadata(data / "salami") if (folder / number).is_dir()]


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one recording's sections.

    Raises
    ------
    FileFormatError
        If no listener named its sections.
    """
    entry = read_metadata(data / "salami")[item]
    parsed = data / "salami" / "annotations" / item / "parsed"
    problems: Counter[str] = Counter()
    sections = [row for listener in (1, 2) for row in _sections(parsed, listener, problems)]
    if not sections:
        raise FileFormatError("no functions and no letters")
    title, artist = entry["SONG_TITLE"].replace("_", " "), entry["ARTIST"].replace("_", " ")
    name = song_name(title, artist)
    return {
        "id": f"salami/{item}", "source": "salami", "title": title, "artist": artist, "sections": sections,
        "genre": "classical" if entry["CLASS"] == "classical" else genre_of(f"{entry['GENRE']} {entry['CLASS']}"),
        "split": split_of(name), "split_group": name if title and artist else f"salami/{item}",
    }, problems  # fmt: skip


@lru_cache(maxsize=2)
def read_metadata(folder: Path) -> dict[str, dict[str, str]]:
    """Read the metadata rows by recording number."""
    with (folder / "metadata" / "metadata.csv").open(encoding="utf-8", errors="replace") as file:
        return {row["SONG_ID"]: row for row in csv.DictReader(file)}


def read_rows(path: Path) -> list[TimedLabel]:
    """Read ``time <tab> label`` rows; empty if there is no file."""
    if not path.exists():
        return []
    pairs = [line.split("\t", 1) for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [(float(pair[0]), pair[1].strip()) for pair in pairs if len(pair) == 2]


def _sections(parsed: Path, listener: int, problems: Counter[str]) -> list[dict]:
    """Read one listener's sections; where there are no functions, the large letters alone."""
    functions = read_rows(parsed / f"textfile{listener}_functions.txt")
    letters = read_rows(parsed / f"textfile{listener}_uppercase.txt")
    rows = []
    for (start, label), (end, _) in pairwise(functions or letters):
        if end <= start:
            problems["section without length"] += 1
            continue
        letter = next((name for time, name in reversed(letters) if time <= start + 0.5), "")
        kind = (kind_of(label) or "") if functions else ""
        rows.append({"kind": kind, "letter": letter.rstrip("'"), "start_bar": -1, "n_bars": -1,
                     "start_sec": start, "end_sec": end, "annotator": listener})  # fmt: skip
    return rows
