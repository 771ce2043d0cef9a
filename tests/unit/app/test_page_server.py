"""The page is served to this machine only, steps past a taken port and sends live snapshots."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import msgspec
import pytest
from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.page_server import PageServer
from hive.app.snapshot import History, RuntimeSnapshot
from hive.domain.errors import ConfigRefused
from hive.runtime.clock import SystemClock
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash


HISTORY = History(equity_usd=[100.0, 101.0], sent=[0, 5], fills=[0, 1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def page_server() -> PageServer:
    def fail(crash: TaskCrash) -> None:
        raise AssertionError(crash)

    return PageServer(Supervisor(SystemClock(), SeededRng(1), fail), lambda: HISTORY)


async def served() -> tuple[PageServer, str]:
    server = page_server()
    server.show(SNAPSHOT)
    return server, await server.start("127.0.0.1", free_port())


def test_a_browser_gets_the_page_and_then_the_newest_snapshot() -> None:
    async def look() -> tuple[str, RuntimeSnapshot]:
        server, url = await served()
        async with aiohttp.ClientSession() as browser:
            async with browser.get(url) as page:
                html = await page.text()
                assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            async with browser.get(url + "/api/history") as reply:
                assert msgspec.json.decode(await reply.read(), type=History) == HISTORY
            async with browser.ws_connect(url + "/live") as live:
                first = await live.receive_str()
                server.show(later(SNAPSHOT, fills=91))
                second = await live.receive_str()
        frame = msgspec.json.decode(second, type=RuntimeSnapshot)
        assert msgspec.json.decode(first, type=RuntimeSnapshot) == SNAPSHOT
        await server.aclose()
        return html, frame

    html, frame = asyncio.run(look())
    assert "/static/page.js" in html
    assert frame.fills == 91


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
        first, second = page_server(), page_server()
        port = free_port()
        urls = await first.start("127.0.0.1", port), await second.start("127.0.0.1", port)
        await first.aclose()
        await second.aclose()
        return urls

    one, other = asyncio.run(start_two())
    assert one != other


def test_only_loopback_is_offered() -> None:
    with pytest.raises(ConfigRefused):
        asyncio.run(page_server().start("0.0.0.0", 0))  # noqa: S104 (what is refused)
