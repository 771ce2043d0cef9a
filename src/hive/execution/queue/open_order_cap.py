"""How many orders an account may have open: the venue's count, kept on our side.

    0 ── anybody ──▶ 80 % ── who has less than his share ──▶ 95 % ── what reduces risk ──▶ cap

The venue's cap is 1,000 and grows a little with volume; with the first thousand open it refuses
reduce-only and trigger orders (protocol.md 4). So what it has grown by is left unused: no quote is
worth a stop that cannot be placed.
"""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import StrategyId
from hive.execution.queue.fair_queue import FairQueue
from hive.execution.queue.overload import Overload
from hive.hyperliquid.limits import VenueLimits
from hive.portfolio.exposure import Exposure

FREE_PART: Final = 0.8
"""Up to here nobody's share is looked at."""
ORDINARY_PART: Final = 0.95


class OpenOrderCap:
    """Turns away what the venue would refuse, and keeps places for those who have few."""

    def __init__(self, exposure: Exposure, queue: FairQueue, limits: VenueLimits) -> None:
        self._exposure = exposure
        self._queue = queue
        self._cap = limits.orders_open_initial
        self.free = int(self._cap * FREE_PART)
        """Up to so many open, whoever's, `overload` says None."""
        self._ordinary = int(self._cap * ORDINARY_PART)

    def overload(self, strategy: StrategyId) -> Overload | None:
        """Why a strategy may have no more open that opens risk; None if it may.

        The order in question is counted already.
        """
        in_all = self._exposure.account_orders_open - 1
        if in_all < self.free:
            return None
        full = f"open_orders: {in_all} of the account's {self._cap} are open"
        if in_all >= self._ordinary:
            return Overload(full)
        own = self._exposure.orders_open(strategy)
        if own > self._ordinary * self._queue.share_of(strategy):
            return Overload(f"{full}, {own - 1} of them yours")
        return None
