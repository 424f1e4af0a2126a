"""symbolic_music: whole songs as editable MIDI, from a line of text or a plan of your own.

The nouns are ``Brief``, ``SongPlan``, ``LeadSheet``, ``Score`` and ``Song``; the verbs
``plan``, ``compose``, ``arrange``, ``perform``, ``render``, ``export``; ``create`` runs them all.
Each name loads what it needs on first use, so importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbolic_music.arranging import arrange
    from symbolic_music.errors import SymbolicMusicError
    from symbolic_music.filling import compose
    from symbolic_music.importing import PromptReading, read_prompt
    from symbolic_music.performing import perform
    from symbolic_music.pipeline import CreateOptions, Song, create, export, load_song, save_song
    from symbolic_music.planning import plan
    from symbolic_music.rendering import render
    from symbolic_music.song.brief import Brief
    from symbolic_music.song.leadsheet import LeadSheet
    from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
    from symbolic_music.song.score import Score, Track

__version__ = "0.1.0"

# Public name: the module that it comes from.
_HOMES = {
    "Brief": "song.brief",
    "CreateOptions": "pipeline",
    "LeadSheet": "song.leadsheet",
    "PlannedPhrase": "song.plan",
    "PlannedSection": "song.plan",
    "PromptReading": "importing",
    "Score": "song.score",
    "Song": "pipeline",
    "SongPlan": "song.plan",
    "SymbolicMusicError": "errors",
    "Track": "song.score",
    "arrange": "arranging",
    "compose": "filling",
    "create": "pipeline",
    "export": "pipeline",
    "load_song": "pipeline",
    "perform": "performing",
    "plan": "planning",
    "read_prompt": "importing",
    "render": "rendering",
    "save_song": "pipeline",
}

__all__ = [
    "Brief",
    "CreateOptions",
    "LeadSheet",
    "PlannedPhrase",
    "PlannedSection",
    "PromptReading",
    "Score",
    "Song",
    "SongPlan",
    "SymbolicMusicError",
    "Track",
    "__version__",
    "arrange",
    "compose",
    "create",
    "export",
    "load_song",
    "perform",
    "plan",
    "read_prompt",
    "render",
    "save_song",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'symbolic_music' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"symbolic_music.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
