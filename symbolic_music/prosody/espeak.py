"""Stresses of words as espeak-ng says them, where that program is installed: for languages that we have no rule for."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache

_NUCLEUS = re.compile(r"([ˈˌ]?)[^ˈˌaeiouyɐɑɒæɔəɘɚɛɜɝɞɨɪɯɵøœʉʊʌʏɤ]*([aeiouyɐɑɒæɔəɘɚɛɜɝɞɨɪɯɵøœʉʊʌʏɤ]+)")
_SECONDS = 5


@lru_cache(maxsize=4096)
def espeak_stresses(word: str, code: str, n_parts: int) -> tuple[int, ...] | None:
    """Ask espeak-ng for a word's stresses.

    Parameters
    ----------
    word : str
        Small letters.
    code : str
        Of its language; nobody is asked without one.
    n_parts : int
        How many syllables it is known to have.

    Returns
    -------
    tuple of int or None
        0 to 2 for each syllable; ``None`` if the program is missing or hears another number of syllables.
    """
    program = shutil.which("espeak-ng")
    if program is None or not code:
        return None
    try:
        # The word is read from the standard input, so that none is taken for an option.
        said = subprocess.run(
            [program, "-q", "--ipa", "-v", code], input=word, capture_output=True, text=True, timeout=_SECONDS,
            check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    marks = [match[1] for match in _NUCLEUS.finditer(said)]
    if len(marks) != n_parts:
        return None
    return tuple({"ˈ": 2, "ˌ": 1}.get(mark, 0) for mark in marks)
