"""The generators that all chance of a song comes from.

Each is derived from the song's seed and names (stage, section, phrase, part, take), so that what is drawn for one
thing does not change with another.
"""

from __future__ import annotations

import hashlib
import zlib

import numpy as np


def phrase_rng(seed: int, *names: object) -> np.random.Generator:
    """Derive a generator from the song's seed and the names of section, phrase, part and take."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def stage_rng(seed: int, *names: str) -> np.random.Generator:
    """Derive a generator from the song's seed and the names of stage and section; no names: from the seed alone."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)] if names else seed)
