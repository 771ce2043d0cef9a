"""What the venue and we ask of an order's options, checked before it is taken up."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.errors import IllegalOrder
from hive.domain.instruments import Instrument
from hive.domain.order_options import BuilderFee, Trigger
from hive.domain.orders import OrderIntent, TimeInForce, with_trigger
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.netting import reduce_only_fault
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import is_waiting

BUILDER_TENTHS_MAX: Final = 100
"""Ten basis points, the most on perps (protocol.md 2.6)."""
GOOD_FOR_MS_MAX: Final = 86_400_000


def check_options(intent: OrderIntent, instrument: Instrument) -> None:
    """Pass an order that has options, or say which rule they break.

    Raises:
        IllegalOrder: `rule` is trigger, builder or good_for_ms, or one of the instrument's.
    """
    options = intent.options
    assert options is not None
    if options.trigger is not None:
        if intent.tif is not TimeInForce.GTC:
            raise IllegalOrder("trigger", f"what waits for a price cannot be {intent.tif.value}")
        # A trigger price keeps the rules of a limit price. Whether the mark has reached it already
        # is the venue's to say.
        instrument.check_order(options.trigger.px, intent.size, reduce_only=intent.reduce_only)
    if options.builder is not None:
        _check_builder(options.builder)
    if options.good_for_ms is not None and not 0 < options.good_for_ms <= GOOD_FOR_MS_MAX:
        raise IllegalOrder("good_for_ms", f"{options.good_for_ms} is not in 1 to {GOOD_FOR_MS_MAX}")


def keeps_builder(life: OrderLife) -> bool:
    """Whether a replace would leave the order what it is to a builder.

    The venue's modify names none (protocol.md 2.4), so the order that comes of it pays none. Of an
    exit that is taken: that it stands where it should counts for more.
    """
    intent = life.intent
    if intent.options is None or intent.options.builder is None:
        return True
    return intent.reduce_only or not life.is_sent


def check_new_trigger(life: OrderLife, trigger: Trigger, instrument: Instrument) -> None:
    """Pass the trigger that a replace gives an order.

    Raises:
        IllegalOrder: the order waits for no price (any more), or the price breaks a rule.
    """
    if life.trigger is None:
        raise IllegalOrder("trigger", "the order has none")
    if not is_waiting(life):
        raise IllegalOrder("trigger", "its price has come already")
    intent = life.intent
    instrument.check_order(trigger.px, intent.size, reduce_only=intent.reduce_only)


def now_waiting(life: OrderLife, intent: OrderIntent, trigger: Trigger) -> OrderIntent:
    """The order as it would stand: with that trigger, or like others once its own has come."""
    if is_waiting(life):
        return with_trigger(intent, trigger)
    return msgspec.structs.replace(intent, options=None)


def as_reached(intent: OrderIntent) -> tuple[OrderIntent, Decimal] | None:
    """How limits should see an order that waits: at its trigger, where it will trade or be placed.

    A market order is worth what it trades at there; a limit price may be so much worse than the
    trigger as others may be than the mark. None if it waits for nothing.
    """
    trigger = None if intent.options is None else intent.options.trigger
    if trigger is None:
        return None
    if not trigger.is_market:
        return intent, trigger.px
    return msgspec.structs.replace(intent, limit_px=trigger.px), trigger.px


def exit_fault(intent: OrderIntent, books: AccountBooks) -> str | None:
    """Why an order would not only reduce; None if it would.

    One that protects an entry is held to what the entry may open, any other to what is held.
    """
    options = intent.options
    if options is not None and options.parent is not None:
        entry = books.dispatch.live(options.parent)
        if entry is not None:
            return _child_fault(intent, entry)
    return reduce_only_fault(intent, books.positions, books.dispatch.lives(intent.strategy))


def _child_fault(intent: OrderIntent, entry: OrderLife) -> str | None:
    if intent.coin != entry.intent.coin or intent.side is entry.intent.side:
        return f"it does not close what its entry opens ({entry.intent.coin})"
    if intent.size > entry.size:
        return f"{intent.size} {intent.coin} would close more than the {entry.size} of its entry"
    return None


def _check_builder(fee: BuilderFee) -> None:
    if re.fullmatch(r"0x[0-9a-f]{40}", fee.address) is None:
        raise IllegalOrder("builder", f"{fee.address[:50]!r} is no address in lower case")
    if not 0 < fee.tenths_bps <= BUILDER_TENTHS_MAX:
        raise IllegalOrder("builder", f"{fee.tenths_bps} is not in 1 to {BUILDER_TENTHS_MAX}")
