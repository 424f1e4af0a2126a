"""Live bars: over a WebSocket with a dial, and over OSC."""

from __future__ import annotations

import asyncio
import json
import socket

import anyio
import pytest
from fastapi import WebSocketDisconnect
from fastapi.testclient import TestClient
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from symbolic_music.pipeline.ahead import Ahead
from symbolic_music.pipeline.stream import StreamOptions, open_stream
from symbolic_music.server.live import _play, play_over_osc

HOST = {"Host": "127.0.0.1:8765"}
pytestmark = pytest.mark.usefixtures("small_model")


def test_bars_come_ahead_and_the_dial_is_acknowledged(client: TestClient) -> None:
    with client.websocket_connect("/api/live?style=bossa nova&seed=1", headers=HOST) as live:
        hello = live.receive_json()
        assert hello["type"] == "hello" and hello["parts"][0]["name"]
        first = live.receive_json()
        assert first["type"] == "bar" and first["number"] == 0 and len(first["notes"][0]) == 5
        live.send_text(json.dumps({"type": "dial", "intensity": 0.9, "id": 7}))
        live.send_text("{broken")
        live.send_text(json.dumps({"type": "dial", "mood": "grumpy"}))
        live.send_text(json.dumps({"type": "pos", "seconds": 6.0}))
        bars, others = [first], []
        while bars[-1].get("intensity") != 0.9 or len(others) < 3:
            said = live.receive_json()
            (bars if said["type"] == "bar" else others).append(said)
        answers = [said for said in others if said["type"] != "parts"]
        quarter = 4 * first["n_quarters"]
        assert answers[0] == {"type": "dial_ack", "id": 7, "bar": 4, "quarter": quarter, "full_bar": 4}
        assert [said["type"] for said in answers[1:3]] == ["problem", "problem"]
        # A bar that came before comes again, and takes the place of that one and of all after it.
        held = {bar["number"]: bar["intensity"] for bar in bars if bar["number"] <= bars[-1]["number"]}
        assert held == {0: 0.4, 1: 0.4, 2: 0.4, 3: 0.4, 4: 0.9}


class _Leaving:
    """A listener who goes, while the server ends what it still sends."""

    def __init__(self, scope: anyio.CancelScope) -> None:
        self._scope, self._is_sending = scope, asyncio.Event()

    async def receive_text(self) -> str:
        await self._is_sending.wait()
        raise WebSocketDisconnect

    async def send_text(self, text: str) -> None:
        self._is_sending.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self._scope.cancel()
            raise


def test_a_listener_who_leaves_while_the_server_ends_is_no_fault() -> None:
    async def leave() -> bool:
        ahead = Ahead(open_stream(StreamOptions(style="bossa nova", seed=1)))
        with anyio.CancelScope() as scope:
            await _play(_Leaving(scope), ahead)
        return scope.cancelled_caught

    assert asyncio.run(leave())


def test_a_stream_that_cannot_be_is_said(client: TestClient) -> None:
    with client.websocket_connect("/api/live?style=bosa nova", headers=HOST) as live:
        assert "bossa nova" in live.receive_json()["title"]
    with client.websocket_connect("/api/live?path=/etc", headers=HOST) as live:
        assert "no option of a stream" in live.receive_json()["title"]


def test_bars_go_out_over_osc_and_the_dial_comes_in() -> None:
    async def play() -> list[OscMessage]:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            own = free.getsockname()
        playing = asyncio.create_task(
            play_over_osc(StreamOptions(style="bossa nova", seed=1), receiver.getsockname(), own)
        )
        found: list[OscMessage] = []
        loop = asyncio.get_running_loop()
        answers = {"/sm/bar": ("/sm/dial/intensity", 0.8), "/sm/dial/ack": ("/sm/transport", "stop")}
        while not found or found[-1].address != "/sm/transport":
            found.append(OscMessage(await asyncio.wait_for(loop.sock_recv(receiver, 4096), 60)))
            address, value = answers.pop(found[-1].address, (None, None))
            if address is not None:
                message = OscMessageBuilder(address)
                message.add_arg(value)
                receiver.sendto(message.build().dgram, own)
        await playing
        receiver.close()
        return found

    found = asyncio.run(play())
    bars = [message.params for message in found if message.address == "/sm/bar"]
    assert [bar[0] for bar in bars] == list(range(len(bars))) and bars
    notes = [message.params for message in found if message.address == "/sm/note"]
    assert all(0 <= pitch < 128 and 0 < velocity < 128 and length > 0 for _, pitch, velocity, _, length in notes)
    assert any(message.address == "/sm/part" for message in found)
    told = [message.params for message in found if message.address == "/sm/dial/ack"]
    assert told == [(4, 16.0, 4)] or told == [[4, 16.0, 4]]
