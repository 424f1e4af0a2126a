"""POP909: quantised melody and chords, human phrase labels, piano, corrected chords.

Rules
-----
- *Text.* Melody, labels and key come from the structure annotation's text; of the two human labels
  the first whose length fits the chords within a bar, in 4 or else in 3 beats to the bar.
- *Beat level.* The tempo is often half the felt one. A song is written at double its tempo (every
  value doubled) when more than ``SIXTEENTHS_SHARE`` of its melody onsets fall on odd sixteenths and its
  tempo is below ``HALF_TEMPO_QPM``: sung pop moves in eighths at the felt level.
- *Chords.* POP909-CL's expert-corrected chords are used where the alignment table says that at least
  ``MIN_ALIGNED`` of the melody notes agree under one shift, and where the chords begin on the text's beats
  and cover ``MIN_COVERED`` of its length; else the text's. Both are kept, as versions ``CL`` and ``text``.
- *Text chords*: root and quality are those of the chord's name, the number is its bass. (The format's
  description calls the number the root, but with inversions it is the bass; and the tones given for
  ``maj7`` are a dominant seventh's, where POP909-CL has maj7. ``Chord tones differ`` counts those.)
- *Piano* and *line* (the second melody) of the MIDI file, put on the text's bars by ``readers.pop909_piano``.
- *Sections* are inferred from letters and melody: ``infer_sections``.
- *Versions* of one song (``SAME_SONGS``) are on one side of the split.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np

from data_prep.harte import harte_quality
from data_prep.readers.pop909_piano import read_accompaniment
from data_prep.songs import ChordRow, chord_from_pitches, merge_chords, split_of
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import TPQ
from symbolic_music.theory.pitch import parse_pitch_class

FOLDERS = ("pop909_structure", "pop909", "pop909_cl", "pop909_alignment.tsv")
SIXTEENTHS_SHARE = 0.2
HALF_TEMPO_QPM = 100
MIN_ALIGNED = 0.8
MIN_COVERED = 0.8
# Versions of one song in POP909 stay on one side of the split.
SAME_SONGS = {"103": "101", "805": "262", "666": "492"}


def list_items(data: Path) -> list[str]:
    """List the songs' numbers."""
    return sorted(path.name for path in (data / "pop909_structure" / "POP909").iterdir() if path.is_dir())


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one song, at the felt beat level.

    Raises
    ------
    FileFormatError
        If no label fits the chords within a bar.
    """
    folder = data / "pop909_structure" / "POP909" / item
    problems: Counter[str] = Counter()
    text_chords, end_quarter = _read_chords(folder / "finalized_chord.txt", problems)
    melody = read_melody(folder / "melody.txt")
    tempo = float((folder / "tempo.txt").read_text().split()[0])
    keys = [parse_key(line.replace(":", " ")) for line in (folder / "analyzed_key.txt").read_text().split()]
    labels = [parse_label((folder / f"human_label{n}.txt").read_text()) for n in (1, 2)]
    beats, label = _fitting_label(labels, end_quarter)
    n_bars = sum(n for _, n in label)
    bar = beats * TPQ
    melody = [(on, min(length, n_bars * bar - on), pitch) for on, length, pitch in melody if on < n_bars * bar]
    text_chords = [chord for chord in text_chords if chord[0] < n_bars * bar]
    double = tempo < HALF_TEMPO_QPM and _odd_sixteenths(melody) > SIXTEENTHS_SHARE
    song = {
        "id": f"pop909/{item}", "source": "pop909", "meter": f"{beats}/4", "tempo_qpm": tempo,
        "key": str(keys[0]), "n_bars": n_bars, "melody": melody, "chords": text_chords,
        "phrases": _phrase_rows(label, melody, text_chords, bar, keys), "doubled": False,
    }  # fmt: skip
    corrected = read_corrected(data, item, n_bars * bar, problems)
    song = double_beat_level(song) if double else song
    factor = 2 if double else 1
    midi = data / "pop909" / "POP909" / item / f"{item}.mid"
    played = read_accompaniment(midi, song["melody"], factor) if midi.exists() else {"piano": [], "line": []}
    end = song["n_bars"] * bar
    line = [(on, min(length, end - on), pitch) for on, length, pitch in played["line"] if on < end]
    problems["piano missing or not aligned"] += not played["piano"]
    problems["no second melody, or not aligned"] += not line
    name, artist = _titles(data / "pop909" / "index.tsv").get(item, ("", ""))
    group = SAME_SONGS.get(item, item)
    return song | {
        "split": split_of(group), "split_group": f"pop909/{group}", "piano": played["piano"], "line": line,
        "genre": "pop",
        "title": name, "artist": artist, "chords_from": "CL" if corrected else "text",
        "text_chords": song["chords"],
        "chords": [(tick * factor, *rest) for tick, *rest in corrected] if corrected else song["chords"],
    }, problems  # fmt: skip


def _fitting_label(labels: list[list[tuple[str, int]]], end_quarter: float) -> tuple[int, list[tuple[str, int]]]:
    """Find beats per bar and the first label that fits the chords."""
    for beats in (4, 3):
        for label in labels:
            if abs(sum(n for _, n in label) - end_quarter / beats) <= 1:
                return beats, label
    raise FileFormatError("no label fits the chords within a bar")


@lru_cache(maxsize=2)
def _titles(path: Path) -> dict[str, tuple[str, str]]:
    """Read titles and artists by number; empty without the file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        return {row["song_id"]: (row["name"], row["artist"]) for row in csv.DictReader(file, delimiter="\t")}


@lru_cache(maxsize=2)
def _alignment(path: Path) -> dict[str, dict[str, str]]:
    """Read the alignment table's rows by number; empty without the file."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        return {row["song_id"]: row for row in csv.DictReader(file, delimiter="\t")}


def read_corrected(data: Path, item: str, end: int, problems: Counter[str]) -> list[ChordRow]:
    """Read POP909-CL's chords in ticks of the structure text; empty where the rule above prefers the text.

    Parameters
    ----------
    data : Path
        Folder of the sources.
    item : str
        The song's number.
    end : int
        The song's length in ticks.
    problems : Counter
        Why the text is preferred is counted here.
    """
    import symusic

    row = _alignment(data / "pop909_alignment.tsv").get(item)
    path = data / "pop909_cl" / "POP909_processed" / f"{item}.mid"
    if row is None or not path.exists() or float(row["match_fraction"]) < MIN_ALIGNED:
        problems["corrected chords: no constant alignment"] += 1
        return []
    score = symusic.Score(str(path))
    track = next((t for t in score.tracks if t.name in ("chords", "MIDI 01")), None)
    if track is None:
        problems["corrected chords: no chord track"] += 1
        return []
    by_onset: dict[int, list[int]] = {}
    ends: dict[int, int] = {}
    for note in track.notes:
        tick = round(note.time * TPQ / score.ticks_per_quarter) - int(row["shift_16ths"]) * 3
        by_onset.setdefault(tick, []).append(note.pitch)
        ends[tick] = max(ends.get(tick, 0), round(note.duration * TPQ / score.ticks_per_quarter))
    chords = [
        (max(0, tick), *chord_from_pitches(p))
        for tick, p in sorted(by_onset.items())
        if 0 <= tick + ends[tick] - 1 < end
    ]
    covered = sum(min(tick + ends[tick], end) - max(tick, 0) for tick in by_onset if -ends[tick] < tick < end)
    on_beat = sum(chord[0] % TPQ == 0 for chord in chords)
    if covered < MIN_COVERED * end or on_beat < MIN_ALIGNED * len(chords):
        problems["corrected chords: too few, or off the text's beats"] += 1
        return []
    return merge_chords(chords)


def double_beat_level(song: dict) -> dict:
    """Write a song at twice its tempo with every value doubled: each bar becomes two."""
    return song | {
        "tempo_qpm": song["tempo_qpm"] * 2, "n_bars": song["n_bars"] * 2, "doubled": True,
        "melody": [(on * 2, length * 2, pitch) for on, length, pitch in song["melody"]],
        "chords": [(chord[0] * 2, *chord[1:]) for chord in song["chords"]],
        "phrases": [[p[0], p[1] * 2, p[2] * 2, *p[3:]] for p in song["phrases"]],
    }  # fmt: skip


def _odd_sixteenths(melody: list[tuple[int, int, int]]) -> float:
    """Share of onsets on odd sixteenths."""
    return float(np.mean([on % 6 == 3 for on, _, _ in melody])) if melody else 0.0


def parse_label(text: str) -> list[tuple[str, int]]:
    """Read a label such as ``i4A4B8`` into letters and lengths."""
    return [(letter, int(length)) for letter, length in re.findall(r"([A-Za-z])(\d+)", text)]


def read_melody(path: Path) -> list[tuple[int, int, int]]:
    """Read ``pitch duration`` rows (sixteenths; pitch 0 rests) as (onset, duration, pitch) in ticks."""
    notes, tick = [], 0
    for line in path.read_text().splitlines():
        if line.strip():
            pitch, length = (int(x) for x in line.split()[:2])
            if pitch:
                notes.append((tick, length * 3, pitch))
            tick += length * 3
    return notes


def _read_chords(path: Path, problems: Counter[str]) -> tuple[list[tuple[int, int, str, int]], float]:
    """Read ``name [tones] bass duration`` rows; returns chords and the length in quarters."""
    chords, tick = [], 0
    for line in path.read_text(errors="replace").splitlines():
        match = re.match(r"(\S+)\s*.*?\[([\d, ]*)\]\s*(.*)$", line)
        if match is None:
            continue
        numbers = match[3].split()
        tones = {int(x) for x in match[2].replace(",", " ").split()}
        if match[1] != "N" and len(numbers) >= 2:
            root, quality = _name(match[1])
            bass = int(numbers[0])
            problems["chord tones differ from the chord's name"] += int(
                {(root + step) % 12 for step in QUALITIES[quality][0]} - {bass} != tones - {bass}
            )
            row = (tick, root, quality, bass)
            if not chords or chords[-1][1:] != row[1:]:
                chords.append(row)
        tick += round(float(numbers[-1]) * TPQ) if numbers else 0
    return chords, tick / TPQ


def _name(text: str) -> tuple[int, str]:
    """Read root and quality of ``B:maj7/3``; a quality that is cut off (``sus4(b7``) is completed."""
    root, _, quality = text.partition("/")[0].partition(":")
    quality = "".join(sign for sign in quality if sign.isprintable())
    return parse_pitch_class(root), harte_quality(quality + ")" * (quality.count("(") - quality.count(")")))


def _phrase_rows(label: list[tuple[str, int]], melody: list, chords: list, bar: int, keys: list) -> list[list]:
    """Turn a label into phrase rows with section kinds and keys."""
    spans, start = [], 0
    for letter, n_bars in label:
        spans.append((letter, start, n_bars))
        start += n_bars
    kinds = infer_sections(spans, melody, bar)
    return [
        [letter, at, n, letter.isupper(), kind, str(_best_key(keys, melody, chords, at * bar, (at + n) * bar))]
        for (letter, at, n), kind in zip(spans, kinds, strict=True)
    ]


def infer_sections(spans: list[tuple[str, int, int]], melody: list, bar: int) -> list[str]:
    """Name each labelled phrase a verse, chorus, bridge …

    The rule: of the sung letters that occur at least twice, the chorus is the one
    with the highest sum of mean pitch (in units of 3 semitones), density (notes a
    bar) / 2, and share of the occurrences / 0.3, unless it opens the song; X and
    letters heard once after the first chorus are bridges; all other sung letters
    are verses; i, o and other lower case are intro, outro, interlude.
    """
    letters = Counter(letter for letter, _, _ in spans if letter.isupper() and letter != "X")
    first_sung = next((letter for letter, _, _ in spans if letter.isupper()), "")

    def lift(letter: str) -> float:
        inside = [
            note
            for other, at, n_bars in spans
            if other == letter
            for note in melody
            if at * bar <= note[0] < (at + n_bars) * bar
        ]
        bars = sum(n for other, _, n in spans if other == letter)
        pitch = float(np.mean([n[2] for n in inside])) if inside else 0.0
        return pitch / 3 + len(inside) / bars / 2 + letters[letter] / sum(letters.values()) / 0.3

    returning = [letter for letter in letters if letters[letter] > 1 and letter != first_sung]
    chorus = max(returning, key=lift) if returning else None
    kinds, chorus_seen = [], False
    for index, (letter, _, _) in enumerate(spans):
        chorus_seen = chorus_seen or letter == chorus
        if letter == "i" or (index == 0 and letter.islower()):
            kinds.append("intro" if index < 2 else "interlude")
        elif letter == "o":
            kinds.append("outro")
        elif letter.islower():
            kinds.append("interlude")
        elif letter == chorus:
            kinds.append("chorus")
        elif letter == "X" or (letters[letter] == 1 and chorus_seen):
            kinds.append("bridge")
        else:
            kinds.append("verse")
    return kinds


def _best_key(keys: list, melody: list, chords: list, start: int, end: int) -> object:
    """Choose among a song's keys the one whose scale holds most of a span's notes and roots."""
    if len(keys) == 1:
        return keys[0]
    heard = [n[2] % 12 for n in melody if start <= n[0] < end] + [c[1] for c in chords if start <= c[0] < end]
    return max(keys, key=lambda key: sum(pc in key.pitch_classes for pc in heard))
