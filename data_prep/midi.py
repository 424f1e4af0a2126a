"""MIDI tracks as parts of the dataset: on the grid, with the distance from it kept.

``onset_tick`` is the nearest sixteenth or eighth triplet, 12 ticks to the quarter; the played
time is ``onset_tick * 40 + offset_tick480`` at 480 to the quarter.
"""

from __future__ import annotations

from typing import Any

from symbolic_music.theory.meter import TPQ, snap_to_grid

FINE = 480
# General MIDI's families of eight programs.
ROLES = ("keys", "bells", "organ", "guitar", "bass", "strings", "strings", "brass", "winds", "winds", "lead", "pad",
         "effects", "world", "percussion", "effects")  # fmt: skip


def read_part(track: Any, ticks_per_quarter: int, name: str) -> dict:
    """Turn a symusic track into a part, notes sorted by time and pitch; doubled notes appear once.

    Parameters
    ----------
    track : symusic.core.TrackTick
        The notes, its program and whether it is drums.
    ticks_per_quarter : int
        Resolution of the file.
    name : str
        Name of the part.
    """
    notes = {}
    for note in track.notes:
        played = note.time * FINE / ticks_per_quarter
        onset = snap_to_grid(played * TPQ / FINE)
        length = max(1, round(note.duration * TPQ / ticks_per_quarter))
        offset = round(played - onset * FINE / TPQ)
        notes.setdefault((onset, note.pitch, offset), (length, note.velocity))
    rows = sorted(notes.items())
    return {
        "part": name, "role": "drums" if track.is_drum else ROLES[track.program // 8], "program": track.program,
        "is_drum": track.is_drum, "onset_tick": [key[0] for key, _ in rows], "pitch": [key[1] for key, _ in rows],
        "duration_tick": [value[0] for _, value in rows], "velocity": [value[1] for _, value in rows],
        "offset_tick480": [key[2] for key, _ in rows],
    }  # fmt: skip
