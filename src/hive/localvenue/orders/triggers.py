"""Orders that wait for the mark price, and what families of orders make of each other's ends.

    placed ──▶ for parent ──parent filled──▶ for trigger ──mark──▶ triggered ──▶ book, filled, …
                   │                             │
                   ╰──parent gone──▶ canceled    ╰──position gone, or sibling filled──▶ canceled

A waiting order binds no margin and is in no book. Which of a family's ends bring which others is
the venue's (protocol.md 2.6): children become active when their parent is wholly filled, or when it
was cancelled for want of margin after a part of it filled; cancelled otherwise, they go with it.
"""

from __future__ import annotations

from hive.localvenue.orders.venue_order import OrderFamily, Status, VenueOrder, Waiting


class TriggerRoom:
    """Everything that waits for a mark price, by coin, in the order of placing."""

    def __init__(self) -> None:
        self._by_coin: dict[str, dict[int, VenueOrder]] = {}

    def add(self, order: VenueOrder) -> None:
        order.waiting = Waiting.FOR_TRIGGER
        self._by_coin.setdefault(order.listing.coin, {})[order.oid] = order

    def remove(self, order: VenueOrder) -> None:
        """It waits no longer."""
        order.waiting = Waiting.NOT
        waiting = self._by_coin[order.listing.coin]
        del waiting[order.oid]
        if not waiting:
            del self._by_coin[order.listing.coin]

    @property
    def coins(self) -> list[str]:
        """Where somebody waits."""
        return list(self._by_coin)

    def waiting(self, coin: str) -> list[VenueOrder]:
        """Everything that waits there, the oldest first."""
        return list(self._by_coin.get(coin, {}).values())

    def reached(self, coin: str, mark: int) -> list[VenueOrder]:
        """Those whose price this mark has reached, the oldest first."""
        return [
            order
            for order in self._by_coin[coin].values()
            if order.trigger is not None and order.trigger.is_reached(mark, is_buy=order.is_buy)
        ]


class FamilyNews:
    """Ends of orders that have families, until they are followed."""

    def __init__(self) -> None:
        self._ended: list[VenueOrder] = []

    def __bool__(self) -> bool:
        return bool(self._ended)

    def ended(self, order: VenueOrder) -> None:
        self._ended.append(order)

    def take(self) -> list[VenueOrder]:
        ended, self._ended = self._ended, []
        return ended


def released_by(order: VenueOrder) -> list[VenueOrder]:
    """Children that the end of this order lets wait for their triggers."""
    family = order.family
    if family is None or order is not family.parent or not _is_done(order):
        return []
    return [child for child in family.children if child.waiting is Waiting.FOR_PARENT]


def ended_by(order: VenueOrder) -> list[tuple[VenueOrder, Status]]:
    """Family that ends with this order, and in which way."""
    family = order.family
    if family is None:
        return []
    if order is family.parent:
        if _is_done(order):
            return []
        return [(child, Status.CANCELED) for child in _living(family) if child is not order]
    if order.status is not Status.FILLED:
        return []
    return [
        (sibling, Status.SIBLING_FILLED_CANCELED)
        for sibling in _living(family)
        if sibling not in (order, family.parent)
    ]


def _living(family: OrderFamily) -> list[VenueOrder]:
    return [child for child in family.children if child.is_live]


def _is_done(parent: VenueOrder) -> bool:
    """Whether what its children are to protect has been opened."""
    if parent.status is Status.MARGIN_CANCELED:
        return parent.filled_size > 0
    return parent.status is Status.FILLED
