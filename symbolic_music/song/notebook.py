"""How documents show themselves in a notebook.

The room that draws stands above this one, so it is named here, not imported, and loads when a notebook
asks for a picture. A document that cannot be drawn (no verovio, no notes) shows as its one line of text.
"""

from __future__ import annotations

import importlib

DRAWING = "symbolic_music.drawing.notebook"


def draw_for_notebook(document: object) -> str | None:
    """Draw a document as SVG or HTML; None where it can only be said."""
    drawn: str | None = importlib.import_module(DRAWING).draw(document)
    return drawn
