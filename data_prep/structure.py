"""Song forms from annotations: Billboard, SALAMI and POP909 as one kind of row.

A row is a song's genre, tempo, meter and sections (kind, letter, bars). Run as
``python -m data_prep.structure --data DIR --dataset dataset --out shards/plans.jsonl``.

Rules
-----
- *Kinds* are brought to ``SECTION_KINDS`` by ``data_prep.labels``. Heads and main
  themes, the returning tune of instrumental music, count as choruses.
- *Billboard* is read from the dataset (``readers.billboard``): bars as the phrase model has them.
- *SALAMI* has seconds. A bar is taken as 2 s (four beats at 120), and a length is moved to the
  nearest of ``SNAP_BARS``. Classical music, and songs mostly without functions, are left out.
- *POP909*: see ``data_prep.pop909_form``.
- *Split* by song: title and artist decide, so that one song, from whatever source or
  listener, is on one side; every tenth (by hash) is for validation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data_prep.dataset import read_table
from data_prep.labels import genre_of, kind_of, song_name
from data_prep.pop909_form import read_pop909_forms
from data_prep.readers.salami import read_metadata, read_rows
from symbolic_music.planning.plan_tokens import MAX_BARS, FormSection, encode_form, letters_by_appearance

VALIDATION_SHARE = 0.10
SALAMI_BAR_SEC = 2.0
SNAP_BARS = (2, 4, 6, 8, 12, 16, 20, 24, 32)


@dataclass(frozen=True)
class FormRow:
    """One annotated song form; ``song`` names the work, the same in every source."""

    song: str
    source: str
    genre: str
    sections: tuple[FormSection, ...]
    tempo_qpm: float | None = None
    meter: str = "4/4"

    @property
    def split(self) -> str:
        """``validation`` or ``train``, by a hash of the song's name."""
        value = int(hashlib.sha256(self.song.encode()).hexdigest()[:8], 16) / 16**8
        return "validation" if value < VALIDATION_SHARE else "train"


def read_forms(folder: Path, dataset: Path) -> list[FormRow]:
    """Read every form of a data folder and the dataset made of it, songs with fewer than three sections left out."""
    rows = [*read_billboard(dataset), *read_salami(folder / "salami")]
    for song, meter, tempo, sections in read_pop909_forms(folder):
        genre = "waltz" if meter == "3/4" else "pop"
        rows.append(_row(song, "pop909", genre, sections, tempo, meter))
    return [row for row in rows if len(row.sections) >= 3]


def read_billboard(dataset: Path) -> Iterator[FormRow]:
    """Read the McGill Billboard sections of the dataset, in whole bars of the song's meter."""
    sections: dict[str, list[FormSection]] = {}
    for row in read_table(dataset, "sections", "billboard").to_pylist():
        section = FormSection(row["kind"], row["letter"], row["n_bars"])
        sections.setdefault(row["song_id"], []).extend([section] if section.kind else [])
    for song in read_table(dataset, "songs", "billboard").to_pylist():
        genre = "waltz" if song["meter"] == "3/4" else song["genre"]
        name, tempo = song_name(song["title"], song["artist"]), song["tempo_qpm"] or None
        yield _row(name, "billboard", genre, sections.get(song["id"], []), tempo, song["meter"])


def read_salami(folder: Path) -> Iterator[FormRow]:
    """Read SALAMI's functions and large letters, both listeners' versions."""
    for entry in read_metadata(folder).values():
        if entry["CLASS"] == "classical":
            continue
        genre = genre_of(f"{entry['GENRE']} {entry['CLASS']}") if entry["CLASS"] != "Live_Music_Archive" else "rock"
        for listener in (1, 2):
            parsed = folder / "annotations" / entry["SONG_ID"] / "parsed"
            functions = read_rows(parsed / f"textfile{listener}_functions.txt")
            sections = salami_sections(functions, read_rows(parsed / f"textfile{listener}_uppercase.txt"))
            if sections:
                yield _row(song_name(entry["SONG_TITLE"], entry["ARTIST"]), "salami", genre, sections)


def salami_sections(functions: list[tuple[float, str]], letters: list[tuple[float, str]]) -> list[FormSection]:
    """Turn timed functions into sections; empty if over 30 % of them say nothing of the form."""
    sections, unknown = [], 0
    for (start, label), (end, _) in pairwise(functions):
        kind = kind_of(label)
        if kind is None:
            unknown += label.lower() == "no_function"
            continue
        bars = (end - start) / SALAMI_BAR_SEC
        nearest = min(SNAP_BARS, key=lambda snap: abs(snap - bars))
        letter = next((name for time, name in reversed(letters) if time <= start + 0.5), "A")
        sections.append(FormSection(kind, letter.rstrip("'"), nearest))
    return [] if unknown > 0.3 * (unknown + len(sections)) else sections


def write_forms(rows: list[FormRow], path: Path) -> None:
    """Write rows as JSON lines: song, split, genre, sections and plan tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            sections = [[section.kind, section.letter, section.n_bars] for section in row.sections]
            file.write(json.dumps({
                "song": hashlib.sha256(row.song.encode()).hexdigest()[:12], "source": row.source, "split": row.split,
                "genre": row.genre, "tempo_qpm": row.tempo_qpm, "meter": row.meter, "sections": sections,
                "tokens": encode_form(row.genre, list(row.sections)),
            }) + "\n")  # fmt: skip


def _row(song: str, source: str, genre: str, sections: list[FormSection],
         tempo: float | None = None, meter: str = "4/4") -> FormRow:  # fmt: skip
    """Make a row: neighbouring outros and intros joined, letters by appearance, lengths cut."""
    joined: list[FormSection] = []
    for section in sections:
        if joined and section.kind == joined[-1].kind and section.kind in ("intro", "outro", "interlude"):
            last = joined.pop()
            section = FormSection(section.kind, last.letter, last.n_bars + section.n_bars)
        joined.append(section)
    letters = letters_by_appearance([section.letter for section in joined])
    clean = [
        FormSection(section.kind, letter, min(section.n_bars, MAX_BARS))
        for section, letter in zip(joined, letters, strict=True)
    ]
    return FormRow(song, source, genre, tuple(clean), tempo, meter)


def main() -> None:
    """Read the sources and write the plan rows."""
    parser = argparse.ArgumentParser(description="Write song forms from the structure annotations.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds salami/ and pop909*/")
    parser.add_argument("--dataset", type=Path, default=Path("dataset"), help="made by python -m data_prep build")
    parser.add_argument("--out", type=Path, default=Path("shards/plans.jsonl"))
    arguments = parser.parse_args()
    rows = read_forms(arguments.data, arguments.dataset)
    write_forms(rows, arguments.out)
    for source in ("billboard", "salami", "pop909"):
        mine = [row for row in rows if row.source == source]
        print(f"{source}: {len(mine)} forms, {sum(row.split == 'validation' for row in mine)} for validation")


if __name__ == "__main__":
    main()
