"""Music for games from a finished song: loops, sections, layers, stingers, transitions, cue sheet."""

from symbolic_music.games.export import GameExport, export_game, load_game_song
from symbolic_music.games.options import GameOptions

__all__ = ["GameExport", "GameOptions", "export_game", "load_game_song"]
