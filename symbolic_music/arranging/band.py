"""The players of a score: who sings the tune, and what each track is called.

A style names its own lead, and a mood may ask for another voice of its family: a tender folk song is sung by
a flute, a fierce one by a fiddle. Nobody of the band has the lead's sound. What a small soundfont does well
(levels of every pitch of the candidates in TimGM6mb) only decides the volumes.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.styles.band import Band
from symbolic_music.styles.seats import are_alike
from symbolic_music.styles.traits import find_mood
from symbolic_music.theory.instruments import Instrument, find_instrument, instrument_of_program


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
    "pop": (53, 48, 79, 118),  # voice
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
# By family: the leads that may make room, who sings in soft moods, who in driving ones. A style with another lead, and
# families that are not here, keep it: there the lead is the style (musette's accordion, a punk song's guitar).
LEADS_OF_MOOD: dict[str, tuple[tuple[str, ...], str | None, str | None]] = {
    "folk": (("flute", "fiddle"), "flute", "fiddle"),
    "country": (("fiddle",), "harmonica", "fiddle"),
    "cinematic": (("violin",), "oboe", "trumpet"),
    "jazz": (("tenor saxophone", "alto saxophone"), "flute", "trumpet"),
    "soul": (("tenor saxophone", "alto saxophone"), "alto saxophone", "tenor saxophone"),
    "latin": (("trumpet", "flute"), "flute", "trumpet"),
    "waltz": (("violin",), "oboe", None),
}
# Arousal of a mood (-1 still to 1 excited) up to which it is soft, and from which it drives.
SOFT_UP_TO, DRIVING_FROM = -0.4, 0.55
LEAD_VOLUME, DOUBLING_VOLUME = 110, 64
MIDDLE = 64
# The role of those who play the tune along.
DOUBLING = "countermelody"


def lead_player(band: Band, genre: str, mood: str = "neutral", named: bool = False) -> Player:
    """Who sings the tune: the band's lead or its mood's, else the genre's or the next whose sound nobody else has.

    Parameters
    ----------
    band : Band
    genre : str
        Decides where the band has no lead.
    mood : str
        May put another voice in the place of a style's own.
    named : bool
        Whether the plan names its players: their lead stays.
    """
    taken = {instrument.program for instrument in band.style.instruments.values() if not instrument.is_drum}
    own = band.lead if named else _of_mood(band, mood, taken)
    if own is not None:
        volume = next((row[3] for row in LEADS.values() if row[0] == own.program), LEAD_VOLUME)
        return Player("Melody", "melody", own.program, own.low, own.high, volume, MIDDLE)
    usual = LEADS.get(genre, LEADS["pop"])
    # Where the usual voice is not to sing, a flute or a saxophone does.
    rows = (
        [usual, *LEADS.values()] if not _is_refused(band, usual[0]) else [LEADS["folk"], LEADS["jazz"], *LEADS.values()]
    )
    rows = [row for row in rows if not _is_refused(band, row[0])] or rows
    program, low, high, volume = next((row for row in rows if row[0] not in taken), rows[0])
    return Player("Melody", "melody", program, low, high, volume, MIDDLE)


def _is_refused(band: Band, program: int) -> bool:
    """Whether the band's list refuses an instrument of this kind."""
    return any(are_alike(instrument_of_program(program), refused) for refused in band.refused)


def _of_mood(band: Band, mood: str, taken: set[int]) -> Instrument | None:
    """The lead that a mood wants of a style's family, if nobody in the band has its sound; else the style's own."""
    arousal = find_mood(mood).arousal
    replaced, soft, driving = LEADS_OF_MOOD.get(band.style.family, ((), None, None))
    name = soft if arousal <= SOFT_UP_TO else driving if arousal >= DRIVING_FROM else None
    if band.lead is None or band.lead.name not in replaced:
        return band.lead
    wanted = None if name is None else find_instrument(name)
    is_free = wanted is not None and wanted.program not in taken and not _is_refused(band, wanted.program)
    return wanted if is_free else band.lead


def doubling_player(instrument: Instrument, taken: set[str]) -> Player:
    """Who plays the tune along, under a name that no other track has."""
    title = instrument.name.title()
    name = title if title not in taken else f"{title} Double"
    return Player(name, DOUBLING, instrument.program, instrument.low, instrument.high, DOUBLING_VOLUME, 90)
