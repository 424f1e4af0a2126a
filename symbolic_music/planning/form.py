"""The form of a song: sections drawn from the form model under constraints.

What is guaranteed, because only legal tokens are ever drawn:

- a free form has exactly the bars asked for; from ``FULL_FORM_BARS`` on it opens with an intro,
  ends with an outro, has a verse, and a chorus that comes first before half the song, at least twice, always
  equally long;
- a given form keeps its sections and stated lengths exactly; open lengths are chosen by the
  model, equal for equal labels, and such that the total is met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from symbolic_music.errors import BriefError
from symbolic_music.planning.form_model import FormModel
from symbolic_music.planning.form_text import MAX_SECTION_BARS, AskedSection
from symbolic_music.planning.plan_tokens import (
    FORM_LETTERS,
    MAX_BARS,
    FormSection,
    encode_section,
    genre_token,
    left_token,
    letters_by_appearance,
)
from symbolic_music.song.plan import SECTION_KINDS

FULL_FORM_BARS = 16  # intro 2, verse 4, chorus 4 twice, outro 2: shorter songs have no room for these
MAX_OUTRO_BARS = 12
LEAST_OUTRO_BARS = 2
LEAST_VERSE_BARS = 4
# Lengths that sections of a drawn form may have; an outro takes what is left, odd numbers too. Dances are danced, and
# loops loop, in fours; songs breathe where the voice does (of POP909's sections .73 are multiples of four), and there
# the model's own lengths are let through.
SQUARE_BARS = {
    "intro": (2, 4, 8, 12), "interlude": (2, 4, 8), "pre-chorus": (2, 4, 8), "bridge": (4, 8, 12, 16),
    "solo": (4, 8, 12, 16), "verse": (4, 8, 12, 16, 20), "chorus": (4, 8, 12, 16, 20),
}  # fmt: skip
FREE_BARS = {
    "intro": tuple(range(2, 13)), "interlude": tuple(range(1, 13)), "pre-chorus": tuple(range(2, 11)),
    "bridge": tuple(range(4, 17)), "solo": tuple(range(4, 17)), "verse": tuple(range(4, 25)),
    "chorus": tuple(range(4, 25)),
}  # fmt: skip
USUAL_BARS = {"free": FREE_BARS, "square": SQUARE_BARS, "twelve": SQUARE_BARS}
# A blues goes round in twelve bars wherever there is room.
ROUND_BARS = 12
ROUND_KINDS = ("verse", "chorus", "solo")
# Genres whose songs end with their chorus; the others may end with a verse, as AABA songs do.
CHORUS_LAST_GENRES = ("pop", "rock", "soul", "country", "electronic")
# Kinds of one class may share a letter, so that an outro can return to the intro's music.
LETTER_CLASS = {"intro": "instrumental", "interlude": "instrumental", "outro": "instrumental"}
UNLIKELY = -9.0
# What lengths out of the way cost where a form leaves them open: odd ones, those that are not square, and those that no
# section of the kind has, as a chorus of two bars or an outro of 32. They are chosen where nothing else meets the
# total.
ODD_COST, UNSQUARE_COST, BEYOND_COST = 5.0, 2.5, 10.0
OUTRO_BARS = (2, 4, 8, 12)


@dataclass
class _Draft:
    """A free form being drawn."""

    genre: str
    n_bars: int
    bars: str = "square"
    sections: list[FormSection] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Bars that remain."""
        return self.n_bars - sum(section.n_bars for section in self.sections)

    def count(self, kind: str) -> int:
        """Count the sections of a kind."""
        return sum(section.kind == kind for section in self.sections)

    def first(self, kind: str) -> FormSection | None:
        """Find the first section of a kind."""
        return next((section for section in self.sections if section.kind == kind), None)


def draw_form(
    genre: str, n_bars: int, model: FormModel, rng: np.random.Generator, temperature: float = 1.0, bars: str = "square"
) -> list[FormSection]:
    """Draw a form of exactly ``n_bars`` bars.

    Parameters
    ----------
    genre : str
        One of ``GENRES``.
    n_bars : int
        Total length, at least 1.
    model : FormModel
        What proposes sections.
    rng : numpy Generator
        Chance.
    temperature : float
        Over 0; low values give the commonest forms.
    bars : {"free", "square", "twelve"}
        How long sections may be: as the model has learnt, in fours, or rounds of twelve.
    """
    if n_bars < FULL_FORM_BARS:
        return _short_form(n_bars, bars)
    draft = _Draft(genre, n_bars, bars, tokens=[genre_token(genre)])

    def draw(prefix: str, options: list[str]) -> str:
        chosen = model.draw(draft.tokens, [f"{prefix}_{option}" for option in options], temperature, rng)
        draft.tokens.append(chosen)
        return chosen.partition("_")[2]

    while draft.left > 0:
        draft.tokens.append(left_token(draft.left))
        kind = draw("Kind", _legal_kinds(draft))
        letter = draw("Letter", _legal_letters(draft, kind))
        length = int(draw("Bars", [str(length) for length in _legal_bars(draft, kind)]))
        draft.sections.append(FormSection(kind, letter, length))
    return draft.sections


def fill_form(
    asked: list[AskedSection], genre: str, n_bars: int | None, model: FormModel, rng: np.random.Generator
) -> list[FormSection]:
    """Choose the open lengths of a given form.

    Parameters
    ----------
    asked : list of AskedSection
        The sections as given; stated lengths stay as they are.
    genre : str
        One of ``GENRES``.
    n_bars : int or None
        Total that must be met, if any.
    model, rng
        What proposes lengths, and chance.

    Raises
    ------
    BriefError
        If no choice of lengths meets the total.
    """
    letters = letters_by_appearance([section.label for section in asked])
    stated = sum(section.n_bars or 0 for section in asked)
    n_open = sum(section.n_bars is None for section in asked)
    if n_bars is not None and not n_open <= n_bars - stated <= n_open * MAX_SECTION_BARS:
        raise BriefError(
            f"the form needs {stated + n_open} to {stated + n_open * MAX_SECTION_BARS} bars for its {len(asked)} "
            f"sections, but {n_bars} bars are asked for"
        )
    scores = _length_scores(asked, letters, genre, n_bars, model)
    scores = {label: score + rng.gumbel(size=len(score)) for label, score in scores.items()}
    lengths = _equal_lengths(asked, scores, n_bars) or _single_lengths(asked, scores, n_bars)
    return [FormSection(section.kind, letter, bars)
            for section, letter, bars in zip(asked, letters, lengths, strict=True)]  # fmt: skip


def _legal_kinds(draft: _Draft) -> list[str]:
    """List the kinds that may come next; never empty."""
    if not draft.sections:
        return ["intro"]
    kinds = [kind for kind in SECTION_KINDS if _is_in_place(draft, kind) and _legal_bars(draft, kind)]
    # Where nothing usual fits, one more chorus, or a longer outro.
    return kinds or (["chorus"] if _legal_bars(draft, "chorus") else ["outro"])


def _is_in_place(draft: _Draft, kind: str) -> bool:
    """Whether common practice allows a kind after what is there."""
    last = draft.sections[-1].kind
    if last == "pre-chorus":
        return kind == "chorus"
    in_a_row = len(draft.sections) > 1 and draft.sections[-2].kind == last

    def has_room(which: str, per_bars: int) -> bool:
        """One of a kind, and one more for every so many bars of the song."""
        return draft.count(which) < 1 + draft.n_bars // per_bars

    rules: dict[str, Callable[[], bool]] = {
        "intro": lambda: False,
        "verse": lambda: not (last == "verse" and in_a_row),
        "pre-chorus": lambda: last in ("verse", "interlude", "solo") and draft.count("verse") > 0,
        "chorus": lambda: not (last == "chorus" and in_a_row),
        "bridge": lambda: last != "bridge" and draft.count("chorus") > 0 and has_room("bridge", 120),
        "solo": lambda: draft.count("chorus") > 0 and has_room("solo", 40 if draft.genre == "jazz" else 80),
        "interlude": lambda: last not in ("intro", "interlude") and has_room("interlude", 48),
        "outro": lambda: _may_end(draft),
    }  # fmt: skip
    return rules[kind]()


def _legal_letters(draft: _Draft, kind: str) -> list[str]:
    """List the letters a section may have: verses and choruses return, instrumental parts may."""
    first = draft.first(kind)
    if first is not None and kind in ("verse", "pre-chorus", "chorus"):
        return [first.letter]
    used = {section.letter for section in draft.sections}
    fresh = next((letter for letter in FORM_LETTERS if letter not in used), FORM_LETTERS[-1])
    own = LETTER_CLASS.get(kind, kind)
    shared = {section.letter for section in draft.sections if LETTER_CLASS.get(section.kind, section.kind) == own}
    return [*sorted(shared - {fresh}), fresh]


def _may_end(draft: _Draft) -> bool:
    """Whether an outro may come: nothing is owed, and the last section leads to an end."""
    if draft.count("chorus") < 2 or draft.count("verse") == 0 or draft.left > MAX_OUTRO_BARS:
        return False
    last = draft.sections[-1].kind
    return last == "chorus" or (last != "bridge" and draft.genre not in CHORUS_LAST_GENRES)


def _legal_bars(draft: _Draft, kind: str) -> list[int]:
    """List the lengths a section may have so that everything still owed has room."""
    if kind == "outro":
        return [draft.left]
    room = min(draft.left - _owed_bars(draft, kind), _bars_to_chorus(draft, kind))
    first = draft.first(kind)
    if first is not None and (kind == "chorus" or (kind in ("verse", "pre-chorus") and first.n_bars <= room)):
        return [first.n_bars] if first.n_bars <= room else []
    if kind == "chorus":  # the choruses still owed will be as long as this one
        n_owed = _n_owed_choruses(draft, kind)
        room = (room + 4 * n_owed) // (1 + n_owed)
    fitting = [bars for bars in USUAL_BARS[draft.bars][kind] if bars <= room]
    is_round = draft.bars == "twelve" and kind in ROUND_KINDS and ROUND_BARS in fitting
    return [ROUND_BARS] if is_round else fitting


def _bars_to_chorus(draft: _Draft, kind: str) -> int:
    """Count the bars that a section may have so that the first chorus begins before half the song."""
    if kind == "chorus" or draft.count("chorus"):
        return draft.left
    verse_bars = LEAST_VERSE_BARS * _is_verse_owed(draft, kind)
    return (draft.n_bars - 1) // 2 - (draft.n_bars - draft.left) - verse_bars


def _owed_bars(draft: _Draft, kind: str) -> int:
    """Count the bars that must remain after a section of this kind."""
    chorus = draft.first("chorus")
    chorus_bars = chorus.n_bars if chorus else 4
    return _n_owed_choruses(draft, kind) * chorus_bars + 4 * _is_verse_owed(draft, kind) + LEAST_OUTRO_BARS


def _n_owed_choruses(draft: _Draft, kind: str) -> int:
    """Count the choruses that must come after a section of this kind."""
    missing = max(0, 2 - draft.count("chorus") - (kind == "chorus"))
    leads_on = kind in ("pre-chorus", "bridge") or (kind != "chorus" and draft.genre in CHORUS_LAST_GENRES)
    return max(missing, int(leads_on or _is_verse_owed(draft, kind)))


def _is_verse_owed(draft: _Draft, kind: str) -> bool:
    """Whether the song will still lack a verse after a section of this kind."""
    return draft.count("verse") == 0 and kind != "verse"


def _short_form(n_bars: int, bars: str) -> list[FormSection]:
    """Lay out a song too short for the full form: verse and chorus, or a verse alone, as a round of a blues is."""
    if n_bars < 8 or (bars == "twelve" and n_bars == ROUND_BARS):
        return [FormSection("verse", "A", n_bars)]
    chorus_bars = 4 if n_bars < 12 else 8
    return [FormSection("verse", "A", n_bars - chorus_bars), FormSection("chorus", "B", chorus_bars)]


def _length_scores(
    asked: list[AskedSection], letters: list[str], genre: str, n_bars: int | None, model: FormModel
) -> dict[str, np.ndarray]:
    """Score lengths 1 to ``MAX_SECTION_BARS`` of every open label by the model's log share."""
    allowed = [f"Bars_{bars}" for bars in range(1, MAX_BARS + 1)]
    tokens, left = [genre_token(genre)], n_bars
    scores: dict[str, np.ndarray] = {}
    for section, letter in zip(asked, letters, strict=True):
        bars = section.n_bars
        if bars is None and section.label not in scores:
            place = encode_section(FormSection(section.kind, letter, 1), left)[:3]
            logs = model.log_shares(tokens + place, allowed)
            wide = np.full(MAX_SECTION_BARS, UNLIKELY - 4.0)
            wide[:MAX_BARS] = np.maximum(logs, UNLIKELY)
            scores[section.label] = wide - _unusual(section.kind)
        bars = bars or int(np.argmax(scores[section.label])) + 1
        tokens += encode_section(FormSection(section.kind, letter, bars), left)
        left = None if left is None else max(1, left - bars)
    return scores


def _unusual(kind: str) -> np.ndarray:
    """How much a length of 1 to ``MAX_SECTION_BARS`` bars is out of the way, in the logarithms of its share.

    The model knows songs whose bars are counted down; a form without a total, or with an odd one, is not among them.
    """
    square = SQUARE_BARS.get(kind, OUTRO_BARS)
    free = FREE_BARS.get(kind, range(LEAST_OUTRO_BARS, MAX_OUTRO_BARS + 1))
    bars = np.arange(1, MAX_SECTION_BARS + 1)
    beyond = np.maximum(0, bars - free[-1]) + np.maximum(0, free[0] - bars)
    odd = ODD_COST * (bars % 2)  # only where the total asks for one
    return odd + np.where(np.isin(bars, square), 0.0, UNSQUARE_COST) + np.where(beyond, BEYOND_COST + beyond / 2, 0.0)


def _equal_lengths(asked: list[AskedSection], scores: dict[str, np.ndarray], n_bars: int | None) -> list[int] | None:
    """Choose one length per label, the stated one if there is one; ``None`` if that cannot be."""
    known = {section.label: section.n_bars for section in reversed(asked) if section.n_bars is not None}
    open_labels = [label for label in dict.fromkeys(section.label for section in asked) if label not in known]
    if n_bars is None:
        chosen = {label: int(np.argmax(scores[label])) + 1 for label in open_labels}
    else:
        fixed = sum(section.n_bars or known.get(section.label) or 0 for section in asked)
        counts = [sum(section.label == label for section in asked) for label in open_labels]
        found = best_lengths([scores[label] for label in open_labels], counts, n_bars - fixed)
        if found is None:
            return None
        chosen = dict(zip(open_labels, found, strict=True))
    return [section.n_bars or known.get(section.label) or chosen[section.label] for section in asked]


def _single_lengths(asked: list[AskedSection], scores: dict[str, np.ndarray], n_bars: int | None) -> list[int]:
    """Choose every open length by itself; always possible after the check of the total."""
    rows = [scores[section.label] for section in asked if section.n_bars is None]
    total = (n_bars or 0) - sum(section.n_bars or 0 for section in asked)
    chosen = iter(best_lengths(rows, [1] * len(rows), total) or [])
    return [section.n_bars or next(chosen) for section in asked]


def best_lengths(scores: list[np.ndarray], counts: list[int], total: int) -> list[int] | None:
    """Choose lengths with the best summed score whose counted sum is the total.

    Parameters
    ----------
    scores : list of float arrays
        ``scores[i][b - 1]`` is the score of length ``b`` for item ``i``.
    counts : list of int
        How often each item sounds.
    total : int
        Wanted sum of count times length.

    Returns
    -------
    list of int or None
        A length per item, ``None`` if no choice fits.

    Examples
    --------
    >>> best_lengths([np.array([0.0, 1.0]), np.array([0.0, 1.0])], [2, 1], 5)
    [2, 1]
    """
    if total < 0:
        return None
    best = np.full(total + 1, -np.inf)
    best[0] = 0.0
    choices: list[np.ndarray] = []
    for score, count in zip(scores, counts, strict=True):
        after = np.full(total + 1, -np.inf)
        choice = np.zeros(total + 1, dtype=int)
        for bars in range(1, min(len(score), total // count) + 1):
            reached = np.full(total + 1, -np.inf)
            reached[bars * count :] = best[: total + 1 - bars * count] + count * score[bars - 1]
            better = reached > after
            after[better], choice[better] = reached[better], bars
        best = after
        choices.append(choice)
    if not np.isfinite(best[total]):
        return None
    lengths: list[int] = []
    for choice, count in zip(reversed(choices), reversed(counts), strict=True):
        lengths.append(int(choice[total]))
        total -= lengths[-1] * count
    return lengths[::-1]
