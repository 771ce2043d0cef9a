"""Cancels that found nothing, of orders of which it is not known yet what became of them.

An account without streams hears of a fill when it next asks. Until then a strategy that cancels all
before it quotes anew would send the same cancels each time, and each costs an action and weight: so
much of it that the questions which would tell of the fills find none left.

The venue has said that nothing is there; so for as long as its fills may take to be known, the same
is not asked again by its strategy. Kill switches and the end of a run ask all the same.
"""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Cloid
from hive.domain.orders import OrderEvent, OrderNews
from hive.execution.orders.recently_seen import RecentlySeen

NOTHING_THERE: Final = "Order was never placed, already canceled, or filled"
"""So the venue's refusal begins."""
ASKED_ALREADY: Final = "nothing was there to cancel; what became of the order is being asked"
KEPT_MAX: Final = 4_000


class FutileCancels:
    """One desk's. Times are monotonic milliseconds."""

    def __init__(self, explained_ms: int) -> None:
        """What became of an order is known so long after it was over."""
        self._explained_ms = explained_ms
        self._until_ms: RecentlySeen[Cloid, int] = RecentlySeen(KEPT_MAX)

    def heard(self, event: OrderEvent, now_ms: int) -> None:
        """News of an order."""
        if event.news is OrderNews.CANCEL_REJECTED and event.reason.startswith(NOTHING_THERE):
            self._until_ms.add(event.order.cloid, now_ms + self._explained_ms)

    def is_futile(self, cloid: Cloid, now_ms: int) -> bool:
        """Whether one more would find nothing either."""
        until_ms = self._until_ms.get(cloid)
        return until_ms is not None and now_ms < until_ms
