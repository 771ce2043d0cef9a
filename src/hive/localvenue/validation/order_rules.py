"""What makes the venue refuse an order, in its words (protocol.md 2.10).

Two kinds. *Static* faults can be seen in the request alone; one of them fails the whole batch with
one answer and leaves no record. What an order *meets* depends on the book and the account; it fails
that order alone and leaves a record with a status.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Cloid
from hive.hyperliquid.actions import OrderWire
from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.margin.requirements import (
    MarkOf,
    bound_usd,
    bound_with,
    fee_reserve_usd,
    unbound_usd,
)
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.venue_order import Status, Ticket, Tif, VenueOrder
from hive.localvenue.units import USD, parse_units

NOTIONAL_USD_MIN: Final = 10 * USD
REFERENCE_FACTOR: Final = 5
"""A price may be at most five times the reference, and must be above a fifth of it."""

EMPTY_BATCH: Final = "Orders are empty."
EMPTY_CANCELS: Final = "Cancels are empty."
INVALID_ASSET: Final = "Order has invalid asset."
INVALID_PX: Final = "Order has invalid price."
INVALID_SIZE: Final = "Order has invalid size."
ZERO_SIZE: Final = "Order has zero size."
FAR_PX: Final = "Order price cannot be more than 80% away from the reference price"
OFF_TICK: Final = "Price must be divisible by tick size."

UNDER_MINIMUM: Final = "Order must have minimum value of $10."
NO_MARGIN: Final = "Insufficient margin to place order."
WOULD_INCREASE: Final = "Reduce only order would increase position."
WOULD_MATCH: Final = "Post only order would have immediately matched, bbo was {bid}@{ask}."
IOC_UNMATCHED: Final = "Order could not immediately match against any resting orders."
NO_LIQUIDITY: Final = "No liquidity available for market order."
OVER_TIER: Final = "Order would cause position to exceed margin tier limit at current leverage"
TOO_MANY_OPEN: Final = "Too many open orders."
"""The venue's own text is not known (venue.md 7)."""
NEVER_PLACED: Final = "Order was never placed, already canceled, or filled."
NOT_FAST: Final = "Fast cancel cannot cancel trigger orders."
"""Ours: that it is refused is known, and not in which words."""
NO_MODIFY: Final = "Cannot modify canceled or filled order"
MODIFY_FAILED: Final = "Error placing new order during modify: "


class StaticFault(msgspec.Struct, frozen=True):
    """Why a whole batch is refused. `is_status`: told as the one status of an `ok` answer, instead
    of as an error of the request; the venue does either, by case."""

    text: str
    is_status: bool = False


def ticket_of(
    wire: OrderWire, catalog: Catalog, mark_of: MarkOf, *, may_be_zero: bool = False
) -> Ticket | StaticFault:
    """What an order asks for, its trigger apart, or the static fault that fails its batch.

    `may_be_zero`: the size may be left to the position that the order is to close.
    """
    listing = catalog.of_asset_id(wire.a)
    if listing is None or listing.is_delisted:
        return StaticFault(INVALID_ASSET)
    px = parse_units(wire.p, listing.px_decimals)
    size = parse_units(wire.s, listing.size_decimals)
    if size is None or (size == 0 and not may_be_zero):
        return StaticFault(INVALID_SIZE if size is None else ZERO_SIZE)
    if px == 0:
        return StaticFault(INVALID_PX)
    if px is None or not listing.is_on_tick(px):
        return StaticFault(OFF_TICK + listing.suffix, is_status=True)
    if not _is_near(px, mark_of(listing.coin)):
        return StaticFault(FAR_PX)
    return Ticket(
        listing=listing,
        is_buy=wire.b,
        px=px,
        size=size,
        tif=Tif.GTC if wire.t.limit is None else Tif(wire.t.limit.tif),
        reduce_only=wire.r,
        cloid=None if wire.c is None else Cloid(wire.c),
    )


def _is_near(px: int, reference: int) -> bool:
    return reference < REFERENCE_FACTOR * px and px <= REFERENCE_FACTOR * reference


class Objection(msgspec.Struct, frozen=True):
    """What an order met, as status and as text."""

    status: Status
    text: str


OVER_CAP: Final = Objection(Status.TOO_MANY_REJECTED, TOO_MANY_OPEN)


def objection(
    order: VenueOrder, account: Account, book: Book, mark: int, *, mark_of: MarkOf
) -> Objection | None:
    """Why this order, at this moment, cannot be taken; None if it can.

    A reduce-only order that is larger than the position is silently cut to it (venue.md 3.4).
    """
    if order.reduce_only:
        position = account.size_of(book.listing.coin)
        closing = -position if order.is_buy else position
        if closing <= 0:
            return Objection(Status.REDUCE_ONLY_REJECTED, WOULD_INCREASE)
        order.cut_to(min(order.size, closing))
    elif order.twap_id is None and order.px * order.size < NOTIONAL_USD_MIN:
        return Objection(Status.MIN_NOTIONAL_REJECTED, UNDER_MINIMUM)
    is_crossing = book.crosses(is_buy=order.is_buy, px=order.px)
    if order.tif is Tif.ALO and is_crossing:
        return Objection(Status.POST_ONLY_REJECTED, would_match(book))
    if order.tif not in (Tif.GTC, Tif.ALO) and not is_crossing:
        return unmatched(order)
    if order.reduce_only:
        return None
    # A taker pays what the book asks, not its limit, which may be far away.
    px = _taken_px(order, account, book, mark) if is_crossing else order.px
    return _margin_objection(order, account, mark, px=px, mark_of=mark_of)


def unmatched(order: VenueOrder) -> Objection:
    """The venue's words to an order that only takes and finds nobody."""
    if order.tif is Tif.FRONTEND_MARKET:
        return Objection(Status.NO_LIQUIDITY_REJECTED, NO_LIQUIDITY)
    return Objection(Status.IOC_REJECTED, IOC_UNMATCHED)


def would_match(book: Book) -> str:
    """The venue's words to a post-only order that would have traded."""
    bid, ask = book.top
    px_text = book.listing.px_text
    return WOULD_MATCH.format(
        bid=px_text(bid.px) if bid else "0.0", ask=px_text(ask.px) if ask else "0.0"
    )


def _taken_px(order: VenueOrder, account: Account, book: Book, mark: int) -> int:
    """At what price an order that trades at once is covered.

    The loss against the mark is a cross account's anyway; into an isolated position margin is put
    for what is really paid, and the worst of it must be there.
    """
    if not account.holding(order.listing).is_isolated:
        return mark
    best = book.side(is_buy=not order.is_buy).best
    return max(mark, order.px if order.is_buy or best is None else best.px)


def _margin_objection(
    order: VenueOrder, account: Account, mark: int, *, px: int, mark_of: MarkOf
) -> Objection | None:
    """Orders that open nothing always pass; the others must be covered by equity."""
    holding = account.holding(order.listing)
    now_usd = bound_usd(holding, mark)
    after_usd = bound_with(holding, mark, is_buy=order.is_buy, size=order.size, px=px)
    if after_usd <= now_usd:
        return None
    reached = abs(holding.size + (order.size if order.is_buy else -order.size)) * mark
    if order.listing.tier_at(reached).leverage_max < holding.leverage:
        return Objection(Status.MAX_POSITION_REJECTED, OVER_TIER)
    needed_usd = after_usd - now_usd
    if holding.is_isolated:
        needed_usd += fee_reserve_usd(order.size, px)
    if needed_usd > unbound_usd(account.margin(order.listing.dex), mark_of):
        return Objection(Status.MARGIN_REJECTED, NO_MARGIN)
    return None
