"""A score as plain data for programs that draw and play it: a page, a notebook, a game.

Notes stand in columns, since thousands of small mappings are slow to send and to read. Ticks are the score's own;
``bars`` and ``tempos`` say where they lie in seconds.
"""

from __future__ import annotations

from typing import Any

from symbolic_music.song.score import Score, Track, tick_to_seconds

_COLUMNS = ("onset_tick", "duration_tick", "pitch", "velocity")


def score_data(score: Score) -> dict[str, Any]:
    """Say a score as mappings, lists, texts and numbers.

    Parameters
    ----------
    score : Score
        At any resolution.

    Returns
    -------
    dict
        ``tpq``, ``end_tick``, ``duration_sec``; ``tracks`` with their notes in columns; ``bars`` (first tick, second,
        meter), ``tempos``, ``keys``, ``sections`` and ``chords`` (tick and text), ``lyrics``.
    """
    return {
        "title": score.title,
        "tpq": score.tpq,
        "end_tick": score.end_tick,
        "duration_sec": round(tick_to_seconds(score, score.end_tick), 4),
        "tracks": [_track(track) for track in score.tracks],
        "bars": _bars(score),
        "tempos": [{"tick": change.tick, "qpm": change.qpm} for change in score.tempos],
        "keys": [{"tick": change.tick, "key": str(change.key)} for change in score.keys],
        "sections": [{"tick": marker.tick, "text": marker.text} for marker in score.markers],
        "chords": [{"tick": marker.tick, "text": marker.text} for marker in score.chord_symbols],
        "lyrics": [vars(syllable) for syllable in score.lyrics],
    }


def _track(track: Track) -> dict[str, Any]:
    """One track."""
    return {
        "name": track.name,
        "role": track.role,
        "program": track.program,
        "is_drum": track.is_drum,
        "volume": track.volume,
        "pan": track.pan,
        "notes": {column: track.notes[column].tolist() for column in _COLUMNS},
        "controls": [[control.tick, control.controller, control.value] for control in track.controls],
    }


def _bars(score: Score) -> list[dict[str, Any]]:
    """Every bar's first tick and second."""
    bars, tick, place = [], 0, 0
    meters = sorted(score.meters, key=lambda change: change.tick)
    while tick < score.end_tick:
        while place + 1 < len(meters) and meters[place + 1].tick <= tick:
            place += 1
        meter = meters[place].meter
        bars.append({"tick": tick, "sec": round(tick_to_seconds(score, tick), 4), "meter": str(meter)})
        tick += score.tpq * 4 * meter.beats // meter.unit
    return bars
