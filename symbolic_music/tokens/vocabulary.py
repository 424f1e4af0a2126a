"""The vocabulary as a table: one row per token type, from which ids and names are derived.

A token is written ``Type_value`` (``Pitch_60``); ids follow the order of the rows.
Weights are stored with their list of tokens, so that a new vocabulary can take over
old rows by name.
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
LONGEST_PHRASE = 16
# The most notes that a phrase can be asked to have.
MOST_NOTES = 64
# The most bars of an exemplar.
MOST_FIGURES = 4
LOWEST_PITCH, HIGHEST_PITCH = 21, 108
# The General MIDI percussion map; a hit has no length of its own and is written as a sixteenth.
LOWEST_DRUM, HIGHEST_DRUM = 35, 81
HIT_TICKS = 3
PARTS = ("chords", "melody", "line", "piano", "bass", "drums", "guitar", "pad", "arpeggio", "countermelody")
# Parts with one voice; all others may sound several notes at once.
SINGLE_VOICED = ("melody", "line", "bass", "countermelody")
# Parts that breathe: their phrases may begin before the bar line, with an upbeat.
BREATHING = ("melody", "line")
# Styles whose band the model has heard; a style file names the one it is played like.
STYLES = (
    "6/8 ballad", "acoustic pop", "afro-cuban 6/8", "afrobeat", "ambient", "bebop", "beguine", "big band",
    "bluegrass", "blues", "blues 6/8", "bolero", "boogie", "bossa nova", "calypso", "cha-cha", "charleston",
    "chiptune", "cinematic", "cool jazz", "country", "country ballad", "country swing", "country waltz", "cumbia",
    "disco", "dixieland", "drum and bass", "dubstep", "eurodance", "folk", "folk ballad", "folk rock", "foxtrot",
    "funk", "gospel", "gypsy jazz", "hard rock", "hip-hop", "house", "hymn", "indie rock", "jazz ballad",
    "jazz rock", "jazz waltz", "jig", "jive", "klezmer", "latin pop", "latin waltz", "lo-fi", "lullaby", "mambo",
    "march", "march 6/8", "merengue", "metal", "motown", "musette", "musical theatre", "new age", "piano ballad",
    "polka", "pop", "pop 6/8", "pop ballad", "pop waltz", "punk", "quickstep", "ragtime", "reel", "reggae",
    "reggaeton", "rnb", "rock", "rock and roll", "rock ballad", "rockabilly", "rumba", "salsa", "samba", "shuffle",
    "ska", "slow blues", "slow rock", "soca", "soft rock", "son cubano", "soul", "spiritual", "surf", "swing",
    "synthwave", "tango", "tarantella", "techno", "trance", "trap", "twist", "viennese waltz", "waltz", "zydeco",
)  # fmt: skip

# In the order in which they stand in a prefix. A condition that is left open is not written: a prefix holds what is
# known of a phrase and nothing else.
CONDITION_VALUES: dict[str, tuple[str, ...]] = {
    "Part": PARTS,
    "Source": ("pop", "folk", "standard", "rock", "art", "hymn", "game", "live", "band"),
    "Relation": ("variation",),
    "Mode": ("major", "minor"),
    "Meter": METERS,
    "Tempo": ("slow", "medium", "fast", "very fast"),
    "Section": ("intro", "verse", "pre-chorus", "chorus", "bridge", "solo", "interlude", "outro"),
    "Bars": tuple(str(n) for n in range(1, LONGEST_PHRASE + 1)),
    "Place": ("first", "early", "late", "last"),
    "Intensity": tuple(map(str, range(8))),
    "Style": STYLES,
    "Density": ("0", "1", "2", "3", "4", "5"),
    "Register": ("low", "mid-low", "mid-high", "high"),
    "Top": tuple(map(str, range(52, 91))),
    "Syncopation": ("0", "1", "2", "3"),
    "Swing": ("straight", "swung"),
    "Length": ("detached", "short", "long", "sung"),
    "Leaps": ("0", "1", "2", "3"),
    "Colour": ("power", "triads", "sevenths", "extended"),
    "Changes": ("slow", "bar", "half", "fast"),
    "Cadence": ("V-I", "IV-I", "other-I", "other-V", "V-vi", "open"),
    "Ending": ("before", "first beat", "middle", "last beat"),
    "Degree": tuple(map(str, range(12))),
    "Close": ("held", "short"),
    "Notes": tuple(map(str, range(1, MOST_NOTES + 1))),
    "Strength": ("light", "medium", "strong"),
    "Beside": PARTS[1:],
    "Fill": ("yes", "no"),
}
CONDITION_ORDER: tuple[str, ...] = tuple(CONDITION_VALUES)

_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("PAD", ("None",)),
    ("BOS", ("None",)),
    ("EOS", ("None",)),
    ("Context", ("None",)),
    ("Following", ("None",)),
    ("Original", ("None",)),
    ("Relative", ("None",)),
    ("Exemplar", ("None",)),
    ("Target", ("None",)),
    *CONDITION_VALUES.items(),
    # A target's bars count down to its end; the bars of a context are plain.
    ("Bar", ("plain", *map(str, range(1, LONGEST_PHRASE + 1)))),
    ("Upbeat", ("None",)),
    ("Own", ("None",)),
    ("Ref", ("None",)),
    ("Figure", tuple(map(str, range(1, MOST_FIGURES + 1)))),
    ("Same", tuple(map(str, SAME_BARS))),
    ("Rhythm", (*map(str, SAME_BARS), "ref")),
    ("Position", tuple(map(str, POSITIONS))),
    ("Root", tuple(map(str, range(12)))),
    ("Quality", (*QUALITIES, "none")),
    ("Bass", tuple(map(str, range(12)))),
    ("Pitch", tuple(map(str, range(LOWEST_PITCH, HIGHEST_PITCH + 1)))),
    ("Duration", tuple(map(str, DURATIONS))),
    ("Drum", tuple(map(str, range(LOWEST_DRUM, HIGHEST_DRUM + 1)))),
)

TOKENS: tuple[str, ...] = tuple(f"{kind}_{value}" for kind, values in _ROWS for value in values)
# Beside weights: the names of tokens, one a line in the order of ids.
TOKEN_FILE = "tokens.txt"
ID_OF: dict[str, int] = {token: index for index, token in enumerate(TOKENS)}
TYPE_OF: tuple[str, ...] = tuple(token.split("_", 1)[0] for token in TOKENS)
VALUE_OF: tuple[str, ...] = tuple(token.split("_", 1)[1] for token in TOKENS)
IDS_OF_TYPE: dict[str, range] = {
    kind: range(ID_OF[f"{kind}_{values[0]}"], ID_OF[f"{kind}_{values[-1]}"] + 1) for kind, values in _ROWS
}


def slice_of(kind: str) -> slice:
    """The ids of a token type as a slice of a mask."""
    row = IDS_OF_TYPE[kind]
    return slice(row.start, row.stop)


PAD, BOS, EOS = ID_OF["PAD_None"], ID_OF["BOS_None"], ID_OF["EOS_None"]
CONTEXT, FOLLOWING = ID_OF["Context_None"], ID_OF["Following_None"]
ORIGINAL, TARGET = ID_OF["Original_None"], ID_OF["Target_None"]
RELATIVE, EXEMPLAR, UPBEAT = ID_OF["Relative_None"], ID_OF["Exemplar_None"], ID_OF["Upbeat_None"]
PLAIN_BAR, REF, OWN = ID_OF["Bar_plain"], ID_OF["Ref_None"], ID_OF["Own_None"]
_SORTED_DURATIONS = sorted(DURATIONS)


def token_id(kind: str, value: object) -> int:
    """Look up the id of a token by type and value."""
    return ID_OF[f"{kind}_{value}"]


def bar_id(n_left: int) -> int:
    """The bar line of a target with ``n_left`` bars to come, its own among them."""
    return PLAIN_BAR + n_left


def nearest_duration(ticks: int) -> int:
    """Round a duration down to the vocabulary (down, so that notes never come to overlap)."""
    fitting = [duration for duration in _SORTED_DURATIONS if duration <= max(ticks, 1)]
    return fitting[-1]
