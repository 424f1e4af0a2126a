"""Engraved pages: MusicXML through verovio to SVG, and from there to PDF and PNG.

verovio draws with paths, lines, boxes and texts, nothing else; `symbolic_music.drawing.svg`
puts those on paper with matplotlib, so that no other program or library is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symbolic_music.errors import FileFormatError, InputError, MissingExtraError
from symbolic_music.formats.atomic import atomic_path

ENDINGS = (".svg", ".pdf", ".png")
# verovio counts in tenths of a millimetre.
_PAGE_WIDTH, _PAGE_HEIGHT = 2100, 2970


@dataclass(frozen=True)
class EngraveOptions:
    """``scale`` is the notes' size in per cent, ``dpi`` counts for PNG alone; ``cropped`` ends under the music.

    ``narrow`` is a page half as wide, for two beside each other.
    """

    scale: int = 85
    dpi: int = 110
    landscape: bool = False
    cropped: bool = False
    narrow: bool = False


def engrave(xml: str, options: EngraveOptions | None = None) -> list[str]:
    """Engrave a score.

    Parameters
    ----------
    xml : str
        MusicXML.
    options : EngraveOptions, optional
        Size of notes and page.

    Returns
    -------
    list of str
        An SVG for every A4 page; texts and music signs show in any browser.

    Raises
    ------
    FileFormatError
        If verovio cannot read the score.
    """
    options = options or EngraveOptions()
    try:
        import verovio
    except ImportError:
        raise MissingExtraError("engraving needs verovio", hint="install it with: pip install verovio") from None
    verovio.enableLog(verovio.LOG_OFF)
    # Said anew each time: verovio remembers its fonts in the thread alone that imported it.
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(Path(verovio.__file__).parent / "data"))
    width, height = (_PAGE_HEIGHT, _PAGE_WIDTH) if options.landscape else (_PAGE_WIDTH, _PAGE_HEIGHT)
    width = width // 2 if options.narrow else width
    toolkit.setOptions({
        "pageWidth": width * 100 // options.scale, "pageHeight": height * 100 // options.scale,
        "scale": options.scale, "footer": "none", "breaks": "auto", "justifyVertically": False,
        "pageMarginLeft": 150, "pageMarginRight": 150, "pageMarginTop": 150, "pageMarginBottom": 150,
        "topMarginHarm": 3.0, "lyricSize": 4.0, "mnumInterval": 0,
        **({"adjustPageHeight": True, "header": "none"} if options.cropped else {}),
    })  # fmt: skip
    if not toolkit.loadData(xml):
        raise FileFormatError("the score cannot be engraved: verovio does not read it")
    return [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]


def write_engraving(xml: str, path: str | Path, options: EngraveOptions | None = None) -> list[Path]:
    """Engrave a score into files.

    Parameters
    ----------
    xml : str
        MusicXML.
    path : str or Path
        ``.pdf`` holds all pages; ``.svg`` and ``.png`` are one file a page,
        ``score.svg`` for the first and ``score-2.svg`` and so on for the others.
    options : EngraveOptions, optional
        Size of notes and page.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        If the ending is of no known format.
    OutputError
        If a file cannot be written.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{path.name}: an engraved score ends in {', '.join(ENDINGS)}")
    options = options or EngraveOptions()
    pages = engrave(xml, options)
    if ending == ".pdf":
        from symbolic_music.drawing.svg import save_pdf

        with atomic_path(path) as unfinished:
            save_pdf(pages, unfinished)
        return [path]
    places = [path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in range(1, len(pages) + 1)]
    for page, place in zip(pages, places, strict=True):
        with atomic_path(place) as unfinished:
            _write_page(page, unfinished, options.dpi)
    return places


def _write_page(page: str, path: Path, dpi: int) -> None:
    """Write one page as SVG or PNG."""
    if path.suffix.lower() == ".svg":
        path.write_text(page, encoding="utf-8")
        return
    from symbolic_music.drawing.svg import save_png

    save_png(page, path, dpi)
