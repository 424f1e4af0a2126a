"""Files of a song that are made when somebody asks for them: pictures, a preview, a soundfont for the page."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from symbolic_music.song.folder import SONG_MIDI

DERIVED = ("picture.png", "picture.svg", "preview.ogg", "soundfont.sf2")
_MOST_SOUNDFONTS = 60
# Cutting and sending a larger one takes longer than somebody who pressed play waits.
_PAGE_SOUNDFONT_BYTES = 32 * 2**20


def derive(folder: Path, target: Path) -> None:
    """Make the picture or the preview of a song."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.suffix == ".ogg":
        from symbolic_music.pipeline.previewing import preview_song

        preview_song(folder, target)
    elif target.suffix == ".sf2":
        _cut_soundfont(folder, target)
    else:
        from symbolic_music.pipeline.showing import show_song

        show_song(folder, target, with_score=False)


def _cut_soundfont(folder: Path, target: Path) -> None:
    """Write the presets of a song's players."""
    from symbolic_music.formats.midi import read_midi
    from symbolic_music.games.export import used_presets

    cut_for_page(used_presets([read_midi(folder / SONG_MIDI)]), target)


def cut_for_page(presets: Iterable[tuple[int, ...]], target: Path) -> None:
    """Write presets with all their pitches, so that they serve most edits of a song too."""
    from symbolic_music.formats.soundfont_cut import cut_soundfont

    cut_soundfont(page_soundfont(), target, {(bank, program): set(range(128)) for bank, program in presets})


def keep_newest(folder: Path) -> None:
    """Keep as many soundfonts as a handful of songs need."""
    for path in sorted(folder.glob("*.sf2"), key=lambda path: path.stat().st_mtime)[:-_MOST_SOUNDFONTS]:
        path.unlink(missing_ok=True)


def page_soundfont() -> Path:
    """The soundfont to play with in a page: the machine's own if a page can wait for it, else the smallest there is."""
    from symbolic_music.rendering.soundfont import ENVIRONMENT_VARIABLE, find_soundfont, installed_soundfonts

    found = find_soundfont()
    if os.environ.get(ENVIRONMENT_VARIABLE) or found.stat().st_size <= _PAGE_SOUNDFONT_BYTES:
        return found
    smallest = min(installed_soundfonts(), key=lambda path: path.stat().st_size)
    return find_soundfont(smallest)
