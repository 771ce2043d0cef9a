"""Prices as they were last known: a run's end is told when its streams are closed already."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from hive.domain.instruments import ZERO
from hive.strategy.seat import StrategySnapshot
from hive.strategy.views import PositionView


class KeptPrices:
    """Of each coin that was asked for, the last price that was known."""

    def __init__(self, now_px: Callable[[str], float | None]) -> None:
        """`now_px` says what a coin's price is now, in USD; None where nobody tells it any more."""
        self._now_px = now_px
        self._px_by_coin: dict[str, float] = {}

    def of(self, coin: str) -> float | None:
        """The price now, else the last one known, in USD; None where there never was one."""
        now_px = self._now_px(coin)
        if now_px is None:
            return self._px_by_coin.get(coin)
        self._px_by_coin[coin] = now_px
        return now_px

    def keep(self, coins: Iterable[str]) -> None:
        """Remember what these cost now."""
        for coin in coins:
            self.of(coin)

    def profit_usd(self, strategy: StrategySnapshot) -> Decimal:
        """What it has earned, with what is open at the last known price where none is known now."""
        unpriced = [each for each in strategy.positions if each.unrealized_usd is None]
        return sum(map(self._open_usd, unpriced), strategy.profit_usd)

    def _open_usd(self, position: PositionView) -> Decimal:
        px = self.of(position.coin)
        if px is None or position.entry_px is None:
            return ZERO
        return position.size * (Decimal(repr(px)) - position.entry_px)
