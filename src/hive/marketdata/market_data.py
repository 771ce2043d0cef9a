"""Market data for whoever asks: streams opened for the first listener and closed after the last.

Coins are checked against the venue's list before anything is subscribed: one unknown coin would
make the venue drop the socket and every stream on it (protocol.md 3.1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from hive.domain.errors import LimitReached
from hive.domain.instruments import Universe
from hive.domain.market import (
    AssetContext,
    Bbo,
    Book,
    Candle,
    CandleHistory,
    Mids,
    StreamCondition,
    StreamGap,
    Trade,
)
from hive.hyperliquid import subscriptions
from hive.hyperliquid.codec import to_asset_context, to_bbo, to_book, to_mids
from hive.hyperliquid.subscriptions import Subscription
from hive.marketdata.candle_feed import CandleFeed
from hive.marketdata.candles import WARMUP_MAX, check_interval
from hive.marketdata.ports import HistorySource, PushSource, TaskSource
from hive.marketdata.stream_owner import NS_BY_MS, OwnerWatch, StateOwner, TradeOwner
from hive.marketdata.streams import GapLog, VenueClock, worst
from hive.runtime.ports import Clock

STREAMS_MAX: Final = 480
"""Below the venue's thousand per address, so that a reconnect overlaps without refusal."""

ERRORS_KEPT: Final = 20

Owner = StateOwner[Any] | TradeOwner


class StreamStanding(NamedTuple):
    """A stream, and whether it can be trusted."""

    stream: str
    condition: StreamCondition


class MarketDataSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How the streams stand."""

    streams: tuple[StreamStanding, ...]
    candle_series: int
    candles_lost: int
    late_trades: int
    repeated_trades: int
    gaps: int
    gaps_unhealed: int
    recent_gaps: tuple[StreamGap, ...]
    handler_errors: int
    """Histories that could not be had, and listeners that raised."""
    last_error: str
    recent_errors: tuple[str, ...]
    """The last different ones, oldest first."""


class MarketData:
    """The one owner of every public stream of this process; also `execution`'s `Marks`."""

    def __init__(
        self,
        pool: PushSource,
        rest: HistorySource,
        clock: Clock,
        tasks: TaskSource,
        *,
        universe: Universe,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self.rest = rest
        self.tasks = tasks
        self.universe = universe
        self.venue_clock = VenueClock()
        self.gaps = GapLog()
        self.heard_ns = 0
        self.changes = 0
        self._owners: dict[Subscription, Owner] = {}
        self._bbo_by_coin: dict[str, StateOwner[Bbo]] = {}
        self._context_by_coin: dict[str, StateOwner[AssetContext]] = {}
        self._owners_by_coin: dict[str, dict[Subscription, Owner]] = {}
        self._feeds: dict[tuple[str, int], CandleFeed] = {}
        self._condition_handlers: dict[str, dict[_ConditionWatch, None]] = {}
        self._told_condition: dict[str, StreamCondition] = {}
        self._pulse: OwnerWatch | None = None
        """While there are candles: something that is pushed however quiet the markets are."""
        self._number = 0
        self._handler_errors = 0
        self._errors: deque[str] = deque(maxlen=ERRORS_KEPT)

    # --- to listen --------------------------------------------------------------------------------

    def watch_bbo(self, coin: str, handler: Callable[[Bbo], None]) -> OwnerWatch:
        """Hear every change of the best bid and offer.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: `STREAMS_MAX` are open.
        """
        self.universe.of_coin(coin)
        owner = self._state_owner(subscriptions.bbo(coin), to_bbo)
        self._bbo_by_coin[coin] = owner
        return owner.add(handler)

    def watch_book(
        self, coin: str, handler: Callable[[Book], None], *, fast: bool = True
    ) -> OwnerWatch:
        """Hear the book: five levels twice a second, or (not `fast`) twenty every five seconds.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: `STREAMS_MAX` are open.
        """
        self.universe.of_coin(coin)
        return self._state_owner(subscriptions.l2_book(coin, fast), self._to_book).add(handler)

    def watch_context(self, coin: str, handler: Callable[[AssetContext], None]) -> OwnerWatch:
        """Hear mark, oracle, funding and open interest, about once a second.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: `STREAMS_MAX` are open.
        """
        self.universe.of_coin(coin)
        owner = self._state_owner(subscriptions.active_asset_ctx(coin), to_asset_context)
        self._context_by_coin[coin] = owner
        return owner.add(handler)

    def watch_mids(self, handler: Callable[[Mids], None]) -> OwnerWatch:
        """Hear all mid prices, about every five seconds."""
        return self._state_owner(subscriptions.all_mids(), to_mids).add(handler)

    def watch_trades(self, coin: str, handler: Callable[[Trade], None]) -> OwnerWatch:
        """Hear every public trade once, in the venue's order; the first are up to 20 s old.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: `STREAMS_MAX` are open.
        """
        return self._trade_owner(coin).add(handler)

    def watch_candles(
        self,
        coin: str,
        interval_ms: int,
        handler: Callable[[Candle], None],
        *,
        on_history: Callable[[CandleHistory], None],
    ) -> OwnerWatch:
        """Hear each candle as it closes; those only caught up on (a healed gap) by `on_history`.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: the interval is not whole seconds up to a week, or too many streams.
        """
        return self._feed(coin, interval_ms).add(handler, on_history)

    def history(
        self, coin: str, interval_ms: int, count: int, handler: Callable[[CandleHistory], None]
    ) -> OwnerWatch:
        """Call `handler` once, later, with the last `count` closed candles, or all there are.

        They come from the trades heard, and from a minute up from the venue's own candles.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: the interval is not whole seconds up to a week, or `count` is too large.
        """
        if not 0 <= count <= WARMUP_MAX:
            raise LimitReached("warmup", f"{count} candles; the venue keeps {WARMUP_MAX}")
        return self._feed(coin, interval_ms).history(count, handler)

    def watch_condition(self, coin: str, handler: Callable[[StreamCondition], None]) -> OwnerWatch:
        """Hear when the trustworthiness of the coin's streams changes."""
        self.universe.of_coin(coin)
        watch = _ConditionWatch(handler)
        watches = self._condition_handlers.setdefault(coin, {})
        watches[watch] = None
        return OwnerWatch(lambda: watches.pop(watch, None) and None)

    # --- to ask -----------------------------------------------------------------------------------

    def bbo(self, coin: str) -> Bbo | None:
        """The last best bid and offer; None before the first, or when nobody watches."""
        owner = self._bbo_by_coin.get(coin)
        return None if owner is None else owner.latest

    def book(self, coin: str) -> Book | None:
        """The last book, the fast one if there is one; None when nobody watches."""
        for fast in (True, False):
            owner = self._owners.get(subscriptions.l2_book(coin, fast))
            if isinstance(owner, StateOwner) and owner.latest is not None:
                book: Book = owner.latest
                return book
        return None

    def mid_px(self, coin: str) -> float | None:
        """The middle of the best bid and offer, else the venue's own mid; None while unknown."""
        owner = self._bbo_by_coin.get(coin)
        if owner is not None and owner.latest is not None:
            middle_px = owner.latest.mid_px
            if middle_px is not None:
                return middle_px
        context = self._context_by_coin.get(coin)
        if context is not None and context.latest is not None:
            return context.latest.mid_px
        mids = self._owners.get(subscriptions.all_mids())
        if isinstance(mids, StateOwner) and mids.latest is not None:
            px: float | None = mids.latest.px_by_coin.get(coin)
            return px
        return None

    def mark_px(self, coin: str) -> float | None:
        """The venue's mark while its context is streamed, else the mid; None while unknown."""
        owner = self._context_by_coin.get(coin)
        if owner is not None and owner.latest is not None:
            return owner.latest.mark_px
        return self.mid_px(coin)

    def fresh_mark_px(self, coin: str) -> float | None:
        """The best price of a stream that can be trusted now: mark, middle of the book, mid.

        None when there is none: what must not rest on an old price is not done then.
        """
        context_owner = self._context_by_coin.get(coin)
        context = None if context_owner is None else context_owner.fresh
        if context is not None:
            return context.mark_px
        bbo_owner = self._bbo_by_coin.get(coin)
        bbo = None if bbo_owner is None else bbo_owner.fresh
        mid_px = None if bbo is None else bbo.mid_px
        if mid_px is not None:
            return mid_px
        mids_owner = self._owners.get(subscriptions.all_mids())
        mids = mids_owner.fresh if isinstance(mids_owner, StateOwner) else None
        return None if mids is None else mids.px_by_coin.get(coin)

    def condition(self, coin: str) -> StreamCondition:
        """The worst condition of the coin's open streams; STALE when none is open."""
        owners = self._owners_by_coin.get(coin, {})
        return worst(owner.condition for owner in owners.values())

    def venue_now_ms(self) -> int:
        """The venue's time as its own messages tell it; our wall clock before any."""
        now_ms = self.venue_clock.now_ms(self._clock.monotonic_ns() // NS_BY_MS)
        return self._clock.now_ms() if now_ms is None else now_ms

    def venue_heard_ms(self) -> int:
        """The venue's time when anything was last heard of it; 0 before."""
        return self.venue_clock.now_ms(self.heard_ns // NS_BY_MS) or 0

    def snapshot(self) -> MarketDataSnapshot:
        """How everything stands."""
        series = [feed.series for feed in self._feeds.values() if feed.series is not None]
        trades = [owner for owner in self._owners.values() if isinstance(owner, TradeOwner)]
        return MarketDataSnapshot(
            streams=tuple(
                StreamStanding(subscription.key, owner.condition)
                for subscription, owner in self._owners.items()
            ),
            candle_series=len(self._feeds),
            candles_lost=sum(each.lost for each in series),
            late_trades=sum(each.late_trades for each in series),
            repeated_trades=sum(owner.run.repeated for owner in trades),
            gaps=self.gaps.gaps,
            gaps_unhealed=self.gaps.unhealed,
            recent_gaps=self.gaps.recent(),
            handler_errors=self._handler_errors,
            last_error=self._errors[-1] if self._errors else "",
            recent_errors=tuple(self._errors),
        )

    # --- what owners and feeds ask ----------------------------------------------------------------

    def condition_changed(self, coin: str | None) -> None:
        """An owner's condition may have changed: tell, if the coin's as a whole did."""
        self.changes += 1
        if coin is None:
            return
        condition = self.condition(coin)
        if self._told_condition.get(coin) is condition:
            return
        self._told_condition[coin] = condition
        for watch in list(self._condition_handlers.get(coin, ())):
            try:
                watch.handler(condition)
            except Exception as error:  # noqa: BLE001 (one listener must not silence the others)
                self.handler_failed(f"condition of {coin}", error)

    def handler_failed(self, stream: str, error: Exception) -> None:
        """Count what went wrong beside the streams; the last few are kept for people."""
        self._handler_errors += 1
        text = f"{stream}: {error!r}"
        if text in self._errors:
            self._errors.remove(text)
        self._errors.append(text)

    def next_number(self) -> int:
        """A number not given before in this process."""
        self._number += 1
        return self._number

    # --- owners -----------------------------------------------------------------------------------

    def _to_book(self, data: Any, received_ns: int) -> Book:
        book = to_book(data, received_ns)
        self.venue_clock.heard(book.venue_ms, received_ns // NS_BY_MS)
        return book

    def _state_owner(
        self, subscription: Subscription, convert: Callable[[Any, int], Any]
    ) -> StateOwner[Any]:
        owner = self._owners.get(subscription)
        if owner is None:
            self._require_room(subscription)
            owner = StateOwner(subscription, convert, self, lambda: self._drop(subscription))
            self._keep(subscription, owner)
            owner.open(self._pool)
        assert isinstance(owner, StateOwner)
        return owner

    def _trade_owner(self, coin: str) -> TradeOwner:
        self.universe.of_coin(coin)
        subscription = subscriptions.trades(coin)
        owner = self._owners.get(subscription)
        if owner is None:
            self._require_room(subscription)
            owner = TradeOwner(subscription, self, lambda: self._drop(subscription))
            self._keep(subscription, owner)
            owner.open(self._pool)
        assert isinstance(owner, TradeOwner)
        return owner

    def _feed(self, coin: str, interval_ms: int) -> CandleFeed:
        check_interval(interval_ms)
        key = (coin, interval_ms)
        feed = self._feeds.get(key)
        if feed is None:
            owner = self._trade_owner(coin)
            feed = CandleFeed(owner, interval_ms, self, lambda: self._drop_feed(key))
            self._feeds[key] = feed
        if self._pulse is None:
            self._pulse = self.watch_mids(_ignore)
        return feed

    def _drop_feed(self, key: tuple[str, int]) -> None:
        del self._feeds[key]
        if not self._feeds and self._pulse is not None:
            self._pulse.close()
            self._pulse = None

    def _require_room(self, subscription: Subscription) -> None:
        if len(self._owners) >= STREAMS_MAX:
            raise LimitReached("streams_max", f"no room for {subscription.key}")

    def _keep(self, subscription: Subscription, owner: Owner) -> None:
        self._owners[subscription] = owner
        if subscription.coin is not None:
            self._owners_by_coin.setdefault(subscription.coin, {})[subscription] = owner

    def _drop(self, subscription: Subscription) -> None:
        """Nobody listens any more: forget the owner and its last value."""
        self.changes += 1
        owner = self._owners.pop(subscription)
        coin = subscription.coin
        if coin is None:
            return
        del self._owners_by_coin[coin][subscription]
        for by_coin in (self._bbo_by_coin, self._context_by_coin):
            if by_coin.get(coin) is owner:
                del by_coin[coin]


class _ConditionWatch:
    """One who wants to hear of a coin's condition."""

    __slots__ = ("handler",)

    def __init__(self, handler: Callable[[StreamCondition], None]) -> None:
        self.handler = handler


def _ignore(mids: Mids) -> None:
    """The pulse is only to be heard."""
