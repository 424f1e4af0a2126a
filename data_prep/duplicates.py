"""Near-duplicate songs, found across all sources, so that they stand on one side of the split.

Rules
-----
- *Melodies*: two songs are the same tune when at least ``MELODY_SHARE`` of the shorter one's n-grams are in
  the other one. An n-gram is ``MELODY_N`` intervals with the ratios of the lengths between onsets, so key
  and beat level do not matter. N-grams that more than ``COMMON`` songs have (scales, repeated notes) say nothing.
- *Titles*: songs of one normalised title are the same when at least ``CHORD_SHARE`` of the shorter one's chord n-grams
  (root steps and qualities) are in the other one.
- *Known pairs*: ``same_melody.tsv`` beside the sources names songs that share a melody, or are one song.
- Songs of one split group (title and artist, versions of a song) belong together.
- A group is for validation if one of its songs is by its own name.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

MELODY_N = 8
MELODY_SHARE = 0.3
MIN_SHARED = 12
COMMON = 40
CHORD_N = 5
CHORD_SHARE = 0.5
KNOWN_PAIRS = "same_melody.tsv"
Gram = int


@dataclass(frozen=True)
class Profile:
    """What duplicates are found by; ``title`` is normalised, empty when unknown."""

    song: str
    group: str
    split: str
    title: str
    melody: frozenset[Gram]
    chords: frozenset[Gram]


def make_profile(row: dict) -> Profile:
    """Take the n-grams of a nested row."""
    melody = next((part for part in row["parts"] if part["part"] == "melody"), None)
    notes = list(zip(melody["onset_tick"], melody["pitch"], strict=True)) if melody else []
    chords = [(c["root"], c["quality"]) for c in row["chords"] if c["version"] == row["chords_from"]]
    return Profile(
        row["id"], row["split_group"], row["split"], re.sub(r"[\W_]+", "", row["title"].lower()),
        melody_grams(notes), chord_grams(chords),
    )  # fmt: skip


def melody_grams(notes: list[tuple[int, int]]) -> frozenset[Gram]:
    """Take a melody's n-grams; notes are (onset, pitch).

    Examples
    --------
    >>> tune = [(12 * i, 60 + i * i % 7) for i in range(12)]
    >>> melody_grams(tune) == melody_grams([(24 * on, pitch + 5) for on, pitch in tune])
    True
    """
    steps = []
    for (a, low), (b, middle), (c, _) in zip(notes, notes[1:], notes[2:], strict=False):
        ratio = (c - b) / max(b - a, 1)
        steps.append((middle - low, round(ratio * 4) if ratio < 4 else 16))
    return frozenset(_hash(tuple(steps[i : i + MELODY_N])) for i in range(len(steps) - MELODY_N + 1))


def chord_grams(chords: list[tuple[int, str]]) -> frozenset[Gram]:
    """Take a progression's n-grams of root steps and triad kinds."""
    kinds = ["min" if quality.startswith(("min", "dim", "hdim")) else "maj" for _, quality in chords]
    steps = [((b[0] - a[0]) % 12, kind) for a, b, kind in zip(chords, chords[1:], kinds[1:], strict=False)]
    return frozenset(_hash(tuple(steps[i : i + CHORD_N])) for i in range(len(steps) - CHORD_N + 1))


def find_pairs(profiles: list[Profile]) -> dict[tuple[str, str], str]:
    """Find the pairs that are near-duplicates, each with the rule that found it."""
    pairs: dict[tuple[str, str], str] = {}
    by_gram: dict[Gram, list[int]] = defaultdict(list)
    for number, profile in enumerate(profiles):
        for gram in profile.melody:
            by_gram[gram].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    sizes: Counter[int] = Counter()
    for songs in by_gram.values():
        if len(songs) <= COMMON:
            sizes.update(songs)
            shared.update((a, b) for i, a in enumerate(songs) for b in songs[i + 1 :])
    for (a, b), count in shared.items():
        if count >= MIN_SHARED and count >= MELODY_SHARE * min(sizes[a], sizes[b]):
            pairs[profiles[a].song, profiles[b].song] = "melody"
    by_title: dict[str, list[Profile]] = defaultdict(list)
    for profile in profiles:
        if profile.title and profile.chords:
            by_title[profile.title].append(profile)
    for group in by_title.values():
        for i, a in enumerate(group):
            for b in group[i + 1 :]:
                smaller = min(len(a.chords), len(b.chords))
                if len(a.chords & b.chords) >= CHORD_SHARE * smaller:
                    pairs.setdefault((a.song, b.song), "title and chords")
    return pairs


def read_known_pairs(data: Path, songs: set[str]) -> dict[tuple[str, str], str]:
    """Read the pairs of the table whose songs are both here; empty without the table.

    Parameters
    ----------
    data : Path
        Folder of the sources.
    songs : set of str
        Ids of the songs that are here.
    """
    path = data / KNOWN_PAIRS
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    pairs = [(f"{row['source_a']}/{row['id_a']}", f"{row['source_b']}/{row['id_b']}") for row in rows]
    return {pair: "known" for pair in pairs if songs.issuperset(pair)}


def assign_splits(profiles: list[Profile], pairs: dict[tuple[str, str], str]) -> dict[str, str]:
    """Give every song of a group of duplicates one split."""
    parent = {profile.song: profile.song for profile in profiles}

    def root(song: str) -> str:
        while parent[song] != song:
            parent[song] = parent[parent[song]]
            song = parent[song]
        return song

    first_of_group: dict[str, str] = {}
    for profile in profiles:
        parent[root(profile.song)] = root(first_of_group.setdefault(profile.group, profile.song))
    for a, b in pairs:
        parent[root(a)] = root(b)
    held_out = {root(profile.song) for profile in profiles if profile.split == "validation"}
    return {p.song: "validation" if root(p.song) in held_out else "train" for p in profiles}


def _hash(gram: tuple) -> Gram:
    """A hash that is the same in every process (tuples with text in them are salted)."""
    import zlib

    return zlib.crc32(repr(gram).encode())
