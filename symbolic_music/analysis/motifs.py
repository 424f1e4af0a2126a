"""Where each bar of a tune comes from: an earlier bar again, moved, mirrored, or only its rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.theory.key import Key

# From the closest relation to the farthest.
RELATIONS = ("same", "transposed", "sequence", "mirrored", "contour", "rhythm")
# Fewer notes make no motif: any two long notes are alike.
LEAST_NOTES = 3
_INTERVALS = {1: "second", 2: "third", 3: "fourth", 4: "fifth", 5: "sixth", 6: "seventh", 7: "octave"}


@dataclass(frozen=True)
class MotifLink:
    """Bars ``[bar, bar + n_bars)`` come from those at ``source``, counted from 0.

    ``steps`` is how much higher in degrees of the scale, 0 where the relation is no move.
    """

    bar: int
    source: int
    n_bars: int
    relation: str
    steps: int = 0

    def __str__(self) -> str:
        """In words, bars counted from 1."""
        here, there = _bars(self.bar, self.n_bars), _bars(self.source, self.n_bars)
        is_are = "is" if self.n_bars == 1 else "are"
        if self.relation == "same":
            return f"{here} {is_are} {there}"
        if self.relation in ("transposed", "sequence"):
            return f"{here} {is_are} {there}, {_move(self.steps)}, rhythm kept"
        if self.relation == "mirrored":
            return f"{here} {is_are} {there} upside down, rhythm kept"
        if self.relation == "contour":
            return f"{here} {'has' if self.n_bars == 1 else 'have'} rhythm and contour of {there}, other intervals"
        return f"{here} {'has' if self.n_bars == 1 else 'have'} the rhythm of {there}"


@dataclass(frozen=True)
class _Cell:
    """A bar of a tune: its rhythm from the bar line, its pitches, and those as degrees of the scale."""

    rhythm: tuple[tuple[int, int], ...]
    pitches: tuple[int, ...]
    degrees: tuple[int, ...] | None


def find_motifs(sheet: LeadSheet) -> list[MotifLink]:
    """Find for each bar of a tune the earlier bar that it is closest to, bars that go together in one link.

    Parameters
    ----------
    sheet : LeadSheet
        Of any length. A bar of fewer than three notes is linked only where the bar before is, to the bar after.

    Returns
    -------
    list of MotifLink
        In order; bars of new material have none. Of equally close bars the one that continues a link counts, else the
        earliest.
    """
    cells = [_cell(sheet, bar) for bar in range(sheet.n_bars)]
    links: list[MotifLink] = []
    for bar, cell in enumerate(cells):
        before = links[-1] if links and links[-1].bar + links[-1].n_bars == bar else None
        found = _origin(cells, bar, before) if cell.rhythm else None
        if found is None:
            continue
        if before is not None and _continues(before, found):
            links[-1] = MotifLink(before.bar, before.source, before.n_bars + 1, before.relation, before.steps)
        else:
            links.append(found)
    return [link for link in links if any(len(cells[link.bar + n].rhythm) >= LEAST_NOTES for n in range(link.n_bars))]


def _cell(sheet: LeadSheet, bar: int) -> _Cell:
    """Take one bar out of a tune."""
    low, high = sheet.lines.tick_of(bar), sheet.lines.tick_of(bar + 1)
    notes = sheet.melody[(sheet.melody["onset_tick"] >= low) & (sheet.melody["onset_tick"] < high)]
    rhythm = tuple((int(note["onset_tick"]) - low, int(note["duration_tick"])) for note in notes)
    pitches = tuple(int(pitch) for pitch in notes["pitch"])
    return _Cell(rhythm, pitches, _degrees(pitches, sheet.key_at(bar)))


def _degrees(pitches: Sequence[int], key: Key) -> tuple[int, ...] | None:
    """Pitches as degrees of the scale, octaves apart by seven; ``None`` if one lies outside it."""
    scale = key.pitch_classes
    if any(pitch % 12 not in scale for pitch in pitches):
        return None
    return tuple(7 * ((p - key.tonic_pitch_class) // 12) + scale.index(p % 12) for p in pitches)


def _origin(cells: Sequence[_Cell], bar: int, before: MotifLink | None) -> MotifLink | None:
    """The closest earlier bar."""
    found = []
    for source in range(bar):
        related = _relation(cells[source], cells[bar])
        if related is not None:
            link = MotifLink(bar, source, 1, *related)
            goes_on = before is not None and _continues(before, link)
            if goes_on or len(cells[bar].rhythm) >= LEAST_NOTES:
                found.append((RELATIONS.index(link.relation), not goes_on, source, link))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _continues(before: MotifLink, link: MotifLink) -> bool:
    """Whether a link goes on where the one before ended, in the same relation; a source never reaches its copy."""
    follows = link.source == before.source + before.n_bars and link.source < before.bar
    return follows and (link.relation, link.steps) == (before.relation, before.steps)


def _relation(old: _Cell, new: _Cell) -> tuple[str, int] | None:
    """How one bar comes from another, and by how many degrees it is moved."""
    if not new.rhythm or [onset for onset, _ in old.rhythm] != [onset for onset, _ in new.rhythm]:
        return None
    if old.pitches == new.pitches:
        return "same", 0
    if old.degrees is not None and new.degrees is not None:
        moved = np.subtract(new.degrees, old.degrees)
        if (moved == moved[0]).all() and moved[0]:
            chromatic = np.subtract(new.pitches, old.pitches)
            return ("transposed" if (chromatic == chromatic[0]).all() else "sequence"), int(moved[0])
        mirrored = np.add(new.degrees, old.degrees)
        if len(mirrored) >= LEAST_NOTES and (mirrored == mirrored[0]).all():
            return "mirrored", 0
    if old.rhythm != new.rhythm or len(new.rhythm) < LEAST_NOTES:
        return None
    same_way = (np.sign(np.diff(old.pitches)) == np.sign(np.diff(new.pitches))).all()
    return ("contour" if same_way else "rhythm"), 0


def _bars(first: int, n_bars: int) -> str:
    """Name bars for people."""
    return f"bar {first + 1}" if n_bars == 1 else f"bars {first + 1}-{first + n_bars}"


def _move(steps: int) -> str:
    """Say a move by degrees: ``a third higher``."""
    octaves, rest = divmod(abs(steps), 7)
    if not octaves:
        size = f"a {_INTERVALS[rest]}"
    elif not rest:
        size = "an octave" if octaves == 1 else f"{octaves} octaves"
    else:
        size = f"{octaves} octave{'s' * (octaves > 1)} and a {_INTERVALS[rest]}"
    return f"{size} {'higher' if steps > 0 else 'lower'}"
