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
    def universe(self) -> Universe: ...

    def watch_bbo(self, coin: str, handler: Callable[[Bbo], None]) -> Watch: ...

    def watch_book(self, coin: str, handler: Callable[[Book], None], *, fast: bool) -> Watch: ...

    def watch_trades(self, coin: str, handler: Callable[[Trade], None]) -> Watch: ...

    def watch_context(self, coin: str, handler: Callable[[AssetContext], None]) -> Watch: ...

    def watch_mids(self, handler: Callable[[Mids], None]) -> Watch: ...

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

    def watch_condition(self, coin: str, handler: Callable[[StreamCondition], None]) -> Watch: ...

    def bbo(self, coin: str) -> Bbo | None: ...

    def book(self, coin: str) -> Book | None: ...

    def mid_px(self, coin: str) -> float | None: ...

    def mark_px(self, coin: str) -> float | None: ...

    def condition(self, coin: str) -> StreamCondition: ...


class DeskListener(Protocol):
    """Who hears what becomes of a strategy's orders; never called from within a desk's verb."""

    def on_order(self, event: OrderEvent) -> None: ...

    def on_fill(self, fill: Fill) -> None: ...

    def on_twap(self, event: TwapEvent) -> None: ...

    def on_leverage(self, event: LeverageEvent) -> None: ...


class Holding(Protocol):
    """A strategy's position of one coin, as the desk keeps it."""

    @property
    def size(self) -> Decimal: ...

    @property
    def entry_px(self) -> Decimal | None: ...

    @property
    def realized_usd(self) -> Decimal: ...

    @property
    def fees_usd(self) -> Decimal: ...

    @property
    def funding_usd(self) -> Decimal: ...

    def unrealized_usd(self, mark_px: Decimal) -> Decimal: ...


class DeskPort(Protocol):
    """The order desk of one account. Its verbs never raise for what the market does."""

    def register(self, strategy: StrategyId, listener: DeskListener, quota: Any) -> None: ...

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
    ) -> Cloid: ...

    def place_unit(self, strategy: StrategyId, drafts: Sequence[OrderDraft]) -> list[Cloid]: ...

    def bracket(
        self, strategy: StrategyId, entry: OrderDraft, children: Sequence[OrderDraft]
    ) -> list[Cloid]: ...

    def replace(
        self,
        strategy: StrategyId,
        cloid: Cloid,
        *,
        size: Decimal,
        limit_px: Decimal,
        trigger: Trigger | None = None,
    ) -> None: ...

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None: ...

    def cancel_all(self, strategy: StrategyId | None = None) -> None: ...

    def quote(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        levels: Sequence[QuoteLevel],
        terms: QuoteTerms,
    ) -> QuoteCost: ...

    def wind_down(self, strategy: StrategyId, coin: str | None = None) -> None:
        """Add nothing more for what it has quoted, and end its TWAPs; of a coin or of all."""
        ...

    @property
    def twaps(self) -> TwapPort: ...

    @property
    def leverage(self) -> LeveragePort: ...

    def order(self, cloid: Cloid) -> Order | None: ...

    def open_orders(self, strategy: StrategyId) -> list[Order]: ...

    def position(self, strategy: StrategyId, coin: str) -> Holding: ...


class LeveragePort(Protocol):
    """Leverage and margin mode of an account's coins."""

    def change(self, strategy: StrategyId, coin: str, wish: LeverageWish) -> None: ...

    def setting(self, coin: str) -> LeverageSetting | None: ...


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
    ) -> Cloid: ...

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None: ...

    def cancel_all(self, strategy: StrategyId | None = None, coin: str | None = None) -> None: ...

    def open(self, strategy: StrategyId) -> list[Twap]: ...


class TaskHandlePort(Protocol):
    """A running task."""

    @property
    def has_ended(self) -> bool: ...

    def cancel(self) -> None: ...


class TaskPort(Protocol):
    """Who owns all tasks of the process."""

    def spawn(
        self, name: str, factory: Callable[[], Coroutine[Any, Any, None]], *, restart: bool = False
    ) -> TaskHandlePort: ...
