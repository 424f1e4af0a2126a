"""The phrase model's piano over a finished lead sheet.

It was trained on POP909's pianists, so it plays where they did: pop and its
neighbours in 4/4. Elsewhere ``piano.write_piano`` plays from its tables.
"""

from __future__ import annotations

import numpy as np

from symbolic_music.arranging.model_band import harmony_of
from symbolic_music.phrases import FillOptions
from symbolic_music.phrases.describe import SOURCE_OF_GENRE
from symbolic_music.phrases.slots import fill_part, slots_of
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan

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
    harmony = {slot.phrase.name: harmony_of(plan, sheet, slot) for slot in slots}
    slots = [slot for slot in slots if harmony[slot.phrase.name].chords]
    filled = fill_part(plan, slots, "piano", harmony, PIANO_OPTIONS)
    rows = []
    for slot in slots:
        start, shift = slot.start_bar * plan.parsed_meter.bar_ticks, slot.section.parsed_key.tonic_shift
        for onset, length, pitch in filled[slot.phrase.name].notes:
            rows.append((start + onset, length, pitch + shift, PIANO_VELOCITY))
    return make_notes(rows)
