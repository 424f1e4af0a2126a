"""A folder of one's own music, read for the phrase model to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from symbolic_music.errors import FileFormatError, SymbolicMusicError
from symbolic_music.importing.musescore import MUSESCORE_ENDINGS
from symbolic_music.importing.reimport import ENDINGS as SCORE_ENDINGS
from symbolic_music.limits import read_file
from symbolic_music.pipeline.creation import load_song
from symbolic_music.pipeline.reimport import SHEET_ENDINGS, load_music
from symbolic_music.song.collection import OwnSong
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE

ENDINGS = (*SCORE_ENDINGS, *SHEET_ENDINGS, *MUSESCORE_ENDINGS)
# A tune of fewer notes or bars says nothing of a style.
FEWEST_NOTES, FEWEST_BARS = 16, 4


def read_collection(
    folder: str | Path, report: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[OwnSong], list[str]]:
    """Read every song of a folder and of the folders in it; one that cannot be read costs that song alone.

    Parameters
    ----------
    folder : str or Path
        With MIDI, MusicXML, ABC, DAWproject or MuseScore files, or song folders of ours.
    report : callable, optional
        Told (files done, files in all).

    Returns
    -------
    songs : list of OwnSong
        Named by their files, in order; of files with equal bytes the first.
    problems : list of str
        What was left out, and why.

    Raises
    ------
    FileFormatError
        If there is no such folder, or nothing in it that could be read.
    """
    place = Path(folder)
    if not place.is_dir():
        raise FileFormatError(f"{place}: no such folder")
    paths = sorted(_music_in(place))
    if not paths:
        raise FileFormatError(f"{place}: no music here; finetune reads {', '.join(ENDINGS)} and song folders")
    songs: dict[str, OwnSong] = {}
    problems: list[str] = []
    for number, path in enumerate(paths, start=1):
        name = path.relative_to(place).as_posix()
        try:
            song = _read(path, name)
            if song.sha256 in songs:
                problems.append(f"{name}: the same file as {songs[song.sha256].name}")
            songs.setdefault(song.sha256, song)
        except SymbolicMusicError as failure:
            problems.append(" ".join(str(failure).split()))
        report(number, len(paths))
    return list(songs.values()), problems


def _music_in(folder: Path) -> Iterator[Path]:
    """List song folders, and files that lie in none."""
    if (folder / LEAD_SHEET).is_file() and (folder / PLAN_FILE).is_file():
        yield folder
        return
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _music_in(path)
        elif path.suffix.lower() in ENDINGS:
            yield path


def _read(path: Path, name: str) -> OwnSong:
    """Read one song, with the kinds of its sections if it is one of ours."""
    if path.is_dir():
        song = load_song(path)
        kinds = tuple(section.kind for section in song.plan.sections)
        digest = hashlib.sha256(read_file(path / LEAD_SHEET)).hexdigest()
    else:
        song, kinds = load_music(path), ()
        digest = hashlib.sha256(read_file(path)).hexdigest()
    sheet = song.lead_sheet
    if len(sheet.melody) < FEWEST_NOTES or sheet.n_bars < FEWEST_BARS or not sheet.chords:
        raise FileFormatError(f"{name}: too short to learn from ({len(sheet.melody)} notes, {sheet.n_bars} bars)")
    return OwnSong(name, sheet, kinds, digest)
