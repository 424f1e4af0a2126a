"""How words are sung: their language, syllables and stresses, and the sections and lines of a text."""
