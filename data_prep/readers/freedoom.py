"""Freedoom: multi-track game music by people, as pieces.

Rules: ``data_prep.pieces``, 16 bars and more; titles and authors are taken from ``CREDITS-MUSIC`` where it names the
level in the usual form.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from data_prep.pieces import PIECE_CODE, read_piece
from data_prep.songs import split_of

FOLDERS = ("freedoom",)
CODE = PIECE_CODE


def list_items(data: Path) -> list[str]:
    """List the MIDI files."""
    return sorted(path.name for path in (data / "freedoom" / "musics").glob("*.mid"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one piece.

    Raises
    ------
    FileFormatError
        If ``data_prep.pieces.read_piece`` refuses it.
    """
    import symusic

    problems: Counter[str] = Counter()
    piece = read_piece(symusic.Score(str(data / "freedoom" / "musics" / item)), problems)
    title, artist = _credits(data / "freedoom" / "CREDITS-MUSIC").get(item[2:-4].upper(), ("", ""))
    ident = f"freedoom/{item[:-4]}"
    return piece | {
        "id": ident, "source": "freedoom", "genre": "rock", "title": title, "artist": artist,
        "split": split_of(ident), "split_group": ident,
    }, problems  # fmt: skip


@lru_cache(maxsize=2)
def _credits(path: Path) -> dict[str, tuple[str, str]]:
    """Read title and author by level (``E1M1``, ``MAP07``) where the line has the usual form."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    rows = re.findall(r'^\s*(E\dM\d|MAP\d\d|DM\d\d): (?:"([^"]+)"|(\S+\.mid)) by (.+)$', text, re.M)
    return {level: (title or file, author.strip()) for level, title, file, author in rows}
