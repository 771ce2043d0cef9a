"""What makes the venue refuse a trigger order or a group of them (protocol.md 2.6, 2.10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from hive.hyperliquid.actions import OrderWire, TriggerTerms
from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.catalog import Catalog, Listing
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.venue_order import Status, Ticket, Tif, Trigger, VenueOrder
from hive.localvenue.units import parse_units
from hive.localvenue.validation import order_rules
from hive.localvenue.validation.order_rules import (
    NOTIONAL_USD_MIN,
    OFF_TICK,
    UNDER_MINIMUM,
    WOULD_INCREASE,
    Objection,
    StaticFault,
)

BAD_TRIGGER: Final = "Invalid TP/SL price."
UNEXPECTED_TRIGGERS: Final = "Unexpected number of trigger orders"
MUST_REDUCE: Final = "TP/SL orders of a group must be reduce only."
OTHER_COIN: Final = "TP/SL orders of a group must be for the coin of their parent."
SAME_SIDE: Final = "TP/SL orders of a group must be on the other side of their parent."
NO_SPOT: Final = "Spot orders cannot have triggers."
"""The venue's own words for these are not known."""

SLIPPAGE_DIVISOR: Final = 10
"""A market order that was triggered goes a tenth beyond its trigger (protocol.md 2.6)."""
CHILDREN_MAX: Final = 2


def ticket_of(
    wire: OrderWire, catalog: Catalog, mark_of: MarkOf, grouping: object
) -> Ticket | StaticFault:
    """What an order asks for, or the static fault that fails its batch."""
    is_position_tpsl = grouping == "positionTpsl"
    ticket = order_rules.ticket_of(wire, catalog, mark_of, may_be_zero=is_position_tpsl)
    if isinstance(ticket, StaticFault) or wire.t.trigger is None:
        return ticket
    trigger = _trigger_of(wire.t.trigger, ticket.listing)
    if isinstance(trigger, StaticFault):
        return trigger
    tif = Tif.FRONTEND_MARKET if trigger.is_market else Tif.GTC
    return replace(ticket, trigger=trigger, tif=tif, is_position_tpsl=is_position_tpsl)


def _trigger_of(terms: TriggerTerms, listing: Listing) -> Trigger | StaticFault:
    if listing.pair is not None:
        return StaticFault(NO_SPOT)
    px = parse_units(terms.trigger_px, listing.px_decimals)
    if px is None or not listing.is_on_tick(px):
        return StaticFault(OFF_TICK + listing.suffix, is_status=True)
    if px == 0:
        return StaticFault(BAD_TRIGGER + listing.suffix, is_status=True)
    return Trigger(px, terms.is_market, terms.tpsl == "tp")


def slipped_px(trigger: Trigger, listing: Listing, *, is_buy: bool) -> int:
    """How far a triggered market order reaches."""
    away = trigger.px // SLIPPAGE_DIVISOR
    px = trigger.px + away if is_buy else trigger.px - away
    tick = listing.tick_at(px)
    return max(tick, px - px % tick)


def objection(order: VenueOrder, account: Account, mark: int) -> Objection | None:
    """Why a trigger order cannot begin to wait; None if it can."""
    trigger = order.trigger
    assert trigger is not None
    if trigger.is_reached(mark, is_buy=order.is_buy):
        return Objection(Status.BAD_TRIGGER_REJECTED, BAD_TRIGGER)
    if order.reduce_only:
        if closing_size(order, account) <= 0:
            return Objection(Status.REDUCE_ONLY_REJECTED, WOULD_INCREASE)
    elif trigger.px * order.size < NOTIONAL_USD_MIN:
        return Objection(Status.MIN_NOTIONAL_REJECTED, UNDER_MINIMUM)
    return None


def closing_size(order: VenueOrder, account: Account) -> int:
    """How much of the position lies on the side that the order closes; not above 0 if none."""
    position = account.size_of(order.listing.coin)
    return -position if order.is_buy else position


def group_fault(wires: Sequence[OrderWire], grouping: object) -> StaticFault | None:
    """What is wrong with the composition of a batch."""
    if grouping == "normalTpsl":
        parent, children = wires[0], wires[1:]
        if parent.t.limit is None or not 1 <= len(children) <= CHILDREN_MAX:
            return StaticFault(UNEXPECTED_TRIGGERS)
        fault = _children_fault(children)
        if fault is None and children[0].a != parent.a:
            return StaticFault(OTHER_COIN)
        if fault is None and children[0].b is parent.b:
            return StaticFault(SAME_SIDE)
        return fault
    if grouping == "positionTpsl":
        return _children_fault(wires)
    return None


def _children_fault(children: Sequence[OrderWire]) -> StaticFault | None:
    kinds = [child.t.trigger.tpsl for child in children if child.t.trigger is not None]
    is_one_of_each = len(set(kinds)) == len(kinds) == len(children) <= CHILDREN_MAX
    if not is_one_of_each or len({(child.a, child.b) for child in children}) > 1:
        return StaticFault(UNEXPECTED_TRIGGERS)
    return None if all(child.r for child in children) else StaticFault(MUST_REDUCE)
