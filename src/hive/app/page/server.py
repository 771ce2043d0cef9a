"""The page at 127.0.0.1: static files, and one WebSocket that sends the newest snapshot.

The trading process only encodes a snapshot, a few times a second and only while somebody looks;
drawing happens in the browser. Each viewer has a mailbox of one: a slow browser gets fewer frames,
never a queue.

Only loopback is served, and only to a loopback `Host` and `Origin`: a page of somebody else's that
resolves to this machine gets 403 (faults.md X05).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from errno import EADDRINUSE
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSMsgType, web

from hive.app.snapshot import History, RuntimeSnapshot
from hive.domain.errors import Busy, ConfigRefused
from hive.runtime.bus import Mailbox, MailboxClosed, MailboxPolicy
from hive.runtime.tasks import Supervisor

STATIC: Final = Path(__file__).parent / "static"
PORTS_TRIED_MAX: Final = 20
VIEWERS_MAX: Final = 16
PORT_MAX: Final = 65_535
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; connect-src 'self' ws:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PageServer:
    """Serves one runtime's page: shows what `show` was given last."""

    def __init__(self, tasks: Supervisor, history: Callable[[], History]) -> None:
        """`history` is asked once by each page that is opened."""
        self._tasks = tasks
        self._history = history
        self._encode = msgspec.json.Encoder().encode
        self._latest: RuntimeSnapshot | None = None
        self._mailboxes: dict[int, Mailbox[bytes]] = {}
        self._viewers_seen = 0
        self._runner: web.AppRunner | None = None

    @property
    def has_viewers(self) -> bool:
        return bool(self._mailboxes)

    async def start(self, host: str, port: int) -> str:
        """Bind and return the page's address; a taken port is stepped past.

        Raises:
            ConfigRefused: the host is not loopback.
            Busy: twenty ports in a row are taken, or this machine has no such address.
        """
        if not _is_loopback(host):
            raise ConfigRefused(
                f"the page is not served on {host}",
                hint="use 127.0.0.1 and a tunnel to look from afar",
            )
        application = web.Application(middlewares=[_only_loopback])
        application.router.add_get("/", self._index)
        application.router.add_get("/live", self._live)
        application.router.add_get("/api/snapshot", self._snapshot_once)
        application.router.add_get("/api/history", self._history_once)
        application.router.add_static("/static", STATIC)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        ports = range(port, min(port + PORTS_TRIED_MAX - 1, PORT_MAX) + 1)
        for candidate in ports:
            site = web.TCPSite(self._runner, host, candidate)
            try:
                await site.start()
            except OSError as error:
                if error.errno != EADDRINUSE:
                    raise Busy(
                        f"cannot serve the page on {host} port {candidate}: {error.strerror}",
                        hint="set monitoring.dashboard.host and port",
                    ) from error
                continue
            bound: int = self._runner.addresses[0][1]
            return f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        raise Busy(
            f"ports {ports[0]} to {ports[-1]} on {host} are all taken",
            hint="set monitoring.dashboard.port",
        )

    def show(self, snapshot: RuntimeSnapshot) -> None:
        """Let everybody who looks have this one next; what they had not read yet is skipped."""
        self._latest = snapshot
        if self._mailboxes:
            frame = self._encode(snapshot)
            for mailbox in self._mailboxes.values():
                mailbox.put(frame)

    async def aclose(self) -> None:
        """Turn the viewers away and stop listening."""
        for mailbox in self._mailboxes.values():
            mailbox.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html", headers=HEADERS)

    async def _snapshot_once(self, _: web.Request) -> web.StreamResponse:
        if self._latest is None:
            raise web.HTTPServiceUnavailable(text="nothing to show yet")
        body = self._encode(self._latest)
        return web.Response(body=body, content_type="application/json", headers=HEADERS)

    async def _history_once(self, _: web.Request) -> web.StreamResponse:
        body = msgspec.json.encode(self._history())
        return web.Response(body=body, content_type="application/json", headers=HEADERS)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if len(self._mailboxes) >= VIEWERS_MAX:
            raise web.HTTPServiceUnavailable(text=f"{VIEWERS_MAX} viewers are looking already")
        viewer = web.WebSocketResponse(heartbeat=20.0, compress=False, max_msg_size=4_096)
        await viewer.prepare(request)
        self._viewers_seen += 1
        number = self._viewers_seen
        mailbox: Mailbox[bytes] = Mailbox(1, MailboxPolicy.CONFLATE)
        self._mailboxes[number] = mailbox
        if self._latest is not None:
            mailbox.put(self._encode(self._latest))
        self._tasks.spawn(f"page viewer {number}", lambda: _forward(mailbox, viewer))
        try:
            async for message in viewer:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            del self._mailboxes[number]
            mailbox.close()
        return viewer


async def _forward(mailbox: Mailbox[bytes], viewer: web.WebSocketResponse) -> None:
    """Send what is left in the mailbox until the viewer or the server is gone."""
    try:
        while True:
            await viewer.send_frame(await mailbox.get(), WSMsgType.TEXT)
    except (ConnectionError, MailboxClosed):
        await viewer.close()


@web.middleware
async def _only_loopback(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    origin = request.headers.get("Origin")
    if not _names_us(f"http://{request.host}") or (origin is not None and not _names_us(origin)):
        raise web.HTTPForbidden(text="this page is served to this machine only")
    return await handler(request)


def _names_us(url: str) -> bool:
    """Whether the host of the URL, with or without port and brackets, is this machine."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return host is not None and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
