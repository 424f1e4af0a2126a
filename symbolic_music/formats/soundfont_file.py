"""What a SoundFont 2 or 3 file holds, read and checked before the synthesizer sees it.

A soundfont is a RIFF file of form ``sfbk`` with three lists: INFO (texts),
sdta (samples) and pdta (nine tables of fixed records that point at each other).
The tables are checked as the SoundFont 2.04 specification lays them down, since
a native loader must not be the one to find a pointer that leads out of them.
Samples are not read. SF3 is the same with samples compressed as Ogg Vorbis.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from symbolic_music.errors import RenderError

SUFFIXES = (".sf2", ".sf3")
DRUM_BANK = 128
INSTRUMENT, SAMPLE = 41, 53  # generators that point at an instrument and at a sample
ROM, COMPRESSED = 0x8000, 0x10  # bits of a sample's kind
_MAX_TABLE_BYTES, _MAX_INFO_BYTES = 256 * 2**20, 65536
_BAG = np.dtype([("gen", "<u2"), ("mod", "<u2")])
_MOD = np.dtype([("source", "<u2"), ("target", "<u2"), ("amount", "<i2"), ("scale", "<u2"), ("transform", "<u2")])
_GEN = np.dtype([("operator", "<u2"), ("amount", "<u2")])
RECORDS: dict[str, np.dtype] = {
    "phdr": np.dtype([
        ("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("library", "<u4"), ("genre", "<u4"),
        ("morphology", "<u4"),
    ]),
    "pbag": _BAG, "pmod": _MOD, "pgen": _GEN,
    "inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    "ibag": _BAG, "imod": _MOD, "igen": _GEN,
    "shdr": np.dtype([
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
        ("rate", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2"),
    ]),
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Preset:
    """A sound: bank 0 to 127 (128: drum kits), program 0 to 127, and its name."""

    bank: int
    program: int
    name: str


@dataclass(frozen=True)
class SoundfontInfo:
    """What a soundfont says of itself; texts are empty where it says nothing."""

    path: Path
    n_bytes: int
    name: str
    author: str
    copyright: str
    comment: str
    version: str
    compressed: bool
    n_instruments: int
    n_samples: int
    presets: tuple[Preset, ...]

    @property
    def kind(self) -> str:
        """``SF3`` if the samples are compressed, else ``SF2``."""
        return "SF3" if self.compressed else "SF2"


@dataclass(frozen=True, eq=False)
class SoundfontContent:
    """What a soundfont is made of.

    ``info`` are its texts as bytes, ``tables`` those of ``RECORDS``, each closed by a last record; ``samples`` and
    ``low`` say where (first byte, length) the samples lie, and the low bytes of 24-bit ones.
    """

    info: tuple[tuple[str, bytes], ...]
    tables: Mapping[str, np.ndarray]
    samples: tuple[int, int]
    low: tuple[int, int] | None


class SoundfontProblemError(RenderError):
    """A file is not a soundfont that can be played; says why, without the file's name."""


def read_soundfont(path: str | Path) -> SoundfontInfo:
    """Read and check a soundfont's structure; a file read before is not read again.

    Raises
    ------
    SoundfontProblemError
        If the file is missing, cut short, of another kind, or if its tables
        do not fit together.
    """
    path = Path(path)
    if path.suffix.lower() == ".sfz":
        raise SoundfontProblemError("SFZ instruments are not supported; use a .sf2 or .sf3 soundfont")
    try:
        state = path.stat()
        return _read(path, state.st_size, state.st_mtime_ns)
    except FileNotFoundError:
        raise SoundfontProblemError("no such file; use a .sf2 or .sf3 soundfont") from None
    except OSError as failure:
        raise SoundfontProblemError(f"cannot be read: {failure.strerror}") from None


@functools.lru_cache(maxsize=64)
def _read(path: Path, size: int, _changed: int) -> SoundfontInfo:
    """Read a file of this size and time of change."""
    return _describe(path, size, _read_content(path, size))


def read_content(path: str | Path) -> SoundfontContent:
    """Read and check all tables of a soundfont, and where its samples lie.

    Raises
    ------
    SoundfontProblemError
        As `read_soundfont`.
    """
    path = Path(path)
    try:
        return _read_content(path, path.stat().st_size)
    except OSError as failure:
        raise SoundfontProblemError(f"cannot be read: {(failure.strerror or str(failure)).lower()}") from None


def _read_content(path: Path, size: int) -> SoundfontContent:
    """Read the three lists of a file."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
            raise SoundfontProblemError("is not a soundfont (no RIFF sfbk header); use a .sf2 or .sf3 soundfont")
        stated = int.from_bytes(head[4:8], "little") + 8
        if size < stated:
            raise SoundfontProblemError(f"is cut short: {size} of {stated} bytes; fetch it again")
        lists = {}
        for name, start, length in _chunks(file, 12, stated):
            if name == "LIST" and length >= 4:
                file.seek(start)
                lists[file.read(4).decode("latin-1")] = (start + 4, start + length)
        if missing := [name for name in ("INFO", "sdta", "pdta") if name not in lists]:
            raise SoundfontProblemError(f"is broken: the list {missing[0]} is missing")
        info = tuple(_read_info(file, *lists["INFO"]))
        sound = {name: (start, length) for name, start, length in _chunks(file, *lists["sdta"])}
        tables = _read_tables(file, *lists["pdta"])
    samples = sound.get("smpl", (0, 0))
    _check_tables(tables, samples[1])
    return SoundfontContent(info, tables, samples, sound.get("sm24"))


def _chunks(file: BinaryIO, position: int, end: int) -> Iterator[tuple[str, int, int]]:
    """List (name, place of the content, its length) of the chunks between two places."""
    while position + 8 <= end:
        file.seek(position)
        head = file.read(8)
        name, length = head[:4].decode("latin-1"), int.from_bytes(head[4:8], "little")
        if position + 8 + length > end:
            raise SoundfontProblemError(f"is broken: the chunk {name!r} goes past the end of its list")
        yield name, position + 8, length
        position += 8 + length
        if length % 2:
            # RIFF fills up to even places with a zero; the usual compressor of SF3 does not.
            file.seek(position)
            position += file.read(1) == b"\0"


def _read_info(file: BinaryIO, start: int, end: int) -> Iterator[tuple[str, bytes]]:
    """Read the INFO list."""
    for name, place, length in _chunks(file, start, end):
        file.seek(place)
        yield name, file.read(min(length, _MAX_INFO_BYTES))


def _texts(info: tuple[tuple[str, bytes], ...]) -> dict[str, str]:
    """The INFO list as texts; the version as ``2.04``."""
    texts = {}
    for name, data in info:
        if name == "ifil" and len(data) >= 4:
            version = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
            texts[name] = f"{version[0]}.{version[1]:02d}"
        else:
            texts[name] = text_of(data)
    return texts


def text_of(data: bytes) -> str:
    """Read a text that ends at its first zero."""
    raw = data.split(b"\0")[0]
    try:
        return " ".join(raw.decode("utf-8").split())
    except UnicodeDecodeError:
        return " ".join(raw.decode("latin-1").split())


def _read_tables(file: BinaryIO, start: int, end: int) -> dict[str, np.ndarray]:
    """Read the nine tables of the pdta list."""
    if end - start > _MAX_TABLE_BYTES:
        raise SoundfontProblemError("is broken: its tables are too large to be true")
    tables = {}
    for name, place, length in _chunks(file, start, end):
        if name in RECORDS:
            if length % RECORDS[name].itemsize or not length:
                raise SoundfontProblemError(f"is broken: table {name} has {length} bytes, no whole number of records")
            file.seek(place)
            tables[name] = np.frombuffer(file.read(length), dtype=RECORDS[name])
    if missing := [name for name in RECORDS if name not in tables]:
        raise SoundfontProblemError(f"is broken: the table {missing[0]} is missing")
    return tables


def _check_tables(tables: dict[str, np.ndarray], n_sample_bytes: int) -> None:
    """Check that every pointer from table to table leads into it; the last record only ends a table."""
    for table, column, into in (
        ("phdr", "bag", "pbag"), ("inst", "bag", "ibag"),
        ("pbag", "gen", "pgen"), ("pbag", "mod", "pmod"), ("ibag", "gen", "igen"), ("ibag", "mod", "imod"),
    ):  # fmt: skip
        pointers = tables[table][column].astype(np.int64)
        if (np.diff(pointers) < 0).any() or pointers[-1] >= len(tables[into]):
            raise SoundfontProblemError(f"is broken: table {table} points out of table {into}")
    for table, kind, into in (("pgen", INSTRUMENT, "inst"), ("igen", SAMPLE, "shdr")):
        used = tables[table][:-1]
        if (used["amount"][used["operator"] == kind] >= max(len(tables[into]) - 1, 0)).any():
            raise SoundfontProblemError(f"is broken: table {table} points out of table {into}")
    if len(tables["phdr"]) < 2:
        raise SoundfontProblemError("has no presets")
    _check_samples(tables["shdr"][:-1], n_sample_bytes)


def _check_samples(samples: np.ndarray, n_bytes: int) -> None:
    """Check that samples lie in the data: counted in 16-bit points, or in bytes where compressed."""
    used = samples[(samples["kind"] & ROM) == 0]
    room = np.where(used["kind"] & COMPRESSED, n_bytes, n_bytes // 2)
    wrong = (used["end"] > room) | (used["start"] > used["end"])
    if wrong.any():
        raise SoundfontProblemError(
            f"is broken: sample {text_of(used['name'][wrong][0])!r} lies outside the sample data"
        )


def _describe(path: Path, size: int, content: SoundfontContent) -> SoundfontInfo:
    """Put together what was read."""
    texts, tables = _texts(content.info), content.tables
    rows = tables["phdr"][:-1]
    presets = {Preset(int(row["bank"]), int(row["program"]), text_of(row["name"].tobytes())) for row in rows}
    return SoundfontInfo(
        path=path,
        n_bytes=size,
        name=texts.get("INAM", ""),
        author=texts.get("IENG", ""),
        copyright=texts.get("ICOP", ""),
        comment=texts.get("ICMT", ""),
        version=texts.get("ifil", ""),
        compressed=bool((tables["shdr"]["kind"] & COMPRESSED).any()),
        n_instruments=len(tables["inst"]) - 1,
        n_samples=len(tables["shdr"]) - 1,
        presets=tuple(sorted(presets)),
    )
