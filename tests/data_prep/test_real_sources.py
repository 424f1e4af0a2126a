"""The readers on real files; skipped unless SYMBOLIC_MUSIC_DATA names the folder with the sources."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from data_prep.chunks import reader_of
from data_prep.dataset import SONG_SOURCES
from data_prep.songs import from_row, to_row
from data_prep.sources import READERS

DATA = Path(os.environ.get("SYMBOLIC_MUSIC_DATA", ""))
pytestmark = pytest.mark.skipif("SYMBOLIC_MUSIC_DATA" not in os.environ, reason="SYMBOLIC_MUSIC_DATA is not set")


@pytest.mark.parametrize("source", READERS)
def test_three_real_songs_hold_together(source: str) -> None:
    reader = reader_of(source)
    items = reader.list_items(DATA)
    for item in (items[0], items[len(items) // 3], items[-3]):
        song = reader.read_item(DATA, item)[0]
        assert song["id"].startswith(f"{source}/") and song["split"] in ("train", "validation")
        if source not in SONG_SOURCES:
            assert song.get("parts") or song["sections"]
            continue
        song = from_row(to_row(song, ""))
        beats, unit = (int(number) for number in song["meter"].split("/"))
        end = song["n_bars"] * beats * 48 // unit
        assert all(0 <= row[0] < end for row in [*song["chords"], *song["melody"], *song["line"]])
        for part in ("melody", "line"):
            assert all(a[0] + a[1] <= b[0] for a, b in pairwise(song[part]))
        starts = [row[1] for row in song["phrases"]]
        assert starts[0] == 0 and all(
            a[1] + a[2] == b[1] for a, b in zip(song["phrases"], song["phrases"][1:], strict=False)
        )


def test_known_songs() -> None:
    song = reader_of("pop909").read_item(DATA, "001")[0]
    assert (song["key"], song["doubled"], song["n_bars"], song["chords_from"]) == ("Gb major", True, 142, "CL")
    song = reader_of("billboard").read_item(DATA, "0427")[0]
    assert song["phrases"][0][4:] == ["intro", "A major"] and song["phrases"][-1][5] == "Bb major"
    rag = "dataset/Scott_Joplin/Maple_Leaf_Rag/Maple_Leaf_Rag.mxl"
    assert reader_of("openewld").read_item(DATA, rag)[0]["n_bars"] == 80  # 34 as written
