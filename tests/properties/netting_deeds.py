"""What strategies, and a hand from outside, do by chance on one coin of one account."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any, Final

from tests.properties.netting_lane import STRATEGIES, Lane
from tests.properties.netting_street import COIN, TICK
from tests.properties.netting_world import World

from hive.domain.identifiers import StrategyId
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger, TriggerKind
from hive.domain.orders import OrderDraft, TimeInForce
from hive.execution.orders.order_life import OrderLife

TIFS: Final = (TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.ALO)
LOT: Final = Decimal("0.00001")
NOTIONAL_USD: Final = (12, 60_000)


class Deeds:
    """One lane's strategies."""

    def __init__(self, world: World, lane: Lane, *, has_hand: bool) -> None:
        """`has_hand`: somebody also trades the account past the desk, now and then."""
        self._world = world
        self._lane = lane
        self._rng: Random = world.rng
        table = self._table(has_hand=has_hand)
        self._deeds = [deed for deed, _ in table]
        self._cum_weights = list(accumulate(weight for _, weight in table))

    def act(self) -> None:
        """One deed of somebody."""
        strategy = self._rng.choice(STRATEGIES)
        self._rng.choices(self._deeds, cum_weights=self._cum_weights)[0](strategy)

    def _table(self, *, has_hand: bool) -> list[tuple[Callable[[StrategyId], None], int]]:
        return [
            (self._enter, 34),
            (self._bracket, 8),
            (self._leave, 14),
            (self._protect, 16),
            (self._cancel, 8),
            (self._replace, 12),
            (self._by_hand, 4 * has_hand),
        ]

    # --- the deeds -------------------------------------------------------------------------------

    def _enter(self, strategy: StrategyId) -> None:
        side = self._rng.choice(list(Side))
        px = self._near(side, self._rng.randrange(-10, 14))
        self._place(strategy, side, self._size(px), px, tif=self._rng.choice(TIFS))

    def _leave(self, strategy: StrategyId) -> None:
        held = self._lane.held(strategy)
        if held:
            side = Side.SELL if held > 0 else Side.BUY
            px = self._near(side, self._rng.randrange(-12, 14))
            self._place(strategy, side, self._part(held), px, reduce_only=True)

    def _protect(self, strategy: StrategyId) -> None:
        held = self._lane.held(strategy)
        if not held:
            return
        side = Side.SELL if held > 0 else Side.BUY
        kind = self._rng.choice(list(TriggerKind))
        size = abs(held) if self._rng.random() < 0.8 else self._part(held)
        draft = self._trigger_draft(side, size, kind)
        options, px = draft.options, draft.limit_px
        self._place(strategy, side, size, px, reduce_only=True, options=options)

    def _bracket(self, strategy: StrategyId) -> None:
        side = self._rng.choice(list(Side))
        px = self._near(side, self._rng.randrange(-10, 14))
        tif = self._rng.choice(TIFS)
        entry = OrderDraft(coin=COIN, side=side, size=self._size(px), limit_px=px, tif=tif)
        kinds = self._rng.sample(list(TriggerKind), self._rng.choice((1, 2, 2)))
        children = [self._trigger_draft(side.opposite, entry.size, kind) for kind in kinds]
        self._lane.verbs.bracket(strategy, entry, children)

    def _trigger_draft(self, side: Side, size: Decimal, kind: TriggerKind) -> OrderDraft:
        away = self._rng.randrange(5, 60) * TICK
        px = Decimal(self._world.street.px)
        trigger = Trigger(kind, px, is_market=self._rng.random() < 0.7)
        is_above = trigger.is_above(side)
        trigger = Trigger(kind, px + (away if is_above else -away), trigger.is_market)
        worst = trigger.px * (Decimal("1.1") if side is Side.BUY else Decimal("0.9"))
        return OrderDraft(
            coin=COIN,
            side=side,
            size=size,
            limit_px=worst - worst % TICK,
            tif=TimeInForce.GTC,
            reduce_only=True,
            options=OrderOptions(trigger=trigger),
        )

    def _cancel(self, strategy: StrategyId) -> None:
        life = self._one_of(strategy)
        if life is not None:
            self._lane.parts.taking.cancel(strategy, life.cloid)

    def _replace(self, strategy: StrategyId) -> None:
        life = self._one_of(strategy)
        if life is None or life.trigger is not None:
            return
        px = self._near(life.intent.side, self._rng.randrange(-6, 12))
        size = life.filled + self._size(px)
        self._lane.parts.taking.replace(strategy, life.cloid, (size, px, None), self._lane.now_ms)

    def _by_hand(self, strategy: StrategyId) -> None:
        side = self._rng.choice(list(Side))
        px = self._near(side, -8)
        wire: dict[str, Any] = {
            "a": 0,
            "b": side is Side.BUY,
            "p": str(px),
            "s": str(self._size(px).normalize()),
            "r": False,
            "t": {"limit": {"tif": "Ioc"}},
        }
        action = {"type": "order", "orders": [wire], "grouping": "na"}
        self._world.submit(self._lane.account, action, lambda reply: None)

    # --- their numbers ---------------------------------------------------------------------------

    def _place(
        self, strategy: StrategyId, side: Side, size: Decimal, px: Decimal, **more: Any
    ) -> None:
        more = {"tif": TimeInForce.GTC, **more}
        self._lane.verbs.place(strategy, COIN, side, size=size, limit_px=px, **more)

    def _near(self, side: Side, ticks: int) -> Decimal:
        """So many ticks behind the middle of the market; before it, if negative."""
        return Decimal(self._world.street.px - side.sign * ticks * TICK)

    def _size(self, px: Decimal) -> Decimal:
        low, high = NOTIONAL_USD
        usd = Decimal(low * (high / low) ** self._rng.random())
        return max(LOT, (usd / px).quantize(LOT))

    def _part(self, held: Decimal) -> Decimal:
        share = Decimal(self._rng.choice((25, 50, 100, 100))) / 100
        return max(LOT, (abs(held) * share).quantize(LOT))

    def _one_of(self, strategy: StrategyId) -> OrderLife | None:
        lives = self._lane.parts.books.dispatch.lives(strategy)
        return self._rng.choice(lives) if lives else None
