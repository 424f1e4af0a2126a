"""Speak lines with what is installed: flite for English, espeak-ng for every language it knows.

Whole lines are spoken, so that sounds run into each other as people's do. Both programs run beside this one.
flite's voice slt is of the CMU ARCTIC recordings, free for any use; espeak-ng's voices are rules, no recordings.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import soundfile

from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.singing import espeak_events
from symbolic_music.singing.phones import Phone, Spoken

# Slower than speech: what is sung long is first spoken clearly. 1.7 was understood best of 1, 1.2, 1.4 and 1.7.
_FLITE_SLOWNESS = 1.7
_ESPEAK_WORDS_A_MINUTE = 90
_SECONDS_A_LINE = 20.0

_ENGLISH_VOWELS = frozenset(
    ("aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw")
)
_ENGLISH_GLIDES = frozenset(("aw", "ay", "ey", "ow", "oy"))
_ENGLISH_VOICELESS = frozenset(("p", "t", "k", "f", "th", "s", "sh", "hh", "ch"))
_PAUSE = "pau"

_IPA_VOWELS = frozenset("aeiouyɑɐəɛɜɪɔʊʌæøœɯɒɘɚɨɵɤᵻʏɞ")
_IPA_VOICELESS = tuple("ptkfsʃθhxçʔɕχħɸʂ")

# espeak-ng's name of a language where it is not the code itself.
_ESPEAK_VOICES = {"en": "en-us", "pt": "pt-br", "zh": "cmn", "fr": "fr-fr"}


def speak(lines: Sequence[Sequence[str]], language: str) -> list[Spoken]:
    """Speak lines of words.

    Parameters
    ----------
    lines : sequence of sequences of str
        Words of each line, without signs.
    language : str
        A code such as ``de``.

    Returns
    -------
    list of Spoken
        One a line.

    Raises
    ------
    MissingExtraError
        If no program is installed that speaks the language.
    InputError
        If the program does not know it.
    """
    if language == "en" and shutil.which("flite"):
        return [_by_flite(words) for words in lines]
    if shutil.which("espeak-ng") is None:
        raise MissingExtraError(
            f"nothing is installed that speaks {language!r}",
            hint="install espeak-ng" + (" or flite" if language == "en" else ""),
        )
    return _by_espeak(lines, language)


def _by_flite(words: Sequence[str]) -> Spoken:
    """Speak a line of English."""
    text = " ".join(words)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        slowness = f"duration_stretch={_FLITE_SLOWNESS}"
        said = _flite("--setf", slowness, "-psdur", "-t", text, "-o", str(path))
        samples, rate = soundfile.read(path)
    ends = [(name, float(end)) for name, end in (one.split(":") for one in said)]
    starts = [0.0, *(end for _, end in ends)]
    sounds = [(name, start, end) for (name, end), start in zip(ends, starts, strict=False) if name != _PAUSE]
    owners = _owners(words, [name for name, *_ in sounds])
    phones = (
        Phone(name, start, end, word, name in _ENGLISH_VOWELS, name not in _ENGLISH_VOICELESS, name in _ENGLISH_GLIDES)
        for (name, start, end), word in zip(sounds, owners, strict=True)
    )
    return Spoken(samples, rate, tuple(phones))


def _flite(*arguments: str) -> list[str]:
    """Run flite; its words of output."""
    done = subprocess.run(
        ["flite", "-voice", "slt", *arguments], capture_output=True, text=True, timeout=_SECONDS_A_LINE, check=False
    )
    if done.returncode:
        raise InputError(f"flite could not speak {arguments[-3]!r}: {done.stderr.strip()[:200]}")
    return done.stdout.split()


def _owners(words: Sequence[str], sounds: Sequence[str]) -> list[int]:
    """Say which word each sound of the line belongs to, from the words spoken one by one."""
    counts = [sum(name != _PAUSE for name in _flite("-ps", "-t", word, "-o", "none")) for word in words]
    if sum(counts) != len(sounds):
        # In a line some words are said otherwise ("the apple"); then they share in proportion.
        total = max(sum(counts), 1)
        counts = np.diff([0, *(round(at * len(sounds) / total) for at in accumulate(counts))]).tolist()
    bounds = list(accumulate(counts))
    return [bisect_right(bounds, at) for at in range(len(sounds))]


def _by_espeak(lines: Sequence[Sequence[str]], language: str) -> list[Spoken]:
    """Speak lines of any language that espeak-ng knows, in one run of the program beside us."""
    voice = _ESPEAK_VOICES.get(language, language)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, espeak_events.__file__, voice, str(_ESPEAK_WORDS_A_MINUTE), folder],
            input=json.dumps([" ".join(words) for words in lines]), capture_output=True, text=True,
            timeout=_SECONDS_A_LINE * max(len(lines), 1), check=False,
        )  # fmt: skip
        if done.returncode:
            raise InputError(f"espeak-ng does not sing {language!r}: {done.stderr.strip()[-200:]}")
        heard = json.loads(done.stdout)
        rate = int(heard["sample_rate"])
        samples = [np.fromfile(Path(folder, f"{at}.raw"), np.int16) / 32768.0 for at in range(len(lines))]
    return [
        Spoken(sound, rate, _phones(words, events, len(sound) / rate, rate))
        for words, events, sound in zip(lines, heard["lines"], samples, strict=True)
    ]


def _phones(words: Sequence[str], events: Sequence[Sequence[object]], seconds: float, rate: int) -> tuple[Phone, ...]:
    """Read the program's events: the word that a sound stands in, and where it ends."""
    # espeak-ng counts letters, not bytes.
    begins = list(accumulate((len(word) + 1 for word in words), initial=0))[: len(words)]
    word, sounds = 0, []
    for kind, what, sample in events:
        if kind == "word":
            word = max(0, bisect_right(begins, int(str(what))) - 1)
        else:
            sounds.append((str(what).lstrip("ˈˌ"), int(str(sample)) / rate, word))
    ends = [start for _, start, _ in sounds[1:]] + [seconds]
    return tuple(
        _ipa_phone(name, start, end, word)
        for (name, start, word), end in zip(sounds, ends, strict=True)
        if name and end > start
    )


def _ipa_phone(name: str, start: float, end: float, word: int) -> Phone:
    """Tell what kind of sound an IPA sign is."""
    is_vowel = name[0] in _IPA_VOWELS
    is_glide = is_vowel and sum(sign in _IPA_VOWELS for sign in name) > 1
    return Phone(name, start, end, word, is_vowel, is_vowel or not name.startswith(_IPA_VOICELESS), is_glide)
