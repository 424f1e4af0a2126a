"""Small sung songs for the tests: words divided by hand over tunes, public domain or written for this."""

from __future__ import annotations

from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import TPQ, parse_meter

# A line: words with hyphens between syllables, "_" for another note of the same syllable; pitch:beats for each note.
TWINKLE = (
    ("Twin-kle, twin-kle, lit-tle star", "60:1 60:1 67:1 67:1 69:1 69:1 67:2"),
    ("How I won-der what you are", "65:1 65:1 64:1 64:1 62:1 62:1 60:2"),
    ("Up a-bove the world so high", "67:1 67:1 65:1 65:1 64:1 64:1 62:2"),
    ("Like a dia-mond in the sky", "67:1 67:1 65:1 65:1 64:1 64:1 62:2"),
)
GRACE = (
    ("A-ma-_-zing grace, how sweet the sound", "55:1 60:2 64:.5 60:.5 64:2 62:1 60:2 57:1 55:2"),
    ("That saved a _ wretch like me", "55:1 60:2 64:.5 60:.5 64:2 62:1 67:4"),
    ("I once was _ lost but now am found", "64:1 67:2 64:.5 60:.5 64:2 62:1 60:2 57:1 55:2"),
    ("Was blind but _ now I see", "55:1 60:2 64:.5 60:.5 64:2 62:1 60:4"),
)
# Six lines on which nothing was tuned.
OWN = (
    ("Car-ry me home on the eve-ning tide", "64:1 62:.5 60:.5 67:2 64:.5 62:.5 64:1 62:1 60:2"),
    ("The ri-ver is o-pen and wide", "57:1 60:1 62:1 64:2 64:1 62:1 60:1 60:3"),
    ("Tell me the sto-ry you told be-fore", "60:1 60:1 62:1 64:1.5 62:.5 60:1 64:1 62:1 67:3"),
    ("The sum-mer is walk-ing a-way", "55:1 60:1 60:1 64:1 62:1.5 60:.5 57:1 60:3"),
    ("Ring all the bells in the mor-ning", "67:2 64:1 62:1 64:2 62:.5 60:.5 62:1 60:2"),
    ("We are young and the night is long", "60:1 64:1 67:2 64:.5 62:.5 64:2 62:1 60:3"),
)
GERMAN = (
    ("Al-le mei-ne Ent-chen", "60:1 62:1 64:1 65:1 67:2 67:2"),
    ("schwim-men auf dem See", "69:1 69:1 69:1 69:1 67:4"),
)
SPANISH = (
    ("La lu-na ca-mi-na", "60:1 64:1 67:1 64:1 65:1 62:2"),
    ("con-mi-go en el mar", "60:1 62:1 64:1 62:1 62:1 60:3"),
    ("Ma-ña-na de a-bril, can-ción de sol", "60:1 62:1 64:1 65:1 67:1 65:2 64:1 62:2 60:1 62:2"),
    ("la no-che me lla-ma por mi nom-bre", "64:1 65:1 67:1 64:1 62:1 64:1 60:1 62:1 64:1 62:2"),
    ("y to-dos can-tan jun-to a su mar", "60:1 64:1 62:1 60:1 62:1 64:1 65:1 67:1 65:1 64:2"),
)


def song(lines: tuple[tuple[str, str], ...], qpm: float = 100.0, language: str = "en") -> Score:
    """A score of one voice that sings lines, a beat's rest between them."""
    notes: list[tuple[int, int, int, int]] = []
    lyrics: list[Syllable] = []
    tick = TPQ
    for text, tune in lines:
        sung = [(int(pitch), float(beats)) for pitch, beats in (note.split(":") for note in tune.split())]
        tokens = _tokens(text)
        assert len(tokens) == len(sung), text
        for at, ((pitch, beats), (part, goes_on)) in enumerate(zip(sung, tokens, strict=True)):
            is_last = at == len(sung) - 1
            length = round(beats * TPQ)
            notes.append((tick, round(length * 0.9) if is_last else length, pitch, 90))
            if part:
                n_notes = 1 + next((n for n, (other, _) in enumerate(tokens[at + 1 :]) if other), len(tokens) - at - 1)
                ends = not any(other for other, _ in tokens[at + 1 :])
                lyrics.append(Syllable(tick, part, goes_on, n_notes, language=language, ends_line=ends))
            tick += length
        tick += TPQ
    track = Track("Voice", "melody", 53, make_notes(notes))
    return Score(
        "Sung", TPQ, tick, (track,), (TempoChange(0, qpm),), (MeterChange(0, parse_meter("4/4")),), lyrics=tuple(lyrics)
    )


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Syllables, each with whether its word goes on; an empty one for another note of the same syllable."""
    tokens: list[tuple[str, bool]] = []
    for word in text.split():
        parts = word.split("-")
        for at, part in enumerate(parts):
            goes_on = at < len(parts) - 1
            tokens.append(("" if part == "_" else part, goes_on))
    return tokens
