"""A tune of which something is kept: the rhythm under new pitches, or the pitches on a new rhythm.

What is kept is a guarantee of the grammar: every token that would change it is masked. Pitches stay in their bars.
"""

from __future__ import annotations

import numpy as np

from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import own_content
from symbolic_music.tokens.grammar import Grammar, Limits
from symbolic_music.tokens.phrase import Note, PhraseJob, PhraseMusic
from symbolic_music.tokens.sung import SungGrammar

RHYTHM, PITCHES = "rhythm", "pitches"


def grammar_for(job: PhraseJob, limits: Limits) -> Grammar:
    """The grammar of a job: that of its part, or one that keeps what the limits say, or that sings words."""
    if limits.words is not None and limits.keep != RHYTHM:
        return SungGrammar(job, limits)
    return KeptGrammar(job, limits) if limits.keep else Grammar(job, limits)


class KeptGrammar(Grammar):
    """The legal next tokens of a tune that keeps its rhythm or its pitches, bar by bar."""

    def __init__(self, job: PhraseJob, limits: Limits) -> None:
        self._old = PhraseMusic(job.conditions.n_bars, job.bar_ticks, notes=limits.kept)
        super().__init__(job, limits)

    def _kinds(self) -> tuple[str, ...]:
        """Each bar holds as many notes as it held."""
        if self.kind in ("Bar", "Duration"):
            return ("Position",) if self._n_written() < len(self._bar()) else ("End",)
        return self.followers[self.kind]

    def _bar(self, ahead: int = 0) -> tuple[Note, ...]:
        """The old notes of the bar that is being written, or of one after it."""
        return self._old.notes_of_bar(len(self.bars) - 1 + ahead)

    def _n_written(self) -> int:
        """How many notes of this bar are written."""
        return sum(v.TYPE_OF[index] == "Duration" for index in own_content(self.bars[-1]))

    def _next(self) -> Note:
        """The old note whose place the next one takes."""
        return self._bar()[self._n_written()]

    def _allow_position(self, mask: np.ndarray) -> None:
        if self.limits.keep == RHYTHM:
            mask[v.token_id("Position", self._next()[0])] = True
            return
        super()._allow_position(mask)
        later = len(self._bar()) - self._n_written() - 1
        for index in v.IDS_OF_TYPE["Position"]:
            mask[index] &= int(v.VALUE_OF[index]) + (later + 1) * self.limits.finest_tick <= self._room()

    def _allow_pitch(self, mask: np.ndarray) -> None:
        if self.limits.keep == PITCHES:
            mask[v.token_id("Pitch", self._next()[2])] = True
        else:
            super()._allow_pitch(mask)

    def _allow_duration(self, mask: np.ndarray) -> None:
        if self.limits.keep == RHYTHM:
            mask[v.token_id("Duration", self._next()[1])] = True
            return
        super()._allow_duration(mask)
        later = len(self._bar()) - self._n_written() - 1
        if later or self._bar(1):
            for index in v.IDS_OF_TYPE["Duration"]:
                end = self.last_tick + int(v.VALUE_OF[index])
                mask[index] &= end + later * self.limits.finest_tick <= self._room()

    def _room(self) -> int:
        """Where this bar's notes must have ended, from its bar line."""
        return min(self.job.bar_ticks, self.end_tick - self._bar_start())
