"""Grid: orders on evenly spaced levels around an anchor; each one filled is answered a level on.

level   +3  sell          a buy filled at -1 is answered by a sell at 0,
        +2  sell          a sell filled at +2 by a buy at +1: each pair earns one step.
        +1  sell
         0  ── anchor     Beyond the outermost level the market has left the grid. The stop is
        -1  buy           `stop_bps` further out: everything is canceled, the position closed,
        -2  buy           and after a pause a new grid is laid where the market is then.
        -3  buy

A level that was taken away (its order stood in the way of another strategy's exit, say) is laid
again after `mend_ms`, once the market is on its near side.
"""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Cloid
from hive.domain.market import Bbo, Side, StreamCondition
from hive.domain.orders import OrderEvent, OrderNews, TimeInForce
from hive.strategies.param_rules import PX_SHARE_BPS, Rule, require, worth_an_order
from hive.strategies.way_out import LOOK_MS, WayOut
from hive.strategy.interface import Bps, Coin, Context, Count, DurationMs, Params, Strategy, Usd

BPS: Final = 10_000.0


class GridParams(Params):
    """What a grid can be told."""

    coin: Coin = "ETH"
    levels: Count = 4
    """On each side; what it may hold is bounded by them: levels × size_usd."""
    step_bps: Bps = 8.0
    """Between neighbouring levels."""
    size_usd: Usd = 60.0
    """Of each order."""
    stop_bps: Bps = 60.0
    """How far beyond the outermost level the position is given up."""
    recenter_ms: DurationMs = 60_000
    """A flat grid whose market has strayed by half of it is laid anew, at most so often."""
    pause_ms: DurationMs = 30_000
    """Rest after a stop."""
    mend_ms: DurationMs = 30_000
    """Before a level whose order was canceled, refused or not sent is laid again."""
    slippage_bps: Bps = 30.0
    flatten_on_stop: bool = False

    def __post_init__(self) -> None:
        require(
            worth_an_order("size_usd", self.size_usd),
            Rule(
                self.step_bps > 0,
                f"step_bps is 0, so all {self.levels} levels would be one price; raise it",
            ),
            Rule(
                self.levels * self.step_bps < PX_SHARE_BPS,
                f"levels ({self.levels}) × step_bps ({self.step_bps:g}) reach down to a price of 0;"
                " lower either",
            ),
        )


class GridTrader(Strategy[GridParams]):
    """Earns on a market that goes back and forth; gives up on one that leaves."""

    def on_start(self, ctx: Context) -> None:
        self._anchor_px: float | None = None
        self._laid_ms = 0
        self._level_by_cloid: dict[Cloid, int] = {}
        self._missing: dict[int, tuple[Side, int]] = {}
        """Levels without the order they should have, and when it is laid again."""
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
        reach_bps = self.params.levels * self.params.step_bps
        strayed_bps = 0.0 if self._anchor_px is None else abs(mid_px / self._anchor_px - 1) * BPS
        if strayed_bps > reach_bps + self.params.stop_bps:
            self._paused_until_ms = ctx.monotonic_ms() + self.params.pause_ms
            self._lift(ctx)
            self._way_out.start(ctx, f"the market is {strayed_bps:.0f} bps from the anchor")
        elif self._anchor_px is None:
            if self._is_price_known(ctx) and not ctx.open_orders(self.params.coin):
                self._lay(ctx, mid_px)
        elif not self._level_by_cloid:
            self._anchor_px = None  # every order is gone, for whatever reason: begin anew
            self._missing.clear()
        elif strayed_bps > reach_bps / 2 and self._may_recenter(ctx):
            self._lift(ctx)
        elif self._missing and self._is_price_known(ctx):
            self._mend(ctx, mid_px)

    def _is_price_known(self, ctx: Context) -> bool:
        """Asked where something is about to be done, not at every price."""
        return ctx.condition(self.params.coin) is StreamCondition.FRESH

    def _mend(self, ctx: Context, mid_px: float) -> None:
        """Lay what is missing; what would trade at once waits until the market is back."""
        now_ms = ctx.monotonic_ms()
        for level, (side, due_ms) in list(self._missing.items()):
            if now_ms >= due_ms and (mid_px - self._level_px(level)) * side.sign > 0:
                del self._missing[level]
                self._place(ctx, side, level)

    def _may_recenter(self, ctx: Context) -> bool:
        is_old = ctx.monotonic_ms() - self._laid_ms >= self.params.recenter_ms
        is_idle = is_old and ctx.position(self.params.coin).is_flat
        return is_idle and self._is_price_known(ctx)

    def _lay(self, ctx: Context, mid_px: float) -> None:
        """A new grid around the price."""
        self._anchor_px = mid_px
        self._laid_ms = ctx.monotonic_ms()
        held_usd = float(ctx.position(self.params.coin).size) * mid_px
        held_usd_max = self.params.levels * self.params.size_usd
        for side in Side:
            room = int((held_usd_max - held_usd * side.sign) / self.params.size_usd + 0.5)
            for distance in range(1, min(room, self.params.levels) + 1):
                self._place(ctx, side, -side.sign * distance)

    def _lift(self, ctx: Context) -> None:
        """Take the grid away; the next is laid when it is gone."""
        self._anchor_px = None
        self._level_by_cloid.clear()
        self._missing.clear()
        ctx.cancel_all(self.params.coin)

    def _place(self, ctx: Context, side: Side, level: int) -> None:
        px = self._level_px(level)
        size = self.params.size_usd / px
        # Not post-only: an answer may find the market beyond its level already, and then it should
        # take the better price.
        cloid = ctx.place(self.params.coin, side, size, px, tif=TimeInForce.GTC)
        self._level_by_cloid[cloid] = level

    def _level_px(self, level: int) -> float:
        assert self._anchor_px is not None
        return self._anchor_px * (1 + level * self.params.step_bps / BPS)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        order = event.order
        if order.is_live:
            return
        level = self._level_by_cloid.pop(order.cloid, None)
        if level is None:
            return
        if event.news is not OrderNews.FILLED:
            self._missing[level] = order.side, ctx.monotonic_ms() + self.params.mend_ms
            return
        answer = level + order.side.sign
        if abs(answer) <= self.params.levels and answer not in self._level_by_cloid.values():
            self._answer(ctx, order.side.opposite, answer)

    def _answer(self, ctx: Context, side: Side, level: int) -> None:
        """What mostly closes goes out at once; what opens waits until the price is known."""
        self._missing.pop(level, None)
        closed_by_it = -side.sign * float(ctx.position(self.params.coin).size)
        closes = closed_by_it * self._level_px(level) > self.params.size_usd / 2
        if closes or self._is_price_known(ctx):
            self._place(ctx, side, level)
        else:
            self._missing[level] = side, ctx.monotonic_ms()

    def on_stop(self, ctx: Context) -> None:
        if self.params.flatten_on_stop:
            ctx.flatten(self.params.coin, slippage_bps=self.params.slippage_bps)
