"""The generators that all chance of a song comes from.

Each is derived from the song's seed and names (stage, section, phrase, part, take), so that what is drawn for one
thing does not change with another.
"""

from __future__ import annotations

import hashlib
import re
import zlib

import numpy as np


def phrase_rng(seed: int, *names: object) -> np.random.Generator:
    """Derive a generator from the song's seed and the names of section, phrase, part and take."""
    return np.random.default_rng(_number((seed, *names)))


def stage_rng(seed: int, *names: str) -> np.random.Generator:
    """Derive a generator from the song's seed and the names of stage and section; no names: from the seed alone."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)] if names else seed)


def heard_seed(seed: int, heard: str) -> int:
    """Join a seed and what is heard beside it to the seed of a song; nothing heard leaves the seed as it is.

    So one seed gives two prompts two songs, where their draws would else agree wherever they have a choice.

    Examples
    --------
    >>> heard_seed(7, ""), heard_seed(7, "sad ballad") == heard_seed(7, "reggae")
    (7, False)
    """
    return _number((seed, heard)) if heard else seed


def words_heard(*texts: str | None) -> str:
    """Write texts as their words alone, so that case, spaces and punctuation make no other song.

    Examples
    --------
    >>> words_heard("Sad,  slow ballad!", None, "pop")
    'sad slow ballad pop'
    """
    return " ".join(re.findall(r"[\w#/]+", " ".join(text for text in texts if text).casefold()))


def _number(names: tuple[object, ...]) -> int:
    """A number of 64 bits from names."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "little")
