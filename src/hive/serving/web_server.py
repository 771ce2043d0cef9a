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
from functools import partial
from typing import Final

from aiohttp import WSMsgType, web

from hive.domain.errors import Busy
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.ports import Clock
from hive.serving.core import FRAME_BYTES_MAX, ServerCore, ServingSnapshot
from hive.serving.line import Line
from hive.serving.port import NO_ANSWER, Reply, VenuePort
from hive.serving.requests import BODY_BYTES_MAX, TOO_LARGE

SEND_BUFFER_BYTES_MAX: Final = 4 << 20
"""What may wait for one reader; about a minute of twenty busy coins."""
ANSWER_WAIT_S_MAX: Final = 60.0
"""A request that the venue never answers is given up."""
TIMER_S_MIN: Final = 0.001
TIMER_S_MAX: Final = 1.0
"""The wall clock may be set back; then a deadline by it would be far too late."""
SHUTDOWN_S_MAX: Final = 2.0
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
    ) -> None:
        """`pace` is how many times as fast as the loop's time the clock goes."""
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

    async def start(self) -> int:
        """Listen; returns the port.

        Raises:
            Busy: every port that may be tried is taken.
        """
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        for path in ("/info", "/exchange", "/oracle"):
            app.router.add_post(path, self._serve_post)
        app.router.add_get("/ws", self._serve_socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S_MAX)
        await self._runner.setup()
        bound_port = await self._listen(self._runner)
        self._settle()
        return bound_port

    async def aclose(self) -> None:
        """Drop every socket, leave every open request unanswered, and stop listening."""
        if self._runner is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        for outlet in list(self._outlets.values()):
            outlet.drop()
        for waiting in list(self._unanswered):
            _resolve(waiting, NO_ANSWER)
        runner, self._runner = self._runner, None
        await runner.cleanup()

    def nudge(self) -> None:
        """What the venue has to do next came from elsewhere, and may be due earlier than before."""
        self._settle()

    def snapshot(self) -> ServingSnapshot:
        return self._core.snapshot()

    async def _listen(self, runner: web.AppRunner) -> int:
        for port in range(self._port, self._port + self._ports_tried):
            site = web.TCPSite(runner, self._host, port, backlog=BACKLOG)
            try:
                await site.start()
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                await site.stop()
            else:
                bound_port: int = runner.addresses[-1][1]
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

    # --- HTTP ---

    async def _serve_post(self, request: web.Request) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _response(TOO_LARGE)
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
            reply = await answered
        finally:
            limit.cancel()
            del self._unanswered[answered]
        if reply.status == NO_ANSWER.status and request.transport is not None:
            request.transport.abort()
        return _response(reply)

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
        try:
            await ws.prepare(request)
            self._settle()
            await self._read(ws, connection)
        finally:
            del self._outlets[connection]
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


class Outbox:
    """The sockets that have something queued, and the frame that was framed last."""

    def __init__(self) -> None:
        self._waiting: list[Outlet] = []
        self._last_frame = b""
        self._last_framed = framed(b"")

    def add(self, outlet: Outlet) -> None:
        self._waiting.append(outlet)

    def take(self) -> list[Outlet]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def framed(self, frame: bytes) -> bytes:
        """The frame as it travels. Published frames come as the same object for every socket."""
        if frame is not self._last_frame:
            self._last_frame = frame
            self._last_framed = framed(frame)
        return self._last_framed


class Outlet:
    """One socket's way out."""

    def __init__(self, transport: asyncio.Transport, outbox: Outbox) -> None:
        self.connection = 0
        self._transport = transport
        self._outbox = outbox
        self._queued: list[bytes] = []

    def send(self, frame: bytes) -> None:
        """Queue a text frame until the end of the core's call."""
        if not self._queued:
            self._outbox.add(self)
        self._queued.append(self._outbox.framed(frame))

    def flush(self) -> bool:
        """Write what is queued; False when the reader is too slow to be kept."""
        queued, self._queued = self._queued, []
        if self._transport.is_closing():
            return True
        self._transport.write(queued[0] if len(queued) == 1 else b"".join(queued))
        return self._transport.get_write_buffer_size() <= SEND_BUFFER_BYTES_MAX

    def drop(self) -> None:
        """End the connection without a closing handshake (1006 at the other end)."""
        self._transport.abort()

    def close(self, code: int) -> None:
        """End the connection with a close frame, without waiting for the client's."""
        self._write_off(b"\x88\x02" + code.to_bytes(2, "big"))

    def tear(self, frame: bytes) -> None:
        """End the connection in the middle of a frame."""
        whole = framed(frame)
        self._write_off(whole[: max(1, len(whole) // 2)])

    def _write_off(self, last: bytes) -> None:
        """Write what is queued and this, and end the connection once it is out."""
        queued, self._queued = self._queued, []
        if not self._transport.is_closing():
            self._transport.write(b"".join((*queued, last)))
            self._transport.close()


def framed(payload: bytes) -> bytes:
    """A whole, unmasked text frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


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
