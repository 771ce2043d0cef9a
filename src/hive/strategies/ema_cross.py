"""EMA cross with an ATR stop: with the trend while it lasts, out when it turns on us.

Long while the fast average is above the slow one, short while it is below; the band around zero
keeps a flat market from flipping it. The stop trails the best price since entry by some average
true ranges. Stopped out, it waits for the averages to cross again.
"""

# ruff: noqa: ARG002 (handlers take what the interface gives)
from __future__ import annotations

from typing import Final

from hive.domain.market import Bbo, Candle, CandleHistory, Side, StreamCondition
from hive.domain.orders import TimeInForce
from hive.strategies.param_rules import Rule, require, worth_an_order
from hive.strategies.signals import Atr, Ema
from hive.strategies.way_out import LOOK_MS, WayOut
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

BPS: Final = 10_000.0


class EmaCrossParams(Params):
    """What an EMA cross can be told."""

    coin: Coin = "BTC"
    interval_ms: CandleMs = 60_000
    """Length of the candles it computes on."""
    fast: Count = 9
    slow: Count = 21
    """Lengths of the averages, in candles."""
    warm_candles: Count = 21
    """Candles to see before the averages are believed; fewer than `slow` begins sooner, rougher."""
    join: bool = True
    """Join a trend that was there before; else wait for the first candle of our own."""
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

    def __post_init__(self) -> None:
        require(
            worth_an_order("size_usd", self.size_usd),
            Rule(
                self.fast < self.slow,
                f"fast ({self.fast}) must be shorter than slow ({self.slow}), or it trades against"
                " the trend; exchange them",
            ),
        )


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
        self._is_due = False
        """Candles have come that nothing was decided on yet."""
        warmup = 3 * max(params.slow, params.atr_length)
        ctx.every("look", LOOK_MS)
        ctx.watch_bbo(params.coin)
        ctx.watch_candles(params.coin, params.interval_ms, warmup=warmup)

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        for candle in history.candles:
            self._learn(candle)
        self._is_due = self.params.join and bool(history.candles)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self._learn(candle)
        self._is_due = True

    def _learn(self, candle: Candle) -> None:
        self._fast.add(candle.close_px)
        self._slow.add(candle.close_px)
        self._atr.add(candle)

    def _trend(self) -> int:
        """+1 up, -1 down, 0 while it is not known or too weak."""
        if self._slow.count < self.params.warm_candles:
            return 0
        apart_bps = (self._fast.value / self._slow.value - 1) * BPS
        if abs(apart_bps) < self.params.band_bps:
            return 0
        return 1 if apart_bps > 0 else -1

    def on_timer(self, ctx: Context, name: str) -> None:
        bbo = ctx.bbo(self.params.coin)
        if name == "look" and bbo is not None:
            self.on_bbo(ctx, bbo)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        mid_px = bbo.mid_px
        if mid_px is None or self._way_out.is_busy(ctx):
            return
        size = ctx.position(self.params.coin).size
        if not size:
            self._stop_px = None
        elif self._is_stopped(1 if size > 0 else -1, mid_px):
            self._stopped_trend = 1 if size > 0 else -1
            self._way_out.start(ctx, f"{mid_px:g} is past the stop at {self._stop_px:g}")
            return
        if self._is_due and ctx.condition(self.params.coin) is StreamCondition.FRESH:
            self._is_due = False
            self._follow(ctx, float(size), mid_px)

    def _follow(self, ctx: Context, held: float, px: float) -> None:
        """Go to the position that the trend asks for; nothing if it is held already."""
        trend = self._trend()
        ctx.state["trend"] = trend
        if trend != self._stopped_trend:
            self._stopped_trend = 0
        if not trend or self._stopped_trend or held * trend > 0:
            return
        if ctx.open_orders(self.params.coin):
            return
        side = Side.BUY if trend > 0 else Side.SELL
        size = self.params.size_usd / px + abs(held)
        limit_px = px * (1 + trend * self.params.slippage_bps / BPS)
        self._stop_px = None
        ctx.place(self.params.coin, side, size, limit_px, tif=TimeInForce.IOC)

    def _is_stopped(self, trend: int, px: float) -> bool:
        """Move the stop after the price; True when the price has met it."""
        self._trail(trend, px)
        assert self._stop_px is not None
        return (px - self._stop_px) * trend <= 0

    def _trail(self, trend: int, px: float) -> None:
        """Move the stop after the price, never back."""
        distance_px = max(self.params.stop_atrs * self._atr.px, px * self.params.stop_bps_min / BPS)
        stop_px = px - trend * distance_px
        if self._stop_px is None or (stop_px - self._stop_px) * trend > 0:
            self._stop_px = stop_px

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
