"""The page is served to this machine only, steps past a taken port and sends live snapshots."""

from __future__ import annotations

import asyncio
import re
import socket

import aiohttp
import msgspec
import pytest
from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.page.server import PORT_MAX, PageServer
from hive.app.snapshot import History, RuntimeSnapshot
from hive.domain.errors import Busy, ConfigRefused
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


async def asked(path: str, headers: dict[str, str]) -> int:
    server, url = await served()
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(url + path, headers=headers) as reply,
    ):
        status = reply.status
    await server.aclose()
    return status


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "127.0.0.1:8420"},
        {"Host": "127.9.9.9"},
        {"Host": "[::1]"},
        {"Host": "[::1]:8420"},
        {"Origin": "http://[::1]:8420"},
        {"Origin": "http://localhost:1"},
    ],
    ids=str,
)
def test_every_name_of_this_machine_is_let_in(headers: dict[str, str]) -> None:
    assert asyncio.run(asked("/api/snapshot", headers)) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:8420"},
        {"Host": "[::1"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1@evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_somebody_elses_page_is_turned_away(headers: dict[str, str]) -> None:
    assert asyncio.run(asked("/api/snapshot", headers)) == 403


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/__init__.py", "/etc"])
def test_nothing_but_the_page_is_served(path: str) -> None:
    assert asyncio.run(asked(path, {})) in (403, 404)


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


def test_the_search_for_a_free_port_ends_at_the_last_one() -> None:
    async def start_at_the_end() -> None:
        with socket.socket() as last:
            last.bind(("127.0.0.1", PORT_MAX))
            last.listen()
            server = page_server()
            try:
                await server.start("127.0.0.1", PORT_MAX)
            finally:
                await server.aclose()

    with pytest.raises(Busy, match=r"ports 65535 to 65535 on 127.0.0.1 are all taken"):
        asyncio.run(start_at_the_end())


def test_an_address_of_the_newer_kind_is_written_in_brackets() -> None:
    async def start() -> str:
        server = page_server()
        try:
            return await server.start("::1", 0)
        except Busy:
            pytest.skip("this machine has no ::1")
        finally:
            await server.aclose()

    assert re.fullmatch(r"http://\[::1\]:\d+", asyncio.run(start()))
