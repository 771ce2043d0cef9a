"""The way out of the process in life: picows for WebSockets, aiohttp for requests.

What matters here is one distinction: `NotSent` is proof that nothing reached the venue,
`Unanswered` is the lack of such proof. Whatever happens to a request after a connection was there
is therefore `Unanswered`, even where it is likely that nothing left: a kept-alive connection that
the venue had already closed looks exactly like one that it closed after reading.

Certificates of `wss` and `https` are verified. Nothing is retried or redirected here.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from typing import Any, Final, cast

import aiohttp
import picows
from picows.picows import WSCloseHandshake

from hive.domain.errors import NotSent, Unanswered
from hive.runtime.ports import HttpReply, WsLink, WsListener

FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
"""A whole message from the venue; a longer one closes the socket (1009)."""

WRITE_BUFFER_BYTES_MAX: Final = 1024 * 1024
"""What may wait for a venue that does not read; past it, sending is refused."""

REPLY_BYTES_MAX: Final = 64 * 1024 * 1024
CONNECTIONS_MAX: Final = 8
KEEPALIVE_S: Final = 45.0
"""Shorter than the few minutes after which the venue closes idle connections."""

_TEXT: Final = picows.WSMsgType.TEXT
_CONTINUATION: Final = picows.WSMsgType.CONTINUATION
_CLOSE: Final = picows.WSMsgType.CLOSE
_BINARY: Final = picows.WSMsgType.BINARY


class _Nobody:
    """Hears what arrives after its time."""

    def on_frame(self, frame: bytes | memoryview) -> None: ...

    def on_closed(self, reason: str) -> None: ...


class _Link(picows.WSListener):  # the parent is picows' demand
    """One socket: picows' listener on the one side, our `WsLink` on the other."""

    def __init__(self, listener: WsListener) -> None:
        self._listener = listener
        self._transport: picows.WSTransport | None = None
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._reason = ""
        self._is_closing = False

    # Called by picows. The names are its own.

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin:
            self._deliver(frame.get_payload_as_bytes())
        elif kind in (_TEXT, _BINARY, _CONTINUATION):
            self._gather(transport, frame)
        elif kind is _CLOSE:
            code = frame.get_close_code()
            self._fail(f"closed by the venue: {code.value} {frame.get_close_reason()}".strip())
            transport.send_close(code)
            transport.disconnect()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._is_closing = True
        self._reason = self._reason or _why(transport)
        self._transport = None  # the two hold each other: let both go without a collection
        self._parts.clear()
        self._listener.on_closed(self._reason)

    # Our side.

    def send(self, frame: bytes) -> None:
        """Hand one text frame to the kernel's buffer, in order.

        Raises:
            NotSent: the socket is closed or its write buffer is past its bound.
        """
        transport = self._transport
        if transport is None or self._is_closing:
            raise NotSent(f"the socket is closed ({self._reason or 'closing'})")
        waiting = transport.underlying_transport.get_write_buffer_size()
        if waiting and waiting + len(frame) > WRITE_BUFFER_BYTES_MAX:
            raise NotSent(f"the venue does not read: {waiting} bytes wait in the write buffer")
        transport.send(_TEXT, frame)

    def close(self) -> None:
        """Begin to close; `on_closed` follows. Idempotent."""
        if self._transport is not None and not self._is_closing:
            self._fail("closed by us")
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect(False)

    def abandon(self) -> None:
        """Close without a word to the listener, who was told that there is no socket."""
        self._listener = _Nobody()
        self.close()

    def _fail(self, reason: str) -> None:
        self._is_closing = True
        self._reason = self._reason or reason

    def _deliver(self, frame: bytes) -> None:
        try:
            self._listener.on_frame(frame)
        except Exception as error:  # noqa: BLE001 (told to the listener as the reason of the end)
            self._fail(f"the listener raised {error!r}")
            if self._transport is not None:
                self._transport.disconnect(False)

    def _gather(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Put a fragmented message together, and take a binary one for text."""
        self._parts.append(frame.get_payload_as_bytes())
        self._parts_bytes += len(self._parts[-1])
        if self._parts_bytes > FRAME_BYTES_MAX:
            self._fail(f"message longer than {FRAME_BYTES_MAX} bytes")
            transport.send_close(picows.WSCloseCode.MESSAGE_TOO_BIG)
            transport.disconnect(False)
        elif frame.fin:
            whole = b"".join(self._parts)
            self._parts.clear()
            self._parts_bytes = 0
            self._deliver(whole)


def _why(transport: picows.WSTransport) -> str:
    """A reason for an end that nobody announced."""
    # picows' stub says there always is one.
    handshake = cast("WSCloseHandshake | None", transport.close_handshake)
    if handshake is not None and handshake.sent is not None:
        return f"closed by us: {handshake.sent.code.value} {handshake.sent.reason}".strip()
    return "connection lost (1006)"


class _Attempt:
    """What is known about one request: before it has a connection, nothing of it can have left."""

    __slots__ = ("has_connection",)

    def __init__(self) -> None:
        self.has_connection = False


def _tracing_connections() -> aiohttp.TraceConfig:
    """Have aiohttp note when a request gets a connection, its own or a kept one."""

    async def got_connection(_: aiohttp.ClientSession, context: Any, __: object) -> None:
        attempt: _Attempt = context.trace_request_ctx
        attempt.has_connection = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(got_connection)
    config.on_connection_reuseconn.append(got_connection)
    return config


class LiveNet:
    """Sockets and requests of the operating system. Make it and use it on one loop."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        """Open a WebSocket.

        Raises:
            NotSent: it could not be opened in time.
        """
        made: list[_Link] = []

        def make() -> _Link:
            made.append(_Link(listener))
            return made[0]

        try:
            async with asyncio.timeout(timeout_ms / 1000):
                await picows.ws_connect(
                    make,
                    url,
                    websocket_handshake_timeout=timeout_ms / 1000,
                    max_frame_size=FRAME_BYTES_MAX,
                    max_redirects=0,
                )
        except BaseException as error:
            for link in made:  # open after all, and too late
                link.abandon()
            if isinstance(error, TimeoutError):
                raise NotSent(f"{url} did not open within {timeout_ms} ms") from None
            if isinstance(error, OSError | picows.WSError):
                raise NotSent(f"{url} cannot be opened: {_said(error)}") from error
            raise
        return made[0]

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        """POST a JSON body and read the whole answer.

        Raises:
            NotSent: no connection was made, so nothing arrived.
            Unanswered: sent, and the answer did not come (whole) in time.
        """
        attempt = _Attempt()
        try:
            async with self._open_session().post(
                url,
                data=body,
                timeout=aiohttp.ClientTimeout(total=timeout_ms / 1000),
                allow_redirects=False,
                trace_request_ctx=attempt,
            ) as response:
                return HttpReply(response.status, await _read(response))
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            if attempt.has_connection:
                raise Unanswered(f"{url} gave no answer: {_said(error)}") from error
            raise NotSent(f"{url} cannot be reached: {_said(error)}") from error

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=CONNECTIONS_MAX, keepalive_timeout=KEEPALIVE_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Content-Type": "application/json"},
                trace_configs=[_tracing_connections()],
            )
        return self._session

    async def aclose(self) -> None:
        """Close what is kept open between requests. Idempotent."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _said(error: BaseException) -> str:
    """The reason in a person's words: what the system calls it, where it was the system."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    if isinstance(error, ssl.SSLError):  # its numbers are not the system's
        return str(error)
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return f"{type(error).__name__}: {error}".rstrip(": ")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, if it is not absurdly long."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > REPLY_BYTES_MAX:
            raise Unanswered(f"{response.url} answered with more than {REPLY_BYTES_MAX} bytes")
    return b"".join(parts)
