"""The generators that all chance of a song comes from."""

from __future__ import annotations

import hashlib

import numpy as np


def phrase_rng(seed: int, *names: object) -> np.random.Generator:
    """Derive a generator from the song's seed and the names of section, phrase, part and take."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))
