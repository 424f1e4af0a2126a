"""What a notebook shows of a document: a lead sheet engraved, a score as piano roll, a plan as timeline."""

from __future__ import annotations

import io
import re
from html import escape

from symbolic_music.drawing.timeline import draw_timeline
from symbolic_music.errors import SymbolicMusicError
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score

_PAGES = '<div style="background: white; max-width: 56em">{}</div>'
_FIXED_SIZE = re.compile(r'<svg width="(\d+)px" height="(\d+)px"')


def draw(document: object) -> str | None:
    """Draw a document.

    Parameters
    ----------
    document : LeadSheet, Score or SongPlan
        Anything else is not drawn.

    Returns
    -------
    str or None
        HTML of a lead sheet's pages, SVG of the others; None where it cannot be drawn, so that the
        notebook shows the text.
    """
    try:
        if isinstance(document, LeadSheet):
            title = f"<b>{escape(document.title)}</b>" if document.title else ""
            return _PAGES.format(title + "".join(map(_fit_to_width, _engrave(document))))
        if isinstance(document, Score):
            return _piano_roll(document) if document.tracks else None
    except SymbolicMusicError:
        return None
    return draw_timeline(document) if isinstance(document, SongPlan) else None


def _engrave(sheet: LeadSheet) -> list[str]:
    """Engrave the pages, each as high as its music."""
    from symbolic_music.drawing.engraving import EngraveOptions, engrave
    from symbolic_music.formats.musicxml import lead_sheet_to_xml, xml_text

    return engrave(xml_text(lead_sheet_to_xml(sheet)), EngraveOptions(scale=95, cropped=True))


def _fit_to_width(page: str) -> str:
    """Let a page be as wide as the notebook's column."""
    return _FIXED_SIZE.sub(r'<svg viewBox="0 0 \1 \2" width="100%"', page, count=1)


def _piano_roll(score: Score) -> str:
    """Draw the piano roll."""
    from symbolic_music.drawing.picture import draw_figure

    buffer = io.StringIO()
    draw_figure(score).savefig(buffer, format="svg")
    text = buffer.getvalue()
    return text[text.index("<svg") :]  # the XML head before it is for files
