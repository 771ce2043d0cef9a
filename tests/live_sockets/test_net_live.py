"""The live net over real sockets: what is proof that nothing was sent, and what is not."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSCloseCode, WSMsgType, web

from hive.domain.errors import NotSent, Unanswered
from hive.runtime import net_live
from hive.runtime.net_live import LiveNet

TIMEOUT_MS = 5_000
SOON_MS = 150
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Ear:
    """A listener that can be waited for."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.closed: list[str] = []
        self._changed = asyncio.Event()

    def on_frame(self, frame: bytes | memoryview) -> None:
        self.frames.append(bytes(frame))
        self._changed.set()

    def on_closed(self, reason: str) -> None:
        self.closed.append(reason)
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT_MS / 1000):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def heard(self, count: int) -> list[bytes]:
        await self.until(lambda: len(self.frames) >= count)
        return self.frames

    async def reason(self) -> str:
        await self.until(lambda: bool(self.closed))
        return self.closed[0]


class RaisingEar(Ear):
    def on_frame(self, frame: bytes | memoryview) -> None:
        raise ValueError("not today")


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that gives every request to `handler`; yields host and port."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_serving(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
) -> AsyncIterator[str]:
    """A server of bare bytes, for peers that misbehave."""
    writers: list[asyncio.StreamWriter] = []

    async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await handler(reader, writer)

    server = await asyncio.start_server(kept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
        for _ in range(3):  # an aborted transport needs turns of the loop to be gone
            await asyncio.sleep(0)


def play(scene: Callable[[LiveNet], Coroutine[Any, Any, None]]) -> None:
    """Run a scene on a loop of its own with a net of its own; nothing may be left behind."""

    async def whole() -> None:
        net = LiveNet()
        try:
            await scene(net)
        finally:
            await net.aclose()

    asyncio.run(whole())


def socket_handler(act: Callable[[web.WebSocketResponse], Awaitable[object]]) -> Handler:
    async def handle(request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await act(socket)
        return socket

    return handle


async def echo(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        await socket.send_str(message.data)


# --- WebSocket ---------------------------------------------------------------------------------


def test_text_frames_go_out_and_come_in_in_order() -> None:
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


def test_a_frame_of_megabytes_arrives_whole() -> None:
    text = "x" * 5_000_000

    async def scene(net: LiveNet) -> None:
        async with serving(socket_handler(lambda socket: socket.send_str(text))) as address:
            ear = Ear()
            await net.connect_ws(f"ws://{address}", ear, timeout_ms=TIMEOUT_MS)
            assert await ear.heard(1) == [text.encode()]
            await ear.reason()

    play(scene)


def test_fragments_are_put_together_and_binary_is_taken_for_text() -> None:
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


async def accept_upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a WebSocket handshake by hand."""
    import base64
    import hashlib

    request = await reader.readuntil(b"\r\n\r\n")
    key = next(
        line.split(b": ", 1)[1]
        for line in request.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key")
    )
    proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")  # noqa: S324 (the protocol's own)
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(proof.digest()) + b"\r\n\r\n"
    )
    await writer.drain()


def test_pings_are_answered_without_the_listener_hearing_of_them() -> None:
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


def test_the_venues_closing_code_and_words_are_the_reason() -> None:
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


def test_a_connection_lost_without_a_word_is_told() -> None:
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


def test_closing_is_told_once_and_nothing_is_sent_after_it() -> None:
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


def test_a_frame_past_the_bound_closes_the_socket() -> None:
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


def test_a_message_of_too_many_fragments_closes_the_socket() -> None:
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


def test_a_venue_that_does_not_read_is_not_fed_without_bound() -> None:
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


def test_a_listener_that_raises_loses_its_socket_and_nobody_elses() -> None:
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


async def nothing_there() -> str:
    """An address where nobody listens."""
    async with raw_serving(ignoring) as address:
        return address


async def ignoring(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read and say nothing."""


def test_a_socket_that_cannot_be_opened_is_not_sent() -> None:
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


def test_a_connect_canceled_from_outside_stays_canceled() -> None:
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


# --- requests ----------------------------------------------------------------------------------


def test_a_post_carries_json_and_brings_back_status_and_body() -> None:
    async def handle(request: web.BaseRequest) -> web.Response:
        assert request.content_type == "application/json"
        return web.Response(status=422, body=b"got " + await request.read())

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            reply = await net.post(f"http://{address}/info", b'{"a":1}', timeout_ms=TIMEOUT_MS)
            assert (reply.status, reply.body) == (422, b'got {"a":1}')

    play(scene)


def test_connections_are_kept_alive() -> None:
    peers: set[object] = set()

    async def handle(request: web.BaseRequest) -> web.Response:
        peers.add(request.transport and request.transport.get_extra_info("peername"))
        return web.Response(body=b"{}")

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            for _ in range(5):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)
    assert len(peers) == 1


def test_without_a_connection_a_request_is_not_sent() -> None:
    async def scene(net: LiveNet) -> None:
        closed = await nothing_there()
        with pytest.raises(NotSent, match="cannot be reached"):
            await net.post(f"http://{closed}", b"{}", timeout_ms=TIMEOUT_MS)
        with pytest.raises(NotSent, match="cannot be reached"):
            await net.post("nowhere at all", b"{}", timeout_ms=TIMEOUT_MS)
        async with raw_serving(ignoring) as address:  # TLS never gets anywhere
            with pytest.raises(NotSent, match="cannot be reached"):
                await net.post(f"https://{address}", b"{}", timeout_ms=SOON_MS)

    play(scene)


def test_silence_after_a_connection_is_unanswered() -> None:
    async def scene(net: LiveNet) -> None:
        async with raw_serving(ignoring) as address:
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=SOON_MS)

    play(scene)


def test_a_connection_cut_before_the_answer_is_unanswered() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)


def test_half_an_answer_is_unanswered() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)


def test_a_kept_connection_found_dead_is_unanswered_and_never_tried_twice() -> None:
    """The venue may have read the request before it closed: there is no proof that it did not."""
    requests: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        if len(requests) == 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await reader.readuntil(b"POST")
            requests.append(b"second")
            writer.transport.abort()

    async def scene(net: LiveNet) -> None:
        async with raw_serving(handle) as address:
            await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            with pytest.raises(Unanswered):
                await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)
    assert len(requests) == 2


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    async def handle(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": str(request.url)})

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            reply = await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            assert reply.status == 307

    play(scene)


def test_a_net_can_be_closed_twice_and_used_again() -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"{}")

    async def scene(net: LiveNet) -> None:
        async with serving(handle) as address:
            await net.aclose()
            await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            await net.aclose()
            await net.post(f"http://{address}", b"{}", timeout_ms=TIMEOUT_MS)

    play(scene)


# --- TLS ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server with a certificate that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subprocess.run(
        [openssl, *request.split(), "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(certificate), Path(key))
    return context


def test_a_certificate_nobody_vouches_for_is_refused(stranger: ssl.SSLContext) -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        raise AssertionError("the request must not arrive")

    async def scene(net: LiveNet) -> None:
        async with serving(handle, stranger) as address:
            with pytest.raises(NotSent, match=r"(?i)certificate"):
                await net.post(f"https://{address}", b"{}", timeout_ms=TIMEOUT_MS)
            with pytest.raises(NotSent, match=r"(?i)certificate"):
                await net.connect_ws(f"wss://{address}", Ear(), timeout_ms=TIMEOUT_MS)

    play(scene)
