"""The key of music: one finder for melodies, progressions and whole scores.

Evidence for a key is added up: how well its profile fits the time that each pitch class sounds (Krumhansl and
Kessler's profiles, in Krumhansl, Cognitive Foundations of Musical Pitch, 1990), how much of the harmony lies inside
it, how long its tonic chord sounds, where a dominant or subdominant goes to it, and what the music begins and ends
with. The weights are those of a logistic regression on melodies, progressions and both together, whole songs
and excerpts of 8 bars, of POP909, OpenEWLD, Nottingham and Billboard (their training songs; profile of the notes = 1).
A last chord alone says little: a loop may end anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np

from symbolic_music.errors import NotationError
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.score import Score
from symbolic_music.theory.chord import QUALITIES, Chord, parse_chord
from symbolic_music.theory.key import MODES, SCALES, Key, key_of

_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
# What each kind of evidence weighs beside the profile of the notes.
CHORD_TONES, INSIDE, TONIC_TIME = 0.55, 0.62, 0.27
FIRST_CHORD, LAST_CHORD, LAST_NOTE = 0.24, 0.02, 0.16
AUTHENTIC, LAST_AUTHENTIC, PLAGAL = 0.32, 0.09, 0.09
FOURTH, FIFTH, RAISED_SEVENTH = 5, 7, 11

# A chord and how long it sounds, in any unit.
Sounding = tuple[Chord, float]


def find_key(melody: np.ndarray, chords: Sequence[ChordEvent] = (), among: Sequence[Key] = ()) -> Key:
    """Find the likeliest key of a melody, with its chords if there are any.

    Parameters
    ----------
    melody : NOTE_DTYPE array
        One voice, in order; may be empty.
    chords : sequence of ChordEvent, optional
        In order; the last one sounds as long as the melody does.
    among : sequence of Key, optional
        The keys to choose from; all 24 if left out.

    Examples
    --------
    >>> from symbolic_music.song.notes import make_notes
    >>> str(find_key(make_notes([(12 * i, 12, p, 90) for i, p in enumerate((62, 64, 66, 67, 69, 71, 73, 74))])))
    'D major'
    """
    weights = pitch_class_weights(melody)
    last = int(melody["pitch"][-1]) % 12 if len(melody) else None
    end = int((melody["onset_tick"] + melody["duration_tick"]).max()) if len(melody) else 0
    return choose_key(weights, _soundings(chords, end), last, among)


def find_key_of_score(score: Score, chords: Sequence[ChordEvent] | None = None) -> Key:
    """Find the likeliest key of a score by all that sounds but drums, and its chords; C major for silence.

    Parameters
    ----------
    score : Score
        In any resolution.
    chords : sequence of ChordEvent, optional
        Its harmony, in its ticks; the chord symbols that it has, if left out.
    """
    chords = _read_symbols(score) if chords is None else chords
    weights = np.zeros(12)
    for track in score.tracks:
        if not track.is_drum:
            weights += pitch_class_weights(track.notes)
    if not weights.any() and not chords:
        return Key("C", "major")
    return choose_key(weights, _soundings(chords, score.end_tick), _last_melody_note(score))


def find_key_of_chords(chords: Sequence[Chord], among: Sequence[Key] = ()) -> Key:
    """Find the likeliest key of a progression, all its chords equally long.

    Parameters
    ----------
    chords : Sequence[Chord]
        In order, one or more; first and last count for the tonic.
    among : Sequence[Key], optional
        The keys to choose from; all 24 if not given.

    Returns
    -------
    Key
        The one that the chords fit best.

    Examples
    --------
    >>> str(find_key_of_chords([parse_chord(symbol) for symbol in ("D", "G", "A7", "D")]))
    'D major'
    """
    return choose_key(np.zeros(12), [(chord, 1.0) for chord in chords], None, among)


def choose_key(
    weights: np.ndarray, chords: Sequence[Sounding], last_pitch_class: int | None = None, among: Sequence[Key] = ()
) -> Key:
    """Choose the key for which most speaks.

    Parameters
    ----------
    weights : float array, shape (12,)
        How long each pitch class sounds, in any unit; zeros where no notes are known.
    chords : sequence of (Chord, float)
        The harmony in order, with how long each chord sounds.
    last_pitch_class : int, optional
        0 to 11: what the melody ends on.
    among : sequence of Key, optional
        The keys to choose from; all 24 if left out. Of keys for which equally much speaks, the first.
    """
    candidates = among or all_keys()
    tones = _chord_weights(chords)

    def evidence(key: Key) -> float:
        heard = profile_fit(weights, key) + CHORD_TONES * profile_fit(tones, key)
        return heard + LAST_NOTE * (last_pitch_class == key.tonic_pitch_class) + _harmony_evidence(key, chords)

    return max(candidates, key=evidence)


def profile_fit(weights: np.ndarray, key: Key) -> float:
    """Correlate how long each pitch class sounds, shape (12,), with a key's profile: -1 to 1, 0 for silence.

    Parameters
    ----------
    weights : np.ndarray
        Shape (12,), how long each pitch class sounds, C first, in any unit.
    key : Key
        Whose profile is compared.

    Returns
    -------
    float
        Pearson's correlation.
    """
    if not weights.std():
        return 0.0
    return float(np.corrcoef(np.roll(_PROFILES[key.mode], key.tonic_pitch_class), weights)[0, 1])


def pitch_class_weights(notes: np.ndarray) -> np.ndarray:
    """Sum how long each pitch class sounds in notes; shape (12,).

    Parameters
    ----------
    notes : np.ndarray
        Shape (n_notes,), of ``NOTE_DTYPE``.

    Returns
    -------
    np.ndarray
        Shape (12,), in the notes' ticks, C first.
    """
    return np.bincount(notes["pitch"] % 12, weights=notes["duration_tick"], minlength=12).astype(float)


def settle_mode(sheet: LeadSheet) -> LeadSheet:
    """Decide between a signature's major and minor key: many programs write every signature as major.

    Keys that change inside the song stay as written.

    Parameters
    ----------
    sheet : LeadSheet
        With keys as a file's signatures gave them.

    Returns
    -------
    LeadSheet
        The same notes; major may have become the relative minor throughout.
    """
    keys = {str(span.key) for span in sheet.sections}
    written = sheet.sections[0].key
    if len(keys) > 1 or written.mode == "minor":
        return sheet
    relative = key_of((written.tonic_pitch_class + 9) % 12, "minor")
    key = find_key(sheet.melody, sheet.chords, (written, relative))
    if key == written:
        return sheet
    return replace(sheet, sections=tuple(replace(span, key=key) for span in sheet.sections))


@cache
def all_keys() -> tuple[Key, ...]:
    """The 24 keys, major first."""
    return tuple(key_of(tonic, mode) for mode in MODES for tonic in range(12))


def _harmony_evidence(key: Key, chords: Sequence[Sounding]) -> float:
    """What chords say for a key."""
    if not chords:
        return 0.0
    total = sum(length for _, length in chords) or 1.0
    inside = sum(length for chord, length in chords if is_inside(chord, key)) / total
    at_home = sum(length for chord, length in chords if is_tonic(chord, key)) / total
    first, last = is_tonic(chords[0][0], key), is_tonic(chords[-1][0], key)
    steps = [_step_home(before, chord, key) for (before, _), (chord, _) in pairwise(chords)]
    n_steps = max(1, len(steps))
    closing = bool(steps) and steps[-1] == FIFTH
    return (
        INSIDE * inside
        + TONIC_TIME * at_home
        + FIRST_CHORD * first
        + LAST_CHORD * last
        + AUTHENTIC * steps.count(FIFTH) / n_steps
        + LAST_AUTHENTIC * closing
        + PLAGAL * steps.count(FOURTH) / n_steps
    )


def is_inside(chord: Chord, key: Key) -> bool:
    """Whether all tones of a chord belong to a key; minor has both sevenths, though not in one chord.

    Parameters
    ----------
    chord : Chord
        Any chord; a foreign bass does not count.
    key : Key
        Natural minor with its raised seventh, or major.
    """
    tones, scale = chord.pitch_classes, frozenset(key.pitch_classes)
    if tones <= scale or key.mode == "major":
        return tones <= scale
    tonic = key.tonic_pitch_class
    return tones <= (scale - {(tonic + SCALES["minor"][6]) % 12}) | {(tonic + RAISED_SEVENTH) % 12}


def is_tonic(chord: Chord, key: Key) -> bool:
    """Whether a chord is a key's tonic chord: its root, and its third unless the chord has none.

    Parameters
    ----------
    chord : Chord
        Any chord; its bass does not count.
    key : Key
        Whose tonic is asked for.
    """
    thirds = {3, 4} & set(QUALITIES[chord.quality][0])
    return chord.root == key.tonic_pitch_class and (not thirds or thirds == {4 if key.mode == "major" else 3})


def _step_home(before: Chord, chord: Chord, key: Key) -> int | None:
    """From which degree a step to the tonic comes: from the fifth (with a major third) or the fourth, else none."""
    if not is_tonic(chord, key):
        return None
    degree = (before.root - chord.root) % 12
    is_dominant = degree == FIFTH and 4 in QUALITIES[before.quality][0]
    return degree if is_dominant or degree == FOURTH else None


def _soundings(chords: Sequence[ChordEvent], end: int) -> list[Sounding]:
    """Chords with how long they sound; at least a tick each."""
    ends = [*(event.onset_tick for event in chords[1:]), end]
    return [(event.chord, max(1, stop - event.onset_tick)) for event, stop in zip(chords, ends, strict=False)]


def _chord_weights(chords: Sequence[Sounding]) -> np.ndarray:
    """How long each pitch class sounds in chords, shape (12,); a chord's tones share its time."""
    weights = np.zeros(12)
    for chord, length in chords:
        for pitch_class in chord.pitch_classes:
            weights[pitch_class] += length / len(chord.pitch_classes)
    return weights


def _read_symbols(score: Score) -> list[ChordEvent]:
    """The chord symbols of a score, without texts that are none."""
    events = []
    for symbol in score.chord_symbols:
        try:
            events.append(ChordEvent(symbol.tick, parse_chord(symbol.text)))
        except NotationError:
            continue
    return events


def _last_melody_note(score: Score) -> int | None:
    """The pitch class that the melody ends on; none without a melody."""
    melody = next((track.notes for track in score.tracks if track.role == "melody" and len(track.notes)), None)
    return None if melody is None else int(melody["pitch"][-1]) % 12
