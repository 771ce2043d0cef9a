"""The strategy of the fan-out benchmark: each best bid and offer moves an average."""

from __future__ import annotations

from typing import Final

from hive.domain.market import Bbo
from hive.strategy.interface import Coin, Context, Params, Strategy

WEIGHT: Final = 0.05


class EmaParams(Params):
    """Which coin's middle is averaged."""

    coin: Coin = "BTC"


class Ema(Strategy[EmaParams]):
    """An exponential moving average of the middle."""

    average_px = 0.0

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:  # noqa: ARG002 (the interface)
        mid_px = bbo.mid_px
        if mid_px is not None:
            self.average_px += WEIGHT * (mid_px - self.average_px)
