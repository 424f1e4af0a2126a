"""How loud notes sound: section level, crescendo, the players' accents, phrase arch, unevenness."""

from __future__ import annotations

import numpy as np

from symbolic_music.performing.drummers import load_fill_growth
from symbolic_music.performing.manner import Manner
from symbolic_music.performing.moments import TPQ_PERFORMED, Timeline
from symbolic_music.performing.pianists import load_pianists
from symbolic_music.performing.timing import MAX_SPREADS, draw_moments
from symbolic_music.song.score import Track

# Velocity is scaled from SOFTEST at intensity 0 to SOFTEST + RANGE at 1: about 8 dB in a GM synthesizer.
SOFTEST, RANGE = 0.72, 0.42
# Accent by metrical weight 0 to 3, for players of whom nothing is measured.
ACCENTS = {"melody": (-4, 1, 3, 6), "bass": (-4, 0, 2, 4), "countermelody": (-4, 1, 3, 6), "line": (-4, 1, 3, 6)}
ROLE_SPREAD = {"melody": 6.0, "bass": 5.0, "pad": 2.0, "countermelody": 6.0, "line": 6.0}
OTHER_SPREAD = 5.0
# A phrase rises to its peak at 60 % and falls off at the end.
ARCH, ARCH_PEAK = 6.0, 0.6
# The top voice of a chord carries it.
TOP_VOICE = 3.0
# A part of the pianists' unevenness is the shape of the music, which arch, accents and intensity bring already.
OWN_SHARE = 0.7
# A groove that writes its own accents takes this much of the measured ones on top; an even one takes all.
DRUM_ACCENT_SHARE = 0.95
# Families whose kick comes from a machine.
KICKS, MACHINE_FAMILIES = (35, 36), ("electronic", "hip-hop")
# The phrase model writes even strokes; crashes and pickups beside them are a little louder.
EVEN_RANGE = 24
# Written strokes up to this velocity are ghosts; they stay below the others.
GHOST_WRITTEN, GHOST_LOUDEST = 48, 52
# Snares and toms that follow each other this closely before a new section are a fill.
FILL_PITCHES = (38, 40, 41, 43, 45, 47, 48, 50)
FILL_GAP = TPQ_PERFORMED // 2
FILL_STROKES = 4


def shape_velocities(track: Track, manner: Manner, rng: np.random.Generator) -> np.ndarray:
    """Give each note of a section its velocity, 1 to 127.

    Parameters
    ----------
    track : Track
        One section's notes, on the grid, in order of onset.

    Returns
    -------
    int array, shape (n_notes,)
    """
    timeline, onsets = manner.timeline, track.notes["onset_tick"]
    level = np.array([SOFTEST + RANGE * timeline.intensity_at(tick) for tick in onsets.tolist()])
    values = track.notes["velocity"] * level
    if track.is_drum:
        values += _drum_touch(track, manner, rng)
        values = np.where(track.notes["velocity"] <= GHOST_WRITTEN, np.minimum(values, GHOST_LOUDEST), values)
    elif track.role == "chords":
        values += _piano_touch(track, manner, rng)
    else:
        weights = [timeline.weight(tick) for tick in onsets.tolist()]
        values += np.array([ACCENTS.get(track.role, (0, 0, 0, 0))[weight] for weight in weights], dtype=float)
        values += ROLE_SPREAD.get(track.role, OTHER_SPREAD) * manner.humanize * draw_moments(onsets, 0.0, rng)
    if track.role == "melody":
        values += np.array([_arch(tick, timeline) for tick in onsets.tolist()])
    shaped: np.ndarray = np.clip(np.rint(values), 1, 127).astype(int)
    return shaped


def _drum_touch(track: Track, manner: Manner, rng: np.random.Generator) -> np.ndarray:
    """What a drummer adds: the accents of the place, fills that grow, own unevenness, ghosts as soft as people's.

    Strokes written evenly also get the levels of their drums, hats below the snare, however loose the playing is.
    """
    people, timeline = manner.drummers, manner.timeline
    onsets, pitches = track.notes["onset_tick"].tolist(), track.notes["pitch"].tolist()
    memory = people.velocity_memory
    last: dict[int, float] = {}
    growth = _fill_growth(track, timeline)
    even = _is_even(track.notes["velocity"])
    share = 1.0 if even else DRUM_ACCENT_SHARE
    levels = np.array([_level(pitch, manner) if even else 0.0 for pitch in pitches])
    touch = np.zeros(len(onsets))
    for index, (tick, pitch, written) in enumerate(zip(onsets, pitches, track.notes["velocity"].tolist(), strict=True)):
        fresh = float(np.clip(rng.normal(), -MAX_SPREADS, MAX_SPREADS))
        last[pitch] = memory * last.get(pitch, fresh) + np.sqrt(1 - memory**2) * fresh
        if written <= GHOST_WRITTEN:
            touch[index] = (people.ghost_velocity - written) / 2 + people.ghost_spread * last[pitch]
            continue
        habit = people.habit(pitch, timeline.inside(tick), timeline.meter_at(tick), manner.swings)
        accent = 0.0 if growth[index] else share * habit.velocity
        touch[index] = accent + growth[index] + habit.velocity_spread * last[pitch]
    return levels + touch * manner.humanize


def _level(pitch: int, manner: Manner) -> float:
    """How much louder than the others a drum is played; a machine's kick is not softer than its snare."""
    level = manner.drummers.level(pitch)
    return max(0.0, level) if pitch in KICKS and manner.family in MACHINE_FAMILIES else level


def _is_even(velocities: np.ndarray) -> bool:
    """Whether strokes are written without accents."""
    return not len(velocities) or int(np.ptp(velocities)) <= EVEN_RANGE


def _fill_growth(track: Track, timeline: Timeline) -> np.ndarray:
    """What each stroke of a fill gains: people's fills grow towards the new section; zero elsewhere."""
    growth = np.zeros(len(track.notes))
    chosen = np.flatnonzero(np.isin(track.notes["pitch"], FILL_PITCHES))
    if len(chosen) < FILL_STROKES:
        return growth
    onsets = track.notes["onset_tick"][chosen]
    end = timeline.sections[timeline.section_index(int(onsets[-1]))].end_tick
    if end - onsets[-1] > FILL_GAP:
        return growth
    breaks = np.flatnonzero(np.diff(onsets) > FILL_GAP)
    run = chosen[breaks[-1] + 1 :] if len(breaks) else chosen
    ticks = track.notes["onset_tick"][run]
    if len(run) >= FILL_STROKES and ticks[0] >= end - timeline.bar_ticks_at(int(ticks[-1])):
        growth[run] = load_fill_growth() * (ticks - ticks.mean()) / TPQ_PERFORMED
    return growth


def _piano_touch(track: Track, manner: Manner, rng: np.random.Generator) -> np.ndarray:
    """What a pianist adds: the accents of the place, the top voice, moments and voices uneven as people's."""
    people, timeline = load_pianists(), manner.timeline
    onsets = track.notes["onset_tick"]
    accents = np.array([people.accent(timeline.inside(tick), timeline.meter_at(tick)) for tick in onsets.tolist()])
    uneven = OWN_SHARE * people.moment_spread * draw_moments(onsets, people.moment_memory, rng)
    voices = people.voice_spread * np.clip(rng.normal(size=len(onsets)), -MAX_SPREADS, MAX_SPREADS)
    return accents + TOP_VOICE * _top_notes(track) + manner.humanize * (uneven + voices)


def _top_notes(track: Track) -> np.ndarray:
    """Mark the highest of the notes struck together, where there are several."""
    onsets = track.notes["onset_tick"]
    last = np.append(np.diff(onsets) > 0, True) if len(onsets) else np.zeros(0, dtype=bool)
    first = np.insert(np.diff(onsets) > 0, 0, True) if len(onsets) else last
    marks: np.ndarray = (last & ~first).astype(float)
    return marks


def _arch(tick: int, timeline: Timeline) -> float:
    """The melody's swell over a phrase."""
    phrase = timeline.phrase_at(tick)
    place = (tick - phrase.onset_tick) / (phrase.end_tick - phrase.onset_tick)
    distance = (ARCH_PEAK - place) / ARCH_PEAK if place < ARCH_PEAK else (place - ARCH_PEAK) / (1 - ARCH_PEAK)
    return ARCH * (0.5 - distance**2)
