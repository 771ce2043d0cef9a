"""Orders of one account that would trade with each other.

The venue does not let them: it cancels the one that rests (protocol.md 2.11), which may be another
strategy's. So an order that would meet another strategy's is found here before it leaves.

For each strategy the best prices it may have in a book are kept, never too timid: an order that
left counts from then on, and one that is gone is forgotten when its price would stand in somebody's
way. A strategy that crosses itself is left to the venue's rule, as if it were alone; so is a market
order that waits for a price at the venue, for nobody is asked when it is triggered.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import BUY, Side
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import is_waiting, may_rest_triggered


class Best:
    """The highest bid and the lowest ask that a strategy may have on a coin; None if none."""

    __slots__ = ("ask", "bid")

    def __init__(self) -> None:
        self.bid: Decimal | None = None
        self.ask: Decimal | None = None

    def crosses(self, side: Side, px: Decimal) -> bool:
        """Whether an order on that side would trade with one of these."""
        if side is BUY:
            return self.ask is not None and px >= self.ask
        return self.bid is not None and px <= self.bid

    def include(self, side: Side, px: Decimal) -> bool:
        """Whether that is better than what was there."""
        if side is BUY:
            if self.bid is None or px > self.bid:
                self.bid = px
                return True
        elif self.ask is None or px < self.ask:
            self.ask = px
            return True
        return False


class CoinBests:
    """Of one coin: each strategy's best prices, and the best among them.

    Most orders meet nobody's: `of_all` tells that at once, however many strategies share the coin.
    """

    __slots__ = ("by_strategy", "of_all")

    def __init__(self, by_strategy: dict[StrategyId, Best]) -> None:
        self.by_strategy = by_strategy
        self.of_all = Best()
        self.sum_up()

    def include(self, strategy: StrategyId, side: Side, px: Decimal) -> None:
        best = self.by_strategy.get(strategy)
        if best is None:
            best = self.by_strategy[strategy] = Best()
        if best.include(side, px):
            self.of_all.include(side, px)

    def sum_up(self) -> None:
        """Some strategy's were counted anew."""
        self.of_all = Best()
        for best in self.by_strategy.values():
            if best.bid is not None:
                self.of_all.include(Side.BUY, best.bid)
            if best.ask is not None:
                self.of_all.include(Side.SELL, best.ask)


class OwnCrosses:
    """What of the account's own orders an order would meet. Asked only of shared coins."""

    def __init__(self, lives: Callable[[StrategyId | None], list[OrderLife]]) -> None:
        """`lives` are the live orders of a strategy, or of all."""
        self._lives = lives
        self._bests: dict[str, CoinBests] = {}
        self._leaving: dict[Cloid, None] = {}
        """They leave in this turn, but are not sent yet."""

    def lets_pass(self, life: OrderLife, px: Decimal) -> bool:
        """Whether an order that is about to be sent at this price surely meets none; it counts
        from then on."""
        coin, side, strategy = life.intent.coin, life.intent.side, life.strategy
        bests = self._bests.get(coin) or self._counted_on(coin)
        own = bests.by_strategy.get(strategy)
        if side is BUY:
            opposite_px, own_px = bests.of_all.ask, None if own is None else own.bid
            is_met = opposite_px is not None and px >= opposite_px
            is_better = own_px is None or px > own_px
        else:
            opposite_px, own_px = bests.of_all.bid, None if own is None else own.ask
            is_met = opposite_px is not None and px <= opposite_px
            is_better = own_px is None or px < own_px
        if is_met or life.trigger is not None:
            return False
        if is_better:
            bests.include(strategy, side, px)
        self._leaving[life.cloid] = None
        return True

    def in_the_way(self, life: OrderLife, px: Decimal) -> list[OrderLife]:
        """Other strategies' orders, there or on their way, that this one would trade with."""
        intent = life.intent
        met: list[OrderLife] = []
        if is_waiting(life):
            return met
        bests = self._bests.get(intent.coin) or self._counted_on(intent.coin)
        for strategy, best in bests.by_strategy.items():
            if strategy == intent.strategy or not best.crosses(intent.side, px):
                continue
            now_best = bests.by_strategy[strategy] = self._recounted(strategy, intent.coin)
            if now_best.crosses(intent.side, px):
                met += self._crossed(strategy, intent.coin, intent.side, px)
        bests.sum_up()
        return met

    def leaves(self, life: OrderLife, px: Decimal) -> None:
        """The order is about to be sent at this price."""
        if is_waiting(life) and not may_rest_triggered(life):
            return
        intent = life.intent
        bests = self._bests.get(intent.coin) or self._counted_on(intent.coin)
        bests.include(intent.strategy, intent.side, px)
        self._leaving[intent.cloid] = None

    def turn_over(self) -> None:
        """Whatever was leaving is sent, or waits again."""
        self._leaving.clear()

    def _counted_on(self, coin: str) -> CoinBests:
        strategies = dict.fromkeys(life.strategy for life in self._lives(None))
        bests = self._bests[coin] = CoinBests(
            {strategy: self._recounted(strategy, coin) for strategy in strategies}
        )
        return bests

    def _recounted(self, strategy: StrategyId, coin: str) -> Best:
        best = Best()
        for life in self._lives(strategy):
            if life.intent.coin == coin:
                for px in self._prices(life):
                    best.include(life.intent.side, px)
        return best

    def _crossed(self, strategy: StrategyId, coin: str, side: Side, px: Decimal) -> list[OrderLife]:
        met = []
        for life in self._lives(strategy):
            if life.intent.coin == coin and life.intent.side is not side and not is_waiting(life):
                alone = Best()
                for own_px in self._prices(life):
                    alone.include(life.intent.side, own_px)
                if alone.crosses(side, px):
                    met.append(life)
        return met

    def _prices(self, life: OrderLife) -> list[Decimal]:
        """Where the venue may have it in its book: now, after a replace, once triggered."""
        if not (life.is_sent or life.cloid in self._leaving):
            return []
        if is_waiting(life) and not may_rest_triggered(life):
            return []
        replacement = life.replacement
        return [life.limit_px] if replacement is None else [life.limit_px, replacement.limit_px]
