"""Game music by people: EasyRPG's loops and jingles, Blasphemer's pieces.

Rules
-----
- ``data_prep.pieces``: loops of ``MIN_BARS`` bars and more, jingles (stingers: an item, an inn, a fanfare) of two.
- *Blasphemer's beat* is not in its files: the index has an estimate and how well the notes fit it, and files that fit
  worse than ``MIN_COHERENCE`` are refused. The estimate is refined here to what the onsets agree on best. Below
  ``SLOWEST_QPM`` the beat is halved.
- *Blasphemer's meter*: 3/4 if the music is more like itself after 3, 6 and 12 beats than after 4, 8 and 16, else
  4/4; in five-beat bars it is refused. The first note is on a downbeat.
- Pieces that share themes (``SAME_PIECES``) are on one side of the split.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.pieces import PIECE_CODE, read_piece
from data_prep.songs import read_index, split_of
from symbolic_music.errors import FileFormatError

FOLDERS = ("game_music",)
CODE = PIECE_CODE
MIN_BARS, JINGLE_BARS, JINGLE_NOTES = 12, 2, 16
MIN_COHERENCE = 0.85
SLOWEST_QPM = 70
MUS_TICKS_PER_MINUTE = 140 * 60
# How far an estimated tempo may be wrong, and the steps in which it is tried.
TEMPO_ERROR, TEMPO_STEPS = 0.005, 2001
TRIPLE_ADVANTAGE, FIVE_ADVANTAGE = 0.05, 0.15
SAME_PIECES = {name: "blasphemer themes" for name in ("e1m4", "e2m4", "e2m6", "e2m7", "e3m3")}


def list_items(data: Path) -> list[str]:
    """List the files of the index that are there."""
    folder = data / "game_music"
    return sorted(name for name in read_index(folder / "index.tsv") if (folder / name).exists())


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one piece.

    Raises
    ------
    FileFormatError
        If its beat is not known well enough, or ``data_prep.pieces.read_piece`` refuses it.
    """
    import symusic

    row = read_index(data / "game_music" / "index.tsv")[item]
    score = symusic.Score(str(data / "game_music" / item))
    problems: Counter[str] = Counter()
    is_jingle = row["kind"] == "jingle"
    least = (JINGLE_BARS, JINGLE_NOTES) if is_jingle else (MIN_BARS, JINGLE_NOTES)
    folder, name = item.removesuffix(".mid").split("/")
    if row["tempo_coherence"]:
        ticks, qpm = _beat(score, row)
        _write_meter(score, ticks)
        piece = read_piece(score, problems, *least, ticks_per_quarter=ticks, qpm=qpm)
    else:
        piece = read_piece(score, problems, *least)
    group = f"game_music/{SAME_PIECES.get(name, name) if folder == 'blasphemer' else name}"
    return piece | {
        "id": f"game_music/{folder}/{name}", "source": "game_music", "genre": "jingle" if is_jingle else "game",
        "title": name, "artist": row["author"], "split": split_of(group), "split_group": group,
    }, problems  # fmt: skip


def _beat(score: Any, row: dict[str, str]) -> tuple[float, float]:
    """Refine the estimated beat; returns ticks of the file to the quarter and quarters a minute."""
    if float(row["tempo_coherence"]) < MIN_COHERENCE:
        raise FileFormatError(f"its beat is not known: coherence {row['tempo_coherence']}, below {MIN_COHERENCE}")
    times = np.array([note.time for track in score.tracks for note in track.notes], dtype=float)
    estimate = MUS_TICKS_PER_MINUTE / float(row["tempo"])
    tried = estimate * np.linspace(1 - TEMPO_ERROR, 1 + TEMPO_ERROR, TEMPO_STEPS)
    fits = [abs(np.exp(8j * np.pi * times / ticks).mean()) for ticks in tried]
    ticks = float(tried[int(np.argmax(fits))])
    while MUS_TICKS_PER_MINUTE / ticks < SLOWEST_QPM:
        ticks /= 2
    return ticks, round(MUS_TICKS_PER_MINUTE / ticks, 2)


def _write_meter(score: Any, ticks: float) -> None:
    """Give a score the meter that its repetitions tell."""
    import symusic

    notes = {(round(note.time / ticks * 4), number, note.pitch)
             for number, track in enumerate(score.tracks) for note in track.notes}  # fmt: skip

    def likeness(*beats: int) -> float:
        return float(np.mean([sum((on + 4 * n, *rest) in notes for on, *rest in notes) for n in beats])) / len(notes)

    three, four, five = likeness(3, 6, 12), likeness(4, 8, 16), likeness(5, 10)
    if five > max(three, four) + FIVE_ADVANTAGE:
        raise FileFormatError("its bars have five beats")
    score.time_signatures = [symusic.TimeSignature(0, 3 if three > four + TRIPLE_ADVANTAGE else 4, 4)]
