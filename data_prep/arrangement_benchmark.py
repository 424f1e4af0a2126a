"""The arrangement benchmark: foreign lead sheets, arranged, by chord tones and by form.

``python -m data_prep.arrangement_benchmark dataset/`` takes lead sheets of POP909's validation songs in 4/4 with their
labelled phrases, lets the band play them and prints, beside what their own pianists play: the share of notes that are
chord tones (``evaluation.arrangement.chord_tone_share``) and how much more alike phrases of one label are than any two
(``same_over_all``). docs/band.md says what published systems reach.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from data_prep.dataset import iter_songs
from data_prep.reference import song_of
from symbolic_music.arranging import arrange
from symbolic_music.evaluation.arrangement import chord_tone_share, same_over_all
from symbolic_music.importing.sheet_plan import SheetPlanOptions, plan_lead_sheet
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.key import parse_key

N_SHEETS = 20
CHORD_TONES, RATIO = 0.95, 1.5
Phrases = list[tuple[str, int, int]]


def foreign_sheets(dataset_dir: Path) -> Iterator[tuple[LeadSheet, Phrases, Track]]:
    """Lead sheets with sections as marked, their phrases with labels, and the pianist's own track."""
    for song in iter_songs(dataset_dir, ("pop909",)):
        if song["split"] != "validation" or song["meter"] != "4/4" or not song["piano"]:
            continue
        sheet, spans = song_of(song)
        marks = [SectionSpan(row[4], row[1], row[2], parse_key(row[5])) for row in song["phrases"]]
        phrases = [(span.letter, span.start_bar, span.n_bars) for span in spans if span.n_bars > 1]
        notes = make_notes((onset, length, pitch, 80) for onset, length, pitch in song["piano"])
        yield replace(sheet, sections=tuple(_joined(marks))), phrases, Track("Piano", "chords", 0, notes)


def _joined(marks: list[SectionSpan]) -> list[SectionSpan]:
    """Neighbouring phrases of one kind are one section."""
    joined: list[SectionSpan] = []
    for mark in marks:
        last = joined[-1] if joined else None
        if last and (last.name, last.key) == (mark.name, mark.key) and last.start_bar + last.n_bars == mark.start_bar:
            joined[-1] = replace(last, n_bars=last.n_bars + mark.n_bars)
        else:
            joined.append(mark)
    return joined


def measure(score: Score, phrases: Phrases) -> tuple[float, float]:
    """Chord tones, and same over all."""
    return chord_tone_share(score), same_over_all(score, phrases)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--count", type=int, default=N_SHEETS)
    parser.add_argument("--style", default="pop ballad")
    arguments = parser.parse_args()
    ours, people = [], []
    for number, (sheet, phrases, pianist) in enumerate(foreign_sheets(arguments.dataset)):
        if number == arguments.count:
            break
        plan, played = plan_lead_sheet(sheet, SheetPlanOptions(style=arguments.style, seed=number))
        score = arrange(played, plan)
        ours.append(measure(score, phrases))
        people.append(measure(replace(score, tracks=(pianist,)), phrases))
        print(f"{sheet.title}: chord tones {ours[-1][0]:.3f}, same over all {ours[-1][1]:.2f}", flush=True)
    for name, rows in (("ours", ours), ("their pianists", people)):
        tones, ratio = np.nanmean(np.array(rows), axis=0)
        print(f"{name}, {len(rows)} lead sheets: chord tones {tones:.3f}, same over all {ratio:.2f}")
    print(f"bars: chord tones >= {CHORD_TONES}, same over all >= {RATIO}")


if __name__ == "__main__":
    main()
