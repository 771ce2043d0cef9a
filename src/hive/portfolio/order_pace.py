"""A breaker on how fast orders are asked for: so many in any minute, then they are refused.

Quotas of the fair queue make orders wait; this says no, because a strategy that asks a hundred
times as often as it should is broken, and its orders are too.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from hive.domain.identifiers import StrategyId
from hive.portfolio.limits import RiskLimits

MINUTE_MS: Final = 60_000


class OrderPace:
    """Counts orders of each strategy that has a limit, and of the account. Times are monotonic."""

    def __init__(self, account: RiskLimits) -> None:
        self._times_of_account = _times(account)
        self._times: dict[StrategyId, deque[int]] = {}
        self.is_limited = account.orders_per_minute_max is not None

    def limit(self, strategy: StrategyId, limits: RiskLimits) -> None:
        """Bound a strategy."""
        times = _times(limits)
        if times is not None:
            self._times[strategy] = times
            self.is_limited = True

    def fault(self, strategy: StrategyId, now_ms: int, *, is_exit: bool = False) -> str | None:
        """Why this order comes too soon; None if it does not, and then it is counted.

        An exit is counted and never refused.
        """
        own, whole = self._times.get(strategy), self._times_of_account
        for whose, times in (("strategy", own), ("account", whole)):
            if times is not None and not is_exit and _is_full(times, now_ms):
                assert times.maxlen is not None
                return (
                    f"{whose} orders_per_minute_max: {times.maxlen} were placed within a minute"
                    " (risk.max_orders_per_minute)"
                )
        for times in (own, whole):
            if times is not None:
                times.append(now_ms)
        return None


def _times(limits: RiskLimits) -> deque[int] | None:
    """Room for the moments of as many orders as a minute may have."""
    most = limits.orders_per_minute_max
    return None if most is None else deque(maxlen=most)


def _is_full(times: deque[int], now_ms: int) -> bool:
    return len(times) == times.maxlen and now_ms - times[0] < MINUTE_MS
