"""From a pattern's characters to strokes in ticks, cut where the chord changes."""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.arranging.bars import ChordSpan

CELL_TICKS = 3


@dataclass(frozen=True)
class Stroke:
    """One played cell of a pattern: its token, times and the chord under it."""

    onset_tick: int
    end_tick: int
    token: str
    span: ChordSpan


def place_pattern(pattern: str, onset_tick: int, spans: list[ChordSpan], change: str, always: bool) -> list[Stroke]:
    """Lay a bar's pattern over its chords.

    Parameters
    ----------
    change : str
        Token played where a chord begins.
    always : bool
        Whether every chord change is struck (bass); otherwise only those that
        would pass unheard (comping may come late).
    """
    cells = _read_cells(pattern, onset_tick)
    end = onset_tick + len(pattern) * CELL_TICKS
    onsets = {cell[0] for cell in cells}
    strokes: list[Stroke] = []
    for span in spans:
        start, stop = max(span.onset_tick, onset_tick), min(span.end_tick, end)
        if start >= stop:
            continue
        inside = [(max(a, start), min(b, stop), token) for a, b, token in cells if b > start and a < stop]
        if span.onset_tick == start:
            struck = bool(inside) and inside[0][0] == start
            if struck and (always or start not in onsets):
                inside[0] = (start, inside[0][1], change)
            elif not struck and (always or not inside):
                inside.insert(0, (start, inside[0][0] if inside else stop, change))
        strokes.extend(Stroke(a, b, token, span) for a, b, token in inside)
    return strokes


def _read_cells(pattern: str, onset_tick: int) -> list[tuple[int, int, str]]:
    """Read (onset, end, token) of every struck cell; ``-`` lengthens the one before."""
    cells: list[tuple[int, int, str]] = []
    for index, token in enumerate(pattern):
        tick = onset_tick + index * CELL_TICKS
        if token == "-" and cells and cells[-1][1] == tick:
            cells[-1] = (cells[-1][0], tick + CELL_TICKS, cells[-1][2])
        elif token not in ".-":
            cells.append((tick, tick + CELL_TICKS, token))
    return cells
