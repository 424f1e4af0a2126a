"""The verbs in order: ``create``, and the song folder that it fills. Each is loaded on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbolic_music.pipeline.creation import CreateOptions as CreateOptions
    from symbolic_music.pipeline.creation import Song as Song
    from symbolic_music.pipeline.creation import create as create
    from symbolic_music.pipeline.creation import load_song as load_song
    from symbolic_music.pipeline.creation import save_song as save_song
    from symbolic_music.pipeline.editing import edit as edit
    from symbolic_music.pipeline.exporting import export as export
    from symbolic_music.pipeline.files import read_lead_sheet as read_lead_sheet
    from symbolic_music.pipeline.files import write_lead_sheet as write_lead_sheet

_HOMES = {
    "CreateOptions": "creation",
    "Song": "creation",
    "create": "creation",
    "edit": "editing",
    "export": "exporting",
    "load_song": "creation",
    "read_lead_sheet": "files",
    "save_song": "creation",
    "write_lead_sheet": "files",
}
__all__ = [
    "CreateOptions",
    "Song",
    "create",
    "edit",
    "export",
    "load_song",
    "read_lead_sheet",
    "save_song",
    "write_lead_sheet",
]


def __getattr__(name: str) -> object:
    """Load a verb on first use: a song is made without what edits one."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
