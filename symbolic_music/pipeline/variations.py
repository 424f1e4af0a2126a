"""Variations of a tune, as many as are wished: each with its distance from the tune, never two alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from symbolic_music.analysis.similarity import phrase_similarity
from symbolic_music.errors import ConstraintError
from symbolic_music.filling.around import phrases_of
from symbolic_music.pipeline.bulk import vary_many
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.notes import make_notes

STRENGTHS = ("light", "medium", "strong")
# So many are written first, so that a handful is there soon; then the batch is kept full, where one costs a fifth. A
# tune is exhausted after so many variations of which none was new.
FIRST_BLOCK, PATIENCE = 24, 144
_ENDLESS = 1 << 40
# How often a phrase of a light variation stays as it is.
KEPT = 0.5


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
    seen = {_mark(sheet)}
    given = idle = 0
    for variation in chain(_written(sheet, seed, 0, FIRST_BLOCK), _written(sheet, seed, 1, _ENDLESS)):
        mark = _mark(variation)
        if mark in seen:
            idle += 1
            if idle >= PATIENCE:
                raise ConstraintError(f"{sheet.title}: only {given} different variations were found, {n} asked for")
            continue
        seen.add(mark)
        idle, given = 0, given + 1
        yield Variation(variation, distance_of(sheet, variation), given)
        if given == n:
            return


def _written(sheet: LeadSheet, seed: int, block: int, n: int) -> Iterator[LeadSheet]:
    """Write so many variations, strengths by turns; of light ones some phrases stay as they are."""
    rng = phrase_rng(seed, "variations", block)
    own = int(rng.integers(1 << 62))
    for place, variation in enumerate(vary_many(sheet, n, seed=own, strength=STRENGTHS)):
        yield _mixed(sheet, variation, rng) if place % len(STRENGTHS) == 0 else variation


def _mark(sheet: LeadSheet) -> bytes:
    """A tune's fingerprint: 16 bytes, so that millions can be told apart; note lengths alone make no other tune."""
    heard = np.stack([sheet.melody["onset_tick"].astype(np.int32), sheet.melody["pitch"].astype(np.int32)])
    return hashlib.blake2b(heard.tobytes(), digest_size=16).digest()


def _mixed(sheet: LeadSheet, variation: LeadSheet, rng: np.random.Generator) -> LeadSheet:
    """A variation in which some phrases are the sheet's own; a note ends where the next begins."""
    tick_of = sheet.lines.tick_of
    spans = [(span.start_bar + start, n) for span in sheet.sections for start, n in phrases_of(span.n_bars)]
    stays = rng.random(len(spans)) < KEPT
    if stays.all():
        return variation
    rows = sorted(
        tuple(row)
        for (start, n_bars), is_kept in zip(spans, stays, strict=True)
        for row in (sheet if is_kept else variation).melody.tolist()
        if tick_of(start) <= row[0] < tick_of(start + n_bars)
    )
    cut = [
        (on, min(length, following - on), pitch, velocity)
        for (on, length, pitch, velocity), following in zip(rows, [*(row[0] for row in rows[1:]), 1 << 40], strict=True)
    ]
    return replace(variation, melody=make_notes(row for row in cut if row[1] > 0))


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
    from symbolic_music.formats.atomic import atomic_folder, check_places
    from symbolic_music.formats.midi import write_midi

    rows: list[tuple[float, int, str]] = []
    check_places(folder, ["variations.json", *(f"{rank:0{len(str(n))}}.mid" for rank in range(1, n + 1))])
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
