"""Drum grooves and fills as data: genre, meter and intensity level.

A groove has one line per drum: its letter, then a row of sixteenths. ``X`` is an
accent, ``x`` a plain stroke, ``o`` a soft one, ``g`` a ghost note, ``.`` silence.
Rows after ``|`` are alternates that vary the loop. In 12/8 a groove without a row of
its own is the 6/8 one played twice (the backbeat then falls on beats 2 and 4). The
patterns are the common textbook ones of each style; jazz and blues are written
straight, and ``perform`` swings them.
"""

from __future__ import annotations

DRUM_PITCHES = {
    "K": 36, "S": 38, "R": 37, "X": 39, "H": 42, "P": 44, "O": 46, "D": 51, "B": 53,
    "C": 49, "T": 54, "M": 70, "U": 50, "V": 47, "W": 43,
}  # fmt: skip
STROKE_VELOCITIES = {"X": 112, "x": 92, "o": 68, "g": 40}

# genre: meter: (light, mid, full); "*" is every genre without a row of its own.
GROOVES: dict[str, dict[str, tuple[str, str, str]]] = {
    "*": {
        "4/4": (
            "K x.........x.....|x...............\nR ....x.......x...\nH x.o.x.o.x.o.x.o.",
            "K x......xx.......|x.....x.x.......|x.......x.x.....\nS ....x.......x...\nH X.x.X.x.X.x.X.x.",
            "K x.....x.x.x.....|x..x..x.x.......|x.....x...x..x..\nS ....X.......X..g|....X..g....X...\n"
            "H XoxoXoxoXoxoXo..\nO ..............x.",
        ),
        "3/4": (
            "K x...........\nR ....o...o...|........o...\nH x.o.x.o.x.o.",
            "K x.......x...|x.....x.....\nS ....x...x...|........x...\nH X.x.x.x.x.x.",
            "K x.....x...x.|x.....x.....\nS ....X...X...|....X...X..g\nH XoxoxoXoxox.\nT ....x...x...",
        ),
        "2/4": (
            "K x.......\nR ....x...\nH x.o.x.o.",
            "K x.......|x.....x.\nS ....x...\nH X.x.X.x.",
            "K x.x.....|x..x....\nS ....X...|....X..g\nH XoxoXoxo",
        ),
        "6/8": (
            "K x...........\nR ......x.....\nH x.o.o.x.o.o.",
            "K x...........|x.........x.\nS ......x.....\nH X.x.x.X.x.x.",
            "K x...x.....x.|x...x.......\nS ......X.....|......X...g.\nH XoxoxoXoxox.\nT ......x.....",
        ),
    },
    "rock": {
        "4/4": (
            "K x.......x.......\nR ....x.......x...\nH x.x.x.x.x.x.x.x.",
            "K x.......x.x.....|x.x.....x.......\nS ....X.......X...\nH X.x.X.x.X.x.X.x.",
            "K x..x..x.x.x.....|x.x...x.x.x...x.\nS ....X.......X...|....X..g.g..X...\nD X.x.X.x.X.x.X.x.\n"
            "P ....x.......x...",
        ),
        "3/4": (
            "K x...........\nR ........x...\nH x.x.x.x.x.x.",
            "K x.....x.....|x...x.......\nS ........X...\nH X.x.X.x.X.x.",
            "K x..x..x.....|x.x...x...x.\nS ....X...X...\nD X.x.X.x.X.x.\nP ....x...x...",
        ),
    },
    "folk": {
        "4/4": (
            "K o...............\nM x.o.x.o.x.o.x.o.",
            "K x.......x.......|x.....x.x.......\nR ....x.......x...\nM x.o.x.o.x.o.x.o.",
            "K x.......x.x.....|x.....x.x.......\nS ....x..g....x..g\nM xoxoxoxoxoxoxoxo\nT ....x.......x...",
        ),
    },
    "country": {
        "4/4": (
            "K x.......x.......\nR ....x.......x...\nH o.x.o.x.o.x.o.x.",
            "K x.......x.......\nS o.ooX.ooo.ooX.oo|o.ooX.ooo.ooX.ox",
            "K x...x...x...x...|x.....x.x...x...\nS gogoXogogogoXogo|gogoXogogogoXoxx\nT ....x.......x...",
        ),
        "2/4": (
            "K x.......\nR ..x...x.",
            "K x...x...\nS ..x...x.|..x...xg",
            "K x...x...\nS .gX..gX.|.gX..gXg\nH x.x.x.x.",
        ),
    },
    "soul": {
        "4/4": (
            "K x.........x.....|x.......x.x.....\nR ....x.......x...\nH x.x.x.x.x.x.x.x.",
            "K x..x......x.....|x......x..x.....\nS ....X..g.g..X...|....X..g....X..g\nH x.xox.xox.xox.xo",
            "K x..x..x...x..x..|x..x......xx....\nS ....X..g.g..X..g\nH XoxoXoxoXoxoXo..\nO ..............x.\n"
            "T ....x.......x...",
        ),
        "6/8": (
            "K x...........\nR ......x.....\nH x.x.x.x.x.x.",
            "K x.........x.|x...x.......\nS ......X.....|......X...g.\nH X.x.x.X.x.x.",
            "K x...x.....x.|x.......x.x.\nS ......X...g.|..g...X.....\nD X.x.x.X.x.x.\nT ......x.....\nP ......o.....",
        ),
    },
    "jazz": {
        "4/4": (
            "D x...x.o.x...x.o.\nP ....x.......x...",
            "D x...X.o.x...X.o.\nP ....x.......x...\nK o...o...o...o...\nR ............o...|................",
            "D x...X.x.x...X.x.|x.o.X.x.x...X.x.\nP ....x.......x...\nK o...o...o..xo...|o...o.x.o...o...\n"
            "S ......g.......o.|..g.......o.....|..........g.o...",
        ),
        "3/4": (
            "D x...x.o.x...\nP ....x.......",
            "D x...X.o.x.o.\nP ....x...x...\nK o...........|o.......o...",
            "D x...X.x.x.x.\nP ....x...x...\nK x.....o.....|x.......o...\nS ......g...o.|..g.....o...",
        ),
        "2/4": (
            "D x...x.o.\nP ....x...",
            "D x...X.o.\nP ....x...\nK o...o...",
            "D x...X.x.\nP ....x...\nK o...o...\nS ..g...o.|......g.",
        ),
        "6/8": (
            "D x...o.x...o.\nP ......x.....",
            "D X...x.X...x.\nP ......x.....\nK o...........\nR ..........o.|............",
            "D X.o.x.X.o.x.\nP ......x.....\nK x.........o.|x...o.......\nS ....g.....o.|..g.....g...",
        ),
    },
    "blues": {
        "4/4": (
            "K x.......x.......\nR ....x.......x...\nH x...x...x...x...",
            "K x.......x.x.....|x.......x.......\nS ....X.......X...\nH X.o.X.o.X.o.X.o.",
            "K x.....x.x.....x.|x.......x.x.....\nS ....X.g.....X.g.\nD X.x.X.x.X.x.X.x.\nP ....x.......x...",
        ),
        "6/8": (
            "K x...........\nR ......x.....\nH x.o.o.x.o.o.",
            "K x.........x.|x...........\nS ......X.....\nH X.x.x.X.x.x.",
            "K x...x.....x.|x.........x.\nS ......X...g.\nD X.x.x.X.x.x.\nP ......x.....",
        ),
    },
    "electronic": {
        "4/4": (
            "K o...o...o...o...\nH ..x...x...x...x.",
            "K x...x...x...x...\nX ....x.......x...\nO ..x...x...x...x.|..x...x...x...xo",
            "K X...X...X...X...|X...X...X...X.o.\nX ....X.......X...\nO ..X...X...X...X.\nH xoxoxoxoxoxoxoxo",
        ),
        "3/4": (
            "K o...o...o...\nH ..x...x...x.",
            "K x...x...x...\nX ........x...\nO ..x...x...x.",
            "K X...X...X...\nX ....X...X...\nO ..X...X...X.\nH xoxoxoxoxoxo",
        ),
        "2/4": (
            "K o...o...\nH ..x...x.",
            "K x...x...\nX ....x...\nO ..x...x.",
            "K X...X...\nX ....X...\nO ..X...X.\nH xoxoxoxo",
        ),
        "6/8": (
            "K o.....o.....\nH ..x.x...x.x.",
            "K x.....x.....\nX ......x.....\nH x.x.x.x.x.x.\nO ....x.....x.",
            "K X.....X...o.|X.....X.....\nX ......X.....\nO ..x.x...x.x.\nH xoxoxoxoxoxo",
        ),
    },
    "waltz": {
        "3/4": (
            "K o...........\nR ....o...o...",
            "K x...........\nS ....o...o...|....o...o.o.\nH ....x...x...",
            "K x...........|x.........o.\nS ....x...x...|....x...x.g.\nH x...x.o.x.o.\nT ....x...x...",
        ),
        "6/8": (
            "K o...........\nR ..o.o...o.o.",
            "K x.....o.....\nS ..o.o...o.o.\nH x.....x.....",
            "K x.....x.....\nS ..x.x...x.x.|..x.x...x.xg\nH x.o.o.x.o.o.",
        ),
    },
    "lullaby": {
        "4/4": (
            "M o...o...o...o...",
            "K o.......o.......\nR ....o.......o...\nM o...o...o...o...",
            "K o.......o.......|o.........o.....\nR ....x.......x...\nM o.g.o.g.o.g.o.g.",
        ),
        "3/4": (
            "M o...o...o...",
            "K o...........\nM o...o...o...\nR ........o...",
            "K o.......o...\nR ....o...o...\nM o.g.o.g.o.g.",
        ),
        "2/4": ("M o...o...", "K o.......\nM o...o...\nR ....o...", "K o.......\nR ....x...\nM o.g.o.g."),
        "6/8": (
            "M o.....o.....",
            "K o...........\nR ......o.....\nM o...o.o...o.",
            "K o.........o.|o...........\nR ......o.....\nM o.g.g.o.g.g.",
        ),
    },
}  # fmt: skip

# Fills stand at the end of the bar; (light, mid, full), each a tuple of choices.
FILLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "simple": (
        ("R o.oo", "S ..oo", "S o.gx"),
        ("S xoxx", "S x.xxxoxx\nK x.......", "S xx..\nU ..xx", "S x.x.\nU .x..\nW ...x"),
        ("S XoxoXX..\nU ....xxxx\nK x...x...", "S XXxx....\nU ....xx..\nW ......XX\nK x...x...",
         "S X.xxX...\nV .....xx.\nW .......X\nK x...x...", "S oxoxxxXX\nK x...x..."),
    ),
    "compound": (
        ("R o.o.o.", "S ..o.o.", "S o.g.x."),
        ("S x.x.xx", "S x.x...\nU ....x.", "S x.....\nU ..x...\nW ....x."),
        ("S X.x.x.......\nU ......x.x...\nW ..........X.\nK x.....x.....", "S x.x.x.X.xxxx\nK x.....x.....",
         "S xxxx........\nU ....xxxx....\nW ........XXXX\nK x.....x....."),
    ),
}  # fmt: skip
# Genres that stay gentle: the level above this one is never filled or crashed.
MAX_FILL_LEVEL = {"lullaby": 0, "waltz": 1, "folk": 1, "jazz": 1}
# What replaces the hat in the last bar of an inner phrase: an opened hat on the last off-beat.
OPEN_HAT_GENRES = ("pop", "rock", "soul", "electronic", "country")


def find_groove(genre: str, meter: str, level: int) -> str:
    """Give the groove text of a genre (or the general one) in a meter at level 0, 1 or 2."""
    if meter == "12/8":
        own = GROOVES.get(genre, {}).get(meter)
        return own[level] if own else _twice(find_groove(genre, "6/8", level))
    table = GROOVES.get(genre, {})
    return (table.get(meter) or GROOVES["*"][meter])[level]


def parse_groove(text: str) -> dict[str, list[str]]:
    """Split a groove into its drums' rows: letter to the list of alternates."""
    lines = (line.split(maxsplit=1) for line in text.splitlines())
    return {letter: rows.split("|") for letter, rows in lines}


def _twice(text: str) -> str:
    """Play a groove twice in a bar, the second time with the next alternate."""
    lines = []
    for letter, rows in parse_groove(text).items():
        pairs = [row + rows[(index + 1) % len(rows)] for index, row in enumerate(rows)]
        lines.append(f"{letter} {'|'.join(pairs)}")
    return "\n".join(lines)
