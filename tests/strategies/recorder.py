"""Strategies that show what the host does with them, and the world that they are put in."""

from __future__ import annotations

from tests.strategies.rig import Rig, scripted

from hive.domain.leverage import LeverageEvent
from hive.domain.market import Bbo, Candle, CandleHistory, StreamCondition
from hive.domain.orders import Fill, OrderEvent, TimeInForce
from hive.domain.twaps import TwapEvent
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin
from hive.strategy.interface import Coin, Context, Params, Strategy, Usd
from hive.strategy.limits import HostLimits


class Settings(Params):
    coin: Coin = "BTC"
    size_usd: Usd = 50.0


class Recorder(Strategy[Settings]):
    """Notes whatever it is told."""

    def __init__(self, params: Settings | None = None) -> None:
        super().__init__(params)
        self.heard: list[str] = []
        self.bbos: list[Bbo] = []
        self.candles: list[Candle] = []
        self.history: list[CandleHistory] = []
        self.news: list[OrderEvent] = []
        self.fills: list[Fill] = []
        self.twaps: list[TwapEvent] = []
        self.leverage: list[LeverageEvent] = []
        self.timers: list[tuple[str, int]] = []
        self.conditions: list[tuple[str, StreamCondition]] = []
        self.ctx: Context | None = None

    def on_start(self, ctx: Context) -> None:
        self.heard.append("start")
        self.ctx = ctx
        ctx.watch_bbo(self.params.coin)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        self.bbos.append(bbo)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.candles.append(candle)

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        self.history.append(history)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self.news.append(event)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.fills.append(fill)

    def on_twap(self, ctx: Context, event: TwapEvent) -> None:
        self.twaps.append(event)

    def on_leverage(self, ctx: Context, event: LeverageEvent) -> None:
        self.leverage.append(event)

    def on_timer(self, ctx: Context, name: str) -> None:
        self.timers.append((name, ctx.now_ms()))

    def on_condition(self, ctx: Context, coin: str, condition: StreamCondition) -> None:
        self.conditions.append((coin, condition))

    def on_stop(self, ctx: Context) -> None:
        self.heard.append("stop")

    @property
    def hands(self) -> Context:
        assert self.ctx is not None
        return self.ctx


class Faulty(Strategy[Settings]):
    """Raises at every bbo."""

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)
        ctx.buy(self.params.coin, 0.001, 90_000.0, tif=TimeInForce.ALO)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        raise ZeroDivisionError("a mistake")


def wandering(coin: str = "BTC", px: float = 100_000.0) -> ScriptedCoin:
    path = tuple(PricePoint(i * 1_000, px * (1 + 0.001 * (i % 2))) for i in range(120))
    return ScriptedCoin(coin=coin, path=path)


def rig(**limits: int) -> Rig:
    return scripted([wandering(), wandering("ETH", 4_000.0)], limits=HostLimits(**limits))
