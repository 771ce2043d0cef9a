"""The page at 127.0.0.1: static files, and one WebSocket that sends the newest snapshot.

The trading process only encodes a snapshot, a few times a second and only while somebody looks;
drawing happens in the browser. A slow browser gets fewer frames, never a queue.

Only loopback is served, and only to a loopback `Host` and `Origin`: a page of somebody else's that
resolves to this machine gets 403 (faults.md X05).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from errno import EADDRINUSE
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from hive.app.snapshot import RuntimeSnapshot
from hive.domain.errors import Busy, ConfigRefused

STATIC: Final = Path(__file__).parent / "static"
PORTS_TRIED_MAX: Final = 20
VIEWERS_MAX: Final = 16
VIEWER_BUFFER_BYTES_MAX: Final = 1_000_000
LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; connect-src 'self' ws:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PageServer:
    """Serves one runtime's page. `snapshot` is called when a frame is due and somebody looks."""

    def __init__(self, snapshot: Callable[[], RuntimeSnapshot]) -> None:
        self._snapshot = snapshot
        self._encode = msgspec.json.Encoder().encode
        self._viewers: dict[web.WebSocketResponse, web.Request] = {}
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> str:
        """Bind and return the page's address; a taken port is stepped past.

        Raises:
            ConfigRefused: the host is not loopback.
            Busy: twenty ports in a row are taken.
        """
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise ConfigRefused(
                f"the page is not served on {host}",
                hint="use 127.0.0.1 and a tunnel to look from afar",
            )
        application = web.Application(middlewares=[_only_loopback])
        application.router.add_get("/", self._index)
        application.router.add_get("/live", self._live)
        application.router.add_get("/api/snapshot", self._snapshot_once)
        application.router.add_static("/static", STATIC)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        for candidate in range(port, port + PORTS_TRIED_MAX):
            site = web.TCPSite(self._runner, host, candidate)
            try:
                await site.start()
            except OSError as error:
                if error.errno != EADDRINUSE:
                    raise Busy(f"cannot serve the page on {host}:{candidate}: {error}") from error
                continue
            bound = self._runner.addresses[0][1]
            return f"http://{host}:{bound}"
        raise Busy(
            f"ports {port} to {port + PORTS_TRIED_MAX - 1} on {host} are all taken",
            hint="set monitoring.dashboard.port",
        )

    async def send_frame(self) -> None:
        """Send the newest snapshot to everybody who looks and keeps up."""
        if not self._viewers:
            return
        frame = self._encode(self._snapshot()).decode()
        for viewer, request in list(self._viewers.items()):
            transport = request.transport
            if transport is None or transport.get_write_buffer_size() > VIEWER_BUFFER_BYTES_MAX:
                continue
            try:
                await viewer.send_str(frame)
            except (ConnectionError, RuntimeError):
                self._viewers.pop(viewer, None)

    async def aclose(self) -> None:
        for viewer in list(self._viewers):
            await viewer.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html", headers=HEADERS)

    async def _snapshot_once(self, _: web.Request) -> web.StreamResponse:
        return web.Response(
            body=self._encode(self._snapshot()), content_type="application/json", headers=HEADERS
        )

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if len(self._viewers) >= VIEWERS_MAX:
            raise web.HTTPServiceUnavailable(text=f"{VIEWERS_MAX} viewers are looking already")
        viewer = web.WebSocketResponse(heartbeat=20.0, compress=False, max_msg_size=4_096)
        await viewer.prepare(request)
        self._viewers[viewer] = request
        try:
            async for message in viewer:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._viewers.pop(viewer, None)
        return viewer


@web.middleware
async def _only_loopback(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    host = request.host.rsplit(":", 1)[0] if request.host.count(":") else request.host
    origin = request.headers.get("Origin")
    if host not in LOOPBACK_NAMES or (
        origin is not None and origin.split("://", 1)[-1].rsplit(":", 1)[0] not in LOOPBACK_NAMES
    ):
        raise web.HTTPForbidden(text="this page is served to this machine only")
    return await handler(request)
