"""Momentum breakout: joins a move that leaves the channel of the last while.

Donchian's rule: buy above the highest high of the last `entry_length` intervals, sell below their
lowest low; leave when the price falls back through the channel of the last `exit_length`. Highs and
lows are of the mid price (candles of the past warm it up), so that one trade at an odd price is no
breakout. A stop at a fixed distance from the entry bounds the loss of one that fails at once.
"""

# ruff: noqa: ARG002 (handlers take what the interface gives)
from __future__ import annotations

from typing import Final

from hive.domain.market import Bbo, CandleHistory, Side, StreamCondition
from hive.domain.orders import TimeInForce
from hive.strategies.param_rules import Rule, require, worth_an_order
from hive.strategies.signals import Channel
from hive.strategies.way_out import LOOK_MS, WayOut
from hive.strategy.interface import (
    Bps,
    CandleMs,
    Coin,
    Context,
    Count,
    DurationMs,
    Params,
    Strategy,
    Usd,
)

BPS: Final = 10_000.0


class BreakoutParams(Params):
    """What a breakout can be told."""

    coin: Coin = "HYPE"
    interval_ms: CandleMs = 60_000
    """Length of the intervals whose highs and lows make the channels."""
    entry_length: Count = 20
    """Intervals of the channel that must be left to enter,"""
    exit_length: Count = 10
    """and of the one to fall back through to leave."""
    warm_length: Count = 20
    """Intervals to see before a channel is believed; fewer than its length begins sooner."""
    margin_bps: Bps = 1.0
    """How far beyond the channel the price must be."""
    stop_bps: Bps = 40.0
    """Adverse move from the entry price at which it leaves whatever the channel says."""
    pause_ms: DurationMs = 10_000
    """Rest after leaving, so that one edge is not traded to and fro."""
    size_usd: Usd = 150.0
    slippage_bps: Bps = 20.0
    flatten_on_stop: bool = False

    def __post_init__(self) -> None:
        require(
            worth_an_order("size_usd", self.size_usd),
            Rule(
                self.exit_length <= self.entry_length,
                f"exit_length ({self.exit_length}) must not be above entry_length"
                f" ({self.entry_length}): it leaves through the shorter channel; lower it",
            ),
            Rule(
                self.stop_bps > 0, "stop_bps is 0, so it would leave as soon as it enters; raise it"
            ),
        )


class Breakout(Strategy[BreakoutParams]):
    """Flat, or one position of `size_usd` with the move."""

    def on_start(self, ctx: Context) -> None:
        params = self.params
        self._entry_channel = Channel(params.entry_length)
        self._exit_channel = Channel(params.exit_length)
        self._way_out = WayOut(params.coin, params.slippage_bps)
        self._paused_until_ms = 0
        self._high_px = self._low_px = 0.0
        """Of the interval that is running; 0 before its first price."""
        ctx.every("interval", params.interval_ms, aligned=True)
        ctx.every("look", LOOK_MS)
        ctx.watch_bbo(params.coin)
        ctx.watch_candles(
            params.coin,
            params.interval_ms,
            warmup=max(params.entry_length, params.exit_length),
        )

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        for candle in history.candles:
            self._learn(candle.high_px, candle.low_px)

    def on_timer(self, ctx: Context, name: str) -> None:
        bbo = ctx.bbo(self.params.coin)
        if name == "look" and bbo is not None:
            self.on_bbo(ctx, bbo)
        elif name == "interval" and self._high_px > 0:
            self._learn(self._high_px, self._low_px)
            self._high_px = self._low_px = 0.0

    def _learn(self, high_px: float, low_px: float) -> None:
        self._entry_channel.add(high_px, low_px)
        self._exit_channel.add(high_px, low_px)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        mid_px = bbo.mid_px
        if mid_px is None:
            return
        self._high_px = max(self._high_px, mid_px)
        self._low_px = min(self._low_px or mid_px, mid_px)
        if not self._is_warm or self._way_out.is_busy(ctx):
            return
        position = ctx.position(self.params.coin)
        if position.entry_px is not None:
            direction = 1 if position.size > 0 else -1
            self._watch_position(ctx, direction, float(position.entry_px), px=mid_px)
        elif ctx.monotonic_ms() >= self._paused_until_ms and not ctx.open_orders():
            self._join(ctx, mid_px)

    @property
    def _is_warm(self) -> bool:
        wanted = min(self.params.warm_length, self.params.entry_length)
        return len(self._entry_channel) >= wanted

    def _join(self, ctx: Context, px: float) -> None:
        """Enter if the price has left the channel."""
        margin = self.params.margin_bps / BPS
        if px > self._entry_channel.high_px * (1 + margin):
            side = Side.BUY
        elif px < self._entry_channel.low_px * (1 - margin):
            side = Side.SELL
        else:
            return
        if ctx.condition(self.params.coin) is not StreamCondition.FRESH:
            return
        limit_px = px * (1 + side.sign * self.params.slippage_bps / BPS)
        size = self.params.size_usd / px
        ctx.place(self.params.coin, side, size, limit_px, tif=TimeInForce.IOC)
        self._paused_until_ms = ctx.monotonic_ms() + self.params.pause_ms

    def _watch_position(self, ctx: Context, direction: int, entry_px: float, *, px: float) -> None:
        """Leave at the stop, or through the other side of the shorter channel."""
        gain_bps = (px / entry_px - 1) * BPS * direction
        channel = self._exit_channel
        if gain_bps <= -self.params.stop_bps:
            reason = f"{-gain_bps:.0f} bps against the entry at {entry_px:g}"
        elif direction > 0 and px < channel.low_px:
            reason = f"fell through {channel.low_px:g}, {gain_bps:+.0f} bps"
        elif direction < 0 and px > channel.high_px:
            reason = f"rose through {channel.high_px:g}, {gain_bps:+.0f} bps"
        else:
            return
        self._paused_until_ms = ctx.monotonic_ms() + self.params.pause_ms
        self._way_out.start(ctx, reason)

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
