"""Pieces of a score: cut between two bar lines, put one after the other, moved to 480 ticks a quarter.

A piece can be played alone and again and again: what sounded before its start is in effect at its
start, no note sounds at its end, pedals are up there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from symbolic_music.song.notes import NOTE_DTYPE, make_notes, rows_of
from symbolic_music.song.score import ControlChange, KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

TPQ_GAME = 480
# A performed downbeat comes up to 1/12 of a quarter early (see performing); no written onset is so near a bar line.
ANTICIPATION_TICKS = 40
# Notes end this much before the loop's end: a player may jump before it reads the note offs there.
CLOSING_TICKS = 1
PEDALS = (64, 65, 66, 67, 68, 69)
# What a controller is before anything is said (General MIDI level 1, RP-015).
_RESET = {1: 0, 7: 100, 10: 64, 11: 127}

_Change = TypeVar("_Change", TempoChange, MeterChange, KeyChange, Marker)


@dataclass(frozen=True)
class Bar:
    """One bar: its first tick, its length, its counted beats."""

    start_tick: int
    n_ticks: int
    n_beats: int

    @property
    def end_tick(self) -> int:
        """The bar line after it."""
        return self.start_tick + self.n_ticks

    @property
    def beat_ticks(self) -> int:
        """Length of a counted beat: a quarter, in compound meters a dotted one."""
        return self.n_ticks // self.n_beats


def count_beats(meter: Meter) -> int:
    """Beats counted in a bar of any meter that a MIDI file may have."""
    return meter.beats // 3 if meter.is_compound else meter.beats


def list_bars(score: Score) -> tuple[Bar, ...]:
    """List a score's bars by its time signatures."""
    changes = sorted(score.meters, key=lambda change: change.tick)
    bars: list[Bar] = []
    for index, change in enumerate(changes):
        end = changes[index + 1].tick if index + 1 < len(changes) else score.end_tick
        length = score.tpq * 4 * change.meter.beats // change.meter.unit
        beats = count_beats(change.meter)
        bars += [Bar(tick, min(length, end - tick), beats) for tick in range(change.tick, end, length)]
    return tuple(bars)


def steady_end(score: Score) -> Score:
    """Leave out the slowing down of the last two bars: a loop or a jump goes on at the old speed."""
    bars = list_bars(score)
    last = bars[-2].start_tick if len(bars) > 1 else bars[-1].start_tick
    before = [change for change in score.tempos if change.tick <= last]
    ending = [change for change in score.tempos if change.tick > last]
    if not ending or any(change.qpm > before[-1].qpm for change in ending):
        return score
    return replace(score, tempos=tuple(before))


def cut_score(score: Score, start: int, end: int, title: str) -> Score:
    """Cut a piece out of a score between two bar lines.

    Parameters
    ----------
    score : Score
        480 ticks a quarter.
    start, end : int
        Bar lines in ticks; the piece is ``[start, end)``.

    Returns
    -------
    Score
        Begins at tick 0 with tempo, meter, key, chord and controllers as they stand at
        ``start``. Downbeats played a little early come along; those of what follows do
        not. All notes end and pedals are up before its last tick.
    """
    return Score(
        title=title,
        tpq=score.tpq,
        end_tick=end - start,
        tracks=tuple(_cut_track(track, start, end, end == score.end_tick) for track in score.tracks),
        tempos=_cut_changes(score.tempos, start, end),
        meters=_cut_changes(score.meters, start, end),
        keys=_cut_changes(score.keys, start, end),
        markers=tuple(replace(m, tick=m.tick - start) for m in score.markers if start <= m.tick < end),
        chord_symbols=_cut_changes(score.chord_symbols, start, end),
    )


def join_scores(pieces: Sequence[Score], title: str) -> Score:
    """Play pieces of the same tracks one after the other.

    Raises
    ------
    ValueError
        If the pieces do not have the same tracks; a mistake of ours.
    """
    starts = np.cumsum([0] + [piece.end_tick for piece in pieces]).tolist()
    tracks = []
    for parts in zip(*(piece.tracks for piece in pieces), strict=True):
        rows = [(row[0] + at, *row[1:]) for part, at in zip(parts, starts, strict=False) for row in rows_of(part.notes)]
        controls = tuple(
            replace(control, tick=control.tick + at)
            for part, at in zip(parts, starts, strict=False) for control in part.controls
        )  # fmt: skip
        tracks.append(replace(parts[0], notes=make_notes(rows), controls=controls))

    def joined(maps: Iterable[tuple[_Change, ...]]) -> tuple[_Change, ...]:
        return tuple(replace(c, tick=c.tick + at) for changes, at in zip(maps, starts, strict=False) for c in changes)

    return Score(
        title, pieces[0].tpq, starts[-1], tuple(tracks), joined(p.tempos for p in pieces),
        joined(p.meters for p in pieces), joined(p.keys for p in pieces), joined(p.markers for p in pieces),
        joined(p.chord_symbols for p in pieces),
    )  # fmt: skip


def chase_controls(controls: Iterable[ControlChange], tick: int) -> dict[int, int]:
    """Say what every controller that a track uses is set to at a tick."""
    ordered = sorted(controls, key=lambda control: control.tick)
    values = {control.controller: _RESET.get(control.controller, 0) for control in ordered}
    values.update({control.controller: control.value for control in ordered if control.tick <= tick})
    return values


def _cut_track(track: Track, start: int, end: int, is_last: bool) -> Track:
    """Cut one track; notes and pedals end just before the end."""
    onsets = track.notes["onset_tick"]
    # At the start of the song nothing can come early, at its end nothing follows.
    early = ANTICIPATION_TICKS if start > 0 else 0
    limit = end if is_last else end - ANTICIPATION_TICKS
    notes = np.array(track.notes[(onsets >= start - early) & (onsets < limit)], dtype=NOTE_DTYPE)
    ends = np.minimum(notes["onset_tick"] + notes["duration_tick"], end - CLOSING_TICKS) - start
    notes["onset_tick"] = np.maximum(notes["onset_tick"] - start, 0)
    notes["duration_tick"] = np.maximum(ends - notes["onset_tick"], 0)
    kept = make_notes(tuple(row) for row in notes[notes["duration_tick"] > 0].tolist())
    return replace(track, notes=kept, controls=_cut_controls(track.controls, start, end))


def _cut_controls(controls: tuple[ControlChange, ...], start: int, end: int) -> tuple[ControlChange, ...]:
    """Controllers as they stand at the start, their changes inside, pedals up at the end."""
    at_start = [ControlChange(0, controller, value) for controller, value in chase_controls(controls, start).items()]
    inside = [replace(c, tick=c.tick - start) for c in controls if start < c.tick < end - CLOSING_TICKS]
    last = chase_controls((*at_start, *inside), end - start)
    up = [ControlChange(end - start - CLOSING_TICKS, pedal, 0) for pedal in PEDALS if last.get(pedal, 0) > 0]
    return (*at_start, *inside, *up)


def _cut_changes(changes: Sequence[_Change], start: int, end: int) -> tuple[_Change, ...]:
    """The change in effect at the start, and those inside."""
    ordered = sorted(changes, key=lambda change: change.tick)
    before: list[_Change] = [replace(change, tick=0) for change in ordered if change.tick <= start]
    inside: list[_Change] = [replace(c, tick=c.tick - start) for c in ordered if start < c.tick < end]
    return tuple(before[-1:] + inside)
