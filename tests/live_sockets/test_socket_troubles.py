"""What the venue does to a socket on purpose, as a client's end sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from hive.app.venue_commands.options import VenueOptions
from hive.app.venue_commands.serving import venue_server
from hive.serving.line import LatencyProfile

WAIT_S_MAX = 10.0
SUBSCRIBE = {"method": "subscribe", "subscription": {"type": "l2Book", "coin": "BTC", "fast": True}}


class Client:
    """A foreign client with a socket."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def oracle(self, **request: Any) -> None:
        async with self._session.post(f"{self._url}/oracle", json=request) as reply:
            assert reply.status == 200, await reply.text()

    async def subscribed(self) -> aiohttp.ClientWebSocketResponse:
        ws = await self._session.ws_connect(f"{self._url}/ws", max_msg_size=0)
        await ws.send_json(SUBSCRIBE)
        for channel in ("subscriptionResponse", "l2Book"):
            assert (await self.next_frame(ws))["channel"] == channel
        return ws

    async def next_frame(self, ws: aiohttp.ClientWebSocketResponse) -> Any:
        message = await ws.receive(WAIT_S_MAX)
        assert message.type is WSMsgType.TEXT, message
        return json.loads(message.data)

    async def end(self, ws: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMessage:
        """The last message of a socket."""
        while True:
            message = await ws.receive(WAIT_S_MAX)
            if message.type is not WSMsgType.TEXT:
                return message


@asynccontextmanager
async def client(latency: LatencyProfile | None = None) -> AsyncIterator[Client]:
    server = venue_server(VenueOptions(port=0, names=("BTC",), latency=latency))
    port = await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Client(f"http://127.0.0.1:{port}", session)
    finally:
        await server.aclose()


@pytest.mark.parametrize("code", [1000, 1008, 1009, 1011])
def test_a_socket_is_closed_with_the_code_that_was_asked_for(code: int) -> None:
    async def scene() -> None:
        async with client() as one:
            ws = await one.subscribed()
            await one.oracle(type="closeSocket", code=code)
            last = await one.end(ws)
            assert (last.type, ws.close_code) == (WSMsgType.CLOSE, code)

    asyncio.run(scene())


@pytest.mark.parametrize("kind", ["tearSocket", "cutSocket"])
def test_a_socket_that_is_torn_or_cut_ends_without_a_word(kind: str) -> None:
    async def scene() -> None:
        async with client() as one:
            ws = await one.subscribed()
            await one.oracle(type=kind, holds="l2Book")
            last = await one.end(ws)
            assert last.type in (WSMsgType.CLOSED, WSMsgType.ERROR)
            assert ws.close_code == 1006

    asyncio.run(scene())


def test_a_half_open_socket_is_silent_and_another_one_is_not() -> None:
    async def scene() -> None:
        async with client() as one:
            deaf = await one.subscribed()
            await one.oracle(type="halfOpenSocket", connection=1)
            await deaf.send_json({"method": "ping"})
            other = await one.subscribed()
            assert (await one.next_frame(other))["channel"] == "l2Book"
            with pytest.raises(asyncio.TimeoutError):
                await deaf.receive(0.05)

    asyncio.run(scene())


def test_oversize_and_error_frames_come_between_the_others() -> None:
    async def scene() -> None:
        async with client() as one:
            ws = await one.subscribed()
            await one.oracle(type="errorFrame", text="too many pending post requests id=3")
            await one.oracle(type="oversizeFrame", bytes=2_000_000)
            frames = [await one.next_frame(ws) for _ in range(2)]
            assert frames[0] == {"channel": "error", "data": "too many pending post requests id=3"}
            assert len(frames[1]["data"]["notification"]) > 1_900_000

    asyncio.run(scene())


def test_a_long_line_delays_acks_and_answers_and_keeps_their_order() -> None:
    async def scene() -> None:
        async with client(LatencyProfile(base_ms=80)) as one:
            loop = asyncio.get_running_loop()
            began = loop.time()
            ws = await one.subscribed()
            assert loop.time() - began >= 0.15
            for _ in range(5):
                await ws.send_json({"method": "ping"})
            channels = [(await one.next_frame(ws))["channel"] for _ in range(5)]
            assert set(channels) <= {"pong", "l2Book"}

    asyncio.run(scene())
