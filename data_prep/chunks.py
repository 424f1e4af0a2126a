"""The unit of work of a build: some songs of one source, read into one nested Parquet file.

A chunk's file appears under its name only when it is complete, and its name holds a fingerprint of what
it was made from (the source's files, the items, the code of its reader). So a chunk that is there need not be made
again, whoever stopped the build and however many workers it had.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

from data_prep.schema import nested_schema
from data_prep.songs import to_row
from data_prep.sources import ARCHIVES, licence_of

CHUNK_ITEMS = 24
CODE = (
    "songs.py", "musicxml.py", "midi.py", "labels.py", "harte.py", "schema.py", "keyfinding.py", "phrases.py",
    "voices.py", "harmony.py", "../symbolic_music/theory/*.py", "../symbolic_music/analysis/chords.py",
    "../symbolic_music/analysis/key.py", "../symbolic_music/analysis/texture.py",
    "../symbolic_music/formats/musicxml_repeats.py",
)  # fmt: skip


@dataclass(frozen=True)
class Chunk:
    """What to read and where to write it."""

    source: str
    data: str
    items: tuple[str, ...]
    path: str

    def to_json(self) -> str:
        """Write it as text, the form in which it travels to a worker."""
        return json.dumps(asdict(self))


def reader_of(source: str) -> ModuleType:
    """Load a source's reader."""
    return importlib.import_module(f"data_prep.readers.{source}")


def plan_chunks(data: Path, folder: Path, source: str, limit: int | None) -> Iterator[Chunk]:
    """Cut a source's items into chunks, always in the same places.

    Parameters
    ----------
    data : Path
        Folder of the unpacked sources.
    folder : Path
        Folder for the chunks' files.
    source : str
        One of ``sources.READERS``.
    limit : int or None
        Read so many items only, evenly spread.
    """
    items = reader_of(source).list_items(data)
    if limit is not None and len(items) > limit:
        items = [items[number * len(items) // limit] for number in range(limit)]
    stamp = _fingerprint(data, source)
    for number, at in enumerate(range(0, len(items), CHUNK_ITEMS)):
        own = tuple(items[at : at + CHUNK_ITEMS])
        digest = hashlib.sha256(json.dumps([stamp, own]).encode()).hexdigest()[:16]
        yield Chunk(source, str(data), own, str(folder / f"{source}-{number:04d}-{digest}.parquet"))


def make_chunk(text: str) -> dict:
    """Read a chunk's songs and write its file; a song that cannot be read is named in the file's metadata.

    Parameters
    ----------
    text : str
        A chunk as ``Chunk.to_json`` writes it.

    Returns
    -------
    dict
        ``path`` and ``items`` (how many were read).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    chunk = json.loads(text)
    path = Path(chunk["path"])
    if not path.exists():
        reader, licence = reader_of(chunk["source"]), licence_of(chunk["source"])
        rows, left_out, problems = [], {}, Counter()
        for item in chunk["items"]:
            try:
                song, found = reader.read_item(Path(chunk["data"]), item)
                rows.append(to_row(song, licence))
                problems.update({what: count for what, count in found.items() if count})
            except Exception as failure:  # whatever a broken file makes a parser raise costs that file alone
                left_out[item] = f"{type(failure).__name__}: {failure}"
        report = json.dumps({"items": len(chunk["items"]), "left_out": left_out, "problems": problems}, sort_keys=True)
        schema = nested_schema().with_metadata({b"report": report.encode()})
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary, compression="zstd")
        temporary.replace(path)
    return {"path": str(path), "items": len(chunk["items"])}


def _fingerprint(data: Path, source: str) -> str:
    """Hash the reader's code and the names, sizes and times of a source's files."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for pattern in (f"readers/{source}*.py", *CODE, *getattr(reader_of(source), "CODE", ())):
        for path in sorted(here.glob(pattern)):
            digest.update(path.read_bytes())
    for archive in ARCHIVES:
        if archive.reader == source and (data / archive.folder).exists():
            for line in sorted(_file_lines(data / archive.folder)):
                digest.update(line.encode())
    return digest.hexdigest()


def _file_lines(root: Path) -> Iterator[str]:
    """Describe every file under a folder (or the one file)."""
    if root.is_file():
        yield f"{root.name} {root.stat().st_size} {root.stat().st_mtime_ns}\n"
    for folder, _, names in os.walk(root):
        for name in names:
            status = os.stat(os.path.join(folder, name))
            yield f"{folder[len(str(root)) :]}/{name} {status.st_size} {status.st_mtime_ns}\n"
