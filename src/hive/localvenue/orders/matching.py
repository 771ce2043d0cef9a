"""Price-time matching: the best price first, at one price the oldest order first.

Matching knows books and orders. Whether a resting order may still trade, and what a trade does to
two accounts, is the `Clearing`'s: it is asked and told, order by order.
"""

from __future__ import annotations

from typing import Protocol

from hive.localvenue.orders.books import Book
from hive.localvenue.orders.venue_order import Status, VenueOrder


class Clearing(Protocol):
    """Who stands between the two sides of a trade."""

    def admits(self, maker: VenueOrder, size: int) -> int | Status:
        """How much of `size` a resting order may trade; or why it has to leave the book."""
        ...

    def reach(self, taker: VenueOrder, px: int) -> int:
        """How much of an order its owner can pay for at that price; 0 ends the matching."""
        ...

    def trade(self, maker: VenueOrder, taker: VenueOrder, size: int) -> None:
        """A trade at the maker's price. Both orders are already reduced by it."""
        ...

    def expel(self, maker: VenueOrder, status: Status) -> None:
        """An order was taken out of the book by the venue."""
        ...


def match(book: Book, taker: VenueOrder, clearing: Clearing) -> int:
    """Trade an order against the other side as far as its price and size reach; the notional.

    An owner's own resting order is expired instead of traded with: no trade, no fee (protocol.md
    2.11, self-trade prevention). What is left of `taker` is not put into the book.
    """
    across = book.side(is_buy=not taker.is_buy)
    notional_usd = 0
    while taker.open_size:
        level = across.best
        if level is None or (taker.px < level.px if taker.is_buy else taker.px > level.px):
            break
        maker = level.first
        if maker.owner == taker.owner:
            _expel(book, maker, Status.SELF_TRADE_CANCELED, clearing)
            continue
        size = min(taker.open_size, maker.open_size, clearing.reach(taker, level.px))
        if not size:
            break
        admitted = clearing.admits(maker, size)
        if isinstance(admitted, Status):
            _expel(book, maker, admitted, clearing)
            continue
        assert 0 < admitted <= size
        book.reduce(maker, admitted)
        taker.open_size -= admitted
        book.last_px = maker.px
        notional_usd += maker.px * admitted
        clearing.trade(maker, taker, admitted)
    return notional_usd


def _expel(book: Book, maker: VenueOrder, status: Status, clearing: Clearing) -> None:
    book.remove(maker)
    clearing.expel(maker, status)
