"""Whether the phrase model plays what it is asked for: each condition, asked and come.

``python -m symbolic_music.filling.obedience songs/`` reads song folders, asks anew for every phrase what its plan
asks (``filling.describe``; the same words, since chance has a seed) and computes what came from the notes
(``tokens.describe.traits_of``). Beside the share that came as asked stands the share that chance would have, and where
the words are grades Pearson's correlation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolic_music.analysis.upbeats import upbeat_start
from symbolic_music.errors import PlanError, SymbolicMusicError
from symbolic_music.evaluation.reading import find_songs, read_song
from symbolic_music.filling.describe import conditions_for
from symbolic_music.filling.harmony import harmony_of
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import PLAN_FILE
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.styles.traits import GRADES
from symbolic_music.tokens.describe import traits_of
from symbolic_music.tokens.phrase import ANY, PhraseMusic

PARTS = ("chords", "melody")


class Answer(NamedTuple):
    """One condition of one phrase: the word asked for and the word that the notes are described by."""

    part: str
    trait: str
    asked: str
    came: str


class Obedience(NamedTuple):
    """How well a condition is heard: phrases, share as asked, the share expected by chance, correlation of grades."""

    n: int
    kept: float
    chance: float
    correlation: float | None


def answers_of(plan: SongPlan, sheet: LeadSheet) -> list[Answer]:
    """List what was asked and what came, for every phrase that is no repeat.

    Parameters
    ----------
    plan : SongPlan
    sheet : LeadSheet
        Composed from the plan.
    """
    answers = []
    for slot in slots_of(plan):
        if slot.phrase.relation == "repeat":
            continue
        for part in PARTS if slot.phrase.sung else ("chords",):
            conditions = conditions_for(plan, slot.section, slot.phrase, slot.start_bar, part)
            came = traits_of(_music_of(sheet, slot), part, conditions.mode, slot.meter)
            answers += [
                Answer(part, trait, getattr(conditions, trait), word)
                for trait, word in came.items()
                if ANY not in (word, getattr(conditions, trait))
            ]
    return answers


def measure(answers: Iterable[Answer]) -> dict[tuple[str, str], Obedience]:
    """Compute each condition's figures, by (part, trait)."""
    groups: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        groups.setdefault((answer.part, answer.trait), []).append(answer)
    return {key: _obedience(group) for key, group in groups.items()}


def format_table(found: dict[tuple[str, str], Obedience]) -> str:
    """Write the figures as a Markdown table."""
    lines = ["| part | condition | phrases | as asked | by chance | r |", "| -- | -- | -- | -- | -- | -- |"]
    for (part, trait), row in found.items():
        r = "" if row.correlation is None else f"{row.correlation:.2f}"
        lines.append(f"| {part} | {trait} | {row.n} | {row.kept:.2f} | {row.chance:.2f} | {r} |")
    return "\n".join(lines)


def _music_of(sheet: LeadSheet, slot: Slot) -> PhraseMusic:
    """A phrase of the lead sheet in C major or A minor, its upbeat with it and the next one's without."""
    bar, shift = slot.meter.bar_ticks, slot.section.key.tonic_shift
    tune = [(int(onset), int(length), int(pitch)) for onset, length, pitch, _ in sheet.melody]
    first, last = (upbeat_start(tune, tick, bar) for tick in (slot.start_tick, slot.end_tick))
    notes = tuple((on - slot.start_tick, length, pitch - shift) for on, length, pitch in tune if first <= on < last)
    return replace(harmony_of(sheet, slot), notes=notes)


def _obedience(answers: Sequence[Answer]) -> Obedience:
    """The figures of one condition."""
    asked, came = [answer.asked for answer in answers], [answer.came for answer in answers]
    kept = float(np.mean([one == other for one, other in zip(asked, came, strict=True)]))
    chance = sum(asked.count(word) * came.count(word) for word in set(asked)) / len(answers) ** 2
    words = GRADES.get(answers[0].trait)
    if words is None:
        return Obedience(len(answers), kept, chance, None)
    grades = np.array([[words.index(word) for word in row] for row in (asked, came)], dtype=float)
    is_varied = bool((grades.std(axis=1) > 0).all())
    return Obedience(len(answers), kept, chance, float(np.corrcoef(grades)[0, 1]) if is_varied else None)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Print what the phrase model was asked for beside what came.")
    parser.add_argument("songs", type=Path, help="a folder of song folders")
    answers: list[Answer] = []
    try:
        for folder in find_songs(parser.parse_args().songs):
            answers += answers_of(load_document(SongPlan, folder / PLAN_FILE, PlanError), read_song(folder).sheet)
    except SymbolicMusicError as failure:
        print(f"obedience: {failure}", file=sys.stderr)
        return 1
    print(format_table(measure(answers)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
