"""The verbs in order: ``create``, and the song folder that it fills."""

from symbolic_music.pipeline.creation import CreateOptions, Song, create, load_song, save_song
from symbolic_music.pipeline.exporting import export

__all__ = ["CreateOptions", "Song", "create", "export", "load_song", "save_song"]
