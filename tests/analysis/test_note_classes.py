"""Notes outside the chord, written out by hand after the definitions of harmony books."""

from __future__ import annotations

import pytest

from symbolic_music.analysis.note_classes import classify_notes
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter
from symbolic_music.theory.pitch import parse_pitch_class

LETTERS = {
    ".": "chord tone", "p": "passing", "n": "neighbour", "s": "suspension", "r": "retardation", "a": "anticipation",
    "g": "appoggiatura", "e": "escape", "d": "pedal", "t": "tension", "f": "free", "-": "no chord",
}  # fmt: skip
# Key | tune and chords | a letter a note. Notes are quarters; `D4:2` lasts two, `r` rests; `[G7]` changes the chord
# there; `E4:1[F]1` is held over a change to F.
CASES = """
C  | [C] C4 D4 E4 | .p.
C  | [C] E4 D4 C4 | .p.
C  | [C] E4 F4 G4 | .p.
C  | [C] G4 F4 E4 | .p.
C  | [C] G4 A4 B4 C5 | .pp.
C  | [C] C5 B4 A4 G4 | .pp.
C  | [F] F4 G4 A4 | .p.
C  | [F] A4 Bb4 C5 | .p.
C  | [G] G4 A4 B4 | .p.
C  | [G] D5 C5 B4 | .p.
C  | [Am] A4 B4 C5 | .p.
C  | [Dm] F4 E4 D4 | .p.
C  | [C] E4 [F] G4 A4 | .g.
C  | [C] G4 [F] G4 F4 | .s.
C  | [G] D5 [C] D5 C5 | .s.
C  | [C] C5 [G] C5 B4 | .s.
C  | [F] F4 [C] F4 E4 | .s.
C  | [Dm] A4 [G] A4 G4 | .s.
C  | [C] C5:1[G]1 B4 | s.
C  | [F] F4:1[C]1 E4 | s.
C  | [G] G4:2[F]1 F4 | s.
C  | [Am] E4:2[Dm]1 D4 | s.
C  | [G7] B4:1[C]1 C5 | r.
C  | [G] B4 [C] B4 C5 | .r.
C  | [E] G#4:2[Am]1 A4 | r.
C  | [G] D5 [C] D5 E5 | .r.
C  | [C] C4 D4 C4 | .n.
C  | [C] E4 F4 E4 | .n.
C  | [C] G4 A4 G4 | .n.
C  | [C] C5 B4 C5 | .n.
C  | [C] E4 D#4 E4 | .n.
C  | [F] A4 B4 A4 | .n.
C  | [F] F4 E4 F4 | .n.
C  | [G] B4 C5 B4 | .n.
C  | [G] D4 E4 D4 | .n.
C  | [Am] A4 G#4 A4 | .n.
C  | [Dm] D4 C#4 D4 | .n.
C  | [C] C5 D5 B4 C5 | .nn.
C  | [C] E4 D4 F4 E4 | .nn.
C  | [G] G4 A4 F#4 G4 | .nn.
C  | [G7] D5 C5 [C] C5 | .a.
C  | [G7] B4 C5 [C] C5 | .a.
C  | [C] E4 F4 [F] F4 | .a.
C  | [F] C5 D5 [G] D5 | .a.
C  | [Dm] F4 E4 [C] E4 | .a.
C  | [G] D5 E5 [Am] E5 | .a.
C  | [G7] D5 C5:1[C]2 | .a
C  | [C] G4 A4:.5[F]2 | .a
C  | [F] F4 G4:.5[G]1.5 | .a
C  | [Am] C5 D5:1[G]1 | .a
C  | [G] G4 C5 [C] C5 | .a.
C  | [C] C4 F4 E4 | .g.
C  | [C] C4 A4 G4 | .g.
C  | [C] G4 D4 C4 | .g.
C  | [C] C5 F#4 G4 | .g.
C  | [F] C4 G4 F4 | .g.
C  | [F] F4 B4 A4 | .g.
C  | [F] A4 E4 F4 | .g.
C  | [G] D4 C5 B4 | .g.
C  | [G] G4 E5 D5 | .g.
C  | [Am] A4 F5 E5 | .g.
C  | [Am] E4 B4 C5 | .g.
C  | [Dm] D4 B4 A4 | .g.
C  | [C] r:4 F4 E4 | g.
C  | [C] r:4 D5 C5 | g.
C  | [G7] r:4 E5 D5 | g.
C  | [G] G4 [C] F4 E4 | .p.
C  | [Dm] A4 [C] F4 E4 | .g.
C  | [C] E4 F4 C4 | .e.
C  | [C] G4 A4 E4 | .e.
C  | [C] C5 D5 G4 | .e.
C  | [C] E5 D5 G5 | .e.
C  | [F] A4 B4 F4 | .e.
C  | [F] C5 D5 A4 | .e.
C  | [F] F4 E4 A4 | .e.
C  | [G] B4 C5 G4 | .e.
C  | [G] D5 E5 B4 | .e.
C  | [G7] F4 E4 [C] G4 | .e.
C  | [G] D5 E5 [C] C5 | .e.
C  | [G] B4 A4 [C] C5 | .e.
C  | [Am] E4 F4 C4 | .e.
C  | [Dm] D4 E4 A4 | .e.
C  | [C] C5 [G] C5 [C] C5 | .d.
C  | [C] G4 [F] G4 [C] G4 | .d.
C  | [Am] E5 [Dm] E5 [Am] E5 | .d.
C  | [C] G4 D5 G4 | .t.
C  | [C] C4 A4 E4 | .t.
C  | [F] F4 D5 A4 | .t.
C  | [F] C5 G4 C5 | .t.
C  | [G7] G4 E5 B4 | .t.
C  | [Am] A4 D5 A4 | .t.
C  | [C] C4 F#4 C4 | .f.
C  | [C] C4 Bb4 E4 | .f.
C  | [Am] A4 C#5 E5 | .f.
C  | [N.C.] C4 D4 E4 | ---
C  | [C] C4 [N.C.] D4 [C] E4 | .-.
C  | [Cmaj7] G4 A4 B4 | .p.
C  | [Cmaj7] B4 C5 B4 | ...
C  | [Csus4] G4 F4 C4 | ...
C  | [Csus4] G4 F4 [C] E4 | ...
C  | [C/D] E4 D4 C4 | ...
C  | [G7] F4 E4 D4 | .p.
C  | [Dm7] C5 B4 A4 | .p.
C  | [Fmaj7] E5 D5 C5 | .p.
C  | [C] E4 D4 D4 C4 | .pp.
C  | [C] C4 F4 F4 E4 | .gg.
C  | [C] E4 r:1 D4 C4 | .p.
C  | [C] E4 r:3 D4 C4 | .g.
C  | [C] C4 C#4 D4 D#4 E4 | .ppp.
C  | [F] C5 B4 Bb4 A4 | .pp.
C  | [C] E4 [F] E4 F4 | .r.
Am | [Am] A4 B4 C5 | .p.
Am | [Am] E5 F5 E5 | .n.
Am | [E] B4 A4 G#4 | .p.
Am | [Am] A4 [E] A4 G#4 | .s.
Am | [Dm] D5:2[Am]1 C5 | s.
Am | [E7] G#4 A4 [Am] A4 | .a.
Am | [Am] A4 D5 C5 | .g.
Am | [Dm] F4 G4 D4 | .e.
Am | [E] E4 F4 E4 | .n.
Am | [E] B4 C5 G#4 | .e.
Am | [Am] C5 D5 E5 | .p.
Eb | [Eb] G4 Ab4 Bb4 | .p.
Eb | [Ab] Ab4 [Eb] Ab4 G4 | .s.
Eb | [Bb7] D5 Eb5 [Eb] Eb5 | .a.
Eb | [Eb] Eb4 Ab4 G4 | .g.
Eb | [Eb] Bb4 C5 G4 | .e.
Eb | [Eb] G4 Ab4 G4 | .n.
F# | [F#] A#4 B4 C#5 | .p.
F# | [C#] C#5 D#5 C#5 | .n.
F# | [B] B4 [F#] B4 A#4 | .s.
F# | [C#] E#4 F#4 [F#] F#4 | .a.
"""
ROWS = [row for row in CASES.splitlines() if row]


def read_sheet(key: str, line: str) -> LeadSheet:
    """Read a case's tune and chords."""
    tick, chords, silent, notes = 0, [], [], []

    def place(symbol: str) -> None:
        if symbol == "N.C.":
            silent.append(tick)
        else:
            chords.append(ChordEvent(tick, parse_chord(symbol)))

    for word in line.split():
        if word.startswith("["):
            place(word[1:-1])
            continue
        name, _, lengths = word.partition(":")
        first, _, held = lengths.partition("[")
        start, tick = tick, tick + round(12 * float(first or 1))
        if held:
            symbol, _, rest = held.partition("]")
            place(symbol)
            tick += round(12 * float(rest))
        if name != "r":
            pitch = 12 * (int(name[-1]) + 1) + parse_pitch_class(name[:-1])
            notes.append((start, tick - start, pitch, 90))
    spans = (SectionSpan("verse", 0, 4, parse_key(key)),)
    return LeadSheet("case", 100, Meter(4, 4), 4, make_notes(notes), tuple(chords), spans, no_chords=tuple(silent))


@pytest.mark.parametrize("row", ROWS)
def test_a_note_is_what_harmony_books_call_it(row: str) -> None:
    key, line, wanted = (part.strip() for part in row.split("|"))
    assert classify_notes(read_sheet(key, line)) == [LETTERS[letter] for letter in wanted]


def test_at_least_120_notes_outside_the_chord_are_written_out() -> None:
    wanted = "".join(row.rpartition("|")[2].strip() for row in ROWS)
    assert len(wanted) - wanted.count(".") >= 120
