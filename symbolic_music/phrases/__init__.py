"""One phrase of one part as a job: context, conditions, limits, candidates → notes."""

from symbolic_music.phrases.fill import FillOptions, PhraseTask, fill_phrases, load_phrase_model

__all__ = ["FillOptions", "PhraseTask", "fill_phrases", "load_phrase_model"]
