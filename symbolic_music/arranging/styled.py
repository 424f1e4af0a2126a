"""A style's band as tracks: the phrase model's parts, brought into range, with seams and an ending.

What the model learnt is a tendency; this module makes sure of what listeners wait for: a
crash behind a fill, the bass on a section's first downbeat, an ending that ends.
"""

from __future__ import annotations

from collections.abc import Mapping

from symbolic_music.arranging.band import Player
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.style import Style
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
CRASH, KICKS = 49, (35, 36)
CRASH_FAMILIES = ("pop", "rock", "soul", "electronic", "hip-hop", "country", "caribbean", "cinematic", "african")
# part: (track name, role, volume, pan); chord players left and right of the middle, pads wide.
PLACES: dict[str, tuple[str, str, int, int]] = {
    "drums": ("Drums", "drums", 96, 64),
    "bass": ("Bass", "bass", 92, 64),
    "piano": ("Keys", "chords", 84, 48),
    "guitar": ("Guitar", "chords", 80, 82),
    "pad": ("Pad", "pad", 62, 74),
    "arpeggio": ("Arpeggio", "chords", 70, 36),
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
    rows: Mapping[str, list[Row]], style: Style, plan: SongPlan, sheet: LeadSheet, players: Mapping[str, Player]
) -> dict[str, list[Row]]:
    """Bring every part into its instrument's range, ground the sections and end the song.

    Returns
    -------
    dict
        Rows by part, for the parts that have a player and notes.
    """
    finished: dict[str, list[Row]] = {}
    starts = _section_starts(plan)
    for part, player in players.items():
        own = list(rows.get(part, []))
        if not own:
            continue
        if part == "drums":
            own = _with_crashes(own, starts[1:], style)
        else:
            own = [(on, length, fold(pitch, player.low, player.high), v) for on, length, pitch, v in own]
        if part == "bass":
            own = _grounded(own, starts, sheet, player)
        finished[part] = _ended(own, part, style, sheet)
    return finished


def fold(pitch: int, low: int, high: int) -> int:
    """Move a pitch into a range by octaves; ranges of less than an octave keep the nearest."""
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return min(pitch, high)


def _section_starts(plan: SongPlan) -> list[int]:
    """Ticks of the sections' bar lines."""
    ticks, bar = [], 0
    for section in plan.sections:
        ticks.append(bar * plan.parsed_meter.bar_ticks)
        bar += section.n_bars
    return ticks


def _with_crashes(rows: list[Row], starts: list[int], style: Style) -> list[Row]:
    """A crash where a section begins with a kick, in styles that crash."""
    if style.family not in CRASH_FAMILIES:
        return rows
    places = {(row[0], row[2]) for row in rows}
    missing = [at for at in starts if (at, CRASH) not in places and any((at, kick) in places for kick in KICKS)]
    return sorted([*rows, *((at, TPQ, CRASH, 100) for at in missing)])


def _grounded(rows: list[Row], starts: list[int], sheet: LeadSheet, player: Player) -> list[Row]:
    """The bass note of the chord on the first downbeat of every section in which the bass plays."""
    bar = sheet.meter.bar_ticks
    for at in starts:
        inside = [row for row in rows if at <= row[0] < at + bar]
        chord = sheet.chord_at(at)
        if not inside or inside[0][0] == at or chord is None:
            continue
        pitch = fold(36 + chord.bass, player.low, player.high)
        rows = sorted([*rows, (at, inside[0][0] - at, pitch, inside[0][3])])
    return rows


def _ended(rows: list[Row], part: str, style: Style, sheet: LeadSheet) -> list[Row]:
    """Keep of the last bar what begins it: held to the end, or cut after a beat."""
    last_bar = sheet.end_tick - sheet.meter.bar_ticks
    before = [(row[0], min(row[1], last_bar - row[0]), *row[2:]) for row in rows if row[0] < last_bar]
    first = [row for row in rows if row[0] == last_bar]
    first = first or [(last_bar, *row[1:]) for row in rows if last_bar < row[0] < last_bar + TPQ]
    length = TPQ if style.ending == "cut" or part == "drums" else sheet.meter.bar_ticks
    return before + [(last_bar, length, pitch, velocity) for _, _, pitch, velocity in _unique(first)]


def _unique(rows: list[Row]) -> list[Row]:
    """One note a pitch."""
    return list({row[2]: row for row in rows}.values())
