"""The key finder names the key that people would, of tunes alone, tunes with chords, progressions and scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbolic_music.analysis.key import find_key, find_key_of_chords, find_key_of_score, settle_mode
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan, score_of_lead_sheet
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter

# Tunes that nobody owns: key, chords (one a bar, two with a comma), notes as pitch and length in eighths.
TUNES = {
    "twinkle": (
        "C major", "C F,C F,C G,C",
        "C4 2 C4 2 G4 2 G4 2 A4 2 A4 2 G4 4 F4 2 F4 2 E4 2 E4 2 D4 2 D4 2 C4 4",
    ),
    "ode to joy": (
        "D major", "D A D A D A D A,D",
        "F#4 2 F#4 2 G4 2 A4 2 A4 2 G4 2 F#4 2 E4 2 D4 2 D4 2 E4 2 F#4 2 F#4 3 E4 1 E4 4 "
        "F#4 2 F#4 2 G4 2 A4 2 A4 2 G4 2 F#4 2 E4 2 D4 2 D4 2 E4 2 F#4 2 E4 3 D4 1 D4 4",
    ),
    "god rest ye merry": (
        "E minor", "Em Em,C B Em,B Em C B",
        "E4 2 E4 2 B4 2 B4 2 A4 2 G4 2 F#4 2 D4 2 E4 2 F#4 2 G4 2 A4 2 B4 6 E4 2 "
        "E4 2 B4 2 B4 2 A4 2 G4 2 F#4 2 D4 2 E4 2 F#4 2 G4 2 A4 2 B4 8",
    ),
    "amazing grace": (
        "G major", "G C,G G D G C,G D G",
        "D4 2 G4 4 B4 1 G4 1 B4 4 A4 2 G4 4 E4 2 D4 4 D4 2 G4 4 B4 1 G4 1 B4 4 A4 2 D5 6 "
        "B4 2 D5 4 B4 1 G4 1 B4 4 A4 2 G4 4 E4 2 D4 4 D4 2 G4 4 B4 1 G4 1 B4 4 A4 2 G4 8",
    ),
    "greensleeves": (
        "A minor", "Am G Am E Am G Am,E Am",
        "A4 2 C5 4 D5 2 E5 3 F5 1 E5 2 D5 4 B4 2 G4 3 A4 1 B4 2 C5 4 A4 2 A4 3 G#4 1 A4 2 B4 4 G#4 2 E4 4 "
        "A4 2 C5 4 D5 2 E5 3 F5 1 E5 2 D5 4 B4 2 G4 3 A4 1 B4 2 C5 3 B4 1 A4 2 G#4 3 F#4 1 G#4 2 A4 8",
    ),
    "frere jacques": (
        "Bb major", "Bb Bb Bb Bb Bb,F Bb",
        "Bb4 2 C5 2 D5 2 Bb4 2 Bb4 2 C5 2 D5 2 Bb4 2 D5 2 Eb5 2 F5 4 D5 2 Eb5 2 F5 4 "
        "F5 1 G5 1 F5 1 Eb5 1 D5 2 Bb4 2 Bb4 2 F4 2 Bb4 4",
    ),
    "auld lang syne": (
        "F major", "F C F Bb F C Bb,C F",
        "C4 2 F4 3 F4 1 F4 2 A4 2 G4 3 F4 1 G4 2 A4 2 F4 3 F4 1 A4 2 C5 2 D5 6 D5 2 "
        "C5 3 A4 1 A4 2 F4 2 G4 3 F4 1 G4 2 A4 2 F4 3 D4 1 D4 2 C4 2 F4 6",
    ),
    "johnny comes marching home": (
        "G minor", "Gm Gm Bb Bb Gm F Eb,D Gm",
        "D4 1 G4 2 G4 1 G4 2 A4 1 Bb4 2 A4 1 Bb4 2 G4 1 F4 4 D4 1 G4 2 G4 1 G4 2 A4 1 Bb4 2 A4 1 Bb4 4 "
        "Bb4 2 D5 4 D5 2 D5 2 C5 1 Bb4 2 A4 1 Bb4 2 Bb4 1 A4 2 G4 1 F#4 2 D4 1 G4 6",
    ),
    "a loop that ends on its seventh degree": (
        "A minor", "Am F C G Am F C G",
        "A4 2 C5 2 E5 2 C5 2 F5 4 C5 2 A4 2 G4 2 E4 2 G4 2 C5 2 B4 6 G4 2 "
        "A4 2 C5 2 E5 2 C5 2 F5 4 E5 2 F5 2 E5 2 D5 2 C5 2 B4 2 A4 8",
    ),
    "the same loop in major": (
        "C major", "C G Am F C G Am F",
        "E5 2 E5 2 C5 2 G4 2 D5 4 B4 2 G4 2 C5 2 C5 2 A4 2 E4 2 F4 6 G4 2 "
        "E5 2 E5 2 C5 2 G4 2 D5 2 E5 2 D5 2 B4 2 C5 2 B4 2 A4 2 E5 2 F5 2 E5 2 D5 2 C5 2",
    ),
}  # fmt: skip
# These end off their tonic, which only their chords then say.
OPEN_ENDED = ("god rest ye merry", "a loop that ends on its seventh degree", "the same loop in major")
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
EIGHTH, BAR = 6, 48


def read_tune(name: str, transposed: int = 0) -> LeadSheet:
    """A tune of the table as a lead sheet without its key."""
    _, chart, text = TUNES[name]
    rows, tick, words = [], 0, text.split()
    for pitch, length in zip(words[::2], words[1::2], strict=True):
        number = 12 * (int(pitch[-1]) + 1) + STEPS[pitch[0]] + pitch.count("#") - pitch.count("b")
        rows.append((tick, int(length) * EIGHTH, number + transposed, 90))
        tick += int(length) * EIGHTH
    events = []
    for bar, symbols in enumerate(chart.split()):
        for half, symbol in enumerate(symbols.split(",")):
            events.append(ChordEvent(bar * BAR + half * BAR // 2, parse_chord(symbol).transpose(transposed)))
    n_bars = max(-(-tick // BAR), len(chart.split()))
    unknown = (SectionSpan("song", 0, n_bars, parse_key("C major")),)
    return LeadSheet(name, 120.0, parse_meter("4/4"), n_bars, make_notes(rows), tuple(events), unknown)


@pytest.mark.parametrize("name", TUNES)
def test_the_key_of_a_tune_with_chords_is_found(name: str) -> None:
    sheet = read_tune(name)
    assert str(find_key(sheet.melody, sheet.chords)) == TUNES[name][0]


@pytest.mark.parametrize("name", [name for name in TUNES if name not in OPEN_ENDED])
def test_the_key_of_a_tune_alone_is_found(name: str) -> None:
    assert str(find_key(read_tune(name).melody)) == TUNES[name][0]


@pytest.mark.parametrize("name", TUNES)
def test_the_key_of_a_score_is_found(name: str) -> None:
    sheet = read_tune(name)
    assert str(find_key_of_score(replace(score_of_lead_sheet(sheet), keys=()))) == TUNES[name][0]


@pytest.mark.parametrize("semitones", range(1, 12))
@pytest.mark.parametrize("name", ["ode to joy", "greensleeves", "a loop that ends on its seventh degree"])
def test_a_transposed_tune_has_the_transposed_key(name: str, semitones: int) -> None:
    sheet, key = read_tune(name, semitones), parse_key(TUNES[name][0])
    found = find_key(sheet.melody, sheet.chords)
    assert (found.tonic_pitch_class, found.mode) == ((key.tonic_pitch_class + semitones) % 12, key.mode)


@pytest.mark.parametrize(
    ("progression", "key"),
    [
        ("C Am F G", "C major"), ("Am F C G", "A minor"), ("G D Em C", "G major"), ("Am Dm E7 Am", "A minor"),
        ("Dm7 G7 Cmaj7", "C major"), ("A7 A7 A7 A7 D7 D7 A7 A7 E7 D7 A7 E7", "A major"), ("Am G F E", "A minor"),
        ("Bb F Gm Eb", "Bb major"), ("Dm7b5 G7 Cm", "C minor"), ("E5 G5 A5 E5", "E minor"),
    ],
)  # fmt: skip
def test_the_key_of_a_progression_is_found(progression: str, key: str) -> None:
    assert str(find_key_of_chords([parse_chord(symbol) for symbol in progression.split()])) == key


def test_a_signature_written_as_major_is_heard_as_its_relative_minor() -> None:
    sheet = read_tune("greensleeves")
    assert str(settle_mode(sheet).key_at(0)) == "A minor"
    assert str(settle_mode(read_tune("twinkle")).key_at(0)) == "C major"


def test_silence_is_in_c_major() -> None:
    score = replace(score_of_lead_sheet(read_tune("twinkle")), tracks=(), chord_symbols=())
    assert str(find_key_of_score(score)) == "C major"
    assert str(find_key(make_notes([]))) == "C major"
