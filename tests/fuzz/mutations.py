"""Faults put into good files, by chance: bits flipped, pieces cut, doubled, exchanged for what formats stumble over."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Sequence

from symbolic_music.limits import ARCHIVE_ERRORS

_NUMBER = re.compile(rb"\d+")
_LONGEST = 200_000


def mutate(chance: random.Random, good: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Make a mutant of one of some good files."""
    data = chance.choice(good)
    if data[:2] == b"PK" and chance.random() < 0.8:
        return _inside_archive(chance, data, good, words)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        data = chance.choice(_WAYS)(chance, data, chance.choice(good), words)[:_LONGEST]
    return data


def _inside_archive(chance: random.Random, data: bytes, good: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Mutate a file inside an archive, so that the fault comes past the unpacking."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    except ARCHIVE_ERRORS:
        return data
    if not files:
        return data
    name = chance.choice(sorted(files))
    files[name] = mutate(chance, [files[name]], words)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for other, content in files.items():
            archive.writestr(zipfile.ZipInfo(other), content)
    return target.getvalue()


def _flip(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 6)) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 2, 10, 1000)) :]


def _double(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.choice((1, 4, 30, 300))]
    return data[:start] + piece * chance.choice((2, 3, 50)) + data[start:]


def _splice(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _word(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(words) + data[place + chance.choice((0, 0, 1, 4)) :]


def _number(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    places = list(_NUMBER.finditer(data))
    if not places:
        return data
    place = chance.choice(places)
    value = chance.choice((b"0", b"1", b"7", b"99", b"4096", b"99999999", b"9" * 30, b"-3", b"2.5", b"1/0", b""))
    return data[: place.start()] + value + data[place.end() :]


def _edge(chance: random.Random, data: bytes, other: bytes, words: Sequence[bytes]) -> bytes:
    place, size = chance.randrange(len(data) + 1), chance.choice((1, 2, 4))
    return data[:place] + chance.choice((b"\x00", b"\x7f", b"\x80", b"\xff")) * size + data[place + size :]


_WAYS = (_flip, _flip, _cut, _double, _splice, _word, _word, _number, _number, _edge)
