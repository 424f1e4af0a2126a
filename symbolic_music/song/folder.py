"""A song's folder: what its files are called."""

from __future__ import annotations

SONG_MIDI, LEAD_SHEET, PLAN_FILE, BRIEF_FILE = "song.mid", "lead.musicxml", "plan.yaml", "brief.yaml"
SONG_AUDIO, PROVENANCE_FILE = "song.wav", "provenance.json"
LOCKS_FILE, HISTORY_FILE, HISTORY_FOLDER, TAKES_FOLDER = "locks.yaml", "history.yaml", "history", "takes"
# What a song is, file by file; an edit writes these and no others.
SONG_FILES = (SONG_MIDI, LEAD_SHEET, PLAN_FILE, BRIEF_FILE, PROVENANCE_FILE, LOCKS_FILE, SONG_AUDIO)
