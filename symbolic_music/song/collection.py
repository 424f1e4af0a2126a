"""Songs of one's own, as the phrase model learns from them."""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.song.leadsheet import LeadSheet


@dataclass(frozen=True, eq=False)
class OwnSong:
    """A song to learn from: the name of its file, its lead sheet, and the kinds of its sections where they are known.

    ``sha256`` is that of the file.
    """

    name: str
    sheet: LeadSheet
    kinds: tuple[str, ...] = ()
    sha256: str = ""
