"""An order that may rest at the venue, as a process hands it to the next."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Oid
from hive.domain.order_options import Trigger
from hive.domain.orders import OrderIntent, with_trigger
from hive.execution.order_life import OrderLife

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


class OpenOrder(msgspec.Struct, frozen=True, array_like=True):
    """What of an order is in the journal. Phases are not: only the venue knows what still rests."""

    intent: OrderIntent
    """With the total size, price and trigger that it has, or that were asked for last."""
    oid: Oid | None = None
    """The current leg."""
    leg_filled: Decimal = ZERO
    """Of the current leg."""
    filled: Decimal = ZERO
    """Of the order."""


def as_it_stands(
    intent: OrderIntent, size: Decimal, limit_px: Decimal, trigger: Trigger | None
) -> OrderIntent:
    """The intent with these numbers, written the same however whoever told them wrote them."""
    intent = msgspec.structs.replace(intent, size=plain(size), limit_px=plain(limit_px))
    return intent if trigger is None else with_trigger(intent, trigger)


def plain(number: Decimal) -> Decimal:
    """The same number without zeros at its end, and without an exponent."""
    number = number.normalize()
    return number.quantize(ONE) if number == number.to_integral_value() else number


def open_order_of(life: OrderLife) -> OpenOrder:
    """A live order. While a replace is on its way, what was asked for counts."""
    asked, current = life.replacement, life.current
    size, limit_px, trigger = life.size, life.limit_px, life.trigger
    if asked is not None:
        size, limit_px, trigger = asked.size, asked.limit_px, asked.trigger or trigger
    return OpenOrder(
        as_it_stands(life.intent, size, limit_px, trigger),
        None if current is None else current.oid,
        ZERO if current is None else plain(current.filled),
        plain(life.filled),
    )
