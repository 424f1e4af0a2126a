"""The chords of a song by tick and by phrase, and which of them a note of a figure belongs to.

A note belongs to the chord at its onset; one that rings over the bar line to the next bar's
(``ahead``), one struck up to an eighth before a change and held over it to the chord that comes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.spans import Slot
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ
from symbolic_music.tokens.phrase import ChordRow, PhraseMusic
from symbolic_music.tokens.vocabulary import nearest_duration

# A chord may come so much early.
ANTICIPATION = TPQ // 2


class Harmony:
    """A lead sheet's chords, keys and tune, looked up by tick; ``given`` are bars whose chords the user wrote."""

    def __init__(self, sheet: LeadSheet, given: Collection[int] = ()) -> None:
        self._given = frozenset(given)
        self._ticks = [event.onset_tick for event in sheet.chords]
        self._chords = [event.chord for event in sheet.chords]
        self._sheet = sheet
        self.end_tick = sheet.end_tick
        self.changes = self._changes()
        self._tune: np.ndarray = sheet.melody

    def _changes(self) -> list[int]:
        """Where another chord begins."""
        pairs = zip(self._ticks, [None, *self._chords], self._chords, strict=False)
        return [tick for tick, before, chord in pairs if chord != before]

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that sounds at a tick."""
        index = bisect_right(self._ticks, tick) - 1
        return self._chords[index] if index >= 0 else None

    def is_given(self, tick: int) -> bool:
        """Whether the user wrote the chord at a tick."""
        return self._sheet.lines.bar_at(tick) in self._given

    def key_at(self, tick: int) -> Key:
        """The key at a tick."""
        return self._sheet.key_at(self._sheet.lines.bar_at(tick))

    def changes_in(self, start: int, end: int) -> Sequence[int]:
        """Changes after ``start`` and before ``end``."""
        return self.changes[bisect_right(self.changes, start) : bisect_left(self.changes, end)]

    def place_of(self, onset: int, end: int, bar_end: int, is_ahead: bool) -> int:
        """The tick whose chord a note belongs to."""
        if is_ahead and bar_end < self.end_tick:
            return bar_end
        coming = [tick for tick in self.changes_in(onset, min(end, bar_end)) if tick - onset <= ANTICIPATION]
        return next((tick for tick in coming[-1:] if end - tick >= tick - onset), onset)

    def sung_in(self, start: int, end: int) -> frozenset[int]:
        """Pitch classes that the tune sings in a span."""
        tune = self._tune
        inside = (tune["onset_tick"] < end) & (tune["onset_tick"] + tune["duration_tick"] > start)
        return frozenset((tune["pitch"][inside] % 12).tolist())


def harmony_of(sheet: LeadSheet, slot: Slot) -> PhraseMusic:
    """A phrase's chords from the lead sheet, relative to C major / A minor."""
    shift, start, end = slot.section.key.tonic_shift, slot.start_tick, slot.end_tick
    rows: list[ChordRow] = []
    sounding = sheet.chord_at(start)
    events = [(0, sounding)] if sounding is not None else []
    events += [(e.onset_tick - start, e.chord) for e in sheet.chords if start < e.onset_tick < end]
    for tick, chord in events:
        moved = chord.transpose(-shift)
        rows.append((tick, moved.root, moved.quality, moved.bass))
    return PhraseMusic(slot.phrase.n_bars, slot.meter.bar_ticks, tuple(rows))


def tune_of(sheet: LeadSheet, slot: Slot, harmony: PhraseMusic) -> PhraseMusic:
    """A phrase's tune from the lead sheet, relative to C major / A minor, with its chords."""
    shift, start, end = slot.section.key.tonic_shift, slot.start_tick, slot.end_tick
    notes = tuple(
        (int(on) - start, nearest_duration(int(min(length, end - on))), int(pitch) - shift)
        for on, length, pitch, _ in sheet.melody.tolist()
        if start <= on < end
    )
    return replace(harmony, notes=notes)
