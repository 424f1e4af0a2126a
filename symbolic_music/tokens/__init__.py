"""Vocabulary, codec and grammar of the phrase model."""
