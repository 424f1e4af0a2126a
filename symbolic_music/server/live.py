"""Bars as they are made, over a WebSocket, and over OSC to programs on this network.

WebSocket messages are JSON. Out: ``hello`` (what will come), ``bar``, ``dial_ack`` (when a turn is heard), ``problem``,
``bye``. In: ``dial`` (mood, intensity, id) and ``pos`` (the second of music that is heard now). A client that says no
position for ten seconds is taken to play from the first bar on by itself; one that says a position is waited for. A
``bar`` whose number came before takes the place of that one and of all after it: a turn of the dial was heard.

OSC, one flat message each, in time for the beat that it names (bundles of the future fill some receivers' memory):
``/sm/bar n quarter tempo meter key section mood intensity``, ``/sm/note part pitch velocity quarter length``,
``/sm/part n name program drum``; a bar that comes again takes the place of all notes from its quarter on. In:
``/sm/dial/intensity f``, ``/sm/dial/mood s``, ``/sm/transport stop``.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import AsyncIOOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient
from starlette.concurrency import run_in_threadpool

from symbolic_music.errors import InputError, SymbolicMusicError
from symbolic_music.games.bars import StreamBar
from symbolic_music.pipeline.ahead import Ahead
from symbolic_music.pipeline.stream import StreamOptions, open_stream

router = APIRouter()
MOST_STREAMS = 4
_SILENT_SEC, _LOOK_SEC = 10.0, 0.1


class _Listener:
    """Where a listener is: as it says, else by the clock from the first bar on."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._said: tuple[float, float] | None = None

    def start(self) -> None:
        """Count from now."""
        if self._started is None:
            self._started = time.monotonic()

    def say(self, seconds: float) -> None:
        """Take a position."""
        self._said = (time.monotonic(), seconds)

    @property
    def position_sec(self) -> float:
        """The second of music that is heard now; one that was said goes on for ten seconds, then waits."""
        now = time.monotonic()
        if self._said is not None:
            return self._said[1] + min(now - self._said[0], _SILENT_SEC)
        return 0.0 if self._started is None else now - self._started


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    """Send bars ahead of the listener until it goes; the address says the stream's options."""
    counts = socket.app.state
    counts.n_live = getattr(counts, "n_live", 0)
    await socket.accept()
    if counts.n_live >= MOST_STREAMS:
        await _end(socket, f"{MOST_STREAMS} streams are playing, and no more may")
        return
    counts.n_live += 1
    try:
        options = stream_options(dict(socket.query_params))
        ahead = Ahead(await run_in_threadpool(open_stream, options))
        await _play(socket, ahead)
    except SymbolicMusicError as failure:
        await _end(socket, str(failure))
    except (WebSocketDisconnect, RuntimeError):
        return
    finally:
        counts.n_live -= 1


def stream_options(said: dict[str, str]) -> StreamOptions:
    """Read a stream's options from texts.

    Raises
    ------
    InputError
        If there is no such option, or a number is none.
    """
    known: dict[str, Callable[[str], Any]] = {
        "style": str, "mood": str, "intensity": float, "key": str, "tempo_qpm": float, "seed": int,
    }  # fmt: skip
    fields = {}
    for name, text in said.items():
        if name == "token":
            continue
        if name not in known:
            raise InputError(f"{name[:40]!r} is no option of a stream", f"use {', '.join(known)}")
        try:
            fields[name] = known[name](text)
        except ValueError:
            raise InputError(f"{name}: {text[:40]!r} is no number") from None
    return StreamOptions(**fields)


async def _play(socket: WebSocket, ahead: Ahead) -> None:
    """Send and listen at the same time; the first of them that ends, ends both."""
    listener = _Listener()
    lock = asyncio.Lock()
    tasks = [asyncio.create_task(_send(socket, ahead, listener, lock)),
             asyncio.create_task(_listen(socket, ahead, listener, lock))]  # fmt: skip
    try:
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    # Not gather: its cancellation would be the task's own, which the server that cancels us does not know as its own.
    await asyncio.wait(tasks)
    failures = [task.exception() for task in (*done, *waiting) if not task.cancelled()]
    for failure in failures:
        if failure is not None:
            raise failure


async def _send(socket: WebSocket, ahead: Ahead, listener: _Listener, lock: asyncio.Lock) -> None:
    """Send bars while they are due."""
    is_first, n_parts = True, 0
    while True:
        if not ahead.is_due(listener.position_sec):
            await asyncio.sleep(_LOOK_SEC)
            continue
        async with lock:
            bar = await run_in_threadpool(ahead.make)
        parts = ahead.stream.parts
        if is_first or len(parts) > n_parts:
            n_parts = len(parts)
            said = {"version": 1, "tempo_qpm": bar.tempo_qpm, "meter": bar.meter, "key": bar.key}
            listed = [dataclasses.asdict(part) for part in parts]
            await socket.send_text(json.dumps({"type": "hello" if is_first else "parts", **said, "parts": listed}))
            is_first = False
        buffered = round(ahead.ready_sec(listener.position_sec), 3)
        await socket.send_text(json.dumps({"type": "bar", **bar_data(bar), "ready_sec": buffered}))
        listener.start()


async def _listen(socket: WebSocket, ahead: Ahead, listener: _Listener, lock: asyncio.Lock) -> None:
    """Take turns of the dial and positions."""
    while True:
        try:
            said = json.loads(await socket.receive_text())
            kind = said["type"]
            if kind == "pos":
                listener.say(float(said["seconds"]))
            elif kind == "dial":
                mood, intensity = said.get("mood"), said.get("intensity")
                async with lock:
                    level = None if intensity is None else float(intensity)
                    effect = ahead.turn(mood, level, listener.position_sec)
                told = {"type": "dial_ack", "id": said.get("id"), **dataclasses.asdict(effect)}
                await socket.send_text(json.dumps(told))
            else:
                raise InputError(f"message {str(kind)[:40]!r} is not known", "send dial or pos")
        except SymbolicMusicError as failure:
            await socket.send_text(json.dumps({"type": "problem", "title": str(failure)}))
        except (ValueError, TypeError, KeyError, AttributeError):
            await socket.send_text(json.dumps({"type": "problem", "title": "the message cannot be read"}))


async def _end(socket: WebSocket, why: str) -> None:
    """Say why there is no more, and close."""
    await socket.send_text(json.dumps({"type": "problem", "title": why}))
    await socket.close(1013)


def bar_data(bar: StreamBar) -> dict[str, Any]:
    """Say a bar as plain data: notes as lists of part, start, length, pitch, velocity."""
    said = {field.name: getattr(bar, field.name) for field in dataclasses.fields(bar) if field.name != "notes"}
    return said | {
        "seconds": round(bar.seconds, 6),
        "notes": [
            [note.part, round(note.start, 4), round(note.length, 4), note.pitch, note.velocity] for note in bar.notes
        ],
    }


async def play_over_osc(
    options: StreamOptions, target: tuple[str, int], listen: tuple[str, int] | None, seconds: float | None = None
) -> None:
    """Play a stream in real time to an OSC receiver.

    Parameters
    ----------
    options : StreamOptions
        What is played.
    target : tuple of str and int
        Host and port that messages go to.
    listen : tuple of str and int, optional
        Host and port that turns of the dial are taken at.
    seconds : float, optional
        Ends by itself then.

    Raises
    ------
    InputError
        If the stream cannot be played.
    """
    client = SimpleUDPClient(*target)
    ahead = Ahead(await run_in_threadpool(open_stream, options))
    stopped = asyncio.Event()
    lock = asyncio.Lock()
    listener = _Listener()
    transport = None
    if listen is not None:
        dispatcher = _dispatcher(ahead, client, lock, stopped, listener)
        server = AsyncIOOSCUDPServer(listen, dispatcher, asyncio.get_running_loop())  # type: ignore[arg-type]
        transport, _ = await server.create_serve_endpoint()
    try:
        await _send_osc(client, ahead, lock, stopped, listener, seconds)
    finally:
        if transport is not None:
            transport.close()


def _dispatcher(
    ahead: Ahead, client: SimpleUDPClient, lock: asyncio.Lock, stopped: asyncio.Event, listener: _Listener
) -> Dispatcher:
    """Take turns of the dial."""
    waiting: set[asyncio.Task[None]] = set()

    async def turn(mood: str | None, intensity: float | None) -> None:
        async with lock:  # not while a phrase is made
            try:
                effect = ahead.turn(mood, intensity, listener.position_sec)
            except InputError as failure:
                client.send_message("/sm/problem", str(failure))
                return
        client.send_message("/sm/dial/ack", [effect.bar, effect.quarter, effect.full_bar])

    def later(mood: str | None, intensity: float | None) -> None:
        task = asyncio.get_running_loop().create_task(turn(mood, intensity))
        waiting.add(task)
        task.add_done_callback(waiting.discard)

    def on_intensity(address: str, *values: Any) -> None:
        if values and isinstance(values[0], (int, float)):
            later(None, float(values[0]))

    def on_mood(address: str, *values: Any) -> None:
        if values:
            later(str(values[0]), None)

    def on_transport(address: str, *values: Any) -> None:
        if values and str(values[0]) == "stop":
            stopped.set()

    made = Dispatcher()
    made.map("/sm/dial/intensity", on_intensity)
    made.map("/sm/dial/mood", on_mood)
    made.map("/sm/transport", on_transport)
    return made


async def _send_osc(
    client: SimpleUDPClient, ahead: Ahead, lock: asyncio.Lock, stopped: asyncio.Event, listener: _Listener,
    seconds: float | None,
) -> None:  # fmt: skip
    """Send each bar a little before its beat, with all its notes."""
    n_parts, sent_sec = 0, 0.0
    while not stopped.is_set() and (seconds is None or sent_sec < seconds):
        if not ahead.is_due(listener.position_sec):
            await asyncio.sleep(0.02)
            continue
        async with lock:
            bar = await run_in_threadpool(ahead.make)
        for number, part in enumerate(ahead.stream.parts[n_parts:], n_parts):
            client.send_message("/sm/part", [number, part.name, part.program, int(part.is_drum)])
        n_parts = len(ahead.stream.parts)
        client.send_message(
            "/sm/bar",
            [bar.number, bar.quarter, bar.tempo_qpm, bar.meter, bar.key, bar.section, bar.mood, float(bar.intensity)],
        )
        for note in bar.notes:
            message = [note.part, note.pitch, note.velocity, float(bar.quarter + note.start), float(note.length)]
            client.send_message("/sm/note", message)
        listener.start()
        sent_sec = (bar.quarter + bar.n_quarters) * 60 / bar.tempo_qpm
    client.send_message("/sm/transport", "stop")
