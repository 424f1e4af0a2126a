"""Sing a score's words: a voice alone, aligned to the score's seconds to the sample."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.signal import resample_poly

from symbolic_music.errors import InputError
from symbolic_music.rendering.audio import Audio
from symbolic_music.singing.phones import heard_vowels
from symbolic_music.singing.placing import Sung, place
from symbolic_music.singing.speakers import speak
from symbolic_music.singing.voice import SungBy, in_octave, resynthesise
from symbolic_music.song.lyrics import SungNote, sung_notes, verses_of
from symbolic_music.song.score import Score, singer, tick_to_seconds

_LETTERS = re.compile(r"[^\w'’]+", re.UNICODE)
_PEAK = 0.7
_AFTER_SEC = 1.0


@dataclass(frozen=True, eq=False)
class Vocals:
    """``audio`` is one channel from the score's first tick on; ``remarks`` say what could not be sung."""

    audio: Audio
    remarks: tuple[str, ...] = ()


def sing(
    score: Score, sung_by: SungBy | None = None, sample_rate: int = 44100,
    on_progress: Callable[[int, int], None] | None = None,
) -> Vocals:  # fmt: skip
    """Sing the words of a score.

    Parameters
    ----------
    score : Score
        With ``lyrics``; the first verse is sung.
    sung_by : SungBy, optional
        Who sings.
    sample_rate : int
        Samples a second.
    on_progress : callable, optional
        Called with lines done and lines in all.

    Returns
    -------
    Vocals
        As long as the score and a second more.

    Raises
    ------
    InputError
        If nothing has words, or a language cannot be spoken.
    MissingExtraError
        If pyworld or a speaking program is not installed.
    """
    lines = _lines(score)
    if not lines:
        raise InputError("nobody sings in this score: it has no words", hint="create --lyrics words.txt makes some")
    sung_by = sung_by or SungBy()
    octave = in_octave(float(np.median([note.pitch for line in lines for note in line])), sung_by)
    samples = np.zeros(math.ceil((tick_to_seconds(score, score.end_tick) + _AFTER_SEC) * sample_rate), np.float32)
    remarks: list[str] = []
    done = 0
    for language, group in groupby(lines, key=lambda line: line[0].language or "en"):
        own = list(group)
        texts = [_words(line) for line in own]
        for said, line, words in zip(speak(texts, language), own, texts, strict=True):
            spoken = heard_vowels(said)
            notes = _in_seconds(score, line, 12 * octave)
            try:
                voice, begin = resynthesise(spoken, place(spoken.phones, notes), notes, sung_by)
            except InputError as failure:
                remarks.append(f"{' '.join(words)!r} is not sung: {failure.message}")
            else:
                _add(samples, _at_rate(voice, spoken.sample_rate, sample_rate), round(begin * sample_rate))
            done += 1
            if on_progress is not None:
                on_progress(done, len(lines))
    loudest = float(np.abs(samples).max())
    if loudest > 0:
        samples *= _PEAK / loudest
    return Vocals(Audio(samples[None], sample_rate), tuple(remarks))


def _lines(score: Score) -> list[list[SungNote]]:
    """The sung notes, line by line."""
    track = singer(score)
    if track is None or not score.lyrics:
        return []
    notes = np.sort(track.notes, order="onset_tick")
    sung = sung_notes(notes, score.lyrics, verses_of(score.lyrics)[0])
    return [list(group) for _, group in groupby(sung, key=lambda note: note.line)]


def _words(line: Sequence[SungNote]) -> list[str]:
    """The words of a line, without signs."""
    words: list[str] = []
    for note in line:
        if note.is_extended:
            continue
        if note.place in ("single", "begin") or not words:
            words.append("")
        words[-1] += note.text
    return [_LETTERS.sub("", word).replace("’", "'").strip("'_") or "ah" for word in words]


def _in_seconds(score: Score, line: Sequence[SungNote], higher: int) -> list[Sung]:
    """The notes of a line in seconds, ``higher`` by semitones, each with the number of its word."""
    sung: list[Sung] = []
    word = -1
    for note in line:
        opens = not note.is_extended
        word += opens and (note.place in ("single", "begin") or word < 0)
        start = tick_to_seconds(score, note.onset_tick)
        end = tick_to_seconds(score, note.onset_tick + note.duration_tick)
        sung.append(Sung(start, end, note.pitch + higher, word, opens))
    return sung


def _at_rate(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """The same sound at another rate."""
    shared = math.gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // shared, rate // shared), dtype=np.float32)


def _add(samples: np.ndarray, voice: np.ndarray, start: int) -> None:
    """Add a line where it belongs; what lies before the song is cut."""
    voice = voice[max(0, -start) :]
    start = max(0, start)
    end = min(len(samples), start + len(voice))
    samples[start:end] += voice[: end - start]
