"""What a feed tells: books, best prices, trades and contexts of another venue, in exact numbers.

A live feed, Hive's own recordings and the public archives all become these; nothing behind them
can tell which it was. `ms` is the other venue's clock.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.errors import OperatorError
from hive.domain.identifiers import Address
from hive.domain.market import Side

Rung = tuple[Decimal, Decimal]
"""A price and the size that rests there."""

FULL_REACH: Final = 20
"""Levels a side that the venue shows at most; fast books show 5."""


ELSEWHERE: Final = Address("0x" + "feed00".rjust(40, "0"))
"""Somebody at another venue whose address was not told."""


class Unreadable(OperatorError):
    """A recording or an archive cannot be used."""


class FeedBook(msgspec.Struct, frozen=True, array_like=True, tag="b", gc=False):
    """Both sides, best first. A side shorter than `reach` is all there is."""

    coin: str
    ms: int
    bids: tuple[Rung, ...]
    asks: tuple[Rung, ...]
    reach: int = FULL_REACH


class FeedTop(msgspec.Struct, frozen=True, array_like=True, tag="q", gc=False):
    """Best bid and ask; None where that side is empty."""

    coin: str
    ms: int
    bid: Rung | None
    ask: Rung | None


class FeedTrade(msgspec.Struct, frozen=True, array_like=True, tag="t", gc=False):
    """An execution; `side` is the aggressor's."""

    coin: str
    ms: int
    side: Side
    px: Decimal
    size: Decimal
    tid: int = 0
    buyer: Address = ELSEWHERE
    seller: Address = ELSEWHERE


class FeedContext(msgspec.Struct, frozen=True, array_like=True, tag="c", gc=False):
    """What the other venue says a coin is worth."""

    coin: str
    ms: int
    mark_px: Decimal
    oracle_px: Decimal


class FeedGap(msgspec.Struct, frozen=True, array_like=True, tag="g", gc=False):
    """From here on nothing is known of a coin until its next book. All coins if `coin` is empty."""

    coin: str
    ms: int
    reason: str


FeedEvent = FeedTrade | FeedBook | FeedTop | FeedContext | FeedGap


def rank(event: FeedEvent) -> int:
    """The order of events of one block: trades come before the book that they have left.

    A level that traded away would else look cancelled first, and then its trade would seem to have
    gone to whoever queued behind it.
    """
    match event:
        case FeedGap():
            return 0
        case FeedTrade():
            return 1
        case FeedContext():
            return 2
        case FeedBook() | FeedTop():
            return 3


def in_order(event: FeedEvent) -> tuple[int, int]:
    """The sorting key of events by the other venue's clock."""
    return event.ms, rank(event)
