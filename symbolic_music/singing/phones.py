"""A spoken line: its samples, and which sound is heard when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Phone:
    """One sound of speech, in seconds of the spoken line.

    ``word`` counts the line's words from 0; pauses have -1. ``is_glide`` marks diphthongs, whose end must be heard.
    """

    name: str
    start: float
    end: float
    word: int
    is_vowel: bool = False
    is_voiced: bool = False
    is_glide: bool = False

    @property
    def seconds(self) -> float:
        """How long it is spoken."""
        return self.end - self.start


@dataclass(frozen=True, eq=False)
class Spoken:
    """``samples`` is float, shape (n_samples,), -1 to 1; ``phones`` follow each other without gaps or pauses."""

    samples: np.ndarray
    sample_rate: int
    phones: tuple[Phone, ...]
