"""Pure, fast answers about notes: key, chords, strokes, originality."""
