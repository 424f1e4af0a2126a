"""The chord players of a band, voiced together: each has its register, and no two play the same notes.

Parts are placed one after the other, those that keep the harmony first (``ORDER``). Each is put where its
player's hands reach it (``hands``), clear of the tune and above the bass (``registers``), in the octave where it
doubles the parts placed before it least. What still doubles them is left out where the strike has other
notes; what lies below the low interval limits goes up an octave or is left out. At last every
tone of the chord symbols is in somebody's hands: who holds a doubled note or has a finger free takes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from symbolic_music.arranging.hands import play_with_hands, playable_with, strikes_of
from symbolic_music.arranging.registers import (
    Around,
    Room,
    below_bass,
    doubled_rows,
    keep_clear,
    share_doubled,
    sits_on,
    struck_into,
    touches,
)
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.theory.intervals import OCTAVE, is_muddy
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
# Who is voiced first.
ORDER = ("guitar", "piano", "arpeggio", "pad", "countermelody")
# Who takes a tone of the chord that nobody has, the likeliest first.
COMPLETING = ("pad", "piano", "guitar", "arpeggio")
# Distortion makes mud of thirds: these guitars keep their fifths.
DISTORTED = (29, 30)
# A doubled note stays where so few notes would be left of its strike; of what is left of a pattern of single notes
# nobody could tell the chord.
FEWEST = 2
# Who holds notes into which others strike, and the share of all chord notes that may be so doubled.
MOST_DOUBLED = {"piano": 0.05, "arpeggio": 0.05, "pad": 0.07}
# Beyond this share chords are taken apart and notes sent to other octaves: the band would sound as one player.
MOST_AT_ALL = 0.12
# Above these pitches accompaniment is heard as a tune, or as a noise.
CEILINGS = {"guitar": 79, "piano": 81, "pad": 84, "arpeggio": 86, "countermelody": 84}
MOST_OF_A_RANGE = 16
# Who strikes chords; of two that do, and a bass, nobody needs more notes than these but for colour; a part that strikes
# more often than so a bar keeps fewer.
STRIKING, ENOUGH, OFTEN = ("guitar", "piano", "arpeggio"), 3, 4
# A stroke between beats that follows another of three strings or more this closely is an upstroke, of so many strings.
STRUMMED, STRUM_TICKS, UPSTROKE = 3, 9, 2


def voice_band(
    rows: Mapping[str, Sequence[Row]], rooms: Mapping[str, tuple[int, int, int]], around: Around, sheet: LeadSheet
) -> dict[str, list[Row]]:
    """Voice all parts but drums and bass.

    Parameters
    ----------
    rows : mapping of part to rows
        (onset, duration, pitch, velocity) in ticks, inside the instruments' ranges.
    rooms : mapping of part to (program, lowest pitch, highest pitch)
    around : Around
        The tune and the bass.
    sheet : LeadSheet
        Its chords are all to be heard.

    Returns
    -------
    dict
        Rows by part, in order of onset.
    """
    placed: dict[str, list[Row]] = {}
    rows = _lightened(rows, rooms, around)
    for part in sorted(rows, key=ORDER.index):
        program, low, high = rooms[part]
        room = room_of(part, program, low, high)
        beside = replace(around, others=sorted(row for own in placed.values() for row in own))
        clear = keep_clear(play_with_hands(rows[part], program, low, room.high), beside, room)
        own = _apart(clear, beside, room) if part != "countermelody" else clear
        if share_doubled(own, beside) > MOST_DOUBLED.get(part, 1.0):
            own = _apart(own, beside, room, Leaving(held=True))
        # A pianist keeps chords all the same, and so do held chords beside an ostinato, as in an orchestra.
        keeps = part == "piano" or (part == "pad" and "arpeggio" in placed)
        for leaving in (Leaving(held=True, alone=True), Leaving(held=True, alone=True, one=not keeps)):
            if part in MOST_DOUBLED and share_doubled(own, beside) > MOST_AT_ALL:
                own = _apart(own, beside, room, leaving)
        placed[part] = [row for strike in strikes_of(own) for row in _above_mud(strike, beside, room)]
    return _complete(placed, rooms, around, sheet)


def room_of(part: str, program: int, low: int, high: int) -> Room:
    """Where a part may go: its instrument's range up to its own ceiling, where the instrument goes so low."""
    top = min(high, max(CEILINGS.get(part, high), low + MOST_OF_A_RANGE))
    return Room(low, top, part == "countermelody", playable_with(program))


def _lightened(
    rows: Mapping[str, Sequence[Row]], rooms: Mapping[str, tuple[int, int, int]], around: Around
) -> dict[str, Sequence[Row]]:
    """Leave out of big chords what is heard already, in bars in which several players strike chords beside a bass.

    All keep three notes beside the bass; who strikes most often keeps two between the beats, where another has the
    rest.
    """
    struck = {part: _by_bar(rows.get(part, ()), around) for part in STRIKING}
    lighter: dict[str, Sequence[Row]] = dict(rows)
    for part in STRIKING:
        if part not in rows or rooms[part][0] in DISTORTED:
            continue
        own: list[Row] = []
        for bar, strikes in struck[part].items():
            others = [struck[other][bar] for other in STRIKING if other != part and _has_chords(struck[other].get(bar))]
            # Of two that strike equally often the pianist gives way.
            busiest = len(strikes) > OFTEN and len(strikes) + (part == "piano") > max(map(len, others), default=0)
            heard = {row[2] % OCTAVE for other in others for strike in other for row in strike}
            for strike in strikes:
                between = strike[0][0] % around.bar_ticks % TPQ != 0
                own += _light(strike, heard if busiest and between else set(), around) if others else strike
        lighter[part] = own
    if "guitar" in lighter and rooms["guitar"][0] not in DISTORTED:
        lighter["guitar"] = _strummed(lighter["guitar"], around)
    return lighter


def _by_bar(rows: Sequence[Row], around: Around) -> dict[int, list[list[Row]]]:
    """A part's strikes by bar."""
    bars: dict[int, list[list[Row]]] = {}
    for strike in strikes_of(rows):
        bars.setdefault(strike[0][0] // around.bar_ticks, []).append(strike)
    return bars


def _has_chords(strikes: Sequence[Sequence[Row]] | None) -> bool:
    """Whether somebody strikes more than single notes."""
    return any(len(strike) > 1 for strike in strikes or ())


def _light(strike: list[Row], heard: set[int], around: Around) -> list[Row]:
    """A chord without its octaves, the bass's note and what others have, from the lowest up, as long as it can be."""
    kept = sorted(strike, key=lambda row: row[2])
    low = around.bass_at(strike[0][0])
    for row in list(kept[:-1]):
        own = {other[2] % OCTAVE for other in kept if other != row}
        spare = low is not None and (row[2] % OCTAVE in own or row[2] % OCTAVE == low % OCTAVE)
        if (len(kept) > ENOUGH and spare) or (len(kept) > FEWEST and row[2] % OCTAVE in heard and low is not None):
            kept.remove(row)
    return kept


def _strummed(rows: Sequence[Row], around: Around) -> list[Row]:
    """A guitar whose upstrokes, between the beats, catch the highest strings."""
    strummed: list[Row] = []
    before: list[Row] = []
    for strike in strikes_of(rows):
        onset = strike[0][0]
        is_up = onset % around.bar_ticks % TPQ != 0 and len(before) >= STRUMMED
        caught = is_up and len(strike) >= STRUMMED and onset - before[0][0] <= STRUM_TICKS
        strummed += sorted(strike, key=lambda row: row[2])[-UPSTROKE:] if caught else strike
        before = strike
    return strummed


class Leaving(NamedTuple):
    """How far a part gives way to what others play.

    ``held``: also to what others strike again while it sounds; ``alone``: notes that are alone go up or down an
    octave; ``one``: one note of a chord is enough.
    """

    held: bool = False
    alone: bool = False
    one: bool = False


GENTLY = Leaving()


def _apart(rows: Sequence[Row], around: Around, room: Room, leaving: Leaving = GENTLY) -> list[Row]:
    """Leave out what doubles another part, as long as the strike keeps notes enough."""
    doubled = set(struck_into(rows, around) if leaving.held else doubled_rows(rows, around))
    kept: list[Row] = []
    for strike in strikes_of(rows):
        own = [row for row in strike if row not in doubled]
        missing = max(0, min(FEWEST, len(strike)) - len(own))
        for row in _nearest_first([row for row in strike if row in doubled], own)[:missing]:
            moved = _moved(row, own, around, room) if own or leaving.alone else row
            if moved != row or not leaving.one or not own:
                own.append(moved)
        kept += own
    return sorted(kept)


def _nearest_first(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """Notes in order of their distance from others; the highest first where there are none."""
    return sorted(rows, key=lambda row: (min((abs(row[2] - other[2]) for other in others), default=0), -row[2]))


def _moved(row: Row, strike: Sequence[Row], around: Around, room: Room) -> Row:
    """A doubled note an octave away, if there is room beside the others of its strike."""
    near = [step for step in (OCTAVE, -OCTAVE) if all(abs(row[2] + step - other[2]) <= OCTAVE for other in strike)]
    others = [(row[0], row[1], row[2] + step, row[3]) for step in near]
    return next((other for other in others if _is_free(other, strike, around, room)), row)


def _is_free(row: Row, strike: Sequence[Row], around: Around, room: Room) -> bool:
    """Whether a note may be played beside the others of its strike."""
    pitches = sorted({row[2], *(other[2] for other in strike)})
    if not room.low <= row[2] <= room.high or row[2] in {other[2] for other in strike}:
        return False
    if struck_into([row], around) or touches([row], around.tune) or below_bass([row], around.bass):
        return False
    if any(is_muddy(low, high) for low, high in pairwise(pitches)):
        return False
    return room.fits is None or room.fits(tuple(pitches))


def _above_mud(strike: list[Row], around: Around, room: Room) -> list[Row]:
    """Raise or leave out the lower note of what lies below the low interval limits."""
    kept = sorted(strike, key=lambda row: row[2])
    while any(is_muddy(low[2], high[2]) for low, high in pairwise(kept)):
        index = next(i for i, (low, high) in enumerate(pairwise(kept)) if is_muddy(low[2], high[2]))
        rest = [*kept[:index], *kept[index + 1 :]]
        low = kept[index]
        raised = (low[0], low[1], low[2] + OCTAVE, low[3])
        fits = _is_free(raised, rest, around, room)
        kept = sorted([*rest, raised] if fits else rest, key=lambda row: row[2])
    return kept


# Complete chords.


def _complete(
    placed: dict[str, list[Row]], rooms: Mapping[str, tuple[int, int, int]], around: Around, sheet: LeadSheet
) -> dict[str, list[Row]]:
    """Give every tone of every chord to somebody who strikes while it sounds."""
    done = {part: list(rows) for part, rows in placed.items()}
    ends = [*(event.onset_tick for event in sheet.chords[1:]), sheet.end_tick]
    for event, end in zip(sheet.chords, ends, strict=False):
        start = event.onset_tick
        heard = {
            row[2] % OCTAVE
            for rows in (*done.values(), around.bass)
            for row in rows
            if row[0] < end and row[0] + row[1] > start
        }
        for tone in sorted(event.chord.pitch_classes - heard):
            _take(tone, (start, end), done, rooms, around)
    return {part: sorted(rows) for part, rows in done.items()}


def _take(
    tone: int,
    span: tuple[int, int],
    done: dict[str, list[Row]],
    rooms: Mapping[str, tuple[int, int, int]],
    around: Around,
) -> None:
    """Add a missing tone to the first strike that has room for it: in ``done``."""
    for part in COMPLETING:
        strikes = strikes_of([row for row in done.get(part, ()) if span[0] <= row[0] < span[1]])
        program, low, high = rooms.get(part, (0, 0, 127))
        room = room_of(part, program, low, high)
        if program in DISTORTED:
            continue
        beside = replace(around, others=[row for other, rows in done.items() if other != part for row in rows])
        for strike in sorted(strikes, key=lambda own: -len(own)):
            new = _nearest(tone, strike, beside, room, span[1])
            if new is not None:
                done[part].append(new)
                return


def _nearest(tone: int, strike: Sequence[Row], around: Around, room: Room, until: int) -> Row | None:
    """A strike's additional note: the tone nearest to its middle that is free; it ends with its chord."""
    middle = sum(row[2] for row in strike) / len(strike)
    places = [pitch for pitch in range(room.low, room.high + 1) if pitch % OCTAVE == tone]
    if len(strike) == 1 and room.fits is None:
        return None
    onset, length, _, velocity = max(strike, key=lambda row: row[1])
    length = min(length, until - onset)
    rows = [(onset, length, pitch, velocity) for pitch in sorted(places, key=lambda pitch: abs(pitch - middle))[:2]]
    return next((row for row in rows if _is_free(row, strike, around, room)), None)


def is_free_of(rows: Sequence[Row], around: Around) -> bool:
    """Whether a part neither sits on the tune nor goes below the bass."""
    return not sits_on(rows, around.tune, around.beat_ticks) and not below_bass(rows, around.bass)
