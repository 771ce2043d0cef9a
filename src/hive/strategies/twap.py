"""TWAP execution: a large order in small slices, evenly over time, at bounded cost.

At each beat the schedule says how much should be done by now and by the next beat. What is due next
is offered passively (post-only, at the best price); what that leaves undone is taken at the beat,
but never dearer than `slippage_bps` past the price when the execution began. While the market is
beyond that bound the schedule waits; beyond `abort_bps` it is given up.

    beat ──▶ withdraw the offer ──▶ settled ──▶ take what is late, offer what is due by next beat

An offer may be filled while its cancel is on the way, so nothing is taken before it has ended.
"""

from __future__ import annotations

from typing import Final, Literal

from hive.domain.identifiers import Cloid
from hive.domain.market import Side, StreamCondition
from hive.domain.orders import OrderEvent, OrderNews, TimeInForce
from hive.strategies.param_rules import Rule, require, worth_an_order
from hive.strategy.interface import Bps, Coin, Context, Count, DurationMs, Params, Strategy, Usd

BPS: Final = 10_000.0
NOTIONAL_USD_MIN: Final = 10.5
"""A little above the venue's 10: prices move between the reckoning and the arrival."""
PRICE_WAIT_MS: Final = 100
SETTLE_MS: Final = 250
OVERTIME: Final = 2.0
"""An execution that waits for its bound ends after so many times its duration."""


class TwapParams(Params):
    """What an execution can be told."""

    coin: Coin = "BTC"
    side: Literal["buy", "sell"] = "buy"
    total_usd: Usd = 1_000.0
    """Worth of the whole, at the price when it begins."""
    duration_ms: DurationMs = 600_000
    slices: Count = 20
    """Beats of the schedule. A slice under 10 USD is not an order: those wait for the next beat."""
    slippage_bps: Bps = 20.0
    """The worst price paid, against the middle of the market at the beginning."""
    abort_bps: Bps = 100.0
    """The market has left: nothing more is done."""
    repeat: bool = False
    """When done, do the same on the other side, and so on."""
    flatten_on_stop: bool = False

    def __post_init__(self) -> None:
        require(
            worth_an_order("total_usd", self.total_usd),
            Rule(
                self.slippage_bps <= self.abort_bps,
                f"abort_bps ({self.abort_bps:g}) must not be below slippage_bps"
                f" ({self.slippage_bps:g}), or it gives up at a price it would pay; raise it",
            ),
        )


class TwapExecution(Strategy[TwapParams]):
    """Gets a given size done, on schedule."""

    def on_start(self, ctx: Context) -> None:
        self._side = Side.BUY if self.params.side == "buy" else Side.SELL
        self._beat_ms = max(10, self.params.duration_ms // self.params.slices)
        self._arrival_px: float | None = None
        self._offer: Cloid | None = None
        self.executions = 0
        ctx.watch_bbo(self.params.coin)
        ctx.after("begin", 1)

    def on_timer(self, ctx: Context, name: str) -> None:
        mid_px = ctx.mid_px(self.params.coin)
        if name == "begin":
            is_known = ctx.condition(self.params.coin) is StreamCondition.FRESH
            if mid_px is None or not is_known:
                ctx.after("begin", PRICE_WAIT_MS)
            else:
                self._begin(ctx, mid_px)
        elif self._arrival_px is not None and mid_px is not None:
            if name == "beat" and self._withdraws(ctx):
                return  # `settled` follows when the offer has ended
            self._proceed(ctx, mid_px)

    def _begin(self, ctx: Context, mid_px: float) -> None:
        """Fix the size, the price to be measured against, and the clock."""
        self._arrival_px = mid_px
        self._total = float(ctx.instrument(self.params.coin).round_size(self._wanted(mid_px)))
        self._held_before = float(ctx.position(self.params.coin).size)
        self._began_ms = ctx.monotonic_ms()
        ctx.every("beat", self._beat_ms)
        self._proceed(ctx, mid_px)

    def _wanted(self, mid_px: float) -> float:
        return self.params.total_usd / mid_px

    def _withdraws(self, ctx: Context) -> bool:
        """Cancel the offer; False if there is none any more."""
        order = None if self._offer is None else ctx.order(self._offer)
        if order is None or not order.is_live:
            return False
        ctx.cancel(order.cloid)
        return True

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        if event.order.cloid == self._offer and not event.order.is_live:
            self._offer = None
            if event.news is OrderNews.CANCELED and self._arrival_px is not None:
                ctx.after("settled", SETTLE_MS)  # its last fill may be told after its end

    def _proceed(self, ctx: Context, mid_px: float) -> None:
        """Take what is late, offer what is due by the next beat."""
        assert self._arrival_px is not None
        done, under_way = self._done(ctx), self._under_way(ctx)
        elapsed_ms = ctx.monotonic_ms() - self._began_ms
        away_bps = (mid_px / self._arrival_px - 1) * BPS * self._side.sign
        ctx.state["done"] = f"{done:g} of {self._total:g}"
        if away_bps > self.params.abort_bps:
            self._finish(ctx, f"given up: the market is {away_bps:.0f} bps away")
        elif not self._is_order(ctx, self._total - done, mid_px):
            self._finish(ctx, "done" if done > 0 else "nothing done: too little for an order")
        elif elapsed_ms > OVERTIME * self.params.duration_ms:
            self._finish(ctx, "out of time: the market stayed beyond the bound")
        elif ctx.condition(self.params.coin) is StreamCondition.FRESH and self._offer is None:
            late = self._due(elapsed_ms) - done - under_way
            if self._is_order(ctx, late, mid_px) and self._takes(ctx, late):
                under_way += late
            ahead = self._due(elapsed_ms + self._beat_ms) - done - under_way
            if self._is_order(ctx, ahead, mid_px):
                self._offers(ctx, ahead)

    def _is_order(self, ctx: Context, size: float, mid_px: float) -> bool:
        """That size, in whole lots, is worth enough to be an order."""
        lots = ctx.instrument(self.params.coin).round_size(max(size, 0.0))
        return float(lots) * mid_px >= NOTIONAL_USD_MIN

    def _due(self, elapsed_ms: float) -> float:
        """How much the schedule wants done by then, in coins."""
        return self._total * min(1.0, elapsed_ms / self.params.duration_ms)

    def _done(self, ctx: Context) -> float:
        """How much is done, in coins."""
        held = float(ctx.position(self.params.coin).size)
        return (held - self._held_before) * self._side.sign

    def _under_way(self, ctx: Context) -> float:
        """How much may still be done by orders that are out, in coins."""
        return float(sum(order.open_size for order in ctx.open_orders(self.params.coin)))

    @property
    def bound_px(self) -> float:
        """The worst price allowed, USD per coin."""
        assert self._arrival_px is not None
        return self._arrival_px * (1 + self._side.sign * self.params.slippage_bps / BPS)

    def _takes(self, ctx: Context, size: float) -> bool:
        """At the market, if that is within the bound."""
        bbo = ctx.bbo(self.params.coin)
        best = None if bbo is None else (bbo.ask if self._side is Side.BUY else bbo.bid)
        if best is None or (best.px - self.bound_px) * self._side.sign > 0:
            return False
        coin = self.params.coin
        ctx.place(coin, self._side, size, self.bound_px, tif=TimeInForce.IOC)
        return True

    def _offers(self, ctx: Context, size: float) -> None:
        """At our best price, or at the bound where that is dearer."""
        bbo = ctx.bbo(self.params.coin)
        best = None if bbo is None else (bbo.bid if self._side is Side.BUY else bbo.ask)
        if best is None:
            return
        px = min(best.px, self.bound_px) if self._side is Side.BUY else max(best.px, self.bound_px)
        self._offer = ctx.place(self.params.coin, self._side, size, px, tif=TimeInForce.ALO)

    def _finish(self, ctx: Context, reason: str) -> None:
        """This execution is over; the next, if there is to be one, goes the other way."""
        ctx.log("execution over", reason=reason, done=ctx.state["done"])
        ctx.cancel_timer("beat")
        ctx.cancel_all(self.params.coin)
        self._arrival_px = None
        self._offer = None
        self.executions += 1
        if self.params.repeat:
            self._side = self._side.opposite
            ctx.after("begin", self._beat_ms)

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
