"""A venue fed by another over real sockets: paper fills are what the other's tape allows.

The other venue runs five times as fast, so that seconds are enough. Beside the feed an observer
hears the same streams; every paper fill is held against what it heard up to then.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import count, repeat
from pathlib import Path
from typing import Any, Final

from tests.live_sockets.peer import Play

from hive.app.recording_files import open_past
from hive.app.venue_feed import LiveFeed, coins_of_universe
from hive.app.venue_options import VenueOptions
from hive.app.venue_record import RecordingFile
from hive.app.venue_serving import Fed, venue_server
from hive.domain.market import Side
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import Signer
from hive.localvenue.markets.feed_events import FeedBook, FeedContext, FeedEvent, FeedTop, FeedTrade
from hive.localvenue.markets.recordings import FORMAT_VERSION, Header
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SeededRng
from hive.serving.web_server import VenueServer

PACE: Final = 5.0
COINS: Final = ("BTC", "SOL")
ASSET_IDS: Final = {"BTC": 0, "SOL": 5}
WAIT_S_MAX: Final = 30.0
FILLS_WANTED: Final = 5


class Observer:
    """What the other venue told, coin by coin."""

    def __init__(self) -> None:
        self.events: dict[str, list[FeedEvent]] = {coin: [] for coin in COINS}

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

    async def fills(self) -> list[dict[str, Any]]:
        fills: list[dict[str, Any]] = await self.info(type="userFills", user=self.signer.address)
        return fills

    async def top(self, coin: str) -> tuple[str, str]:
        """The best prices, as the fed venue shows them."""
        bids, asks = (await self.info(type="l2Book", coin=coin))["levels"]
        return bids[0]["px"], asks[0]["px"]


def order(coin: str, *, is_buy: bool, px: str, tif: str) -> dict[str, Any]:
    size = "0.01" if coin == "BTC" else "1"
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
async def other_venue() -> AsyncIterator[str]:
    server = venue_server(VenueOptions(port=0, names=COINS, speed=PACE, has_limits=False))
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


def test_every_paper_fill_is_justified_by_the_tape_and_none_is_better(play: Play) -> None:
    async def scene(net: LiveNet) -> None:
        async with other_venue() as url, feed_of(net, url) as live, feed_of(net, url) as second:
            universe = await live.universe()
            coins = coins_of_universe(universe, names=COINS, count=None)
            observer = Observer()
            await second.start(COINS, observer.take)
            fed = Fed(live, universe, coins, SystemClock())
            funded = {Signer("11" * 32).address: Decimal(1_000_000)}
            options = VenueOptions(port=0, funded=funded, has_limits=False)
            server, paper_url = await served(options, fed)
            try:
                await until(lambda: fed.markets.counts.events > 30)
                await trade_and_judge(Paper(net, paper_url), observer)
                assert fed.markets.counts.gaps == 0
                assert fed.markets.counts.off_tick == 0
            finally:
                await server.aclose()

    play(scene)


async def trade_and_judge(paper: Paper, observer: Observer) -> None:
    made = took = 0
    async with asyncio.timeout(WAIT_S_MAX):
        while made < FILLS_WANTED or took < FILLS_WANTED:
            for coin in COINS:
                bid, ask = (number(px) for px in await paper.top(coin))
                await paper.place(
                    order(coin, is_buy=True, px=bid, tif="Gtc"),
                    order(coin, is_buy=False, px=ask, tif="Gtc"),
                    order(coin, is_buy=took % 2 == 0, px=ask if took % 2 == 0 else bid, tif="Ioc"),
                )
            fills = await paper.fills()
            made = sum(not fill["crossed"] for fill in fills)
            took = len(fills) - made
    for fill in await paper.fills():
        assert observer.justifies(fill), fill
        if fill["crossed"]:
            side = Side(fill["side"])
            best = observer.best_ever(fill["coin"], side.opposite)
            assert (Decimal(fill["px"]) - best) * side.sign >= 0, fill


def test_what_is_recorded_is_played_again(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "past.hive.gz"

    async def scene(net: LiveNet) -> None:
        async with other_venue() as url, feed_of(net, url) as live:
            clock = SystemClock()
            universe = await live.universe()
            header = Header(
                version=FORMAT_VERSION,
                url=url,
                started_ms=clock.now_ms(),
                coins=COINS,
                universe=universe,
            )
            file = RecordingFile(path, header, clock)
            observer = Observer()

            def take(event: FeedEvent) -> None:
                observer.take(event)
                file.add(event)

            await live.start(COINS, take)
            await until(lambda: file.events > 60)
            file.close()
            played = [recorded.event for recorded in open_past(path).events]
            for coin in COINS:
                heard = observer.events[coin][: sum(event.coin == coin for event in played)]
                assert [event for event in played if event.coin == coin] == heard
            kinds = {type(event) for event in played}
            assert kinds == {FeedBook, FeedTop, FeedTrade, FeedContext}
            await play_again(net, played)

    async def play_again(net: LiveNet, played: list[FeedEvent]) -> None:
        server = venue_server(VenueOptions(port=0, replay=path, speed=20.0))
        port = await server.start()
        try:
            paper = Paper(net, f"http://127.0.0.1:{port}")
            first = next(event for event in played if isinstance(event, FeedBook))
            async with asyncio.timeout(WAIT_S_MAX):
                trades = await paper.info(type="recentTrades", coin=first.coin)
                while not trades:
                    trades = await paper.info(type="recentTrades", coin=first.coin)
            heard = {str(event.px) for event in played if isinstance(event, FeedTrade)}
            assert {trade["px"] for trade in trades} <= heard
            mids = await paper.info(type="allMids")
            assert abs(Decimal(mids[first.coin]) / first.bids[0][0] - 1) < Decimal("0.01")
        finally:
            await server.aclose()

    play(scene)
