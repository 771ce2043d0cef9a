"""What the host needs from the rooms below: market data, an order desk per account, tasks.

`marketdata.MarketData`, `execution.OrderDesk` and `runtime.tasks.Supervisor` fit these ports; so do
the small stand-ins of the tests and, later, a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from typing import Any, Protocol

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Universe
from hive.domain.leverage import LeverageEvent, LeverageSetting, LeverageWish
from hive.domain.market import (
    AssetContext,
    Bbo,
    Book,
    Candle,
    CandleHistory,
    Mids,
    Side,
    StreamCondition,
    Trade,
)
from hive.domain.order_options import OrderOptions, Trigger
from hive.domain.orders import Fill, Order, OrderDraft, OrderEvent, TimeInForce
from hive.domain.quotes import QuoteCost, QuoteLevel, QuoteTerms
from hive.domain.twaps import Twap, TwapEvent


class Watch(Protocol):
    """Something asked for that can be let go."""

    def close(self) -> None:
        """Hear no more of it. Idempotent."""
        ...


class MarketDataPort(Protocol):
    """One owner for every stream. Handlers are called on the loop and must not wait."""

    @property
    def universe(self) -> Universe:
        """All instruments that the venue lists, with their rules."""
        ...

    def watch_bbo(self, coin: str, handler: Callable[[Bbo], None]) -> Watch:
        """Hear every change of the best bid and offer.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: too many streams are open.
        """
        ...

    def watch_book(self, coin: str, handler: Callable[[Book], None], *, fast: bool) -> Watch:
        """Hear whole books: five levels often (`fast`), or twenty now and then.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: too many streams are open.
        """
        ...

    def watch_trades(self, coin: str, handler: Callable[[Trade], None]) -> Watch:
        """Hear every public trade once, in the venue's order.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: too many streams are open.
        """
        ...

    def watch_context(self, coin: str, handler: Callable[[AssetContext], None]) -> Watch:
        """Hear mark, oracle, funding and open interest.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
            LimitReached: too many streams are open.
        """
        ...

    def watch_mids(self, handler: Callable[[Mids], None]) -> Watch:
        """Hear the mid prices of all coins."""
        ...

    def watch_candles(
        self,
        coin: str,
        interval_ms: int,
        handler: Callable[[Candle], None],
        *,
        on_history: Callable[[CandleHistory], None],
    ) -> Watch:
        """Each candle as it closes; `on_history` gets those that were only caught up on."""
        ...

    def history(
        self, coin: str, interval_ms: int, count: int, handler: Callable[[CandleHistory], None]
    ) -> Watch:
        """Call once, later, with the last `count` closed candles of a series that is watched."""
        ...

    def watch_condition(self, coin: str, handler: Callable[[StreamCondition], None]) -> Watch:
        """Hear when it changes whether the coin's streams can be trusted.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
        """
        ...

    def bbo(self, coin: str) -> Bbo | None:
        """The last best bid and offer; None before the first, or when nobody watches."""
        ...

    def book(self, coin: str) -> Book | None:
        """The last book; None before the first, or when nobody watches."""
        ...

    def mid_px(self, coin: str) -> float | None:
        """USD per coin, in the middle of the best bid and offer; None while unknown."""
        ...

    def mark_px(self, coin: str) -> float | None:
        """The venue's mark in USD per coin, else the mid; None while both are unknown."""
        ...

    def condition(self, coin: str) -> StreamCondition:
        """The worst condition of the coin's open streams; STALE when none is open."""
        ...


class DeskListener(Protocol):
    """Who hears what becomes of a strategy's orders; never called from within a desk's verb."""

    def on_order(self, event: OrderEvent) -> None:
        """News of one of its orders: what the venue said, or why we refused it."""
        ...

    def on_fill(self, fill: Fill) -> None:
        """One of its orders traded; each fill is told once, and after it was booked."""
        ...

    def on_twap(self, event: TwapEvent) -> None:
        """News of one of its TWAPs; what its slices trade comes to `on_fill`."""
        ...

    def on_leverage(self, event: LeverageEvent) -> None:
        """News of a coin's leverage or margin mode for which it asked."""
        ...


class Holding(Protocol):
    """A strategy's position of one coin, as the desk keeps it."""

    @property
    def size(self) -> Decimal:
        """Coins; negative is short."""
        ...

    @property
    def entry_px(self) -> Decimal | None:
        """The average price of what is held, USD per coin; None when flat."""
        ...

    @property
    def realized_usd(self) -> Decimal:
        """What closing has earned so far, before fees and funding."""
        ...

    @property
    def fees_usd(self) -> Decimal:
        """Fees paid so far; negative where rebates were more."""
        ...

    @property
    def funding_usd(self) -> Decimal:
        """Funding received so far; negative where more was paid."""
        ...

    def unrealized_usd(self, mark_px: Decimal) -> Decimal:
        """What closing all of it at `mark_px` (USD per coin) would earn."""
        ...


class DeskPort(Protocol):
    """The order desk of one account. Its verbs never raise for what the market does."""

    def register(self, strategy: StrategyId, listener: DeskListener, quota: Any) -> None:
        """Give a strategy a lane, a share and somebody who hears its news.

        `quota` is the desk's own kind (`execution.Quota`); None is the usual share.
        """
        ...

    def place(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        *,
        size: Decimal,
        limit_px: Decimal,
        tif: TimeInForce,
        reduce_only: bool = False,
        options: OrderOptions | None = None,
    ) -> Cloid:
        """Take up an order; what becomes of it, refusals included, comes as an event.

        `size` in coins, `limit_px` in USD per coin.

        Raises:
            CallerError: the desk has not started, or the strategy is not registered.
        """
        ...

    def place_unit(self, strategy: StrategyId, drafts: Sequence[OrderDraft]) -> list[Cloid]:
        """Take up orders that leave in one action, in this order, or not at all.

        Raises:
            CallerError: as `place`.
            LimitReached: there are none, or too many for one action.
        """
        ...

    def bracket(
        self, strategy: StrategyId, entry: OrderDraft, children: Sequence[OrderDraft]
    ) -> list[Cloid]:
        """Take up an entry with the triggers that protect it; the entry's cloid comes first.

        Raises:
            CallerError: as `place`.
        """
        ...

    def replace(
        self,
        strategy: StrategyId,
        cloid: Cloid,
        *,
        size: Decimal,
        limit_px: Decimal,
        trigger: Trigger | None = None,
    ) -> None:
        """Give an order another price and *total* size, fills included; the latest wish wins.

        `trigger` is for one that still waits for its price. Nothing happens to one that is over.
        """
        ...

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        """Take an order out of the book. Nothing happens if it is over."""
        ...

    def cancel_all(self, strategy: StrategyId | None = None) -> None:
        """Cancel every order of a strategy, or of all; quotes and TWAPs end, too.

        Stops that protect an entry stay.
        """
        ...

    def quote(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        levels: Sequence[QuoteLevel],
        terms: QuoteTerms,
    ) -> QuoteCost:
        """Have these orders on that side of the coin, and no others of the strategy's.

        Sends the least that gets there, and tells how much that is.
        """
        ...

    def wind_down(self, strategy: StrategyId, coin: str | None = None) -> None:
        """Add nothing more for what it has quoted, and end its TWAPs; of a coin or of all."""
        ...

    @property
    def twaps(self) -> TwapPort:
        """The account's TWAPs."""
        ...

    @property
    def leverage(self) -> LeveragePort:
        """The leverage and margin modes of the account's coins."""
        ...

    def order(self, cloid: Cloid) -> Order | None:
        """How an order stands; None once it is long over, or unknown."""
        ...

    def open_orders(self, strategy: StrategyId) -> list[Order]:
        """A strategy's orders that rest at the venue, or may; oldest first."""
        ...

    def position(self, strategy: StrategyId, coin: str) -> Holding:
        """What a strategy holds of a coin, by its own fills; flat if it never traded it."""
        ...


class LeveragePort(Protocol):
    """Leverage and margin mode of an account's coins."""

    def change(self, strategy: StrategyId, coin: str, wish: LeverageWish) -> None:
        """Want another leverage or mode from now on; what becomes of it comes as an event.

        Raises:
            UnknownCoin: the venue lists nothing of that name.
        """
        ...

    def setting(self, coin: str) -> LeverageSetting | None:
        """What the venue was last seen to have; None if it was not asked."""
        ...


class TwapPort(Protocol):
    """TWAPs that the venue runs."""

    def begin(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        *,
        size: Decimal,
        minutes: int,
        is_randomized: bool = False,
        reduce_only: bool = False,
    ) -> Cloid:
        """Have the venue trade `size` coins over so many minutes.

        What becomes of it, refusals included, comes as an event.

        Raises:
            CallerError: the desk has not started, or the strategy is not registered.
        """
        ...

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        """End a TWAP; what it traded stays."""
        ...

    def cancel_all(self, strategy: StrategyId | None = None, coin: str | None = None) -> None:
        """End every TWAP, of a strategy or of all, on a coin or on all."""
        ...

    def open(self, strategy: StrategyId) -> list[Twap]:
        """A strategy's TWAPs that run, or may."""
        ...


class TaskHandlePort(Protocol):
    """A running task."""

    @property
    def has_ended(self) -> bool:
        """It has returned, raised or been cancelled, and will not run again."""
        ...

    def cancel(self) -> None:
        """Ask it to end, which it does at its next await. Idempotent."""
        ...


class TaskPort(Protocol):
    """Who owns all tasks of the process."""

    def spawn(
        self, name: str, factory: Callable[[], Coroutine[Any, Any, None]], *, restart: bool = False
    ) -> TaskHandlePort:
        """Run `factory()` as a task of that name; with `restart` again whenever it raises.

        Raises:
            LimitReached: too many tasks run.
        """
        ...
