"""Import a MIDI file, export it, import it again, and compare the two songs, document by document."""

from __future__ import annotations

from pathlib import Path

from symbolic_music.formats.midi import write_midi
from symbolic_music.pipeline.creation import Song, load_song
from symbolic_music.pipeline.reimport import import_song
from symbolic_music.song.document import dump_document
from symbolic_music.song.notes import rows_of

SHEET_FIELDS = ("title", "tempo_qpm", "meter", "n_bars", "chords", "no_chords", "sections", "lyrics")
SCORE_FIELDS = ("title", "tpq", "end_tick", "tempos", "meters", "keys", "markers", "chord_symbols", "lyrics")
TRACK_FIELDS = ("name", "role", "program", "is_drum", "volume", "pan", "controls")


def import_twice(path: Path, folder: Path) -> tuple[Song, Song]:
    """Import a file, and what was exported of it; both come back through their folders."""
    import_song(path, folder / "first")
    write_midi(load_song(folder / "first").score, folder / "exported.mid")
    import_song(folder / "exported.mid", folder / "second")
    return load_song(folder / "first"), load_song(folder / "second")


def compare(first: Song, second: Song) -> list[str]:
    """Name every part of the documents that differs."""
    found = [name for name in ("plan", "brief")
             if dump_document(getattr(first, name)) != dump_document(getattr(second, name))]  # fmt: skip
    sheets, scores = (first.lead_sheet, second.lead_sheet), (first.score, second.score)
    found += [f"lead sheet's {name}" for name in SHEET_FIELDS if getattr(sheets[0], name) != getattr(sheets[1], name)]
    found += ["melody"] if rows_of(sheets[0].melody) != rows_of(sheets[1].melody) else []
    found += [f"score's {name}" for name in SCORE_FIELDS if getattr(scores[0], name) != getattr(scores[1], name)]
    if len(scores[0].tracks) != len(scores[1].tracks):
        return [*found, "number of tracks"]
    for one, other in zip(scores[0].tracks, scores[1].tracks, strict=True):
        found += [f"{one.name}'s notes"] if rows_of(one.notes) != rows_of(other.notes) else []
        found += [f"{one.name}'s {name}" for name in TRACK_FIELDS if getattr(one, name) != getattr(other, name)]
    return found


def differences(path: Path, folder: Path) -> list[str]:
    """Import, export, import again, and compare."""
    return compare(*import_twice(path, folder))
