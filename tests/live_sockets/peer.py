"""Peers on real sockets for the live net: well-behaved ones and bare bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

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


Play = Callable[[Callable[[LiveNet], Coroutine[Any, Any, None]]], None]
"""Runs a scene on a loop of its own with a net of its own."""


def player(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> Play:
    """A `Play` on that kind of loop."""

    def play(scene: Callable[[LiveNet], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            net = LiveNet()
            try:
                await scene(net)
            finally:
                await net.aclose()

        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(whole())

    return play


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


async def accept_upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a WebSocket handshake by hand."""
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


async def nothing_there() -> str:
    """An address where nobody listens."""
    async with raw_serving(ignoring) as address:
        return address


async def ignoring(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read and say nothing."""
