"""What a strategy may see, and have told to it."""

from __future__ import annotations

from typing import Any, Protocol

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Instrument
from hive.domain.market import Bbo, Book, StreamCondition
from hive.domain.orders import Order
from hive.strategy.views import PositionView


class Sight(Protocol):
    """The part of a strategy's hands that changes nothing at the venue."""

    @property
    def strategy_id(self) -> StrategyId:
        """The name this strategy runs under."""
        ...

    @property
    def state(self) -> dict[str, Any]:
        """Anything worth showing about this strategy: it appears beside it on the page."""
        ...

    def now_ms(self) -> int:
        """The time of day, epoch milliseconds. Never read a clock yourself."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds to measure durations by: the time of day may be set back, this is not."""
        ...

    def instrument(self, coin: str) -> Instrument:
        """The coin's rules: lot, tick, largest leverage.

        Raises:
            UnknownCoin: the venue lists nothing of that name; the hint names near ones.
        """
        ...

    # --- to hear: each raises UnknownCoin for a coin the venue does not list --------------------

    def watch_bbo(self, coin: str) -> None:
        """Have `on_bbo` called with every change of the best bid and offer."""
        ...

    def watch_book(self, coin: str, *, fast: bool = True) -> None:
        """Have `on_book` called: five levels twice a second, or (not `fast`) twenty every 5 s."""
        ...

    def watch_trades(self, coin: str) -> None:
        """Have `on_trade` called with every public trade."""
        ...

    def watch_candles(self, coin: str, interval_ms: int, *, warmup: int = 0) -> None:
        """Have `on_history` called once with up to `warmup` candles, then `on_candle` with each.

        Any length of whole seconds; candles begin at multiples of it since the epoch.

        Raises:
            LimitReached: the interval is no whole number of seconds, or `warmup` too many.
        """
        ...

    def watch_context(self, coin: str) -> None:
        """Have `on_context` called about once a second."""
        ...

    def watch_mids(self) -> None:
        """Have `on_mids` called with all mid prices."""
        ...

    # --- to know -------------------------------------------------------------------------------

    def bbo(self, coin: str) -> Bbo | None:
        """The last best bid and offer; None before the first, or when nobody watches the coin."""
        ...

    def book(self, coin: str) -> Book | None:
        """The last book; None before the first, or when nobody watches it."""
        ...

    def mid_px(self, coin: str) -> float | None:
        """The middle of the last bbo (or else the venue's mid); None while unknown."""
        ...

    def mark_px(self, coin: str) -> float | None:
        """The venue's mark price, or the mid while its context is not streamed; None if unknown."""
        ...

    def condition(self, coin: str) -> StreamCondition:
        """Whether the coin's streams can be trusted now: the worst of those that are open."""
        ...

    def position(self, coin: str) -> PositionView:
        """What this strategy holds, by its own fills."""
        ...

    def order(self, cloid: Cloid) -> Order | None:
        """How an order of yours stands; None once it is long done."""
        ...

    def open_orders(self, coin: str | None = None) -> list[Order]:
        """Your orders that rest at the venue or may, oldest first."""
        ...
