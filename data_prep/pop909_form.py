"""POP909's phrase labels as sections: which letter is verse, chorus, bridge.

The labels (``i8A8B8C8b4o4``) give phrase letters and bars; what a letter *is* follows from

1. ``i`` is the intro, ``o`` the outro, any other unsung passage (lower case) an interlude;
   neighbouring phrases of one letter are one section, cut in two when over 16 bars.
2. Per sung letter four figures are taken, each as its rank among the song's letters from 0 to 1:
   *repetition* (bars it covers), *register* (mean pitch), *density* (notes a bar) and *place*
   (mean start in the song). The chorus is the letter heard at least twice with the highest sum
   of repetition, 2 x register, density and 0.5 x place; the first sung letter gets 0.75 taken off.
3. The first other sung letter is the verse. A letter that is followed by the chorus in most of its
   appearances, and comes after the verse, is the pre-chorus; a letter heard once after the first chorus is
   the bridge; any other is a further verse.
4. ``X`` (sung, no repeated type) is the bridge from 4 bars on, a part of the section before it under 4.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from data_prep.readers.pop909 import SAME_SONGS, parse_label, read_melody
from symbolic_music.planning.plan_tokens import FormSection
from symbolic_music.theory.meter import parse_meter

MAX_SECTION_BARS = 16
Passage = tuple[str, int, int]  # letter, start bar, bars


def read_pop909_forms(folder: Path) -> Iterator[tuple[str, str, float | None, list[FormSection]]]:
    """Read every song's labels as (song, meter, tempo, sections); songs without a label are skipped."""
    triple = _triple_songs(folder / "pop909" / "index.tsv")
    for song in sorted((folder / "pop909_structure" / "POP909").iterdir()):
        if not song.is_dir():
            continue
        meter = "3/4" if song.name in triple else "4/4"
        pitches = pitches_by_bar(read_melody(song / "melody.txt"), parse_meter(meter).bar_ticks)
        tempo_file = song / "tempo.txt"
        tempo = float(tempo_file.read_text().split()[0]) if tempo_file.exists() else None
        texts = {(song / f"human_label{n}.txt").read_text().strip() for n in (1, 2)}
        for text in sorted(texts):
            name = f"pop909:{SAME_SONGS.get(song.name, song.name)}"
            yield name, meter, tempo, sections_of_label(text, pitches)


def sections_of_label(text: str, pitches: list[list[int]]) -> list[FormSection]:
    """Group a label's phrases into sections and say what each one is.

    Parameters
    ----------
    text : str
        Letters with bars, such as ``i4A8B8A8B8o4``.
    pitches : list of list of int
        The melody's pitches in every bar.
    """
    passages = _passages(text)
    kinds = infer_kinds(passages, pitches)
    sections: list[FormSection] = []
    for letter, _, bars in passages:
        if letter == "X" and bars < 4 and sections:
            last = sections.pop()
            sections.append(FormSection(last.kind, last.letter, last.n_bars + bars))
        else:
            sections.append(FormSection(kinds[letter], letter, bars))
    return sections


def infer_kinds(passages: list[Passage], pitches: list[list[int]]) -> dict[str, str]:
    """Say for every letter which kind of section it is (rules 1 to 4 above)."""
    kinds = {letter: "interlude" for letter, _, _ in passages if letter.islower()}
    kinds |= {"i": "intro", "o": "outro", "X": "bridge"}
    sung = [passage for passage in passages if passage[0].isupper() and passage[0] != "X"]
    letters = list(dict.fromkeys(letter for letter, _, _ in sung))
    chorus = _chorus_letter(letters, sung, pitches)
    order = [letter for letter, _, _ in sung]
    verse = next((letter for letter in letters if letter != chorus), None)
    for letter in letters:
        followers = [b for a, b in pairwise(order) if a == letter and b != letter]
        is_once = order.count(letter) == 1
        once_late = is_once and chorus in order[: order.index(letter)]
        if letter == chorus:
            kinds[letter] = "chorus"
        elif letter == verse:
            kinds[letter] = "verse"
        elif 2 * sum(other == chorus for other in followers) > len(followers) and not once_late:
            kinds[letter] = "pre-chorus"
        else:
            kinds[letter] = "bridge" if once_late else "verse"
    return kinds


def pitches_by_bar(melody: list[tuple[int, int, int]], bar_ticks: int) -> list[list[int]]:
    """Sort a melody's pitches into the bars in which their notes begin."""
    bars: list[list[int]] = [[] for _ in range(melody[-1][0] // bar_ticks + 1 if melody else 0)]
    for onset, _, pitch in melody:
        bars[onset // bar_ticks].append(pitch)
    return bars


def _chorus_letter(letters: list[str], sung: list[Passage], pitches: list[list[int]]) -> str | None:
    """Pick the letter that is the chorus, ``None`` if nothing is heard twice."""
    figures: dict[str, list[float]] = {}
    for letter in letters:
        mine = [(start, bars) for name, start, bars in sung if name == letter]
        n_bars = sum(bars for _, bars in mine)
        notes = [pitch for start, bars in mine for bar in pitches[start : start + bars] for pitch in bar]
        register = sum(notes) / len(notes) if notes else 0.0
        figures[letter] = [n_bars, register, len(notes) / n_bars, sum(start for start, _ in mine) / len(mine)]
    scores: dict[str, float] = {}
    for letter in letters:
        if [name for name, _, _ in sung].count(letter) < 2:
            continue
        ranks = [_rank(figures[letter][i], [figure[i] for figure in figures.values()]) for i in range(4)]
        scores[letter] = ranks[0] + 2 * ranks[1] + ranks[2] + 0.5 * ranks[3] - 0.75 * (letter == letters[0])
    return max(scores, key=lambda letter: scores[letter]) if len(letters) > 1 and scores else None


def _rank(value: float, values: list[float]) -> float:
    """Place a value among others, 0 the lowest and 1 the highest."""
    return sum(other < value for other in values) / max(1, len(values) - 1)


def _passages(text: str) -> list[Passage]:
    """Join neighbouring phrases of one letter, up to the longest section."""
    joined: list[Passage] = []
    start = 0
    for letter, bars in parse_label(text):
        last = joined[-1] if joined else ("", 0, 0)
        if last[0] == letter and last[2] + bars <= MAX_SECTION_BARS:
            joined[-1] = (letter, last[1], last[2] + bars)
        elif bars:
            joined.append((letter, start, bars))
        start += bars
    return joined


def _triple_songs(path: Path) -> set[str]:
    """Find the songs that POP909's index calls triple (its wrong entry 624 apart)."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row["song_id"] for row in rows if row["num_beats_per_measure"] == "3"} - {"624"}
