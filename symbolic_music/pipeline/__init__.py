"""The verbs in order: ``create``, and the song folder that it fills."""

from symbolic_music.pipeline.creation import CreateOptions, Song, create, load_song, save_song
from symbolic_music.pipeline.editing import edit
from symbolic_music.pipeline.exporting import export
from symbolic_music.pipeline.files import read_lead_sheet, write_lead_sheet

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
