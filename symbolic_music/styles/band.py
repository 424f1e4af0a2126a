"""Who plays: a style's usual band, or the players that a plan names, seated in the style's parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from symbolic_music.errors import InputError
from symbolic_music.styles.style import PARTS, ROLE_OF_PART, Level, Part, Style, all_styles, load_style
from symbolic_music.theory.instruments import Instrument, NamedPlayer, find_instrument, parse_player

LEAD = "melody"
_KEYS, _GUITARS = range(0, 24), range(24, 32)
_SINGING = (21, 22, 23, 29, 30)  # accordions, harmonica, overdriven and distorted guitar
_BROKEN_CHORDS = (*range(8, 16), 46, 104, 105, 106, 107, 108)  # mallets, harp, plucked strings of the world
_BASSES = (*range(32, 40), 43, 58, 87)
_LOW_VOICES = (42, 57, 67, 70)  # cello, trombone, baritone saxophone, bassoon
_PADS = (*range(44, 46), *range(48, 56), *range(88, 96))
# From which of the four levels a part plays that the style itself does not have.
_ENTERS = {"drums": 1, "bass": 0, "piano": 0, "guitar": 0, "pad": 2, "arpeggio": 1, "countermelody": 2}
# The seats that an instrument of a kind takes, the likeliest first; who finds none free doubles the tune.
_SEATS: tuple[tuple[Sequence[int], tuple[str, ...]], ...] = (
    (_BASSES, ("bass",)),
    (_PADS, ("pad", LEAD)),
    (_SINGING, (LEAD, "guitar", "piano")),
    (_BROKEN_CHORDS, ("arpeggio", "piano", LEAD)),
    (_KEYS, ("piano", LEAD, "arpeggio", "pad")),
    (_GUITARS, ("guitar", LEAD, "arpeggio")),
    (_LOW_VOICES, (LEAD, "bass", "countermelody")),
    (range(128), (LEAD, "countermelody")),
)


@dataclass(frozen=True)
class Band:
    """The players of a song.

    ``style`` has the parts that play with their instruments and levels; ``lead`` sings the tune
    (``None``: the genre's); ``doubling`` play it along where the song is at its fullest.
    """

    style: Style
    lead: Instrument | None = None
    doubling: tuple[Instrument, ...] = field(default=())


def choose_band(style: Style, named: tuple[str, ...] | None = None) -> Band:
    """Seat the players that are named, or take the style's own.

    Every named player plays and nobody else does: an entry with a role word
    (``"trumpet lead"``) is seated first, then each in the seat likeliest for it, then
    who is left where a seat is free. Who finds none doubles the tune; a second bass or
    kit has nothing to play. Without a singer among them the chords' or pad's player sings.

    Raises
    ------
    InputError
        If a name is no instrument's, or the list is empty.
    """
    if named is None:
        return Band(style, None if style.lead is None else find_instrument(style.lead))
    if not named:
        raise InputError("band: name at least one instrument, e.g. piano")
    seats, doubling = _seat([parse_player(text) for text in named])
    lead = seats.pop(LEAD, None) or next(
        (seats[part] for part in ("pad", "piano", "guitar", "arpeggio") if part in seats), None
    )
    return Band(_with_players(style, seats), lead, tuple(doubling))


def heard_as(style: Style, part: str, meter: str) -> str:
    """The style in which the phrase model is to write a part: a related one, where this one has no such part."""
    own = load_style(style.name)
    if part in own.band:
        return own.heard_as
    having = [other for other in all_styles() if part in other.band and meter in other.meters]
    return nearest_style(own, having).heard_as if having else own.heard_as


def figure_style(style: Style, part: str, meter: str) -> Style | None:
    """The style whose figures a part plays: its own, else those of a related one; ``None`` if no style has any."""
    if style.figure_for(part, 0, None, meter) is not None:
        return style
    having = [other for other in all_styles() if other.figure_for(part, 0, None, meter) is not None]
    return nearest_style(style, having) if having else None


def nearest_style(style: Style, others: Sequence[Style]) -> Style:
    """The style nearest to another: of its family, then of its genre, then of its tempo."""
    middle = math.sqrt(math.prod(style.tempo_qpm))

    def distance(other: Style) -> tuple[bool, bool, float]:
        away = abs(math.log(math.sqrt(math.prod(other.tempo_qpm)) / middle))
        return other.family != style.family, other.genre != style.genre, away

    return min(others, key=distance)


def _seat(players: list[NamedPlayer]) -> tuple[dict[str, Instrument], list[Instrument]]:
    """Give every player a seat, or let it double the tune."""
    seats: dict[str, Instrument] = {}
    waiting: list[Instrument] = []
    doubling: list[Instrument] = []
    for player in sorted(players, key=lambda player: player.role is None):
        wanted = _seats_of(player)
        if wanted[0] not in seats:
            seats[wanted[0]] = player.instrument
        elif player.role == LEAD:
            doubling.append(player.instrument)
        else:
            waiting.append(player.instrument)
    for instrument in waiting:
        wanted = _seats_of(NamedPlayer(instrument))
        free = next((seat for seat in wanted if seat not in seats), None)
        if free is not None:
            seats[free] = instrument
        elif wanted[0] not in ("drums", "bass"):
            doubling.append(instrument)
    return seats, doubling


def _seats_of(player: NamedPlayer) -> tuple[str, ...]:
    """The seats that a player takes, the likeliest first."""
    if player.instrument.is_drum:
        return ("drums",)
    usual = next(seats for programs, seats in _SEATS if player.instrument.program in programs)
    if player.role is None:
        return usual
    if player.role == "chords":
        return next(((seat,) for seat in usual if ROLE_OF_PART.get(seat) == "chords"), ("piano",))
    return (player.role,)


def _with_players(style: Style, seats: dict[str, Instrument]) -> Style:
    """The style played by these and nobody else; parts it does not have come in with others of their role."""
    band: dict[Part, str] = {part: seats[part].name for part in PARTS if part in seats}  # type: ignore[misc]
    levels = tuple(
        level.model_copy(update={"parts": tuple(part for part in band if _plays(style, part, number))})
        for number, level in enumerate(style.levels)
    )
    return style.model_copy(update={"band": band, "levels": _never_empty(levels, tuple(band))})


def _plays(style: Style, part: str, number: int) -> bool:
    """Whether a part plays at a level: as the style has it, else as the style has others of its role."""
    if number == len(style.levels) - 1:
        return True
    if part in style.band:
        return part in style.levels[number].parts
    if any(ROLE_OF_PART[other] == ROLE_OF_PART[part] for other in style.band):
        return any(ROLE_OF_PART[other] == ROLE_OF_PART[part] for other in style.levels[number].parts)
    return number >= _ENTERS[part]


def _never_empty(levels: tuple[Level, ...], parts: tuple[Part, ...]) -> tuple[Level, ...]:
    """Let somebody who plays chords, else anybody, play where a level would be silent."""
    chordal: tuple[Part, ...] = ("piano", "guitar", "arpeggio", "pad")
    first = next((part for part in (*chordal, *parts) if part in parts), None)
    filled = []
    for level in levels:
        filled.append(level if level.parts or first is None else level.model_copy(update={"parts": (first,)}))
    return tuple(filled)
