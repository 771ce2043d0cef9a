"""One coin's book: orders by price, then by time.

asks   ... 103  102  101 ◂ last        prices of a side are kept worst first, so that the best
bids   ...  97   98   99 ◂ last        is at the end of the list, where lists are cheap
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import islice
from typing import NamedTuple

from hive.domain.identifiers import Oid
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.orders.venue_order import VenueOrder


class LevelView(NamedTuple):
    """A price, what is open there in all, and in how many orders."""

    px: int
    size: int
    orders: int


class Level:
    """The orders at one price, oldest first."""

    __slots__ = ("orders", "px", "size")

    def __init__(self, px: int) -> None:
        self.px = px
        self.size = 0
        self.orders: dict[Oid, VenueOrder] = {}

    @property
    def first(self) -> VenueOrder:
        return next(iter(self.orders.values()))

    @property
    def view(self) -> LevelView:
        return LevelView(self.px, self.size, len(self.orders))


class BookSide:
    """Bids or asks."""

    __slots__ = ("_is_buy", "_levels", "_ranks")

    def __init__(self, *, is_buy: bool) -> None:
        self._is_buy = is_buy
        self._ranks: list[int] = []
        """Prices so signed that a better one is larger."""
        self._levels: dict[int, Level] = {}

    def __bool__(self) -> bool:
        return bool(self._ranks)

    @property
    def best(self) -> Level | None:
        return self._levels[abs(self._ranks[-1])] if self._ranks else None

    def depth(self, levels_max: int) -> list[LevelView]:
        """The best levels, best first."""
        ranks = islice(reversed(self._ranks), levels_max)
        return [self._levels[abs(rank)].view for rank in ranks]

    def add(self, order: VenueOrder) -> None:
        """Put an order behind the others of its price."""
        level = self._levels.get(order.px)
        if level is None:
            level = self._levels[order.px] = Level(order.px)
            insort(self._ranks, order.px if self._is_buy else -order.px)
        level.orders[order.oid] = order
        level.size += order.open_size

    def remove(self, order: VenueOrder) -> None:
        """Take an order out, with whatever of it is still open."""
        level = self._levels[order.px]
        del level.orders[order.oid]
        level.size -= order.open_size
        if not level.orders:
            del self._levels[order.px]
            rank = order.px if self._is_buy else -order.px
            del self._ranks[bisect_left(self._ranks, rank)]

    def reduce(self, order: VenueOrder, size: int) -> None:
        """Let an order shrink where it stands; it leaves when nothing is open."""
        order.open_size -= size
        self._levels[order.px].size -= size
        if order.open_size == 0:
            self.remove(order)


class Book:
    """Both sides of a coin, and its orders by oid."""

    __slots__ = ("asks", "bids", "last_px", "listing", "orders")

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.bids = BookSide(is_buy=True)
        self.asks = BookSide(is_buy=False)
        self.orders: dict[Oid, VenueOrder] = {}
        self.last_px = 0
        """Of the last trade; 0 before the first."""

    def side(self, *, is_buy: bool) -> BookSide:
        return self.bids if is_buy else self.asks

    def add(self, order: VenueOrder) -> None:
        self.orders[order.oid] = order
        self.side(is_buy=order.is_buy).add(order)

    def remove(self, order: VenueOrder) -> None:
        del self.orders[order.oid]
        self.side(is_buy=order.is_buy).remove(order)

    def reduce(self, order: VenueOrder, size: int) -> None:
        self.side(is_buy=order.is_buy).reduce(order, size)
        if order.open_size == 0:
            del self.orders[order.oid]

    @property
    def top(self) -> tuple[LevelView | None, LevelView | None]:
        """Best bid and best ask."""
        bid, ask = self.bids.best, self.asks.best
        return bid.view if bid else None, ask.view if ask else None

    @property
    def doubled_mid(self) -> int:
        """Best bid and best ask together, so that the middle stays whole; 0 if a side is empty."""
        bid, ask = self.bids.best, self.asks.best
        return bid.px + ask.px if bid and ask else 0

    def crosses(self, *, is_buy: bool, px: int) -> bool:
        """Whether an order at that price would trade at once."""
        if is_buy:
            best = self.asks.best
            return best is not None and px >= best.px
        best = self.bids.best
        return best is not None and px <= best.px
