"""Importing: from what a user gives (a line of text, a lead sheet, an edited song) to documents."""

from symbolic_music.importing.prompt import PromptReading, read_prompt

__all__ = ["PromptReading", "read_prompt"]
