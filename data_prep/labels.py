"""The sources' words brought to ours: section kinds, genres, names of works."""

from __future__ import annotations

import re

# Longest match first: the first key that a label starts with decides.
KIND_OF_LABEL = {
    "pre-chorus": "pre-chorus", "prechorus": "pre-chorus", "pre chorus": "pre-chorus",
    "pre-intro": "intro", "intro": "intro", "fade in": "intro", "fadein": "intro",
    "pre-verse": "interlude", "verse": "verse", "vocal": "verse", "spoken verse": "verse",
    "post-chorus": "chorus", "chorus": "chorus", "refrain": "chorus", "hook": "chorus",
    "head": "chorus", "theme": "chorus", "main_theme": "chorus", "main theme": "chorus",
    "bridge": "bridge", "secondary": "bridge", "contrasting": "bridge", "development": "bridge",
    "solo": "solo", "instrumental": "solo", "groove": "solo",
    "interlude": "interlude", "trans": "interlude", "break": "interlude",
    "outro": "outro", "out": "outro", "coda": "outro", "fade": "outro", "ending": "outro", "tag": "outro",
}  # fmt: skip
# First word found in a source's genre text decides; anything else is pop.
GENRE_OF_WORD = (
    ("jazz", "jazz"), ("blues", "blues"), ("rhythm & blues", "soul"), ("country", "country"),
    ("bluegrass", "country"), ("soul", "soul"), ("r&b", "soul"), ("r_b", "soul"), ("funk", "soul"),
    ("gospel", "soul"), ("motown", "soul"), ("electronica", "electronic"), ("disco", "electronic"),
    ("dance", "electronic"), ("club", "electronic"), ("synth", "electronic"), ("folk", "folk"),
    ("celtic", "folk"), ("traditional", "folk"), ("rock", "rock"), ("metal", "rock"), ("punk", "rock"),
    ("new wave", "rock"),
)  # fmt: skip


def kind_of(label: str) -> str | None:
    """Normalise a function name to a section kind, ``None`` if it is none.

    Examples
    --------
    >>> kind_of("Verse two"), kind_of("fade-out"), kind_of("Silence")
    ('verse', 'outro', None)
    """
    label = label.strip().lower()
    return next((kind for start, kind in KIND_OF_LABEL.items() if label.startswith(start)), None)


def genre_of(text: str) -> str:
    """Find the engine's genre in a source's genre text, ``pop`` by default."""
    text = text.lower()
    return next((genre for word, genre in GENRE_OF_WORD if word in text), "pop")


def song_name(title: str, artist: str) -> str:
    """Name a work by its title and artist, in either order and any spelling of marks."""
    words = sorted(re.sub(r"[\W_]+", "", text.lower()) for text in (title, artist))
    return "|".join(words)
