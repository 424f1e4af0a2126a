"""What `show` draws of a song folder or file: the picture, and the score beside it."""

from __future__ import annotations

from pathlib import Path

from symbolic_music.drawing.picture import draw_score
from symbolic_music.errors import InputError, PlanError
from symbolic_music.formats.midi import read_midi
from symbolic_music.performing.manner import STRAIGHT_SHARE, swing_of
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE, SONG_MIDI
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score

_LEAD_SCALE, _SCORE_SCALE = 85, 50


def show_song(source: str | Path, target: str | Path, with_score: bool = True) -> list[Path]:
    """Draw a song as a piano roll, and its score as pages.

    Parameters
    ----------
    source : str or Path
        A song folder, a MIDI file or a DAWproject.
    target : str or Path
        The picture, ``.png``, ``.svg`` or ``.pdf``. The score goes beside it:
        ``song-score.png`` for ``song.png``.
    with_score : bool
        Whether to write the score: the lead sheet of a song folder, else the full score.

    Returns
    -------
    list of Path
        The files written, the picture first.

    Raises
    ------
    FileFormatError
        If the source cannot be read.
    InputError
        If the target's ending is of no known format.
    """
    from symbolic_music.importing.reimport import read_score

    source, target = Path(source), Path(target)
    if source.is_dir():
        score: Score = read_midi(source / SONG_MIDI)
    else:
        score = read_score(source) if source.suffix.lower() == ".dawproject" else read_midi(source)
    plan = load_document(SongPlan, source / PLAN_FILE, PlanError) if (source / PLAN_FILE).is_file() else None
    files = [draw_score(score, target, plan)]
    if with_score and score.tracks:
        files += _write_pages(
            source, score, target.with_stem(f"{target.stem}-score"), swing_of(plan) if plan else STRAIGHT_SHARE
        )
    return files


def _write_pages(source: Path, score: Score, target: Path, swing: float) -> list[Path]:
    """Write the lead sheet's pages, or the full score's where there is no lead sheet."""
    from symbolic_music.drawing.engraving import EngraveOptions, write_engraving
    from symbolic_music.formats.fullscore import full_score_to_xml
    from symbolic_music.formats.musicxml import lead_sheet_to_xml, read_lead_sheet, xml_text

    sheet = source / LEAD_SHEET
    if sheet.is_file():
        xml = xml_text(lead_sheet_to_xml(read_lead_sheet(sheet), swing))
        return write_engraving(xml, target, EngraveOptions(_LEAD_SCALE))
    try:
        xml = xml_text(full_score_to_xml(score, swing))
    except InputError:
        return []  # more tracks than MIDI has channels: a picture shows them, a score does not
    return write_engraving(xml, target, EngraveOptions(_SCORE_SCALE))
