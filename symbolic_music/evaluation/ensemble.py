"""How a band plays together, in numbers: what gives a machine away when several players are heard at once.

For scores on the engine's grid, as ``arrange`` gives them. ``ENSEMBLE_MEASURES`` is the table of those that
are one number a song; ``nan`` where a song has nothing to measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.chord import Chord, means_no_chord, parse_chord
from symbolic_music.theory.drumming import CLOSED_HAT, FOOT_HAT, OPEN_HAT, strokes_not_playable
from symbolic_music.theory.intervals import is_muddy
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
NAN = float("nan")
CHORD_ROLES = ("chords", "pad")
# Kinds of section whose density is compared.
CONTRASTED = ("intro", "verse", "chorus")
# Kits that are programmed: electronic and TR-808.
MACHINE_KITS = (24, 25)


def hats_together(score: Score) -> float:
    """Share of hi-hat strokes with the hi-hat in another state at the same time."""
    struck: dict[int, set[int]] = {}
    for onset, _, pitch, _ in _drums(score):
        if pitch in (CLOSED_HAT, FOOT_HAT, OPEN_HAT):
            struck.setdefault(onset, set()).add(pitch)
    n_strokes = sum(len(states) for states in struck.values())
    return sum(len(states) for states in struck.values() if len(states) > 1) / n_strokes if n_strokes else NAN


def strokes_too_many(score: Score) -> float:
    """Share of drum strokes for which one drummer and one percussionist have no hand or foot."""
    tracks = [track for track in score.tracks if track.is_drum]
    n_strokes = sum(len(track.notes) for track in tracks)
    missing = [strokes_not_playable(rows_of(track.notes), is_machine=track.program in MACHINE_KITS) for track in tracks]
    return sum(map(len, missing)) / n_strokes if n_strokes else NAN


def distinct_drum_bars(score: Score) -> float:
    """Different bars of drums over all bars with drums."""
    bars = _drum_bars(score)
    return len(set(bars)) / len(bars) if bars else NAN


def commonest_drum_bar(score: Score) -> float:
    """Share of the bars with drums that the commonest one covers."""
    bars = Counter(_drum_bars(score))
    return max(bars.values()) / sum(bars.values()) if bars else NAN


def same_pitch_doubling(score: Score) -> float:
    """Share of chord parts' notes that sound at the pitch of another chord part's note when they begin."""
    tracks = [rows_of(track.notes) for track in score.tracks if track.role in CHORD_ROLES and len(track.notes)]
    n_notes = sum(map(len, tracks))
    if len(tracks) < 2:
        return 0.0 if n_notes else NAN
    doubled = 0
    for number, rows in enumerate(tracks):
        others = [row for index, other in enumerate(tracks) if index != number for row in other]
        doubled += len(doubled_notes(rows, others))
    return doubled / n_notes


def doubled_notes(rows: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    """List the notes at whose onset one of the others begins or sounds at their pitch."""
    by_pitch: dict[int, list[tuple[int, int]]] = {}
    for onset, length, pitch, _ in others:
        by_pitch.setdefault(pitch, []).append((onset, onset + length))
    return [row for row in rows if any(start <= row[0] < end for start, end in by_pitch.get(row[2], ()))]


def low_intervals(score: Score) -> float:
    """Share of chord parts' strikes in which two neighbouring notes lie below the low interval limits."""
    muddy = n_strikes = 0
    for track in score.tracks:
        if track.role in CHORD_ROLES:
            for pitches in _strikes(track):
                n_strikes += 1
                muddy += any(is_muddy(low, high) for low, high in pairwise(sorted(pitches)))
    return muddy / n_strikes if n_strikes else NAN


def slash_basses_played(score: Score) -> float:
    """Share of slash chords, where the bass plays, on whose change it strikes the bass that is named."""
    bass = next((track for track in score.tracks if track.role == "bass"), None)
    if bass is None:
        return NAN
    rows = rows_of(bass.notes)
    hits = []
    for start, end, chord in _chords(score):
        played = [row for row in rows if row[0] < end and row[0] + row[1] > start]
        if chord.bass != chord.root and played:
            hits.append(played[0][2] % 12 == chord.bass)
    return float(np.mean(hits)) if hits else NAN


def chords_complete(score: Score) -> float:
    """Share of chords of a beat and more, under which two parts and more play, with every tone in one of them."""
    roles = ("bass", "melody", "countermelody", "line", *CHORD_ROLES)
    tracks = [track for track in score.tracks if track.role in roles]
    hits = []
    for start, end, chord in _chords(score):
        heard = [
            {row[2] % 12 for row in rows_of(track.notes) if row[0] < end and row[0] + row[1] > start}
            for track in tracks
        ]
        if end - start >= score.tpq and sum(map(bool, heard)) > 2:
            hits.append(chord.pitch_classes <= set().union(*heard))
    return float(np.mean(hits)) if hits else NAN


def lead_alone(score: Score) -> float:
    """1 if nobody beside the melody has its program, else 0."""
    lead = next((track for track in score.tracks if track.role == "melody"), None)
    others = {track.program for track in score.tracks if track is not lead and not track.is_drum}
    return NAN if lead is None else float(lead.program not in others)


def first_drums_sec(score: Score) -> float:
    """When the drums begin, in seconds at the song's first tempo; ``nan`` without drums."""
    return _first_sec(score, [track for track in score.tracks if track.is_drum])


def first_groove_sec(score: Score) -> float:
    """When drums or bass begin, in seconds at the song's first tempo; ``nan`` where neither plays."""
    return _first_sec(score, [track for track in score.tracks if track.is_drum or track.role == "bass"])


def _first_sec(score: Score, tracks: Sequence[Track]) -> float:
    """When the first of some tracks begins, in seconds at the song's first tempo; ``nan`` without notes."""
    onsets = [int(track.notes["onset_tick"].min()) for track in tracks if len(track.notes)]
    return min(onsets) / score.tpq * 60 / score.tempos[0].qpm if onsets else NAN


def section_contrast(score: Score, plan: SongPlan, kinds: Sequence[str] = CONTRASTED) -> float:
    """How far the notes a bar of the accompaniment differ between kinds of section: most less least, over most.

    People's pianists (POP909, 685 songs): .34. ``nan`` where fewer than two of the kinds are there.
    """
    n_bars, n_notes = Counter[str](), Counter[str]()
    onsets = [track.notes["onset_tick"] for track in score.tracks if track.role != "melody"]
    factor = score.tpq // TPQ
    ends = (*plan.section_ticks[1:], plan.lines.end_tick)
    for section, start, end in zip(plan.sections, plan.section_ticks, ends, strict=True):
        if section.kind in kinds:
            n_bars[section.kind] += section.n_bars
            n_notes[section.kind] += sum(int(((on >= start * factor) & (on < end * factor)).sum()) for on in onsets)
    rates = [n_notes[kind] / bars for kind, bars in n_bars.items()]
    return (max(rates) - min(rates)) / max(rates) if len(rates) > 1 and max(rates) else NAN


def drum_velocity_spread(score: Score) -> float:
    """Standard deviation of the drums' velocities."""
    values = [row[3] for row in _drums(score)]
    return float(np.std(values)) if values else NAN


def drums_are_programmed(score: Score) -> bool:
    """Whether the kit is an electronic one, whose loudness is a matter of style and not of hands."""
    return any(track.is_drum and track.program in MACHINE_KITS for track in score.tracks)


ENSEMBLE_MEASURES: dict[str, Callable[[Score], float]] = {
    "hi-hat in two states": hats_together,
    "strokes for more than two hands": strokes_too_many,
    "commonest drum bar": commonest_drum_bar,
    "distinct drum bars": distinct_drum_bars,
    "velocity spread of the drums": drum_velocity_spread,
    "same pitch in two chord parts": same_pitch_doubling,
    "strikes below the low interval limits": low_intervals,
    "slash basses played": slash_basses_played,
    "chords complete": chords_complete,
    "lead unlike its neighbours": lead_alone,
    "first drums, s": first_drums_sec,
}


def _drums(score: Score) -> list[Row]:
    """All drum strokes."""
    return [row for track in score.tracks if track.is_drum for row in rows_of(track.notes)]


def _drum_bars(score: Score) -> list[frozenset[tuple[int, int]]]:
    """The strokes (place, drum) of every bar that has any."""
    length = score.meters[0].meter.bar_ticks * score.tpq // 12
    bars: dict[int, set[tuple[int, int]]] = {}
    for onset, _, pitch, _ in _drums(score):
        bars.setdefault(onset // length, set()).add((onset % length, pitch))
    return [frozenset(strokes) for _, strokes in sorted(bars.items())]


def _strikes(track: Track) -> list[set[int]]:
    """Pitches struck together, where there are several."""
    struck: dict[int, set[int]] = {}
    for onset, _, pitch, _ in rows_of(track.notes):
        struck.setdefault(onset, set()).add(pitch)
    return [pitches for pitches in struck.values() if len(pitches) > 1]


def _chords(score: Score) -> list[tuple[int, int, Chord]]:
    """Start, end and chord of every symbol."""
    ends = [*(marker.tick for marker in score.chord_symbols[1:]), score.end_tick]
    pairs = zip(score.chord_symbols, ends, strict=False)
    return [(marker.tick, end, parse_chord(marker.text)) for marker, end in pairs if not means_no_chord(marker.text)]
