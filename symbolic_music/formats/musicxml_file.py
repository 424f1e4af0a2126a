"""A MusicXML file's tree, plain or zipped, and the numbers in it; broken and endless ones are refused in one line."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from fractions import Fraction
from pathlib import Path

from symbolic_music.errors import FileFormatError
from symbolic_music.limits import ARCHIVE_ERRORS, ELEMENTS, NESTING, first_line, read_file, read_member

_CONTAINER = "META-INF/container.xml"
_ENDINGS = (".xml", ".musicxml")
# Those that the parser reads in which letters are not single bytes as in ASCII.
_ENCODINGS = ("ascii", "utf-16-le", "utf-16-be")
# What notation needs; longer ones, and powers of ten, are made to take time.
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,9})?|[+-]?\.[0-9]{1,9}")


def parse_score(path: Path) -> ET.Element:
    """Parse plain or zipped XML; of an archive the file that its container names.

    Raises
    ------
    FileFormatError
        If it is neither, not there, or beyond `symbolic_music.limits`.
    """
    data = read_file(path)
    try:
        if not zipfile.is_zipfile(io.BytesIO(data)):
            return _by_part(parse_xml(data, str(path)))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = _score_name(archive, str(path))
            return _by_part(parse_xml(read_member(archive, name, str(path)), f"{path}: {name}"))
    except FileFormatError:
        raise
    except (KeyError, *ARCHIVE_ERRORS) as failure:
        raise FileFormatError(f"{path}: not MusicXML: {first_line(failure)}") from None


def _by_part(root: ET.Element) -> ET.Element:
    """Order a score that is written bar by bar (``score-timewise``) part by part."""
    if root.tag != "score-timewise":
        return root
    parts: dict[str, ET.Element] = {}
    for measure in root.findall("measure"):
        root.remove(measure)
        for piece in measure.findall("part"):
            name = piece.get("id") or ""
            part = parts.setdefault(name, ET.Element("part", id=name))
            ET.SubElement(part, "measure", measure.attrib).extend(list(piece))
    root.tag = "score-partwise"
    root.extend(parts.values())
    return root


def _score_name(archive: zipfile.ZipFile, where: str) -> str:
    """Find the name of the score: the first root file of the container, else the first XML file."""
    names = archive.namelist()
    if _CONTAINER in names:
        named = _root_files(read_member(archive, _CONTAINER, where), f"{where}: {_CONTAINER}")
        found = next((name for name in named if name in names and name.lower().endswith(_ENDINGS)), None)
        if found is not None:
            return found
    scores = [name for name in names if not name.startswith("META-INF") and name.lower().endswith(_ENDINGS)]
    if not scores:
        raise FileFormatError(f"{where}: not MusicXML: the archive has no .musicxml or .xml file")
    return scores[0]


def _root_files(container: bytes, where: str) -> list[str]:
    """List the files that a container names; none if it is broken, as by an apostrophe in a title."""
    try:
        root = parse_xml(container, where)
    except FileFormatError:
        return []
    return [element.get("full-path") or "" for element in root.iter() if element.tag.endswith("rootfile")]


class _CountedBuilder(ET.TreeBuilder):
    """Builds a tree, counting its elements and how deep they lie."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where, self._depth, self._count = where, 0, 0

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:  # type: ignore[override]
        """Begin an element."""
        self._depth += 1
        self._count += 1
        NESTING.check(self._depth, self._where)
        ELEMENTS.check(self._count, self._where)
        return super().start(tag, attrs)

    def end(self, tag: str) -> ET.Element:
        """End an element."""
        self._depth -= 1
        return super().end(tag)


def parse_xml(data: bytes, where: str) -> ET.Element:
    """Parse XML without entities of its own; ``where`` is named in errors.

    Raises
    ------
    FileFormatError
        If it is not well-formed, declares entities, or is beyond `symbolic_music.limits`.
    """
    if any("<!ENTITY".encode(encoding) in data for encoding in _ENCODINGS):
        raise FileFormatError(f"{where}: not MusicXML: it declares entities")
    try:
        root: ET.Element = ET.fromstring(data, ET.XMLParser(target=_CountedBuilder(where)))
    except (ET.ParseError, ValueError, LookupError) as failure:
        if isinstance(failure, FileFormatError):
            raise
        raise FileFormatError(f"{where}: not MusicXML: {first_line(failure)}") from None
    return root


def read_number(text: str | None) -> Fraction | None:
    """Read a number as notation has them; ``None`` if it is none.

    Examples
    --------
    >>> read_number(" 2.5 "), read_number("1e9"), read_number("4+3")
    (Fraction(5, 2), None, None)
    """
    plain = (text or "").strip()
    return Fraction(plain) if _NUMBER.fullmatch(plain) else None
