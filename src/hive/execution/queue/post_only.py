"""The time after a network upgrade in which the venue takes post-only orders alone.

It tells nobody how long that is. Each order that may take is refused and costs an action; so after
a refusal such orders are not sent for a while, and what asks first after that finds out.
"""

from __future__ import annotations

from typing import Final

from hive.domain.orders import TimeInForce
from hive.execution.orders.order_life import OrderLife
from hive.execution.queue.overload import Overload

ALONE: Final = "post_only: the venue takes nothing but post-only orders just now"


class PostOnlyPeriod:
    """When an order that may take is worth an action again. Times are monotonic milliseconds.

    What only reduces risk is sent regardless: nothing may keep it for longer than the venue does.
    """

    FIRST_MS: Final = 2_000
    LONGEST_MS: Final = 16_000

    __slots__ = ("_wait_ms", "until_ms")

    def __init__(self) -> None:
        self._wait_ms = 0
        self.until_ms = 0
        """Nothing that may take is sent before."""

    def refused(self, now_ms: int) -> None:
        """The venue said so; twice as long as the last time if it goes on saying so."""
        if now_ms < self.until_ms:
            return  # it was on its way already
        goes_on = now_ms - self.until_ms <= self.LONGEST_MS
        again_ms = self._wait_ms * 2 if goes_on else 0
        self._wait_ms = min(max(again_ms, self.FIRST_MS), self.LONGEST_MS)
        self.until_ms = now_ms + self._wait_ms

    def holds_back(self, life: OrderLife, now_ms: int) -> bool:
        """Whether the venue would refuse the order."""
        if now_ms >= self.until_ms:
            return False
        intent = life.intent
        is_passive = intent.tif is TimeInForce.ALO or life.trigger is not None
        return not (is_passive or intent.reduce_only)

    def overload(self, now_ms: int) -> Overload:
        return Overload(ALONE, max(1, self.until_ms - now_ms))
