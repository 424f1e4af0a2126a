"""Measures of an arrangement, on parts whose numbers can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.evaluation.arrangement import (
    describe_arrangement,
    return_similarity,
    section_table,
    voice_movement,
)
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

BAR = 48


def chords(*voicings: tuple[int, ...]) -> np.ndarray:
    return make_notes([(bar * BAR, BAR, pitch, 80) for bar, chord in enumerate(voicings) for pitch in chord])


def song() -> Score:
    piano = chords((60, 64, 67), (60, 65, 69), (60, 64, 67), (59, 62, 67))
    bass = make_notes([(bar * BAR, BAR, 36, 80) for bar in (2, 3)])
    tracks = (Track("Melody", "melody", 0, piano), Track("Piano", "chords", 0, piano), Track("Bass", "bass", 33, bass))
    markers = (Marker(0, "Chorus 1"), Marker(2 * BAR, "Chorus 2"))
    return Score("t", 12, 4 * BAR, tracks, (TempoChange(0, 100.0),), (MeterChange(0, Meter(4, 4)),), markers=markers)


def test_voices_move_as_counted() -> None:
    assert voice_movement(chords((60, 64, 67), (60, 65, 69))) == pytest.approx(1.0)
    assert voice_movement(chords((60, 64, 67), (60, 64, 67), (65, 69, 72))) == pytest.approx(5.0)
    assert voice_movement(chords((60, 64, 67), (60, 64, 67, 70))) == pytest.approx(0.375)
    assert np.isnan(voice_movement(chords((60, 64, 67)))) and np.isnan(voice_movement(chords((60,), (62,))))


def test_sections_say_who_plays_and_how_busily() -> None:
    assert section_table(song()) == [("Chorus 1", ["Piano"], 3.0), ("Chorus 2", ["Piano", "Bass"], 4.0)]


def test_a_return_is_compared_note_by_note() -> None:
    assert return_similarity(song(), "Chorus") == {"Piano": pytest.approx(3 / 9)}
    assert return_similarity(song(), "Verse") == {}


def test_the_description_is_plain_numbers() -> None:
    found = describe_arrangement(song())
    assert found["voice_movement"] == {"Piano": 1.0} and found["chorus_similarity"] == {"Piano": 0.33}
    assert [row["notes_per_bar"] for row in found["sections"]] == [3.0, 4.0]
