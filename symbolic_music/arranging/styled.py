"""A style's band as tracks: the parts, finished together.

Here it is made sure of what listeners wait for: returns that vary a little (``returns``), sections that
begin together (``seams``), an ending that ends (``endings``), rests where no chord is, drums that can be played, and
chord players who leave room for the tune and for each other (``voicing``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.arranging.band import Player
from symbolic_music.arranging.endings import end_part
from symbolic_music.arranging.registers import Around, Room
from symbolic_music.arranging.returns import vary_returns
from symbolic_music.arranging.seams import drop_out, join_bass, join_drums, rest_in, seams_of
from symbolic_music.arranging.story import tell_story
from symbolic_music.arranging.voicing import is_free_of, room_of, voice_band
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.band import Band
from symbolic_music.styles.figure_checks import ELECTRONIC_KITS
from symbolic_music.styles.style import Style
from symbolic_music.theory.drumming import playable_drums

Row = tuple[int, int, int, int]
# part: (track name, role, volume, pan); chord players left and right of the middle, pads wide.
PLACES: dict[str, tuple[str, str, int, int]] = {
    "drums": ("Drums", "drums", 96, 64),
    "bass": ("Bass", "bass", 92, 64),
    "piano": ("Keys", "chords", 78, 48),
    "guitar": ("Guitar", "chords", 76, 82),
    "pad": ("Pad", "pad", 62, 74),
    "arpeggio": ("Arpeggio", "chords", 66, 36),
    "countermelody": ("Countermelody", "countermelody", 74, 90),
}


def style_players(style: Style) -> dict[str, Player]:
    """A style's players by part; tracks are named after the instrument, drums and bass by their part."""
    players: dict[str, Player] = {}
    names: set[str] = {"Melody"}
    for part, instrument in style.instruments.items():
        name, role, volume, pan = PLACES[part]
        title = name if part in ("drums", "bass") else instrument.name.title()
        title = title if title not in names else f"{title} {name}"
        names.add(title)
        players[part] = Player(
            title, role, instrument.program, instrument.low, instrument.high, volume, pan, instrument.is_drum
        )
    return players


def finish_band(
    rows: Mapping[str, list[Row]],
    style: Style,
    plan: SongPlan,
    sheet: LeadSheet,
    players: Mapping[str, Player],
    tune: Sequence[Row] = (),
) -> dict[str, list[Row]]:
    """Finish the parts of a band.

    Parameters
    ----------
    rows : mapping of part to rows
        (onset, duration, pitch, velocity) in ticks.
    tune : rows
        The melody as its player sounds, which the other parts leave room for.

    Returns
    -------
    dict
        Rows by part, for the parts that have a player and notes.
    """
    shaped = {
        part: _shaped(rows[part], part, style, plan, sheet, player)
        for part, player in players.items()
        if rows.get(part)
    }
    sections = [(tick, section.kind) for tick, section in zip(plan.section_ticks, plan.sections, strict=True)]
    around = Around(tune, shaped.get("bass", []), sheet.meter.bar_ticks, sheet.meter.beat_ticks, sections)
    rooms = {part: (player.program, player.low, player.high) for part, player in players.items()}
    own = {part: rows for part, rows in shaped.items() if part not in ("drums", "bass")}
    voiced = voice_band(own, rooms, around, sheet)
    varied = {
        part: vary_returns(rows, part, plan, style, lambda other: is_free_of(other, around))
        for part, rows in voiced.items()
    }
    done = {**shaped, **varied}
    ranges = {part: (room.low, room.high) for part, room in _rooms(players).items()}
    done = tell_story(done, plan, sheet, ranges, lambda own: is_free_of(own, around))
    done = {part: rows if part == "drums" else rest_in(rows, sheet.silences) for part, rows in done.items()}
    return {part: done[part] for part in shaped if done[part]}


def _rooms(players: Mapping[str, Player]) -> dict[str, Room]:
    """Where each part may go."""
    return {part: room_of(part, player.program, player.low, player.high) for part, player in players.items()}


def _shaped(
    rows: Sequence[Row], part: str, style: Style, plan: SongPlan, sheet: LeadSheet, player: Player
) -> list[Row]:
    """A part in its instrument's range with its seams and its ending; drums and bass vary their returns first."""
    seams = seams_of(plan)
    room = room_of(part, player.program, player.low, player.high)
    low, high = room.low, room.high
    if part == "drums":
        joined = join_drums(vary_returns(rows, part, plan, style), seams, style, sheet.meter)
        is_machine = style.band.get("drums") in ELECTRONIC_KITS
        ended = end_part(drop_out(joined, part, seams, style, sheet.meter), part, style, sheet, low, high)
        return playable_drums(ended, is_machine=is_machine)
    else:
        joined = [(on, length, fold(pitch, low, high), v) for on, length, pitch, v in rows]
    if part == "bass":
        joined = join_bass(vary_returns(joined, part, plan, style), seams, sheet, low, high)
    return end_part(drop_out(joined, part, seams, style, sheet.meter), part, style, sheet, low, high)


def best_shift(pitches: np.ndarray, low: int, high: int) -> int:
    """Find the whole octaves, two at most, by which most pitches come into a range; the smallest that does."""

    def outside(shift: int) -> tuple[int, int]:
        return int(((pitches + shift < low) | (pitches + shift > high)).sum()), abs(shift)

    return min((-24, -12, 0, 12, 24), key=outside)


def fold(pitch: int, low: int, high: int) -> int:
    """Move a pitch into a range by octaves; ranges of less than an octave keep the nearest."""
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return min(pitch, high)


def share_parts(
    band: Band, plan: SongPlan, players: Mapping[str, Player], rows: Mapping[str, Sequence[Row]]
) -> list[tuple[Player, list[Row]]]:
    """Give every player the notes of the part, or of those sections that are their turn where several share it.

    The second player of a part has the choruses, or every other section where no other kind is played.
    """
    shared: list[tuple[Player, list[Row]]] = []
    names = {player.name for player in players.values()}
    for part, own in rows.items():
        seconds = [instrument for other, instrument in band.seconds if other == part]
        turns = _turns(plan, own, 1 + len(seconds))
        shared.append((players[part], [row for row, turn in zip(own, turns, strict=True) if turn == 0]))
        for number, instrument in enumerate(seconds, start=1):
            title = instrument.name.title()
            title = title if title not in names else f"{title} {number + 1}"
            names.add(title)
            other = replace(players[part], name=title, program=instrument.program)
            taken = [row for row, turn in zip(own, turns, strict=True) if turn == number]
            shared.append((other, [(on, n, fold(p, instrument.low, instrument.high), v) for on, n, p, v in taken]))
    return shared


def _turns(plan: SongPlan, rows: Sequence[Row], n_players: int) -> list[int]:
    """Whose turn each note is; a section belongs to one player as a whole."""
    ticks = list(plan.section_ticks)
    place = [max(0, bisect_right(ticks, row[0]) - 1) for row in rows]
    playing = sorted(set(place))
    loud = [plan.sections[index].kind == "chorus" for index in playing]
    if n_players == 2 and len(set(loud)) == 2:
        turn = {index: int(is_loud) for index, is_loud in zip(playing, loud, strict=True)}
    elif len(playing) >= n_players:
        turn = {index: number % n_players for number, index in enumerate(playing)}
    else:
        return [plan.lines.bar_at(row[0]) % n_players for row in rows]
    return [turn[index] for index in place]
