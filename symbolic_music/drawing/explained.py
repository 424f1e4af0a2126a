"""A tune in the colours of what its notes are to their chords: as a score, and as a picture with numerals."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import fmean

from symbolic_music.formats.clips import section_colour
from symbolic_music.formats.musicxml import lead_sheet_to_xml, text_element
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import TPQ
from symbolic_music.theory.pitch import name_pitch

# Letter and colour of each class; the colours are those of Okabe and Ito, which people who see few colours tell apart,
# and the letters say the same to those who see none.
MARKS = {
    "chord tone": ("", "#22272b"), "passing": ("p", "#0072b2"), "neighbour": ("n", "#56b4e9"),
    "suspension": ("s", "#d55e00"), "retardation": ("r", "#d55e00"), "anticipation": ("a", "#009e73"),
    "appoggiatura": ("ap", "#cc79a7"), "escape": ("e", "#e69f00"), "pedal": ("pd", "#8c6d31"),
    "tension": ("t", "#7a5195"), "free": ("f", "#c02020"), "no chord": ("", "#8a9197"),
}  # fmt: skip
BARS_A_ROW = 8
_WIDTH, _LEFT, _TOP = 1200, 20, 78
_HEAD, _ROLL, _CURVE, _GAP = 46, 110, 34, 40
_ROW = _HEAD + _ROLL + _CURVE + _GAP
_INK, _GRID, _TENSE, _SURPRISING = "#22272b", "#d9dde1", "#b9475a", "#3b6ea5"
# Bits a note in the mean of a bar that reach the top of the curve.
_MOST_BITS = 12.0


@dataclass(frozen=True)
class Labels:
    """What is written to a tune: its notes' classes, numerals by tick, and by bar from 0 tension, cadences, motifs.

    ``bits`` are the notes' surprises, None where there is none; without any no curve is drawn.
    """

    classes: Sequence[str]
    numerals: Sequence[tuple[int, str]]
    tension: Sequence[float]
    cadences: Mapping[int, str]
    motifs: Mapping[int, str]
    bits: Sequence[float | None] = ()


def coloured_lead_sheet(sheet: LeadSheet, classes: Sequence[str]) -> ET.Element:
    """Build a lead sheet's MusicXML with coloured notes, and the letters of their classes under them.

    Parameters
    ----------
    sheet : LeadSheet
        As it is written elsewhere.
    classes : sequence of str
        A class a note, as `symbolic_music.analysis.note_classes` names them.

    Returns
    -------
    xml.etree.ElementTree.Element
        ``score-partwise``. Letters are a verse of their own, below the words.
    """
    root = lead_sheet_to_xml(sheet)
    wanted = iter(classes)
    verse, name = ("2" if sheet.lyrics else "1"), "chord tone"
    for note in root.iter("note"):
        if note.find("rest") is not None:
            continue
        is_tied = any(tie.get("type") == "stop" for tie in note.findall("tie"))
        name = name if is_tied else next(wanted)
        letter, colour = MARKS[name]
        note.set("color", colour.upper())
        if letter and not is_tied:
            lyric = ET.SubElement(note, "lyric", number=verse)
            text_element(lyric, "syllabic", "single")
            text_element(lyric, "text", letter)
    return root


def draw_explained(sheet: LeadSheet, labels: Labels) -> str:
    """Draw a tune as a coloured piano roll in rows of eight bars: numerals, cadences, motifs, tension and surprise.

    Parameters
    ----------
    sheet : LeadSheet
        Its sections are the bands above.
    labels : Labels
        What is written to it.

    Returns
    -------
    str
        SVG, 1200 wide; a note's name and class show when the mouse rests on it; texts are escaped.
    """
    n_rows = -(-sheet.n_bars // BARS_A_ROW)
    height = _TOP + n_rows * _ROW
    parts = [_text(_LEFT, 24, sheet.title, 17), *_legend(labels)]
    for row in range(n_rows):
        parts += _row(sheet, labels, row)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return f'{head} font-family="sans-serif" fill="{_INK}">{paper}{"".join(parts)}</svg>'


def _legend(labels: Labels) -> Iterator[str]:
    """The colours of the classes that occur, and the curves."""
    left = float(_LEFT)
    for name in (name for name in MARKS if name in labels.classes):
        letter, colour = MARKS[name]
        label = f"{name} ({letter})" if letter else name
        yield f'<rect x="{left:.1f}" y="38" width="12" height="12" rx="2" fill="{colour}"/>'
        yield _text(left + 17, 48, label, 11)
        left += 32 + 6.3 * len(label)
    for name, colour in (("tension", _TENSE), ("surprise", _SURPRISING))[: 2 if labels.bits else 1]:
        yield f'<line x1="{left}" x2="{left + 14}" y1="44" y2="44" stroke="{colour}" stroke-width="2"/>'
        yield _text(left + 19, 48, name, 11)
        left += 70


def _row(sheet: LeadSheet, labels: Labels, row: int) -> list[str]:
    """Draw eight bars."""
    first, last = row * BARS_A_ROW, min(sheet.n_bars, (row + 1) * BARS_A_ROW)
    place, top = _Row(sheet, first, last), _TOP + row * _ROW
    parts: list[str] = []
    for bar in range(first, last):
        parts += _bar(sheet, labels, bar, place, top)
    for tick, numeral in labels.numerals:
        if place.start <= tick < place.end:
            parts.append(_text(place.x(tick) + 3, top + 40, numeral, 13, "bold"))
    base = top + _HEAD + _ROLL + _CURVE
    return [*parts, *_notes(sheet, labels, place, top + _HEAD), *_curves(sheet, labels, place, base)]


@dataclass(frozen=True)
class _Row:
    """Where ticks lie in a row of bars ``[first, last)``."""

    sheet: LeadSheet
    first: int
    last: int

    @property
    def start(self) -> int:
        """The first bar line."""
        return self.sheet.lines.tick_of(self.first)

    @property
    def end(self) -> int:
        """The last bar line."""
        return self.sheet.lines.tick_of(self.last)

    def x(self, tick: int) -> float:
        """A tick's place; a short last row is not stretched."""
        share = (self.last - self.first) / BARS_A_ROW
        return _LEFT + (_WIDTH - 2 * _LEFT) * share * (tick - self.start) / (self.end - self.start)


def _bar(sheet: LeadSheet, labels: Labels, bar: int, place: _Row, top: int) -> Iterator[str]:
    """A bar's line and number, its section's band, its motif and cadence."""
    left, right = place.x(sheet.lines.tick_of(bar)), place.x(sheet.lines.tick_of(bar + 1))
    span = next((span for span in sheet.sections if span.start_bar <= bar < span.start_bar + span.n_bars), None)
    if span is not None:
        yield (
            f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="16"'
            f' fill="{section_colour(span.name)}" fill-opacity="0.55"/>'
        )
        if bar in (span.start_bar, place.first):
            yield _text(left + 22, top + 12, f"{span.name}, {span.key}", 11)
    base = top + _HEAD + _ROLL + _CURVE
    yield f'<line x1="{left:.1f}" x2="{left:.1f}" y1="{top}" y2="{base}" stroke="{_GRID}"/>'
    yield _text(left + 3, top + 12, str(bar + 1), 10)
    if bar in labels.motifs:
        yield _text(left + 3, base + 13, labels.motifs[bar], 10)
    if bar in labels.cadences:
        yield _text(left + 3, base + 26, f"cadence: {labels.cadences[bar]}", 10, "bold")


def _notes(sheet: LeadSheet, labels: Labels, place: _Row, top: int) -> list[str]:
    """The tune's notes, those held over from the row before too."""
    if not len(sheet.melody):
        return []
    low, high = int(sheet.melody["pitch"].min()), int(sheet.melody["pitch"].max())
    step = (_ROLL - 16) / max(12, high - low)
    parts = []
    bits = labels.bits or [None] * len(sheet.melody)
    for (onset, length, pitch, _), name, own in zip(rows_of(sheet.melody), labels.classes, bits, strict=True):
        start, end = max(onset, place.start), min(onset + length, place.end)
        if start >= end:
            continue
        letter, colour = MARKS[name]
        left, y = place.x(start), top + _ROLL - 12 - (pitch - low) * step
        key = sheet.key_at(sheet.lines.bar_at(onset))
        said = f"{name_pitch(pitch, key.fifths)}, {name}, {length / TPQ:g} quarters"
        said += f", {own:.1f} bits of surprise" if own is not None else ""
        parts.append(
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{max(2.0, place.x(end) - left - 1):.1f}" height="7" rx="2"'
            f' fill="{colour}"><title>{escape(said)}</title></rect>'
        )
        parts += [_text(left, y - 2, letter, 9)] if letter and onset == start else []
    return parts


def _curves(sheet: LeadSheet, labels: Labels, place: _Row, base: int) -> Iterator[str]:
    """The tension of the bars, and the surprise of their notes, as lines over their middles."""
    yield from _curve(place, base, dict(enumerate(labels.tension)), _TENSE)
    heard: dict[int, list[float]] = {}
    for onset, own in zip(sheet.melody["onset_tick"], labels.bits, strict=False):
        if own is not None:
            heard.setdefault(sheet.lines.bar_at(int(onset)), []).append(own)
    yield from _curve(place, base, {b: min(1.0, fmean(own) / _MOST_BITS) for b, own in heard.items()}, _SURPRISING)


def _curve(place: _Row, base: int, height: Mapping[int, float], colour: str) -> Iterator[str]:
    """A line over the middles of the bars that have a height, 0 to 1; bars without one part it."""
    lines, points = place.sheet.lines, ""
    for bar in range(place.first, place.last + 1):
        if bar < place.last and bar in height:
            middle = (place.x(lines.tick_of(bar)) + place.x(lines.tick_of(bar + 1))) / 2
            points += f"{middle:.1f},{base - _CURVE * height[bar]:.1f} "
        elif points:
            yield f'<polyline points="{points.strip()}" fill="none" stroke="{colour}" stroke-width="2"/>'
            points = ""


def _text(left: float, base: float, text: str, size: int, weight: str = "normal") -> str:
    """Write a text."""
    return f'<text x="{left:.1f}" y="{base:.1f}" font-size="{size}" font-weight="{weight}">{escape(text)}</text>'
