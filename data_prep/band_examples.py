"""Arrangements to training examples of the band's parts.

``python -m data_prep.band_examples --songs shards/songs.jsonl --arrangements shards/arrangements.jsonl
--out shards/band.npz``

Each example is one part over one phrase of a lead sheet, in a style, with one part that
is written before it standing beside it. Arrangements are mma's (``data_prep.mma``) or people's (``data_prep.pieces``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from data_prep.examples import write_shard
from symbolic_music.theory.drumming import ghost_limit, mark_ghosts, playable_drums
from symbolic_music.tokens.describe import (
    BESIDE_OF_PART,
    INTENSITY_OF_SECTION,
    describe_intensity,
    describe_strength,
    heard_beside,
)
from symbolic_music.tokens.figures import distinct_bars
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import MOST_FIGURES, PARTS
from symbolic_music.training.cutting import Span, cut, kept_share, same_music, spans_of
from symbolic_music.training.examples import Example, conditions_of, make_example

MOST_SPANS = 8  # of one arrangement: more of one song in one style teaches little
BESIDE_SHARE = 0.8
CONTEXT_BARS = 2
WITH_CONTEXT = 0.35
# How often an exemplar is given, and the bars that it is taken from: so many from another place of the song.
WITH_EXEMPLAR, EXEMPLAR_BARS = 0.85, 4
# The plan's number for the intensity at which a style's level plays.
INTENSITY_OF_LEVEL = {"0": 0.15, "1": 0.4, "2": 0.65, "3": 0.9}
# Machines have hands enough; bells, guiros and congas of these families are for players of their own.
MACHINE_FAMILIES, MACHINE_KITS = ("electronic", "hip-hop"), (24, 25)
PERCUSSION_FAMILIES, ENSEMBLE = ("latin", "caribbean", "african"), 3


def band_examples_of(song: dict, arrangement: dict, rng: np.random.Generator) -> Iterator[Example]:
    """Make the examples of one song in one style."""
    parts = {part: rows for part, rows in arrangement["parts"].items() if part in PARTS}
    if "drums" in parts:
        parts["drums"] = clean_drums(parts["drums"], arrangement)
    arrangement = arrangement | {"parts": parts}
    spans = [span for span in spans_of(song) if span.end_bar <= arrangement["n_bars"]]
    chosen = sorted(rng.permutation(len(spans))[:MOST_SPANS])
    first: dict[tuple[str, str, int], Span] = {}
    for index, span in enumerate(spans):
        original = first.setdefault((span.letter, span.section, span.n_bars), span)
        if index not in chosen:
            continue
        for part in parts:
            example = _example(song, arrangement, span, None if original is span else original, part, rng)
            if example is not None:
                yield example


def clean_drums(drums: list, arrangement: dict) -> list[tuple[int, ...]]:
    """Mark soft snare strokes as ghosts and leave out what no drummer of the style can play."""
    family = arrangement.get("family", "")
    is_machine = family in MACHINE_FAMILIES or arrangement.get("programs", {}).get("drums") in MACHINE_KITS
    percussionists = ENSEMBLE if family in PERCUSSION_FAMILIES else 1
    return playable_drums(mark_ghosts(drums, ghost_limit(drums)), is_machine, percussionists)


def _example(
    song: dict, arrangement: dict, span: Span, original: Span | None, part: str, rng: np.random.Generator
) -> Example | None:
    """One part of one phrase, or none where it is silent or repeats exactly."""
    parts = arrangement["parts"]
    music = cut(song, span, part, parts[part])
    if not music.chords or not music.notes:
        return None
    source = cut(song, original, part, parts[part]) if original is not None else None
    if source is not None and (same_music(source, music, part) or not source.notes):
        return None
    context = _context(song, span, part, parts[part]) if source is None and rng.random() < WITH_CONTEXT else None
    exemplar = exemplar_of(song, span, part, parts[part], rng) if rng.random() < WITH_EXEMPLAR else None
    lead = BESIDE_OF_PART[part]
    beside: tuple = ()
    if lead in parts and rng.random() < BESIDE_SHARE:
        beside = heard_beside(cut(song, span, lead, parts[lead]).notes, lead)
    fills = set(arrangement["fills"]) & set(range(span.start_bar, span.end_bar))
    level = INTENSITY_OF_SECTION.get(span.section)
    # What a program arranged sounds like one; people's pieces for a band are nearly all from games.
    source_word = "band" if arrangement.get("source", "mma") == "mma" else "game"
    conditions = replace(
        conditions_of(song, span, music, part, rng),
        source=source_word,
        tempo="any",
        style=arrangement["style"],
        intensity="any" if level is None else describe_intensity(INTENSITY_OF_LEVEL[level] + rng.uniform(-0.1, 0.1)),
        fill="yes" if fills else "no",
        beside=lead if beside else "any",
        relation="any" if source is None else "variation",
        strength=describe_strength(kept_share(source, music, part)) if source is not None else "any",
    )
    job = PhraseJob(conditions, music.bar_ticks, context, source, music.chords, beside=beside, exemplar=exemplar)
    example = make_example(song, job, music, "band")
    return replace(example, source=arrangement.get("source", "mma")) if example is not None else None


def exemplar_of(song: dict, span: Span, part: str, rows: list, rng: np.random.Generator) -> PhraseMusic | None:
    """A few bars of the same part from elsewhere in the song, those left out that another one already says."""
    places = [
        start
        for start in range(0, song["n_bars"] - EXEMPLAR_BARS + 1, 2)
        if start + EXEMPLAR_BARS <= span.start_bar or start >= span.end_bar
    ]
    for start in rng.permutation(places)[:4].tolist():
        music = cut(song, replace(span, start_bar=start, n_bars=EXEMPLAR_BARS), part, rows)
        if music.chords and music.notes:
            kept = distinct_bars(music, part, int(rng.integers(1, MOST_FIGURES + 1)))
            if kept.n_bars:
                return kept
    return None


def _context(song: dict, span: Span, part: str, rows: list) -> PhraseMusic | None:
    """The bars right before the phrase."""
    n_bars = min(CONTEXT_BARS, span.start_bar)
    if not n_bars:
        return None
    music = cut(song, replace(span, start_bar=span.start_bar - n_bars, n_bars=n_bars), part, rows)
    return music if music.chords else None


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, nargs="+", default=[Path("shards/songs.jsonl")])
    parser.add_argument("--arrangements", type=Path, nargs="+", default=[Path("shards/arrangements.jsonl")])
    parser.add_argument("--out", type=Path, default=Path("shards/band.npz"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    songs = {song["id"]: song for path in arguments.songs for song in map(json.loads, path.open())}
    rows = (row for path in arguments.arrangements for row in map(json.loads, path.open()))
    write_shard([e for row in rows for e in band_examples_of(songs[row["song"]], row, rng)], arguments.out)


if __name__ == "__main__":
    main()
