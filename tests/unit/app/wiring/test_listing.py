"""What answers at a URL is told from a venue, in a line that names the URL, the key and why."""

from __future__ import annotations

import pytest

from hive.app.wiring.listing import VENUE_HINT, NoVenue, listed
from hive.connection.rate_budget import IpBudget
from hive.connection.rest_client import RestClient
from hive.domain.errors import HiveError, VenueRefused
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.ports import HttpReply, WsLink, WsListener
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import Kernel, ProcessLoop

URL = "http://127.0.0.1:80"


class Something:
    """A server that gives everybody the same answer."""

    def __init__(self, reply: HttpReply) -> None:
        self.reply = reply

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        return self.reply

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        raise NotImplementedError

    async def aclose(self) -> None: ...


def refusal(status: int, body: bytes) -> HiveError:
    kernel = Kernel()
    clock = VirtualClock(kernel, 0)
    rest = RestClient(Something(HttpReply(status, body)), clock, IpBudget(VenueLimits()), url=URL)
    refusals: list[HiveError] = []

    async def ask() -> None:
        try:
            await listed(rest, URL)
        except HiveError as error:
            refusals.append(error)

    kernel.run_until_done(ProcessLoop(kernel, "p").start(ask()), limit_ns=600 * 10**9)
    (error,) = refusals
    return error


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b"<html><body>It works!</body></html>\n", "its answer is no JSON"),
        (200, b"\xff\xfe", "its answer is no JSON"),
        (200, b'{"ok":true}', "its answer lists no instruments (Object missing required field"),
        (501, b"<!DOCTYPE HTML>\n<html>\n...", "it answers HTTP 501 Not Implemented"),
        (404, b"404: Not Found", "it answers HTTP 404 Not Found"),
    ],
)
def test_something_else_is_no_venue(status: int, body: bytes, reason: str) -> None:
    error = refusal(status, body)
    assert isinstance(error, NoVenue)
    assert str(error).startswith(f"{URL} (account.url) is no Hyperliquid venue: {reason}")
    assert "\n" not in str(error)
    assert error.hint == VENUE_HINT


@pytest.mark.parametrize(("status", "words"), [(502, "502 Bad Gateway"), (403, "403 Forbidden")])
def test_a_venue_that_does_not_serve_us_is_not_called_something_else(
    status: int, words: str
) -> None:
    error = refusal(status, b"<html>\n")
    assert isinstance(error, VenueRefused)
    assert str(error) == f"{URL} (account.url) answers HTTP {words}"
