"""Grooves of our own as mma text, and the tables that say what mma plays for each style.

``styles_mma.yaml`` maps styles to grooves, ``styles_grooves.yaml`` holds grooves that mma's library
lacks, as rows of equal steps (see its head for the signs). A row becomes an mma track whose name
ends with our part's name, so that the reader knows where its notes belong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from symbolic_music.tables import read_table

MMA_TPQ = 192
# mma beats (each MMA_TPQ ticks) in a bar of ours; in 6/8 most of its grooves count eighths.
BEATS = {"4/4": 4, "3/4": 3, "6/8": 6, "12/8": 4}
STEPS = {"4/4": 16, "3/4": 12, "6/8": 12}
DRUM_TONES = {
    "K": "KickDrum1", "S": "SnareDrum1", "E": "SnareDrum2", "R": "SideKick", "X": "HandClap", "H": "ClosedHiHat",
    "P": "PedalHiHat", "O": "OpenHiHat", "D": "RideCymbal1", "B": "RideBell", "C": "CrashCymbal1", "T": "Tambourine",
    "M": "Maracas", "U": "HighTom1", "V": "MidTom1", "W": "LowTom1", "L": "CowBell", "J": "OpenHighConga",
    "G": "ShortGuiro",
}  # fmt: skip
STROKES = {"X": 112, "x": 92, "o": 68, "g": 40, "p": 92}
DEGREES = {**{digit: digit for digit in "1234567"}, "8": "1+", "t": "3+", "f": "5+"}
DEGREE_VOLUME = 92
OCTAVES = {"bass": 3, "piano": 5, "guitar": 4, "pad": 4, "arpeggio": 5, "countermelody": 5}
SECTIONS = ("verse", "chorus", "bridge", "intro")


@dataclass(frozen=True)
class Grooves:
    """What mma plays for a style in one meter: groove names by kind of section.

    ``intro`` and ``ending`` come with their length in bars (0: none); ``fill`` may be empty;
    ``beats`` are mma beats in a bar; ``own_text`` defines the grooves if they are ours.
    """

    verse: str
    chorus: str
    bridge: str
    intro: str = ""
    intro_bars: int = 0
    fill: str = ""
    ending: str = ""
    ending_bars: int = 0
    beats: int = 4
    own_text: str = ""


def styles_with_grooves() -> tuple[str, ...]:
    """List the styles in the table."""
    return tuple(_table("styles_mma.yaml"))


def track_parts(style: str) -> dict[str, str]:
    """Our parts for mma tracks that the table names for a style."""
    return dict(_table("styles_mma.yaml")[style].get("tracks", {}))


def grooves_of(style: str, meter: str) -> Grooves:
    """Find what mma plays for a style in a meter (2/4: the grooves of 4/4).

    Raises
    ------
    KeyError
        If the tables have no grooves for this style or meter.
    """
    row = _table("styles_mma.yaml")[style]
    meter = "4/4" if meter == "2/4" else meter
    entry = row[meter]
    if "own" in entry:
        return own_grooves(entry["own"])
    intro, ending = entry.get("intro", {}), entry.get("ending", {})
    return Grooves(
        entry["verse"], entry["chorus"], entry["bridge"], intro.get("groove", ""), intro.get("bars", 0),
        entry.get("fill", ""), ending.get("groove", ""), ending.get("bars", 0), entry.get("beats", BEATS[meter]),
    )  # fmt: skip


def own_grooves(name: str) -> Grooves:
    """Turn one of our own grooves into mma definitions; its intro is the verse without drums."""
    rows = _table("styles_grooves.yaml")[name]
    meter = rows.get("meter", "4/4")
    steps = rows.get("steps", STEPS[meter])
    text, names = [], {}
    for section in SECTIONS:
        names[section] = "Own" + "".join(c for c in name.title() if c.isalnum()) + section.title()
        text.append(_define(names[section], section_rows(rows, section), BEATS[meter], steps))
    own_text = "\n".join(text)
    return Grooves(**names, intro_bars=4, beats=BEATS[meter], own_text=own_text)


def section_rows(rows: dict, section: str) -> dict[str, object]:
    """The rows of one kind of section: the verse's, changed by the section's own."""
    changes = rows.get(section) or ({"drums": {}} if section == "intro" and len(rows["verse"]) > 1 else {})
    merged = {**rows["verse"], **changes}
    if "drums" in changes and section != "intro":
        merged["drums"] = {**rows["verse"].get("drums", {}), **changes["drums"]}
    return merged


def _define(name: str, rows: dict[str, object], beats: int, steps: int) -> str:
    """Write one groove."""
    tracks = []
    for part, row in rows.items():
        if isinstance(row, dict):
            tracks += [_track(f"Drum-{d}", [f"Tone {DRUM_TONES[d]}"], r, (beats, steps)) for d, r in row.items() if r]
        elif row:
            tracks += _part_tracks(part, str(row), (beats, steps))
    n_bars = max((str(row).count("|") + 1 for row in _flat_rows(rows)), default=1)
    return "\n".join(["SeqClear", f"Time {beats}", f"SeqSize {n_bars}", *tracks, f"DefGroove {name}"])


def _flat_rows(rows: dict[str, object]) -> list[str]:
    """All rows of a groove, drums and others."""
    return [str(r) for row in rows.values() for r in (row.values() if isinstance(row, dict) else [row])]


def _part_tracks(part: str, row: str, grid: tuple[int, int]) -> list[str]:
    """The mma tracks of one part: chords, single degrees, or power chords as two degrees."""
    octave = f"Octave {OCTAVES[part]}"
    settings = [octave, "Articulate 100"]
    if part == "bass":
        return [_track("Bass", settings, row, grid)]
    if "p" in row:
        fifth = row.replace("p", "5")
        return [_track(f"Bass-{part}1", settings, row.replace("p", "1"), grid),
                _track(f"Bass-{part}5", settings, fifth, grid)]  # fmt: skip
    if any(sign in DEGREES for sign in row):
        return [_track(f"Bass-{part}", settings, row, grid)]
    return [_track(f"Chord-{part}", [*settings, "Voicing Mode=Optimal"], row, grid)]


def _track(name: str, settings: list[str], row: str, grid: tuple[int, int]) -> str:
    """One track block."""
    kind = name.split("-")[0]
    bars = " ".join(_bar(kind, bar, grid) for bar in row.split("|"))
    return "\n".join([f"Begin {name}", *(f"  {line}" for line in settings), f"  Sequence {bars}", "End"])


def _bar(kind: str, signs: str, grid: tuple[int, int]) -> str:
    """One bar of a row as an mma pattern; a rest if nothing sounds."""
    beats, steps = grid
    step_ticks = beats * MMA_TPQ // steps
    strokes = []
    for place, sign in enumerate(signs):
        if sign in ".-":
            continue
        held = len(signs[place + 1 :]) - len(signs[place + 1 :].lstrip("-")) + 1
        at, length = f"{1 + place * beats / steps:.4f}".rstrip("0").rstrip("."), f"{held * step_ticks}t"
        if kind == "Drum":
            strokes.append(f"{at} 0 {STROKES[sign]}")
        elif kind == "Chord":
            strokes.append(f"{at} {length} {STROKES[sign]}")
        else:
            strokes.append(f"{at} {length} {DEGREES[sign]} {DEGREE_VOLUME + (8 if place == 0 else 0)}")
    return "{" + "; ".join(strokes) + "}" if strokes else "z"


@cache
def _table(name: str) -> dict:
    """Load one of the tables beside this module."""
    return read_table("data_prep", name)
