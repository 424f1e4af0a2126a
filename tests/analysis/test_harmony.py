"""Numerals, functions, loans, cadences, changes of key and motifs, in textbook cases."""

from __future__ import annotations

import pytest

from symbolic_music.analysis.harmony import (
    borrowed_from,
    cadence_at,
    cadence_of,
    function_before,
    key_steps,
    resting_bars,
    write_numeral,
)
from symbolic_music.analysis.motifs import find_motifs
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter
from symbolic_music.theory.pitch import parse_pitch_class

NUMERALS = {
    "C": "C I, Dm ii, Em iii, F IV, G V, Am vi, Bdim vii°, G7 V7, Bm7b5 viiø7, C/E I6, C/G I64, G7/B V65, G7/D V43,"
    " G7/F V42, Dm7/F ii65, Gsus4 Vsus4, G7sus4 V7sus4, C6 Iadd6, Fm iv, Bb bVII, Ab bVI, Db bII, D7 V7/V, A7 V7/ii,"
    " D7/F# V65/V, C/D I/2, Fmaj7/A IVmaj65, Am/G vi42, C/Bb V42/IV, C/B Imaj42, Caug I+, Caug/E I+6, Bdim/D vii°6,"
    " C5 I5, D5 ii5, Dsus4 iisus4, Asus2 visus2, G5 V5, E5/B iii5/7",
    "A minor": "A5 i5, Asus2 isus2, E5 v5, Esus4 Vsus4, G5 VII5, B5 II5,"
    " Am i, Bdim ii°, C III, Dm iv, Em v, E V, F VI, G VII, G#dim vii°, G#dim7 vii°7, Am/C i6, Dm/F iv6,"
    " E7/G# V65, D IV, A I, B7 V7/V, Bm7b5/D iiø65, Dm/C iv42",
}


@pytest.mark.parametrize("key", NUMERALS)
def test_chords_have_the_numerals_of_harmony_books(key: str) -> None:
    cases = dict(case.split() for case in NUMERALS[key].split(", "))
    assert {symbol: write_numeral(parse_chord(symbol), parse_key(key)) for symbol in cases} == cases


@pytest.mark.parametrize(
    ("chord", "following", "key", "numeral", "function"),
    [
        ("E", "Am", "C", "V/vi", "dominant of vi"), ("E/G#", "Am7", "C", "V6/vi", "dominant of vi"),
        ("D", "G", "C", "V/V", "dominant of V"), ("A/E", "Dm", "C", "V64/ii", "dominant of ii"),
        ("E", "F", "C", "III", "tonic"), ("Bb", "Eb", "C", "bVII", "subdominant"), ("C", "F", "C", "I", "tonic"),
        ("E", "Am", "A minor", "V", "dominant"), ("C", "F", "A minor", "III", "tonic"),
        ("A", "Dm", "A minor", "V/iv", "dominant of iv"), ("E", None, "C", "III", "tonic"),
    ],
)  # fmt: skip
def test_a_major_triad_that_leads_to_the_next_chord_is_its_dominant(
    chord: str, following: str | None, key: str, numeral: str, function: str
) -> None:
    one, home = parse_chord(chord), parse_key(key)
    after = None if following is None else parse_chord(following)
    assert write_numeral(one, home, after) == numeral
    assert function_before(one, home, after) == function


@pytest.mark.parametrize(
    ("before", "arrival", "key", "last", "wanted"),
    [
        ("G7", "C", "C", 60, "perfect authentic"), ("G7", "C", "C", 64, "imperfect authentic"),
        ("G7/B", "C", "C", 60, "imperfect authentic"), ("Bdim", "C", "C", 60, "imperfect authentic"),
        ("Gsus4", "C", "C", 72, "perfect authentic"), ("F", "C", "C", 60, "plagal"), ("Fm", "C", "C", 60, "plagal"),
        ("G7", "Am", "C", 60, "deceptive"), ("Dm", "G", "C", 62, "half"), ("C", "G7", "C", 59, "half"),
        ("C", "F", "C", 65, "open"), ("F", "Am", "C", 64, "open"), (None, "C", "C", 60, "open"),
        ("E7", "Am", "A minor", 57, "perfect authentic"), ("Em", "Am", "A minor", 57, "open"),
        ("E7", "F", "A minor", 57, "deceptive"), ("Dm/F", "E", "A minor", 64, "Phrygian half"),
        ("Dm", "E", "A minor", 64, "half"), ("Dm", "Am", "A minor", 57, "plagal"), ("Dm", "Gm", "C", 62, "open"),
    ],
)  # fmt: skip
def test_two_chords_make_a_cadence(before: str | None, arrival: str, key: str, last: int, wanted: str) -> None:
    came = parse_chord(before) if before else None
    assert cadence_of(came, parse_chord(arrival), parse_key(key), last) == wanted


@pytest.mark.parametrize(
    ("symbol", "key", "lender"),
    [
        ("Fm", "C", "C minor"), ("Ab", "C", "C minor"), ("Bb", "C", "C minor"), ("Dm7b5", "C", "C minor"),
        ("D7", "C", None), ("Am", "C", None), ("F#m", "C", None), ("A", "A minor", "A major"),
        ("D", "A minor", "A major"), ("E7", "A minor", None), ("Eb", "G", None), ("Eb", "G minor", None),
    ],
)  # fmt: skip
def test_a_borrowed_chord_comes_from_the_parallel_key(symbol: str, key: str, lender: str | None) -> None:
    expected = {"Eb G": "G minor"}.get(f"{symbol} {key}", lender)
    found = borrowed_from(parse_chord(symbol), parse_key(key))
    assert (str(found) if found else None) == expected


def make_sheet(bars: str, chords: str, keys: tuple[tuple[int, str], ...] = ((0, "C"),)) -> LeadSheet:
    """A tune in quarters (``C4:2`` lasts two) by bars, and a chord a bar."""
    rows, n_bars = [], 0
    for number, bar in enumerate(bars.split("|")):
        tick, n_bars = number * 48, number + 1
        for word in bar.split():
            name, _, length = word.partition(":")
            ticks = round(12 * float(length or 1))
            rows.append((tick, ticks, 12 * (int(name[-1]) + 1) + parse_pitch_class(name[:-1]), 90))
            tick += ticks
    ends = [start for start, _ in keys[1:]] + [n_bars]
    spans = tuple(
        SectionSpan(f"part {start}", start, end - start, parse_key(key))
        for (start, key), end in zip(keys, ends, strict=True)
    )
    events = tuple(ChordEvent(48 * n, parse_chord(symbol)) for n, symbol in enumerate(chords.split()) if symbol != "%")
    return LeadSheet("case", 100, Meter(4, 4), n_bars, make_notes(rows), events, spans)


def test_a_phrase_arrives_where_its_tune_ends() -> None:
    sheet = make_sheet("E4 F4 G4 G4|F4 E4 D4 D4|C4:4|", "C G7 C G7")
    assert cadence_at(sheet, 0, 4 * 48) == "perfect authentic"


def test_a_phrase_of_eight_bars_is_two_where_its_tune_rests_between() -> None:
    chords = "C F Dm G C F G7 C"
    rests = make_sheet("C4 D4 E4 F4|F4 E4 F4 A4|F4 E4 D4 F4|D4:4|E4 F4 G4 E4|A4 G4 F4 A4|G4 F4 E4 D4|C4:4", chords)
    flows = make_sheet(
        "C4 D4 E4 F4|F4 E4 F4 A4|F4 E4 D4 F4|D4 E4 D4 F4|E4 F4 G4 E4|A4 G4 F4 A4|G4 F4 E4 D4|C4:4", chords
    )
    assert resting_bars(rests, 0, 8) == [3, 7]
    assert resting_bars(flows, 0, 8) == [7]


def test_a_change_of_key_has_its_pivot() -> None:
    step, *others = key_steps(make_sheet("C4:4|E4:4|F#4:4|G4:4", "C Am D7 G", ((0, "C"), (2, "G"))))
    assert not others
    assert (step.bar, str(step.before), str(step.after)) == (2, "C major", "G major")
    assert step.pivot == parse_chord("Am")


def test_a_lift_by_a_semitone_has_no_pivot() -> None:
    (step,) = key_steps(make_sheet("C4:4|C4:4|Db4:4", "C G Db", ((0, "C"), (2, "Db"))))
    assert step.pivot is None


@pytest.mark.parametrize(
    ("bars", "said"),
    [
        ("C4 D4 E4 C4|C4 D4 E4 C4", ["bar 2 is bar 1"]),
        ("C4 D4 E4 C4|E4 F4 G4 E4", ["bar 2 is bar 1, a third higher, rhythm kept"]),
        ("C5 D5 E5 C5|A4 B4 C5 A4", ["bar 2 is bar 1, a third lower, rhythm kept"]),
        ("C4 D4 E4 C4|C5 D5 E5 C5", ["bar 2 is bar 1, an octave higher, rhythm kept"]),
        ("C4 D4 E4 C4|G4 F4 E4 G4", ["bar 2 is bar 1 upside down, rhythm kept"]),
        ("C4 D4 E4 C4|C4 F4 A4 G4", ["bar 2 has rhythm and contour of bar 1, other intervals"]),
        ("C4 E4:.5 D4:.5 C4:2|E4 C4:.5 E4:.5 G4:2", ["bar 2 has the rhythm of bar 1"]),
        ("C4:4|C4:4", []),
        ("C4 D4 E4 C4|E4:2 G4|C4 D4 E4 C4|E4:2 G4", ["bars 3-4 are bars 1-2"]),
        ("C4 D4 E4 C4|E4:2 F4:2|E4 F4 G4 E4|G4:2 A4:2", ["bars 3-4 are bars 1-2, a third higher, rhythm kept"]),
    ],
)
def test_a_bar_comes_from_an_earlier_one(bars: str, said: list[str]) -> None:
    assert [str(link) for link in find_motifs(make_sheet(bars, "C"))] == said
