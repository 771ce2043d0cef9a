"""A strategy that only makes trouble: places, replaces and cancels at random, from its seed.

It trades at and around the market, with every time in force, so that orders fill, part-fill, are
refused, race their cancels and meet each other.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from tests.simulation.restless_deeds import Deeds, Witness, trigger_px

from hive import Bbo, Context, Fill, Order, OrderEvent, Params, Side, Strategy, TimeInForce
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.twaps import TwapEvent
from hive.runtime.rng import SeededRng


class RestlessSettings(Params, frozen=True, kw_only=True):
    """`pause_ms` is the mean time between two deeds."""

    coin: str = "BTC"
    seed: int = 0
    pause_ms: Annotated[int, msgspec.Meta(ge=10)] = 700
    orders_max: int = 4
    size_usd: float = 60.0
    deeds: tuple[str, ...] = ()


class Restless(Strategy[RestlessSettings]):
    """Makes trouble until it is told to be quiet."""

    def __init__(self, params: RestlessSettings, witness: Witness) -> None:
        super().__init__(params)
        self._rng = SeededRng(self.params.seed)
        self._witness = witness
        self._deeds = Deeds(self._rng, self._tell, witness)
        self.is_quiet = False

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)
        ctx.after("deed", self._pause_ms())

    def on_timer(self, ctx: Context, name: str) -> None:
        ctx.after("deed", self._pause_ms())
        bbo = ctx.bbo(self.params.coin)
        if not self.is_quiet and bbo is not None and bbo.mid_px is not None:
            self._do_something(ctx, bbo)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self._witness.told(ctx.strategy_id, event)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self._witness.filled(ctx.strategy_id, fill)

    def on_twap(self, ctx: Context, event: TwapEvent) -> None:
        self._witness.told_of_twap(event)

    def _pause_ms(self) -> int:
        return 10 + int(2 * self.params.pause_ms * self._rng.uniform())

    def _do_something(self, ctx: Context, bbo: Bbo) -> None:
        open_orders = ctx.open_orders()
        draw = self._rng.uniform()
        if open_orders and (draw < 0.25 or len(open_orders) >= self.params.orders_max):
            ctx.cancel(self._one_of(open_orders).cloid)
        elif open_orders and draw < 0.55:
            order = self._one_of(open_orders)
            if order.trigger is not None:
                ctx.replace(order.cloid, trigger_px=trigger_px(order.side, order.trigger.kind, bbo))
            else:
                ctx.replace(order.cloid, limit_px=self._px(bbo, order.side))
        elif draw < 0.58:
            ctx.cancel_all()
        elif self.params.deeds and self._rng.uniform() < 0.6:
            deed = self.params.deeds[int(self._rng.uniform() * len(self.params.deeds))]
            self._deeds.do(deed, ctx, bbo, self.params.size_usd)
        else:
            self._place(ctx, bbo)

    def _place(self, ctx: Context, bbo: Bbo) -> None:
        side = Side.BUY if self._rng.uniform() < 0.5 else Side.SELL
        limit_px = self._px(bbo, side)
        size = self.params.size_usd * (0.5 + self._rng.uniform()) / limit_px
        tif = list(TimeInForce)[int(self._rng.uniform() * 3)]
        cloid = ctx.place(
            self.params.coin,
            side,
            size,
            limit_px,
            tif=tif,
            reduce_only=self._rng.uniform() < 0.1,
        )
        self._tell(ctx.strategy_id, cloid, size)

    def _tell(self, strategy: StrategyId, cloid: Cloid, size: float) -> None:
        """Whatever of a strategy's is open, its quotes may resize."""
        if "quote" in self.params.deeds:
            self._witness.begot(strategy, cloid)
        else:
            self._witness.placed(strategy, cloid, size)

    def _px(self, bbo: Bbo, side: Side) -> float:
        mid_px = bbo.mid_px
        assert mid_px is not None
        return mid_px * (1 - side.sign * (self._rng.uniform() - 0.3) * 0.002)

    def _one_of(self, orders: list[Order]) -> Order:
        return orders[int(self._rng.uniform() * len(orders))]
