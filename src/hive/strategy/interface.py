"""What an author of a strategy sees, and all of it: `Strategy`, `Params`, `Context`.

    class Settings(Params):
        coin: Coin = "BTC"
        size_usd: Usd = 50.0
        edge_bps: Bps = 5.0

    class OneBid(Strategy[Settings]):
        def on_start(self, ctx: Context) -> None:
            ctx.watch_bbo(self.params.coin)

        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            if bbo.bid and not ctx.open_orders():
                px = bbo.bid.px * (1 - self.params.edge_bps / 10_000)
                ctx.buy(self.params.coin, self.params.size_usd / px, px, tif=TimeInForce.ALO)

A strategy asks for what it wants to hear, in `on_start`; it is then called back, one handler at a
time, and answers by placing, replacing and cancelling. Handlers return promptly: they run where the
market data arrives, so the time they take is the time everybody else waits. What waits or computes
for long goes into a task (`Context.spawn`).

The life of a strategy:

    added ──on_start──▶ running ──on_stop──▶ stopped
                         │   ▲
                     pause   resume (on_start again)

Whatever a strategy opened (watches, timers, tasks) is closed when it is paused or stopped, and its
orders are cancelled. Its position stays, and so does the instance: `on_start` may run again.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, cast, get_args, get_origin

from hive.domain.leverage import LeverageEvent
from hive.domain.market import (
    AssetContext,
    Bbo,
    Book,
    Candle,
    CandleHistory,
    Mids,
    StreamCondition,
    Trade,
)
from hive.domain.orders import Fill, OrderEvent
from hive.domain.twaps import TwapEvent
from hive.strategy.context import Context, StrategyStopped
from hive.strategy.parameters import (
    Bps,
    CandleMs,
    Coin,
    Count,
    DurationMs,
    P,
    Params,
    Ratio,
    Usd,
    checked,
    read_params,
)
from hive.strategy.views import PositionView

__all__ = [
    "Bps",
    "CandleHistory",
    "CandleMs",
    "Coin",
    "Context",
    "Count",
    "DurationMs",
    "Params",
    "PositionView",
    "Ratio",
    "Strategy",
    "StrategyStopped",
    "Usd",
]


class Strategy(Generic[P]):
    """Code that turns market and fills into orders. Subclass it as `Strategy[YourParams]`.

    Implement the handlers you need; the others do nothing. None of them may wait. An exception in a
    handler is contained and counted against the strategy; after a few it is paused by name, its
    orders are cancelled, and everybody else goes on.
    """

    params_type: ClassVar[type[Params]] = Params
    """The params class named in `Strategy[...]`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for parent in getattr(cls, "__orig_bases__", ()):
            origin = get_origin(parent)
            if isinstance(origin, type) and issubclass(origin, Strategy):
                cls.params_type = _params_class(cls, get_args(parent)[0])

    def __init__(self, params: P | None = None) -> None:
        """Keep the parameters (their defaults if none are given), with their bounds checked.

        Raises:
            ConfigRefused: a value is out of bounds, or one without default is missing.
            TypeError: they are another strategy's parameters.
        """
        if params is None:
            params = cast("P", read_params(self.params_type, {}))
        if not isinstance(params, self.params_type):
            raise TypeError(f"{type(self).__name__} takes {self.params_type.__name__}")
        self.params: P = checked(params)

    def on_start(self, ctx: Context) -> None:
        """Begin: watch streams, set timers. Runs again when resumed after a pause."""

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        """The best bid or offer of a watched coin changed."""

    def on_book(self, ctx: Context, book: Book) -> None:
        """A watched book, whole."""

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        """Somebody traded a watched coin; each trade is told once, in the venue's order."""

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        """Candles you did not hear live. Feed your signals with them; do not trade on them."""

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        """A candle has just closed. With `trades == 0` the interval was quiet: flat, no volume."""

    def on_context(self, ctx: Context, context: AssetContext) -> None:
        """Mark, oracle, funding and open interest of a watched coin."""

    def on_mids(self, ctx: Context, mids: Mids) -> None:
        """Every coin's mid price, about every five seconds."""

    def on_condition(self, ctx: Context, coin: str, condition: StreamCondition) -> None:
        """Whether a watched coin's data can be trusted has changed."""

    def on_timer(self, ctx: Context, name: str) -> None:
        """The timer of that name is due. One that is late fires once, however late."""

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        """News of one of your orders, refusals included; never called from within `place`."""

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """One of your orders was filled, in part or whole; each fill is told once."""

    def on_twap(self, ctx: Context, event: TwapEvent) -> None:
        """News of one of your TWAPs at the venue; what its slices trade comes to `on_fill`."""

    def on_leverage(self, ctx: Context, event: LeverageEvent) -> None:
        """News of the leverage or margin mode of a coin for which you asked for one."""

    def on_stop(self, ctx: Context) -> None:
        """The end. Your orders' cancels are on their way; you may still look, and `flatten`."""


def _params_class(strategy: type[Strategy[Any]], argument: object) -> type[Params]:
    """The class between the brackets of `Strategy[...]`.

    Raises:
        TypeError: it is no subclass of Params, so nothing could ever configure the strategy.
    """
    if isinstance(argument, type) and issubclass(argument, Params):
        return argument
    if get_origin(argument) is None and getattr(argument, "__bound__", None) is Params:
        return Params  # a generic strategy passing the parameter on
    raise TypeError(f"{strategy.__name__}: Strategy[...] needs a Params class, got {argument!r}")
