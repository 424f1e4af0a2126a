"""Rules that every source's songs share: the split, chord rows, melodies of one voice, phrases without labels.

A song is a dict of plain values, times in ticks (12 to the quarter):
``id, source, meter, tempo_qpm, key, n_bars, melody [[onset, duration, pitch]],
chords [[onset, root, quality, bass]], phrases [[letter, start_bar, n_bars, sung,
section, key]], doubled, split, piano [[onset, duration, pitch]], line [[onset, duration, pitch]]``; the line is a
second melody that opens songs, answers in the first one's rests and plays interludes. Where a source has them also
``syllables [[onset, text, ends_word]]`` and ``moods [word]``.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from functools import lru_cache
from pathlib import Path

from data_prep.schema import CHORD, LYRIC, PHRASE
from symbolic_music.theory.chord import QUALITIES, quality_of
from symbolic_music.theory.meter import snap_to_grid

VALIDATION_SHARE = 0.08
WORD_ENDS = ("single", "end")
# The parts that a song holds itself; others stand in arrangements.
LEAD_PARTS = ("melody", "piano", "line")
NoteRow = tuple[int, int, int]  # onset tick, duration ticks, pitch
ChordRow = tuple[int, int, str, int]  # onset tick, root, quality, bass


@lru_cache(maxsize=8)
def read_index(path: Path, key: str = "id") -> dict[str, dict[str, str]]:
    """Read the rows of a tab-separated table by one of its columns."""
    with path.open(encoding="utf-8") as file:
        return {row[key]: row for row in csv.DictReader(file, delimiter="\t")}


def split_of(name: str) -> str:
    """Assign a song to train or validation by the hash of its name."""
    digest = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "validation" if digest < VALIDATION_SHARE else "train"


def merge_chords(chords: list[ChordRow]) -> list[ChordRow]:
    """Drop chords that only restate the one before, and later ones at the same tick."""
    merged: list[ChordRow] = []
    for row in sorted(chords, key=lambda c: c[0]):
        if merged and (merged[-1][1:] == row[1:] or merged[-1][0] == row[0]):
            continue
        merged.append(row)
    return merged


def monophonic(raw: list[tuple[float, float, int]]) -> list[NoteRow]:
    """Quantise (onset, end, pitch) to the grid; of notes that begin together the highest stays, overlaps are cut."""
    top: dict[int, tuple[int, int]] = {}
    for start, end, pitch in raw:
        on, off = snap_to_grid(start), snap_to_grid(end)
        if off > on and (on not in top or pitch > top[on][1]):
            top[on] = (off, pitch)
    onsets = sorted(top)
    following = [*onsets[1:], 1 << 30]
    return [(on, min(top[on][0], nxt) - on, top[on][1]) for on, nxt in zip(onsets, following, strict=True)]


def top_line(rows: list[NoteRow]) -> list[NoteRow]:
    """Take the highest voice of (onset, duration, pitch): inner notes go, a note ends where the next begins.

    Examples
    --------
    >>> top_line([(0, 24, 72), (0, 12, 64), (6, 12, 67), (20, 16, 71)])
    [(0, 20, 72), (20, 16, 71)]
    """
    top = {on: (on, length, pitch) for on, length, pitch in sorted(rows, key=lambda row: row[2])}
    outer: list[NoteRow] = []
    for on, length, pitch in sorted(top.values()):
        # A note that begins and ends under a higher one is an inner voice; one that outlasts it is the next note.
        if not any(on + length <= end and pitch < higher for end, higher in _last_ends(outer)):
            outer.append((on, length, pitch))
    following = [*(on for on, _, _ in outer[1:]), 1 << 30]
    return [(on, min(length, nxt - on), pitch) for (on, length, pitch), nxt in zip(outer, following, strict=True)]


def _last_ends(rows: list[NoteRow]) -> list[tuple[int, int]]:
    """End and pitch of the last few notes."""
    return [(on + length, pitch) for on, length, pitch in rows[-4:]]


def chord_from_pitches(pitches: list[int]) -> tuple[int, str, int]:
    """Name a block chord (root, quality, bass): the root that gives the plainest quality, the lowest note as bass."""
    classes = {pitch % 12 for pitch in pitches}
    bass = min(pitches) % 12
    order = {quality: index for index, quality in enumerate(QUALITIES)}

    def cost(root: int) -> tuple[int, int]:
        intervals = frozenset((pc - root) % 12 for pc in classes)
        quality = quality_of(intervals)
        return len(frozenset(QUALITIES[quality][0]) ^ intervals) * 4 + (root != bass), order[quality]

    root = min(classes, key=cost)
    return root, quality_of(frozenset((pc - root) % 12 for pc in classes)), bass


def equal_phrases(n_bars: int, melody: list[NoteRow], bar: int, key: str) -> list[list]:
    """Cut a tune without labels into 8-bar phrases; equal music (3 of 4 notes) gets equal letters."""
    rows: list[list] = []
    seen: list[tuple[str, frozenset]] = []
    for start in range(0, n_bars, 8):
        length = min(8, n_bars - start)
        inside = frozenset((n[0] - start * bar, n[2]) for n in melody if start * bar <= n[0] < (start + length) * bar)
        letter = next((name for name, notes in seen if len(notes & inside) >= 0.75 * max(1, len(notes | inside))), None)
        if letter is None:
            letter = chr(ord("A") + min(len(seen), 25))
            seen.append((letter, inside))
        rows.append([letter, start, length, bool(inside), "any", key])
    return rows


def to_row(song: dict, licence: str) -> dict:
    """Turn a reader's song into a row of ``schema.nested_schema``; what a source does not know stays empty.

    Parameters
    ----------
    song : dict
        A song (see above); besides, ``title, artist, genre, split_group, chords_from``, ``sections`` and ``parts`` as
        dicts of the schema's columns, ``lyrics`` and ``text_chords`` as tuples, ``licence`` where it is its own.
    licence : str
        Licence of its source.
    """
    parts = [_note_part(song, role) for role in LEAD_PARTS if song.get(role)]
    chords = [(*row, song.get("chords_from", "source")) for row in song.get("chords", [])]
    if song.get("chords_from") == "CL":
        chords += [(*row, "text") for row in song["text_chords"]]
    phrases = song.get("phrases", [])
    return {
        "id": song["id"], "source": song["source"], "licence": song.get("licence", licence), "split": song["split"],
        "split_group": song.get("split_group", song["id"]), "title": song.get("title", ""),
        "artist": song.get("artist", ""), "genre": song.get("genre", ""), "meter": song.get("meter", ""),
        "tempo_qpm": song.get("tempo_qpm", 0.0), "key": song.get("key", ""), "n_bars": song.get("n_bars", 0),
        "doubled": song.get("doubled", False), "chords_from": song.get("chords_from", "source" if chords else ""),
        "moods": song.get("moods", []),
        "sections": song["sections"] if "sections" in song else _sections_of(phrases),
        "phrases": _named(PHRASE, phrases), "chords": _named(CHORD, chords),
        "parts": [*parts, *song.get("parts", [])], "lyrics": _named(LYRIC, song.get("lyrics", [])),
    }  # fmt: skip


def from_row(row: dict) -> dict:
    """Turn a row of the nested schema back into a song, its preferred chords only."""
    # A pianist alone has the role "keys"; a piano with the role "piano" is one of a band and stands in its arrangement.
    notes = {part["part"]: part for part in row["parts"] if part["part"] in LEAD_PARTS and part["role"] != "piano"}
    song: dict = {name: row[name] for name in ("id", "source", "title", "meter", "tempo_qpm", "key", "n_bars")}
    for role in LEAD_PARTS:
        part = notes.get(role)
        columns = [part[name] for name in ("onset_tick", "duration_tick", "pitch")] if part else [[], [], []]
        song[role] = [list(note) for note in zip(*columns, strict=True)]
    song["chords"] = [
        [chord["onset_tick"], chord["root"], chord["quality"], chord["bass"]]
        for chord in row["chords"]
        if chord["version"] == row["chords_from"]
    ]
    song["phrases"] = [[phrase[name] for name, _ in PHRASE] for phrase in row["phrases"]]
    song |= {"doubled": row["doubled"], "split": row["split"]}
    if row["lyrics"]:
        song["syllables"] = sung_syllables(row["lyrics"])
    if row["moods"]:
        song["moods"] = row["moods"]
    return song


def sung_syllables(lyrics: list[dict]) -> list[list]:
    """Give one syllable a note, as (onset, text, ends its word); of verses over the same notes the fullest.

    Parameters
    ----------
    lyrics : list of dict
        Rows of ``schema.LYRIC``.
    """
    if len({row["onset_tick"] for row in lyrics}) < len(lyrics):
        counts = Counter(row["verse"] for row in lyrics)
        fullest = max(counts, key=lambda verse: (counts[verse], -verse))
        lyrics = [row for row in lyrics if row["verse"] == fullest]
    rows = {row["onset_tick"]: [row["onset_tick"], row["syllable"], row["syllabic"] in WORD_ENDS] for row in lyrics}
    return [rows[onset] for onset in sorted(rows)]


def _note_part(song: dict, role: str) -> dict:
    """Turn (onset, duration, pitch) rows into a part; velocities and offsets are not known."""
    onsets, durations, pitches = (list(column) for column in zip(*song[role], strict=True))
    return {"part": role, "role": "keys" if role == "piano" else role, "program": 0, "is_drum": False,
            "onset_tick": onsets, "duration_tick": durations, "pitch": pitches, "velocity": [],
            "offset_tick480": []}  # fmt: skip


def _named(fields: list[tuple], rows: list) -> list[dict]:
    """Name the values of rows."""
    return [dict(zip([name for name, _ in fields], row, strict=True)) for row in rows]


def _sections_of(phrases: list[list]) -> list[dict]:
    """Join neighbouring phrases of one section kind and letter, where kinds are known."""
    rows: list[dict] = []
    for letter, start, n_bars, _, kind, _ in phrases:
        if kind == "any":
            continue
        if rows and (rows[-1]["kind"], rows[-1]["letter"]) == (kind, letter):
            rows[-1]["n_bars"] += n_bars
        else:
            rows.append({"kind": kind, "letter": letter, "start_bar": start, "n_bars": n_bars,
                         "start_sec": -1.0, "end_sec": -1.0, "annotator": 0})  # fmt: skip
    return rows
