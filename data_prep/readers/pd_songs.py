"""Songs from the Public Domain: songs, hymns and carols for voices before about 1925, with all their verses.

Rules: the melody is the highest line of ``sopranos`` (and of the short tracks named ``1`` where that staff splits);
chords are estimated from all voices (``data_prep.voices``), which stand as parts of their own; repeats are as written;
meters, keys, words and the upbeat as ``data_prep.voices`` says; phrases as ``symbolic_music.training.phrases`` says.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from data_prep.songs import read_index, split_of
from data_prep.voices import Voice, VoicePiece, harmonise, note_rows, read_verses, read_voices, top_line, voice_part
from symbolic_music.errors import FileFormatError
from symbolic_music.training.phrases import cut_phrases, whole_song

FOLDERS = ("pd_songs",)
MIN_NOTES = 16
MELODY_TRACK = re.compile(r"sopranos?|1(_\d)?")
VOICES = {"altos": "alto", "tenors": "tenor", "basses": "bass voice", "bass": "bass voice", "quintus": "quintus"}


def list_items(data: Path) -> list[str]:
    """List the songs' ids."""
    return list(read_index(data / "pd_songs" / "index.tsv"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one song.

    Raises
    ------
    FileFormatError
        If it has no stretch in one of our meters or too few notes.
    """
    row = read_index(data / "pd_songs" / "index.tsv")[item]
    problems: Counter[str] = Counter()
    piece = read_voices(data / "pd_songs" / row["midi"], int(row["pickup_ticks"]), problems)
    song = song_of_voices(piece, [voice for voice in piece.voices if MELODY_TRACK.fullmatch(voice.name)], VOICES)
    problems["no chords: too few voices"] += int(not song["chords"])
    ident = f"pd_songs/{item}"
    return song | {
        "id": ident, "source": "pd_songs", "split": split_of(ident), "split_group": ident, "genre": "folk",
        "title": row["title"], "artist": row["composer"] or row["other"],
    }, problems  # fmt: skip


def song_of_voices(piece: VoicePiece, singers: list[Voice], names: dict[str, str]) -> dict:
    """Make a song of voices: melody, estimated chords, phrases, words and the other voices' parts.

    Parameters
    ----------
    piece : VoicePiece
        The piece.
    singers : list of Voice
        Those that hold the melody.
    names : dict
        Our name of every other voice by its track's.

    Raises
    ------
    FileFormatError
        If the melody has fewer than ``MIN_NOTES`` notes.
    """
    melody = top_line([note for voice in singers for note in voice.notes])
    if len(melody) < MIN_NOTES:
        raise FileFormatError(f"the melody has {len(melody)} notes, fewer than {MIN_NOTES}")
    phrases = cut_phrases(melody, whole_song(piece.n_bars, piece.upbeat_bars), piece.meter.bar_ticks, list(piece.keys))
    notes = note_rows([note for voice in piece.voices for note in voice.notes], piece.end_tick)
    chords = harmonise(piece, notes, phrases)
    others = [voice for voice in piece.voices if voice.name in names]
    return {
        "meter": str(piece.meter), "tempo_qpm": piece.tempo_qpm, "key": piece.keys[0][1], "n_bars": piece.n_bars,
        "melody": melody, "chords": chords, "chords_from": "estimate" if chords else "", "phrases": phrases,
        "doubled": piece.factor > 1, "lyrics": read_verses(piece, melody),
        "parts": [voice_part(names[voice.name], note_rows(voice.notes, piece.end_tick)) for voice in others],
    }  # fmt: skip
