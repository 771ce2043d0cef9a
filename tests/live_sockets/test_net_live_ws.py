"""The live net's WebSockets: frames in order and whole, ends told once, nothing without bound."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from tests.live_sockets.peer import (
    SOON_MS,
    TIMEOUT_MS,
    Ear,
    Play,
    RaisingEar,
    accept_upgrade,
    echo,
    ignoring,
    nothing_there,
    raw_serving,
    serving,
    socket_handler,
)

from hive.domain.errors import NotSent
from hive.runtime import net_live
from hive.runtime.net_live import LiveNet


def test_text_frames_go_out_and_come_in_in_order(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(echo)) as address:
            ear = Ear()
            link = await net.connect_ws(f"ws://{address}/ws", ear, timeout_ms=TIMEOUT_MS)
            sent = [f'{{"id":{number}}}'.encode() for number in range(100)]
            for frame in sent:
                link.send(frame)
            assert await ear.heard(100) == sent
            link.close()
            await ear.reason()

    play(scene)


def test_a_frame_of_megabytes_arrives_whole(play: Play) -> None:
    text = "x" * 5_000_000

    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(lambda socket: socket.send_str(text))) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert await ear.heard(1) == [text.encode()]
            await ear.reason()

    play(scene)


def test_fragments_are_put_together_and_binary_is_taken_for_text(play: Play) -> None:
    async def act(socket: web.WebSocketResponse) -> None:
        await socket.send_frame(b'{"a":', WSMsgType.BINARY)
        await socket.send_str("next")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept_upgrade(reader, writer)
        writer.write(b"\x01\x03one" + b"\x89\x00" + b"\x00\x03two" + b"\x80\x05three")
        writer.write(b"\x81\x04next")
        await writer.drain()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            ear = Ear()
            link = await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert await ear.heard(2) == [b"onetwothree", b"next"]
            link.close()
            await ear.reason()
        async with serving(socket_handler(act)) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert await ear.heard(2) == [b'{"a":', b"next"]
            await ear.reason()

    play(scene)


def test_pings_are_answered_without_the_listener_hearing_of_them(play: Play) -> None:
    answers: list[bytes] = []

    async def act(socket: web.WebSocketResponse) -> None:
        await socket.ping(b"are you there")
        message = await socket.receive()
        assert message.type is WSMsgType.PONG
        answers.append(message.data)

    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(act)) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            await ear.reason()
            assert ear.frames == []

    play(scene)
    assert answers == [b"are you there"]


def test_the_venues_closing_code_and_words_are_the_reason(play: Play) -> None:
    async def act(socket: web.WebSocketResponse) -> None:
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"too many")

    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(act)) as address:
            ear = Ear()
            link = await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert await ear.reason() == "closed by the venue: 1008 too many"
            with pytest.raises(NotSent, match="too many"):
                link.send(b"{}")
            link.close()
            await asyncio.sleep(0)
            assert len(ear.closed) == 1

    play(scene)


def test_a_connection_lost_without_a_word_is_told(play: Play) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept_upgrade(reader, writer)
        writer.write(b"\x81\x10half a fr")
        writer.transport.abort()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert "1006" in await ear.reason()
            assert ear.frames == []

    play(scene)


def test_closing_is_told_once_and_nothing_is_sent_after_it(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(echo)) as address:
            ear = Ear()
            link = await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            link.close()
            link.close()
            with pytest.raises(NotSent, match="closed by us"):
                link.send(b"{}")
            assert await ear.reason() == "closed by us"
            assert len(ear.closed) == 1

    play(scene)


def test_a_frame_past_the_bound_closes_the_socket(play: Play) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept_upgrade(reader, writer)
        writer.write(b"\x81\x7f" + (net_live.FRAME_BYTES_MAX + 1).to_bytes(8, "big") + b"x" * 100)
        await writer.drain()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert "1009" in await ear.reason()
            assert ear.frames == []

    play(scene)


def test_a_message_of_too_many_fragments_closes_the_socket(play: Play) -> None:
    part = b"\x01\x7f" + (1_000_000).to_bytes(8, "big") + b"x" * 1_000_000

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept_upgrade(reader, writer)
        writer.write(part)
        try:
            for _ in range(100):
                writer.write(b"\x00" + part[1:])
                await writer.drain()
        except OSError:
            pass  # the client has left, as it should

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert "longer than" in await ear.reason()

    play(scene)


def test_a_venue_that_does_not_read_is_not_fed_without_bound(play: Play) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accept_upgrade(reader, writer)
        transport: Any = writer.transport
        transport.pause_reading()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            ear = Ear()
            link = await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            frame = b"x" * 100_000

            def flood() -> None:
                for _ in range(1_000):
                    link.send(frame)

            with pytest.raises(NotSent, match="does not read"):
                flood()
            link.close()
            await ear.reason()

    play(scene)


def test_a_listener_that_raises_loses_its_socket_and_nobody_elses(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(echo)) as address:
            bad, good = RaisingEar(), Ear()
            first = await net.connect_ws(f"ws://{address}", bad, timeout_ms=TIMEOUT_MS)
            second = await net.connect_ws(f"ws://{address}", good, timeout_ms=TIMEOUT_MS)
            first.send(b"x")
            second.send(b"y")
            assert "not today" in await bad.reason()
            assert await good.heard(1) == [b"y"]
            second.close()
            await good.reason()

    play(scene)


def test_a_socket_that_cannot_be_opened_is_not_sent(play: Play) -> None:
    async def refuse(_: web.BaseRequest) -> web.Response:
        return web.Response(status=429)

    async def scene(net: LiveNet) -> None:
        closed = await nothing_there()
        with pytest.raises(NotSent, match="cannot be opened"):
            await net.connect_ws(f"ws://{closed}", Ear(), timeout_ms=TIMEOUT_MS)
        async with serving(refuse) as address:
            with pytest.raises(NotSent, match="429"):
                await net.connect_ws(f"ws://{address}", Ear(), timeout_ms=TIMEOUT_MS)
        async with raw_serving(ignoring) as address:
            with pytest.raises(NotSent, match="did not open within"):
                await net.connect_ws(f"ws://{address}", Ear(), timeout_ms=SOON_MS)

    play(scene)


def test_a_connect_canceled_from_outside_stays_canceled(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        arrived = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.set()

        async with raw_serving(handle) as address:
            opening = asyncio.ensure_future(
                net.connect_ws(f"ws://{address}", Ear(), timeout_ms=TIMEOUT_MS)
            )
            await arrived.wait()
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening

    play(scene)
