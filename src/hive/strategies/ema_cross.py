"""EMA cross with an ATR stop: with the trend while it lasts, out when it turns on us.

Long while the fast average is above the slow one, short while it is below; the band around zero
keeps a flat market from flipping it. The stop trails the best price since entry by some average
true ranges. Stopped out, it waits for the averages to cross again.
"""

# ruff: noqa: ARG002 (handlers take what the interface gives)
from __future__ import annotations

from hive.domain.market import Bbo, Candle, CandleHistory, Side, StreamCondition
from hive.domain.orders import TimeInForce
from hive.strategies.signals import Atr, Ema
from hive.strategies.way_out import WayOut
from hive.strategy.interface import (
    Bps,
    CandleMs,
    Coin,
    Context,
    Count,
    Params,
    Ratio,
    Strategy,
    Usd,
)

BPS = 10_000.0


class EmaCrossParams(Params):
    """What an EMA cross can be told."""

    coin: Coin = "BTC"
    interval_ms: CandleMs = 60_000
    """Length of the candles it computes on."""
    fast: Count = 9
    slow: Count = 21
    """Lengths of the averages, in candles."""
    band_bps: Bps = 1.0
    """The averages must be so far apart to count as crossed."""
    atr_length: Count = 14
    stop_atrs: Ratio = 3.0
    """The stop's distance, in average true ranges."""
    stop_bps_min: Bps = 10.0
    """It is never closer than this, however calm the market."""
    size_usd: Usd = 150.0
    slippage_bps: Bps = 20.0
    flatten_on_stop: bool = False


class EmaCross(Strategy[EmaCrossParams]):
    """Holds +size, -size or nothing."""

    def on_start(self, ctx: Context) -> None:
        params = self.params
        self._fast = Ema(params.fast)
        self._slow = Ema(params.slow)
        self._atr = Atr(params.atr_length)
        self._way_out = WayOut(params.coin, params.slippage_bps)
        self._stop_px: float | None = None
        self._stopped_trend = 0
        warmup = 3 * max(params.slow, params.atr_length)
        ctx.watch_bbo(params.coin)
        ctx.watch_candles(params.coin, params.interval_ms, warmup=warmup)

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        for candle in history.candles:
            self._learn(candle)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self._learn(candle)
        trend = self._trend()
        ctx.state["trend"] = trend
        if trend != self._stopped_trend:
            self._stopped_trend = 0
        if not trend or self._stopped_trend or self._way_out.is_busy(ctx):
            return
        if ctx.condition(self.params.coin) is StreamCondition.FRESH:
            self._hold(ctx, trend, candle.close_px)

    def _learn(self, candle: Candle) -> None:
        self._fast.add(candle.close_px)
        self._slow.add(candle.close_px)
        self._atr.add(candle)

    def _trend(self) -> int:
        """+1 up, -1 down, 0 while it is not known or too weak."""
        if not (self._slow.is_warm and self._atr.is_warm):
            return 0
        apart_bps = (self._fast.value / self._slow.value - 1) * BPS
        if abs(apart_bps) < self.params.band_bps:
            return 0
        return 1 if apart_bps > 0 else -1

    def _hold(self, ctx: Context, trend: int, px: float) -> None:
        """Go to the position that the trend asks for; nothing if it is held already."""
        held = float(ctx.position(self.params.coin).size)
        if held * trend > 0 or ctx.open_orders(self.params.coin):
            return
        best_px = ctx.mid_px(self.params.coin) or px
        size = self.params.size_usd / best_px + abs(held)
        side = Side.BUY if trend > 0 else Side.SELL
        limit_px = best_px * (1 + trend * self.params.slippage_bps / BPS)
        self._stop_px = None
        ctx.place(self.params.coin, side, size, limit_px, tif=TimeInForce.IOC)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        mid_px = bbo.mid_px
        if mid_px is None or self._way_out.is_busy(ctx):
            return
        size = ctx.position(self.params.coin).size
        if not size:
            self._stop_px = None
            return
        trend = 1 if size > 0 else -1
        self._trail(trend, mid_px)
        assert self._stop_px is not None
        if (mid_px - self._stop_px) * trend <= 0:
            self._stopped_trend = trend
            self._way_out.start(ctx, f"{mid_px:g} is past the stop at {self._stop_px:g}")
            self._stop_px = None

    def _trail(self, trend: int, px: float) -> None:
        """Move the stop after the price, never back."""
        distance_px = max(self.params.stop_atrs * self._atr.px, px * self.params.stop_bps_min / BPS)
        stop_px = px - trend * distance_px
        if self._stop_px is None or (stop_px - self._stop_px) * trend > 0:
            self._stop_px = stop_px

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
