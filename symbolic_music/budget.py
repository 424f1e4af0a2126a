"""What one request may use, for whatever stands behind a web form: time, memory, size of files; how it is cancelled.

A `Watch` is made when a request begins. Its ``progress`` goes where a verb takes a progress callback: each report
checks the time and whether somebody has cancelled, and ends the verb with `StoppedError`; no half-written file is left.
What may crash or grow in a library (a soundfont of unknown origin) runs in a process of its own, see
`symbolic_music.rendering.apart`, which `limit_process` bounds.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from symbolic_music.errors import InputError, StoppedError

THREADS_VARIABLE = "SYMBOLIC_MUSIC_THREADS"
# Told how far something is: the stage, what is done of it, and how much there is.
Progress = Callable[[str, int, int], None]


def count_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_threads(most: int) -> int:
    """How many threads share one piece of work: ``SYMBOLIC_MUSIC_THREADS``, else one a core, up to ``most``.

    Parameters
    ----------
    most : int
        More than these do not pay; whoever sets the variable may ask for more.
    """
    asked = os.environ.get(THREADS_VARIABLE, "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return min(most, count_cores())


def end_with_parent() -> None:
    """Let a worker process end as soon as the process that started it is gone, even where that was killed.

    A pool's workers would otherwise finish what they have and wait for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@dataclass(frozen=True)
class Budget:
    """The most that one request may use.

    Parameters
    ----------
    seconds : float
        Of the clock, for the whole request.
    memory_mb : int
        Address space of a process of its own, in units of 2**20 bytes; where the system can bound it (not on Windows).
    output_mb : int
        Size of one written file.
    """

    seconds: float = 300.0
    memory_mb: int = 2048
    output_mb: int = 512

    def __post_init__(self) -> None:
        """Refuse a budget that allows nothing."""
        for name in ("seconds", "memory_mb", "output_mb"):
            if not getattr(self, name) > 0:
                raise InputError(f"budget: {name} is {getattr(self, name)}; use a number above 0")


@dataclass(frozen=True)
class Watch:
    """One request's clock, and a switch that cancels it from any thread."""

    budget: Budget = field(default_factory=Budget)
    cancelled: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)

    def cancel(self) -> None:
        """Ask for the end; the request ends at its next report of progress."""
        self.cancelled.set()

    @property
    def seconds_left(self) -> float:
        """What is left of the time."""
        return self.budget.seconds - (time.monotonic() - self.started)

    def check(self) -> None:
        """Go on, or end.

        Raises
        ------
        StoppedError
            If somebody has cancelled, or the time is used up.
        """
        if self.cancelled.is_set():
            raise StoppedError("cancelled; nothing was written")
        if self.seconds_left <= 0:
            raise StoppedError(
                f"it took more than {self.budget.seconds:g} seconds; nothing was written", "ask for a shorter song"
            )

    def progress(self, inner: Callable[..., None] | None = None) -> Callable[..., None]:
        """Make a progress callback, of a stage or of rendering, that checks at each report."""

        def report(*done: object) -> None:
            self.check()
            if inner is not None:
                inner(*done)

        return report


def limit_process(budget: Budget) -> None:
    """Bound the process that this is called in, for good: memory, processor time, size of files, no dump of memory.

    Where the system has no such bounds (Windows), only the caller's clock counts.
    """
    if sys.platform == "win32":
        return
    import resource

    wanted = (
        (resource.RLIMIT_AS, budget.memory_mb * 2**20),
        (resource.RLIMIT_CPU, int(budget.seconds) + 1),
        (resource.RLIMIT_FSIZE, budget.output_mb * 2**20),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in wanted:
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (OSError, ValueError):
            continue  # macOS refuses some of them; the caller's clock still counts
