"""What an edit has moved or played anew stays where the track's instrument can play it."""

from __future__ import annotations

import numpy as np

from symbolic_music.arranging.styled import best_shift
from symbolic_music.formats.midi import clean_notes
from symbolic_music.theory.instruments import instrument_of_program

OCTAVE = 12


def in_reach(notes: np.ndarray, program: int) -> np.ndarray:
    """Move notes by octaves to where an instrument can play them: all alike if that is enough, else the others too.

    Parameters
    ----------
    notes : NOTE_DTYPE array
        A stretch of one track; not drums.
    program : int
        Its General MIDI program.

    Returns
    -------
    NOTE_DTYPE array
        The same notes where all can be played. Of two that come to lie on one key, the earlier is cut.

    Examples
    --------
    >>> from symbolic_music.song.notes import make_notes
    >>> in_reach(make_notes([(0, 12, 24, 90), (12, 12, 36, 90)]), 32)["pitch"].tolist()
    [36, 48]
    """
    played, pitches = instrument_of_program(program), notes["pitch"].astype(int)
    if not len(notes) or (played.low <= pitches.min() and pitches.max() <= played.high):
        return notes
    pitches += best_shift(pitches, played.low, played.high)
    # Ranges are an octave or more, so that every tone has a place.
    pitches += np.where(pitches < played.low, -((pitches - played.low) // OCTAVE) * OCTAVE, 0)
    pitches -= np.where(pitches > played.high, -((played.high - pitches) // OCTAVE) * OCTAVE, 0)
    placed = notes.copy()
    placed["pitch"] = pitches
    return clean_notes(placed, int((notes["onset_tick"] + notes["duration_tick"]).max()))
