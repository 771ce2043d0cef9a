"""Books rebuilt from what a node tells of single orders (protocol.md 6.3).

    node_raw_book_diffs   {"block_time":…,"events":[{oid,coin,side,px,raw_book_diff},…]}
                          raw_book_diff: {"new":{sz}} | {"update":{origSz,newSz}} | "remove"

The diffs carry price, side and size of what really rests, so nothing else is needed. Nobody tells
what rested before the first line: such an order is known from its first change on, and until then a
book shows less than there was, never more.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from hive.domain.market import Side
from hive.localvenue.markets.archive_lines import iso_ms
from hive.localvenue.markets.feed_events import (
    FULL_REACH,
    FeedBook,
    FeedEvent,
    Rung,
    Unreadable,
)

ORDERS_MAX: Final = 2_000_000
"""Resting at once, over all coins."""
NOTHING: Final = Decimal(0)

_SIDES: Final = {"B": Side.BUY, "Bid": Side.BUY, "A": Side.SELL, "Ask": Side.SELL}


class _New(msgspec.Struct, frozen=True):
    sz: Decimal


class _Update(msgspec.Struct, frozen=True, rename="camel"):
    new_sz: Decimal


class _Change(msgspec.Struct, frozen=True):
    """Exactly one of them is there."""

    new: _New | None = None
    update: _Update | None = None


class _Diff(msgspec.Struct, frozen=True):
    oid: int
    coin: str
    side: Literal["B", "A", "Bid", "Ask"]
    px: Decimal
    raw_book_diff: Literal["remove"] | _Change

    @property
    def size(self) -> Decimal:
        """What rests from now on."""
        change = self.raw_book_diff
        if isinstance(change, str):
            return NOTHING
        if change.new is not None:
            return change.new.sz
        return NOTHING if change.update is None else change.update.new_sz


class _Block(msgspec.Struct, frozen=True):
    block_time: str
    events: tuple[_Diff, ...]


_block: Final = msgspec.json.Decoder(_Block)


class DiffBooks:
    """Every coin's book, as far as diffs have told of it."""

    def __init__(self) -> None:
        self._books: dict[str, _Book] = {}
        self._orders = 0

    def read(self, line: bytes) -> Iterator[FeedEvent]:
        """A line of diffs: the books whose shown levels it has changed.

        Raises:
            Unreadable: it is none; or it tells no block, as a node writes them if it is not asked
                for blocks.
        """
        block = _decoded(line)
        changed: dict[str, _Book] = {}
        for diff in block.events:
            book = self._books.get(diff.coin)
            if book is None:
                book = self._books[diff.coin] = _Book()
            self._orders += book.apply(diff)
            changed[diff.coin] = book
        if self._orders > ORDERS_MAX:
            raise Unreadable(f"the diffs leave more than {ORDERS_MAX:,} orders resting")
        ms = iso_ms(block.block_time)
        for coin, book in changed.items():
            if book.has_news():
                yield FeedBook(coin, ms, *book.shown)


class _Book:
    """One coin's orders, and both of its sides."""

    def __init__(self) -> None:
        self._orders: dict[int, tuple[Side, Decimal, Decimal]] = {}
        self._sides = {Side.BUY: _Levels(sign=-1), Side.SELL: _Levels(sign=1)}
        self.shown: tuple[tuple[Rung, ...], tuple[Rung, ...]] = ((), ())
        """What was last told: bids and asks, best first."""

    def apply(self, diff: _Diff) -> int:
        """By how many orders the book has grown."""
        before = self._orders.pop(diff.oid, None)
        if before is not None:
            side, px, size = before
            self._sides[side].add(px, -size)
        if diff.size > 0:
            side = _SIDES[diff.side]
            self._orders[diff.oid] = (side, diff.px, diff.size)
            self._sides[side].add(diff.px, diff.size)
        return (diff.size > 0) - (before is not None)

    def has_news(self) -> bool:
        """Whether the levels that are shown differ from the last time."""
        shown = (self._sides[Side.BUY].best(), self._sides[Side.SELL].best())
        is_new = shown != self.shown
        self.shown = shown
        return is_new


class _Levels:
    """The sizes of a side by price."""

    def __init__(self, *, sign: int) -> None:
        self._sign = sign
        self._ranks: list[Decimal] = []
        """Prices so signed that a better one is smaller."""
        self._size_by_rank: dict[Decimal, Decimal] = {}

    def add(self, px: Decimal, size: Decimal) -> None:
        rank = px * self._sign
        total = self._size_by_rank.get(rank, NOTHING) + size
        if total > 0:
            if rank not in self._size_by_rank:
                insort(self._ranks, rank)
            self._size_by_rank[rank] = total
        elif self._size_by_rank.pop(rank, None) is not None:
            del self._ranks[bisect_left(self._ranks, rank)]

    def best(self) -> tuple[Rung, ...]:
        return tuple(
            (rank * self._sign, self._size_by_rank[rank]) for rank in self._ranks[:FULL_REACH]
        )


def _decoded(line: bytes) -> Any:
    try:
        return _block.decode(line)
    except msgspec.DecodeError as error:
        if b'"block_time"' not in line and b'"raw_book_diff"' in line:
            raise Unreadable(
                "book diffs without a time of their block cannot be played: let the node write "
                "them by block"
            ) from None
        raise Unreadable(f"not a line of book diffs: {error}: {line[:120]!r}") from None
