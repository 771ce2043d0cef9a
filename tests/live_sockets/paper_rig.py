"""A venue that another one feeds, over real sockets, and a paper account on it.

The other venue runs five times as fast, so that seconds are enough.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import count, repeat
from typing import Any, Final

from hive.app.venue_commands.feed import LiveFeed
from hive.app.venue_commands.options import VenueOptions
from hive.app.venue_commands.serving import Fed, venue_server
from hive.domain.market import Side
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import Signer
from hive.localvenue.listings.listing_plan import ListPerp
from hive.localvenue.markets.feed_events import FeedBook, FeedEvent, FeedTop, FeedTrade
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SeededRng
from hive.serving.web_server import VenueServer

PACE: Final = 5.0
ASSET_IDS: Final = {"BTC": 0, "SOL": 5, "xyz:TSLA": 110_001, "test:ABC": 120_000}
SIZES: Final = {"BTC": "0.01"}
WAIT_S_MAX: Final = 30.0
FILLS_WANTED: Final = 5


class Observer:
    """What the other venue told, coin by coin."""

    def __init__(self) -> None:
        self.events: defaultdict[str, list[FeedEvent]] = defaultdict(list)

    def take(self, event: FeedEvent) -> None:
        self.events[event.coin].append(event)

    def justifies(self, fill: dict[str, Any]) -> bool:
        """Whether the tape reached a resting order's price, or offered a taker that price."""
        side, px = Side(fill["side"]), Decimal(fill["px"])
        for event in self.events[fill["coin"]]:
            best = self._best(event, side.opposite)
            if best is not None and (px - best) * side.sign >= 0:
                return True
            if fill["crossed"] or not isinstance(event, FeedTrade):
                continue
            if event.side is side.opposite and (px - event.px) * side.sign >= 0:
                return True
        return False

    def best_ever(self, coin: str, side: Side) -> Decimal:
        """The best price for a taker that any book had on that side."""
        found = [self._best(event, side) for event in self.events[coin]]
        prices = [px for px in found if px is not None]
        return min(prices) if side is Side.SELL else max(prices)

    @staticmethod
    def _best(event: FeedEvent, side: Side) -> Decimal | None:
        match event:
            case FeedBook(bids=bids, asks=asks):
                rungs = asks if side is Side.SELL else bids
                return rungs[0][0] if rungs else None
            case FeedTop(bid=bid, ask=ask):
                rung = ask if side is Side.SELL else bid
                return rung[0] if rung else None
            case _:
                return None


class Paper:
    """A paper account at the fed venue, over HTTP."""

    def __init__(self, net: LiveNet, url: str) -> None:
        self._net = net
        self._url = url
        self.signer = Signer("11" * 32)
        self._nonces = count(SystemClock().now_ms())

    async def info(self, **request: Any) -> Any:
        body = json.dumps(request).encode()
        reply = await self._net.post(f"{self._url}/info", body, timeout_ms=5_000)
        assert reply.status == 200, reply
        return json.loads(reply.body)

    async def place(self, *orders: dict[str, Any]) -> list[Any]:
        action = {"type": "order", "orders": list(orders), "grouping": "na"}
        nonce = next(self._nonces)
        signed = self.signer.sign_l1(
            parse_action(action), nonce, is_mainnet=False, vault=None, expires_after=None
        )
        envelope = {
            "action": action,
            "nonce": nonce,
            "signature": {"r": signed.r, "s": signed.s, "v": signed.v},
            "vaultAddress": None,
        }
        body = json.dumps(envelope).encode()
        reply = await self._net.post(f"{self._url}/exchange", body, timeout_ms=5_000)
        answer = json.loads(reply.body)
        assert answer["status"] == "ok", answer
        statuses: list[Any] = answer["response"]["data"]["statuses"]
        return statuses

    async def credit(self, usd: int, dex: str) -> None:
        """Have money on a builder dex."""
        asked = {"type": "credit", "user": self.signer.address, "usd": str(usd), "dex": dex}
        body = json.dumps(asked).encode()
        reply = await self._net.post(f"{self._url}/oracle", body, timeout_ms=5_000)
        assert reply.status == 200, reply

    async def fills(self) -> list[dict[str, Any]]:
        fills: list[dict[str, Any]] = await self.info(type="userFills", user=self.signer.address)
        return fills

    async def top(self, coin: str) -> tuple[str, str]:
        """The best prices, as the fed venue shows them."""
        bids, asks = (await self.info(type="l2Book", coin=coin))["levels"]
        return bids[0]["px"], asks[0]["px"]


def order(coin: str, *, is_buy: bool, px: str, tif: str) -> dict[str, Any]:
    size = SIZES.get(coin, "5")
    terms = {"limit": {"tif": tif}}
    return {"a": ASSET_IDS[coin], "b": is_buy, "p": px, "s": size, "r": False, "t": terms}


def number(px: str) -> str:
    """Prices go out without needless zeros."""
    return px.removesuffix(".0")


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again: what is waited for is told to nobody."""
    async with asyncio.timeout(WAIT_S_MAX):
        for pause_s in repeat(0.02):
            if condition():
                return
            await asyncio.sleep(pause_s)


@asynccontextmanager
async def other_venue(*names: str, dex_perps: tuple[ListPerp, ...] = ()) -> AsyncIterator[str]:
    """One that has makers in these coins."""
    options = VenueOptions(port=0, names=names, dex_perps=dex_perps, speed=PACE, has_limits=False)
    server = venue_server(options)
    port = await server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.aclose()


@asynccontextmanager
async def feed_of(net: LiveNet, url: str) -> AsyncIterator[LiveFeed]:
    feed = LiveFeed(net, SystemClock(), SeededRng(1), url=url)
    try:
        yield feed
    finally:
        await feed.aclose()


async def served(options: VenueOptions, fed: Fed) -> tuple[VenueServer, str]:
    server = venue_server(options, fed)
    port = await server.start()
    await fed.start(server.nudge)
    return server, f"http://127.0.0.1:{port}"


async def _ask_for_all(paper: Paper, coin: str, turn: int) -> None:
    """Rest on both sides, and take on one."""
    bid, ask = (number(px) for px in await paper.top(coin))
    is_buy = turn % 2 == 0
    await paper.place(
        order(coin, is_buy=True, px=bid, tif="Gtc"),
        order(coin, is_buy=False, px=ask, tif="Gtc"),
        order(coin, is_buy=is_buy, px=ask if is_buy else bid, tif="Ioc"),
    )


async def trade_and_judge(
    paper: Paper, observer: Observer, coins: tuple[str, ...], *, wanted: int = FILLS_WANTED
) -> None:
    """Rest and take on both sides until there are so many fills of both kinds, and one in each
    coin, and hold each against what the observer heard."""
    made = took = 0
    filled: set[str] = set()
    async with asyncio.timeout(WAIT_S_MAX):
        while min(made, took) < wanted or filled != set(coins):
            await asyncio.gather(*(_ask_for_all(paper, coin, took) for coin in coins))
            fills = await paper.fills()
            made = sum(not fill["crossed"] for fill in fills)
            took = len(fills) - made
            filled = {fill["coin"] for fill in fills}
    for fill in await paper.fills():
        assert observer.justifies(fill), fill
        if fill["crossed"]:
            side = Side(fill["side"])
            best = observer.best_ever(fill["coin"], side.opposite)
            assert (Decimal(fill["px"]) - best) * side.sign >= 0, fill
