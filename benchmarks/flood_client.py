"""Hive with one strategy that floods and another that is called right after it.

Run as `python -m benchmarks.flood_client URL COIN PRIVATE_KEY FOLDER ORDERS PER_SECOND REPORT_MS`.
At each bbo of COIN the first places ORDERS orders in one handler; the second, called next in the
same turn, cancels what it has resting and places another. PER_SECOND is what the first may send.
REPORT_MS later one line says what became of all of them.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import live_loop
from benchmarks.hive_client import BELOW, WIDE
from benchmarks.lifted import LIFTED, MANY
from hive.app.notes.notices import Notices
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Bbo
from hive.domain.orders import OrderEvent, OrderNews, TimeInForce
from hive.hyperliquid.signing import Signer
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SystemRng
from hive.strategy.interface import Coin, Context, Params, Strategy
from hive.strategy.limits import HostLimits

UNHURRIED: Final = HostLimits(slow_handler_ms=60_000)
"""Else who floods again and again is paused for it."""


class Told(msgspec.Struct, kw_only=True):
    """One flood. Times in nanoseconds of the clock that all processes here share."""

    began_ns: int = 0
    """The flooding handler was called."""
    called_ns: int = 0
    """The other strategy was."""
    ended: dict[str, int] = {}
    """How the flood's orders ended, by the word that the strategy heard last."""
    asked: int = 0
    cancelled: str = ""
    placed: str = ""
    flood: list[str] = []


class FloodParams(Params):
    """Which coin is answered, and with how many orders."""

    coin: Coin = "BTC"
    orders: int = 3_000
    report_ms: int = 1_000


class Flooder(Strategy[FloodParams]):
    """All its orders in one handler."""

    def __init__(self, params: FloodParams, told: Told) -> None:
        super().__init__(params)
        self._told = told
        self._last_by_cloid: dict[Cloid, OrderNews] = {}

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if bbo.bid is None or bbo.ask is None:
            return  # of the venue's own book, in which nobody offers
        told, coin = self._told, self.params.coin
        told.began_ns = time.perf_counter_ns()
        px = round(bbo.bid.px * BELOW)
        flood = [ctx.buy(coin, 1.0, px, tif=TimeInForce.IOC) for _ in range(self.params.orders)]
        told.flood = [str(cloid) for cloid in flood]
        ctx.after("report", self.params.report_ms)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:  # noqa: ARG002 (the interface's)
        self._last_by_cloid[event.order.cloid] = event.news

    def on_timer(self, ctx: Context, name: str) -> None:  # noqa: ARG002 (the interface's)
        told, last = self._told, self._last_by_cloid
        told.asked = self.params.orders
        words = Counter(last[Cloid(cloid)].value for cloid in told.flood if cloid in last)
        told.ended = {**words, "nothing heard": self.params.orders - words.total()}
        last.clear()
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        sys.stdout.buffer.flush()


class Bystander(Strategy[FloodParams]):
    """Cancels what it has resting, places another."""

    def __init__(self, params: FloodParams, told: Told) -> None:
        super().__init__(params)
        self._told = told
        self._resting: Cloid | None = None

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if bbo.bid is None or bbo.ask is None:
            return  # of the venue's own book, in which nobody offers
        told = self._told
        told.called_ns = time.perf_counter_ns()
        told.cancelled = str(self._resting or "")
        if self._resting is not None:
            ctx.cancel(self._resting)
        self._resting = ctx.buy(self.params.coin, 1.0, round(bbo.bid.px * BELOW))
        told.placed = str(self._resting)


def plan(url: str, key: str, params: FloodParams, flood_per_second: float) -> RuntimePlan:
    """Two strategies on one account, called in this order."""
    told = Told()
    strategies = tuple(
        StrategyPlan(
            strategy_id=StrategyId(type(strategy).__name__),
            strategy=strategy,
            orders_per_second_max=per_second,
        )
        for strategy, per_second in (
            (Flooder(params, told), flood_per_second),
            (Bystander(params, told), float(MANY)),
        )
    )
    account = AccountPlan(signer=Signer(key), strategies=strategies)
    return RuntimePlan(
        venue_url=url, accounts=(account,), limits=LIFTED, risk=WIDE, host_limits=UNHURRIED
    )


async def main(runtime_plan: RuntimePlan, folder: Path) -> None:
    clock, rng = SystemClock(), SystemRng()
    seams = Seams(clock=clock, net=LiveNet(), disk=LiveDisk(folder), rng=rng)
    await Runtime(runtime_plan, seams, Notices(clock)).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    url, coin, key, folder, orders, per_second, report_ms = sys.argv[1:]
    flood = FloodParams(coin=coin, orders=int(orders), report_ms=int(report_ms))
    live_loop.run(main(plan(url, key, flood, float(per_second)), Path(folder)))
