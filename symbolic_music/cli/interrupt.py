"""Ctrl-C that is not lost: libraries sometimes swallow the interruption, above all while they are imported."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_seen = threading.Event()


@contextmanager
def watched() -> Iterator[None]:
    """Remember a Ctrl-C for `check`, besides raising it; leaves an ignored one ignored."""
    _seen.clear()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def check() -> None:
    """Raise the interruption again if it was swallowed."""
    if _seen.is_set():
        raise KeyboardInterrupt


def was_seen() -> bool:
    """Whether Ctrl-C came: a library that was being imported then may have failed in another way because of it."""
    return _seen.is_set()


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Remember the interruption, then raise it."""
    _seen.set()
    raise KeyboardInterrupt
