"""What somebody can do to the server with a socket of this machine, and what it costs the others.

Raw sockets, because no client library sends what is sent here. In each test somebody honest is
connected before, and is served afterwards.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Final, cast

import pytest
from tests.unit.serving.scripted_venue import ScriptedVenue, envelope

from hive.runtime.clock import SystemClock
from hive.serving.door import Door
from hive.serving.outlets import SEND_BUFFER_BYTES_MAX
from hive.serving.web_server import VenueServer

WAIT_S: Final = 20.0
TURNS_MAX: Final = 200_000
UPGRADE: Final = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PING: Final = b'{"method":"ping"}'
BBO: Final = '{"type":"bbo","coin":"BTC"}'
SUBSCRIBE: Final = f'{{"method":"subscribe","subscription":{BBO}}}'.encode()
MB: Final = 1 << 20


class Caller:
    """One TCP connection, and what comes back on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def stop_reading(self) -> None:
        cast("asyncio.Transport", self.writer.transport).pause_reading()

    async def until_closed(self) -> bytes:
        """Everything that comes until the server ends the connection."""
        heard = b""
        try:
            while data := await asyncio.wait_for(self.reader.read(MB), WAIT_S):
                heard += data
        except ConnectionError:
            pass
        return heard

    async def head(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), WAIT_S)

    async def frame(self) -> tuple[int, bytes]:
        """The next frame's first byte and its payload."""
        first, size = await asyncio.wait_for(self.reader.readexactly(2), WAIT_S)
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8), "big")
        return first, await self.reader.readexactly(size)

    async def is_served(self) -> bool:
        self.send(masked(0x81, PING))
        return await self.frame() == (0x81, b'{"channel":"pong"}')


class House:
    """A served venue."""

    def __init__(self, venue: ScriptedVenue, server: VenueServer, port: int) -> None:
        self.venue = venue
        self.server = server
        self.port = port
        self._callers: list[Caller] = []

    async def call(self) -> Caller:
        caller = Caller(*await asyncio.open_connection("127.0.0.1", self.port))
        self._callers.append(caller)
        return caller

    async def socket(self) -> Caller:
        """A caller whose connection is a WebSocket."""
        caller = await self.call()
        caller.send(UPGRADE)
        assert b" 101 " in await caller.head()
        return caller

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(TURNS_MAX):
            if holds():
                return
            await asyncio.sleep(0)
        pytest.fail("it never came to hold")

    async def aclose(self) -> None:
        for caller in self._callers:
            caller.writer.transport.abort()
        await self.server.aclose()


def run(
    scenario: Callable[[House], Awaitable[None]],
    *,
    door: Door | None = None,
    buffers_bytes_max: int = 64 * MB,
) -> None:
    async def main() -> None:
        venue = ScriptedVenue()
        server = VenueServer(venue, SystemClock(), door=door, buffers_bytes_max=buffers_bytes_max)
        house = House(venue, server, await server.start())
        try:
            honest = await house.socket()
            await scenario(house)
            assert await honest.is_served()
        finally:
            await house.aclose()

    asyncio.run(main())


def masked(first: int, payload: bytes) -> bytes:
    """A client's frame under the mask that changes nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# --- slow ones ---


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /info HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        post("/info", b"{}" + b" " * 100, "Host: 127.0.0.1")[:-90],
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_who_does_not_finish_a_request_is_shown_out(beginning: bytes) -> None:
    """The WebSocket that was open before stays: its time stands still."""
    door = Door(first_request_ms_max=200)

    async def scenario(house: House) -> None:
        slow = await house.call()
        slow.send(beginning)
        assert await slow.until_closed() == b""
        assert door.shown_out == 1

    run(scenario, door=door)


def test_a_request_that_waits_for_its_block_is_not_slow() -> None:
    door = Door(first_request_ms_max=100)

    async def scenario(house: House) -> None:
        house.venue.exchange_reply = None
        patient, slow = await house.call(), await house.call()
        patient.send(post("/exchange", json.dumps(envelope()).encode(), "Host: 127.0.0.1"))
        await slow.until_closed()
        assert door.shown_out == 1
        (answer,) = house.venue.open_answers
        answer(house.venue.info_reply)
        assert b" 200 OK" in await patient.head()

    run(scenario, door=door)


def test_a_full_house_turns_callers_away_until_somebody_leaves() -> None:
    door = Door(2)

    async def scenario(house: House) -> None:
        second = await house.socket()
        third = await house.call()
        assert await third.until_closed() == b""
        assert door.turned_away == 1
        second.writer.transport.abort()
        await house.until(lambda: len(door) == 1)
        assert await (await house.socket()).is_served()

    run(scenario, door=door)


def test_who_reads_nothing_is_dropped_however_it_was_made_to_talk() -> None:
    """A frame that cannot be read is echoed in the error text: what is sent comes back."""

    async def scenario(house: House) -> None:
        deaf = await house.socket()
        deaf.stop_reading()
        nonsense = masked(0x81, b"x" * (MB - 100))
        for _ in range(64):
            deaf.send(nonsense)
        await house.until(lambda: house.server.snapshot().sockets == 1)
        assert house.server.snapshot().drops_by_reason == {"slow reader": 1}

    run(scenario)


def test_what_waits_for_all_readers_is_bounded_and_the_slowest_goes_first() -> None:
    async def scenario(house: House) -> None:
        deaf = [await house.socket() for _ in range(4)]
        for caller in deaf:
            caller.stop_reading()
            caller.send(masked(0x81, SUBSCRIBE))
        await house.until(lambda: house.server.snapshot().subscriptions == 4)
        frame = b" " * (SEND_BUFFER_BYTES_MAX // 4)
        house.venue.during_advance = lambda: house.venue.hub.publish(BBO, frame)
        house.venue.deadline_ms = 0
        house.server.nudge()
        await house.until(lambda: "all readers slow" in house.server.snapshot().drops_by_reason)
        house.venue.deadline_ms = 10**15
        assert "slow reader" not in house.server.snapshot().drops_by_reason

    run(scenario, buffers_bytes_max=SEND_BUFFER_BYTES_MAX)


# --- large ones ---


def test_a_frame_over_the_bound_ends_its_socket() -> None:
    async def scenario(house: House) -> None:
        caller = await house.socket()
        caller.send(masked(0x81, b" " * 2 * MB))
        assert close_code(await caller.until_closed()) == 1009

    run(scenario)


def test_a_message_in_pieces_is_bounded_like_one_in_whole() -> None:
    async def scenario(house: House) -> None:
        caller = await house.socket()
        caller.send(masked(0x01, b" " * 65_000))
        for _ in range(20):
            caller.send(masked(0x00, b" " * 65_000))
        assert close_code(await caller.until_closed()) == 1009

    run(scenario)


def test_a_head_without_end_is_refused() -> None:
    async def scenario(house: House) -> None:
        for lines in ([b"X-Long: " + b"a" * 100_000], [b"X-%d: a" % n for n in range(10_000)]):
            caller = await house.call()
            caller.send(b"POST /info HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"\r\n".join(lines))
            assert b" 400 Bad Request\r\n" in await caller.until_closed()

    run(scenario)


def test_requests_are_not_read_faster_than_they_are_answered() -> None:
    """Whoever sends requests in a row and takes no answer fills its own buffers, not ours."""

    async def scenario(house: House) -> None:
        caller = await house.call()
        caller.stop_reading()
        requests = post("/info", b'{"type":"meta"}', "Host: 127.0.0.1") * 300_000
        caller.send(requests)
        for _ in range(2_000):
            await asyncio.sleep(0)
        assert caller.writer.transport.get_write_buffer_size() > len(requests) // 2

    run(scenario)


# --- packed ones ---


def test_a_packed_body_is_not_unpacked() -> None:
    async def scenario(house: House) -> None:
        bomb = gzip.compress(b" " * 64 * MB)
        caller = await house.call()
        caller.send(post("/info", bomb, "Host: 127.0.0.1", "Content-Encoding: gzip"))
        assert b" 400 Bad Request\r\n" in await caller.head()

    run(scenario)


def test_a_packed_frame_breaks_the_protocol() -> None:
    """No extension was agreed on, so the bit that says so must not be set (RFC 6455, 5.2)."""

    async def scenario(house: House) -> None:
        caller = await house.socket()
        caller.send(masked(0xC1, b"\x00" * 100))
        assert close_code(await caller.until_closed()) == 1002

    run(scenario)


# --- the oracle ---


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Host: 127.0.0.1:8421"], 200),
        (["Host: localhost"], 200),
        (["Host: rebound.example"], 403),
        (["Host: 127.0.0.1", "Origin: https://page.example"], 403),
        (["Host: 127.0.0.1", "Sec-Fetch-Site: cross-site"], 403),
    ],
)
def test_the_oracle_answers_tools_and_no_web_page(headers: list[str], status: int) -> None:
    async def scenario(house: House) -> None:
        caller = await house.call()
        caller.send(post("/oracle", b'{"type":"truth"}', *headers))
        assert f"HTTP/1.1 {status} ".encode() in await caller.head()

    run(scenario)


def close_code(heard: bytes) -> int:
    """The code of the close frame that a connection ended with."""
    assert heard[-4:-3] == b"\x88" or b"\x88" in heard, heard
    start = heard.index(b"\x88")
    return int.from_bytes(heard[start + 2 : start + 4], "big")
