"""The server's shell over real sockets of this machine."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from tests.unit.serving.scripted_venue import ScriptedVenue, envelope

from hive.domain.errors import Busy
from hive.runtime.clock import SystemClock
from hive.serving.outlets import SEND_BUFFER_BYTES_MAX
from hive.serving.port import NO_ANSWER, Reply
from hive.serving.web_server import VenueServer

BBO = '{"type":"bbo","coin":"BTC"}'
SUBSCRIBE = f'{{"method":"subscribe","subscription":{BBO}}}'
TURNS_MAX = 200_000


class Wire:
    """A served venue and a client's session."""

    def __init__(
        self, venue: ScriptedVenue, server: VenueServer, port: int, http: aiohttp.ClientSession
    ) -> None:
        self.venue = venue
        self.server = server
        self.http = http
        self.url = f"http://127.0.0.1:{port}"

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop turn until it holds."""
        for _ in range(TURNS_MAX):
            if holds():
                return
            await asyncio.sleep(0)
        pytest.fail("it never came to hold")


@asynccontextmanager
async def serving() -> AsyncIterator[Wire]:
    venue = ScriptedVenue()
    server = VenueServer(venue, SystemClock())
    port = await server.start()
    http = aiohttp.ClientSession()
    try:
        yield Wire(venue, server, port, http)
    finally:
        await http.close()
        await server.aclose()


def run(scenario: Callable[[Wire], Awaitable[None]]) -> None:
    async def main() -> None:
        async with serving() as wire:
            await scenario(wire)

    asyncio.run(main())


def test_http_carries_status_body_and_kind() -> None:
    async def scenario(wire: Wire) -> None:
        async with wire.http.post(wire.url + "/info", json={"type": "meta"}) as reply:
            assert (reply.status, reply.content_type) == (200, "application/json")
            assert await reply.json() == {"a": 1}
        async with wire.http.post(wire.url + "/info", json={"type": "noSuch"}) as reply:
            assert (reply.status, reply.content_type) == (422, "text/plain")
        async with wire.http.post(wire.url + "/info", data=b"{}") as reply:
            assert reply.status == 415
        async with wire.http.post(wire.url + "/oracle", json={"type": "truth"}) as reply:
            assert await reply.json() == {"type": "truth"}
        large = io.BytesIO(b" " * (2 << 20))
        async with wire.http.post(wire.url + "/info", data=large) as reply:
            assert reply.status == 413

    run(scenario)


def test_an_action_is_answered_when_its_block_is_done() -> None:
    async def scenario(wire: Wire) -> None:
        wire.venue.exchange_reply = None

        async def post() -> str:
            async with wire.http.post(wire.url + "/exchange", json=envelope()) as reply:
                return await reply.text()

        posting = asyncio.ensure_future(post())
        await wire.until(lambda: len(wire.venue.open_answers) == 1)
        assert not posting.done()
        wire.venue.open_answers[0](Reply(200, b'{"status":"ok"}'))
        assert await posting == '{"status":"ok"}'

    run(scenario)


def test_a_lost_answer_closes_the_connection() -> None:
    async def scenario(wire: Wire) -> None:
        wire.venue.exchange_reply = NO_ANSWER
        with pytest.raises(aiohttp.ClientConnectionError):
            await wire.http.post(wire.url + "/exchange", json=envelope())
        assert len(wire.venue.exchange_requests) >= 1

    run(scenario)


def test_a_socket_hears_its_ack_and_what_is_published() -> None:
    async def scenario(wire: Wire) -> None:
        wire.venue.first_frames = [b'{"first":1}']
        async with wire.http.ws_connect(wire.url + "/ws", compress=15) as ws:
            assert ws.compress == 0, "no permessage-deflate"
            await ws.send_str(SUBSCRIBE)
            assert json.loads((await ws.receive()).data)["channel"] == "subscriptionResponse"
            assert (await ws.receive()).data == '{"first":1}'
            await ws.send_str('{"method":"ping"}')
            assert (await ws.receive()).data == '{"channel":"pong"}'

    run(scenario)


def test_what_the_timer_publishes_reaches_the_socket() -> None:
    async def scenario(wire: Wire) -> None:
        frames = [json.dumps({"pad": "x" * size}).encode() for size in (1, 200, 70_000)]

        def publish() -> None:
            for frame in frames:
                wire.venue.hub.publish(BBO, frame)
            wire.venue.deadline_ms = 10**15

        async with wire.http.ws_connect(wire.url + "/ws") as ws:
            await ws.send_str(SUBSCRIBE)
            await ws.receive()
            wire.venue.during_advance = publish
            wire.venue.deadline_ms = 0
            await ws.send_str('{"method":"ping"}')
            heard = [(await ws.receive()).data.encode() for _ in range(4)]
            assert heard == [b'{"channel":"pong"}', *frames]

    run(scenario)


def test_a_cut_socket_ends_without_a_closing_handshake() -> None:
    async def scenario(wire: Wire) -> None:
        async with wire.http.ws_connect(wire.url + "/ws") as ws:
            await wire.until(lambda: wire.server.snapshot().sockets == 1)
            (connection,) = wire.venue.hub.connections()
            wire.venue.hub.cut(connection)
            message = await ws.receive()
            assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            assert ws.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
        assert wire.server.snapshot().drops_by_reason == {"cut": 1}

    run(scenario)


def test_a_client_that_leaves_is_forgotten() -> None:
    async def scenario(wire: Wire) -> None:
        async with wire.http.ws_connect(wire.url + "/ws") as ws:
            await ws.send_str(SUBSCRIBE)
            await ws.receive()
            assert wire.server.snapshot().subscriptions == 1
        await wire.until(lambda: wire.server.snapshot().sockets == 0)
        assert wire.server.snapshot().subscriptions == 0
        assert wire.server.snapshot().drops_by_reason == {}

    run(scenario)


def test_a_reader_too_slow_for_the_bound_is_dropped_and_others_are_not() -> None:
    async def scenario(wire: Wire) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as deaf:
            deaf.setblocking(False)
            await loop.sock_connect(deaf, ("127.0.0.1", int(wire.url.rpartition(":")[2])))
            upgrade = (
                b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            masked = b"\x81" + bytes([0x80 | len(SUBSCRIBE)]) + bytes(4) + SUBSCRIBE.encode()
            await loop.sock_sendall(deaf, upgrade + masked)
            async with wire.http.ws_connect(wire.url + "/ws") as ws:
                await ws.send_str(SUBSCRIBE)
                await ws.receive()
                await wire.until(lambda: wire.server.snapshot().subscriptions == 2)
                frame = b" " * (SEND_BUFFER_BYTES_MAX // 4)
                wire.venue.during_advance = lambda: wire.venue.hub.publish(BBO, frame)
                wire.venue.deadline_ms = 0
                await ws.send_str('{"method":"ping"}')
                while wire.server.snapshot().sockets == 2:
                    await ws.receive()
                wire.venue.deadline_ms = 10**15
                assert wire.server.snapshot().drops_by_reason == {"slow reader": 1}

    run(scenario)


def test_a_socket_that_is_not_admitted_is_answered_429() -> None:
    async def scenario(wire: Wire) -> None:
        wire.venue.admits = False
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await wire.http.ws_connect(wire.url + "/ws")
        assert refused.value.status == 429

    run(scenario)


def test_closing_the_server_leaves_nothing_open() -> None:
    async def main() -> None:
        async with serving() as wire:
            wire.venue.exchange_reply = None
            ws = await wire.http.ws_connect(wire.url + "/ws")
            posting = asyncio.ensure_future(wire.http.post(wire.url + "/exchange", json=envelope()))
            await wire.until(lambda: len(wire.venue.open_answers) == 1)
            await wire.server.aclose()
            with pytest.raises(aiohttp.ClientConnectionError):
                await posting
            assert (await ws.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            assert wire.server.snapshot().sockets == 0
            await wire.server.aclose()

    asyncio.run(main())


def test_a_taken_port_is_named_or_stepped_past() -> None:
    async def main() -> None:
        clock = SystemClock()
        first = VenueServer(ScriptedVenue(), clock)
        taken = await first.start()
        try:
            with pytest.raises(Busy, match=f"port {taken} is taken"):
                await VenueServer(ScriptedVenue(), clock, port=taken).start()
            second = VenueServer(ScriptedVenue(), clock, port=taken, ports_tried=20)
            try:
                assert await second.start() in range(taken + 1, taken + 20)
            finally:
                await second.aclose()
        finally:
            await first.aclose()

    asyncio.run(main())
