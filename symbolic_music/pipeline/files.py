"""A lead sheet in whatever file holds one: read and written by the name's ending."""

from __future__ import annotations

from pathlib import Path

from symbolic_music.errors import FileFormatError
from symbolic_music.song.leadsheet import LeadSheet, score_of_lead_sheet

WRITTEN_ENDINGS = (".musicxml", ".xml", ".abc", ".mid", ".midi")


def read_lead_sheet(path: str | Path) -> LeadSheet:
    """Read a lead sheet.

    Parameters
    ----------
    path : str or Path
        ``.musicxml``, ``.xml`` or ``.mxl``, ours or another program's; ``.abc`` (its first tune); ``.mid`` with a
        melody, its chords in a track "Chords" or in a ``.txt`` chart of the same name beside it.

    Returns
    -------
    LeadSheet
        Repeats are written out. What `write_lead_sheet` wrote as MusicXML comes back the same.

    Raises
    ------
    FileFormatError
        If the file cannot be read or is no lead sheet; the message names the bar.
    """
    path = Path(path)
    if path.suffix.lower() in (".musicxml", ".xml", ".mxl"):
        from symbolic_music.formats.musicxml import read_lead_sheet as read_musicxml

        return read_musicxml(path)
    from symbolic_music.importing.leadsheets import read_foreign_lead_sheet

    return read_foreign_lead_sheet(path)


def write_lead_sheet(sheet: LeadSheet, path: str | Path) -> None:
    """Write a lead sheet.

    Parameters
    ----------
    sheet : LeadSheet
        Melody, chord symbols, sections, words.
    path : str or Path
        ``.musicxml`` or ``.xml``, ``.abc``, or ``.mid`` (the melody, and a track of chord symbols); replaced whole
        or not at all.

    Raises
    ------
    FileFormatError
        If the ending is another.
    OutputError
        If the file cannot be written.
    """
    ending = Path(path).suffix.lower()
    if ending in (".musicxml", ".xml"):
        from symbolic_music.formats.musicxml import write_lead_sheet as write_musicxml

        write_musicxml(sheet, path)
    elif ending == ".abc":
        from symbolic_music.formats.abc import write_abc

        write_abc(sheet, path)
    elif ending in (".mid", ".midi"):
        from symbolic_music.formats.midi import write_midi

        write_midi(score_of_lead_sheet(sheet), path)
    else:
        raise FileFormatError(f"{path}: a lead sheet is written as one of {', '.join(WRITTEN_ENDINGS)}")
