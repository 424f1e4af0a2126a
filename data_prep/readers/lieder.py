"""OpenScore Lieder: the voice with its words, and the piano, in played order; no chord symbols.

Rules
-----
- *Voice*: the first part with lyrics, else the first part if it has one staff; of notes together the highest.
- *Piano*: all other parts' notes, quantised.
- *Meter.* 2/2 is read as 4/4; 3/8 and 4/8 are written as 3/4 and 4/4 with every value doubled. A song that
  changes its meter gives its longest stretch in one of our meters, if it has ``MIN_BARS`` bars.
- *Key.* Of the two keys of a signature, the one whose Krumhansl-Kessler profile (Krumhansl 1990) fits
  the sounding durations better.
- *Chords*: none. The Roman numerals beside the scores are automatic and unchecked.
- Phrases: 8 bars each, as for every source without labels; a phrase has the key in force at its beginning.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path

import numpy as np

from data_prep.keyfinding import key_of_signature
from data_prep.musicxml import PlayedBar, XmlBar, mend_endings, place_bars, play_order, read_bars, read_lyrics
from data_prep.songs import NoteRow, equal_phrases, monophonic, read_index, split_of
from data_prep.voices import note_rows
from symbolic_music.errors import FileFormatError
from symbolic_music.formats.musicxml_file import parse_score
from symbolic_music.theory.meter import COMMON_METERS, parse_meter

FOLDERS = ("lieder",)
MIN_BARS = 8
MIN_NOTES = 16
READ_AS = {"2/2": "4/4", "3/8": "3/4", "4/8": "4/4"}
DOUBLED = ("3/8", "4/8")


def list_items(data: Path) -> list[str]:
    """List the scores' paths, from the source's folder."""
    return sorted(row["path"] for row in read_index(data / "lieder" / "lieder_index.tsv", "path").values())


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one song.

    Raises
    ------
    FileFormatError
        If the file is broken, has no voice or no stretch in one meter.
    """
    parts = [read_bars(part) for part in parse_score(data / "lieder" / item).findall("part")]
    voice = _voice(parts)
    problems: Counter[str] = Counter({"bars with wrong endings mended": mend_endings(voice)})
    _share_marks(parts, voice)
    order = play_order(voice)
    written, order = _longest_stretch(voice, order, problems)
    meter = parse_meter(READ_AS.get(written, written))
    factor = 2 if written in DOUBLED else 1
    played, n_bars = place_bars(voice, order, meter.bar_ticks // factor)
    end = n_bars * meter.bar_ticks
    melody = [row for row in monophonic(_notes(voice, played, factor)) if row[0] < end]
    piano = _piano([part for part in parts if part is not voice], played, factor, end)
    if len(melody) < MIN_NOTES:
        raise FileFormatError(f"the voice has {len(melody)} notes, fewer than {MIN_NOTES}")
    keys = _keys(voice, played, factor, [*melody, *piano])
    row = read_index(data / "lieder" / "lieder_index.tsv", "path")[item]
    phrases = equal_phrases(n_bars, melody, meter.bar_ticks, keys[0][1])
    for phrase in phrases:
        phrase[5] = [key for tick, key in keys if tick <= phrase[1] * meter.bar_ticks][-1]
    ident = f"lieder/{row['id']}"
    return {
        "id": ident, "source": "lieder", "meter": str(meter), "tempo_qpm": _tempo(voice, order, factor),
        "key": keys[0][1], "n_bars": n_bars, "melody": melody, "chords": [], "phrases": phrases,
        "doubled": factor == 2, "split": split_of(ident), "split_group": ident, "piano": piano,
        "title": row["song"], "artist": row["composer"], "genre": "classical",
        "lyrics": read_lyrics(voice, played, factor),
    }, problems  # fmt: skip


def _voice(parts: list[list[XmlBar]]) -> list[XmlBar]:
    """Choose the voice's part."""
    with_words = [part for part in parts if any(note.lyrics for bar in part for note in bar.notes)]
    if not with_words and (len(parts) < 2 or any(note.staff != "1" for bar in parts[0] for note in bar.notes)):
        raise FileFormatError("no part for a voice")
    return with_words[0] if with_words else parts[0]


def _share_marks(parts: list[list[XmlBar]], voice: list[XmlBar]) -> None:
    """Give the voice jumps and tempo written over another part, and the bars' full lengths."""
    for number, bar in enumerate(voice):
        others = [part[number] for part in parts if number < len(part)]
        bar.marks = frozenset().union(*(other.marks for other in others))
        bar.length = max(other.length for other in others)
        bar.tempo = next((other.tempo for other in others if other.tempo), None)


def _longest_stretch(
    bars: list[XmlBar], order: list[tuple[int, int]], problems: Counter[str]
) -> tuple[str, list[tuple[int, int]]]:
    """Find the longest run of played bars in one of our meters."""
    current, meters = "4/4", []
    for bar in bars:
        current = bar.time or current
        meters.append(current)
    runs = [(meter, list(group)) for meter, group in groupby(order, key=lambda place: meters[place[0]])]
    readable = [run for run in runs if READ_AS.get(run[0], run[0]) in COMMON_METERS]
    if not readable or max(len(run[1]) for run in readable) < min(MIN_BARS, len(order)):
        raise FileFormatError(f"no {MIN_BARS} bars in one of our meters: {', '.join(sorted(set(meters)))}")
    problems["meter changes: longest stretch read"] += int(len(runs) > 1)
    return max(readable, key=lambda run: len(run[1]))


def _notes(bars: list[XmlBar], played: list[PlayedBar], factor: int) -> list[tuple[float, float, int]]:
    """Collect (onset, end, pitch), notes that are tied joined."""
    notes: list[tuple[float, float, int]] = []
    open_notes: dict[tuple[int, float], int] = {}  # (pitch, end) -> place in notes
    for place in played:
        for note in bars[place.index].notes if place.index < len(bars) else []:
            onset = (place.onset + note.onset) * factor
            end = onset + note.duration * factor
            tied = open_notes.pop((note.pitch, round(onset, 2)), None) if note.continues else None
            if tied is None:
                tied = len(notes)
                notes.append((onset, end, note.pitch))
            else:
                notes[tied] = (notes[tied][0], end, note.pitch)
            open_notes[note.pitch, round(end, 2)] = tied
    return notes


def _piano(parts: list[list[XmlBar]], played: list[PlayedBar], factor: int, end: int) -> list[NoteRow]:
    """Quantise all notes of the accompaniment."""
    return note_rows([note for part in parts for note in _notes(part, played, factor)], end)


def _keys(bars: list[XmlBar], played: list[PlayedBar], factor: int, notes: list[NoteRow]) -> list[tuple[int, str]]:
    """Name the keys in played order as (first tick, key), by the rule above."""
    fifths, current = [], 0
    for bar in bars:
        current = bar.fifths if bar.fifths is not None else current
        fifths.append(current)
    starts = []
    for place in played:
        if not starts or starts[-1][1] != fifths[place.index]:
            starts.append((round(place.onset * factor), fifths[place.index]))
    keys = []
    for (start, signature), (end, _) in zip(starts, [*starts[1:], (1 << 30, 0)], strict=True):
        heard = np.zeros(12)
        for onset, length, pitch in notes:
            if start <= onset < end:
                heard[pitch % 12] += length
        keys.append((start if keys else 0, key_of_signature(signature, heard)))
    return keys


def _tempo(bars: list[XmlBar], order: list[tuple[int, int]], factor: int) -> float:
    """Give the first tempo written, in quarters; 0 if there is none."""
    written = next((bars[index].tempo for index, _ in order if bars[index].tempo), 0.0)
    return round((written or 0.0) * factor, 2)
