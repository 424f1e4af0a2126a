"""A stream that keeps ahead of its listener: how much is ready, what is due, and when a turn of the dial is heard.

The listener owns the clock. Bars are ready before they are due by at least a bar, two seconds, and three times what the
slowest phrase took so far; no more, since what is ready does not hear the dial any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from symbolic_music.games.stream import Effect, Stream, StreamBar

LEAST_SEC, SLOWEST_TIMES = 2.0, 3.0


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
        self.slowest_sec = 0.0
        self._made_sec = 0.0  # where the last bar that was given ends, in seconds of music
        self._bar_sec = 0.0

    @property
    def lead_sec(self) -> float:
        """How far ahead of the listener bars are made."""
        return max(self._bar_sec, LEAST_SEC, SLOWEST_TIMES * self.slowest_sec)

    def ready_sec(self, position_sec: float) -> float:
        """How much music is ready after a position."""
        return self._made_sec - position_sec

    def is_due(self, position_sec: float) -> bool:
        """Whether the next bar should be made now."""
        return self.ready_sec(position_sec) < self.lead_sec

    def make(self) -> StreamBar:
        """Make the next bar, whether due or not."""
        began = self._clock()
        bar = next(self.stream)
        self.slowest_sec = max(self.slowest_sec, self._clock() - began)
        self._made_sec += bar.seconds
        self._bar_sec = bar.seconds
        return bar

    def turn(self, mood: str | None = None, intensity: float | None = None) -> Effect:
        """Turn the dial; see `symbolic_music.games.stream.Stream.set`."""
        return self.stream.set(mood, intensity)
