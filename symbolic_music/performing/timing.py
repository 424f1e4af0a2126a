"""When notes sound: swing, the players' small deviations, and the last bars' slowing down.

Drums and keys deviate as measured (``groove.json``, ``keys.json``). Nothing of the kind is
measured for the others: their spreads are set between the two.
"""

from __future__ import annotations

import numpy as np

from symbolic_music.performing.manner import STRAIGHT_SHARE, Manner
from symbolic_music.performing.moments import SCALE, TPQ_PERFORMED, Timeline
from symbolic_music.performing.pianists import load_pianists
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import TempoChange, Track

# Spread of onsets in milliseconds at full humanize; a ceiling in ticks keeps every note by its grid line.
ROLE_SPREAD_MS = {"melody": 12.0, "bass": 9.0, "pad": 8.0, "countermelody": 12.0, "line": 12.0}
OTHER_SPREAD_MS = 9.0
MAX_OFFSET = 40
# The first of a band's strokes on a beat is early by more the more people play. MuseScore takes a file
# whose beats mostly begin over 1/32 of a quarter (15 ticks) off for one played without a click, and guesses
# its tempo and bar lines instead of reading them; so nobody comes in earlier on a beat than that.
MAX_EARLY_ON_BEAT = 14
# A pick crosses the strings in about this time each: down on the beats, up between them.
GUITARS, STRING_MS = range(24, 32), 6.0
# Draws end at this many spreads: nobody misses a beat.
MAX_SPREADS = 2.5
# The bass sits a little behind the kick, the singer behind the band.
ROLE_LAG_MS = {"melody": 4.0, "bass": 3.0}
# Who plays behind the beat where a song is laid back, and ahead where it is pushed; kick, cymbals and bass hold it.
SHARE_BEHIND = {"melody": 1.0, "countermelody": 1.0, "line": 1.0, "chords": 0.5}
BACKBEAT = (37, 38, 39, 40)
RITARDANDO_BARS = 2
SLOWEST = 0.72


def swing_tick(tick: int, share: float, evens: bool = False) -> int:
    """Move a straight eighth or sixteenth late; beats and first triplets stay.

    The third triplet, as which a band in triplets writes its off-beats, goes where the tune's swung
    off-beats go, so that all swing alike at every tempo.

    Parameters
    ----------
    share : float
        Where the off-beat eighth goes, 0.5 (stays) to 0.75 of the quarter.
    evens : bool
        Whether triplets are a swing style's off-beats that are to be played straight: the third goes to the half,
        the second to the quarter of the beat.
    """
    quarter, inside = divmod(tick, TPQ_PERFORMED)
    if share == STRAIGHT_SHARE and not evens:
        return tick
    if inside == 2 * TPQ_PERFORMED // 3:
        return quarter * TPQ_PERFORMED + round(share * TPQ_PERFORMED)
    if evens and inside == TPQ_PERFORMED // 3:
        return quarter * TPQ_PERFORMED + TPQ_PERFORMED // 4
    if inside % (TPQ_PERFORMED // 4):
        return tick
    half, late = TPQ_PERFORMED // 2, share * TPQ_PERFORMED
    moved = inside * late / half if inside <= half else late + (inside - half) * (TPQ_PERFORMED - late) / half
    return quarter * TPQ_PERFORMED + round(moved)


def draw_offsets(track: Track, manner: Manner, rng: np.random.Generator) -> np.ndarray:
    """Draw each note's distance from the grid in ticks; notes struck together move together.

    Parameters
    ----------
    track : Track
        One section's notes, on the grid, in order of onset.

    Returns
    -------
    int array, shape (n_notes,)
    """
    onsets = track.notes["onset_tick"]
    if track.is_drum:
        offsets = _drum_offsets(track, manner, rng)
    elif track.role == "chords":
        people = load_pianists()
        offsets = people.timing_spread * draw_moments(onsets, people.timing_memory, rng)
        gap = STRING_MS if track.program in GUITARS else people.chord_gap
        offsets += gap * _ranks(onsets, _upstrokes(track, manner.timeline))
    else:
        spread = ROLE_SPREAD_MS.get(track.role, OTHER_SPREAD_MS)
        memory = load_pianists().timing_memory
        offsets = ROLE_LAG_MS.get(track.role, 0.0) + spread * draw_moments(onsets, memory, rng)
    lag = manner.lay_back_ms * _behind(track)
    ticks = np.rint(np.asarray(manner.ms_to_ticks(offsets * manner.humanize + np.minimum(lag, 0.0))))
    on_beat = np.array([manner.timeline.is_beat(tick) for tick in onsets.tolist()], dtype=bool)
    earliest = np.where(on_beat, -MAX_EARLY_ON_BEAT, -MAX_OFFSET)
    # Who is laid back is late on purpose, not by a slip.
    late = np.rint(np.asarray(manner.ms_to_ticks(np.maximum(lag, 0.0))))
    limited: np.ndarray = (np.clip(ticks, earliest, MAX_OFFSET) + late).astype(int)
    return limited


def _behind(track: Track) -> np.ndarray | float:
    """How far each note goes with what is laid back: backbeat and tune wholly, chords by half, what keeps time not."""
    if track.is_drum:
        return np.isin(track.notes["pitch"], BACKBEAT).astype(float)
    return SHARE_BEHIND.get(track.role, 0.0)


def _drum_offsets(track: Track, manner: Manner, rng: np.random.Generator) -> np.ndarray:
    """Deviations of a drummer in milliseconds: the habit of drum and place, what all limbs share, each one's own."""
    people, timeline = manner.drummers, manner.timeline
    onsets, pitches = track.notes["onset_tick"], track.notes["pitch"]
    shared = draw_moments(onsets, people.timing_memory, rng)
    own = np.zeros(len(onsets))
    for pitch in np.unique(pitches):
        own[pitches == pitch] = draw_moments(onsets[pitches == pitch], people.timing_memory, rng)
    draw = np.sqrt(people.common) * shared + np.sqrt(1 - people.common) * own
    habits = [
        people.habit(pitch, timeline.inside(tick), timeline.meter_at(tick), manner.swings)
        for tick, pitch in zip(onsets.tolist(), pitches.tolist(), strict=True)
    ]
    mean = np.array([habit.timing for habit in habits])
    return mean + np.array([habit.timing_spread for habit in habits]) * draw


def draw_moments(onsets: np.ndarray, memory: float, rng: np.random.Generator) -> np.ndarray:
    """Draw one value per moment (mean 0, spread 1, no outliers), each remembering the one before.

    Parameters
    ----------
    onsets : int array, shape (n_notes,)
        Ascending; equal onsets get equal values.
    memory : float
        Correlation of neighbouring moments, 0 to 1.
    """
    moments, index = np.unique(onsets, return_inverse=True)
    fresh = np.clip(rng.normal(size=len(moments)), -MAX_SPREADS, MAX_SPREADS)
    values = fresh.copy()
    for place in range(1, len(values)):
        values[place] = memory * values[place - 1] + np.sqrt(1 - memory**2) * fresh[place]
    drawn: np.ndarray = values[index]
    return drawn


def _upstrokes(track: Track, timeline: Timeline) -> np.ndarray:
    """Mark the notes of a guitar between beats."""
    between = np.array([timeline.weight(tick) == 0 for tick in track.notes["onset_tick"].tolist()], dtype=bool)
    marks: np.ndarray = between & (track.program in GUITARS)
    return marks


def _ranks(onsets: np.ndarray, upwards: np.ndarray) -> np.ndarray:
    """The place of each note in its chord, from 0: from low to high, on upstrokes from high to low."""
    ranks = np.zeros(len(onsets))
    for index in range(1, len(onsets)):
        if onsets[index] == onsets[index - 1]:
            ranks[index] = ranks[index - 1] + 1
    for onset in np.unique(onsets[upwards]):
        here = onsets == onset
        ranks[here] = ranks[here].max() - ranks[here]
    return ranks


def slow_down(plan: SongPlan, end_tick: int, timeline: Timeline) -> list[TempoChange]:
    """Tempo changes on the beats of the last two bars."""
    last, qpm = plan.lines.bars[-1].meter, plan.tempos[-1].qpm
    n_beats = min(RITARDANDO_BARS, plan.sections[-1].n_bars) * last.n_beats
    changes = []
    for index in range(1, n_beats):
        # Friberg and Sundberg (1999): final ritardandi follow a stopping runner, velocity a root of distance left.
        progress = index / (n_beats - 1)
        factor = float(np.sqrt(1 - (1 - SLOWEST**2) * progress))
        tick = end_tick - (n_beats - index) * last.beat_ticks * SCALE
        changes.append(TempoChange(tick, round(qpm * factor, 2)))
    return changes
