"""SongPlan → LeadSheet, and a band's parts over it: every part of every phrase is a job for one scheduler."""

from symbolic_music.filling.compose import ComposeOptions, compose
from symbolic_music.filling.fill import FillOptions, PhraseTask, fill_phrases, load_phrase_model

__all__ = [
    "ComposeOptions",
    "FillOptions",
    "PhraseTask",
    "compose",
    "fill_phrases",
    "load_phrase_model",
]
