"""Chord progressions with mood words, as songs of chords only.

Rules: one chord a bar in 4/4, from C in major and from A in minor; a modal progression has the mode of its tonic triad,
or else of the scale that holds more of it; moods are kept in a column of their own.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from data_prep.harte import harte_quality
from data_prep.keyfinding import mode_of, vote_mode
from data_prep.songs import merge_chords, read_index, split_of
from symbolic_music.theory.key import REFERENCE_TONIC, key_of
from symbolic_music.theory.meter import parse_meter

FOLDERS = ("progressions",)
METER = "4/4"


def list_items(data: Path) -> list[str]:
    """List the progressions' ids."""
    return list(read_index(data / "progressions" / "progressions.tsv"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one progression."""
    row = read_index(data / "progressions" / "progressions.tsv")[item]
    degrees = [chord.split(":") for chord in row["chords"].split()]
    chords = [(int(step) % 12, harte_quality(quality), int(step) % 12) for step, quality in degrees]
    mode = row["mode"] if row["mode"] in REFERENCE_TONIC else _mode(chords)
    tonic, bar = REFERENCE_TONIC[mode], parse_meter(METER).bar_ticks
    rows = [(number * bar, (root + tonic) % 12, quality, (bass + tonic) % 12)
            for number, (root, quality, bass) in enumerate(chords)]  # fmt: skip
    key, ident = str(key_of(tonic, mode)), f"progressions/{item}"
    return {
        "id": ident, "source": "progressions", "split": split_of(ident), "split_group": ident, "title": "",
        "genre": "pop", "meter": METER, "tempo_qpm": 0.0, "key": key, "n_bars": len(chords), "melody": [], "piano": [],
        "chords": merge_chords(rows), "doubled": False, "moods": row["moods"].lower().split(),
        "phrases": [["A", 0, len(chords), False, "any", key]],
    }, Counter()  # fmt: skip


def _mode(chords: list[tuple[int, str, int]]) -> str:
    """Find the mode of chords whose tonic is 0."""
    vote: Counter[str] = Counter()
    for chord in chords:
        vote_mode(vote, chord, 0, 1)
    return mode_of(vote)
