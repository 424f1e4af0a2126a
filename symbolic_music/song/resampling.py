"""Another resolution for a whole score: notes, controllers, maps, markers, chord symbols and words."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.score import TPQ, ControlChange, KeyChange, Marker, MeterChange, Score, TempoChange, Track

_Event = TypeVar("_Event", ControlChange, TempoChange, MeterChange, KeyChange, Marker, Syllable)


def resample(score: Score, tpq: int) -> Score:
    """Write every tick of a score in another number of ticks to the quarter.

    Parameters
    ----------
    score : Score
        In any resolution.
    tpq : int
        Ticks to the quarter, 1 or more: ``TPQ`` (12) on the engine's grid, 480 as played.

    Returns
    -------
    Score
        Everything at the nearest tick; ends of notes are rounded as onsets are, so that what was joined stays
        joined, and no note gets shorter than a tick.
    """
    if score.tpq == tpq:
        return score
    factor = tpq / score.tpq
    return replace(
        score,
        tpq=tpq,
        end_tick=round(score.end_tick * factor),
        tracks=tuple(_resample_track(track, factor) for track in score.tracks),
        tempos=move_events(score.tempos, factor),
        meters=move_events(score.meters, factor),
        keys=move_events(score.keys, factor),
        markers=move_events(score.markers, factor),
        chord_symbols=move_events(score.chord_symbols, factor),
        cue_points=move_events(score.cue_points, factor),
        lyrics=move_events(score.lyrics, factor),
    )


def to_engine_ticks(score: Score) -> Score:
    """Bring a score that was read from MIDI back to the engine's 12 ticks a quarter.

    Parameters
    ----------
    score : Score
        In any resolution, everything on sixteenths or eighth triplets.

    Returns
    -------
    Score
        12 ticks a quarter.

    Raises
    ------
    InputError
        If anything lies off the grid, as notes do after `perform`.
    """
    for what, tick in _all_ticks(score):
        if tick * TPQ % score.tpq:
            raise InputError(f"{score.title}: {what} at tick {tick} is off the grid; take a score as arrange wrote it")
    return resample(score, TPQ)


def move_events(events: tuple[_Event, ...], factor: float) -> tuple[_Event, ...]:
    """Multiply the ticks of events, to the nearest tick.

    Parameters
    ----------
    events : tuple[_Event, ...]
        Of one kind, ascending.
    factor : float
        New ticks to the quarter over old ones.

    Returns
    -------
    tuple[_Event, ...]
        As many, in the same order.
    """
    return tuple(replace(event, tick=round(event.tick * factor)) for event in events)


def _resample_track(track: Track, factor: float) -> Track:
    """One track's notes and controllers at other ticks."""
    notes = track.notes.copy()
    onsets = np.rint(track.notes["onset_tick"] * factor)
    ends = np.rint((track.notes["onset_tick"].astype(np.int64) + track.notes["duration_tick"]) * factor)
    notes["onset_tick"], notes["duration_tick"] = onsets, np.maximum(ends - onsets, 1)
    notes = np.sort(notes, order=["onset_tick", "pitch"])
    notes.flags.writeable = False
    return replace(track, notes=notes, controls=move_events(track.controls, factor))


def _all_ticks(score: Score) -> list[tuple[str, int]]:
    """Every tick that a score says, with what is there."""
    ticks = [("the end", score.end_tick)]
    for track in score.tracks:
        for onset, duration, *_ in track.notes.tolist():
            ticks += [("a note", onset), ("a note's end", onset + duration)]
        ticks += [("a control", control.tick) for control in track.controls]
    maps = (score.tempos, score.meters, score.keys, score.markers, score.chord_symbols, score.lyrics)
    return ticks + [("an event", event.tick) for events in maps for event in events]
