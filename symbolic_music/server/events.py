"""What happens to jobs, as server-sent events: one stream for all of them, or of one until it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from symbolic_music.errors import InputError
from symbolic_music.server.jobs import ENDED, Bell, Event
from symbolic_music.server.service import Service

# Other servers on the same home ring no bell here.
_LOOK_SEC, _PING_SEC = 1.0, 15


def read_last_id(text: str | None) -> int | None:
    """Read a Last-Event-ID before the stream begins, so that a wrong one is an error and not a broken stream."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InputError(f"Last-Event-ID: {text[:40]!r} is no number of an event")
    return int(text)


def stream(service: Service, after: int, job_id: str | None, once: bool) -> EventSourceResponse:
    """Stream events after a number; with ``once`` only those that there are."""
    return EventSourceResponse(_events(service, after, job_id, once), ping=_PING_SEC)


async def follow(service: Service, after: int, job_id: str | None) -> AsyncIterator[list[Event]]:
    """Wait for events, and give them as they come; an empty list when there were none for a while."""
    with _woken(service.bell) as wake:
        while True:
            wake.clear()
            found = await run_in_threadpool(service.jobs.events, after, job_id)
            yield found
            if found:
                after = found[-1].number
                continue
            try:
                await asyncio.wait_for(wake.wait(), _LOOK_SEC)
            except TimeoutError:
                continue


async def _events(service: Service, after: int, job_id: str | None, once: bool) -> AsyncIterator[ServerSentEvent]:
    """Make the stream's messages."""
    async for found in follow(service, after, job_id):
        for event in found:
            data = json.dumps({"job_id": event.job_id, **event.data}, ensure_ascii=False)
            yield ServerSentEvent(data=data, event=event.kind, id=str(event.number))
        if job_id is not None and any(event.kind in ENDED for event in found):
            return
        if not found:
            if once:
                return
            if job_id is not None and (await run_in_threadpool(service.jobs.get, job_id)).is_ended:
                return


@contextmanager
def _woken(bell: Bell) -> Iterator[asyncio.Event]:
    """Have an event of this loop set whenever the bell rings."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def ring() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(wake.set)

    stop = bell.listen(ring)
    try:
        yield wake
    finally:
        stop()
