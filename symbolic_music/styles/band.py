"""Who plays: a style's usual band, or the players that a plan names, seated in the style's parts.

A list of players is the whole band, unless one of its entries is ``band``: then they join the style's own,
or take the place of the one whose seat they need. An entry ``no drums`` (or any player, ``without`` as
well) takes players away; a list of such entries alone is the style's band without these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from symbolic_music.errors import InputError
from symbolic_music.styles.seats import LEAD, SINGERS, add_players, seat, seats_of, take_away
from symbolic_music.styles.style import N_LEVELS, PARTS, ROLE_OF_PART, Level, Part, Style, all_styles, load_style
from symbolic_music.theory.instruments import Instrument, NamedPlayer, find_instrument, parse_player

# Entries of a list of players that mean the style's own.
OWN_BAND = ("band", "the band", "own band", "usual band", "style")
REFUSALS = ("no ", "without ", "minus ")
# What the tune is called where a list refuses it.
TUNE_NAMES = ("melody", "tune", "lead", "lead melody")
# Pianos, and where a piano that is alone with the tune plays freely whatever the style's own figures are.
FREE_PART, FREE_PROGRAMS, FREE_METERS = "piano", range(0, 6), ("4/4", "3/4")
FREE_FAMILIES = ("pop", "rock", "folk", "country", "soul", "cinematic")
# From which of the four levels a part plays that the style itself does not have.
_ENTERS = {"drums": 1, "bass": 0, "piano": 0, "guitar": 0, "pad": 2, "arpeggio": 1, "countermelody": 2}


@dataclass(frozen=True)
class Band:
    """The players of a song.

    ``style`` has the parts that play with their instruments and levels; ``lead`` sings the tune
    (``None``: the genre's); ``doubling`` play it along where the song is at its fullest; ``seconds`` are
    parts and players who take turns with the first of their part. ``refused`` are not to play, nor lead.
    """

    style: Style
    lead: Instrument | None = None
    doubling: tuple[Instrument, ...] = field(default=())
    seconds: tuple[tuple[str, Instrument], ...] = field(default=())
    refused: tuple[Instrument, ...] = field(default=())


@dataclass(frozen=True)
class Wanted:
    """A list of players as read: who is named, who is not to play, and whether the style's own play with them.

    ``has_tune`` is false where the tune is refused, or nobody is there who could play one: drums, or drums and a bass.
    """

    players: tuple[NamedPlayer, ...]
    refused: tuple[Instrument, ...]
    with_own: bool
    has_tune: bool = True


def read_band(named: Sequence[str]) -> Wanted:
    """Read a list of players.

    Raises
    ------
    InputError
        If an entry is no instrument, or nobody is named.

    Examples
    --------
    >>> wanted = read_band(["band", "trumpet lead", "no drums"])
    >>> wanted.with_own, [player.instrument.name for player in wanted.players], wanted.refused[0].name
    (True, ['trumpet'], 'drums')
    """
    if not named:
        raise InputError("band: name at least one instrument, e.g. piano")
    players, refused, own, has_tune = [], [], False, True
    for text in named:
        entry = " ".join(text.lower().split())
        without = next((word for word in REFUSALS if entry.startswith(word)), None)
        if entry in OWN_BAND:
            own = True
        elif without is not None and entry.removeprefix(without) in TUNE_NAMES:
            has_tune = False
        elif without is not None:
            refused.append(find_instrument(entry.removeprefix(without)))
        else:
            players.append(parse_player(text))
    with_own = own or not players
    return Wanted(tuple(players), tuple(refused), with_own, has_tune and (with_own or _has_singer(players)))


def _has_singer(players: Sequence[NamedPlayer]) -> bool:
    """Whether anybody of these can play a tune: drums cannot, and a bass beside them has its own to do."""
    drums = any(player.instrument.is_drum for player in players)
    below = ("drums", "bass") if drums else ("drums",)
    return any(seats_of(player)[0] not in below for player in players)


def choose_band(style: Style, named: tuple[str, ...] | None = None, peak: float = 1.0) -> Band:
    """Seat the players that are named, or take the style's own.

    Every named player plays and, unless ``band`` is among the names, nobody else does: an entry with a role word
    (``"trumpet lead"``) is seated first, then each in the seat likeliest for it, then
    who is left where a seat is free. Who finds none doubles the tune; a second bass or kit takes turns with the
    first. Without a singer among them the chords' or pad's player sings.

    Parameters
    ----------
    named : tuple of str, optional
        As in a plan's ``band``.
    peak : float
        The song's highest intensity: there everybody who is named plays.

    Raises
    ------
    InputError
        If a name is no instrument's, or the list is empty.
    """
    usual = None if style.lead is None else find_instrument(style.lead)
    if named is None:
        return Band(style, usual)
    wanted = read_band(named)
    if wanted.with_own:
        own = dict(style.instruments) | ({} if usual is None else {LEAD: usual})
        seated = add_players(take_away(own, wanted.refused), wanted.players)
    else:
        seated = seat(wanted.players)
    seats = dict(seated.seats)
    lead = seats.pop(LEAD, None)
    if lead is None and not wanted.with_own:
        lead = next((seats[part] for part in SINGERS if part in seats), None)
    if lead is None and set(seats) == {"bass"}:
        lead = seats.pop("bass")
    always = tuple(part for part in seats if part in seated.named)
    return Band(_with_players(style, seats, always, peak), lead, seated.doubling, seated.seconds, wanted.refused)


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
    # Who has no part in a style cannot rest as the style's own player does, who answers others.
    busy = [other for other in having if _always_plays(other.name, part, meter)]
    return nearest_style(style, busy or having) if having else None


@cache
def _always_plays(style: str, part: str, meter: str) -> bool:
    """Whether none of a part's figures has an empty bar."""
    own = load_style(style)
    levels = [own.figure_for(part, level, None, meter) for level in range(N_LEVELS)]
    return all(all(bar for bar in music.bars) for music in levels if music is not None)


def plays_freely(style: Style, part: str, meter: str) -> bool:
    """Whether a part is a pianist who plays freely: where the style has one, or a piano accompanies the tune alone.

    Parameters
    ----------
    style : Style
        With the players seated.
    part : str
        One of ``PARTS``.
    meter : str
        Free pianists were heard in quarters only.
    """
    instrument = style.instruments.get(part)
    if part != FREE_PART or instrument is None or instrument.program not in FREE_PROGRAMS or meter not in FREE_METERS:
        return False
    is_alone = not set(style.band) - {part, "countermelody"} and style.family in FREE_FAMILIES
    return part in style.free or is_alone


def nearest_style(style: Style, others: Sequence[Style]) -> Style:
    """The style nearest to another: of its family, then of its genre, then of its tempo."""
    middle = math.sqrt(math.prod(style.tempo_qpm))

    def distance(other: Style) -> tuple[bool, bool, float]:
        away = abs(math.log(math.sqrt(math.prod(other.tempo_qpm)) / middle))
        return other.family != style.family, other.genre != style.genre, away

    return min(others, key=distance)


def _with_players(style: Style, seats: dict[str, Instrument], named: Sequence[str], peak: float) -> Style:
    """The style played by these and nobody else; parts it does not have come in with others of their role."""
    band: dict[Part, str] = {part: seats[part].name for part in PARTS if part in seats}  # type: ignore[misc]
    heard_from = style.levels.index(style.level_at(peak))

    def plays(part: str, number: int) -> bool:
        return _plays(style, part, number) or (part in named and number >= heard_from)

    playing = [tuple(part for part in band if plays(part, number)) for number in range(len(style.levels))]
    levels = tuple(
        Level.model_construct(parts=parts, density=level.density)
        for level, parts in zip(style.levels, _never_empty(playing, tuple(band)), strict=True)
    )
    # Constructed unchecked: beside a singer alone nobody plays.
    return Style.model_construct(**{**dict(style), "band": band, "levels": levels})


def _plays(style: Style, part: str, number: int) -> bool:
    """Whether a part plays at a level: as the style has it, else as the style has others of its role."""
    if number == len(style.levels) - 1:
        return True
    if part in style.band:
        return part in style.levels[number].parts
    if any(ROLE_OF_PART[other] == ROLE_OF_PART[part] for other in style.band):
        return any(ROLE_OF_PART[other] == ROLE_OF_PART[part] for other in style.levels[number].parts)
    return number >= _ENTERS[part]


def _never_empty(levels: Sequence[tuple[Part, ...]], parts: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """Let somebody who plays chords, else anybody, play where a level would be silent."""
    chordal: tuple[Part, ...] = ("piano", "guitar", "arpeggio", "pad")
    first = next((part for part in (*chordal, *parts) if part in parts), None)
    return [playing if playing or first is None else (first,) for playing in levels]
