"""SongPlan → LeadSheet."""

from symbolic_music.composing.compose import ComposeOptions, compose

__all__ = ["ComposeOptions", "compose"]
