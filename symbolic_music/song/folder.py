"""A song's folder: what its files are called."""

from __future__ import annotations

SONG_MIDI, LEAD_SHEET, PLAN_FILE, BRIEF_FILE = "song.mid", "lead.musicxml", "plan.yaml", "brief.yaml"
SONG_AUDIO, PROVENANCE_FILE = "song.wav", "provenance.json"
