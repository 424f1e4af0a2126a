"""A spoken line: its samples, and which sound is heard when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.signal import stft

# A vowel is heard from where its level is within so much of the level that it is held at.
_EDGE_DB = 7.0
_FRAME_SEC = 0.005
# Bands in which vowels and voiced consonants differ, and how far from its label a vowel is looked for.
_WINDOW, _LOWEST_BAND_HZ, _N_BANDS, _DEEPEST_DB = 512, 200.0, 15, 50.0
_REACH_SEC = 0.06
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
    fall on a beat is what is heard. There starts move later only, by at most 80 ms and 45 % of the vowel. After a
    voiced sound (n, m, l) the level tells nothing: there a vowel begins where the spectrum is nearer to the vowel's
    than to the consonant's, which may be up to 60 ms before the label.
    """
    hop = round(_FRAME_SEC * spoken.sample_rate)
    level, frame_sec = _levels(spoken.samples, hop), hop / spoken.sample_rate
    bands = _bands(spoken.samples, spoken.sample_rate, hop)
    phones = list(spoken.phones)
    for at, phone in enumerate(phones):
        if not phone.is_vowel or not at or phones[at - 1].is_vowel or phones[at - 1].end < phone.start:
            continue
        moved = _change(phones[at - 1], phone, bands, frame_sec) if phones[at - 1].is_voiced else None
        start = phone.start + (_growth(phone, level, frame_sec) if moved is None else moved)
        phones[at] = replace(phone, start=start)
        phones[at - 1] = replace(phones[at - 1], end=start)
    return replace(spoken, phones=tuple(phones))


def _levels(samples: np.ndarray, hop: int) -> np.ndarray:
    """Level in dB, a value each ``hop`` samples, over two of them."""
    power = np.convolve(np.asarray(samples) ** 2, np.ones(2 * hop) / (2 * hop), mode="same")[::hop]
    return np.asarray(10 * np.log10(power + 1e-12))


def _bands(samples: np.ndarray, sample_rate: int, hop: int) -> np.ndarray:
    """Level in dB of bands of a third of an octave, shape (n_bands, n_frames), a frame each ``hop`` samples."""
    frequencies, _, spectrum = stft(samples, sample_rate, nperseg=_WINDOW, noverlap=_WINDOW - hop)
    edges = _LOWEST_BAND_HZ * 2 ** (np.arange(_N_BANDS + 1) / 3)
    power = np.abs(spectrum) ** 2
    bands = [power[(frequencies >= low) & (frequencies < high)].sum(axis=0) for low, high in pairwise(edges)]
    levels = 10 * np.log10(np.array(bands) + 1e-12)
    return np.asarray(np.maximum(levels, levels.max() - _DEEPEST_DB))


def _change(before: Phone, vowel: Phone, bands: np.ndarray, frame_sec: float) -> float | None:
    """Seconds from a vowel's label to where the spectrum turns from the consonant's into its own."""
    begin, start, end = (round(seconds / frame_sec) for seconds in (before.start, vowel.start, vowel.end))
    held = bands[:, start + (end - start) // 3 : start + max(2, 2 * (end - start) // 3)]
    spoken = bands[:, begin : max(begin + 1, begin + (start - begin) // 2)]
    if held.shape[1] < 2 or not spoken.shape[1]:
        return None
    reach = round(_REACH_SEC / frame_sec)
    first, last = max(begin + 1, start - reach), min(start + reach, start + (end - start) // 3)
    frames = bands[:, first:last]
    to_vowel = np.abs(frames - np.median(held, axis=1)[:, None]).mean(axis=0)
    to_consonant = np.abs(frames - np.median(spoken, axis=1)[:, None]).mean(axis=0)
    if last - first < 2 or to_vowel.min() > to_consonant.max():
        return None
    # The last time that it is nearer to the consonant.
    nearer = np.flatnonzero(to_consonant < to_vowel)
    turn = first + (int(nearer[-1]) + 1 if len(nearer) else 0)
    return (turn - start) * frame_sec


def _growth(phone: Phone, level: np.ndarray, frame_sec: float) -> float:
    """Seconds from a vowel's label to where it is heard."""
    first, last = round(phone.start / frame_sec), round(phone.end / frame_sec)
    own = level[first:last]
    most = int(min(_FARTHEST_SEC, _FARTHEST_SHARE * phone.seconds) / frame_sec)
    if most < 1 or len(own) <= most:
        return 0.0
    loud = np.flatnonzero(own[: most + 1] >= np.median(own[most:]) - _EDGE_DB)
    return float(loud[0] if len(loud) else most) * frame_sec
