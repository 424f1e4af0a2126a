"""Drums from a style's figures: accents as velocities, details that change from bar to bar, fills into sections.

A drummer who keeps a groove does not play a bar twice alike: here a ghost stroke comes or goes, a kick
comes early, the hi-hat opens, about every second bar (drummers of the Groove MIDI Dataset repeat fewer). What
is programmed changes less. Before every boundary stands a *fill*: the turnaround if it is one,
else a row of ``fills.yaml`` for the style's family.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from symbolic_music.filling.time_feel import in_time_feel
from symbolic_music.filling.units import FigureOf, SongBar, bar_of
from symbolic_music.song.chance import phrase_rng
from symbolic_music.styles.figures import CLOSED_HAT, OPEN_HAT, SNARE, SOFT_SNARE, FigureMusic, FigureNote
from symbolic_music.tables import read_table
from symbolic_music.theory.drumming import CRASHES, FOOT_HAT, RIDES, TOMS

Row = tuple[int, int, int, int]
Stroke = tuple[int, int, int]  # onset in the bar, drum, velocity

VELOCITIES = {"X": 110, "x": 86, "g": 32}
# Drummers' feet are softer than their sticks: in the Groove MIDI Dataset kicks lie 32 to 46 below the backbeat. A
# machine's kick is the loudest of its kit.
KICK_VELOCITIES, MACHINE_KICKS = {"X": 96, "x": 72, "g": 40}, {"X": 112, "x": 92, "g": 44}
FOOT_HAT_VELOCITIES = {"X": 72, "x": 58, "g": 36}
# Hands that keep time swing between loud and soft: by the place in the beat (on it, on its half or third, between).
TIMEKEEPING = (CLOSED_HAT, FOOT_HAT, *RIDES, 54, 69, 70, 82)
TIMEKEEPING_VELOCITIES = (84, 64, 46)
ACCENTED_HAT, SOFT_HAT = 100, 34
# Snare and toms without an accent, by the place in the beat.
STICK_VELOCITIES = (90, 78, 64)
# Hand drums, bells and blocks: accents, and strokes by the place in the beat.
ACCENTED_HAND, SOFT_HAND = 112, 32
HAND_VELOCITIES = (86, 62, 44)
# What keeps time comes in waves over four bars: it starts softly and pushes into the turnaround.
WAVE = (0.9, 0.98, 0.96, 1.1)
STROKE_TICKS = 3
KICKS, SNARES = (35, 36), (37, 38, 39)
# What sticks strike, hi-hat and ride apart.
KIT = (*SNARES, SOFT_SNARE, OPEN_HAT, *CRASHES, *TOMS)
# Sticks, bells, claves and blocks: what they play is the key to the others and never changes.
KEYS = (37, 56, 75, 76, 77)
# How often a bar gets a detail of its own, players and machines.
DETAIL_CHANCE, MACHINE_CHANCE = 0.6, 0.3
# Strokes of snare and toms that a turnaround has more than its groove, to count as a fill.
FILL_STROKES = 3
# How often a turnaround that is a fill is the section's last bar too.
OWN_FILL_CHANCE = 0.5


def play_groove(
    bars: Sequence[SongBar], figure_of: FigureOf, family: str, seed: int, is_machine: bool, feel: str | None = None
) -> list[Row]:
    """Play the drums of some bars.

    Parameters
    ----------
    bars : sequence of SongBar
        Those in which the drums play.
    figure_of : callable
        From a bar to its figure.
    family : str
        The style's, for its fills.
    is_machine : bool
        Whether a drum machine plays.
    feel : str, optional
        ``half-time`` or ``double-time``.

    Returns
    -------
    list of (onset, duration, pitch, velocity)
        In ticks from the song's start; ghosts are soft strokes on the snare (38).
    """
    rows: list[Row] = []
    for bar in bars:
        music = figure_of(bar)
        if music is None:
            continue
        rng = phrase_rng(seed, "groove", bar.section.name, bar.number)
        strokes = in_time_feel(_strokes(bar_of(music, bar)[1], is_machine), feel, music.meter, bar.place)
        if bar.is_last and bar.section.n_bars > 1:
            strokes = _filled(strokes, music, bar, family, rng)
        elif rng.random() < (MACHINE_CHANCE if is_machine else DETAIL_CHANCE):
            strokes = _with_detail(strokes, music, rng)
        strokes = strokes if is_machine else _in_waves(strokes, bar.place)
        rows += [(bar.start + tick, STROKE_TICKS, drum, velocity) for tick, drum, velocity in sorted(strokes)]
    return rows


def _strokes(notes: Sequence[FigureNote], is_machine: bool = False) -> list[Stroke]:
    """The strokes of a figure's bar; ghosts on the snare are written as a drum of their own there."""
    return [(n.onset_tick, SNARE if n.pitch == SOFT_SNARE else n.pitch, _velocity(n, is_machine)) for n in notes]


def _velocity(note: FigureNote, is_machine: bool) -> int:
    """How loud a stroke is written: by limb, accent and place in the beat; the performance adds what players do."""
    if note.pitch in KICKS:
        return (MACHINE_KICKS if is_machine else KICK_VELOCITIES)[note.accent]
    if note.pitch == FOOT_HAT:
        return FOOT_HAT_VELOCITIES[note.accent]
    place = 0 if note.onset_tick % 12 == 0 else 1 if note.onset_tick % 12 in (4, 6, 8) else 2
    if note.pitch in KIT:
        unaccented = note.accent == "x" and not is_machine
        return STICK_VELOCITIES[place] if unaccented else VELOCITIES[note.accent]
    keeps_time = note.pitch in TIMEKEEPING
    if note.accent == "X":
        return ACCENTED_HAT if keeps_time else ACCENTED_HAND
    if note.accent == "g":
        return SOFT_HAT if keeps_time else SOFT_HAND
    return (TIMEKEEPING_VELOCITIES if keeps_time else HAND_VELOCITIES)[place]


def _in_waves(strokes: list[Stroke], place: int) -> list[Stroke]:
    """Let the hand that keeps time swell over the bars of a unit."""
    share = WAVE[place % len(WAVE)]
    return [(t, d, min(118, round(v * share)) if d in TIMEKEEPING else v) for t, d, v in strokes]


# Details.


def _with_detail(strokes: list[Stroke], music: FigureMusic, rng: np.random.Generator) -> list[Stroke]:
    """Change one detail, two at times; what has no place in the bar changes nothing."""
    step = _step(music)
    by_hand = not any(drum in (SNARE, CLOSED_HAT, *RIDES) for bar in music.bars for drum in {n.pitch for n in bar})
    details = _HAND_DETAILS if by_hand else _DETAILS
    for number in rng.permutation(len(details))[: 1 + int(rng.random() < 0.4)]:
        strokes = details[number](strokes, step, music.meter.bar_ticks, rng)
    return strokes


def _step(music: FigureMusic) -> int:
    """The grid of the figure's own strokes, in ticks: 3 sixteenths, 4 triplets, 6 eighths."""
    onsets = {note.onset_tick for bar in music.bars for note in bar}
    return next((step for step in (6, 4, 3) if all(onset % step == 0 for onset in onsets)), 3)


def _add_ghost(strokes: list[Stroke], step: int, length: int, rng: np.random.Generator) -> list[Stroke]:
    """A soft stroke on the snare between the beats, where the snare is played with the stick."""
    taken = {tick for tick, drum, _ in strokes if drum in SNARES}
    if not any(drum == SNARE for _, drum, _ in strokes):
        return strokes
    free = [tick for tick in range(0, length, 4 if step == 4 else 3) if tick % 12 and tick not in taken]
    return [*strokes, (int(rng.choice(free)), SNARE, VELOCITIES["g"])] if free else strokes


def _drop_ghost(strokes: list[Stroke], step: int, length: int, rng: np.random.Generator) -> list[Stroke]:
    """Leave out a soft stroke."""
    soft = [stroke for stroke in strokes if stroke[2] == VELOCITIES["g"]]
    if not soft:
        return _add_ghost(strokes, step, length, rng)
    gone = soft[int(rng.integers(len(soft)))]
    return [stroke for stroke in strokes if stroke != gone]


def _move_kick(strokes: list[Stroke], step: int, length: int, rng: np.random.Generator) -> list[Stroke]:
    """A kick more before a beat, or one between the beats left out; those on the beats stay."""
    kick = next((drum for _, drum, _ in strokes if drum in KICKS), None)
    if kick is None:
        return strokes
    own = {tick for tick, drum, _ in strokes if drum == kick}
    loose = [tick for tick in sorted(own) if tick % 12 and tick]
    snares = {tick for tick, drum, velocity in strokes if drum in SNARES and velocity > VELOCITIES["g"]}
    if loose and rng.random() < 0.5:
        gone = int(rng.choice(loose))
        return [stroke for stroke in strokes if stroke[:2] != (gone, kick)]
    free = [t for t in range(step, length, step) if t % 12 in (6, 8, 9) and not {t, t - step, t + step} & own - {0}]
    free = [tick for tick in free if tick not in snares]
    return [*strokes, (int(rng.choice(free)), kick, KICK_VELOCITIES["x"])] if free else strokes


def _open_hat(strokes: list[Stroke], step: int, length: int, rng: np.random.Generator) -> list[Stroke]:
    """Open the hi-hat between two beats, where a closed stroke follows."""
    hats = sorted(tick for tick, drum, _ in strokes if drum == CLOSED_HAT)
    loose = [tick for tick, later in pairwise(hats) if tick % 12 and later - tick <= 6]
    if not loose:
        return strokes
    chosen = int(rng.choice(loose))
    return [(t, OPEN_HAT if (t, d) == (chosen, CLOSED_HAT) else d, v) for t, d, v in strokes]


def _double_time(strokes: list[Stroke], step: int, length: int, rng: np.random.Generator) -> list[Stroke]:
    """One stroke more of the hand that keeps time, or one less."""
    own = [s for s in strokes if s[1] in (CLOSED_HAT, *RIDES)]
    if len(own) < 4:
        return strokes
    loose = [s for s in own if s[0] % 12]
    if loose and rng.random() < 0.5:
        gone = loose[int(rng.integers(len(loose)))]
        return [stroke for stroke in strokes if stroke != gone]
    ticks = {s[0] for s in strokes}
    free = [t for t in range(0, length, step if step == 4 else 3) if t % 12 and t not in ticks]
    return [*strokes, (int(rng.choice(free)), own[0][1], 62)] if free else strokes


def _vary_hand(strokes: list[Stroke], step: int, length: int, rng: np.random.Generator) -> list[Stroke]:
    """A soft stroke more between the beats on one of the hand drums, or one less."""
    drums = sorted({drum for _, drum, _ in strokes if drum not in (*KICKS, *KEYS)})
    if not drums:
        return strokes
    drum = int(rng.choice(drums))
    own = {tick for tick, other, _ in strokes if other == drum}
    loose = sorted(tick for tick in own if tick % 12)
    if loose and rng.random() < 0.5:
        gone = int(rng.choice(loose))
        return [stroke for stroke in strokes if stroke[:2] != (gone, drum)]
    free = [tick for tick in range(0, length, 4 if step == 4 else 3) if tick % 12 and tick not in own]
    soft = SOFT_HAT if drum in TIMEKEEPING else SOFT_HAND
    return [*strokes, (int(rng.choice(free)), drum, soft)] if free else strokes


_DETAILS = (_add_ghost, _drop_ghost, _move_kick, _open_hat, _double_time)
# Where neither sticks nor cymbals keep the groove.
_HAND_DETAILS = (_vary_hand, _vary_hand, _move_kick)

# Fills.


def _filled(
    strokes: list[Stroke], music: FigureMusic, bar: SongBar, family: str, rng: np.random.Generator
) -> list[Stroke]:
    """The turnaround if it is a fill, half of the time; else the groove up to a fill of the family's."""
    groove = [_strokes(other) for other in music.bars]
    usual = np.mean([_n_fill(other) for other in groove])
    is_fill = bar.turns and music.turnaround is not None and _n_fill(strokes) >= usual + FILL_STROKES
    if is_fill and rng.random() < OWN_FILL_CHANCE:
        return strokes
    length = music.meter.bar_ticks
    rows = _fill_rows(family, _step(music) == 4 or music.meter.is_compound)
    row = rows[int(rng.integers(len(rows)))]
    step = 4 if _step(music) == 4 else 3
    start = length - step * len(row)
    if start < 0:
        return strokes
    hands = [(start + tick, drum, velocity) for tick, drum, velocity in _fill_strokes(row, step)]
    drums = _at_hand({drum for _, drum, _ in (s for own in groove for s in own)})
    played = [(tick, drums(drum), velocity) for tick, drum, velocity in hands]
    kept = [s for s in strokes if s[0] < start or (s[1] in (*KICKS, 44) and s[0] % 12 == 0)]
    return kept + played


def _n_fill(strokes: Sequence[Stroke]) -> int:
    """Strokes of snare, toms and hand drums, ghosts apart."""
    keeping = (*KICKS, OPEN_HAT, *CRASHES, *TIMEKEEPING)
    return sum(drum not in keeping and velocity > VELOCITIES["g"] for _, drum, velocity in strokes)


def _at_hand(kit: set[int]) -> Callable[[int], int]:
    """Where a fill's drums are played in a kit: hand drums where it has neither snare nor toms."""
    skins = sorted(kit - {*KICKS, CLOSED_HAT, OPEN_HAT, 44, *RIDES, *CRASHES, 37, 39, 54, 69, 70})
    if not skins or kit & {SNARE, *TOMS} or 37 in kit:
        return lambda drum: drum
    order = (SNARE, 50, 48, 47, 45, 43, 41)

    def nearest(drum: int) -> int:
        place = order.index(drum) if drum in order else 0
        return skins[min(len(skins) - 1, place * len(skins) // len(order))]

    return nearest


def _fill_strokes(row: str, step: int) -> list[Stroke]:
    """Read a row of a fill: S U M W F drums from snare to floor tom, capitals loud, small letters soft."""
    places = {"S": SNARE, "U": 50, "O": 48, "M": 45, "W": 43, "F": 41, "B": 36, "C": 39}
    n_steps = len(row)
    return [
        (number * step, places[sign.upper()], min(112, 78 + 30 * number // n_steps) - (22 if sign.islower() else 0))
        for number, sign in enumerate(row)
        if sign != "."
    ]


def _fill_rows(family: str, in_triplets: bool) -> list[str]:
    """The fills of a family."""
    table = _fill_table()
    grid = "triplets" if in_triplets else "straight"
    return list(table.get(family, table["other"])[grid])


@cache
def _fill_table() -> dict[str, dict[str, list[str]]]:
    """Read the table once."""
    return read_table("symbolic_music.filling", "fills.yaml")
