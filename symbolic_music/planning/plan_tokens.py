"""Tokens of a song form, as the planner reads and writes them.

A form is a row of sections, each a kind (``verse``), a material letter (equal
letters share material) and a length in bars. Its text for the model is::

    Genre_pop  Left_20 Kind_intro Letter_A Bars_4  Left_19 Kind_verse …  End

``Left`` counts down the bars that remain, in steps of ``LEFT_STEP``, so that
the model knows how far the end is; ``Left_?`` means that it is not told.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.song.plan import SECTION_KINDS

LEFT_STEP = 4
MAX_LEFT = 40
MAX_BARS = 32
FORM_LETTERS = "ABCDEFGHIJKL"
# The genres of the trained vocabulary, a list of its own: the brief's may grow.
PLAN_GENRES = ("pop", "rock", "folk", "country", "soul", "jazz", "blues", "electronic", "waltz", "lullaby")
# No annotated songs of their own: these borrow a neighbour's forms.
NEIGHBOUR_GENRE = {"lullaby": "folk"}
PAD, END, LEFT_UNKNOWN = "Pad", "End", "Left_?"


@dataclass(frozen=True)
class FormSection:
    """One section of a form: its kind, material letter and length in bars."""

    kind: str
    letter: str
    n_bars: int


def build_vocabulary() -> list[str]:
    """List every plan token; a token's place is its id and ``Pad`` is 0."""
    return [
        PAD,
        END,
        *(f"Genre_{genre}" for genre in PLAN_GENRES),
        LEFT_UNKNOWN,
        *(f"Left_{left}" for left in range(MAX_LEFT + 1)),
        *(f"Kind_{kind}" for kind in SECTION_KINDS),
        *(f"Letter_{letter}" for letter in FORM_LETTERS),
        *(f"Bars_{bars}" for bars in range(1, MAX_BARS + 1)),
    ]


def genre_token(genre: str) -> str:
    """Name a genre's token; genres without annotated songs take a neighbour's, at last pop's."""
    genre = NEIGHBOUR_GENRE.get(genre, genre)
    return f"Genre_{genre if genre in PLAN_GENRES else 'pop'}"


def left_token(n_bars_left: int | None) -> str:
    """Name the countdown token for the bars that remain (``None``: not told)."""
    if n_bars_left is None:
        return LEFT_UNKNOWN
    return f"Left_{min(MAX_LEFT, -(-n_bars_left // LEFT_STEP))}"


def encode_section(section: FormSection, n_bars_left: int | None) -> list[str]:
    """Write one section as tokens; lengths over ``MAX_BARS`` are cut to it.

    Examples
    --------
    >>> encode_section(FormSection("verse", "A", 8), 20)
    ['Left_5', 'Kind_verse', 'Letter_A', 'Bars_8']
    """
    letter = section.letter if section.letter in FORM_LETTERS else FORM_LETTERS[-1]
    bars = min(section.n_bars, MAX_BARS)
    return [left_token(n_bars_left), f"Kind_{section.kind}", f"Letter_{letter}", f"Bars_{bars}"]


def encode_form(genre: str, sections: list[FormSection], told: bool = True) -> list[str]:
    """Write a whole form as tokens.

    Parameters
    ----------
    genre : str
        One of ``PLAN_GENRES``.
    sections : list of FormSection
        The form, in order.
    told : bool
        Whether the countdown of bars is written or left open.
    """
    tokens = [f"Genre_{genre}"]
    left = sum(section.n_bars for section in sections)
    for section in sections:
        tokens += encode_section(section, left if told else None)
        left -= section.n_bars
    return [*tokens, left_token(left if told else None), END]


def letters_by_appearance(letters: list[str]) -> list[str]:
    """Rename letters in order of first appearance, ``A`` first.

    Examples
    --------
    >>> letters_by_appearance(["C", "B", "C"])
    ['A', 'B', 'A']
    """
    names: dict[str, str] = {}
    for letter in letters:
        names.setdefault(letter, FORM_LETTERS[min(len(names), len(FORM_LETTERS) - 1)])
    return [names[letter] for letter in letters]
