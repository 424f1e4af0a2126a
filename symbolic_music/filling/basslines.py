"""The bass from a style's figures: roots where the chord changes, slash basses, approach notes.

The figure's rhythm stays whatever the chords do. The first note of every new chord is its root, or
the bass that a slash chord names; a change inside the bar that the figure does not strike is struck.
Roots lie in E1 to G2, each in the octave nearest to the one before; approach notes lie a step of
the scale or a semitone beside the note that follows, on the side they come from. A figure that
*walks* also approaches changes inside the bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symbolic_music.filling.harmony import Harmony
from symbolic_music.filling.units import FigureOf, SongBar, bar_of
from symbolic_music.styles.figures import APPROACH, FigureMusic
from symbolic_music.styles.functions import OCTAVE, Ground, semitones_of
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
LOWEST, HIGHEST_ROOT, HIGHEST = 28, 43, 55
HOME = 34
BASS_VELOCITY = 84


@dataclass(frozen=True)
class _Step:
    """A note to come: its ticks, function, octave, and the chord and place that it belongs to."""

    onset: int
    end: int
    function: str
    octave: int
    place: int
    chord: Chord


def play_bass(bars: Sequence[SongBar], figure_of: FigureOf, harmony: Harmony, colour: str) -> list[Row]:
    """Play the bass of some bars.

    Parameters
    ----------
    bars : sequence of SongBar
        Those in which the bass plays.
    colour : str
        How the style colours triads (``styles.functions``).

    Returns
    -------
    list of (onset, duration, pitch, velocity)
        One note at a time.
    """
    steps: list[_Step] = []
    next_starts = {bar.start for bar in bars}
    for bar in bars:
        music = figure_of(bar)
        if music is not None:
            steps += _steps_of_bar(bar, music, harmony, bar.end in next_starts)
    steps = _rooted(_one_at_a_time(steps), frozenset(harmony.changes))
    return [
        (step.onset, step.end - step.onset, pitch, BASS_VELOCITY)
        for step, pitch in zip(steps, _pitches(steps, harmony, colour), strict=True)
    ]


def _steps_of_bar(bar: SongBar, music: FigureMusic, harmony: Harmony, goes_on: bool) -> list[_Step]:
    """The notes of a bar, with the changes of chord struck."""
    number, notes = bar_of(music, bar)
    steps = []
    for note in notes:
        onset, end = bar.start + note.onset_tick, bar.start + note.onset_tick + note.duration_tick
        is_ahead = goes_on and (number, note.onset_tick) in music.ahead
        end = end if is_ahead else min(end, bar.end)
        # An approach belongs to where it stands; what it leads to is found from the next note.
        place = onset if note.function == APPROACH else harmony.place_of(onset, end, bar.end, is_ahead)
        chord = harmony.chord_at(place)
        if chord is not None:
            steps.append(_Step(onset, end, note.function, note.octave, place, chord))
    steps = _struck_at_changes(steps, bar, harmony)
    return _led_to_changes(steps, bar, harmony) if _walks(music) else steps


def _struck_at_changes(steps: list[_Step], bar: SongBar, harmony: Harmony) -> list[_Step]:
    """Strike the root where the chord changes inside the bar, or on its first beat over a slash chord."""
    struck = list(steps)
    first = harmony.chord_at(bar.start)
    named = first is not None and first.bass != first.root and bar.start in harmony.changes
    for change in [*([bar.start] if named else []), *harmony.changes_in(bar.start, bar.end)]:
        chord = harmony.chord_at(change)
        played = any(step.onset == change or (step.place == change and step.onset < change) for step in struck)
        if chord is None or played:
            continue
        over = [step for step in struck if step.onset < change < step.end]
        later = [step.onset for step in struck if step.onset > change]
        end = min([max([step.end for step in over], default=change + TPQ), *later, bar.end])
        struck = [replace(step, end=min(step.end, change)) if step in over else step for step in struck]
        struck.append(_Step(change, max(end, change + 3), "R", 0, change, chord))
    return sorted(struck, key=lambda step: step.onset)


def _walks(music: FigureMusic) -> bool:
    """Whether a figure walks: another tone on every beat, three and more a bar, and approach notes."""
    beat = music.meter.beat_ticks
    lines = [[note.function + "'" * note.octave for note in bar if note.onset_tick % beat == 0] for bar in music.bars]
    steady = all(len(line) >= min(3, music.meter.n_beats) for line in lines)
    return bool(music.approach) and steady and all(one != other for line in lines for one, other in pairwise(line))


def _led_to_changes(steps: list[_Step], bar: SongBar, harmony: Harmony) -> list[_Step]:
    """Let the last note before a change inside the bar approach it, if its chord was struck before."""
    led = list(steps)
    for index, (step, later) in enumerate(pairwise(steps)):
        is_change = later.onset in harmony.changes_in(bar.start, bar.end)
        if is_change and index and step.onset not in harmony.changes:
            led[index] = replace(step, function=APPROACH)
    return led


def _one_at_a_time(steps: list[_Step]) -> list[_Step]:
    """End every note where the next begins; of two at once the later written stays."""
    kept: list[_Step] = []
    for step in sorted(steps, key=lambda step: step.onset):
        if kept and kept[-1].onset == step.onset:
            kept.pop()
        elif kept and kept[-1].end > step.onset:
            kept[-1] = replace(kept[-1], end=step.onset)
        kept.append(step)
    return kept


def _rooted(steps: list[_Step], changes: frozenset[int]) -> list[_Step]:
    """Let the first note of every new chord be its root; who comes with a chord approaches no other."""
    rooted: list[_Step] = []
    before: Chord | None = None
    for step in steps:
        is_new = step.chord != before and (step.function != APPROACH or step.onset in changes)
        rooted.append(replace(step, function="R") if is_new and step.function != "R" else step)
        before = step.chord if is_new or step.function != APPROACH else before
    return rooted


def _pitches(steps: Sequence[_Step], harmony: Harmony, colour: str) -> list[int]:
    """The pitches of a line, approach notes last."""
    pitches: list[int | None] = []
    root, chord, section_key = HOME, None, None
    for step in steps:
        if step.function == APPROACH:
            pitches.append(None)
            continue
        key = harmony.key_at(step.place)
        if step.chord != chord or key != section_key:
            root, chord, section_key = _root(step.chord, root), step.chord, key
        passes = step.end - step.onset <= TPQ
        pitches.append(_pitch(step, root, Ground(step.chord, key, colour, passes, harmony.is_given(step.place))))
    return [
        pitch if pitch is not None else _approach(index, steps, pitches, harmony) for index, pitch in enumerate(pitches)
    ]


def _root(chord: Chord, before: int) -> int:
    """The pitch of a chord's bass, near the one before and not far from home."""
    places = [pitch for pitch in range(LOWEST, HIGHEST_ROOT + 1) if pitch % OCTAVE == chord.bass]
    return min(places, key=lambda pitch: (abs(pitch - before) + abs(pitch - HOME) / 2, pitch))


def _pitch(step: _Step, root: int, ground: Ground) -> int:
    """A function's pitch above the chord's bass, inside the instrument."""
    above = 0 if step.function == "R" else (step.chord.root - step.chord.bass) + semitones_of(step.function, ground)
    if step.chord.bass != step.chord.root:
        above %= OCTAVE
    pitch = root + above + OCTAVE * step.octave
    while pitch < LOWEST:
        pitch += OCTAVE
    while pitch > HIGHEST:
        pitch -= OCTAVE
    return pitch


def _approach(index: int, steps: Sequence[_Step], pitches: Sequence[int | None], harmony: Harmony) -> int:
    """A step beside the next note, from the side of the note before."""
    following = next((pitch for pitch in pitches[index + 1 :] if pitch is not None), None)
    before = next((pitch for pitch in reversed(pitches[:index]) if pitch is not None), following)
    step = steps[index]
    if following is None or before is None:
        return before if before is not None else _root(step.chord, HOME)
    scale = harmony.key_at(step.onset).pitch_classes
    side = -1 if before <= following and following - 2 >= LOWEST else 1
    near = [following + side * away for away in (1, 2) if following + side * away != before]
    between = [pitch for pitch in near if min(before, following) < pitch < max(before, following)]
    beyond = [following - side * away for away in (1, 2) if LOWEST <= following - side * away != before]
    fitting = [pitch for pitch in near if pitch % OCTAVE in scale]
    return next(iter([*fitting, *between, *(pitch for pitch in beyond if pitch % OCTAVE in scale), *near]))
