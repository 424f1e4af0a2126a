"""Stingers: short signals in the song's key, tempo and sound: won, lost, picked something up.

Every note is of the key's scale. *Win* climbs over the chords of the fourth and fifth degree to the
tonic (in minor over the sixth and seventh, as fanfares do); *lose* falls from the fifth to the tonic of
the minor side of the key; *pickup* is the tonic's triad, run up in a beat.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from symbolic_music.games.cutting import CLOSING_TICKS, TPQ_GAME
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import KeyChange, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.key import Key

STINGERS = ("win", "lose", "pickup")
# When a game may start each: at the next bar, the next beat, or at once.
SYNC = {"win": "bar", "lose": "bar", "pickup": "beat"}
GLOCKENSPIEL = 9
CRASH, KICK = 49, 36
LOUD, MIDDLE, SOFT = 108, 88, 70
TUNE_LOW, CHORD_LOW, BASS_LOW, BELL_LOW = 67, 55, 36, 79

# Onsets of the first bar's four notes in sixteenths, by meter; elsewhere quarters of the bar.
RHYTHMS = {
    "3/4": (0, 4, 8, 10), "6/8": (0, 4, 6, 10), "12/8": (0, 6, 12, 18), "9/8": (0, 6, 12, 16), "5/4": (0, 8, 12, 16),
    "7/8": (0, 4, 8, 12),
}  # fmt: skip

Row = tuple[int, int, int, int]
# Scale degrees, counted from 0, of the chords and the tune over them.
WIN_CHORDS = {"major": (3, 4), "minor": (5, 6)}


def make_stinger(score: Score, name: str, key: Key) -> Score:
    """Write one stinger.

    Parameters
    ----------
    score : Score
        The song, 480 ticks a quarter: its first tempo, meter and instruments are used.
    name : str
        One of `STINGERS`.
    key : Key
        The key of the loop.
    """
    meter = score.meters[0].meter
    bar = TPQ_GAME * 4 * meter.beats // meter.unit
    if name == "pickup":
        tracks, length = _pickup(score, key), bar
    else:
        sixteenths = RHYTHMS.get(str(meter), tuple(range(0, bar * 4 // TPQ_GAME, bar // TPQ_GAME)))
        onsets = tuple(onset * TPQ_GAME // 4 for onset in sixteenths)
        tracks, length = (_win if name == "win" else _lose)(score, key, (*onsets, bar)), 2 * bar
    return Score(
        f"{score.title}: {name}", TPQ_GAME, length, tracks, (TempoChange(0, score.tempos[0].qpm),),
        (MeterChange(0, meter),), (KeyChange(0, key),),
    )  # fmt: skip


def degree_pitch(key: Key, degree: int, low: int) -> int:
    """The pitch of a scale degree, 0 the tonic, 7 its octave; the tonic is the first from ``low`` up."""
    tonic = low + (key.tonic_pitch_class - low) % 12
    octave, step = divmod(degree, 7)
    return tonic + 12 * octave + (key.pitch_classes[step] - key.tonic_pitch_class) % 12


def _win(score: Score, key: Key, onsets: tuple[int, ...]) -> tuple[Track, ...]:
    """Four rising notes over two chords, then the tonic held."""
    first, second = WIN_CHORDS[key.mode]
    bar, change = onsets[4], onsets[2]
    top = 7 if key.mode == "major" else 9
    degrees = (first, first + 2, second, second + 2)
    tune = [_note(start, end - start, degree_pitch(key, degree, TUNE_LOW), MIDDLE + 4 * index)
            for index, (degree, (start, end)) in enumerate(zip(degrees, pairwise(onsets), strict=True))]  # fmt: skip
    tune.append(_note(bar, bar, degree_pitch(key, top, TUNE_LOW), LOUD))
    chords = [*_triad(key, first, 0, change, MIDDLE), *_triad(key, second, change, bar, MIDDLE)]
    chords += _triad(key, 0, bar, 2 * bar, LOUD)
    bass = [_note(start, end - start, degree_pitch(key, degree, BASS_LOW - 12 * (degree > 2)), MIDDLE)
            for degree, start, end in ((first, 0, change), (second, change, bar), (0, bar, 2 * bar))]  # fmt: skip
    drums = [_note(start, end - start, KICK, MIDDLE) for start, end in pairwise(onsets)]
    drums += [_note(bar, bar, CRASH, LOUD), _note(bar, TPQ_GAME, KICK, LOUD)]
    return _with_band(score, {"melody": tune, "chords": chords, "bass": bass, "drums": drums})


def _lose(score: Score, key: Key, onsets: tuple[int, ...]) -> tuple[Track, ...]:
    """Five falling notes to the tonic of the key's minor side, low and soft, over its triad."""
    tonic = 0 if key.mode == "minor" else -2  # two degrees below a major tonic is its relative minor's
    bar, change = onsets[4], onsets[2]
    tune = [_note(start, end - start, degree_pitch(key, tonic + 4 - index, TUNE_LOW - 12), MIDDLE - 5 * index)
            for index, (start, end) in enumerate(pairwise(onsets))]  # fmt: skip
    tune.append(_note(bar, bar, degree_pitch(key, tonic, TUNE_LOW - 12), SOFT))
    chords = [*_triad(key, tonic, 0, change, SOFT), *_triad(key, tonic + 3, change, bar, SOFT)]
    chords += _triad(key, tonic, bar, 2 * bar, SOFT)
    bass = [_note(start, bar, degree_pitch(key, tonic, BASS_LOW), SOFT) for start in (0, bar)]
    return _with_band(score, {"melody": tune, "chords": chords, "bass": bass})


def _pickup(score: Score, key: Key) -> tuple[Track, ...]:
    """The triad run up to the octave on a glockenspiel, a sixteenth each."""
    step = TPQ_GAME // 4
    rows = [_note(index * step, step, degree_pitch(key, degree, BELL_LOW), MIDDLE + 5 * index)
            for index, degree in enumerate((0, 2, 4))]  # fmt: skip
    rows.append(_note(3 * step, TPQ_GAME, degree_pitch(key, 7, BELL_LOW), LOUD))
    return (Track("Glockenspiel", "melody", GLOCKENSPIEL, make_notes(rows), volume=100),)


def _note(onset: int, duration: int, pitch: int, velocity: int) -> Row:
    """A note that ends just before the next."""
    return onset, duration - CLOSING_TICKS, pitch, velocity


def _triad(key: Key, degree: int, start: int, end: int, velocity: int) -> list[Row]:
    """The scale's triad on a degree."""
    return [_note(start, end - start, degree_pitch(key, degree + step, CHORD_LOW - 12 * (degree > 2)), velocity)
            for step in (0, 2, 4)]  # fmt: skip


def _with_band(score: Score, parts: dict[str, list[Row]]) -> tuple[Track, ...]:
    """Give parts to the song's players; who is missing is left out, but someone always plays the tune."""
    by_role: dict[str, Track] = {}
    for track in score.tracks:
        by_role.setdefault("drums" if track.is_drum else track.role, track)
    melodic = [track for track in score.tracks if not track.is_drum]
    if "melody" not in by_role:
        by_role["melody"] = melodic[-1] if melodic else Track("Melody", "melody", 0, make_notes([]))
    return tuple(
        replace(by_role[role], notes=make_notes(rows), controls=()) for role, rows in parts.items() if role in by_role
    )
