"""Another venue's public streams as feed events, over our own client.

Of each coin: books (20 levels seldom, 5 levels often), best prices, trades and contexts. What a
stream repeats after a reconnect is left out; what it missed becomes a gap, after which the fed
books are empty until the next one comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from hive.connection.ports import Lease
from hive.connection.rate_budget import IpBudget
from hive.connection.rest_client import RestClient
from hive.connection.ws_pool import WsPool
from hive.domain.errors import BadFrame, ConfigRefused
from hive.domain.instruments import unknown_coin
from hive.domain.market import Level, StreamCondition, Trade
from hive.hyperliquid import codec_requests, wire
from hive.hyperliquid.codec_market import to_trades
from hive.hyperliquid.codec_universe import decode_perp_dexs
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.session_timing import session_timing
from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import Push
from hive.localvenue.listings.catalog import Catalog, catalog_of
from hive.localvenue.markets.feed_events import (
    FULL_REACH,
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedGap,
    FeedTop,
    FeedTrade,
    Rung,
)
from hive.localvenue.markets.recordings import BuilderDex, Universe
from hive.marketdata.streams import TradeRun
from hive.runtime.ports import Clock, Net, Rng
from hive.runtime.tasks import Supervisor, TaskCrash

FAST_REACH: Final = 5
SHUTDOWN_MS: Final = 2_000
STREAMS_PER_COIN: Final = 5
COINS_MAX: Final = VenueLimits().subscriptions_held_max // STREAMS_PER_COIN
"""Of which another venue lets one IP hear everything, with room to reconnect."""

OnEvent = Callable[[FeedEvent], None]


class LiveFeed:
    """One venue's public streams. `universe`, then `start`, then `aclose`."""

    def __init__(self, net: Net, clock: Clock, rng: Rng, *, url: str) -> None:
        """`url` is the venue's root, as for the official clients."""
        limits = VenueLimits()
        budget = IpBudget(limits)
        self._clock = clock
        self._rest = RestClient(net, clock, budget, url=url)
        self._tasks = Supervisor(clock, rng, self._crashed)
        self._pool = WsPool(
            net,
            clock,
            rng,
            self._tasks,
            url=url.rstrip("/").replace("http", "ws", 1) + "/ws",
            limits=limits,
            ip_budget=budget,
            timing=session_timing(limits, None),
        )
        self._leases: list[Lease] = []
        self.crashes: list[TaskCrash] = []
        """Of the client; it starts again by itself, a few times."""

    async def universe(self) -> Universe:
        """What the venue lists on all its perp dexes, with its live numbers.

        Raises:
            LinkError: it cannot be reached.
            VenueRefused: it does not answer that.
            BadFrame: its answer makes no sense.
        """
        first = await self._listed("")
        body = await self._rest.info(codec_requests.perp_dexs())
        names, rows = decode_perp_dexs(body), msgspec.json.decode(body, type=list[msgspec.Raw])
        dexes: list[BuilderDex] = []
        for name, row in zip(
            names[1:], rows[1:], strict=True
        ):  # places matter: they are in the ids
            if not name:
                raise BadFrame("perpDexs has a builder dex without a name")
            listed = await self._listed(name)
            dexes.append(BuilderDex(row, listed.meta, listed.contexts))
        return Universe(first.meta, first.contexts, tuple(dexes))

    async def _listed(self, dex: str) -> Universe:
        """What one dex lists."""
        body = await self._rest.info(codec_requests.meta_and_contexts(dex))
        try:
            return msgspec.json.decode(body, type=Universe)
        except msgspec.DecodeError as error:
            raise BadFrame(f"metaAndAssetCtxs is not what it should be: {error}") from None

    async def start(self, coins: Iterable[str], on_event: OnEvent) -> None:
        """Subscribe, and tell of everything from here on.

        Raises:
            LimitReached: more coins than `COINS_MAX`.
        """
        for coin in coins:
            sink = _CoinSink(coin, on_event, self._clock)
            self._leases.extend(
                self._pool.subscribe(subscription, sink) for subscription in _streams(coin)
            )
        await self._pool.start()

    async def aclose(self) -> None:
        for lease in self._leases:
            lease.close()
        await self._pool.aclose()
        await self._tasks.shutdown(SHUTDOWN_MS)

    def _crashed(self, crash: TaskCrash) -> None:
        self.crashes.append(crash)


def _streams(coin: str) -> tuple[Subscription, ...]:
    return (
        Subscription("l2Book", coin=coin),
        Subscription("l2Book", coin=coin, fast=True),
        Subscription("bbo", coin=coin),
        Subscription("trades", coin=coin),
        Subscription("activeAssetCtx", coin=coin),
    )


class _CoinSink:
    """Behind `PushSink`: one coin's streams."""

    def __init__(self, coin: str, on_event: OnEvent, clock: Clock) -> None:
        self._coin = coin
        self._on_event = on_event
        self._clock = clock
        self._run = TradeRun(coin)
        self._venue_ms = 0

    def on_push(self, push: Push, received_ns: int) -> None:
        match push:
            case wire.L2BookPush(data=book):
                bids, asks = (tuple(map(_rung, side)) for side in book.levels)
                reach = FAST_REACH if book.fast else FULL_REACH
                self._tell(FeedBook(self._coin, book.time, bids, asks, reach))
            case wire.BboPush(data=top):
                bid, ask = (None if level is None else _rung(level) for level in top.bbo)
                self._tell(FeedTop(self._coin, top.time, bid, ask))
            case wire.TradesPush(data=trades):
                for trade in self._run.accept(to_trades(trades, received_ns)).trades:
                    self._tell(_feed_trade(trade))
            case wire.ActiveAssetCtxPush(data=active):
                mark_px, oracle_px = _exact(active.ctx.mark_px), _exact(active.ctx.oracle_px)
                self._tell(FeedContext(self._coin, self._venue_ms, mark_px, oracle_px))
            case _:
                pass  # acks and the like

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:
        self._run.broke()
        self._tell(self._gap(f"{subscription.type} was interrupted for {to_ms - from_ms} ms"))

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        """A quiet coin trades seldom, so only the book's silence is a loss."""
        if condition is StreamCondition.STALE and subscription.fast:
            self._tell(self._gap("the book is not heard"))

    def _gap(self, reason: str) -> FeedGap:
        return FeedGap(self._coin, self._venue_ms or self._clock.now_ms(), reason)

    def _tell(self, event: FeedEvent) -> None:
        self._venue_ms = max(self._venue_ms, event.ms)
        self._on_event(event)


def _feed_trade(trade: Trade) -> FeedTrade:
    return FeedTrade(
        trade.coin,
        trade.venue_ms,
        trade.side,
        _exact(trade.px),
        _exact(trade.sz),
        int(trade.trade_id),
        trade.buyer,
        trade.seller,
    )


def _rung(level: Level) -> Rung:
    return _exact(level.px), _exact(level.sz)


def _exact(number: float) -> Decimal:
    """The number that the venue wrote: its text has fewer digits than a float keeps."""
    return Decimal(repr(number))


def coins_of_universe(
    universe: Universe, *, names: tuple[str, ...], count: int | None
) -> dict[str, float]:
    """The coins that are wanted with their mark prices: those named, or the busiest of all dexes,
    as many as are wanted and can be followed.

    Raises:
        UnknownCoin: a name is none of the venue's live coins.
        ConfigRefused: more are named than can be followed.
    """
    live = _traded(universe.meta, universe.contexts)
    for dex in universe.dexes:
        live |= _traded(dex.meta, dex.contexts)
    if len(names) > COINS_MAX:
        raise ConfigRefused(f"{len(names)} coins are named, {COINS_MAX} can be followed")
    for name in names:
        if name not in live:
            raise unknown_coin(name, live, said="the venue has no live perp")
    busiest = sorted(live, key=lambda coin: float(live[coin].day_ntl_vlm), reverse=True)
    wanted = names or busiest[: COINS_MAX if count is None else min(count, COINS_MAX)]
    return {coin: float(live[coin].mark_px or 0) for coin in wanted}


def catalog_of_universe(universe: Universe) -> Catalog:
    """What is listed, as another venue told it."""
    dexes = msgspec.json.encode(universe.dexes)
    return catalog_of(bytes(universe.meta), bytes(universe.contexts), dexes)


def _traded(meta: msgspec.Raw, contexts: msgspec.Raw) -> dict[str, _Live]:
    """The perps of a dex that are traded, with their numbers."""
    listed = msgspec.json.decode(meta, type=_Listed).universe
    numbers = msgspec.json.decode(contexts, type=list[_Live])
    return {
        perp.name: context
        for perp, context in zip(listed, numbers, strict=False)
        if not perp.is_delisted and float(context.mark_px or 0) > 0
    }


class _Perp(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    is_delisted: bool = False


class _Listed(msgspec.Struct, frozen=True):
    universe: tuple[_Perp, ...]


class _Live(msgspec.Struct, frozen=True, rename="camel"):
    mark_px: str | None
    day_ntl_vlm: str
