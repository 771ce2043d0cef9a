"""The server's shell: aiohttp's HTTP and WebSocket on one port, driving a `ServerCore`.

    POST /info, /exchange, /oracle      a body in, a reply out when the core answers
    GET  /ws                            frames in and out
    timer                               `advance` whenever the core has something due

Frames out do not go through aiohttp's writer. During a call the core queues them per socket, and at
the end of the call each socket gets what is queued in one write: a frame that goes to five hundred
sockets is framed once, and twenty such frames cost each socket one system call. A reader so slow
that its buffer passes the bound is dropped.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, cast

from aiohttp import WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from hive.domain.errors import Busy
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.ports import Clock
from hive.serving.core import FRAME_BYTES_MAX, ServerCore, ServingSnapshot
from hive.serving.door import Door
from hive.serving.line import Line
from hive.serving.outlets import ALL_BUFFERS_BYTES_MAX, Outbox, Outlet
from hive.serving.port import NO_ANSWER, Reply, VenuePort
from hive.serving.requests import BODY_BYTES_MAX, FOR_TOOLS_ONLY, TOO_LARGE, is_from_page

ANSWER_WAIT_S_MAX: Final = 60.0
"""A request that the venue never answers is given up."""
TIMER_S_MIN: Final = 0.001
TIMER_S_MAX: Final = 1.0
"""The wall clock may be set back; then a deadline by it would be far too late."""
SHUTDOWN_S_MAX: Final = 2.0
SWEEP_S: Final = 1.0
BACKLOG: Final = 512


class VenueServer:
    """A venue on a port of this machine.

    `ports_tried` says how many ports from `port` on may be tried when one is taken.
    """

    def __init__(
        self,
        venue: VenuePort,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ports_tried: int = 1,
        limits: VenueLimits | None = None,
        pace: float = 1.0,
        line: Line | None = None,
        door: Door | None = None,
        buffers_bytes_max: int = ALL_BUFFERS_BYTES_MAX,
    ) -> None:
        """`pace` is how many times as fast as the loop's time the clock goes; `door` bounds who may
        be connected, and `buffers_bytes_max` what may wait for all readers together."""
        self._pace = pace
        self._core = ServerCore(venue, limits, line)
        self._clock = clock
        self._host = host
        self._port = port
        self._ports_tried = ports_tried
        self._runner: web.AppRunner | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ms = 0
        self._outbox = Outbox()
        self._outlets: dict[int, Outlet] = {}
        self._unanswered: dict[asyncio.Future[Reply], None] = {}
        self._door = Door() if door is None else door
        self._buffers_bytes_max = buffers_bytes_max
        self._sweeper: asyncio.TimerHandle | None = None
        self._listener: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; returns the port.

        Raises:
            Busy: every port that may be tried is taken.
        """
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        for path in ("/info", "/exchange", "/oracle"):
            app.router.add_post(path, self._serve_post)
        app.router.add_get("/ws", self._serve_socket)
        log = logging.getLogger("hive.serving")
        log.addFilter(_is_our_fault)
        # A compressed body is not unpacked: to the venue it is no JSON, and here no bomb.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=log,
            shutdown_timeout=SHUTDOWN_S_MAX,
            auto_decompress=False,
        )
        await self._runner.setup()
        bound_port = await self._listen(self._runner)
        self._sweep()
        self._settle()
        return bound_port

    async def aclose(self) -> None:
        """Drop every socket, leave every open request unanswered, and stop listening."""
        if self._runner is None:
            return
        for timer in (self._timer, self._sweeper):
            if timer is not None:
                timer.cancel()
        for outlet in list(self._outlets.values()):
            outlet.drop()
        for waiting in list(self._unanswered):
            _resolve(waiting, NO_ANSWER)
        runner, self._runner = self._runner, None
        if self._listener is not None:
            self._listener.close()
        await runner.cleanup()

    def nudge(self) -> None:
        """What the venue has to do next came from elsewhere, and may be due earlier than before."""
        self._settle()

    def snapshot(self) -> ServingSnapshot:
        return self._core.snapshot()

    async def _listen(self, runner: web.AppRunner) -> int:
        def greet() -> Visit:
            assert runner.server is not None
            return Visit(self._door, runner.server)

        loop = asyncio.get_running_loop()
        for port in range(self._port, self._port + self._ports_tried):
            try:
                listener = await loop.create_server(greet, self._host, port, backlog=BACKLOG)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                self._listener = listener
                bound_port: int = listener.sockets[0].getsockname()[1]
                return bound_port
        await runner.cleanup()
        self._runner = None
        last = self._port + self._ports_tried - 1
        ports = f"port {self._port} is" if last == self._port else f"ports {self._port}–{last} are"
        raise Busy(f"{ports} taken on {self._host}", hint="name another with --port")

    # --- time ---

    def _settle(self) -> None:
        """After every call into the core: send what it queued, and wake when it is due again."""
        for outlet in self._outbox.take():
            if not outlet.flush():
                now_ms = self._clock.now_ms()
                self._core.ws_give_up(outlet.connection, reason="slow reader", now_ms=now_ms)
        if self._outbox.buffered_bytes > self._buffers_bytes_max:
            self._relieve()
        if self._runner is None:
            return
        deadline_ms = self._core.next_deadline_ms()
        if self._timer is not None:
            if self._timer_ms <= deadline_ms:
                return
            self._timer.cancel()
        wait_s = (deadline_ms - self._clock.now_ms()) / 1000 / self._pace
        self._timer_ms = deadline_ms
        self._timer = asyncio.get_running_loop().call_later(
            min(max(wait_s, TIMER_S_MIN), TIMER_S_MAX), self._wake
        )

    def _wake(self) -> None:
        self._timer = None
        try:
            self._core.advance(self._clock.now_ms())
        finally:
            self._settle()

    def _relieve(self) -> None:
        """Give up the slowest readers until what waits for all of them is within its bound."""
        slowest_first = sorted(self._outlets.values(), key=Outlet.measure, reverse=True)
        for outlet in slowest_first:
            if self._outbox.buffered_bytes <= self._buffers_bytes_max:
                return
            now_ms = self._clock.now_ms()
            self._core.ws_give_up(outlet.connection, reason="all readers slow", now_ms=now_ms)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._door.show_out(_now_ms())
        self._sweeper = loop.call_later(SWEEP_S, self._sweep)

    # --- HTTP ---

    async def _serve_post(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _response(TOO_LARGE)
        except ConnectionError:
            return _response(NO_ANSWER)  # it left in the middle of its request
        if request.path == "/oracle" and is_from_page(request.headers):
            return _response(FOR_TOOLS_ONLY)
        self._door.asks(request.transport)
        reply = await self._reply_to(request, body)
        self._door.answered(request.transport, _now_ms())
        if reply.status == NO_ANSWER.status and request.transport is not None:
            request.transport.abort()
        return _response(reply)

    async def _reply_to(self, request: web.Request, body: bytes) -> Reply:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Reply] = loop.create_future()
        try:
            self._core.http(
                request.path,
                body,
                content_type=request.headers.get("Content-Type", ""),
                ip=request.remote or "",
                now_ms=self._clock.now_ms(),
                answer=partial(_resolve, answered),
            )
        finally:
            self._settle()
        self._unanswered[answered] = None
        limit = loop.call_later(ANSWER_WAIT_S_MAX, _resolve, answered, NO_ANSWER)
        try:
            return await answered
        finally:
            limit.cancel()
            del self._unanswered[answered]

    # --- WebSocket ---

    async def _serve_socket(self, request: web.Request) -> web.StreamResponse:
        # No heartbeat and no permessage-deflate, like the venue.
        ws = web.WebSocketResponse(
            compress=False, max_msg_size=FRAME_BYTES_MAX, decode_text=False, timeout=SHUTDOWN_S_MAX
        )
        if not ws.can_prepare(request).ok:
            return web.Response(status=400, text="Connection header did not include 'upgrade'")
        assert request.transport is not None
        outlet = Outlet(request.transport, self._outbox)
        connection = self._core.ws_open(
            ip=request.remote or "",
            now_ms=self._clock.now_ms(),
            send=outlet.send,
            drop=outlet.drop,
            close=outlet.close,
            tear=outlet.tear,
        )
        if connection is None:
            return _response(Reply(429, b"null"))
        outlet.connection = connection
        self._outlets[connection] = outlet
        transport = request.transport
        self._door.asks(transport)
        try:
            await ws.prepare(request)
            self._settle()
            await self._read(ws, connection)
        finally:
            del self._outlets[connection]
            outlet.forget()
            self._door.answered(transport, _now_ms())
            self._core.ws_closed(connection, self._clock.now_ms())
            self._settle()
        return ws

    async def _read(self, ws: web.WebSocketResponse, connection: int) -> None:
        async for message in ws:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            try:
                self._core.ws_frame(connection, message.data, self._clock.now_ms())
            finally:
                self._settle()


class Visit(asyncio.Protocol):
    """A connection on its way past the door to aiohttp's own protocol."""

    def __init__(self, door: Door, inside: Callable[[], asyncio.Protocol]) -> None:
        self._door = door
        self._open_inside = inside
        self._inside: asyncio.Protocol | None = None
        """None for who was turned away."""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's transports are asyncio's own.
        self._transport = cast("asyncio.Transport", transport)
        if not self._door.enter(self._transport, _now_ms()):
            self._transport.abort()
            return
        self._inside = self._open_inside()
        self._inside.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._inside is not None:
            self._inside.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._inside is None else self._inside.eof_received()

    def pause_writing(self) -> None:
        if self._inside is not None:
            self._inside.pause_writing()

    def resume_writing(self) -> None:
        if self._inside is not None:
            self._inside.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        if self._inside is not None and self._transport is not None:
            self._door.leave(self._transport)
            self._inside.connection_lost(error)


def _is_our_fault(record: logging.LogRecord) -> bool:
    """What a client did wrong is told to the client, and not written down for the operator."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | ConnectionError)


def _now_ms() -> int:
    """By a clock that nobody sets; the venue's own may be paced."""
    return int(asyncio.get_running_loop().time() * 1000)


def _resolve(waiting: asyncio.Future[Reply], reply: Reply) -> None:
    if not waiting.done():
        waiting.set_result(reply)


def _response(reply: Reply) -> web.Response:
    if reply.status == NO_ANSWER.status:
        return web.Response(status=500)  # nobody reads it: the connection is gone
    if reply.is_text:
        return web.Response(
            status=reply.status, body=reply.body, content_type="text/plain", charset="utf-8"
        )
    return web.Response(status=reply.status, body=reply.body, content_type="application/json")
