"""Variations of a tune, as many as are wished: each with its distance from the tune, never two alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.analysis.similarity import phrase_similarity
from symbolic_music.errors import ConstraintError, InputError
from symbolic_music.filling.around import music_of, phrases_of, vary_phrases
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.notes import make_notes

STRENGTHS = ("light", "medium", "strong")
# Variations that are written in one batch, and batches without anything new after which the tune is exhausted.
BATCH, PATIENCE = 16, 12
VELOCITY = 90


@dataclass(frozen=True, eq=False)
class Variation:
    """A tune like another: ``distance`` is 0 for the same notes and 1 where none is shared."""

    sheet: LeadSheet
    distance: float
    number: int


def vary_sheet(sheet: LeadSheet, n: int, seed: int = 0) -> Iterator[Variation]:
    """Write variations of a lead sheet's tune over its chords, one after another; memory grows by a number each.

    Parameters
    ----------
    sheet : LeadSheet
        With a tune.
    n : int
        How many, 1 or more.
    seed : int, optional
        The same gives the same variations, however many are asked for.

    Yields
    ------
    Variation
        In the order in which they are written; from light to strong by turns.

    Raises
    ------
    InputError
        If there is no tune.
    ConstraintError
        If the tune has no more variations than were given.
    """
    if n < 1:
        raise InputError(f"variations: {n} is out of range; use 1 or more")
    spans = [
        (span.start_bar + start, length) for span in sheet.sections for start, length in phrases_of(span.n_bars)
    ]  # fmt: skip
    spans = [span for span in spans if music_of(sheet, *span).notes]
    if not spans:
        raise InputError(f"{sheet.title}: it has no tune to vary")
    seen = {hash(sheet.melody.tobytes())}
    number = given = idle = 0
    while given < n:
        fresh = False
        for variation in _batch(sheet, spans, number, seed):
            mark = hash(variation.sheet.melody.tobytes())
            if mark in seen:
                continue
            seen.add(mark)
            fresh, given = True, given + 1
            yield variation
            if given == n:
                return
        number += BATCH
        idle = 0 if fresh else idle + 1
        if idle >= PATIENCE:
            raise ConstraintError(f"{sheet.title}: only {given} different variations were found, {n} asked for")


def _batch(sheet: LeadSheet, spans: list[tuple[int, int]], first: int, seed: int) -> Iterator[Variation]:
    """Write the variations from a number on; light ones vary some phrases, strong ones all."""
    originals = [music_of(sheet, *span) for span in spans]
    keys = [sheet.key_at(start) for start, _ in spans]
    wished: list[tuple[int, int, str]] = []
    for number in range(first, first + BATCH):
        strength = STRENGTHS[number % len(STRENGTHS)]
        rng = phrase_rng(seed, "variation", number)
        share = (0.35, 0.7, 1.0)[number % len(STRENGTHS)]
        chosen = np.flatnonzero(rng.random(len(spans)) < share).tolist() or [int(rng.integers(len(spans)))]
        wished += [(number, place, strength) for place in chosen]
    done = {}
    for mode in sorted({key.mode for key in keys}):
        own = [(number, place, strength) for number, place, strength in wished if keys[place].mode == mode]
        key = next(key for key in keys if key.mode == mode)
        asked = [(place, strength, f"variation {number}.{place}") for number, place, strength in own]
        written = vary_phrases(originals, key, sheet.meter, asked, seed)
        done |= {(number, place): music for (number, place, _), music in zip(own, written, strict=True)}
    for number in range(first, first + BATCH):
        parts = {place: music for (n, place), music in done.items() if n == number}
        made = _with_phrases(sheet, spans, parts)
        yield Variation(made, distance_of(sheet, made), number)


def _with_phrases(sheet: LeadSheet, spans: list[tuple[int, int]], parts: dict) -> LeadSheet:  # type: ignore[type-arg]
    """The sheet with other phrases in some places."""
    bar = sheet.meter.bar_ticks
    taken = [(spans[place][0] * bar, (spans[place][0] + spans[place][1]) * bar) for place in parts]
    rows = [
        tuple(row) for row in sheet.melody.tolist() if not any(start <= row[0] < end for start, end in taken)
    ]  # fmt: skip
    for place, music in parts.items():
        start = spans[place][0] * bar
        shift = sheet.key_at(spans[place][0]).tonic_shift
        rows += [(start + on, length, pitch + shift, VELOCITY) for on, length, pitch in music.notes]
    rows.sort()
    cut = [
        (on, min(length, following - on), pitch, velocity)
        for (on, length, pitch, velocity), following in zip(rows, [*(row[0] for row in rows[1:]), 1 << 40], strict=True)
    ]
    return replace(sheet, melody=make_notes(row for row in cut if row[1] > 0), lyrics=())


def distance_of(one: LeadSheet, other: LeadSheet) -> float:
    """How far two tunes over the same bars are apart: 1 less the share of notes with the same onset and pitch.

    Parameters
    ----------
    one, other : LeadSheet
        Of one length.
    """
    notes = [{(int(row[0]), int(row[2])) for row in sheet.melody.tolist()} for sheet in (one, other)]
    return round(1 - phrase_similarity(*notes), 3)


def save_variations(
    sheet: LeadSheet, folder: Path, n: int, seed: int = 0, report: Callable[[int], None] = lambda done: None
) -> list[dict[str, object]]:
    """Write variations as MIDI files, numbered from near to far, with ``variations.json`` beside them.

    Parameters
    ----------
    sheet : LeadSheet
        With a tune.
    folder : Path
        Where; it must not hold other things.
    n : int
        How many; they are written as they are found, so that memory stays small.
    seed : int, optional
        Of all chance.
    report : callable, optional
        Told how many are written.

    Returns
    -------
    list of dict
        File and distance of each, the nearest first.
    """
    from symbolic_music.formats.atomic import atomic_folder
    from symbolic_music.formats.midi import write_midi

    rows: list[tuple[float, int, str]] = []
    with atomic_folder(folder) as unfinished:
        for place, variation in enumerate(vary_sheet(sheet, n, seed), 1):
            name = f"found-{place:0{len(str(n))}}.mid"
            write_midi(score_of_lead_sheet(variation.sheet), unfinished / name)
            rows.append((variation.distance, place, name))
            report(place)
        listed: list[dict[str, object]] = []
        for rank, (distance, _, name) in enumerate(sorted(rows), 1):
            final = f"{rank:0{len(str(n))}}.mid"
            (unfinished / name).rename(unfinished / final)
            listed.append({"file": final, "distance": distance})
        text = json.dumps({"title": sheet.title, "seed": seed, "variations": listed}, indent=1, ensure_ascii=False)
        (unfinished / "variations.json").write_text(text + "\n", encoding="utf-8")
    return listed
