"""How people set words: the share of stressed syllables on strong beats in songs of the dataset.

``python -m data_prep.sung_reference dataset/`` measures the validation songs of OpenScore Lieder with the code that
measures ours (``evaluation.sung``). Stresses are found by our rules from the words as they are written under the notes;
words whose syllables the rules count otherwise are left out, so that both sides know the same of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from symbolic_music.evaluation.sung import StressShares, stress_shares
from symbolic_music.prosody.languages import Language, find_language
from symbolic_music.prosody.syllables import syllables_of
from symbolic_music.song.bars import lines_of
from symbolic_music.song.lyrics import Syllable
from symbolic_music.theory.meter import METERS, parse_meter

SOURCE = "lieder"
Row = Mapping[str, Any]


def measure(songs: Iterable[Row], lyrics: Iterable[Row]) -> list[tuple[str, StressShares]]:
    """Measure every song whose meter we know: its language's code and its shares.

    Parameters
    ----------
    songs, lyrics : iterable of rows
        Of the dataset's tables of these names.
    """
    by_song: dict[str, list[Row]] = {}
    for row in lyrics:
        if row["verse"] == 1:
            by_song.setdefault(row["song_id"], []).append(row)
    measured = []
    for song in songs:
        words = sorted(by_song.get(song["id"], ()), key=lambda row: row["onset_tick"])
        if words and song["meter"] in METERS:
            language = find_language(" ".join(_texts(words)))
            meter = parse_meter(song["meter"])
            n_bars = words[-1]["onset_tick"] // meter.bar_ticks + 1
            shares = stress_shares(_stressed(words, language), lines_of(((meter, n_bars),)))
            measured.append((language.code, shares))
    return measured


def joined(measured: Iterable[StressShares]) -> StressShares:
    """Shares of all syllables of several songs."""
    rows = list(measured)
    total = sum(row.n_stressed for row in rows)
    return StressShares(
        total,
        sum(row.n_stressed * row.on_strong for row in rows) / max(1, total),
        sum(row.n_stressed * row.on_beats for row in rows) / max(1, total),
    )


def _texts(words: Iterable[Row]) -> Iterator[str]:
    """Whole words."""
    for word in _words(words):
        yield "".join(row["syllable"] for row in word)


def _words(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows of each word."""
    word: list[Row] = []
    for row in rows:
        word.append(row)
        if row["syllabic"] not in ("begin", "middle"):
            yield word
            word = []
    if word:
        yield word


def _stressed(rows: Iterable[Row], language: Language) -> Iterator[Syllable]:
    """Syllables with stresses, of words of which we know as many as are written."""
    for word in _words(rows):
        found = syllables_of("".join(row["syllable"] for row in word).replace("-", ""), language)
        if len(found) == len(word):
            for row, one in zip(word, found, strict=True):
                yield Syllable(row["onset_tick"], row["syllable"], stress=one.stress)


def main() -> int:
    """Run from the command line."""
    import pyarrow.parquet as pq

    parser = argparse.ArgumentParser(description="Measure where people's songs have their stressed syllables.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--split", default="validation")
    asked = parser.parse_args()
    wanted = [("source", "=", SOURCE), ("split", "=", asked.split)]
    songs = pq.read_table(asked.dataset / "songs.parquet", filters=wanted).to_pylist()
    lyrics = pq.read_table(asked.dataset / "lyrics.parquet", filters=wanted).to_pylist()
    measured = measure(songs, lyrics)
    for code in ("", *sorted({code for code, _ in measured if code})):
        own = [shares for language, shares in measured if language == code or not code]
        all_of = joined(own)
        print(
            f"{code or 'all'}: {len(own)} songs, {all_of.n_stressed} stressed syllables,"
            f" {all_of.on_strong:.3f} on strong beats, {all_of.on_beats:.3f} on beats"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
