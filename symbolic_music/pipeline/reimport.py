"""Music from anywhere as a song, and its folder: edited files of ours, other people's scores, lead sheets, sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from symbolic_music.analysis.chords import find_chords_of_score
from symbolic_music.budget import Progress
from symbolic_music.errors import FileFormatError
from symbolic_music.importing import charts as chart_endings
from symbolic_music.importing.audio_files import AUDIO_ENDINGS
from symbolic_music.importing.charts import options_of_chart, plan_of_chart, sheet_of_chart
from symbolic_music.importing.leadsheets import LeadSheetOptions, read_foreign_lead_sheet
from symbolic_music.importing.musescore import MUSESCORE_ENDINGS, exported_by_musescore
from symbolic_music.importing.reimport import ENDINGS as SCORE_ENDINGS
from symbolic_music.importing.reimport import (
    brief_of_plan,
    lead_sheet_of_score,
    plan_of_score,
    read_score,
    with_symbols,
)
from symbolic_music.importing.settle import settle_score
from symbolic_music.importing.sheet_plan import plan_lead_sheet
from symbolic_music.limits import name_of, read_file, read_text_file
from symbolic_music.pipeline.creation import CreateOptions, Song, load_song, run_render, save_song
from symbolic_music.pipeline.own_music import play_by_hand
from symbolic_music.remarks import tell
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score
from symbolic_music.theory.chart import WITHOUT_CHORDS

SHEET_ENDINGS = (".musicxml", ".xml", ".mxl", ".abc")


@dataclass(frozen=True)
class ImportOptions:
    """``like`` is the folder of the song that was edited; ``audio`` as in `CreateOptions`."""

    like: Path | None = None
    audio: str = "none"
    soundfont: Path | None = None
    on_progress: Progress | None = None
    force: bool = False


def import_song(path: str | Path, folder: str | Path | None = None, options: ImportOptions | None = None) -> Song:
    """Read music as a song: what a file does not say (beat, key, chords, tune, sections) is found.

    Parameters
    ----------
    path : str or Path
        MIDI, DAWproject, MusicXML, ABC, text with chords, a MuseScore file where MuseScore is installed, or sound.
    folder : str or Path, optional
        Where to save the song; nothing is written without it.
    options : ImportOptions, optional
        The song it came from; sound.

    Returns
    -------
    Song
        Its score has the file's notes unchanged; its lead sheet's ``remarks`` say what was found.

    Raises
    ------
    InputError
        If nothing pitched sounds in it, or its meter is none that a song has; the message says which.
    FileFormatError
        If the file cannot be read.
    """
    options = options or ImportOptions()
    path = Path(path)
    like = None if options.like is None else load_song(options.like)
    brief_like = None if like is None else like.brief
    score, sheet, plan = _documents(path, None if like is None else like.plan)
    audio = None
    render = CreateOptions(audio=options.audio, soundfont=options.soundfont, on_progress=options.on_progress)
    if render.audio != "none":
        audio = run_render(score, render)
    song = Song(brief_of_plan(plan, brief_like), plan, sheet, score, _provenance(path, like), audio)
    if folder is not None:
        save_song(song, folder, options.force)
    return song


def load_music(path: str | Path) -> Song:
    """Read a song's folder, or any file that `import_song` reads.

    Parameters
    ----------
    path : str or Path
        A folder or a file.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return load_song(path) if Path(path).is_dir() else import_song(path)


def _documents(path: Path, earlier: SongPlan | None) -> tuple[Score, LeadSheet, SongPlan]:
    """Read a file as a score, its lead sheet and its plan, each reader by the name's ending."""
    ending = path.suffix.lower()
    if not path.is_file():
        read_file(path)  # says whether it is missing, a folder or a device
        raise FileFormatError(f"{path}: no such file")
    if ending in chart_endings.ENDINGS:
        text = read_text_file(path)
        plan = plan_of_chart(text, str(path), options_of_chart(text, str(path), name_of(path)))
        sheet = sheet_of_chart(plan)
        if not sheet.chords:
            raise FileFormatError(f"{path}: {WITHOUT_CHORDS}")
        return _played_sheet(sheet), sheet, plan
    if ending in SHEET_ENDINGS:
        return _sheet_documents(path)
    if ending in MUSESCORE_ENDINGS:
        with exported_by_musescore(path) as exported:
            return _sheet_documents(exported, name_of(path))
    if ending in AUDIO_ENDINGS:
        from symbolic_music.importing.audio import read_recording

        score = settle_score(read_recording(path), str(path))
    elif ending in SCORE_ENDINGS:
        score = settle_score(read_score(path), str(path))
    else:
        known = (*SCORE_ENDINGS, *SHEET_ENDINGS, *chart_endings.ENDINGS, *MUSESCORE_ENDINGS, *AUDIO_ENDINGS)
        raise FileFormatError(f"{path}: not music that can be read; use one of {', '.join(known)}")
    sheet = lead_sheet_of_score(score, str(path), earlier)
    plan = plan_of_score(sheet, score, earlier)
    names = [section.name for section in plan.sections]
    spans = tuple(replace(span, name=name) for span, name in zip(sheet.sections, names, strict=True))
    sheet = replace(sheet, sections=spans)
    return with_symbols(score, sheet), sheet, plan


def _sheet_documents(path: Path, title: str | None = None) -> tuple[Score, LeadSheet, SongPlan]:
    """Read a lead sheet; one without chords has those that its tune implies."""
    sheet = read_foreign_lead_sheet(path, LeadSheetOptions(needs_chords=False))
    sheet = sheet if title is None else replace(sheet, title=title)
    if not sheet.chords:
        keys = [(span.start_bar, span.n_bars, span.key) for span in sheet.sections]
        heard = find_chords_of_score(score_of_lead_sheet(sheet), keys)
        said = tell(path, ["chords heard from the tune alone; harmonize writes others"])
        sheet = replace(sheet, chords=heard, remarks=(*sheet.remarks, *said))
    plan, sheet = plan_lead_sheet(sheet)
    return _played_sheet(sheet), sheet, plan


def _played_sheet(sheet: LeadSheet) -> Score:
    """A lead sheet as a score: the tune if there is one, its chords by hand on a piano."""
    score = score_of_lead_sheet(sheet)
    tune = tuple(track for track in score.tracks if len(track.notes))
    return replace(score, tracks=(*tune, play_by_hand(sheet, score.tpq)))


def _provenance(path: Path, like: Song | None) -> dict[str, object]:
    """Say where the song comes from."""
    from symbolic_music import __version__

    return {
        "imported_from": name_of(path) + path.suffix,
        "sha256": hashlib.sha256(read_file(path)).hexdigest(),
        "engine": {"name": "symbolic-music", "version": __version__, "licence": "MIT"},
        "based_on": dict(like.provenance) if like is not None else None,
    }
