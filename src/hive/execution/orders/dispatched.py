"""What one message of the venue's, or one answer, comes to."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.orders import DONE, Order, OrderCause, OrderEvent, OrderNews


class Verdict(Enum):
    """Whose a message was."""

    OWN = "own"
    """Of an order of this process: told by events, or swallowed on purpose."""
    EXTERNAL = "external"
    """Of any other order on the account."""
    SKIP = "skip"
    """Stale or repeated: nothing to tell."""


class Wish(Enum):
    """What an order needs done next, by those who can."""

    ASK = "ask"
    """What we know does not fit: ask the venue for it, soon."""
    AWAIT_FILLS = "await fills"
    """The venue says it filled further than the fills we have."""
    TRIM = "trim"
    """More of it is open than is still wanted: reduce it, or cancel what is too small."""
    FOLLOW_UP = "follow up"
    """What waited for this moment (a replace, a cancel) can be sent now."""


CAUSE_BY_END: Final = dict.fromkeys(OrderNews, OrderCause.FILLED) | {
    OrderNews.REFUSED: OrderCause.NOT_SENT,
    OrderNews.NOT_SENT: OrderCause.NOT_SENT,
    OrderNews.REJECTED: OrderCause.REJECTED,
    OrderNews.CANCELED: OrderCause.CANCELED,
    OrderNews.NEVER_ARRIVED: OrderCause.NEVER_ARRIVED,
}
"""What moved an order whose end is told so; of one that filled, a replace's end may tell it."""


OWN: Final = Verdict.OWN
SKIP: Final = Verdict.SKIP


class Dispatched(msgspec.Struct):
    """The outcome; filled in by who judges, read by who acts."""

    verdict: Verdict = OWN
    events: list[OrderEvent] = []
    wishes: list[tuple[Cloid, Wish]] = []
    bound: list[tuple[Cloid, Oid]] = []
    """Legs that were not known before."""
    ended: list[OrderEvent] = []
    """The event that ended an order."""
    is_new_fill: bool = False
    owner: StrategyId | None = None
    """Whose the new fill is."""
    is_strange: bool = False
    """A status whose word we do not know, not told of this order before."""
    is_conflict: bool = False
    """A fill we have, with other numbers: neither booked nor overwritten."""
    retry_after_ms: int | None = None
    """When it is worth asking again, for what is told of something that was not sent."""

    def tell(self, news: OrderNews, order: Order, reason: str = "") -> None:
        event = OrderEvent(
            news=news, order=order, reason=reason, retry_after_ms=self.retry_after_ms
        )
        self.events.append(event)
        if order.phase is DONE and (not self.ended or self.ended[-1].order.cloid != order.cloid):
            self.ended.append(event)

    def wish(self, cloid: Cloid, wish: Wish) -> None:
        if (cloid, wish) not in self.wishes:
            self.wishes.append((cloid, wish))
