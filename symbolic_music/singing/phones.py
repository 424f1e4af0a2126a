"""A spoken line: its samples, and which sound is heard when."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

# A vowel is heard from where its level is within so much of the level that it is held at.
_EDGE_DB = 7.0
_FRAME_SEC = 0.005
_FARTHEST_SEC, _FARTHEST_SHARE = 0.08, 0.45


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


def heard_vowels(spoken: Spoken) -> Spoken:
    """Move the vowels' starts from where a label stands to where the vowel is heard.

    After a stop or a hiss the label stands at the release, and the vowel grows loud up to 60 ms later; what is to
    fall on a beat is what is heard. Starts only move later, by at most 80 ms and 45 % of the vowel.
    """
    hop = round(_FRAME_SEC * spoken.sample_rate)
    level, frame_sec = _levels(spoken.samples, hop), hop / spoken.sample_rate
    phones = list(spoken.phones)
    for at, phone in enumerate(phones):
        if not phone.is_vowel or not at or phones[at - 1].is_vowel or phones[at - 1].end < phone.start:
            continue
        start = phone.start + _growth(phone, level, frame_sec)
        phones[at] = replace(phone, start=start)
        phones[at - 1] = replace(phones[at - 1], end=start)
    return replace(spoken, phones=tuple(phones))


def _levels(samples: np.ndarray, hop: int) -> np.ndarray:
    """Level in dB, a value each ``hop`` samples, over two of them."""
    power = np.convolve(np.asarray(samples) ** 2, np.ones(2 * hop) / (2 * hop), mode="same")[::hop]
    return np.asarray(10 * np.log10(power + 1e-12))


def _growth(phone: Phone, level: np.ndarray, frame_sec: float) -> float:
    """Seconds from a vowel's label to where it is heard."""
    first, last = round(phone.start / frame_sec), round(phone.end / frame_sec)
    own = level[first:last]
    most = int(min(_FARTHEST_SEC, _FARTHEST_SHARE * phone.seconds) / frame_sec)
    if most < 1 or len(own) <= most:
        return 0.0
    loud = np.flatnonzero(own[: most + 1] >= np.median(own[most:]) - _EDGE_DB)
    return float(loud[0] if len(loud) else most) * frame_sec
