"""Score on the grid to score as played: 480 ticks a quarter, dynamics, timing, pedal, expression, tempo."""

from __future__ import annotations

from dataclasses import replace

from symbolic_music.errors import InputError
from symbolic_music.performing.breath import BREATHING, breathe
from symbolic_music.performing.dynamics import shape_velocities
from symbolic_music.performing.expression import swell
from symbolic_music.performing.manner import Manner, PerformOptions, choose_manner
from symbolic_music.performing.moments import SCALE, TPQ_PERFORMED, Timeline, performance_rng
from symbolic_music.performing.pedal import press_pedal
from symbolic_music.performing.ringing import RINGING, let_ring
from symbolic_music.performing.room import place_in_room
from symbolic_music.performing.timing import draw_offsets, slow_down, swing_tick
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.resampling import resample
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.meter import TPQ

# Gaps up to this are closed by the melody's legato; wider ones are breaths.
# A song that fades does so over so many bars, at most a quarter of it.
FADE_BARS = 8
LEGATO_GAP = TPQ_PERFORMED // 4
BREATH_SHARE = 0.9
REPEATED_NOTE_GAP = 20
MIN_DURATION = 24

Row = tuple[int, int, int, int]

DEFAULT_OPTIONS = PerformOptions()


def perform(score: Score, plan: SongPlan, options: PerformOptions = DEFAULT_OPTIONS) -> Score:
    """Play a score: the same notes with dynamics, timing, pedal and tempo.

    Parameters
    ----------
    score : Score
        As arranged, ``tpq`` 12.
    plan : SongPlan
        Its sections say how intense each bar is, its style how the band swings, drums and ends.
    options : PerformOptions
        How loose, or otherwise than the style.

    Returns
    -------
    Score
        ``tpq`` 480; ends on the same bar line.

    Raises
    ------
    InputError
        If the score is not on the engine's grid or does not have the plan's bars.
    """
    manner = choose_manner(plan, options)
    timeline = manner.timeline
    if score.tpq != TPQ:
        raise InputError(f"{score.title}: the score has {score.tpq} ticks a quarter; perform takes one with {TPQ}")
    if score.end_tick * SCALE != timeline.sections[-1].end_tick:
        raise InputError(
            f"{score.title}: the score ends at tick {score.end_tick}, the plan's {plan.n_bars} bars of {plan.meter} at"
            f" {timeline.sections[-1].end_tick // SCALE}; arrange the score from this plan"
        )
    scaled = resample(score, TPQ_PERFORMED)
    if options.straight:
        return replace(scaled, tracks=tuple(_play_straight(track, scaled.end_tick) for track in scaled.tracks))
    slower = slow_down(plan, scaled.end_tick, timeline) if manner.slows_down else ()
    tracks = tuple(_perform_track(track, scaled, plan, manner) for track in scaled.tracks)
    return replace(scaled, tracks=tracks, tempos=(*scaled.tempos, *slower))


def _play_straight(track: Track, end_tick: int) -> Track:
    """Play exactly what is written."""
    rows = [(onset, onset + duration, *rest) for onset, duration, *rest in track.notes.tolist()]
    return replace(track, notes=make_notes(_close(rows, end_tick)))


def _perform_track(track: Track, score: Score, plan: SongPlan, manner: Manner) -> Track:
    """Perform one track, section by section, so that one section can be played again alone."""
    timeline = manner.timeline
    if track.role == "chords" and track.program in RINGING:
        changes = [marker.tick for marker in score.chord_symbols]
        track = replace(track, notes=let_ring(track.notes, changes, score.meters[0].meter.bar_ticks * SCALE))
    rows: list[Row] = []
    # The earliest that each pitch may sound again: deviations never swallow a note.
    earliest: dict[int, int] = {}
    for stretch in timeline.sections:
        grid = track.notes["onset_tick"]
        part = replace(track, notes=track.notes[(grid >= stretch.onset_tick) & (grid < stretch.end_tick)])
        rng = performance_rng(manner.seed, stretch.name, track.name)
        velocities = shape_velocities(part, manner, rng)
        offsets = draw_offsets(part, manner, rng)
        for note, velocity, offset in zip(part.notes.tolist(), velocities.tolist(), offsets.tolist(), strict=True):
            onset, end = (_swung(tick, manner) for tick in (note[0], note[0] + note[1]))
            onset = max(onset + offset, earliest.get(note[2], 0))
            earliest[note[2]] = onset + MIN_DURATION
            rows.append((onset, end, note[2], velocity))
    if track.role == "melody":
        rows = _phrase_melody(rows, timeline, score.end_tick)
        rows = breathe(rows, timeline, manner.qpm) if track.program in BREATHING else rows
    if plan.ending == "fade":
        rows = _fade_away(rows, plan, score.end_tick)
    notes = make_notes(_close(rows, score.end_tick))
    room = place_in_room(track, manner.family, manner.qpm)
    controls = (*room, *track.controls, *press_pedal(track, score, manner.family), *swell(track, timeline))
    return replace(track, notes=notes, controls=controls)


def _swung(tick: int, manner: Manner) -> int:
    """Where a tick is played: off-beats are counted from the bar line, since bars of 7/8 end between two quarters."""
    inside = manner.timeline.inside(tick)
    return tick - inside + swing_tick(inside, manner.swing, manner.evens)


def _fade_away(rows: list[Row], plan: SongPlan, end_tick: int) -> list[Row]:
    """Let the last bars die away: strokes get softer, evenly down to a breath."""
    n_bars = min(FADE_BARS, max(1, plan.n_bars // 4))
    begin = plan.lines.tick_of(plan.n_bars - n_bars) * SCALE
    faded = []
    for onset, end, pitch, velocity in rows:
        left = min(1.0, max(0.0, (end_tick - onset) / (end_tick - begin)))
        faded.append((onset, end, pitch, max(1, round(velocity * left))))
    return faded


def _phrase_melody(rows: list[Row], timeline: Timeline, end_tick: int) -> list[Row]:
    """Bind the notes of a phrase, take breath where the tune pauses or the phrase ends (rows hold ends)."""
    shaped: list[Row] = []
    for index, (onset, end, pitch, velocity) in enumerate(rows):
        following = rows[index + 1] if index + 1 < len(rows) else None
        phrase_end = timeline.phrase_at(onset + MIN_DURATION).end_tick
        breathes = following is None or following[0] - end > LEGATO_GAP or following[0] >= phrase_end - MIN_DURATION
        if breathes and end < end_tick:
            end = onset + max(MIN_DURATION, int((end - onset) * BREATH_SHARE))
        elif following is not None and not breathes:
            end = following[0] - (REPEATED_NOTE_GAP if following[2] == pitch else 0)
        shaped.append((onset, end, pitch, velocity))
    return shaped


def _close(rows: list[Row], end_tick: int) -> list[Row]:
    """Turn ends into durations: inside the song, and never over the next note of the same pitch."""
    closed: list[Row] = []
    next_onset: dict[int, int] = {}
    for onset, end, pitch, velocity in sorted(rows, reverse=True):
        limit = next_onset.get(pitch, end_tick)
        if onset < limit:
            closed.append((onset, min(max(end, onset + MIN_DURATION), limit) - onset, pitch, velocity))
            next_onset[pitch] = onset
    return closed
