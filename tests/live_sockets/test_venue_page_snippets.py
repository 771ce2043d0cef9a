"""What docs/venue.md tells to type is typed: its snippets are run against a venue, port apart."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.live_sockets.foreign_clients import python_of, served_venue

PAGE = (Path(__file__).parents[2] / "docs" / "venue.md").read_text()
PLACE = "127.0.0.1:8421"
RUN_S_MAX = 60


def snippet(after: str) -> str:
    """The first piece of code behind these words."""
    found = re.search(r"```\w*\n(.*?)```", PAGE.partition(after)[2], re.DOTALL)
    assert found, after
    return found[1]


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    with served_venue() as url:
        yield url.removeprefix("http://")


def run(python: str, program: str) -> None:
    done = subprocess.run(
        [python, "-c", program], capture_output=True, text=True, timeout=RUN_S_MAX, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_official_sdk_is_pointed_at_it(place: str) -> None:
    run(
        sys.executable,
        f"""
import os, secrets
import eth_account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
key = "0x" + secrets.token_hex(32)
{snippet("**The official SDK**").replace(PLACE, place)}
info.user_state(eth_account.Account.from_key(key).address)
answer = exchange.order("ETH", True, 0.2, 1_100, {{"limit": {{"tif": "Gtc"}}}})
assert "resting" in answer["response"]["data"]["statuses"][0], answer
os._exit(0)  # its socket's thread would never end
""",
    )


def test_ccxt_is_pointed_at_it(place: str) -> None:
    run(
        python_of("ccxt"),
        f"""
import asyncio, secrets
import ccxt.pro
async def main():
    key, address = "0x" + secrets.token_hex(32), "0x" + "ab" * 20
{textwrap.indent(snippet("**ccxt**").replace(PLACE, place), "    ")}
    markets = await exchange.load_markets()
    book = await exchange.fetch_order_book("BTC/USDC:USDC")
    watched = await exchange.watch_order_book("BTC/USDC:USDC")
    await exchange.close()
    assert markets and book["bids"] and watched["asks"]
asyncio.run(main())
""",
    )


def curl_and_websocat() -> tuple[str, str]:
    lines = snippet("**curl and websocat**").replace("$ ", "").splitlines()
    assert len(lines) == 2
    return lines[0], lines[1]


def test_curl_needs_nothing_but_the_url(place: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = curl_and_websocat()[0].replace(PLACE, place)
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=RUN_S_MAX, check=True
    )
    book = json.loads(done.stdout)
    assert book["coin"] == "BTC"
    assert all(book["levels"])


def test_a_line_into_a_socket_is_confirmed_and_answered(place: str) -> None:
    """What websocat does with the line: it is not there, so a socket is opened here."""
    line = curl_and_websocat()[1].replace(PLACE, place)
    found = re.fullmatch(r"echo '(.*)' \| websocat -n (\S+)", line)
    assert found, line

    async def heard() -> list[Any]:
        async with aiohttp.ClientSession() as session, session.ws_connect(found[2]) as socket:
            await socket.send_str(found[1])
            return [await socket.receive_json(), await socket.receive_json()]

    ack, first = asyncio.run(heard())
    assert ack["channel"] == "subscriptionResponse"
    assert (first["channel"], first["data"]["coin"]) == ("bbo", "BTC")


def test_the_first_lines_of_the_page_are_what_it_says() -> None:
    asked, said = snippet("# The local venue").strip().splitlines()
    options = asked.removeprefix("$ ./run venue serve ").split()
    assert said == "venue http://127.0.0.1:8421 seed 1"
    with served_venue(*options[2:], "--seed", "1") as url:
        assert url.startswith("http://127.0.0.1:")
