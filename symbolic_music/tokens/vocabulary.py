"""The vocabulary as a table: one row per token type, from which ids and names are derived.

A token is written ``Type_value`` (``Pitch_60``); ids are fixed by the order of
the rows, so rows are only ever appended.
"""

from __future__ import annotations

from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.meter import GRID_TICKS, METERS, TPQ

# The longest bar is 12/8: six quarters.
POSITIONS = tuple(quarter * TPQ + tick for quarter in range(6) for tick in GRID_TICKS)
# Everything up to a half note on the grid, then the usual longer values.
DURATIONS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20, 21, 24, 27, 28, 30, 32, 33, 36,
             42, 48, 54, 60, 66, 72, 84, 96, 120, 144)  # fmt: skip
SAME_BARS = (1, 2, 3, 4, 6, 8, 12, 16)
LOWEST_PITCH, HIGHEST_PITCH = 21, 108
ANY = "any"

CONDITION_VALUES: dict[str, tuple[str, ...]] = {
    "Part": ("chords", "melody", "piano", "bass", "drums", "guitar", "pad", "arpeggio", "countermelody"),
    "Source": ("pop", "folk", "standard", ANY),
    "Relation": ("new", "variation"),
    "Mode": ("major", "minor"),
    "Meter": METERS,
    "Tempo": ("slow", "medium", "fast", "very fast", ANY),
    "Section": ("intro", "verse", "pre-chorus", "chorus", "bridge", "solo", "interlude", "outro", ANY),
    "Bars": tuple(str(n) for n in range(1, 17)),
    "Place": ("first", "early", "late", "last", ANY),
    "Density": ("0", "1", "2", "3", "4", "5", ANY),
    "Register": ("low", "mid-low", "mid-high", "high", ANY),
    "Cadence": ("authentic", "half", "open", ANY),
    "Intensity": ("0", "1", "2", "3", ANY),
}

_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("PAD", ("None",)),
    ("BOS", ("None",)),
    ("EOS", ("None",)),
    ("Context", ("None",)),
    ("Original", ("None",)),
    ("Target", ("None",)),
    *CONDITION_VALUES.items(),
    ("Bar", ("None",)),
    ("Ref", ("None",)),
    ("Same", tuple(map(str, SAME_BARS))),
    ("Position", tuple(map(str, POSITIONS))),
    ("Root", tuple(map(str, range(12)))),
    ("Quality", (*QUALITIES, "none")),
    ("Bass", tuple(map(str, range(12)))),
    ("Pitch", tuple(map(str, range(LOWEST_PITCH, HIGHEST_PITCH + 1)))),
    ("Duration", tuple(map(str, DURATIONS))),
    ("Drum", tuple(map(str, range(35, 60)))),
    ("Velocity", tuple(map(str, range(8)))),
)

TOKENS: tuple[str, ...] = tuple(f"{kind}_{value}" for kind, values in _ROWS for value in values)
ID_OF: dict[str, int] = {token: index for index, token in enumerate(TOKENS)}
TYPE_OF: tuple[str, ...] = tuple(token.split("_", 1)[0] for token in TOKENS)
VALUE_OF: tuple[str, ...] = tuple(token.split("_", 1)[1] for token in TOKENS)
IDS_OF_TYPE: dict[str, range] = {
    kind: range(ID_OF[f"{kind}_{values[0]}"], ID_OF[f"{kind}_{values[-1]}"] + 1) for kind, values in _ROWS
}
PAD, BOS, EOS = ID_OF["PAD_None"], ID_OF["BOS_None"], ID_OF["EOS_None"]
CONTEXT, ORIGINAL, TARGET = ID_OF["Context_None"], ID_OF["Original_None"], ID_OF["Target_None"]
BAR, REF = ID_OF["Bar_None"], ID_OF["Ref_None"]
_SORTED_DURATIONS = sorted(DURATIONS)


def token_id(kind: str, value: object) -> int:
    """Look up the id of a token by type and value."""
    return ID_OF[f"{kind}_{value}"]


def nearest_duration(ticks: int) -> int:
    """Round a duration down to the vocabulary (down, so that notes never come to overlap)."""
    fitting = [duration for duration in _SORTED_DURATIONS if duration <= max(ticks, 1)]
    return fitting[-1]
