"""A file edited in a DAW back as a song, and its folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from symbolic_music.importing.reimport import (
    brief_of_plan,
    lead_sheet_of_score,
    plan_of_score,
    read_score,
    with_symbols,
)
from symbolic_music.importing.settle import settle_score
from symbolic_music.limits import name_of, read_file
from symbolic_music.pipeline.creation import CreateOptions, Progress, Song, load_song, run_render, save_song


@dataclass(frozen=True)
class ImportOptions:
    """``like`` is the folder of the song that was edited; ``audio`` as in `CreateOptions`."""

    like: Path | None = None
    audio: str = "none"
    soundfont: Path | None = None
    on_progress: Progress | None = None
    force: bool = False


def import_song(path: str | Path, folder: str | Path | None = None, options: ImportOptions | None = None) -> Song:
    """Read an edited MIDI file or DAWproject as a song.

    Parameters
    ----------
    path : str or Path
        A ``.mid`` or ``.dawproject`` file.
    folder : str or Path, optional
        Where to save the song; nothing is written without it.
    options : ImportOptions, optional
        The song it came from; sound.

    Returns
    -------
    Song
        Its score has the file's notes unchanged.

    Raises
    ------
    InputError
        If the file has no melody, changes its meter, or lies outside the
        engine's meters and tempos; the message says which.
    FileFormatError
        If the file cannot be read.
    """
    options = options or ImportOptions()
    path = Path(path)
    like = None if options.like is None else load_song(options.like)
    score = settle_score(read_score(path), str(path))
    earlier = None if like is None else like.plan
    sheet = lead_sheet_of_score(score, str(path), earlier)
    plan = plan_of_score(sheet, score, earlier)
    names = [section.name for section in plan.sections]
    spans = tuple(replace(span, name=name) for span, name in zip(sheet.sections, names, strict=True))
    sheet = replace(sheet, sections=spans)
    audio = None
    render = CreateOptions(audio=options.audio, soundfont=options.soundfont, on_progress=options.on_progress)
    if render.audio != "none":
        audio = run_render(score, render)
    brief = brief_of_plan(plan, None if like is None else like.brief)
    song = Song(brief, plan, sheet, with_symbols(score, sheet), _provenance(path, like), audio)
    if folder is not None:
        save_song(song, folder, options.force)
    return song


def _provenance(path: Path, like: Song | None) -> dict[str, object]:
    """Say where the song comes from."""
    from symbolic_music import __version__

    return {
        "imported_from": name_of(path) + path.suffix,
        "sha256": hashlib.sha256(read_file(path)).hexdigest(),
        "engine": {"name": "symbolic-music", "version": __version__, "licence": "MIT"},
        "based_on": dict(like.provenance) if like is not None else None,
    }
