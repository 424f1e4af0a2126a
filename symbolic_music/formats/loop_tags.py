"""Loop points inside sound files: comments of an OGG Vorbis file, the ``smpl`` chunk of a WAV file.

There is no standard for OGG; ``LOOPSTART`` and ``LOOPLENGTH`` in samples, as RPG Maker
introduced them, are what SDL_mixer, EasyRPG and most engines read. The ``smpl`` chunk is
Microsoft's and IBM's (RIFF additions of 1994); its loop end is the last sample played.

Both are written into a finished file: libsndfile has no way to set them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.atomic import atomic_path

LOOP_START, LOOP_LENGTH = "LOOPSTART", "LOOPLENGTH"

_COMMENT_HEAD = b"\x03vorbis"
_CONTINUED = 0x01
_PAGE = struct.Struct("<4sBBqIIIB")  # capture, version, type, granule, serial, sequence, checksum, n segments
_FULL = 255
_SMPL = struct.Struct("<9I")
_SMPL_LOOP = struct.Struct("<6I")
_MIDDLE_C = 60


@dataclass(frozen=True)
class Loop:
    """A loop in samples: its first one, and how many it has."""

    start: int
    length: int


@dataclass(frozen=True)
class _Page:
    """One Ogg page: header fields, its table of segment lengths, its bytes."""

    kind: int
    granule: int
    serial: int
    sequence: int
    segments: bytes
    body: bytes

    @property
    def n_bytes(self) -> int:
        """Its size in the file."""
        return _PAGE.size + len(self.segments) + len(self.body)


def write_ogg_loop(path: str | Path, loop: Loop) -> None:
    """Set ``LOOPSTART`` and ``LOOPLENGTH`` in an OGG Vorbis file; other comments stay.

    Raises
    ------
    InputError
        If the loop has no length or starts before the file.
    FileFormatError
        If the file is not OGG Vorbis.
    """
    _check(loop)
    write_ogg_comments(path, {LOOP_START: str(loop.start), LOOP_LENGTH: str(loop.length)})


def read_ogg_loop(path: str | Path) -> Loop | None:
    """Read the loop of an OGG Vorbis file, ``None`` if it has none.

    Raises
    ------
    FileFormatError
        If it is no OGG Vorbis file, or its tags are no whole numbers of samples.
    """
    comments = read_ogg_comments(path)
    try:
        return Loop(int(comments[LOOP_START]), int(comments[LOOP_LENGTH]))
    except KeyError:
        return None
    except ValueError:
        raise FileFormatError(f"{path}: {LOOP_START} and {LOOP_LENGTH} must be whole numbers of samples") from None


def read_ogg_comments(path: str | Path) -> dict[str, str]:
    """Read the comments of an OGG Vorbis file; names in capitals, the last of a name wins."""
    pages = list(_read_pages(Path(path)))
    packets, _ = _header_packets(pages, Path(path))
    _, entries = _parse_comments(packets[0], Path(path))
    return {name.upper(): value for name, _, value in (entry.partition("=") for entry in entries)}


def write_ogg_comments(path: str | Path, comments: Mapping[str, str]) -> None:
    """Replace the comments of these names in an OGG Vorbis file."""
    path = Path(path)
    pages = list(_read_pages(path))
    packets, n_header_pages = _header_packets(pages, path)
    vendor, entries = _parse_comments(packets[0], path)
    kept = [entry for entry in entries if entry.partition("=")[0].upper() not in comments]
    packet = _build_comments(vendor, kept + [f"{name}={value}" for name, value in comments.items()])
    header = _paginate([packet, packets[1]], pages[0].serial)
    moved = len(header) - n_header_pages
    first, sound = pages[0], pages[1 + n_header_pages :]
    # Usually the headers fill as many pages as before; then the sound's pages, checksums too, stay as they are.
    rest = _read(path)[sum(page.n_bytes for page in pages[: 1 + n_header_pages]) :]
    if moved:
        rest = b"".join(_pack_page(replace(page, sequence=page.sequence + moved)) for page in sound)
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(b"".join(map(_pack_page, [first, *header])) + rest)


def write_wav_loop(path: str | Path, loop: Loop) -> None:
    """Add a ``smpl`` chunk with one endless forward loop to a WAV file; an earlier one is replaced.

    Raises
    ------
    InputError
        If the loop has no length or starts before the file.
    FileFormatError
        If the file is not WAV.
    """
    _check(loop)
    path = Path(path)
    chunks = _read_chunks(path)
    rate = struct.unpack_from("<I", dict(chunks)[b"fmt "], 4)[0]
    sampler = _SMPL.pack(0, 0, round(1e9 / rate), _MIDDLE_C, 0, 0, 0, 1, 0)
    sampler += _SMPL_LOOP.pack(0, 0, loop.start, loop.start + loop.length - 1, 0, 0)
    kept = [(name, body) for name, body in chunks if name != b"smpl"] + [(b"smpl", sampler)]
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in kept)
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)


def read_wav_loop(path: str | Path) -> Loop | None:
    """Read the first loop of a WAV file's ``smpl`` chunk, ``None`` if it has none."""
    sampler = dict(_read_chunks(Path(path))).get(b"smpl")
    if sampler is None or len(sampler) < _SMPL.size + _SMPL_LOOP.size or _SMPL.unpack_from(sampler)[7] == 0:
        return None
    _, _, start, last, _, _ = _SMPL_LOOP.unpack_from(sampler, _SMPL.size)
    return Loop(start, last - start + 1)


def _check(loop: Loop) -> None:
    """Refuse loops that cannot be."""
    if loop.start < 0 or loop.length < 1:
        raise InputError(f"loop from sample {loop.start}, {loop.length} long: start at 0 or later, last at least 1")


def _read(path: Path) -> bytes:
    """Read a file whole."""
    try:
        return path.read_bytes()
    except OSError as failure:
        raise FileFormatError(f"{path}: cannot be read: {(failure.strerror or str(failure)).lower()}") from None


def _read_pages(path: Path) -> Iterator[_Page]:
    """Walk through an Ogg file's pages."""
    data, place = _read(path), 0
    if data[:4] != b"OggS":
        raise FileFormatError(f"{path}: not an OGG file; it starts with {data[:4]!r} where OGG has b'OggS'")
    while place < len(data):
        try:
            mark, _, kind, granule, serial, sequence, _, n_segments = _PAGE.unpack_from(data, place)
        except struct.error:
            raise FileFormatError(f"{path}: broken OGG file: cut short in a page's header") from None
        start = place + _PAGE.size
        segments = data[start : start + n_segments]
        body = data[start + n_segments : start + n_segments + sum(segments)]
        if mark != b"OggS" or len(segments) < n_segments or len(body) < sum(segments):
            raise FileFormatError(f"{path}: broken OGG file: no whole page at byte {place}")
        yield _Page(kind, granule, serial, sequence, segments, body)
        place = start + n_segments + len(body)


def _header_packets(pages: list[_Page], path: Path) -> tuple[list[bytes], int]:
    """Gather the comment and setup packets, and count the pages that they fill."""
    packets, unfinished = [], b""
    for number, page in enumerate(pages[1:], start=1):
        place = 0
        for length in page.segments:
            unfinished += page.body[place : place + length]
            place += length
            if length < _FULL:
                packets.append(unfinished)
                unfinished = b""
        if len(packets) >= 2:
            if len(packets) > 2 or unfinished or not packets[0].startswith(_COMMENT_HEAD):
                break
            return packets, number
    raise FileFormatError(f"{path}: not OGG Vorbis: its comment and setup headers are not where they must be")


def _parse_comments(packet: bytes, path: Path) -> tuple[bytes, list[str]]:
    """Read a comment packet: the encoder's name and the entries."""
    try:
        place = len(_COMMENT_HEAD)
        vendor, place = _counted(packet, place)
        (n_entries,) = struct.unpack_from("<I", packet, place)
        place += 4
        entries = []
        for _ in range(n_entries):
            entry, place = _counted(packet, place)
            entries.append(entry.decode("utf-8", "replace"))
    except struct.error:
        raise FileFormatError(f"{path}: broken OGG file: its comments are cut short") from None
    return vendor, entries


def _counted(packet: bytes, place: int) -> tuple[bytes, int]:
    """Read bytes that stand behind their number."""
    (length,) = struct.unpack_from("<I", packet, place)
    if place + 4 + length > len(packet):
        raise struct.error("cut short")
    return packet[place + 4 : place + 4 + length], place + 4 + length


def _build_comments(vendor: bytes, entries: list[str]) -> bytes:
    """Write a comment packet; the last bit set is Vorbis' framing."""
    texts = [entry.encode("utf-8") for entry in entries]
    body = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return _COMMENT_HEAD + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(texts)) + body + b"\x01"


def _paginate(packets: list[bytes], serial: int) -> list[_Page]:
    """Lay packets on pages of at most 255 segments; audio must begin on a new page after them."""
    lacing = b"".join(b"\xff" * (len(packet) // _FULL) + bytes([len(packet) % _FULL]) for packet in packets)
    data = b"".join(packets)
    pages: list[_Page] = []
    place, continued = 0, False
    for start in range(0, len(lacing), _FULL):
        segments = lacing[start : start + _FULL]
        size = sum(segments)
        # A page on which no packet ends has granule -1.
        granule = 0 if any(length < _FULL for length in segments) else -1
        kind = _CONTINUED if continued else 0
        pages.append(_Page(kind, granule, serial, 1 + len(pages), segments, data[place : place + size]))
        place += size
        continued = segments[-1] == _FULL
    return pages


def _pack_page(page: _Page) -> bytes:
    """Write a page with its checksum."""
    head = (b"OggS", 0, page.kind, page.granule, page.serial, page.sequence)
    data = _PAGE.pack(*head, 0, len(page.segments)) + page.segments + page.body
    return _PAGE.pack(*head, _checksum(data), len(page.segments)) + page.segments + page.body


@cache
def _checksum_table() -> tuple[int, ...]:
    """Remainders of all bytes by Ogg's polynomial 0x04C11DB7, highest bit first (RFC 3533)."""
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = ((value << 1) ^ 0x04C11DB7) if value & 0x80000000 else value << 1
        table.append(value & 0xFFFFFFFF)
    return tuple(table)


def _checksum(data: bytes) -> int:
    """Ogg's checksum of a page whose checksum field is 0."""
    table, value = _checksum_table(), 0
    for byte in data:
        value = ((value << 8) & 0xFFFFFFFF) ^ table[(value >> 24) ^ byte]
    return value


def _read_chunks(path: Path) -> list[tuple[bytes, bytes]]:
    """List a WAV file's chunks."""
    data = _read(path)
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise FileFormatError(f"{path}: not a WAV file (no RIFF WAVE header)")
    chunks, place = [], 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        body = data[place + 8 : place + 8 + size]
        if len(body) < size:
            raise FileFormatError(f"{path}: broken WAV file: chunk {name!r} is cut short")
        chunks.append((name, body))
        place += 8 + size + size % 2
    if not {b"fmt ", b"data"} <= {name for name, _ in chunks}:
        raise FileFormatError(f"{path}: broken WAV file: it has no format or no samples")
    return chunks
