"""Put verovio's SVG pages on paper with matplotlib.

Only what verovio writes is understood: nested groups with translate, scale and
rotate, paths of M L H V C S Q Z, boxes, ellipses, polygons, texts in one line.
Music signs inside texts (the flats of chord symbols) come from verovio's own
font data, letters from the STIX fonts that matplotlib carries.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_PATH_ITEM = re.compile(r"([A-Za-z])|(-?\d*\.?\d+(?:e-?\d+)?)")
_TRANSFORM = re.compile(r"(\w+)\(([^)]*)\)")
# Numbers taken by each path command.
_N_NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "Z": 0}
# The page's pixels are verovio's tenths of a millimetre.
_MM_PER_INCH, _MM_PER_UNIT = 25.4, 0.1
# Glyph coordinates of music fonts: 1000 to the em.
_EM = 1000.0
_PRIVATE_USE = range(0xE000, 0xF900)


@dataclass(frozen=True)
class _Style:
    """What is inherited from group to group; text alone uses more than the transform."""

    transform: Any
    size: float = 0.0
    anchor: str = "start"
    weight: str = "normal"
    slant: str = "normal"


@dataclass
class _Text:
    """Pieces of one line of text, collected until its anchor can be applied."""

    x: float
    y: float
    anchor: str
    runs: list[tuple[str, _Style]] = field(default_factory=list)


class _Page:
    """Collects a page's shapes: filled paths and lines in millimetre-like page units."""

    def __init__(self, svg: str) -> None:
        from matplotlib.transforms import Affine2D

        root = ET.fromstring(svg)
        self.width, self.height = (float(str(root.get(name)).removesuffix("px")) for name in ("width", "height"))
        self._glyphs = {element.get("id"): element for element in root.iter(f"{_SVG}g")}
        self.filled: list[Any] = []
        self.lines: list[tuple[Any, float]] = []
        inner = root.find(f"{_SVG}svg")
        assert inner is not None  # verovio always writes it
        _, _, box_width, box_height = (float(part) for part in str(inner.get("viewBox")).split())
        self.unit = self.width / box_width
        self.width, self.height = box_width, box_height
        self._walk(inner, _Style(Affine2D()))

    def _walk(self, element: ET.Element, style: _Style) -> None:
        """Draw an element and what is inside it."""
        tag = element.tag.removeprefix(_SVG)
        style = _inherit(element, style)
        # Placeholders are hidden by the page's style sheet.
        if tag in ("defs", "desc", "title", "style") or "placeholder" in element.get("class", "").split():
            return
        if tag == "text":
            self._text(element, style)
            return
        if tag == "use":
            for child in self._glyphs.get(str(element.get(_XLINK)).lstrip("#"), ()):
                self._walk(child, style)
        else:
            self._shape(tag, element, style)
        for child in element:
            self._walk(child, style)

    def _shape(self, tag: str, element: ET.Element, style: _Style) -> None:
        """Draw one shape: as a line if it has a width and no area, else filled."""
        path = _path_of(tag, element)
        if path is None:
            return
        placed = style.transform.transform_path(path)
        width = float(str(element.get("stroke-width", "0")).removesuffix("px"))
        is_open = (tag in ("path", "polyline") and not _is_area(element)) or element.get("fill-opacity") == "0"
        if width:
            self.lines.append((placed, width))
        if not is_open and element.get("fill") != "none":
            self.filled.append(placed)

    def _text(self, element: ET.Element, style: _Style) -> None:
        """Draw a text, line by line: a tspan with an x of its own starts a new one."""
        lines: list[_Text] = []
        self._collect(element, style, lines)
        for line in lines:
            self._draw_line(line)

    def _collect(self, element: ET.Element, style: _Style, lines: list[_Text]) -> None:
        """Collect the runs of a text element."""
        style = _inherit(element, style) if element.tag != f"{_SVG}text" else style
        if element.tag == f"{_SVG}title":
            return
        if element.get("x") is not None or not lines:
            lines.append(_Text(float(element.get("x", 0)), float(element.get("y", 0)), style.anchor))
        if element.text and element.text.strip():
            lines[-1].runs.append((element.text, style))
        for child in element:
            self._collect(child, style, lines)

    def _draw_line(self, line: _Text) -> None:
        """Place a line's runs beside each other from its anchor."""
        runs = [piece for text, style in line.runs for piece in _runs(text, style)]
        width = sum(advance for _, advance, _ in runs)
        now = line.x - width * {"middle": 0.5, "end": 1.0}.get(line.anchor, 0.0)
        for path, advance, style in runs:
            if len(path.vertices):
                moved = path.transformed(_translate(now, line.y))
                self.filled.append(style.transform.transform_path(moved))
            now += advance


def save_pdf(pages: Sequence[str], path: Path) -> None:
    """Write SVG pages as one PDF file with a page for each."""
    from matplotlib.backends.backend_pdf import PdfPages

    # Without dates, so that the same score gives the same file.
    with PdfPages(path, metadata={"Creator": "symbolic-music", "CreationDate": None}) as pdf:
        for page in pages:
            pdf.savefig(_draw(page))


def save_png(page: str, path: Path, dpi: int = 110) -> None:
    """Write an SVG page as a picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _draw(page)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=dpi)


def _draw(svg: str) -> Any:
    """Draw a page as a figure of its size."""
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

    page = _Page(svg)
    inch = page.unit * _MM_PER_UNIT / _MM_PER_INCH
    figure = Figure(figsize=(page.width * inch, page.height * inch), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, page.width)
    axes.set_ylim(page.height, 0)
    axes.set_axis_off()
    points = inch * 72
    axes.add_collection(PathCollection(page.filled, facecolors="black", edgecolors="none"))
    axes.add_collection(PathCollection(
        [path for path, _ in page.lines], facecolors="none", edgecolors="black",
        linewidths=[width * points for _, width in page.lines], capstyle="butt",
    ))  # fmt: skip
    return figure


def _inherit(element: ET.Element, style: _Style) -> _Style:
    """Take over what an element changes of the style around it."""
    changes: dict[str, Any] = {}
    if element.get("transform"):
        changes["transform"] = _parse_transform(str(element.get("transform"))) + style.transform
    if element.get("font-size") not in (None, "0px"):
        changes["size"] = float(str(element.get("font-size")).removesuffix("px"))
    for name, attribute in (("anchor", "text-anchor"), ("weight", "font-weight"), ("slant", "font-style")):
        if element.get(attribute):
            changes[name] = element.get(attribute)
    # The page's style sheet makes these bold or italic, by class.
    kind = element.get("class", "").split(" ")[0]
    if kind in ("tempo", "reh", "fing", "ending"):
        changes["weight"] = "bold"
    if kind in ("mNum", "dir", "dynam"):
        changes["slant"] = "italic"
    return replace(style, **changes) if changes else style


def _parse_transform(text: str) -> Any:
    """Read a transform attribute; the last part applies first."""
    from matplotlib.transforms import Affine2D

    whole = Affine2D()
    for kind, numbers in reversed(_TRANSFORM.findall(text)):
        values = [float(number) for number in re.split(r"[ ,]+", numbers.strip())]
        if kind == "translate":
            whole = whole.translate(values[0], values[1] if len(values) > 1 else 0)
        elif kind == "scale":
            whole = whole.scale(values[0], values[-1])
        elif kind == "rotate":
            x, y = values[1:] if len(values) == 3 else (0, 0)
            whole = whole.rotate_deg_around(x, y, values[0])
    return whole


def _translate(x: float, y: float) -> Any:
    """Make a shift."""
    from matplotlib.transforms import Affine2D

    return Affine2D().translate(x, y)


def _path_of(tag: str, element: ET.Element) -> Any | None:
    """Make the path of a shape."""
    from matplotlib.path import Path as Outline

    if tag == "path":
        return parse_path(str(element.get("d")))
    if tag in ("polygon", "polyline"):
        numbers = [float(number) for number in re.split(r"[ ,]+", str(element.get("points")).strip())]
        return Outline(np.array(numbers).reshape(-1, 2), closed=False)
    if tag == "rect":
        x, y, width, height = (float(element.get(name, 0)) for name in ("x", "y", "width", "height"))
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        return Outline(corners, closed=True)
    if tag == "ellipse":
        middle = [float(element.get(name, 0)) for name in ("cx", "cy")]
        radii = [float(element.get(name, 0)) for name in ("rx", "ry")]
        circle = Outline.unit_circle()
        return Outline(np.asarray(circle.vertices) * radii + middle, circle.codes)
    return None


def _is_area(element: ET.Element) -> bool:
    """Tell whether a path encloses something: one that is not a straight line."""
    return element.tag == f"{_SVG}path" and re.search(r"[cCsSqQzZ]", str(element.get("d"))) is not None


def parse_path(text: str) -> Any:
    """Read an SVG path of M L H V C S Q Z, absolute or relative, as a matplotlib path."""
    from matplotlib.path import Path as Outline

    pen = _Pen()
    command, numbers = "", list[float]()
    for letter, number in _PATH_ITEM.findall(text):
        if letter:
            command, numbers = letter, []
            if letter in "Zz":
                pen.close()
            continue
        numbers.append(float(number))
        if len(numbers) == _N_NUMBERS[command.upper()]:
            pen.draw(command, numbers)
            # Further pairs after a move are lines.
            command, numbers = {"M": "L", "m": "l"}.get(command, command), []
    return Outline(np.array(pen.vertices).reshape(-1, 2), pen.codes)


class _Pen:
    """Follows path commands; codes are matplotlib's: 1 move, 2 line, 3 quadratic, 4 cubic, 79 close."""

    def __init__(self) -> None:
        self.vertices: list[tuple[float, float]] = []
        self.codes: list[int] = []
        self._start = self._now = (0.0, 0.0)
        self._control: tuple[float, float] | None = None

    def close(self) -> None:
        """Go back to where the outline began."""
        self._add([self._start], 79)

    def draw(self, command: str, numbers: list[float]) -> None:
        """Follow one command."""
        x0, y0 = self._now if command.islower() else (0.0, 0.0)
        kind = command.upper()
        if kind in "HV":
            points = [(x0 + numbers[0], self._now[1])] if kind == "H" else [(self._now[0], y0 + numbers[0])]
        else:
            points = [(x0 + x, y0 + y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if kind == "S":
            # The first control point mirrors the last one of the curve before.
            mirror = self._control or self._now
            points.insert(0, (2 * self._now[0] - mirror[0], 2 * self._now[1] - mirror[1]))
        self._add(points, {"M": 1, "Q": 3, "C": 4, "S": 4}.get(kind, 2))
        self._control = points[-2] if kind in "CS" else None
        if kind == "M":
            self._start = self._now

    def _add(self, points: list[tuple[float, float]], code: int) -> None:
        """Add vertices of one code."""
        self.vertices += points
        self.codes += [code] * len(points)
        self._now = points[-1]


def _runs(text: str, style: _Style) -> list[tuple[Any, float, _Style]]:
    """Split a text into outlines with their widths: letters together, every music sign alone."""
    found = []
    for part in re.split("([\ue000-\uf8ff])", text):
        if part and ord(part[0]) in _PRIVATE_USE:
            found.append((*_sign(ord(part), style.size), style))
        elif part:
            found.append((*_letters(part, style), style))
    return found


def _letters(text: str, style: _Style) -> tuple[Any, float]:
    """Make the outline of letters at the origin, y down, and how wide they are."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Outline
    from matplotlib.textpath import TextPath, text_to_path
    from matplotlib.transforms import Affine2D

    slant: Any = style.slant
    # Measured and outlined at the font's own scale: small sizes are hinted.
    full = float(text_to_path.FONT_SCALE)
    font = FontProperties(family=["STIXGeneral", "DejaVu Sans"], weight=style.weight, style=slant, size=full)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    # A text of spaces alone has no outline, and TextPath fails on it.
    outline = TextPath((0, 0), text, size=full, prop=font) if text.strip() else Outline(np.zeros((0, 2)))
    scale = style.size / full
    return outline.transformed(Affine2D().scale(scale, -scale)), float(width) * scale


@lru_cache(maxsize=256)
def _sign_outline(code: int) -> tuple[Any, float]:
    """Read a music sign from verovio's font data, 1000 to the em, y down."""
    import verovio
    from matplotlib.path import Path as Outline
    from matplotlib.transforms import Affine2D

    place = Path(str(verovio.__file__)).parent / "data" / "Leipzig" / f"{code:04X}.xml"
    if not place.is_file():
        return Outline(np.zeros((0, 2))), 0.0
    d = str(ET.fromstring(place.read_text(encoding="utf-8"))[0].get("d"))
    outline = parse_path(d)
    return outline.transformed(Affine2D().scale(1, -1)), float(outline.vertices[:, 0].max())


def _sign(code: int, size: float) -> tuple[Any, float]:
    """Make the outline of a music sign in a text and how wide it is."""
    from matplotlib.transforms import Affine2D

    outline, width = _sign_outline(code)
    scale = size / _EM
    return outline.transformed(Affine2D().scale(scale)), width * scale
