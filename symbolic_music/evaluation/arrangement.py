"""What an arrangement does over the song, in numbers: who plays, how busily, how its voices move, how it returns.

For scores on the engine's grid, as ``arrange`` gives them; a performance moves notes off it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from symbolic_music.analysis.similarity import phrase_similarity
from symbolic_music.evaluation.melody import NAN
from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.chord import means_no_chord, parse_chord
from symbolic_music.theory.meter import TPQ

CHORD_ROLES = ("chords", "pad")


def describe_arrangement(score: Score) -> dict[str, Any]:
    """Measure an arrangement for a song's provenance.

    Parameters
    ----------
    score : Score
        As ``arrange`` made it, with a marker for every section.

    Returns
    -------
    dict
        ``sections``: name, parts playing, notes a bar of the band (the melody apart); ``voice_movement``:
        semitones a voice by chord track; ``chorus_similarity`` of the first two choruses by part.
    """
    return {
        "sections": [
            {"name": name, "parts": parts, "notes_per_bar": round(density, 1)}
            for name, parts, density in section_table(score)
        ],
        "voice_movement": {
            track.name: round(voice_movement(track.notes), 2)
            for track in score.tracks
            if track.role in CHORD_ROLES and not np.isnan(voice_movement(track.notes))
        },
        "chorus_similarity": {name: round(value, 2) for name, value in return_similarity(score, "Chorus").items()},
    }


def section_table(score: Score) -> list[tuple[str, list[str], float]]:
    """List the sections: name, tracks that play there without the melody's, and their notes a bar.

    Parameters
    ----------
    score : Score
        With a marker for every section.

    Returns
    -------
    list[tuple[str, list[str], float]]
        One row a section, in order.
    """
    bar = score.meters[0].meter.bar_ticks * score.tpq // TPQ
    ends = [*(marker.tick for marker in score.markers[1:]), score.end_tick]
    band = [track for track in score.tracks if track.role != "melody"]
    table = []
    for marker, end in zip(score.markers, ends, strict=True):
        counts = {track.name: _count(track, marker.tick, end) for track in band}
        playing = [name for name, count in counts.items() if count]
        table.append((marker.text, playing, sum(counts.values()) * bar / max(1, end - marker.tick)))
    return table


def voice_movement(notes: np.ndarray) -> float:
    """Give how far the voices of a chord part move from one chord to the next.

    Chords of as many notes are paired from low to high; with a voice more or less, each note with the
    nearest of the other chord, both ways. Repeated chords do not count.

    Parameters
    ----------
    notes : NOTE_DTYPE array
        On the grid.

    Returns
    -------
    float
        Semitones a voice; ``nan`` with fewer than two different chords.
    """
    strikes: dict[int, set[int]] = {}
    for onset, _, pitch, _ in rows_of(notes):
        strikes.setdefault(onset, set()).add(pitch)
    chords = [sorted(pitches) for _, pitches in sorted(strikes.items()) if len(pitches) > 1]
    moves = [_movement(before, after) for before, after in pairwise(chords) if before != after]
    return float(np.mean(moves)) if moves else NAN


def return_similarity(score: Score, kind: str) -> dict[str, float]:
    """Compare the first two sections of a kind, part by part: the share of notes (place and pitch) in common.

    After the bar similarity of Museformer (Yu et al., NeurIPS 2022). Parts that are silent in one of them
    are left out; sections of unequal length are compared as far as the shorter one goes.

    Parameters
    ----------
    score : Score
        With markers such as ``Chorus 1`` and ``Chorus 2``.
    kind : str
        The word before the number, such as ``Chorus``.

    Returns
    -------
    dict[str, float]
        0 (nothing in common) to 1 (the same) by track name.
    """
    ends = [*(marker.tick for marker in score.markers[1:]), score.end_tick]
    spans = [
        (marker.tick, end)
        for marker, end in zip(score.markers, ends, strict=True)
        if marker.text.rsplit(" ", 1)[0] == kind
    ]
    if len(spans) < 2:
        return {}
    length = min(end - start for start, end in spans[:2])
    found: dict[str, float] = {}
    for track in score.tracks:
        if track.role == "melody":
            continue
        one, other = (_places(track, start, start + length) for start, _ in spans[:2])
        if one and other:
            found[track.name] = phrase_similarity(one, other)
    return found


def chord_tone_share(score: Score) -> float:
    """Share of the band's pitched notes that begin on a tone of the chord symbol that stands there, or on its bass.

    The melody and its line do not count; ``nan`` where nobody plays under a chord.
    """
    ends = [*(marker.tick for marker in score.chord_symbols[1:]), score.end_tick]
    spans = [
        (marker.tick, end, parse_chord(marker.text))
        for marker, end in zip(score.chord_symbols, ends, strict=False)
        if not means_no_chord(marker.text)
    ]
    hits = [
        pitch % 12 in chord.pitch_classes | {chord.bass}
        for track in accompanists(score)
        for onset, _, pitch, _ in rows_of(track.notes)
        for start, end, chord in spans
        if start <= onset < end
    ]
    return float(np.mean(hits)) if hits else NAN


def same_over_all(score: Score, phrases: Sequence[tuple[str, int, int]]) -> float:
    """How much more alike the band plays phrases of one label than any two phrases.

    Two phrases share the notes (onset in the phrase, pitch) that both have, over all that either has; those of equal
    label against all pairs, after the measure with which POP909's labels were checked (Dai, Zhang and Dannenberg
    2020): a band that loops one bar has 1, one that knows nothing of form too.

    Parameters
    ----------
    score : Score
        On the engine's grid, one meter.
    phrases : sequence of (label, first bar, bars)

    Returns
    -------
    float
        Mean similarity of equal labels over that of all pairs; ``nan`` without two phrases of a label.
    """
    bar = score.meters[0].meter.bar_ticks * score.tpq // TPQ
    notes = [
        (label, {place for track in accompanists(score) for place in _places(track, start * bar, (start + n) * bar)})
        for label, start, n in phrases
    ]
    pairs = [(one == other, phrase_similarity(a, b)) for (one, a), (other, b) in combinations(notes, 2) if a and b]
    same = [value for is_same, value in pairs if is_same]
    everything = float(np.mean([value for _, value in pairs])) if pairs else 0.0
    return float(np.mean(same)) / everything if same and everything else NAN


def accompanists(score: Score) -> list[Track]:
    """The tracks that play chords and bass."""
    return [track for track in score.tracks if track.role in (*CHORD_ROLES, "bass") and not track.is_drum]


def _count(track: Track, start: int, end: int) -> int:
    """Notes that begin in a span."""
    return int(((track.notes["onset_tick"] >= start) & (track.notes["onset_tick"] < end)).sum())


def _places(track: Track, start: int, end: int) -> set[tuple[int, int]]:
    """Onset from the start, and pitch, of the notes in a span."""
    return {(onset - start, pitch) for onset, _, pitch, _ in rows_of(track.notes) if start <= onset < end}


def _movement(before: list[int], after: list[int]) -> float:
    """Mean distance of the voices of two chords."""
    if len(before) == len(after):
        return float(np.mean(np.abs(np.array(before) - np.array(after))))
    away = np.abs(np.subtract.outer(before, after))
    return float((away.min(axis=1).mean() + away.min(axis=0).mean()) / 2)
