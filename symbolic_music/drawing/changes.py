"""A picture of what an edit changed: the song before and after, bar under bar, in colour what is not in both."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from symbolic_music.errors import InputError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.song.bars import BarLines, bars_of
from symbolic_music.song.resampling import move_events
from symbolic_music.song.score import TPQ, Score

_INK, _PALE, _LINE, _KEPT, _GONE, _NEW = "#22272b", "#6b7280", "#d9dde1", "#9aa3ad", "#d1495b", "#00798c"
_WIDTH, _LEFT, _TOP, _LANE, _GAP, _HEAD = 900, 130, 34, 26, 5, 18
_EARLY = 20
# (track, tick in the bar, length, pitch) of a note, loudness too: at 480 ticks a quarter.
_Note = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class _Side:
    """A song by bars, its sections and its tracks."""

    bars: Sequence[frozenset[_Note]]
    sections: Sequence[tuple[int, str]]
    tracks: Sequence[str]
    # The length of each bar, at 480 ticks a quarter.
    ticks: Sequence[int]


def draw_changes(before: Score, after: Score, path: str | Path, title: str = "") -> Path:
    """Draw two states of a song, one above the other, as an SVG file.

    Notes that both have, in the same bar or in a bar that has moved, are grey; above, what is gone is red; below,
    what is new is green.

    Parameters
    ----------
    before, after : Score
        With any tracks; bars of all meters are drawn equally wide.
    path : str or Path
        The picture to write, ending in ``.svg``.
    title : str
        Stands above.

    Raises
    ------
    InputError
        If the ending is another.
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".svg":
        raise InputError(f"{path}: a picture of changes is written as .svg")
    sides = _side(before), _side(after)
    kept = _kept(*sides)
    names = list(dict.fromkeys([*sides[0].tracks, *sides[1].tracks]))
    height = _HEAD + len(names) * (_LANE + _GAP)
    longest = max(len(side.bars) for side in sides)
    rows = [
        _row(side, own, names, _TOP + index * (height + 26), longest, said, colour)
        for index, (side, own, said, colour) in enumerate(
            zip(sides, kept, ("before", "after"), (_GONE, _NEW), strict=True)
        )
    ]
    full = _TOP + 2 * height + 40
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {full}" font-family="sans-serif">'
        f'<rect width="{_WIDTH}" height="{full}" fill="#fff"/>'
        f'<text x="12" y="21" font-size="14" fill="{_INK}">{escape(title)}</text>'
    )
    with atomic_path(path) as unfinished:
        unfinished.write_text("\n".join([head, *rows, "</svg>\n"]), encoding="utf-8")
    return path


def _side(score: Score) -> _Side:
    """Sort a song's notes into its bars."""
    lines = BarLines(bars_of(move_events(score.meters, TPQ / score.tpq), score.end_tick * TPQ // score.tpq))
    bars, scale = lines.bars, 480 // TPQ
    sorted_notes: list[set[_Note]] = [set() for _ in bars]
    for track in score.tracks:
        for onset, duration, pitch, velocity in track.notes.tolist():
            tick = onset * 480 // score.tpq
            bar = lines.bar_at((tick + _EARLY) // scale)
            note = (track.name, tick - bars[bar].start * scale, duration * 480 // score.tpq, pitch, velocity)
            sorted_notes[bar].add(note)
    sections = [(lines.bar_at(marker.tick * TPQ // score.tpq), marker.text) for marker in score.markers]
    lengths = [bar.meter.bar_ticks * scale for bar in bars]
    return _Side([frozenset(own) for own in sorted_notes], sections, [t.name for t in score.tracks], lengths)


def _kept(before: _Side, after: _Side) -> tuple[list[frozenset[_Note]], list[frozenset[_Note]]]:
    """The notes of each bar that the other song has too, in the bar that stands for it."""
    kept = [frozenset[_Note]()] * len(before.bars), [frozenset[_Note]()] * len(after.bars)
    matcher = difflib.SequenceMatcher(None, list(before.bars), list(after.bars), autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        for one, other in zip(range(a, b), range(c, d), strict=False):
            both = before.bars[one] & after.bars[other]
            kept[0][one] = kept[1][other] = both
    # A bar that stands elsewhere is no new one.
    known = set(before.bars)
    for index, bar in enumerate(after.bars):
        if bar in known:
            kept[1][index] = bar
    return kept


def _row(
    side: _Side, kept: Sequence[frozenset[_Note]], names: Sequence[str], top: int, longest: int, said: str, colour: str
) -> str:
    """One song as lanes."""
    scale = (_WIDTH - _LEFT - 12) / longest
    right = _LEFT + scale * len(side.bars)
    parts = [f'<text x="12" y="{top + 12}" font-size="12" font-weight="bold" fill="{_INK}">{said}</text>']
    bottom = top + _HEAD + len(names) * (_LANE + _GAP) - _GAP
    for bar, text in side.sections:
        x = round(_LEFT + bar * scale, 1)
        parts.append(f'<path d="M{x} {top}V{bottom}" stroke="{_PALE}" stroke-width=".6"/>')
        parts.append(f'<text x="{x + 3}" y="{top + 11}" font-size="10" fill="{_PALE}">{escape(text)}</text>')
    for index, name in enumerate(names):
        y = top + _HEAD + index * (_LANE + _GAP)
        parts.append(f'<path d="M{_LEFT} {y + _LANE}H{right:.1f}" stroke="{_LINE}"/>')
        parts.append(f'<text x="12" y="{y + _LANE - 8}" font-size="10" fill="{_INK}">{escape(name)}</text>')
        pitches = [note[3] for bar in side.bars for note in bar if note[0] == name]
        if pitches:
            parts += _lane(side, kept, name, y, scale, (min(pitches), max(pitches)), colour)
    return "\n".join(parts)


def _lane(
    side: _Side, kept: Sequence[frozenset[_Note]], name: str, y: int, scale: float, reach: tuple[int, int], colour: str
) -> list[str]:
    """One track's notes as two paths: those that stay, those that do not."""
    low, high = reach
    strokes: dict[str, list[str]] = {_KEPT: [], colour: []}
    for bar, notes in enumerate(side.bars):
        for note in sorted(notes):
            if note[0] != name:
                continue
            x = _LEFT + (bar + note[1] / side.ticks[bar]) * scale
            width = max(1.2, note[2] / side.ticks[bar] * scale - 0.4)
            height = y + _LANE - 3 - (note[3] - low) / max(1, high - low) * (_LANE - 6)
            strokes[_KEPT if note in kept[bar] else colour].append(f"M{x:.1f} {height:.1f}h{width:.1f}")
    return [f'<path d="{"".join(own)}" stroke="{paint}" stroke-width="2"/>' for paint, own in strokes.items() if own]
