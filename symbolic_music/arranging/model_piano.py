"""The phrase model's piano over a finished lead sheet.

It was trained on POP909's pianists, so it plays where they did: pop and its
neighbours in 4/4. Elsewhere ``piano.write_piano`` plays from its tables.
"""

from __future__ import annotations

import numpy as np

from symbolic_music.phrases import FillOptions
from symbolic_music.phrases.describe import SOURCE_OF_GENRE
from symbolic_music.phrases.slots import Slot, fill_part, slots_of
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan
from symbolic_music.tokens.phrase import ChordRow, PhraseMusic

PIANO_VELOCITY = 76
PIANO_OPTIONS = FillOptions(n_candidates=2, likelihood_weight=0.1)


def plays_here(plan: SongPlan) -> bool:
    """Whether the model has heard pianists in this genre and meter."""
    return plan.meter == "4/4" and SOURCE_OF_GENRE.get(plan.genre) == "pop"


def write_model_piano(plan: SongPlan, sheet: LeadSheet) -> np.ndarray:
    """Fill the piano of every section in which the plan lets chords be played.

    Returns
    -------
    note array
        Ticks from the song's start, in the sheet's keys.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``phrases.fill_phrases``.
    """
    slots = [slot for slot in slots_of(plan) if "chords" in slot.section.roles]
    harmony = {slot.phrase.name: _harmony(plan, sheet, slot) for slot in slots}
    slots = [slot for slot in slots if harmony[slot.phrase.name].chords]
    filled = fill_part(plan, slots, "piano", harmony, PIANO_OPTIONS)
    rows = []
    for slot in slots:
        start, shift = slot.start_bar * plan.parsed_meter.bar_ticks, slot.section.parsed_key.tonic_shift
        for onset, length, pitch in filled[slot.phrase.name].notes:
            rows.append((start + onset, length, pitch + shift, PIANO_VELOCITY))
    return make_notes(rows)


def _harmony(plan: SongPlan, sheet: LeadSheet, slot: Slot) -> PhraseMusic:
    """A phrase's chords from the lead sheet, relative to C major / A minor."""
    bar_ticks, shift = plan.parsed_meter.bar_ticks, slot.section.parsed_key.tonic_shift
    start, end = slot.start_bar * bar_ticks, (slot.start_bar + slot.phrase.n_bars) * bar_ticks
    rows: list[ChordRow] = []
    sounding = sheet.chord_at(start)
    events = [(0, sounding)] if sounding is not None else []
    events += [(e.onset_tick - start, e.chord) for e in sheet.chords if start < e.onset_tick < end]
    for tick, chord in events:
        moved = chord.transpose(-shift)
        rows.append((tick, moved.root, moved.quality, moved.bass))
    return PhraseMusic(slot.phrase.n_bars, bar_ticks, tuple(rows))
