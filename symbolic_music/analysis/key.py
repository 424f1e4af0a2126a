"""The key of a melody with chords, where the file does not say it or says only the signature.

Krumhansl's key profiles (Cognitive Foundations of Musical Pitch, 1990) over the time each
pitch class sounds in melody and chords; the last chord's root counts as a witness for the
tonic, as songs end at home.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.theory.key import MODES, Key, key_of

_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
# What the last and first chord's roots add to the correlation of the keys that they are the tonic of.
LAST_CHORD, FIRST_CHORD = 0.25, 0.1
CHORD_WEIGHT = 0.5


def find_key(melody: np.ndarray, chords: tuple[ChordEvent, ...], among: tuple[Key, ...] = ()) -> Key:
    """Find the likeliest key.

    Parameters
    ----------
    melody : NOTE_DTYPE array
    chords : tuple of ChordEvent
    among : tuple of Key, optional
        The keys to choose from; all 24 if left out.

    Examples
    --------
    >>> from symbolic_music.song.notes import make_notes
    >>> str(find_key(make_notes([(12 * i, 12, p, 90) for i, p in enumerate((62, 64, 66, 67, 69, 71, 73, 74))]), ()))
    'D major'
    """
    candidates = among or tuple(key_of(tonic, mode) for mode in MODES for tonic in range(12))
    weights = _weights(melody, chords)

    def score(key: Key) -> float:
        profile = np.roll(_PROFILES[key.mode], key.tonic_pitch_class)
        fit = float(np.corrcoef(profile, weights)[0, 1]) if weights.std() else 0.0
        return fit + _witness(key, chords)

    return max(candidates, key=score)


def settle_mode(sheet: LeadSheet) -> LeadSheet:
    """Decide between a signature's major and minor key: many programs write every signature as major.

    Keys that change inside the song stay as written.
    """
    keys = {str(span.key) for span in sheet.sections}
    written = sheet.sections[0].key
    if len(keys) > 1 or written.mode == "minor":
        return sheet
    relative = key_of((written.tonic_pitch_class + 9) % 12, "minor")
    key = find_key(sheet.melody, sheet.chords, (written, relative))
    return (
        sheet if key == written else replace(sheet, sections=tuple(replace(span, key=key) for span in sheet.sections))
    )


def _weights(melody: np.ndarray, chords: tuple[ChordEvent, ...]) -> np.ndarray:
    """How long each pitch class sounds, in melody and (half as weighty) chords."""
    weights = np.zeros(12)
    for _, duration, pitch, _ in melody.tolist():
        weights[pitch % 12] += duration
    last = int(melody["onset_tick"].max()) if len(melody) else 0
    for event, end in zip(chords, [*(event.onset_tick for event in chords[1:]), last], strict=False):
        for pitch_class in event.chord.pitch_classes:
            weights[pitch_class] += CHORD_WEIGHT * max(0, end - event.onset_tick) / len(event.chord.pitch_classes)
    return weights


def _witness(key: Key, chords: tuple[ChordEvent, ...]) -> float:
    """What the first and last chord say for a key."""
    if not chords:
        return 0.0

    def is_tonic(event: ChordEvent) -> bool:
        is_minor = event.chord.quality.startswith(("min", "dim", "hdim"))
        return event.chord.root == key.tonic_pitch_class and is_minor == (key.mode == "minor")

    return LAST_CHORD * is_tonic(chords[-1]) + FIRST_CHORD * is_tonic(chords[0])
