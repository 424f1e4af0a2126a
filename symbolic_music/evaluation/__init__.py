"""Numbers about lead sheets: measures, a baseline model, a report against people's songs, a critic of phrases."""
