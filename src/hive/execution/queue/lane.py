"""One strategy's waiting orders, and how fast they may go.

A quota is a bucket of tokens, one an order, and perhaps a bound of weight within any minute. What
it cannot let go in time is told before it waits. Times are monotonic milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec

from hive.connection.sliding_window import SlidingWindow
from hive.domain.identifiers import Cloid, StrategyId
from hive.execution.queue.overload import Overload

MS_PER_SECOND: Final = 1000.0
NORMAL_PRIORITY: Final = 5
"""One turn a round. A lane at level 10 has two, one at level 1 has one every five rounds."""


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy's share."""

    max_orders_per_second: float = 20.0
    """Orders and replaces, sustained; cancels are not held back."""
    burst: int = 40
    """How many may go at once after a quiet time."""
    priority_level: int = NORMAL_PRIORITY
    """Its turns in a round against other lanes' are as this is to theirs."""
    max_api_weight_per_minute: int | None = None
    """Orders, replaces and cancels within any minute, one each; cancels count and do not wait."""
    waiting_max: int = 5_000
    """Asked for beyond this many waiting, an order is not sent, and its strategy told at once."""


USUAL_QUOTA: Final = Quota()


class Waiting(msgspec.Struct, frozen=True):
    """An order or a replace in a lane. Within one lane deadlines do not decrease."""

    cloid: Cloid
    strategy: StrategyId
    deadline_ms: int
    is_urgent: bool
    is_immediate: bool = False
    """It trades when it arrives, or ends."""


class Lane:
    """One strategy's waiting orders and its allowance."""

    __slots__ = (
        "burst",
        "deficit",
        "entries",
        "per_second",
        "quota",
        "recent",
        "refilled_ms",
        "tokens",
        "weight",
    )

    def __init__(self, quota: Quota, now_ms: int) -> None:
        self.entries: OrderedDict[Cloid, Waiting] = OrderedDict()  # quick to empty at its front
        self.deficit = 0
        self.tokens = float(quota.burst)
        self.refilled_ms = now_ms
        self.recent = 0
        """Actions since the beginning, cancels included, fading away."""
        self.weight: SlidingWindow | None = None
        self.assign(quota)

    def assign(self, quota: Quota) -> None:
        self.quota = quota
        self.burst = float(quota.burst)
        self.per_second = quota.max_orders_per_second
        self.tokens = min(self.tokens, self.burst)
        cap = quota.max_api_weight_per_minute
        self.weight = None if cap is None else SlidingWindow(cap)

    def refill(self, now_ms: int) -> None:
        passed_ms = now_ms - self.refilled_ms
        if passed_ms <= 0:
            return
        self.refilled_ms = now_ms
        tokens, burst = self.tokens, self.burst
        if tokens < burst:
            tokens += passed_ms * self.per_second / MS_PER_SECOND
            self.tokens = tokens if tokens < burst else burst

    def admits(self, now_ms: int) -> bool:
        """Whether the quota lets one go."""
        return self.tokens >= 1 and (self.weight is None or self.weight.admits(1, now_ms))

    def spend(self, count: int, now_ms: int) -> None:
        """So many have gone."""
        self.recent += count
        if self.weight is not None:
            self.weight.spend(count, now_ms)

    def wait_ms(self, count: int, now_ms: int) -> int:
        """Until the quota has let so many go; 0 is now."""
        lacking = count - self.tokens
        wait_ms = 0
        if lacking > 0:
            wait_ms = int(lacking * MS_PER_SECOND / self.per_second) + 1
        if self.weight is not None:
            wait_ms = max(wait_ms, self.weight.wait_ms(count, now_ms))
        return wait_ms

    def overload(self, entry: Waiting, now_ms: int) -> Overload | None:
        """Why one more cannot go in time; None if it can."""
        waiting, quota = len(self.entries), self.quota
        self.refill(now_ms)
        patience_ms = entry.deadline_ms - now_ms
        late_ms = self.wait_ms(waiting + 1, now_ms) - patience_ms
        if late_ms > 0 and not entry.is_urgent:
            rule = "max_orders_per_second"
            if self.weight is not None and self.weight.wait_ms(waiting + 1, now_ms) > patience_ms:
                rule = "max_api_weight_per_minute"
            return Overload(f"quota: {rule} is {getattr(quota, rule):g}", late_ms)
        if waiting >= quota.waiting_max:
            return Overload(
                f"waiting_max: {waiting} are waiting", max(1, self.wait_ms(waiting, now_ms))
            )
        return None
