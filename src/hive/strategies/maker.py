"""Market maker: a bid and an offer around a fair price that leans against its own position.

    fair = mid × (1 - skew × position / position_max)
    bid  = fair × (1 - edge),  offer = fair × (1 + edge)

Holding much, it bids lower and offers lower, so that the next trade is likelier to unload. Quotes
are post-only. One that has come too near the fair price is about to be picked off and is moved
soon; one that is only too far away may rest for `rest_ms`: actions are short on
Hyperliquid, and a quote that moves all the time is never first in line.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hive.domain.identifiers import Cloid
from hive.domain.market import Bbo, Side, StreamCondition
from hive.domain.orders import TimeInForce
from hive.strategies.param_rules import PX_SHARE_BPS, Rule, require, worth_an_order
from hive.strategies.way_out import LOOK_MS, WayOut
from hive.strategy.interface import (
    Bps,
    Coin,
    Context,
    DurationMs,
    Params,
    Ratio,
    Strategy,
    Usd,
)

BPS: Final = 10_000.0
HASTE_MS: Final = 1_500
"""Not even an urgent change comes sooner after the last."""


class MakerParams(Params):
    """What a market maker can be told."""

    coin: Coin = "BTC"
    size_usd: Usd = 100.0
    """Of each quote."""
    edge_bps: Bps = 4.0
    """Distance of each quote from the fair price."""
    skew_bps: Bps = 4.0
    """How far the fair price leans at the largest position."""
    requote_bps: Bps = 2.0
    """A quote that is closer to where it should be than this is left alone."""
    rest_ms: DurationMs = 8_000
    """And so is one that was changed less than this ago,"""
    near_share: Ratio = 0.5
    """unless it is nearer to the fair price than this share of the edge."""
    position_usd_max: Usd = 500.0
    loss_usd_max: Usd = 10.0
    """An open loss beyond this is taken: out at the market, then `pause_ms` of rest."""
    pause_ms: DurationMs = 30_000
    slippage_bps: Bps = 30.0
    flatten_on_stop: bool = False

    def __post_init__(self) -> None:
        require(
            worth_an_order("size_usd", self.size_usd),
            Rule(
                self.size_usd <= self.position_usd_max,
                f"size_usd ({self.size_usd:g}) is above position_usd_max"
                f" ({self.position_usd_max:g}), so it would never quote; lower it",
            ),
            Rule(
                self.edge_bps + self.skew_bps < PX_SHARE_BPS,
                f"edge_bps ({self.edge_bps:g}) and skew_bps ({self.skew_bps:g}) are the whole"
                " price together; lower them",
            ),
        )


class _Quote:
    """One side's order and when it was last touched."""

    __slots__ = ("cloid", "touched_ms")

    def __init__(self) -> None:
        self.cloid: Cloid | None = None
        self.touched_ms = -(10**12)


class MarketMaker(Strategy[MakerParams]):
    """Earns the spread, and takes a loss before it grows."""

    def on_start(self, ctx: Context) -> None:
        self._quote_by_side = {side: _Quote() for side in Side}
        self._way_out = WayOut(self.params.coin, self.params.slippage_bps)
        self._paused_until_ms = 0
        ctx.watch_bbo(self.params.coin)
        ctx.every("look", LOOK_MS)

    def on_timer(self, ctx: Context, name: str) -> None:
        bbo = ctx.bbo(self.params.coin)
        if name == "look" and bbo is not None:
            self.on_bbo(ctx, bbo)

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        mid_px = bbo.mid_px
        if mid_px is None or self._way_out.is_busy(ctx):
            return
        if ctx.monotonic_ms() < self._paused_until_ms:
            return
        position = ctx.position(self.params.coin)
        loss_usd = -(position.unrealized_usd or 0)
        if loss_usd > self.params.loss_usd_max:
            self._stop_out(ctx, f"open loss of {loss_usd:.2f} USD")
            return
        held_usd = float(position.size) * mid_px
        lean = max(-1.0, min(1.0, held_usd / self.params.position_usd_max))
        fair_px = mid_px * (1 - lean * self.params.skew_bps / BPS)
        for side in Side:
            self._keep_quote(ctx, side, fair_px, held_usd)

    def _keep_quote(self, ctx: Context, side: Side, fair_px: float, held_usd: float) -> None:
        """Place, move or leave the quote of one side."""
        quote = self._quote_by_side[side]
        now_ms = ctx.monotonic_ms()
        age_ms = now_ms - quote.touched_ms
        if age_ms < HASTE_MS:
            return
        px = self._passive_px(ctx, side, fair_px)
        order = None if quote.cloid is None else ctx.order(quote.cloid)
        is_live = order is not None and order.is_live
        is_near = order is not None and is_live and self._is_near(side, order.limit_px, fair_px)
        if age_ms < self.params.rest_ms and not is_near:
            return
        has_room = held_usd * side.sign + self.params.size_usd <= self.params.position_usd_max
        if not has_room:
            if is_live and quote.cloid is not None:
                quote.touched_ms = now_ms
                ctx.cancel(quote.cloid)
        elif not is_live:
            if self._is_price_known(ctx):
                quote.touched_ms = now_ms
                size = self.params.size_usd / px
                quote.cloid = ctx.place(self.params.coin, side, size, px, tif=TimeInForce.ALO)
        elif order is not None and not (order.replace_pending or order.cancel_pending):
            strayed_bps = abs(px / float(order.limit_px) - 1) * BPS
            if strayed_bps > self.params.requote_bps and self._is_price_known(ctx):
                quote.touched_ms = now_ms
                ctx.replace(order.cloid, limit_px=px)

    def _is_price_known(self, ctx: Context) -> bool:
        """Asked where something is about to be done, not at every price."""
        return ctx.condition(self.params.coin) is StreamCondition.FRESH

    def _is_near(self, side: Side, quote_px: Decimal, fair_px: float) -> bool:
        """The quote is so close to the fair price that filling it is a loss."""
        distance_bps = (fair_px / float(quote_px) - 1) * BPS * side.sign
        return distance_bps < self.params.near_share * self.params.edge_bps

    def _passive_px(self, ctx: Context, side: Side, fair_px: float) -> float:
        """Where the quote belongs, but never so close that it would take."""
        px = fair_px * (1 - side.sign * self.params.edge_bps / BPS)
        bbo = ctx.bbo(self.params.coin)
        other = None if bbo is None else (bbo.ask if side is Side.BUY else bbo.bid)
        if other is None or (other.px - px) * side.sign > 0:
            return px
        tick_px = ctx.instrument(self.params.coin).tick_at(Decimal(repr(other.px)))
        return other.px - side.sign * float(tick_px)

    def _stop_out(self, ctx: Context, reason: str) -> None:
        self._paused_until_ms = ctx.monotonic_ms() + self.params.pause_ms
        self._way_out.start(ctx, reason)

    def on_condition(self, ctx: Context, coin: str, condition: StreamCondition) -> None:
        """Quotes on a price that is not known are a gift to others."""
        if condition is StreamCondition.STALE:
            ctx.cancel_all(coin)

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
