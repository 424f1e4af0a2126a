"""When notes sound: swing, the players' small deviations, and the last bars' slowing down."""

from __future__ import annotations

import numpy as np

from symbolic_music.performing.drummers import COMMON_SHARE, OWN_SHARE, habit_of
from symbolic_music.performing.moments import TPQ_PERFORMED, Timeline
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import TempoChange, Track

# Full swing puts the off-beat eighth on the third triplet (2:1), as in a shuffle.
SWING = {"jazz": 0.95, "blues": 1.0}
# Jazz eighths even out as the tempo rises (Friberg and Sundström 2002, Music Perception 19).
EVENING_FROM_QPM, EVENING_RANGE_QPM, LEAST_SWING = 130.0, 240.0, 0.4
# Spread of onsets in ticks at full humanize; a ceiling keeps every note by its grid line.
ROLE_SPREAD = {"melody": 14.0, "chords": 10.0, "bass": 10.0, "pad": 8.0, "countermelody": 14.0}
MAX_OFFSET = 40
# The bass sits a little behind the kick, the singer behind the band.
ROLE_LAG = {"melody": 4.0, "bass": 3.0}
ROLL_TICKS = 4.0
RITARDANDO_GENRES = ("lullaby", "waltz", "folk")
BALLAD_QPM = 84.0
RITARDANDO_BARS = 2
SLOWEST = 0.72


def swing_amount(plan: SongPlan) -> float:
    """How far the off-beat moves, 0 straight to 1 triplet; compound meters swing by themselves."""
    amount = SWING.get(plan.genre, 0.0)
    if plan.parsed_meter.is_compound or amount == 0.0:
        return 0.0
    if plan.genre == "jazz":
        amount -= max(0.0, plan.tempo_qpm - EVENING_FROM_QPM) / EVENING_RANGE_QPM
    return max(LEAST_SWING, amount)


def swing_tick(tick: int, amount: float) -> int:
    """Move a straight eighth or sixteenth late; beats and triplets stay."""
    quarter, inside = divmod(tick, TPQ_PERFORMED)
    if inside % (TPQ_PERFORMED // 4) or not amount:
        return tick
    half = TPQ_PERFORMED // 2
    late = half + amount * TPQ_PERFORMED / 6
    moved = inside * late / half if inside <= half else late + (inside - half) * (TPQ_PERFORMED - late) / half
    return quarter * TPQ_PERFORMED + round(moved)


def draw_offsets(
    track: Track, onsets: np.ndarray, timeline: Timeline, humanize: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw each note's distance from the grid in ticks; notes struck together move together.

    Parameters
    ----------
    onsets : int array, shape (n_notes,)
        Grid onsets of one section's notes, ascending.
    humanize : float
        0 (none) to 1 (as loose as the data).
    """
    offsets = np.zeros(len(onsets))
    common: dict[int, float] = {}
    ranks: dict[int, int] = {}
    for index, (tick, pitch) in enumerate(zip(onsets.tolist(), track.notes["pitch"].tolist(), strict=True)):
        shared = common.setdefault(tick, float(rng.normal()))
        own = float(rng.normal())
        draw = COMMON_SHARE * shared + (1 - COMMON_SHARE) * own
        if track.is_drum:
            habit = habit_of(pitch, tick % timeline.bar_ticks, timeline.meter)
            offsets[index] = habit.timing + OWN_SHARE * habit.timing_spread * draw
        else:
            rank = ranks[tick] = ranks.get(tick, -1) + 1
            offsets[index] = ROLE_LAG.get(track.role, 0.0) + ROLE_SPREAD[track.role] * draw + ROLL_TICKS * rank
    scaled: np.ndarray = np.clip(np.rint(offsets * humanize), -MAX_OFFSET, MAX_OFFSET).astype(int)
    return scaled


def slow_down(plan: SongPlan, end_tick: int, timeline: Timeline) -> list[TempoChange]:
    """Tempo changes on the beats of the last two bars, for ballads and slow genres."""
    if plan.genre not in RITARDANDO_GENRES and plan.tempo_qpm > BALLAD_QPM:
        return []
    n_beats = min(RITARDANDO_BARS, plan.n_bars) * timeline.meter.n_beats
    changes = []
    for index in range(1, n_beats):
        # Friberg and Sundberg (1999): final ritardandi follow a stopping runner, velocity a root of distance left.
        progress = index / (n_beats - 1)
        factor = float(np.sqrt(1 - (1 - SLOWEST**2) * progress))
        tick = end_tick - (n_beats - index) * timeline.beat_ticks
        changes.append(TempoChange(tick, round(plan.tempo_qpm * factor, 2)))
    return changes
