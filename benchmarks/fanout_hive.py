"""Hive in the fan-out benchmark: its socket pool, market data and strategy host, as they are.

Run as `python -m benchmarks.fanout_hive URL COIN STRATEGIES`. Nothing is traded, so there is no
order desk.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from benchmarks import live_loop
from benchmarks.ema import Ema, EmaParams
from benchmarks.lifted import LIFTED
from hive.connection.rate_budget import IpBudget
from hive.connection.rest_client import RestClient
from hive.connection.ws_pool import WsPool
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger
from hive.domain.orders import Order, OrderDraft, TimeInForce
from hive.domain.quotes import QuoteCost, QuoteLevel, QuoteTerms
from hive.marketdata.market_data import MarketData
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SystemRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.strategy.host import StrategyHost
from hive.strategy.ports import DeskListener, Holding, LeveragePort, TwapPort


class NoDesk:
    """The desk of strategies that only watch."""

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
    ) -> Cloid:
        raise NotImplementedError

    def place_unit(self, strategy: StrategyId, drafts: Sequence[OrderDraft]) -> list[Cloid]:
        raise NotImplementedError

    def bracket(
        self, strategy: StrategyId, entry: OrderDraft, children: Sequence[OrderDraft]
    ) -> list[Cloid]:
        raise NotImplementedError

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
    ) -> QuoteCost:
        raise NotImplementedError

    def wind_down(self, strategy: StrategyId, coin: str | None = None) -> None: ...

    @property
    def twaps(self) -> TwapPort:
        raise NotImplementedError

    @property
    def leverage(self) -> LeveragePort:
        raise NotImplementedError

    def order(self, cloid: Cloid) -> Order | None:
        raise NotImplementedError

    def open_orders(self, strategy: StrategyId) -> list[Order]:
        raise NotImplementedError

    def position(self, strategy: StrategyId, coin: str) -> Holding:
        raise NotImplementedError


async def main(url: str, coin: str, strategies: int) -> None:
    clock, rng, net = SystemClock(), SystemRng(), LiveNet()
    supervisor = Supervisor(clock, rng, _complain)
    budget = IpBudget(LIFTED)
    ws_url = url.replace("http", "ws", 1) + "/ws"
    pool = WsPool(net, clock, rng, supervisor, url=ws_url, limits=LIFTED, ip_budget=budget)
    rest = RestClient(net, clock, budget, url=url)
    universe = Universe([Instrument(coin, 0, InstrumentKind.PERP, 5, 40)])
    market_data = MarketData(pool, rest, clock, supervisor, universe=universe)
    host = StrategyHost(market_data, NoDesk(), clock, supervisor)
    for number in range(strategies):
        host.add(StrategyId(f"ema-{number}"), Ema(EmaParams(coin=coin)))
    await pool.start()
    await host.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().create_future()


def _complain(crash: TaskCrash) -> None:
    sys.stderr.write(f"{crash.name}: {crash.error!r}\n")


if __name__ == "__main__":
    live_loop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
