"""Open Hymnal: hymns in four voices with all their verses.

Rules: read are the tunes whose words could be matched to the notes (``aligned``) and that have a meter; the melody is
the voice ``S1V1``; the upbeat is the first bar of the tune's ABC where that is shorter than a bar; the rest as in
``pd_songs``, also the mode, because signatures are written as major here too.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from data_prep.readers.nottingham import first_bar_quarters
from data_prep.readers.pd_songs import song_of_voices
from data_prep.songs import read_index, split_of
from data_prep.voices import read_voices

FOLDERS = ("open_hymnal",)
MELODY_TRACK = "S1V1"
VOICES = {"S1V2": "alto", "S2V1": "tenor", "S2V2": "bass voice"}
TICKS_PER_QUARTER = 480


def list_items(data: Path) -> list[str]:
    """List the ids of the hymns with a meter whose words are matched."""
    rows = read_index(data / "open_hymnal" / "index.tsv").items()
    return [item for item, row in rows if row["aligned"] == "yes" and row["metre"] != "none"]


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one hymn.

    Raises
    ------
    FileFormatError
        If it has no stretch in one of our meters or too few notes.
    """
    row = read_index(data / "open_hymnal" / "index.tsv")[item]
    problems: Counter[str] = Counter()
    abc = (data / "open_hymnal" / "abc" / f"{item}.abc").read_text(encoding="utf-8", errors="replace")
    upbeat = upbeat_quarters(abc, row["metre"])
    problems["first bar of the ABC could not be read"] += int(upbeat is None)
    path = data / "open_hymnal" / "midi" / f"{item}.mid"
    piece = read_voices(path, round((upbeat or 0.0) * TICKS_PER_QUARTER), problems)
    song = song_of_voices(piece, [voice for voice in piece.voices if voice.name == MELODY_TRACK], VOICES)
    problems["no chords: too few voices"] += int(not song["chords"])
    ident = f"open_hymnal/{item}"
    return song | {
        "id": ident, "source": "open_hymnal", "split": split_of(ident), "split_group": ident, "genre": "hymn",
        "title": row["title"], "artist": row["composer"],
    }, problems  # fmt: skip


def upbeat_quarters(abc: str, meter: str) -> float | None:
    """Length of the melody's first bar where it is shorter than a bar, else 0; none if it cannot be read.

    Examples
    --------
    >>> upbeat_quarters("L: 1/4 % default\\nK: G\\n[V: S1V1] [Q:1/4=130] D | G B d2 |\\n", "4/4")
    1.0
    """
    voice = re.search(rf"^\[V: {MELODY_TRACK}\](.*)$", abc, re.MULTILINE)
    unit = re.search(r"^L:\s*(\d+/\d+)", abc, re.MULTILINE)
    if voice is None or unit is None:
        return None
    length = first_bar_quarters(re.sub(r"\[[A-Z]:[^\]]*\]|%.*", "", voice[1]), unit[1])
    beats, note = (int(number) for number in meter.split("/"))
    return None if length is None else float(length) if length < beats * 4 / note else 0.0
