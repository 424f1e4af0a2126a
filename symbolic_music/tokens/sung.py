"""A tune to words: as many notes as the words ask for, their stresses where the meter has them.

Every token after which the words that are left would have no room, or would fall too badly, is masked: what may be
spent beside the best rhythm is a budget (`song.scansion`). So a phrase has its notes by the grammar alone, and even
untrained weights sing every syllable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbolic_music.errors import ConstraintError
from symbolic_music.song.scansion import Scansion
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.grammar import Grammar, Limits
from symbolic_music.tokens.phrase import Note, PhraseJob

# What a rhythm may cost more than the best one: a part for every note, and some to begin with.
_SLACK_PER_NOTE, _SLACK = 0.05, 0.35
# What lies above a question's last note but one: whatever the chord, a tone of it is in so many semitones.
_ROOM_TO_RISE = 5
_POSITIONS = np.array(v.POSITIONS)
_DURATIONS = np.array(v.DURATIONS)
_PITCHES = np.arange(v.LOWEST_PITCH, v.HIGHEST_PITCH + 1)


class SungGrammar(Grammar):
    """The legal next tokens of a tune that has words.

    Raises
    ------
    ConstraintError
        If the words have no room in the phrase.
    """

    def __init__(self, job: PhraseJob, limits: Limits) -> None:
        scansion = limits.words
        assert scansion is not None
        self._words: Scansion = scansion
        self._n_sung, self._last, self._spent = 0, -1, 0.0
        self._before_last = -1
        self._budget = scansion.least + _SLACK + _SLACK_PER_NOTE * scansion.n_notes
        if not np.isfinite(self._budget):
            raise ConstraintError(
                f"{scansion.line.text!r}: {scansion.n_notes} notes have no room in {scansion.room.n_bars} bars",
                "give the line more bars, or fewer words",
            )
        super().__init__(job, limits)

    def _kinds(self) -> tuple[str, ...]:
        """A bar ends only where the notes that are left have room behind it, the last one when all are sung."""
        if self.rhythm is not None:
            return super()._kinds()
        followers = self.followers[self.kind]
        if self._n_sung == self._words.n_notes and "End" in followers:
            return ("End",)
        return followers

    def _allow_end(self, mask: np.ndarray) -> None:
        is_last = len(self.bars) >= self.job.conditions.n_bars
        next_line = self._bar_start() + self.job.bar_ticks if self.bars else 0
        if self._n_sung == self._words.n_notes or (not is_last and self._can_go_on(next_line)):
            super()._allow_end(mask)

    def _allow_upbeat(self, mask: np.ndarray) -> None:
        places = self._words.places
        mask[v.UPBEAT] = self._cheapest(places[places < 0]) <= self._budget

    def _allow_position(self, mask: np.ndarray) -> None:
        super()._allow_position(mask)
        ids = v.slice_of("Position")
        onsets = self._bar_start() + _POSITIONS
        mask[ids] &= self._costs(onsets) <= self._budget

    def _allow_duration(self, mask: np.ndarray) -> None:
        """Notes last no longer than the words that are left can wait."""
        super()._allow_duration(mask)
        if self._n_sung == self._words.n_notes:
            return
        onset = self._bar_start() + self.last_tick
        ids = v.slice_of("Duration")
        for place in np.flatnonzero(mask[ids]):
            if not self._can_go_on(onset + int(_DURATIONS[place])):
                mask[ids.start + place] = False

    def _allow_pitch(self, mask: np.ndarray) -> None:
        """A question ends on a higher note than the one before, which leaves room for it."""
        super()._allow_pitch(mask)
        if not self._words.line.is_question:
            return
        # A rhythm's notes are counted when it is chosen, others one by one.
        later = self._words.n_notes - self._n_sung + (len(self.rhythm) - 1 if self.rhythm is not None else 0)
        ids = v.slice_of("Pitch")
        wanted = mask[ids]
        if later == 0 and self._before_last >= 0:
            wanted = wanted & (self._before_last < _PITCHES)
        elif later == 1:
            wanted = wanted & (self.limits.highest - _ROOM_TO_RISE >= _PITCHES)
        if wanted.any():
            mask[ids] = wanted

    def _may_copy(self, index: int) -> bool:
        return super()._may_copy(index) and np.isfinite(self._cost_of_copy(self._copied(index)[1]))

    def _cost_of_copy(self, notes: Sequence[Note]) -> float:
        """What is spent when a bar's notes are sung; infinite where words and copy do not fit each other."""
        spent, last, number = self._spent, self._last, self._n_sung
        where = {int(tick): place for place, tick in enumerate(self._words.places)}
        for onset, _, _ in notes:
            tick = self._bar_start() + onset
            if number >= self._words.n_notes or tick not in where:
                return float("inf")
            spent += float(self._words.node_costs[number, where[tick]]) + self._gap(last, tick, number)
            last, number = tick, number + 1
        end = max([self.busy_until, *(self._bar_start() + on + length for on, length, _ in notes)])
        if number < self._words.n_notes:
            if len(self.bars) >= self.job.conditions.n_bars:
                return float("inf")
            rest = self._rest(max(end, self._bar_start() + self.job.bar_ticks), last, number)
        else:
            rest = 0.0
            before = notes[-2][2] if len(notes) > 1 else self._before_last
            if self._words.line.is_question and notes[-1][2] <= before:
                return float("inf")
        return spent if spent + rest <= self._budget else float("inf")

    def _advance(self, index: int) -> None:
        kind = v.TYPE_OF[index]
        if kind in ("Same", "Ref", "Figure", "Rhythm"):
            notes = self._copied(index)[1]
            self._spent = self._cost_of_copy(notes)
            self._n_sung += len(notes)
            self._last = self._bar_start() + notes[-1][0]
            if kind != "Rhythm":
                self._before_last = notes[-1][2]
        elif kind == "Position":
            tick = self._bar_start() + int(v.VALUE_OF[index])
            place = int(np.searchsorted(self._words.places, tick))
            self._spent += float(self._words.node_costs[self._n_sung, place]) + self._gap(
                self._last, tick, self._n_sung
            )
            self._n_sung, self._last = self._n_sung + 1, tick
        elif kind == "Pitch":
            self._before_last = int(v.VALUE_OF[index])
        super()._advance(index)

    def _gap(self, before: int, tick: int, number: int) -> float:
        """What the way from the note before costs."""
        return float(self._words.gap_cost(np.array(before), np.array(tick))) if number else 0.0

    def _costs(self, onsets: np.ndarray) -> np.ndarray:
        """What the whole line costs at least if its next note begins at each of these ticks."""
        costs = np.full(len(onsets), np.inf)
        if self._n_sung >= self._words.n_notes:
            return costs
        at = np.searchsorted(self._words.places, onsets)
        at = np.minimum(at, len(self._words.places) - 1)
        known = self._words.places[at] == onsets
        to_go = self._words.to_go[self._n_sung, at]
        gaps = self._words.gap_cost(np.array(self._last), onsets) if self._n_sung else 0.0
        return np.where(known, self._spent + to_go + gaps, np.inf)

    def _cheapest(self, onsets: np.ndarray) -> float:
        """The least of those costs."""
        return float(self._costs(onsets).min()) if len(onsets) else float("inf")

    def _can_go_on(self, tick: int) -> bool:
        """Whether the words that are left have room from a tick on."""
        places = self._words.places
        return self._cheapest(places[places >= tick]) <= self._budget

    def _rest(self, tick: int, last: int, number: int) -> float:
        """What the notes from a number on cost at least from a tick on."""
        places = self._words.places
        later = places >= tick
        if not later.any():
            return float("inf")
        return float((self._words.to_go[number, later] + self._words.gap_cost(np.array(last), places[later])).min())
