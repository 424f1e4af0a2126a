"""Seats of a band: which part a named player takes, beside others or in a style's own band."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from symbolic_music.styles.style import ROLE_OF_PART
from symbolic_music.theory.instruments import Instrument, NamedPlayer

LEAD = "melody"
# Who sings the tune where nobody was named to, the likeliest first.
SINGERS = ("pad", "piano", "guitar", "arpeggio", "countermelody")
# Who is named without more to sing the tune, and nothing beside it, if nobody else was named to.
_VOICE = 53
_KEYS, _ORGANS, _GUITARS = range(0, 24), range(16, 21), range(24, 32)
_SINGING = (21, 22, 23, 29, 30)  # accordions, harmonica, overdriven and distorted guitar
_BROKEN_CHORDS = (*range(8, 16), 46, 104, 105, 106, 107, 108)  # mallets, harp, plucked strings of the world
_BASSES = (*range(32, 40), 43, 58, 87)
_LOW_VOICES = (42, 57, 67, 70)  # cello, trombone, baritone saxophone, bassoon
_PADS = (*range(44, 46), *range(48, 56), *range(88, 96))
# The seats that an instrument of a kind takes, the likeliest first; who finds none free doubles the tune.
_SEATS: tuple[tuple[Sequence[int], tuple[str, ...]], ...] = (
    (_BASSES, ("bass",)),
    (_PADS, ("pad", LEAD)),
    (_SINGING, (LEAD, "guitar", "piano")),
    (_BROKEN_CHORDS, ("arpeggio", "piano", LEAD)),
    (_ORGANS, ("piano", "pad", LEAD)),
    (_KEYS, ("piano", LEAD, "arpeggio", "pad")),
    (_GUITARS, ("guitar", LEAD, "arpeggio")),
    (_LOW_VOICES, (LEAD, "bass", "countermelody")),
    (range(128), (LEAD, "countermelody")),
)
# Parts of which a second player takes turns with the first.
SHARED = ("drums", "bass")
# Instruments that are one to people who name them: the same row of General MIDI, and basses, fiddles, choirs.
_LIKE = ((32, 33, 34, 35, 36, 37, 38, 39, 43), (40, 110), (52, 53, 54, 85, 91), (21, 23), (4, 5), (16, 17, 18, 19, 20))


@dataclass(frozen=True)
class Seated:
    """Players by part, those who double the tune or take turns, and the parts whose players were named."""

    seats: Mapping[str, Instrument]
    doubling: tuple[Instrument, ...]
    seconds: tuple[tuple[str, Instrument], ...]
    named: frozenset[str]


def seat(players: Iterable[NamedPlayer]) -> Seated:
    """Give every player a seat, or let it double the tune or take turns."""
    return _seat_beside({}, players)


def add_players(own: Mapping[str, Instrument], players: Iterable[NamedPlayer]) -> Seated:
    """Seat players in a band that has others: in the place of their like, in a free seat, else in another's place."""
    return _seat_beside(own, players)


def take_away(own: Mapping[str, Instrument], refused: Sequence[Instrument]) -> dict[str, Instrument]:
    """Leave out the parts of those who are not to play."""
    gone = {part for part, instrument in own.items() for other in refused if _is_meant(part, instrument, other)}
    return {part: instrument for part, instrument in own.items() if part not in gone}


def _is_meant(part: str, instrument: Instrument, refused: Instrument) -> bool:
    """Whether a part's player is one whom a name refuses: "no bass" means any bass, "no drums" any kit."""
    seats = seats_of(NamedPlayer(refused))
    return part == seats[0] if seats[0] in SHARED else are_alike(instrument, refused)


def are_alike(one: Instrument, other: Instrument) -> bool:
    """Whether two instruments are of one kind to people who name them."""
    if one.is_drum or other.is_drum:
        return one.is_drum and other.is_drum
    together = next((group for group in _LIKE if one.program in group), None)
    if together is not None:
        return other.program in together
    keys = range(0, 4), range(24, 32), range(44, 52)
    row = next((group for group in keys if one.program in group), (one.program,))
    return other.program in row


def seats_of(player: NamedPlayer) -> tuple[str, ...]:
    """The seats that a player takes, the likeliest first."""
    if player.instrument.is_drum:
        return ("drums",)
    usual = next(seats for programs, seats in _SEATS if player.instrument.program in programs)
    if player.role is None:
        return usual
    if player.role == "chords":
        return next(((seat,) for seat in usual if ROLE_OF_PART.get(seat) == "chords"), ("piano",))
    return (player.role,)


def _seat_beside(own: Mapping[str, Instrument], players: Iterable[NamedPlayer]) -> Seated:
    """Seat players, those with a role first; others of a style's own band make room."""
    seats, named = dict(own), dict[str, Instrument]()
    waiting: list[NamedPlayer] = []
    doubling: list[Instrument] = []
    seconds: list[tuple[str, Instrument]] = []

    def take(part: str, player: NamedPlayer) -> None:
        if part == LEAD:
            _make_room(seats, named, player.instrument)
        seats[part] = named[part] = player.instrument

    for player in sorted(_singing(list(players)), key=lambda player: player.role is None):
        wanted = seats_of(player)
        like = _seat_of_like(seats, named, player, wanted)
        if like is not None:
            take(like, player)
        elif wanted[0] not in named and (not own or player.role is not None or wanted[0] not in seats):
            take(wanted[0], player)
        elif player.role == LEAD:
            doubling.append(player.instrument)
        else:
            waiting.append(player)
    for player in waiting:
        wanted = seats_of(NamedPlayer(player.instrument))
        free = next((part for part in wanted if part not in seats), None)
        free = free or next((part for part in wanted if part not in named), None)
        if free is not None:
            take(free, player)
        elif wanted[0] in SHARED:
            seconds.append((wanted[0], player.instrument))
        else:
            doubling.append(player.instrument)
    return Seated(seats, tuple(doubling), tuple(seconds), frozenset(named))


def _singing(players: list[NamedPlayer]) -> list[NamedPlayer]:
    """Let the first voice have the tune, where no other player was named to have it."""
    voice = next((player for player in players if player.instrument.program == _VOICE and player.role is None), None)
    if voice is None or voice.instrument.is_drum or any(player.role == LEAD for player in players):
        return players
    return [NamedPlayer(voice.instrument, LEAD) if player is voice else player for player in players]


def _seat_of_like(
    seats: Mapping[str, Instrument], named: Mapping[str, Instrument], player: NamedPlayer, wanted: Sequence[str]
) -> str | None:
    """The seat of one of the style's own whom a player stands for: the same kind of instrument, in such a seat."""
    if player.role is not None:
        return None
    for part, instrument in seats.items():
        if part not in named and are_alike(instrument, player.instrument) and (part in wanted or part != LEAD):
            return part
    return None


def _make_room(seats: dict[str, Instrument], named: Mapping[str, Instrument], lead: Instrument) -> None:
    """Let nobody of the style's own play the instrument that now sings, if somebody else plays chords."""
    for part, instrument in list(seats.items()):
        others = [other for other in seats if other not in (part, LEAD, *SHARED)]
        if part not in named and part != LEAD and instrument.program == lead.program and not lead.is_drum and others:
            del seats[part]
