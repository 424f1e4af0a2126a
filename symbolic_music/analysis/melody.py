"""The tune of music in which nobody has marked it: one rule for scores of any kind.

A track that its author called melody, vocals or lead is the tune. Else it is the track that moves most like one
(`analysis.texture.lead_score`), by how much of the music it plays through. Where no track is one voice (a piano, a
guitar), the tune is the skyline of the track that lies highest: at every onset the highest note, unless a higher one
still sounds (Uitdenbogerd and Zobel 1998 call it *all-mono*).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbolic_music.analysis.texture import CALLED_LEAD, WITHOUT_ROLE, Row, is_bass, lead_score, texture_of
from symbolic_music.song.score import Score, Track

_CALLED = re.compile(r"melod|gesang|chant\b|canto|\bvoz\b|vox|sing(?:er|ing)?\b|soprano|right hand|\brh\b", re.I)
_ACCOMPANIES = re.compile(r"backing|back ?vox|choir|harmony|bass|drum|percussion|left hand|\blh\b|chord|pad\b", re.I)
# Less than this of the lead score, and the tune is the skyline of what lies highest.
LEAST_LEAD = 2.0
# A track of the tune plays through at least so much of the music, else what plays more is rather it.
PLAYS_THROUGH = 0.6
# A note of the skyline that begins under one that still sounds for longer than this (in ticks) is not of it.
OVERLAP = 3
ONE_VOICE = 0.85


@dataclass(frozen=True)
class Tune:
    """Where a tune was found: the index of its track, its notes, one at a time, and how."""

    track: int
    rows: tuple[Row, ...]
    how: str


def find_tune(score: Score, use_names: bool = True) -> Tune | None:
    """Find the tune of a score.

    Parameters
    ----------
    score : Score
        On the engine's grid.
    use_names : bool, optional
        Whether what tracks are called and their roles count; without, only the notes do (for measuring).

    Returns
    -------
    Tune or None
        ``None`` where nothing pitched sounds.
    """
    pitched = [
        (index, track)
        for index, track in enumerate(score.tracks)
        if len(track.notes) and not track.is_drum and track.program not in WITHOUT_ROLE
    ] or [(index, track) for index, track in enumerate(score.tracks) if len(track.notes) and not track.is_drum]
    if not pitched:
        return None
    if use_names:
        named = [(index, track) for index, track in pitched if _is_called_tune(track)]
        if named:
            index, track = max(named, key=lambda entry: (_is_sure(entry[1]), len(entry[1].notes)))
            return Tune(index, skyline(_rows(track)), f"the track is called {track.name!r}")
    if len(pitched) == 1:
        return Tune(pitched[0][0], skyline(_rows(pitched[0][1])), "the highest notes of the only track")
    ranked = _ranked(score, pitched, use_names)
    index, best = ranked[0]
    track = score.tracks[index]
    if best >= LEAST_LEAD:
        return Tune(index, skyline(_rows(track)), f"{track.name!r} moves most like a tune")
    index, track = max(pitched, key=lambda entry: _height(entry[1]))
    return Tune(index, skyline(_rows(track)), f"the highest notes of {track.name!r}")


def _is_called_tune(track: Track) -> bool:
    """Whether a track is named as the tune, or has its role from a file of ours."""
    is_called = track.role == "melody" or CALLED_LEAD.search(track.name) or _CALLED.search(track.name)
    return bool(is_called) and not _ACCOMPANIES.search(track.name)


def _is_sure(track: Track) -> bool:
    """Whether the name can mean nothing else: a "lead" may be a lead guitar."""
    return "melod" in track.name.lower() or "vocal" in track.name.lower()


def _ranked(score: Score, pitched: list[tuple[int, Track]], use_names: bool) -> list[tuple[int, float]]:
    """Tracks by how much they are the tune, best first."""
    meter = score.meters[0].meter
    rows = {index: _rows(track) for index, track in pitched}
    end = max(own[-1][0] for own in rows.values()) + 1
    textures = {index: texture_of(own, 0, end, meter.bar_ticks) for index, own in rows.items()}
    lowest = min(texture.mean_pitch for texture in textures.values())
    scores: dict[int, float] = {}
    for index, track in pitched:
        texture = textures[index]
        voice = track if use_names else Track("", track.role, track.program, track.notes)
        score_of = 0.0 if is_bass(voice, texture, lowest) else lead_score(voice, texture)
        through = min(1.0, texture.bars / PLAYS_THROUGH)
        scores[index] = score_of * (0.5 + 0.5 * through)
    return sorted(scores.items(), key=lambda entry: -entry[1])


def _height(track: Track) -> float:
    """How high a track lies, in the mean of its skyline."""
    return float(np.mean([row[2] for row in skyline(_rows(track))]))


def is_one_voice(notes: np.ndarray) -> bool:
    """Whether notes are a line: hardly any begins with another or under one that sounds on."""
    rows = [tuple(row) for row in notes.tolist()]
    return len(skyline(rows, cut=False)) >= ONE_VOICE * len(rows)


def skyline(rows: Sequence[Row], overlap: int = OVERLAP, cut: bool = True) -> tuple[Row, ...]:
    """Take the highest voice of notes.

    Parameters
    ----------
    rows : sequence of (onset, duration, pitch, velocity)
        By onset.
    overlap : int, optional
        How far a note may begin under a higher one and still be of the line, in ticks.
    cut : bool, optional
        Whether notes end where the next one begins.

    Returns
    -------
    tuple of Row
        One voice: no note begins under a higher one that sounds on, none sounds into the next.

    Examples
    --------
    >>> skyline([(0, 24, 72, 90), (0, 6, 48, 90), (12, 6, 60, 90), (24, 6, 71, 90)])
    ((0, 24, 72, 90), (24, 6, 71, 90))
    """
    highest: dict[int, Row] = {}
    for row in rows:
        if row[0] not in highest or row[2] > highest[row[0]][2]:
            highest[row[0]] = row
    kept: list[Row] = []
    for onset in sorted(highest):
        row = highest[onset]
        over = kept[-1] if kept else None
        if over is not None and over[2] > row[2] and over[0] + over[1] > onset + overlap:
            continue
        if cut and over is not None and over[0] + over[1] > onset:
            kept[-1] = (over[0], onset - over[0], over[2], over[3])
        kept.append(row)
    return tuple(kept)


def _rows(track: Track) -> list[Row]:
    """A track's notes as plain tuples."""
    return [(int(on), int(length), int(pitch), int(velocity)) for on, length, pitch, velocity in track.notes.tolist()]
