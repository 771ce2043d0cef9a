"""An order that may rest at the venue, as a process hands it to the next."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Oid
from hive.domain.instruments import ZERO
from hive.domain.order_options import Trigger
from hive.domain.orders import OrderIntent, with_trigger
from hive.execution.orders.order_life import OrderLife

ONE: Final = Decimal(1)


class Progress(msgspec.Struct, array_like=True):
    """How far an order has come: its current leg, and what was filled of that and of the order."""

    oid: Oid | None = None
    leg_filled: Decimal = ZERO
    filled: Decimal = ZERO

    def rests_under(self, oid: Oid) -> bool:
        """There is such a leg; whether it is the current one now and was not before."""
        if self.oid is not None and oid <= self.oid:
            return False
        self.oid, self.leg_filled = oid, ZERO
        return True

    def fill(self, oid: Oid, size: Decimal) -> None:
        """A fill of the leg, which may be all that tells of it."""
        self.rests_under(oid)
        self.filled += size
        if oid == self.oid:
            self.leg_filled += size

    def copy(self) -> Progress:
        """The same, with its numbers written plainly."""
        return Progress(self.oid, plain(self.leg_filled), plain(self.filled))


class OpenOrder(msgspec.Struct, frozen=True, array_like=True):
    """What of an order is in the journal. Phases are not: only the venue knows what still rests."""

    intent: OrderIntent
    """With the total size, price and trigger that it has, or that were asked for last."""
    progress: Progress


def as_it_stands(
    intent: OrderIntent, size: Decimal, limit_px: Decimal, trigger: Trigger | None
) -> OrderIntent:
    """The intent with these numbers, written the same however whoever told them wrote them."""
    intent = msgspec.structs.replace(intent, size=plain(size), limit_px=plain(limit_px))
    options = intent.options
    if options is None:
        return intent if trigger is None else with_trigger(intent, trigger)
    trigger = trigger or options.trigger
    if trigger is not None:
        trigger = msgspec.structs.replace(trigger, px=plain(trigger.px))
    options = msgspec.structs.replace(options, trigger=trigger)
    return msgspec.structs.replace(intent, options=options)


def plain(number: Decimal) -> Decimal:
    """The same number without zeros at its end, and without an exponent."""
    number = number.normalize()
    return number.quantize(ONE) if number == number.to_integral_value() else number


def open_order_of(life: OrderLife) -> OpenOrder:
    """A live order. While a replace is on its way, what was asked for counts."""
    asked = life.replacement
    size, limit_px, trigger = life.size, life.limit_px, life.trigger
    if asked is not None:
        size, limit_px, trigger = asked.size, asked.limit_px, asked.trigger or trigger
    return OpenOrder(as_it_stands(life.intent, size, limit_px, trigger), progress_of(life))


def progress_of(life: OrderLife) -> Progress:
    """How far it has come."""
    current = life.current
    if current is None:
        return Progress(filled=plain(life.filled))
    return Progress(current.oid, plain(current.filled), plain(life.filled))
