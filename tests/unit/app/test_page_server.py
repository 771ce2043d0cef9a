"""The page is served to this machine only, steps past a taken port and sends live snapshots."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import msgspec
import pytest
from tests.unit.app.snapshots import SNAPSHOT

from hive.app.page_server import PageServer
from hive.app.snapshot import RuntimeSnapshot
from hive.domain.errors import ConfigRefused


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def served() -> tuple[PageServer, str]:
    server = PageServer(lambda: SNAPSHOT)
    return server, await server.start("127.0.0.1", free_port())


def test_a_browser_gets_the_page_and_then_the_newest_snapshot() -> None:
    async def look() -> tuple[str, RuntimeSnapshot]:
        server, url = await served()
        async with aiohttp.ClientSession() as browser:
            async with browser.get(url) as page:
                html = await page.text()
                assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            async with browser.ws_connect(url + "/live") as live:
                received = asyncio.ensure_future(live.receive_str())
                while not received.done():
                    await server.send_frame()
                    await asyncio.sleep(0)
                frame = msgspec.json.decode(received.result(), type=RuntimeSnapshot)
        await server.aclose()
        return html, frame

    html, frame = asyncio.run(look())
    assert "/static/page.js" in html
    assert frame == SNAPSHOT


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_somebody_elses_page_is_turned_away(headers: dict[str, str]) -> None:
    async def look() -> int:
        server, url = await served()
        async with (
            aiohttp.ClientSession() as browser,
            browser.get(url + "/api/snapshot", headers=headers) as reply,
        ):
            status = reply.status
        await server.aclose()
        return status

    assert asyncio.run(look()) == 403


@pytest.mark.parametrize("path", ["/static/../page_server.py", "/static/%2e%2e/wiring.py", "/etc"])
def test_nothing_but_the_page_is_served(path: str) -> None:
    async def look() -> int:
        server, url = await served()
        async with aiohttp.ClientSession() as browser, browser.get(url + path) as reply:
            status = reply.status
        await server.aclose()
        return status

    assert asyncio.run(look()) in (403, 404)


def test_a_taken_port_is_stepped_past() -> None:
    async def start_two() -> tuple[str, str]:
        first, second = PageServer(lambda: SNAPSHOT), PageServer(lambda: SNAPSHOT)
        port = free_port()
        urls = await first.start("127.0.0.1", port), await second.start("127.0.0.1", port)
        await first.aclose()
        await second.aclose()
        return urls

    one, other = asyncio.run(start_two())
    assert one != other


def test_only_loopback_is_offered() -> None:
    with pytest.raises(ConfigRefused):
        asyncio.run(PageServer(lambda: SNAPSHOT).start("0.0.0.0", 0))  # noqa: S104 (what is refused)
