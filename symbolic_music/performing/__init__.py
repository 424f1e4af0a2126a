"""Score on the grid to score as played."""

from symbolic_music.performing.manner import PerformOptions
from symbolic_music.performing.perform import perform

__all__ = ["PerformOptions", "perform"]
