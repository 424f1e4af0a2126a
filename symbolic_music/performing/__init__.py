"""Score on the grid to score as played."""

from symbolic_music.performing.perform import PerformOptions, perform

__all__ = ["PerformOptions", "perform"]
