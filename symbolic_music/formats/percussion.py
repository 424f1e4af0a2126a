"""The General MIDI drum map as people write and name it: where each drum stands on the staff.

Places follow the usual drum-set notation (N. Weinberg, Guide to Standardized
Drumset Notation, 1998): kick in the lowest space, snare above the middle, cymbals
on top with crosses.
"""

from __future__ import annotations

from typing import NamedTuple


class Drum(NamedTuple):
    """A drum: its name, the line or space it stands on as a treble-clef pitch, its note head."""

    name: str
    step: str
    octave: int
    notehead: str


# pitch: name, step, octave, note head.
DRUMS: dict[int, Drum] = {
    pitch: Drum(name, place[0], int(place[1]), head)
    for pitch, name, place, head in (
        (35, "Kick 2", "E4", "normal"), (36, "Kick", "F4", "normal"), (37, "Side stick", "C5", "x"),
        (38, "Snare", "C5", "normal"), (39, "Clap", "B4", "x"), (40, "Snare 2", "C5", "diamond"),
        (41, "Low floor tom", "G4", "normal"), (42, "Closed hi-hat", "G5", "x"), (43, "Floor tom", "A4", "normal"),
        (44, "Pedal hi-hat", "D4", "x"), (45, "Low tom", "B4", "normal"), (46, "Open hi-hat", "G5", "circle-x"),
        (47, "Low mid tom", "D5", "normal"), (48, "Mid tom", "E5", "normal"), (49, "Crash", "A5", "x"),
        (50, "High tom", "F5", "normal"), (51, "Ride", "F5", "x"), (52, "China", "C6", "x"),
        (53, "Ride bell", "F5", "diamond"), (54, "Tambourine", "B4", "triangle"), (55, "Splash", "B5", "x"),
        (56, "Cowbell", "E5", "triangle"), (57, "Crash 2", "B5", "diamond"), (58, "Vibraslap", "D5", "x"),
        (59, "Ride 2", "E5", "x"), (60, "High bongo", "E5", "diamond"), (61, "Low bongo", "D5", "diamond"),
        (62, "Mute conga", "D5", "cross"), (63, "Open conga", "D5", "circle-x"), (64, "Low conga", "B4", "diamond"),
        (65, "High timbale", "E5", "cross"), (66, "Low timbale", "C5", "cross"), (67, "High agogo", "G5", "triangle"),
        (68, "Low agogo", "F5", "triangle"), (69, "Cabasa", "A5", "triangle"), (70, "Maracas", "A5", "diamond"),
        (75, "Claves", "G5", "diamond"), (76, "High woodblock", "A5", "cross"), (77, "Low woodblock", "G5", "cross"),
        (80, "Mute triangle", "C6", "diamond"), (81, "Triangle", "C6", "triangle"), (82, "Shaker", "B5", "triangle"),
    )
}  # fmt: skip


def drum_of(pitch: int) -> Drum:
    """Find a drum; one outside the map stands on the middle line with a cross.

    Examples
    --------
    >>> drum_of(36).name
    'Kick'
    """
    return DRUMS.get(pitch, Drum(f"Drum {pitch}", "B", 4, "x"))
