"""Where sections meet: a pickup where the drums come in, crash and bass on the downbeat, the drop before a chorus.

Fills come from the phrase model (``drum_fills``); it cannot write a pickup, since a pickup stands in a
section in which the drums do not play yet. All rows are (onset, duration, pitch, velocity) in engine ticks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.style import Style
from symbolic_music.theory.meter import TPQ, Meter

Row = tuple[int, int, int, int]

KICK, KICKS, SNARES, TOMS = 36, (35, 36), (38, 40), (41, 43, 45, 47, 48, 50)
CRASH, CYMBALS = 49, (42, 44, 46, 49, 51, 52, 53, 55, 57, 59)
CRASH_FAMILIES = ("pop", "rock", "soul", "electronic", "hip-hop", "country", "caribbean", "cinematic", "african")
# Families whose chorus drops in: kick and bass hold their breath in the half bar before it.
DROP_FAMILIES = ("electronic", "hip-hop")
# Styles whose kick leaves the first beat of every bar, a section's too.
ONE_DROPS = ("reggae",)
CRASH_VELOCITY, KICK_VELOCITY = 104, 96
# Pickups over the last half bar: in eighths of it, or in sixths where the playing is in triplets; S snare,
# U W toms from high to low.
PICKUPS = {8: ("....S.SS", "....SSUW"), 6: ("...S.S", "...SUW")}
PICKUP_PITCHES = {"S": 38, "U": 50, "W": 43}
SOFT_STROKE, LAST_STROKE = 88, 104


@dataclass(frozen=True)
class Seam:
    """A boundary between two sections at a tick; ``number`` counts them.

    ``before`` and ``after`` are the meters on both sides, where they are not the part's.
    ``after_upbeat``: the section before is one bar, the tune's own upbeat, and needs no pickup.
    """

    tick: int
    number: int
    into_chorus: bool
    after_upbeat: bool = False
    before: Meter | None = None
    after: Meter | None = None


def seams_of(plan: SongPlan) -> list[Seam]:
    """List the boundaries between a plan's sections."""
    later = zip(plan.sections, plan.sections[1:], plan.section_ticks[1:], strict=False)
    at = plan.lines.at
    return [
        Seam(tick, number, section.kind == "chorus", before.n_bars == 1, at(tick - 1).meter, at(tick).meter)
        for number, (before, section, tick) in enumerate(later)
    ]


def join_drums(rows: Sequence[Row], seams: Sequence[Seam], style: Style, meter: Meter) -> list[Row]:
    """Lead the drums over every boundary.

    Where they come in there is a pickup; where they play on, kick and (in families that have one) crash
    on the downbeat.
    """
    joined = sorted(rows)
    for seam in seams:
        before, after = seam.before or meter, seam.after or meter
        if not any(seam.tick <= row[0] < seam.tick + after.bar_ticks for row in joined):
            continue
        if not seam.after_upbeat and not any(seam.tick - before.bar_ticks <= row[0] < seam.tick for row in joined):
            joined += _pickup(PICKUPS[6 if is_in_triplets(style, before) else 8], seam, before, _lead_skin(joined))
        joined = sorted([*joined, *_downbeat(joined, seam, style)])
    return joined


def join_bass(rows: Sequence[Row], seams: Sequence[Seam], sheet: LeadSheet, low: int, high: int) -> list[Row]:
    """Put the chord's bass on the downbeat of every section that the bass plays in."""
    joined = sorted(rows)
    ticks = [0, *(seam.tick for seam in seams), sheet.end_tick]
    for start, end in pairwise(ticks):
        inside = [row for row in joined if start <= row[0] < end]
        chord = sheet.chord_at(start)
        if not inside or chord is None:
            continue
        first = inside[0]
        pitch = nearest_octave(chord.bass, first[2], low, high)
        if first[0] == start:
            joined[joined.index(first)] = (start, first[1], pitch, first[3])
        elif first[0] < start + sheet.lines.at(start).meter.bar_ticks:
            joined = sorted([*joined, (start, first[0] - start, pitch, first[3])])
    return joined


def drop_out(rows: Sequence[Row], part: str, seams: Sequence[Seam], style: Style, meter: Meter) -> list[Row]:
    """Let bass and kick hold their breath in the half bar before a chorus, in families that drop."""
    if style.family not in DROP_FAMILIES:
        return list(rows)
    kept = list(rows)
    for seam in seams:
        start = seam.tick - _half(seam.before or meter)
        if not seam.into_chorus:
            continue
        kept = [
            (row[0], min(row[1], start - row[0]), *row[2:]) if part == "bass" and row[0] < start else row
            for row in kept
            if not (start <= row[0] < seam.tick and (part == "bass" or row[2] in KICKS))
        ] if part in ("bass", "drums") else kept  # fmt: skip
    return kept


def rest_in(rows: Sequence[Row], silences: Sequence[tuple[int, int]]) -> list[Row]:
    """Let a part rest where the lead sheet has no chord (N.C.): nothing begins there, what sounds stops.

    Examples
    --------
    >>> rest_in([(0, 60, 48, 84), (60, 12, 50, 84), (96, 12, 52, 84)], [(48, 96)])
    [(0, 48, 48, 84), (96, 12, 52, 84)]
    """
    kept = list(rows)
    for start, end in silences:
        kept = [
            (row[0], min(row[1], start - row[0]), *row[2:]) if row[0] < start else row
            for row in kept
            if not start <= row[0] < end
        ]
    return kept


def nearest_octave(pitch_class: int, pitch: int, low: int, high: int) -> int:
    """The pitch of a class nearest to another pitch, inside a range of an octave and more."""
    inside = [other for other in range(low, high + 1) if other % 12 == pitch_class % 12]
    return min(inside, key=lambda other: abs(other - pitch)) if inside else pitch


def is_in_triplets(style: Style, meter: Meter) -> bool:
    """Whether a style's off-beats are written as triplets."""
    return style.swing > 0.6 or meter.is_compound


def _half(meter: Meter) -> int:
    """Half a bar, two quarters at most."""
    return meter.bar_ticks // 2 if meter.is_compound else min(2 * TPQ, meter.bar_ticks)


def _pickup(choice: Sequence[str], seam: Seam, meter: Meter, skin: int | None) -> list[Row]:
    """A pickup's strokes, growing into the downbeat; on one drum where the kit has neither snare nor toms."""
    row, length = choice[seam.number % len(choice)], _half(meter)
    growth = LAST_STROKE - SOFT_STROKE
    return [
        (seam.tick - length + place * length // len(row), 3, PICKUP_PITCHES[sign] if skin is None else skin,
         SOFT_STROKE + growth * place // (len(row) - 1))
        for place, sign in enumerate(row) if sign != "."
    ]  # fmt: skip


def _lead_skin(rows: Sequence[Row]) -> int | None:
    """The drum that leads in in a kit without snare and toms; ``None`` if it has them."""
    counts = Counter(row[2] for row in rows)
    if not counts or any(counts[pitch] for pitch in (*SNARES, *TOMS)):
        return None
    skins = {pitch: count for pitch, count in counts.items() if pitch not in (*KICKS, *CYMBALS)}
    return max(skins or counts, key=lambda pitch: (counts[pitch], pitch))


def _downbeat(rows: Sequence[Row], seam: Seam, style: Style) -> list[Row]:
    """Kick and crash where they are missing on a section's first beat; a one drop's kick leaves the one there too."""
    kit, there = {row[2] for row in rows}, {row[2] for row in rows if row[0] == seam.tick}
    kick = next((pitch for pitch in KICKS[::-1] if pitch in kit), None)
    missing: list[Row] = []
    if kick is not None and not there & set(KICKS) and style.name not in ONE_DROPS:
        missing.append((seam.tick, TPQ // 2, kick, KICK_VELOCITY))
    if kick is not None and style.family in CRASH_FAMILIES and CRASH not in there:
        missing.append((seam.tick, TPQ, CRASH, CRASH_VELOCITY))
    return missing
