"""A song as far as its band is measured: tracks on a grid of sixteenths, sections, chords.

Read from a song folder or made from an arrangement of ``data_prep.mma``; people's timing is rounded away (see
``on_sixteenths``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolic_music.errors import FileFormatError, PlanError
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE, SONG_MIDI
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import TPQ, Meter, parse_meter

STEP = TPQ // 4  # a sixteenth in ticks


class BandSection(NamedTuple):
    """Bars ``[start_bar, start_bar + n_bars)`` of one kind."""

    kind: str
    start_bar: int
    n_bars: int


@dataclass(frozen=True, eq=False)
class BandTrack:
    """One part: its role as in ``song.score`` and its notes, onsets on sixteenths in engine ticks."""

    name: str
    role: str
    notes: np.ndarray


@dataclass(frozen=True, eq=False)
class BandSong:
    """A song as far as its band is measured."""

    name: str
    meter: Meter
    n_bars: int
    sections: tuple[BandSection, ...]
    chords: tuple[ChordEvent, ...]
    tracks: tuple[BandTrack, ...]

    def notes_of(self, *roles: str) -> np.ndarray:
        """All notes of the tracks with these roles (without roles: of all tracks), shape (n_notes,)."""
        found = [track.notes for track in self.tracks if not roles or track.role in roles]
        return np.concatenate([make_notes([]), *found])

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that sounds at a tick, ``None`` before the first.

        Parameters
        ----------
        tick : int
            Engine ticks from the song's start.
        """
        index = int(np.searchsorted([event.onset_tick for event in self.chords], tick, side="right")) - 1
        return self.chords[index].chord if index >= 0 else None


def on_sixteenths(notes: np.ndarray, tpq: int = TPQ) -> np.ndarray:
    """Move onsets to the nearest sixteenth; ends are rounded to engine ticks.

    Sixteenths are 125 ms apart at 120 quarters a minute: human deviations (20 ms) do not move a note to
    another one. Triplets fall on their nearest sixteenth, everywhere alike.

    Parameters
    ----------
    notes : ``NOTE_DTYPE`` array
        In ``tpq`` ticks a quarter.
    """
    moved = notes.copy()
    ends = np.rint((notes["onset_tick"] + notes["duration_tick"]) * TPQ / tpq)
    moved["onset_tick"] = np.rint(notes["onset_tick"] * TPQ / tpq / STEP) * STEP
    moved["duration_tick"] = np.maximum(ends - moved["onset_tick"], 1)
    return np.sort(moved, order=["onset_tick", "pitch"])


def read_band_song(folder: Path) -> BandSong:
    """Read a song folder.

    Parameters
    ----------
    folder : Path
        As ``create`` writes it.

    Returns
    -------
    BandSong
        Parts by role, onsets moved to sixteenths in engine ticks, velocities as performed.

    Raises
    ------
    FileFormatError, PlanError
        If score, lead sheet or plan are missing or broken.
    """
    from symbolic_music.formats.midi import read_midi
    from symbolic_music.formats.musicxml import read_lead_sheet

    score, sheet = read_midi(folder / SONG_MIDI), read_lead_sheet(folder / LEAD_SHEET)
    plan = load_document(SongPlan, folder / PLAN_FILE, PlanError)
    tracks = tuple(BandTrack(t.name, t.role, on_sixteenths(t.notes, score.tpq)) for t in score.tracks)
    return BandSong(folder.name, plan.meter, plan.n_bars, sections_of(plan), sheet.chords, tracks)


def find_band_songs(folder: Path) -> list[Path]:
    """List the song folders in a folder, or the folder itself.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    found = [path.parent for path in sorted(folder.glob(f"*/{SONG_MIDI}"))]
    found = [folder] if (folder / SONG_MIDI).is_file() else found
    if not found:
        raise FileFormatError(f"{folder}: no song folder here; make some with symbolic-music create -o {folder}/song")
    return found


def sections_of(plan: SongPlan) -> tuple[BandSection, ...]:
    """A plan's sections with their first bars."""
    starts = np.cumsum([0, *(section.n_bars for section in plan.sections)]).tolist()
    return tuple(BandSection(s.kind, start, s.n_bars) for s, start in zip(plan.sections, starts, strict=False))


def band_song_of_rows(
    name: str,
    meter: str,
    n_bars: int,
    sections: Iterable[tuple[str, int, int]],
    chords: Iterable[tuple[int, Chord]],
    parts: Mapping[str, Iterable[tuple[int, int, int, int]]],
) -> BandSong:
    """Make a band song from note rows in engine ticks by part; a part that is no role is a chord part.

    Parameters
    ----------
    name : str
        For tables.
    meter : str
        Such as ``4/4``.
    n_bars : int
        The song's length.
    sections : Iterable[tuple[str, int, int]]
        (kind, first bar, bars) of each.
    chords : Iterable[tuple[int, Chord]]
        (tick, chord), ascending.
    parts : Mapping[str, Iterable[tuple[int, int, int, int]]]
        (onset, duration, pitch, velocity) of each note, by part.
    """
    roles = ("melody", "bass", "drums", "pad", "countermelody")
    tracks = tuple(
        BandTrack(
            part,
            part if part in roles else "chords",
            on_sixteenths(make_notes((row[0], row[1], row[2], row[3]) for row in rows)),
        )
        for part, rows in parts.items()
    )
    events = tuple(ChordEvent(tick, chord) for tick, chord in chords)
    return BandSong(name, parse_meter(meter), n_bars, tuple(BandSection(*row) for row in sections), events, tracks)
