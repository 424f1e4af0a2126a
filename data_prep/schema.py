"""The dataset's columns: one nested row per song while it is built, flat tables when it is done.

All times are ticks, 12 to the quarter, unless a name ends in ``_sec``. ``-1`` bars and empty texts mean unknown.
"""

from __future__ import annotations

import pyarrow as pa

TICK = pa.int32()

SECTION = [("kind", pa.string()), ("letter", pa.string()), ("start_bar", pa.int32()), ("n_bars", pa.int32()),
           ("start_sec", pa.float64()), ("end_sec", pa.float64()), ("annotator", pa.int8())]  # fmt: skip
PHRASE = [("letter", pa.string()), ("start_bar", pa.int32()), ("n_bars", pa.int32()), ("is_sung", pa.bool_()),
          ("section", pa.string()), ("key", pa.string())]  # fmt: skip
CHORD = [("onset_tick", TICK), ("root", pa.int8()), ("quality", pa.string()), ("bass", pa.int8()),
         ("version", pa.string())]  # fmt: skip
LYRIC = [("onset_tick", TICK), ("syllable", pa.string()), ("syllabic", pa.string()), ("verse", pa.int16())]
# A part's notes are lists of equal length; offset_tick480 is the distance from onset_tick in 1/480 quarter.
PART = [("part", pa.string()), ("role", pa.string()), ("program", pa.int16()), ("is_drum", pa.bool_()),
        ("onset_tick", pa.list_(TICK)), ("duration_tick", pa.list_(TICK)), ("pitch", pa.list_(pa.uint8())),
        ("velocity", pa.list_(pa.uint8())), ("offset_tick480", pa.list_(pa.int16()))]  # fmt: skip

SONG = [("id", pa.string()), ("source", pa.string()), ("licence", pa.string()), ("split", pa.string()),
        ("split_group", pa.string()), ("title", pa.string()), ("artist", pa.string()), ("genre", pa.string()),
        ("meter", pa.string()), ("tempo_qpm", pa.float64()), ("key", pa.string()), ("n_bars", pa.int32()),
        ("doubled", pa.bool_()), ("chords_from", pa.string()), ("moods", pa.list_(pa.string()))]  # fmt: skip
INNER = {"sections": SECTION, "phrases": PHRASE, "chords": CHORD, "parts": PART, "lyrics": LYRIC}


def songs_schema() -> pa.Schema:
    """Columns of the songs table."""
    return pa.schema(SONG)


def nested_schema() -> pa.Schema:
    """Columns of a chunk: a song with its rows inside."""
    return pa.schema([*SONG, *((name, pa.list_(pa.struct(fields))) for name, fields in INNER.items())])


def table_schema(name: str) -> pa.Schema:
    """Columns of a flat table: the song's id, source, licence and split, then the row's own."""
    if name == "songs":
        return songs_schema()
    own = [("song_id", pa.string()), ("source", pa.string()), ("licence", pa.string()), ("split", pa.string())]
    return pa.schema([*own, *INNER[name]])


TABLES = ("songs", *INNER)
