"""Who plays: the default instruments of each genre, and the band a plan names.

The lead instruments were chosen to *sing* in a small General MIDI soundfont, by
measuring every pitch of the candidates in TimGM6mb (level at 0.1 and 1.2 s, evenness
over the range). The clarinet speaks at once, holds its level (57 dB throughout, spread
1.1 dB) and covers the vocal range, so a pop tune needs no transposition. Left out:
alto saxophone (its E4 is silent there), vibraphone (dies away 11 dB in a second),
recorder and whistle (speak 20 dB late), voices (attack louder than the note).
"""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.errors import InputError
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.instruments import Instrument, parse_player


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
# role: (track name, program, low, high, volume, pan)
ROLE_DEFAULTS: dict[str, tuple[str, int, int, int, int, int]] = {
    "melody": ("Melody", 71, 48, 91, 108, 64),
    "chords": ("Piano", 0, 21, 108, 92, 52),
    "bass": ("Bass", 33, 28, 55, 86, 64),
    "drums": ("Drums", 0, 0, 127, 92, 64),
    "pad": ("Strings", 48, 36, 96, 60, 78),
}
# A further instrument of a named band doubles the tune in the intense sections.
COUNTERMELODY = "countermelody"
# Other programs for a role by genre: acoustic bass, nylon or steel guitar, organ, synth pad.
GENRE_PROGRAMS: dict[tuple[str, str], tuple[str, int]] = {
    ("jazz", "bass"): ("Bass", 32), ("blues", "bass"): ("Bass", 33), ("folk", "bass"): ("Bass", 32),
    ("waltz", "bass"): ("Bass", 32), ("lullaby", "bass"): ("Bass", 32), ("country", "bass"): ("Bass", 32),
    ("electronic", "bass"): ("Bass", 38), ("electronic", "pad"): ("Pad", 89), ("rock", "pad"): ("Organ", 16),
    ("soul", "pad"): ("Organ", 16),
}  # fmt: skip
KEYS_AND_GUITARS = range(0, 32)
BASSES = (*range(32, 40), 43, 58, 87)
PADS = (*range(44, 56), *range(88, 96))
SINGING_GUITARS = (22, 29, 30)
# Role words of a band list, as roles of this band; broken chords are the chord player's business.
_SAID_ROLES = {"melody": "melody", "chords": "chords", "arpeggio": "chords", "pad": "pad"}


def choose_players(plan: SongPlan) -> list[Player]:
    """List a song's players in track order: the plan's band, or the genre's default one.

    Raises
    ------
    InputError
        If the plan's band names an unknown instrument.
    """
    if plan.band is None:
        return [_default_player(plan.genre, role) for role in ROLE_DEFAULTS]
    return _band_players(plan)


def _default_player(genre: str, role: str) -> Player:
    """The genre's player of a role."""
    name, program, low, high, volume, pan = ROLE_DEFAULTS[role]
    if role == "melody" and genre in LEADS:
        program, low, high, volume = LEADS[genre]
    name, program = GENRE_PROGRAMS.get((genre, role), (name, program))
    return Player(name, role, program, low, high, volume, pan, role == "drums")


def _band_players(plan: SongPlan) -> list[Player]:
    """Give each named instrument a role: those said first, then everyone's likeliest, then what is left or doubling."""
    taken: dict[str, Player] = {}
    waiting: list[Instrument] = []
    doubling: list[Player] = []
    # An entry with a role word chooses before the others.
    for named in sorted((parse_player(text) for text in plan.band or ()), key=lambda named: named.role is None):
        instrument = named.instrument
        role = _SAID_ROLES.get(named.role or "") or _suited_roles(instrument.program, instrument.is_drum)[0]
        role = "drums" if instrument.is_drum else role
        if role not in taken:
            taken[role] = _player(instrument, role)
        elif named.role == "melody":
            doubling.append(_player(instrument, COUNTERMELODY))
        else:
            waiting.append(instrument)
    for instrument in waiting:
        roles = _suited_roles(instrument.program, instrument.is_drum)
        free = next((role for role in roles if role not in taken), None)
        if free is not None:
            taken[free] = _player(instrument, free)
        elif not instrument.is_drum and roles[0] != "bass":
            doubling.append(_player(instrument, COUNTERMELODY))
    if not taken:
        raise InputError(f"band {plan.band!r}: name at least one instrument, e.g. piano")
    if "melody" not in taken:
        taken["melody"] = _lead_from(taken, plan.genre)
    return [*(taken[role] for role in ROLE_DEFAULTS if role in taken), *doubling]


def _player(instrument: Instrument, role: str) -> Player:
    """An instrument in a role; tracks of fixed roles keep their usual names."""
    _, _, _, _, volume, pan = ROLE_DEFAULTS.get(role, ROLE_DEFAULTS["pad"])
    name = {"melody": "Melody", "drums": "Drums", "bass": "Bass"}.get(role, instrument.name.title())
    return Player(name, role, instrument.program, instrument.low, instrument.high, volume, pan, instrument.is_drum)


def _suited_roles(program: int, is_drum: bool) -> tuple[str, ...]:
    """The roles that an instrument can take, the likeliest first."""
    if is_drum:
        return ("drums",)
    if program in BASSES:
        return ("bass",)
    if program in PADS:
        return ("pad", "chords", "melody")
    if program in KEYS_AND_GUITARS and program not in SINGING_GUITARS:
        return ("chords", "melody", "pad")
    return ("melody", "pad", "chords")


def _lead_from(taken: dict[str, Player], genre: str) -> Player:
    """Without a lead in the band, its pad or chord instrument sings; failing these, the genre's lead does."""
    player = taken.get("pad") or taken.get("chords")
    default = _default_player(genre, "melody")
    if player is None:
        return default
    return Player("Melody", "melody", player.program, player.low, player.high, default.volume, default.pan)
