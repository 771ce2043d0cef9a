"""What makes the venue refuse a spot order (protocol.md 2.10).

An order that only takes is judged in the measured sequence: nothing to take, no balance at all,
worth too little at the first price it would meet, not even one lot affordable. An order that may
rest must be covered in full, because it binds what it would give.
"""

from __future__ import annotations

from typing import Final

from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.spot_clearing import bound_by
from hive.localvenue.listings.spot_pairs import SPOT_DECIMALS, SpotPair
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.venue_order import Status, Tif, VenueOrder
from hive.localvenue.validation import order_rules
from hive.localvenue.validation.order_rules import Objection

NOTIONAL_MIN: Final = 10 * 10**SPOT_DECIMALS
"""Ten of the quote token, whichever it is."""

UNDER_MINIMUM: Final = "Order must have minimum value of 10 {quote}."
NO_BALANCE: Final = "Insufficient spot balance"


def objection(order: VenueOrder, account: Account, book: Book) -> Objection | None:
    """Why this order, at this moment, cannot be taken; None if it can."""
    pair = order.listing.pair
    assert pair is not None
    if order.reduce_only:  # a balance is no position: there is nothing to reduce
        return Objection(Status.REDUCE_ONLY_REJECTED, order_rules.WOULD_INCREASE)
    if not order.tif.may_rest:
        return _taking_objection(order, account, book)
    if order.twap_id is None and order.px * order.size < NOTIONAL_MIN:
        return _under_minimum(pair)
    if order.tif is Tif.ALO and book.crosses(is_buy=order.is_buy, px=order.px):
        return Objection(Status.POST_ONLY_REJECTED, order_rules.would_match(book))
    token, wei = bound_by(order, order.size)
    if wei > account.spot.free(token):
        return Objection(Status.SPOT_BALANCE_REJECTED, NO_BALANCE)
    return None


def _taking_objection(order: VenueOrder, account: Account, book: Book) -> Objection | None:
    pair = order.listing.pair
    assert pair is not None
    best = book.side(is_buy=not order.is_buy).best
    if best is None or not book.crosses(is_buy=order.is_buy, px=order.px):
        return order_rules.unmatched(order)
    free = account.spot.free(pair.quote.index if order.is_buy else pair.base.index)
    if free == 0:
        return Objection(Status.SPOT_BALANCE_REJECTED, NO_BALANCE)
    if order.twap_id is None and best.px * order.size < NOTIONAL_MIN:
        return _under_minimum(pair)
    lots = pair.lots_within(free, best.px) if order.is_buy else free // pair.lot_wei
    return None if lots else Objection(Status.SPOT_BALANCE_REJECTED, NO_BALANCE)


def _under_minimum(pair: SpotPair) -> Objection:
    text = UNDER_MINIMUM.format(quote=pair.quote.name)
    return Objection(Status.MIN_SPOT_NOTIONAL_REJECTED, text)
