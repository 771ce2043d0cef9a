"""The strategy of `growth`: at an even pace it does everything in turn that leaves traces."""

from __future__ import annotations

from typing import Final

from hive import Bbo, Context, Params, Side, Strategy, TimeInForce
from hive.domain.identifiers import Cloid
from hive.strategy.interface import Coin, DurationMs, Usd
from hive.strategy.views import Bracket

FAR: Final = 0.03
"""Where orders rest that nobody reaches, as a share of the price."""
THROUGH: Final = 0.005
"""How far through the market a taker's price goes."""
NEAR: Final = 0.01
TWAP_EVERY: Final = 250
"""Slots."""
TWAP_MINUTES: Final = 5
TWAP_SLICES: Final = 10


class SteadySettings(Params, frozen=True, kw_only=True):
    """What it trades, and how often it does something."""

    coin: Coin = "BTC"
    pause_ms: DurationMs = 1_000
    usd: Usd = 15.0
    hears_trades: bool = True


class Steady(Strategy[SteadySettings]):
    """Ten slots make a round of eleven orders; what a round opens, it closes."""

    def __init__(self, params: SteadySettings) -> None:
        super().__init__(params)
        self.surge = 0
        """So many taking orders in each slot instead of the round; 0 is the round."""
        self._slot = 0
        self._resting: Cloid | None = None
        self._bracket: Bracket | None = None

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)
        if self.params.hears_trades:
            ctx.watch_trades(self.params.coin)
        ctx.every("slot", self.params.pause_ms)

    def on_timer(self, ctx: Context, name: str) -> None:  # noqa: ARG002 (there is one timer)
        bbo = ctx.bbo(self.params.coin)
        if bbo is None or bbo.mid_px is None:
            return
        self._slot += 1
        if self.surge:
            self._surge(ctx, bbo, bbo.mid_px)
        else:
            self._round(ctx, bbo, bbo.mid_px)

    def _surge(self, ctx: Context, bbo: Bbo, mid_px: float) -> None:
        side = Side.BUY if self._slot % 2 else Side.SELL
        px, size = mid_px * (1 + side.sign * THROUGH), self.params.usd / mid_px
        for _ in range(self.surge):
            ctx.place(bbo.coin, side, size, px, tif=TimeInForce.IOC)

    def _round(self, ctx: Context, bbo: Bbo, mid_px: float) -> None:
        coin, size = bbo.coin, self.params.usd / mid_px
        match self._slot % 10:
            case 1 | 6:
                ctx.market(coin, Side.BUY, size)
            case 2:
                ctx.flatten(coin)
            case 3:
                self._resting = ctx.buy(coin, size, mid_px * (1 - FAR))
            case 4 if self._resting is not None:
                ctx.replace(self._resting, limit_px=mid_px * (1 - 1.1 * FAR))
            case 5 if self._resting is not None:
                ctx.cancel(self._resting)
            case 7:
                entry = ctx.draft(coin, Side.BUY, size, mid_px * (1 + THROUGH))
                self._bracket = ctx.bracket(
                    entry, stop_px=mid_px * (1 - NEAR), take_profit_px=mid_px * (1 + NEAR)
                )
            case 8:
                ctx.flatten(coin)
                self._cancel_bracket(ctx)
            case 9:
                bid, ask = mid_px * (1 - NEAR), mid_px * (1 + NEAR)
                ctx.quote(coin, bids=[(bid, size)], asks=[(ask, size)])
            case 0:
                ctx.quote(coin)
        if self._slot % TWAP_EVERY == 0:
            ctx.twap(coin, Side.SELL, TWAP_SLICES * size, TWAP_MINUTES)

    def _cancel_bracket(self, ctx: Context) -> None:
        """What protected the position that was just closed."""
        bracket, self._bracket = self._bracket, None
        if bracket is not None:
            for cloid in (bracket.stop, bracket.take_profit):
                if cloid is not None:
                    ctx.cancel(cloid)
