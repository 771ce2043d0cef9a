"""The parts of an order that the venue knows one by one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Oid
from hive.domain.instruments import ZERO
from hive.domain.order_options import OrderOptions, Trigger
from hive.domain.orders import Order

REST_UNMATCHED: Final = "the rest found nothing to match at once"
LEGS_MAX: Final = 32
"""An order that is replaced all day has one leg for each replace. So many are remembered, the
oldest forgotten first: a later fill of one still finds its order by cloid."""

Wanted = tuple[Decimal, Decimal, Trigger | None]
"""Total size, limit price and, of an order that waits for one, trigger of the next replace."""


class Leg:
    """One oid of an order. `size` is absolute, None where only a fill told us of the leg."""

    __slots__ = ("filled", "is_cut", "is_over", "is_triggered", "oid", "size")

    def __init__(self, oid: Oid, size: Decimal | None) -> None:
        self.oid = oid
        self.size = size
        self.filled = ZERO
        self.is_over = False
        self.is_cut = False
        """The venue ended it at less than was sent (what is left of an immediate order)."""
        self.is_triggered = False
        """It waited for a price, which has come."""

    def fires(self) -> bool:
        """Its price has come; whether that is news. A fill may say so before the status does."""
        was_waiting, self.is_triggered = not self.is_triggered, True
        return was_waiting

    @property
    def is_whole(self) -> bool:
        """Every fill it will ever get is here."""
        return self.size is not None and self.filled >= self.size


class Legs(msgspec.Struct, eq=False):
    """An order's legs by oid, the latest so many of them, and always the current one."""

    current: Leg | None = None
    _by_oid: dict[Oid, Leg] | None = None
    """None while there are none, as long as the venue has not answered."""

    def __contains__(self, oid: Oid) -> bool:
        return self._by_oid is not None and oid in self._by_oid

    def __iter__(self) -> Iterator[Leg]:
        return iter(() if self._by_oid is None else self._by_oid.values())

    def __len__(self) -> int:
        return 0 if self._by_oid is None else len(self._by_oid)

    def get(self, oid: Oid) -> Leg | None:
        return None if self._by_oid is None else self._by_oid.get(oid)

    def take_up(self, leg: Leg) -> None:
        """The order rests under this leg from now on; the one before it is over."""
        if self.current is not None:
            self.current.is_over = True
            leg.is_triggered = self.current.is_triggered
        self.current = leg
        self._remember(leg)

    def remember_dead(self, oid: Oid) -> Leg:
        """A leg that is over, and was when we first heard of it."""
        leg = Leg(oid, None)
        leg.is_over = True
        self._remember(leg)
        return leg

    def _remember(self, leg: Leg) -> None:
        if self._by_oid is None:
            self._by_oid = {}
        by_oid = self._by_oid
        by_oid[leg.oid] = leg
        if len(by_oid) > LEGS_MAX:
            oldest = next(oid for oid, known in by_oid.items() if known is not self.current)
            del by_oid[oldest]


class Replacement(msgspec.Struct, frozen=True):
    """A replace in flight: the order's size and price once it succeeds."""

    size: Decimal
    limit_px: Decimal
    sent_size: Decimal
    """What the new leg was asked to have: the size less what had filled then."""
    is_trim: bool = False
    """Ours, not the strategy's."""
    trigger: Trigger | None = None
    """What the new leg is to wait for."""


def with_options(
    order: Order, options: OrderOptions, trigger: Trigger | None, current: Leg | None
) -> Order:
    """The view of an order that is more than a plain limit order."""
    return msgspec.structs.replace(
        order,
        trigger=trigger,
        is_triggered=current is not None and current.is_triggered,
        parent=options.parent,
    )
