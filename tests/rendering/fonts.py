"""Small soundfonts made for the tests: a looped sine under as many presets as wanted."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

_RATE = 22050


def make_soundfont(path: Path, presets: Iterable[tuple[int, int, str]] = ((0, 0, "Piano"),), **info: str) -> Path:
    """Write a soundfont whose presets (bank, program, name) all play one sine."""
    path.write_bytes(soundfont_bytes(tuple(presets), **info))
    return path


def soundfont_bytes(presets: tuple[tuple[int, int, str], ...] = ((0, 0, "Piano"),), **info: str) -> bytes:
    """Build the file; ``info`` gives texts by chunk, such as ICOP."""
    texts = b"".join(_chunk(name, text.encode() + b"\0") for name, text in ({"INAM": "Test font"} | info).items())
    head = _list("INFO", _chunk("ifil", struct.pack("<HH", 2, 1)) + texts)
    wave = np.round(np.sin(2 * np.pi * np.arange(2205) / 50) * 20000).astype("<i2")
    samples = _list("sdta", _chunk("smpl", wave.tobytes() + bytes(92)))
    tables = _list("pdta", _tables(presets, len(wave)))
    content = b"sfbk" + head + samples + tables
    return b"RIFF" + struct.pack("<I", len(content)) + content


def _tables(presets: tuple[tuple[int, int, str], ...], n_points: int) -> bytes:
    """Build the nine tables: each preset one zone with the only instrument, that with the only sample."""
    n = len(presets)
    rows = [(name, program, bank, zone) for zone, (bank, program, name) in enumerate(presets)] + [("EOP", 0, 0, n)]
    phdr = b"".join(struct.pack("<20sHHHIII", name.encode(), *numbers, 0, 0, 0) for name, *numbers in rows)
    pbag = b"".join(struct.pack("<HH", zone, 0) for zone in range(n + 1))
    pgen = b"".join(struct.pack("<HH", 41, 0) for _ in range(n)) + bytes(4)
    inst = struct.pack("<20sH", b"Sine", 0) + struct.pack("<20sH", b"EOI", 1)
    ibag = struct.pack("<HH", 0, 0) + struct.pack("<HH", 2, 0)
    igen = struct.pack("<HHHH", 54, 1, 53, 0) + bytes(4)
    shdr = struct.pack("<20sIIIIIBbHH", b"Sine", 0, n_points, 0, n_points - 5, _RATE, 69, 0, 0, 1)
    end = struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    parts = {
        "phdr": phdr, "pbag": pbag, "pmod": bytes(10), "pgen": pgen, "inst": inst, "ibag": ibag, "imod": bytes(10),
        "igen": igen, "shdr": shdr + end,
    }  # fmt: skip
    return b"".join(_chunk(name, data) for name, data in parts.items())


def _chunk(name: str, data: bytes) -> bytes:
    """Build a chunk, filled up to an even length."""
    return name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _list(name: str, data: bytes) -> bytes:
    """Build a list of chunks."""
    return _chunk("LIST", name.encode() + data)
