"""Freedoom: multi-track game music, every track with its program.

Rules: notes as ``data_prep.midi`` says; the meter is the first time signature (4/4 where there is none, counted),
the tempo the first one (changes are counted); roles follow from the General MIDI families; titles and authors are
taken from ``CREDITS-MUSIC`` where it names the level in the usual form.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from data_prep.midi import read_part
from data_prep.songs import split_of
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.meter import TPQ

FOLDERS = ("freedoom",)
MIN_NOTES = 16


def list_items(data: Path) -> list[str]:
    """List the MIDI files."""
    return sorted(path.name for path in (data / "freedoom" / "musics").glob("*.mid"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one piece.

    Raises
    ------
    FileFormatError
        If it has fewer than ``MIN_NOTES`` notes (upstream's dummy file).
    """
    import symusic

    score = symusic.Score(str(data / "freedoom" / "musics" / item))
    tracks = [track for track in score.tracks if len(track.notes)]
    names = [f"{number:02d} {track.name.strip()}".strip() for number, track in enumerate(tracks, start=1)]
    parts = [read_part(t, score.ticks_per_quarter, name) for t, name in zip(tracks, names, strict=True)]
    n_notes = sum(len(part["pitch"]) for part in parts)
    if n_notes < MIN_NOTES:
        raise FileFormatError(f"{n_notes} notes, fewer than {MIN_NOTES}")
    problems = Counter({
        "no time signature, read as 4/4": int(not len(score.time_signatures)),
        "meter changes inside": int(len({(t.numerator, t.denominator) for t in score.time_signatures}) > 1),
        "tempo changes inside": int(len({round(tempo.qpm) for tempo in score.tempos}) > 1),
    })  # fmt: skip
    first = min(score.time_signatures, key=lambda t: t.time) if len(score.time_signatures) else None
    beats, unit = (first.numerator, first.denominator) if first else (4, 4)
    bar = beats * TPQ * 4 // unit
    title, artist = _credits(data / "freedoom" / "CREDITS-MUSIC").get(item[2:-4].upper(), ("", ""))
    return {
        "id": f"freedoom/{item[:-4]}", "source": "freedoom", "genre": "rock", "title": title, "artist": artist,
        "meter": f"{beats}/{unit}", "tempo_qpm": round(min(score.tempos, key=lambda t: t.time).qpm, 2)
        if len(score.tempos) else 120.0, "parts": parts,
        "n_bars": 1 + max(part["onset_tick"][-1] for part in parts) // bar,
        "split": split_of(f"freedoom/{item[:-4]}"), "split_group": f"freedoom/{item[:-4]}",
    }, problems  # fmt: skip


@lru_cache(maxsize=2)
def _credits(path: Path) -> dict[str, tuple[str, str]]:
    """Read title and author by level (``E1M1``, ``MAP07``) where the line has the usual form."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    rows = re.findall(r'^\s*(E\dM\d|MAP\d\d|DM\d\d): (?:"([^"]+)"|(\S+\.mid)) by (.+)$', text, re.M)
    return {level: (title or file, author.strip()) for level, title, file, author in rows}
