"""Tanner Helland's free music: multi-track pieces for games and film by one composer.

Rules: ``data_prep.pieces``, 16 bars and more. Several versions of one piece (``SAME_PIECES``) are on one side of
the split.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from data_prep.pieces import PIECE_CODE, read_piece
from data_prep.songs import split_of

FOLDERS = ("th_free_music",)
CODE = PIECE_CODE
ARTIST = "Tanner Helland"
SAME_PIECES = {"remember": "cyaron's gate"}


def list_items(data: Path) -> list[str]:
    """List the MIDI files."""
    return sorted(path.name for path in (data / "th_free_music" / "midi").glob("*.mid"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one piece.

    Raises
    ------
    FileFormatError
        If ``data_prep.pieces.read_piece`` refuses it.
    """
    import symusic

    problems: Counter[str] = Counter()
    piece = read_piece(symusic.Score(str(data / "th_free_music" / "midi" / item)), problems)
    title = item.removesuffix(".mid")
    group = re.sub(r"\s*\(.*\)", "", title).lower()
    group = f"th_free_music/{SAME_PIECES.get(group, group)}"
    return piece | {
        "id": f"th_free_music/{title}", "source": "th_free_music", "genre": "game", "title": title, "artist": ARTIST,
        "split": split_of(group), "split_group": group,
    }, problems  # fmt: skip
