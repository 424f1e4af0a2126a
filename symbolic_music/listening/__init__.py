"""Listening: from what a user gives (here a line of text) to a brief."""

from symbolic_music.listening.prompt import PromptReading, read_prompt

__all__ = ["PromptReading", "read_prompt"]
