"""Many variations of a lead sheet's melody over its own chords, written in one running batch.

All variations of a phrase share what is read before the first note, so that each costs its own notes only; so many
are at work at a time that the batch is full, and no more, so that memory stays the same however many are asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from symbolic_music.filling.compose import MELODY_VELOCITY
from symbolic_music.filling.describe import limits_for
from symbolic_music.filling.fill import Filler, FillOptions, PhraseTask
from symbolic_music.filling.harmony import harmony_of, tune_of
from symbolic_music.model.engine import Engine
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.tokens.phrase import ANY, Conditions, PhraseJob, PhraseMusic

# Rows of the batch: a step of 96 rows takes three times as long as one of 24, and writes four times as much.
N_ROWS = 96
# Phrases at work at a time: what fills the batch, and those that wait for a row.
AT_WORK = 4 * N_ROWS


@dataclass(frozen=True)
class VariationOptions:
    """How variations are written: ``strengths`` (``light``, ``medium``, ``strong`` or ``any``) take turns."""

    strengths: tuple[str, ...] = ("medium",)
    fill: FillOptions = field(default_factory=lambda: FillOptions(1, SamplingOptions(1.0, 0.98)))


def write_variations(
    plan: SongPlan,
    sheet: LeadSheet,
    n: int,
    seed: int,
    options: VariationOptions | None = None,
    engine: Engine | None = None,
) -> Iterator[LeadSheet]:
    """Write variations one after another, each as soon as it and those before it are done.

    Variation ``i`` does not depend on ``n``: the same seed gives the same music.

    Parameters
    ----------
    plan : SongPlan
        The sheet's sections and phrases.
    sheet : LeadSheet
        Phrases without a tune or chords stay as they are.
    n : int
        How many.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    options = options or VariationOptions()
    slots = list(slots_of(plan))
    by_strength = [_tasks(plan, sheet, slots, strength) for strength in options.strengths]
    filler = Filler[tuple[int, str]](seed, options.fill, engine, N_ROWS)
    open_: deque[tuple[int, dict[str, PhraseMusic]]] = deque()
    started = finished = 0
    while finished < n:
        while started < n and (not open_ or (len(open_) + 1) * len(by_strength[0]) <= AT_WORK):
            for name, task in by_strength[started % len(by_strength)].items():
                filler.add((started, name), replace(task, name=f"{name}/{started}"))
            open_.append((started, {}))
            started += 1
        while open_ and len(open_[0][1]) == len(by_strength[0]):
            finished += 1
            yield _sheet_of(sheet, slots, open_.popleft()[1])
        if open_ and filler.is_busy:
            for (number, name), music in filler.advance().items():
                open_[number - finished][1][name] = music


def _tasks(plan: SongPlan, sheet: LeadSheet, slots: Sequence[Slot], strength: str) -> dict[str, PhraseTask]:
    """The jobs of all phrases that can be varied, by their names."""
    return {slot.phrase.name: task for slot in slots if (task := _task(plan, sheet, slot, strength)) is not None}


def _task(plan: SongPlan, sheet: LeadSheet, slot: Slot, strength: str) -> PhraseTask | None:
    """State the job of a phrase; none where there is nothing to vary."""
    harmony = harmony_of(sheet, slot)
    tune = tune_of(sheet, slot, harmony)
    if not tune.notes or not harmony.chords:
        return None
    conditions = Conditions(
        part="melody", mode=slot.section.key.mode, meter=str(slot.meter), n_bars=slot.phrase.n_bars,
        relation="variation", strength=strength or ANY,
    )  # fmt: skip
    job = PhraseJob(conditions, slot.meter.bar_ticks, original=tune, chords=harmony.chords)
    return PhraseTask(slot.phrase.name, job, limits_for(plan, slot, "melody"))


def _sheet_of(sheet: LeadSheet, slots: Sequence[Slot], written: dict[str, PhraseMusic]) -> LeadSheet:
    """The sheet with its tune put anew, phrase by phrase."""
    notes: list[tuple[int, int, int, int]] = []
    for slot in slots:
        start, end = slot.start_tick, slot.end_tick
        music, shift = written.get(slot.phrase.name), slot.section.key.tonic_shift
        if music is None:
            notes += [row for row in sheet.melody.tolist() if start <= row[0] < end]
        else:
            notes += [(start + on, length, pitch + shift, MELODY_VELOCITY) for on, length, pitch in music.notes]
    return replace(sheet, melody=make_notes(notes), lyrics=())
