"""Mean reversion: sells what is unusually dear and buys what is unusually cheap, for its return.

How unusual is told by the z-score: standard deviations from the mean of the last mid prices, one
at each beat (Bollinger's bands are the same two numbers). Candles of the past warm it up; then mids
are better than trades, which jump between bid and offer. It enters with a post-only order at the
best price, and leaves when the score is back; a move beyond the stop, or too long a wait, ends it.
"""

# ruff: noqa: ARG002 (handlers take what the interface gives)
from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Cloid
from hive.domain.market import Bbo, CandleHistory, Side, StreamCondition
from hive.domain.orders import TimeInForce
from hive.strategies.param_rules import Rule, require, worth_an_order
from hive.strategies.signals import ZScore
from hive.strategies.way_out import LOOK_MS, WayOut
from hive.strategy.interface import (
    Bps,
    CandleMs,
    Coin,
    Context,
    Count,
    DurationMs,
    Params,
    Ratio,
    Strategy,
    Usd,
)

BPS: Final = 10_000.0


class MeanReversionParams(Params):
    """What mean reversion can be told."""

    coin: Coin = "SOL"
    interval_ms: CandleMs = 60_000
    """Between two of the prices it computes on."""
    length: Count = 20
    """Prices in the mean; at least two."""
    entry_z: Ratio = 2.0
    """It enters at this many deviations from the mean,"""
    exit_z: Ratio = 0.3
    """and leaves at this many."""
    deviation_bps_min: Bps = 3.0
    """A price closer to the mean than this is not worth the fees, whatever its score."""
    patience_ms: DurationMs = 60_000
    """An entry that is not filled by then is canceled."""
    hold_ms_max: DurationMs = 1_800_000
    """A position that has not come back by then is closed."""
    stop_bps: Bps = 60.0
    """Adverse move from the entry price at which it is closed."""
    pause_ms: DurationMs = 60_000
    """Rest after leaving: what has left its band for good looks cheap all the way."""
    size_usd: Usd = 120.0
    slippage_bps: Bps = 20.0
    flatten_on_stop: bool = False

    def __post_init__(self) -> None:
        require(
            worth_an_order("size_usd", self.size_usd),
            Rule(
                self.length >= 2,
                f"length ({self.length}) must be at least 2; one price has no mean",
            ),
            Rule(
                self.exit_z < self.entry_z,
                f"exit_z ({self.exit_z:g}) must be below entry_z ({self.entry_z:g}), or it leaves"
                " where it enters; lower it",
            ),
            Rule(
                self.stop_bps > 0, "stop_bps is 0, so it would leave as soon as it enters; raise it"
            ),
        )


class MeanReversion(Strategy[MeanReversionParams]):
    """Flat, or one position of `size_usd` against the last move."""

    def on_start(self, ctx: Context) -> None:
        params = self.params
        self._score = ZScore(params.length)
        self._way_out = WayOut(params.coin, params.slippage_bps)
        self._entry: Cloid | None = None
        self._held_since_ms: int | None = None
        self._paused_until_ms = 0
        ctx.watch_bbo(params.coin)
        ctx.watch_candles(params.coin, params.interval_ms, warmup=params.length)
        ctx.every("beat", params.interval_ms, aligned=True)
        ctx.every("look", LOOK_MS)

    def on_history(self, ctx: Context, history: CandleHistory) -> None:
        for candle in history.candles:
            self._score.add(candle.close_px)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        mid_px = bbo.mid_px
        if mid_px is None or not self._score.is_warm or self._way_out.is_busy(ctx):
            return
        position = ctx.position(self.params.coin)
        score = self._score.of(mid_px)
        if position.entry_px is not None:
            self._watch_position(
                ctx, 1 if position.size > 0 else -1, float(position.entry_px), score, px=mid_px
            )
            return
        self._held_since_ms = None
        order = None if self._entry is None else ctx.order(self._entry)
        is_free = order is None or not order.is_live
        if is_free and ctx.monotonic_ms() >= self._paused_until_ms:
            self._enter(ctx, bbo, score)

    def _enter(self, ctx: Context, bbo: Bbo, score: float) -> None:
        assert bbo.bid is not None
        assert bbo.ask is not None
        best = bbo.ask if score > 0 else bbo.bid
        away_bps = abs(best.px / self._score.mean_px - 1) * BPS
        if abs(score) < self.params.entry_z or away_bps < self.params.deviation_bps_min:
            return
        if ctx.condition(self.params.coin) is not StreamCondition.FRESH:
            return
        side = Side.SELL if score > 0 else Side.BUY
        size = self.params.size_usd / best.px
        self._entry = ctx.place(self.params.coin, side, size, best.px, tif=TimeInForce.ALO)
        ctx.after("patience", self.params.patience_ms)

    def on_timer(self, ctx: Context, name: str) -> None:
        bbo = ctx.bbo(self.params.coin)
        if name == "beat" and bbo is not None and bbo.mid_px is not None:
            self._score.add(bbo.mid_px)
        elif name == "look" and bbo is not None:
            self.on_bbo(ctx, bbo)
        elif name == "patience" and self._entry is not None:
            ctx.cancel(self._entry)

    def _watch_position(
        self, ctx: Context, direction: int, entry_px: float, score: float, *, px: float
    ) -> None:
        """Leave when the price is back where it belongs, or will not come back."""
        now_ms = ctx.monotonic_ms()
        if self._held_since_ms is None:
            self._held_since_ms = now_ms
        gain_bps = (px / entry_px - 1) * BPS * direction
        if gain_bps <= -self.params.stop_bps:
            reason = f"{-gain_bps:.0f} bps against the entry at {entry_px:g}"
        elif score * direction >= -self.params.exit_z:
            reason = f"back at the mean, {gain_bps:+.0f} bps"
        elif now_ms - self._held_since_ms >= self.params.hold_ms_max:
            reason = "held for too long"
        else:
            return
        self._paused_until_ms = now_ms + self.params.pause_ms
        self._way_out.start(ctx, reason)

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
