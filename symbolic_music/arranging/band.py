"""The players of a score: who sings the tune, and what each track is called.

The lead instruments were chosen to *sing* in a small General MIDI soundfont, by
measuring every pitch of the candidates in TimGM6mb (level at 0.1 and 1.2 s, evenness
over the range). The clarinet speaks at once, holds its level (57 dB throughout, spread
1.1 dB) and covers the vocal range, so a pop tune needs no transposition. Left out:
alto saxophone (its E4 is silent there), vibraphone (dies away 11 dB in a second),
recorder and whistle (speak 20 dB late), voices (attack louder than the note).
"""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.styles.band import Band
from symbolic_music.theory.instruments import Instrument


@dataclass(frozen=True)
class Player:
    """One track's name, role, program, range and place in the mix."""

    name: str
    role: str
    program: int
    low: int
    high: int
    volume: int
    pan: int
    is_drum: bool = False


# genre: (lead program, low, high, volume); ranges as written in orchestration books, sounding; volumes
# so that the lead's level (RMS) in TimGM6mb is the band's loudest or close to it.
LEADS: dict[str, tuple[int, int, int, int]] = {
    "pop": (71, 50, 91, 114),  # clarinet
    "rock": (29, 40, 88, 124),  # overdriven guitar
    "folk": (73, 60, 96, 112),  # flute
    "country": (110, 55, 96, 112),  # fiddle
    "soul": (66, 44, 77, 124),  # tenor saxophone
    "jazz": (66, 44, 77, 122),  # tenor saxophone
    "blues": (22, 60, 84, 116),  # harmonica
    "electronic": (81, 36, 96, 96),  # sawtooth lead
    "waltz": (68, 58, 91, 112),  # oboe
    "lullaby": (73, 60, 96, 110),  # flute
}
LEAD_VOLUME, DOUBLING_VOLUME = 110, 64
MIDDLE = 64
# The role of those who play the tune along.
DOUBLING = "countermelody"


def lead_player(band: Band, genre: str) -> Player:
    """Who sings the tune: the band's lead, else the genre's or the next one whose sound nobody in the band has."""
    if band.lead is not None:
        own = band.lead
        volume = next((row[3] for row in LEADS.values() if row[0] == own.program), LEAD_VOLUME)
        return Player("Melody", "melody", own.program, own.low, own.high, volume, MIDDLE)
    taken = {instrument.program for instrument in band.style.instruments.values() if not instrument.is_drum}
    rows = [LEADS.get(genre, LEADS["pop"]), *LEADS.values()]
    program, low, high, volume = next((row for row in rows if row[0] not in taken), rows[0])
    return Player("Melody", "melody", program, low, high, volume, MIDDLE)


def doubling_player(instrument: Instrument, taken: set[str]) -> Player:
    """Who plays the tune along, under a name that no other track has."""
    title = instrument.name.title()
    name = title if title not in taken else f"{title} Double"
    return Player(name, DOUBLING, instrument.program, instrument.low, instrument.high, DOUBLING_VOLUME, 90)
