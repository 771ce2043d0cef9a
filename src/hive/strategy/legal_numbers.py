"""A strategy's numbers, made legal where rounding can do it.

A float is rounded to what the venue allows, never to the strategy's disadvantage; a Decimal is
taken at its word. What no rounding can save goes on as it is, for the desk to refuse by its rule.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hive.domain.errors import IllegalOrder
from hive.domain.instruments import FLOAT_SIZE_MAX, Instrument
from hive.domain.market import Side
from hive.domain.order_options import TRIGGER_SLIPPAGE_PCT, OrderOptions, Trigger, TriggerKind
from hive.domain.orders import Order, OrderDraft

_SLIPPAGE: Final = Decimal(TRIGGER_SLIPPAGE_PCT) / 100


def legal_px(instrument: Instrument, px: Decimal | float, side: Side | None) -> Decimal:
    """A price; without a side, the nearest one."""
    if type(px) is int:
        return Decimal(px)  # whole prices and sizes are legal as they are
    if type(px) is not float and isinstance(px, Decimal):
        return px
    try:
        return instrument.round_px(float(px), side=side)
    except IllegalOrder:
        return Decimal(repr(float(px)))


def legal_size(instrument: Instrument, size: Decimal | float) -> Decimal:
    if type(size) is int:
        return Decimal(size)
    if type(size) is float:
        if 0 <= size < FLOAT_SIZE_MAX and (whole := int(size)) == size:
            return Decimal(whole)
    elif isinstance(size, Decimal):
        return size
    try:
        return instrument.round_size(float(size))
    except IllegalOrder:
        return Decimal(repr(float(size)))


def triggered_at(
    instrument: Instrument,
    side: Side,
    kind: TriggerKind,
    px: Decimal | float,
    limit_px: Decimal | float | None,
) -> tuple[Trigger, Decimal]:
    """A trigger at the nearest legal price, and the limit price of its order.

    Without a limit price it trades at the market, and its limit is as far as the venue lets it go.
    """
    trigger = Trigger(kind, legal_px(instrument, px, None), is_market=limit_px is None)
    if limit_px is not None:
        return trigger, legal_px(instrument, limit_px, side)
    return trigger, furthest_px(instrument, side, trigger.px)


def moved_trigger(
    instrument: Instrument,
    order: Order,
    px: Decimal | float,
    limit_px: Decimal | float | None,
) -> tuple[Trigger, Decimal]:
    """The order's trigger at another price, and the limit price that goes with it."""
    old = order.trigger
    if old is None or not old.is_market:
        kind = TriggerKind.STOP if old is None else old.kind
        kept_px = order.limit_px if limit_px is None else limit_px
        return triggered_at(instrument, order.side, kind, px, kept_px)
    return triggered_at(instrument, order.side, old.kind, px, None)


def furthest_px(instrument: Instrument, side: Side, trigger_px: Decimal) -> Decimal:
    """How far a market order goes that was triggered there."""
    try:
        return instrument.round_px(trigger_px * (1 + side.sign * _SLIPPAGE), side=side)
    except IllegalOrder:
        return trigger_px


def exits_at(
    instrument: Instrument,
    side: Side,
    size: Decimal,
    stop_px: Decimal | float | None,
    take_profit_px: Decimal | float | None,
) -> dict[TriggerKind, OrderDraft]:
    """Reducing market orders at these prices, as far as they are given."""
    asked = {TriggerKind.STOP: stop_px, TriggerKind.TAKE_PROFIT: take_profit_px}
    exits: dict[TriggerKind, OrderDraft] = {}
    for kind, px in asked.items():
        if px is not None:
            trigger, limit_px = triggered_at(instrument, side, kind, px, None)
            exits[kind] = OrderDraft(
                coin=instrument.coin,
                side=side,
                size=size,
                limit_px=limit_px,
                reduce_only=True,
                options=OrderOptions(trigger=trigger),
            )
    return exits
