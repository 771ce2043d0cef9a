"""Hive as it trades: risk, journal on the disk, signature, real sockets.

Run as `python -m benchmarks.hive_client URL COIN PRIVATE_KEY STRATEGIES FOLDER`; each strategy
answers each bbo of COIN with one immediate-or-cancel buy far below the market. Its journal goes to
FOLDER.
"""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final

from benchmarks import live_loop
from benchmarks.lifted import LIFTED, MANY
from hive.app.notes.notices import Notices
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import StrategyId
from hive.domain.market import Bbo
from hive.domain.orders import TimeInForce
from hive.hyperliquid.signing import Signer
from hive.portfolio.risk import RiskLimits
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SystemRng
from hive.strategy.interface import Coin, Context, Params, Strategy

BELOW: Final = 0.95
WIDE: Final = RiskLimits(
    order_notional_usd_max=Decimal(MANY),
    position_notional_usd_max=Decimal(MANY),
    gross_notional_usd_max=Decimal(MANY),
    price_band_pct=Decimal(50),
    orders_open_max=MANY,
)
"""Every limit of the account is looked at, none is met. Strategies have none of their own, which is
the usual configuration."""


class AnswerParams(Params):
    """Which coin is answered."""

    coin: Coin = "BTC"


class Answer(Strategy[AnswerParams]):
    """One order for each best bid and offer."""

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if bbo.bid is not None:
            ctx.buy(self.params.coin, 1.0, round(bbo.bid.px * BELOW), tif=TimeInForce.IOC)


def plan(url: str, coin: str, key: str, strategies: int) -> RuntimePlan:
    """So many strategies on one account."""
    answering = tuple(
        StrategyPlan(
            strategy_id=StrategyId(f"answer-{number}"),
            strategy=Answer(AnswerParams(coin=coin)),
            orders_per_second_max=float(MANY),
        )
        for number in range(strategies)
    )
    account = AccountPlan(signer=Signer(key), strategies=answering)
    return RuntimePlan(venue_url=url, accounts=(account,), limits=LIFTED, risk=WIDE)


async def main(runtime_plan: RuntimePlan, folder: Path) -> None:
    clock, rng = SystemClock(), SystemRng()
    seams = Seams(clock=clock, net=LiveNet(), disk=LiveDisk(folder), rng=rng)
    await Runtime(runtime_plan, seams, Notices(clock)).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    url, coin, key, strategies, folder = sys.argv[1:]
    live_loop.run(main(plan(url, coin, key, int(strategies)), Path(folder)))
