"""A stream that keeps ahead of its listener: how much is ready, what is due, and when a turn of the dial is heard.

The listener owns the clock. A bar or more is ready at all times, two seconds at least: the next phrase is begun three
times what the slowest one took of late before that. A turn of the dial takes back those bars that have not begun, from
the next phrase on. They are made anew if there is time for it before that phrase; if not, the band reacts with what is
written, at once, and the music itself follows with the phrase after.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from symbolic_music.games.bars import Effect, StreamBar
from symbolic_music.games.stream import Stream, Work

LEAST_SEC, SLOWEST_TIMES = 2.0, 3.0
# A bar must be with its player so long before it begins: its pushed notes sound early, and players plan ahead.
NOTICE_SEC = 0.15
# A phrase is made anew if there is so many times the time that the slowest one took.
_SAFE_TIMES = 1.5
_REMEMBERED = 12


class Ahead:
    """Bars made in time.

    Parameters
    ----------
    stream : Stream
        Where bars come from.
    clock : callable, optional
        Seconds, for measuring how long making takes.
    """

    def __init__(self, stream: Stream, clock: Callable[[], float] = time.perf_counter) -> None:
        self.stream, self._clock = stream, clock
        self._took_sec: dict[Work, deque[float]] = {
            work: deque(maxlen=_REMEMBERED) for work in Work if work != Work.CUT
        }
        self._first_sec = 0.0  # what the first phrase took, which loads the model: until there is another measure
        self._made_sec = 0.0  # where the last bar that was given ends, in seconds of music
        self._bar_sec = 0.0

    @property
    def slowest_sec(self) -> float:
        """What the slowest phrase of late took to make."""
        begun = self._took_sec[Work.BEGUN]
        return max((*begun, *self._took_sec[Work.PLAYED_ON])) if begun else self._first_sec

    @property
    def lead_sec(self) -> float:
        """How far ahead of the listener bars are made."""
        return max(self._bar_sec, LEAST_SEC) + SLOWEST_TIMES * self.slowest_sec

    def ready_sec(self, position_sec: float) -> float:
        """How much music is ready after a position."""
        return self._made_sec - position_sec

    def is_due(self, position_sec: float) -> bool:
        """Whether the next bar should be made now."""
        return self.ready_sec(position_sec) < self.lead_sec

    def make(self) -> StreamBar:
        """Make the next bar, whether due or not.

        A bar whose number was given before takes the place of that one, and of all after it.
        """
        began, is_made = self._clock(), self.stream.is_made
        bar = next(self.stream)
        if not is_made:
            self._remember(self._clock() - began)
        self._made_sec = (bar.quarter + bar.n_quarters) * 60 / bar.tempo_qpm
        self._bar_sec = bar.seconds
        return bar

    def turn(
        self, mood: str | None = None, intensity: float | None = None, position_sec: float | None = None
    ) -> Effect:
        """Turn the dial; tell when it will be heard.

        Parameters
        ----------
        mood, intensity : str, float, optional
            As `symbolic_music.games.stream.Stream.set`.
        position_sec : float, optional
            Where the listener is, in seconds of music: the turn is heard at the next phrase, and bars that were given
            are taken back for it. Without it, no bar is: the turn is heard at the next phrase of which none was given.

        Raises
        ------
        InputError
            As `symbolic_music.games.stream.Stream.set`.
        """
        effect = self.stream.set(mood, intensity)
        if position_sec is None or not self._bar_sec:
            return effect
        quarters_a_sec = self.stream.quarters_a_sec
        bar, quarter = self.stream.phrase_from(position_sec * quarters_a_sec)
        if bar >= effect.bar:
            return effect
        left_sec = quarter / quarters_a_sec - position_sec - NOTICE_SEC
        if left_sec < 0:
            effect = self.stream.react(bar + 1)
        elif left_sec < self._expected_sec(bar):
            effect = self.stream.react(bar)
        else:
            self.stream.take_back(bar)
            effect = Effect(bar, quarter, bar)
        self._made_sec = effect.quarter / quarters_a_sec
        return effect

    def _expected_sec(self, bar: int) -> float:
        """How long making a phrase anew for the dial may take."""
        return _SAFE_TIMES * max(self._took_sec[self.stream.work_for(bar)], default=self.slowest_sec)

    def _remember(self, seconds: float) -> None:
        """Remember what a phrase took."""
        if not self._bar_sec:
            self._first_sec = seconds
        elif self.stream.work in self._took_sec:
            self._took_sec[self.stream.work].append(seconds)
