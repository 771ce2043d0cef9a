"""What a restless strategy does besides: it waits for prices, protects, quotes, orders in units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from hive import Bbo, Context, Fill, OrderDraft, OrderEvent, Side
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.order_options import TriggerKind
from hive.domain.twaps import TWAP_MINUTES_MIN, Twap, TwapEvent
from hive.runtime.rng import SeededRng

NEAR: Final = 0.002
"""How far triggers and quotes are from the middle, as a share of the price."""

TWAP_SIZES: Final = 4
"""So many orders' worth; the least is 100 USD."""
TWAPS_MAX: Final = 3

Tells = Callable[[StrategyId, Cloid], None]
TellsSize = Callable[[StrategyId, Cloid, float], None]


class Witness(Protocol):
    """Who is shown what a strategy asked for and what it was told, at that very moment."""

    def placed(self, strategy: StrategyId, cloid: Cloid, size: float) -> None: ...

    def begot(self, strategy: StrategyId, cloid: Cloid) -> None:
        """The desk decides how large it is."""

    def told(self, strategy: StrategyId, event: OrderEvent) -> None: ...

    def filled(self, strategy: StrategyId, fill: Fill) -> None: ...

    def began(self, twap: Twap) -> None: ...

    def told_of_twap(self, event: TwapEvent) -> None: ...


def trigger_px(side: Side, kind: TriggerKind, bbo: Bbo, away: float = NEAR) -> float:
    """Where the price must still go for a trigger on that side."""
    mid_px = bbo.mid_px
    assert mid_px is not None
    is_above = (side is Side.BUY) is (kind is TriggerKind.STOP)
    return mid_px * (1 + away if is_above else 1 - away)


class Deeds:
    """One strategy's, by their names (`draw.DEEDS`)."""

    def __init__(self, rng: SeededRng, placed: TellsSize, witness: Witness) -> None:
        """`placed` is told each order whose size is not the desk's to decide."""
        self._rng = rng
        self._placed = placed
        self._witness = witness
        self._begot: Tells = witness.begot

    def do(self, deed: str, ctx: Context, bbo: Bbo, size_usd: float) -> None:
        """One of them. `bbo` has both sides."""
        mid_px = bbo.mid_px
        assert mid_px is not None
        size = size_usd * (0.5 + self._rng.uniform()) / mid_px
        match deed:
            case "trigger":
                self._trigger(ctx, bbo, size)
            case "protect":
                self._protect(ctx, bbo)
            case "bracket":
                self._bracket(ctx, bbo, size)
            case "unit":
                self._unit(ctx, bbo, size)
            case "twap":
                self._twap(ctx, bbo, size)
            case _:
                self._quote(ctx, bbo, size)

    def _trigger(self, ctx: Context, bbo: Bbo, size: float) -> None:
        """A stop or take-profit for what is held, or one that opens."""
        side, is_stop = self._side(), self._rng.uniform() < 0.5
        kind = TriggerKind.STOP if is_stop else TriggerKind.TAKE_PROFIT
        px = trigger_px(side, kind, bbo, self._away())
        place = ctx.stop if is_stop else ctx.take_profit
        limit_px = px if self._rng.uniform() < 0.3 else None
        reduce_only = self._rng.uniform() < 0.7
        cloid = place(bbo.coin, side, size, px, limit_px=limit_px, reduce_only=reduce_only)
        self._placed(ctx.strategy_id, cloid, size)

    def _protect(self, ctx: Context, bbo: Bbo) -> None:
        held = ctx.position(bbo.coin).size
        side = Side.SELL if held > 0 else Side.BUY
        stop_px = trigger_px(side, TriggerKind.STOP, bbo, self._away())
        profit_px = trigger_px(side, TriggerKind.TAKE_PROFIT, bbo, self._away())
        made = ctx.protect(bbo.coin, stop_px=stop_px, take_profit_px=profit_px)
        if made is not None:
            self._beget(ctx, made.stop, made.take_profit)

    def _bracket(self, ctx: Context, bbo: Bbo, size: float) -> None:
        side = self._side()
        out = side.opposite
        made = ctx.bracket(
            ctx.draft(bbo.coin, side, size, self._px(bbo, side)),
            stop_px=trigger_px(out, TriggerKind.STOP, bbo, 2 * self._away()),
            take_profit_px=trigger_px(out, TriggerKind.TAKE_PROFIT, bbo, 2 * self._away()),
        )
        self._placed(ctx.strategy_id, made.entry, size)
        self._beget(ctx, made.stop, made.take_profit)

    def _unit(self, ctx: Context, bbo: Bbo, size: float) -> None:
        sides = [self._side() for _ in range(2 + int(2 * self._rng.uniform()))]
        drafts: list[OrderDraft] = [
            ctx.draft(bbo.coin, side, size, self._px(bbo, side)) for side in sides
        ]
        for cloid in ctx.place_unit(drafts):
            self._placed(ctx.strategy_id, cloid, size)

    def _quote(self, ctx: Context, bbo: Bbo, size: float) -> None:
        mid_px = bbo.mid_px
        assert mid_px is not None
        levels = 1 + int(3 * self._rng.uniform())
        away = [self._away() * (level + 1) for level in range(levels)]
        ctx.quote(
            bbo.coin,
            bids=[(mid_px * (1 - each), size) for each in away],
            asks=[(mid_px * (1 + each), size) for each in away],
        )

    def _twap(self, ctx: Context, bbo: Bbo, size: float) -> None:
        """One of a size that no other has, or an end of one."""
        running = ctx.open_twaps()
        if running and self._rng.uniform() < len(running) / TWAPS_MAX:
            ctx.cancel_twap(running[int(self._rng.uniform() * len(running))].cloid)
            return
        cloid = ctx.twap(
            bbo.coin,
            self._side(),
            TWAP_SIZES * size,
            TWAP_MINUTES_MIN + int(1_000 * self._rng.uniform()),
            randomize=self._rng.uniform() < 0.5,
            reduce_only=self._rng.uniform() < 0.2,
        )
        for twap in ctx.open_twaps():
            if twap.cloid == cloid:
                self._witness.began(twap)

    def _beget(self, ctx: Context, *cloids: Cloid | None) -> None:
        for cloid in cloids:
            if cloid is not None:
                self._begot(ctx.strategy_id, cloid)

    def _side(self) -> Side:
        return Side.BUY if self._rng.uniform() < 0.5 else Side.SELL

    def _away(self) -> float:
        return NEAR * (0.2 + self._rng.uniform())

    def _px(self, bbo: Bbo, side: Side) -> float:
        mid_px = bbo.mid_px
        assert mid_px is not None
        return mid_px * (1 - side.sign * (self._rng.uniform() - 0.3) * NEAR)
