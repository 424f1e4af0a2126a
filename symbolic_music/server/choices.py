"""All that may be asked for, so that a client never guesses: the tables of the program, as lists."""

from __future__ import annotations

from functools import cache
from typing import Any

from symbolic_music.pipeline.creation import AUDIO_KINDS
from symbolic_music.pipeline.song_export import AUDIO_KINDS as STEM_KINDS
from symbolic_music.pipeline.song_export import FORMATS
from symbolic_music.song.brief import GENRES, MOODS, Brief
from symbolic_music.song.plan import CADENCES, RELATIONS, ROLES, SECTION_KINDS
from symbolic_music.styles.style import load_style, style_names
from symbolic_music.theory.instruments import INSTRUMENTS
from symbolic_music.theory.key import key_of
from symbolic_music.theory.meter import METERS


@cache
def list_choices() -> dict[str, Any]:
    """List everything by kind: each an id with what there is to say of it."""
    return {
        "styles": [_style(name) for name in style_names()],
        "genres": list(GENRES),
        "moods": list(MOODS),
        "instruments": [
            {"name": name, "program": player.program, "is_drum": player.is_drum, "low": player.low, "high": player.high}
            for name, player in INSTRUMENTS.items()
        ],
        "keys": [str(key_of(tonic, mode)) for mode in ("major", "minor") for tonic in range(12)],
        "meters": list(METERS),
        "section_kinds": list(SECTION_KINDS),
        "roles": list(ROLES),
        "cadences": list(CADENCES),
        "relations": list(RELATIONS),
        "audio": list(AUDIO_KINDS),
        "stem_audio": list(STEM_KINDS),
        "formats": [{"name": name, "says": kind.says} for name, kind in FORMATS.items()],
        "ranges": {name: _range(name) for name in ("tempo_qpm", "n_bars", "duration_sec", "seed")},
    }


def _style(name: str) -> dict[str, Any]:
    """One style."""
    style = load_style(name)
    return {
        "name": style.name,
        "family": style.family,
        "genre": style.genre,
        "meters": list(style.meters),
        "tempo_qpm": list(style.tempo_qpm),
        "band": {part: player.name for part, player in style.instruments.items()},
    }


def _range(name: str) -> list[float]:
    """The least and the most of a field of the brief."""
    bounds: dict[str, float] = {}
    for limit in Brief.model_fields[name].metadata:
        for bound in ("ge", "le", "lt"):
            if hasattr(limit, bound):
                bounds[bound] = getattr(limit, bound)
    return [bounds["ge"], bounds["le"] if "le" in bounds else bounds["lt"] - 1]
