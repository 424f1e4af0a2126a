"""The arithmetic of pitch, key, chord and meter that hot paths need."""
