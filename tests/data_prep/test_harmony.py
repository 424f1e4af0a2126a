"""Chords estimated from notes."""

from __future__ import annotations

import pytest

from data_prep.harmony import estimate_chords, measure_agreement

# Pitches of a bar's block chord, lowest first.
BLOCKS = {"C": (48, 64, 67, 72), "F": (53, 60, 65, 69), "G7": (43, 59, 62, 65), "C/E": (52, 60, 67, 72)}


def make_song(names: list[str], shift: int = 0, key: str = "C major", meter: str = "4/4") -> dict:
    """Block chords, one a bar, in quarters, under a melody that passes through foreign notes."""
    bar = {"4/4": 48, "3/4": 36}[meter]
    piano, melody = [], []
    for number, name in enumerate(names):
        for at in range(0, bar, 12):
            piano += [[number * bar + at, 12, pitch + shift] for pitch in BLOCKS.get(name, ())]
        top = BLOCKS.get(name, (0, 60))[-1] + 12 + shift
        melody += [[number * bar, 18, top], [number * bar + 18, 6, top + 2], [number * bar + 24, 12, top]]
    return {
        "id": "x", "source": "lieder", "meter": meter, "n_bars": len(names), "melody": melody, "piano": piano,
        "phrases": [["A", 0, len(names), True, "any", key]],
    }  # fmt: skip


def test_block_chords_are_named() -> None:
    chords = estimate_chords(make_song(["C", "F", "G7", "C"]))
    assert chords == [(0, 0, "maj", 0), (48, 5, "maj", 5), (96, 7, "7", 7), (144, 0, "maj", 0)]


def test_the_lowest_note_is_the_bass_of_an_inversion() -> None:
    chords = estimate_chords(make_song(["F", "C/E", "G7", "C"]))
    assert chords[1] == (48, 0, "maj", 4)


def test_a_triple_meter_changes_at_its_bar_lines() -> None:
    chords = estimate_chords(make_song(["C", "F", "G7", "C"], meter="3/4"))
    assert [row[0] for row in chords] == [0, 36, 72, 108]


@pytest.mark.parametrize(("shift", "key"), [(2, "D major"), (-3, "A major"), (5, "F major"), (6, "F# major")])
def test_a_transposed_song_gets_transposed_chords(shift: int, key: str) -> None:
    names = ["C", "C/E", "F", "G7", "C", "F", "G7", "C"]
    here, there = estimate_chords(make_song(names)), estimate_chords(make_song(names, shift, key))
    assert there == [(on, (root + shift) % 12, quality, (bass + shift) % 12) for on, root, quality, bass in here]


def test_a_rest_keeps_the_chord_and_silence_has_none() -> None:
    song = make_song(["C", "C", "F", "C"])
    song["piano"] = [row for row in song["piano"] if not 48 <= row[0] < 96]
    song["melody"] = []
    assert [row[0] for row in estimate_chords(song)] == [0, 96, 144]
    assert estimate_chords(song | {"piano": []}) == []


def test_agreement_counts_beats() -> None:
    song = make_song(["C", "F", "G7", "C"])
    written = [[0, 0, "maj", 0], [48, 5, "maj", 5], [96, 7, "7", 7], [144, 9, "min", 9]]
    assert measure_agreement([song | {"chords": written}]) == {"songs": 1, "beats": 16, "root": 0.75, "triad": 0.75}
    major = [[0, 0, "maj6", 0], [48, 5, "min", 5], [96, 7, "maj", 7], [144, 0, "maj", 0]]
    found = measure_agreement([song | {"chords": major}])
    assert (found["root"], found["triad"]) == (1.0, 0.75)
    assert measure_agreement([]) == {"songs": 0, "beats": 0, "root": 0.0, "triad": 0.0}
